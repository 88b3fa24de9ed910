//! The rule language against another implementation of CEL, on random conditions and random features.
//!
//! The two agree on the shared part: arithmetic within one type, comparisons, `in`, `? :`, `has`, and the
//! three-valued logic of `&&`, `||` and `!`. Left out, because the rule language differs on purpose: whole
//! numbers beside doubles in arithmetic (CEL refuses), doubles that are not finite (CEL goes on with infinity).

#![expect(clippy::expect_used, reason = "a test says by failing what it expected")]

use std::collections::HashMap;

use cel::{Context, Program, Value};
use decision::{Channel, FEATURES, FeatureKind, Features, RuleSet, Slot};
use proptest::prelude::*;

/// Slots of each type that conditions use; some are missing in most draws.
const INTS: [Slot; 5] = [Slot::Mcc, Slot::Count24h, Slot::DeclinesRow, Slot::TerminalCount7d, Slot::BinAlarm];
const DOUBLES: [Slot; 5] =
    [Slot::Amount, Slot::Sum24h, Slot::AmountRatio, Slot::TravelKmh, Slot::TerminalRisk7d];
const BOOLS: [Slot; 4] = [Slot::CardPresent, Slot::Night, Slot::NewMerchant, Slot::Abroad];

fn name(slots: &'static [Slot]) -> impl Strategy<Value = String> {
    prop::sample::select(slots).prop_map(|slot| slot.def().name.to_owned())
}

fn int() -> BoxedStrategy<String> {
    let leaf = prop_oneof![
        3 => name(&INTS),
        2 => (-20_i64..20).prop_map(|value| value.to_string()),
        1 => Just(i64::MAX.to_string()),
        1 => Just("0".to_owned()),
    ];
    let grow = |inner: BoxedStrategy<String>| {
        prop_oneof![
            (inner.clone(), prop::sample::select(&["+", "-", "*", "/", "%"][..]), inner.clone())
                .prop_map(|(left, op, right)| format!("({left} {op} {right})")),
            inner.clone().prop_map(|inner| format!("-({inner})")),
            (simple_bool(), inner.clone(), inner)
                .prop_map(|(test, left, right)| format!("({test} ? {left} : {right})")),
        ]
    };
    leaf.prop_recursive(3, 12, 3, grow).boxed()
}

fn double() -> BoxedStrategy<String> {
    let leaf = prop_oneof![
        3 => name(&DOUBLES),
        2 => (-2_000_i32..2_000).prop_map(|value| format!("{:?}", f64::from(value) / 16.0)),
        1 => int().prop_map(|inner| format!("double({inner})")),
    ];
    let grow = |inner: BoxedStrategy<String>| {
        prop_oneof![
            (inner.clone(), prop::sample::select(&["+", "-", "*"][..]), inner.clone())
                .prop_map(|(left, op, right)| format!("({left} {op} {right})")),
            // Divisors that are never zero: infinity is out of the shared part.
            (inner.clone(), 1_i32..50).prop_map(|(left, by)| format!("({left} / {:?})", f64::from(by) / 4.0)),
            inner.clone().prop_map(|inner| format!("-({inner})")),
            (simple_bool(), inner.clone(), inner)
                .prop_map(|(test, left, right)| format!("({test} ? {left} : {right})")),
        ]
    };
    leaf.prop_recursive(3, 12, 3, grow).boxed()
}

fn simple_bool() -> BoxedStrategy<String> {
    let has = FEATURES.iter().map(|def| format!("has({})", def.name)).collect::<Vec<_>>();
    prop_oneof![name(&BOOLS), Just("true".to_owned()), prop::sample::select(has)].boxed()
}

fn comparison() -> BoxedStrategy<String> {
    let order = || prop::sample::select(&["==", "!=", "<", "<=", ">", ">="][..]);
    let equality = prop::sample::select(&["==", "!="][..]);
    let channel = prop::sample::select(Channel::NAMES);
    prop_oneof![
        (int(), order(), int()).prop_map(|(left, op, right)| format!("{left} {op} {right}")),
        (double(), order(), double()).prop_map(|(left, op, right)| format!("{left} {op} {right}")),
        (name(&INTS), order(), double()).prop_map(|(left, op, right)| format!("{left} {op} {right}")),
        (equality, channel.clone()).prop_map(|(op, word)| format!("payment.channel {op} \"{word}\"")),
        prop::collection::vec(channel, 0..4).prop_map(|words| format!("payment.channel in {words:?}")),
        (int(), prop::collection::vec(-3_i64..9_000, 0..4))
            .prop_map(|(value, list)| format!("{value} in {list:?}")),
    ]
    .boxed()
}

fn condition() -> BoxedStrategy<String> {
    let leaf = prop_oneof![1 => simple_bool(), 4 => comparison()];
    let grow = |inner: BoxedStrategy<String>| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(left, right)| format!("({left} && {right})")),
            (inner.clone(), inner.clone()).prop_map(|(left, right)| format!("({left} || {right})")),
            inner.clone().prop_map(|inner| format!("!({inner})")),
            (inner.clone(), inner.clone(), inner.clone())
                .prop_map(|(test, left, right)| format!("({test} ? {left} : {right})")),
            (simple_bool(), simple_bool()).prop_map(|(left, right)| format!("{left} == {right}")),
        ]
    };
    leaf.prop_recursive(4, 24, 3, grow).boxed()
}

/// A condition without brackets, where binding decides.
fn chain() -> BoxedStrategy<String> {
    let number = prop_oneof![name(&INTS), (0_i64..9).prop_map(|value| value.to_string())].boxed();
    let sum = (
        number.clone(),
        prop::collection::vec((prop::sample::select(&["+", "-", "*", "/", "%"][..]), number), 0..4),
    )
        .prop_map(|(first, rest)| {
            rest.iter().fold(first, |text, (op, value)| format!("{text} {op} {value}"))
        });
    let order = prop::sample::select(&["==", "<", ">="][..]);
    let compare =
        (sum.clone(), order, sum).prop_map(|(left, op, right)| format!("{left} {op} {right}")).boxed();
    let joint = prop::sample::select(&["&&", "||"][..]);
    (compare.clone(), prop::collection::vec((joint, any::<bool>(), name(&BOOLS), compare), 0..5))
        .prop_map(|(first, rest)| {
            rest.iter().fold(first, |text, (op, not, flag, compare)| {
                if *not { format!("{text} {op} !{flag}") } else { format!("{text} {op} {compare}") }
            })
        })
        .boxed()
}

/// Features with each slot missing as often as not.
fn features() -> impl Strategy<Value = Features> {
    prop::collection::vec(prop::option::of(0_u32..40), FEATURES.len()).prop_map(|values| {
        let mut features = Features::empty(2, 0);
        for (def, value) in FEATURES.iter().zip(values) {
            let Some(value) = value else { continue };
            match def.kind {
                FeatureKind::Int => features.set_count(def.slot, value),
                FeatureKind::Money => features.set_money(def.slot, i64::from(value) * 1_237),
                FeatureKind::Double => features.set_double(def.slot, f64::from(value) / 8.0),
                FeatureKind::Bool => features.set_flag(def.slot, value % 2 == 1),
                FeatureKind::Text(words) => features.set_count(def.slot, value % words.len() as u32),
            }
        }
        features
    })
}

fn ours(condition: &str, features: &Features) -> Result<bool, TestCaseError> {
    // The condition and its opposite, to tell false from unknown.
    let text = format!(
        "number = 1\nname = \"t\"\n[[rule]]\nid = \"a\"\nwhen = '''{condition}'''\naction = \"alert\"\nreason = \"velocity\""
    );
    let rules =
        RuleSet::compile(&text).map_err(|error| TestCaseError::fail(format!("{condition}: {error}")))?;
    Ok(!rules.evaluate(features).hits.is_empty())
}

/// `None` is an error of the interpreter.
fn theirs(condition: &str, features: &Features) -> Result<Option<bool>, TestCaseError> {
    let mut objects: HashMap<&str, HashMap<String, Value>> = HashMap::new();
    for def in FEATURES {
        let (object, field) = def.name.split_once('.').expect("names have two parts");
        let fields = objects.entry(object).or_default();
        let Some(value) = features.get(def.slot) else { continue };
        let value = match def.kind {
            FeatureKind::Int => Value::Int(value as i64),
            FeatureKind::Money | FeatureKind::Double => Value::Float(value),
            FeatureKind::Bool => Value::Bool(value != 0.0),
            FeatureKind::Text(_) => features.word(def.slot).expect("a word").into(),
        };
        fields.insert(field.to_owned(), value);
    }
    let mut context = Context::default();
    for (object, fields) in objects {
        context.add_variable_from_value(object, fields);
    }
    let program =
        Program::compile(condition).map_err(|error| TestCaseError::fail(format!("{condition}: {error}")))?;
    match program.execute(&context) {
        Ok(Value::Bool(value)) => Ok(Some(value)),
        Ok(other) => Err(TestCaseError::fail(format!("{condition} gave {other:?}"))),
        Err(_) => Ok(None),
    }
}

fn agree(condition: &str, features: &Features) -> Result<(), TestCaseError> {
    let expected = theirs(condition, features)?;
    prop_assert_eq!(ours(condition, features)?, expected == Some(true), "{}", condition);
    let opposite = format!("!({condition})");
    prop_assert_eq!(ours(&opposite, features)?, expected == Some(false), "{}", opposite);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn conditions_mean_what_cel_means(condition in condition(), features in features()) {
        agree(&condition, &features)?;
    }

    #[test]
    fn operators_bind_as_in_cel(condition in chain(), features in features()) {
        agree(&condition, &features)?;
    }
}

/// The random conditions must reach all three outcomes, or agreement would say little.
#[test]
fn the_oracle_sees_true_false_and_unknown() {
    use proptest::strategy::ValueTree as _;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut seen = [0; 3];
    for _ in 0..500 {
        let tree = (condition(), features()).new_tree(&mut runner).expect("a condition");
        let (condition, features) = tree.current();
        match theirs(&condition, &features).expect("CEL reads every condition drawn") {
            Some(true) => seen[0] += 1,
            Some(false) => seen[1] += 1,
            None => seen[2] += 1,
        }
    }
    assert!(seen.iter().all(|count| *count >= 50), "{seen:?}");
}
