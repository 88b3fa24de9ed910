//! What an authorization is made of. Pure: no database, no clock, no network.

mod account;
mod answer;
mod command;
mod encoding;
mod missed;
mod misses;
mod proofs;
mod reason;
mod record;
mod request;
mod script;
mod version_2;

pub use account::{
    AccountState, AccountStatus, CardState, CardStatus, ChipState, Controls, HOLDS_MAX, Hold, Seen, Standing,
    WAITING_MAX, WaitingReversal, micro_degrees, seconds,
};
pub use answer::{Answer, Balances};
pub use command::{AccountCommand, CommandOutcome, NewAccount, NewCard};
pub use missed::Missed;
pub use misses::{
    CARD_VALUE_MISSES_MAX, CARD_VALUE_MONTH_MISSES_MAX, CARD_VALUE_REFUSED_S, Misses, PIN_MISSES_MAX,
};
pub use proofs::{ChipCheck, CountedProof, PinCheck, Proofs, ValueCheck};
pub use reason::Reason;
pub use record::{AuthorizationRow, Facts, HoldState, LoggedDecision, logged_id};
pub use request::site_hash;
pub use request::{
    Amounts, AuthorizationRequest, CardKey, Class, Expiry, Marks, Original, Purpose, Trace, UNHASHED, Where,
};
pub use script::{ChipCommand, ChipTurn, SENDS_MAX, WaitingCommand};
