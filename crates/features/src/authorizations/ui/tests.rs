//! Every reason, rule reason and feature has its sentences in every language, and decisions read as they should.

use super::super::Reason;
use super::sentences::{may_be_told, told};
use decision::{Comparison, Contribution, FEATURES, Slot};
use kernel::Currency;
use platform::i18n::{Catalogue, FeatureTexts, Locale};

fn catalogue() -> Catalogue {
    let own = FeatureTexts::from_pairs("authorizations", super::super::FEATURE.texts);
    Catalogue::try_new(&[platform::i18n::SHELL_TEXTS, own]).unwrap()
}

#[test]
fn the_languages_say_the_same_things() {
    assert_eq!(catalogue().gaps(), []);
}

#[test]
fn every_reason_rule_reason_and_feature_has_its_sentences() {
    let catalogue = catalogue();
    let mut keys: Vec<String> = Vec::new();
    for reason in Reason::ALL {
        keys.extend(["", "-why", "-do", "-agent"].map(|part| format!("reason-{}{part}", reason.key())));
    }
    for reason in decision::Reason::ALL {
        keys.extend(["", "-why"].map(|part| format!("rule-reason-{}{part}", reason.as_str())));
    }
    for def in FEATURES {
        keys.push(format!("feature-{}", def.id));
        if may_be_told(def.slot) {
            keys.push(format!("told-{}", def.id));
        }
    }
    for name in decision::Channel::NAMES {
        keys.push(format!("channel-{}", name.replace('_', "-")));
    }
    for name in decision::Kind::NAMES {
        keys.push(format!("kind-{}", name.replace('_', "-")));
    }
    let before = catalogue.misses();
    for key in keys {
        for locale in Locale::ALL {
            let text = catalogue.text(locale, &key, &[]);
            assert!(!text.is_empty() && text != key, "{key} in {}", locale.tag());
        }
    }
    assert_eq!(catalogue.misses(), before);
}

fn contribution(slot: Slot, comparison: Comparison, value: f64) -> Contribution {
    Contribution {
        rule: 0,
        decisive: true,
        slot,
        comparison,
        value: Some(value),
        threshold: Some(3.0),
        typical: None,
        weight: 0.7,
    }
}

#[test]
fn a_cardholder_is_never_told_what_is_known_about_a_shop() {
    for def in
        FEATURES.iter().filter(|def| !def.name.starts_with("card.") && !def.name.starts_with("payment."))
    {
        for comparison in [Comparison::Above, Comparison::AtLeast, Comparison::Yes, Comparison::Below] {
            let one = contribution(def.slot, comparison, 5.0);
            assert_eq!(told(Locale::En, Currency::CNY, &one), None, "{}", def.name);
        }
    }
    // What was usual is no reason either.
    assert_eq!(told(Locale::En, Currency::CNY, &contribution(Slot::NewMerchant, Comparison::No, 0.0)), None);
    assert_eq!(
        told(Locale::En, Currency::CNY, &contribution(Slot::AmountRatio, Comparison::Below, 1.0)),
        None
    );
}
