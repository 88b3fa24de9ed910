//! One's own proofs: the list, the query password, the authenticator app.

use super::super::error::IdentityError;
use super::super::service::Enrolment;
use super::step_up::waiting_sentence;
use super::{Told, digits, secret};
use maud::{Markup, PreEscaped, html};
use platform::access::Caller;
use platform::http::problem::Problem;
use platform::i18n::t;
use platform::ui::Icon;
use platform::ui::components::{
    Action, ButtonKind, Field, Notice, Panel, PostForm, RowEntry, Tone, button, field, link_button, notice,
    panel, post_form, rows,
};
use qrcode::QrCode;
use qrcode::render::svg::Color;

/// Side of the picture, CSS pixels at least.
const PICTURE_PX: u32 = 220;

/// What the reader has.
pub(in super::super) struct Own {
    pub(in super::super) password: bool,
    pub(in super::super) authenticator: bool,
    /// From when a code by letter can be used, where one waits.
    pub(in super::super) waiting: Option<String>,
}

fn form<'a>(caller: &'a Caller, action: &'a str) -> PostForm<'a> {
    PostForm { action, csrf: caller.csrf(), hidden: &[], swap: false, class: "panel__body stack" }
}

/// The reader's proofs, with the way to change each.
pub(in super::super) fn proofs(caller: &Caller, own: &Own) -> Markup {
    let title = t(caller.locale, "identity-proofs", &[]);
    html! {
        div.home__hello { h1 { (title) } }
        @if let Some(from) = &own.waiting { (not_me(caller, from)) }
        section.panel aria-label=(title) { (lines(caller, own)) }
    }
}

/// The same as a part of the security centre.
pub(in super::super) fn part(caller: &Caller, own: &Own) -> Markup {
    let title = t(caller.locale, "identity-proofs", &[]);
    html! {
        @if let Some(from) = &own.waiting { (not_me(caller, from)) }
        (panel(&Panel { id: "proofs", title: &title, corner: html! {} }, &lines(caller, own)))
    }
}

fn lines(caller: &Caller, own: &Own) -> Markup {
    let word = |key: &str| t(caller.locale, key, &[]);
    let state = |set: bool| word(if set { "identity-set" } else { "identity-not-set" });
    let kinds = [
        ("query-password", "identity-password", own.password, "/security/query-password"),
        ("authenticator", "identity-authenticator", own.authenticator, "/security/authenticator"),
    ];
    let act = |set: bool| word(if set { "identity-change" } else { "identity-set-up" });
    let named = kinds.map(|(id, name, set, href)| (id, word(name), state(set), act(set), href));
    let entries = named.each_ref().map(|(id, name, state, act, href)| RowEntry {
        id,
        icon: Icon::Lock,
        title: name,
        badge: None,
        meta: state,
        end: link_button(&Action { of_what: name, ..Action::new(ButtonKind::Quiet, act) }, href),
        href: "",
        refused: false,
        below: html! {},
    });
    rows(&entries)
}

fn not_me(caller: &Caller, from: &str) -> Markup {
    let stop = t(caller.locale, "identity-activation-stop", &[]);
    let form = PostForm { class: "", ..form(caller, "/security/activation/stop") };
    let told = Notice {
        tone: Tone::Look,
        icon: Icon::Alert,
        title: "",
        text: html! { p { (waiting_sentence(caller, from)) } },
        acts: post_form(&form, &button(&Action::new(ButtonKind::Guard, &stop))),
    };
    notice(&told)
}

/// Setting the query password; `wrong` is the word of what was wrong.
pub(in super::super) fn password(caller: &Caller, wrong: Option<&str>) -> Markup {
    let word = |key: &str| t(caller.locale, key, &[]);
    let error = wrong.map(|wrong| word(&format!("identity-password-{wrong}"))).unwrap_or_default();
    let (value, hint, again) =
        (word("identity-password-new"), word("identity-password-rules"), word("identity-password-again"));
    let first = Field {
        autocomplete: "new-password",
        error: &error,
        ..secret("password", "password", &value, &hint)
    };
    let second = Field { autocomplete: "new-password", ..secret("again", "again", &again, "") };
    let save = word("identity-save");
    let fields = html! {
        (field(&first))
        (field(&second))
        div.btns { (button(&Action::new(ButtonKind::Primary, &save))) }
        p.label { (word("identity-password-note")) }
    };
    html! {
        div.home__hello { h1 { (word("identity-password")) } }
        section.panel aria-label=(word("identity-password")) {
            (post_form(&form(caller, "/security/query-password"), &fields))
        }
    }
}

/// The authenticator app: set it up, or take it off.
pub(in super::super) fn authenticator(caller: &Caller, set: bool, told: Told) -> Markup {
    let word = |key: &str| t(caller.locale, key, &[]);
    let begin = word(if set { "identity-authenticator-anew" } else { "identity-authenticator-begin" });
    let remove = word("identity-authenticator-remove");
    html! {
        div.home__hello { h1 { (word("identity-authenticator")) } }
        (told.notice(caller.locale, "identity-authenticator"))
        section.panel aria-label=(word("identity-authenticator")) {
            div.panel__body { p { (word("identity-authenticator-text")) } }
            (post_form(&form(caller, "/security/authenticator"), &button(&Action::new(ButtonKind::Primary, &begin))))
            @if set {
                (post_form(&form(caller, "/security/authenticator/removal"), &button(&Action::new(ButtonKind::Danger, &remove))))
            }
        }
    }
}

/// The secret, once: as a picture and as text, with the form that confirms it.
pub(in super::super) fn enrolment(caller: &Caller, enrolment: &Enrolment) -> Result<Markup, Problem> {
    let word = |key: &str| t(caller.locale, key, &[]);
    let picture = picture(enrolment.address.expose())?;
    let (code, hint, confirm) =
        (word("identity-code"), word("identity-authenticator-hint"), word("identity-authenticator-confirm"));
    let field_of_code = Field { autocomplete: "one-time-code", ..digits("code", "code", &code, &hint) };
    let fields = html! {
        (field(&field_of_code))
        div.btns { (button(&Action::new(ButtonKind::Primary, &confirm))) }
    };
    let title = word("identity-authenticator");
    let body = html! {
        div.panel__body.stack {
            p { (word("identity-authenticator-scan")) }
            div role="img" aria-label=(word("identity-authenticator-picture")) { (picture) }
            dl.reveal {
                dt { (word("identity-authenticator-secret")) }
                dd.num { (grouped(enrolment.secret.expose())) }
            }
        }
        (post_form(&form(caller, "/security/authenticator/confirmation"), &fields))
    };
    Ok(html! {
        div.home__hello { h1 { (title) } }
        (panel(&Panel { id: "enrolment", title: &title, corner: html! {} }, &body))
    })
}

fn grouped(secret: &str) -> String {
    let signs: Vec<char> = secret.chars().collect();
    signs.chunks(4).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
}

/// The address as a picture, drawn into the page; dark on light in either theme, as scanners want it.
fn picture(address: &str) -> Result<Markup, Problem> {
    let unreadable = || Problem::from(IdentityError::Unreadable("authenticator"));
    let code = QrCode::new(address.as_bytes()).map_err(|_| unreadable())?;
    let drawn = code.render::<Color<'_>>().min_dimensions(PICTURE_PX, PICTURE_PX).build();
    // The library writes an XML file; in a page the element alone may stand.
    let start = drawn.find("<svg").ok_or_else(unreadable)?;
    Ok(PreEscaped(drawn.get(start..).unwrap_or_default().to_owned()))
}
