//! The words every other crate uses: money, time, identity, secrets, actors and kinds of failure.
//!
//! No I/O and no async. What can vary between runs (time, chance, waiting) is a trait here and is
//! constructed only by `platform` and `testkit`.

mod actor;
mod country;
mod currency;
mod fault;
mod id;
mod limit;
mod money;
mod ports;
mod secret;
mod time;

pub use actor::{Actor, ActorKind, Channel};
pub use country::{country_alpha2, country_numeric};
pub use currency::{Currency, UnknownCurrency};
pub use fault::Fault;
pub use id::{
    AccountId, ApiKeyId, ApprovalId, AuthorizationId, CallId, CardId, CaseId, ChangeId, CustomerId, DeviceId,
    EventId, IdError, IdMint, JobId, MatterId, MessageId, SessionId, StaffId, first_id_at,
};
pub use limit::{Limit, LimitExceeded};
pub use money::{Money, MoneyError};
pub use ports::{Clock, Random, Sleep};
pub use secret::{Masked, MaskedPan, Secret};
pub use time::{DAY_US, HOUR_US, MINUTE_US, SECOND_US, Timestamp};
