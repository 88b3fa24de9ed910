//! People at browsers: signed in, asking for pages, sending forms; and the customers whose data they see.

use crate::{Answer, TestApp, test_pan};
use features::accounts::{Opening, Person};
use features::authorizations::{ChipScheme, Expiry};
use features::cards::{AccountWithCards, CardOrder};
use kernel::{AccountId, Actor, CardId, Channel, Currency, CustomerId, Masked, StaffId};
use platform::access::{
    Assurance, NewSession, NewStaff, Role, Surface, add_staff, open_session, session_cookie,
};
use platform::i18n::Locale;

/// A session as its browser has it: cookie, and the token of its forms.
#[derive(Clone, Debug)]
pub struct Browser {
    /// The value of the header `Cookie`.
    pub cookie: String,
    /// For the field `csrf`.
    pub csrf: String,
}

/// Customer `n` with account 1,000,000 + `n` and card 2,000,000 + `n`.
///
/// # Panics
/// When `n` is negative.
#[expect(clippy::expect_used, reason = "a test without its customer must fail")]
pub fn sample_customer(n: i64) -> AccountWithCards {
    let person = Person {
        name: Masked::new("周明慧"),
        name_latin: Masked::new("Zhou Minghui"),
        language: Locale::ZhHans,
        phone: Masked::new(format!("+86138{n:04}6021")),
        email: Masked::new(format!("zhou.{n}@post.example")),
        address: Masked::new("18 Wutong Road"),
        city: Masked::new("Shanghai"),
        country: 156,
        home: None,
        utc_offset_min: 480,
        document_number: Some(Masked::new(format!("SAMPLE-{n:08}"))),
    };
    let opening = Opening {
        account: AccountId::from_raw(1_000_000 + n),
        customer: CustomerId::from_raw(n),
        person: Some(person),
        product: "gold".to_owned(),
        currency: Currency::CNY,
        limit_minor: 5_000_000,
        cash_limit_minor: 2_500_000,
        watched: true,
        statement_day: 5,
    };
    let card = CardOrder {
        card: CardId::from_raw(2_000_000 + n),
        pan: test_pan(u32::try_from(n).expect("a small number")),
        expiry: Expiry { year: 30, month: 12 },
        service_code: 201,
        psn: 1,
        pin: None,
        chip: ChipScheme::Visa,
        product: "gold".to_owned(),
    };
    AccountWithCards { opening, cards: vec![card] }
}

impl TestApp {
    /// A browser in which `actor` is signed in.
    ///
    /// # Panics
    /// When the session can't be opened.
    #[expect(clippy::expect_used, reason = "a test without its session must fail")]
    pub async fn browser(&self, actor: Actor, role: Role, assurance: Assurance) -> Browser {
        let new = NewSession::new(actor, role, assurance);
        let opened = open_session(&self.app.db, &*self.app.random, new).await;
        let opened = opened.expect("the database answers").expect("a person");
        let surface = if role.is_staff() { Surface::Desk } else { Surface::App };
        let cookie = session_cookie(surface, false, &opened.token).expect("a cookie");
        let cookie = cookie.to_str().expect("plain text").split(';').next().unwrap_or_default().to_owned();
        Browser { cookie, csrf: opened.token.csrf() }
    }

    /// A new member of staff called Lin Jing, at a browser, with assurance 2.
    ///
    /// # Panics
    /// When the database refuses.
    #[expect(clippy::expect_used, reason = "a test without its agent must fail")]
    pub async fn staff(&self, role: Role) -> (StaffId, Browser) {
        let new = NewStaff { name: Masked::new("Lin Jing"), role, locale: "en".to_owned() };
        let id = add_staff(&self.app.db, Actor::System, Channel::Console, new).await;
        let id = id.expect("the database answers").expect("a role of staff");
        (id, self.browser(Actor::Staff(id), role, Assurance::TWO).await)
    }

    /// Has somebody at the desk say what they serve `customer` for: a call, or a check where they are compliance.
    pub async fn serve(&self, browser: &Browser, role: Role, customer: CustomerId) -> Answer {
        let fields = match role {
            Role::Compliance => "kind=review&words=a+check",
            _ => "kind=call",
        };
        self.post(browser, &format!("/desk/customers/{customer}/matters"), fields).await
    }

    /// Asks for a page.
    pub async fn get(&self, browser: &Browser, path: &str) -> Answer {
        self.ask("GET", path, &[("cookie", &browser.cookie), ("accept", "text/html")], "").await
    }

    /// Sends a form.
    pub async fn post(&self, browser: &Browser, path: &str, fields: &str) -> Answer {
        let headers = [
            ("cookie", browser.cookie.as_str()),
            ("sec-fetch-site", "same-origin"),
            ("content-type", "application/x-www-form-urlencoded"),
        ];
        self.ask("POST", path, &headers, &format!("csrf={}&{fields}", browser.csrf)).await
    }
}
