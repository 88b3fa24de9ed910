//! Proofs of a card that are let be tried again, and PINs that are changed: who may, what is kept, and what is forgotten.
//! On both databases.

#![expect(clippy::unwrap_used, reason = "what a test needs and does not get fails it")]

use features::authorizations::{
    CardFacts, CardKey, CardStatus, ChipCommand, ChipTurn, CountedProof, KnownCards, NewPinEnd,
    PIN_MISSES_MAX, PinCheck, PinData, Proofs, Reason, account_state,
};
use features::cards::{Card, CardError, CardFile, ChosenPin, open_many};
use kernel::{Actor, Channel, CustomerId, Secret};
use platform::access::{Assurance, Role};
use platform::feature;
use platform::i18n;
use platform::keys::PersonKeys;
use platform::on;
use std::sync::Arc;
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

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_pin_is_unblocked_by_the_right_role_with_two_proofs_only() {
    for desk in desks().await {
        desk.refuse_pin().await;
        assert_eq!(desk.refused().await, [CountedProof::Pin]);
        let path = format!("/desk/cards/{}/unblocks", desk.card.id);
        for role in [Role::Agent, Role::Analyst, Role::Compliance, Role::Administrator] {
            let (_, browser) = desk.app.staff(role).await;
            let refused = desk.app.post(&browser, &path, "proof=pin").await;
            assert_eq!((refused.status.as_u16(), refused.code().as_str()), (403, "role_forbidden"), "{role}");
        }
        let (id, manager) = desk.app.staff(Role::Manager).await;
        let low = desk.app.browser(Actor::Staff(id), Role::Manager, Assurance::ONE).await;
        let refused = desk.app.post(&low, &path, "proof=pin").await;
        assert_eq!((refused.status.as_u16(), refused.code().as_str()), (401, "assurance_too_low"));
        let owner = desk.app.browser(Actor::Cardholder(OWNER), Role::Cardholder, Assurance::THREE).await;
        assert!(desk.app.post(&owner, &path, "proof=pin").await.status.is_client_error());

        let api = format!("/v1/cards/{}/unblocks", desk.card.id);
        let key = desk.app.api_key(&["cards.card.read"]).await;
        let headers =
            [("authorization", &*key), ("idempotency-key", "one"), ("content-type", "application/json")];
        let refused = desk.app.ask("POST", &api, &headers, r#"{"proof":"pin"}"#).await;
        assert_eq!((refused.status.as_u16(), refused.code().as_str()), (403, "scope_missing"));
        assert_eq!(desk.refused().await, [CountedProof::Pin], "nobody of them did it");
        assert_eq!(desk.entries("cards.proof.unblocked").await, 0);

        let unserved = desk.app.post(&manager, &path, "proof=pin").await;
        assert_eq!((unserved.status.as_u16(), unserved.code().as_str()), (403, "no_matter"));
        assert_eq!(desk.refused().await, [CountedProof::Pin], "nobody is served");
        assert_eq!(desk.app.serve(&manager, Role::Manager, OWNER).await.status, 303);
        let page = desk.app.get(&manager, &format!("/desk/accounts/{}?lang=en", desk.card.account)).await;
        assert!(page.body.contains(&path) && page.body.contains("PIN refused"), "{}", page.body);
        assert_eq!(desk.app.post(&manager, &path, "proof=pin").await.status, 303);
        assert!(desk.refused().await.is_empty());
        assert_eq!(
            desk.app.post(&manager, &path, "proof=pin").await.status,
            303,
            "the same again changes nothing"
        );
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
        assert_eq!(ChipTurn::default(), ChipTurn::NotHeard);
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
