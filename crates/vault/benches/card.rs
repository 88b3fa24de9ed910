//! What the checks cost that run before the engine's queue, one at a time on one core.
//!
//! `cargo bench -p cardea-vault --bench card`

#![expect(clippy::unwrap_used, reason = "a benchmark that can't be set up has nothing to say")]

use divan::{Bencher, black_box};
use kernel::{Random, Secret};
use std::sync::Arc;
use vault::{
    CardCode, CardCrypto, CardKeyRole, CardKeyUse, CardKeys, CardValue, ChipData, ChipProfile,
    CryptogramRequest, CryptogramVerdict, CryptogramVersion, CvkUse, Expiry, ExpiryOrder, IssuerAnswer, Pan,
    PinBlock, PinFormat, PinMethod, SoftwareCardCrypto,
};

fn main() {
    divan::main();
}

/// Counts up; keys need no chance to be timed.
struct Counting;

impl Random for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.iter_mut().zip(1..).for_each(|(to, value)| *to = value);
    }
}

fn module() -> SoftwareCardCrypto {
    SoftwareCardCrypto::new(CardKeys::create(&Counting).unwrap(), Arc::new(Counting))
}

fn pan() -> Pan {
    Pan::with_check_digit("900012341234123").unwrap()
}

#[divan::bench]
fn verify_card_value(bencher: Bencher<'_, '_>) {
    let (module, pan) = (module(), pan());
    let cvk = CvkUse { generation: 1, order: ExpiryOrder::YearMonth };
    let expiry = Expiry::try_new(29, 12).unwrap();
    let request = CardValue { cvk, pan: &pan, expiry, code: CardCode::Printed };
    let value = module.card_value(&request).unwrap();
    bencher.bench_local(|| module.verify_card_value(black_box(&request), value.expose()).unwrap());
}

#[divan::bench(args = [0, 3, 4])]
fn verify_pin(bencher: Bencher<'_, '_>, format: u8) {
    let (module, pan) = (module(), pan());
    let format = PinFormat::from_number(format).unwrap();
    let zones = [(PinFormat::Iso0, 1), (PinFormat::Iso3, 2), (PinFormat::Iso4, 3)];
    let zone = zones.into_iter().find(|(of, _)| *of == format).unwrap().1;
    let block = module.keypad(zone, &pan, &Secret::new("482913".to_owned())).unwrap();
    let pin = PinBlock { pan: &pan, zone, format, block: &block };
    let kept = module.pin_reference(&pin, PinMethod::Ibm3624, 1).unwrap();
    bencher.bench_local(|| module.verify_pin(black_box(&pin), &kept).unwrap());
}

fn chip(version: CryptogramVersion) -> ChipData {
    let code = version.code();
    let issuer_data = match version {
        CryptogramVersion::Visa18 => vec![6, 1, code, 3, 0xA0, 0, 0],
        _ => [&[1, code][..], &[0; 16]].concat(),
    };
    ChipData {
        amount: [0, 0, 0, 0, 0x12, 0x34],
        other_amount: [0; 6],
        country: [1, 0x56],
        terminal_results: [0; 5],
        currency: [1, 0x56],
        date: [0x26, 0x11, 0x26],
        kind: [0],
        unpredictable: [1, 2, 3, 4],
        profile: [0x19, 0x80],
        atc: [0, 7],
        issuer_data,
        cryptogram: [0; 8],
        information: Some(0x80),
        psn: Some(1),
    }
}

const VERSIONS: [CryptogramVersion; 2] = [CryptogramVersion::Visa18, CryptogramVersion::MChip17];

#[divan::bench(args = VERSIONS)]
fn verify_cryptogram(bencher: Bencher<'_, '_>, version: CryptogramVersion) {
    let (module, pan, mut chip) = (module(), pan(), chip(version));
    let profile = ChipProfile::usual(version, 1);
    let request = CryptogramRequest { profile, pan: &pan, psn: 1, chip: &chip };
    let cryptogram = module.chip_cryptogram(&request).unwrap();
    chip.cryptogram = cryptogram;
    let request = CryptogramRequest { profile, pan: &pan, psn: 1, chip: &chip };
    bencher.bench_local(|| module.verify_cryptogram(black_box(&request)).unwrap());
}

#[divan::bench]
fn issuer_answer(bencher: Bencher<'_, '_>) {
    let (module, pan, mut chip) = (module(), pan(), chip(CryptogramVersion::Visa18));
    let profile = ChipProfile::usual(CryptogramVersion::Visa18, 1);
    let request = CryptogramRequest { profile, pan: &pan, psn: 1, chip: &chip };
    let cryptogram = module.chip_cryptogram(&request).unwrap();
    chip.cryptogram = cryptogram;
    let request = CryptogramRequest { profile, pan: &pan, psn: 1, chip: &chip };
    let CryptogramVerdict::Right(session) = module.verify_cryptogram(&request).unwrap() else { return };
    bencher.bench_local(|| module.issuer_answer(black_box(&session), IssuerAnswer::Status([0; 4])).unwrap());
}

#[divan::bench]
fn read_field_55(bencher: Bencher<'_, '_>) {
    let field = chip(CryptogramVersion::Visa18).to_field();
    bencher.bench_local(|| ChipData::read(black_box(&field)).unwrap());
}

#[divan::bench(args = [1, 2])]
fn import_key_block(bencher: Bencher<'_, '_>, kbpk: u32) {
    let module = module();
    let block = module.export_key(kbpk, CardKeyRole::CardVerification, 1).unwrap();
    bencher.bench_local(|| module.import_key(kbpk, black_box(&block), CardKeyUse::CardVerification).unwrap());
}
