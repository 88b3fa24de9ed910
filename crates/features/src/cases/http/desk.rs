//! Cases at the desk: the open ones of a kind, taking the next one, one case with its clocks explained, acting on it.

use super::super::access;
use super::super::error::CaseError;
use super::super::model::{By, LINKS, Request, link_word};
use super::super::service::Cases;
use super::super::ui::{self, CasePage, Naming, QueuePage, Refused};
use super::form::Sent;
use crate::staff::standing;
use axum::extract::State;
use axum::response::{Html, Redirect};
use cases::{Act, Blocker, ContentHash};
use kernel::{CaseId, CustomerId, HOUR_US};
use maud::html;
use platform::access::Caller;
use platform::app::App;
use platform::feature::Route;
use platform::http::extract::{Form, Path, Query};
use platform::http::frame::Frame;
use platform::http::page::PageRequest;
use platform::http::problem::Problem;
use platform::i18n::t;
use serde::Deserialize;
use std::collections::BTreeMap;

/// A claim at the desk lasts so long: a case that nobody works on is free again the same hour.
const CLAIM_US: i64 = HOUR_US;
/// Free cases that are tried one after the other, when others take cases at the same moment.
const TRIED_MAX: i64 = 20;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/desk/cases", &access::READ, queue),
        Route::post("/desk/cases/next", &access::ACT, take_next),
        Route::get("/desk/cases/{case}", &access::READ, show),
        Route::post("/desk/cases/{case}/acts", &access::ACT, act),
    ]
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct KindQuery {
    /// The kind, by its id.
    pub(super) kind: String,
}

async fn queue(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<KindQuery>,
    piece: PageRequest,
) -> Result<Html<String>, Problem> {
    let (cases, by) = (Cases::of(&app)?, By::from(&caller));
    let kinds = cases.kinds_of(&by);
    let asked = kinds.iter().find(|kind| kind.id == query.kind).copied();
    let (mut chosen, mut rows) = (asked.or(kinds.first().copied()), Vec::new());
    // Without a word about the kind, the first of which there is something to do.
    for kind in asked.as_ref().map_or(kinds.as_slice(), std::slice::from_ref) {
        // A cursor is of the list of one kind.
        let after = piece.after().filter(|_| asked.is_some());
        rows = cases.queue(&by, &kind.id, after, piece.fetch()).await?;
        if !rows.is_empty() {
            chosen = Some(*kind);
            break;
        }
    }
    let page = QueuePage {
        calendar: &app.calendar(caller.locale),
        now: app.now(),
        kinds: &kinds,
        chosen,
        found: piece.cut(rows, |row| row.id),
        csrf: caller.csrf(),
    };
    let title = t(caller.locale, "cases-title", &[]);
    let frame = Frame { app: &app, caller: &caller, title: &title, address: "/desk/cases" };
    Ok(frame.desk_page(html! {}, html! {}, ui::queue(&page)))
}

/// Takes the case of a kind that is due first and nobody's, and leads to it; to the one that the caller has taken before,
/// while they still have it. Cases of customers whom they may not serve are left to others.
async fn take_next(
    State(app): State<App>,
    caller: Caller,
    Form(wanted): Form<KindQuery>,
) -> Result<Redirect, Problem> {
    let (cases, by, staff) = (Cases::of(&app)?, By::from(&caller), caller.staff()?);
    let Some(kind) = cases.kinds_of(&by).into_iter().find(|kind| kind.id == wanted.kind) else {
        return Ok(Redirect::to("/desk/cases"));
    };
    if let Some(held) = cases.held(&by, &kind.id).await? {
        return Ok(Redirect::to(&format!("/desk/cases/{held}")));
    }
    for row in cases.free(&by, &kind.id, TRIED_MAX).await? {
        if !standing(&app.db, staff, CustomerId::from_raw(row.customer)).await?.may_serve(caller.role) {
            continue;
        }
        let act = Act::Claim { until: app.now().plus_us(CLAIM_US) };
        let expected_version = u64::try_from(row.version).ok();
        let request = Request { act, expected_version, request: app.ids().next(app.now()) };
        let id = CaseId::from_raw(row.id);
        match cases.apply(&by, id, &request).await {
            Ok(()) => return Ok(Redirect::to(&format!("/desk/cases/{id}"))),
            Err(error) if error.is_of_database() => return Err(error.into()),
            // Somebody else was faster, or it is about the one who asks: the next one.
            Err(CaseError::Blocked(_) | CaseError::Absent) => {}
            // One that can't be read holds the others up no more than it holds up their timers.
            Err(error) => tracing::error!(case = %id, %error, "a case can't be taken"),
        }
    }
    Ok(Redirect::to(&format!("/desk/cases?kind={}", kind.id)))
}

async fn show(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<CaseId>,
) -> Result<Html<String>, Problem> {
    page_of(&app, &caller, &Cases::of(&app)?, id, None).await
}

async fn page_of(
    app: &App,
    caller: &Caller,
    cases: &Cases,
    id: CaseId,
    refused: Option<Refused>,
) -> Result<Html<String>, Problem> {
    let seen = cases.read(&By::from(caller), id).await?;
    let explained = seen.clocks.keys().map(|clock| (clock.clone(), cases.explain(&seen, clock))).collect();
    let mint = || app.ids().next(app.now());
    let page = CasePage {
        calendar: &app.calendar(caller.locale),
        naming: Naming { locale: caller.locale, book: cases.book(), kind: cases.kind_of(&seen)? },
        now: app.now(),
        seen: &seen,
        explained,
        csrf: caller.csrf(),
        form: &mint,
        refused,
    };
    let title = format!("{} {id}", t(caller.locale, "cases-case", &[]));
    let address = format!("/desk/cases/{id}");
    let frame = Frame { app, caller, title: &title, address: &address };
    Ok(frame.desk_page(html! {}, html! {}, ui::case(&page)))
}

/// Does what the page's form asks. What is in the way comes back on the page as it is now, with what was typed.
async fn act(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<CaseId>,
    Form(form): Form<BTreeMap<String, String>>,
) -> Result<Redirect, Problem> {
    let (cases, by, form) = (Cases::of(&app)?, By::from(&caller), Sent(form));
    let kind = cases.kind_for(&by, id).await?;
    let seen = form.number("version")?;
    let sent = async {
        let act = act_of(&app, &cases, kind, &form)?;
        let request = form.request()?;
        // A note and a link clash with nothing: two who write at once are both heard.
        let clashes = !matches!(act, Act::Note { .. } | Act::Link { .. });
        let request = Request { act, expected_version: clashes.then_some(seen), request };
        cases.apply(&by, id, &request).await.map_err(Stopped::Case)
    };
    match sent.await {
        Ok(()) => Ok(Redirect::to(&format!("/desk/cases/{id}"))),
        Err(Stopped::Case(CaseError::Blocked(blockers))) => {
            let words = form.text("words");
            let refused = Refused { blockers: blockers.clone(), seen, words };
            let page = page_of(&app, &caller, &cases, id, Some(refused)).await?;
            Err(Problem::from(CaseError::Blocked(blockers)).page(page))
        }
        Err(Stopped::Case(error)) => Err(error.into()),
        Err(Stopped::Form(problem)) => Err(problem),
    }
}

/// Why a form was not carried out.
enum Stopped {
    Case(CaseError),
    Form(Problem),
}

impl From<CaseError> for Stopped {
    fn from(error: CaseError) -> Self {
        Self::Case(error)
    }
}

impl From<Problem> for Stopped {
    fn from(problem: Problem) -> Self {
        Self::Form(problem)
    }
}

fn act_of(app: &App, cases: &Cases, kind: &cases::Kind, form: &Sent) -> Result<Act, Stopped> {
    let input = form.fields(cases.book(), kind)?;
    let reason = Some(form.text("words")).filter(|words| !words.trim().is_empty());
    let asked = form.text("act");
    Ok(match asked.as_str() {
        "move" => Act::Move { transition: form.text("transition"), input, reason },
        "break_glass" => {
            Act::BreakGlass { transition: form.text("transition"), input, reason: form.text("words") }
        }
        "agree" | "deny" => Act::Vote {
            pending: form.number("of")?,
            seen: ContentHash::parse(&form.text("seen"))
                .ok_or(CaseError::Blocked(vec![Blocker::ContentChanged]))?,
            agrees: asked == "agree",
            reason,
        },
        "review" | "review_wrong" => {
            Act::Review { of: form.number("of")?, right: asked == "review", reason: form.text("words") }
        }
        "note" => Act::Note { text: form.text("words") },
        "claim" => Act::Claim { until: app.now().plus_us(CLAIM_US) },
        "release" => Act::Release,
        "link" => {
            let chosen = form.text("link");
            let link =
                LINKS.into_iter().find(|link| link_word(*link) == chosen).unwrap_or(cases::Link::Duplicate);
            Act::Link { link, other: form.text("other").trim().to_owned() }
        }
        other => {
            let action = other.chars().take(40).collect();
            return Err(CaseError::Blocked(vec![Blocker::UnknownAction { action }]).into());
        }
    })
}
