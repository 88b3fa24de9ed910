//! The page that a browser gets for a problem: what happened and what to do, in the reader's language.
//!
//! The sentence is found by the problem's code where it has one of its own, else by its kind. The id of
//! the request stands on it, for a call to the service.

use super::problem::Problem;
use crate::access::Surface;
use crate::app::App;
use crate::i18n::{Wishes, t};
use crate::ui::components::{Action, ButtonKind, Notice, Tone, link_button, notice};
use crate::ui::{Icon, PlainPage, Theme, plain_page};
use axum::http::request::Parts;
use axum::response::{Html, IntoResponse, Response};
use kernel::Fault;
use maud::html;

/// Codes with sentences of their own.
const TOLD_APART: [&str; 3] = ["assurance_too_low", "form_expired", "link_not_valid"];

const fn word_of(fault: Fault) -> &'static str {
    match fault {
        Fault::Invalid => "invalid",
        Fault::Unproved => "unproved",
        Fault::Forbidden => "forbidden",
        Fault::Absent => "absent",
        Fault::Conflict => "conflict",
        Fault::Busy => "busy",
        Fault::Internal => "internal",
    }
}

/// Makes the page; see [`crate::app::ErrorPage`].
pub fn error_page(app: &App, parts: &Parts, problem: &Problem, request_id: &str) -> Response {
    let locale = Wishes::from_request(&parts.uri, &parts.headers).locale();
    let code = problem.code();
    let own = TOLD_APART.contains(&code).then(|| code.replace('_', "-"));
    let which = own.unwrap_or_else(|| word_of(problem.fault()).to_owned());
    let word = |part: &str| t(locale, &format!("platform-error-{which}{part}"), &[]);
    let signs_in = problem.fault() == Fault::Unproved || code == "link_not_valid";
    let (href, label) = match (signs_in, Surface::of(parts.uri.path())) {
        (true, Surface::App) if code == "assurance_too_low" => ("/step-up", "platform-error-to-step-up"),
        (true, _) => ("/sign-in", "platform-error-to-sign-in"),
        (false, Surface::Desk) => ("/desk", "platform-error-to-start"),
        (false, Surface::App | Surface::Api) => ("/", "platform-error-to-start"),
    };
    let title = word("");
    let ours = matches!(problem.fault(), Fault::Internal | Fault::Busy);
    let told = Notice {
        tone: if ours { Tone::No } else { Tone::Look },
        icon: Icon::Alert,
        title: "",
        text: html! {
            p { (word("-text")) }
            p.label { (t(locale, "platform-error-request", &[("id", request_id.into())])) }
        },
        acts: link_button(&Action::new(ButtonKind::Plain, &t(locale, label, &[])), href),
    };
    let banner = app.banner(locale);
    let page = PlainPage {
        locale,
        theme: Theme::from_request(&parts.uri, &parts.headers),
        issuer: app.brand.name(locale),
        title: &title,
        address: super::shown_address(parts.uri.path()),
        banner: banner.as_ref(),
        main: html! { h1 { (title) } (notice(&told)) },
    };
    Html(plain_page(&page).into_string()).into_response()
}
