//! The icons: one sprite in every page, used by name.

use maud::{Markup, PreEscaped, html};

const SPRITE: &str = include_str!("../../../../web/icons/sprite.svg");

macro_rules! icons {
    ($($name:ident = $id:literal,)*) => {
        /// An icon of the sprite. It only ever helps a word, never replaces one.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[expect(missing_docs, reason = "the names are the documentation")]
        pub enum Icon { $($name,)* }

        impl Icon {
            /// Every icon.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// Its id in the sprite, with the hash sign, for `href`.
            pub const fn href(self) -> &'static str {
                match self { $(Self::$name => concat!("#i-", $id),)* }
            }

            /// The icon called `name`, such as `pulse`, for lists of data.
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $($id => Some(Self::$name),)* _ => None }
            }
        }
    };
}

icons! {
    Alert = "alert",
    Back = "back",
    Bell = "bell",
    Bill = "bill",
    Bolt = "bolt",
    Book = "book",
    Bowl = "bowl",
    Card = "card",
    Cart = "cart",
    Case = "case",
    Chat = "chat",
    Check = "check",
    Clock = "clock",
    Eye = "eye",
    Flag = "flag",
    Freeze = "freeze",
    Globe = "globe",
    Go = "go",
    Home = "home",
    List = "list",
    Lock = "lock",
    Mail = "mail",
    Offline = "offline",
    Pause = "pause",
    People = "people",
    Phone = "phone",
    Pulse = "pulse",
    Search = "search",
    Shield = "shield",
    Sms = "sms",
    Train = "train",
    User = "user",
    X = "x",
}

/// The icon at the size of the text around it.
pub fn icon(icon: Icon) -> Markup {
    html! { svg.icon aria-hidden="true" { use href=(icon.href()) {} } }
}

/// The icon at 24 pixels.
pub fn icon_large(icon: Icon) -> Markup {
    html! { svg.icon.icon--l aria-hidden="true" { use href=(icon.href()) {} } }
}

/// The mark: two leaves of a hinge.
pub fn mark() -> Markup {
    html! {
        svg.mark viewBox="0 0 28 28" aria-hidden="true" {
            path.a d="M2 3h9v4.4h4v4.4h-4v4.4h4v4.4h-4V25H2z" {}
            path.b d="M17.5 3 26 6.5v15L17.5 25v-3.4h-4.5v-2.4h4.5v-5.4h-4.5v-3.6h4.5z" {}
        }
    }
}

/// The sprite, once in each page. Our own file, so it goes in unescaped.
pub(super) fn sprite() -> Markup {
    PreEscaped(SPRITE.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_icon_is_in_the_sprite_and_has_a_name_here() {
        for icon in Icon::ALL {
            let id = icon.href().trim_start_matches('#');
            assert_eq!(Icon::from_name(id.trim_start_matches("i-")), Some(*icon));
            assert!(SPRITE.contains(&format!("id=\"{id}\"")), "{id} is not in the sprite");
        }
        assert_eq!(SPRITE.matches("<symbol ").count(), Icon::ALL.len());
    }
}
