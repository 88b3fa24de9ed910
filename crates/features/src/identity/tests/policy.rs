//! What proofs come to: by hand for the ladder of the phone line, and for any proofs at all.

use super::super::{Policy, PolicyError, Proof, ProofKind, Risk};
use kernel::{Channel, DAY_US, DeviceId, MINUTE_US, Timestamp};
use platform::access::{Assurance, ProofAdvice, Role};
use proptest::prelude::*;

const NOW: Timestamp = Timestamp::from_us(1_795_348_800_000_000);
const TEXT: &str = include_str!("../rules/policy.toml");
const RISKS: [Risk; 3] = [Risk::Usual, Risk::Raised, Risk::High];

fn policy() -> Policy {
    Policy::built_in().unwrap()
}

fn proof(kind: ProofKind, minutes_ago: i64) -> Proof {
    let channel = policy().rule(kind).unwrap().channels[0];
    Proof { kind, at: NOW.plus_us(-minutes_ago * MINUTE_US), channel, device: None }
}

fn level(kinds: &[ProofKind], risk: Risk) -> u8 {
    let proofs: Vec<Proof> = kinds.iter().map(|kind| proof(*kind, 1)).collect();
    policy().assurance(&proofs, NOW, risk).level.level()
}

#[test]
fn the_ladder_of_the_phone_line() {
    use ProofKind::*;
    for (kinds, reached) in [
        (&[][..], 0),
        (&[Fact], 0),
        (&[Fact, CardExpiry], 0),
        (&[QueryPassword], 1),
        (&[CardValue], 1),
        (&[QueryPassword, CardValue, CardExpiry, Fact], 1),
        (&[TextCode], 1),
        (&[TextCode, CardValue], 1),
        (&[TextCode, AuthenticatorCode, PushMatch], 1),
        (&[TextCode, QueryPassword], 2),
        (&[AuthenticatorCode, CardValue], 2),
        (&[PushMatch, QueryPassword], 2),
        (&[Passkey], 2),
        (&[StaffProvider], 2),
        (&[ActivationCode], 2),
        (&[Passkey, AuthenticatorCode, TextCode, QueryPassword, CardValue, Pin, ActivationCode], 2),
        (&[DevicePasskey], 3),
    ] {
        assert_eq!(level(kinds, Risk::Usual), reached, "{kinds:?}");
    }
}

#[test]
fn what_is_known_against_somebody_asks_for_better_proofs() {
    use ProofKind::*;
    for (kinds, usual, raised, high) in [
        (&[TextCode, QueryPassword][..], 2, 1, 1),
        (&[AuthenticatorCode, QueryPassword], 2, 1, 1),
        (&[AuthenticatorCode, Pin], 2, 2, 1),
        (&[Passkey], 2, 2, 2),
        (&[DevicePasskey], 3, 3, 3),
    ] {
        assert_eq!(RISKS.map(|risk| level(kinds, risk)), [usual, raised, high], "{kinds:?}");
    }
}

#[test]
fn a_level_falls_when_its_time_is_over_to_what_lasts() {
    let at =
        |minutes_ago| policy().assurance(&[proof(ProofKind::DevicePasskey, minutes_ago)], NOW, Risk::Usual);
    let fresh = at(4);
    assert_eq!((fresh.level, fresh.lasting), (Assurance::THREE, Assurance::TWO));
    assert_eq!(fresh.until, NOW.plus_us(MINUTE_US));
    assert_eq!(at(5).level, Assurance::TWO);
    assert_eq!(at(12 * 60).level, Assurance::NONE, "the proof itself has ended");
    let pair = [proof(ProofKind::AuthenticatorCode, 9), proof(ProofKind::QueryPassword, 2)];
    let granted = policy().assurance(&pair, NOW, Risk::Usual);
    assert_eq!((granted.level, granted.lasting), (Assurance::TWO, Assurance::ONE));
    assert_eq!(granted.until, NOW.plus_us(6 * MINUTE_US), "from the older of both");
}

#[test]
fn a_proof_on_another_channel_or_from_after_now_counts_for_nothing() {
    let mut spoken = proof(ProofKind::QueryPassword, 1);
    spoken.channel = Channel::Desk;
    let mut ahead = proof(ProofKind::DevicePasskey, 1);
    ahead.at = NOW.plus_us(1);
    assert_eq!(policy().assurance(&[spoken, ahead], NOW, Risk::Usual).level, Assurance::NONE);
}

#[test]
fn a_stricter_policy_is_taken_and_a_weaker_one_refused() {
    assert!(Policy::of_issuer(TEXT).is_ok());
    for (from, to) in [
        ("level = 3\nfresh_minutes = 5", "level = 3\nfresh_minutes = 2"),
        ("misses_max = 5", "misses_max = 3"),
        ("digits = 8", "digits = 9"),
        ("delay_hours = 24", "delay_hours = 48"),
        ("needs = [[\"text_code\"], [\"query_password\", \"pin\"]]", "needs = [[\"text_code\"], [\"pin\"]]"),
        ("channels = [\"app\", \"phone\"]", "channels = [\"phone\"]"),
    ] {
        assert!(TEXT.contains(from), "{from}");
        let text = TEXT.replacen(from, to, 1);
        assert!(Policy::of_issuer(&text).is_ok(), "{to}: {:?}", Policy::of_issuer(&text).err());
    }
    for (from, to) in [
        ("level = 3\nfresh_minutes = 5", "level = 3\nfresh_minutes = 6"),
        ("level = 3\nfresh_minutes = 5", "level = 3"),
        ("level = 2\nfresh_minutes = 15", "level = 2"),
        ("needs = [[\"device_passkey\"]]", "needs = [[\"device_passkey\", \"passkey\"]]"),
        ("needs = [[\"text_code\"], [\"query_password\", \"pin\"]]", "needs = [[\"text_code\"]]"),
        ("life_minutes = 15", "life_minutes = 60"),
        ("channels = [\"network\"]", "channels = [\"network\", \"app\"]"),
        ("misses_max = 5", "misses_max = 6"),
        ("refused_hours = 24", "refused_hours = 1"),
        ("digits = 8", "digits = 7"),
        ("sends_per_day_max = 10", "sends_per_day_max = 11"),
        ("delay_hours = 24", "delay_hours = 0"),
        ("asks_max = 3", "asks_max = 4"),
        ("asks_days = 30", "asks_days = 29"),
    ] {
        assert!(TEXT.contains(from), "{from}");
        let refused = Policy::of_issuer(&TEXT.replacen(from, to, 1));
        assert!(matches!(refused, Err(PolicyError::Weaker(_))), "{to}: {refused:?}");
    }
}

/// Attack 21: a cloned voice. No file can make one a proof.
#[test]
fn no_setting_can_make_a_voice_or_an_answer_about_facts_a_proof() {
    assert!(!ProofKind::ALL.iter().any(|kind| kind.word().contains("voice")));
    let voice = format!(
        "{TEXT}\n[proofs.voice]\nfactor = \"is\"\nstrength = \"strong\"\nlife_minutes = 5\nchannels = [\"phone\"]\n"
    );
    assert!(matches!(Policy::of_issuer(&voice), Err(PolicyError::Form(_))));
    let granted = TEXT.replace("\"card_value\"]]", "\"card_value\", \"voice\"]]");
    assert!(matches!(Policy::of_issuer(&granted), Err(PolicyError::Form(_))));
    for kind in ["fact", "card_expiry"] {
        let granted = TEXT.replace("\"card_value\"]]", &format!("\"card_value\", \"{kind}\"]]"));
        assert!(matches!(Policy::of_issuer(&granted), Err(PolicyError::Unsound(_))), "{kind}");
    }
}

#[test]
fn what_is_missing_is_named_best_first() {
    let policy = policy();
    let ways = policy.missing(&[ProofKind::QueryPassword], Assurance::TWO);
    assert_eq!(ways[0], [ProofKind::DevicePasskey]);
    assert!(ways.contains(&vec![ProofKind::TextCode]), "the password is there already: {ways:?}");
    let advice = policy.for_level(Role::Cardholder, Assurance::THREE);
    assert_eq!(advice, "Prove one of these: device_passkey.");
    let advice = policy.for_level(Role::Agent, Assurance::TWO);
    assert_eq!(advice, "Prove one of these: device_passkey, passkey, staff_provider.");
}

#[test]
fn words_of_kinds_read_back() {
    for kind in ProofKind::ALL {
        assert_eq!(ProofKind::from_word(kind.word()), Some(*kind));
        assert_eq!(serde_json::to_value(kind).unwrap(), kind.word());
    }
}

fn any_proof() -> impl Strategy<Value = Proof> {
    let kind = proptest::sample::select(ProofKind::ALL);
    let channel = proptest::sample::select(Channel::ALL);
    let ago = prop_oneof![-MINUTE_US..30 * MINUTE_US, 0..2 * DAY_US];
    (kind, channel, ago, any::<Option<u16>>()).prop_map(|(kind, channel, ago, device)| Proof {
        kind,
        at: NOW.plus_us(-ago),
        channel,
        device: device.map(|raw| DeviceId::from_raw(i64::from(raw))),
    })
}

proptest! {
    /// One more proof never takes anything away, and more against the person never gives anything.
    #[test]
    fn more_proofs_never_give_less(proofs in proptest::collection::vec(any_proof(), 0..8), more in any_proof()) {
        let policy = policy();
        for risk in RISKS {
            let before = policy.assurance(&proofs, NOW, risk);
            let with = [proofs.as_slice(), &[more]].concat();
            let after = policy.assurance(&with, NOW, risk);
            prop_assert!((after.level, after.lasting) >= (before.level, before.lasting));
            prop_assert!(after.level > before.level || after.until >= before.until);
            prop_assert!(after.lasting <= after.level, "what lasts holds now");
        }
        let by_risk = RISKS.map(|risk| policy.assurance(&proofs, NOW, risk).level);
        prop_assert!(by_risk.is_sorted_by(|one, worse| one >= worse), "{by_risk:?}");
    }

    /// A level holds until the moment it says and not a microsecond longer, whatever the proofs.
    #[test]
    fn a_level_ends_when_it_says(proofs in proptest::collection::vec(any_proof(), 1..8)) {
        let policy = policy();
        let granted = policy.assurance(&proofs, NOW, Risk::Usual);
        if granted.level > Assurance::NONE {
            let then = |at| policy.assurance(&proofs, at, Risk::Usual).level;
            prop_assert!(then(granted.until.plus_us(-1)) >= granted.level);
            // Proofs that lay ahead of now may have begun to count meanwhile; those are not what this is about.
            if proofs.iter().all(|proof| proof.at <= NOW) {
                prop_assert!(then(granted.until) < granted.level);
            }
        }
    }

    /// Signals change nothing.
    #[test]
    fn facts_and_expiry_add_nothing(proofs in proptest::collection::vec(any_proof(), 0..6), fact in any_proof()) {
        let policy = policy();
        for kind in [ProofKind::Fact, ProofKind::CardExpiry] {
            let with = [proofs.as_slice(), &[Proof { kind, ..fact }]].concat();
            prop_assert_eq!(policy.assurance(&with, NOW, Risk::Usual), policy.assurance(&proofs, NOW, Risk::Usual));
        }
    }
}
