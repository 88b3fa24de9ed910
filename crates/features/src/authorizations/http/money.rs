//! Amounts in the API: a decimal text or whole minor units, never a binary fraction.

use kernel::{Currency, Fault, Money};
use platform::http::problem::Problem;
use serde::{Deserialize, Serialize};

/// An amount as a caller writes it: `value` or `minor`, not both.
#[derive(Clone, Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "value": "128.50", "currency": "CNY" }))]
pub struct MoneyBody {
    /// In major units, with no more decimal places than the currency has: `128.50` CNY, `1200` JPY.
    pub value: Option<String>,
    /// In minor units: 12850 for 128.50 CNY.
    pub minor: Option<i64>,
    /// ISO 4217 code.
    #[schema(value_type = String, example = "CNY")]
    pub currency: Currency,
}

/// An amount as an answer writes it, both ways.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(example = json!({ "value": "128.50", "minor": 12850, "currency": "CNY" }))]
pub struct MoneyView {
    /// In major units.
    pub value: String,
    /// In minor units.
    pub minor: i64,
    /// ISO 4217 code.
    #[schema(value_type = String)]
    pub currency: Currency,
}

impl MoneyBody {
    /// The amount, not negative. `at` is where the body stands: `/amount`.
    pub fn money(&self, at: &str) -> Result<Money, Problem> {
        let refused = |part: &str, detail: String| {
            Problem::new(Fault::Invalid, "amount_invalid").at(format!("{at}{part}")).detail(detail)
        };
        let money = match (&self.value, self.minor) {
            (Some(text), None) => {
                Money::parse(text, self.currency).map_err(|error| refused("/value", error.to_string()))?
            }
            (None, Some(minor)) => Money::new(minor, self.currency),
            _ => return Err(refused("", "Give value or minor, one of the two.".to_owned())),
        };
        if money.minor() < 0 {
            let part = if self.minor.is_some() { "/minor" } else { "/value" };
            return Err(refused(part, "The amount is not negative.".to_owned()));
        }
        Ok(money)
    }
}

impl MoneyView {
    /// `minor` units of `currency`.
    pub fn of(minor: i64, currency: Currency) -> Self {
        Self { value: Money::new(minor, currency).to_decimal(), minor, currency }
    }
}
