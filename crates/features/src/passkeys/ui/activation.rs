//! The page of a first passkey.

use super::ask::{AskForm, Asks, ask_form};
use maud::{Markup, html};
use platform::access::{Caller, Surface};
use platform::app::App;
use platform::i18n::t;
use platform::ui::components::{Action, ButtonKind, Field, field, link_button};
use platform::ui::{PlainPage, plain_page};

pub(in super::super) fn activation(app: &App, caller: &Caller, surface: Surface) -> Markup {
    let locale = caller.locale;
    let word = |key: &str| t(locale, key, &[]);
    let title = word("passkeys-activate");
    let desk = surface == Surface::Desk;
    let (address, question, back) = if desk {
        ("/desk/activate", "/desk/activate/question", "/desk/sign-in")
    } else {
        ("/activate", "/activate/question", "/sign-in")
    };
    let (label, hint, sign_in) = (word("passkeys-code"), word("passkeys-code-hint"), word("access-sign-in"));
    let code =
        Field { id: "code", name: "code", label: &label, hint: &hint, required: true, ..Field::default() };
    let form = AskForm {
        locale,
        asks: Asks::Create,
        question,
        answer: address,
        csrf: caller.csrf(),
        next: "",
        label: &word("passkeys-make"),
        fields: field(&code),
    };
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
            p { (word("passkeys-activate-intro")) }
            (ask_form(&form))
            div.btns { (link_button(&Action::new(ButtonKind::Quiet, &sign_in), back)) }
        },
    };
    plain_page(&page)
}
