//! Signing in and proving with passkeys, making and ending them, and the codes for a first one. The only opener of
//! transactions here.

mod acts;
mod codes;
mod devices;
mod enrolment;
mod questions;
mod sign_in;
mod signed;
mod site;

pub use acts::{ActSigned, check_signed_act, signers_of};
pub use codes::{lacks_administrator, new_code};
pub(super) use devices::{
    Own, count_of_customer, end_all_of_customer, end_lost, end_passkey, end_session, end_sessions, own,
    rename,
};
pub use devices::{end_again_in_tx, end_made_since_in_tx, is_bound_device, passkey, passkeys_of};
pub(super) use enrolment::{
    Enrolled, Made, PROOF_US, begin_activation, begin_enrolment, finish_activation, finish_enrolment, may_add,
};
#[cfg(test)]
pub(super) use sign_in::decoy_for;
pub(super) use sign_in::{Came, begin_sign_in, begin_step_up, finish_sign_in, finish_step_up};
pub(super) use signed::{add_signed, ask_to_end, end_signed};
#[cfg(test)]
pub(super) use site::parts;
pub use site::{Site, credential_hash};

use super::error::PasskeyError;
use super::model::{CEREMONY_LIFE_US, Ceremony, Passkey, Person, Purpose};
use super::{rules, store};
use kernel::{DAY_US, HOUR_US, SessionId, Timestamp};
use platform::access::Token;
use platform::app::App;
use platform::audit::Entry;
use platform::db::{Db, DbError, Housekeeping, Write};
use serde_json::Value;

/// That a question was answered is kept this long after its end, microseconds: a clock that is set back by less revives
/// none.
const ANSWERS_KEPT_US: i64 = DAY_US;
/// Codes are kept this long after their end, microseconds.
const CODES_KEPT_US: i64 = 365 * DAY_US;
/// Ended passkeys are kept this long, microseconds.
const PASSKEYS_KEPT_US: i64 = 5 * 365 * DAY_US;

/// A question to an authenticator, for the browser.
#[derive(Debug)]
pub(super) struct Asked {
    /// What the answer must bring along.
    pub(super) ceremony: Token,
    /// The options for `navigator.credentials`, as JSON.
    pub(super) options: Value,
}

/// Whom a question is for, and where its answer may come from.
#[derive(Default)]
struct For {
    person: Option<Person>,
    session: Option<SessionId>,
    code_hash: Option<String>,
}

/// Keeps a ceremony of somebody who is known for its answer.
async fn ask(
    app: &App,
    purpose: Purpose,
    whom: For,
    options: Value,
    state: String,
) -> Result<Asked, PasskeyError> {
    let token = Token::create(&*app.random);
    let ceremony = Ceremony {
        purpose,
        person: whom.person,
        session: whom.session,
        code_hash: whom.code_hash,
        state,
        expires_at: app.now().plus_us(CEREMONY_LIFE_US),
    };
    let mut write = app.db.write().await?;
    store::insert_ceremony_in_tx(&mut write, token.hash().as_str(), &ceremony).await?;
    write.housekeeping(Housekeeping::Ceremony).await?;
    Ok(Asked { ceremony: token, options })
}

/// Uses a ceremony up that came to nothing, and writes down why, also where misses of its owner are remembered. The one who
/// answered hears one answer for all reasons.
async fn note_refusal(
    app: &App,
    ceremony: &Token,
    entry: Entry,
    missed: Option<&Passkey>,
) -> Result<(), PasskeyError> {
    let can_be_ours = questions::can_be_ours(app, ceremony)?;
    let mut write = app.db.write().await?;
    if can_be_ours {
        questions::use_up_in_tx(&mut write, ceremony).await?;
    }
    if let Some(passkey) = missed {
        missed_in_tx(app, &mut write, passkey).await?;
    }
    Ok(write.commit(entry).await?)
}

/// Tells identity that an answer in the name of this passkey was wrong.
async fn missed_in_tx(app: &App, write: &mut Write, passkey: &Passkey) -> Result<(), PasskeyError> {
    let proof = rules::proof_by(passkey, app.now());
    Ok(sign_in::identity(app)?.miss_in_tx(write, passkey.person.actor(), &proof).await?)
}

/// Forgets what ended long ago.
pub(super) async fn forget_old(db: &Db) -> Result<(), DbError> {
    let now: Timestamp = db.clock().now();
    let mut write = db.write().await?;
    let before = |us: i64| now.plus_us(-us);
    store::forget_waiting_in_tx(&mut write, now.plus_us(-signed::WAITS_US)).await?;
    let (answers, codes) = (before(ANSWERS_KEPT_US), before(CODES_KEPT_US));
    store::sweep_in_tx(&mut write, before(HOUR_US), answers, codes, before(PASSKEYS_KEPT_US)).await?;
    write.housekeeping(Housekeeping::Ceremony).await
}
