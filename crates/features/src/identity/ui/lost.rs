//! "My phone is gone": one form, and one answer.

use super::Told;
use maud::{Markup, html};
use platform::access::Caller;
use platform::app::App;
use platform::i18n::t;
use platform::ui::components::{
    Action, ButtonKind, Choice, Field, PostForm, button, choices, field, post_form,
};
use platform::ui::{Icon, PlainPage, plain_page};

/// The page.
pub(in super::super) fn lost_phone(app: &App, caller: &Caller, told: Told) -> Markup {
    let locale = caller.locale;
    let word = |key: &str| t(locale, key, &[]);
    let title = word("identity-lost");
    let banner = app.banner(locale);
    let ways = [("query_password", true), ("card_value", false), ("card_expiry", false)];
    let named: Vec<(&str, String, String, bool)> = ways
        .iter()
        .map(|(kind, checked)| {
            let key = format!("identity-lost-{}", kind.replace('_', "-"));
            (*kind, word(&key), word(&format!("{key}-note")), *checked)
        })
        .collect();
    let offered: Vec<Choice<'_>> = named
        .iter()
        .map(|(value, label, note, checked)| Choice {
            value,
            label,
            figure: html! {},
            note,
            checked: *checked,
        })
        .collect();
    let (name, hint, value) =
        (word("identity-lost-name"), word("identity-lost-name-hint"), word("identity-lost-value"));
    let (legend, act) = (word("identity-lost-how"), word("identity-lost-act"));
    let who = Field {
        id: "name",
        name: "name",
        label: &name,
        hint: &hint,
        input_mode: "tel",
        required: true,
        ..Field::default()
    };
    let given = Field {
        id: "value",
        name: "value",
        label: &value,
        kind: "password",
        input_mode: "numeric",
        required: true,
        ..Field::default()
    };
    let form =
        PostForm { action: "/lost-phone", csrf: caller.csrf(), hidden: &[], swap: false, class: "stack" };
    let fields = html! {
        (field(&who))
        (choices("kind", &legend, &offered))
        (field(&given))
        (button(&Action { icon: Some(Icon::Freeze), wide: true, ..Action::new(ButtonKind::Guard, &act) }))
    };
    let page = PlainPage {
        locale,
        theme: caller.theme,
        issuer: app.brand.name(locale),
        title: &title,
        address: "/lost-phone",
        banner: banner.as_ref(),
        main: html! {
            h1 { (title) }
            (told.notice(locale, "identity-lost"))
            p { (word("identity-lost-text")) }
            (post_form(&form, &fields))
        },
    };
    plain_page(&page)
}
