//! Writes the live wall and the pages of alerts, over an invented evening with a wave of card testing, in every
//! language and theme, into a folder, for looking at without a server:
//! `cargo run -p cardea-testkit --example live_wall -- FOLDER`.

use axum::body::{Body, to_bytes};
use axum::http::Request;
use decision::{Channel as Entry, CrossTables, Payment, RuleSet};
use features::authorizations::{Class, Decided, HoldDays, Policy, Reason};
use features::monitoring::{AlertKind, Hit, NewAlert, PlaceName, Watch, WatchSettings, raise, take};
use kernel::{Actor, Channel, Clock, IdMint, Masked, SECOND_US, Timestamp};
use platform::access::{Assurance, NewSession, NewStaff, Role, add_staff, open_session};
use platform::app::{App, AppParts, Brand, Services};
use platform::clock::{DrivenClock, SystemRandom, TokioSleep};
use platform::config::{Config, Environment};
use platform::http::health::Health;
use platform::{assets, db::Db, feature, i18n, telemetry::Metrics};
use std::collections::HashMap;
use std::error::Error;
use std::path::Path;
use std::sync::{Arc, RwLock};
use tower::ServiceExt;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// 12 March 2026, 20:14:36 in Shanghai.
const NOW: Timestamp = Timestamp::from_us(1_773_317_676_000_000);
const MINUTES: i64 = 130;
const PLACES: [(&str, u16, u64); 6] = [
    ("Shanghai", 156, 58),
    ("Hangzhou", 156, 27),
    ("Chengdu", 156, 22),
    ("Tokyo", 392, 4),
    ("Singapore", 702, 3),
    ("Suzhou", 156, 9),
];

/// The same in every run (SplitMix64).
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (word ^ (word >> 31)) % bound.max(1)
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    let folder = std::env::args().nth(1).unwrap_or_else(|| "target/live_wall".to_owned());
    let folder = Path::new(&folder);
    std::fs::create_dir_all(folder)?;
    std::fs::write(folder.join("desk.css"), assets::sheet_text("desk.css").unwrap_or_default())?;
    let data = tempfile::tempdir()?;
    let url = format!("sqlite://{}", data.path().join("wall.db").display());
    let clock = Arc::new(DrivenClock::new(NOW.plus_us(-MINUTES * 60 * SECOND_US)));
    let db = Db::connect(&url, Arc::clone(&clock) as Arc<dyn Clock>, Arc::new(IdMint::new(1))).await?;
    db.migrate().await?;
    let cross = Arc::new(RwLock::new(CrossTables::new()));
    let watch =
        Watch::idle(&db, cross, WatchSettings { cities: cities(), ..WatchSettings::default() }).await?;
    evening(&watch, &clock);
    clock.drive_to(NOW);
    let (app, cookie) = app(&db, &watch).await?;
    let _ = i18n::install(feature::catalogue(&app.features)?);
    let router = feature::build_router(&app)?;
    for lang in ["zh-Hans", "zh-Hant", "en"] {
        for theme in ["dark", "light"] {
            for (name, path) in [
                ("live-15m", "/desk/live?range=15m"),
                ("live-1h", "/desk/live?range=1h"),
                ("live-24h", "/desk/live?range=24h"),
                ("alerts", "/desk/alerts?state=open"),
                ("alert", &format!("/desk/alerts/{}?x=y", first_alert(&db).await?)),
            ] {
                let uri = format!("{path}&lang={lang}&theme={theme}");
                let request = Request::get(uri).header("cookie", &cookie).body(Body::empty())?;
                let response = router.clone().oneshot(request).await?;
                let bytes = to_bytes(response.into_body(), usize::MAX).await?;
                let html = String::from_utf8(bytes.to_vec())?.replace(&assets::href("desk.css"), "desk.css");
                std::fs::write(folder.join(format!("{name}.{lang}.{theme}.html")), html)?;
            }
        }
    }
    Ok(())
}

async fn first_alert(db: &Db) -> Result<String> {
    let open = features::monitoring::list(db, false, None, 50).await?;
    let wave = open.iter().find(|alert| alert.kind == AlertKind::Merchant).ok_or("no alert")?;
    Ok(wave.id.to_string())
}

fn cities() -> HashMap<String, PlaceName> {
    [
        ("Shanghai", "上海", "上海"),
        ("Hangzhou", "杭州", "杭州"),
        ("Chengdu", "成都", "成都"),
        ("Tokyo", "东京", "東京"),
        ("Singapore", "新加坡", "新加坡"),
        ("Suzhou", "苏州", "蘇州"),
    ]
    .into_iter()
    .map(|(en, hans, hant)| {
        let name = PlaceName { zh_hans: hans.to_owned(), zh_hant: hant.to_owned(), en: en.to_owned() };
        (en.to_owned(), name)
    })
    .collect()
}

fn evening(watch: &Watch, clock: &DrivenClock) {
    let mut chance = Chance(7);
    for second in 0..MINUTES * 60 + 1 {
        let now = NOW.plus_us((second - MINUTES * 60) * SECOND_US);
        clock.drive_to(now);
        let minute = second / 60 - (MINUTES - 33);
        let wave = if (0..6).contains(&minute) {
            [6, 9, 11, 8, 4, 1][usize::try_from(minute).unwrap_or(0)]
        } else {
            0
        };
        let count = 176 + chance.below(16);
        let batch: Vec<Decided> = (0..count)
            .map(|_| one(&mut chance, now, false, wave))
            .chain(
                (0..wave)
                    .map(|_| ())
                    .collect::<Vec<_>>()
                    .into_iter()
                    .map(|()| one(&mut Chance(now.us().unsigned_abs()), now, true, wave)),
            )
            .collect();
        watch.take(now, &batch);
    }
}

fn one(chance: &mut Chance, now: Timestamp, testing: bool, wave: u64) -> Decided {
    let reason = if testing {
        Reason::Velocity
    } else {
        match chance.below(10_000) {
            0..135 => Reason::OverLimit,
            135..165 => Reason::Frozen,
            165..212 => Reason::CardValue,
            212..280 => Reason::Control,
            280..325 => Reason::SuspectedFraud,
            _ => Reason::Approved,
        }
    };
    let mut pick = chance.below(200);
    let place = PLACES.iter().find(|(_, _, weight)| {
        let here = pick < *weight;
        pick = pick.saturating_sub(*weight);
        here
    });
    let online = testing || place.is_none();
    let (city, country, _) = place.copied().unwrap_or(("", 156, 0));
    let tail = if chance.below(100) == 0 { 14_000 + chance.below(20_000) } else { 0 };
    let latency_us = 6_000 + chance.below(6_000) + chance.below(20) / 19 * 11_000 + tail + wave * 2_500;
    Decided {
        authorization: 0,
        account: 1,
        card: 1,
        range: 0,
        class: Class::Authorization,
        reason,
        at: now.us(),
        arrived_us: 0,
        answered_us: latency_us,
        billing_minor: 8_800,
        payment: Some(Payment {
            at_us: now.us(),
            amount_minor: 8_800,
            mcc: [5812, 5411, 4111, 5999, 7011][usize::try_from(chance.below(5)).unwrap_or(0)],
            country,
            home_country: 156,
            merchant: 1 + chance.below(50),
            channel: if online { Entry::Ecommerce } else { Entry::Chip },
            card_present: !online,
            ..Payment::default()
        }),
        city: city.to_owned(),
        country,
        alert: false,
    }
}

async fn app(db: &Db, watch: &Watch) -> Result<(App, String)> {
    let app = App::new(AppParts {
        db: db.clone(),
        random: Arc::new(SystemRandom),
        sleep: Arc::new(TokioSleep),
        keys: Arc::new(vault::KeyRing::create(&SystemRandom)?),
        config: Config { environment: Environment::Demo, ..Config::default() },
        brand: Brand {
            zh_hans: "青梧".to_owned(),
            zh_hant: "青梧".to_owned(),
            en: "Qingwu".to_owned(),
            time_zone: "Asia/Shanghai".to_owned(),
        },
        health: Health::new(),
        metrics: Metrics::install()?,
        features: features::ALL.to_vec(),
        error_page: None,
        services: Services::default().with(watch.clone()).with(policy()?),
    });
    let new = NewStaff { name: Masked::new("顾言"), role: Role::Analyst, locale: "zh-Hans".to_owned() };
    let staff = add_staff(db, Actor::System, Channel::Console, new).await?.ok_or("no staff")?;
    let session = NewSession::new(Actor::Staff(staff), Role::Analyst, Assurance::TWO);
    let opened = open_session(db, &SystemRandom, session).await?.ok_or("no session")?;
    alerts(db, staff).await?;
    Ok((app, format!("cardea_desk={}", opened.token.expose())))
}

fn policy() -> Result<Arc<Policy>> {
    let rules = RuleSet::compile(include_str!("../../../examples/issuer/rules/starting.toml"))?;
    Ok(Arc::new(Policy { rules, hold_days: HoldDays::default() }))
}

async fn alerts(db: &Db, staff: kernel::StaffId) -> Result<()> {
    let base = |minutes: i64, kind, reason: &str, rule: &str, merchant: &str, n: i64| NewAlert {
        group: format!("{rule}/{merchant}"),
        kind,
        rule: rule.to_owned(),
        reason: reason.to_owned(),
        account: 1_000 + n,
        merchant: merchant.to_owned(),
        at: NOW.plus_us(-minutes * 60 * SECOND_US),
        hit: Some(Hit {
            authorization: (n << 30) + minutes,
            account: 1_000 + n,
            at: NOW.plus_us(-minutes * 60 * SECOND_US),
            minor: 100,
            passed: false,
        }),
        worst: 0,
        bound: 0,
    };
    for n in 0..47 {
        let mut wave =
            base(33 - n / 9, AlertKind::Merchant, "card_testing", "testing-merchant", "Yunhe Books", n + 100);
        wave.account = 0;
        raise(db, &wave).await?;
    }
    let open = features::monitoring::list(db, false, None, 50).await?;
    take(db, open[0].id, staff).await?;
    raise(db, &base(32, AlertKind::Account, "unusual_amount", "amount-abroad", "Hoshino Audio", 1)).await?;
    raise(db, &base(16, AlertKind::Account, "unusual_place", "travel", "Raffles Watches", 2)).await?;
    let latency = NewAlert {
        kind: AlertKind::Latency,
        hit: None,
        worst: 132_000,
        bound: 100_000,
        group: "latency".to_owned(),
        ..base(11, AlertKind::Latency, "", "", "", 3)
    };
    raise(db, &latency).await?;
    raise(db, &latency).await?;
    raise(db, &base(5, AlertKind::Account, "lost_card", "lost-card", "Metro line 2", 4)).await?;
    Ok(())
}
