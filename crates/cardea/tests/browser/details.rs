//! A customer changes a telephone number: what it would do, the signature, the wait, and "this was not me" from a browser
//! in which nobody is signed in.

use crate::browser::{Browser, Size};
use crate::demo::Demo;
use crate::record::check_all;

/// The owner at a phone, with a passkey that was made two days ago.
async fn with_a_bound_device(demo: &Demo) -> Browser {
    let http = &demo.about.http;
    let owner = Browser::start(Size::Phone).await;
    owner.authenticator().await;
    owner.go(demo.link("cardholder")).await;
    owner.go(&format!("{http}/security/devices?lang=en")).await;
    owner.click("#passkeys form[data-passkey] button[type='submit']").await;
    owner.read("counts as your device a day after it was made").await;
    demo.sql("UPDATE passkeys SET made_at = made_at - 172800000000").await;
    owner
}

#[tokio::test(flavor = "multi_thread")]
async fn a_telephone_number_changes_with_a_signature_a_wait_and_a_way_to_say_no() {
    let demo = Demo::start(false);
    let http = &demo.about.http;
    let owner = with_a_bound_device(&demo).await;
    check_all(&owner, &format!("{http}/details"), "details-phone").await;
    check_all(&owner, &format!("{http}/details/phone"), "details-form-phone").await;
    check_all(&owner, &format!("{http}/details/document"), "details-evidence-phone").await;
    owner.go(&format!("{http}/details/phone?lang=en&theme=light")).await;
    owner.see("#phone").await.send_keys("+8613900000001").await.unwrap();
    owner.click("form[action='/details/phone/preview'] button").await;
    owner.read("What this change does").await;
    owner.check_page("what a change does").await;
    crate::record::picture(&owner, "details-preview-phone").await;
    owner.click("form[action='/details/phone'] button").await;
    owner.read("+8613900000001").await;
    owner.click("form[data-passkey] button").await;
    owner.read("It waits now").await;
    check_all(&owner, &format!("{http}/details"), "details-waiting-phone").await;

    let stranger = Browser::start(Size::Phone).await;
    check_all(&stranger, &format!("{http}/not-me"), "not-me-phone").await;
    stranger.go(&format!("{http}/not-me?lang=en&theme=light")).await;
    stranger.see("#code").await.send_keys(&code_of_notice(&demo)).await.unwrap();
    stranger.click("form[action='/not-me'] button").await;
    stranger.read("The change is stopped").await;
    stranger.end().await;
    owner.end().await;
}

/// The code in the words of the newest notice by text message.
fn code_of_notice(demo: &Demo) -> String {
    for _ in 0..100 {
        let sent = std::fs::read_to_string(&demo.about.messages).unwrap_or_default();
        let is_code = |word: &&str| {
            word.len() == 19 && word.split('-').count() == 4 && word.split('-').all(|part| part.len() == 4)
        };
        let notices = sent.lines().filter(|line| line.contains("changes.change.waiting"));
        let mut words =
            notices.flat_map(|line| line.split(|sign: char| !(sign.is_ascii_alphanumeric() || sign == '-')));
        if let Some(code) = words.find(is_code) {
            return code.to_owned();
        }
        std::thread::sleep(std::time::Duration::from_millis(200));
    }
    panic!("no notice was sent");
}
