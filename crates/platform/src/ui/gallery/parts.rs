//! The gallery's sections on everything but charts.

use crate::{
    i18n::{Locale, figures::money, t},
    ui::{
        Icon,
        components::{
            Action, AmountSize, AmountState, Badge, ButtonKind, CardPicture, CardState, Choice, Column,
            Field, LimitBar, Notice, PostForm, RowEntry, Step, StepState, Table, Tone, amount, amount_of,
            badge, button, card_picture, choices, disabled_button, empty, field, foreign, hinge, key_list,
            limit_bar, link_button, notice, post_form, rows, sheet, sheet_button, steps, table,
        },
    },
};
use kernel::{Currency, MaskedPan, Money};
use maud::{Markup, html};

const fn yuan(minor: i64) -> Money {
    Money::new(minor, Currency::CNY)
}

pub(super) fn buttons(locale: Locale) -> Markup {
    let word = |key| t(locale, key, &[]);
    let pay = t(locale, "gallery-pay", &[("amount", money(yuan(628_430)).into())]);
    let (see, all, freeze) = (word("gallery-see"), word("gallery-all"), word("gallery-freeze"));
    let (lost, note) = (word("gallery-lost"), word("gallery-freeze-note"));
    let guard =
        Action {
            icon: Some(Icon::Freeze), of_what: "•••• 4417", ..Action::new(ButtonKind::Guard, &freeze)
        };
    let form = PostForm { action: "#", csrf: "gallery", hidden: &[("card", "4417")], swap: true, class: "" };
    html! {
        div.grid2 {
            div.case { div.btns {
                (sheet_button(&Action::new(ButtonKind::Primary, &pay), "gallery-sheet"))
                (link_button(&Action::new(ButtonKind::Plain, &see), "#buttons"))
                (link_button(&Action::new(ButtonKind::Quiet, &all), "#buttons"))
            } }
            div.case { (post_form(&form, &html! { (button(&guard)) })) p.label { (note) } }
            div.case { div.btns {
                (button(&Action { icon: Some(Icon::Alert), ..Action::new(ButtonKind::Danger, &lost) }))
                (disabled_button(&Action { icon: Some(Icon::Lock), ..Action::new(ButtonKind::Plain, &freeze) }, "buttons-h"))
                button.btn.btn--primary type="button" aria-busy="true" { (word("gallery-busy")) }
            } }
        }
    }
}

pub(super) fn badges(locale: Locale) -> Markup {
    let entries = [
        (Tone::Plain, None, "gallery-physical"),
        (Tone::Plain, Some(Icon::Clock), "gallery-held"),
        (Tone::Ok, Some(Icon::Check), "gallery-delivered"),
        (Tone::Look, Some(Icon::Clock), "gallery-cooling"),
        (Tone::No, Some(Icon::X), "shell-declined"),
    ];
    html! {
        div.chips { @for (tone, icon, key) in entries { (badge(&Badge { tone, icon, word: &t(locale, key, &[]) })) } }
    }
}

pub(super) fn amounts(locale: Locale) -> Markup {
    let word = |key| t(locale, key, &[]);
    let bar = LimitBar {
        limit: yuan(5_000_000),
        due: yuan(628_430),
        open: yuan(159_820),
        hold: yuan(5_200),
        available: yuan(4_206_550),
    };
    let dark = html! {
        h3.leaf__title { (word("gallery-available")) }
        (amount_of(yuan(4_206_550), AmountState::Plain, AmountSize::Hero))
        p.leaf__lim {}
        (limit_bar(locale, &bar))
        (key_list(&[(html! { (word("gallery-held")) }, html! { (money(yuan(5_200))) })]))
    };
    let light = html! {
        h3.leaf__title { (word("gallery-due")) }
        (amount_of(yuan(628_430), AmountState::Plain, AmountSize::Large))
        (key_list(&[(html! { (word("gallery-minimum")) }, html! { (money(yuan(62_843))) })]))
    };
    html! {
        (hinge(&word("gallery-available"), &dark, &light))
        p.btns {
            (amount(yuan(128_000), AmountState::Plain))
            (amount(yuan(12_900), AmountState::In))
            (amount(yuan(221_760), AmountState::Void))
            (amount(yuan(-1_250), AmountState::Plain))
            (amount(Money::new(1_234_567, Currency::KWD), AmountState::Plain))
            (foreign(Money::new(48_000, Currency::JPY)))
        }
    }
}

pub(super) fn cards(locale: Locale) -> Markup {
    let word = |key| t(locale, key, &[]);
    let (physical, online) = (word("gallery-physical"), word("gallery-virtual"));
    let pans = [MaskedPan::from_parts("900012", "4417"), MaskedPan::from_parts("900012", "0926")];
    let [first, second] = &pans;
    let picture = |kind, is_virtual, pan, state| {
        card_picture(&CardPicture { issuer: "Qingwu", kind, is_virtual, name: "Zhou Minghui", pan, state })
    };
    html! {
        div.grid2.grid4 {
            (picture(&physical, false, first, CardState::Usable))
            (picture(&online, true, second, CardState::Usable))
            (picture(&online, true, second, CardState::Stopped(Icon::Freeze, word("gallery-frozen"))))
        }
    }
}

pub(super) fn lists(locale: Locale) -> Markup {
    let word = |key| t(locale, key, &[]);
    let (shop, noodles, refund) = (word("gallery-shop"), word("gallery-noodles"), word("gallery-refund"));
    let (declined, held, me, not_me) =
        (word("shell-declined"), word("gallery-held"), word("gallery-was-me"), word("gallery-not-me"));
    let why = html! {
        p { (word("gallery-shop-why")) }
        div.btns.btns--even { (button(&Action::new(ButtonKind::Primary, &me))) (button(&Action::new(ButtonKind::Plain, &not_me))) }
    };
    let no = Badge { tone: Tone::No, icon: Some(Icon::X), word: &declined };
    let hold = Badge { tone: Tone::Plain, icon: Some(Icon::Clock), word: &held };
    let billed =
        html! { (amount(yuan(221_760), AmountState::Void)) (foreign(Money::new(48_000, Currency::JPY))) };
    let base = RowEntry {
        id: "tx-2",
        icon: Icon::Bowl,
        title: &noodles,
        badge: Some(hold),
        meta: "12:31 · •••• 4417",
        end: amount(yuan(4_600), AmountState::Plain),
        href: "#rows",
        refused: false,
        below: html! {},
    };
    let entries = [
        RowEntry {
            id: "tx-1",
            icon: Icon::Globe,
            title: &shop,
            badge: Some(no),
            meta: "19:42 · •••• 4417",
            end: billed,
            href: "",
            refused: true,
            below: why,
        },
        base.clone(),
        RowEntry {
            id: "tx-3",
            icon: Icon::Back,
            title: &refund,
            badge: None,
            end: amount(yuan(12_900), AmountState::In),
            ..base
        },
    ];
    html! { div.grid2 { div.panel { (rows(&entries)) } div.panel { (statements(locale)) } } }
}

fn statements(locale: Locale) -> Markup {
    let word = |key| t(locale, key, &[]);
    let (day, due, state, paid) =
        (word("gallery-statement-day"), word("gallery-due"), word("gallery-state"), word("gallery-paid"));
    let columns = [
        Column { title: &day, end: false, sort: Some("descending") },
        Column { title: &due, end: true, sort: None },
        Column { title: &state, end: false, sort: None },
    ];
    let done = Badge { tone: Tone::Ok, icon: Some(Icon::Check), word: &paid };
    let row =
        |date: &str, minor| vec![html! { (date) }, amount(yuan(minor), AmountState::Plain), badge(&done)];
    table(&Table {
        label: &due,
        columns: &columns,
        rows: vec![row("2026-03-05", 628_430), row("2026-02-05", 491_006)],
    })
}

pub(super) fn notices(locale: Locale) -> Markup {
    let word = |key| t(locale, key, &[]);
    let (see, close, due) = (word("gallery-see"), word("shell-close"), word("gallery-due"));
    let entries = [
        (Tone::Plain, Icon::Bell, "gallery-notice"),
        (Tone::Look, Icon::Clock, "gallery-notice-look"),
        (Tone::No, Icon::Alert, "gallery-notice-no"),
    ];
    let act = link_button(&Action::new(ButtonKind::Plain, &see), "#notices");
    let full = amount(yuan(628_430), AmountState::Plain);
    let ways = [Choice { value: "full", label: &due, figure: full, note: "", checked: true }];
    html! {
        div.case {
            @for (tone, icon, key) in entries {
                @let text = html! { p { (t(locale, key, &[("date", "2026-03-25".into())])) } };
                (notice(&Notice { tone, icon, title: "", text, acts: if tone == Tone::Plain { html! {} } else { act.clone() } }))
            }
        }
        (sheet("gallery-sheet", &due, &close, &html! { (choices("amount", &due, &ways)) (button(&Action { wide: true, ..Action::new(ButtonKind::Primary, &see) })) }))
    }
}

pub(super) fn step_line(locale: Locale) -> Markup {
    let words = ["gallery-requested", "gallery-waiting", "gallery-takes-effect", "shell-declined"]
        .map(|key| t(locale, key, &[]));
    let [requested, waiting, effect, declined] = &words;
    let step = |state, title, when| Step { state, title, when, body: html! {} };
    html! {
        div.grid2 { (steps(locale, &[
            step(StepState::Done, requested.as_str(), "09:28"),
            step(StepState::Now, waiting.as_str(), "09:30"),
            step(StepState::Later, effect.as_str(), "09:30"),
            step(StepState::Stopped, declined.as_str(), "18:02"),
        ])) }
    }
}

pub(super) fn fields(locale: Locale) -> Markup {
    let word = |key| t(locale, key, &[]);
    let (phone, hint, error) =
        (word("gallery-phone"), word("gallery-phone-hint"), word("gallery-phone-error"));
    let plain = Field {
        id: "gallery-phone-1",
        name: "phone",
        label: &phone,
        hint: &hint,
        input_mode: "tel",
        ..Field::default()
    };
    html! {
        div.grid2 {
            (field(&plain))
            (field(&Field { id: "gallery-phone-2", value: "138 0000 602", error: &error, ..plain }))
        }
    }
}

pub(super) fn empties(locale: Locale) -> Markup {
    let word = |key| t(locale, key, &[]);
    html! { div.panel { (empty(&word("gallery-empty-title"), &word("gallery-empty-text"), &html! {})) } }
}
