//! The search of compliance, and what it found as a file. People are sought with a form that is posted, so that what
//! they were sought by stands in no address; the address carries ids.

use super::super::model::Teller;
use super::super::service::{
    EXPORTED_MAX, SHOWN, Wanted, entries, exported, people, people_by_id, teller, words,
};
use super::super::{access, ui};
use axum::extract::State;
use axum::response::{Html, IntoResponse, Redirect, Response};
use platform::access::Caller;
use platform::app::App;
use platform::audit::{Found, Outcome, Search};
use platform::feature::Route;
use platform::http::csv;
use platform::http::extract::{Form, Query};
use platform::http::frame::Frame;
use platform::http::page::{PageQuery, PageRequest};
use platform::http::problem::Problem;
use platform::i18n::dates::Calendar;
use platform::i18n::t;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/desk/audit-log", &access::READ, show).record_in_query("person"),
        Route::post("/desk/audit-log", &access::READ, find),
        Route::get("/desk/audit-log/entries.csv", &access::READ, file).record_in_query("person"),
    ]
}

/// What the form and the address carry. Days are whole days where the issuer is.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub(in super::super) struct Asked {
    /// Ids of customers, with commas between.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(in super::super) person: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(in super::super) actor: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(in super::super) act: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(in super::super) outcome: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(in super::super) from: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(in super::super) until: String,
}

impl Asked {
    /// The address of this search, under `path`.
    pub(in super::super) fn address(&self, path: &str, cursor: Option<&str>) -> String {
        let mut query = serde_urlencoded::to_string(self).unwrap_or_default();
        if let Some(cursor) = cursor {
            query = format!("{query}&cursor={cursor}");
        }
        match query.trim_start_matches('&') {
            "" => path.to_owned(),
            query => format!("{path}?{query}"),
        }
    }

    /// Without what the form does not offer: a text that somebody typed or made up must not get into the address.
    fn settled(mut self, teller: &Teller, calendar: &Calendar) -> Self {
        let offered = |known: bool, text: &mut String| {
            if !known {
                text.clear();
            }
        };
        offered(teller.colleagues().iter().any(|(id, _)| *id == self.actor), &mut self.actor);
        offered(teller.acts().iter().any(|(name, _)| *name == self.act), &mut self.act);
        offered(Outcome::from_word(&self.outcome).is_some(), &mut self.outcome);
        offered(calendar.day(&self.from).is_some(), &mut self.from);
        offered(calendar.day(&self.until).is_some(), &mut self.until);
        self
    }

    /// What to search for; an address that names people names only ids, and none of them may be nobody's.
    async fn wanted(&self, app: &App, calendar: &Calendar) -> Result<Wanted, Problem> {
        let filled = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let mut found = Vec::new();
        for id in self.person.split(',').filter(|id| !id.is_empty()) {
            let known = people_by_id(app, id).await?;
            found.push(known.ok_or_else(Problem::absent)?);
        }
        Ok(Wanted {
            people: found,
            search: Search {
                actor: filled(&self.actor),
                acts: filled(&self.act).into_iter().collect(),
                outcome: Outcome::from_word(&self.outcome),
                from: calendar.day(&self.from).map(|(first, _)| first),
                until: calendar.day(&self.until).map(|(_, next)| next),
                ..Search::default()
            },
        })
    }
}

async fn show(
    State(app): State<App>,
    caller: Caller,
    Query(asked): Query<Asked>,
    Query(piece): Query<PageQuery>,
) -> Result<Html<String>, Problem> {
    let piece = PageRequest::of(SHOWN, PageRequest::from_query(&piece)?.after());
    let calendar = app.calendar(caller.locale);
    let mut wanted = asked.wanted(&app, &calendar).await?;
    (wanted.search.before, wanted.search.rows_max) = (piece.after(), piece.fetch());
    let found = entries(&app, &caller, &wanted).await?;
    let found = piece.cut(found, |entry| entry.id);
    let older = found.next_cursor.as_deref().map(|cursor| asked.address("/desk/audit-log", Some(cursor)));
    let teller = teller(&app, &caller).await?;
    let words = words(&app, &teller, &found.data).await?;
    let main = ui::desk_page(&ui::DeskLog {
        teller: &teller,
        calendar: &calendar,
        csrf: caller.csrf(),
        asked: &asked,
        entries: &found.data,
        words: &words,
        older: older.as_deref(),
        nobody: false,
    });
    Ok(page(&app, &caller, main))
}

fn page(app: &App, caller: &Caller, main: maud::Markup) -> Html<String> {
    let title = t(caller.locale, "audit-log-title", &[]);
    let frame = Frame { app, caller, title: &title, address: "/desk/audit-log" };
    frame.desk_page(maud::html! {}, maud::html! {}, main)
}

/// Turns what a person was sought by into their id, and leads to the address with it.
async fn find(State(app): State<App>, caller: Caller, Form(asked): Form<Asked>) -> Result<Response, Problem> {
    let (teller, calendar) = (teller(&app, &caller).await?, app.calendar(caller.locale));
    let mut asked = asked.settled(&teller, &calendar);
    let sought = std::mem::take(&mut asked.person);
    let found = people(&app, &caller, &sought).await?;
    if found.is_empty() && !sought.trim().is_empty() {
        let main = ui::desk_page(&ui::DeskLog {
            teller: &teller,
            calendar: &calendar,
            csrf: caller.csrf(),
            asked: &asked,
            entries: &[],
            words: &BTreeMap::new(),
            older: None,
            nobody: true,
        });
        return Ok(page(&app, &caller, main).into_response());
    }
    asked.person = found.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
    Ok(Redirect::to(&asked.address("/desk/audit-log", None)).into_response())
}

async fn file(
    State(app): State<App>,
    caller: Caller,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let calendar = app.calendar(caller.locale);
    let mut wanted = asked.wanted(&app, &calendar).await?;
    wanted.search.rows_max = EXPORTED_MAX;
    let found = exported(&app, &caller, &wanted).await?;
    let teller = teller(&app, &caller).await?;
    let rows: Vec<Vec<String>> = found.iter().map(|entry| line(&teller, &calendar, entry)).collect();
    csv::download("audit-log.csv", COLUMNS, &rows)
}

const COLUMNS: &[&str] = &[
    "id",
    "time",
    "sentence",
    "actor",
    "act",
    "subject",
    "outcome",
    "concerns",
    "channel",
    "origin",
    "leaf_index",
];

fn line(teller: &Teller, calendar: &Calendar, entry: &Found) -> Vec<String> {
    vec![
        entry.id.to_string(),
        calendar.machine(entry.at),
        teller.sentence(entry),
        entry.actor.clone(),
        entry.act.clone(),
        entry.subject.clone().unwrap_or_default(),
        entry.outcome.word().to_owned(),
        entry.concerns.join(" "),
        entry.channel.clone(),
        entry.origin.clone().unwrap_or_default(),
        entry.leaf_index.map(|index| index.to_string()).unwrap_or_default(),
    ]
}
