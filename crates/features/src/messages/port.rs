//! What carries messages out of the house, by the outside world's own means.

use super::model::Way;
use kernel::{CustomerId, Masked, Secret};
use platform::i18n::Locale;
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

/// How long a carrier may take for one letter; the lease of a delivery is longer.
pub const CARRY_MAX: Duration = Duration::from_secs(20);

/// One message on its way over one channel, in words.
#[derive(Clone, Debug)]
pub struct Letter {
    /// Number of the delivery; the same at every try, so that a carrier can tell a repetition.
    pub number: i64,
    /// The telephone number, the mail address, or for push the customer's id.
    pub to: Masked,
    /// Whose message it is.
    pub customer: CustomerId,
    /// Over which channel.
    pub way: Way,
    /// The kind, such as `calls.call.confirm`.
    pub kind: String,
    /// The language of its words.
    pub language: Locale,
    /// One line.
    pub title: Masked,
    /// All of it, with the code where there is one.
    pub text: Masked,
    /// The code alone, for carriers that show it apart.
    pub code: Option<Secret<String>>,
}

/// Why a carrier did not take a letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CarryError {
    /// It can be tried again: the carrier is away or busy.
    #[error("the carrier can't take it now")]
    Later,
    /// It will never be taken: there is no such address, or the carrier does not want it.
    #[error("the carrier refuses it")]
    Refused,
}

/// What carrying comes to.
pub type Carried<'a> = Pin<Box<dyn Future<Output = Result<(), CarryError>> + Send + 'a>>;

/// One that carries letters. It gives up by itself within [`CARRY_MAX`]; one that does not is given up by the relay, and
/// its letter is tried again.
pub trait Carrier: Send + Sync {
    /// Takes `letter` over, so that it arrives also if this program ends now.
    fn carry<'a>(&'a self, letter: &'a Letter) -> Carried<'a>;
}

/// The carriers of a server, a service of it: `Services::with(Carriers::default().with(…))`.
#[derive(Clone, Default)]
pub struct Carriers(Arc<BTreeMap<Way, Arc<dyn Carrier>>>);

impl Carriers {
    /// With `carrier` for `way`; a second one for the same takes the first one's place.
    #[must_use]
    pub fn with(self, way: Way, carrier: Arc<dyn Carrier>) -> Self {
        let mut all = (*self.0).clone();
        all.insert(way, carrier);
        Self(Arc::new(all))
    }

    /// The one for `way`.
    pub(super) fn get(&self, way: Way) -> Option<&Arc<dyn Carrier>> {
        self.0.get(&way)
    }
}
