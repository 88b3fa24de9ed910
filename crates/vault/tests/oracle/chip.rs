use super::{Chance, chance::from_hex, chance::to_hex, module, python::ask};
use kernel::Secret;
use serde_json::{Value, json};
use vault::{
    CardCrypto, CardKeyUse, CardKeys, ChipData, ChipProfile, CryptogramRequest, CryptogramVerdict,
    CryptogramVersion, IssuerAnswer, Pan, PinBlock, PinFormat, ScriptCommand, SoftwareCardCrypto,
};

const CASES_EACH: usize = 300;
const ZONE: [u8; 16] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16];

struct Case {
    masters: [Vec<u8>; 3],
    profile: ChipProfile,
    pan: Pan,
    psn: u8,
    chip: ChipData,
    code: [u8; 2],
    status: [u8; 4],
    pin: String,
}

fn issuer_data(version: CryptogramVersion, chance: &Chance) -> Vec<u8> {
    let code = version.code();
    let with = |head: &[u8], rest: usize| [head, &chance.bytes(rest)].concat();
    match version {
        CryptogramVersion::Visa10 => with(&[6, 1, code, 3], 3),
        CryptogramVersion::Visa18 => with(&[6, 1, code, 3], chance.within(3, 28)),
        CryptogramVersion::Visa22 => with(&[0x1F, code, 1], 29),
        CryptogramVersion::MChip16 | CryptogramVersion::MChip20 => with(&[1, code], chance.one_of(&[8, 16])),
        CryptogramVersion::MChip17 | CryptogramVersion::MChip21 => with(&[1, code], chance.one_of(&[16, 24])),
    }
}

impl Case {
    fn of(version: CryptogramVersion, chance: &Chance) -> Self {
        let psn = u8::try_from(chance.within(0, 99)).unwrap();
        Self {
            masters: [chance.bytes(16), chance.bytes(16), chance.bytes(16)],
            profile: ChipProfile::usual(version, 1),
            pan: chance.pan(),
            psn,
            chip: ChipData {
                amount: chance.array(),
                other_amount: chance.array(),
                country: chance.array(),
                terminal_results: chance.array(),
                currency: chance.array(),
                date: chance.array(),
                kind: chance.array(),
                unpredictable: chance.array(),
                profile: chance.array(),
                atc: chance.array(),
                issuer_data: issuer_data(version, chance),
                cryptogram: [0; 8],
                information: Some(0x80),
                psn: Some(psn),
            },
            code: chance.array(),
            status: chance.array(),
            pin: chance.digits(chance.within(4, 12)),
        }
    }

    fn module(&self) -> SoftwareCardCrypto {
        let [ac, smi, smc] = &self.masters;
        let mut keys = CardKeys::default();
        keys.add(CardKeyUse::Cryptogram, 1, ac).unwrap();
        keys.add(CardKeyUse::ScriptIntegrity, 1, smi).unwrap();
        keys.add(CardKeyUse::ScriptConfidentiality, 1, smc).unwrap();
        keys.add(CardKeyUse::ZonePin(PinFormat::Iso4), 1, &ZONE).unwrap();
        module(keys, 3)
    }

    fn asks(&self) -> Value {
        let [ac, smi, smc] = self.masters.each_ref().map(|key| to_hex(key));
        json!({"do": "chip", "version": format!("{:?}", self.profile.version).to_lowercase(), "ac": ac, "smi": smi,
            "smc": smc, "pan": self.pan.expose(), "psn": format!("{:02}", self.psn),
            "field": to_hex(&self.chip.to_field()), "code": to_hex(&self.code), "status": to_hex(&self.status),
            "pin": self.pin})
    }

    fn request<'a>(&'a self, chip: &'a ChipData) -> CryptogramRequest<'a> {
        CryptogramRequest { profile: self.profile, pan: &self.pan, psn: self.psn, chip }
    }
}

fn cases(seed: u64) -> (Chance, Vec<Case>) {
    let chance = Chance::new(seed);
    let versions = CryptogramVersion::ALL.into_iter().flat_map(|version| [version; CASES_EACH]);
    let cases = versions.map(|version| Case::of(version, &chance)).collect();
    (chance, cases)
}

#[test]
fn cryptograms_answers_and_scripts_are_the_same() {
    let (_, cases) = cases(21);
    let asked: Vec<_> = cases.iter().map(Case::asks).collect();
    for (case, theirs) in cases.iter().zip(ask(&asked)) {
        let theirs = |name: &str| from_hex(theirs[name].as_str().unwrap());
        let (module, version) = (case.module(), case.profile.version);
        let cryptogram: [u8; 8] = theirs("cryptogram").try_into().unwrap();
        assert_eq!(module.chip_cryptogram(&case.request(&case.chip)).unwrap(), cryptogram, "{version:?}");

        let chip = ChipData::read(&ChipData { cryptogram, ..case.chip.clone() }.to_field()).unwrap();
        assert_eq!(chip.version(version.scheme()), Some(version));
        let CryptogramVerdict::Right(session) = module.verify_cryptogram(&case.request(&chip)).unwrap()
        else {
            panic!("{version:?} refused theirs");
        };
        let answer = if session.takes_code() {
            IssuerAnswer::Code(case.code)
        } else {
            IssuerAnswer::Status(case.status)
        };
        assert_eq!(module.issuer_answer(&session, answer).unwrap(), theirs("answer"), "{version:?}");
        assert_eq!(
            module.issuer_script(&session, &ScriptCommand::UnblockPin).unwrap(),
            theirs("unblock"),
            "{version:?}"
        );
        let block = module.keypad(1, &case.pan, &Secret::new(case.pin.clone())).unwrap();
        let pin = PinBlock { pan: &case.pan, zone: 1, format: PinFormat::Iso4, block: &block };
        let change = module.issuer_script(&session, &ScriptCommand::ChangePin(pin)).unwrap();
        assert_eq!(change, theirs("change"), "{version:?}");
    }
}

#[test]
fn what_is_damaged_is_refused_by_both() {
    let (chance, cases) = cases(22);
    let mut damaged = Vec::new();
    for case in cases {
        let cryptogram = case.module().chip_cryptogram(&case.request(&case.chip)).unwrap();
        let mut chip = ChipData { cryptogram, ..case.chip.clone() };
        match chance.within(0, 4) {
            0 => chip.amount = chance.damaged(&chip.amount).try_into().unwrap(),
            1 => chip.atc = chance.damaged(&chip.atc).try_into().unwrap(),
            2 => chip.unpredictable = chance.damaged(&chip.unpredictable).try_into().unwrap(),
            3 => chip.terminal_results = chance.damaged(&chip.terminal_results).try_into().unwrap(),
            _ => chip.cryptogram = chance.damaged(&chip.cryptogram).try_into().unwrap(),
        }
        damaged.push(Case { chip, ..case });
    }
    let asked: Vec<_> = damaged.iter().map(Case::asks).collect();
    for (case, theirs) in damaged.iter().zip(ask(&asked)) {
        assert_ne!(from_hex(theirs["cryptogram"].as_str().unwrap()), case.chip.cryptogram);
        let verdict = case.module().verify_cryptogram(&case.request(&case.chip)).unwrap();
        assert!(matches!(verdict, CryptogramVerdict::Wrong), "{:?}", case.profile.version);
    }
}
