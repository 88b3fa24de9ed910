//! What the log answers: searches of compliance, each an entry itself, and a cardholder's question who looked.

use super::model::{CHECKS, LOOKS, Teller};
use super::{ENTRIES_EXPORTED, ENTRIES_PROVED, ENTRIES_READ};
use crate::accounts::Accounts;
use crate::cards::Cards;
use kernel::{AccountId, CustomerId, Masked};
use platform::access::{Caller, list_staff};
use platform::app::App;
use platform::audit::{self, Found, Search, Standing, tiles::Folder};
use platform::http::problem::Problem;
use platform::keys::{KeyError, PersonKeys};
use std::collections::BTreeMap;
use vault::{Pan, Place};

/// Entries in one piece of a page.
pub(super) const SHOWN: i64 = 50;
/// Entries in one file at most.
pub(super) const EXPORTED_MAX: i64 = 10_000;

/// What is looked for, with people as customers.
#[derive(Clone, Debug, Default)]
pub(super) struct Wanted {
    pub(super) people: Vec<CustomerId>,
    pub(super) search: Search,
}

/// The customer with this id, or the holder of the account with it.
pub(super) async fn people_by_id(app: &App, id: &str) -> Result<Option<CustomerId>, Problem> {
    if let Ok(account) = id.parse::<AccountId>() {
        return Ok(Accounts::of(app).account(account).await?.map(|account| account.customer));
    }
    Ok(id.parse::<CustomerId>().ok())
}

/// Whom `sought` leads to: an id, a card number, a telephone number or a mail address, in full. That somebody was
/// sought is an entry, as at the desk, also where nobody was found.
pub(super) async fn people(app: &App, caller: &Caller, sought: &str) -> Result<Vec<CustomerId>, Problem> {
    let sought = sought.trim();
    if sought.is_empty() {
        return Ok(Vec::new());
    }
    let people = find_people(app, sought).await?;
    note(app, caller, ENTRIES_READ, &Wanted { people: people.clone(), ..Wanted::default() }).await?;
    Ok(people)
}

async fn find_people(app: &App, sought: &str) -> Result<Vec<CustomerId>, Problem> {
    let accounts = Accounts::of(app);
    if let Some(id) = people_by_id(app, sought).await? {
        return Ok(vec![id]);
    }
    if let Ok(pan) = Pan::parse(sought)
        && let Some(held) = Cards::of(app)?.card_by_number(&pan).await?
    {
        return Ok(vec![held.card.customer]);
    }
    let (_, found) = accounts.customers_told(sought).await?;
    Ok(found.into_iter().map(|customer| customer.id).collect())
}

/// The ids by which entries concern these people: their own, and those of their accounts.
async fn concerns(app: &App, people: &[CustomerId]) -> Result<Vec<String>, Problem> {
    let accounts = Accounts::of(app);
    let mut ids = Vec::new();
    for person in people {
        ids.push(person.to_string());
        ids.extend(accounts.accounts_of(*person).await?.iter().map(|account| account.id.to_string()));
    }
    Ok(ids)
}

/// The entries that fit, newest first; that they were read is written down first.
pub(super) async fn entries(app: &App, caller: &Caller, wanted: &Wanted) -> Result<Vec<Found>, Problem> {
    note(app, caller, ENTRIES_READ, wanted).await?;
    found(app, wanted).await
}

/// The same for a file that leaves the house.
pub(super) async fn exported(app: &App, caller: &Caller, wanted: &Wanted) -> Result<Vec<Found>, Problem> {
    note(app, caller, ENTRIES_EXPORTED, wanted).await?;
    found(app, wanted).await
}

async fn found(app: &App, wanted: &Wanted) -> Result<Vec<Found>, Problem> {
    let search = Search { concerns: concerns(app, &wanted.people).await?, ..wanted.search.clone() };
    Ok(audit::search(&app.db, &search).await?)
}

async fn note(app: &App, caller: &Caller, act: &'static str, wanted: &Wanted) -> Result<(), Problem> {
    let search = &wanted.search;
    let detail = serde_json::json!({
        "actor_sought": search.actor, "acts": search.acts.first(), "from": search.from, "until": search.until,
    });
    let entry = caller.entry(act).detail(detail);
    let entry = wanted.people.iter().fold(entry, |entry, person| entry.concerns(person));
    Ok(audit::record(&app.db, entry).await?)
}

/// One entry and where it stands.
pub(super) struct Proved {
    pub(super) entry: Found,
    /// Nothing while it waits for its place.
    pub(super) standing: Option<Standing>,
}

/// The entry with this id; that it was looked at is written down before anything of it is given.
pub(super) async fn proved(app: &App, caller: &Caller, id: i64) -> Result<Proved, Problem> {
    let entry = audit::entry_by_id(&app.db, id).await?.ok_or_else(Problem::absent)?;
    let noted = caller.entry(ENTRIES_PROVED).subject(id);
    let noted = entry.concerns.iter().fold(noted, |noted, whose| noted.concerns(whose));
    audit::record(&app.db, noted).await?;
    let witnesses = app.config.log.witnesses_at().unwrap_or_default();
    let keys: Vec<_> = witnesses.into_iter().map(|witness| witness.key).collect();
    let folder = app.service::<Folder>()?;
    let standing = audit::standing(&app.db, &folder, &keys, id).await.map_err(Problem::internal)?;
    Ok(Proved { entry, standing })
}

/// Who looked at the data of `owner`: looks of staff and programs, newest first.
pub(super) async fn looks(app: &App, owner: CustomerId, before: Option<i64>) -> Result<Vec<Found>, Problem> {
    told_of(app, owner, LOOKS, before).await
}

/// How `owner` was recognised, and who tried, newest first.
pub(super) async fn checks(app: &App, owner: CustomerId, before: Option<i64>) -> Result<Vec<Found>, Problem> {
    told_of(app, owner, CHECKS, before).await
}

async fn told_of(
    app: &App,
    owner: CustomerId,
    acts: &[(&str, &str)],
    before: Option<i64>,
) -> Result<Vec<Found>, Problem> {
    let search = Search {
        concerns: concerns(app, &[owner]).await?,
        acts: acts.iter().map(|(act, _)| (*act).to_owned()).collect(),
        before,
        rows_max: SHOWN + 1,
        ..Search::default()
    };
    Ok(audit::search(&app.db, &search).await?)
}

/// What colleagues typed as reasons, by the ids of entries; for a person whose key was destroyed, that it is gone.
pub(super) async fn words(
    app: &App,
    teller: &Teller,
    entries: &[Found],
) -> Result<BTreeMap<i64, Masked>, Problem> {
    let keys = PersonKeys::of(app);
    let mut told = BTreeMap::new();
    for entry in entries {
        let person = entry.concerns.first().and_then(|id| id.parse::<CustomerId>().ok());
        let (Some(sealed), Some(person)) = (&entry.sealed, person) else { continue };
        let place = Place { table: "audit_entries", row: entry.id, column: "sealed" };
        let words = match keys.open(person, place, sealed).await {
            Ok(words) => Masked::new(String::from_utf8_lossy(words.expose())),
            Err(KeyError::Erased(_) | KeyError::Absent(_)) => {
                Masked::new(teller.word("audit-log-words-erased"))
            }
            Err(KeyError::Db(error)) => return Err(error.into()),
            Err(error) => return Err(Problem::internal(error)),
        };
        told.insert(entry.id, words);
    }
    Ok(told)
}

/// The names and words that entries are told with.
pub(super) async fn teller(app: &App, caller: &Caller) -> Result<Teller, Problem> {
    Ok(Teller::new(caller.locale, &app.features, list_staff(&app.db).await?))
}
