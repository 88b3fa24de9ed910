use super::{Chance, chance::to_hex, module, python::ask};
use serde_json::json;
use vault::{
    CardCode, CardCrypto, CardKeyUse, CardKeys, CardValue, CvkUse, DynamicKind, DynamicValue, Expiry,
    ExpiryOrder,
};

const CASES: usize = 2_000;

struct Fixed {
    key: Vec<u8>,
    pan: vault::Pan,
    expiry: Expiry,
    order: ExpiryOrder,
    code: CardCode,
}

impl Fixed {
    fn of(chance: &Chance) -> Self {
        let expiry = Expiry::try_new(
            u8::try_from(chance.within(0, 99)).unwrap(),
            u8::try_from(chance.within(1, 12)).unwrap(),
        );
        let stripe = CardCode::Stripe(u16::try_from(chance.within(0, 999)).unwrap());
        Self {
            key: chance.bytes(16),
            pan: chance.pan(),
            expiry: expiry.unwrap(),
            order: chance.one_of(&[ExpiryOrder::YearMonth, ExpiryOrder::MonthYear]),
            code: chance.one_of(&[stripe, CardCode::Printed, CardCode::Chip]),
        }
    }

    fn expiry_digits(&self) -> String {
        match self.order {
            ExpiryOrder::YearMonth => format!("{:02}{:02}", self.expiry.year(), self.expiry.month()),
            ExpiryOrder::MonthYear => format!("{:02}{:02}", self.expiry.month(), self.expiry.year()),
        }
    }

    fn service(&self) -> String {
        match self.code {
            CardCode::Stripe(code) => format!("{code:03}"),
            CardCode::Printed => "000".to_owned(),
            CardCode::Chip => "999".to_owned(),
        }
    }
}

#[test]
fn values_that_stay_are_the_same() {
    let chance = Chance::new(1);
    let cases: Vec<Fixed> = (0..CASES).map(|_| Fixed::of(&chance)).collect();
    let asked: Vec<_> = cases
        .iter()
        .map(|case| {
            json!({"do": "card_value", "key": to_hex(&case.key), "pan": case.pan.expose(),
                "expiry": case.expiry_digits(), "service": case.service()})
        })
        .collect();
    for (case, theirs) in cases.iter().zip(ask(&asked)) {
        let theirs = theirs.as_str().unwrap();
        let mut keys = CardKeys::default();
        keys.add(CardKeyUse::CardVerification, 1, &case.key).unwrap();
        let module = module(keys, 1);
        let cvk = CvkUse { generation: 1, order: case.order };
        let request = CardValue { cvk, pan: &case.pan, expiry: case.expiry, code: case.code };
        assert_eq!(module.card_value(&request).unwrap().expose(), theirs);
        assert!(module.verify_card_value(&request, theirs).unwrap());
        let other = format!("{:03}", (theirs.parse::<u16>().unwrap() + 1) % 1_000);
        assert!(!module.verify_card_value(&request, &other).unwrap());
    }
}

#[test]
fn values_that_change_are_the_same() {
    let chance = Chance::new(2);
    let (mut asked, mut cases) = (Vec::new(), Vec::new());
    for _ in 0..CASES {
        let fixed = Fixed::of(&chance);
        let psn = u8::try_from(chance.within(0, 99)).unwrap();
        let atc = u16::try_from(chance.within(0, 65_535)).unwrap();
        let (track, unpredictable) = (chance.bytes(chance.within(0, 24)), chance.array());
        let digits = u8::try_from(chance.within(3, 5)).unwrap();
        let common = json!({"key": to_hex(&fixed.key), "pan": fixed.pan.expose(), "psn": format!("{psn:02}"),
            "atc": atc, "expiry": fixed.expiry_digits(), "service": fixed.service(), "track": to_hex(&track),
            "number": to_hex(&unpredictable), "digits": digits});
        for command in ["dcvv", "cvc3"] {
            let mut request = common.clone();
            request["do"] = json!(command);
            asked.push(request);
        }
        cases.push((fixed, psn, atc, track, unpredictable, digits));
    }
    let answers = ask(&asked);
    for ((fixed, psn, atc, track, unpredictable, digits), theirs) in cases.iter().zip(answers.chunks(2)) {
        let mut keys = CardKeys::default();
        keys.add(CardKeyUse::DynamicValue, 1, &fixed.key).unwrap();
        let module = module(keys, 1);
        let service_code = fixed.service().parse().unwrap();
        let dcvv = DynamicKind::Dcvv { expiry: fixed.expiry, order: fixed.order, service_code };
        let cvc3 = DynamicKind::Cvc3 { track, unpredictable: *unpredictable, digits: *digits };
        for (kind, theirs) in [dcvv, cvc3].into_iter().zip(theirs) {
            let request = DynamicValue { generation: 1, pan: &fixed.pan, psn: *psn, atc: *atc, kind };
            let theirs = theirs.as_str().unwrap();
            assert!(module.verify_dynamic_value(&request, theirs).unwrap(), "{kind:?}");
            assert_eq!(module.dynamic_value(&request).unwrap().expose(), theirs);
            assert!(!module.verify_dynamic_value(&request, &format!("{theirs}0")).unwrap());
        }
    }
}
