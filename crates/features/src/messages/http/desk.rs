//! What could not be delivered, and trying it again.

use super::super::service::Messages;
use super::super::{access, ui};
use axum::extract::State;
use axum::response::{Html, Redirect};
use kernel::MessageId;
use platform::access::Caller;
use platform::app::App;
use platform::feature::Route;
use platform::http::extract::Path;
use platform::http::frame::Frame;
use platform::http::page::PageRequest;
use platform::http::problem::Problem;
use platform::i18n::t;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/desk/messages", &access::UNDELIVERED, list),
        Route::post("/desk/messages/{message}/retry", &access::RETRY, retry),
    ]
}

async fn list(State(app): State<App>, caller: Caller, piece: PageRequest) -> Result<Html<String>, Problem> {
    let messages = Messages::of(&app);
    let rows = messages.undelivered(piece.after(), piece.fetch()).await?;
    let found = piece.cut(rows, |one| one.id).map(|one| {
        let title = messages
            .kind(&one.kind)
            .map_or_else(|| one.kind.clone(), |kind| t(caller.locale, kind.title, &[]));
        (one, title)
    });
    let csrf = access::RETRY.allows(caller.role).then(|| caller.csrf());
    let main = ui::undelivered(&app.calendar(caller.locale), csrf, &found);
    let title = t(caller.locale, "messages-desk-title", &[]);
    let frame = Frame { app: &app, caller: &caller, title: &title, address: "/desk/messages" };
    Ok(frame.desk_page(maud::html! {}, maud::html! {}, main))
}

async fn retry(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<MessageId>,
) -> Result<Redirect, Problem> {
    Messages::of(&app).retry(&caller, id).await?;
    Ok(Redirect::to("/desk/messages"))
}
