//! The first page, its stream, the list of transactions and one of them explained.

use super::super::service::{Own, PIECE_MAX, RECENT_MAX, own, own_of_record, watch};
use super::super::{access, ui};
use crate::accounts::Accounts;
use crate::authorizations::{Listing, transaction};
use axum::extract::State;
use axum::response::sse::Event;
use axum::response::{Html, Response};
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use kernel::{AccountId, AuthorizationId};
use platform::access::Caller;
use platform::app::App;
use platform::feature::Route;
use platform::http::extract::{Path, Query};
use platform::http::frame::Frame;
use platform::http::problem::Problem;
use platform::http::sse;
use platform::i18n::t;
use serde::Deserialize;

pub(in super::super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/", &access::READ, overview),
        Route::get("/live", &access::READ, live).unattended(),
        Route::get("/transactions", &access::READ, transactions),
        Route::get("/transactions/{authorization}", &access::READ, one),
    ]
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Chosen {
    account: Option<AccountId>,
}

/// The reader's name in their script.
async fn name(app: &App, caller: &Caller) -> Result<String, Problem> {
    let customer = Accounts::of(app).customer(caller.customer()?).await?.ok_or_else(Problem::absent)?;
    Ok(customer.shown_name(caller.locale))
}

async fn overview(
    State(app): State<App>,
    caller: Caller,
    Query(chosen): Query<Chosen>,
) -> Result<Html<String>, Problem> {
    let own = own(&app, caller.customer()?, chosen.account).await?;
    let name = name(&app, &caller).await?;
    let title = t(caller.locale, "home-title", &[]);
    let address = chosen.account.map_or_else(|| "/".to_owned(), |id| format!("/?account={id}"));
    let frame = Frame { app: &app, caller: &caller, title: &title, address: &address };
    let calendar = app.calendar(caller.locale);
    let Some(own) = own else { return Ok(frame.app_page(ui::without_account(&calendar, &name))) };
    let piece = own.piece(&app, None, false, RECENT_MAX).await?;
    let view = ui::Overview {
        calendar: &calendar,
        issuer: app.brand.name(caller.locale),
        name: &name,
        csrf: caller.csrf(),
        assurance: caller.assurance,
        own: &own,
        entries: &piece.entries,
    };
    Ok(frame.app_page(ui::overview(&view)))
}

async fn live(
    State(app): State<App>,
    caller: Caller,
    Query(chosen): Query<Chosen>,
) -> Result<Response, Problem> {
    let owner = caller.customer()?;
    let own = own(&app, owner, chosen.account).await?.ok_or_else(Problem::absent)?;
    let name = name(&app, &caller).await?;
    let account = own.account.id;
    let reader = Reader { app: app.clone(), caller: caller.clone(), account, name };
    let news = watch(&app, account).then(move |_| {
        let reader = reader.clone();
        async move { reader.fragments().await }
    });
    let events: BoxStream<'static, Event> = Box::pin(news.filter_map(|event| async move { event }));
    Ok(sse::live(&app, &caller, events))
}

/// Who follows a stream, and of which account.
#[derive(Clone)]
struct Reader {
    app: App,
    caller: Caller,
    account: AccountId,
    name: String,
}

impl Reader {
    /// The changed parts of the first page; nothing when they can't be had now, the next change brings them.
    async fn fragments(&self) -> Option<Event> {
        match self.markup().await {
            Ok(html) => Some(Event::default().data(html)),
            Err(problem) => {
                tracing::warn!(
                    code = problem.code(),
                    cause = problem.hidden_cause(),
                    "a live page missed a change"
                );
                None
            }
        }
    }

    async fn markup(&self) -> Result<String, Problem> {
        let (app, caller) = (&self.app, &self.caller);
        let own = own(app, caller.customer()?, Some(self.account)).await?.ok_or_else(Problem::absent)?;
        let piece = own.piece(app, None, false, RECENT_MAX).await?;
        let view = ui::Overview {
            calendar: &app.calendar(caller.locale),
            issuer: app.brand.name(caller.locale),
            name: &self.name,
            csrf: caller.csrf(),
            assurance: caller.assurance,
            own: &own,
            entries: &piece.entries,
        };
        Ok(ui::live_parts(&view).into_string())
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ListQuery {
    account: Option<AccountId>,
    show: String,
    from: Option<AuthorizationId>,
}

async fn transactions(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<ListQuery>,
) -> Result<Html<String>, Problem> {
    let own = own(&app, caller.customer()?, query.account).await?.ok_or_else(Problem::absent)?;
    let declined_only = query.show == "declined";
    let piece = own.piece(&app, query.from, declined_only, PIECE_MAX).await?;
    let title = t(caller.locale, "transactions-title", &[]);
    let address = ui::list_address(&own, declined_only, query.from);
    let frame = Frame { app: &app, caller: &caller, title: &title, address: &address };
    let calendar = app.calendar(caller.locale);
    let view = ui::List {
        calendar: &calendar,
        own: &own,
        piece: &piece,
        declined_only,
        is_first: query.from.is_none(),
    };
    Ok(frame.app_page(ui::list(&view)))
}

async fn one(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<AuthorizationId>,
) -> Result<Html<String>, Problem> {
    let own: Own = own_of_record(&app, caller.customer()?, id).await?;
    let entry = own.record(&app, id).await?;
    if !entry.is_transaction() {
        return Err(Problem::absent());
    }
    let (calendar, labels) = (app.calendar(caller.locale), own.labels());
    let listing = Listing {
        locale: caller.locale,
        calendar: &calendar,
        currency: own.account.currency,
        cards: &labels,
    };
    let title = t(caller.locale, "authorization-title", &[]);
    let address = format!("/transactions/{id}");
    let frame = Frame { app: &app, caller: &caller, title: &title, address: &address };
    Ok(frame.app_page(transaction(&listing, &entry)))
}
