//! How the cases of a kind go, and the regulator's return as a file.

use super::super::access;
use super::super::error::CaseError;
use super::super::events;
use super::super::model::By;
use super::super::rules::{Line, Return};
use super::super::service::Cases;
use super::super::ui::{self, FiguresPage, Naming};
use super::desk::KindQuery;
use axum::extract::State;
use axum::response::{Html, Response};
use kernel::{DAY_US, Fault, Timestamp};
use maud::html;
use platform::access::Caller;
use platform::app::App;
use platform::audit;
use platform::feature::Route;
use platform::http::csv;
use platform::http::extract::Query;
use platform::http::frame::Frame;
use platform::http::problem::Problem;
use platform::i18n::dates::Calendar;
use platform::i18n::t;
use serde::Deserialize;

/// The page looks at cases that ended in so many days.
const LOOKED_DAYS: i64 = 90;
/// The fields of a kind of which there is a return.
const RETURNED: &str = "regulator";
/// What the columns of the return are called; a program of the regulator's reads them.
const HEAD: &[&str] = &[
    "category",
    "channel",
    "open_before",
    "received",
    "closed",
    "closed_in_time",
    "upheld",
    "partly_upheld",
    "not_upheld",
    "open_after",
    "redress",
];

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/desk/cases/figures", &access::READ, show),
        Route::get("/desk/cases/return.csv", &access::RETURN, file),
    ]
}

async fn show(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<KindQuery>,
) -> Result<Html<String>, Problem> {
    let (cases, by, now) = (Cases::of(&app)?, By::from(&caller), app.now());
    let since = now.plus_us(-LOOKED_DAYS * DAY_US);
    let kinds = cases.kinds_of(&by);
    // Without a word about the kind, the first that the reader has a part in.
    let asked =
        if query.kind.is_empty() { kinds.first() } else { kinds.iter().find(|kind| kind.id == query.kind) };
    let kind = asked.copied().ok_or(CaseError::Absent)?;
    let figures = cases.figures(&by, &kind.id, since).await?.ok_or(CaseError::Absent)?;
    let calendar = app.calendar(caller.locale);
    let returned = access::RETURN.allows(caller.role) && kind.facets.iter().any(|facet| facet == RETURNED);
    let page = FiguresPage {
        naming: Naming { locale: caller.locale, book: cases.book(), kind },
        figures: &figures,
        days: LOOKED_DAYS,
        quarter: returned.then(|| (day(&calendar, since), day(&calendar, now))),
    };
    let title = t(caller.locale, "cases-figures-title", &[]);
    let address = format!("/desk/cases/figures?kind={}", kind.id);
    let frame = Frame { app: &app, caller: &caller, title: &title, address: &address };
    Ok(frame.desk_page(html! {}, html! {}, ui::figures(&page)))
}

/// A day as fields of forms have it.
fn day(calendar: &Calendar, at: Timestamp) -> String {
    calendar.machine(at).chars().take(10).collect()
}

/// From which day until which, both whole days where the issuer is.
#[derive(Debug, Deserialize)]
struct ReturnQuery {
    kind: String,
    from: String,
    until: String,
}

/// The return of complaints as a file. That it was taken is in the log.
async fn file(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<ReturnQuery>,
) -> Result<Response, Problem> {
    let calendar = app.calendar(caller.locale);
    let wrong = |field: &str| Problem::new(Fault::Invalid, "field_invalid").at(format!("field {field}"));
    let (from, _) = calendar.day(&query.from).ok_or_else(|| wrong("from"))?;
    let (_, until) = calendar.day(&query.until).ok_or_else(|| wrong("until"))?;
    if until <= from {
        return Err(wrong("until"));
    }
    let (cases, by) = (Cases::of(&app)?, By::from(&caller));
    let kinds = cases.kinds_of(&by).into_iter();
    let mut returned = kinds.filter(|kind| kind.facets.iter().any(|facet| facet == RETURNED));
    let kind = returned.find(|kind| kind.id == query.kind).ok_or(CaseError::Absent)?;
    let found = cases.regulator_return(&by, &kind.id, (from, until)).await?;
    let found = found.ok_or(CaseError::Absent)?;
    let detail = serde_json::json!({ "from": from.us(), "until": until.us() });
    audit::record(&app.db, caller.entry(events::RETURN_READ).detail(detail)).await?;
    csv::download("complaints.csv", HEAD, &table(&found))
}

fn table(found: &Return) -> Vec<Vec<String>> {
    found.lines.iter().map(|((category, channel), line)| cells(category, channel, line)).collect()
}

fn cells(category: &str, channel: &str, line: &Line) -> Vec<String> {
    let counted = [
        line.open_before,
        line.received,
        line.closed,
        line.closed_in_time,
        line.upheld,
        line.partly_upheld,
        line.not_upheld,
        line.open_after,
    ];
    let paid = line.redress_minor.iter().filter_map(|(code, minor)| {
        Some(format!("{code} {}", kernel::Money::new(*minor, code.parse().ok()?).to_decimal()))
    });
    let mut cells = vec![category.to_owned(), channel.to_owned()];
    cells.extend(counted.map(|count| count.to_string()));
    cells.push(paid.collect::<Vec<_>>().join("; "));
    cells
}
