//! Types and names of a condition.
//!
//! Design: one walk from the parser's tree to the typed tree of `eval`. A whole number beside a double becomes
//! a double, which CEL would refuse in arithmetic; everything else follows CEL. A word is checked against the
//! closed set of the slot it is compared with, so a misspelt channel is a mistake here and not a rule that
//! never hits.

use super::error::Fault;
use super::eval::{Arithmetic, BoolExpr, DoubleExpr, IntExpr, Order};
use super::parse::{BinaryOp, Expr, Node};
use crate::features::{FEATURES, FeatureKind, Slot};

/// A checked tree with its type.
enum Typed {
    Bool(BoolExpr),
    Int(IntExpr),
    Double(DoubleExpr),
    /// A slot of words.
    Words(Slot, &'static [&'static str]),
    /// A word in quotes.
    Word(String),
}

impl Typed {
    fn kind(&self) -> &'static str {
        match self {
            Self::Bool(_) => "true or false",
            Self::Int(_) => "a whole number",
            Self::Double(_) => "a number",
            Self::Words(..) | Self::Word(_) => "a word",
        }
    }
}

/// The condition as a typed tree.
pub(super) fn check(expr: &Expr) -> Result<BoolExpr, Fault> {
    bool_of(expr)
}

fn bool_of(expr: &Expr) -> Result<BoolExpr, Fault> {
    match typed(expr)? {
        Typed::Bool(inner) => Ok(inner),
        other => Err(Fault::new(
            expr.at,
            format!("expected true or false, found {}", other.kind()),
            "compare it with something, like `> 3`",
        )),
    }
}

fn typed(expr: &Expr) -> Result<Typed, Fault> {
    match &expr.node {
        Node::Bool(value) => Ok(Typed::Bool(BoolExpr::Const(*value))),
        Node::Int(value) => Ok(Typed::Int(IntExpr::Const(*value))),
        Node::Double(value) => Ok(Typed::Double(DoubleExpr::Const(*value))),
        Node::Text(value) => Ok(Typed::Word(value.clone())),
        Node::Name(name) => slot_of(expr.at, name).map(slot_value),
        Node::Not(inner) => Ok(Typed::Bool(BoolExpr::Not(Box::new(bool_of(inner)?)))),
        Node::Negative(inner) => negative(inner),
        Node::Binary(op, pair) => binary(expr, *op, &pair.0, &pair.1),
        Node::In(value, list) => within(value, list),
        Node::Choice(parts) => choice(&parts.0, &parts.1, &parts.2),
        Node::Call(name, args) => call(expr.at, name, args),
    }
}

fn slot_of(at: usize, name: &str) -> Result<Slot, Fault> {
    Slot::by_name(name).ok_or_else(|| {
        let near = FEATURES.iter().map(|def| (distance(def.name, name), def.name)).min();
        let help = match near {
            Some((steps, near)) if steps <= 4 => format!("did you mean `{near}`?"),
            _ => "the names are listed in docs/reference/rules.md".to_owned(),
        };
        Fault::new(at, format!("`{name}` is not a known name"), help)
    })
}

fn slot_value(slot: Slot) -> Typed {
    match slot.def().kind {
        FeatureKind::Int => Typed::Int(IntExpr::Slot(slot)),
        FeatureKind::Money | FeatureKind::Double => Typed::Double(DoubleExpr::Slot(slot)),
        FeatureKind::Bool => Typed::Bool(BoolExpr::Slot(slot)),
        FeatureKind::Text(words) => Typed::Words(slot, words),
    }
}

/// Edit distance, for suggestions.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().take(64).collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (line, from) in left.chars().enumerate() {
        let mut corner = line;
        let mut before = line + 1;
        if let Some(first) = row.first_mut() {
            *first = before;
        }
        for (cell, to) in row.iter_mut().skip(1).zip(&right) {
            let swapped = corner + usize::from(from != *to);
            corner = *cell;
            *cell = swapped.min(before + 1).min(corner + 1);
            before = *cell;
        }
    }
    row.last().copied().unwrap_or(usize::MAX)
}

fn negative(inner: &Expr) -> Result<Typed, Fault> {
    match typed(inner)? {
        // Folded, so that `-5` is a constant in lists.
        Typed::Int(IntExpr::Const(value)) => Ok(Typed::Int(IntExpr::Const(-value))),
        Typed::Double(DoubleExpr::Const(value)) => Ok(Typed::Double(DoubleExpr::Const(-value))),
        Typed::Int(value) => Ok(Typed::Int(IntExpr::Negative(Box::new(value)))),
        Typed::Double(value) => Ok(Typed::Double(DoubleExpr::Negative(Box::new(value)))),
        other => {
            Err(Fault::new(inner.at, format!("`-` needs a number, found {}", other.kind()), "remove it"))
        }
    }
}

/// Two numbers of one type.
enum Numbers {
    Ints(IntExpr, IntExpr),
    Doubles(DoubleExpr, DoubleExpr),
}

fn to_double(value: IntExpr) -> DoubleExpr {
    match value {
        IntExpr::Const(value) => DoubleExpr::Const(value as f64),
        other => DoubleExpr::FromInt(Box::new(other)),
    }
}

/// Whole numbers stay whole only among themselves.
fn numbers(left: Typed, right: Typed) -> Option<Numbers> {
    match (left, right) {
        (Typed::Int(left), Typed::Int(right)) => Some(Numbers::Ints(left, right)),
        (Typed::Int(left), Typed::Double(right)) => Some(Numbers::Doubles(to_double(left), right)),
        (Typed::Double(left), Typed::Int(right)) => Some(Numbers::Doubles(left, to_double(right))),
        (Typed::Double(left), Typed::Double(right)) => Some(Numbers::Doubles(left, right)),
        _ => None,
    }
}

fn binary(expr: &Expr, op: BinaryOp, left: &Expr, right: &Expr) -> Result<Typed, Fault> {
    match op {
        BinaryOp::And => Ok(Typed::Bool(BoolExpr::And(Box::new((bool_of(left)?, bool_of(right)?))))),
        BinaryOp::Or => Ok(Typed::Bool(BoolExpr::Or(Box::new((bool_of(left)?, bool_of(right)?))))),
        BinaryOp::Equal => compare(expr, Order::Equal, left, right),
        BinaryOp::NotEqual => compare(expr, Order::NotEqual, left, right),
        BinaryOp::Less => compare(expr, Order::Less, left, right),
        BinaryOp::AtMost => compare(expr, Order::AtMost, left, right),
        BinaryOp::More => compare(expr, Order::More, left, right),
        BinaryOp::AtLeast => compare(expr, Order::AtLeast, left, right),
        BinaryOp::Add => arithmetic(expr, Arithmetic::Add, left, right),
        BinaryOp::Subtract => arithmetic(expr, Arithmetic::Subtract, left, right),
        BinaryOp::Multiply => arithmetic(expr, Arithmetic::Multiply, left, right),
        BinaryOp::Divide => arithmetic(expr, Arithmetic::Divide, left, right),
        BinaryOp::Remainder => arithmetic(expr, Arithmetic::Remainder, left, right),
    }
}

fn arithmetic(expr: &Expr, op: Arithmetic, left: &Expr, right: &Expr) -> Result<Typed, Fault> {
    let (left, right) = (typed(left)?, typed(right)?);
    let kinds = format!("this joins {} and {}", left.kind(), right.kind());
    match numbers(left, right) {
        Some(Numbers::Ints(left, right)) => Ok(Typed::Int(IntExpr::Pair(op, Box::new((left, right))))),
        Some(Numbers::Doubles(..)) if op == Arithmetic::Remainder => {
            Err(Fault::new(expr.at, "`%` needs two whole numbers", "wrap the other one in int(...)"))
        }
        Some(Numbers::Doubles(left, right)) => {
            Ok(Typed::Double(DoubleExpr::Pair(op, Box::new((left, right)))))
        }
        None => Err(Fault::new(expr.at, kinds, "arithmetic needs two numbers")),
    }
}

fn compare(expr: &Expr, order: Order, left: &Expr, right: &Expr) -> Result<Typed, Fault> {
    let only_equality = matches!(order, Order::Equal | Order::NotEqual);
    let (left_at, right_at) = (left.at, right.at);
    let (left, right) = (typed(left)?, typed(right)?);
    let same = order == Order::Equal;
    let kinds = format!("this compares {} with {}", left.kind(), right.kind());
    let compared = match (left, right) {
        (Typed::Bool(left), Typed::Bool(right)) if only_equality => {
            BoolExpr::Same(same, Box::new((left, right)))
        }
        (Typed::Words(slot, words), Typed::Word(word)) if only_equality => {
            words_of(slot, words, &[(right_at, word)], same)?
        }
        (Typed::Word(word), Typed::Words(slot, words)) if only_equality => {
            words_of(slot, words, &[(left_at, word)], same)?
        }
        (left, right) => match numbers(left, right) {
            Some(Numbers::Ints(left, right)) => BoolExpr::Ints(order, Box::new((left, right))),
            Some(Numbers::Doubles(left, right)) => BoolExpr::Doubles(order, Box::new((left, right))),
            None => {
                let help = "numbers compare with numbers; words and flags only by == and !=, a word name with \
                            a word in quotes";
                return Err(Fault::new(expr.at, kinds, help));
            }
        },
    };
    Ok(Typed::Bool(compared))
}

/// `slot` is (or, with `wanted` false, is not) one of the words in quotes.
fn words_of(
    slot: Slot,
    words: &'static [&'static str],
    listed: &[(usize, String)],
    wanted: bool,
) -> Result<BoolExpr, Fault> {
    let mut bits = 0_u64;
    for (at, word) in listed {
        let place = words.iter().position(|known| known == word).ok_or_else(|| {
            let help = format!("it is one of {}", words.join(", "));
            Fault::new(*at, format!("{} is never \"{word}\"", slot.def().name), help)
        })?;
        bits |= 1 << place;
    }
    if !wanted {
        bits = !bits & ((1 << words.len()) - 1);
    }
    Ok(BoolExpr::Words(slot, bits))
}

fn within(value: &Expr, list: &[Expr]) -> Result<Typed, Fault> {
    let mut ints = Vec::new();
    let mut doubles = Vec::new();
    let mut words = Vec::new();
    for item in list {
        match typed(item)? {
            Typed::Int(IntExpr::Const(number)) => {
                ints.push(number);
                doubles.push(number as f64);
            }
            Typed::Double(DoubleExpr::Const(number)) => doubles.push(number),
            Typed::Word(word) => words.push((item.at, word)),
            _ => {
                let help = "a list holds numbers or words in quotes";
                return Err(Fault::new(item.at, "this is not a constant", help));
            }
        }
    }
    let tested = match typed(value)? {
        Typed::Words(slot, known) if doubles.is_empty() => words_of(slot, known, &words, true)?,
        Typed::Int(value) if words.is_empty() && ints.len() == doubles.len() => {
            BoolExpr::IntIn(Box::new(value), ints.into())
        }
        Typed::Int(value) if words.is_empty() => {
            BoolExpr::DoubleIn(Box::new(to_double(value)), doubles.into())
        }
        Typed::Double(value) if words.is_empty() => BoolExpr::DoubleIn(Box::new(value), doubles.into()),
        other => {
            let problem = format!("the list does not hold {}", other.kind());
            return Err(Fault::new(value.at, problem, "a list holds what is looked for, all of one type"));
        }
    };
    Ok(Typed::Bool(tested))
}

fn choice(test: &Expr, then: &Expr, other: &Expr) -> Result<Typed, Fault> {
    let condition = bool_of(test)?;
    let (left, right) = (typed(then)?, typed(other)?);
    let kinds = format!("the two values are {} and {}", left.kind(), right.kind());
    if let (Typed::Bool(left), Typed::Bool(right)) = (&left, &right) {
        let parts = (condition, left.clone(), right.clone());
        return Ok(Typed::Bool(BoolExpr::Choice(Box::new(parts))));
    }
    match numbers(left, right) {
        Some(Numbers::Ints(left, right)) => {
            Ok(Typed::Int(IntExpr::Choice(Box::new((condition, left, right)))))
        }
        Some(Numbers::Doubles(left, right)) => {
            Ok(Typed::Double(DoubleExpr::Choice(Box::new((condition, left, right)))))
        }
        None => Err(Fault::new(then.at, kinds, "both must be numbers, or both true or false")),
    }
}

fn call(at: usize, name: &str, args: &[Expr]) -> Result<Typed, Fault> {
    match (name, args) {
        ("has", [Expr { at, node: Node::Name(name), .. }]) => {
            Ok(Typed::Bool(BoolExpr::Has(slot_of(*at, name)?)))
        }
        ("abs", [arg]) => match typed(arg)? {
            Typed::Int(value) => Ok(Typed::Int(IntExpr::Abs(Box::new(value)))),
            Typed::Double(value) => Ok(Typed::Double(DoubleExpr::Abs(Box::new(value)))),
            other => Err(needs_number(arg.at, name, &other)),
        },
        ("double", [arg]) => match typed(arg)? {
            Typed::Int(value) => Ok(Typed::Double(to_double(value))),
            Typed::Double(value) => Ok(Typed::Double(value)),
            other => Err(needs_number(arg.at, name, &other)),
        },
        ("int", [arg]) => match typed(arg)? {
            Typed::Int(value) => Ok(Typed::Int(value)),
            Typed::Double(value) => Ok(Typed::Int(IntExpr::FromDouble(Box::new(value)))),
            other => Err(needs_number(arg.at, name, &other)),
        },
        ("min", [left, right]) => extreme(at, Arithmetic::Min, left, right),
        ("max", [left, right]) => extreme(at, Arithmetic::Max, left, right),
        _ => {
            let problem = format!("`{name}` with {} values is no function", args.len());
            let help = "the functions are has(name), abs(x), min(x, y), max(x, y), int(x), double(x)";
            Err(Fault::new(at, problem, help))
        }
    }
}

fn needs_number(at: usize, name: &str, found: &Typed) -> Fault {
    Fault::new(at, format!("{name} needs a number, found {}", found.kind()), "give it a number")
}

fn extreme(at: usize, op: Arithmetic, left: &Expr, right: &Expr) -> Result<Typed, Fault> {
    match numbers(typed(left)?, typed(right)?) {
        Some(Numbers::Ints(left, right)) => Ok(Typed::Int(IntExpr::Pair(op, Box::new((left, right))))),
        Some(Numbers::Doubles(left, right)) => {
            Ok(Typed::Double(DoubleExpr::Pair(op, Box::new((left, right)))))
        }
        None => Err(Fault::new(at, "min and max need two numbers", "give them two numbers")),
    }
}
