//! One card with its picture and the freeze button, and the page of all cards with their switches.
//!
//! Freezing is one tap and can be undone; what makes the card usable for more says which proof it needs before it
//! is pressed.

use super::super::HeldCard;
use crate::authorizations::CardStatus;
use kernel::{CardId, Currency, Money};
use maud::{Markup, html};
use platform::access::Assurance;
use platform::i18n::figures::money;
use platform::i18n::{Arg, Locale, t};
use platform::ui::Icon;
use platform::ui::components::{
    Action, Badge, ButtonKind, CardPicture, CardState, Field, Notice, Panel, PostForm, Tone, badge, button,
    card_picture, disabled_button, empty, field, notice, panel, post_form,
};

/// Who looks at the cards, and from where.
#[derive(Clone, Copy, Debug)]
pub struct Shown<'a> {
    /// Language.
    pub locale: Locale,
    /// The issuer's name.
    pub issuer: &'a str,
    /// The holder's name, as on the card.
    pub holder: &'a str,
    /// The token for forms.
    pub csrf: &'a str,
    /// What the reader has proved.
    pub assurance: Assurance,
    /// Where to return to without script: `/` or `/cards`.
    pub back: &'a str,
}

/// One of the reader's cards.
pub(in super::super) struct OwnCard {
    pub(in super::super) held: HeldCard,
    /// The currency of its account.
    pub(in super::super) currency: Currency,
    /// The number of the form that shows the card's number; sent twice, it shows once.
    pub(in super::super) form: i64,
}

/// What the page of cards says about the form that was just sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Said {
    /// Nothing was sent.
    Nothing,
    /// The switches were saved.
    Saved,
    /// The bound for this card is no amount of money.
    Wrong(CardId),
}

/// A card with its picture and what can be done at once; the element with the id `card-…` is replaced by answers.
pub fn card_item(shown: &Shown<'_>, held: &HeldCard) -> Markup {
    item(shown, held, false)
}

/// The card after it was changed: what came of it is read aloud.
pub(in super::super) fn changed_item(shown: &Shown<'_>, held: &HeldCard) -> Markup {
    item(shown, held, true)
}

fn item(shown: &Shown<'_>, held: &HeldCard, changed: bool) -> Markup {
    let locale = shown.locale;
    let word = |key: &str| t(locale, key, &[]);
    let state = match held.status {
        Some(CardStatus::Active) => CardState::Usable,
        Some(CardStatus::Frozen) => CardState::Stopped(Icon::Freeze, word("cards-frozen")),
        Some(CardStatus::Lost) => CardState::Stopped(Icon::X, word("cards-lost")),
        Some(CardStatus::Stolen) => CardState::Stopped(Icon::X, word("cards-stolen")),
        None => CardState::Stopped(Icon::Clock, word("cards-being-issued")),
    };
    let kind = word("cards-kind");
    let announce = match (changed, held.status) {
        (true, Some(CardStatus::Frozen)) => Some(word("cards-announce-frozen")),
        (true, Some(CardStatus::Active)) => Some(word("cards-announce-unfrozen")),
        _ => None,
    };
    html! {
        li.carditem id=(format!("card-{}", held.card.id)) data-announce=[announce] {
            (card_picture(&CardPicture {
                issuer: shown.issuer,
                kind: &kind,
                is_virtual: false,
                name: shown.holder,
                pan: &held.card.masked,
                state,
            }))
            div.carditem__act { (acts(shown, held)) (loss(shown, held)) }
        }
    }
}

/// Reporting the card lost: folded away, since it is final, and with a box that has to be ticked.
fn loss(shown: &Shown<'_>, held: &HeldCard) -> Markup {
    let word = |key: &str| t(shown.locale, key, &[]);
    if !matches!(held.status, Some(CardStatus::Active | CardStatus::Frozen)) {
        return html! {};
    }
    let action = format!("/cards/{}/loss-reports", held.card.id);
    let form = PostForm { action: &action, csrf: shown.csrf, hidden: &[], swap: false, class: "stack" };
    html! {
        details {
            summary { (word("cards-loss")) }
            (post_form(&form, &loss_fields(shown.locale, &held.card.masked.to_string())))
        }
    }
}

/// The fields of a report of loss, for the holder's page and the desk's.
pub fn loss_fields(locale: Locale, of_what: &str) -> Markup {
    let word = |key: &str| t(locale, key, &[]);
    let label = word("cards-loss-report");
    html! {
        p.label { (word("cards-loss-note")) }
        label {
            (word("cards-loss-kind")) " "
            select.input name="kind" {
                option value="lost" { (word("cards-loss-lost")) }
                option value="stolen" { (word("cards-loss-stolen")) }
            }
        }
        label { input type="checkbox" name="sure" value="yes" required; " " (word("cards-loss-sure")) }
        div.btns {
            (button(&Action { of_what, icon: Some(Icon::X), ..Action::new(ButtonKind::Guard, &label) }))
        }
    }
}

fn acts(shown: &Shown<'_>, held: &HeldCard) -> Markup {
    let locale = shown.locale;
    let word = |key: &str| t(locale, key, &[]);
    let masked = held.card.masked.to_string();
    let hidden = [("back", shown.back)];
    let form = |action: &str, content: &Markup| {
        let form = PostForm { action, csrf: shown.csrf, hidden: &hidden, swap: true, class: "" };
        post_form(&form, content)
    };
    match held.status {
        Some(CardStatus::Active) => {
            let freeze = word("cards-freeze");
            let action = Action {
                of_what: &masked,
                icon: Some(Icon::Freeze),
                ..Action::new(ButtonKind::Guard, &freeze)
            };
            html! {
                (form(&format!("/cards/{}/freeze", held.card.id), &button(&action)))
                p.label { (word("cards-freeze-note")) }
            }
        }
        Some(CardStatus::Frozen) => {
            let unfreeze = word("cards-unfreeze");
            let action = Action {
                of_what: &masked,
                icon: Some(Icon::Lock),
                ..Action::new(ButtonKind::Plain, &unfreeze)
            };
            let note = format!("note-{}", held.card.id);
            let may = shown.assurance >= super::super::UNFREEZE.assurance;
            html! {
                @if may {
                    (form(&format!("/cards/{}/unfreeze", held.card.id), &button(&action)))
                    p.label id=(note) { (word("cards-unfreeze-note")) }
                } @else {
                    (disabled_button(&action, &note))
                    p.label id=(note) { (word("cards-unfreeze-needs")) }
                }
            }
        }
        Some(CardStatus::Lost | CardStatus::Stolen) => html! { p.label { (word("cards-final-note")) } },
        None => html! { p.label { (word("cards-being-issued-note")) } },
    }
}

/// The page of all cards: each with its picture, its freeze button and its switches.
pub(in super::super) fn page(shown: &Shown<'_>, cards: &[OwnCard], said: Said) -> Markup {
    let word = |key: &str| t(shown.locale, key, &[]);
    html! {
        div.home__hello { h1 { (word("cards-title")) } }
        @if said == Said::Saved {
            (notice(&Notice {
                tone: Tone::Ok,
                icon: Icon::Check,
                title: "",
                text: html! { p { (word("cards-controls-saved")) } },
                acts: html! {},
            }))
        }
        @if cards.is_empty() { (empty(&word("cards-none"), &word("cards-none-text"), &html! {})) }
        @for OwnCard { held, currency, form } in cards {
            section.cardblock aria-label=(held.card.masked.to_string()) {
                div.stack {
                    ul.cardlist.cardlist--one { (card_item(shown, held)) }
                    (show_number(shown, held, *form))
                }
                @if matches!(held.status, Some(CardStatus::Active | CardStatus::Frozen)) {
                    (controls_form(shown, held, *currency, said == Said::Wrong(held.card.id)))
                }
            }
        }
    }
}

/// The button that shows the card's full number once; the page behind it is the reveals' own.
fn show_number(shown: &Shown<'_>, held: &HeldCard, form: i64) -> Markup {
    let word = |key: &str| t(shown.locale, key, &[]);
    let (label, masked) = (word("cards-show-number"), held.card.masked.to_string());
    let action = Action { of_what: &masked, icon: Some(Icon::Eye), ..Action::new(ButtonKind::Quiet, &label) };
    if shown.assurance < Assurance::TWO {
        let note = format!("number-{}", held.card.id);
        return html! {
            (disabled_button(&action, &note))
            p.label id=(note) { (word("cards-show-number-needs")) }
        };
    }
    let (address, number) = (format!("/cards/{}/number", held.card.id), form.to_string());
    let hidden = [("form", number.as_str())];
    post_form(
        &PostForm { action: &address, csrf: shown.csrf, hidden: &hidden, swap: false, class: "" },
        &button(&action),
    )
}

/// The switches of a card as one form; `wrong` when the bound that was sent is no amount of money.
fn controls_form(shown: &Shown<'_>, held: &HeldCard, currency: Currency, wrong: bool) -> Markup {
    let locale = shown.locale;
    let word = |key: &str| t(locale, key, &[]);
    let id = format!("controls-{}", held.card.id);
    let switch = |name: &str, on: bool| {
        let key = if on { "cards-control-on" } else { "cards-control-off" };
        html! {
            label.switch {
                input type="checkbox" name=(name) value="on" checked[on];
                span { strong { (word(&format!("cards-control-{name}"))) } " " span.label { (word(key)) } }
            }
        }
    };
    let controls = &held.controls;
    let max = controls.payment_max_minor.map(|minor| Money::new(minor, currency).to_decimal());
    let action = format!("/cards/{}/controls", held.card.id);
    let form =
        PostForm { action: &action, csrf: shown.csrf, hidden: &[], swap: false, class: "panel__body stack" };
    let (label, hint) = (word("cards-control-max"), max_hint(locale, controls.payment_max_minor, currency));
    let error = if wrong { word("cards-control-max-wrong") } else { String::new() };
    let amount = Field {
        id: &format!("max-{}", held.card.id),
        name: "payment_max",
        label: &label,
        value: max.as_deref().unwrap_or_default(),
        input_mode: "decimal",
        hint: &hint,
        error: &error,
        ..Field::default()
    };
    let save = word("cards-control-save");
    let masked = held.card.masked.to_string();
    let action = Action { of_what: &masked, ..Action::new(ButtonKind::Plain, &save) };
    let body = html! {
        (switch("online", controls.online))
        (switch("abroad", controls.abroad))
        (switch("cash", controls.cash))
        (field(&amount))
        p.label { (word("cards-control-lower")) }
        p.label { (proof_needed(shown)) }
        (button(&action))
    };
    panel(
        &Panel {
            id: &id,
            title: &t(locale, "cards-controls", &[("card", Arg::from(&masked))]),
            corner: html! {},
        },
        &post_form(&form, &body),
    )
}

fn max_hint(locale: Locale, max: Option<i64>, currency: Currency) -> String {
    match max {
        None => t(locale, "cards-control-max-none", &[("currency", Arg::from(currency.code()))]),
        Some(minor) => {
            let now = money(Money::new(minor, currency));
            t(locale, "cards-control-max-now", &[("amount", Arg::from(&now))])
        }
    }
}

/// What raising needs, and whether this session has it.
fn proof_needed(shown: &Shown<'_>) -> Markup {
    let has = shown.assurance >= Assurance::TWO;
    let key = if has { "cards-control-proved" } else { "cards-control-unproved" };
    let word = t(shown.locale, key, &[]);
    let (tone, icon) = if has { (Tone::Ok, Icon::Check) } else { (Tone::Look, Icon::Lock) };
    html! { (t(shown.locale, "cards-control-raise", &[])) " " (badge(&Badge { tone, icon: Some(icon), word: &word })) }
}
