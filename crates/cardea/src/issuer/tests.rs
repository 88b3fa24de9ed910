//! The embedded sample issuer is whole, and wrong data is refused.

use super::*;
use kernel::Secret;
use platform::clock::SystemRandom;
use vault::{CardCrypto, Pan, PinBlock, PinFormat};

#[test]
fn the_sample_issuer_is_whole() {
    let data = IssuerData::embedded().expect("examples/issuer is right");
    assert_eq!(data.issuer.name.zh_hans, "青梧银行");
    assert!(data.issuer.currencies.iter().filter(|c| c.account).count() >= 5);
    assert!(!data.product("plain").expect("there").fraud_rules);
    assert_eq!(data.product_of("9000011100000000").map(|p| p.id.as_str()), Some("gold"));
    assert_eq!(data.product_of("9000000000000018").map(|p| p.id.as_str()), Some("standard"));
    assert!(data.product_of("4111111111111111").is_none() && data.product_of("9").is_none());
}

#[test]
fn every_chain_has_a_class_and_every_name_three_languages() {
    let data = IssuerData::embedded().expect("examples/issuer is right");
    for chain in &data.chains {
        assert_ne!(data.class_of(chain.mcc).expect("a class").id, OTHER_CLASS, "{}", chain.code);
    }
    let chains = data.chains.iter().map(|c| &c.name);
    for name in chains.chain(data.classes.iter().map(|c| &c.name)).chain(data.cities.iter().map(|c| &c.name))
    {
        for language in &data.issuer.languages {
            assert!(!name.in_language(language).trim().is_empty());
        }
    }
}

#[test]
fn classes_decide_names_and_holds() {
    let data = IssuerData::embedded().expect("examples/issuer is right");
    assert_eq!(data.class_of(3200).expect("a class").id, "airline");
    assert_eq!(data.class_of(1).expect("a class").id, OTHER_CLASS);
    assert_eq!((data.hold_days(7011), data.hold_days(5812)), (30, 7));
    let (name, city) = data.merchant_names("CHUNTIANSHA03").expect("a sample merchant");
    assert_eq!((name.zh_hant.as_str(), city.expect("a shop").name.en.as_str()), ("春田超市", "Shanghai"));
    assert!(data.merchant_names("HOSHINONET01").expect("a net shop").1.is_none());
    assert!(data.merchant_names("HB00001234").is_none() && data.merchant_names("ab").is_none());
}

#[test]
fn unknown_keys_and_loose_ends_are_refused() {
    let read = |issuer: &str, classes: &str| IssuerData::from_texts(issuer, classes, PLACES, MERCHANTS);
    assert!(read(ISSUER, CLASSES).is_ok());
    let extra = format!("surprise = 1\n{ISSUER}");
    assert!(matches!(read(&extra, CLASSES), Err(IssuerError::Malformed { file: "issuer.toml", .. })));
    let nested = ISSUER.replace("annual = 300_00", "annual = 300_00\nmystery = 1");
    assert!(matches!(read(&nested, CLASSES), Err(IssuerError::Malformed { .. })));
    let loose = ISSUER.replace("product = \"gold\"", "product = \"silver\"");
    assert!(matches!(read(&loose, CLASSES), Err(IssuerError::Inconsistent { file: "issuer.toml", .. })));
    let twice = CLASSES.replace("\"5441\"", "\"5812\"");
    assert!(read(ISSUER, &twice).expect_err("refused").to_string().contains("two classes"));
}

/// The offsets are psec's, for the settings that the file names and for others.
#[test]
fn offsets_of_pins_are_made_as_the_file_says() {
    let other = ISSUER
        .replace("table = \"0123456789012345\"", "table = \"8351296477461538\"")
        .replace("from = 0\ndigits = 15\npad = 0", "from = 3\ndigits = 12\npad = 15");
    for (text, offset) in [(ISSUER, "962073"), (other.as_str(), "871160")] {
        let data = IssuerData::from_texts(text, CLASSES, PLACES, MERCHANTS).expect("settings that can be");
        let mut keys = CardKeys::create(&SystemRandom).expect("keys");
        crate::sample::publish_keys(&mut keys).expect("published keys");
        let crypto = data.card_crypto(keys, Arc::new(SystemRandom)).expect("a module");
        let pan = Pan::with_check_digit("900001110000001").expect("a number");
        let block = crypto.keypad(14, &pan, &Secret::new("204613".to_owned())).expect("a block");
        let block = PinBlock { pan: &pan, zone: 14, format: PinFormat::Iso4, block: &block };
        let kept = crypto.pin_reference(&block, vault::PinMethod::Ibm3624, 2).expect("an offset");
        assert_eq!(kept.expose(), offset);
    }
    for (good, bad) in [("0123456789012345", "0000000000000000"), ("digits = 15", "digits = 17")] {
        let text = ISSUER.replace(good, bad);
        let refused = IssuerData::from_texts(&text, CLASSES, PLACES, MERCHANTS).expect_err("refused");
        assert!(refused.to_string().contains("ibm3624"), "{refused}");
    }
}
