//! The sign-in page.

use super::{Caller, DemoPerson};
use crate::app::App;
use crate::i18n::t;
use crate::ui::components::{Action, ButtonKind, PostForm, button, post_form};
use crate::ui::{PlainPage, plain_page};
use maud::{Markup, html};

/// The sign-in page: in a demo, its people to choose from.
pub(super) fn sign_in_page(app: &App, caller: &Caller, people: &[DemoPerson], next: &str) -> Markup {
    let locale = caller.locale;
    let word = |key: &str| t(locale, key, &[]);
    let title = word("access-sign-in");
    let choice = |person: &DemoPerson| {
        let who = person.actor.to_string();
        let role = word(&format!("access-role-{}", person.role.word().replace('_', "-")));
        let label = format!("{} · {role}", person.name.reveal());
        let hidden = [("who", who.as_str()), ("next", next)];
        let form =
            PostForm { action: "/sign-in", csrf: caller.csrf(), hidden: &hidden, swap: false, class: "" };
        let action = Action { wide: true, ..Action::new(ButtonKind::Plain, &label) };
        post_form(&form, &button(&action))
    };
    let banner = app.banner(locale);
    let page = PlainPage {
        locale,
        theme: caller.theme,
        issuer: app.brand.name(locale),
        title: &title,
        address: "/sign-in",
        banner: banner.as_ref(),
        main: html! {
            h1 { (title) }
            @if people.is_empty() {
                p { (word("access-sign-in-none")) }
            } @else {
                p { (word("access-sign-in-demo")) }
                @for person in people { (choice(person)) }
            }
        },
    };
    plain_page(&page)
}
