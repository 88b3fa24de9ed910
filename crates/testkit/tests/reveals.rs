//! Full values over both databases: shown once, for a live matter, with a reason, within the quota; each in the log and
//! told to the customer; the words of a reason readable only while the customer's key is there.

#![cfg(test)]

use features::cards::open_many;
use kernel::{AccountId, Actor, CardId, Channel, CustomerId, MINUTE_US};
use platform::access::{Assurance, Role};
use platform::audit::{Found, Outcome, Search, leaf_hash, search};
use platform::keys::{KeyError, PersonKeys};
use platform::{feature, i18n, on};
use testkit::{Answer, Browser, TestApp, databases, sample_customer, test_pan};
use vault::Place;

const BY: (Actor, Channel) = (Actor::System, Channel::Console);
const OWNER: CustomerId = CustomerId::from_raw(1);
const ACCOUNT: AccountId = AccountId::from_raw(1_000_001);
const CARD: CardId = CardId::from_raw(2_000_001);

struct Desk {
    app: TestApp,
    forms: std::cell::Cell<i64>,
}

async fn desks() -> Vec<Desk> {
    let mut all = Vec::new();
    for test in databases().await {
        let app = TestApp::start(test, "number = 1\nname = \"none\"\n");
        let _ = i18n::install(feature::catalogue(&app.app.features).unwrap());
        open_many(&app.accounts(), &[sample_customer(1), sample_customer(2)], BY.0, BY.1).await.unwrap();
        all.push(Desk { app, forms: std::cell::Cell::new(1) });
    }
    all
}

fn full_number() -> String {
    let pan = test_pan(1);
    (0..4).map(|at| &pan.expose()[at * 4..at * 4 + 4]).collect::<Vec<_>>().join(" ")
}

impl Desk {
    async fn begin(&self, browser: &Browser, fields: &str) -> Answer {
        self.app.post(browser, &format!("/desk/customers/{OWNER}/matters"), fields).await
    }

    /// Asks for a value with a form of its own.
    async fn ask(&self, browser: &Browser, thing: &str, words: &str) -> Answer {
        self.forms.set(self.forms.get() + 1);
        self.send(browser, self.forms.get(), thing, words).await
    }

    async fn send(&self, browser: &Browser, form: i64, thing: &str, words: &str) -> Answer {
        let fields = format!("form={form}&thing={thing}&why=call_back&words={words}");
        self.app.post(browser, &format!("/desk/accounts/{ACCOUNT}/reveals?lang=en"), &fields).await
    }

    async fn of_owner(&self, acts: &[&str]) -> Vec<Found> {
        let acts = acts.iter().map(|act| (*act).to_owned()).collect();
        let search_for =
            Search { concerns: vec![OWNER.to_string()], acts, rows_max: 100, ..Search::default() };
        search(&self.app.app.db, &search_for).await.unwrap()
    }

    async fn owner(&self, assurance: Assurance) -> Browser {
        self.app.browser(Actor::Cardholder(OWNER), Role::Cardholder, assurance).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_is_shown_for_a_live_matter_only_once_and_the_customer_is_told() {
    for desk in desks().await {
        let (id, agent) = desk.app.staff(Role::Agent).await;
        let refused = desk.ask(&agent, &CARD.to_string(), "calls+back").await;
        assert_eq!((refused.status.as_u16(), refused.code().as_str()), (403, "no_matter"));
        assert_eq!(desk.begin(&agent, "kind=call").await.status, 303);
        assert_eq!(desk.begin(&agent, "kind=call").await.status, 303, "the same again changes nothing");
        assert_eq!(desk.of_owner(&["matters.matter.opened"]).await.len(), 1);

        let shown = desk.ask(&agent, &CARD.to_string(), "calls+back").await;
        assert_eq!(shown.status, 200, "{}", shown.body);
        assert!(shown.body.contains(&full_number()), "{}", shown.body);
        assert_eq!(shown.header("cache-control"), "no-store");
        assert_eq!(shown.header("refresh"), format!("30; url=/desk/accounts/{ACCOUNT}"));
        let again = desk.send(&agent, desk.forms.get(), &CARD.to_string(), "calls+back").await;
        assert_eq!((again.status.as_u16(), again.code().as_str()), (409, "shown_before"));
        for (thing, value) in
            [("phone", "+8613800016021"), ("email", "zhou.1@post.example"), ("document", "SAMPLE-00000001")]
        {
            assert!(desk.ask(&agent, thing, "calls+back").await.body.contains(value), "{thing}");
        }
        let page = desk.app.get(&agent, &format!("/desk/accounts/{ACCOUNT}")).await;
        assert!(
            !page.body.contains(&full_number()) && !page.body.contains("+8613800016021"),
            "masked as ever"
        );

        let told = desk.of_owner(&["reveals.card.shown", "reveals.phone.shown", "reveals.email.shown"]).await;
        assert_eq!(told.len(), 3);
        let card = &told[2];
        assert_eq!((card.actor.clone(), card.subject.clone()), (id.to_string(), Some(CARD.to_string())));
        assert_eq!((&card.detail["reason"], &card.detail["matter"]), (&"call_back".into(), &"call".into()));
        let refusals = desk.of_owner(&["reveals.value.refused", "matters.record.refused"]).await;
        assert_eq!(refusals.iter().map(|entry| entry.outcome).collect::<Vec<_>>(), [Outcome::Refused; 2]);

        let owner = desk.owner(Assurance::ONE).await;
        let page = desk.app.get(&owner, "/who-looked?lang=en").await.body;
        for part in [
            "Service agent Lin",
            "The full number of a card",
            "To call or write back",
            "Your full phone number",
        ] {
            assert!(page.contains(part), "{part}: {page}");
        }
        assert!(!page.contains("Lin Jing") && !page.contains(&id.to_string()), "not the whole name");
        let stranger = desk
            .app
            .browser(Actor::Cardholder(CustomerId::from_raw(2)), Role::Cardholder, Assurance::ONE)
            .await;
        assert!(desk.app.get(&stranger, "/who-looked?lang=en").await.body.contains("Nobody has looked yet"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_matter_ends_by_itself_when_it_is_closed_and_serves_nobody_else() {
    for desk in desks().await {
        let (id, agent) = desk.app.staff(Role::Agent).await;
        let other = desk.app.staff(Role::Manager).await.1;
        assert_eq!(desk.begin(&agent, "kind=case&reference=C-2026-000123").await.status, 303);
        for bad in ["kind=case", "kind=case&reference=Zhou+Minghui", "kind=case&reference=9000123412341234"] {
            assert_eq!(desk.begin(&other, bad).await.status, 400, "{bad}");
        }
        assert_eq!(desk.ask(&other, "phone", "calls+back").await.code(), "no_matter", "another's matter");
        assert_eq!(desk.ask(&agent, "phone", "calls+back").await.status, 200);
        let close = format!("/desk/customers/{OWNER}/matters/closure");
        assert_eq!(desk.app.post(&agent, &close, "").await.status, 303);
        assert_eq!(desk.ask(&agent, "phone", "calls+back").await.code(), "no_matter");
        desk.begin(&agent, "kind=call").await;
        desk.app.clock.advance_us(31 * MINUTE_US);
        let later = desk.app.browser(Actor::Staff(id), Role::Agent, Assurance::TWO).await;
        assert_eq!(desk.ask(&later, "phone", "calls+back").await.code(), "no_matter", "it ended by itself");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_hour_allows_so_many_values_also_when_they_are_asked_for_at_once() {
    for desk in desks().await {
        let (_, agent) = desk.app.staff(Role::Agent).await;
        desk.begin(&agent, "kind=call").await;
        let forms: Vec<i64> = (1_000..1_030).collect();
        let answers = futures_util::future::join_all(
            forms.iter().map(|form| desk.send(&agent, *form, "phone", "calls+back")),
        )
        .await;
        let shown = answers.iter().filter(|answer| answer.status == 200).count();
        let refused: Vec<_> = answers.iter().filter(|answer| answer.status == 429).collect();
        assert_eq!((shown, refused.len()), (20, 10));
        assert!(refused.iter().all(|answer| !answer.body.contains("+86138")));
        assert_eq!(desk.of_owner(&["reveals.phone.shown"]).await.len(), 20);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_words_of_a_reason_are_sealed_and_scanned_and_go_with_the_person() {
    for desk in desks().await {
        let (_, agent) = desk.app.staff(Role::Agent).await;
        desk.begin(&agent, "kind=call").await;
        for short in ["", "x"] {
            assert_eq!(desk.ask(&agent, "phone", short).await.code(), "reason_missing");
        }
        let number = test_pan(2);
        let words = format!("says+her+aunt%27s+card+is+{}", number.expose());
        assert_eq!(desk.ask(&agent, "phone", &words).await.status, 200);
        let entry = &desk.of_owner(&["reveals.phone.shown"]).await[0];
        let body: String = on!(desk.app.app.db.pool(), p => {
            sqlx::query_scalar("SELECT body FROM audit_entries WHERE id = $1").bind(entry.id).fetch_one(p).await
        })
        .unwrap();
        assert!(!body.contains("aunt") && !body.contains(number.expose()), "{body}");
        let place = Place { table: "audit_entries", row: entry.id, column: "sealed" };
        let keys = PersonKeys::of(&desk.app.app);
        let opened = keys.open(OWNER, place, entry.sealed.as_ref().unwrap()).await.unwrap();
        let told = std::str::from_utf8(opened.expose()).unwrap();
        assert!(
            told.starts_with("says her aunt's card is ••••") && !told.contains(number.expose()),
            "{told}"
        );

        let officer = desk.app.staff(Role::Compliance).await.1;
        assert_eq!(desk.app.serve(&officer, Role::Compliance, OWNER).await.status, 303);
        let log = format!("/desk/audit-log?person={OWNER}&lang=en");
        let page = desk.app.get(&officer, &log).await.body;
        assert!(
            page.contains("aunt") && !page.contains(number.expose()),
            "compliance reads the words: {page}"
        );

        let leaf = leaf_hash(body.as_bytes());
        keys.destroy(&desk.app.app.features, OWNER, BY).await.unwrap();
        let gone = keys.open(OWNER, place, entry.sealed.as_ref().unwrap()).await;
        assert!(matches!(gone, Err(KeyError::Erased(OWNER))), "the words are gone");
        let kept: Vec<u8> = on!(desk.app.app.db.pool(), p => {
            sqlx::query_scalar("SELECT leaves FROM audit_entries WHERE id = $1").bind(entry.id).fetch_one(p).await
        })
        .unwrap();
        assert_eq!(kept, leaf, "and the proof stands");
        let page = desk.app.get(&officer, &log).await.body;
        assert!(!page.contains("aunt") && page.contains("The words went with"), "{page}");
        let refused = desk.ask(&agent, &CARD.to_string(), "calls+back").await;
        assert!(!refused.status.is_success() && !refused.status.is_server_error(), "{}", refused.status);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cardholder_sees_the_number_of_their_own_card_with_two_proofs() {
    for desk in desks().await {
        let path = format!("/cards/{CARD}/number?lang=en");
        let weak = desk.owner(Assurance::ONE).await;
        let refused = desk.app.post(&weak, &path, "form=5").await;
        assert_eq!((refused.status.as_u16(), refused.code().as_str()), (401, "assurance_too_low"));
        assert!(desk.app.get(&weak, "/cards?lang=en").await.body.contains("needs two proofs"));
        let owner = desk.owner(Assurance::TWO).await;
        let cards = desk.app.get(&owner, "/cards?lang=en").await.body;
        assert!(cards.contains("Show card number") && !cards.contains(&full_number()));
        let shown = desk.app.post(&owner, &path, "form=5").await;
        assert!(shown.body.contains(&full_number()) && shown.body.contains("12/30"), "{}", shown.body);
        assert_eq!((shown.header("refresh"), shown.header("cache-control")), ("30; url=/cards", "no-store"));
        assert_eq!(desk.app.post(&owner, &path, "form=5").await.status, 409, "once");
        let stranger = desk
            .app
            .browser(Actor::Cardholder(CustomerId::from_raw(2)), Role::Cardholder, Assurance::TWO)
            .await;
        assert_eq!(desk.app.post(&stranger, &path, "form=6").await.status, 404);
        assert_eq!(desk.of_owner(&["reveals.own_card.shown"]).await.len(), 1);
    }
}
