//! The PKCS#11 module against SoftHSM2: the same behaviour as the software module, keys that can't be got out, and
//! clean refusals of a wrong PIN, a missing token and a missing key.
//!
//! Each test makes a token of its own, with the tool that comes with SoftHSM2. Where its tokens are stored is said by
//! the variable `SOFTHSM2_CONF`, which `.cargo/config.toml` sets for tests.

#![expect(clippy::unwrap_used, reason = "what a test needs and does not get fails it")]
#![expect(clippy::expect_used, reason = "a test without its token must fail")]
#![expect(clippy::disallowed_methods, reason = "the runner of the tests says where the token store is")]

use connectors::pkcs11::TokenModule;
use kernel::{Clock, Secret};
use platform::clock::{SystemClock, SystemRandom};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use vault::{
    CardKeys, DataKey, KeyFile, KeyFileContents, KeyModule, KeyRing, LookupKind, NewSeal, Place, SigningUse,
    Unseal, VaultError,
};

const PIN: &str = "648219";
const PLACE: Place<'static> = Place { table: "cards", row: 7, column: "data_key" };
const LIBRARIES: [&str; 2] =
    ["/usr/lib/softhsm/libsofthsm2.so", "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so"];

fn library() -> PathBuf {
    let found = LIBRARIES.iter().map(Path::new).find(|path| path.is_file());
    found.expect("SoftHSM2 is installed: cargo accept does it").to_owned()
}

fn pin() -> Secret<String> {
    Secret::new(PIN.to_owned())
}

/// A fresh token; its label.
fn token() -> String {
    let settings = PathBuf::from(std::env::var("SOFTHSM2_CONF").expect("cargo sets SOFTHSM2_CONF"));
    let folder = settings.parent().unwrap();
    std::fs::create_dir_all(folder.join("tokens")).unwrap();
    let text =
        format!("directories.tokendir = {}\nobjectstore.backend = file\n", folder.join("tokens").display());
    // Tests run side by side and write the same text: the rename makes it whole for each.
    let own = folder.join(format!("{}.conf", std::process::id()));
    std::fs::write(&own, text).unwrap();
    std::fs::rename(&own, &settings).unwrap();
    let label = format!("cardea-{}-{}", std::process::id(), SystemClock::default().monotonic_us());
    let made = Command::new("softhsm2-util")
        .args(["--init-token", "--free", "--label", &label, "--so-pin", "12345678", "--pin", PIN])
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    label
}

fn ring(module: TokenModule) -> KeyRing {
    KeyRing::new(Arc::new(module), CardKeys::create(&SystemRandom).unwrap())
}

#[test]
fn a_token_does_what_the_software_module_does() {
    let label = token();
    let ring = ring(TokenModule::create(&library(), &label, &pin()).unwrap());
    let key = DataKey::create(&SystemRandom);
    let sealed = key.seal(PLACE, b"text", &SystemRandom).unwrap();
    let old = ring.wrap_key(PLACE, &key, &SystemRandom).unwrap();
    let twice = ring.wrap_key(PLACE, &key, &SystemRandom).unwrap();
    assert_ne!(old, twice, "two wraps of one key differ");
    for at in 0..old.len() {
        let mut changed = old.clone();
        changed[at] ^= 1;
        assert!(ring.unwrap_key(PLACE, &changed).is_err(), "byte {at}");
    }
    let elsewhere = ring.unwrap_key(Place { row: 8, ..PLACE }, &old).unwrap_err();
    assert!(matches!(elsewhere, VaultError::DoesNotOpen { row: 8, .. }), "{elsewhere}");

    assert_eq!(ring.module().add_master(&SystemRandom).unwrap(), 2);
    let new = ring.rewrap(PLACE, &old, &SystemRandom).unwrap();
    for wrapped in [&old, &new] {
        let opened = ring.unwrap_key(PLACE, wrapped).unwrap().open(PLACE, &sealed).unwrap();
        assert_eq!(opened.expose(), b"text");
    }
    assert!(matches!(ring.module().remove_master(2, &SystemRandom), Err(VaultError::NewestMaster { .. })));
    ring.module().remove_master(1, &SystemRandom).unwrap();
    assert!(matches!(ring.unwrap_key(PLACE, &old), Err(VaultError::NoMasterKey { version: 1 })));
    assert!(ring.unwrap_key(PLACE, &new).is_ok());

    let hashes = [LookupKind::Phone, LookupKind::Email, LookupKind::CardNumber]
        .map(|kind| ring.lookup(kind, "123456").unwrap());
    assert!(hashes[0] != hashes[1] && hashes[1] != hashes[2] && hashes[0] != hashes[2]);
    assert_eq!(hashes[0], ring.lookup(LookupKind::Phone, "12 34-56").unwrap());

    // The signature is checked by another implementation of Ed25519.
    let signature = ring.sign(SigningUse::LogCheckpoint, b"size 12").unwrap();
    let public = ring.public_key(SigningUse::LogCheckpoint).unwrap();
    let public = ed25519_dalek::VerifyingKey::from_bytes(&public.0).unwrap();
    let signature = ed25519_dalek::Signature::from_bytes(&signature.0);
    assert!(public.verify_strict(b"size 12", &signature).is_ok());
    assert!(public.verify_strict(b"size 13", &signature).is_err());
}

#[test]
fn a_token_is_found_again_and_refused_cleanly() {
    let label = token();
    let absent = TokenModule::open(&library(), &label, &pin()).unwrap_err();
    assert!(
        matches!(&absent, VaultError::NoTokenKey { label, .. } if label.starts_with("cardea lookup")),
        "{absent}"
    );
    let made = TokenModule::create(&library(), &label, &pin()).unwrap();
    let again = TokenModule::create(&library(), &label, &pin()).unwrap_err().to_string();
    assert!(again.contains("already"), "{again}");
    let checks = made.check_values().unwrap();
    assert_eq!(TokenModule::open(&library(), &label, &pin()).unwrap().check_values().unwrap(), checks);
    drop(made);

    let missing = TokenModule::open(&library(), "no such token", &pin()).unwrap_err().to_string();
    assert!(missing.contains("no token called no such token"), "{missing}");
    let nowhere = TokenModule::open(Path::new("/nonexistent.so"), &label, &pin());
    assert!(matches!(nowhere, Err(VaultError::Token(_))));
}

#[test]
fn a_wrong_pin_is_refused() {
    let label = token();
    let wrong =
        TokenModule::open(&library(), &label, &Secret::new("000000".to_owned())).unwrap_err().to_string();
    assert!(wrong.contains("PIN is wrong") && !wrong.contains("000000"), "{wrong}");
}

#[test]
fn the_card_keys_are_sealed_by_the_token() {
    let (label, folder) = (token(), tempfile::tempdir().unwrap());
    let module = TokenModule::create(&library(), &label, &pin()).unwrap();
    let path = folder.path().join("keys");
    let contents = KeyFileContents { keys: None, card_keys: CardKeys::create(&SystemRandom).unwrap() };
    let file = KeyFile::create(&path, contents, &NewSeal::Token(&module), &SystemRandom).unwrap();
    let opened = KeyFile::open(&path, &Unseal::Token(&module)).unwrap();
    let shown = |file: &KeyFile| file.contents().card_keys.shown().collect::<Vec<_>>();
    assert_eq!(shown(&opened), shown(&file));

    module.add_master(&SystemRandom).unwrap();
    file.reseal(&NewSeal::Token(&module), &SystemRandom).unwrap();
    module.remove_master(1, &SystemRandom).unwrap();
    assert!(KeyFile::open(&path, &Unseal::Token(&module)).is_ok(), "the file follows a rotation");
    assert!(KeyFile::open(&path, &Unseal::Nothing).is_err());
}

#[test]
fn many_threads_share_the_sessions_and_it_is_told_what_a_call_costs() {
    const CALLS: u32 = 400;
    let label = token();
    let ring = ring(TokenModule::create(&library(), &label, &pin()).unwrap());
    let software = KeyRing::create(&SystemRandom).unwrap();
    let clock = SystemClock::default();
    for (name, ring) in [("token", &ring), ("software", &software)] {
        let key = DataKey::create(&SystemRandom);
        let wrapped = ring.wrap_key(PLACE, &key, &SystemRandom).unwrap();
        let began = clock.monotonic_us();
        for n in 0..CALLS {
            ring.lookup(LookupKind::CardNumber, &n.to_string()).unwrap();
        }
        let hashed = clock.monotonic_us() - began;
        for _ in 0..CALLS {
            ring.unwrap_key(PLACE, &wrapped).unwrap();
        }
        let unwrapped = clock.monotonic_us() - began - hashed;
        println!(
            "{name}: a hash {} µs, an unwrap {} µs",
            hashed / u64::from(CALLS),
            unwrapped / u64::from(CALLS)
        );
    }
    let expected = ring.lookup(LookupKind::Phone, "1").unwrap();
    std::thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| {
                for _ in 0..50 {
                    assert_eq!(ring.lookup(LookupKind::Phone, "1").unwrap(), expected);
                }
            });
        }
    });
}
