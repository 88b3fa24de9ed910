//! The timeline of authorizations for staff: each decision with its rule, its numbers and the words that the
//! customer reads about it, verbatim and in the customer's language.

use super::super::explanation::Explanation;
use super::cardholder::{Entry, Listing, Standing};
use super::sentences::{
    CustomerWords, compared, feature_word, reason_agent, reason_word, rule_name, value_text,
};
use decision::{Contribution, FEATURES, RuleSet, RuleVersion};
use kernel::{SECOND_US, Timestamp};
use maud::{Markup, html};
use platform::i18n::figures::{grouped_float, milliseconds, money, money_by_code};
use platform::i18n::{Arg, Locale, t};
use platform::ui::charts::share_bar;
use platform::ui::components::{Badge, Column, Table, Tone, badge, table};
use platform::ui::{Icon, icon};

/// A payment decided later than this after its own time was sent late or replayed; the difference is no latency.
const LATENCY_US_MAX: i64 = 60 * SECOND_US;

/// Records of one account, newest first. `customer` is the language in which the customer reads.
pub fn timeline(listing: &Listing<'_>, customer: Locale, entries: &[Entry]) -> Markup {
    let mut before: Option<Timestamp> = None;
    html! {
        ol.timeline #timeline {
            @for entry in entries {
                @let new_day = before.replace(entry.at())
                    .is_none_or(|at| !listing.calendar.same_day(at, entry.at()));
                @if new_day { li.timeline__day { (listing.calendar.day_heading(entry.at())) } }
                (event(listing, customer, entry))
            }
        }
    }
}

fn event(listing: &Listing<'_>, customer: Locale, entry: &Entry) -> Markup {
    let locale = listing.locale;
    let word = |key: &str| t(locale, key, &[]);
    let declined = entry.is_declined();
    let reverses = matches!(entry.row.facts.class, 4 | 5);
    let verdict = match (reverses, declined) {
        (true, _) => word("authorization-desk-reversal"),
        (false, true) => word("authorization-desk-declined"),
        (false, false) => word("authorization-desk-approved"),
    };
    let class = if declined && !reverses { "event event--open" } else { "event" };
    let place = entry.place(locale);
    let gap = if locale == Locale::En { ", " } else { "，" };
    html! {
        li class=(class) {
            time datetime=(listing.calendar.machine(entry.at())) { (listing.calendar.time(entry.at())) }
            span.event__via { (icon(Icon::Bolt)) (word("authorization-desk-via")) }
            div {
                strong { (verdict) } " " (entry.title(locale))
                @if !place.is_empty() { (gap) (place) }
                " " span.num.strong { (money(entry.billed(listing.currency))) }
                @if let Some(asked) = entry.asked(listing.currency) { " " span.label { (money_by_code(asked)) } }
                @if let Some(masked) = listing.cards.get(&entry.row.card) { " " span.mask.label { (masked) } }
                " " (state(listing, entry))
            }
            @if declined && !reverses {
                div.record { (record(listing, customer, entry)) }
            } @else if entry.explanation.is_some() {
                details.event__more {
                    summary { (word("authorization-see-why")) }
                    div.record.record--ok { (record(listing, customer, entry)) }
                }
            }
        }
    }
}

fn state(listing: &Listing<'_>, entry: &Entry) -> Markup {
    let locale = listing.locale;
    let of = |tone, icon, word: &str| badge(&Badge { tone, icon: Some(icon), word });
    match Standing::of(&entry.row) {
        Standing::Declined => {
            let rule = entry.explanation.as_ref().and_then(Explanation::decisive).map(|rule| rule.id.clone());
            of(Tone::No, Icon::X, &rule.unwrap_or_else(|| reason_word(locale, entry.row.reason)))
        }
        Standing::Held => {
            let held = money(entry.billed(listing.currency));
            let held = t(locale, "authorization-desk-held", &[("amount", Arg::from(&held))]);
            html! { span.support { (held) } }
        }
        Standing::Captured => html! { span.support { (t(locale, "authorization-captured", &[])) } },
        Standing::Reversed => of(Tone::Plain, Icon::Back, &t(locale, "authorization-reversed", &[])),
        Standing::Expired => of(Tone::Plain, Icon::Back, &t(locale, "authorization-expired", &[])),
        Standing::Refunded | Standing::Checked => html! {},
    }
}

fn record(listing: &Listing<'_>, customer: Locale, entry: &Entry) -> Markup {
    let locale = listing.locale;
    let word = |key: &str| t(locale, key, &[]);
    let words = CustomerWords::of(customer, listing.currency, &entry.row, entry.explanation.as_ref());
    let quoted = t(customer, "authorization-desk-quote", &[("text", Arg::from(words.text(customer)))]);
    html! {
        @if let Some(explanation) = &entry.explanation {
            (all_contributions(listing, &explanation.contributions))
        }
        p.support {
            (reason_agent(locale, entry.row.reason)) " "
            (t(locale, "authorization-desk-code", &[("code", Arg::from(&entry.row.facts.code))])) " · "
            (rules_told(locale, entry.explanation.as_ref())) " "
            (decided(listing, entry))
        }
        @if entry.is_declined() {
            p { span.label { (word("authorization-desk-customer-words")) } br; span lang=(customer.tag()) { (quoted) } }
        }
        @if let Some(explanation) = &entry.explanation { (features(listing, explanation)) }
    }
}

/// Those of the rule that decided; those of the others folded away.
fn all_contributions(listing: &Listing<'_>, list: &[Contribution]) -> Markup {
    let (decisive, others): (Vec<&Contribution>, Vec<&Contribution>) =
        list.iter().partition(|one| one.decisive);
    html! {
        @if !decisive.is_empty() { (contributions(listing, &decisive)) }
        @if !others.is_empty() {
            details {
                summary { (t(listing.locale, "authorization-desk-other-hits", &[])) }
                (contributions(listing, &others))
            }
        }
    }
}

fn contributions(listing: &Listing<'_>, list: &[&Contribution]) -> Markup {
    let locale = listing.locale;
    html! {
        div.record__why role="group" aria-label=(t(locale, "authorization-desk-contributions", &[])) {
            @for one in list {
                @let weight = grouped_float(one.weight, 2);
                @let label = t(locale, "authorization-desk-weight", &[("weight", Arg::from(&weight))]);
                span {
                    (feature_word(locale, one.feature()))
                    small.label {
                        " " (compared(locale, listing.currency, one))
                        @if let Some(typical) = one.typical {
                            @let slot = one.feature().typical.unwrap_or(one.slot);
                            @let usual = value_text(locale, slot, typical, listing.currency);
                            " · " (t(locale, "authorization-desk-usual", &[("value", Arg::from(&usual))]))
                        }
                    }
                }
                (share_bar(one.weight, if one.decisive { Tone::No } else { Tone::Look }, Some(&label)))
                span.num.end { (weight) }
            }
        }
    }
}

fn rules_told(locale: Locale, explanation: Option<&Explanation>) -> Markup {
    let Some(explanation) = explanation else {
        return html! { (t(locale, "authorization-desk-no-rules", &[])) };
    };
    match (explanation.record.rules, &explanation.rules) {
        (None, _) => html! { (t(locale, "authorization-desk-no-rules", &[])) },
        (Some(version), None) => {
            html! { (t(locale, "authorization-desk-rules-missing", &[("version", Arg::from(version.to_string()))])) }
        }
        (Some(version), Some(set)) => html! {
            (decisive_told(locale, explanation, set, version))
            @let others = other_hits(explanation, set);
            @if !others.is_empty() { " " (t(locale, "authorization-desk-also", &[("rules", Arg::from(&others))])) }
        },
    }
}

fn decisive_told(locale: Locale, explanation: &Explanation, set: &RuleSet, version: RuleVersion) -> String {
    let number = version.number.to_string();
    let hash = format!("{:016x}", version.hash);
    let of_set = [("set", Arg::from(set.name())), ("number", Arg::from(&number)), ("hash", Arg::from(&hash))];
    match explanation.decisive() {
        None => t(locale, "authorization-desk-no-hit", &of_set),
        Some(rule) => {
            let mut args = of_set.to_vec();
            args.push(("rule", Arg::from(&rule.id)));
            args.push(("name", Arg::from(rule_name(locale, rule))));
            t(locale, "authorization-desk-rule", &args)
        }
    }
}

/// Ids of the rules that hit beside the decisive one.
fn other_hits(explanation: &Explanation, set: &RuleSet) -> String {
    let verdict = &explanation.record.verdict;
    let others = verdict.hits.as_slice().iter().filter(|hit| verdict.decisive != Some(**hit));
    let ids: Vec<&str> = others.filter_map(|hit| set.rule(*hit)).map(|rule| rule.id.as_str()).collect();
    ids.join(" · ")
}

/// When it was decided, and how long that took where the payment's time is that of its arrival.
fn decided(listing: &Listing<'_>, entry: &Entry) -> String {
    let locale = listing.locale;
    let at = Timestamp::from_us(entry.row.facts.decided_at);
    let time = listing.calendar.time_with_seconds(at);
    let took = at.since_us(entry.at());
    match u64::try_from(took) {
        Ok(us) if entry.row.facts.at_arrival && took <= LATENCY_US_MAX => {
            let args = [("time", Arg::from(&time)), ("ms", Arg::from(milliseconds(us)))];
            t(locale, "authorization-desk-took", &args)
        }
        _ => t(locale, "authorization-desk-decided", &[("time", Arg::from(&time))]),
    }
}

fn features(listing: &Listing<'_>, explanation: &Explanation) -> Markup {
    let locale = listing.locale;
    let word = |key: &str| t(locale, key, &[]);
    let [title, feature, name, value] =
        ["features", "feature", "name", "value"].map(|key| word(&format!("authorization-desk-{key}")));
    let seen = FEATURES.iter().filter_map(|def| Some((def, explanation.record.features.get(def.slot)?)));
    let rows = seen.map(|(def, value)| {
        vec![
            html! { (feature_word(locale, def)) },
            html! { code { (def.name) } },
            html! { (value_text(locale, def.slot, value, listing.currency)) },
        ]
    });
    let columns = [
        Column { title: &feature, ..Column::default() },
        Column { title: &name, ..Column::default() },
        Column { title: &value, end: true, ..Column::default() },
    ];
    html! {
        details {
            summary { (title) }
            (table(&Table { label: &title, columns: &columns, rows: rows.collect() }))
        }
    }
}
