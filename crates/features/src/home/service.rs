//! What the cardholder's pages ask, always with the owner's id.

use crate::accounts::{Account, Accounts};
use crate::authorizations::{
    AccountState, AuthorizationError, Entry, Explanation, account_state, authorization, chain_page,
};
use crate::cards::{Cards, HeldCard};
use futures_util::stream::{BoxStream, unfold};
use kernel::{AccountId, AuthorizationId, CustomerId, MaskedPan};
use platform::app::App;
use platform::http::problem::Problem;
use std::collections::BTreeMap;
use std::time::Duration;

/// Transactions on the first page.
pub(super) const RECENT_MAX: usize = 12;
/// Transactions in one piece of the list.
pub(super) const PIECE_MAX: usize = 25;
/// Records read for one piece of the declined ones; beyond, the reader goes on by hand.
const SCAN_MAX: usize = 400;
/// Records read at once.
const READ_ROWS: i64 = 50;
/// How often a stream looks at its account.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// One of a customer's accounts with all that its pages show.
pub(super) struct Own {
    pub(super) account: Account,
    pub(super) state: AccountState,
    pub(super) cards: Vec<HeldCard>,
    /// All accounts of the customer, this one among them.
    pub(super) all: Vec<Account>,
}

/// A piece of a list of transactions, and the record where the next begins.
pub(super) struct Piece {
    pub(super) entries: Vec<Entry>,
    pub(super) next: Option<AuthorizationId>,
}

/// The account called `wanted` if it is `owner`'s, or the owner's first; `None` where there is none at all.
pub(super) async fn own(
    app: &App,
    owner: CustomerId,
    wanted: Option<AccountId>,
) -> Result<Option<Own>, Problem> {
    let all = Accounts::of(app).accounts_of(owner).await?;
    let chosen = match wanted {
        None => all.first(),
        Some(id) => Some(all.iter().find(|account| account.id == id).ok_or_else(Problem::absent)?),
    };
    let Some(account) = chosen.cloned() else { return Ok(None) };
    let state = account_state(&app.db, account.id).await?;
    let state = state.ok_or(AuthorizationError::Unreadable("account state"))?;
    let cards = Cards::of(app)?.cards_of_account(account.id).await?;
    Ok(Some(Own { account, state, cards, all }))
}

impl Own {
    /// Masked numbers by the cards' ids.
    pub(super) fn labels(&self) -> BTreeMap<i64, MaskedPan> {
        self.cards.iter().map(|held| (held.card.id.raw(), held.card.masked.clone())).collect()
    }

    /// Transactions from `from` on (from the newest without it), newest first, at most `rows_max`.
    pub(super) async fn piece(
        &self,
        app: &App,
        from: Option<AuthorizationId>,
        declined_only: bool,
        rows_max: usize,
    ) -> Result<Piece, Problem> {
        let mut at = match from {
            None => self.state.head,
            Some(id) => self.record(app, id).await?.row.id,
        };
        let (mut entries, mut read) = (Vec::new(), 0);
        while at != 0 && read < SCAN_MAX {
            let rows = chain_page(&app.db, at, READ_ROWS).await?;
            if rows.is_empty() {
                at = 0;
            }
            for row in rows {
                if entries.len() == rows_max {
                    return Ok(Piece { entries, next: Some(AuthorizationId::from_raw(row.id)) });
                }
                (at, read) = (row.previous, read + 1);
                let entry = Entry { row, explanation: None };
                if entry.is_transaction() && (!declined_only || entry.is_declined()) {
                    entries.push(explained(app, entry).await?);
                }
            }
        }
        let next = (at != 0).then(|| AuthorizationId::from_raw(at));
        Ok(Piece { entries, next })
    }

    /// One record of this account; another account's is absent.
    pub(super) async fn record(&self, app: &App, id: AuthorizationId) -> Result<Entry, Problem> {
        let row = authorization(&app.db, id).await?.filter(|row| row.account == self.account.id.raw());
        let row = row.ok_or_else(Problem::absent)?;
        explained(app, Entry { row, explanation: None }).await
    }
}

/// The entry with its explanation, where it needs one: what was declined.
async fn explained(app: &App, mut entry: Entry) -> Result<Entry, Problem> {
    if entry.is_declined() {
        entry.explanation = Explanation::of(&app.db, &entry.row).await?;
    }
    Ok(entry)
}

/// The account that a record belongs to, if it is `owner`'s.
pub(super) async fn own_of_record(app: &App, owner: CustomerId, id: AuthorizationId) -> Result<Own, Problem> {
    let row = authorization(&app.db, id).await?.ok_or_else(Problem::absent)?;
    own(app, owner, Some(AccountId::from_raw(row.account))).await?.ok_or_else(Problem::absent)
}

/// The state of `account` now and after each change, looked at once a second. Ends when the account is gone; a
/// database that does not answer for a moment is asked again.
pub fn watch(app: &App, account: AccountId) -> BoxStream<'static, AccountState> {
    struct Watch {
        app: App,
        account: AccountId,
        seen: Option<i64>,
    }
    let first = Watch { app: app.clone(), account, seen: None };
    Box::pin(unfold(first, |mut watch| async move {
        loop {
            match account_state(&watch.app.db, watch.account).await {
                Ok(None) => return None,
                Ok(Some(state)) if watch.seen != Some(state.version) => {
                    watch.seen = Some(state.version);
                    return Some((state, watch));
                }
                Ok(Some(_)) => {}
                Err(error) => tracing::warn!(%error, "an account could not be looked at for a live page"),
            }
            watch.app.sleep.sleep(LOOK_EVERY).await;
        }
    }))
}
