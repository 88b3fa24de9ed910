//! `cardea administrator`: the first administrator's way in.
//!
//! Somebody must be the first, and nobody is there to vouch for them but the console of the machine. While no
//! administrator has a passkey, this makes one (or takes the one that there is) and prints a one-use code for their first
//! passkey; as soon as one has, it refuses, for from then on administrators make codes for their colleagues.

use super::{CommandError, node, print};
use clap::Args;
use features::passkeys::{CodeTerms, EnrolmentCode, lacks_administrator, new_code};
use features::staff::{add_person, tell_person};
use kernel::{Actor, Channel, Clock, IdMint, Masked, Random};
use platform::access::{NewStaff, Role, add_staff, list_staff};
use platform::clock::{SystemClock, SystemRandom};
use platform::config::Config;
use platform::db::Db;
use std::path::PathBuf;
use std::sync::Arc;

const BY: (Actor, Channel) = (Actor::System, Channel::Console);

/// For whom.
#[derive(Args, Debug, Clone)]
pub struct AdministratorArgs {
    /// The settings of the server; it may be running.
    #[arg(long)]
    pub config: PathBuf,
    /// What colleagues call them.
    #[arg(long, default_value = "Administrator")]
    pub name: String,
    /// Their number as an employee: whoever has a second account has the same number there, and decides nothing about
    /// what they asked for with the first.
    #[arg(long)]
    pub employee: Option<String>,
}

/// Prints the code.
pub async fn run(args: AdministratorArgs) -> Result<(), CommandError> {
    let config = Config::load(Some(&args.config)).map_err(CommandError::other)?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::default());
    let db = Db::connect(config.database_url().expose(), clock, Arc::new(IdMint::new(node::ADMINISTRATOR)))
        .await?;
    let code = let_in(&db, &SystemRandom, &args.name, args.employee.as_deref()).await?;
    print(&told(&config, &code));
    Ok(())
}

/// Makes the first administrator, where there is none, and a code for their first passkey.
pub(super) async fn let_in(
    db: &Db,
    random: &dyn Random,
    name: &str,
    employee: Option<&str>,
) -> Result<EnrolmentCode, CommandError> {
    if !lacks_administrator(db).await.map_err(CommandError::other)? {
        return Err(CommandError::Other(
            "an administrator has a passkey already: they make codes for colleagues at the desk".to_owned(),
        ));
    }
    let there = list_staff(db).await?.into_iter().find(|one| one.active && one.role == Role::Administrator);
    let new = NewStaff { name: Masked::new(name), role: Role::Administrator, locale: "zh-Hans".to_owned() };
    let id = match (there, employee) {
        (Some(one), Some(employee)) => {
            tell_person(db, BY, one.id, employee).await.map_err(CommandError::other)?;
            one.id
        }
        (Some(one), None) => one.id,
        (None, Some(employee)) => add_person(db, BY, &new, employee).await.map_err(CommandError::other)?,
        (None, None) => {
            let added = add_staff(db, BY.0, BY.1, new).await?;
            added.ok_or_else(|| CommandError::Other("no such role".to_owned()))?
        }
    };
    new_code(db, random, Actor::Staff(id), CodeTerms::STAFF, BY).await.map_err(CommandError::other)
}

/// What to do with it.
pub(super) fn told(config: &Config, code: &EnrolmentCode) -> String {
    format!(
        "The first administrator's code, shown once, good for a day:\n\n  {}\n\n  {}/desk/activate\n",
        code.text.expose(),
        config.http.public_url
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use features::staff::are_one_person;

    #[tokio::test(flavor = "multi_thread")]
    async fn the_first_account_is_of_whom_the_console_says_also_where_it_was_there_before() {
        for test in testkit::databases().await {
            let (db, random) = (&test.db, &SystemRandom);
            let numbered = NewStaff { name: Masked::new("He"), role: Role::Manager, locale: "en".to_owned() };
            let second = add_person(db, BY, &numbered, "E-1").await.unwrap();
            assert!(let_in(db, random, "He", Some("no number of anybody's")).await.is_err());
            assert_eq!(list_staff(db).await.unwrap().len(), 1, "refused as a whole");
            let_in(db, random, "He", None).await.unwrap();
            let all = list_staff(db).await.unwrap();
            let first = all.iter().find(|one| one.role == Role::Administrator).unwrap().id;
            assert!(!are_one_person(db, first, second).await.unwrap(), "nobody has said so yet");
            let_in(db, random, "He", Some("e-1")).await.unwrap();
            assert!(are_one_person(db, first, second).await.unwrap());
            assert!(let_in(db, random, "He", Some("E-2")).await.is_err(), "it is another's");
            assert_eq!(list_staff(db).await.unwrap().len(), 2, "one account");
        }
    }
}
