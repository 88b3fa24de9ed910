//! Markup: strict about the content policy, whole in every language, robust in what it draws.

use super::{
    AppPage, Banner, DeskPage, Icon, NavItem, PlainPage, Theme, app_page,
    charts::{
        Budget, Line, LineChart, LineStyle, Mark, Pattern, StackedBars, StackedSeries, line_chart, share_bar,
        spark, stacked_bars,
    },
    components::{AmountState, LimitBar, Tone, amount, limit_bar},
    desk_page, gallery_page, plain_page, query_with, theme_cookie,
};
use crate::i18n::Locale;
use axum::http::{HeaderMap, Uri, header};
use kernel::{Currency, Money};
use maud::{Markup, html};
use proptest::prelude::*;

fn nav() -> Vec<NavItem> {
    let item = |label: &str, count, current| NavItem {
        href: "/desk/live".to_owned(),
        icon: Icon::Pulse,
        label: label.to_owned(),
        count,
        current,
    };
    vec![item("<b>", 0, true), item("B", 7, false)]
}

fn pages(locale: Locale, theme: Theme, main: &Markup) -> [String; 4] {
    let (nav, issuer, title, address) = (nav(), "A & B", "<i>", "/desk?lang=en&x=\"");
    let banner = Banner { demo: true, clock_moved_to: Some("20:14".to_owned()) };
    let (banner, main) = (Some(&banner), main.clone());
    let none = || html! {};
    let desk = DeskPage {
        locale,
        theme,
        issuer,
        title,
        address,
        nav: &nav,
        banner,
        beside: none(),
        tools: none(),
        account: none(),
        main: main.clone(),
    };
    let app = AppPage {
        locale,
        theme,
        issuer,
        title,
        address,
        home: "/",
        nav: &nav,
        banner,
        tools: none(),
        main: main.clone(),
    };
    let plain = PlainPage { locale, theme, issuer, title, address, banner, main };
    let gallery = gallery_page(locale, theme, "/desk/gallery");
    [desk_page(&desk), app_page(&app), plain_page(&plain), gallery].map(maud::PreEscaped::into_string)
}

#[test]
fn every_page_keeps_to_the_content_policy() {
    for locale in Locale::ALL {
        for page in pages(locale, Theme::Dark, &super::gallery(locale)) {
            assert!(!page.contains(" style="), "an inline style");
            assert!(!page.contains("<style"), "an inline sheet");
            assert!(!page.contains("javascript:"), "a script in an address");
            assert!(
                !page.contains("http://") || page.matches("http://").all(|_| page.contains("www.w3.org"))
            );
            let handlers = [" onclick=", " onload=", " onsubmit=", " onerror=", " oninput="];
            assert!(handlers.iter().all(|handler| !page.contains(handler)), "an inline handler");
            assert_eq!(page.matches("<script").count(), 1);
            assert!(page.contains("<script type=\"module\" src=\"/assets/"));
        }
    }
}

#[test]
fn every_page_has_its_landmarks_language_and_skip_link() {
    for locale in Locale::ALL {
        for page in pages(locale, Theme::System, &html! { p { "x" } }) {
            assert!(page.starts_with("<!DOCTYPE html>"));
            assert!(page.contains(&format!("<html lang=\"{}\"", locale.tag())));
            assert!(!page.contains("data-theme"));
            assert_eq!(page.matches("<main ").count(), 1);
            assert!(page.contains("class=\"skip vh\" href=\"#main\""));
            for other in Locale::ALL.into_iter().filter(|other| *other != locale) {
                assert!(page.contains(&format!("hreflang=\"{}\"", other.tag())), "no way to {other:?}");
            }
        }
    }
}

#[test]
fn ids_are_unique_and_what_refers_to_them_exists() {
    for page in pages(Locale::En, Theme::Light, &super::gallery(Locale::En)) {
        let values = |attribute: &str| -> Vec<String> {
            let opening = format!(" {attribute}=\"");
            let parts = page.split(opening.as_str()).skip(1);
            parts.map(|rest| rest.split('"').next().unwrap_or_default().to_owned()).collect()
        };
        let ids = values("id");
        let unique: std::collections::BTreeSet<_> = ids.iter().collect();
        assert_eq!(unique.len(), ids.len(), "an id is there twice");
        for attribute in ["aria-labelledby", "aria-describedby", "popovertarget", "for"] {
            for value in values(attribute) {
                assert!(unique.contains(&value), "{attribute}={value} leads nowhere");
            }
        }
        for icon in page.split("<use href=\"#").skip(1) {
            let id = icon.split('"').next().unwrap().to_owned();
            assert!(unique.contains(&id), "the icon {id} is not in the page");
        }
    }
}

#[test]
fn texts_are_escaped() {
    let [desk, app, plain, _] = pages(Locale::En, Theme::Dark, &html! {});
    for page in [&desk, &app] {
        assert!(page.contains("&lt;b&gt;") && !page.contains("<b>"));
    }
    for page in [&desk, &app, &plain] {
        assert!(page.contains("A &amp; B") && page.contains("&lt;i&gt;") && !page.contains("<i>"));
    }
}

#[test]
fn switching_language_keeps_the_rest_of_the_address() {
    assert_eq!(query_with("/a", "lang", "en"), "/a?lang=en");
    assert_eq!(query_with("/a?x=1&lang=zh-Hans&y", "lang", "en"), "/a?x=1&y&lang=en");
    assert_eq!(query_with("/a?language=1", "lang", "en"), "/a?language=1&lang=en");
}

#[test]
fn the_theme_is_remembered() {
    let mut headers = HeaderMap::new();
    let uri: Uri = "/?theme=light".parse().unwrap();
    let plain: Uri = "/".parse().unwrap();
    assert_eq!(Theme::from_request(&plain, &headers), Theme::System);
    headers.insert(header::COOKIE, "a=b; theme=dark".parse().unwrap());
    assert_eq!(Theme::from_request(&plain, &headers), Theme::Dark);
    assert_eq!(Theme::from_request(&uri, &headers), Theme::Light);
    assert_eq!(Theme::chosen(&plain), None);
    assert!(theme_cookie(Theme::Dark).starts_with("theme=dark; Path=/;"));
}

#[test]
fn amounts_carry_their_sign_in_the_text() {
    let text = |minor, state| amount(Money::new(minor, Currency::CNY), state).into_string();
    assert_eq!(
        text(12_900, AmountState::In),
        "<span class=\"amount\">+<span class=\"cur\">¥</span>129<span class=\"cents\">.00</span></span>"
    );
    assert!(text(221_760, AmountState::Void).starts_with("<del class=\"amount amount--void\">"));
    assert!(text(-5, AmountState::Plain).contains("−<span class=\"cur\">¥</span>0"));
}

fn slots(count: usize) -> Vec<String> {
    (0..count).map(|slot| format!("{:02}:{:02}", slot / 60, slot % 60)).collect()
}

fn bars(values: &[Vec<f64>], slots: &[String]) -> String {
    let series: Vec<_> = values
        .iter()
        .map(|values| StackedSeries { label: "S", pattern: Pattern::Dots, values: values.clone() })
        .collect();
    let marks = [Mark { slot: 1, label: "M" }, Mark { slot: usize::MAX, label: "N" }];
    let chart = StackedBars {
        locale: Locale::En,
        id: "c",
        title: "T",
        kinds: "K",
        slots,
        series: &series,
        marks: &marks,
    };
    stacked_bars(&chart).into_string()
}

fn lines(values: &[Vec<f64>], slots: &[String], budget: f64) -> String {
    let lines: Vec<_> = values
        .iter()
        .map(|values| Line { label: "L", style: LineStyle::Area, values: values.clone() })
        .collect();
    let budget = Some(Budget { value: budget, label: "B" });
    line_chart(&LineChart { locale: Locale::En, title: "T", unit: "U", slots, lines: &lines, budget })
        .into_string()
}

/// Every number in a coordinate attribute, which must be one and lie near the picture.
fn assert_drawable(svg: &str) {
    for attribute in ["d", "x", "y", "cx", "cy"] {
        for part in svg.split(&format!(" {attribute}=\"")).skip(1) {
            let value = part.split('"').next().unwrap();
            for number in value.split(|c: char| !(c.is_ascii_digit() || c == '.' || c == '-')) {
                let Ok(number) = number.parse::<f64>() else { continue };
                assert!(number.abs() <= 1_100.0, "{attribute}={value}");
            }
            assert!(!value.contains("NaN") && !value.contains("inf"), "{attribute}={value}");
        }
    }
}

#[test]
fn charts_of_nothing_say_so() {
    for empty in [
        bars(&[], &slots(5)),
        bars(&[vec![1.0]], &[]),
        lines(&[], &slots(3), 1.0),
        lines(&[vec![f64::NAN]], &slots(1), 1.0),
    ] {
        assert!(empty.contains("Nothing to show yet") && !empty.contains("<svg"), "{empty}");
    }
}

#[test]
fn charts_of_one_point_are_drawn() {
    let bar = bars(&[vec![3.0]], &slots(1));
    assert!(bar.contains("S 3") && bar.contains("00:00"));
    let line = lines(&[vec![38.0]], &slots(1), 100.0);
    assert!(line.contains("L 38") && line.contains("<circle"));
    for svg in [bar, line] {
        assert_drawable(&svg);
    }
}

#[test]
fn a_peak_survives_in_a_huge_chart_which_stays_small() {
    let mut values = vec![1.0; 100_000];
    values[50_000] = 1_000.0;
    let line = lines(&[values.clone()], &slots(100_000), 10.0);
    assert!(line.len() < 40_000, "{} bytes", line.len());
    // 1,000 on a scale to 1,200 that runs from 150 up to 14.
    assert!(line.contains(" 36.7 "), "the peak is gone");
    let bar = bars(&[values], &slots(100_000));
    assert!(bar.len() < 40_000, "{} bytes", bar.len());
    assert_drawable(&bar);
}

#[test]
fn gaps_break_a_line() {
    let chart = lines(&[vec![1.0, 2.0, f64::NAN, 4.0, f64::INFINITY, 5.0]], &slots(6), 10.0);
    let stroke = chart.split("class=\"s1\" d=\"").nth(1).unwrap().split('"').next().unwrap();
    assert_eq!(stroke.matches('M').count(), 3, "{stroke}");
    assert!(chart.contains("L 5"));
}

#[test]
fn labels_at_the_end_do_not_overlap() {
    let values: Vec<Vec<f64>> = (0..5).map(|_| vec![0.0, 0.0]).collect();
    let chart = bars(&values, &slots(2));
    let mut heights: Vec<f64> = chart
        .split("<text class=\"tag\" x=\"")
        .skip(1)
        .map(|part| part.split("y=\"").nth(1).unwrap().split('"').next().unwrap().parse().unwrap())
        .collect();
    heights.sort_by(f64::total_cmp);
    assert_eq!(heights.len(), 5);
    assert!(heights.windows(2).all(|pair| pair[1] - pair[0] >= 16.9), "{heights:?}");
}

#[test]
fn small_bars_are_bounded() {
    for (share, width) in [(0.5, "h50.0"), (7.0, "h100.0"), (-1.0, "h0.0"), (f64::NAN, "h0.0")] {
        assert!(share_bar(share, Tone::Ok, None).into_string().contains(width), "{share}");
    }
    for values in [vec![], vec![1.0], vec![0.0; 3], vec![f64::NAN; 3], vec![1e300; 500]] {
        assert_drawable(&spark(&values, "x").into_string());
    }
}

proptest! {
    #[test]
    fn any_values_are_drawn_within_the_picture(
        values in proptest::collection::vec(proptest::collection::vec(any::<f64>(), 0..40), 1..6),
        count in 1..50_usize,
        budget: f64,
    ) {
        assert_drawable(&bars(&values, &slots(count)));
        assert_drawable(&lines(&values, &slots(count), budget));
    }

    #[test]
    fn a_limit_bar_never_runs_over(limit: i64, due: i64, open: i64, hold: i64) {
        let yuan = |minor| Money::new(minor, Currency::CNY);
        let bar = LimitBar { limit: yuan(limit), due: yuan(due), open: yuan(open), hold: yuan(hold), available: yuan(0) };
        let svg = limit_bar(Locale::En, &bar).into_string();
        for part in svg.split(" d=\"M").skip(1) {
            let value = part.split('"').next().unwrap();
            let mut numbers = value.split([' ', 'h', 'v']);
            let start: i64 = numbers.next().unwrap().parse().unwrap();
            let width: i64 = numbers.nth(1).unwrap().parse().unwrap();
            prop_assert!(start >= 0 && width > 0 && start + width <= 1_000, "{}", value);
        }
    }
}
