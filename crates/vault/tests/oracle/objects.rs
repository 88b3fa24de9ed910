use super::{Chance, chance::from_hex, chance::to_hex, python::ask};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use vault::Objects;

const CASES: usize = 2_000;

/// Objects that hold none, of any depth: tag and value, as their decoder gives them.
fn flat(field: &[u8], into: &mut BTreeMap<String, Value>) {
    for (tag, value) in Objects::read(field).unwrap().iter() {
        if Objects::is_constructed(tag) {
            flat(value, into);
        } else {
            let bytes = tag.to_be_bytes();
            let first = bytes.iter().position(|byte| *byte != 0).unwrap_or(3);
            into.insert(to_hex(&bytes[first..]).to_uppercase(), json!(to_hex(value)));
        }
    }
}

fn some_objects(chance: &Chance, depth: usize) -> Value {
    let mut objects = serde_json::Map::new();
    for _ in 0..chance.within(0, 6) {
        let length = chance.one_of(&[0, 1, 8, 127, 128, 200]);
        let tag = chance.one_of(&["82", "95", "9A", "9F26", "9F36", "5F2A", "DF8101", "8A"]);
        objects.insert(tag.to_owned(), json!(to_hex(&chance.bytes(length))));
    }
    if depth > 0 && chance.within(0, 1) == 1 {
        objects
            .insert(chance.one_of(&["71", "72", "BF0C", "E1"]).to_owned(), some_objects(chance, depth - 1));
    }
    Value::Object(objects)
}

#[test]
fn what_they_write_is_read_alike() {
    let chance = Chance::new(41);
    let asked: Vec<_> =
        (0..CASES).map(|_| json!({"do": "encode_objects", "objects": some_objects(&chance, 3)})).collect();
    let fields: Vec<Vec<u8>> = ask(&asked).iter().map(|field| from_hex(field.as_str().unwrap())).collect();
    let short: Vec<_> = fields.iter().filter(|field| field.len() <= 1_024).collect();
    assert!(short.len() > CASES / 2);
    let asked: Vec<_> = short.iter().map(|field| json!({"do": "objects", "field": to_hex(field)})).collect();
    for (field, theirs) in short.iter().zip(ask(&asked)) {
        let mut ours = BTreeMap::new();
        flat(field, &mut ours);
        let theirs: BTreeMap<String, Value> = theirs.as_object().unwrap().clone().into_iter().collect();
        assert_eq!(ours, theirs);
    }
}

#[test]
fn what_is_read_here_they_read_alike() {
    let chance = Chance::new(42);
    // Bytes by chance, leaning towards short lengths so that some of it is readable.
    let fields: Vec<Vec<u8>> = (0..CASES * 4)
        .map(|_| {
            let count = chance.within(1, 24);
            (0..count).map(|_| chance.bytes(1)[0] & chance.one_of(&[0xFF, 0x9F, 3, 7])).collect()
        })
        .collect();
    let read: Vec<_> = fields.iter().filter(|field| Objects::read(field).is_ok()).collect();
    assert!(read.len() > 50, "{} were readable", read.len());
    let asked: Vec<_> = read.iter().map(|field| json!({"do": "objects", "field": to_hex(field)})).collect();
    for (field, theirs) in read.iter().zip(ask(&asked)) {
        let theirs: BTreeMap<String, Value> = theirs.as_object().unwrap().clone().into_iter().collect();
        let mut ours = BTreeMap::new();
        flat(field, &mut ours);
        assert_eq!(ours, theirs);
    }
}
