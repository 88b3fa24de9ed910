//! Messages over both databases: they leave after their reason is durable, in order, at least once; a carrier that is
//! away delays them, one that refuses gives them up where people see it; and a code is nowhere once it was sent.

#![cfg(test)]

use features::cards::open_many;
use features::messages::{
    Carried, Carrier, Carriers, CarryError, Contact, Letter, Message, MessageError, Messages, Way, relay,
    send_in_tx,
};
use kernel::{Actor, Channel, Clock, CustomerId, DAY_US, MINUTE_US, Masked, SECOND_US, Secret};
use platform::access::{Assurance, Role};
use platform::app::Services;
use platform::audit::{Entry, Search, search};
use platform::feature::{Feature, MessageKind};
use platform::keys::PersonKeys;
use platform::{feature, i18n, jobs, on};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use testkit::{ManualClock, TestApp, databases, sample_customer};

const BY: (Actor, Channel) = (Actor::System, Channel::Console);
const OWNER: CustomerId = CustomerId::from_raw(1);
const OTHER: CustomerId = CustomerId::from_raw(2);
const CODE: &str = "70419382";

/// Words that exist already serve a kind of the test's own.
static TOLD: MessageKind =
    MessageKind { name: "test.thing.told", title: "messages-none", text: "messages-none-text", coded: None };
static CODED: MessageKind = MessageKind {
    name: "test.code.sent",
    title: "messages-none",
    text: "messages-none-text",
    coded: Some("test-coded"),
};
static TEST: Feature = Feature {
    name: "test",
    messages: &[&TOLD, &CODED],
    texts: &[
        ("zh-Hans", "test-coded = 代码 { $code }，用于{ $what }"),
        ("zh-Hant", "test-coded = 代碼 { $code }，用於{ $what }"),
        ("en", "test-coded = Code { $code } for { $what }"),
    ],
    ..Feature::EMPTY
};

/// A carrier that answers as it was told, then takes everything, and keeps what it was given.
#[derive(Default)]
struct Scripted {
    answers: Mutex<VecDeque<CarryError>>,
    taken: Mutex<Vec<Letter>>,
    asked: Mutex<usize>,
}

impl Carrier for Scripted {
    fn carry<'a>(&'a self, letter: &'a Letter) -> Carried<'a> {
        Box::pin(async move {
            *self.asked.lock().unwrap() += 1;
            if let Some(error) = self.answers.lock().unwrap().pop_front() {
                return Err(error);
            }
            self.taken.lock().unwrap().push(letter.clone());
            Ok(())
        })
    }
}

impl Scripted {
    fn answer(&self, error: CarryError, times: usize) {
        self.answers.lock().unwrap().extend(std::iter::repeat_n(error, times));
    }

    fn texts(&self) -> Vec<String> {
        self.taken.lock().unwrap().iter().map(|letter| letter.text.reveal().to_owned()).collect()
    }
}

struct House {
    app: TestApp,
    sms: Arc<Scripted>,
    mail: Arc<Scripted>,
}

async fn houses() -> Vec<House> {
    let mut all = Vec::new();
    for test in databases().await {
        let (sms, mail) = (Arc::new(Scripted::default()), Arc::new(Scripted::default()));
        let carriers = Carriers::default().with(Way::Sms, sms.clone()).with(Way::Mail, mail.clone());
        let services = Services::default().with(carriers);
        let app = TestApp::start_beside(test, services, &[&TEST]);
        let _ = i18n::install(feature::catalogue(&app.app.features).unwrap());
        open_many(&app.accounts(), &[sample_customer(1), sample_customer(2)], BY.0, BY.1).await.unwrap();
        all.push(House { app, sms, mail });
    }
    all
}

impl House {
    fn messages(&self) -> Messages {
        Messages::of(&self.app.app)
    }

    async fn send(&self, message: &Message) {
        self.messages().send(message, BY).await.unwrap();
    }

    async fn relay(&self) -> usize {
        let mut count = 0;
        for way in Way::ALL {
            count += relay(&self.app.app, way).await.unwrap();
        }
        count
    }

    fn later(&self, us: i64) {
        self.app.clock.advance_us(us);
    }

    /// Everything that is stored about messages, as text.
    async fn stored(&self) -> String {
        let rows: Vec<(String, String, Option<Vec<u8>>)> = on!(self.app.app.db.pool(), p => {
            sqlx::query_as("SELECT kind, state, letter FROM message_deliveries ORDER BY id").fetch_all(p).await
        })
        .unwrap();
        format!("{rows:?}")
    }

    async fn gaveup(&self) -> Vec<String> {
        let acts = vec!["messages.message.undelivered".to_owned()];
        let found =
            search(&self.app.app.db, &Search { acts, rows_max: 100, ..Search::default() }).await.unwrap();
        found.iter().map(|entry| entry.detail["why"].as_str().unwrap_or_default().to_owned()).collect()
    }
}

fn coded(n: u32) -> Message {
    let code = Some(Secret::new(format!("{CODE}{n}")));
    Message { code, ..Message::new(OWNER, &CODED, &[Way::Sms]).with("what", format!("thing {n}")) }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_leaves_with_its_reason_or_not_at_all_and_its_code_is_gone_afterwards() {
    for house in houses().await {
        let prepared = house.messages().prepare(&coded(1)).await.unwrap();
        let mut write = house.app.app.db.write().await.unwrap();
        send_in_tx(&mut write, &prepared).await.unwrap();
        write.rollback().await.unwrap();
        assert_eq!((house.relay().await, house.sms.texts()), (0, vec![]), "what was not done is not told");

        let mut write = house.app.app.db.write().await.unwrap();
        send_in_tx(&mut write, &prepared).await.unwrap();
        write.commit(Entry::new(BY.0, BY.1, "messages.message.sent")).await.unwrap();
        assert!(house.stored().await.contains("waiting") && !house.stored().await.contains(CODE));
        assert_eq!(house.relay().await, 1);
        // In the customer's language, whoever sends it.
        assert_eq!(house.sms.texts(), [format!("代码 {CODE}1，用于thing 1")]);
        let letter = house.sms.taken.lock().unwrap()[0].clone();
        assert_eq!((letter.to.reveal(), letter.kind.as_str()), ("+8613800016021", "test.code.sent"));
        assert_eq!(letter.code.unwrap().expose(), &format!("{CODE}1"));
        assert!(house.stored().await.contains("\"sent\", None"), "{}", house.stored().await);
        assert_eq!(house.relay().await, 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_carrier_that_is_away_delays_its_own_in_order_and_nobody_else_s() {
    for house in houses().await {
        house.sms.answer(CarryError::Later, 3);
        for n in 1..=3 {
            house.send(&coded(n)).await;
        }
        house.send(&Message::new(OTHER, &TOLD, &[Way::Mail])).await;
        assert_eq!(house.relay().await, 2, "one of each customer and way at a time");
        assert_eq!((house.mail.texts().len(), house.sms.texts().len()), (1, 0));
        assert_eq!(house.relay().await, 0, "it pauses");
        for pause_s in [2, 4] {
            house.later(pause_s * SECOND_US);
            assert_eq!(house.relay().await, 1);
            house.later(SECOND_US / 2);
            assert_eq!(house.relay().await, 0, "the pause has grown");
        }
        house.later(8 * SECOND_US);
        while house.relay().await > 0 {}
        let told: Vec<_> = (1..=3).map(|n| format!("代码 {CODE}{n}，用于thing {n}")).collect();
        assert_eq!(house.sms.texts(), told, "none overtakes another");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_can_t_be_delivered_is_seen_and_can_be_tried_again() {
    for house in houses().await {
        house.sms.answer(CarryError::Refused, 1);
        house.send(&Message::new(OWNER, &TOLD, &[Way::Sms])).await;
        let push = Message { ends_at: None, ..Message::new(OWNER, &TOLD, &[Way::Push]) };
        house.send(&push).await;
        let late = Message { ends_at: Some(house.app.app.now().plus_us(MINUTE_US)), ..coded(9) };
        house.send(&late).await;
        house.sms.answer(CarryError::Later, 99);
        while house.relay().await > 0 {}
        for _ in 0..10 {
            house.later(MINUTE_US);
            house.relay().await;
        }
        let mut why = house.gaveup().await;
        why.sort();
        assert_eq!(why, ["ended", "no_carrier", "refused"]);
        assert!(!house.stored().await.contains("\"waiting\""), "a code of no use holds nothing up");
        assert!(house.app.app.health.degradations().contains_key("messages"));

        let (_, agent) = house.app.staff(Role::Agent).await;
        assert_eq!(house.app.get(&agent, "/desk/messages").await.status, 403);
        let (_, manager) = house.app.staff(Role::Manager).await;
        let page = house.app.get(&manager, "/desk/messages?lang=en").await.body;
        for part in
            ["Refused by the carrier", "No carrier set up", "Too late to be of use", &OWNER.to_string()]
        {
            assert!(page.contains(part), "{part}: {page}");
        }
        assert!(!page.contains(CODE) && !page.contains("6021"), "neither what it says nor where it goes");
        let offered = page.split("action=\"").filter(|part| part.starts_with("/desk/messages/"));
        let offered: Vec<String> =
            offered.filter_map(|part| Some(part.split('"').next()?.to_owned())).collect();
        assert_eq!(offered.len(), 2, "a code that has ended can't be tried again: {page}");
        house.sms.answers.lock().unwrap().clear();
        for action in offered.iter().chain(&offered) {
            assert_eq!(house.app.post(&manager, action, "").await.status, 303, "twice changes nothing more");
        }
        while house.relay().await > 0 {}
        assert_eq!(house.sms.texts().len(), 1);
        let page = house.app.get(&manager, "/desk/messages?lang=en").await.body;
        assert!(!page.contains("Refused by the carrier") && page.contains("No carrier set up"), "{page}");
        let is_well = || !house.app.app.health.degradations().contains_key("messages");
        assert!(!is_well(), "the push could still be tried again");
        house.later(8 * DAY_US);
        let jobs = feature::job_handlers(&house.app.app);
        jobs::schedule_recurring(&house.app.app.db, &jobs).await.unwrap();
        while jobs::run_due(&house.app.app.db, &jobs).await.unwrap() > 0 {}
        assert!(is_well(), "what can't be tried again leaves nothing to do");
        let (_, manager) = house.app.staff(Role::Manager).await;
        let page = house.app.get(&manager, "/desk/messages?lang=en").await.body;
        assert!(page.contains("No carrier set up") && page.contains("Too late to be of use"), "and is seen");
    }
}

/// A carrier that takes its time on the test's clock for letters of one customer.
struct Slow {
    clock: Arc<ManualClock>,
    slow: CustomerId,
    taken: Mutex<Vec<i64>>,
    asked: AtomicUsize,
}

impl Carrier for Slow {
    fn carry<'a>(&'a self, letter: &'a Letter) -> Carried<'a> {
        Box::pin(async move {
            self.asked.fetch_add(1, Ordering::SeqCst);
            let done_at = self.clock.now().plus_us(19 * SECOND_US);
            while letter.customer == self.slow && self.clock.now() < done_at {
                tokio::task::yield_now().await;
            }
            self.taken.lock().unwrap().push(letter.number);
            Ok(())
        })
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_server_that_hangs_holds_up_no_text_message_and_nothing_is_sent_twice() {
    for test in databases().await {
        let sms = Arc::new(Scripted::default());
        let (clock, slow) = (Arc::clone(&test.clock), OWNER);
        let mail = Slow { clock, slow, taken: Mutex::default(), asked: AtomicUsize::new(0) };
        let mail = Arc::new(mail);
        let carriers = Carriers::default().with(Way::Sms, sms.clone()).with(Way::Mail, mail.clone());
        let test = TestApp::start_beside(test, Services::default().with(carriers), &[&TEST]);
        let _ = i18n::install(feature::catalogue(&test.app.features).unwrap());
        open_many(&test.accounts(), &[sample_customer(1), sample_customer(2)], BY.0, BY.1).await.unwrap();
        for to in [OWNER, OTHER] {
            let message = Message::new(to, &TOLD, &[Way::Sms, Way::Mail]);
            Messages::of(&test.app).send(&message, BY).await.unwrap();
        }
        let app = test.app.clone();
        let hanging = tokio::spawn(async move { relay(&app, Way::Mail).await });
        while mail.taken.lock().unwrap().is_empty() {
            tokio::task::yield_now().await;
        }
        assert_eq!(relay(&test.app, Way::Sms).await.unwrap(), 2, "by another way");
        let marked = async || -> i64 {
            on!(test.app.db.pool(), p => {
                sqlx::query_scalar("SELECT COUNT(*) FROM message_deliveries WHERE way = 'mail' AND state = 'sent'")
                    .fetch_one(p).await
            })
            .unwrap()
        };
        while marked().await == 0 {
            tokio::task::yield_now().await;
        }
        assert!(!hanging.is_finished(), "what is done is marked while the other one hangs");
        test.clock.advance_us(18 * SECOND_US);
        for way in Way::ALL {
            assert_eq!(relay(&test.app, way).await.unwrap(), 0, "somebody else has it");
        }
        test.clock.advance_us(SECOND_US);
        assert_eq!(hanging.await.unwrap().unwrap(), 2);
        test.clock.advance_us(10 * MINUTE_US);
        for way in Way::ALL {
            assert_eq!(relay(&test.app, way).await.unwrap(), 0);
        }
        assert_eq!((mail.asked.load(Ordering::SeqCst), *sms.asked.lock().unwrap()), (2, 2));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_are_forgotten_after_five_years_and_not_before() {
    for house in houses().await {
        house.send(&Message::new(OWNER, &TOLD, &[Way::Sms])).await;
        while house.relay().await > 0 {}
        let jobs = feature::job_handlers(&house.app.app);
        let counted = async || -> (i64, i64) {
            jobs::schedule_recurring(&house.app.app.db, &jobs).await.unwrap();
            while jobs::run_due(&house.app.app.db, &jobs).await.unwrap() > 0 {}
            on!(house.app.app.db.pool(), p => {
                sqlx::query_as("SELECT (SELECT COUNT(*) FROM messages), (SELECT COUNT(*) FROM message_deliveries)")
                    .fetch_one(p).await
            })
            .unwrap()
        };
        house.later(1_824 * DAY_US);
        assert_eq!(counted().await, (1, 1));
        house.later(2 * DAY_US);
        assert_eq!(counted().await, (0, 0));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_dies_loses_nothing_and_a_letter_may_come_twice() {
    for house in houses().await {
        house.send(&coded(1)).await;
        let now = house.app.app.now().us();
        // As a relay leaves it that was killed between the carrier and its mark.
        let mut write = house.app.app.db.write().await.unwrap();
        on!(write.conn(), c => {
            sqlx::query("UPDATE message_deliveries SET leased_until = $1, attempts = 1")
                .bind(now + MINUTE_US).execute(&mut *c).await.map(drop)
        })
        .unwrap();
        write.housekeeping(platform::db::Housekeeping::Outbox).await.unwrap();
        assert_eq!(house.relay().await, 0, "somebody else has it");
        house.later(MINUTE_US);
        assert_eq!((house.relay().await, house.sms.texts().len()), (1, 1));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_relays_at_once_send_each_letter_once() {
    for house in houses().await {
        for n in 0..20 {
            let to = if n % 2 == 0 { OWNER } else { OTHER };
            house.send(&Message::new(to, &TOLD, &[Way::Sms, Way::Mail])).await;
        }
        let one = async {
            let mut count = 0;
            for _ in 0..40 {
                count += house.relay().await;
            }
            count
        };
        let two = async {
            let mut count = 0;
            for _ in 0..40 {
                count += house.relay().await;
            }
            count
        };
        let (one, two) = tokio::join!(one, two);
        assert_eq!(one + two, 40);
        let mut numbers: Vec<i64> = Vec::new();
        for carrier in [&house.sms, &house.mail] {
            let taken: Vec<i64> = carrier.taken.lock().unwrap().iter().map(|letter| letter.number).collect();
            assert_eq!(*carrier.asked.lock().unwrap(), 20);
            numbers.extend(taken);
        }
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers.len(), 40);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_inbox_is_its_reader_s_shows_no_code_and_counts_what_is_unread() {
    for house in houses().await {
        house.send(&coded(1)).await;
        house.send(&Message::new(OWNER, &TOLD, &[])).await;
        let owner = house.app.browser(Actor::Cardholder(OWNER), Role::Cardholder, Assurance::ONE).await;
        let other = house.app.browser(Actor::Cardholder(OTHER), Role::Cardholder, Assurance::ONE).await;
        let list = house.app.get(&owner, "/inbox?lang=en").await.body;
        assert!(list.contains("<span class=\"count\">2</span>"), "{list}");
        assert!(!list.contains(CODE));
        let href = list.split("href=\"/inbox/mesg_").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
        let address = format!("/inbox/mesg_{href}");
        assert_eq!(house.app.get(&other, &address).await.status, 404);
        let opened = house.app.get(&owner, &address).await.body;
        assert!(opened.contains("<span class=\"count\">1</span>"), "{opened}");
        assert!(house.app.get(&owner, "/inbox").await.body.contains("<span class=\"count\">1</span>"));
        assert_eq!(house.app.post(&owner, "/inbox/read", "").await.status, 303);
        let read = house.app.get(&owner, "/inbox?lang=en").await.body;
        assert!(!read.contains("class=\"count\"") && !read.contains(">New<"), "{read}");
        assert!(house.app.get(&other, "/inbox?lang=en").await.body.contains("Nothing yet"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn codes_go_by_no_mail_and_an_erased_customer_gets_nothing_more() {
    for house in houses().await {
        let wrong = Message { ways: &[Way::Mail], ..coded(1) };
        assert!(matches!(house.messages().prepare(&wrong).await, Err(MessageError::CodeWay)));
        let contacts = vec![
            Contact::Phone(Masked::new("+8613900000000")),
            Contact::Phone(Masked::new("+8613800016021")),
        ];
        house.send(&Message { contacts, ..Message::new(OWNER, &TOLD, &[Way::Sms]) }).await;
        while house.relay().await > 0 {}
        let to: Vec<_> =
            house.sms.taken.lock().unwrap().iter().map(|letter| letter.to.reveal().to_owned()).collect();
        assert_eq!(to, ["+8613900000000", "+8613800016021"], "the old contact and the new one");

        house.send(&coded(2)).await;
        let keys = PersonKeys::of(&house.app.app);
        keys.destroy(&house.app.app.features, OWNER, BY).await.unwrap();
        while house.relay().await > 0 {}
        assert_eq!(house.gaveup().await, ["unreadable"]);
        assert!(matches!(house.messages().prepare(&coded(3)).await, Err(MessageError::Keys(_))));
    }
}
