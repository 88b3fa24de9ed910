//! Signing in with an outside provider: begun with secrets of its own, finished once.

use super::super::error::StaffError;
use super::super::events;
use super::super::port::{IdentityProvider, SignInSecrets};
use super::super::store::{self, Begun};
use kernel::{Actor, Channel, MINUTE_US, Secret};
use platform::access::{Assurance, NewSession, Opened, Token, find_staff, open_session};
use platform::app::App;
use platform::audit::{self, Entry};
use platform::db::Housekeeping;
use platform::http::problem::Problem;
use serde_json::json;

/// How long a sign-in may take at the provider, microseconds.
const BEGUN_US: i64 = 10 * MINUTE_US;

/// Sign-ins that wait for their answer at once, at most: nobody fills the database with beginnings.
const BEGUN_MAX: i64 = 20_000;

/// Where to send the browser, and what it must bring back.
pub(in super::super) struct Begin {
    pub(in super::super) address: String,
    pub(in super::super) state: Token,
}

/// What the browser brought back.
pub(in super::super) struct Back<'a> {
    pub(in super::super) code: &'a str,
    pub(in super::super) state: &'a str,
    /// The issuer that it names, where it names one (RFC 9207).
    pub(in super::super) issuer: Option<&'a str>,
    /// The state that the same browser was given.
    pub(in super::super) kept: Option<&'a str>,
}

/// The provider; there is nothing at these addresses without one.
fn provider(app: &App) -> Result<IdentityProvider, Problem> {
    app.service::<IdentityProvider>().map_err(|_| Problem::absent())
}

/// Draws the secrets of a sign-in, keeps them, and asks the provider where to go.
pub(in super::super) async fn begin(app: &App, next: &str) -> Result<Begin, Problem> {
    let provider = provider(app)?;
    let _start = provider.starts.try_acquire().map_err(|_| StaffError::Starts)?;
    let state = Token::create(&*app.random);
    let draw = || Secret::new(Token::create(&*app.random).expose().to_owned());
    let secrets =
        SignInSecrets { state: Secret::new(state.expose().to_owned()), nonce: draw(), verifier: draw() };
    let address = provider.provider.begin(&secrets).await.map_err(|error| unreachable(&error))?;
    let mut write = app.db.write().await?;
    let begun = Begun { next: next.to_owned(), secrets };
    let now = write.now();
    store::forget_begun_in_tx(&mut write, now).await?;
    if store::begun_in_tx(&mut write).await? >= BEGUN_MAX {
        write.rollback().await?;
        return Err(StaffError::Starts.into());
    }
    let until = now.plus_us(BEGUN_US);
    store::keep_begun_in_tx(&mut write, state.hash().as_str(), &begun, until).await?;
    // Nobody has done anything yet: what comes back is an entry.
    write.housekeeping(Housekeeping::Ceremony).await?;
    Ok(Begin { address, state })
}

/// Opens a session for whom the provider vouches, and says where they wanted to go. One answer for whatever does not
/// hold; the log knows which.
pub(in super::super) async fn finish(app: &App, back: &Back<'_>) -> Result<(Opened, String), Problem> {
    let provider = provider(app)?;
    let refuse = async |why: &str| -> Result<Problem, Problem> {
        let entry = Entry::new(Actor::Nobody, Channel::Desk, events::SIGN_IN_REFUSED).refused();
        audit::record(&app.db, entry.subject("provider").detail(json!({ "code": why }))).await?;
        Ok(StaffError::SignIn.into())
    };
    let state = Token::from_text(back.state).filter(|state| {
        // Begun in this browser: nobody can make somebody else sign in as them.
        back.kept.and_then(Token::from_text).is_some_and(|kept| kept.hash().matches(state.hash().as_str()))
    });
    let Some(state) = state else { return Err(refuse("state").await?) };
    if back.issuer.is_some_and(|issuer| issuer != provider.provider.issuer()) {
        return Err(refuse("issuer").await?);
    }
    // Taken before the provider is asked: a second use of the same answer finds nothing.
    let mut write = app.db.write().await?;
    let now = write.now();
    let begun = store::take_begun_in_tx(&mut write, state.hash().as_str(), now).await?;
    let Some(begun) = begun else {
        write.rollback().await?;
        return Err(refuse("begun").await?);
    };
    let entry = Entry::new(Actor::Nobody, Channel::Desk, events::SIGN_IN_RETURNED);
    write.commit(entry.subject("provider")).await?;
    let vouched = match provider.provider.finish(back.code, &begun.secrets).await {
        Ok(vouched) => vouched,
        Err(error) => {
            tracing::warn!(%error, "a sign-in by the identity provider did not hold");
            return Err(refuse("token").await?);
        }
    };
    let staff = store::staff_of_subject(&app.db, provider.provider.issuer(), &vouched.subject).await?;
    let found = match staff {
        Some(staff) => find_staff(&app.db, staff).await?.filter(|found| found.active),
        None => None,
    };
    let Some(found) = found else { return Err(refuse("nobody").await?) };
    // Without the provider's word on how somebody proved it, it counts as one proof (ASVS 6.8.4).
    let assurance = if vouched.strong { Assurance::TWO } else { Assurance::ONE };
    let session = NewSession::new(Actor::Staff(found.id), found.role, assurance);
    let opened = open_session(&app.db, &*app.random, session).await?;
    let opened = opened.ok_or_else(|| Problem::internal("staff have sessions"))?;
    Ok((opened, begun.next))
}

fn unreachable(error: &super::super::port::ProviderError) -> Problem {
    StaffError::Provider(error.to_string()).into()
}
