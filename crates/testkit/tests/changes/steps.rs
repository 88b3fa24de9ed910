//! A change from its preview to its end, and who sees it.

use crate::stage::{BY, NEW_EMAIL, NEW_PHONE, OLD_PHONE, OTHER, OWNER, Site, code_in, sites};
use features::changes::{Field, State, Value};
use features::passkeys::{self, CodeTerms};
use kernel::{Actor, DAY_US, HOUR_US, MINUTE_US, Masked};
use platform::access::{Assurance, Role};
use platform::clock::SystemRandom;
use platform::{i18n, on};
use serde_json::{Value as Json, json};
use testkit::databases;

#[tokio::test(flavor = "multi_thread")]
async fn a_change_is_shown_signed_told_waited_for_and_made_once() {
    for mut site in sites().await {
        let page =
            site.app.post(&site.browser, "/details/phone/preview?lang=en", "phone=%2B8613900000001").await;
        assert_eq!(page.status, 200, "{}", page.body);
        assert!(page.body.contains(NEW_PHONE) && page.body.contains("+86138 **** 6021"), "{}", page.body);
        let (id, sent) = site.waiting().await;
        assert_eq!(site.phone().await, OLD_PHONE, "nothing is changed by the signature");
        let mut told: Vec<(&str, &str)> = sent
            .iter()
            .filter(|one| one.kind == "changes.change.waiting" && one.channel != "push")
            .map(|one| (one.channel, one.to.as_str()))
            .collect();
        told.sort_unstable();
        let (old, new) = (("sms", OLD_PHONE), ("sms", NEW_PHONE));
        assert_eq!(told, [("mail", "zhou.1@post.example"), old, new], "contacts before and after");
        site.tick().await;
        site.app.clock.advance_us(DAY_US - MINUTE_US);
        site.browser = site.signed_in().await;
        site.app.clock.advance_us(MINUTE_US - 1);
        site.tick().await;
        assert_eq!((site.phone().await.as_str(), site.newest().await.1), (OLD_PHONE, State::Waiting));
        assert!(site.is_signed_in(&site.browser).await);
        site.app.clock.advance_us(1);
        // Two nodes, and each of them twice.
        tokio::join!(site.tick(), site.tick(), site.tick(), site.tick());
        assert_eq!((site.phone().await.as_str(), site.newest().await), (NEW_PHONE, (id, State::Made)));
        assert_eq!(site.acts("changes.change.made").await, 1);
        let sent = site.app.sent().await;
        let mut told: Vec<&str> = sent
            .iter()
            .filter(|one| one.kind == "changes.change.made" && one.channel == "sms")
            .map(|one| one.to.as_str())
            .collect();
        told.sort_unstable();
        assert_eq!(told, [OLD_PHONE, NEW_PHONE], "contacts before and after");
        assert!(!site.is_signed_in(&site.browser).await, "whoever was in must prove it again");
        let accounts = site.app.accounts();
        assert_eq!(accounts.customers_by_phone(NEW_PHONE).await.unwrap()[0].id, OWNER);
        assert!(accounts.customers_by_phone(OLD_PHONE).await.unwrap().is_empty());
        site.app.clock.advance_us(3 * DAY_US);
        site.tick().await;
        assert_eq!(site.newest().await.1, State::Final);
        site.browser = site.signed_in().await;
        let late = site.app.post(&site.browser, &format!("/details/changes/{id}/undo"), "").await;
        assert_eq!((late.status.as_u16(), site.phone().await.as_str()), (409, NEW_PHONE));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_undone_change_is_exactly_as_it_was_and_what_it_let_in_is_out() {
    for mut site in sites().await {
        let before = site.person().await;
        let (id, _) = site.waiting().await;
        site.app.clock.advance_us(DAY_US);
        site.tick().await;
        site.browser = site.signed_in().await;
        site.further().await;
        assert_eq!(passkeys::passkeys_of(&site.app.app, Actor::Cardholder(OWNER)).await.unwrap().len(), 2);
        // Making a passkey ended every session; the owner comes back with theirs.
        site.browser = site.signed_in().await;
        let thief = site.app.browser(Actor::Cardholder(OWNER), Role::Cardholder, Assurance::TWO).await;
        assert!(site.is_signed_in(&thief).await);
        let bare = site.undo(&thief, id).await;
        assert_eq!((bare.status.as_u16(), bare.code().as_str()), (401, "change_no_older_device"));
        let code = passkeys::new_code(
            &site.app.app.db,
            &SystemRandom,
            Actor::Cardholder(OWNER),
            CodeTerms::STAFF,
            BY,
        );
        code.await.unwrap();
        let address = site.asked("email", "email=thief%40post.example").await;
        assert_eq!(site.sign(&address).await, "/details?told=signed");
        let (email, _) = site.newest().await;
        let undone = site.app.post(&site.browser, &format!("/details/changes/{id}/undo"), "").await;
        assert_eq!((undone.status.as_u16(), undone.header("location")), (303, "/details?told=undone"));
        let stopped = site.changes().change_of(OWNER, email).await.unwrap();
        assert_eq!(stopped.state, State::Stopped, "what was signed since the change does not wait on");
        assert_eq!(site.person().await, before);
        assert!(!site.is_signed_in(&thief).await && site.is_signed_in(&site.browser).await);
        let left = passkeys::passkeys_of(&site.app.app, Actor::Cardholder(OWNER)).await.unwrap();
        assert_eq!(left.len(), 1, "the passkey that came after the change is ended");
        assert_eq!(site.acts("passkeys.code.withdrawn").await, 1, "and a code for another one");
        let again = site.app.post(&site.browser, &format!("/details/changes/{id}/undo"), "").await;
        assert_eq!((again.status.as_u16(), site.acts("changes.change.undone").await), (303, 1));
        site.app.clock.advance_us(30 * DAY_US);
        site.tick().await;
        assert_eq!(site.person().await, before);
        assert_eq!(site.changes().change_of(OWNER, id).await.unwrap().state, State::Undone);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_of_a_notice_stops_and_signs_out() {
    for mut site in sites().await {
        let (id, sent) = site.waiting().await;
        let codes: Vec<String> =
            sent.iter().filter(|one| one.channel == "sms").map(|one| code_in(&one.text)).collect();
        assert_ne!(codes[0], codes[1], "each contact has a code of its own");
        for wrong in ["AAAA-BBBB-CCCC-DDDD", "", "%00"] {
            assert!(site.not_me(wrong).await.contains("no code of ours"));
        }
        assert_eq!(site.newest().await, (id, State::Waiting));
        assert!(site.not_me(&codes[1].to_lowercase()).await.contains("The change is stopped"));
        assert!(!site.is_signed_in(&site.browser).await);
        assert_eq!(site.newest().await, (id, State::Stopped));
        assert!(site.not_me(&codes[0]).await.contains("The change is stopped"), "the same again");
        site.app.clock.advance_us(30 * DAY_US);
        site.tick().await;
        assert_eq!((site.phone().await.as_str(), site.acts("changes.change.stopped").await), (OLD_PHONE, 1));
        assert!(site.not_me(&codes[0]).await.contains("no code of ours"), "its time is over");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_puts_nothing_back_that_was_made() {
    for mut site in sites().await {
        let (id, sent) = site.waiting().await;
        let code = code_in(&sent.iter().find(|one| one.channel == "sms").unwrap().text);
        site.app.clock.advance_us(DAY_US);
        site.tick().await;
        site.browser = site.signed_in().await;
        assert!(site.not_me(&code).await.contains("has been made already"));
        assert_eq!((site.phone().await.as_str(), site.newest().await), (NEW_PHONE, (id, State::Made)));
        assert!(!site.is_signed_in(&site.browser).await, "everybody is signed out");
        site.browser = site.signed_in().await;
        site.not_me(&code).await;
        assert!(site.is_signed_in(&site.browser).await, "a second time signs nobody out");
        assert_eq!(
            (site.acts("changes.change.disowned").await, site.acts("changes.change.alarmed").await),
            (1, 1)
        );
        let undone = site.app.post(&site.browser, &format!("/details/changes/{id}/undo"), "").await;
        assert_eq!((undone.status.as_u16(), site.phone().await.as_str()), (303, OLD_PHONE));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_together_wait_longer_and_raise_an_alarm() {
    for mut site in sites().await {
        let (first, _) = site.waiting().await;
        let address = site.asked("email", "email=new%40post.example").await;
        assert_eq!(site.sign(&address).await, "/details?told=signed");
        let all = site.changes().changes_of(OWNER, None, 10).await.unwrap();
        let wait = |id: usize| all[id].due_at.since_us(all[id].requested_at) / HOUR_US;
        assert_eq!((wait(0), wait(1), all[1].id), (96, 24, first));
        assert_eq!(site.acts("changes.change.alarmed").await, 1);
        site.app.clock.advance_us(DAY_US);
        site.tick().await;
        assert_eq!(site.person().await.email.reveal(), "zhou.1@post.example");
        site.app.clock.advance_us(3 * DAY_US);
        site.tick().await;
        assert_eq!(site.person().await.email.reveal(), NEW_EMAIL);
        // The number that was changed some days ago still counts.
        let own = Value::Address { street: Masked::new("9 Camphor Lane"), city: Masked::new("Shanghai") };
        let preview = site.changes().preview(OWNER, Field::Address, own).await.unwrap();
        assert_eq!(preview.plan.delay_us / HOUR_US, 72 + 2 * 24);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_came_between_showing_and_signing_is_not_slipped_past() {
    for mut site in sites().await {
        let (phone, email) = (
            site.asked("phone", "phone=%2B8613900000001").await,
            site.asked("email", "email=new%40post.example").await,
        );
        let other = site.asked("phone", "phone=%2B8613900000002").await;
        assert_eq!(site.sign(&phone).await, "/details?told=signed");
        // The wait that was shown for it is too short now, and of a field one change waits.
        assert_eq!(site.sign(&email).await, json!(email));
        assert_eq!(site.sign(&other).await, json!(other));
        assert_eq!(site.acts("changes.change.signed").await, 1);
        let again = site.app.post(&site.browser, "/details/phone/preview", "phone=%2B8613900000003").await;
        assert_eq!(again.status, 409);
        let (id, _) = site.newest().await;
        assert_eq!(
            site.app.post(&site.browser, &format!("/details/changes/{id}/stop"), "").await.status,
            303
        );
        assert!(site.is_signed_in(&site.browser).await, "who stops it in the app stays in");
        assert_eq!(site.newest().await.1, State::Stopped);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_device_of_a_day_nothing_is_asked_for() {
    for test in databases().await {
        let site = Site::start(test, HOUR_US).await;
        let answer = site.app.post(&site.browser, "/details/phone", "phone=%2B8613900000001").await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (401, "change_no_device"));
        let none = site.app.browser(Actor::Cardholder(OTHER), Role::Cardholder, Assurance::THREE).await;
        let answer = site.app.post(&none, "/details/email", "email=new%40post.example").await;
        assert_eq!(answer.code(), "change_no_device", "no level of a session stands for a device");
        // A language exposes nothing: it is changed at once.
        let answer = site.app.post(&none, "/details/language", "language=en").await;
        assert_eq!(answer.header("location"), "/details?told=done");
        let person = site.app.accounts().customer(OTHER).await.unwrap().unwrap().person;
        assert_eq!(person.language, i18n::Locale::En);
        let sent = site.app.sent().await;
        let told = sent.iter().find(|one| one.kind == "changes.language.changed").unwrap();
        assert!(told.text.contains("语言"), "in the language before: {}", told.text);
        site.app.clock.advance_us(DAY_US);
        let preview = site.changes().preview(OWNER, Field::Phone, Value::Phone(Masked::new(NEW_PHONE))).await;
        assert_eq!(preview.unwrap().plan.delay_us, 3 * DAY_US, "a new device is a sign");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_say_what_to_do_and_nobody_elses_change_is_there() {
    for mut site in sites().await {
        for (field, fields, said) in [
            ("phone", "phone=13900000001", "begins with +"),
            ("phone", "phone=%2B8621000000000", "mobile number"),
            ("phone", "phone=%2B8613800016021", "what we have already"),
            ("email", "email=nobody", "one @"),
            ("address", "street=1&city=Shanghai", "there is a letter in both"),
            ("name", "", "see your document"),
            ("document", "", "see your document"),
        ] {
            let answer =
                site.app.post(&site.browser, &format!("/details/{field}/preview?lang=en"), fields).await;
            assert!(answer.status.is_client_error(), "{field} {fields}: {}", answer.status);
            assert!(answer.body.contains(said), "{field} {fields}: {}", answer.body);
        }
        let page = site.app.get(&site.browser, "/details/name?lang=en").await.body;
        assert!(page.contains("branch") && page.contains("somebody else to decide"), "{page}");
        let (id, _) = site.waiting().await;
        let thief = site.app.browser(Actor::Cardholder(OTHER), Role::Cardholder, Assurance::THREE).await;
        for verb in ["stop", "undo"] {
            let answer = site.app.post(&thief, &format!("/details/changes/{id}/{verb}"), "").await;
            assert_eq!(answer.status, 404);
        }
        assert!(!site.app.get(&thief, "/details").await.body.contains("1390"));
        // The number of another customer is looked at more closely, and that is all that is told.
        let own = Value::Phone(Masked::new("+8613800026021"));
        site.app.post(&site.browser, &format!("/details/changes/{id}/stop"), "").await;
        let preview = site.changes().preview(OWNER, Field::Phone, own).await.unwrap();
        assert_eq!(preview.plan.delay_us, 3 * DAY_US);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_and_the_timer_at_one_moment_come_to_one_of_both() {
    for mut site in sites().await {
        for _ in 0..4 {
            let (id, sent) = site.waiting().await;
            let code = code_in(&sent.iter().find(|one| one.channel == "sms").unwrap().text);
            let due = site.changes().change_of(OWNER, id).await.unwrap().due_at;
            site.app.clock.advance_us(due.since_us(site.app.app.now()));
            tokio::join!(site.tick(), site.not_me(&code), site.tick());
            let change = site.changes().change_of(OWNER, id).await.unwrap();
            let phone = site.phone().await;
            site.browser = site.signed_in().await;
            match change.state {
                State::Stopped => assert_eq!(phone, OLD_PHONE),
                State::Made => {
                    assert_eq!(phone, NEW_PHONE);
                    let undone =
                        site.app.post(&site.browser, &format!("/details/changes/{id}/undo"), "").await;
                    assert_eq!((undone.status.as_u16(), site.phone().await.as_str()), (303, OLD_PHONE));
                }
                other => panic!("{other:?}"),
            }
            site.app.sent().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_stopped_after_a_backup_is_not_made_after_its_restore() {
    for mut site in sites().await {
        let (id, _) = site.waiting().await;
        for (act, stops) in [
            ("changes.change.signed", false),
            ("changes.change.made", false),
            ("changes.change.undone", true),
            ("changes.change.stopped", false),
        ] {
            assert_eq!(site.replayed(act, id).await, stops, "{act}");
        }
        site.app.clock.advance_us(30 * DAY_US);
        site.tick().await;
        assert_eq!((site.phone().await.as_str(), site.newest().await.1), (OLD_PHONE, State::Stopped));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erased_person_has_nothing_to_change() {
    for mut site in sites().await {
        let (id, sent) = site.waiting().await;
        let code = code_in(&sent.iter().find(|one| one.channel == "sms").unwrap().text);
        let keys = platform::keys::PersonKeys::of(&site.app.app);
        keys.destroy(&site.app.app.features, OWNER, BY).await.unwrap();
        assert!(site.not_me(&code).await.contains("be stopped or undone any more"));
        site.app.clock.advance_us(2 * DAY_US);
        site.tick().await;
        let state: String = on!(site.app.app.db.pool(), p => {
            sqlx::query_scalar("SELECT state FROM changes WHERE id = $1").bind(id.raw()).fetch_one(p).await
        })
        .unwrap();
        assert_eq!((state.as_str(), site.acts("changes.change.overtaken").await), ("overtaken", 1));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn programs_see_preview_stop_and_check_and_ask_for_nothing() {
    for mut site in sites().await {
        let key = site.app.api_key(&["changes.*"]).await;
        let root = format!("/v1/customers/{OWNER}/changes");
        let body = json!({ "field": "phone", "texts": [NEW_PHONE] });
        let preview = site.api("POST", &format!("{root}/previews"), &key, &body).await;
        assert_eq!(
            (preview.status.as_u16(), preview.json()["delay_s"].as_i64()),
            (200, Some(86_400)),
            "{}",
            preview.body
        );
        assert!(!preview.body.contains(NEW_PHONE), "values are masked");
        let name = json!({ "field": "name", "texts": ["A", "B"] });
        assert_eq!(
            site.api("POST", &format!("{root}/previews"), &key, &name).await.code(),
            "change_evidence"
        );
        let (id, _) = site.waiting().await;
        let listed = site.api("GET", &root, &key, &Json::Null).await.json();
        assert_eq!(
            (listed["data"][0]["id"].as_str(), listed["data"][0]["state"].as_str()),
            (Some(id.to_string().as_str()), Some("waiting"))
        );
        let of_other = format!("/v1/customers/{OTHER}/changes/{id}/stop");
        assert_eq!(site.api("POST", &of_other, &key, &json!({})).await.status, 404);
        let stopped = site.api("POST", &format!("{root}/{id}/stop"), &key, &json!({})).await;
        assert_eq!(stopped.json()["state"], "stopped", "{}", stopped.body);
        for (texts, country, good) in
            [(json!(["A123456(3)"]), 344, true), (json!(["A123456(4)"]), 344, false)]
        {
            let body = json!({ "field": "document", "country": country, "texts": texts });
            let checked = site.api("POST", "/v1/detail-checks", &key, &body).await;
            assert_eq!(checked.json()["good"], good, "{}", checked.body);
        }
        let known = json!({ "field": "phone", "country": 156, "texts": ["+8613800026021"] });
        assert_eq!(site.api("POST", "/v1/detail-checks", &key, &known).await.json()["known"], 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_desk_sees_the_same_steps_masked_and_can_only_stop() {
    for mut site in sites().await {
        let (id, _) = site.waiting().await;
        let (_, agent) = site.app.staff(Role::Agent).await;
        let account = kernel::AccountId::from_raw(1_000_001);
        let address = format!("/desk/accounts/{account}/changes");
        assert_ne!(site.app.get(&agent, &address).await.status, 200, "not without a matter");
        site.app.serve(&agent, Role::Agent, OWNER).await;
        let screen = site.app.get(&agent, &format!("/desk/accounts/{account}")).await;
        assert!(screen.body.contains(&format!("href=\"{address}\"")), "{}", screen.body);
        let page = site.app.get(&agent, &format!("{address}?lang=en")).await;
        assert_eq!(page.status, 200, "{}", page.body);
        assert!(page.body.contains("**** 0001") && !page.body.contains(NEW_PHONE), "{}", page.body);
        assert_eq!(site.acts("changes.change.read").await, 1);
        let stopped = site.app.post(&agent, &format!("{address}/{id}/stop"), "").await;
        assert_eq!((stopped.status.as_u16(), site.newest().await.1), (303, State::Stopped));
        assert!(!site.is_signed_in(&site.browser).await);
    }
}
