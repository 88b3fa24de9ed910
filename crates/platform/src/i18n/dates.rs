//! How dates and times are written, in the reader's language and the account's time zone.

use super::{Locale, t};
use jiff::{Zoned, civil::Weekday, tz::TimeZone};
use kernel::{DAY_US, HOUR_US, MINUTE_US, Timestamp};

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// Writes dates for one reader: language, zone and the present, against which the year is left out and
/// today and yesterday get their words.
#[derive(Clone, Debug)]
pub struct Calendar {
    locale: Locale,
    zone: TimeZone,
    now: Timestamp,
}

impl Calendar {
    /// A calendar for a reader of `locale` in `zone`, at `now`.
    pub const fn new(locale: Locale, zone: TimeZone, now: Timestamp) -> Self {
        Self { locale, zone, now }
    }

    /// The zone called `name` (such as `Asia/Shanghai`); UTC if there is none of that name.
    pub fn in_zone_named(locale: Locale, name: &str, now: Timestamp) -> Self {
        Self::new(locale, TimeZone::get(name).unwrap_or(TimeZone::UTC), now)
    }

    /// The language written.
    pub const fn locale(&self) -> Locale {
        self.locale
    }

    /// The present, as this calendar was told.
    pub const fn now(&self) -> Timestamp {
        self.now
    }

    /// `3月25日（周三）`, `3月25日（週三）`, `Wed 25 March`; with the year when it isn't this one.
    pub fn date(&self, at: Timestamp) -> String {
        let Some(at) = self.zoned(at) else { return self.unknown() };
        let (day, weekday) = (at.day(), weekday(self.locale, at.weekday()));
        match self.locale {
            Locale::En => format!("{weekday} {day} {}{}", month(at.month()), self.year_after(&at)),
            _ => format!("{}{}月{day}日（{weekday}）", self.year_before(&at), at.month()),
        }
    }

    /// `3月12日`, `12 Mar`; with the year when it isn't this one.
    pub fn short_date(&self, at: Timestamp) -> String {
        let Some(at) = self.zoned(at) else { return self.unknown() };
        let day = at.day();
        match self.locale {
            Locale::En => {
                let month = month(at.month());
                format!("{day} {}{}", month.get(..3).unwrap_or(month), self.year_after(&at))
            }
            _ => format!("{}{}月{day}日", self.year_before(&at), at.month()),
        }
    }

    /// `09:30`, 24 hours.
    pub fn time(&self, at: Timestamp) -> String {
        self.zoned(at).map_or_else(|| self.unknown(), |at| format!("{:02}:{:02}", at.hour(), at.minute()))
    }

    /// `20:14:36`.
    pub fn time_with_seconds(&self, at: Timestamp) -> String {
        let Some(at) = self.zoned(at) else { return self.unknown() };
        format!("{:02}:{:02}:{:02}", at.hour(), at.minute(), at.second())
    }

    /// `3月12日 20:14`, `12 Mar, 20:14`.
    pub fn date_time(&self, at: Timestamp) -> String {
        let between = if self.locale == Locale::En { ", " } else { " " };
        format!("{}{between}{}", self.short_date(at), self.time(at))
    }

    /// A heading over the entries of a day: `今天`, `昨天 3月11日`, `Yesterday, 11 March`, else the date.
    pub fn day_heading(&self, at: Timestamp) -> String {
        let (Some(then), Some(now)) = (self.zoned(at), self.zoned(self.now)) else { return self.unknown() };
        let yesterday = now.date().yesterday().ok();
        if then.date() == now.date() {
            t(self.locale, "shell-today", &[])
        } else if Some(then.date()) == yesterday {
            let date = match self.locale {
                Locale::En => format!("{} {}", then.day(), month(then.month())),
                _ => format!("{}月{}日", then.month(), then.day()),
            };
            t(self.locale, "shell-yesterday", &[("date", date.into())])
        } else {
            self.date(at)
        }
    }

    /// The day that a date field says (`2026-03-12`): its first moment, and the first of the next day.
    pub fn day(&self, text: &str) -> Option<(Timestamp, Timestamp)> {
        let date: jiff::civil::Date = text.parse().ok()?;
        let first = |date: jiff::civil::Date| {
            let at = date.to_zoned(self.zone.clone()).ok()?.timestamp();
            Some(Timestamp::from_us(at.as_microsecond()))
        };
        Some((first(date)?, first(date.tomorrow().ok()?)?))
    }

    /// Whether two instants fall on one day here.
    pub fn same_day(&self, one: Timestamp, other: Timestamp) -> bool {
        match (self.zoned(one), self.zoned(other)) {
            (Some(one), Some(other)) => one.date() == other.date(),
            _ => false,
        }
    }

    /// For `datetime` attributes: `2026-03-12T20:14:36+08:00`.
    pub fn machine(&self, at: Timestamp) -> String {
        self.zoned(at).map(|at| at.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()).unwrap_or_default()
    }

    /// How long from now until `at`, in its two largest units: `1 天 13 小时`, `1 day 13 h`; under a minute
    /// and what has passed is `不到 1 分钟`, `less than 1 min`.
    pub fn left_until(&self, at: Timestamp) -> String {
        duration(self.locale, at.since_us(self.now))
    }

    /// How long ago `at` was, written like [`Calendar::left_until`].
    pub fn passed_since(&self, at: Timestamp) -> String {
        duration(self.locale, self.now.since_us(at))
    }

    fn zoned(&self, at: Timestamp) -> Option<Zoned> {
        at.to_jiff().map(|at| at.to_zoned(self.zone.clone()))
    }

    fn is_this_year(&self, at: &Zoned) -> bool {
        self.zoned(self.now).is_some_and(|now| now.year() == at.year())
    }

    fn year_before(&self, at: &Zoned) -> String {
        if self.is_this_year(at) { String::new() } else { format!("{}年", at.year()) }
    }

    fn year_after(&self, at: &Zoned) -> String {
        if self.is_this_year(at) { String::new() } else { format!(" {}", at.year()) }
    }

    fn unknown(&self) -> String {
        "–".to_owned()
    }
}

/// A length of time in its two largest units of days, hours and minutes.
pub fn duration(locale: Locale, us: i64) -> String {
    let (days, hours, minutes) = (us / DAY_US, us % DAY_US / HOUR_US, us % HOUR_US / MINUTE_US);
    let word = |key: &str, count: i64| t(locale, key, &[("count", count.into())]);
    let (first, second) = if us < MINUTE_US {
        return t(locale, "shell-under-a-minute", &[]);
    } else if days > 0 {
        (word("shell-days", days), (hours > 0).then(|| word("shell-hours", hours)))
    } else if hours > 0 {
        (word("shell-hours", hours), (minutes > 0).then(|| word("shell-minutes", minutes)))
    } else {
        (word("shell-minutes", minutes), None)
    };
    second.map_or(first.clone(), |second| format!("{first} {second}"))
}

fn month(number: i8) -> &'static str {
    usize::try_from(number - 1).ok().and_then(|at| MONTHS.get(at)).copied().unwrap_or("–")
}

fn weekday(locale: Locale, day: Weekday) -> &'static str {
    let [hans, hant, en] = match day {
        Weekday::Monday => ["周一", "週一", "Mon"],
        Weekday::Tuesday => ["周二", "週二", "Tue"],
        Weekday::Wednesday => ["周三", "週三", "Wed"],
        Weekday::Thursday => ["周四", "週四", "Thu"],
        Weekday::Friday => ["周五", "週五", "Fri"],
        Weekday::Saturday => ["周六", "週六", "Sat"],
        Weekday::Sunday => ["周日", "週日", "Sun"],
    };
    match locale {
        Locale::ZhHans => hans,
        Locale::ZhHant => hant,
        Locale::En => en,
    }
}
