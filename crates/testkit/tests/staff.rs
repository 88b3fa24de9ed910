//! Colleagues over both databases: what gives somebody more is done by two people or not at all; relations, marks,
//! quotas and emergencies stand before a customer's record; alarms say who tried.

#![cfg(test)]

use features::cards::open_many;
use features::staff::{StaffError, add_person, are_one_person, tell_person};
use kernel::{AccountId, Actor, Channel, CustomerId, HOUR_US, MINUTE_US, Masked, StaffId};
use platform::access::{Assurance, NewStaff, Role, disable_staff_in_tx, find_staff};
use platform::audit::{Found, Search, search};
use platform::{feature, i18n, on};
use testkit::{Answer, Browser, TestApp, databases, sample_customer};

const BY: (Actor, Channel) = (Actor::System, Channel::Console);
const OWNER: CustomerId = CustomerId::from_raw(1);
const ACCOUNT: AccountId = AccountId::from_raw(1_000_001);

struct Desk {
    app: TestApp,
}

async fn desks() -> Vec<Desk> {
    let mut all = Vec::new();
    for test in databases().await {
        let app = TestApp::start(test, "number = 1\nname = \"none\"\n");
        let _ = i18n::install(feature::catalogue(&app.app.features).unwrap());
        open_many(&app.accounts(), &[sample_customer(1), sample_customer(2)], BY.0, BY.1).await.unwrap();
        all.push(Desk { app });
    }
    all
}

/// A request that waits, as the page shows it.
#[derive(Debug)]
struct Waiting {
    id: i64,
    hash: String,
}

impl Desk {
    async fn ask(&self, browser: &Browser, fields: &str) -> Answer {
        self.app.post(browser, "/desk/staff/requests", fields).await
    }

    async fn waiting(&self) -> Vec<Waiting> {
        let rows: Vec<(i64, String)> = on!(self.app.app.db.pool(), p => {
            sqlx::query_as("SELECT id, hash FROM staff_requests WHERE decided_at IS NULL ORDER BY id").fetch_all(p).await
        })
        .unwrap();
        rows.into_iter().map(|(id, hash)| Waiting { id, hash }).collect()
    }

    async fn decide(&self, browser: &Browser, request: &Waiting, decision: &str) -> Answer {
        let path = format!("/desk/staff/requests/{}/decision", request.id);
        self.app.post(browser, &path, &format!("decision={decision}&command={}", request.hash)).await
    }

    /// Asked for by one, allowed by the other.
    async fn by_two(&self, maker: &Browser, checker: &Browser, fields: &str) {
        let asked = self.ask(maker, fields).await;
        assert_eq!(asked.status, 303, "{fields}: {}", asked.body);
        let waiting = self.waiting().await;
        let done = self.decide(checker, waiting.last().unwrap(), "approve").await;
        assert_eq!(done.status, 303, "{fields}: {}", done.body);
    }

    async fn account(&self, browser: &Browser) -> Answer {
        let headers = [("cookie", browser.cookie.as_str()), ("accept", "*/*")];
        self.app.ask("GET", &format!("/desk/accounts/{ACCOUNT}"), &headers, "").await
    }

    async fn role(&self, id: StaffId) -> Role {
        find_staff(&self.app.app.db, id).await.unwrap().unwrap().role
    }

    async fn entries(&self, act: &str) -> Vec<Found> {
        let wanted = Search { acts: vec![act.to_owned()], rows_max: 100, ..Search::default() };
        search(&self.app.app.db, &wanted).await.unwrap()
    }

    async fn alarms(&self, kind: &str) -> i64 {
        let count: Option<i64> = on!(self.app.app.db.pool(), p => {
            sqlx::query_scalar("SELECT CAST(SUM(count) AS BIGINT) FROM staff_alarms WHERE kind = $1")
                .bind(kind.to_owned())
                .fetch_one(p)
                .await
        })
        .unwrap();
        count.unwrap_or(0)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_is_given_by_two_people_or_not_at_all() {
    for desk in desks().await {
        let (agent, agents) = desk.app.staff(Role::Agent).await;
        let (_, manager) = desk.app.staff(Role::Manager).await;
        let (administrator_id, administrator) = desk.app.staff(Role::Administrator).await;
        let (_, second) = desk.app.staff(Role::Administrator).await;
        let change = format!("what=change_role&staff={agent}&role=manager");
        assert_eq!(desk.ask(&agents, &change).await.code(), "not_yours_to_ask");
        assert_eq!(desk.ask(&administrator, &change).await.status, 303);
        let waiting = desk.waiting().await.pop().unwrap();
        assert_eq!(desk.role(agent).await, Role::Agent, "nothing is done before the second person");
        assert_eq!(desk.decide(&administrator, &waiting, "approve").await.code(), "own_request");
        assert_eq!(desk.alarms("own_request").await, 1);
        assert_eq!(desk.decide(&manager, &waiting, "approve").await.code(), "not_yours_to_decide");
        let other = Waiting { id: waiting.id, hash: "0".repeat(64) };
        assert_eq!(desk.decide(&second, &other, "approve").await.code(), "request_changed");
        let page = desk.app.get(&second, "/desk/staff?lang=en").await.body;
        assert!(page.contains("from Service agent to Manager") && page.contains(&waiting.hash), "{page}");
        assert_eq!(desk.decide(&second, &waiting, "approve").await.status, 303);
        assert_eq!(desk.role(agent).await, Role::Manager);
        assert_eq!(desk.decide(&second, &waiting, "approve").await.code(), "request_decided");
        let done = &desk.entries("staff.request.approved").await[0];
        assert_eq!(done.detail["command"], waiting.hash.as_str());
        assert_eq!(done.subject, Some(administrator_id.to_string()));
        assert_eq!(desk.entries("staff.decision.refused").await.len(), 4);

        // About oneself: asked for by somebody else, and still nobody decides it for themselves.
        desk.ask(&manager, &format!("what=change_role&staff={administrator_id}&role=compliance")).await;
        let waiting = desk.waiting().await.pop().unwrap();
        assert_eq!(desk.decide(&administrator, &waiting, "approve").await.code(), "own_request");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_accounts_of_one_person_are_one_person() {
    for desk in desks().await {
        let (_, manager) = desk.app.staff(Role::Manager).await;
        let (_, officer) = desk.app.staff(Role::Compliance).await;
        // However it is typed, it is one number.
        for (role, employee) in [("manager", "E-17"), ("administrator", "e-17"), ("compliance", "+E-17")] {
            let fields = format!("what=take_on&name=Zhao+Yu&employee={employee}&role={role}&locale=en");
            desk.by_two(&manager, &officer, &fields).await;
        }
        let staff = platform::access::list_staff(&desk.app.app.db).await.unwrap();
        let own: Vec<_> = staff.iter().filter(|one| one.name.reveal() == "Zhao Yu").collect();
        assert_eq!(own.len(), 3);
        let mut browsers = Vec::new();
        for one in &own {
            browsers.push(desk.app.browser(Actor::Staff(one.id), one.role, Assurance::TWO).await);
        }
        let (agent, _) = desk.app.staff(Role::Agent).await;
        assert_eq!(
            desk.ask(&browsers[0], &format!("what=change_role&staff={agent}&role=manager")).await.status,
            303
        );
        let waiting = desk.waiting().await.pop().unwrap();
        assert_eq!(desk.decide(&browsers[1], &waiting, "approve").await.code(), "own_request");
        // A relation of one account shuts the record for the other.
        let path = format!("/desk/staff/{}/relations", own[1].id);
        let told = desk.app.post(&browsers[1], &path, &format!("customer={OWNER}&relation=own")).await;
        assert_eq!(told.status, 303, "{}", told.body);
        assert_eq!(desk.app.serve(&browsers[0], Role::Manager, OWNER).await.code(), "relation_blocked");
        // An alarm about one account, and its emergency, are looked at by somebody else.
        let alarm: i64 = on!(desk.app.app.db.pool(), p => {
            sqlx::query_scalar("SELECT id FROM staff_alarms WHERE kind = 'relation'").fetch_one(p).await
        })
        .unwrap();
        let emergency = desk
            .app
            .post(
                &browsers[0],
                &format!("/desk/customers/{}/emergencies", CustomerId::from_raw(2)),
                "words=help",
            )
            .await;
        assert_eq!(emergency.status, 303, "{}", emergency.body);
        let matter: i64 = on!(desk.app.app.db.pool(), p => {
            sqlx::query_scalar("SELECT id FROM matters WHERE kind = 'emergency'").fetch_one(p).await
        })
        .unwrap();
        let (seen, review) = (
            format!("/desk/alarms/{alarm}/seen"),
            format!("/desk/reviews/{}", kernel::MatterId::from_raw(matter)),
        );
        assert_eq!(desk.app.post(&browsers[1], &seen, "").await.status, 404);
        for (browser, status) in [(&browsers[2], 404), (&officer, 303)] {
            assert_eq!(desk.app.post(browser, &seen, "").await.status, status);
            assert_eq!(desk.app.post(browser, &review, "outcome=justified").await.status, status);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_console_says_whose_an_account_is_once() {
    for desk in desks().await {
        let db = &desk.app.app.db;
        let named = |role| NewStaff { name: Masked::new("He Yingchuan"), role, locale: "en".to_owned() };
        let first = add_person(db, BY, &named(Role::Administrator), "e-17").await.unwrap();
        let added = &desk.entries("access.staff.added").await[0];
        assert_eq!(added.subject, Some(first.to_string()));
        let (second, _) = desk.app.staff(Role::Manager).await;
        assert!(!are_one_person(db, first, second).await.unwrap());
        tell_person(db, BY, second, "E-17").await.unwrap();
        tell_person(db, BY, second, "e-17").await.unwrap();
        assert!(are_one_person(db, first, second).await.unwrap());
        assert_eq!(desk.entries("staff.person.told").await.len(), 1, "the same again is nothing new");
        assert!(matches!(tell_person(db, BY, second, "E-18").await, Err(StaffError::Person)));
        let before = platform::access::list_staff(db).await.unwrap().len();
        for (role, employee) in
            [(Role::Agent, "9000123412341234"), (Role::Agent, ""), (Role::Cardholder, "E-19")]
        {
            assert!(matches!(add_person(db, BY, &named(role), employee).await, Err(StaffError::Field)));
        }
        assert_eq!(platform::access::list_staff(db).await.unwrap().len(), before);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_shut_out_at_the_same_moment_has_asked_for_nothing_and_decides_nothing() {
    for desk in desks().await {
        for refused in ["maker_gone", "not_yours_to_decide"] {
            let (agent, _) = desk.app.staff(Role::Agent).await;
            let (maker, manager) = desk.app.staff(Role::Manager).await;
            let (checker, officer) = desk.app.staff(Role::Compliance).await;
            let asked = desk.ask(&manager, &format!("what=change_role&staff={agent}&role=analyst")).await;
            assert_eq!(asked.status, 303);
            let waiting = desk.waiting().await.pop().unwrap();
            let mut write = desk.app.app.db.write().await.unwrap();
            let out = if refused == "maker_gone" { maker } else { checker };
            assert!(disable_staff_in_tx(&mut write, out).await.unwrap());
            let mut deciding = std::pin::pin!(desk.decide(&officer, &waiting, "approve"));
            // Time to be wrong: who does not wait for the other transaction is done before it.
            let early = tokio::time::timeout(std::time::Duration::from_millis(400), deciding.as_mut()).await;
            write.commit(platform::audit::Entry::new(BY.0, BY.1, "tests.staff.disabled")).await.unwrap();
            let told = match early {
                Ok(told) => told,
                Err(_) => deciding.await,
            };
            assert_eq!(told.code(), refused, "{}", desk.app.app.db.kind());
            assert_eq!(desk.role(agent).await, Role::Agent);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_lapses_goes_with_its_maker_and_does_only_what_still_fits() {
    for desk in desks().await {
        let (agent, _) = desk.app.staff(Role::Agent).await;
        let (manager_id, manager) = desk.app.staff(Role::Manager).await;
        let (officer_id, officer) = desk.app.staff(Role::Compliance).await;
        let change = |role: &str| format!("what=change_role&staff={agent}&role={role}");
        desk.ask(&manager, &change("analyst")).await;
        desk.ask(&manager, &change("manager")).await;
        let both = desk.waiting().await;
        assert_eq!(desk.decide(&officer, &both[0], "approve").await.status, 303);
        assert_eq!(desk.decide(&officer, &both[1], "approve").await.code(), "request_stale");
        assert_eq!(desk.role(agent).await, Role::Analyst);
        // Somebody with the database changes what was asked for.
        let mut write = desk.app.app.db.write().await.unwrap();
        on!(write.conn(), c => {
            sqlx::query("UPDATE staff_requests SET body = REPLACE(body, '\"manager\"', '\"administrator\"') WHERE decided_at IS NULL")
                .execute(&mut *c).await.map(drop)
        })
        .unwrap();
        write.commit(platform::audit::Entry::new(BY.0, BY.1, "tests.row.changed")).await.unwrap();
        assert_eq!(desk.decide(&officer, &both[1], "approve").await.code(), "request_changed");

        desk.ask(&manager, &format!("what=mark&customer={OWNER}&mark=important")).await;
        let marked = desk.waiting().await.pop().unwrap();
        let (_, other) = desk.app.staff(Role::Manager).await;
        assert_eq!(
            desk.app.post(&other, &format!("/desk/staff/{manager_id}/shut-out"), "").await.status,
            303
        );
        assert_eq!(desk.decide(&officer, &marked, "approve").await.code(), "maker_gone");
        assert_eq!(desk.decide(&officer, &marked, "approve").await.code(), "maker_gone");
        desk.app.clock.advance_us(25 * HOUR_US);
        let officer = desk.app.browser(Actor::Staff(officer_id), Role::Compliance, Assurance::TWO).await;
        assert_eq!(desk.decide(&officer, &marked, "approve").await.code(), "request_lapsed");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_person_shuts_somebody_out_at_once_and_two_let_them_in_again() {
    for desk in desks().await {
        let (agent, agents) = desk.app.staff(Role::Agent).await;
        let (_, manager) = desk.app.staff(Role::Manager).await;
        let (_, administrator) = desk.app.staff(Role::Administrator).await;
        assert_eq!(desk.app.get(&agents, "/desk/customers").await.status, 200);
        assert_eq!(desk.app.post(&manager, &format!("/desk/staff/{agent}/shut-out"), "").await.status, 303);
        assert_eq!(desk.app.get(&agents, "/desk/customers").await.status, 303, "led to the sign-in");
        desk.by_two(&manager, &administrator, &format!("what=enable_again&staff={agent}")).await;
        assert!(find_staff(&desk.app.app.db, agent).await.unwrap().unwrap().active);
        assert_eq!(desk.app.get(&agents, "/desk/customers").await.status, 303, "the old session stays ended");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_important_person_is_opened_by_managers_or_by_leave_of_one() {
    for desk in desks().await {
        let (_, agent) = desk.app.staff(Role::Agent).await;
        let (_, manager) = desk.app.staff(Role::Manager).await;
        let (_, officer) = desk.app.staff(Role::Compliance).await;
        assert_eq!(desk.app.serve(&agent, Role::Agent, OWNER).await.status, 303);
        assert_eq!(desk.account(&agent).await.status, 200);
        desk.by_two(&manager, &officer, &format!("what=mark&customer={OWNER}&mark=important")).await;
        assert_eq!(desk.account(&agent).await.code(), "important_person", "also with a matter from before");
        let page = desk.app.get(&agent, &format!("/desk/accounts/{ACCOUNT}?lang=en")).await;
        assert_eq!(page.status, 403);
        assert!(page.body.contains("Only managers open this record"), "{}", page.body);
        assert!(!page.body.contains("周明慧"));
        assert!(desk.alarms("important").await >= 2);
        let other = format!("what=open_record&customer={OWNER}");
        desk.by_two(&agent, &manager, &other).await;
        assert_eq!(desk.account(&agent).await.status, 200, "by leave");
        desk.app.clock.advance_us(61 * MINUTE_US);
        let manager = desk.app.staff(Role::Manager).await.1;
        assert_eq!(desk.app.serve(&manager, Role::Manager, OWNER).await.status, 303);
        assert_eq!(desk.account(&manager).await.status, 200);
        let agent = desk.app.staff(Role::Agent).await.1;
        assert_eq!(desk.app.serve(&agent, Role::Agent, OWNER).await.code(), "important_person");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_record_of_nobody_looks_like_any_and_reports_who_opens_it() {
    for desk in desks().await {
        let (id, agent) = desk.app.staff(Role::Agent).await;
        let (_, officer) = desk.app.staff(Role::Compliance).await;
        let (_, administrator) = desk.app.staff(Role::Administrator).await;
        desk.app.serve(&agent, Role::Agent, OWNER).await;
        let before = desk.account(&agent).await;
        let closure = format!("/desk/customers/{OWNER}/matters/closure");
        desk.app.post(&agent, &closure, "").await;
        desk.by_two(&officer, &administrator, &format!("what=mark&customer={OWNER}&mark=honey")).await;
        let opened = desk.app.serve(&agent, Role::Agent, OWNER).await;
        assert_eq!((opened.status.as_u16(), desk.alarms("honey").await), (303, 1));
        let after = desk.account(&agent).await;
        let shape = |answer: &Answer| answer.body.matches('<').count();
        assert_eq!((before.status, shape(&before)), (after.status, shape(&after)), "it looks the same");
        let page = desk.app.get(&officer, "/desk/alarms?lang=en").await.body;
        assert!(page.contains("The record of nobody was opened") && page.contains(&id.to_string()), "{page}");
        let waiting: i64 = on!(desk.app.app.db.pool(), p => {
            sqlx::query_scalar("SELECT id FROM staff_alarms WHERE kind = 'honey'").fetch_one(p).await
        })
        .unwrap();
        assert_eq!(desk.app.post(&officer, &format!("/desk/alarms/{waiting}/seen"), "").await.status, 303);
        assert!(desk.app.get(&officer, "/desk/alarms?lang=en").await.body.contains("No alarm"));
        assert_eq!(desk.app.get(&agent, "/desk/alarms").await.status, 403);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_emergency_opens_at_once_raises_an_alarm_and_is_reviewed_by_somebody_else() {
    for desk in desks().await {
        let (_, agent) = desk.app.staff(Role::Agent).await;
        let (_, manager) = desk.app.staff(Role::Manager).await;
        let (_, officer) = desk.app.staff(Role::Compliance).await;
        desk.by_two(&manager, &officer, &format!("what=mark&customer={OWNER}&mark=important")).await;
        let path = format!("/desk/customers/{OWNER}/emergencies");
        assert_eq!(desk.app.post(&agent, &path, "words=x").await.code(), "reason_missing");
        assert_eq!(desk.app.post(&officer, &path, "words=because").await.code(), "role_forbidden");
        let opened = desk.app.post(&agent, &path, "words=threatened+on+the+line").await;
        assert_eq!(opened.status, 303, "{}", opened.body);
        assert_eq!((desk.account(&agent).await.status.as_u16(), desk.alarms("emergency").await), (200, 1));
        let body: Option<Vec<u8>> = on!(desk.app.app.db.pool(), p => {
            sqlx::query_scalar("SELECT words FROM matters WHERE kind = 'emergency'").fetch_one(p).await
        })
        .unwrap();
        let body = body.unwrap();
        assert!(!String::from_utf8_lossy(&body).contains("threatened"), "the words are sealed");
        let page = desk.app.get(&officer, "/desk/reviews?lang=en").await.body;
        assert!(page.contains("threatened on the line"), "{page}");
        let id: i64 = on!(desk.app.app.db.pool(), p => {
            sqlx::query_scalar("SELECT id FROM matters WHERE kind = 'emergency'").fetch_one(p).await
        })
        .unwrap();
        let review = format!("/desk/reviews/{}", kernel::MatterId::from_raw(id));
        assert_eq!(desk.app.post(&manager, &review, "outcome=justified").await.code(), "role_forbidden");
        assert_eq!(desk.app.post(&officer, &review, "outcome=unjustified").await.status, 303);
        assert_eq!(desk.app.post(&officer, &review, "outcome=justified").await.status, 404, "once");
        let reviewed = &desk.entries("matters.emergency.reviewed").await[0];
        assert_eq!(reviewed.detail["outcome"], "unjustified");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_opens_their_own_or_their_family_s_record_even_in_an_emergency() {
    for desk in desks().await {
        let (id, agent) = desk.app.staff(Role::Agent).await;
        let (other, _) = desk.app.staff(Role::Agent).await;
        let (_, manager) = desk.app.staff(Role::Manager).await;
        let (_, officer) = desk.app.staff(Role::Compliance).await;
        desk.app.serve(&agent, Role::Agent, OWNER).await;
        let relation = format!("customer={OWNER}&relation=family");
        let told = desk.app.post(&agent, &format!("/desk/staff/{other}/relations"), &relation).await;
        assert_eq!(told.code(), "not_yours_to_ask", "about a colleague only those who answer for them");
        assert_eq!(
            desk.app.post(&agent, &format!("/desk/staff/{id}/relations"), &relation).await.status,
            303
        );
        assert_eq!(desk.account(&agent).await.code(), "relation_blocked", "also with a matter from before");
        let path = format!("/desk/customers/{OWNER}/emergencies");
        assert_eq!(desk.app.post(&agent, &path, "words=because").await.code(), "relation_blocked");
        assert_eq!(desk.alarms("relation").await, 2);
        desk.by_two(&manager, &officer, &format!("what=end_relation&staff={id}&customer={OWNER}")).await;
        assert_eq!(desk.account(&agent).await.status, 200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_hour_allows_so_many_searches() {
    for desk in desks().await {
        let (_, agent) = desk.app.staff(Role::Agent).await;
        let mut last = 0;
        for _ in 0..61 {
            last = desk
                .app
                .post(&agent, "/desk/customers", "sought=nobody%40post.example")
                .await
                .status
                .as_u16();
        }
        assert_eq!((last, desk.alarms("quota").await), (429, 1));
        assert_eq!(desk.entries("staff.search.refused").await.len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn searches_at_the_same_moment_are_counted_one_after_the_other() {
    for desk in desks().await {
        let (_, agent) = desk.app.staff(Role::Agent).await;
        let search = || desk.app.post(&agent, "/desk/customers", "sought=nobody%40post.example");
        for _ in 0..50 {
            assert_eq!(search().await.status, 200);
        }
        let answers = futures_util::future::join_all((0..30).map(|_| search())).await;
        let refused = answers.iter().filter(|answer| answer.status == 429).count();
        assert_eq!(refused, 20, "ten were left of the hour: {}", desk.app.app.db.kind());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_emergency_opens_beside_a_matter_of_another_kind() {
    for desk in desks().await {
        let (_, agent) = desk.app.staff(Role::Agent).await;
        let (_, manager) = desk.app.staff(Role::Manager).await;
        let (_, officer) = desk.app.staff(Role::Compliance).await;
        desk.app.serve(&agent, Role::Agent, OWNER).await;
        desk.by_two(&manager, &officer, &format!("what=mark&customer={OWNER}&mark=important")).await;
        assert_eq!(desk.account(&agent).await.code(), "important_person", "while the call goes on");
        let path = format!("/desk/customers/{OWNER}/emergencies");
        for _ in 0..2 {
            assert_eq!(desk.app.post(&agent, &path, "words=threatened+on+the+line").await.status, 303);
        }
        assert_eq!(desk.account(&agent).await.status, 200);
        assert_eq!(desk.alarms("emergency").await, 1, "twice is once");
        let page = desk.app.get(&officer, "/desk/reviews?lang=en").await.body;
        assert_eq!(page.matches("threatened on the line").count(), 1, "{page}");
        // Its call serves on as well.
        let call = desk.app.post(&agent, "/desk/calls", &format!("customer={OWNER}")).await;
        assert_eq!(call.status, 303, "{}", call.body);
        assert_eq!(desk.app.get(&agent, call.header("location")).await.status, 200);
    }
}
