use crate::audit::note::{
    Checkpoint, LogKey, Note, NoteError, VerifierKey, cosignature_lines, signature_line,
};
use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use ed25519_dalek::{Signer, SigningKey};
use kernel::Timestamp;
use std::sync::Arc;

// The key and note of the tests of Go's golang.org/x/mod/sumdb/note.
const VKEY: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const SECRET: &str = "AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
const TEXT: &str = "If you think cryptography is the answer to your problem,\n\
                    then you don't know what your problem is.\n";
const LINE: &str = "\u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
// The example of C2SP tlog-checkpoint.
const EXAMPLE: &str = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";

fn pair(n: u8) -> SigningKey {
    SigningKey::from_bytes(&[n; 32])
}

fn log_key(n: u8) -> LogKey {
    let pair = pair(n);
    let public = pair.verifying_key().to_bytes();
    LogKey::try_new("card.example/log", &public, Arc::new(move |text| Ok(pair.sign(text).to_bytes())))
        .unwrap()
}

#[test]
fn gos_key_and_note_are_read_and_every_change_is_refused() {
    let key = VerifierKey::parse(VKEY).unwrap();
    assert_eq!(key.to_string(), VKEY);
    let note = format!("{TEXT}\n{LINE}");
    assert!(key.vouches_for(&Note::parse(&note).unwrap()));
    for at in (0..note.len()).filter(|at| note.is_char_boundary(*at)) {
        let mut changed: Vec<char> = note.chars().collect();
        let at = note[..at].chars().count();
        changed[at] = if changed[at] == 'A' { 'B' } else { 'A' };
        let changed: String = changed.into_iter().collect();
        assert!(!Note::parse(&changed).is_ok_and(|note| key.vouches_for(&note)), "{changed}");
    }
}

#[test]
fn gos_note_is_made_byte_for_byte() {
    let seed: [u8; 32] = BASE64.decode(SECRET).unwrap()[1..].try_into().unwrap();
    let pair = SigningKey::from_bytes(&seed);
    let key = VerifierKey::of_log("PeterNeumann", &pair.verifying_key().to_bytes()).unwrap();
    assert_eq!(key.to_string(), VKEY);
    assert_eq!(signature_line(&key, &pair.sign(TEXT.as_bytes()).to_bytes()), LINE);
}

#[test]
fn parts_of_a_key_are_no_key() {
    for bad in [
        "",
        "PeterNeumann",
        &VKEY[1..],
        &VKEY[..VKEY.len() - 1],
        "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==",
        "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    ] {
        assert_eq!(VerifierKey::parse(bad), Err(NoteError::Key), "{bad}");
    }
    for name in ["", "a b", "a+b", "a\n"] {
        let public = pair(1).verifying_key().to_bytes();
        assert_eq!(VerifierKey::of_log(name, &public), Err(NoteError::Name), "{name:?}");
    }
}

#[test]
fn malformed_notes_are_refused() {
    for bad in [
        TEXT.to_owned(),
        format!("{TEXT}\n"),
        format!("{TEXT}{LINE}"),
        format!("{TEXT}\n{}", LINE.trim_end()),
        format!("{TEXT}\n{LINE}x\n"),
        format!("\x01{TEXT}\n{LINE}"),
        format!("{TEXT}\r\n\n{LINE}"),
    ] {
        assert!(Note::parse(&bad).is_err(), "{bad:?}");
    }
}

#[test]
fn the_example_of_the_specification_is_a_checkpoint() {
    let checkpoint = Checkpoint::parse(EXAMPLE).unwrap();
    assert_eq!((checkpoint.origin.as_str(), checkpoint.size), ("example.com/behind-the-sofa", 20_852_163));
    assert_eq!(checkpoint.to_string(), EXAMPLE);
    for bad in ["a\n1\n", "a\n01\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n", "a\n1\nCsUY\n", "\n1\nx\n"]
    {
        assert_eq!(Checkpoint::parse(bad), Err(NoteError::Checkpoint), "{bad:?}");
    }
}

#[test]
fn a_checkpoint_opens_with_its_own_key_alone() {
    let note = log_key(1).checkpoint(7, [9; 32]).unwrap();
    let opened = Checkpoint::open(&note, log_key(1).verifier()).unwrap();
    assert_eq!((opened.size, opened.root), (7, [9; 32]));
    assert_eq!(Checkpoint::open(&note, log_key(2).verifier()), Err(NoteError::Note));
    let bigger = note.replacen("\n7\n", "\n8\n", 1);
    assert_eq!(Checkpoint::open(&bigger, log_key(1).verifier()), Err(NoteError::Note));
}

fn cosigned(note: &str, time: u64, key: &VerifierKey, pair: &SigningKey) -> String {
    let text = Note::parse(note).unwrap().text;
    let signature = pair.sign(format!("cosignature/v1\ntime {time}\n{text}").as_bytes());
    let bytes = [&key.id()[..], &time.to_be_bytes(), &signature.to_bytes()].concat();
    format!("\u{2014} {} {}\n", key.name(), BASE64.encode(bytes))
}

#[test]
fn lines_of_a_witness_are_taken_when_they_are_right() {
    let (note, witness) = (log_key(1).checkpoint(7, [9; 32]).unwrap(), pair(5));
    let key = VerifierKey::of_witness("witness.example", &witness.verifying_key().to_bytes()).unwrap();
    let other = VerifierKey::of_witness("other.example", &pair(6).verifying_key().to_bytes()).unwrap();
    let now = Timestamp::from_us(1_795_348_800_000_000);
    let right = cosigned(&note, 1_795_348_800, &key, &witness);
    let foreign = cosigned(&note, 1_795_348_800, &other, &pair(6));
    let taken = cosignature_lines(&note, &format!("{foreign}{right}"), &key, now).unwrap();
    assert_eq!(taken, right, "lines of others are passed over");
    let whole = format!("{note}{taken}");
    assert!(key.vouches_for(&Note::parse(&whole).unwrap()));
    assert!(Checkpoint::open(&whole, log_key(1).verifier()).is_ok());
    let other_note = log_key(1).checkpoint(8, [9; 32]).unwrap();
    for wrong in [
        foreign,
        String::new(),
        cosigned(&other_note, 1_795_348_800, &key, &witness),
        cosigned(&note, 1_795_348_900, &key, &witness),
        cosigned(&note, u64::MAX, &key, &witness),
        cosigned(&note, 1_795_348_800, &key, &pair(6)),
    ] {
        assert_eq!(cosignature_lines(&note, &wrong, &key, now), None, "{wrong}");
    }
}
