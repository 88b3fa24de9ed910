//! Proofs over both databases: counted before they are answered, whatever the channel; sessions that rise with a new token.

#![cfg(test)]

use features::cards::open_many;
use features::identity::{
    ActionHash, Attempt, CodeLetter, Coming, IdentityError, LetterBox, Proof, ProofKind, Risk, Sent, Subject,
    Verdict, Weakness, end_again_in_tx,
};
use futures_util::future::join_all;
use kernel::{Actor, CardId, Channel, CustomerId, DAY_US, HOUR_US, MINUTE_US, Random, SECOND_US, Secret};
use platform::access::{Assurance, Role, Token, find_session, sessions_of};
use platform::app::Services;
use platform::audit::{Search, search};
use platform::db::Housekeeping;
use platform::{feature, i18n, jobs, on};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use testkit::{Answer, Browser, SeededRandom, TestApp, databases, sample_customer, test_pan};
use vault::{
    CardKeys, CvkUse, ExpiryOrder, HashUse, KeyCheck, KeyModule, KeyRing, KeySet, PublicKey, Signature,
    SigningUse, SoftwareModule, VaultError,
};

const BY: (Actor, Channel) = (Actor::System, Channel::Console);
const OWNER: CustomerId = CustomerId::from_raw(1);
const PASSWORD: &str = "472916";

async fn apps() -> Vec<TestApp> {
    let mut all = Vec::new();
    for test in databases().await {
        let app = TestApp::start(test, "number = 1\nname = \"none\"\n");
        let _ = i18n::install(feature::catalogue(&app.app.features).unwrap());
        open_many(&app.accounts(), &[sample_customer(1), sample_customer(2)], BY.0, BY.1).await.unwrap();
        let password = Secret::new(PASSWORD.to_owned());
        app.identity().set_query_password(OWNER, &password, BY, None).await.unwrap();
        all.push(app);
    }
    all
}

/// Runs the jobs that are due, with those that come again and again.
async fn run_jobs(app: &TestApp) {
    let handlers = feature::job_handlers(&app.app);
    jobs::schedule_recurring(&app.app.db, &handlers).await.unwrap();
    while jobs::run_due(&app.app.db, &handlers).await.unwrap() > 0 {}
}

async fn count(app: &TestApp, sql: &'static str) -> i64 {
    on!(app.app.db.pool(), p => sqlx::query_scalar(sql).fetch_one(p).await).unwrap()
}

fn guess(value: &str, channel: Channel) -> Attempt {
    Attempt::new(ProofKind::QueryPassword, Secret::new(value.to_owned()), channel, Actor::Nobody)
}

/// A try of a proof that its caller compares, from a bound device or not; whether it holds.
async fn elsewhere(app: &TestApp, kind: ProofKind, right: bool, bound: bool) -> bool {
    let (identity, mut write) = (app.identity(), app.app.db.write().await.unwrap());
    let held = identity.begin_try_in_tx(&mut write, OWNER, kind, Channel::App).await.unwrap();
    let held = if bound { held.from_bound_device() } else { held };
    let holds = identity.end_try_in_tx(&mut write, held, right).await.unwrap();
    write.housekeeping(Housekeeping::Jobs).await.unwrap();
    holds
}

async fn tried(app: &TestApp, value: &str, channel: Channel) -> bool {
    app.identity().check(OWNER, guess(value, channel)).await.unwrap() != Verdict::NoMatch
}

async fn acts(app: &TestApp, act: &str) -> usize {
    let search_for = Search { acts: vec![act.to_owned()], rows_max: 100, ..Search::default() };
    search(&app.app.db, &search_for).await.unwrap().len()
}

#[tokio::test(flavor = "multi_thread")]
async fn five_misses_over_all_channels_refuse_the_right_password_for_a_day() {
    for app in apps().await {
        assert!(tried(&app, PASSWORD, Channel::Phone).await);
        for channel in [Channel::App, Channel::Phone, Channel::App, Channel::Phone, Channel::App] {
            assert!(!tried(&app, "830467", channel).await);
        }
        assert!(!tried(&app, PASSWORD, Channel::Phone).await, "right, and refused");
        assert_eq!(acts(&app, "identity.proof.blocked").await, 1);
        assert_eq!(app.identity().risk_of(OWNER.into()).await.unwrap(), Risk::Raised);
        app.clock.advance_us(DAY_US - 1);
        assert!(!tried(&app, PASSWORD, Channel::Phone).await);
        app.clock.advance_us(1);
        assert!(tried(&app, PASSWORD, Channel::Phone).await);
    }
}

/// Twenty at the same moment, each with another value: five are compared.
#[tokio::test(flavor = "multi_thread")]
async fn tries_at_the_same_moment_give_no_sixth_guess() {
    for app in apps().await {
        let guesses = (0..20).map(|n| {
            let identity = app.identity();
            async move { identity.check(OWNER, guess(&format!("8304{n:02}"), Channel::Phone)).await }
        });
        assert!(join_all(guesses).await.into_iter().all(|verdict| verdict.unwrap() == Verdict::NoMatch));
        assert_eq!(acts(&app, "identity.proof.missed").await, 5);
        assert_eq!(acts(&app, "identity.proof.refused").await, 15);
    }
}

/// Confirmations are checked elsewhere and counted here: while they are refused, none holds and none counts, also from a
/// bound device, whose passkey is refused never; and the owner is told once.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_checked_elsewhere_is_refused_as_everything_else() {
    for app in apps().await {
        app.sent().await;
        let kind = ProofKind::PushMatch;
        let misses = (0..12).map(|_| elsewhere(&app, kind, false, false));
        assert!(join_all(misses).await.into_iter().all(|holds| !holds));
        assert!(!elsewhere(&app, kind, true, false).await, "right, and refused");
        let told = [acts(&app, "identity.proof.missed").await, acts(&app, "identity.proof.refused").await];
        assert_eq!(told, [5, 8]);
        assert_eq!(acts(&app, "identity.proof.blocked").await, 1);
        run_jobs(&app).await;
        let notices = app.sent().await;
        assert_eq!(
            notices.iter().filter(|one| one.kind == "identity.proof.blocked").count(),
            3,
            "once each way"
        );
        assert!(!elsewhere(&app, kind, true, true).await, "a number can be guessed on a bound device too");
        let (owner, at) = (Actor::Cardholder(OWNER), app.app.now());
        let key = Proof { kind: ProofKind::DevicePasskey, at, channel: Channel::App, device: None };
        let mut write = app.app.db.write().await.unwrap();
        app.identity().hit_in_tx(&mut write, owner, &key).await.unwrap();
        write.housekeeping(Housekeeping::Jobs).await.unwrap();
        app.clock.advance_us(DAY_US);
        assert!(elsewhere(&app, kind, true, true).await, "a day later");
        for _ in 0..5 {
            elsewhere(&app, kind, false, false).await;
        }
        app.clock.advance_us(DAY_US);
        assert!(elsewhere(&app, kind, true, false).await, "the bound device had set the month back");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_success_sets_the_count_back_only_at_assurance_two() {
    for app in apps().await {
        for at in [Assurance::NONE, Assurance::ONE] {
            for _ in 0..2 {
                assert!(!tried(&app, "830467", Channel::Phone).await);
            }
            let right = guess(PASSWORD, Channel::App).at(at);
            assert_ne!(app.identity().check(OWNER, right).await.unwrap(), Verdict::NoMatch);
        }
        assert!(!tried(&app, "830467", Channel::Phone).await);
        assert!(!tried(&app, PASSWORD, Channel::Phone).await, "the fifth miss counted");
        app.clock.advance_us(DAY_US);
        for _ in 0..4 {
            assert!(!tried(&app, "830467", Channel::Phone).await);
        }
        let right = guess(PASSWORD, Channel::App).at(Assurance::TWO);
        assert_ne!(app.identity().check(OWNER, right).await.unwrap(), Verdict::NoMatch);
        for _ in 0..4 {
            assert!(!tried(&app, "830467", Channel::Phone).await);
        }
        assert!(tried(&app, PASSWORD, Channel::Phone).await, "the month began anew too");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_set_back_ends_no_refusal() {
    for app in apps().await {
        for _ in 0..5 {
            tried(&app, "830467", Channel::Phone).await;
        }
        app.clock.advance_us(-HOUR_US);
        assert!(!tried(&app, PASSWORD, Channel::Phone).await);
        app.clock.advance_us(DAY_US);
        assert!(!tried(&app, PASSWORD, Channel::Phone).await, "an hour is missing to the day");
        app.clock.advance_us(HOUR_US);
        assert!(tried(&app, PASSWORD, Channel::Phone).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_set_back_revives_no_session_and_no_letter() {
    for app in apps().await {
        let idle = app.browser(Actor::Cardholder(OWNER), Role::Cardholder, Assurance::ONE).await;
        app.clock.advance_us(5 * MINUTE_US);
        run_jobs(&app).await;
        assert_eq!(app.get(&idle, "/cards").await.status, 303, "five minutes idle");
        app.clock.advance_us(-4 * MINUTE_US);
        assert_eq!(app.get(&idle, "/cards").await.status, 303, "revived");

        let by = (Actor::System, Channel::Desk);
        app.identity().ask_activation(OWNER, by).await.unwrap();
        run_jobs(&app).await;
        let sent = app.sent().await;
        let letter = sent.iter().find(|one| one.channel == "letter").unwrap();
        let code = Secret::new(letter.code.clone().unwrap());
        app.clock.advance_us(15 * DAY_US);
        run_jobs(&app).await;
        app.clock.advance_us(-7 * DAY_US);
        assert!(app.identity().activation_of(&code).await.unwrap().is_none(), "revived");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_answered_and_counted_as_somebody() {
    for app in apps().await {
        for _ in 0..7 {
            let verdict = app.identity().check(Subject::Nobody(77), guess(PASSWORD, Channel::Phone)).await;
            assert_eq!(verdict.unwrap(), Verdict::NoMatch);
        }
        assert_eq!(acts(&app, "identity.proof.missed").await, 5);
        assert_eq!(acts(&app, "identity.proof.refused").await, 2);
        // A customer without a password, and the number of one who has none.
        let none = app.identity().check(CustomerId::from_raw(2), guess(PASSWORD, Channel::Phone)).await;
        assert_eq!(none.unwrap(), Verdict::NoMatch);
        let nobody =
            app.identity().check(Subject::Nobody(OWNER.raw()), guess(PASSWORD, Channel::Phone)).await;
        assert_eq!(nobody.unwrap(), Verdict::NoMatch, "the number of a customer is not the customer");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_at_the_desk_or_a_kind_of_elsewhere_is_not_taken() {
    for app in apps().await {
        let at_the_desk = app.identity().check(OWNER, guess(PASSWORD, Channel::Desk)).await;
        assert!(matches!(at_the_desk, Err(IdentityError::NotHere(ProofKind::QueryPassword))));
        let passkey =
            Attempt::new(ProofKind::Passkey, Secret::new(String::new()), Channel::App, Actor::Nobody);
        assert!(matches!(app.identity().check(OWNER, passkey).await, Err(IdentityError::NotHere(_))));
        // Told from elsewhere: written down, and blocks nobody.
        let (owner, at) = (Actor::Cardholder(OWNER), app.app.now());
        let key = Proof { kind: ProofKind::Passkey, at, channel: Channel::App, device: None };
        let mut write = app.app.db.write().await.unwrap();
        for _ in 0..30 {
            app.identity().miss_in_tx(&mut write, owner, &key).await.unwrap();
        }
        write.housekeeping(Housekeeping::Jobs).await.unwrap();
        assert_eq!(app.identity().risk_of(OWNER.into()).await.unwrap(), Risk::Usual);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn weak_passwords_are_refused_and_a_new_one_ends_other_sessions() {
    for app in apps().await {
        let set = async |text: &str, keep| {
            app.identity().set_query_password(OWNER, &Secret::new(text.to_owned()), BY, keep).await
        };
        for (weak, why) in
            [("123456", Weakness::Steps), ("016021", Weakness::Known), ("470000", Weakness::Known)]
        {
            // The last four digits of the sample card are those of its serial number.
            let card = app.cards().cards_of(OWNER).await.unwrap();
            let weak = weak.replace("0000", card[0].card.masked.last4());
            match set(&weak, None).await {
                Err(IdentityError::Weak(told)) => assert_eq!(told, why, "{weak}"),
                other => panic!("{weak}: {other:?}"),
            }
        }
        let kept = app.browser(Actor::Cardholder(OWNER), Role::Cardholder, Assurance::TWO).await;
        app.browser(Actor::Cardholder(OWNER), Role::Cardholder, Assurance::TWO).await;
        let sessions = sessions_of(&app.app.db, Actor::Cardholder(OWNER)).await.unwrap();
        assert_eq!(sessions.len(), 2);
        let opened = set("259740", Some(sessions[1].id)).await.unwrap().unwrap();
        let left = sessions_of(&app.app.db, Actor::Cardholder(OWNER)).await.unwrap();
        assert_eq!(left.iter().map(|one| one.id).collect::<Vec<_>>(), [sessions[1].id]);
        assert_eq!(app.get(&kept, "/cards").await.status, 303, "whoever has seen the old token has nothing");
        assert_eq!(find_session(&app.app.db, &opened.token).await.unwrap().unwrap().id, sessions[1].id);
        assert!(!tried(&app, PASSWORD, Channel::Phone).await && tried(&app, "259740", Channel::Phone).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_opens_with_its_proofs_and_falls_to_what_lasts() {
    for app in apps().await {
        let proof = |kind| Proof { kind, at: app.app.now(), channel: Channel::App, device: None };
        let open = async |kind| {
            let coming = Coming {
                actor: Actor::Cardholder(OWNER),
                role: Role::Cardholder,
                proofs: &[proof(kind)],
                agent: Some("Chrome · Android".to_owned()),
                risk: Risk::Usual,
            };
            let mut write = app.app.db.write().await.unwrap();
            let opened = app.identity().open_in_tx(&mut write, &*app.app.random, &coming).await.unwrap();
            let (opened, entry) = opened?;
            write.commit(entry).await.unwrap();
            Some(opened)
        };
        assert!(open(ProofKind::Fact).await.is_none(), "nothing that counts");
        let opened = open(ProofKind::DevicePasskey).await.unwrap();
        let level = async || find_session(&app.app.db, &opened.token).await.unwrap().map(|one| one.assurance);
        assert_eq!(level().await, Some(Assurance::THREE));
        app.clock.advance_us(4 * MINUTE_US);
        platform::access::touch_session(&app.app.db, &opened.session).await.unwrap();
        app.clock.advance_us(MINUTE_US);
        assert_eq!(level().await, Some(Assurance::TWO));
        let listed = sessions_of(&app.app.db, Actor::Cardholder(OWNER)).await.unwrap();
        assert_eq!(listed[0].agent.as_deref(), Some("Chrome · Android"));
        assert_eq!(app.identity().proofs_of(opened.session.id).await.unwrap().len(), 1);
    }
}

const CARD: CardId = CardId::from_raw(2_000_001);

fn step_up() -> ActionHash {
    ActionHash::of("identity.session.raise", &[("session", "1")])
}

fn coded(code: &str, action: ActionHash) -> Attempt {
    Attempt::new(ProofKind::TextCode, Secret::new(code.to_owned()), Channel::App, Actor::Nobody).of(action)
}

/// Has a code sent, and reads it from the text message.
async fn code(app: &TestApp, action: ActionHash) -> String {
    let by = (Actor::Cardholder(OWNER), Channel::App);
    assert_eq!(app.identity().send_identity_code(OWNER, action, by).await.unwrap(), Sent::Now);
    let sent = app.sent().await;
    let sms: Vec<_> = sent.iter().filter(|one| one.kind == "identity.code.sent").collect();
    assert_eq!(sms.iter().map(|one| one.channel).collect::<Vec<_>>(), ["sms"], "never by mail");
    sms[0].code.clone().unwrap()
}

async fn holds(app: &TestApp, attempt: Attempt) -> bool {
    app.identity().check(OWNER, attempt).await.unwrap() != Verdict::NoMatch
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_good_once_for_its_person_and_its_act() {
    for app in apps().await {
        let good = code(&app, step_up()).await;
        assert!(good.len() == 8 && good.bytes().all(|digit| digit.is_ascii_digit()));
        let phone = ActionHash::of("changes.phone.change", &[("to", "+8613000000009")]);
        assert!(!holds(&app, coded(&good, phone)).await, "for another act");
        let other = app.identity().check(CustomerId::from_raw(2), coded(&good, step_up())).await.unwrap();
        assert_eq!(other, Verdict::NoMatch, "for another person");
        let at_once = (0..8).map(|_| holds(&app, coded(&good, step_up())));
        let right = join_all(at_once).await.into_iter().filter(|held| *held).count();
        assert_eq!(right, 1, "used at the same moment, it is used once");
        assert!(!holds(&app, coded(&good, step_up())).await, "a second time");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_ends_with_its_time_and_no_clock_brings_it_back() {
    for app in apps().await {
        let good = code(&app, step_up()).await;
        app.clock.advance_us(5 * MINUTE_US);
        assert!(!holds(&app, coded(&good, step_up())).await);
        app.clock.advance_us(-4 * MINUTE_US);
        assert!(!holds(&app, coded(&good, step_up())).await, "revived");
        let second = code(&app, step_up()).await;
        let third = code(&app, step_up()).await;
        assert!(!holds(&app, coded(&second, step_up())).await, "a newer one took its place");
        assert!(holds(&app, coded(&third, step_up())).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_so_many_codes_are_sent_and_none_while_they_are_refused() {
    for app in apps().await {
        let by = (Actor::Cardholder(OWNER), Channel::App);
        let send = async || app.identity().send_identity_code(OWNER, step_up(), by).await.unwrap();
        let mut sent = 0;
        for _ in 0..48 {
            for _ in 0..6 {
                sent += usize::from(send().await == Sent::Now);
            }
            app.clock.advance_us(HOUR_US / 2);
        }
        assert_eq!(sent, 10, "in a day");
        app.clock.advance_us(DAY_US);
        for _ in 0..5 {
            assert_eq!(send().await, Sent::Now);
            assert!(!holds(&app, coded("00000000", step_up())).await);
            app.clock.advance_us(HOUR_US / 3);
        }
        assert_eq!(send().await, Sent::NotNow, "refused after five misses, whatever was sent meanwhile");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_value_moves_the_one_count_of_the_card() {
    for app in apps().await {
        let cvk = CvkUse { generation: app.app.keys.newest_cvk().unwrap(), order: ExpiryOrder::default() };
        let expiry = vault::Expiry::try_new(30, 12).unwrap();
        let right = app.app.keys.cvv2(cvk, &test_pan(1), expiry).unwrap();
        let right = right.expose().as_str();
        let given = |kind, value: &str, channel| {
            Attempt::new(kind, Secret::new(value.to_owned()), channel, Actor::Nobody).with_card(CARD)
        };
        let value = |value: &str, channel| given(ProofKind::CardValue, value, channel);
        assert!(holds(&app, value(right, Channel::Phone)).await);
        let wrong = if right == "111" { "222" } else { "111" };
        let month = |text: &str| given(ProofKind::CardExpiry, text, Channel::Phone);
        assert!(holds(&app, month("12/30")).await && holds(&app, month("1230")).await);
        for attempt in [
            value(wrong, Channel::Phone),
            month("1130"),
            value(wrong, Channel::App),
            month("nonsense"),
            value(wrong, Channel::App),
        ] {
            assert!(!holds(&app, attempt).await);
        }
        assert!(!holds(&app, value(right, Channel::App)).await, "five in any mix");
        let held = app.cards().card_of(OWNER, CARD).await.unwrap().unwrap();
        let state = features::authorizations::account_state(&app.app.db, held.card.account).await.unwrap();
        let counted = state.unwrap().card(CARD.raw()).unwrap().misses.recent_at(app.app.now());
        assert_eq!(counted, 5, "the count that payments see");
        // Somebody else's card is none of theirs.
        let strange = value(right, Channel::App).with_card(CardId::from_raw(2_000_002));
        assert!(!holds(&app, strange).await);
    }
}

/// The software module, which tells what it was asked.
#[derive(Debug)]
struct Counting {
    module: SoftwareModule,
    asked: Arc<Mutex<Vec<&'static str>>>,
}

impl Counting {
    fn asks(&self, what: &'static str) -> &SoftwareModule {
        self.asked.lock().unwrap().push(what);
        &self.module
    }
}

impl KeyModule for Counting {
    fn describe(&self) -> String {
        self.module.describe()
    }

    fn master_versions(&self) -> Vec<u32> {
        self.module.master_versions()
    }

    fn check_values(&self) -> Result<Vec<KeyCheck>, VaultError> {
        self.module.check_values()
    }

    fn wrap(
        &self,
        version: u32,
        binding: &[u8],
        plain: &[u8],
        random: &dyn Random,
    ) -> Result<Vec<u8>, VaultError> {
        self.asks("wrap").wrap(version, binding, plain, random)
    }

    fn unwrapped(&self, version: u32, binding: &[u8], wrapped: &[u8]) -> Result<Secret<Vec<u8>>, VaultError> {
        self.asks("unwrap").unwrapped(version, binding, wrapped)
    }

    fn hash(&self, of: HashUse, parts: &[&[u8]]) -> Result<[u8; 32], VaultError> {
        self.asks(of.name()).hash(of, parts)
    }

    fn sign(&self, of: SigningUse, message: &[u8]) -> Result<Signature, VaultError> {
        self.asks("sign").sign(of, message)
    }

    fn public_key(&self, of: SigningUse) -> Result<PublicKey, VaultError> {
        self.module.public_key(of)
    }

    fn refresh(&self) -> Result<(), VaultError> {
        self.asks("refresh").refresh()
    }

    fn add_master(&self, random: &dyn Random) -> Result<u32, VaultError> {
        self.module.add_master(random)
    }

    fn remove_master(&self, version: u32, random: &dyn Random) -> Result<(), VaultError> {
        self.module.remove_master(version, random)
    }
}

/// What the time of an answer would tell: the key module may stand behind a network.
#[tokio::test(flavor = "multi_thread")]
async fn whether_there_is_a_card_does_not_change_the_work() {
    for test in databases().await {
        let asked = Arc::new(Mutex::new(Vec::new()));
        let module = SoftwareModule::in_memory(KeySet::create(&SeededRandom::new(7))).unwrap();
        let module = Counting { module, asked: Arc::clone(&asked) };
        let cards = CardKeys::create(&SeededRandom::new(7)).unwrap();
        let keys = KeyRing::new(Arc::new(module), cards);
        let app = TestApp::start_with_keys(test, "number = 1\nname = \"none\"\n", keys);
        open_many(&app.accounts(), &[sample_customer(1), sample_customer(2)], BY.0, BY.1).await.unwrap();
        let (theirs, none) = (CardId::from_raw(2_000_002), CardId::from_raw(77));
        for (kind, text) in [(ProofKind::CardValue, "000"), (ProofKind::CardExpiry, "1130")] {
            let work = async |subject: Subject, card: Option<CardId>| {
                let attempt = Attempt::new(kind, Secret::new(text.to_owned()), Channel::Phone, Actor::Nobody);
                let attempt = Attempt { card, ..attempt };
                asked.lock().unwrap().clear();
                assert_eq!(app.identity().check(subject, attempt).await.unwrap(), Verdict::NoMatch);
                asked.lock().unwrap().clone()
            };
            // What holds nothing is made once.
            work(Subject::Nobody(76), None).await;
            let own = work(OWNER.into(), Some(CARD)).await;
            assert!(own.contains(&"unwrap"), "{own:?}");
            for (subject, card) in [
                (OWNER.into(), Some(theirs)),
                (OWNER.into(), Some(none)),
                (OWNER.into(), None),
                (Subject::Nobody(77), Some(CARD)),
                (Subject::Nobody(77), None),
            ] {
                assert_eq!(work(subject, card).await, own, "{kind:?} of {subject:?} for {card:?}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_by_letter_waits_is_told_of_works_once_and_can_be_stopped() {
    for app in apps().await {
        let by = (Actor::System, Channel::Desk);
        let ask = async || {
            let from = app.identity().ask_activation(OWNER, by).await.unwrap();
            run_jobs(&app).await;
            let sent = app.sent().await;
            let told: Vec<_> = sent.iter().filter(|one| one.kind == "identity.activation.asked").collect();
            let mut channels: Vec<_> = told.iter().map(|one| one.channel).collect();
            channels.sort_unstable();
            assert_eq!(channels, ["mail", "push", "sms"], "every contact is told");
            assert!(told.iter().all(|one| one.code.is_none()));
            let letter = sent.iter().find(|one| one.channel == "letter").unwrap();
            (from, Secret::new(letter.code.clone().unwrap()))
        };
        app.sent().await;
        let (from, first) = ask().await;
        assert_eq!(from.since_us(app.app.now()), DAY_US);
        let used = async |code: &Secret<String>| {
            let waiting = app.identity().activation_of(code).await.unwrap()?;
            let mut write = app.app.db.write().await.unwrap();
            let used = app.identity().use_activation_in_tx(&mut write, &waiting.mark).await.unwrap();
            write.housekeeping(Housekeeping::Jobs).await.unwrap();
            used
        };
        app.clock.advance_us(DAY_US - 1);
        assert!(used(&first).await.is_none(), "too early");
        app.clock.advance_us(1);
        let typed = Secret::new(first.expose().to_lowercase().replace('-', " "));
        assert_eq!(used(&typed).await, Some(OWNER));
        assert!(used(&first).await.is_none(), "a second time");

        let (_, second) = ask().await;
        let (_, third) = ask().await;
        let fourth = app.identity().ask_activation(OWNER, by).await;
        assert!(matches!(fourth, Err(IdentityError::TooManyLetters)), "nobody puts recovery off for ever");
        assert!(app.identity().waiting_activation(OWNER).await.unwrap().is_some(), "and the last one stays");
        app.clock.advance_us(DAY_US);
        assert!(used(&second).await.is_none(), "a newer letter stops the one before");
        assert!(used(&Secret::new("0000-0000-0000-0000".to_owned())).await.is_none());
        app.clock.advance_us(14 * DAY_US);
        assert!(used(&third).await.is_none(), "over");
        app.clock.advance_us(16 * DAY_US);

        // With something else against the person it waits longer.
        for _ in 0..5 {
            tried(&app, "830467", Channel::Phone).await;
        }
        assert_eq!(
            app.identity().ask_activation(OWNER, by).await.unwrap().since_us(app.app.now()),
            3 * DAY_US
        );
    }
}

/// Setting wrong tries back is for a customer who has proved assurance 2 in a call with whoever does it.
#[tokio::test(flavor = "multi_thread")]
async fn wrong_tries_are_set_back_for_a_customer_on_the_line_who_has_proved_enough() {
    for app in apps().await {
        let identity = app.identity();
        for _ in 0..5 {
            elsewhere(&app, ProofKind::TextCode, false, false).await;
        }
        run_jobs(&app).await;
        app.sent().await;
        let refused = async || identity.refused_kinds(OWNER).await.unwrap();
        assert_eq!(refused().await, [ProofKind::TextCode]);
        let (_, manager) = app.staff(Role::Manager).await;
        assert_eq!(app.serve(&manager, Role::Manager, OWNER).await.status, 303);
        let account = kernel::AccountId::from_raw(1_000_001);
        let path = format!("/desk/accounts/{account}/proofs/reset");
        let reset = async |kind: &str| app.post(&manager, &path, &format!("kind={kind}")).await;
        for kind in ["card_value", "card_expiry", "pin", "passkey"] {
            assert_eq!(reset(kind).await.code(), "proof_not_taken_here", "{kind}");
        }
        let nobody = reset("text_code").await;
        assert_eq!(
            (nobody.status.as_u16(), nobody.code().as_str()),
            (403, "call_assurance_too_low"),
            "no call"
        );
        assert!(nobody.body.contains("push_match"), "{}", nobody.body);
        let begun = app.post(&manager, "/desk/calls", &format!("customer={OWNER}")).await;
        let call = begun.header("location").rsplit('/').next().unwrap().to_owned();
        let id: kernel::CallId = call.parse().unwrap();
        let now = app.app.now().us();
        for (kind, status) in [("query_password", 403), ("push_match", 303)] {
            let mut write = app.app.db.write().await.unwrap();
            on!(write.conn(), c => {
                sqlx::query("INSERT INTO call_proofs (call, kind, at, channel) VALUES ($1, $2, $3, 'phone')")
                    .bind(id.raw()).bind(kind).bind(now).execute(&mut *c).await.map(drop)
            })
            .unwrap();
            write.housekeeping(Housekeeping::Jobs).await.unwrap();
            assert_eq!(reset("text_code").await.status.as_u16(), status, "with {kind}");
        }
        assert!(refused().await.is_empty());
        let told = app.sent().await;
        assert_eq!(told.iter().filter(|one| one.kind == "identity.proof.reset").count(), 3, "{told:?}");
        let search_for = |act: &str| Search { acts: vec![act.to_owned()], rows_max: 9, ..Search::default() };
        let done = search(&app.app.db, &search_for("identity.proof.reset")).await.unwrap();
        assert_eq!((done.len(), done[0].origin.as_deref()), (1, Some(call.as_str())), "bound to the call");
        assert_eq!(acts(&app, "calls.act.refused").await, 2);
        // Another refusal is held against them still.
        for kind in [ProofKind::TextCode, ProofKind::AuthenticatorCode] {
            for _ in 0..5 {
                elsewhere(&app, kind, false, false).await;
            }
        }
        assert_eq!(reset("text_code").await.code(), "call_assurance_too_low");
    }
}

/// Letters are taken over by something that can be away, and the program can end before it has them.
#[derive(Default)]
struct PrintWorks {
    away: AtomicBool,
    taken: Mutex<Vec<String>>,
}

impl PrintWorks {
    fn letters(&self) -> usize {
        self.taken.lock().unwrap().len()
    }
}

impl LetterBox for PrintWorks {
    fn take(&self, letter: &CodeLetter) -> std::io::Result<()> {
        if self.away.load(Ordering::SeqCst) {
            return Err(std::io::Error::other("away"));
        }
        self.taken.lock().unwrap().push(letter.code.expose().clone());
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_is_kept_sealed_until_it_is_taken_over_and_then_forgotten() {
    for test in databases().await {
        let works = Arc::new(PrintWorks::default());
        let services = Services::default().with(works.clone() as Arc<dyn LetterBox>);
        let app = TestApp::start_with(test, "number = 1\nname = \"none\"\n", services);
        let _ = i18n::install(feature::catalogue(&app.app.features).unwrap());
        open_many(&app.accounts(), &[sample_customer(1)], BY.0, BY.1).await.unwrap();
        works.away.store(true, Ordering::SeqCst);
        app.identity().ask_activation(OWNER, (Actor::System, Channel::Desk)).await.unwrap();
        let waiting = "SELECT COUNT(*) FROM activation_codes WHERE letter IS NOT NULL";
        run_jobs(&app).await;
        assert_eq!((works.letters(), count(&app, waiting).await), (0, 1));
        works.away.store(false, Ordering::SeqCst);
        app.clock.advance_us(MINUTE_US);
        run_jobs(&app).await;
        app.clock.advance_us(MINUTE_US);
        run_jobs(&app).await;
        assert_eq!((works.letters(), count(&app, waiting).await), (1, 0), "once, and gone");
        let code = Secret::new(works.taken.lock().unwrap()[0].clone());
        app.clock.advance_us(DAY_US);
        assert!(app.identity().activation_of(&code).await.unwrap().is_some(), "and it is the code");

        works.away.store(true, Ordering::SeqCst);
        app.identity().ask_activation(OWNER, (Actor::System, Channel::Desk)).await.unwrap();
        app.clock.advance_us(16 * DAY_US);
        run_jobs(&app).await;
        works.away.store(false, Ordering::SeqCst);
        app.clock.advance_us(MINUTE_US);
        run_jobs(&app).await;
        assert_eq!((works.letters(), count(&app, waiting).await), (1, 0), "none for what is over");
    }
}

/// What strangers say at `/lost-phone` is bounded and does not stay.
#[tokio::test(flavor = "multi_thread")]
async fn strangers_fill_nothing_and_what_says_nothing_any_more_is_forgotten() {
    for app in apps().await {
        let lose = async |name: String, kind, value: &str| {
            let (name, value) = (Secret::new(name), Secret::new(value.to_owned()));
            app.identity().lose_phone(&name, kind, value).await
        };
        app.identity().send_identity_code(OWNER, step_up(), BY).await.unwrap();
        for n in 0..40 {
            lose(format!("+8610000{n:06}"), ProofKind::QueryPassword, "111111").await.unwrap();
        }
        let widest = "SELECT MAX(person) FROM proof_counters WHERE person_kind = 'nobody'";
        assert!(count(&app, widest).await < 65_536, "strangers share counts");
        lose("0086 138 0001 6021".to_owned(), ProofKind::QueryPassword, PASSWORD).await.unwrap();
        lose("8613800016021".to_owned(), ProofKind::QueryPassword, PASSWORD).await.unwrap();
        let losses = "SELECT COUNT(*) FROM phone_losses WHERE customer IS NOT NULL";
        assert_eq!(
            (count(&app, losses).await, count(&app, "SELECT COUNT(*) FROM phone_losses").await),
            (2, 42)
        );
        app.clock.advance_us(HOUR_US + MINUTE_US);
        run_jobs(&app).await;
        assert_eq!(count(&app, "SELECT COUNT(*) FROM phone_losses").await, 2, "what came to nothing is gone");
        assert_eq!(count(&app, "SELECT COUNT(*) FROM proof_misses").await, 40);
        app.clock.advance_us(DAY_US);
        run_jobs(&app).await;
        assert_eq!(count(&app, "SELECT COUNT(*) FROM proof_misses").await, 0);
        assert_eq!(count(&app, "SELECT COUNT(*) FROM proof_alarms").await, 1, "one value on many people");
        app.clock.advance_us(33 * DAY_US);
        run_jobs(&app).await;
        for rows in [
            "SELECT COUNT(*) FROM phone_losses",
            "SELECT COUNT(*) FROM proof_alarms",
            "SELECT COUNT(*) FROM code_sends",
        ] {
            assert_eq!(count(&app, rows).await, 0, "{rows}");
        }
        app.identity().ask_activation(OWNER, BY).await.unwrap();
        app.clock.advance_us(729 * DAY_US);
        run_jobs(&app).await;
        assert_eq!(count(&app, "SELECT COUNT(*) FROM activation_codes").await, 1);
        app.clock.advance_us(2 * DAY_US);
        run_jobs(&app).await;
        assert_eq!(count(&app, "SELECT COUNT(*) FROM activation_codes").await, 0);
    }
}

/// So many words a minute and no more, also where they come at the same moment.
#[tokio::test(flavor = "multi_thread")]
async fn words_at_the_same_moment_are_counted_one_after_the_other() {
    for app in apps().await {
        let most = app.identity().policy().emergency.unproved_per_hour_max;
        // All but two of the hour's, said before.
        let mut write = app.app.db.write().await.unwrap();
        let now = app.app.now().us();
        for n in 2..i64::from(most) {
            on!(write.conn(), c => {
                sqlx::query("INSERT INTO phone_losses (id, customer, at, proved) VALUES ($1, 9, $2, 0)")
                    .bind(n).bind(now).execute(&mut *c).await.map(drop)
            })
            .unwrap();
        }
        write.housekeeping(Housekeeping::Jobs).await.unwrap();
        let words =
            (0..8).map(|n| {
                let identity = app.identity();
                let name = Secret::new(test_pan(1 + n % 2).expose().to_owned());
                async move {
                    identity.lose_phone(&name, ProofKind::CardExpiry, Secret::new("1230".to_owned())).await
                }
            });
        join_all(words).await.into_iter().for_each(|said| said.unwrap());
        let held = "SELECT COUNT(*) FROM phone_losses WHERE customer IS NOT NULL AND proved = 0";
        assert_eq!(count(&app, held).await, i64::from(most), "on {}", app.app.db.kind());
    }
}

/// What stands between two texts of a page.
fn between<'a>(page: &'a str, from: &str, to: &str) -> &'a str {
    page.split_once(from).and_then(|(_, rest)| rest.split_once(to)).map_or("", |(found, _)| found)
}

/// The browser after an answer that renewed its token; the token before is dead.
async fn renewed(app: &TestApp, before: &Browser, answer: &Answer) -> Browser {
    let cookie = answer.header("set-cookie").split(';').next().unwrap_or_default().to_owned();
    let (name, token) = cookie.split_once('=').unwrap();
    let csrf = Token::from_text(token).unwrap().csrf();
    assert!(before.cookie.starts_with(name) && before.cookie != cookie);
    let after = Browser { cookie: cookie.clone(), csrf };
    assert_eq!(app.get(before, "/cards").await.status, 303, "the old token opens nothing");
    assert_eq!(app.get(&after, "/cards").await.status, 200);
    after
}

/// The code that an authenticator app shows now.
fn authenticator_code(app: &TestApp, secret: &str) -> String {
    let secret = totp_rs::Secret::try_from_base32(secret).unwrap();
    let totp = totp_rs::Builder::new().with_secret(secret).with_account_name("x").build().unwrap();
    totp.generate(u64::try_from(app.app.now().us() / SECOND_US).unwrap()).to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_offer_what_a_person_has_and_set_what_they_set() {
    for app in apps().await {
        let owner = Actor::Cardholder(OWNER);
        let low = app.browser(owner, Role::Cardholder, Assurance::ONE).await;
        let sent_away = app.get(&low, "/security/query-password").await;
        assert_eq!(sent_away.header("location"), "/step-up?next=/security/query-password");
        for language in ["en", "zh-Hans", "zh-Hant"] {
            let page = app.get(&low, &format!("/step-up?next=/cards&lang={language}")).await;
            assert_eq!((page.status.as_u16(), page.header("cache-control")), (200, "no-store"));
            assert!(page.body.contains("name=\"next\" value=\"/cards\"") && !page.body.contains("identity-"));
            assert!(
                page.body.contains("value=\"query_password\"") && page.body.contains("value=\"card_value\"")
            );
            assert!(!page.body.contains("value=\"authenticator_code\""), "none is set up");
            let lost = app.get(&low, &format!("/lost-phone?lang={language}")).await;
            assert!(lost.status == 200 && !lost.body.contains("identity-"), "{}", lost.body);
        }
        for away in ["//evil.example", "/desk", "https://evil.example", "/%5Cevil"] {
            let page = app.get(&low, &format!("/step-up?next={away}")).await;
            assert!(page.body.contains("name=\"next\" value=\"/\""), "{away}");
        }
        let strange = app.post(&low, "/step-up/proofs", "kind=fact&value=1").await;
        assert_eq!(strange.status, 400, "a kind that is not typed");
        let more = app.post(&low, "/step-up/proofs", "kind=query_password&value=1&role=admin").await;
        assert_eq!(more.status, 400, "a field that is none of the form's");

        let high = app.browser(owner, Role::Cardholder, Assurance::TWO).await;
        let weak = app.post(&high, "/security/query-password?lang=en", "password=123456&again=123456").await;
        assert!(weak.body.contains("It counts up or down."), "{}", weak.body);
        let differs =
            app.post(&high, "/security/query-password?lang=en", "password=830467&again=830468").await;
        assert!(differs.body.contains("The two are not the same."));
        let set = app.post(&high, "/security/query-password", "password=830467&again=830467").await;
        assert_eq!((set.status.as_u16(), set.header("location")), (303, "/security/proofs"));
        assert_eq!(app.get(&low, "/cards").await.status, 303, "every other session has ended");
        let high = renewed(&app, &high, &set).await;
        assert!(tried(&app, "830467", Channel::Phone).await);

        let begun = app.post(&high, "/security/authenticator", "").await;
        let picture = between(&begun.body, "<svg", "</svg>");
        assert!(
            picture.contains("<path") && !begun.body.contains("<?xml") && !begun.body.contains("otpauth:")
        );
        let secret = between(&begun.body, "<dd class=\"num\">", "<").replace(' ', "");
        assert_eq!(secret.len(), 32, "160 bits in base32");
        let no = app.post(&high, "/security/authenticator/confirmation", "code=000000").await;
        assert_eq!(no.header("location"), "/security/authenticator?told=no");
        let missed = Search { acts: vec!["identity.proof.missed".to_owned()], ..Search::default() };
        let missed = search(&app.app.db, &Search { rows_max: 100, ..missed }).await.unwrap();
        assert!(missed.iter().any(|entry| entry.detail["kind"] == "authenticator_code"), "and is seen");
        let told: Vec<_> =
            app.sent().await.into_iter().filter(|one| one.kind == "identity.proof.changed").collect();
        assert!(told.len() >= 3, "the change of the password was told by every contact: {told:?}");

        let code = authenticator_code(&app, &secret);
        let yes = app.post(&high, "/security/authenticator/confirmation", &format!("code={code}")).await;
        assert_eq!(yes.header("location"), "/security/proofs");
        let high = renewed(&app, &high, &yes).await;
        let off = app.post(&high, "/security/authenticator/removal", "").await;
        assert_eq!(off.header("location"), "/security/proofs");
        renewed(&app, &high, &off).await;
    }
}

/// The log says that a secret was changed, never what it is: the one of the backup must not open anything.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_changed_after_a_backup_is_taken_off_as_it_was() {
    for app in apps().await {
        let mut write = app.app.db.write().await.unwrap();
        on!(write.conn(), c => {
            sqlx::query(
                "INSERT INTO authenticators (id, customer, secret, last_step, made_at, confirmed_at)
                 VALUES (1, $1, $2, 0, 0, 0)",
            )
            .bind(OWNER.raw()).bind(&[7_u8; 40][..]).execute(&mut *c).await.map(drop)
        })
        .unwrap();
        let (owner, other) = (OWNER.to_string(), CustomerId::from_raw(2).to_string());
        for (act, whose, changes) in [
            ("identity.proof.matched", &owner, false),
            ("identity.query_password.set", &other, false),
            ("identity.query_password.set", &owner, true),
            ("identity.query_password.set", &owner, false),
            ("identity.authenticator.begun", &owner, false),
            ("identity.authenticator.removed", &owner, true),
            ("identity.authenticator.set", &owner, false),
        ] {
            let done = end_again_in_tx(&mut write, act, Some(whose)).await.unwrap();
            assert_eq!(done, changes, "{act} of {whose}");
        }
        write.housekeeping(Housekeeping::Jobs).await.unwrap();
        assert!(!tried(&app, PASSWORD, Channel::Phone).await);
        assert!(!app.identity().has_authenticator(OWNER).await.unwrap());
    }
}

const ACCOUNT: i64 = 1_000_001;

/// Puts what is kept of an account out of the engine's sight, and back.
async fn hide_state(app: &TestApp, (from, to): (i64, i64)) {
    let mut write = app.app.db.write().await.unwrap();
    on!(write.conn(), c => {
        sqlx::query("UPDATE account_state SET account_id = $2 WHERE account_id = $1")
            .bind(from).bind(to).execute(&mut *c).await.map(drop)
    })
    .unwrap();
    write.housekeeping(Housekeeping::Jobs).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_phone_that_is_gone_freezes_and_signs_out_by_one_proof_and_one_card_by_none() {
    for app in apps().await {
        let jobs = platform::feature::job_handlers(&app.app);
        let run = async || platform::jobs::run_due(&app.app.db, &jobs).await.unwrap();
        let lose = async |name: &str, kind, value: &str| {
            let secret = |text: &str| Secret::new(text.to_owned());
            app.identity().lose_phone(&secret(name), kind, secret(value)).await.unwrap();
            run().await;
        };
        let frozen = async |owner: CustomerId| {
            let held = app.cards().cards_of(owner).await.unwrap();
            held.iter().all(|held| held.status == Some(features::authorizations::CardStatus::Frozen))
        };
        app.sent().await;
        let browser = app.browser(Actor::Cardholder(OWNER), Role::Cardholder, Assurance::TWO).await;
        lose("+8613800016021", ProofKind::QueryPassword, "830467").await;
        assert!(!frozen(OWNER).await && app.sent().await.is_empty());
        lose("+8613800016021", ProofKind::QueryPassword, PASSWORD).await;
        assert!(frozen(OWNER).await);
        assert_eq!(app.get(&browser, "/cards").await.status, 303, "signed out");
        let sent = app.sent().await;
        assert_eq!(sent.iter().filter(|one| one.kind == "identity.phone.lost").count(), 3, "{sent:?}");

        // Where the cards can't be frozen now, nothing opens the account all the same, once; and they are frozen later.
        run().await;
        let cards = app.cards().cards_of(OWNER).await.unwrap();
        app.cards().unfreeze(&cards[0].card, BY.0, BY.1).await.unwrap();
        let browser = app.browser(Actor::Cardholder(OWNER), Role::Cardholder, Assurance::TWO).await;
        hide_state(&app, (ACCOUNT, -1)).await;
        lose("+8613800016021", ProofKind::QueryPassword, PASSWORD).await;
        assert_eq!(app.get(&browser, "/cards").await.status, 303, "signed out");
        app.clock.advance_us(SECOND_US);
        run().await;
        let back = app.browser(Actor::Cardholder(OWNER), Role::Cardholder, Assurance::TWO).await;
        hide_state(&app, (-1, ACCOUNT)).await;
        assert!(!frozen(OWNER).await);
        for _ in 0..3 {
            app.clock.advance_us(10 * SECOND_US);
            run().await;
        }
        assert!(frozen(OWNER).await);
        assert_eq!(app.get(&back, "/cards").await.status, 200, "who came in since stays");
        let sent = app.sent().await;
        assert_eq!(sent.iter().filter(|one| one.kind == "identity.phone.lost").count(), 3, "{sent:?}");

        let other = CustomerId::from_raw(2);
        let stays = app.browser(Actor::Cardholder(other), Role::Cardholder, Assurance::TWO).await;
        lose(test_pan(2).expose(), ProofKind::CardExpiry, "1130").await;
        assert!(!frozen(other).await);
        lose(test_pan(2).expose(), ProofKind::CardExpiry, "1230").await;
        assert!(frozen(other).await);
        assert_eq!(app.get(&stays, "/cards").await.status, 200, "with nothing proved nobody is signed out");
        let refused = app.identity();
        let name = Secret::new("x".to_owned());
        let pin = refused.lose_phone(&name, ProofKind::Pin, Secret::new(String::new())).await;
        assert!(matches!(pin, Err(IdentityError::NotHere(ProofKind::Pin))));
    }
}
