//! What an issuer's own files make stricter: who has which permission, and what proofs come to.
//!
//! Both are read before the server serves anything, and a file that would allow more than the program stops the start.
//! What they change stands in the first lines of the log.

use crate::commands::CommandError;
use features::identity::Policy;
use platform::access::{Narrowing, Role};
use platform::config::Config;
use platform::feature::{Feature, with_own};
use std::path::Path;

/// Takes permissions away from roles, as `access.roles_file` says.
pub(super) fn narrow_roles(config: &Config, served: &[&'static Feature]) -> Result<(), CommandError> {
    let Some(path) = &config.access.roles_file else { return Ok(()) };
    let text = read("access.roles_file", path)?;
    let permissions: Vec<_> =
        with_own(served).iter().flat_map(|feature| feature.permissions).copied().collect();
    let refused = |error| CommandError::Other(format!("access.roles_file: {error}"));
    let narrowing = Narrowing::read(&text, &permissions).map_err(refused)?;
    narrowing.clone().install().map_err(refused)?;
    for (permission, roles) in narrowing.kept() {
        let roles: Vec<&str> = roles.iter().copied().map(Role::word).collect();
        tracing::info!(permission, roles = roles.join(" "), "kept by these roles only");
    }
    Ok(())
}

/// The policy of `identity.policy_file`, else the one in the program.
pub(super) fn policy_of_proofs(config: &Config) -> Result<Policy, CommandError> {
    let Some(path) = &config.identity.policy_file else {
        return Policy::built_in().map_err(CommandError::other);
    };
    let text = read("identity.policy_file", path)?;
    let policy = Policy::of_issuer(&text)
        .map_err(|error| CommandError::Other(format!("identity.policy_file: {error}")))?;
    tracing::info!(file = %path.display(), "the issuer's own policy of proofs holds");
    Ok(policy)
}

fn read(setting: &str, path: &Path) -> Result<String, CommandError> {
    std::fs::read_to_string(path)
        .map_err(|error| CommandError::Other(format!("{setting}: {}: {error}", path.display())))
}
