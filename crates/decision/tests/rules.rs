//! Rule files: what is refused and how it is said, what the values mean, what a verdict says.

#![expect(clippy::expect_used, clippy::panic, reason = "a test says by failing what it expected")]

use decision::{Channel, Features, HITS_MAX, Reason, RuleAction, RuleError, RuleSet, Slot, VerdictAction};
use proptest::prelude::*;

fn file(rules: &[(&str, &str, &str)]) -> String {
    let mut text = String::from("number = 7\nname = \"test\"\n");
    for (id, when, action) in rules {
        text += &format!(
            "\n[[rule]]\nid = \"{id}\"\nwhen = '''{when}'''\naction = \"{action}\"\nreason = \"velocity\"\n"
        );
    }
    text
}

fn refused(when: &str) -> RuleError {
    RuleSet::compile(&file(&[("R-1", when, "decline")])).expect_err(when)
}

fn hits(when: &str, features: &Features) -> bool {
    let rules = RuleSet::compile(&file(&[("R-1", when, "alert")])).unwrap_or_else(|error| panic!("{error}"));
    !rules.evaluate(features).hits.is_empty()
}

fn sample() -> Features {
    let mut features = Features::empty(2, 0);
    features.set_money(Slot::Amount, 12_345);
    features.set_count(Slot::Mcc, 7995);
    features.set_count(Slot::Channel, Channel::Ecommerce as u32);
    features.set_count(Slot::Count24h, 3);
    features.set_count(Slot::Count1h, 0);
    features.set_flag(Slot::Night, true);
    features.set_flag(Slot::CardPresent, false);
    features.set_double(Slot::AmountRatio, 6.5);
    features
}

#[test]
fn a_mistake_is_reported_where_it_stands_with_what_to_do() {
    let error = refused("payment.amount > 3 &&\n  card.sum_24 > 5");
    assert_eq!((error.line, error.column), (7, 3));
    assert_eq!(
        error.to_string(),
        "rule R-1, line 7, column 3: `card.sum_24` is not a known name; did you mean `card.sum_24h`?"
    );
    // Escapes before the mistake count as what stands in the file.
    let text = "number = 1\nname = \"t\"\n[[rule]]\nid = \"R\"\naction = \"alert\"\nreason = \"velocity\"\n\
                when = \"payment.channel == \\\"chip\\\" && nobody\"\n";
    let error = RuleSet::compile(text).expect_err("an unknown name");
    assert_eq!((error.line, error.column), (7, 40));
}

#[test]
fn each_kind_of_mistake_has_its_sentence() {
    let cases = [
        ("payment.amount >", "expected a value, found nothing"),
        ("payment.amount = 3", "`=` means nothing here"),
        ("payment.amount > 3 payment.night", "the condition goes on with `payment.night`"),
        ("(payment.night", "expected `)` after the bracket, found nothing"),
        ("payment.amount", "expected true or false, found a number"),
        ("payment.count && payment.night", "`payment.count` is not a known name"),
        ("payment.night > 3", "this compares true or false with a whole number"),
        ("payment.night < payment.abroad", "this compares true or false with true or false"),
        ("payment.channel == \"ecom\"", "payment.channel is never \"ecom\""),
        ("payment.channel > \"chip\"", "this compares a word with a word"),
        ("\"chip\" == \"chip\"", "this compares a word with a word"),
        ("payment.mcc in [\"chip\"]", "the list does not hold a whole number"),
        ("payment.mcc in [payment.mcc]", "this is not a constant"),
        ("payment.mcc in 3", "expected `[` after `in`, found `3`"),
        ("payment.amount % 2.0 == 0.0", "`%` needs two whole numbers"),
        ("payment.night + 1 > 0", "this joins true or false and a whole number"),
        ("size(payment.mcc) > 0", "`size` with 1 values is no function"),
        ("has(3)", "`has` with 1 values is no function"),
        ("-payment.night", "`-` needs a number, found true or false"),
        ("payment.night ? 1 : true", "the two values are a whole number and true or false"),
        ("payment.channel == \"chip", "this text never ends"),
        ("payment.amount > 99999999999999999999", "this number is too large"),
        ("payment.amount > 1e999", "this number is too large"),
        ("payment.amount > 10u", "this number has letters in it"),
        ("payment.amount > 3; true", "`;` means nothing here"),
        ("payment.name == \"é\"", "`payment.name` is not a known name"),
        ("é", "`é` means nothing here"),
        ("[1, 2]", "a list stands only after `in`"),
        ("", "expected a value, found nothing"),
    ];
    for (when, problem) in cases {
        let error = refused(when);
        assert_eq!(error.problem, problem, "{when}");
        assert!(!error.help.is_empty());
        assert_eq!(error.rule.as_deref(), Some("R-1"));
    }
}

#[test]
fn the_file_itself_is_checked() {
    let good = file(&[("R-1", "true", "alert")]);
    assert!(RuleSet::compile(&good).is_ok());
    let cases = [
        (good.replace("reason", "reson"), 8, "unknown field `reson`"),
        (good.replace("velocity", "speed"), 8, "unknown variant `speed`"),
        (good.replace("alert", "block"), 7, "unknown variant `block`"),
        (good.replace("R-1", "R 1"), 5, "this id is not"),
        (
            format!("{good}{}", good.split_once("\n\n").map_or("", |parts| parts.1)),
            10,
            "another rule has this id",
        ),
        (good.replace("number = 7", "number = -7"), 1, "invalid value"),
        (good.replace("id = \"R-1\"\n", ""), 4, "missing field `id`"),
        ("[[rule]".to_owned(), 1, ""),
        ("x".repeat(300 * 1024), 1, "the file has 307200 bytes"),
    ];
    for (text, line, problem) in cases {
        let error = RuleSet::compile(&text).expect_err(problem);
        assert!(error.problem.contains(problem), "{error}");
        assert_eq!(error.line, line, "{error}");
    }
}

#[test]
fn limits_refuse_instead_of_running_out() {
    assert!(
        refused(&format!("{}true{}", "(".repeat(200), ")".repeat(200))).problem.contains("deeper than 128")
    );
    assert!(refused(&format!("{}true", "!".repeat(3_000))).problem.contains("deeper than 128"));
    assert!(refused(&vec!["true"; 300].join(" && ")).problem.contains("deeper than 128"));
    assert!(refused(&"true ? true : ".repeat(200)).problem.contains("deeper than 128"));
    assert!(refused(&" ".repeat(5_000)).problem.contains("5000 bytes"));
    let list = format!("payment.mcc in [{}]", vec!["1"; 300].join(","));
    assert!(refused(&list).problem.contains("more than 256 items"));
    let many: Vec<_> = (0..513).map(|n| (format!("R{n}"), "true", "alert")).collect();
    let many: Vec<_> = many.iter().map(|(id, when, action)| (id.as_str(), *when, *action)).collect();
    assert!(RuleSet::compile(&file(&many)).expect_err("too many").problem.contains("513 rules"));
}

#[test]
fn values_mean_what_they_say() {
    let features = sample();
    let cases = [
        ("payment.amount == 123.45", true),
        ("payment.amount > 123", true),
        ("payment.mcc in [7995, 6051]", true),
        ("payment.mcc in [-7995]", false),
        ("payment.amount in [1, 123.45]", true),
        ("payment.channel == 'ecommerce' && !payment.card_present", true),
        ("payment.channel != \"chip\"", true),
        ("\"chip\" != payment.channel", true),
        ("payment.channel in ['chip', 'ecommerce']", true),
        ("payment.channel in []", false),
        ("card.count_24h * 2 == 6", true),
        ("2 * card.amount_ratio == 13.0 // a whole number beside a double", true),
        ("card.count_24h / 2 == 1", true),
        ("card.count_24h / 2.0 == 1.5", true),
        ("-card.count_24h % 2 == -1", true),
        ("card.amount_ratio >= 6 && card.amount_ratio < 7", true),
        ("payment.night ? card.count_24h == 3 : false", true),
        ("(payment.night ? card.count_24h : 2.5) == 3.0", true),
        ("min(card.count_24h, 2) == 2 && max(1, card.amount_ratio) == 6.5", true),
        ("abs(0 - card.count_24h) == 3 && abs(-1.5) == 1.5", true),
        ("int(card.amount_ratio) == 6 && double(card.count_24h) == 3.0", true),
        ("1 + 2 * 3 == 7 && !(1 > 2) || false", true),
        ("true || false && false", true),
        ("payment.night == true && payment.night != false", true),
    ];
    for (when, expected) in cases {
        assert_eq!(hits(when, &features), expected, "{when}");
    }
}

#[test]
fn unknown_is_neither_true_nor_false() {
    let features = sample();
    let unknown = [
        "card.travel_kmh > 900.0",
        "payment.abroad",
        "terminal.risk_7d in [0.0]",
        "payment.kind == 'cash'",
        "card.count_24h / card.count_1h > 0",
        "card.count_24h % card.count_1h == 0",
        "card.amount_ratio / double(card.count_1h) > 0.0",
        "9223372036854775807 + card.count_24h > 0",
        "-9223372036854775807 - card.count_24h < 0",
        "9223372036854775807 * card.count_24h > 0",
        "int(1e300 * card.amount_ratio) > 0",
        "1e308 * card.amount_ratio > 0.0",
        "payment.abroad ? true : true",
        "payment.night && payment.abroad",
        "payment.card_present || payment.abroad",
        "payment.abroad == payment.abroad",
    ];
    for when in unknown {
        assert!(!hits(when, &features), "{when}");
        assert!(!hits(&format!("!({when})"), &features), "!({when})");
        assert!(hits(&format!("({when}) || true"), &features), "{when}");
        assert!(hits(&format!("!(({when}) && false)"), &features), "{when}");
        assert!(hits(&format!("true || ({when})"), &features), "{when}");
    }
    assert!(hits("!has(card.travel_kmh) && has(payment.amount)", &features));
}

#[test]
fn the_strongest_action_decides_and_the_first_of_equals() {
    let set = |rules: &[(&str, &str, &str)]| {
        let rules = RuleSet::compile(&file(rules)).expect("a good file");
        rules.evaluate(&sample())
    };
    let verdict = set(&[("A", "false", "decline")]);
    assert_eq!(
        (verdict.action, verdict.decisive, verdict.hits.is_empty()),
        (VerdictAction::Approve, None, true)
    );
    let verdict = set(&[("A", "true", "alert"), ("B", "true", "alert")]);
    assert_eq!((verdict.action, verdict.decisive, verdict.alert), (VerdictAction::Approve, Some(0), true));
    let verdict = set(&[("A", "true", "alert"), ("B", "true", "challenge"), ("C", "true", "challenge")]);
    assert_eq!(
        (verdict.action, verdict.decisive, verdict.challenge),
        (VerdictAction::Decline, Some(1), true)
    );
    assert!(verdict.alert);
    let verdict = set(&[("B", "true", "challenge"), ("C", "true", "decline"), ("D", "true", "decline")]);
    assert_eq!(
        (verdict.action, verdict.decisive, verdict.challenge),
        (VerdictAction::Decline, Some(1), false)
    );
    assert_eq!(verdict.hits.as_slice(), [0, 1, 2]);
    assert!(!verdict.alert);
    let ids: Vec<String> = (0..40).map(|n| format!("R{n}")).collect();
    let many: Vec<_> = ids.iter().map(|id| (id.as_str(), "true", "alert")).collect();
    let verdict = set(&many);
    assert_eq!((verdict.hits.as_slice().len(), verdict.hits.count()), (HITS_MAX, 40));
}

#[test]
fn a_version_is_the_text_and_lasts() {
    let text = "number = 3\nname = \"t\"\n";
    let rules = RuleSet::compile(text).expect("a set without rules");
    // FNV-1a of those bytes, computed by a separate program.
    assert_eq!(rules.version().to_string(), "3-52ae72eb307d2676");
    let other = RuleSet::compile(&format!("{text}\n")).expect("the same rules");
    assert_ne!(rules.version(), other.version());
}

#[test]
fn reasons_have_the_words_of_the_file() {
    for reason in Reason::ALL {
        let text = file(&[("R", "true", "alert")]).replace("velocity", reason.as_str());
        let rules = RuleSet::compile(&text).expect("a known word");
        assert_eq!(rules.rules()[0].reason, reason);
        assert_eq!(rules.rules()[0].action, RuleAction::Alert);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// Whatever the text, an answer and no panic; the place named lies in the file.
    #[test]
    fn any_text_is_a_set_or_an_error(when in "[a-z0-9_.<>=!&|+*/%()\\[\\]?:,'\" \\n-]{0,60}") {
        let text = file(&[("R", &when, "alert")]);
        match RuleSet::compile(&text) {
            Ok(rules) => { rules.evaluate(&sample()); }
            Err(error) => {
                let line = text.split('\n').nth(error.line as usize - 1);
                prop_assert!(line.is_some_and(|line| error.column as usize <= line.chars().count() + 1), "{error}");
            }
        }
    }

    /// The same, from pieces that often make sense.
    #[test]
    fn any_words_are_a_set_or_an_error(words in prop::collection::vec(prop::sample::select(&[
        "payment.amount", "card.count_24h", "payment.night", "payment.channel", "'chip'", "1", "2.5", "true", "(",
        ")", "[", "]", ",", "in", "&&", "||", "!", "-", "+", "*", "/", "%", "<", "==", "?", ":", "has", "min",
        "has(card.mean)", "//", "\n",
    ][..]), 0..30)) {
        if let Ok(rules) = RuleSet::compile(&file(&[("R", &words.join(" "), "alert")])) {
            rules.evaluate(&sample());
        }
    }

    #[test]
    fn any_file_is_a_set_or_an_error(text in "(?s).{0,200}") {
        let _ = RuleSet::compile(&text);
    }
}
