//! Signing in: with a passkey first; in a demo, its people below.

use super::ask::{AskForm, Asks, ask_form};
use maud::{Markup, html};
use platform::access::{Caller, DemoPerson, Role, Surface};
use platform::app::App;
use platform::feature::panels;
use platform::i18n::t;
use platform::ui::components::{Action, ButtonKind, PostForm, button, link_button, post_form};
use platform::ui::{PlainPage, plain_page};

/// What the page needs to know.
pub(in super::super) struct SignIn<'a> {
    pub(in super::super) app: &'a App,
    pub(in super::super) caller: &'a Caller,
    pub(in super::super) surface: Surface,
    /// People of a demo; empty elsewhere.
    pub(in super::super) people: &'a [DemoPerson],
    pub(in super::super) next: &'a str,
}

/// The page. For somebody who is signed in already it asks for a further proof.
pub(in super::super) fn sign_in(view: &SignIn<'_>) -> Markup {
    let (app, caller) = (view.app, view.caller);
    let locale = caller.locale;
    let word = |key: &str| t(locale, key, &[]);
    let desk = view.surface == Surface::Desk;
    let signed_in = caller.role != Role::Nobody && caller.role.is_staff() == desk;
    let title = word(match (signed_in, desk) {
        (true, _) => "passkeys-prove",
        (false, true) => "passkeys-desk-sign-in",
        (false, false) => "access-sign-in",
    });
    let (question, answer) = match (signed_in, desk) {
        (true, true) => ("/desk/step-up/passkey/question", "/desk/step-up/passkey"),
        (true, false) => ("/step-up/passkey/question", "/step-up/passkey"),
        (false, true) => ("/desk/sign-in/passkey/question", "/desk/sign-in/passkey"),
        (false, false) => ("/sign-in/passkey/question", "/sign-in/passkey"),
    };
    let form = AskForm {
        locale,
        asks: Asks::Get,
        question,
        answer,
        csrf: caller.csrf(),
        next: view.next,
        label: &word("passkeys-use"),
        fields: html! {},
    };
    let (first, gone) = (word("passkeys-have-code"), word("passkeys-phone-gone"));
    let (address, activate) =
        if desk { ("/desk/sign-in", "/desk/activate") } else { ("/sign-in", "/activate") };
    let banner = app.banner(locale);
    let page = PlainPage {
        locale,
        theme: caller.theme,
        issuer: app.brand.name(locale),
        title: &title,
        address,
        banner: banner.as_ref(),
        main: html! {
            h1 { (title) }
            p { (word(if desk { "passkeys-desk-intro" } else { "passkeys-intro" })) }
            (ask_form(&form))
            // At the desk the only other way is the identity provider, where there is one.
            @if desk && app.config.oidc.issuer.is_some() { (other_ways(view, "desk.sign_in")) }
            @if signed_in && !desk { (other_ways(view, "app.step_up")) }
            div.btns {
                (link_button(&Action::new(ButtonKind::Quiet, &first), activate))
                @if !desk { (link_button(&Action::new(ButtonKind::Quiet, &gone), "/lost-phone")) }
            }
            @if !view.people.is_empty() {
                h2 { (word("passkeys-demo")) }
                p { (word("access-sign-in-demo")) }
                @for person in view.people { (choice(view, person)) }
            }
        },
    };
    plain_page(&page)
}

/// What else other features offer for signing in or proving more.
fn other_ways(view: &SignIn<'_>, slot: &str) -> Markup {
    let (caller, next) = (view.caller, view.next);
    // What would need escaping in a query does not go along.
    let plain = next.starts_with('/')
        && next.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/-_.".contains(&byte));
    let query = if plain { format!("?next={next}") } else { String::new() };
    let ways = panels(&view.app.features, slot, caller.role);
    html! {
        @if !ways.is_empty() {
            div.btns {
                @for way in ways {
                    @let label = t(caller.locale, way.label, &[]);
                    (link_button(&Action::new(ButtonKind::Plain, &label), &format!("{}{query}", way.path)))
                }
            }
        }
    }
}

fn choice(view: &SignIn<'_>, person: &DemoPerson) -> Markup {
    let who = person.actor.to_string();
    let role = t(view.caller.locale, &format!("access-role-{}", person.role.word().replace('_', "-")), &[]);
    let label = format!("{} · {role}", person.name.reveal());
    let hidden = [("who", who.as_str()), ("next", view.next)];
    let form =
        PostForm { action: "/sign-in", csrf: view.caller.csrf(), hidden: &hidden, swap: false, class: "" };
    let action = Action { wide: true, ..Action::new(ButtonKind::Plain, &label) };
    post_form(&form, &button(&action))
}
