use super::{Seeded, ring};
use crate::{DataKey, KeyRing, Place, SEALED_OVERHEAD_BYTES, VaultError};
use kernel::Random;
use proptest::prelude::*;
use std::collections::HashSet;

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
        let random = Seeded::new(seed);
        let key = DataKey::create(&random);
        let sealed = key.seal(HERE, &plain, &random).unwrap();
        prop_assert_eq!(sealed.len(), plain.len() + SEALED_OVERHEAD_BYTES);
        prop_assert!(key.open(HERE, &sealed).unwrap().expose() == &plain);
    }

    #[test]
    fn one_changed_bit_is_refused(plain in proptest::collection::vec(any::<u8>(), 0..60), at: prop::sample::Index, bit in 0..8_u8) {
        let (ring, random) = (ring(1), Seeded::new(3));
        let key = DataKey::create(&random);
        let mut sealed = key.seal(HERE, &plain, &random).unwrap();
        let mut wrapped = ring.wrap_key(HERE, &key, &random).unwrap();
        for bytes in [&mut sealed, &mut wrapped] {
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
        }
        prop_assert!(key.open(HERE, &sealed).is_err());
        prop_assert!(ring.unwrap_key(HERE, &wrapped).is_err());
    }

    #[test]
    fn any_bytes_are_refused_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
        prop_assert!(ring(1).unwrap_key(HERE, &bytes).is_err());
        prop_assert!(DataKey::create(&Seeded::new(1)).open(HERE, &bytes).is_err());
    }

    /// Two servers that were restored from one copy have the same keys, not the same chance: nothing that one seals
    /// equals anything that the other does. Were even the chance the same, equal bytes would tell only that two
    /// texts of one place are equal.
    #[test]
    fn two_restored_copies_never_repeat_a_nonce(seed: u64) {
        let (one, other) = (Seeded::new(seed), Seeded::new(seed ^ 1));
        let (ring, key) = (ring(1), DataKey::create(&Seeded::new(9)));
        let mut seen = HashSet::new();
        for random in [&one, &other] as [&dyn Random; 2] {
            for _ in 0..200 {
                for bytes in [key.seal(HERE, b"text", random).unwrap(), ring.wrap_key(HERE, &key, random).unwrap()] {
                    prop_assert!(seen.insert(bytes[5..17].to_vec()), "a nonce was used twice");
                }
            }
        }
        let again = [Seeded::new(seed), Seeded::new(seed)];
        let twice = again.each_ref().map(|random| key.seal(HERE, b"text", random).unwrap());
        let third = key.seal(HERE, b"next", &Seeded::new(seed)).unwrap();
        prop_assert_eq!(&twice[0], &twice[1]);
        prop_assert_ne!(&twice[0][17..], &third[17..]);
        let opened = key.open(HERE, &third).unwrap();
        prop_assert_eq!(opened.expose().as_slice(), b"next");
    }
}

#[test]
fn a_moved_value_is_refused_with_its_place() {
    let (ring, random) = (ring(1), Seeded::new(2));
    let key = DataKey::create(&random);
    let by_key = key.seal(HERE, b"text", &random).unwrap();
    let wrapped = ring.wrap_key(HERE, &key, &random).unwrap();
    for place in elsewhere() {
        let refused = [key.open(place, &by_key).err(), ring.unwrap_key(place, &wrapped).err()];
        for error in refused {
            let error = error.unwrap();
            assert!(matches!(error, VaultError::DoesNotOpen { .. }), "{error}");
            let named = format!("{}, row {}, column {}", place.table, place.row, place.column);
            assert!(error.to_string().contains(&named), "{error}");
        }
    }
}

#[test]
fn another_key_is_refused() {
    let random = Seeded::new(2);
    let key = DataKey::create(&random);
    let wrapped = ring(1).wrap_key(HERE, &key, &random).unwrap();
    assert!(matches!(ring(2).unwrap_key(HERE, &wrapped), Err(VaultError::DoesNotOpen { .. })));
    let sealed = key.seal(HERE, b"text", &random).unwrap();
    assert!(matches!(DataKey::create(&random).open(HERE, &sealed), Err(VaultError::DoesNotOpen { .. })));
}

#[test]
fn one_kind_of_sealed_value_is_not_taken_for_another() {
    let (ring, random) = (ring(1), Seeded::new(2));
    let key = DataKey::create(&random);
    let wrapped = ring.wrap_key(HERE, &key, &random).unwrap();
    let mut relabelled = wrapped.clone();
    relabelled[0] = 2;
    for bytes in [wrapped, relabelled] {
        assert!(matches!(key.open(HERE, &bytes), Err(VaultError::DoesNotOpen { .. })));
    }
}

#[test]
fn a_data_key_survives_wrapping_and_rotation_of_the_master_key() {
    let (ring, random) = (ring(1), Seeded::new(2));
    let key = DataKey::create(&random).successor(&random);
    let sealed = key.seal(HERE, b"text", &random).unwrap();
    let old = ring.wrap_key(HERE, &key, &random).unwrap();
    assert_eq!(ring.module().add_master(&random).unwrap(), 2);
    let new = ring.wrap_key(HERE, &key, &random).unwrap();
    assert_eq!([&old, &new].map(|wrapped| KeyRing::master_version_of(wrapped)), [Some(1), Some(2)]);
    assert!(old.starts_with(&KeyRing::wrapped_label(1)) && new.starts_with(&KeyRing::wrapped_label(2)));
    for wrapped in [&old, &new] {
        let unwrapped = ring.unwrap_key(HERE, wrapped).unwrap();
        assert_eq!(unwrapped.version(), 2);
        assert_eq!(unwrapped.open(HERE, &sealed).unwrap().expose(), b"text");
    }
    assert!(matches!(ring.module().remove_master(2, &random), Err(VaultError::NewestMaster { version: 2 })));
    ring.module().remove_master(1, &random).unwrap();
    assert!(matches!(ring.unwrap_key(HERE, &old), Err(VaultError::NoMasterKey { version: 1 })));
    assert!(ring.unwrap_key(HERE, &new).is_ok());
}

#[test]
fn a_version_that_the_ring_lacks_is_named() {
    let (newer, random) = (ring(1), Seeded::new(2));
    newer.module().add_master(&random).unwrap();
    let wrapped = newer.wrap_key(HERE, &DataKey::create(&random), &random).unwrap();
    assert!(matches!(ring(1).unwrap_key(HERE, &wrapped), Err(VaultError::NoMasterKey { version: 2 })));
}

#[test]
fn a_text_over_the_limit_is_refused() {
    let random = Seeded::new(2);
    let result = DataKey::create(&random).seal(HERE, &vec![0; (1 << 20) + 1], &random);
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

#[test]
fn nothing_opens_also_after_a_rotation() {
    let (ring, random) = (ring(1), Seeded::new(5));
    ring.open_nothing(&random).unwrap();
    let old = ring.master_version().unwrap();
    let new = ring.module().add_master(&random).unwrap();
    ring.module().remove_master(old, &random).unwrap();
    assert_ne!(old, new);
    ring.open_nothing(&random).unwrap();
}
