//! The site that passkeys are made for, from the address of the pages.

use super::super::error::PasskeyError;
use platform::app::App;
use platform::i18n::Locale;
use sha2::{Digest, Sha256};
use webauthn_rs::prelude::{Url, Webauthn, WebauthnBuilder};

/// Domain and origin of this server, as authenticators and browsers name them.
pub struct Site {
    /// The library, set up for this site.
    pub(in super::super) webauthn: Webauthn,
    /// The domain: passkeys belong to it for good.
    pub rp_id: String,
    /// Scheme, host and port.
    pub origin: String,
}

impl Site {
    /// From `http.public_url`, with the issuer's name in the reader's language.
    ///
    /// # Errors
    /// [`PasskeyError::NoName`] where the address is a number: browsers make no passkeys for those.
    pub fn of(app: &App, locale: Locale) -> Result<Self, PasskeyError> {
        let (url, rp_id, origin) = parts(&app.config.http.public_url).ok_or(PasskeyError::NoName)?;
        let name = app.brand.name(locale);
        let built = WebauthnBuilder::new(&rp_id, &url).map(|builder| builder.rp_name(name));
        let webauthn = built.and_then(WebauthnBuilder::build).map_err(|_| PasskeyError::NoName)?;
        Ok(Self { webauthn, rp_id, origin })
    }
}

/// The address as browsers write it: small letters, and no port where it is the usual one. `None` without a name.
pub(in super::super) fn parts(address: &str) -> Option<(Url, String, String)> {
    let url = Url::parse(address).ok()?;
    let rp_id = url.domain()?.to_owned();
    let origin = url.origin().ascii_serialization();
    Some((url, rp_id, origin))
}

/// How a credential is found: its id is long and of no fixed length.
pub fn credential_hash(id: &[u8]) -> String {
    Sha256::digest(id).iter().map(|byte| format!("{byte:02x}")).collect()
}
