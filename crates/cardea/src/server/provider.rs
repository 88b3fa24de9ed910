//! The outside identity provider of staff, where the settings name one.

use crate::commands::CommandError;
use connectors::oidc::{OidcProvider, OidcSettings};
use features::staff::IdentityProvider;
use kernel::Secret;
use platform::app::Services;
use platform::config::Config;
use std::sync::Arc;

/// Where browsers come back to from the provider.
const CALLBACK: &str = "/desk/sign-in/provider/callback";

/// `services` with the provider of the settings.
pub(super) fn with_provider(services: Services, config: &Config) -> Result<Services, CommandError> {
    let Some(issuer) = &config.oidc.issuer else { return Ok(services) };
    let file = config.oidc.client_secret_file.as_ref();
    let file =
        file.ok_or_else(|| CommandError::Other("oidc.issuer needs oidc.client_secret_file".to_owned()))?;
    let secret = std::fs::read_to_string(file)
        .map_err(|error| CommandError::Other(format!("oidc.client_secret_file: {error}")))?;
    let settings = OidcSettings {
        issuer: issuer.clone(),
        client_id: config.oidc.client_id.clone(),
        client_secret: Secret::new(secret.trim().to_owned()),
        redirect: format!("{}{CALLBACK}", config.http.public_url),
        acr: config.oidc.acr.clone(),
    };
    Ok(services.with(IdentityProvider::new(Arc::new(OidcProvider::new(settings)))))
}
