//! Emergencies that wait for a review.

use super::super::model::ToReview;
use maud::{Markup, html};
use platform::i18n::dates::Calendar;
use platform::i18n::t;
use platform::ui::components::{
    Action, ButtonKind, Column, Panel, PostForm, Table, button, empty, panel, post_form, table,
};

/// The page.
pub(in super::super) fn reviews(calendar: &Calendar, csrf: &str, waiting: &[ToReview]) -> Markup {
    let word = |key: &str| t(calendar.locale(), key, &[]);
    let title = word("matters-reviews");
    if waiting.is_empty() {
        let nothing = empty(&word("matters-reviews-none"), &word("matters-reviews-text"), &html! {});
        return panel(&Panel { id: "reviews", title: &title, corner: html! {} }, &nothing);
    }
    let titles =
        ["who", "whose", "when", "words-column", "act"].map(|key| word(&format!("matters-review-{key}")));
    let columns = titles.each_ref().map(|title| Column { title, ..Column::default() });
    let rows = waiting.iter().map(|one| {
        let action = format!("/desk/reviews/{}", one.matter.id);
        let of_what = one.matter.id.to_string();
        let button = |outcome: &str| {
            let label = word(&format!("matters-review-{outcome}"));
            let hidden = [("outcome", outcome)];
            let form = PostForm { action: &action, csrf, hidden: &hidden, swap: false, class: "" };
            post_form(&form, &button(&Action { of_what: &of_what, ..Action::new(ButtonKind::Plain, &label) }))
        };
        vec![
            html! { span.num { (one.matter.opened_by) } },
            html! { span.num { (one.matter.customer) } },
            html! { span.num { (calendar.date_time(one.matter.opened_at)) } },
            html! { @match &one.words { Some(words) => (words), None => (word("matters-words-gone")) } },
            html! { div.btns { (button("justified")) (button("unjustified")) } },
        ]
    });
    panel(
        &Panel { id: "reviews", title: &title, corner: html! {} },
        &table(&Table { label: &title, columns: &columns, rows: rows.collect() }),
    )
}
