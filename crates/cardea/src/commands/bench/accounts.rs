//! The stage of a measurement: a fresh database with accounts, and people who pay.

use super::{super::CommandError, BenchArgs};
use features::authorizations::{Batches, CardKey, Expiry, NewAccount, NewCard};
use kernel::{AccountId, Actor, CardId, Channel, Clock, Currency, IdMint};
use platform::{audit::Entry, clock::SystemClock, db::Db};
use std::{path::Path, sync::Arc};
use vault::{KeyRing, Pan};

/// Accounts opened in one transaction.
const OPENED_AT_ONCE: u32 = 5_000;
/// Commits measured for the median.
const COMMITS: usize = 51;
/// Credit limit: large enough that the measurement is of approvals, minor units.
const LIMIT_MINOR: i64 = 1_000_000_000_000;

/// A fresh database.
pub struct Stage {
    pub db: Db,
    pub clock: Arc<dyn Clock>,
    pub keys: Arc<KeyRing>,
}

/// The cards, by number of the account.
pub struct People {
    pub keys: Vec<CardKey>,
}

impl Stage {
    /// A database of its own, empty and migrated.
    pub async fn open(
        args: &BenchArgs,
        folder: &Path,
        name: &str,
        keys: &Arc<KeyRing>,
    ) -> Result<Self, CommandError> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::new(0));
        let url = fresh(args, folder, name).await?;
        let db = Db::connect(&url, Arc::clone(&clock), Arc::new(IdMint::new(0))).await?;
        db.migrate().await?;
        Ok(Self { db, clock, keys: Arc::clone(keys) })
    }

    /// The median of single commits on this disk, milliseconds.
    pub async fn commit_ms(&self) -> Result<f64, CommandError> {
        let mut taken = Vec::with_capacity(COMMITS);
        for _ in 0..COMMITS {
            let start = self.clock.monotonic_us();
            let write = self.db.write().await?;
            write.commit(Entry::new(Actor::System, Channel::Console, "bench.commit.measured")).await?;
            taken.push(self.clock.monotonic_us().saturating_sub(start));
        }
        taken.sort_unstable();
        let median = taken.get(COMMITS / 2).copied().unwrap_or(0);
        Ok(f64::from(u32::try_from(median).unwrap_or(u32::MAX)) / 1_000.0)
    }

    /// Opens the accounts.
    pub fn fill(&self, accounts: u32) -> Result<People, CommandError> {
        let (db, keys) = (self.db.clone(), Arc::clone(&self.keys));
        // The engine's driver blocks; it has a thread of its own here too.
        let filled = std::thread::spawn(move || -> Result<Vec<CardKey>, CommandError> {
            let mut batches = Batches::open(&db)?;
            let mut filled = Vec::with_capacity(usize::try_from(accounts).unwrap_or(0));
            let mut next = 0;
            while next < accounts {
                let until = accounts.min(next + OPENED_AT_ONCE);
                let opened: Vec<_> = (next..until).map(|n| account(n, &keys)).collect::<Result<_, _>>()?;
                filled.extend(opened.iter().flat_map(|(_, cards)| cards.iter().map(|card| card.key)));
                batches.transaction(&mut |tx| tx.open_accounts(&opened))?;
                next = until;
            }
            Ok(filled)
        });
        let keys = filled.join().map_err(|_| CommandError::Stopped("opening accounts"))??;
        Ok(People { keys })
    }
}

fn account(n: u32, keys: &KeyRing) -> Result<(NewAccount, Vec<NewCard>), CommandError> {
    let id = i64::from(n) + 1;
    let new = NewAccount {
        account: AccountId::from_raw(id),
        currency: Currency::CNY,
        limit_minor: LIMIT_MINOR,
        cash_limit_minor: LIMIT_MINOR,
        watched: true,
        home_country: 156,
        home: Some(decision::Place { lat: 31.23, lon: 121.47 }),
        utc_offset_min: 480,
    };
    let key = keys.lookup_pan(&pan(u64::from(n))?)?.0;
    let expiry = Expiry { year: 40, month: 12 };
    let card = NewCard { card: CardId::from_raw(id), key, expiry, cvk_generation: 1 };
    Ok((new, vec![card]))
}

/// The card number of account number `n`: of the range that begins with 9, which no scheme uses.
pub fn pan(n: u64) -> Result<Pan, CommandError> {
    Pan::with_check_digit(&format!("9{n:014}")).map_err(CommandError::other)
}

/// The address of an empty database of this name.
pub(super) async fn fresh(args: &BenchArgs, folder: &Path, name: &str) -> Result<String, CommandError> {
    Ok(match args.database.as_deref() {
        None => format!("sqlite://{}", folder.join(name).join("cardea.db").display()),
        Some(url) if url.starts_with("sqlite://") => {
            let path = Path::new(url.trim_start_matches("sqlite://")).with_extension(name);
            let _ = std::fs::remove_file(&path);
            let _ = std::fs::remove_file(path.with_extension(format!("{name}-wal")));
            format!("sqlite://{}", path.display())
        }
        Some(url) => fresh_schema(url, name).await?,
    })
}

async fn fresh_schema(url: &str, name: &str) -> Result<String, CommandError> {
    let schema = format!("cardea_bench_{name}");
    let pool = sqlx::PgPool::connect(url).await.map_err(platform::db::DbError::from)?;
    let text = format!("DROP SCHEMA IF EXISTS {schema} CASCADE; CREATE SCHEMA {schema}");
    sqlx::raw_sql(sqlx::AssertSqlSafe(text)).execute(&pool).await.map_err(platform::db::DbError::from)?;
    pool.close().await;
    let joint = if url.contains('?') { '&' } else { '?' };
    Ok(format!("{url}{joint}options=-c%20search_path%3D{schema}"))
}
