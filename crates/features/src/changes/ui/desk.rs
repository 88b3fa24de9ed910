//! A customer's changes at the desk.

use super::View;
use super::steps::{line, signs};
use crate::changes::access;
use crate::changes::model::Change;
use kernel::AccountId;
use maud::{Markup, html};
use platform::ui::components::{Action, ButtonKind, Panel, PostForm, button, empty, panel, post_form};

/// The page.
pub(in super::super) fn desk(view: &View<'_>, account: AccountId, changes: &[Change]) -> Markup {
    let may_stop = access::STOP_FOR.allows(view.caller.role);
    let stop = view.word("changes-stop");
    html! {
        @if changes.is_empty() {
            (empty(&view.word("changes-none"), &view.word("changes-none-text"), &html! {}))
        }
        @for change in changes {
            @let (id, title) = (change.id.to_string(), view.word(&change.field.name_key()));
            @let body = html! {
                div.panel__body.stack {
                    p { (change.from.masked()) " → " (change.to.masked()) }
                    @if change.disowned_at.is_some() { p { (view.word("changes-disowned")) } }
                    (line(view, change))
                    (signs(view, &change.signs))
                    @if may_stop && change.can_be_stopped() {
                        @let action = format!("/desk/accounts/{account}/changes/{id}/stop");
                        (post_form(
                            &PostForm { action: &action, csrf: view.caller.csrf(), hidden: &[], swap: false, class: "" },
                            &button(&Action { of_what: &title, ..Action::new(ButtonKind::Guard, &stop) }),
                        ))
                    }
                }
            };
            (panel(&Panel { id: &id, title: &title, corner: html! {} }, &body))
        }
    }
}
