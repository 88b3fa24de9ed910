use super::Seeded;
use crate::{
    CardKeys, DataKey, Key, KeyFile, KeyFileContents, KeyRing, KeySet, LookupHash, LookupKind, NewSeal,
    PassphraseCost, Place, PublicKey, Share, ShareSet, SigningUse, Unseal, VaultError,
};
use kernel::Secret;
use std::{fs, os::unix::fs::PermissionsExt, path::PathBuf};

/// As cheap as Argon2 allows: these tests are about files.
const CHEAP: PassphraseCost = PassphraseCost { memory_kib: 64, passes: 1, lanes: 1 };
const PLACE: Place<'static> = Place { table: "cards", row: 1, column: "data_key" };

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn file(&self) -> PathBuf {
        self.0.path().join("keys.json")
    }

    fn create(&self, seal: &NewSeal<'_>) -> KeyFile {
        KeyFile::create(&self.file(), contents(1), seal, &Seeded::new(77)).unwrap()
    }

    fn edited(&self, unseal: &Unseal<'_>, edit: impl Fn(String) -> String) -> VaultError {
        let text = fs::read_to_string(self.file()).unwrap();
        let edited = edit(text.clone());
        assert_ne!(text, edited, "the test changed nothing");
        fs::write(self.file(), edited).unwrap();
        let error = KeyFile::open(&self.file(), unseal).unwrap_err();
        fs::write(self.file(), text).unwrap();
        error
    }
}

fn contents(seed: u64) -> KeyFileContents {
    let random = Seeded::new(seed);
    KeyFileContents { keys: Some(KeySet::create(&random)), card_keys: CardKeys::create(&random).unwrap() }
}

fn secret(text: &str) -> Secret<String> {
    Secret::new(text.to_owned())
}

fn dealt(threshold: u8, shares: u8, seed: u64) -> (ShareSet, Key, Vec<Share>) {
    let random = Seeded::new(seed);
    let set = ShareSet::create(threshold, shares, &random).unwrap();
    let (key, shares) = set.deal(&random);
    (set, key, shares)
}

/// What tells two rings apart: a hash and a public key.
fn marks(ring: &KeyRing) -> (LookupHash, PublicKey) {
    (ring.lookup(LookupKind::Phone, "1").unwrap(), ring.public_key(SigningUse::LogCheckpoint).unwrap())
}

#[test]
fn keys_read_back_whole_however_they_are_sealed() {
    let passphrase = secret("correct horse battery");
    let (set, key, shares) = dealt(2, 3, 4);
    let ways: [(NewSeal<'_>, Unseal<'_>); 3] = [
        (NewSeal::Nothing, Unseal::Nothing),
        (NewSeal::Passphrase(&passphrase, CHEAP), Unseal::Passphrase(&passphrase)),
        (NewSeal::Shares(set, &key), Unseal::Shares(&shares[1..])),
    ];
    for (seal, unseal) in ways {
        let (folder, random) = (Folder::new(), Seeded::new(5));
        let ring = folder.create(&seal).ring().unwrap();
        let data_key = DataKey::create(&random);
        let old = ring.wrap_key(PLACE, &data_key, &random).unwrap();
        ring.module().add_master(&random).unwrap();
        let new = ring.wrap_key(PLACE, &data_key, &random).unwrap();

        let mode = fs::metadata(folder.file()).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let loaded = KeyFile::open(&folder.file(), &unseal).unwrap().ring().unwrap();
        assert_eq!(loaded.module().master_versions(), [1, 2]);
        for wrapped in [&old, &new] {
            assert!(loaded.unwrap_key(PLACE, wrapped).is_ok());
        }
        assert_eq!(marks(&loaded), marks(&ring));
        assert_eq!(loaded.newest_cvk(), Some(1));
    }
}

#[test]
fn a_rotation_by_another_process_is_noticed() {
    let (folder, random) = (Folder::new(), Seeded::new(5));
    let passphrase = secret("correct horse battery");
    let serving = folder.create(&NewSeal::Passphrase(&passphrase, CHEAP)).ring().unwrap();
    let opened = KeyFile::open(&folder.file(), &Unseal::Passphrase(&passphrase)).unwrap();
    let rotating = opened.ring().unwrap();
    rotating.module().add_master(&random).unwrap();
    let wrapped = rotating.wrap_key(PLACE, &DataKey::create(&random), &random).unwrap();
    assert_eq!(serving.module().master_versions(), [1]);
    assert!(serving.unwrap_key(PLACE, &wrapped).is_ok(), "an unknown version makes the module look again");
    assert_eq!(serving.module().master_versions(), [1, 2]);
}

#[test]
fn keys_are_never_overwritten() {
    let folder = Folder::new();
    folder.create(&NewSeal::Nothing);
    let before = fs::read(folder.file()).unwrap();
    let again = KeyFile::create(&folder.file(), contents(2), &NewSeal::Nothing, &Seeded::new(1));
    assert!(matches!(again, Err(VaultError::File { .. })));
    assert_eq!(fs::read(folder.file()).unwrap(), before);
}

#[test]
fn a_file_that_others_can_read_is_refused() {
    let folder = Folder::new();
    folder.create(&NewSeal::Nothing);
    for mode in [0o640, 0o604, 0o660, 0o602] {
        fs::set_permissions(folder.file(), fs::Permissions::from_mode(mode)).unwrap();
        let error = KeyFile::open(&folder.file(), &Unseal::Nothing).unwrap_err();
        assert!(matches!(error, VaultError::OpenToOthers { .. }), "{mode:o}");
        assert!(error.to_string().contains("chmod 600"));
    }
}

#[test]
fn a_damaged_or_foreign_plain_file_is_refused_without_showing_it() {
    let (folder, plain) = (Folder::new(), Unseal::Nothing);
    assert!(matches!(KeyFile::open(&folder.file(), &plain), Err(VaultError::File { .. })));
    folder.create(&NewSeal::Nothing);

    let flip = |text: String| {
        let at = text.find("\"key\": \"").unwrap() + 8;
        let other = if text.as_bytes()[at] == b'A' { "B" } else { "A" };
        format!("{}{other}{}", &text[..at], &text[at + 1..])
    };
    assert!(matches!(folder.edited(&plain, flip), VaultError::CheckValue { .. }));
    let cut = |text: String| text[..text.len() / 2].to_owned();
    assert!(matches!(folder.edited(&plain, cut), VaultError::Malformed { .. }));
    let unknown = |text: String| text.replacen("\"format\"", "\"extra\": 1, \"format\"", 1);
    assert!(matches!(folder.edited(&plain, unknown), VaultError::Malformed { .. }));
    let newer = |text: String| text.replace("key file 3", "key file 4");
    assert!(matches!(folder.edited(&plain, newer), VaultError::Malformed { .. }));

    let shown = folder.edited(&plain, |text| text.replace("\"key\": \"", "\"key\": \"SECRET!"));
    assert!(!format!("{shown} {shown:?}").contains("SECRET"));
}

#[test]
fn a_sealed_file_shows_no_key_and_opens_for_nobody_else() {
    let folder = Folder::new();
    let passphrase = secret("correct horse battery");
    folder.create(&NewSeal::Passphrase(&passphrase, CHEAP));
    let text = fs::read_to_string(folder.file()).unwrap();
    assert!(!text.contains("masters") && !text.contains("\"key\""));

    let wrong = secret("correct horse batterx");
    let refused = KeyFile::open(&folder.file(), &Unseal::Passphrase(&wrong)).unwrap_err();
    assert!(matches!(refused, VaultError::Unopened { .. }), "{refused}");
    let refused = KeyFile::open(&folder.file(), &Unseal::Nothing).unwrap_err();
    assert!(matches!(refused, VaultError::SealedOtherwise { .. }), "{refused}");
    let short = secret("too short");
    let refused = NewSeal::Passphrase(&short, CHEAP);
    let refused = KeyFile::create(&folder.file(), contents(1), &refused, &Seeded::new(1)).unwrap_err();
    assert!(matches!(refused, VaultError::ShortPassphrase));

    let right = Unseal::Passphrase(&passphrase);
    let cheaper = folder.edited(&right, |text| text.replace("\"passes\": 1", "\"passes\": 2"));
    assert!(matches!(cheaper, VaultError::Unopened { .. }), "{cheaper}");
    let greedy =
        folder.edited(&right, |text| text.replace("\"memory_kib\": 64", "\"memory_kib\": 4000000000"));
    assert!(matches!(greedy, VaultError::Malformed { .. }), "{greedy}");
    let damaged = folder.edited(&right, |text| {
        let at = text.find("\"sealed\": \"").unwrap() + 40;
        let other = if text.as_bytes()[at] == b'A' { "B" } else { "A" };
        format!("{}{other}{}", &text[..at], &text[at + 1..])
    });
    assert!(matches!(damaged, VaultError::Unopened { .. }), "{damaged}");
}

#[test]
fn shares_are_refused_by_name() {
    let folder = Folder::new();
    let (set, key, shares) = dealt(3, 5, 4);
    folder.create(&NewSeal::Shares(set, &key));
    let open = |shares: &[Share]| KeyFile::open(&folder.file(), &Unseal::Shares(shares));
    assert!(open(&shares[..3]).is_ok() && open(&shares).is_ok());

    let few = open(&shares[..2]).unwrap_err();
    assert!(matches!(few, VaultError::TooFewShares { given: 2, needed: 3 }), "{few}");
    let twice = [&shares[0], &shares[0], &shares[1]].map(Clone::clone);
    assert!(matches!(open(&twice).unwrap_err(), VaultError::ShareTwice { index: 1 }));
    let (other, _, foreign) = dealt(3, 5, 9);
    let mixed = [shares[0].clone(), shares[1].clone(), foreign[2].clone()];
    let refused = open(&mixed).unwrap_err().to_string();
    assert_eq!(refused, format!("share 3 is of set {other}; this key file is sealed for set {set}"));
}

#[test]
fn a_misspelt_share_is_refused() {
    let (_, _, shares) = dealt(2, 3, 4);
    let text = shares[0].text();
    let again = Share::parse(&format!("  {} ", text.expose().to_lowercase())).unwrap();
    assert_eq!((again.index(), again.set()), (shares[0].index(), shares[0].set()));
    for at in 0..text.expose().len() {
        let mut wrong = text.expose().clone().into_bytes();
        wrong[at] = if wrong[at] == b'7' { b'8' } else { b'7' };
        assert!(Share::parse(std::str::from_utf8(&wrong).unwrap()).is_err(), "letter {at}");
    }
    assert!(Share::parse("").is_err() && Share::parse("CARDEA-SHARE-1-").is_err());
    assert!(!format!("{:?}", shares[0]).contains(&text.expose()[24..40]));
}

#[test]
fn a_replaced_holder_opens_nothing_any_more() {
    let (folder, random) = (Folder::new(), Seeded::new(6));
    let (set, key, old) = dealt(2, 3, 4);
    let file = folder.create(&NewSeal::Shares(set, &key));
    let before = marks(&file.clone().ring().unwrap());
    let (next, key, new) = dealt(2, 3, 10);
    let serving = file.clone().ring().unwrap();
    file.reseal(&NewSeal::Shares(next, &key), &random).unwrap();

    let opened = KeyFile::open(&folder.file(), &Unseal::Shares(&new[..2])).unwrap();
    assert_eq!(marks(&opened.ring().unwrap()), before);
    let refused = KeyFile::open(&folder.file(), &Unseal::Shares(&old[..2])).unwrap_err();
    assert!(matches!(refused, VaultError::ForeignShare { .. }), "{refused}");
    let mixed = [old[0].clone(), new[1].clone()];
    let refused = KeyFile::open(&folder.file(), &Unseal::Shares(&mixed)).unwrap_err();
    assert!(matches!(refused, VaultError::ForeignShare { index: 1, .. }), "{refused}");
    // Who opened the file before goes on with the keys in memory and can't follow a rotation.
    let refused = serving.module().add_master(&random).unwrap_err();
    assert!(matches!(refused, VaultError::SealedAnew { .. }), "{refused}");
}
