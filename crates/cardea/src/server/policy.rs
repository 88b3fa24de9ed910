//! The issuer's rules and tables, as the engine needs them.

use super::MCC_MAX;
use crate::{commands::CommandError, issuer::IssuerData};
use decision::RuleSet;
use features::authorizations::{HoldClass, HoldDays, Policy, save_rule_set_in_tx};
use kernel::{Actor, Channel};
use platform::{audit::Entry, db::Db};

/// The rules of the sample issuer.
const RULES: &str = include_str!("../../../../examples/issuer/rules/starting.toml");

/// Compiles the rules and keeps their text, so that their decisions can be explained for as long as those
/// are kept.
pub async fn load(db: &Db, issuer: &IssuerData) -> Result<Policy, CommandError> {
    let rules = RuleSet::compile(RULES)?;
    let version = rules.version().to_string();
    let now = db.clock().now();
    let mut write = db.write().await?;
    if save_rule_set_in_tx(&mut write, &version, RULES, now).await? {
        let entry =
            Entry::new(Actor::System, Channel::Console, "authorizations.rules.loaded").subject(&version);
        write.commit(entry).await?;
    } else {
        write.rollback().await?;
    }
    Ok(Policy { rules, hold_days: hold_days(issuer) })
}

fn hold_days(issuer: &IssuerData) -> HoldDays {
    let default = issuer.issuer.holds.default_days;
    let mut classes: Vec<HoldClass> = Vec::new();
    for mcc in 0..=MCC_MAX {
        let days = issuer.hold_days(mcc);
        match classes.last_mut() {
            Some(last) if last.days == days && last.to + 1 == mcc => last.to = mcc,
            _ if days == default => {}
            _ => classes.push(HoldClass { from: mcc, to: mcc, days }),
        }
    }
    HoldDays { default, classes }
}
