//! A complaint at the desk: the queue, whose turn it is, why it is due then, what may be done, and what is in the way.

use crate::browser::{Browser, Size};
use crate::demo::Demo;
use crate::record::check_all;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_takes_the_next_complaint_and_sees_why_it_is_due() {
    let demo = Demo::start(false);
    let http = &demo.about.http;
    let body = json!({
        "kind": "complaint", "pack": "cn", "customer": demo.cards[0].customer,
        "fields": {
            "complaint.channel": { "as": "word", "is": "phone" },
            "complaint.summary": { "as": "text", "is": "The same fee was taken twice." },
        },
    });
    let opened = demo.post("/v1/cases", "case-1", &body);
    let id = opened["id"].as_str().unwrap_or_else(|| panic!("no case: {opened}")).to_owned();
    let agent = Browser::start(Size::Desktop).await;
    agent.go(demo.link("agent")).await;
    agent.go(&format!("{http}/desk/cases?lang=en")).await;
    agent.read("Complaint").await;
    check_all(&agent, &format!("{http}/desk/cases"), "desk-cases").await;
    check_all(&agent, &format!("{http}/desk/cases/figures"), "desk-cases-figures").await;
    // It opens for whoever serves its customer: the page asks what for, and leads on.
    agent.go(&format!("{http}/desk/cases/{id}?lang=en&theme=light")).await;
    agent.click("#matter button[type='submit']").await;
    agent.read("Why due then?").await;
    check_all(&agent, &format!("{http}/desk/cases/{id}"), "desk-case").await;
    agent.end().await;
}
