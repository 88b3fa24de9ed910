//! The card picture: the hinge, closed.

use crate::ui::{Icon, icon};
use kernel::MaskedPan;
use maud::{Markup, html};

/// What can be seen of a card's state.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum CardState {
    /// It can be used.
    #[default]
    Usable,
    /// It can't; the word says why, such as frozen.
    Stopped(Icon, String),
}

/// A card as its holder knows it.
#[derive(Clone, Debug)]
pub struct CardPicture<'a> {
    /// The issuer's name.
    pub issuer: &'a str,
    /// Physical, virtual.
    pub kind: &'a str,
    /// A virtual card is drawn light.
    pub is_virtual: bool,
    /// The holder's name or the card's.
    pub name: &'a str,
    /// Its number, masked.
    pub pan: &'a MaskedPan,
    /// Whether it can be used.
    pub state: CardState,
}

/// The picture. All of it is text, so it scales and is read aloud.
pub fn card_picture(card: &CardPicture<'_>) -> Markup {
    let mut class = "cardpic".to_owned();
    if card.is_virtual {
        class.push_str(" cardpic--virtual");
    }
    if card.state != CardState::Usable {
        class.push_str(" cardpic--frozen");
    }
    html! {
        div class=(class) {
            svg.cardpic__art viewBox="0 0 317 200" preserveAspectRatio="none" aria-hidden="true" {
                path.b d="M0 0h317v200H0z" {}
                path.a d="M0 0h317v124h-63v14h-64v-14h-63v14H63v-14H0z" {}
                path.pin d="M0 131h317" {}
                path.frost d="M-160 200 40 0M-120 200 80 0M-80 200 120 0M-40 200 160 0M0 200 200 0M40 200 240 0M80 200 280 0M120 200 320 0M160 200 360 0M200 200 400 0M240 200 440 0M280 200 480 0" {}
            }
            div.cardpic__top { span { (card.issuer) } span.cardpic__kind { (card.kind) } }
            @match &card.state {
                CardState::Usable => { span {} }
                CardState::Stopped(shape, word) => { span.cardpic__state { (icon(*shape)) (word) } }
            }
            div.cardpic__foot {
                span.cardpic__name { (card.name) }
                span.cardpic__pan.mask { (card.pan) }
            }
        }
    }
}
