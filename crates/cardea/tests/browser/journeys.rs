//! What people do: sign in, look, freeze, find out why, serve a customer, watch the wall.

use crate::browser::{Browser, Size};
use crate::demo::Demo;
use fantoccini::Locator;
use fantoccini::key::Key;
use std::collections::BTreeSet;

const FREEZE: &str = "#cards button.btn--guard";
const LANGUAGES: [(&str, &str, &str); 3] = [
    ("zh-Hans", "可用额度", "没有通过"),
    ("zh-Hant", "可用額度", "沒有通過"),
    ("en", "Available credit", "Declined"),
];

/// Signs the demo's first cardholder in; gives back the browser on their first page.
async fn signed_in(demo: &Demo, size: Size) -> Browser {
    let browser = Browser::start(size).await;
    browser.go(demo.link("cardholder")).await;
    browser.go(&format!("{}/?lang=en", demo.about.http)).await;
    browser.see("#balance .amount--hero").await;
    browser
}

/// The id of the first card on the page.
async fn first_card(browser: &Browser) -> String {
    let item = browser.attribute("#cards li.carditem", "id").await;
    item.trim_start_matches("card-").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cardholder_freezes_a_card_and_sees_the_next_payment_declined_live() {
    let demo = Demo::start(false);
    let browser = signed_in(&demo, Size::Phone).await;
    let card = demo.card(&first_card(&browser).await).clone();

    let before = browser.words("#balance .amount--hero").await;
    let approved = demo.pay(&card, "46.00", "journey-1");
    assert_eq!(approved["code"], "00", "{approved}");
    // Nothing was reloaded: the stream brings the payment and the new balance.
    browser.read("Wild Plum Noodles").await;
    browser.read("On hold").await;
    assert_ne!(browser.words("#balance .amount--hero").await, before);

    browser.click(FREEZE).await;
    browser.see("#cards .cardpic--frozen").await;
    let declined = demo.pay(&card, "20.00", "journey-2");
    assert_eq!(declined["code"], "62", "{declined}");
    browser.read("This card is frozen.").await;
    browser.read("Nothing was charged.").await;
    browser.check_page("the first page with a frozen card").await;

    browser.click("#transactions .why a").await;
    browser.read("What you can do").await;
    browser.check_page("a declined transaction").await;

    browser.go(&format!("{}/cards", demo.about.http)).await;
    browser.click("form[action$='/unfreeze'] button").await;
    browser.see("form[action$='/freeze'] button.btn--guard").await;
    assert_eq!(demo.pay(&card, "20.00", "journey-3")["code"], "00");
    browser.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn freezing_works_with_the_keyboard_alone() {
    let demo = Demo::start(false);
    let browser = signed_in(&demo, Size::Desktop).await;
    browser.tab_to(FREEZE).await;
    browser.press(Key::Enter).await;
    browser.see("#cards .cardpic--frozen").await;
    // The focus is where it can be undone, not lost at the top of the page.
    let focused = "return document.activeElement.closest('form')?.action ?? ''";
    let action = browser.client.execute(focused, vec![]).await.unwrap();
    assert!(action.as_str().unwrap_or_default().ends_with("/unfreeze"), "{action}");
    browser.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_stands_in_three_languages_and_two_lights_on_a_phone_and_a_desk() {
    let demo = Demo::start(false);
    for size in [Size::Phone, Size::Desktop] {
        // A sign-in link works once: the second browser signs in by choosing its person.
        let browser =
            if size == Size::Phone { signed_in(&demo, size).await } else { chosen(&demo, size).await };
        if size == Size::Phone {
            let card = demo.card(&first_card(&browser).await).clone();
            demo.pay(&card, "46.00", "pages-1");
            browser.click(FREEZE).await;
            browser.see("#cards .cardpic--frozen").await;
            demo.pay(&card, "12.00", "pages-2");
            browser.read("This card is frozen.").await;
        }
        for theme in ["light", "dark"] {
            for (tag, available, declined) in LANGUAGES {
                for path in ["/", "/transactions", "/cards"] {
                    let what = format!("{path} in {tag}, {theme}, {size:?}");
                    browser.go(&format!("{}{path}?lang={tag}&theme={theme}", demo.about.http)).await;
                    browser.see(&format!("html[lang='{tag}'][data-theme='{theme}'] main h1")).await;
                    if path == "/" {
                        browser.read(available).await;
                    }
                    if path != "/cards" {
                        browser.read(declined).await;
                    }
                    browser.check_page(&what).await;
                }
            }
        }
        browser.end().await;
    }
}

/// Signs the first cardholder in by the demo's list of people.
async fn chosen(demo: &Demo, size: Size) -> Browser {
    let browser = Browser::start(size).await;
    browser.go(&format!("{}/sign-in?lang=en", demo.about.http)).await;
    browser.check_page("the sign-in").await;
    let first = "//form[contains(., 'ardholder')]//button";
    browser.client.find(Locator::XPath(first)).await.unwrap().click().await.unwrap();
    browser.see("#balance").await;
    browser
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_finds_a_customer_and_freezes_their_card() {
    let demo = Demo::start(false);
    let card = demo.cards.iter().find(|row| row.currency == "CNY").expect("a card").clone();
    demo.pay(&card, "46.00", "desk-1");
    let browser = Browser::start(Size::Desktop).await;
    browser.go(demo.link("agent")).await;
    browser.go(&format!("{}/desk/customers?lang=en", demo.about.http)).await;
    browser.check_page("finding a customer").await;
    browser.see("#sought").await.send_keys(&card.pan).await.unwrap();
    browser.click("#find button[type='submit']").await;
    browser.read("What do you serve this customer for?").await;
    browser.check_page("a closed record").await;
    browser.click("#matter button[type='submit']").await;
    browser.see("#records .timeline").await;
    let address = browser.client.current_url().await.unwrap().to_string();
    assert!(!address.contains(&card.pan), "a card number never enters an address");
    assert!(!browser.client.source().await.unwrap().contains(&card.pan), "nor a page");
    browser.read("Wild Plum Noodles").await;
    browser.check_page("a customer at the desk").await;
    browser.click(&format!("form[action$='/desk/cards/{}/freeze'] button", card.card)).await;
    browser.read("Only the customer unfreezes").await;
    assert_eq!(demo.pay(&card, "20.00", "desk-2")["code"], "62");
    browser.client.refresh().await.unwrap();
    browser.read("The words the customer sees").await;
    browser.check_page("a declined payment at the desk").await;
    for theme in ["light", "dark"] {
        for (tag, ..) in LANGUAGES {
            browser.go(&format!("{address}?lang={tag}&theme={theme}")).await;
            browser.see(&format!("html[lang='{tag}'] #records")).await;
            browser.check_page(&format!("a customer at the desk in {tag}, {theme}")).await;
        }
    }
    browser.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_wall_moves_by_itself() {
    let demo = Demo::start(true);
    let browser = Browser::start(Size::Desktop).await;
    browser.go(demo.link("analyst")).await;
    browser.go(&format!("{}/desk/live?lang=en", demo.about.http)).await;
    browser.see("[data-live]").await;
    browser.see("[data-live-status][data-state='live']").await;
    browser.check_page("the live wall").await;
    // Four different sets of figures without a reload: it moves, and not only once. Charts don't count, whose axes move
    // with every minute. The demo's own people may be asleep, so somebody pays.
    let card = demo.cards.iter().find(|row| row.currency == "CNY").expect("a card").clone();
    let figures =
        "return [...document.querySelectorAll('[id^=wall-kpi-]')].map(e => e.textContent).join('\\n')";
    let mut seen = BTreeSet::new();
    let started = std::time::Instant::now();
    for payment in 1.. {
        seen.insert(browser.client.execute(figures, vec![]).await.unwrap().to_string());
        if seen.len() == 4 {
            break;
        }
        assert!(started.elapsed() < crate::browser::PATIENCE, "the wall stands still");
        demo.pay(&card, "46.00", &format!("wall-{payment}"));
        tokio::time::sleep(std::time::Duration::from_millis(250)).await;
    }
    browser.end().await;
}
