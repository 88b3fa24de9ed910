use super::{Chance, chance::from_hex, chance::to_hex, module, python::ask};
use kernel::Secret;
use serde_json::{Value, json};
use vault::{
    CardCrypto, CardKeyUse, CardKeys, Ibm3624, Pan, PinBlock, PinFormat, PinMethod, SoftwareCardCrypto,
};

const CASES: usize = 1_500;

/// One card, one PIN, one zone, and settings.
struct Case {
    zone: Vec<u8>,
    pvk: Vec<u8>,
    index: u8,
    format: PinFormat,
    pan: Pan,
    pin: String,
    table: String,
    from: usize,
    digits: usize,
    pad: u8,
}

impl Case {
    fn of(chance: &Chance) -> Self {
        let format = chance.one_of(&PinFormat::ALL);
        let lengths: &[usize] = if format == PinFormat::Iso4 { &[16, 24, 32] } else { &[16, 24] };
        let pan = chance.pan();
        let from = chance.within(0, 3);
        // Ten digits and the first six again, mixed.
        let mut table: Vec<u8> = (0..16).map(|at| b'0' + at % 10).collect();
        for at in 0..16 {
            table.swap(at, chance.within(0, 15));
        }
        Self {
            zone: chance.bytes(chance.one_of(lengths)),
            pvk: chance.bytes(chance.one_of(&[16, 24])),
            index: u8::try_from(chance.within(0, 9)).unwrap(),
            format,
            digits: chance.within(1, (pan.expose().len() - from).min(16)),
            from,
            pan,
            pin: chance.digits(chance.within(4, 12)),
            table: String::from_utf8(table).unwrap(),
            pad: u8::try_from(chance.within(0, 15)).unwrap(),
        }
    }

    fn module(&self) -> SoftwareCardCrypto {
        let mut keys = CardKeys::default();
        keys.add(CardKeyUse::ZonePin(self.format), 1, &self.zone).unwrap();
        keys.add(CardKeyUse::PinVerification { index: self.index }, 1, &self.pvk).unwrap();
        let settings = Ibm3624::try_new(&self.table, self.from, self.digits, self.pad).unwrap();
        module(keys, 5).with_ibm3624(settings)
    }

    fn block<'a>(&'a self, block: &'a [u8]) -> PinBlock<'a> {
        PinBlock { pan: &self.pan, zone: 1, format: self.format, block }
    }

    fn asks_to_open(&self, block: &[u8]) -> Value {
        json!({"do": "open_pin", "format": self.format.number(), "key": to_hex(&self.zone),
            "pan": self.pan.expose(), "block": to_hex(block)})
    }

    fn asks_for_offset(&self, pin: &str) -> Value {
        json!({"do": "offset", "key": to_hex(&self.pvk), "table": self.table, "pin": pin, "pan": self.pan.expose(),
            "from": self.from, "digits": self.digits, "pad": format!("{:X}", self.pad)})
    }

    /// What we keep of the PIN in a block; `None` where we refuse the block.
    fn offset(&self, block: &[u8]) -> Option<String> {
        let kept = self.module().pin_reference(&self.block(block), PinMethod::Ibm3624, 1).ok()?;
        Some(kept.expose().to_owned())
    }
}

fn cases(seed: u64) -> (Chance, Vec<Case>) {
    let chance = Chance::new(seed);
    let cases = (0..CASES).map(|_| Case::of(&chance)).collect();
    (chance, cases)
}

#[test]
fn their_blocks_open_here_and_offsets_are_the_same() {
    let (_, cases) = cases(11);
    let seal = |case: &Case| {
        json!({"do": "seal_pin", "format": case.format.number(), "key": to_hex(&case.zone), "pan": case.pan.expose(),
            "pin": case.pin})
    };
    let asked: Vec<_> = cases.iter().flat_map(|case| [seal(case), case.asks_for_offset(&case.pin)]).collect();
    for (case, theirs) in cases.iter().zip(ask(&asked).chunks(2)) {
        let block = from_hex(theirs[0].as_str().unwrap());
        assert_eq!(case.offset(&block).as_deref(), theirs[1].as_str(), "{:?}", case.format);
    }
}

#[test]
fn our_blocks_open_there() {
    let (_, cases) = cases(12);
    let blocks: Vec<Vec<u8>> = cases
        .iter()
        .map(|case| case.module().keypad(1, &case.pan, &Secret::new(case.pin.clone())).unwrap())
        .collect();
    let asked: Vec<_> = cases.iter().zip(&blocks).map(|(case, block)| case.asks_to_open(block)).collect();
    for (case, theirs) in cases.iter().zip(ask(&asked)) {
        assert_eq!(theirs.as_str(), Some(&*case.pin), "{:?}", case.format);
    }
}

#[test]
fn translated_blocks_open_there() {
    let (chance, cases) = cases(13);
    let mut asked = Vec::new();
    for case in &cases {
        let to = Case { pan: case.pan.clone(), ..Case::of(&chance) };
        let mut keys = CardKeys::default();
        keys.add(CardKeyUse::ZonePin(case.format), 1, &case.zone).unwrap();
        keys.add(CardKeyUse::ZonePin(to.format), 2, &to.zone).unwrap();
        let module = module(keys, 6);
        let block = module.keypad(1, &case.pan, &Secret::new(case.pin.clone())).unwrap();
        asked.push(to.asks_to_open(&module.translate_pin(&case.block(&block), 2).unwrap()));
    }
    for (case, theirs) in cases.iter().zip(ask(&asked)) {
        assert_eq!(theirs.as_str(), Some(&*case.pin));
    }
}

#[test]
fn damaged_blocks_are_judged_alike() {
    let (chance, cases) = cases(14);
    let damaged: Vec<Vec<u8>> = cases
        .iter()
        .map(|case| {
            let block = case.module().keypad(1, &case.pan, &Secret::new(case.pin.clone())).unwrap();
            chance.damaged(&block)
        })
        .collect();
    let asked: Vec<_> = cases.iter().zip(&damaged).map(|(case, block)| case.asks_to_open(block)).collect();
    let theirs = ask(&asked);
    // What by chance still is a PIN must be the same PIN on both sides.
    let survivors: Vec<_> =
        cases.iter().zip(&theirs).filter_map(|(case, pin)| Some((case, pin.as_str()?))).collect();
    let asked: Vec<_> = survivors.iter().map(|(case, pin)| case.asks_for_offset(pin)).collect();
    let mut offsets = ask(&asked).into_iter();
    for ((case, block), pin) in cases.iter().zip(&damaged).zip(&theirs) {
        let expected = pin.as_str().map(|_| offsets.next().unwrap().as_str().unwrap().to_owned());
        assert_eq!(case.offset(block), expected, "{:?}", case.format);
        assert_ne!(pin.as_str(), Some(&*case.pin));
    }
}

#[test]
fn verification_values_are_the_same() {
    let (_, cases) = cases(15);
    let asked: Vec<_> = cases
        .iter()
        .map(|case| {
            json!({"do": "pvv", "key": to_hex(&case.pvk), "index": case.index, "pin": &case.pin[..4],
                "pan": case.pan.expose()})
        })
        .collect();
    for (case, theirs) in cases.iter().zip(ask(&asked)) {
        let module = case.module();
        let block = module.keypad(1, &case.pan, &Secret::new(case.pin[..4].to_owned())).unwrap();
        let kept = module.pin_reference(&case.block(&block), PinMethod::Pvv, 1).unwrap();
        assert_eq!(Some(kept.expose()), theirs.as_str());
    }
}
