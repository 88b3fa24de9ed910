use super::{Seeded, ring};
use crate::{KeyRing, LookupKind, Place, SigningUse, VaultError};
use std::{fs, os::unix::fs::PermissionsExt, path::PathBuf};

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn file(&self) -> PathBuf {
        self.0.path().join("keys.json")
    }

    fn edited(&self, edit: impl Fn(String) -> String) -> VaultError {
        let text = fs::read_to_string(self.file()).unwrap();
        let edited = edit(text.clone());
        assert_ne!(text, edited, "the test changed nothing");
        fs::write(self.file(), edited).unwrap();
        let error = KeyRing::load(&self.file()).unwrap_err();
        fs::write(self.file(), text).unwrap();
        error
    }
}

#[test]
fn a_ring_reads_back_whole() {
    let (folder, random) = (Folder::new(), Seeded::new(5));
    let mut ring = ring(1);
    let place = Place { table: "cards", row: 1, column: "pan" };
    let old = ring.seal(place, b"old", &random).unwrap();
    ring.rotate_master(&random);
    let new = ring.seal(place, b"new", &random).unwrap();
    ring.save_new(&folder.file()).unwrap();

    let mode = fs::metadata(folder.file()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let loaded = KeyRing::load(&folder.file()).unwrap();
    assert_eq!(loaded.open(place, &old).unwrap().expose(), b"old");
    assert_eq!(loaded.open(place, &new).unwrap().expose(), b"new");
    assert_eq!(loaded.lookup(LookupKind::Phone, "1"), ring.lookup(LookupKind::Phone, "1"));
    assert_eq!(loaded.newest_cvk(), Some(1));
    let public = |ring: &KeyRing| ring.public_key(SigningUse::LogCheckpoint).unwrap();
    assert_eq!(public(&loaded), public(&ring));
}

#[test]
fn keys_are_never_overwritten() {
    let folder = Folder::new();
    ring(1).save_new(&folder.file()).unwrap();
    let before = fs::read(folder.file()).unwrap();
    assert!(matches!(ring(2).save_new(&folder.file()), Err(VaultError::File { .. })));
    assert_eq!(fs::read(folder.file()).unwrap(), before);
}

#[test]
fn a_file_that_others_can_read_is_refused() {
    let folder = Folder::new();
    ring(1).save_new(&folder.file()).unwrap();
    for mode in [0o640, 0o604, 0o660, 0o602] {
        fs::set_permissions(folder.file(), fs::Permissions::from_mode(mode)).unwrap();
        let error = KeyRing::load(&folder.file()).unwrap_err();
        assert!(matches!(error, VaultError::OpenToOthers { .. }), "{mode:o}");
        assert!(error.to_string().contains("chmod 600"));
    }
}

#[test]
fn a_damaged_or_foreign_file_is_refused_without_showing_it() {
    let folder = Folder::new();
    assert!(matches!(KeyRing::load(&folder.file()), Err(VaultError::File { .. })));
    ring(1).save_new(&folder.file()).unwrap();

    let flip = |text: String| {
        let at = text.find("\"key\": \"").unwrap() + 8;
        let other = if text.as_bytes()[at] == b'A' { "B" } else { "A" };
        format!("{}{other}{}", &text[..at], &text[at + 1..])
    };
    assert!(matches!(folder.edited(flip), VaultError::CheckValue { .. }));
    let cut = |text: String| text[..text.len() / 2].to_owned();
    assert!(matches!(folder.edited(cut), VaultError::Malformed { .. }));
    let unknown = |text: String| text.replacen("\"format\"", "\"extra\": 1, \"format\"", 1);
    assert!(matches!(folder.edited(unknown), VaultError::Malformed { .. }));
    let newer = |text: String| text.replace("key file 2", "key file 3");
    assert!(matches!(folder.edited(newer), VaultError::Malformed { .. }));

    let shown = folder.edited(|text| text.replace("\"key\": \"", "\"key\": \"SECRET!"));
    assert!(!format!("{shown} {shown:?}").contains("SECRET"));
}
