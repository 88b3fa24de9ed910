//! People at browsers, as the demo lets them in: a cookie and the token of their forms.

use crate::http::{Answer, send};
use crate::server::Server;

/// Somebody who is signed in.
pub struct Person {
    cookie: String,
    csrf: String,
}

impl Person {
    /// The first of the demo's people with this role who is let in at `page`, where their token stands.
    pub fn sign_in(server: &Server, role: &str, page: &str) -> Self {
        let link = server.demo.sign_ins.iter().find(|one| one.role == role).expect("a sign-in of this role");
        let path = link.url.strip_prefix(&server.demo.http).unwrap();
        let answer = crate::http::get(server.http(), path).unwrap();
        Self::let_in(server, &answer, page)
    }

    /// A customer of the demo, as its sign-in page lets them in.
    pub fn customer(server: &Server, customer: &str, page: &str) -> Self {
        let nobody = Self { cookie: String::new(), csrf: String::new() };
        Self::let_in(server, &nobody.post(server, "/sign-in", &format!("who={customer}&next=/")), page)
    }

    fn let_in(server: &Server, answer: &Answer, page: &str) -> Self {
        let cookie = answer.header("set-cookie").expect("signed in").split(';').next().unwrap().to_owned();
        let mut person = Self { cookie, csrf: String::new() };
        let page = person.get(server, page).text();
        let token = page.split("name=\"csrf\" value=\"").nth(1).expect("a page with a form");
        person.csrf = token.split('"').next().unwrap().to_owned();
        person
    }

    pub fn get(&self, server: &Server, path: &str) -> Answer {
        let headers = [("cookie", self.cookie.as_str()), ("accept", "text/html")];
        send(server.http(), &format!("GET {path}"), &headers, b"").unwrap()
    }

    /// Reads a page as a script would: a refusal is a problem in JSON.
    pub fn fetch(&self, server: &Server, path: &str) -> Answer {
        let headers = [("cookie", self.cookie.as_str()), ("accept", "*/*")];
        send(server.http(), &format!("GET {path}"), &headers, b"").unwrap()
    }

    /// Sends a form as a script would, so that a refusal is a problem in JSON.
    pub fn post(&self, server: &Server, path: &str, fields: &str) -> Answer {
        let headers = [
            ("cookie", self.cookie.as_str()),
            ("origin", server.demo.http.as_str()),
            ("content-type", "application/x-www-form-urlencoded"),
        ];
        let body = format!("csrf={}&{fields}", self.csrf);
        send(server.http(), &format!("POST {path}"), &headers, body.as_bytes()).unwrap()
    }

    /// Asks for what `fields` say, which needs a second person, and finds it where `reader` sees what waits.
    pub fn ask(&self, server: &Server, fields: &str, reader: &Self) -> Waiting {
        let asked = self.post(server, "/desk/staff/requests", fields);
        assert_eq!(asked.status, 303, "{fields}: {}", asked.text());
        let page = reader.get(server, "/desk/staff").text();
        let form = page.split_once("action=\"/desk/staff/requests/").expect("it waits").1;
        let id = form.split('/').next().unwrap().to_owned();
        let hash = form.split_once("name=\"command\" value=\"").unwrap().1.split('"').next().unwrap();
        Waiting { id, hash: hash.to_owned() }
    }

    /// Allows what waits.
    pub fn decide(&self, server: &Server, waiting: &Waiting) -> Answer {
        let path = format!("/desk/staff/requests/{}/decision", waiting.id);
        self.post(server, &path, &format!("decision=approve&command={}", waiting.hash))
    }
}

/// What waits for a second person.
#[derive(Clone)]
pub struct Waiting {
    pub id: String,
    /// Of the exact command that is shown.
    pub hash: String,
}

/// Status, and the code of the problem where there is one.
pub fn told(answer: &Answer) -> (u16, String) {
    let body = serde_json::from_slice::<serde_json::Value>(&answer.body).ok();
    let code = body.and_then(|body| Some(body["code"].as_str()?.to_owned()));
    (answer.status, code.unwrap_or_default())
}
