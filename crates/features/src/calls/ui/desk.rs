//! Calls at the desk: what is proved, for which acts, until when; and the next best proof for what is refused.

use super::super::error::CallError;
use super::super::model::{Call, Proved};
use super::super::service::{Act, Asked};
use crate::authorizations::{CardStatus, CountedProof};
use crate::cards::HeldCard;
use crate::identity::ProofKind;
use kernel::{CallId, CustomerId};
use maud::{Markup, html};
use platform::i18n::dates::Calendar;
use platform::i18n::{Arg, Locale, t};
use platform::ui::Icon;
use platform::ui::components::{
    Action, Badge, ButtonKind, Choice, Column, Field, Notice, Panel as Frame, PostForm, Table, Tone, badge,
    button, choices, empty, facts, field, link_button, notice, panel, post_form, table,
};

/// What the page says about what was just done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Said {
    Match,
    NoMatch,
    Unblocked,
    Fits,
    FitsNot,
    NoFacts,
}

impl Said {
    const ALL: [Self; 6] =
        [Self::Match, Self::NoMatch, Self::Unblocked, Self::Fits, Self::FitsNot, Self::NoFacts];

    /// The word in the address.
    pub(in super::super) const fn word(self) -> &'static str {
        match self {
            Self::Match => "match",
            Self::NoMatch => "no-match",
            Self::Unblocked => "unblocked",
            Self::Fits => "fits",
            Self::FitsNot => "fits-not",
            Self::NoFacts => "no-facts",
        }
    }

    pub(in super::super) fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|said| said.word() == word)
    }
}

/// One call for the agent who serves it.
pub(in super::super) struct Panel<'a> {
    pub(in super::super) calendar: &'a Calendar,
    pub(in super::super) csrf: &'a str,
    pub(in super::super) standing: &'a Proved,
    pub(in super::super) live: bool,
    pub(in super::super) name: &'a str,
    pub(in super::super) cards: &'a [HeldCard],
    /// The number that the agent reads out now.
    pub(in super::super) ask: Option<i64>,
    /// Each act, and why it is refused.
    pub(in super::super) acts: Vec<(&'static Act, Option<CallError>)>,
    /// Questions about payments; none before they are made.
    pub(in super::super) facts: Vec<Asked>,
    pub(in super::super) said: Option<Said>,
}

impl Panel<'_> {
    fn word(&self, key: &str) -> String {
        t(self.locale(), key, &[])
    }

    fn locale(&self) -> Locale {
        self.calendar.locale()
    }

    fn address(&self, part: &str) -> String {
        format!("/desk/calls/{}/{part}", self.standing.call.id)
    }

    fn form(&self, part: &str, hidden: &[(&str, &str)], content: &Markup) -> Markup {
        let action = self.address(part);
        post_form(&PostForm { action: &action, csrf: self.csrf, hidden, swap: false, class: "" }, content)
    }
}

/// The agent's calls and those that wait.
pub(in super::super) fn list(calendar: &Calendar, csrf: &str, calls: &[Call]) -> Markup {
    let word = |key: &str| t(calendar.locale(), key, &[]);
    if calls.is_empty() {
        return empty(&word("calls-none"), &word("calls-none-text"), &html! {});
    }
    let titles = ["since", "who", "state"].map(|key| word(&format!("calls-column-{key}")));
    let columns = titles.each_ref().map(|title| Column { title, ..Column::default() });
    let (open, take) = (word("calls-go-on"), word("calls-take"));
    let rows = calls.iter().map(|call| {
        let (id, action) = (call.id.to_string(), format!("/desk/calls/{}/take", call.id));
        let act = if call.staff.is_some() {
            link_button(&Action::new(ButtonKind::Plain, &open), &format!("/desk/calls/{id}"))
        } else {
            let form = PostForm { action: &action, csrf, hidden: &[], swap: false, class: "" };
            let button = button(&Action { of_what: &id, ..Action::new(ButtonKind::Primary, &take) });
            post_form(&form, &button)
        };
        vec![
            html! { span.num { (calendar.time(call.opened_at)) } },
            html! { span.num { (call.customer().map(|id| id.to_string()).unwrap_or_default()) } },
            act,
        ]
    });
    let title = word("calls-desk-title");
    panel(
        &Frame { id: "calls", title: &title, corner: html! {} },
        &table(&Table { label: &title, columns: &columns, rows: rows.collect() }),
    )
}

/// One call.
pub(in super::super) fn one(view: &Panel<'_>) -> Markup {
    if !view.live {
        return empty(&view.word("calls-over"), &view.word("calls-over-text"), &html! {});
    }
    let end = view.word("calls-end");
    let corner = view.form("closure", &[], &button(&Action::new(ButtonKind::Quiet, &end)));
    let title = t(view.locale(), "calls-with", &[("name", Arg::from(view.name))]);
    html! {
        (said(view))
        (panel(&Frame { id: "call", title: &title, corner }, &proved(view)))
        (panel(&Frame { id: "proofs", title: &view.word("calls-how"), corner: html! {} }, &ways(view)))
        (panel(&Frame { id: "facts", title: &view.word("calls-facts"), corner: html! {} }, &facts_asked(view)))
        (panel(&Frame { id: "acts", title: &view.word("calls-acts"), corner: html! {} }, &acts(view)))
        p.label { (view.word("calls-note")) }
    }
}

fn said(view: &Panel<'_>) -> Markup {
    let Some(said) = view.said else { return html! {} };
    let tone = match said {
        Said::Match | Said::Unblocked => Tone::Ok,
        Said::NoMatch => Tone::No,
        // Signs, which open nothing: neither is a yes.
        Said::Fits | Said::FitsNot | Said::NoFacts => Tone::Look,
    };
    let title = view.word(&format!("calls-said-{}", said.word()));
    notice(&Notice { tone, icon: Icon::Shield, title: &title, text: html! {}, acts: html! {} })
}

fn proved(view: &Panel<'_>) -> Markup {
    let (granted, calendar) = (&view.standing.granted, view.calendar);
    let level = granted.level.level();
    let tone = match level {
        0 => Tone::No,
        1 => Tone::Look,
        _ => Tone::Ok,
    };
    let told = t(view.locale(), "calls-level", &[("level", Arg::Count(i64::from(level)))]);
    let until = calendar.time_with_seconds(granted.until);
    // What fits about payments proves nothing, and has its own place below.
    let proofs = view.standing.proofs.iter().filter(|proof| proof.kind != ProofKind::Fact);
    let kinds = proofs.map(|proof| {
        let (name, at) = (view.word(&proof.kind.name_key()), calendar.time_with_seconds(proof.at));
        html! { li { (name) " " span.label { (at) } } }
    });
    let kinds: Vec<Markup> = kinds.collect();
    html! {
        div.panel__body {
            (facts(&[
                (&view.word("calls-customer"), html! {
                    span.num { (view.standing.call.customer().map(|id| id.to_string()).unwrap_or_default()) }
                }),
                (&view.word("calls-assurance"), html! {
                    (badge(&Badge { tone, icon: Some(Icon::Shield), word: &told }))
                    @if level > 0 { " " (t(view.locale(), "calls-until", &[("time", Arg::from(&until))])) }
                }),
                (&view.word("calls-proved"), html! {
                    @if kinds.is_empty() { (view.word("calls-proved-nothing")) }
                    @else { ul { @for kind in &kinds { (kind) } } }
                }),
            ]))
        }
    }
}

fn ways(view: &Panel<'_>) -> Markup {
    let (ask, check) = (view.word("calls-ask"), view.word("calls-code-check"));
    let (label, hint) = (view.word("calls-code-label"), view.word("calls-code-hint"));
    let code = Field {
        id: "code",
        name: "code",
        label: &label,
        hint: &hint,
        input_mode: "numeric",
        required: true,
        ..Field::default()
    };
    html! {
        div.panel__body.stack {
            p { (view.word("calls-keypad")) }
            @match view.ask {
                Some(number) => {
                    p.readout role="status" { span { (view.word("calls-read-number")) } span.code.num { (number) } }
                }
                None => {
                    (view.form("confirmations", &[], &button(&Action {
                        icon: Some(Icon::Phone), ..Action::new(ButtonKind::Primary, &ask)
                    })))
                }
            }
            (view.form("code", &[], &html! {
                (field(&code)) div.btns { (button(&Action::new(ButtonKind::Plain, &check))) }
            }))
        }
    }
}

/// Questions about payments. The page knows no right answer.
fn facts_asked(view: &Panel<'_>) -> Markup {
    let (ask, compare) = (view.word("calls-facts-ask"), view.word("calls-facts-compare"));
    html! {
        div.panel__body.stack {
            p.label { (view.word("calls-facts-note")) }
            @if view.facts.is_empty() {
                (view.form("facts", &[], &button(&Action::new(ButtonKind::Plain, &ask))))
            }
            @for asked in &view.facts {
                @let legend = view.word(&format!("calls-fact-{}", asked.question.word()));
                @match asked.fits {
                    Some(fits) => p { (legend) " " (fitting(view, fits)) },
                    None => (view.form("facts/answer", &[("question", asked.question.word())], &html! {
                        (options(&legend, &asked.options))
                        div.btns { (button(&Action { of_what: &legend, ..Action::new(ButtonKind::Plain, &compare) })) }
                    })),
                }
            }
        }
    }
}

fn options(legend: &str, words: &[String]) -> Markup {
    let values: Vec<String> = (0..words.len()).map(|at| at.to_string()).collect();
    let rows: Vec<Choice<'_>> = values
        .iter()
        .zip(words)
        .map(|(value, label)| Choice { value, label, figure: html! {}, note: "", checked: false })
        .collect();
    choices("option", legend, &rows)
}

fn fitting(view: &Panel<'_>, fits: bool) -> Markup {
    let word = view.word(if fits { "calls-said-fits" } else { "calls-said-fits-not" });
    badge(&Badge { tone: Tone::Look, icon: None, word: &word })
}

fn acts(view: &Panel<'_>) -> Markup {
    let label = view.word("calls-acts");
    let titles = ["act", "may", "do"].map(|key| view.word(&format!("calls-column-{key}")));
    let columns = titles.each_ref().map(|title| Column { title, ..Column::default() });
    let mut rows = vec![vec![
        html! { (view.word("calls-act-freeze")) },
        badge(&Badge { tone: Tone::Ok, icon: Some(Icon::Check), word: &view.word("calls-always") }),
        html! { @for held in view.cards { (freeze(view, held)) } },
    ]];
    rows.extend(view.acts.iter().map(|(act, refusal)| {
        vec![
            html! { (view.word(&format!("calls-act-{}", act.word))) },
            why(view, refusal.as_ref()),
            html! { @if refusal.is_none() { @for held in view.cards { (doing(view, act.word, held)) } } },
        ]
    }));
    table(&Table { label: &label, columns: &columns, rows })
}

/// That an act may be done now, or why not and what would help.
fn why(view: &Panel<'_>, refusal: Option<&CallError>) -> Markup {
    match refusal {
        None => badge(&Badge { tone: Tone::Ok, icon: Some(Icon::Check), word: &view.word("calls-may") }),
        Some(CallError::TooLittle { needs, next, .. }) => {
            let needs = t(view.locale(), "calls-needs", &[("level", Arg::Count(i64::from(needs.level())))]);
            let names: Vec<String> = next.iter().map(|kind| view.word(&kind.name_key())).collect();
            let next = names.join(&view.word("calls-and"));
            html! {
                (badge(&Badge { tone: Tone::No, icon: Some(Icon::Lock), word: &needs }))
                " " (t(view.locale(), "calls-next", &[("proofs", Arg::from(&next))]))
            }
        }
        Some(_) => {
            badge(&Badge { tone: Tone::No, icon: Some(Icon::Lock), word: &view.word("calls-not-yours") })
        }
    }
}

fn freeze(view: &Panel<'_>, held: &HeldCard) -> Markup {
    if held.status != Some(CardStatus::Active) {
        return html! {};
    }
    let (label, masked) = (view.word("calls-do-freeze"), held.card.masked.to_string());
    let action = format!("/desk/cards/{}/freeze", held.card.id);
    let form = PostForm { action: &action, csrf: view.csrf, hidden: &[], swap: false, class: "" };
    let words = format!("{label} {masked}");
    post_form(&form, &button(&Action { icon: Some(Icon::Freeze), ..Action::new(ButtonKind::Guard, &words) }))
}

fn doing(view: &Panel<'_>, word: &str, held: &HeldCard) -> Markup {
    let (card, masked) = (held.card.id.to_string(), held.card.masked.to_string());
    let one = |key: &str, hidden: &[(&str, &str)]| {
        let words = format!("{} {masked}", view.word(key));
        view.form(word, hidden, &button(&Action::new(ButtonKind::Plain, &words)))
    };
    match word {
        "unfreeze" if held.status == Some(CardStatus::Frozen) => one("calls-do-unfreeze", &[("card", &card)]),
        "unblock" => html! {
            @for (proof, key) in [
                (CountedProof::Pin, "calls-do-unblock-pin"),
                (CountedProof::CardValue, "calls-do-unblock-value"),
                (CountedProof::ChipCounter, "calls-do-unblock-chip"),
            ] {
                (one(key, &[("card", &card), ("proof", proof_word(proof))]))
            }
        },
        _ => html! {},
    }
}

const fn proof_word(proof: CountedProof) -> &'static str {
    match proof {
        CountedProof::Pin => "pin",
        CountedProof::CardValue => "card_value",
        CountedProof::ChipCounter => "chip_counter",
    }
}

/// What the desk's page of an account says about the call with its holder.
#[derive(Debug)]
pub struct DeskCall<'a> {
    /// Language of the reader.
    pub locale: Locale,
    /// The token of the reader's forms.
    pub csrf: &'a str,
    /// Whose page it is.
    pub customer: CustomerId,
    /// The live call in which the reader serves them.
    pub call: Option<CallId>,
}

/// A line that leads to the call, or begins it.
pub fn desk_call(view: &DeskCall<'_>) -> Markup {
    let word = |key: &str| t(view.locale, key, &[]);
    let (title, go, begin) = (word("calls-line"), word("calls-go-on"), word("calls-begin"));
    let customer = view.customer.to_string();
    let hidden = [("customer", customer.as_str())];
    let form = PostForm { action: "/desk/calls", csrf: view.csrf, hidden: &hidden, swap: false, class: "" };
    let act = match view.call {
        Some(call) => link_button(&Action::new(ButtonKind::Primary, &go), &format!("/desk/calls/{call}")),
        None => post_form(
            &form,
            &button(&Action { icon: Some(Icon::Phone), ..Action::new(ButtonKind::Plain, &begin) }),
        ),
    };
    let text = html! { div.panel__body { p.label { (word("calls-line-text")) } } };
    panel(&Frame { id: "verified-call", title: &title, corner: act }, &text)
}
