//! Accounts and payments for tests of the engine.

use features::authorizations::{
    Amounts, AuthorizationRequest, CardKey, Class, Expiry, NewAccount, NewCard, Proofs, Purpose, Trace,
    Where, insert_account_in_tx,
};
use kernel::{AccountId, Actor, CardId, Channel, Currency, Money, Timestamp};
use platform::{audit::Entry, db::Db};

/// An account with one card.
#[derive(Clone, Copy, Debug)]
pub struct OpenAccount {
    /// The account.
    pub account: AccountId,
    /// Its card.
    pub card: CardId,
    /// The keyed hash of the card's number.
    pub key: CardKey,
}

/// Opens account number `n` in CNY with one card, without rules.
///
/// # Panics
/// When the database refuses.
#[expect(clippy::expect_used, reason = "a test without its account must fail")]
pub async fn open_account(db: &Db, n: u32, limit_minor: i64) -> OpenAccount {
    let mut key = [0; 32];
    key[..4].copy_from_slice(&n.to_be_bytes());
    // The hash of no card at all is zero throughout; the first card's must not be.
    key[31] = 1;
    let account = AccountId::from_raw(1_000 + i64::from(n));
    let card = CardId::from_raw(2_000_000 + i64::from(n));
    let new = NewAccount {
        account,
        currency: Currency::CNY,
        limit_minor,
        cash_limit_minor: limit_minor / 2,
        watched: false,
        home_country: 156,
        home: None,
        utc_offset_min: 480,
    };
    let card_of = NewCard { card, key, expiry: Expiry { year: 30, month: 12 }, cvk_generation: 1 };
    let mut write = db.write().await.expect("a transaction");
    insert_account_in_tx(&mut write, &new, &[card_of]).await.expect("the account opens");
    let entry = Entry::new(Actor::System, Channel::Console, "accounts.account.opened").subject(account);
    write.commit(entry).await.expect("the account is kept");
    OpenAccount { account, card, key }
}

/// A purchase of `minor` fen, number `stan`, at `at`.
pub fn purchase(key: CardKey, stan: u32, minor: i64, at: Timestamp) -> AuthorizationRequest {
    AuthorizationRequest {
        class: Class::Authorization,
        purpose: Purpose::Purchase,
        card: key,
        range: 0,
        proofs: Proofs::default(),
        amounts: Amounts {
            transaction: Money::new(minor, Currency::CNY),
            billing: None,
            remaining_minor: None,
        },
        at,
        at_arrival: false,
        arrived_us: 1_000_000,
        trace: Trace {
            stan,
            rrn: format!("{stan:012}"),
            acquirer: "00000000042".to_owned(),
            local: "0312".to_owned(),
            transmitted: format!("0312{stan:06}"),
        },
        site: Where {
            terminal: "TERM0001".to_owned(),
            merchant: "MERCHANT0000001".to_owned(),
            name: "Wild Plum Noodles".to_owned(),
            city: "Shanghai".to_owned(),
            country: 156,
            mcc: 5812,
            place: None,
        },
        channel: decision::Channel::Chip,
        card_present: true,
        partial_ok: false,
        approved_elsewhere: true,
        original: None,
    }
}
