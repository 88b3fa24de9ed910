//! Who may do what: roles, permissions, sessions, API keys and one-use sign-in links.
//!
//! A permission is data: its name, the direction of the act (safer or riskier), the assurance it
//! needs and the roles that have it. Every route names one, and [`crate::feature`] puts the gate in
//! front of the handler, so a handler runs only for a [`Caller`] who passed. Which *record* a caller
//! may see is decided by queries that take the owner's id: another customer's record is absent.
//!
//! Safe because: tokens are 256 random bits and stored only as SHA-256, so a stolen table opens no
//! session; there is no route without a permission (the type asks for one); a session ends by idle
//! time, by absolute time and by sign-out, whichever is first.
//!
//! It does not prove who somebody is: proofs and their strength belong to the feature `identity`.

mod again;
mod agent;
mod api_key;
mod caller;
mod cookie;
mod decide;
mod gate;
mod lost;
mod narrowing;
mod permission;
mod raise;
mod record;
mod routes;
mod session;
mod sign_in;
mod signature;
mod staff;
#[cfg(test)]
mod tests;
mod token;

pub use again::take_away_again_in_tx;
pub use agent::agent_words;
pub use api_key::{
    ApiKey, KEY_DAYS, KeyOrder, ListedKey, NewApiKey, find_api_key, issue_api_key, list_api_keys,
    new_api_key, revoke_api_key, rotate_api_key,
};
pub use caller::{Caller, SessionRef};
pub use cookie::{clear_session_cookie, cookie_value, read_session_cookie, session_cookie};
pub use decide::{ProofAdvice, Refusal, Standing, decide};
pub use gate::Surface;
pub(crate) use gate::{Gate, gate};
pub use lost::{AccessLost, EndAccess, end_access_in_tx};
pub use narrowing::{Narrowing, NarrowingError};
pub use permission::{Assurance, Direction, Permission, Role, scope_covers};
pub use raise::{
    Raise, SessionSeen, end_session_of_in_tx, end_sessions_of_in_tx, knows_browser, raise_session_in_tx,
    renew_session_in_tx, sessions_of,
};
pub use record::{RECORD_PARAMETERS, Record, RecordGuard, RecordPlace};
pub use routes::{FEATURE, is_address_of, landing};
pub use session::{
    ABSOLUTE_US, NewSession, Opened, Session, close_session, end_sessions_that_are_over, find_session,
    is_live, open_session, open_session_in_tx, person_actor, person_columns, sweep_sessions, touch_session,
};
pub use sign_in::{DemoPerson, LINK_LIFE_US, demo_people, new_sign_in_link, redeem_sign_in_link, sign_in_as};
pub use signature::{SKEW_US, SignatureError};
pub use staff::{
    NewStaff, STAFF_ADDED, Staff, add_staff, add_staff_in_tx, change_role_in_tx, disable_staff_in_tx,
    enable_staff_in_tx, find_staff, hold_staff_in_tx, list_staff,
};
pub(crate) use token::hex;
pub use token::{Token, TokenHash};
