//! Who may sign in, make and end passkeys. Cardholders at the app and colleagues at the desk have permissions of their own,
//! so that neither has an address of the other's.

use super::service;
use platform::access::{Assurance, Direction, Permission, Role};
use platform::approval::SignedAct;

const HOLDER: &[Role] = &[Role::Cardholder];
/// Those who take calls, and those who look into fraud.
const SERVING: &[Role] = &[Role::Agent, Role::Analyst, Role::Manager];

/// Come in: the pages of signing in, and answering with a passkey.
pub(super) static SIGN_IN: Permission =
    permission("passkeys.sign_in.open", Direction::Reading, Assurance::NONE, Role::ALL);

/// Make a first passkey with an enrolment code.
pub(super) static ACTIVATE: Permission =
    permission("passkeys.code.use", Direction::Exposing, Assurance::NONE, Role::ALL);

/// Prove more in one's own session.
pub(super) static STEP_UP: Permission =
    permission("passkeys.passkey.prove", Direction::Reading, Assurance::NONE, HOLDER);
/// The same at the desk.
pub(super) static DESK_STEP_UP: Permission =
    permission("passkeys.desk.prove", Direction::Reading, Assurance::NONE, Role::STAFF);

/// See one's own passkeys and sessions.
pub(super) static OWN: Permission =
    permission("passkeys.own.read", Direction::Reading, Assurance::ONE, HOLDER);
/// The same at the desk.
pub(super) static DESK_OWN: Permission =
    permission("passkeys.desk.read", Direction::Reading, Assurance::ONE, Role::STAFF);

/// Add a passkey to one's own.
pub(super) static ENROL: Permission =
    permission("passkeys.passkey.enrol", Direction::Exposing, Assurance::TWO, HOLDER);
/// The same at the desk.
pub(super) static DESK_ENROL: Permission =
    permission("passkeys.desk.enrol", Direction::Exposing, Assurance::TWO, Role::STAFF);

/// Give one's own passkey another name.
pub(super) static RENAME: Permission =
    permission("passkeys.passkey.rename", Direction::Reading, Assurance::ONE, HOLDER);

/// End a passkey of one's own. Whoever does it can shut its owner out, so it is signed with one as well.
pub(super) static END: Permission =
    permission("passkeys.passkey.end", Direction::Exposing, Assurance::TWO, HOLDER);
/// The same at the desk, where nothing is signed.
pub(super) static DESK_END: Permission =
    permission("passkeys.desk.end", Direction::Exposing, Assurance::TWO, Role::STAFF);

/// End sessions of one's own: makes the account safer, so it needs little.
pub(super) static END_SESSIONS: Permission =
    permission("passkeys.session.end", Direction::Protective, Assurance::ONE, HOLDER);
/// The same at the desk.
pub(super) static DESK_END_SESSIONS: Permission =
    permission("passkeys.desk_session.end", Direction::Protective, Assurance::ONE, Role::STAFF);

/// End all passkeys and sessions of a customer whose phone is gone; the record must be open for them.
pub(super) static END_ALL: Permission =
    permission("passkeys.customer.end", Direction::Protective, Assurance::ONE, SERVING);

/// Make an enrolment code for a colleague.
pub(super) static MAKE_CODE: Permission =
    permission("passkeys.code.make", Direction::Exposing, Assurance::TWO, &[Role::Administrator]);

/// All of them.
pub(super) static ALL: &[&Permission] = &[
    &SIGN_IN,
    &ACTIVATE,
    &STEP_UP,
    &DESK_STEP_UP,
    &OWN,
    &DESK_OWN,
    &ENROL,
    &DESK_ENROL,
    &RENAME,
    &END,
    &DESK_END,
    &END_SESSIONS,
    &DESK_END_SESSIONS,
    &END_ALL,
    &MAKE_CODE,
];

const fn permission(
    name: &'static str,
    direction: Direction,
    assurance: Assurance,
    roles: &'static [Role],
) -> Permission {
    Permission { name, direction, assurance, roles }
}

/// A further passkey of a cardholder's, signed for with one that they have.
pub(super) static ADD: SignedAct = SignedAct {
    name: "passkeys.passkey.add",
    words: "passkeys-sign-add",
    shown: &["name", "made_with", "can_sync"],
    next: "/security/devices",
    bound_first: true,
    apply: service::add_signed,
};

/// Taking a passkey of a cardholder's away, signed for with one that they have.
pub(super) static END_OWN: SignedAct = SignedAct {
    name: "passkeys.passkey.end",
    words: "passkeys-sign-end",
    shown: &["name", "made_with"],
    next: "/security/devices",
    bound_first: true,
    apply: service::end_signed,
};
