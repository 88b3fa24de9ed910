//! How cards look to their holder: picture, freezing, switches. Pure functions from a card to markup.

mod cardholder;

pub(super) use cardholder::{OwnCard, Said, changed_item, page};
pub use cardholder::{Shown, card_item, loss_fields};
