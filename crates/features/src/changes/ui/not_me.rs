//! "This was not me": one field for the code of a notice.

use super::super::service::Told;
use super::told as said;
use maud::{Markup, html};
use platform::access::Caller;
use platform::app::App;
use platform::i18n::t;
use platform::ui::components::{Action, ButtonKind, Field, PostForm, button, field, post_form};
use platform::ui::{Icon, PlainPage, plain_page};

/// The page.
pub(in super::super) fn not_me(app: &App, caller: &Caller, told: Told) -> Markup {
    let locale = caller.locale;
    let word = |key: &str| t(locale, key, &[]);
    let (title, label, hint) =
        (word("changes-not-me"), word("changes-not-me-code"), word("changes-not-me-hint"));
    let act = word("changes-not-me-act");
    let banner = app.banner(locale);
    let code =
        Field { id: "code", name: "code", label: &label, hint: &hint, required: true, ..Field::default() };
    let form = PostForm { action: "/not-me", csrf: caller.csrf(), hidden: &[], swap: false, class: "stack" };
    let fields = html! {
        (field(&code))
        (button(&Action { icon: Some(Icon::Shield), wide: true, ..Action::new(ButtonKind::Guard, &act) }))
    };
    let page = PlainPage {
        locale,
        theme: caller.theme,
        issuer: app.brand.name(locale),
        title: &title,
        address: "/not-me",
        banner: banner.as_ref(),
        main: html! {
            h1 { (title) }
            (said(locale, told))
            p { (word("changes-not-me-text")) }
            (post_form(&form, &fields))
        },
    };
    plain_page(&page)
}
