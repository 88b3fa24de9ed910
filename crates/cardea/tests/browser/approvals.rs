//! Letting a card do more: the page shows exactly the change, a passkey signs it, and its receipt is checked by the
//! browser's own cryptography; and the security centre around it.

use crate::browser::{Browser, Size};
use crate::demo::Demo;
use crate::record::{check_all, picture};
use serde_json::json;

/// Checks a receipt by the published keys, and that what was shown is what the authenticator signed; then with one letter
/// changed.
const CHECK: &str = r#"
const done = arguments[arguments.length - 1];
const bytes = text => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), c => c.charCodeAt(0));
const text = data => btoa(String.fromCharCode(...new Uint8Array(data))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
(async () => {
  const receipt = await (await fetch(arguments[0])).text();
  const { keys } = await (await fetch("/.well-known/jwks.json")).json();
  const [head, payload, signature] = receipt.split(".");
  const { kid } = JSON.parse(new TextDecoder().decode(bytes(head)));
  const jwk = keys.find(key => key.kid === kid);
  const key = await crypto.subtle.importKey("jwk", { kty: jwk.kty, crv: jwk.crv, x: jwk.x }, "Ed25519", false, ["verify"]);
  const holds = input => crypto.subtle.verify("Ed25519", key, bytes(signature), new TextEncoder().encode(input));
  const told = JSON.parse(new TextDecoder().decode(bytes(payload)));
  const nonce = bytes(told.nonce), shown = new TextEncoder().encode(told.text);
  const both = new Uint8Array([...nonce, ...shown]);
  const challenge = text(await crypto.subtle.digest("SHA-256", both));
  const client = JSON.parse(new TextDecoder().decode(bytes(told.webauthn.client_data)));
  done([await holds(`${head}.${payload}`), await holds(`${head}.${payload.replace(/.$/, c => c === "A" ? "Q" : "A")}`),
    client.challenge === challenge, JSON.parse(told.text).details.online.to]);
})().catch(error => done([String(error)]));
"#;

/// The owner at a phone, with a passkey, and their first card's id.
async fn at_the_phone(demo: &Demo) -> (Browser, String) {
    let http = &demo.about.http;
    let owner = Browser::start(Size::Phone).await;
    owner.authenticator().await;
    owner.go(demo.link("cardholder")).await;
    owner.go(&format!("{http}/security/devices?lang=en")).await;
    owner.click("#passkeys form[data-passkey] button[type='submit']").await;
    owner.read("counts as your device a day after it was made").await;
    owner.go(&format!("{http}/cards?lang=en")).await;
    let item = owner.attribute("li.carditem", "id").await;
    (owner, item.trim_start_matches("card-").to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_does_more_after_a_signature_under_exactly_that() {
    let demo = Demo::start(false);
    let http = &demo.about.http;
    let (owner, card) = at_the_phone(&demo).await;
    let form = format!("form[action='/cards/{card}/controls']");
    owner.click(&format!("{form} input[name='online']")).await;
    owner.click(&format!("{form} button")).await;
    owner.read("Saved").await;
    owner.click(&format!("{form} input[name='online']")).await;
    owner.click(&format!("{form} button")).await;
    owner.read("off → on").await;
    let approval = owner.client.current_url().await.unwrap().path().to_owned();
    check_all(&owner, &format!("{http}{approval}"), "approval-phone").await;
    owner.go(&format!("{http}{approval}?lang=en&theme=light")).await;
    owner.tab_to("form[data-passkey] button").await;
    owner.press(fantoccini::key::Key::Enter).await;
    owner.read("Saved").await;
    owner.go(&format!("{http}{approval}?lang=en")).await;
    owner.read("Approved and done").await;
    check_all(&owner, &format!("{http}{approval}"), "approval-done-phone").await;
    let receipt = owner.attribute("a[download]", "href").await;
    let checked = owner.client.execute_async(CHECK, vec![json!(receipt)]).await.unwrap();
    assert_eq!(checked, json!([true, false, true, true]));
    owner.go(&format!("{http}/approvals?lang=en")).await;
    owner.read("Let a card do more").await;
    check_all(&owner, &format!("{http}/approvals"), "approvals-phone").await;
    for part in ["approvals", "devices", "checks", "who-looked"] {
        owner.go(&format!("{http}/security?lang=en")).await;
        owner.see(&format!("section#{part}")).await;
    }
    check_all(&owner, &format!("{http}/security"), "security-phone").await;
    owner.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_security_centre_reads_well_on_a_wide_screen_before_anything_happened() {
    let demo = Demo::start(false);
    let http = &demo.about.http;
    let owner = Browser::start(Size::Desktop).await;
    owner.go(demo.link("cardholder")).await;
    owner.go(&format!("{http}/security?lang=en")).await;
    owner.see("section#devices").await;
    owner.read("You are signed in in one browser.").await;
    check_all(&owner, &format!("{http}/security"), "security-desktop").await;
    owner.go(&format!("{http}/approvals?lang=en&theme=light")).await;
    owner.read("Nothing to approve").await;
    picture(&owner, "approvals-none").await;
    owner.end().await;
}
