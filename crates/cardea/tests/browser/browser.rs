//! A headless Chromium of a test's own, and what is asked of every page it shows.

use fantoccini::key::Key;
use fantoccini::wd::TimeoutConfiguration;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// How long something may take to appear before the test fails.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// How large the window is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// 390 by 844, as phones have it.
    Phone,
    /// 1,440 by 900.
    Desktop,
}

/// A browser; it ends with the value.
pub struct Browser {
    pub client: Client,
    driver: Child,
    port: u16,
}

impl Browser {
    pub async fn start(size: Size) -> Self {
        let path =
            std::env::var("CARDEA_CHROMEDRIVER").unwrap_or_else(|_| "/usr/bin/chromedriver".to_owned());
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let driver = Command::new(&path)
            .arg(format!("--port={port}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("{path} does not start: {error}"));
        let mut options = json!({ "args": [
            "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync",
            "--disable-dev-shm-usage", "--window-size=1440,900",
        ] });
        if size == Size::Phone {
            options["mobileEmulation"] =
                json!({ "deviceMetrics": { "width": 390, "height": 844, "pixelRatio": 2.0, "touch": true } });
        }
        let mut wanted = serde_json::Map::new();
        wanted.insert("goog:chromeOptions".to_owned(), options);
        let address = format!("http://127.0.0.1:{port}");
        let mut tries = 0;
        let client = loop {
            match ClientBuilder::new(HttpConnector::new())
                .capabilities(wanted.clone())
                .connect(&address)
                .await
            {
                Ok(client) => break client,
                Err(error) if tries == 100 => panic!("chromedriver gives no browser: {error}"),
                Err(_) => tries += 1,
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        };
        // A busy machine takes its time over the checks of a long page.
        let timeouts = TimeoutConfiguration::new(Some(2 * PATIENCE), Some(2 * PATIENCE), None);
        client.update_timeouts(timeouts).await.unwrap();
        Self { client, driver, port }
    }

    /// Gives it a fingerprint reader that knows its owner, as a phone has one; passkeys stay in it. Returns its number.
    pub async fn authenticator(&self) -> String {
        let options = json!({
            "protocol": "ctap2", "transport": "internal", "hasResidentKey": true,
            "hasUserVerification": true, "isUserVerified": true,
        });
        let made = self.drive("webauthn/authenticator", &options).await;
        made.as_str().unwrap_or_else(|| panic!("no authenticator: {made}")).to_owned()
    }

    /// Whether the reader knows the finger.
    pub async fn set_verified(&self, authenticator: &str, verified: bool) {
        let path = format!("webauthn/authenticator/{authenticator}/uv");
        self.drive(&path, &json!({ "isUserVerified": verified })).await;
    }

    /// Tells the driver something that the client has no word for.
    async fn drive(&self, what: &str, body: &Value) -> Value {
        let session = self.client.session_id().await.unwrap().unwrap();
        let (port, body) = (self.port, body.to_string());
        let head = format!(
            "POST /session/{session}/{what} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\ncontent-type: application/json\r\n\
             content-length: {}\r\nconnection: close\r\n\r\n",
            body.len()
        );
        let mut driver = BufReader::new(TcpStream::connect(("127.0.0.1", port)).unwrap());
        driver.get_mut().write_all(format!("{head}{body}").as_bytes()).unwrap();
        // The driver keeps the connection, so the answer ends where its head says.
        let (mut line, mut length) = (String::new(), 0);
        while line != "\r\n" {
            line.clear();
            assert!(driver.read_line(&mut line).unwrap() > 0, "{what}: the driver went away");
            if let Some(told) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = told.trim().parse().unwrap();
            }
        }
        let mut answer = vec![0; length];
        driver.read_exact(&mut answer).unwrap();
        let said: Value = serde_json::from_slice(&answer).unwrap();
        assert!(said["value"]["error"].is_null(), "{what}: {said}");
        said["value"].clone()
    }

    pub async fn go(&self, address: &str) {
        self.client.goto(address).await.unwrap();
    }

    /// Waits until an element is there.
    pub async fn see(&self, css: &str) -> fantoccini::elements::Element {
        let found = self.client.wait().at_most(PATIENCE).for_element(Locator::Css(css)).await;
        match found {
            Ok(element) => element,
            Err(error) => panic!("{css} is not on the page: {error}\n{}", self.text().await),
        }
    }

    /// What an attribute of an element says; found and read in one step, so that a live page can't replace it between
    /// the two.
    pub async fn attribute(&self, css: &str, name: &str) -> String {
        self.see(css).await;
        let read = "return document.querySelector(arguments[0]).getAttribute(arguments[1])";
        let found = self.client.execute(read, vec![json!(css), json!(name)]).await.unwrap();
        found.as_str().unwrap_or_else(|| panic!("{css} has no {name}")).to_owned()
    }

    /// The words of an element, in one step as well.
    pub async fn words(&self, css: &str) -> String {
        self.see(css).await;
        let read = "return document.querySelector(arguments[0]).innerText";
        let found = self.client.execute(read, vec![json!(css)]).await.unwrap();
        found.as_str().unwrap_or_default().trim().to_owned()
    }

    /// Waits until the page says something.
    pub async fn read(&self, words: &str) {
        let path = format!("//main//*[contains(normalize-space(.), {})]", quoted(words));
        let found = self.client.wait().at_most(PATIENCE).for_element(Locator::XPath(&path)).await;
        if let Err(error) = found {
            panic!("the page does not say {words}: {error}\n{}", self.text().await);
        }
    }

    /// All words of the page.
    pub async fn text(&self) -> String {
        let body = self.client.find(Locator::Css("body")).await.unwrap();
        body.text().await.unwrap_or_default()
    }

    pub async fn click(&self, css: &str) {
        self.see(css).await;
        // In the middle of the screen, as a person scrolls it, clear of the bar at the bottom; found and pressed in
        // one step, so that a live page can't replace it between the two.
        let press = "const it = document.querySelector(arguments[0]); it.scrollIntoView({ block: 'center' }); it.click();";
        self.client.execute(press, vec![json!(css)]).await.unwrap();
    }

    /// Presses Tab until an element that `css` names has the focus.
    pub async fn tab_to(&self, css: &str) {
        for _ in 0..200 {
            let active = self.client.active_element().await.unwrap();
            active.send_keys(&Key::Tab.to_string()).await.unwrap();
            let here = "return document.activeElement.matches(arguments[0])";
            if self.client.execute(here, vec![json!(css)]).await.unwrap() == json!(true) {
                return;
            }
        }
        panic!("{css} can't be reached by the keyboard");
    }

    /// Presses a key where the focus is.
    pub async fn press(&self, key: Key) {
        let active = self.client.active_element().await.unwrap();
        active.send_keys(&key.to_string()).await.unwrap();
    }

    /// What every page must be: free of serious accessibility findings, no wider than the window, in one language.
    pub async fn check_page(&self, what: &str) {
        let wide = "return document.documentElement.scrollWidth - document.documentElement.clientWidth";
        assert_eq!(
            self.client.execute(wide, vec![]).await.unwrap(),
            json!(0),
            "{what} is wider than the window"
        );
        let untold = "return [...document.querySelectorAll('main *')].filter(e => !e.children.length)
            .map(e => e.textContent).filter(text => /^[a-z]+(-[a-z0-9_]+){2,}$/.test(text.trim()))";
        assert_eq!(
            self.client.execute(untold, vec![]).await.unwrap(),
            json!([]),
            "{what} shows keys, not words"
        );
        let findings = self.axe().await;
        assert!(findings.is_empty(), "{what} has accessibility findings:\n{}", findings.join("\n"));
    }

    /// Serious and critical findings of axe-core.
    async fn axe(&self) -> Vec<String> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../e2e/node_modules/axe-core/axe.min.js");
        let source = std::fs::read_to_string(&path)
            .unwrap_or_else(|error| panic!("axe-core is missing; run npm ci --prefix e2e ({error})"));
        let run = format!(
            "{source}; const done = arguments[arguments.length - 1];
             axe.run(document, {{ resultTypes: ['violations'] }}).then(
                result => done(result.violations), error => done(String(error)));"
        );
        let found = self.client.execute_async(&run, vec![]).await.unwrap();
        let found = found.as_array().unwrap_or_else(|| panic!("axe-core failed: {found}"));
        let serious = |one: &&Value| matches!(one["impact"].as_str(), Some("serious" | "critical"));
        let told = |one: &Value| format!("{}: {} at {}", one["id"], one["help"], places(one));
        found.iter().filter(serious).map(told).collect()
    }

    pub async fn end(mut self) {
        let _ = self.client.clone().close().await;
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

/// Where a finding is, and what was measured.
fn places(finding: &Value) -> String {
    let nodes = finding["nodes"].as_array().map(Vec::as_slice).unwrap_or_default();
    let told = nodes.iter().take(5).map(|node| format!("{} ({})", node["target"], node["failureSummary"]));
    told.collect::<Vec<_>>().join("; ")
}

/// A text as XPath writes it.
fn quoted(text: &str) -> String {
    if text.contains('"') { format!("'{text}'") } else { format!("\"{text}\"") }
}
