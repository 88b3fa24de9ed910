//! The passkeys of a customer at the desk: a number, and the end of all.

use maud::{Markup, html};
use platform::access::Caller;
use platform::i18n::{Arg, t};
use platform::ui::components::{Action, ButtonKind, Panel, PostForm, button, panel, post_form};

pub(in super::super) fn of_customer(caller: &Caller, address: &str, count: usize) -> Markup {
    let word = |key: &str| t(caller.locale, key, &[]);
    let title = word("passkeys-of-customer");
    let number = Arg::from(i64::try_from(count).unwrap_or(i64::MAX));
    let action = format!("{address}/end");
    let form =
        PostForm { action: &action, csrf: caller.csrf(), hidden: &[], swap: false, class: "panel__body" };
    let act = word("passkeys-of-customer-end");
    let body = html! {
        div.panel__body {
            p { (t(caller.locale, "passkeys-of-customer-count", &[("count", number)])) }
            p.label { (word("passkeys-of-customer-text")) }
        }
        (post_form(&form, &button(&Action::new(ButtonKind::Guard, &act))))
    };
    panel(&Panel { id: "passkeys", title: &title, corner: html! {} }, &body)
}
