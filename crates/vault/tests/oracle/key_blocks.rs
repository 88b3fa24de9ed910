use super::{Chance, chance::to_hex, module, python::ask};
use serde_json::{Value, json};
use vault::{
    CardCrypto, CardKeyRole, CardKeyUse, CardKeys, KeyBlockVersion, PinFormat, SoftwareCardCrypto, VaultError,
};

const CASES: usize = 1_500;
/// A use, what its header says, and the lengths of its keys.
const USES: &[(CardKeyUse, &str, &[usize])] = &[
    (CardKeyUse::CardVerification, "C0TC", &[16]),
    (CardKeyUse::PinVerification { index: 3 }, "V0TC", &[16, 24]),
    (CardKeyUse::Cryptogram, "E0TX", &[16]),
    (CardKeyUse::ScriptConfidentiality, "E1TX", &[16]),
    (CardKeyUse::ScriptIntegrity, "E2TX", &[16]),
    (CardKeyUse::DynamicValue, "E6TX", &[16]),
    (CardKeyUse::ZonePin(PinFormat::Iso0), "P0TB", &[16, 24]),
    (CardKeyUse::ZonePin(PinFormat::Iso4), "P0AB", &[16, 24, 32]),
];

struct Case {
    version: KeyBlockVersion,
    kbpk: Vec<u8>,
    usage: CardKeyUse,
    said: &'static str,
    key: Vec<u8>,
}

impl Case {
    fn of(chance: &Chance) -> Self {
        let version = chance.one_of(&[KeyBlockVersion::B, KeyBlockVersion::D]);
        let lengths: &[usize] = if version == KeyBlockVersion::D { &[16, 24, 32] } else { &[16, 24] };
        let (usage, said, key) = chance.one_of(USES);
        let key = chance.bytes(chance.one_of(key));
        Self { version, kbpk: chance.bytes(chance.one_of(lengths)), usage, said, key }
    }

    fn keys(&self) -> CardKeys {
        let mut keys = CardKeys::default();
        keys.add(CardKeyUse::KeyBlock(self.version), 1, &self.kbpk).unwrap();
        keys
    }

    fn module(&self) -> SoftwareCardCrypto {
        module(self.keys(), 4)
    }

    fn exported(&self) -> String {
        let mut keys = self.keys();
        keys.add(self.usage, 7, &self.key).unwrap();
        module(keys, 4).export_key(1, self.usage.role(), 7).unwrap()
    }

    fn asks_to_unwrap(&self, block: &str) -> Value {
        json!({"do": "unwrap_key", "kbpk": to_hex(&self.kbpk), "block": block})
    }
}

fn cases(seed: u64) -> (Chance, Vec<Case>) {
    let chance = Chance::new(seed);
    let cases = (0..CASES).map(|_| Case::of(&chance)).collect();
    (chance, cases)
}

#[test]
fn our_blocks_open_there() {
    let (_, cases) = cases(31);
    let asked: Vec<_> = cases.iter().map(|case| case.asks_to_unwrap(&case.exported())).collect();
    for (case, theirs) in cases.iter().zip(ask(&asked)) {
        assert_eq!(theirs["key"].as_str(), Some(&*to_hex(&case.key)));
        assert_eq!(theirs["said"].as_str(), Some(&*format!("{}N", case.said)));
    }
}

#[test]
fn their_blocks_open_here() {
    let (chance, cases) = cases(32);
    let asked: Vec<_> = cases
        .iter()
        .map(|case| {
            let version = format!("{:?}", case.version);
            let long = "L".repeat(chance.within(0, 300));
            let blocks =
                chance.one_of(&[json!({}), json!({"KS": "0123ABCD"}), json!({"IK": "xy", "LB": long})]);
            json!({"do": "wrap_key", "kbpk": to_hex(&case.kbpk), "key": to_hex(&case.key), "version": version,
                "usage": &case.said[..2], "algorithm": &case.said[2..3],
                "mode": chance.one_of(&[&case.said[3..4], "N"]), "export": chance.one_of(&["N", "E", "S"]),
                "blocks": blocks, "masked": chance.one_of(&[json!(null), json!(case.key.len())])})
        })
        .collect();
    let theirs = ask(&asked);
    let mut again = Vec::new();
    for (case, block) in cases.iter().zip(&theirs) {
        let imported = case.module().import_key(1, block.as_str().unwrap(), case.usage).unwrap();
        // What came is a key of use here: it goes out again under the same protection key, and is the same.
        let mut keys = case.keys();
        keys.add_imported(2, imported).unwrap();
        let block = module(keys, 8).export_key(1, case.usage.role(), 2).unwrap();
        again.push(case.asks_to_unwrap(&block));
    }
    for (case, theirs) in cases.iter().zip(ask(&again)) {
        assert_eq!(theirs["key"].as_str(), Some(&*to_hex(&case.key)));
    }
}

#[test]
fn damaged_blocks_are_refused_by_both() {
    let (chance, cases) = cases(33);
    let damaged: Vec<String> = cases
        .iter()
        .map(|case| {
            let mut block = case.exported().into_bytes();
            let at = chance.within(0, block.len() - 1);
            let other = chance.one_of(b"0123456789ABCDEF");
            block[at] = if block[at] == other { b'G' } else { other };
            String::from_utf8(block).unwrap()
        })
        .collect();
    let asked: Vec<_> = cases.iter().zip(&damaged).map(|(case, block)| case.asks_to_unwrap(block)).collect();
    for ((case, block), theirs) in cases.iter().zip(&damaged).zip(ask(&asked)) {
        assert!(theirs.is_null());
        let ours = case.module().import_key(1, block, case.usage);
        assert!(matches!(ours, Err(VaultError::CardRequest(_))), "{block}");
    }
}

#[test]
fn a_key_does_not_change_what_it_is_for() {
    let (_, cases) = cases(34);
    for case in cases.iter().take(200) {
        let (module, block) = (case.module(), case.exported());
        for (usage, said, _) in USES {
            let fits = *said == case.said;
            let imported = module.import_key(1, &block, *usage);
            assert_eq!(imported.is_ok(), fits, "{} as {usage:?}", case.said);
        }
        assert!(matches!(
            module.import_key(2, &block, case.usage),
            Err(VaultError::NoCardKey { role: CardKeyRole::KeyBlock, generation: 2 })
        ));
    }
}
