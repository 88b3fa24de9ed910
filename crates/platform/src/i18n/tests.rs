//! Languages, merged sentences, figures and dates.

use super::{
    Arg, Catalogue, CatalogueError, FeatureTexts, Gap, Locale, SHELL_TEXTS, Wishes,
    dates::{Calendar, duration},
    figures::{self, MINUS},
    lang_cookie,
};
use axum::http::{HeaderMap, Uri, header};
use kernel::{Currency, DAY_US, HOUR_US, MINUTE_US, Money, Timestamp};
use proptest::prelude::*;

fn texts(zh_hans: &'static str, zh_hant: &'static str, en: &'static str) -> FeatureTexts {
    FeatureTexts { feature: "test", zh_hans, zh_hant, en }
}

fn wishes(address: &str, cookie: &str, accept: &str) -> Wishes {
    let mut headers = HeaderMap::new();
    headers.insert(header::COOKIE, cookie.parse().unwrap());
    headers.insert(header::ACCEPT_LANGUAGE, accept.parse().unwrap());
    Wishes::from_request(&address.parse::<Uri>().unwrap(), &headers)
}

#[test]
fn the_strongest_wish_wins() {
    let all = wishes("/a?x=1&lang=en", "a=b; lang=zh-Hant", "zh-CN").with_person(Some(Locale::ZhHans));
    assert_eq!(all.locale(), Locale::En);
    let cookie = wishes("/a?lang=xx", "lang=zh-Hant; a=b", "en").with_person(Some(Locale::En));
    assert_eq!(cookie.locale(), Locale::ZhHant);
    let person = wishes("/", "", "en").with_person(Some(Locale::ZhHant));
    assert_eq!(person.locale(), Locale::ZhHant);
    assert_eq!(wishes("/", "", "fr, en;q=0.4").locale(), Locale::En);
    assert_eq!(wishes("/", "", "fr").locale(), Locale::ZhHans);
    assert_eq!(wishes("/?lang=", "lang=", "").locale(), Locale::ZhHans);
}

#[test]
fn browsers_ask_in_many_ways() {
    for (header, locale) in [
        ("zh-TW,zh;q=0.9,en;q=0.8", Locale::ZhHant),
        ("zh-HK", Locale::ZhHant),
        ("zh-Hans-HK", Locale::ZhHans),
        ("zh-Hant-CN", Locale::ZhHant),
        ("en-GB,en;q=0.9,zh;q=0.8", Locale::En),
        ("en;q=0.5, zh_CN;q=0.7", Locale::ZhHans),
        ("en;q=0, zh-TW;q=0.1", Locale::ZhHant),
        ("de;q=1, EN;q=0.3, zh;q=abc", Locale::En),
        ("*", Locale::ZhHans),
    ] {
        assert_eq!(wishes("/", "", header).locale(), locale, "{header}");
    }
    assert_eq!(lang_cookie(Locale::ZhHant), "lang=zh-Hant; Path=/; Max-Age=31536000; SameSite=Lax");
}

#[test]
fn the_shell_speaks_all_three_languages() {
    let catalogue = Catalogue::try_new(&[SHELL_TEXTS]).unwrap();
    assert_eq!(catalogue.gaps(), []);
    for locale in Locale::ALL {
        let text =
            catalogue.text(locale, "shell-desk-title", &[("title", "A".into()), ("issuer", "B".into())]);
        assert!(text.contains('A') && text.contains('B') && !text.contains('$'), "{text}");
    }
    assert_eq!(catalogue.misses(), 0);
}

#[test]
fn a_missing_sentence_falls_back_and_is_counted() {
    let catalogue =
        Catalogue::try_new(&[texts("a = 甲\nb = 乙", "a = 甲方", "a = first\nc = third")]).unwrap();
    assert_eq!(catalogue.text(Locale::ZhHant, "a", &[]), "甲方");
    assert_eq!(catalogue.misses(), 0);
    assert_eq!(catalogue.text(Locale::ZhHant, "b", &[]), "乙");
    assert_eq!(catalogue.text(Locale::ZhHant, "c", &[]), "third");
    assert_eq!(catalogue.text(Locale::En, "b", &[]), "b");
    assert_eq!(catalogue.misses(), 3);
    let gap = |locale, key: &str| Gap { locale, key: key.to_owned() };
    assert_eq!(
        catalogue.gaps(),
        [gap(Locale::ZhHans, "c"), gap(Locale::ZhHant, "b"), gap(Locale::ZhHant, "c"), gap(Locale::En, "b")]
    );
}

#[test]
fn mistakes_in_texts_stop_the_start() {
    let twice = [texts("a = 1", "a = 1", "a = 1"), texts("a = 2", "b = 2", "b = 2")];
    let refused = Catalogue::try_new(&twice).err();
    assert_eq!(
        refused,
        Some(CatalogueError::Duplicate { feature: "test", locale: "zh-Hans", key: "a".to_owned() })
    );
    assert!(matches!(
        Catalogue::try_new(&[texts("a = 1\na = 2", "", "")]),
        Err(CatalogueError::Duplicate { .. })
    ));
    assert!(matches!(
        Catalogue::try_new(&[texts("", "", "a = { $x")]),
        Err(CatalogueError::Malformed { locale: "en", .. })
    ));
}

#[test]
fn sentences_take_values_and_plurals() {
    let en = "n = { $count ->\n    [one] one payment\n   *[other] { $count } payments\n }\nv = a { $x } b\n-term = x = y\nw = { -term }";
    let catalogue = Catalogue::try_new(&[texts("", "", en)]).unwrap();
    let counted = |count: i64| catalogue.text(Locale::En, "n", &[("count", count.into())]);
    assert_eq!([counted(1), counted(4_720)], ["one payment", "4,720 payments"]);
    assert_eq!(catalogue.text(Locale::En, "v", &[("x", Arg::from("<&>"))]), "a <&> b");
    assert_eq!(catalogue.text(Locale::En, "v", &[]), "a {$x} b");
    assert_eq!(catalogue.text(Locale::En, "w", &[]), "x = y");
}

#[test]
fn a_feature_may_bring_pairs() {
    let texts = FeatureTexts::from_pairs("test", &[("en", "a = A"), ("zh-Hans", "a = 甲")]);
    assert_eq!((texts.en, texts.zh_hans, texts.zh_hant), ("a = A", "a = 甲", ""));
}

#[test]
fn money_is_written_as_the_style_says() {
    let text = |minor, currency| figures::money(Money::new(minor, currency));
    assert_eq!(text(628_430, Currency::CNY), "¥6,284.30");
    assert_eq!(text(-1_250, Currency::CNY), format!("{MINUS}¥12.50"));
    assert_eq!(text(48_000, Currency::JPY), "JPY\u{a0}48,000");
    assert_eq!(text(1_234_567, Currency::KWD), "KWD\u{a0}1,234.567");
    assert_eq!(text(5, Currency::EUR), "€0.05");
    assert_eq!(text(100_000_000, Currency::USD), "$1,000,000.00");
    assert_eq!(text(i64::MIN, Currency::JPY), format!("{MINUS}JPY\u{a0}9,223,372,036,854,775,808"));
    assert_eq!(figures::money_with_plus(Money::new(12_900, Currency::CNY)), "+¥129.00");
    assert_eq!(figures::money_with_plus(Money::new(-1, Currency::CNY)), "−¥0.01");
    assert_eq!(figures::money_with_plus(Money::new(0, Currency::CNY)), "¥0.00");
    assert_eq!(figures::money_by_code(Money::new(1_500, Currency::CNY)), "CNY\u{a0}15.00");
}

#[test]
fn shares_counts_and_times_are_written_as_the_style_says() {
    assert_eq!(figures::percent(24, 25), "96.0%");
    assert_eq!(figures::percent(1, 3), "33.3%");
    assert_eq!(figures::percent(2, 3), "66.7%");
    assert_eq!(figures::percent(1_999, 2_000), "100.0%");
    assert_eq!(figures::percent(0, 0), "–");
    assert_eq!(figures::percent(u64::MAX, u64::MAX), "100.0%");
    assert_eq!(
        [0, 3, 499, 500, 38_400, 1_234_567].map(figures::milliseconds),
        ["0", "<1", "<1", "1", "38", "1,235"]
    );
    assert_eq!([0, 999, 1_000, -4_720].map(figures::count), ["0", "999", "1,000", "−4,720"]);
    assert_eq!(figures::grouped_float(-0.04, 1), "0.0");
    assert_eq!(figures::grouped_float(-1_234.56, 1), "−1,234.6");
    assert_eq!(figures::grouped_float(f64::NAN, 1), "–");
}

/// 2026-03-12T20:14:36+08:00, a Thursday.
const NOW: Timestamp = Timestamp::from_us(1_773_317_676_000_000);

fn calendars() -> [Calendar; 3] {
    Locale::ALL.map(|locale| Calendar::in_zone_named(locale, "Asia/Shanghai", NOW))
}

#[test]
fn dates_are_written_as_the_style_says() {
    let due = NOW.plus_us(13 * DAY_US);
    assert_eq!(calendars().map(|c| c.date(due)), ["3月25日（周三）", "3月25日（週三）", "Wed 25 March"]);
    assert_eq!(calendars().map(|c| c.short_date(NOW)), ["3月12日", "3月12日", "12 Mar"]);
    assert_eq!(calendars().map(|c| c.date_time(NOW)), ["3月12日 20:14", "3月12日 20:14", "12 Mar, 20:14"]);
    let past = NOW.plus_us(-100 * DAY_US);
    assert_eq!(
        calendars().map(|c| c.date(past)),
        ["2025年12月2日（周二）", "2025年12月2日（週二）", "Tue 2 December 2025"]
    );
    assert_eq!(calendars().map(|c| c.short_date(past)), ["2025年12月2日", "2025年12月2日", "2 Dec 2025"]);
    let [calendar, ..] = calendars();
    assert_eq!(calendar.time_with_seconds(NOW), "20:14:36");
    assert_eq!(calendar.machine(NOW), "2026-03-12T20:14:36+08:00");
}

#[test]
fn the_account_s_zone_decides_the_day() {
    // 20:14 in Shanghai is 12:14 in London and 01:14 of the next day in Auckland.
    let at = |zone| Calendar::in_zone_named(Locale::En, zone, NOW).date_time(NOW);
    assert_eq!(
        ["Europe/London", "Pacific/Auckland", "No/Where"].map(at),
        ["12 Mar, 12:14", "13 Mar, 01:14", "12 Mar, 12:14"]
    );
}

#[test]
fn days_have_headings() {
    let [today, yesterday, before] = [0, 1, 2].map(|days| NOW.plus_us(-days * DAY_US));
    assert_eq!(calendars().map(|c| c.day_heading(today)), ["今天", "今天", "Today"]);
    assert_eq!(
        calendars().map(|c| c.day_heading(yesterday)),
        ["昨天 3月11日", "昨天 3月11日", "Yesterday, 11 March"]
    );
    assert_eq!(
        calendars().map(|c| c.day_heading(before)),
        ["3月10日（周二）", "3月10日（週二）", "Tue 10 March"]
    );
    let midnight = NOW.plus_us(-20 * HOUR_US - 14 * MINUTE_US - 36_000_000);
    let [calendar, ..] = calendars();
    assert!(calendar.same_day(NOW, midnight));
    assert!(!calendar.same_day(NOW, midnight.plus_us(-1)));
}

#[test]
fn what_is_left_is_said_in_two_units() {
    for (us, words) in [
        (37 * HOUR_US, ["1 天 13 小时", "1 天 13 小時", "1 day 13 h"]),
        (13 * DAY_US, ["13 天", "13 天", "13 days"]),
        (61 * MINUTE_US, ["1 小时 1 分钟", "1 小時 1 分鐘", "1 h 1 min"]),
        (5 * MINUTE_US, ["5 分钟", "5 分鐘", "5 min"]),
        (-DAY_US, ["不到 1 分钟", "不到 1 分鐘", "less than 1 min"]),
    ] {
        assert_eq!(Locale::ALL.map(|locale| duration(locale, us)), words);
        assert_eq!(calendars().map(|c| c.left_until(NOW.plus_us(us))), words);
        assert_eq!(calendars().map(|c| c.passed_since(NOW.plus_us(-us))), words);
    }
}

proptest! {
    #[test]
    fn no_header_breaks_the_choice(header in "[ -~]{0,80}", cookie in "[ -~]{0,40}") {
        let _ = wishes("/?lang=zh&lang", &cookie, &header).locale();
    }

    #[test]
    fn figures_keep_every_digit(minor: i64) {
        let text = figures::money(Money::new(minor, Currency::CNY));
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        prop_assert_eq!(digits.parse::<u64>().unwrap(), minor.unsigned_abs());
        prop_assert_eq!(text.starts_with(MINUS), minor < 0);
    }

    #[test]
    fn any_instant_can_be_written(us: i64, now: i64) {
        for locale in Locale::ALL {
            let calendar = Calendar::in_zone_named(locale, "Asia/Shanghai", Timestamp::from_us(now));
            let at = Timestamp::from_us(us);
            for text in [calendar.date(at), calendar.day_heading(at), calendar.date_time(at), calendar.left_until(at)] {
                prop_assert!(!text.is_empty());
            }
        }
    }
}
