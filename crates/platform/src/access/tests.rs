//! Sessions, keys, links and the gate, over a whole router.

use super::*;
use crate::audit::Entry;
use crate::config::{Config, Environment};
use crate::testing::{FORM, TestApp, cookie, request};
use axum::body::to_bytes;
use axum::http::{StatusCode, header};
use kernel::{Actor, Channel, CustomerId, Masked, Timestamp};
use tower::ServiceExt;

const HTML: (&str, &str) = ("accept", "text/html,application/xhtml+xml");
const OURS: (&str, &str) = ("sec-fetch-site", "same-origin");

#[tokio::test]
async fn without_a_sign_in_pages_lead_to_it_and_the_rest_is_refused() {
    let t = TestApp::start().await;
    let page = t.get("/mine?secret=1", &[HTML]).await;
    assert_eq!((page.status, page.header("location")), (StatusCode::SEE_OTHER, "/sign-in?next=/mine"));
    let fragment = t.get("/mine", &[]).await;
    assert_eq!((fragment.status, fragment.code().as_str()), (StatusCode::UNAUTHORIZED, "sign_in_needed"));
    let api = t.get("/v1/things", &[HTML]).await;
    assert_eq!(api.status, StatusCode::UNAUTHORIZED);
    assert_eq!(api.header("www-authenticate"), "Bearer");
    let change = t.post("/mine/note", &[HTML, OURS, FORM], "text=x").await;
    assert_eq!(change.status, StatusCode::UNAUTHORIZED);
}

#[test]
fn one_is_led_to_own_addresses_of_one_s_own_surface_only() {
    for good in ["/desk", "/desk/accounts/acct_1", "/desk/audit-log?person=cust_1&act=a.b.c"] {
        assert!(is_address_of(Surface::Desk, good) && !is_address_of(Surface::App, good), "{good}");
    }
    assert!(is_address_of(Surface::App, "/cards?lang=en") && !is_address_of(Surface::Desk, "/cards?lang=en"));
    for bad in [
        "",
        "//evil.example/desk/",
        "/desk//evil",
        "https://evil.example",
        "/desk/\\x",
        "/desk/ x",
        "/desk/x\r\n",
        "/desk/sign-in/provider",
        "/sign-in",
    ] {
        assert!(!is_address_of(Surface::Desk, bad) && !is_address_of(Surface::App, bad), "{bad}");
    }
}

#[tokio::test]
async fn a_link_opens_one_session_and_no_second() {
    for t in TestApp::start_on_each().await {
        let who = Actor::Cardholder(CustomerId::from_raw(77));
        let token = new_sign_in_link(&t.app, who, Role::Cardholder, &Masked::new("Zhou Minghui"))
            .await
            .unwrap()
            .unwrap();
        let path = format!("/sign-in/link/{}", token.expose());
        let ahead = t.get(&path, &[("sec-purpose", "prefetch;prerender")]).await;
        assert_eq!(ahead.code(), "no_prefetch");
        let first = t.get(&path, &[HTML]).await;
        assert_eq!((first.status, first.header("location")), (StatusCode::SEE_OTHER, "/"));
        assert_eq!(first.header("cache-control"), "no-store");
        let given = first.header("set-cookie").to_owned();
        assert!(given.contains("HttpOnly; SameSite=Lax"), "{given}");
        let pair = given.split(';').next().unwrap();
        assert_eq!(t.get("/mine", &[("cookie", pair)]).await.status, StatusCode::OK);
        let second = t.get(&path, &[]).await;
        assert_eq!((second.status, second.code().as_str()), (StatusCode::NOT_FOUND, "link_not_valid"));
    }
}

#[tokio::test]
async fn of_many_who_redeem_at_once_one_gets_a_session() {
    for t in TestApp::start_on_each().await {
        let who = Actor::Cardholder(CustomerId::from_raw(77));
        let token = new_sign_in_link(&t.app, who, Role::Cardholder, &Masked::new("Zhou Minghui"))
            .await
            .unwrap()
            .unwrap();
        let tries = (0..8).map(|_| redeem_sign_in_link(&t.app, &token));
        let opened = futures_util::future::join_all(tries).await;
        assert_eq!(opened.into_iter().filter(|opened| opened.as_ref().unwrap().is_some()).count(), 1);
    }
}

#[tokio::test]
async fn links_end_with_time_and_do_not_exist_outside_a_demo() {
    let who = Actor::Cardholder(CustomerId::from_raw(77));
    let t = TestApp::start().await;
    let token =
        new_sign_in_link(&t.app, who, Role::Cardholder, &Masked::new("Zhou Minghui")).await.unwrap().unwrap();
    t.advance_s(31 * 24 * 3600);
    assert!(redeem_sign_in_link(&t.app, &token).await.unwrap().is_none());
    let live = TestApp::start_with(|parts| {
        parts.config = Config { environment: Environment::Live, ..Config::default() };
    })
    .await;
    assert!(new_sign_in_link(&live.app, who, Role::Cardholder, &Masked::new("x")).await.unwrap().is_none());
    assert!(
        new_sign_in_link(&t.app, Actor::Network, Role::Agent, &Masked::new("x")).await.unwrap().is_none()
    );
}

#[tokio::test]
async fn sessions_end_by_idle_time_of_their_kind() {
    for t in TestApp::start_on_each().await {
        let holder = t.cardholder().await;
        let (_, staff) = t.staff(Role::Agent).await;
        t.advance_s(5 * 60 - 1);
        assert!(find_session(&t.app.db, &holder.token).await.unwrap().is_some());
        t.advance_s(1);
        assert!(find_session(&t.app.db, &holder.token).await.unwrap().is_none());
        t.advance_s(10 * 60 - 1);
        assert!(find_session(&t.app.db, &staff.token).await.unwrap().is_some());
        t.advance_s(1);
        assert!(find_session(&t.app.db, &staff.token).await.unwrap().is_none());
    }
}

#[tokio::test]
async fn use_extends_a_session_once_a_minute_and_never_past_twelve_hours() {
    for t in TestApp::start_on_each().await {
        let opened = t.cardholder().await;
        t.advance_s(59);
        assert!(!touch_session(&t.app.db, &opened.session).await.unwrap());
        t.advance_s(1);
        assert!(touch_session(&t.app.db, &opened.session).await.unwrap());
        assert!(
            !touch_session(&t.app.db, &opened.session).await.unwrap(),
            "a second writer found nothing to do"
        );
        let mut lived_s = 60;
        while let Some(session) = find_session(&t.app.db, &opened.token).await.unwrap() {
            touch_session(&t.app.db, &session).await.unwrap();
            t.advance_s(240);
            lived_s += 240;
        }
        assert!((12 * 3600..12 * 3600 + 240).contains(&lived_s), "it lived {lived_s} s");
    }
}

#[tokio::test]
async fn a_click_extends_the_session_behind_its_answer() {
    let t = TestApp::start().await;
    let opened = t.cardholder().await;
    let cookie = cookie(Surface::App, &opened);
    t.advance_s(240);
    assert_eq!(t.get("/mine", &[("cookie", &cookie)]).await.status, StatusCode::OK);
    // The touch runs behind the answer; it has the next turns of the write gate at the latest.
    for _ in 0..1_000 {
        if find_session(&t.app.db, &opened.token).await.unwrap().unwrap().seen_at == t.app.now() {
            break;
        }
        tokio::task::yield_now().await;
    }
    t.advance_s(240);
    assert_eq!(t.get("/mine", &[("cookie", &cookie)]).await.status, StatusCode::OK);
}

#[tokio::test]
async fn roles_scopes_and_assurance_are_asked_before_the_handler() {
    let t = TestApp::start().await;
    let holder = t.cardholder().await;
    let (_, agent) = t.staff(Role::Agent).await;
    let (_, analyst) = t.staff(Role::Analyst).await;
    let get = async |path: &str, cookie: String| t.get(path, &[("cookie", &cookie)]).await;
    assert_eq!(get("/desk/things", cookie(Surface::Desk, &agent)).await.status, StatusCode::OK);
    let refused = get("/desk/things", cookie(Surface::Desk, &analyst)).await;
    assert_eq!((refused.status, refused.code().as_str()), (StatusCode::FORBIDDEN, "role_forbidden"));
    // The app's cookie is none of the desk's, and a cardholder's session under the desk's name is refused.
    assert_eq!(get("/desk/things", cookie(Surface::App, &agent)).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(get("/desk/things", cookie(Surface::Desk, &holder)).await.status, StatusCode::FORBIDDEN);

    let (own, csrf) = (cookie(Surface::App, &holder), holder.token.csrf());
    let low = t.post("/mine/expose", &[("cookie", &own), OURS, ("x-csrf-token", &csrf)], "").await;
    assert_eq!((low.status, low.code().as_str()), (StatusCode::UNAUTHORIZED, "assurance_too_low"));
    let bound = t.session(holder.session.actor, Role::Cardholder, Assurance::THREE).await;
    let (own, csrf) = (cookie(Surface::App, &bound), bound.token.csrf());
    let high = t.post("/mine/expose", &[("cookie", &own), OURS, ("x-csrf-token", &csrf)], "").await;
    assert_eq!((high.status, high.body.as_str()), (StatusCode::OK, "exposed"));
    assert_eq!(high.header("cache-control"), "no-store");
}

#[tokio::test]
async fn keys_open_what_their_scopes_say_until_revoked() {
    for t in TestApp::start_on_each().await {
        let get = async |key: &str| t.get("/v1/things", &[("authorization", key)]).await;
        let good = t.api_key(&["tests.thing.make"]).await;
        assert_eq!(get(&good).await.status, StatusCode::OK);
        let other = get(&t.api_key(&["cards.*", "tests.desk.read"]).await).await;
        assert_eq!((other.status, other.code().as_str()), (StatusCode::FORBIDDEN, "scope_missing"));
        let mut wrong = good.clone();
        let last = if wrong.pop() == Some('A') { 'B' } else { 'A' };
        wrong.push(last);
        for bad in [wrong.as_str(), "Bearer ck_", "Bearer x", "Bearer ", "Basic eDp5", &good[..30]] {
            assert_eq!(get(bad).await.status, StatusCode::UNAUTHORIZED, "{bad:?}");
        }
        let id = find_api_key(&t.app.db, good.trim_start_matches("Bearer ")).await.unwrap().unwrap().id;
        assert!(revoke_api_key(&t.app.db, Actor::System, Channel::Console, id).await.unwrap());
        assert!(!revoke_api_key(&t.app.db, Actor::System, Channel::Console, id).await.unwrap());
        assert_eq!(get(&good).await.status, StatusCode::UNAUTHORIZED);
        // A key opens no page, a session opens no API.
        assert_eq!(t.get("/mine", &[("authorization", &good)]).await.status, StatusCode::UNAUTHORIZED);
    }
}

#[tokio::test]
async fn letting_staff_go_ends_their_sessions_at_once() {
    for t in TestApp::start_on_each().await {
        let (id, opened) = t.staff(Role::Manager).await;
        let cookie = cookie(Surface::Desk, &opened);
        assert_eq!(t.get("/desk/things", &[("cookie", &cookie)]).await.status, StatusCode::OK);
        let mut write = t.app.db.write().await.unwrap();
        assert!(disable_staff_in_tx(&mut write, id).await.unwrap());
        write.commit(Entry::new(Actor::System, Channel::Console, "test.staff.disabled")).await.unwrap();
        assert_eq!(t.get("/desk/things", &[("cookie", &cookie)]).await.status, StatusCode::UNAUTHORIZED);
        assert!(!find_staff(&t.app.db, id).await.unwrap().unwrap().active);
        assert_eq!(list_staff(&t.app.db).await.unwrap().len(), 1);
    }
}

/// What the desk writes when it shuts somebody out is what a restore reads.
#[tokio::test]
async fn a_colleague_who_was_shut_out_is_shut_out_again_after_a_restore() {
    for t in TestApp::start_on_each().await {
        let (id, _) = t.staff(Role::Manager).await;
        let subject = id.to_string();
        for (act, changes) in [("staff.member.related", false), ("staff.member.shut_out", true)] {
            let mut write = t.app.db.write().await.unwrap();
            assert_eq!(take_away_again_in_tx(&mut write, act, Some(&subject)).await.unwrap(), changes);
            write.commit(Entry::new(Actor::System, Channel::Console, "test.restored")).await.unwrap();
        }
        assert!(!find_staff(&t.app.db, id).await.unwrap().unwrap().active);
    }
}

#[tokio::test]
async fn changes_need_our_page_and_the_session_own_token() {
    let t = TestApp::start().await;
    let (opened, other) = (t.cardholder().await, t.cardholder().await);
    let (cookie, token) = (cookie(Surface::App, &opened), opened.token.csrf());
    let form = |token: &str| format!("text=%E4%BD%A0%26&csrf={token}");
    let own = t.post("/mine/note", &[("cookie", &cookie), OURS, FORM], &form(&token)).await;
    assert_eq!((own.status, own.body.as_str()), (StatusCode::OK, "你&"), "the handler got the whole form");
    assert_eq!(t.get("/mine", &[("cookie", &cookie)]).await.body, token);

    let cross = [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")];
    for from in cross {
        let refused = t.post("/mine/note", &[("cookie", &cookie), from, FORM], &form(&token)).await;
        assert_eq!((refused.status, refused.code().as_str()), (StatusCode::FORBIDDEN, "cross_site"));
    }
    for wrong in ["", "x", &other.token.csrf()] {
        let refused = t.post("/mine/note", &[("cookie", &cookie), OURS, FORM], &form(wrong)).await;
        assert_eq!(
            (refused.status, refused.code().as_str()),
            (StatusCode::FORBIDDEN, "form_expired"),
            "{wrong}"
        );
    }
    let json = [("cookie", cookie.as_str()), OURS, ("content-type", "application/json")];
    assert_eq!(t.post("/mine/note", &json, "{}").await.code(), "form_expired");
}

#[tokio::test]
async fn signing_out_ends_the_session_in_the_table() {
    for t in TestApp::start_on_each().await {
        let opened = t.cardholder().await;
        let (cookie, token) = (cookie(Surface::App, &opened), opened.token.csrf());
        let out = t.post("/sign-out", &[("cookie", &cookie), OURS, ("x-csrf-token", &token)], "").await;
        assert_eq!((out.status, out.header("location")), (StatusCode::SEE_OTHER, "/sign-in"));
        assert!(out.header("set-cookie").contains("Max-Age=0"));
        assert_eq!(t.get("/mine", &[("cookie", &cookie)]).await.status, StatusCode::UNAUTHORIZED);
        assert!(!is_live(&t.app.db, opened.session.id).await.unwrap());
    }
}

#[tokio::test]
async fn a_stream_ends_with_its_session_and_never_extends_it() {
    let t = TestApp::start().await;
    let opened = t.cardholder().await;
    let cookie = cookie(Surface::App, &opened);
    t.advance_s(200);
    let stream = request("GET", "/mine/live", &[("cookie", &cookie)], "");
    let response = t.router.clone().oneshot(stream).await.unwrap();
    assert_eq!(response.headers()[header::CONTENT_TYPE], "text/event-stream");
    let seen = find_session(&t.app.db, &opened.token).await.unwrap().unwrap().seen_at;
    assert_eq!(seen, opened.session.seen_at);
    let reading = tokio::spawn(to_bytes(response.into_body(), usize::MAX));
    // Heartbeats while it lives, then the end at the first one after the idle time.
    t.advance_s(99);
    for _ in 0..50 {
        t.sleep.wake_all();
        tokio::task::yield_now().await;
    }
    assert!(!reading.is_finished());
    t.advance_s(1);
    while !reading.is_finished() {
        t.sleep.wake_all();
        tokio::task::yield_now().await;
    }
    let text = String::from_utf8(reading.await.unwrap().unwrap().to_vec()).unwrap();
    assert!(text.ends_with("event: end\ndata: end\n\n"), "{text:?}");
    assert!(text.starts_with("event: beat\ndata: beat\n\n") && text.contains("data: news"));
}

#[tokio::test]
async fn old_sessions_and_links_are_swept_and_young_ones_stay() {
    for t in TestApp::start_on_each().await {
        let old = t.cardholder().await;
        t.advance_s(31 * 24 * 3600);
        let young = t.cardholder().await;
        sweep_sessions(&t.app.db).await.unwrap();
        let count: i64 = crate::on!(t.app.db.pool(), p => {
            sqlx::query_scalar("SELECT COUNT(*) FROM sessions").fetch_one(p).await
        })
        .unwrap();
        assert_eq!(count, 1);
        assert!(!is_live(&t.app.db, old.session.id).await.unwrap());
        assert!(is_live(&t.app.db, young.session.id).await.unwrap());
    }
}

/// Many requests at one moment know the same last use; one of them writes it.
#[tokio::test]
async fn the_use_of_a_key_is_written_once_an_hour() {
    for t in TestApp::start_on_each().await {
        let text = t.api_key(&["tests.thing.make"]).await;
        let key = find_api_key(&t.app.db, text.trim_start_matches("Bearer ")).await.unwrap().unwrap();
        let used = async || list_api_keys(&t.app.db).await.unwrap()[0].used_at;
        assert_eq!(used().await, None);
        api_key::touch_api_key(&t.app.db, &key).await.unwrap();
        let first = used().await;
        t.advance_s(1);
        api_key::touch_api_key(&t.app.db, &key).await.unwrap();
        assert_eq!((used().await, first), (first, Some(Timestamp::from_us(t.app.now().us() - 1_000_000))));
        t.advance_s(3_600);
        api_key::touch_api_key(&t.app.db, &key).await.unwrap();
        assert_eq!(used().await, Some(t.app.now()));
    }
}

#[tokio::test]
async fn a_demo_lets_its_visitors_choose_who_to_be_and_nobody_else() {
    let t = TestApp::start().await;
    let who = Actor::Cardholder(CustomerId::from_raw(77));
    new_sign_in_link(&t.app, who, Role::Cardholder, &Masked::new("Zhou <Minghui>")).await.unwrap();
    let offered = demo_people(&t.app).await.unwrap();
    assert_eq!(offered.iter().map(|person| person.actor).collect::<Vec<_>>(), [who]);
    let choose = async |who: &str, next: &str, from: (&str, &str)| {
        t.post("/sign-in", &[HTML, from, FORM], &format!("who={who}&next={next}")).await
    };
    for (next, lands) in [
        ("/mine", "/mine"),
        ("", "/"),
        ("//evil.example", "/"),
        ("https://evil.example", "/"),
        ("/%5Cevil.example", "/"),
        ("/desk/things", "/"),
        ("/sign-in", "/"),
        ("/desk/sign-in", "/"),
        ("/%0d%0ax:%20y", "/"),
    ] {
        let opened = choose(&who.to_string(), next, OURS).await;
        assert_eq!((opened.status, opened.header("location")), (StatusCode::SEE_OTHER, lands), "{next}");
        assert!(opened.header("set-cookie").starts_with("cardea_app="));
    }
    let stranger = CustomerId::from_raw(78).to_string();
    assert_eq!(choose(&stranger, "", OURS).await.status, StatusCode::NOT_FOUND);
    let cross = choose(&who.to_string(), "", ("sec-fetch-site", "cross-site")).await;
    assert_eq!(cross.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn outside_a_demo_nobody_is_offered() {
    let t = TestApp::start_with(|parts| parts.config.environment = Environment::Live).await;
    assert!(demo_people(&t.app).await.unwrap().is_empty());
    let who = Actor::Cardholder(CustomerId::from_raw(77)).to_string();
    assert_eq!(t.post("/sign-in", &[OURS, FORM], &format!("who={who}")).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_language_chosen_by_address_is_remembered_and_staff_have_their_own() {
    let t = TestApp::start().await;
    let opened = t.cardholder().await;
    let cookie = cookie(Surface::App, &opened);
    let page = t.get("/mine?lang=zh-Hant&theme=dark", &[HTML, ("cookie", &cookie)]).await;
    let cookies: Vec<_> = page.headers.get_all("set-cookie").iter().map(|c| c.to_str().unwrap()).collect();
    assert!(cookies.iter().any(|cookie| cookie.starts_with("lang=zh-Hant;")), "{cookies:?}");
    assert!(cookies.iter().any(|cookie| cookie.starts_with("theme=dark;")), "{cookies:?}");
    let (_, staff) = t.staff(Role::Agent).await;
    let found = find_session(&t.app.db, &staff.token).await.unwrap().unwrap();
    assert_eq!(found.locale, Some(crate::i18n::Locale::En));
}

#[tokio::test]
async fn a_rise_changes_the_token_and_ends_with_its_time_even_when_the_clock_goes_back() {
    for t in TestApp::start_on_each().await {
        let opened = t.cardholder().await;
        let raise = Raise {
            lasting: Assurance::NONE,
            to: Assurance::THREE,
            until: t.app.now().plus_us(3 * 60 * 1_000_000),
            device: Some(kernel::DeviceId::from_raw(9)),
        };
        let mut write = t.app.db.write().await.unwrap();
        let risen =
            raise_session_in_tx(&mut write, &*t.app.random, opened.session.id, raise).await.unwrap().unwrap();
        let entry = crate::audit::Entry::new(Actor::System, Channel::Job, "access.link.made");
        write.commit(entry).await.unwrap();
        assert!(find_session(&t.app.db, &opened.token).await.unwrap().is_none(), "the old token is dead");
        let old = t.get("/mine", &[("cookie", &cookie(Surface::App, &opened))]).await;
        assert_eq!(old.status, StatusCode::UNAUTHORIZED);
        let level = async || find_session(&t.app.db, &risen.token).await.unwrap().unwrap().assurance;
        assert_eq!((level().await, risen.session.device), (Assurance::THREE, raise.device));
        let own = cookie(Surface::App, &risen);
        let exposed = async || {
            let csrf = risen.token.csrf();
            t.post("/mine/expose", &[("cookie", &own), OURS, ("x-csrf-token", &csrf)], "").await
        };
        assert_eq!(exposed().await.status, StatusCode::OK);
        t.advance_s(180);
        let session = find_session(&t.app.db, &risen.token).await.unwrap().unwrap();
        assert_eq!(session.assurance, Assurance::ONE, "it falls to what it was opened with");
        assert_eq!(exposed().await.code(), "assurance_too_low");
        touch_session(&t.app.db, &session).await.unwrap();
        t.clock.rewind_to(t.app.now().plus_us(-120 * 1_000_000));
        assert_eq!(level().await, Assurance::ONE, "a clock that is set back revives nothing");
    }
}

#[tokio::test]
async fn sessions_are_listed_and_ended_by_their_owner_only() {
    for t in TestApp::start_on_each().await {
        let (mine, other) = (t.cardholder().await, t.cardholder().await);
        let second = t.session(mine.session.actor, Role::Cardholder, Assurance::ONE).await;
        let listed = sessions_of(&t.app.db, mine.session.actor).await.unwrap();
        let ids: Vec<_> = listed.iter().map(|one| one.id).collect();
        assert_eq!(ids, [second.session.id, mine.session.id]);
        let mut write = t.app.db.write().await.unwrap();
        let ended = end_session_of_in_tx(&mut write, other.session.actor, mine.session.id).await.unwrap();
        assert!(!ended, "somebody else's is none of theirs");
        assert!(end_session_of_in_tx(&mut write, mine.session.actor, second.session.id).await.unwrap());
        let third = t.session(mine.session.actor, Role::Cardholder, Assurance::ONE);
        let entry = crate::audit::Entry::new(Actor::System, Channel::Job, "access.link.made");
        write.commit(entry).await.unwrap();
        let third = third.await;
        let mut write = t.app.db.write().await.unwrap();
        let kept = Some(third.session.id);
        assert_eq!(end_sessions_of_in_tx(&mut write, mine.session.actor, kept).await.unwrap(), 1);
        let entry = crate::audit::Entry::new(Actor::System, Channel::Job, "access.link.made");
        write.commit(entry).await.unwrap();
        assert!(is_live(&t.app.db, third.session.id).await.unwrap());
        assert!(!is_live(&t.app.db, mine.session.id).await.unwrap());
        assert!(is_live(&t.app.db, other.session.id).await.unwrap());
    }
}

struct Advice;

impl ProofAdvice for Advice {
    fn for_level(&self, _role: Role, needs: Assurance) -> String {
        format!("Prove {}.", needs.level())
    }
}

#[tokio::test]
async fn a_page_that_lacks_a_proof_leads_to_it_and_the_rest_is_told_which() {
    let t = TestApp::start_with(|parts| {
        let advice: std::sync::Arc<dyn ProofAdvice> = std::sync::Arc::new(Advice);
        parts.services = std::mem::take(&mut parts.services).with(advice);
    })
    .await;
    let opened = t.cardholder().await;
    let cookie = cookie(Surface::App, &opened);
    let page = t.get("/mine/exposed", &[HTML, ("cookie", &cookie)]).await;
    assert_eq!(
        (page.status, page.header("location")),
        (StatusCode::SEE_OTHER, "/step-up?next=/mine/exposed")
    );
    let fetched = t.get("/mine/exposed", &[("cookie", &cookie)]).await;
    assert_eq!((fetched.status, fetched.code().as_str()), (StatusCode::UNAUTHORIZED, "assurance_too_low"));
    assert_eq!(fetched.json()["mend"], "Prove 3.");
}
