//! The inbox: what the issuer has told its reader.

use super::super::service::{self, Messages};
use super::super::{access, ui};
use axum::extract::State;
use axum::response::{Html, Redirect};
use kernel::{Actor, MessageId};
use maud::Markup;
use platform::access::Caller;
use platform::app::App;
use platform::feature::{Counted, Route};
use platform::http::extract::Path;
use platform::http::frame::Frame;
use platform::http::page::PageRequest;
use platform::http::problem::Problem;
use platform::i18n::t;

/// Messages in one piece of the list.
const PIECE_MAX: i64 = 20;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/inbox", &access::OWN, list),
        Route::get("/inbox/{message}", &access::OWN, one),
        Route::post("/inbox/read", &access::OWN, read_all),
    ]
}

/// How many messages wait for a reader, for the menu.
pub(in super::super) fn unread(app: App, actor: Actor) -> Counted {
    Box::pin(async move {
        match actor {
            Actor::Cardholder(owner) => service::unread(&app.db, owner).await,
            _ => Ok(0),
        }
    })
}

fn page(app: &App, caller: &Caller, address: &str, main: Markup) -> Html<String> {
    let title = t(caller.locale, "messages-title", &[]);
    Frame { app, caller, title: &title, address }.app_page(main)
}

async fn list(State(app): State<App>, caller: Caller, piece: PageRequest) -> Result<Html<String>, Problem> {
    let piece = PageRequest::of(PIECE_MAX, piece.after());
    let messages = Messages::of(&app);
    let items = messages.inbox(caller.customer()?, caller.locale, piece.after(), piece.fetch()).await?;
    let found = piece.cut(items, |item| item.id.raw());
    let main = ui::inbox(&app.calendar(caller.locale), caller.csrf(), &found);
    Ok(page(&app, &caller, "/inbox", main))
}

async fn one(
    State(app): State<App>,
    mut caller: Caller,
    Path(id): Path<MessageId>,
) -> Result<Html<String>, Problem> {
    let item = Messages::of(&app).open(&caller, id).await?;
    if item.unread {
        // The menu was counted before this one was opened.
        caller.count_less("/inbox");
    }
    let main = ui::message(&app.calendar(caller.locale), &item);
    Ok(page(&app, &caller, &format!("/inbox/{id}"), main))
}

async fn read_all(State(app): State<App>, caller: Caller) -> Result<Redirect, Problem> {
    Messages::of(&app).mark_read(&caller, caller.customer()?, None).await?;
    Ok(Redirect::to("/inbox"))
}
