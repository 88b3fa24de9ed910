//! Proofs of a card that are let be tried again, and PINs that are changed: who may, what is kept, and what is forgotten.
//! On both databases.

#![expect(clippy::unwrap_used, reason = "what a test needs and does not get fails it")]

use decision::{CrossTables, RuleSet};
use features::authorizations::{
    CardFacts, CardKey, CardStatus, ChipCommand, CountedProof, Engine, EngineSettings, HoldDays, KnownCards,
    NewPinEnd, PIN_MISSES_MAX, PinCheck, PinData, Policy, Proofs, Reason, account_state,
};
use features::cards::{Card, CardError, CardFile, ChosenPin, open_many};
use kernel::{Actor, Channel, CustomerId, Secret};
use platform::access::{Assurance, Role};
use platform::feature;
use platform::i18n;
use platform::keys::PersonKeys;
use platform::on;
use std::sync::{Arc, RwLock};
use testkit::{TestApp, databases, purchase, sample_customer, test_pan};
use vault::{CardKeyRole, Pan, PinBlock, PinFormat, PinMethod, SoftwareCardCrypto};

const NO_RULES: &str = "number = 1\nname = \"none\"\n";
const BY: (Actor, Channel) = (Actor::System, Channel::Console);
const OWNER: CustomerId = CustomerId::from_raw(1);
const NEW_PIN: &str = "204613";

struct Desk {
    app: TestApp,
    card: Card,
    key: CardKey,
}

impl Desk {
    async fn open(app: TestApp) -> Self {
        // The first of several servers in this process has installed them.
        let _ = i18n::install(feature::catalogue(&app.app.features).unwrap());
        open_many(&app.accounts(), &[sample_customer(1)], BY.0, BY.1).await.unwrap();
        let card = app.cards().card_by_number(&test_pan(1)).await.unwrap().unwrap().card;
        let key = app.app.keys.lookup_pan(&test_pan(1)).unwrap().0;
        Self { app, card, key }
    }

    /// Wrong PINs until the PIN is refused.
    async fn refuse_pin(&self) {
        for stan in 1..=u32::from(PIN_MISSES_MAX) {
            let request = purchase(self.key, stan, 100, self.app.app.now());
            let proofs = Proofs { pin: Some(PinCheck::Wrong), ..Proofs::default() };
            let answer = self
                .app
                .engine
                .authorize(features::authorizations::AuthorizationRequest { proofs, ..request });
            assert_eq!(answer.await.reason, Reason::Pin);
        }
    }

    async fn refused(&self) -> Vec<CountedProof> {
        let state = account_state(&self.app.app.db, self.card.account).await.unwrap().unwrap();
        state.card(self.card.id.raw()).unwrap().refused(self.app.app.now())
    }

    fn file(&self) -> CardFile {
        CardFile::new(self.app.app.db.clone(), Arc::clone(&self.app.app.keys))
    }

    async fn facts(&self) -> CardFacts {
        self.file().facts(self.key).await.unwrap().unwrap()
    }

    fn crypto(&self) -> SoftwareCardCrypto {
        SoftwareCardCrypto::new(self.app.app.keys.card_keys().clone(), Arc::clone(&self.app.app.random))
    }

    /// The PIN as a keypad sends it, and what is kept of it.
    fn chosen(&self, change: i64) -> ChosenPin {
        let (crypto, pan): (_, Pan) = (self.crypto(), test_pan(1));
        let zone = crypto.keys().newest(CardKeyRole::ZonePin).unwrap();
        let bytes = crypto.keypad(zone, &pan, &Secret::new(NEW_PIN.to_owned())).unwrap();
        let block = PinBlock { pan: &pan, zone, format: PinFormat::Iso4, block: &bytes };
        let pvk = crypto.keys().newest(CardKeyRole::PinVerification).unwrap();
        let kept = vault::CardCrypto::pin_reference(&crypto, &block, PinMethod::Ibm3624, pvk).unwrap();
        ChosenPin { change, kept, block: PinData::try_new(4, Some(zone), bytes).unwrap() }
    }

    /// An engine that knows nothing but what the database holds, as after a restart.
    fn another_engine(&self) -> Engine {
        let rules = RuleSet::compile(NO_RULES).unwrap();
        let policy = Arc::new(Policy { rules, hold_days: HoldDays::default() });
        let cross = Arc::new(RwLock::new(CrossTables::new()));
        Engine::start(&self.app.app.db, policy, cross, EngineSettings::default(), Vec::new()).unwrap()
    }

    async fn waiting(&self) -> Option<ChipCommand> {
        let state = account_state(&self.app.app.db, self.card.account).await.unwrap().unwrap();
        state.card(self.card.id.raw()).unwrap().chip.waiting.map(|waiting| waiting.command)
    }

    async fn row(&self) -> (Option<Vec<u8>>, Option<i64>) {
        on!(self.app.app.db.pool(), p => {
            sqlx::query_as("SELECT new_pin, new_pin_change FROM cards WHERE id = $1")
                .bind(self.card.id.raw())
                .fetch_one(p)
                .await
        })
        .unwrap()
    }

    async fn entries(&self, act: &str) -> i64 {
        on!(self.app.app.db.pool(), p => {
            sqlx::query_scalar("SELECT COUNT(*) FROM audit_entries WHERE act = $1").bind(act).fetch_one(p).await
        })
        .unwrap()
    }
}

async fn desks() -> Vec<Desk> {
    let mut desks = Vec::new();
    for test in databases().await {
        desks.push(Desk::open(TestApp::start(test, NO_RULES)).await);
    }
    desks
}

/// At the desk that is done in a call whose customer has proved enough (the tests of calls), and nowhere else.
#[tokio::test(flavor = "multi_thread")]
async fn a_refused_pin_is_unblocked_by_a_program_with_the_scope_and_at_no_desk_without_a_call() {
    for desk in desks().await {
        desk.refuse_pin().await;
        assert_eq!(desk.refused().await, [CountedProof::Pin]);
        let (_, manager) = desk.app.staff(Role::Manager).await;
        assert_eq!(desk.app.serve(&manager, Role::Manager, OWNER).await.status, 303);
        let path = format!("/desk/cards/{}/unblocks", desk.card.id);
        assert_eq!(desk.app.post(&manager, &path, "proof=pin").await.status, 404);
        let page = desk.app.get(&manager, &format!("/desk/accounts/{}?lang=en", desk.card.account)).await;
        assert!(page.body.contains("PIN refused") && !page.body.contains(&path), "{}", page.body);

        let api = format!("/v1/cards/{}/unblocks", desk.card.id);
        let unblock = async |scope: &str, number: &str| {
            let key = desk.app.api_key(&[scope]).await;
            let headers =
                [("authorization", &*key), ("idempotency-key", number), ("content-type", "application/json")];
            desk.app.ask("POST", &api, &headers, r#"{"proof":"pin"}"#).await
        };
        let refused = unblock("cards.card.read", "one").await;
        assert_eq!((refused.status.as_u16(), refused.code().as_str()), (403, "scope_missing"));
        assert_eq!(desk.refused().await, [CountedProof::Pin], "nobody of them did it");
        assert_eq!(desk.entries("cards.proof.unblocked").await, 0);
        assert_eq!(unblock("cards.proof.unblock", "two").await.status, 201);
        assert!(desk.refused().await.is_empty());
        assert_eq!(unblock("cards.proof.unblock", "three").await.status, 201, "changes nothing more");
        assert_eq!(desk.entries("cards.proof.unblocked").await, 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_pin_waits_sealed_for_its_chip_and_is_forgotten_when_it_is_there() {
    for desk in desks().await {
        desk.refuse_pin().await;
        let cards = desk.app.cards();
        let chosen = desk.chosen(71);
        cards.set_pin(&desk.card, &chosen, BY.0, BY.1).await.unwrap();
        cards.set_pin(&desk.card, &chosen, BY.0, BY.1).await.unwrap();
        assert!(desk.refused().await.is_empty(), "the count of wrong PINs begins anew");
        assert_eq!(desk.waiting().await, Some(ChipCommand::ChangePin { change: 71 }));

        let facts = desk.facts().await;
        let waiting = facts.new_pin.expect("it waits for the chip");
        assert_eq!((waiting.change, waiting.pin.block.expose()), (71, chosen.block.block.expose()));
        assert_eq!(facts.pin, Some(chosen.kept), "and counts online at once");
        let (sealed, change) = desk.row().await;
        let (sealed, block) = (sealed.unwrap(), chosen.block.block.expose());
        assert_eq!(change, Some(71));
        assert!(!sealed.windows(block.len()).any(|part| part == block), "the block is sealed once more");

        // An older change ends: the newer one stays.
        desk.file().new_pin_ended(desk.key, 70, NewPinEnd::Taken).await;
        assert!(desk.facts().await.new_pin.is_some());
        for _ in 0..2 {
            desk.file().new_pin_ended(desk.key, 71, NewPinEnd::Taken).await;
        }
        assert_eq!(desk.row().await, (None, None));
        assert_eq!(desk.entries("cards.chip_pin.ended").await, 1);
    }
}

/// Two changes at once reach engine and row in any order: what counts online, what waits in the row and what the chip is
/// told are of one change, the newer.
#[tokio::test(flavor = "multi_thread")]
async fn changes_of_a_pin_that_cross_end_with_the_newer() {
    use features::accounts::Done;
    for desk in desks().await {
        let cards = desk.app.cards();
        let (older, newer) = (desk.chosen(71), desk.chosen(72));
        assert_eq!(cards.set_pin(&desk.card, &newer, BY.0, BY.1).await.unwrap(), Done::Applied);
        let (kept, written) = (desk.row().await, desk.entries("cards.pin.set").await);
        assert_eq!(cards.set_pin(&desk.card, &older, BY.0, BY.1).await.unwrap(), Done::AlreadyApplied);
        assert_eq!((desk.row().await, desk.entries("cards.pin.set").await), (kept, written));
        assert_eq!(desk.waiting().await, Some(ChipCommand::ChangePin { change: 72 }));
        for round in 0..10 {
            let pair = [desk.chosen(100 + 2 * round), desk.chosen(101 + 2 * round)];
            let (first, second) = tokio::join!(
                cards.set_pin(&desk.card, &pair[usize::from(round % 2 == 0)], BY.0, BY.1),
                cards.set_pin(&desk.card, &pair[usize::from(round % 2 == 1)], BY.0, BY.1),
            );
            first.unwrap();
            second.unwrap();
            let newest = 101 + 2 * round;
            assert_eq!(desk.row().await.1, Some(newest), "round {round} on {}", desk.app.app.db.kind());
            assert_eq!(
                desk.waiting().await,
                Some(ChipCommand::ChangePin { change: newest }),
                "round {round}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_or_erased_card_gets_no_pin() {
    for desk in desks().await {
        let (cards, db) = (desk.app.cards(), &desk.app.app.db);
        let lost = features::authorizations::AccountCommand::SetCardStatus {
            card: desk.card.id,
            status: CardStatus::Lost,
        };
        desk.app.engine.command(desk.card.account, lost, BY.0, BY.1).await.unwrap();
        let refused = cards.set_pin(&desk.card, &desk.chosen(1), BY.0, BY.1).await;
        assert!(matches!(refused, Err(CardError::Refused)), "{refused:?} on {}", db.kind());
        assert_eq!(desk.row().await, (None, None));
        PersonKeys::of(&desk.app.app).destroy(features::ALL, OWNER, BY).await.unwrap();
        let refused = cards.set_pin(&desk.card, &desk.chosen(2), BY.0, BY.1).await;
        assert!(matches!(refused, Err(CardError::Absent)), "{refused:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn loss_is_reported_over_every_channel_with_one_proof_and_is_in_the_log() {
    for desk in desks().await {
        let all: Vec<_> = (2..=4).map(sample_customer).collect();
        open_many(&desk.app.accounts(), &all, BY.0, BY.1).await.unwrap();
        let card = |n: i64| kernel::CardId::from_raw(2_000_000 + n);
        let status = async |n| desk.app.cards().card(card(n)).await.unwrap().unwrap().status;

        let owner = |assurance| desk.app.browser(Actor::Cardholder(OWNER), Role::Cardholder, assurance);
        let path = |n| format!("/cards/{}/loss-reports", card(n));
        let unproved = desk.app.post(&owner(Assurance::NONE).await, &path(1), "kind=lost&sure=yes").await;
        assert_eq!((unproved.status.as_u16(), unproved.code().as_str()), (401, "assurance_too_low"));
        let own = owner(Assurance::ONE).await;
        for bad in ["kind=lost", "kind=lost&sure=no", "kind=gone&sure=yes", ""] {
            assert_eq!(desk.app.post(&own, &path(1), bad).await.status, 400, "{bad}");
        }
        assert_eq!(desk.app.post(&own, &path(2), "kind=lost&sure=yes").await.status, 404, "somebody else's");
        assert_eq!(status(1).await, Some(CardStatus::Active));
        let page = desk.app.get(&own, "/cards?lang=en").await;
        assert!(page.body.contains(&path(1)) && page.body.contains("Lost or stolen?"), "{}", page.body);
        for _ in 0..2 {
            assert_eq!(desk.app.post(&own, &path(1), "kind=lost&sure=yes").await.status, 303);
        }
        assert_eq!(
            desk.app.post(&own, &path(1), "kind=stolen&sure=yes").await.status,
            303,
            "protective: no error"
        );
        assert_eq!(status(1).await, Some(CardStatus::Lost));
        assert!(!desk.app.get(&own, "/cards?lang=en").await.body.contains(&path(1)), "nothing more to do");

        let (_, agent) = desk.app.staff(Role::Agent).await;
        let at_desk = format!("/desk/cards/{}/loss-reports", card(2));
        assert_eq!(desk.app.post(&agent, &at_desk, "kind=stolen&sure=yes").await.status, 303);
        assert_eq!(status(2).await, Some(CardStatus::Stolen));

        let key = desk.app.api_key(&["cards.loss.report"]).await;
        let headers =
            [("authorization", &*key), ("idempotency-key", "one"), ("content-type", "application/json")];
        let path = format!("/v1/cards/{}/loss-reports", card(3));
        let told = desk.app.ask("POST", &path, &headers, r#"{"kind":"lost"}"#).await;
        assert_eq!((told.status.as_u16(), &told.json()["status"]), (201, &"lost".into()), "{}", told.body);
        let none = desk.app.api_key(&["cards.card.read"]).await;
        let headers =
            [("authorization", &*none), ("idempotency-key", "two"), ("content-type", "application/json")];
        let path = format!("/v1/cards/{}/loss-reports", card(4));
        assert_eq!(desk.app.ask("POST", &path, &headers, r#"{"kind":"lost"}"#).await.code(), "scope_missing");
        assert_eq!(status(4).await, Some(CardStatus::Active));
        assert_eq!(desk.entries("cards.card.blocked").await, 3, "an entry for each that was blocked");
        let answer = desk.app.engine.authorize(purchase(desk.key, 9, 100, desk.app.app.now())).await;
        assert_eq!((answer.reason, answer.code), (Reason::Lost, "41"));
    }
}

/// Whatever is done to a lost card, by whoever, after a restart too: it stays lost, and no payment passes.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_lost_stays_lost() {
    use features::authorizations::{
        AccountCommand, AccountStatus, CommandOutcome, Controls, Expiry, NewCard,
    };
    for desk in desks().await {
        let (account, card) = (desk.card.account, desk.card.id);
        let mut engine = desk.app.engine.clone();
        let lost = AccountCommand::SetCardStatus { card, status: CardStatus::Lost };
        assert_eq!(engine.command(account, lost, BY.0, BY.1).await.unwrap(), CommandOutcome::Applied);
        let random = testkit::SeededRandom::new(41);
        let byte = || {
            let mut one = [0];
            kernel::Random::fill(&random, &mut one);
            one[0]
        };
        for stan in 1..=200_u32 {
            if stan % 50 == 0 {
                engine = desk.another_engine();
            }
            let command = match byte() % 9 {
                0 => AccountCommand::SetCardStatus { card, status: CardStatus::Active },
                1 => AccountCommand::SetCardStatus { card, status: CardStatus::Frozen },
                2 => AccountCommand::SetCardStatus { card, status: CardStatus::Stolen },
                3 => AccountCommand::Unblock { card, proof: CountedProof::Pin },
                4 => AccountCommand::ChangePin { card, change: i64::from(byte()), to_chip: true },
                5 => AccountCommand::SetControls { card, controls: Controls::default(), from: None },
                6 => AccountCommand::SetAccountStatus(AccountStatus::Open),
                7 => AccountCommand::AddCard(NewCard {
                    card,
                    key: desk.key,
                    expiry: Expiry { year: 35, month: 1 },
                    cvk_generation: 1,
                }),
                _ => AccountCommand::SetLimit(i64::from(byte()) * 1_000),
            };
            engine.command(account, command, BY.0, BY.1).await.unwrap();
            let answer = engine.authorize(purchase(desk.key, stan, 100, desk.app.app.now())).await;
            assert_eq!(answer.reason, Reason::Lost, "after command {stan} on {}", desk.app.app.db.kind());
        }
        assert_eq!(desk.app.cards().card(card).await.unwrap().unwrap().status, Some(CardStatus::Lost));
    }
}
