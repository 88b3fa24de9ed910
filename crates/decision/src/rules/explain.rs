//! Which comparisons made a rule hit.
//!
//! Design: walk the typed tree and ask of each part that decided the outcome what it says: both sides of a
//! true `&&`, only the true sides of a true `||`, the opposite under `!`. A comparison is told from its
//! feature's side: `3 < card.count_1h` is "card.count_1h is above 3".

use serde::{Deserialize, Serialize};

use super::eval::{BoolExpr, DoubleExpr, IntExpr, Order};
use crate::features::{Features, Slot};

/// What a contribution says of its feature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Comparison {
    /// Above the threshold.
    Above,
    /// At or above it.
    AtLeast,
    /// Below it.
    Below,
    /// At or below it.
    AtMost,
    /// Equal to it.
    Equal,
    /// Not equal to it.
    NotEqual,
    /// One of a list of numbers or words.
    OneOf,
    /// None of them.
    NoneOf,
    /// A flag that is set.
    Yes,
    /// A flag that is not set.
    No,
    /// The value is known.
    Known,
    /// The value is missing.
    Unknown,
}

/// One comparison that held.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Found {
    pub(crate) slot: Slot,
    pub(crate) comparison: Comparison,
    /// The other side; only where this side is the slot alone.
    pub(crate) threshold: Option<f64>,
}

pub(super) fn found(condition: &BoolExpr, features: &Features) -> Vec<Found> {
    let mut list = Vec::new();
    walk(condition, true, features, &mut list);
    list
}

/// Collects what made `expr` come out as `wanted`; parts that came out otherwise did not.
fn walk(expr: &BoolExpr, wanted: bool, features: &Features, list: &mut Vec<Found>) {
    if expr.eval(features) != Some(wanted) {
        return;
    }
    let mut add = |slot, comparison, threshold| list.push(Found { slot, comparison, threshold });
    match expr {
        BoolExpr::Const(_) => {}
        BoolExpr::Slot(slot) => add(*slot, if wanted { Comparison::Yes } else { Comparison::No }, None),
        BoolExpr::Has(slot) => {
            add(*slot, if wanted { Comparison::Known } else { Comparison::Unknown }, None);
        }
        BoolExpr::Not(inner) => walk(inner, !wanted, features, list),
        BoolExpr::And(pair) | BoolExpr::Or(pair) => {
            walk(&pair.0, wanted, features, list);
            walk(&pair.1, wanted, features, list);
        }
        BoolExpr::Same(_, pair) => {
            for side in [&pair.0, &pair.1] {
                if let Some(value) = side.eval(features) {
                    walk(side, value, features, list);
                }
            }
        }
        BoolExpr::Words(slot, bits) => {
            let many = bits.count_ones() > 1;
            let threshold = (!many && wanted).then(|| f64::from(bits.trailing_zeros()));
            let comparison = match (wanted, many) {
                (true, false) => Comparison::Equal,
                (true, true) => Comparison::OneOf,
                (false, _) => Comparison::NoneOf,
            };
            add(*slot, comparison, threshold);
        }
        BoolExpr::Ints(order, pair) => {
            let values = (pair.0.eval(features), pair.1.eval(features));
            let values = (values.0.map(|value| value as f64), values.1.map(|value| value as f64));
            told(*order, wanted, (int_side(&pair.0), int_side(&pair.1)), values).into_iter().for_each(
                |one| {
                    list.push(one);
                },
            );
        }
        BoolExpr::Doubles(order, pair) => {
            let values = (pair.0.eval(features), pair.1.eval(features));
            let sides = (double_side(&pair.0), double_side(&pair.1));
            told(*order, wanted, sides, values).into_iter().for_each(|one| list.push(one));
        }
        BoolExpr::IntIn(value, _) => in_list(int_side(value), wanted, list),
        BoolExpr::DoubleIn(value, _) => in_list(double_side(value), wanted, list),
        BoolExpr::Choice(parts) => {
            if let Some(test) = parts.0.eval(features) {
                walk(&parts.0, test, features, list);
                walk(if test { &parts.1 } else { &parts.2 }, wanted, features, list);
            }
        }
    }
}

fn in_list(side: Option<Side>, wanted: bool, list: &mut Vec<Found>) {
    if let Some(side) = side {
        let comparison = if wanted { Comparison::OneOf } else { Comparison::NoneOf };
        list.push(Found { slot: side.slot, comparison, threshold: None });
    }
}

/// The feature that a side of a comparison is about.
#[derive(Clone, Copy)]
struct Side {
    slot: Slot,
    alone: bool,
}

fn told(
    order: Order,
    wanted: bool,
    sides: (Option<Side>, Option<Side>),
    values: (Option<f64>, Option<f64>),
) -> Option<Found> {
    let left_first = match sides {
        (Some(left), Some(right)) => left.alone || !right.alone,
        (left, _) => left.is_some(),
    };
    let (side, other) = if left_first { (sides.0?, values.1) } else { (sides.1?, values.0) };
    let order = if wanted { order } else { opposite(order) };
    let order = if left_first { order } else { mirrored(order) };
    let comparison = match order {
        Order::Equal => Comparison::Equal,
        Order::NotEqual => Comparison::NotEqual,
        Order::Less => Comparison::Below,
        Order::AtMost => Comparison::AtMost,
        Order::More => Comparison::Above,
        Order::AtLeast => Comparison::AtLeast,
    };
    Some(Found { slot: side.slot, comparison, threshold: other.filter(|_| side.alone) })
}

fn opposite(order: Order) -> Order {
    match order {
        Order::Equal => Order::NotEqual,
        Order::NotEqual => Order::Equal,
        Order::Less => Order::AtLeast,
        Order::AtMost => Order::More,
        Order::More => Order::AtMost,
        Order::AtLeast => Order::Less,
    }
}

fn mirrored(order: Order) -> Order {
    match order {
        Order::Less => Order::More,
        Order::AtMost => Order::AtLeast,
        Order::More => Order::Less,
        Order::AtLeast => Order::AtMost,
        same => same,
    }
}

fn first(left: Option<Side>, right: Option<Side>) -> Option<Side> {
    left.or(right).map(|side| Side { alone: false, ..side })
}

fn int_side(expr: &IntExpr) -> Option<Side> {
    match expr {
        IntExpr::Const(_) => None,
        IntExpr::Slot(slot) => Some(Side { slot: *slot, alone: true }),
        IntExpr::Negative(inner) | IntExpr::Abs(inner) => first(int_side(inner), None),
        IntExpr::Pair(_, pair) => first(int_side(&pair.0), int_side(&pair.1)),
        IntExpr::Choice(parts) => first(int_side(&parts.1), int_side(&parts.2)),
        IntExpr::FromDouble(inner) => first(double_side(inner), None),
    }
}

fn double_side(expr: &DoubleExpr) -> Option<Side> {
    match expr {
        DoubleExpr::Const(_) => None,
        DoubleExpr::Slot(slot) => Some(Side { slot: *slot, alone: true }),
        // A whole number beside a double is still that number.
        DoubleExpr::FromInt(inner) => int_side(inner),
        DoubleExpr::Negative(inner) | DoubleExpr::Abs(inner) => first(double_side(inner), None),
        DoubleExpr::Pair(_, pair) => first(double_side(&pair.0), double_side(&pair.1)),
        DoubleExpr::Choice(parts) => first(double_side(&parts.1), double_side(&parts.2)),
    }
}
