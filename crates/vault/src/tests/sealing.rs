use super::{Seeded, ring};
use crate::{DataKey, KeyRing, Place, SEALED_OVERHEAD_BYTES, VaultError};
use proptest::prelude::*;

const HERE: Place<'static> = Place { table: "cards", row: 7, column: "pan" };

fn elsewhere() -> [Place<'static>; 4] {
    [
        Place { row: 8, ..HERE },
        Place { column: "name", ..HERE },
        Place { table: "customers", ..HERE },
        // The same letters, divided otherwise.
        Place { table: "cardsp", row: 7, column: "an" },
    ]
}

proptest! {
    #[test]
    fn what_is_sealed_opens(plain in proptest::collection::vec(any::<u8>(), 0..300), seed: u64) {
        let (ring, random) = (ring(1), Seeded::new(seed));
        let sealed = ring.seal(HERE, &plain, &random).unwrap();
        prop_assert_eq!(sealed.len(), plain.len() + SEALED_OVERHEAD_BYTES);
        prop_assert!(ring.open(HERE, &sealed).unwrap().expose() == &plain);

        let key = DataKey::create(&random);
        let sealed = key.seal(HERE, &plain, &random).unwrap();
        prop_assert!(key.open(HERE, &sealed).unwrap().expose() == &plain);
    }

    #[test]
    fn one_changed_bit_is_refused(plain in proptest::collection::vec(any::<u8>(), 0..60), at: prop::sample::Index, bit in 0..8_u8) {
        let (ring, random) = (ring(1), Seeded::new(3));
        let mut sealed = ring.seal(HERE, &plain, &random).unwrap();
        let at = at.index(sealed.len());
        sealed[at] ^= 1 << bit;
        prop_assert!(ring.open(HERE, &sealed).is_err());
    }

    #[test]
    fn any_bytes_are_refused_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
        let ring = ring(1);
        prop_assert!(ring.open(HERE, &bytes).is_err());
        prop_assert!(ring.unwrap_key(HERE, &bytes).is_err());
        prop_assert!(DataKey::create(&Seeded::new(1)).open(HERE, &bytes).is_err());
    }
}

#[test]
fn a_moved_value_is_refused() {
    let (ring, random) = (ring(1), Seeded::new(2));
    let key = DataKey::create(&random);
    let by_master = ring.seal(HERE, b"text", &random).unwrap();
    let by_key = key.seal(HERE, b"text", &random).unwrap();
    let wrapped = ring.wrap_key(HERE, &key, &random).unwrap();
    for place in elsewhere() {
        assert!(matches!(ring.open(place, &by_master), Err(VaultError::Refused)));
        assert!(matches!(key.open(place, &by_key), Err(VaultError::Refused)));
        assert!(matches!(ring.unwrap_key(place, &wrapped), Err(VaultError::Refused)));
    }
}

#[test]
fn another_key_is_refused() {
    let random = Seeded::new(2);
    let sealed = ring(1).seal(HERE, b"text", &random).unwrap();
    assert!(matches!(ring(2).open(HERE, &sealed), Err(VaultError::Refused)));
    let sealed = DataKey::create(&random).seal(HERE, b"text", &random).unwrap();
    assert!(matches!(DataKey::create(&random).open(HERE, &sealed), Err(VaultError::Refused)));
}

#[test]
fn one_kind_of_sealed_value_is_not_taken_for_another() {
    let (ring, random) = (ring(1), Seeded::new(2));
    let key = DataKey::create(&random);
    let wrapped = ring.wrap_key(HERE, &key, &random).unwrap();
    assert!(matches!(ring.open(HERE, &wrapped), Err(VaultError::NotSealed)));
    let mut relabelled = wrapped;
    relabelled[0] = 1;
    assert!(matches!(ring.open(HERE, &relabelled), Err(VaultError::Refused)));
}

#[test]
fn a_data_key_survives_wrapping_and_rotation_of_the_master_key() {
    let (mut ring, random) = (ring(1), Seeded::new(2));
    let key = DataKey::create(&random).successor(&random);
    let sealed = key.seal(HERE, b"text", &random).unwrap();
    let old = ring.wrap_key(HERE, &key, &random).unwrap();
    assert_eq!(ring.rotate_master(&random), 2);
    let new = ring.wrap_key(HERE, &key, &random).unwrap();
    assert_eq!([&old, &new].map(|wrapped| KeyRing::master_version_of(wrapped)), [Some(1), Some(2)]);
    for wrapped in [&old, &new] {
        let unwrapped = ring.unwrap_key(HERE, wrapped).unwrap();
        assert_eq!(unwrapped.version(), 2);
        assert_eq!(unwrapped.open(HERE, &sealed).unwrap().expose(), b"text");
    }
}

#[test]
fn a_version_that_the_ring_lacks_is_named() {
    let (mut newer, random) = (ring(1), Seeded::new(2));
    newer.rotate_master(&random);
    let sealed = newer.seal(HERE, b"text", &random).unwrap();
    assert!(matches!(ring(1).open(HERE, &sealed), Err(VaultError::NoMasterKey { version: 2 })));
}

#[test]
fn equal_texts_are_sealed_differently() {
    let (ring, random) = (ring(1), Seeded::new(2));
    let sealed = || ring.seal(HERE, b"text", &random).unwrap();
    assert_ne!(sealed(), sealed());
}

#[test]
fn a_text_over_the_limit_is_refused() {
    let result = ring(1).seal(HERE, &vec![0; (1 << 20) + 1], &Seeded::new(2));
    assert!(matches!(result, Err(VaultError::TooLarge(_))));
}

#[test]
fn the_cipher_is_the_published_one() {
    // RFC 8452, appendix C.2, AEAD_AES_256_GCM_SIV: key 01 00.., nonce 03 00.., plaintext 01 00.. (8 bytes).
    use aes_gcm_siv::{Aes256GcmSiv, KeyInit, Nonce, aead::Aead};
    let (mut key, mut nonce, mut plain) = ([0; 32], [0; 12], [0; 8]);
    (key[0], nonce[0], plain[0]) = (1, 3, 1);
    let sealed = Aes256GcmSiv::new(&key.into()).encrypt(&Nonce::from(nonce), plain.as_ref()).unwrap();
    let hex: String = sealed.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(hex, "c2ef328e5c71c83b843122130f7364b761e0b97427e3df28");
}
