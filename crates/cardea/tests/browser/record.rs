//! What is shown in full and who sees it afterwards: an agent reveals, the cardholder and compliance are told.

use crate::browser::{Browser, Size};
use crate::demo::Demo;
use fantoccini::Locator;

const LANGUAGES: [&str; 3] = ["zh-Hans", "zh-Hant", "en"];

/// Checks a page in each language and light, and keeps its picture where `CARDEA_PICTURES` names a folder.
pub async fn check_all(browser: &Browser, address: &str, name: &str) {
    for theme in ["light", "dark"] {
        for tag in LANGUAGES {
            let joint = if address.contains('?') { '&' } else { '?' };
            browser.go(&format!("{address}{joint}lang={tag}&theme={theme}")).await;
            browser.see(&format!("html[lang='{tag}'][data-theme='{theme}'] main")).await;
            browser.check_page(&format!("{name} in {tag}, {theme}")).await;
            let words = browser.text().await;
            assert!(!words.contains("req_"), "{name} is a page about an error:\n{words}");
            picture(browser, &format!("{name}-{tag}-{theme}")).await;
        }
    }
}

pub async fn picture(browser: &Browser, name: &str) {
    if let Some(folder) = std::env::var_os("CARDEA_PICTURES") {
        let image = browser.client.screenshot().await.unwrap();
        std::fs::write(std::path::Path::new(&folder).join(format!("{name}.png")), image).unwrap();
    }
}

async fn choose(browser: &Browser, id: &str, value: &str) {
    let field = browser.see(&format!("#{id}")).await;
    field.select_by_value(value).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_agent_reveals_the_cardholder_and_compliance_see() {
    let demo = Demo::start(false);
    let http = &demo.about.http;
    let owner = Browser::start(Size::Phone).await;
    owner.go(demo.link("cardholder")).await;
    owner.go(&format!("{http}/who-looked?lang=en")).await;
    owner.read("Nobody has looked yet").await;
    owner.check_page("who looked, empty").await;
    owner.go(&format!("{http}/cards?lang=en")).await;
    let item = owner.attribute("li.carditem", "id").await;
    let card = demo.card(item.trim_start_matches("card-")).clone();

    let agent = Browser::start(Size::Desktop).await;
    agent.go(demo.link("agent")).await;
    agent.go(&format!("{http}/desk/customers?lang=en")).await;
    agent.see("#sought").await.send_keys(&card.pan).await.unwrap();
    agent.click("#find button[type='submit']").await;
    agent.see("#matter").await;
    let account = agent.client.current_url().await.unwrap().to_string();
    let account = account.split('?').next().unwrap().to_owned();
    check_all(&agent, &account, "desk-account-no-matter").await;
    agent.go(&format!("{account}?lang=en&theme=light")).await;
    agent.click("#matter button[type='submit']").await;
    agent.read("On the line with the customer").await;
    check_all(&agent, &account, "desk-account-matter").await;
    agent.go(&format!("{account}?lang=en&theme=light")).await;
    choose(&agent, "thing", &card.card).await;
    choose(&agent, "why", "call_back").await;
    agent.see("#words").await.send_keys("calls back about a parcel").await.unwrap();
    agent.click("form[action$='/reveals'] button").await;
    agent.see(".reveal__value").await;
    let spaced: Vec<&str> = (0..4).map(|at| &card.pan[at * 4..at * 4 + 4]).collect();
    agent.read(&spaced.join(" ")).await;
    agent.check_page("a card number in full").await;
    picture(&agent, "desk-reveal").await;
    agent.go(&format!("{account}?lang=en")).await;
    assert!(!agent.client.source().await.unwrap().contains(&spaced.join(" ")), "masked again");

    check_all(&owner, &format!("{http}/who-looked"), "who-looked-phone").await;
    owner.go(&format!("{http}/who-looked?lang=en")).await;
    owner.read("The full number of a card").await;
    owner.read("To call or write back").await;
    owner.go(&format!("{http}/cards?lang=en&theme=light")).await;
    owner.click(&format!("form[action$='/cards/{}/number'] button", card.card)).await;
    owner.read(&spaced.join(" ")).await;
    owner.check_page("the number of one's own card").await;
    picture(&owner, "own-number-phone").await;
    owner.end().await;

    let officer = Browser::start(Size::Desktop).await;
    officer.go(demo.link("compliance")).await;
    officer.go(&format!("{http}/desk/audit-log?lang=en")).await;
    officer.see("#person").await.send_keys(&card.pan).await.unwrap();
    officer.click("#search button[type='submit']").await;
    officer.see("#words").await.send_keys("a customer asks who looked").await.unwrap();
    officer.check_page("a closed record of the log").await;
    officer.click("#matter button[type='submit']").await;
    officer.read("was shown the full number of card").await;
    let address = officer.client.current_url().await.unwrap().to_string();
    assert!(address.contains("person=cust_") && !address.contains(&card.pan), "{address}");
    check_all(&officer, &address, "desk-log").await;
    officer.client.find(Locator::Css("a[href*='entries.csv']")).await.unwrap();
    officer.end().await;
    agent.end().await;
}
