//! The parts that pages are made of. Each takes a small struct of words and values and gives markup.

mod actions;
mod blocks;
mod cards;
mod fields;
mod live;
mod money;
mod rows;
mod steps;

pub use actions::{
    Action, ButtonKind, PostForm, button, disabled_button, link_button, post_form, sheet, sheet_button,
};
pub use blocks::{
    Badge, Kpi, Notice, Panel, Tone, badge, count_badge, empty, facts, hinge, key_list, kpi, notice, panel,
};
pub use cards::{CardPicture, CardState, card_picture};
pub use fields::{Choice, Field, choices, field};
pub use live::{Alert, LiveRegion, alerts, live_region, live_status, pause_button};
pub use money::{AmountSize, AmountState, LimitBar, amount, amount_of, foreign, limit_bar};
pub use rows::{Cell, Column, RowEntry, Table, day_heading, row, rows, table};
pub use steps::{Step, StepState, steps};
