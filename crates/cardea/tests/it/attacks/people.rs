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
}
