//! Staff who sign in with an OpenID Connect provider that others wrote (`oidc-provider-mock`, from PyPI), the way their
//! browser does it: our redirect, the provider's page and form, its redirect back, its token behind our back.

use crate::attacks::people::Person;
use crate::http::{self, Answer, send};
use crate::server::{Server, free_ports, poll, variable};
use serde_json::json;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");
/// A colleague at the provider.
const SUBJECT: &str = "248289761001";

/// `CARDEA_PROVIDER_PYTHON`, else what `cargo accept` has set up.
fn python() -> PathBuf {
    let installed =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/accept/venv-provider/bin/python");
    let python = variable("CARDEA_PROVIDER_PYTHON").map_or(installed, PathBuf::from);
    let found =
        Command::new(&python).args(["-c", "import oidc_provider_mock"]).stderr(Stdio::null()).status();
    assert!(
        found.is_ok_and(|status| status.success()),
        "{} has no oidc-provider-mock: `cargo accept` installs it, or set CARDEA_PROVIDER_PYTHON",
        python.display()
    );
    python
}

/// The provider in a process of its own.
struct Provider {
    child: Child,
    address: SocketAddr,
    issuer: String,
}

impl Provider {
    /// One that knows only clients that were registered, and wants a nonce.
    fn start() -> Self {
        let port = free_ports(1);
        let child = Command::new(python())
            .args(["-m", "oidc_provider_mock", "--port", &port.to_string()])
            .args(["--require-registration", "true", "--require-nonce", "true"])
            // It is spoken to on this machine, without TLS.
            .env("AUTHLIB_INSECURE_TRANSPORT", "1")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        let provider = Self { child, address, issuer: format!("http://localhost:{port}") };
        let ready = poll(|| http::get(address, "/jwks").ok().filter(|answer| answer.status == 200));
        assert!(ready.is_some(), "the provider does not come up");
        provider
    }

    /// Registers us; our name and secret there.
    fn register(&self, redirect: &str) -> (String, String) {
        let body = json!({ "redirect_uris": [redirect] }).to_string();
        let headers = [("content-type", "application/json")];
        let answer = send(self.address, "POST /oauth2/clients", &headers, body.as_bytes()).unwrap();
        assert_eq!(answer.status, 201, "{}", answer.text());
        let text = |name: &str| answer.json()[name].as_str().unwrap().to_owned();
        (text("client_id"), text("client_secret"))
    }

    /// What the page at `path` sends when `fields` are filled in: the address back.
    fn fill_in(&self, path: &str, fields: &str) -> String {
        let page = http::get(self.address, path).unwrap();
        assert_eq!(page.status, 200, "{}", page.text());
        assert!(page.text().contains("name=\"sub\""), "a form: {}", page.text());
        let sent = send(self.address, &format!("POST {path}"), &[FORM], fields.as_bytes()).unwrap();
        assert_eq!(sent.status, 302, "{}", sent.text());
        sent.header("location").unwrap().to_owned()
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A demo that knows the provider.
fn server_of(provider: &Provider) -> Server {
    let mut server = Server::start();
    let redirect = format!("{}/desk/sign-in/provider/callback", server.demo.http);
    let (id, secret) = provider.register(&redirect);
    let file = server.data.join("provider-secret");
    std::fs::write(&file, secret).unwrap();
    server.set(&format!(
        "[oidc]\nissuer = \"{}\"\nclient_id = \"{id}\"\nclient_secret_file = \"{}\"\n",
        provider.issuer,
        file.display()
    ));
    server.restart();
    server
}

/// Begins at our link; the address that our server sends the browser to, and the cookie that it keeps.
fn begin(server: &Server, provider: &Provider) -> (String, String) {
    let sent = http::get(server.http(), "/desk/sign-in/provider?next=/desk/security").unwrap();
    assert_eq!(sent.status, 303, "{}", sent.text());
    let path = sent.header("location").unwrap().strip_prefix(&provider.issuer).expect("to the provider");
    let cookie = sent.header("set-cookie").unwrap().split(';').next().unwrap();
    (path.to_owned(), cookie.to_owned())
}

/// Comes back to us.
fn back(server: &Server, address: &str, cookie: &str) -> Answer {
    let path = address.strip_prefix(&server.demo.http).expect("back to us");
    send(server.http(), &format!("GET {path}"), &[("cookie", cookie)], b"").unwrap()
}

fn session(answer: &Answer) -> Option<&str> {
    let cookies = answer.head.lines().filter_map(|line| line.split_once(": "));
    let cookies = cookies.filter(|(name, _)| name.eq_ignore_ascii_case("set-cookie"));
    let mut cookies = cookies.filter_map(|(_, value)| value.split(';').next());
    cookies.find(|cookie| cookie.starts_with("cardea_desk="))
}

/// Two people say that `subject` at the provider is the analyst.
fn vouch_for_analyst(server: &Server, subject: &str) {
    let manager = Person::sign_in(server, "manager", "/desk/staff");
    let officer = Person::sign_in(server, "compliance", "/desk/staff");
    let page = manager.get(server, "/desk/staff?lang=en").text();
    let analyst = server.demo.sign_ins.iter().find(|one| one.role == "analyst").expect("an analyst");
    // The list of colleagues offers each as "name (id)".
    let offered = page.split_once(&format!("{} (staf_", analyst.person));
    let offered = offered.unwrap_or_else(|| panic!("{} is on the list: {page}", analyst.person)).1;
    let id = format!("staf_{}", offered.split(')').next().unwrap());
    let waiting = manager.ask(server, &format!("what=vouch&staff={id}&subject={subject}"), &officer);
    let decided = officer.decide(server, &waiting);
    assert_eq!(decided.status, 303, "{}", decided.text());
}

#[test]
fn a_colleague_signs_in_with_a_real_provider_and_whoever_is_unknown_does_not() {
    let provider = Provider::start();
    let mut server = server_of(&provider);
    for (language, words) in [
        ("en", "Sign in with the identity provider"),
        ("zh-Hans", "用身份提供方登录"),
        ("zh-Hant", "用身分提供方登入"),
    ] {
        let page = http::get(server.http(), &format!("/desk/sign-in?lang={language}")).unwrap().text();
        assert!(page.contains("href=\"/desk/sign-in/provider\"") && page.contains(words), "{page}");
    }
    let cardholders = http::get(server.http(), "/sign-in").unwrap().text();
    assert!(!cardholders.contains("/desk/sign-in/provider"), "not for cardholders");

    // The provider knows them, and we don't.
    let (path, cookie) = begin(&server, &provider);
    let refused = back(&server, &provider.fill_in(&path, &format!("sub={SUBJECT}")), &cookie);
    assert_eq!((refused.status, session(&refused)), (401, None), "{}", refused.text());

    vouch_for_analyst(&server, SUBJECT);
    let (path, cookie) = begin(&server, &provider);
    let address = provider.fill_in(&path, &format!("sub={SUBJECT}"));
    let signed_in = back(&server, &address, &cookie);
    assert_eq!(signed_in.status, 200, "{}", signed_in.text());
    let theirs = session(&signed_in).expect("a session");
    let headers = [("cookie", theirs), ("accept", "text/html")];
    let desk = send(server.http(), "GET /desk/live", &headers, b"").unwrap();
    assert_eq!(desk.status, 200, "at the desk: {}", desk.head);
    // An analyst, and with one proof: what is another's, or needs two, stays shut.
    let others = send(server.http(), "GET /desk/alarms", &[("cookie", theirs)], b"").unwrap();
    assert_eq!((others.status, others.json()["code"].as_str()), (403, Some("role_forbidden")));

    // The same answer again, another colleague of theirs, and one who said no.
    let again = back(&server, &address, &cookie);
    assert_eq!((again.status, session(&again)), (401, None));
    for fields in ["sub=248289761002", "action=deny"] {
        let (path, cookie) = begin(&server, &provider);
        let refused = back(&server, &provider.fill_in(&path, fields), &cookie);
        assert_eq!((refused.status, session(&refused)), (401, None), "{fields}: {}", refused.text());
    }
    assert!(server.stop().success());
}

#[test]
fn a_provider_that_is_away_or_does_not_know_our_secret_lets_nobody_in() {
    let provider = Provider::start();
    let mut server = server_of(&provider);
    vouch_for_analyst(&server, SUBJECT);
    std::fs::write(server.data.join("provider-secret"), "another").unwrap();
    server.restart();
    let (path, cookie) = begin(&server, &provider);
    let address = provider.fill_in(&path, &format!("sub={SUBJECT}"));
    let refused = back(&server, &address, &cookie);
    assert_eq!((refused.status, session(&refused)), (401, None), "{}", refused.text());
    drop(provider);
    let away = http::get(server.http(), "/desk/sign-in/provider").unwrap();
    assert!(away.status >= 500 && away.status < 600, "{}", away.text());
    assert_eq!(http::get(server.http(), "/desk/sign-in").unwrap().status, 200, "passkeys go on");
}
