//! Components: what waits and what was answered, one approval as it is signed, the page with the number, and the
//! security centre.

mod approval;
mod asking;
mod list;
mod security;

pub(super) use approval::one;
pub(super) use asking::{asking, offer};
pub(super) use list::{list, part};
pub(super) use security::security;

use super::model::Approval;
use super::{PAYMENT, PUSH};
use platform::access::Caller;
use platform::app::App;
use platform::approval::act_called;
use platform::i18n::t;

/// Who reads.
pub(super) struct View<'a> {
    pub(super) app: &'a App,
    pub(super) caller: &'a Caller,
}

impl View<'_> {
    fn word(&self, key: &str) -> String {
        t(self.caller.locale, key, &[])
    }
}

/// The key of an act's title, from which the keys of its labels are made, and the details to be shown.
fn words_of(app: &App, approval: &Approval) -> (&'static str, &'static [&'static str]) {
    match (approval.act.as_str(), act_called(app, &approval.act)) {
        (_, Some(act)) => (act.words, act.shown),
        (PAYMENT, None) => ("approvals-payment", &["payee", "amount"]),
        (PUSH, None) => ("approvals-push", &[]),
        // An act of a feature that is gone: its exact text is shown still.
        (_, None) => ("approvals-unknown", &[]),
    }
}
