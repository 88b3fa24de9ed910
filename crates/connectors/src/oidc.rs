//! OpenID Connect: an outside provider says who a member of staff is. Authorization code with PKCE, state and nonce.
//!
//! Why safe: the `openidconnect` crate compares issuer, audience, nonce and times of the token and checks its signature
//! with the provider's published keys; only signatures with the provider's own key pair are allowed (never `none`, never
//! one made with our secret). Nothing is redirected, everything has a time limit, and the metadata is read anew for each
//! sign-in, so a key that the provider took back is not believed. Times of tokens are the world's, also where a demo's
//! clock was moved. It decides nothing about staff.

use crate::web;
use features::staff::{AddressAsked, Provider, ProviderError, SignInSecrets, Vouched, VouchedAsked};
use kernel::Secret;
use openidconnect::core::{
    CoreAuthenticationFlow, CoreClient, CoreJwsSigningAlgorithm, CoreProviderMetadata,
};
use openidconnect::{
    AuthenticationContextClass, AuthorizationCode, ClientId, ClientSecret, CsrfToken, EndpointMaybeSet,
    EndpointNotSet, EndpointSet, HttpRequest, HttpResponse, IssuerUrl, Nonce, PkceCodeChallenge,
    PkceCodeVerifier, RedirectUrl, TokenResponse,
};
use std::io;

/// The longest answer of a provider, bytes.
const ANSWER_BYTES_MAX: u64 = 256 * 1024;
/// Signatures that are believed: those of a key pair of the provider's.
const ALGORITHMS: [CoreJwsSigningAlgorithm; 4] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EdDsa,
];

/// How this issuer is known at the provider.
#[derive(Clone, Debug)]
pub struct OidcSettings {
    /// The provider's address, exactly as its tokens say it.
    pub issuer: String,
    /// Our name there.
    pub client_id: String,
    /// Our secret there.
    pub client_secret: Secret<String>,
    /// Where browsers come back to.
    pub redirect: String,
    /// What a token must say about how somebody proved who they are, to count as two proofs.
    pub acr: Option<String>,
}

/// The provider of these settings.
#[derive(Clone, Debug)]
pub struct OidcProvider {
    settings: OidcSettings,
    agent: ureq::Agent,
}

type Client = CoreClient<
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

impl OidcProvider {
    /// With these settings; nothing is asked before the first sign-in.
    pub fn new(settings: OidcSettings) -> Self {
        Self { settings, agent: web::client() }
    }

    fn client(&self) -> Result<Client, String> {
        let told = |error: &dyn std::error::Error| error.to_string();
        let issuer = IssuerUrl::new(self.settings.issuer.clone()).map_err(|error| told(&error))?;
        let metadata = CoreProviderMetadata::discover(&issuer, &|request| send(&self.agent, request))
            .map_err(|error| told(&error))?;
        let redirect = RedirectUrl::new(self.settings.redirect.clone()).map_err(|error| told(&error))?;
        let secret = ClientSecret::new(self.settings.client_secret.expose().clone());
        let id = ClientId::new(self.settings.client_id.clone());
        Ok(CoreClient::from_provider_metadata(metadata, id, Some(secret)).set_redirect_uri(redirect))
    }

    fn address(&self, secrets: &SignInSecrets) -> Result<String, String> {
        let client = self.client()?;
        let verifier = PkceCodeVerifier::new(secrets.verifier.expose().clone());
        let (state, nonce) = (secrets.state.expose().clone(), secrets.nonce.expose().clone());
        let mut request = client
            .authorize_url(
                CoreAuthenticationFlow::AuthorizationCode,
                || CsrfToken::new(state),
                || Nonce::new(nonce),
            )
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier));
        if let Some(acr) = &self.settings.acr {
            request = request.add_auth_context_value(AuthenticationContextClass::new(acr.clone()));
        }
        Ok(request.url().0.to_string())
    }

    fn vouch(&self, code: &str, secrets: &SignInSecrets) -> Result<Vouched, ProviderError> {
        let refused = |error: String| ProviderError::Refused(error);
        let client = self.client().map_err(ProviderError::Unreachable)?;
        let answer = client
            .exchange_code(AuthorizationCode::new(code.to_owned()))
            .map_err(|error| refused(error.to_string()))?
            .set_pkce_verifier(PkceCodeVerifier::new(secrets.verifier.expose().clone()))
            .request(&|request| send(&self.agent, request))
            .map_err(|error| refused(error.to_string()))?;
        let token = answer.id_token().ok_or_else(|| refused("no token of who it is".to_owned()))?;
        let verifier = client.id_token_verifier().set_allowed_algs(ALGORITHMS);
        let nonce = Nonce::new(secrets.nonce.expose().clone());
        let claims = token.claims(&verifier, &nonce).map_err(|error| refused(error.to_string()))?;
        let said = claims.auth_context_ref().map(|acr| acr.as_str().to_owned());
        let strong = self.settings.acr.is_some() && said == self.settings.acr;
        Ok(Vouched { subject: claims.subject().as_str().to_owned(), strong })
    }
}

impl Provider for OidcProvider {
    fn issuer(&self) -> &str {
        &self.settings.issuer
    }

    fn begin<'a>(&'a self, secrets: &'a SignInSecrets) -> AddressAsked<'a> {
        let (own, secrets) = (self.clone(), secrets.clone());
        Box::pin(async move {
            web::beside(move || own.address(&secrets)).await.map_err(ProviderError::Unreachable)
        })
    }

    fn finish<'a>(&'a self, code: &'a str, secrets: &'a SignInSecrets) -> VouchedAsked<'a> {
        let (own, secrets, code) = (self.clone(), secrets.clone(), code.to_owned());
        Box::pin(async move {
            let done = web::beside(move || Ok(own.vouch(&code, &secrets))).await;
            done.map_err(ProviderError::Unreachable)?
        })
    }
}

/// One request to the provider.
fn send(agent: &ureq::Agent, request: HttpRequest) -> Result<HttpResponse, io::Error> {
    let mut answer = agent.run(request).map_err(io::Error::other)?;
    let body = web::text(&mut answer, ANSWER_BYTES_MAX).map_err(io::Error::other)?;
    let (parts, _) = answer.into_parts();
    Ok(HttpResponse::from_parts(parts, body.into_bytes()))
}
