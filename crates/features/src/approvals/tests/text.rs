//! One meaning has one text, and any change of what is approved changes it.

use super::super::model::{canonical, challenge, thumbprint};
use super::super::{Approval, Asker, PAYMENT, State};
use kernel::{Actor, ApprovalId, Channel, Currency, CustomerId, Money, Timestamp};
use platform::approval::Details;
use proptest::prelude::*;
use serde_json::{Value, json};

#[test]
fn the_text_is_that_of_rfc_8785() {
    let value = json!({ "b": [1, true, null], "a": "\u{7}\"\\/\n€", "aa": { "z": -3, "A": false } });
    let text = canonical(&value).unwrap();
    // Its section 3.2.2.2: control characters by their short or four-digit escapes, nothing else escaped.
    assert_eq!(text, r#"{"a":"\u0007\"\\/\n€","aa":{"A":false,"z":-3},"b":[1,true,null]}"#);
}

#[test]
fn what_has_no_one_text_has_none() {
    assert!(canonical(&json!({ "n": 1.5 })).is_none());
    assert!(canonical(&json!({ "n": 9_007_199_254_740_993_i64 })).is_none());
    assert!(canonical(&json!({ "é": 1 })).is_none());
    let deep = (0..20).fold(Value::Null, |inner, _| json!([inner]));
    assert!(canonical(&deep).is_none());
}

/// RFC 8037, appendix A.3: the key of the example and its thumbprint.
#[test]
fn a_key_has_the_name_that_the_standard_gives_it() {
    let public: [u8; 32] = [
        0xd7, 0x5a, 0x98, 0x01, 0x82, 0xb1, 0x0a, 0xb7, 0xd5, 0x4b, 0xfe, 0xd3, 0xc9, 0x64, 0x07, 0x3a, 0x0e,
        0xe1, 0x72, 0xf3, 0xda, 0xa6, 0x23, 0x25, 0xaf, 0x02, 0x1a, 0x68, 0xf7, 0x07, 0x51, 0x1a,
    ];
    assert_eq!(thumbprint(&public), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
}

fn approval(id: i64, owner: i64, details: Details, expires_us: i64) -> Approval {
    Approval {
        id: ApprovalId::from_raw(id),
        owner: CustomerId::from_raw(owner),
        act: PAYMENT.to_owned(),
        details,
        number: None,
        nonce: vec![7; 32],
        asker: Asker { actor: Actor::System, channel: Channel::Api, session: None, agent: None },
        at: Timestamp::from_us(0),
        expires_at: Timestamp::from_us(expires_us),
        state: State::Approved,
        decided_at: None,
        device: None,
        has_receipt: false,
    }
}

prop_compose! {
    fn payments()(payee in "[ -~]{1,12}", minor in 0_i64..10_000, yuan: bool) -> Details {
        let currency = if yuan { Currency::CNY } else { Currency::USD };
        Details::new().text("payee", payee).money("amount", Some(Money::new(minor, currency)))
    }
}

proptest! {
    /// An approval of one act never allows another: it is for exactly its act and details.
    #[test]
    fn an_approval_is_for_its_own_act_alone(one in payments(), other in payments(), act in "[a-z.]{1,20}") {
        let approved = approval(1, 1, one.clone(), 600);
        prop_assert!(approved.is_for(PAYMENT, &one));
        prop_assert_eq!(approved.is_for(PAYMENT, &other), one == other);
        prop_assert_eq!(approved.is_for(&act, &one), act == PAYMENT);
    }

    /// Each part of it is in the text, so each changes what is signed.
    #[test]
    fn any_change_changes_what_is_signed(
        details in payments(), other in payments(), id in 1_i64..9, owner in 1_i64..9, expires in 1_i64..9, nonce in 0_u8..9,
    ) {
        let signed = |approval: &Approval| challenge(&approval.nonce, &approval.text().unwrap());
        let first = approval(1, 1, details.clone(), 1);
        let mut second = approval(id, owner, other.clone(), expires);
        second.nonce = vec![nonce; 32];
        let same = details == other && (id, owner, expires, nonce) == (1, 1, 1, 7);
        prop_assert_eq!(signed(&first) == signed(&second), same);
    }

    /// Whatever order the names come in, and read back from what was written.
    #[test]
    fn the_order_of_names_is_no_meaning(pairs in proptest::collection::btree_map("[a-z]{1,6}", 0_i64..100, 0..8)) {
        let forward: Value = pairs.iter().map(|(name, value)| (name.clone(), Value::from(*value))).collect();
        let backward: Value = pairs.iter().rev().map(|(name, value)| (name.clone(), Value::from(*value))).collect();
        let text = canonical(&forward).unwrap();
        prop_assert_eq!(&text, &canonical(&backward).unwrap());
        let read: Value = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(read, forward);
    }
}
