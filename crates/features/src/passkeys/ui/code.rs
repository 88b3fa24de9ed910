//! A code, shown once.

use super::super::model::EnrolmentCode;
use kernel::Masked;
use maud::{Markup, html};
use platform::access::Caller;
use platform::app::App;
use platform::i18n::{Arg, t};
use platform::ui::components::{Action, ButtonKind, Panel, link_button, panel};

pub(in super::super) fn new_code(app: &App, caller: &Caller, name: &Masked, code: &EnrolmentCode) -> Markup {
    let locale = caller.locale;
    let until = app.calendar(locale).date_time(code.until);
    let facts = [("name", Arg::from(name.reveal())), ("until", Arg::from(&until))];
    let (title, back) = (t(locale, "passkeys-code-made", &facts), t(locale, "passkeys-code-done", &[]));
    let body = html! {
        div.panel__body.stack {
            p.reveal__value.num { (code.text.expose()) }
            p.label { (t(locale, "passkeys-code-made-note", &facts)) }
            div.btns { (link_button(&Action::new(ButtonKind::Plain, &back), "/desk")) }
        }
    };
    panel(&Panel { id: "code", title: &title, corner: html! {} }, &body)
}
