//! What the desk asks. Every answer about a person is preceded by its own committed audit entry.

use crate::accounts::{ACCOUNT_READ, Account, Accounts, CUSTOMER_READ, CUSTOMER_SOUGHT, Customer, Told};
use crate::authorizations::{
    AccountState, AuthorizationError, Entry, Explanation, account_state, authorization, chain_page,
};
use crate::calls::Calls;
use crate::cards::{Cards, HeldCard};
use crate::matters::{Matter, MatterError, live_matter};
use crate::staff::count_search;
use kernel::{AccountId, AuthorizationId, CallId, CustomerId, MaskedPan, Timestamp};
use platform::access::Caller;
use platform::app::App;
use platform::audit;
use platform::http::problem::Problem;
use std::collections::BTreeMap;
use vault::Pan;

/// Records of a timeline in one piece.
pub(super) const RECORDS_MAX: i64 = 40;

/// One account on the screen of an agent.
pub(super) struct Screen {
    pub(super) customer: Customer,
    pub(super) account: Account,
    pub(super) state: AccountState,
    pub(super) cards: Vec<HeldCard>,
    pub(super) all: Vec<Account>,
    pub(super) entries: Vec<Entry>,
    /// What the reader serves the customer for now.
    pub(super) matter: Matter,
    /// The call in which the reader serves the customer now.
    pub(super) call: Option<CallId>,
    pub(super) next: Option<AuthorizationId>,
}

impl Screen {
    /// Masked numbers by the cards' ids.
    pub(super) fn labels(&self) -> BTreeMap<i64, MaskedPan> {
        self.cards.iter().map(|held| (held.card.id.raw(), held.card.masked.clone())).collect()
    }

    /// Wrong values that were presented for a card in the last 30 days.
    pub(super) fn misses(&self, held: &HeldCard, now: Timestamp) -> u64 {
        let count = self.state.card(held.card.id.raw()).map_or(0, |card| card.misses.recent_at(now));
        u64::try_from(count).unwrap_or(u64::MAX)
    }
}

/// What a search came to.
pub(super) enum Found {
    /// This account.
    Account(AccountId),
    /// These customers, each with their accounts.
    Customers(Vec<(Customer, Vec<Account>)>),
}

/// Writes down that a search found `ids`, as `how` says; what was sought is not kept.
async fn note_search(app: &App, caller: &Caller, how: Sought, ids: &[CustomerId]) -> Result<(), Problem> {
    let detail = serde_json::json!({ "by": how.word(), "count": ids.len() });
    let entry = caller.entry(CUSTOMER_SOUGHT).detail(detail);
    let entry = ids.iter().fold(entry, |entry, id| entry.concerns(id));
    Ok(audit::record(&app.db, entry).await?)
}

/// The screen of an account; its reading is recorded first.
pub(super) async fn screen(
    app: &App,
    caller: &Caller,
    id: AccountId,
    from: Option<AuthorizationId>,
) -> Result<Screen, Problem> {
    let accounts = Accounts::of(app);
    let account = accounts.account(id).await?.ok_or_else(Problem::absent)?;
    // The guard let the reader pass; between it and here the matter can have ended.
    let matter = live_matter(&app.db, caller.staff()?, account.customer).await?;
    let matter = matter.ok_or(MatterError::NoMatter)?;
    let entry = caller.entry(ACCOUNT_READ).subject(account.id).concerns(account.customer);
    let entry = entry.detail(matter.facts());
    audit::record(&app.db, entry).await?;
    let customer = accounts.customer(account.customer).await?.ok_or_else(Problem::absent)?;
    let all = accounts.accounts_of(account.customer).await?;
    let state = account_state(&app.db, id).await?.ok_or(AuthorizationError::Unreadable("account state"))?;
    let cards = Cards::of(app)?.cards_of_account(id).await?;
    let at = match from {
        None => state.head,
        Some(record) => {
            let row = authorization(&app.db, record).await?.filter(|row| row.account == id.raw());
            row.ok_or_else(Problem::absent)?.id
        }
    };
    let mut rows = if at == 0 { Vec::new() } else { chain_page(&app.db, at, RECORDS_MAX + 1).await? };
    let shown = usize::try_from(RECORDS_MAX).unwrap_or(usize::MAX);
    let next = rows.get(shown).map(|row| AuthorizationId::from_raw(row.id));
    rows.truncate(shown);
    let mut entries = Vec::with_capacity(rows.len());
    for row in rows {
        let explanation = Explanation::of(&app.db, &row).await?;
        entries.push(Entry { row, explanation });
    }
    let call = Calls::of(app)?.live_for(caller, account.customer).await?;
    Ok(Screen { customer, account, state, cards, all, entries, matter, call, next })
}

/// The customer called `id` with their accounts; its reading is recorded first.
pub(super) async fn customer(
    app: &App,
    caller: &Caller,
    id: CustomerId,
) -> Result<(Customer, Vec<Account>), Problem> {
    let accounts = Accounts::of(app);
    let found = accounts.customer(id).await?.ok_or_else(Problem::absent)?;
    audit::record(&app.db, caller.entry(CUSTOMER_READ).subject(id).concerns(id)).await?;
    Ok((found, accounts.accounts_of(id).await?))
}

/// What a customer was sought by.
#[derive(Clone, Copy)]
enum Sought {
    Account,
    Card,
    Customer,
    Told(Told),
}

impl Sought {
    /// The word in the log.
    const fn word(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Card => "card",
            Self::Customer => "customer",
            Self::Told(told) => told.word(),
        }
    }
}

/// Whom `sought` leads to: an id, a card number, a telephone number, a mail address or a document number, in
/// full. What was sought is
/// not kept; that somebody searched, by what, and whom it found, is, also where it found nobody.
pub(super) async fn find(app: &App, caller: &Caller, sought: &str) -> Result<Found, Problem> {
    count_search(app, caller).await?;
    let sought = sought.trim();
    let accounts = Accounts::of(app);
    if let Ok(id) = sought.parse::<AccountId>()
        && let Some(account) = accounts.account(id).await?
    {
        note_search(app, caller, Sought::Account, &[account.customer]).await?;
        return Ok(Found::Account(id));
    }
    if let Ok(pan) = Pan::parse(sought)
        && let Some(held) = Cards::of(app)?.card_by_number(&pan).await?
    {
        note_search(app, caller, Sought::Card, &[held.card.customer]).await?;
        return Ok(Found::Account(held.card.account));
    }
    let (how, customers) = match sought.parse::<CustomerId>() {
        Ok(id) => (Sought::Customer, accounts.customer(id).await?.into_iter().collect()),
        Err(_) => {
            let (told, customers) = accounts.customers_told(sought).await?;
            (Sought::Told(told), customers)
        }
    };
    let ids: Vec<CustomerId> = customers.iter().map(|customer| customer.id).collect();
    note_search(app, caller, how, &ids).await?;
    let mut found = Vec::with_capacity(customers.len());
    for customer in customers {
        let of = accounts.accounts_of(customer.id).await?;
        found.push((customer, of));
    }
    Ok(Found::Customers(found))
}
