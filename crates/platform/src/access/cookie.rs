//! The cookies that carry sessions: one for the card app, one for the desk, so that one browser can
//! hold both and neither path ever sees the other's.
//!
//! Always `HttpOnly`; `Secure` and the `__Host-` prefix (no other host, no other path can set it) as
//! soon as the public address is https. The desk's is `SameSite=Strict`, the app's `Lax`, so that a
//! link from a mail finds the cardholder signed in. No `Max-Age`: it ends with the browser, and the
//! table ends it earlier.

use super::{Surface, Token};
use axum::http::{HeaderMap, HeaderValue, header};

fn name(surface: Surface, secure: bool) -> &'static str {
    match (surface, secure) {
        (Surface::Desk, true) => "__Host-cardea_desk",
        (Surface::Desk, false) => "cardea_desk",
        (Surface::App | Surface::Api, true) => "__Host-cardea_app",
        (Surface::App | Surface::Api, false) => "cardea_app",
    }
}

fn render(surface: Surface, secure: bool, value: &str, rest: &str) -> Option<HeaderValue> {
    let name = name(surface, secure);
    let same_site = if surface == Surface::Desk { "Strict" } else { "Lax" };
    let secure = if secure { "; Secure" } else { "" };
    let text = format!("{name}={value}; Path=/; HttpOnly; SameSite={same_site}{secure}{rest}");
    let mut value = HeaderValue::from_str(&text).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// The `Set-Cookie` that gives a browser its session.
pub fn session_cookie(surface: Surface, secure: bool, token: &Token) -> Option<HeaderValue> {
    render(surface, secure, token.expose(), "")
}

/// The `Set-Cookie` that takes it away.
pub fn clear_session_cookie(surface: Surface, secure: bool) -> Option<HeaderValue> {
    render(surface, secure, "", "; Max-Age=0")
}

/// The session's token as the browser sent it for this surface.
pub fn read_session_cookie(headers: &HeaderMap, surface: Surface, secure: bool) -> Option<Token> {
    cookie_value(headers, name(surface, secure)).and_then(Token::from_text)
}

/// The value of the first cookie called `name`.
pub fn cookie_value<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(found, value)| (found == name).then_some(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_follow_surface_and_scheme() {
        let token = Token::from_text("abc").unwrap();
        let text =
            |surface, secure| session_cookie(surface, secure, &token).unwrap().to_str().unwrap().to_owned();
        assert_eq!(text(Surface::App, false), "cardea_app=abc; Path=/; HttpOnly; SameSite=Lax");
        assert_eq!(
            text(Surface::Desk, true),
            "__Host-cardea_desk=abc; Path=/; HttpOnly; SameSite=Strict; Secure"
        );
        let cleared = clear_session_cookie(Surface::App, false).unwrap();
        assert!(cleared.to_str().unwrap().ends_with("; Max-Age=0"));
    }

    #[test]
    fn a_cookie_is_read_by_its_whole_name() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, HeaderValue::from_static("xcardea_app=1; cardea_desk=d"));
        headers.append(header::COOKIE, HeaderValue::from_static("cardea_app=a"));
        let read =
            |surface, secure| read_session_cookie(&headers, surface, secure).map(|t| t.expose().to_owned());
        assert_eq!(read(Surface::App, false).as_deref(), Some("a"));
        assert_eq!(read(Surface::Desk, false).as_deref(), Some("d"));
        assert_eq!(read(Surface::App, true), None);
    }
}
