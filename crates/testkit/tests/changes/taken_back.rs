//! What becomes of changes when a phone is gone, one is undone or disputed, a backup is restored, or a signature is revoked;
//! and how much a preview tells.

use crate::stage::{BY, NEW_PHONE, OLD_PHONE, OWNER, code_in, enrolled, sites};
use features::accounts::revise_in_tx;
use features::changes::{State, Value};
use features::identity::ProofKind;
use features::passkeys::{self, SoftKey};
use kernel::{Actor, ApprovalId, ChangeId, Channel, DAY_US, HOUR_US, Masked, Secret};
use platform::access::Role;
use platform::approval::{Applied, Details, Signed, UsingUp, act_called};
use platform::audit::Entry;
use platform::clock::SystemRandom;
use platform::db::{DbError, Housekeeping};
use platform::{feature, jobs, on};
use testkit::TestApp;

/// What came of a change whose owner, or whoever had their phone, lost it after signing.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_stolen_phone_signed_goes_with_it() {
    for way in ["desk", "phone", "code", "ended"] {
        for mut site in sites().await {
            let (id, _) = site.waiting().await;
            match way {
                "desk" => ended_at_the_desk(&site.app).await,
                "phone" => lost(&site.app).await,
                "code" => drop(enrolled(&site.app, OWNER, &mut SoftKey::create(&SystemRandom)).await),
                _ => {
                    let sql = "UPDATE passkeys SET ended_at = 1, end_reason = 'owner'";
                    let mut write = site.app.app.db.write().await.unwrap();
                    on!(write.conn(), c => sqlx::query(sql).execute(&mut *c).await.map(drop)).unwrap();
                    write.housekeeping(Housekeeping::Aggregates).await.unwrap();
                }
            }
            let state = site.newest().await.1;
            assert_eq!(state == State::Stopped, way != "ended", "{way}: {state:?} at once");
            site.app.clock.advance_us(2 * DAY_US);
            site.tick().await;
            assert_eq!((site.phone().await.as_str(), site.newest().await), (OLD_PHONE, (id, State::Stopped)));
            assert_eq!(site.acts("changes.change.stopped").await, 1, "{way}");
            assert_eq!(site.told("changes.change.stopped").await, [OLD_PHONE, NEW_PHONE], "{way}");
        }
    }
}

async fn ended_at_the_desk(app: &TestApp) {
    let (_, agent) = app.staff(Role::Agent).await;
    app.serve(&agent, Role::Agent, OWNER).await;
    let account = kernel::AccountId::from_raw(1_000_001);
    let ended = app.post(&agent, &format!("/desk/accounts/{account}/passkeys/end"), "").await;
    assert_eq!(ended.status, 303);
}

async fn lost(app: &TestApp) {
    let secret = |text: &str| Secret::new(text.to_owned());
    let identity = app.identity();
    identity.set_query_password(OWNER, &secret("472916"), BY, None).await.unwrap();
    identity.lose_phone(&secret(OLD_PHONE), ProofKind::QueryPassword, secret("472916")).await.unwrap();
    let handlers = feature::job_handlers(&app.app);
    jobs::run_due(&app.app.db, &handlers).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_undone_or_disputed_change_takes_along_whatever_waits() {
    for undone in [true, false] {
        for mut site in sites().await {
            let (id, sent) = site.waiting().await;
            let code = code_in(&sent.iter().find(|one| one.channel == "sms").unwrap().text);
            // Signed before the other one was made.
            let address = site.asked("email", "email=thief%40post.example").await;
            assert_eq!(site.sign(&address).await, "/details?told=signed");
            let (email, _) = site.newest().await;
            site.app.clock.advance_us(DAY_US);
            site.tick().await;
            let identity = site.app.identity();
            identity.ask_activation(OWNER, (Actor::System, Channel::Desk)).await.unwrap();
            site.browser = site.signed_in().await;
            site.app.sent().await;
            if undone {
                assert_eq!(site.undo(&site.browser, id).await.status, 303);
            } else {
                assert!(site.not_me(&code).await.contains("has been made already"));
            }
            let stopped = site.changes().change_of(OWNER, email).await.unwrap();
            assert_eq!(stopped.state, State::Stopped, "undone: {undone}");
            assert!(identity.waiting_activation(OWNER).await.unwrap().is_none(), "no new beginning");
            assert_eq!(site.acts("identity.activation.stopped").await, 1);
            assert_eq!(site.acts("changes.change.stopped").await, 1);
            assert_eq!(site.told("changes.change.stopped").await.len(), 1, "of the one that was stopped");
            site.app.clock.advance_us(5 * DAY_US);
            site.tick().await;
            assert_eq!(site.person().await.email.reveal(), "zhou.1@post.example");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_device_from_before_the_change_undoes_it() {
    for mut site in sites().await {
        let (id, _) = site.waiting().await;
        site.app.clock.advance_us(DAY_US);
        site.tick().await;
        site.browser = site.signed_in().await;
        let newer = site.further().await;
        site.app.clock.advance_us(DAY_US);
        let older = std::mem::replace(&mut site.key, newer);
        site.browser = site.signed_in().await;
        let undone = site.undo(&site.browser, id).await;
        assert_eq!((undone.status.as_u16(), undone.code().as_str()), (401, "change_no_older_device"));
        let page = site.app.get(&site.browser, "/details?lang=en").await.body;
        assert!(page.contains("a passkey that you had before this change") && !page.contains("/undo"));
        assert_eq!(site.phone().await, NEW_PHONE);
        site.key = older;
        site.browser = site.signed_in().await;
        assert!(site.app.get(&site.browser, "/details").await.body.contains("/undo"));
        assert_eq!(site.undo(&site.browser, id).await.status, 303);
        assert_eq!(site.phone().await, OLD_PHONE);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_lives_as_long_as_its_change_can_be_undone_however_late_that_was_made() {
    for mut site in sites().await {
        let (_, sent) = site.waiting().await;
        let code = code_in(&sent.iter().find(|one| one.channel == "sms").unwrap().text);
        // No server ran meanwhile.
        site.app.clock.advance_us(10 * DAY_US);
        site.run("changes.forget_unsigned").await;
        site.tick().await;
        assert!(site.not_me(&code).await.contains("has been made already"));
        site.app.clock.advance_us(3 * DAY_US);
        site.tick().await;
        assert!(site.not_me(&code).await.contains("no code of ours"));
        site.run("changes.forget_unsigned").await;
        assert!(site.ids("SELECT change FROM change_stops").await.is_empty());
        assert_eq!(site.ids("SELECT id FROM changes").await.len(), 1);
        site.app.clock.advance_us(10 * 365 * DAY_US);
        site.run("changes.forget_unsigned").await;
        assert!(site.ids("SELECT id FROM changes").await.is_empty(), "ten years after it was due");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_disputed_or_undone_after_a_backup_is_so_again_or_can_be() {
    for mut site in sites().await {
        let (id, _) = site.waiting().await;
        site.app.clock.advance_us(DAY_US);
        site.tick().await;
        assert!(site.replayed("changes.change.disowned", id).await);
        assert!(!site.replayed("changes.change.disowned", id).await);
        assert!(site.changes().change_of(OWNER, id).await.unwrap().disowned_at.is_some());
        site.app.clock.advance_us(30 * DAY_US);
        site.tick().await;
        assert_eq!(site.newest().await.1, State::Final);
        assert!(site.replayed("changes.change.undone", id).await);
        site.browser = site.signed_in().await;
        assert_eq!(site.undo(&site.browser, id).await.status, 303);
        assert_eq!((site.phone().await.as_str(), site.newest().await.1), (OLD_PHONE, State::Undone));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_signature_is_not_taken_and_the_wait_begins_with_one_that_is() {
    for site in sites().await {
        site.asked("phone", "phone=%2B8613900000001").await;
        let id = ChangeId::from_raw(site.ids("SELECT id FROM changes").await[0]);
        let owner = Actor::Cardholder(OWNER);
        let device = passkeys::passkeys_of(&site.app.app, owner).await.unwrap()[0].id;
        let details = Details::new().text("change", id).text("field", "phone").text("to", NEW_PHONE);
        let details = details.text("from", "+86138 **** 6021");
        let act = act_called(&site.app.app, "changes.detail.change").unwrap();
        let apply = async |using_up: UsingUp| {
            let (approval, details) = (ApprovalId::from_raw(1), details.clone());
            let signed = Signed { approval, owner: OWNER, device, session: None, details, using_up };
            (act.apply)(site.app.app.clone(), signed).await.unwrap()
        };
        site.app.clock.advance_us(HOUR_US);
        let gone: UsingUp = |_, _| Box::pin(async { Ok::<bool, DbError>(false) });
        let revoked = apply(gone).await;
        assert!(matches!(revoked, Applied::Changed), "{revoked:?}");
        assert_eq!(site.changes().change_of(OWNER, id).await.unwrap().state, State::Requested);
        let there: UsingUp = |_, _| Box::pin(async { Ok::<bool, DbError>(true) });
        let taken = apply(there).await;
        assert!(matches!(taken, Applied::Done), "{taken:?}");
        site.app.clock.advance_us(DAY_US - 1);
        site.tick().await;
        assert_eq!(site.newest().await, (id, State::Waiting), "an hour passed before the signature");
        site.app.clock.advance_us(1);
        site.tick().await;
        assert_eq!(site.newest().await, (id, State::Made));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_a_number_is_asked_only_so_often_and_leaves_a_trace() {
    for site in sites().await {
        let look = async |field: &str, fields: &str| {
            site.app.post(&site.browser, &format!("/details/{field}/preview?lang=en"), fields).await
        };
        for n in 0..20 {
            let looked = look("phone", &format!("phone=%2B86139000000{n:02}")).await;
            assert_eq!(looked.status, 200, "{}", looked.body);
        }
        let refused = look("email", "email=new%40post.example").await;
        assert!(refused.status == 409 && refused.body.contains("Try again tomorrow"), "{}", refused.body);
        let asked = site.app.post(&site.browser, "/details/phone", "phone=%2B8613900000001").await;
        assert_eq!((asked.status.as_u16(), asked.code().as_str()), (409, "change_too_many"));
        assert_eq!(site.acts("changes.change.previewed").await, 20);
        // An address tells nothing of others. What can't be asked for leaves no row.
        let fields = "street=9+Camphor+Lane&city=Shanghai";
        assert_eq!(look("address", fields).await.status, 200);
        for _ in 0..10 {
            site.asked("address", fields).await;
        }
        let full = site.app.post(&site.browser, "/details/address", fields).await;
        assert_eq!(full.code(), "approvals_too_many");
        assert_eq!(site.ids("SELECT id FROM changes").await.len(), 10);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_owner_hears_of_a_change_that_was_overtaken() {
    for mut site in sites().await {
        let (id, _) = site.waiting().await;
        let phone = |text: &str| Value::Phone(Masked::new(text));
        let accounts = site.app.accounts();
        let revised = accounts.prepare_revision(OWNER, &phone(OLD_PHONE), &phone("+8613900000009")).await;
        let mut write = site.app.app.db.write().await.unwrap();
        assert!(revise_in_tx(&mut write, &revised.unwrap().unwrap()).await.unwrap());
        write.commit(Entry::new(BY.0, BY.1, "changes.change.made")).await.unwrap();
        site.app.clock.advance_us(DAY_US);
        site.tick().await;
        assert_eq!(site.newest().await, (id, State::Overtaken));
        let told = site.told("changes.change.overtaken").await;
        assert!(told.iter().any(|to| to == "+8613900000009"), "{told:?}");
    }
}
