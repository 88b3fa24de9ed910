//! The typed tree and its evaluation.
//!
//! Design: one enum per type, so a sum of truth values cannot be written down, let alone run. `None` is the
//! third value: a missing slot, a division by zero, an overflow, a result that is not finite.
//!
//! Why safe: the tree's depth is bounded by the parser; arithmetic is checked; nothing allocates.

use crate::features::{Features, Slot};

/// 2^63. A double of this size or more has no whole number of 64 bits.
const INT_LIMIT: f64 = (1_u64 << 63) as f64;

/// A comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    Equal,
    NotEqual,
    Less,
    AtMost,
    More,
    AtLeast,
}

impl Order {
    fn holds<T: PartialOrd>(self, left: T, right: T) -> bool {
        match self {
            Self::Equal => left == right,
            Self::NotEqual => left != right,
            Self::Less => left < right,
            Self::AtMost => left <= right,
            Self::More => left > right,
            Self::AtLeast => left >= right,
        }
    }
}

/// Arithmetic of two values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
    Min,
    Max,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum BoolExpr {
    Const(bool),
    Slot(Slot),
    Has(Slot),
    Not(Box<BoolExpr>),
    And(Box<(BoolExpr, BoolExpr)>),
    Or(Box<(BoolExpr, BoolExpr)>),
    Same(bool, Box<(BoolExpr, BoolExpr)>),
    Ints(Order, Box<(IntExpr, IntExpr)>),
    Doubles(Order, Box<(DoubleExpr, DoubleExpr)>),
    /// The slot's word is among those whose bits are set.
    Words(Slot, u64),
    IntIn(Box<IntExpr>, Box<[i64]>),
    DoubleIn(Box<DoubleExpr>, Box<[f64]>),
    Choice(Box<(BoolExpr, BoolExpr, BoolExpr)>),
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum IntExpr {
    Const(i64),
    Slot(Slot),
    Negative(Box<IntExpr>),
    Abs(Box<IntExpr>),
    Pair(Arithmetic, Box<(IntExpr, IntExpr)>),
    Choice(Box<(BoolExpr, IntExpr, IntExpr)>),
    /// Towards zero.
    FromDouble(Box<DoubleExpr>),
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum DoubleExpr {
    Const(f64),
    Slot(Slot),
    FromInt(Box<IntExpr>),
    Negative(Box<DoubleExpr>),
    Abs(Box<DoubleExpr>),
    Pair(Arithmetic, Box<(DoubleExpr, DoubleExpr)>),
    Choice(Box<(BoolExpr, DoubleExpr, DoubleExpr)>),
}

impl BoolExpr {
    pub(super) fn eval(&self, features: &Features) -> Option<bool> {
        match self {
            Self::Const(value) => Some(*value),
            Self::Slot(slot) => features.get(*slot).map(|value| value != 0.0),
            Self::Has(slot) => Some(features.get(*slot).is_some()),
            Self::Not(inner) => inner.eval(features).map(|value| !value),
            Self::And(pair) => match (pair.0.eval(features), &pair.1) {
                (Some(false), _) => Some(false),
                (Some(true), right) => right.eval(features),
                // Unknown, unless the other side settles it.
                (None, right) => right.eval(features).filter(|value| !*value),
            },
            Self::Or(pair) => match (pair.0.eval(features), &pair.1) {
                (Some(true), _) => Some(true),
                (Some(false), right) => right.eval(features),
                (None, right) => right.eval(features).filter(|value| *value),
            },
            Self::Same(same, pair) => Some((pair.0.eval(features)? == pair.1.eval(features)?) == *same),
            Self::Ints(order, pair) => Some(order.holds(pair.0.eval(features)?, pair.1.eval(features)?)),
            Self::Doubles(order, pair) => Some(order.holds(pair.0.eval(features)?, pair.1.eval(features)?)),
            Self::Words(slot, words) => {
                let word = features.get(*slot)?;
                Some(words.checked_shr(word as u32).unwrap_or(0) & 1 == 1)
            }
            Self::IntIn(value, list) => Some(list.contains(&value.eval(features)?)),
            Self::DoubleIn(value, list) => Some(list.contains(&value.eval(features)?)),
            Self::Choice(parts) => {
                if parts.0.eval(features)? {
                    parts.1.eval(features)
                } else {
                    parts.2.eval(features)
                }
            }
        }
    }
}

impl IntExpr {
    pub(super) fn eval(&self, features: &Features) -> Option<i64> {
        match self {
            Self::Const(value) => Some(*value),
            Self::Slot(slot) => features.get(*slot).map(|value| value as i64),
            Self::Negative(inner) => inner.eval(features)?.checked_neg(),
            Self::Abs(inner) => inner.eval(features)?.checked_abs(),
            Self::Pair(op, pair) => {
                let (left, right) = (pair.0.eval(features)?, pair.1.eval(features)?);
                match op {
                    Arithmetic::Add => left.checked_add(right),
                    Arithmetic::Subtract => left.checked_sub(right),
                    Arithmetic::Multiply => left.checked_mul(right),
                    Arithmetic::Divide => left.checked_div(right),
                    Arithmetic::Remainder => left.checked_rem(right),
                    Arithmetic::Min => Some(left.min(right)),
                    Arithmetic::Max => Some(left.max(right)),
                }
            }
            Self::Choice(parts) => {
                if parts.0.eval(features)? {
                    parts.1.eval(features)
                } else {
                    parts.2.eval(features)
                }
            }
            Self::FromDouble(inner) => {
                let value = inner.eval(features)?;
                // 2^63 is a double, i64::MAX is not: both ends are open, as in CEL.
                (value.abs() < INT_LIMIT).then_some(value as i64)
            }
        }
    }
}

impl DoubleExpr {
    pub(super) fn eval(&self, features: &Features) -> Option<f64> {
        match self {
            Self::Const(value) => Some(*value),
            Self::Slot(slot) => features.get(*slot),
            Self::FromInt(inner) => inner.eval(features).map(|value| value as f64),
            Self::Negative(inner) => inner.eval(features).map(|value| -value),
            Self::Abs(inner) => inner.eval(features).map(f64::abs),
            Self::Pair(op, pair) => {
                let (left, right) = (pair.0.eval(features)?, pair.1.eval(features)?);
                let value = match op {
                    Arithmetic::Add => left + right,
                    Arithmetic::Subtract => left - right,
                    Arithmetic::Multiply => left * right,
                    Arithmetic::Divide => left / right,
                    Arithmetic::Remainder => left % right,
                    Arithmetic::Min => left.min(right),
                    Arithmetic::Max => left.max(right),
                };
                value.is_finite().then_some(value)
            }
            Self::Choice(parts) => {
                if parts.0.eval(features)? {
                    parts.1.eval(features)
                } else {
                    parts.2.eval(features)
                }
            }
        }
    }
}
