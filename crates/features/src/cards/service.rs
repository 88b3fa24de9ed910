//! What can be done with cards (verbs) and what can be asked (nouns). The only opener of transactions here.

mod pins;
mod signed;

pub use pins::{CardFile, ChosenPin};
pub(super) use signed::raise;

use super::model::{AccountWithCards, Card, CardGiven, CardOrder, HeldCard, Loss};
use super::store::{self, NewRow};
use super::{CardError, events};
use crate::accounts::{self, Account, Accounts, BATCH_OPENED, Done, Prepared};
use crate::authorizations::{
    AccountCommand, CardStatus, ChipFacts, CommandOutcome, Controls, CountedProof, Engine, Expiry, Intake,
    NewCard, Proofs, account_state,
};
use kernel::{AccountId, Actor, CardId, Channel, CustomerId};
use platform::app::App;
use platform::audit::Entry;
use platform::http::problem::Problem;
use vault::{CardKeyRole, CvkUse, DataKey, ExpiryOrder, Pan, Place};

/// Accounts that are opened in one transaction at most.
pub const BATCH_ACCOUNTS: usize = 500;
/// Cards that are shown at most for one account or customer.
pub const CARDS_OF_MAX: i64 = 100;
/// Cards that one account can be opened with at most.
const FIRST_CARDS_MAX: usize = 2;
/// A number without its check digit, of the range that no scheme issues.
const NOBODYS_CARD: &str = "900000000000000";
const TABLE: &str = "cards";

/// The face for commands and queries. Cheap to clone.
#[derive(Clone)]
pub struct Cards {
    accounts: Accounts,
    engine: Engine,
}

impl Cards {
    /// Over these accounts, with this engine.
    pub fn new(accounts: Accounts, engine: Engine) -> Self {
        Self { accounts, engine }
    }

    /// As the running server has them.
    pub fn of(app: &App) -> Result<Self, Problem> {
        Ok(Self::new(Accounts::of(app), app.service::<Engine>()?))
    }

    /// Issues a card for an account: its row, then the engine, so it can be used when this returns. The same card
    /// id again finishes what was begun, or changes nothing.
    pub async fn issue(
        &self,
        account: &Account,
        order: &CardOrder,
        actor: Actor,
        channel: Channel,
    ) -> Result<Done, CardError> {
        order.check()?;
        let row = seal(&self.accounts, account, order)?;
        let new = engine_card(&row)?;
        match store::card_by_hash(self.accounts.db(), &row.pan_hash).await? {
            Some(known) if known.id == order.card && known.account == account.id => {}
            Some(_) => return Err(CardError::Taken),
            None => {
                let mut write = self.accounts.db().write().await?;
                let inserted = store::insert_cards_in_tx(&mut write, std::slice::from_ref(&row)).await;
                // Somebody else issued the same number since it was looked up.
                inserted.map_err(|error| match error.is_unique_violation() {
                    true => CardError::Taken,
                    false => CardError::Db(error),
                })?;
                let detail = serde_json::json!({ "account": account.id, "product": order.product });
                let entry = Entry::new(actor, channel, events::MADE)
                    .subject(order.card)
                    .concerns(account.customer)
                    .detail(detail);
                write.commit(entry).await?;
            }
        }
        self.command(account.id, AccountCommand::AddCard(new), actor, channel).await
    }

    /// Freezes a card. The next authorization is declined already.
    pub async fn freeze(&self, card: &Card, actor: Actor, channel: Channel) -> Result<Done, CardError> {
        self.set_status(card, CardStatus::Frozen, actor, channel).await
    }

    /// Lets a frozen card pay again; what was reported lost is refused.
    pub async fn unfreeze(&self, card: &Card, actor: Actor, channel: Channel) -> Result<Done, CardError> {
        self.set_status(card, CardStatus::Active, actor, channel).await
    }

    /// Blocks a card for good, because it was lost or stolen. The next authorization is declined already, and nothing
    /// undoes it. A card that was reported before stays as it is.
    pub async fn report_loss(
        &self,
        card: &Card,
        loss: Loss,
        actor: Actor,
        channel: Channel,
    ) -> Result<Done, CardError> {
        match self.set_status(card, loss.status(), actor, channel).await {
            Err(CardError::Refused) => Ok(Done::AlreadyApplied),
            done => done,
        }
    }

    /// Replaces the switches of a card.
    pub async fn set_controls(
        &self,
        card: &Card,
        controls: Controls,
        actor: Actor,
        channel: Channel,
    ) -> Result<Done, CardError> {
        if controls.payment_max_minor.is_some_and(|max| max < 0) {
            let rule = "the largest payment is not negative, in minor units";
            return Err(CardError::Field { at: "/payment_max_minor", rule });
        }
        let command = AccountCommand::SetControls { card: card.id, controls, from: None };
        self.command(card.account, command, actor, channel).await
    }

    /// Sets the count of wrong tries of a proof back. The caller has made sure of the holder at assurance 2.
    pub async fn unblock(
        &self,
        card: &Card,
        proof: CountedProof,
        actor: Actor,
        channel: Channel,
    ) -> Result<Done, CardError> {
        self.command(card.account, AccountCommand::Unblock { card: card.id, proof }, actor, channel).await
    }

    /// Compares the printed value or the expiry that somebody gives for a card, with the one count of the card over
    /// every channel. `false`: it is wrong, or not compared any more after wrong tries.
    pub async fn prove(
        &self,
        intake: &Intake,
        card: &Card,
        given: CardGiven<'_>,
        (actor, channel): (Actor, Channel),
    ) -> Result<bool, CardError> {
        let pan = self.number(card).await?;
        let proofs = proofs_of(intake, &pan, card.expiry, given);
        let command = AccountCommand::Prove { card: card.id, proofs };
        let outcome = self.engine.command(card.account, command, actor, channel).await?;
        Ok(outcome == CommandOutcome::Applied)
    }

    /// The work of [`Self::prove`] and of looking the card up, for one that does not exist: the same questions to the
    /// database, the same calls of the key module, the same comparison, so that the time does not tell.
    pub async fn prove_nothing(
        &self,
        intake: &Intake,
        given: CardGiven<'_>,
        (actor, channel): (Actor, Channel),
    ) -> Result<bool, CardError> {
        // No card of ours has this number, and none has the id 0.
        let pan = Pan::with_check_digit(NOBODYS_CARD).map_err(|_| CardError::Unreadable("card number"))?;
        let (account, card) = (AccountId::from_raw(0), CardId::from_raw(0));
        account_state(self.accounts.db(), account).await?;
        store::sealed_number(self.accounts.db(), card).await?;
        self.accounts.keys().open_nothing(self.accounts.random())?;
        let proofs = proofs_of(intake, &pan, Expiry { year: 0, month: 1 }, given);
        let command = AccountCommand::Prove { card, proofs };
        let outcome = self.engine.command(account, command, actor, channel).await?;
        Ok(outcome == CommandOutcome::Applied)
    }

    /// The card with this id, whoever holds it: for staff and programs of the issuer.
    pub async fn card(&self, id: CardId) -> Result<Option<HeldCard>, CardError> {
        match store::card(self.accounts.db(), id).await? {
            Some(card) => self.held(card).await.map(Some),
            None => Ok(None),
        }
    }

    /// The card with this id if `owner` holds it; somebody else's is absent.
    pub async fn card_of(&self, owner: CustomerId, id: CardId) -> Result<Option<HeldCard>, CardError> {
        match store::card(self.accounts.db(), id).await?.filter(|card| card.customer == owner) {
            Some(card) => self.held(card).await.map(Some),
            None => Ok(None),
        }
    }

    /// The card with this number.
    pub async fn card_by_number(&self, pan: &Pan) -> Result<Option<HeldCard>, CardError> {
        let hash = self.accounts.keys().lookup_pan(pan)?;
        match store::card_by_hash(self.accounts.db(), hash.as_bytes()).await? {
            Some(card) => self.held(card).await.map(Some),
            None => Ok(None),
        }
    }

    /// The full number of a card. For a reveal, which asks for a reason and writes it down first, and to compare what
    /// goes into a value.
    pub async fn number(&self, card: &Card) -> Result<Pan, CardError> {
        let found = store::sealed_number(self.accounts.db(), card.id).await?.ok_or(CardError::Absent)?;
        let (wrapped, sealed) = found;
        let wrapped = wrapped.ok_or(CardError::Absent)?;
        let place = |column| Place { table: TABLE, row: card.id.raw(), column };
        let key = self.accounts.keys().unwrap_key(place("data_key"), &wrapped)?;
        let digits = key.open(place("pan"), &sealed)?;
        let digits =
            std::str::from_utf8(digits.expose()).map_err(|_| CardError::Unreadable("card number"))?;
        Pan::parse(digits).map_err(|_| CardError::Unreadable("card number"))
    }

    /// The cards of an account, oldest first.
    pub async fn cards_of_account(&self, account: AccountId) -> Result<Vec<HeldCard>, CardError> {
        let cards = store::cards_of_account(self.accounts.db(), account, CARDS_OF_MAX).await?;
        self.held_all(cards).await
    }

    /// The cards that a customer holds, oldest first.
    pub async fn cards_of(&self, owner: CustomerId) -> Result<Vec<HeldCard>, CardError> {
        let cards = store::cards_of(self.accounts.db(), owner, CARDS_OF_MAX).await?;
        self.held_all(cards).await
    }

    async fn held_all(&self, cards: Vec<Card>) -> Result<Vec<HeldCard>, CardError> {
        let mut held = Vec::with_capacity(cards.len());
        for card in cards {
            held.push(self.held(card).await?);
        }
        Ok(held)
    }

    async fn held(&self, card: Card) -> Result<HeldCard, CardError> {
        let state = account_state(self.accounts.db(), card.account).await?;
        let state = state.ok_or(CardError::Unreadable("account state"))?;
        let raw = card.id.raw();
        Ok(HeldCard::of(card, state.card(raw)))
    }

    async fn set_status(
        &self,
        card: &Card,
        status: CardStatus,
        actor: Actor,
        channel: Channel,
    ) -> Result<Done, CardError> {
        let command = AccountCommand::SetCardStatus { card: card.id, status };
        self.command(card.account, command, actor, channel).await
    }

    async fn command(
        &self,
        account: AccountId,
        command: AccountCommand,
        actor: Actor,
        channel: Channel,
    ) -> Result<Done, CardError> {
        match self.engine.command(account, command, actor, channel).await? {
            CommandOutcome::Applied => Ok(Done::Applied),
            CommandOutcome::AlreadyApplied => Ok(Done::AlreadyApplied),
            CommandOutcome::Absent => Err(CardError::Absent),
            CommandOutcome::Refused => Err(CardError::Refused),
        }
    }
}

/// What is given for a card, compared as far as that needs a key.
fn proofs_of(intake: &Intake, pan: &Pan, of_card: Expiry, given: CardGiven<'_>) -> Proofs {
    match given {
        CardGiven::Expiry(expiry) => intake.card_proofs(pan, of_card, Some(expiry), None),
        CardGiven::Printed(value) => intake.card_proofs(pan, of_card, None, Some(value)),
    }
}

/// Opens many accounts with their customers and first cards: for an import and for the sample issuer. One
/// transaction and one audit entry ([`BATCH_OPENED`], with the count and the first and last id) for each 500;
/// what was committed before an error stays. Returns how many were opened.
pub async fn open_many(
    accounts: &Accounts,
    openings: &[AccountWithCards],
    actor: Actor,
    channel: Channel,
) -> Result<usize, CardError> {
    let mut opened = 0;
    for batch in openings.chunks(BATCH_ACCOUNTS) {
        let mut prepared = Vec::with_capacity(batch.len());
        let mut rows = Vec::with_capacity(batch.len());
        for one in batch {
            prepared.push(prepare(accounts, one, &mut rows).await?);
        }
        let mut write = accounts.db().write().await?;
        accounts::insert_in_tx(&mut write, &prepared).await?;
        store::insert_cards_in_tx(&mut write, &rows).await?;
        let id = |one: Option<&Prepared>| one.map(|one| one.account().id);
        let detail = serde_json::json!({
            "accounts": prepared.len(), "cards": rows.len(),
            "first": id(prepared.first()), "last": id(prepared.last()),
        });
        write.commit(Entry::new(actor, channel, BATCH_OPENED).detail(detail)).await?;
        opened += prepared.len();
    }
    Ok(opened)
}

async fn prepare(
    accounts: &Accounts,
    one: &AccountWithCards,
    rows: &mut Vec<NewRow>,
) -> Result<Prepared, CardError> {
    if one.cards.len() > FIRST_CARDS_MAX {
        return Err(CardError::Field { at: "/cards", rule: "an account is opened with at most 2 cards" });
    }
    let mut prepared = accounts.prepare(&one.opening).await?;
    for order in &one.cards {
        order.check()?;
        let row = seal(accounts, prepared.account(), order)?;
        prepared.cards.push(engine_card(&row)?);
        rows.push(row);
    }
    Ok(prepared)
}

fn seal(accounts: &Accounts, account: &Account, order: &CardOrder) -> Result<NewRow, CardError> {
    let (keys, random) = (accounts.keys(), accounts.random());
    let place = |column| Place { table: TABLE, row: order.card.raw(), column };
    let key = DataKey::create(random);
    let generation = keys
        .newest_cvk()
        .ok_or(vault::VaultError::NoCardKey { role: CardKeyRole::CardVerification, generation: 1 })?;
    Ok(NewRow {
        pan_hash: keys.lookup_pan(&order.pan)?.0.to_vec(),
        data_key: keys.wrap_key(place("data_key"), &key, random)?,
        pan: key.seal(place("pan"), order.pan.expose().as_bytes(), random)?,
        pin_reference: match &order.pin {
            None => None,
            Some(pin) => Some(key.seal(place("pin_reference"), &pins::kept_text(pin), random)?),
        },
        chip: keys.card_keys().newest(CardKeyRole::Cryptogram).map(|imk_generation| ChipFacts {
            scheme: order.chip,
            imk_generation,
            psn: order.psn,
        }),
        card: Card {
            id: order.card,
            account: account.id,
            customer: account.customer,
            masked: order.pan.masked(),
            expiry: order.expiry,
            service_code: order.service_code,
            psn: order.psn,
            product: order.product.clone(),
            cvk: CvkUse { generation, order: ExpiryOrder::default() },
            issued_at: accounts.db().clock().now(),
        },
    })
}

fn engine_card(row: &NewRow) -> Result<NewCard, CardError> {
    let key = row.pan_hash.as_slice().try_into().map_err(|_| CardError::Unreadable("keyed hash"))?;
    let (expiry, cvk_generation) = (row.card.expiry, row.card.cvk.generation);
    Ok(NewCard { card: row.card.id, key, expiry, cvk_generation })
}
