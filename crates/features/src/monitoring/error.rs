//! What can go wrong here, and which kind of failure it is.

use crate::authorizations::AuthorizationError;
use kernel::Fault;
use platform::db::DbError;
use platform::http::problem::Problem;

/// Why something about monitoring did not work.
#[derive(Debug, thiserror::Error)]
pub enum MonitoringError {
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
    /// An authorization could not be read.
    #[error(transparent)]
    Authorizations(#[from] AuthorizationError),
    /// There is nothing with this id.
    #[error("there is nothing with this id")]
    Absent,
    /// The alert is closed, or somebody else has it.
    #[error("the alert is closed already")]
    Closed,
}

impl MonitoringError {
    /// Which kind of failure this is.
    pub fn fault(&self) -> Fault {
        match self {
            Self::Db(error) => error.fault(),
            Self::Authorizations(error) => error.fault(),
            Self::Absent => Fault::Absent,
            Self::Closed => Fault::Conflict,
        }
    }
}

impl From<MonitoringError> for Problem {
    fn from(error: MonitoringError) -> Self {
        match error {
            MonitoringError::Absent => Self::absent(),
            MonitoringError::Closed => Self::new(Fault::Conflict, "alert_closed")
                .detail("The alert is closed already.")
                .mend("Load the list again."),
            MonitoringError::Db(error) => error.into(),
            MonitoringError::Authorizations(error) => error.into(),
        }
    }
}
