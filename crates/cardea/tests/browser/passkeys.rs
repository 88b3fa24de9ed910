//! Passkeys in a real browser with a virtual fingerprint reader: made, used, refused, and said plainly where they can't
//! work.

use crate::browser::{Browser, Size};
use crate::demo::Demo;

const BUTTON: &str = "form[data-passkey] button[type='submit']";
const FAILURE: &str = "[data-passkey-failure]:not([hidden])";

/// A cardholder's browser with a reader, come in by the demo's link.
async fn holder(demo: &Demo, size: Size) -> (Browser, String) {
    let browser = Browser::start(size).await;
    let reader = browser.authenticator().await;
    browser.go(demo.link("cardholder")).await;
    browser.see("#balance").await;
    (browser, reader)
}

async fn make_a_passkey(demo: &Demo, browser: &Browser, name: &str) {
    browser.go(&format!("{}/security/devices?lang=en", demo.about.http)).await;
    browser.see("#name").await.send_keys(name).await.unwrap();
    browser.click("#passkeys form[data-passkey] button[type='submit']").await;
    browser.read(name).await;
}

async fn sign_out(demo: &Demo, browser: &Browser) {
    browser.client.delete_all_cookies().await.unwrap();
    browser.go(&format!("{}/sign-in?lang=en", demo.about.http)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passkey_is_made_on_a_phone_and_signs_in_again() {
    let demo = Demo::start(false);
    let (browser, reader) = holder(&demo, Size::Phone).await;
    make_a_passkey(&demo, &browser, "My phone").await;
    browser.read("counts as your device a day after it was made").await;
    sign_out(&demo, &browser).await;
    // A finger that is not known opens nothing, and the page says so.
    browser.set_verified(&reader, false).await;
    browser.click(BUTTON).await;
    browser.see(FAILURE).await;
    browser.set_verified(&reader, true).await;
    browser.click(BUTTON).await;
    browser.see("#balance").await;
    browser.go(&format!("{}/security/devices?lang=en", demo.about.http)).await;
    browser.read("This one").await;
    // The same device again is told to be known.
    browser.click("#passkeys form[data-passkey] button[type='submit']").await;
    browser.read("has a passkey of yours already").await;
    // Ended, it opens nothing.
    browser.click("#passkeys form[action$='/end'] button").await;
    // Taking it away is signed for, with the passkey itself.
    browser.read("Take a passkey away").await;
    browser.click(BUTTON).await;
    browser.read("You have no passkey yet.").await;
    sign_out(&demo, &browser).await;
    browser.click(BUTTON).await;
    browser.read("The passkey was not accepted.").await;
    browser.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_address_gets_no_passkey_of_this_one() {
    let demo = Demo::start(false);
    let (browser, _) = holder(&demo, Size::Desktop).await;
    make_a_passkey(&demo, &browser, "Laptop").await;
    sign_out(&demo, &browser).await;
    // The same server by its number: for a browser, another site.
    let other = demo.about.http.replace("localhost", "127.0.0.1");
    browser.go(&format!("{other}/sign-in?lang=en")).await;
    browser.click(BUTTON).await;
    browser.read("belongs to another address").await;
    sign_out(&demo, &browser).await;
    browser.click(BUTTON).await;
    browser.see("#balance").await;
    browser.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_administrator_comes_in_by_the_printed_code() {
    let demo = Demo::start(false);
    let printed = demo.command("administrator");
    let code = printed.lines().map(str::trim).find(|line| line.len() == 23 && line.matches('-').count() == 3);
    let code = code.unwrap_or_else(|| panic!("no code in {printed}"));
    let browser = Browser::start(Size::Desktop).await;
    browser.authenticator().await;
    browser.go(&format!("{}/desk/activate?lang=en", demo.about.http)).await;
    browser.check_page("a first passkey").await;
    browser.see("#code").await.send_keys("0000-wrong").await.unwrap();
    browser.click(BUTTON).await;
    browser.read("This code is unknown").await;
    browser.see("#code").await.clear().await.unwrap();
    browser.see("#code").await.send_keys(&code.to_lowercase()).await.unwrap();
    browser.click(BUTTON).await;
    browser.see(".desk__main").await;
    browser.client.delete_all_cookies().await.unwrap();
    browser.go(&format!("{}/desk?lang=en", demo.about.http)).await;
    browser.see(BUTTON).await;
    browser.click(BUTTON).await;
    browser.see(".desk__main").await;
    browser.go(&format!("{}/desk/devices?lang=en", demo.about.http)).await;
    browser.read("Your passkeys").await;
    browser.check_page("a colleague's passkeys").await;
    browser.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pages_stand_in_three_languages_and_two_lights_and_say_what_is_missing() {
    let demo = Demo::start(false);
    for size in [Size::Phone, Size::Desktop] {
        let browser = Browser::start(size).await;
        browser.authenticator().await;
        for (tag, sentence) in
            [("zh-Hans", "我有激活码"), ("zh-Hant", "我有啟用碼"), ("en", "I have an activation code")]
        {
            for theme in ["light", "dark"] {
                for path in ["/sign-in", "/desk/sign-in", "/activate"] {
                    browser.go(&format!("{}{path}?lang={tag}&theme={theme}", demo.about.http)).await;
                    browser.see(&format!("html[lang='{tag}'][data-theme='{theme}'] main h1")).await;
                    if path == "/sign-in" {
                        browser.read(sentence).await;
                    }
                    browser.check_page(&format!("{path} in {tag}, {theme}, {size:?}")).await;
                }
            }
        }
        browser.end().await;
    }
    let (browser, _) = holder(&demo, Size::Phone).await;
    make_a_passkey(&demo, &browser, "电话").await;
    for tag in ["zh-Hans", "zh-Hant", "en"] {
        for theme in ["light", "dark"] {
            browser.go(&format!("{}/security/devices?lang={tag}&theme={theme}", demo.about.http)).await;
            browser.see(&format!("html[lang='{tag}'][data-theme='{theme}'] main h1")).await;
            browser.check_page(&format!("the devices in {tag}, {theme}")).await;
        }
    }
    // What a browser without script has: the sentence, and no button.
    let page = without_script(&format!("{}/sign-in?lang=en", demo.about.http));
    assert!(
        page.contains("This browser can't use passkeys here") && page.contains("type=\"submit\" hidden"),
        "{page}"
    );
    browser.end().await;
}

/// A page as it is without script.
fn without_script(address: &str) -> String {
    use std::io::{Read, Write};
    let (host, path) = address.trim_start_matches("http://").split_once('/').unwrap();
    let mut stream = std::net::TcpStream::connect(host.replace("localhost", "127.0.0.1")).unwrap();
    write!(stream, "GET /{path} HTTP/1.1\r\nhost: {host}\r\naccept: text/html\r\nconnection: close\r\n\r\n")
        .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}
