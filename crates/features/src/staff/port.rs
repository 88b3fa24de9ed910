//! The outside identity provider, as this feature needs it.

use kernel::Secret;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// The secrets of one sign-in: each is drawn for it and used once.
#[derive(Clone, Debug)]
pub struct SignInSecrets {
    /// Comes back with the browser.
    pub state: Secret<String>,
    /// Comes back inside of the provider's token.
    pub nonce: Secret<String>,
    /// Proves that who asks for the token is who began (PKCE).
    pub verifier: Secret<String>,
}

/// Whom the provider vouches for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vouched {
    /// Their name at the provider: stable, and no mail address.
    pub subject: String,
    /// Whether the provider says that they proved what the settings ask for (`acr`).
    pub strong: bool,
}

/// Why the provider vouches for nobody. The text is for the log.
#[derive(Debug, thiserror::Error)]
pub enum ProviderError {
    /// It does not answer, or not as one does.
    #[error("the identity provider does not answer as one: {0}")]
    Unreachable(String),
    /// The code or the token does not hold.
    #[error("the identity provider's answer does not hold: {0}")]
    Refused(String),
}

/// An address, once the provider was asked.
pub type AddressAsked<'a> = Pin<Box<dyn Future<Output = Result<String, ProviderError>> + Send + 'a>>;
/// Whom it vouches for, once it was asked.
pub type VouchedAsked<'a> = Pin<Box<dyn Future<Output = Result<Vouched, ProviderError>> + Send + 'a>>;

/// Sign-ins that the provider is asked to begin at the same moment, at most: whoever calls this address needs no proof.
const STARTS_AT_ONCE_MAX: usize = 8;

/// The provider of this server, among its services.
#[derive(Clone)]
pub struct IdentityProvider {
    pub(super) provider: Arc<dyn Provider>,
    pub(super) starts: Arc<Semaphore>,
}

impl IdentityProvider {
    /// This provider, with its number of starts at once.
    pub fn new(provider: Arc<dyn Provider>) -> Self {
        Self { provider, starts: Arc::new(Semaphore::new(STARTS_AT_ONCE_MAX)) }
    }
}

/// An OpenID Connect provider.
pub trait Provider: Send + Sync {
    /// Its name: the issuer's address.
    fn issuer(&self) -> &str;
    /// The address to send the browser to.
    fn begin<'a>(&'a self, secrets: &'a SignInSecrets) -> AddressAsked<'a>;
    /// Trades the code that came back for a token, and checks it.
    fn finish<'a>(&'a self, code: &'a str, secrets: &'a SignInSecrets) -> VouchedAsked<'a>;
}
