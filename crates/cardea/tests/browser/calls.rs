//! A customer on the telephone, a menu that answers, an agent who sees only what was proved, and the customer's app.

use crate::browser::{Browser, Size};
use crate::demo::Demo;
use crate::record::check_all;
use serde_json::json;

/// The agent's page of a call that the menu has answered for the holder of `card`.
async fn answered(demo: &Demo, card: &str) -> (Browser, String) {
    let http = &demo.about.http;
    let call = demo.post("/v1/calls", "call-1", &json!({ "card_number": demo.card(card).pan }));
    let agent = Browser::start(Size::Desktop).await;
    agent.go(demo.link("agent")).await;
    agent.go(&format!("{http}/desk/calls?lang=en")).await;
    let id = call["id"].as_str().unwrap_or_else(|| panic!("no call: {call}"));
    check_all(&agent, &format!("{http}/desk/calls"), "desk-calls").await;
    agent.go(&format!("{http}/desk/calls?lang=en&theme=light")).await;
    agent.click(&format!("form[action='/desk/calls/{id}/take'] button")).await;
    agent.read("You can freeze a card for any caller").await;
    (agent, format!("{http}/desk/calls/{id}"))
}

/// What the act of this line may be done with.
async fn line(agent: &Browser, act: &str) -> String {
    let text = "return [...document.querySelectorAll('#acts tr')].map(row => row.innerText)
        .find(text => text.includes(arguments[0])) ?? ''";
    let found = agent.client.execute(text, vec![json!(act)]).await.unwrap();
    found.as_str().unwrap_or_default().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_confirms_in_the_app_and_the_agent_may_do_what_that_opens() {
    let demo = Demo::start(false);
    let http = &demo.about.http;
    let owner = Browser::start(Size::Phone).await;
    owner.go(demo.link("cardholder")).await;
    owner.go(&format!("{http}/calls?lang=en")).await;
    owner.read("We are not talking to you").await;
    owner.go(&format!("{http}/cards?lang=en")).await;
    let item = owner.attribute("li.carditem", "id").await;
    let card = item.trim_start_matches("card-").to_owned();

    let (agent, call) = answered(&demo, &card).await;
    assert!(line(&agent, "Let a frozen card pay again").await.contains("Needs assurance"));
    check_all(&agent, &call, "desk-call-nothing-proved").await;
    agent.go(&format!("{call}?lang=en&theme=light")).await;
    agent.click("#acts form[action$='/freeze'] button").await;
    agent.go(&format!("{call}?lang=en")).await;
    agent.click("form[action$='/confirmations'] button").await;
    agent.read("Read this number to the caller").await;
    let number = agent.words(".readout .code").await;

    owner.go(&format!("{http}/calls?lang=en")).await;
    owner.read("You are talking to").await;
    check_all(&owner, &format!("{http}/calls"), "calls-asked-phone").await;
    check_all(&owner, &format!("{http}/calls/confirm"), "calls-confirm-phone").await;
    owner.go(&format!("{http}/calls/confirm?lang=en&theme=light")).await;
    owner.see("#number").await.send_keys(&number).await.unwrap();
    owner.click("form[action='/calls/confirm'] button").await;
    owner.see("main h1").await;

    agent.go(&format!("{call}?lang=en&theme=light")).await;
    agent.read("a request in the app").await;
    check_all(&agent, &call, "desk-call-proved").await;
    agent.go(&format!("{call}?lang=en&theme=light")).await;
    agent.click("form[action$='/closure'] button").await;
    agent.go(&format!("{call}?lang=en")).await;
    agent.read("This call is over").await;
    owner.go(&format!("{http}/calls?lang=en")).await;
    owner.read("We are not talking to you").await;
    agent.end().await;
    owner.end().await;
}
