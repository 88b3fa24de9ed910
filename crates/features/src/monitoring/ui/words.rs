//! Words that several parts share.

use super::super::{
    model::{Alert, AlertKind, Place, Range},
    service::PlaceName,
};
use kernel::{StaffId, Timestamp};
use platform::i18n::{
    Arg, Locale,
    dates::Calendar,
    figures::{count, grouped_float, milliseconds},
    t,
};
use std::collections::HashMap;

/// What words need: language, calendar, and names that are data.
pub struct Words<'a> {
    /// The language.
    pub locale: Locale,
    /// Dates and times for the reader.
    pub calendar: Calendar,
    /// Names of rules by their id.
    pub rules: HashMap<String, String>,
    /// Names of colleagues.
    pub staff: HashMap<StaffId, String>,
    /// Names of cities.
    pub cities: &'a HashMap<String, PlaceName>,
    /// Names of merchant classes.
    pub classes: &'a HashMap<u16, PlaceName>,
}

impl Words<'_> {
    /// The sentence of a key.
    pub fn t(&self, key: &str) -> String {
        t(self.locale, key, &[])
    }

    /// The sentence of a key with its values.
    pub fn with(&self, key: &str, args: &[(&str, Arg<'_>)]) -> String {
        t(self.locale, key, args)
    }

    /// `1 h`.
    pub fn range(&self, range: Range) -> String {
        self.t(&format!("monitoring-range-{}", range.word()))
    }

    /// The same in a sentence: `1 hour`.
    pub fn span(&self, range: Range) -> String {
        self.t(&format!("monitoring-span-{}", range.word()))
    }

    /// A share as `3.1%`.
    pub fn share(&self, share: f64) -> String {
        format!("{}%", grouped_float(share * 100.0, 1))
    }

    /// Thousandths as `3.1%`.
    pub fn thousandths(&self, thousandths: i64) -> String {
        format!("{}.{}%", count(thousandths / 10), (thousandths % 10).abs())
    }

    /// A rate: whole from ten on, else with one decimal.
    pub fn rate(&self, per: f64) -> String {
        grouped_float(per, if per >= 10.0 || per == 0.0 { 0 } else { 1 })
    }

    /// Microseconds as whole milliseconds.
    pub fn ms(&self, us: u64) -> String {
        milliseconds(us)
    }

    /// The time alone today, with the date on other days.
    pub fn time(&self, at: Timestamp) -> String {
        if self.calendar.same_day(at, self.calendar.now()) {
            self.calendar.time(at)
        } else {
            self.calendar.date_time(at)
        }
    }

    /// A place.
    pub fn place(&self, place: &Place) -> String {
        match place {
            Place::OnlineHome => self.t("monitoring-place-online-home"),
            Place::OnlineAbroad => self.t("monitoring-place-online-abroad"),
            Place::Other => self.t("monitoring-place-other"),
            Place::City { city, .. } => self
                .cities
                .get(city)
                .map_or_else(|| city.clone(), |name| name.in_locale(self.locale).to_owned()),
        }
    }

    /// A merchant class (ISO 18245).
    pub fn class(&self, class: u16) -> String {
        match self.classes.get(&class) {
            Some(name) => name.in_locale(self.locale).to_owned(),
            None if class == 0 => self.t("monitoring-class-other"),
            None => format!("{class:04}"),
        }
    }

    /// A rule's name, or its id where it has none.
    pub fn rule(&self, id: &str) -> String {
        self.rules.get(id).cloned().unwrap_or_else(|| id.to_owned())
    }

    /// A reason of rules, in the word of rule files.
    pub fn reason(&self, word: &str) -> String {
        self.t(&format!("monitoring-reason-{}", if word.is_empty() { "none" } else { word }))
    }

    /// A merchant's name.
    pub fn merchant(&self, name: &str) -> String {
        if name.is_empty() { self.t("monitoring-alert-unnamed") } else { name.to_owned() }
    }

    /// What an alert says in one line.
    pub fn alert_title(&self, alert: &Alert) -> String {
        let (reason, merchant) = (self.reason(&alert.reason), self.merchant(&alert.merchant));
        match alert.kind {
            AlertKind::Merchant => self.with(
                "monitoring-alert-merchant",
                &[("reason", reason.into()), ("count", alert.count.into()), ("merchant", merchant.into())],
            ),
            AlertKind::Account if alert.count > 1 => self.with(
                "monitoring-alert-account-many",
                &[("reason", reason.into()), ("count", alert.count.into())],
            ),
            AlertKind::Account => self.with(
                "monitoring-alert-account",
                &[("reason", reason.into()), ("merchant", merchant.into())],
            ),
            AlertKind::Latency => {
                let worst = self.ms(alert.worst.unsigned_abs());
                self.with("monitoring-alert-latency", &[("worst", worst.into())])
            }
            AlertKind::Declines => {
                let worst = self.thousandths(alert.worst);
                self.with("monitoring-alert-declines", &[("worst", worst.into())])
            }
            AlertKind::Range => {
                let (first, last) = (alert.bound / 10_000, alert.bound % 10_000);
                let range = format!("{first:04} {last:04}");
                self.with("monitoring-alert-range", &[("range", range.into())])
            }
        }
    }

    /// What else there is to say about it.
    pub fn alert_text(&self, alert: &Alert) -> String {
        let figure =
            |key, bound: String| self.with(key, &[("bound", bound.into()), ("count", alert.count.into())]);
        match alert.kind {
            AlertKind::Latency => {
                figure("monitoring-alert-text-latency", self.ms(alert.bound.unsigned_abs()))
            }
            AlertKind::Declines => figure("monitoring-alert-text-declines", self.thousandths(alert.bound)),
            AlertKind::Range => figure("monitoring-alert-text-range", count(alert.worst)),
            AlertKind::Merchant | AlertKind::Account => self.payments_text(alert),
        }
    }

    fn payments_text(&self, alert: &Alert) -> String {
        let mut parts = Vec::new();
        if !alert.rule.is_empty() {
            let rule = self.rule(&alert.rule);
            parts.push(self.with("monitoring-alert-text-rule", &[("rule", rule.into())]));
        }
        parts.push(match alert.passed {
            0 => self.t("monitoring-alert-text-stopped"),
            passed => self.with("monitoring-alert-text-passed", &[("count", passed.into())]),
        });
        if alert.count > 1 {
            let time = self.time(alert.last_at);
            parts.push(self.with("monitoring-alert-text-last", &[("time", time.into())]));
        }
        parts.join(if self.locale == Locale::En { " " } else { "" })
    }

    /// Who has it.
    pub fn owner(&self, alert: &Alert) -> String {
        let name = alert.assigned.and_then(|id| self.staff.get(&id));
        match name {
            Some(name) => self.with("monitoring-alert-owner", &[("name", name.into())]),
            None => self.t("monitoring-alert-nobody"),
        }
    }
}

impl PlaceName {
    /// The name in a language.
    pub fn in_locale(&self, locale: Locale) -> &str {
        match locale {
            Locale::ZhHans => &self.zh_hans,
            Locale::ZhHant => &self.zh_hant,
            Locale::En => &self.en,
        }
    }
}
