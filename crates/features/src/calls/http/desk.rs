//! Calls at the desk: the list, one call with what it has proved, and acts for the customer on the line.

use super::super::model::{Ask, Call, Proved, Question};
use super::super::service::{ACTS, Calls};
use super::super::{access, ui};
use crate::accounts::Accounts;
use crate::authorizations::CountedProof;
use crate::cards::{Cards, HeldCard};
use axum::extract::State;
use axum::response::{Html, Redirect};
use kernel::{CallId, CardId, CustomerId};
use platform::access::Caller;
use platform::app::App;
use platform::feature::Route;
use platform::http::extract::{Form, Path, Query};
use platform::http::frame::Frame;
use platform::http::problem::Problem;
use platform::i18n::t;
use serde::Deserialize;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/desk/calls", &access::SERVE, list),
        Route::post("/desk/calls", &access::SERVE, open),
        Route::get("/desk/calls/{call}", &access::SERVE, one),
        Route::post("/desk/calls/{call}/take", &access::SERVE, take),
        Route::post("/desk/calls/{call}/confirmations", &access::SERVE, ask),
        Route::post("/desk/calls/{call}/code", &access::SERVE, code),
        Route::post("/desk/calls/{call}/facts", &access::SERVE, draw_facts),
        Route::post("/desk/calls/{call}/facts/answer", &access::SERVE, answer_fact),
        Route::post("/desk/calls/{call}/closure", &access::SERVE, close),
        Route::post("/desk/calls/{call}/unfreeze", &access::UNFREEZE, unfreeze),
        Route::post("/desk/calls/{call}/unblock", &access::UNBLOCK, unblock),
    ]
}

fn to(call: CallId) -> Redirect {
    Redirect::to(&format!("/desk/calls/{call}"))
}

async fn list(State(app): State<App>, caller: Caller) -> Result<Html<String>, Problem> {
    let calls = Calls::of(&app)?.open_calls(&caller).await?;
    let title = t(caller.locale, "calls-desk-title", &[]);
    let frame = Frame { app: &app, caller: &caller, title: &title, address: "/desk/calls" };
    let main = ui::list(&app.calendar(caller.locale), caller.csrf(), &calls);
    Ok(frame.desk_page(maud::html! {}, maud::html! {}, main))
}

#[derive(Deserialize)]
struct OpenForm {
    customer: CustomerId,
}

async fn open(
    State(app): State<App>,
    caller: Caller,
    Form(form): Form<OpenForm>,
) -> Result<Redirect, Problem> {
    let (call, _) = Calls::of(&app)?.open_at_desk(&caller, form.customer).await?;
    Ok(to(call.id))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Told {
    told: String,
}

async fn one(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<CallId>,
    Query(told): Query<Told>,
) -> Result<Html<String>, Problem> {
    let calls = Calls::of(&app)?;
    let standing = calls.served(&caller, id).await?;
    let said = ui::Said::from_word(&told.told);
    page(&app, &caller, &calls, &standing, said).await
}

async fn page(
    app: &App,
    caller: &Caller,
    calls: &Calls,
    standing: &Proved,
    said: Option<ui::Said>,
) -> Result<Html<String>, Problem> {
    let call = &standing.call;
    let live = call.is_live(app.now());
    let (name, cards, ask) = if live {
        calls.note_read(caller, call).await?;
        let (name, cards) = who(app, call).await?;
        (name, cards, calls.waiting_ask(call.id).await?)
    } else {
        (String::new(), Vec::new(), None)
    };
    let calendar = app.calendar(caller.locale);
    let facts = if live { calls.asked_facts(call, &calendar).await? } else { Vec::new() };
    let acts = ACTS.iter().map(|act| (act, calls.refusal(caller, standing, act.permission))).collect();
    let view = ui::Panel {
        calendar: &calendar,
        csrf: caller.csrf(),
        standing,
        live,
        name: &name,
        cards: &cards,
        ask: ask.as_ref().map(|ask: &Ask| ask.number),
        acts,
        facts,
        said,
    };
    let title = t(caller.locale, "calls-desk-one", &[]);
    let address = format!("/desk/calls/{}", call.id);
    let frame = Frame { app, caller, title: &title, address: &address };
    Ok(frame.desk_page(maud::html! {}, maud::html! {}, ui::one(&view)))
}

async fn who(app: &App, call: &Call) -> Result<(String, Vec<HeldCard>), Problem> {
    let Some(customer) = call.customer() else { return Ok((String::new(), Vec::new())) };
    let known = Accounts::of(app).customer(customer).await?.ok_or_else(Problem::absent)?;
    Ok((known.person.name.reveal().to_owned(), Cards::of(app)?.cards_of(customer).await?))
}

async fn take(State(app): State<App>, caller: Caller, Path(id): Path<CallId>) -> Result<Redirect, Problem> {
    Calls::of(&app)?.take(&caller, id).await?;
    Ok(to(id))
}

async fn ask(State(app): State<App>, caller: Caller, Path(id): Path<CallId>) -> Result<Redirect, Problem> {
    Calls::of(&app)?.ask(&caller, id).await?;
    Ok(to(id))
}

#[derive(Deserialize)]
struct CodeForm {
    code: String,
}

async fn code(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<CallId>,
    Form(form): Form<CodeForm>,
) -> Result<Redirect, Problem> {
    let right = Calls::of(&app)?.read_out(&caller, id, &form.code).await?;
    Ok(told(id, if right { ui::Said::Match } else { ui::Said::NoMatch }))
}

async fn draw_facts(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<CallId>,
) -> Result<Redirect, Problem> {
    Ok(match Calls::of(&app)?.draw_facts(&caller, id).await? {
        Some(_) => to(id),
        None => told(id, ui::Said::NoFacts),
    })
}

#[derive(Deserialize)]
struct FactForm {
    question: Question,
    option: i64,
}

async fn answer_fact(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<CallId>,
    Form(form): Form<FactForm>,
) -> Result<Redirect, Problem> {
    let fits = Calls::of(&app)?.answer_fact(&caller, id, form.question, form.option).await?;
    Ok(told(id, if fits { ui::Said::Fits } else { ui::Said::FitsNot }))
}

fn told(call: CallId, said: ui::Said) -> Redirect {
    Redirect::to(&format!("/desk/calls/{call}?told={}", said.word()))
}

async fn close(State(app): State<App>, caller: Caller, Path(id): Path<CallId>) -> Result<Redirect, Problem> {
    let calls = Calls::of(&app)?;
    let standing = calls.served(&caller, id).await?;
    calls.close(&caller, &standing.call).await?;
    Ok(Redirect::to("/desk/calls"))
}

#[derive(Deserialize)]
struct CardForm {
    card: CardId,
}

async fn unfreeze(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<CallId>,
    Form(form): Form<CardForm>,
) -> Result<Redirect, Problem> {
    Calls::of(&app)?.unfreeze(&caller, id, form.card).await?;
    Ok(to(id))
}

#[derive(Deserialize)]
struct UnblockForm {
    card: CardId,
    proof: CountedProof,
}

async fn unblock(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<CallId>,
    Form(form): Form<UnblockForm>,
) -> Result<Redirect, Problem> {
    Calls::of(&app)?.unblock(&caller, id, form.card, form.proof).await?;
    Ok(told(id, ui::Said::Unblocked))
}
