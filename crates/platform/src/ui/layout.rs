//! The frames around a page's content: desk, card app, and the plain page of one matter.

use super::{
    Icon, icon, icon_large,
    icons::{mark, sprite},
};
use crate::{
    assets,
    i18n::{Arg, Locale, t},
};
use axum::http::{HeaderMap, Uri, header};
use maud::{DOCTYPE, Markup, html};

/// The `Content-Security-Policy` that every page is made for.
pub const CONTENT_POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; \
     connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

const THEME_COOKIE: &str = "theme";

/// Light, dark, or as the reader's system has it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// As the system has it.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

impl Theme {
    const fn attribute(self) -> Option<&'static str> {
        match self {
            Self::System => None,
            Self::Light => Some("light"),
            Self::Dark => Some("dark"),
        }
    }

    fn from_value(value: &str) -> Option<Self> {
        match value {
            "light" => Some(Self::Light),
            "dark" => Some(Self::Dark),
            "system" => Some(Self::System),
            _ => None,
        }
    }

    /// The theme chosen by `?theme=`; answer with [`theme_cookie`].
    pub fn chosen(uri: &Uri) -> Option<Self> {
        let pairs = uri.query()?.split('&').filter_map(|pair| pair.split_once('='));
        pairs.filter(|(key, _)| *key == THEME_COOKIE).find_map(|(_, value)| Self::from_value(value))
    }

    /// The theme chosen now, else the one in the cookie.
    pub fn from_request(uri: &Uri, headers: &HeaderMap) -> Self {
        let cookies = headers.get(header::COOKIE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let kept = cookies.split(';').filter_map(|pair| pair.trim().split_once('='));
        let kept =
            kept.filter(|(key, _)| *key == THEME_COOKIE).find_map(|(_, value)| Self::from_value(value));
        Self::chosen(uri).or(kept).unwrap_or_default()
    }
}

/// The `Set-Cookie` value that remembers a theme for a year.
pub fn theme_cookie(theme: Theme) -> String {
    let value = theme.attribute().unwrap_or("system");
    format!("{THEME_COOKIE}={value}; Path=/; Max-Age=31536000; SameSite=Lax")
}

/// One place in a navigation. The feature that owns the place supplies it; words are translated already.
#[derive(Clone, Debug)]
pub struct NavItem {
    /// Where it leads.
    pub href: String,
    /// Its icon.
    pub icon: Icon,
    /// Its word.
    pub label: String,
    /// Things waiting there; no number when zero.
    pub count: u64,
    /// Whether the page is there.
    pub current: bool,
}

/// What every page says about where it runs; nothing in production.
#[derive(Clone, Debug)]
pub struct Banner {
    /// Whether everything here is invented.
    pub demo: bool,
    /// What the clock says, when it was moved.
    pub clock_moved_to: Option<String>,
}

/// A page of the desk.
#[derive(Clone, Debug)]
pub struct DeskPage<'a> {
    /// Language.
    pub locale: Locale,
    /// Theme.
    pub theme: Theme,
    /// The issuer's name.
    pub issuer: &'a str,
    /// The page's name: in the tab and as its heading.
    pub title: &'a str,
    /// Path and query of this page, for the links that only change language or theme.
    pub address: &'a str,
    /// The rail.
    pub nav: &'a [NavItem],
    /// Where it runs.
    pub banner: Option<&'a Banner>,
    /// Stands beside the heading: a time, a search field.
    pub beside: Markup,
    /// Stands at the end of the top bar: filters, pause.
    pub tools: Markup,
    /// Signing out, as a form with its token.
    pub account: Markup,
    /// What the page is about.
    pub main: Markup,
}

/// A page of the card app.
#[derive(Clone, Debug)]
pub struct AppPage<'a> {
    /// Language.
    pub locale: Locale,
    /// Theme.
    pub theme: Theme,
    /// The issuer's name.
    pub issuer: &'a str,
    /// The page's name, in the tab; the content carries the heading.
    pub title: &'a str,
    /// Path and query of this page, for the links that only change language or theme.
    pub address: &'a str,
    /// Where the issuer's name leads.
    pub home: &'a str,
    /// Five places at most.
    pub nav: &'a [NavItem],
    /// Where it runs.
    pub banner: Option<&'a Banner>,
    /// At the end of the top bar: bell, signing out.
    pub tools: Markup,
    /// What the page is about.
    pub main: Markup,
}

/// A page of one matter, without navigation: signing in, an error, a sheet that stands alone.
#[derive(Clone, Debug)]
pub struct PlainPage<'a> {
    /// Language.
    pub locale: Locale,
    /// Theme.
    pub theme: Theme,
    /// The issuer's name.
    pub issuer: &'a str,
    /// The page's name, in the tab; the content carries the heading.
    pub title: &'a str,
    /// Path and query of this page.
    pub address: &'a str,
    /// Where it runs.
    pub banner: Option<&'a Banner>,
    /// What the page is about.
    pub main: Markup,
}

/// A page of the desk: rail, top bar with the heading, content.
pub fn desk_page(page: &DeskPage<'_>) -> Markup {
    let DeskPage { locale, theme, issuer, .. } = *page;
    let title = t(locale, "shell-desk-title", &[("title", page.title.into()), ("issuer", issuer.into())]);
    let frame = Frame { locale, theme, title: &title, sheet: "desk.css", density: Some("desk") };
    frame.around(&html! {
        (banner(locale, page.banner))
        div.desk {
            nav.rail aria-label=(t(locale, "shell-desk", &[])) {
                a href="/desk" aria-label=(issuer) { (mark()) }
                ul { @for item in page.nav { li { (nav_link(item, icon_large(item.icon))) } } }
            }
            div {
                header.desk__top {
                    h1 { (page.title) }
                    (page.beside)
                    div.push {}
                    (page.tools)
                    (language_links(locale, page.address))
                    (theme_links(locale, theme, page.address))
                    (page.account)
                }
                main #main .desk__main.wall tabindex="-1" { (page.main) }
            }
        }
    })
}

/// A page of the card app: tabs at the thumb (a side rail where there is room), top bar, content.
pub fn app_page(page: &AppPage<'_>) -> Markup {
    let AppPage { locale, theme, issuer, .. } = *page;
    let title = t(locale, "shell-app-title", &[("title", page.title.into()), ("issuer", issuer.into())]);
    let frame = Frame { locale, theme, title: &title, sheet: "app.css", density: None };
    frame.around(&html! {
        (banner(locale, page.banner))
        div.app {
            nav.tabs aria-label=(t(locale, "shell-main-navigation", &[])) {
                a.brand.tabs__brand href=(page.home) { (mark()) (issuer) }
                ul { @for item in page.nav { li { (nav_link(item, icon(item.icon))) } } }
            }
            div.home {
                header.home__top {
                    a.brand.home__brand href=(page.home) { (mark()) (issuer) }
                    div.home__tools {
                        (language_links(locale, page.address))
                        (theme_links(locale, theme, page.address))
                        (page.tools)
                    }
                }
                main #main .home__main tabindex="-1" { (page.main) }
            }
        }
    })
}

/// A page of one matter.
pub fn plain_page(page: &PlainPage<'_>) -> Markup {
    let PlainPage { locale, theme, issuer, .. } = *page;
    let title = t(locale, "shell-app-title", &[("title", page.title.into()), ("issuer", issuer.into())]);
    let frame = Frame { locale, theme, title: &title, sheet: "app.css", density: None };
    frame.around(&html! {
        (banner(locale, page.banner))
        div.one {
            header.one__top {
                span.brand { (mark()) (issuer) }
                div.push {}
                (language_links(locale, page.address))
            }
            main #main tabindex="-1" { (page.main) }
        }
    })
}

/// What all pages share.
pub(super) struct Frame<'a> {
    pub(super) locale: Locale,
    pub(super) theme: Theme,
    pub(super) title: &'a str,
    pub(super) sheet: &'a str,
    pub(super) density: Option<&'a str>,
}

impl Frame<'_> {
    pub(super) fn around(&self, body: &Markup) -> Markup {
        let word = |key| t(self.locale, key, &[]);
        html! {
            (DOCTYPE)
            html lang=(self.locale.tag()) data-theme=[self.theme.attribute()] data-density=[self.density] {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover";
                    meta name="color-scheme" content="light dark";
                    title { (self.title) }
                    link rel="icon" type="image/svg+xml" href=(assets::href("icons/mark.svg"));
                    link rel="stylesheet" href=(assets::href(self.sheet));
                    script type="module" src=(assets::href("js/main.js")) {}
                }
                body data-text-failed=(word("shell-form-failed")) data-text-working=(word("shell-form-working")) {
                    a.skip.vh href="#main" { (word("shell-skip")) }
                    (sprite())
                    (body)
                    div #announcer .vh role="status" {}
                }
            }
        }
    }
}

fn nav_link(item: &NavItem, picture: Markup) -> Markup {
    html! {
        a href=(item.href) aria-current=[item.current.then_some("page")] {
            (picture)
            (item.label)
            @if item.count > 0 { span.count { (item.count.min(999)) } }
        }
    }
}

pub(super) fn banner(locale: Locale, banner: Option<&Banner>) -> Markup {
    let Some(banner) = banner else { return html! {} };
    html! {
        @if banner.demo || banner.clock_moved_to.is_some() {
            p.environment {
                @if banner.demo { span { (t(locale, "shell-demo", &[])) } }
                @if let Some(now) = &banner.clock_moved_to {
                    " "
                    strong { (t(locale, "shell-clock-moved", &[("now", Arg::from(now))])) }
                }
            }
        }
    }
}

pub(super) fn language_links(current: Locale, address: &str) -> Markup {
    html! {
        nav.languages aria-label=(t(current, "shell-languages", &[])) {
            @for locale in Locale::ALL {
                @if locale != current {
                    a.btn.btn--quiet href=(query_with(address, "lang", locale.tag()))
                        lang=(locale.tag()) hreflang=(locale.tag()) { (locale.own_name()) }
                }
            }
        }
    }
}

fn theme_links(locale: Locale, theme: Theme, address: &str) -> Markup {
    let link = |value, key| {
        html! { a.btn.btn--quiet.theme href=(query_with(address, THEME_COOKIE, value)) { (t(locale, key, &[])) } }
    };
    match theme {
        Theme::Dark => link("light", "shell-theme-light"),
        Theme::Light => link("dark", "shell-theme-dark"),
        Theme::System => html! {
            span.theme-if-light { (link("dark", "shell-theme-dark")) }
            span.theme-if-dark { (link("light", "shell-theme-light")) }
        },
    }
}

/// `address` with the query parameter `key` set to `value` and its other parameters kept. `value` must
/// not need escaping in a query.
pub fn query_with(address: &str, key: &str, value: &str) -> String {
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    let others = query
        .split('&')
        .filter(|pair| !pair.is_empty() && pair.split_once('=').map_or(*pair, |(name, _)| name) != key);
    let mut query: Vec<&str> = others.collect();
    let own = format!("{key}={value}");
    query.push(&own);
    format!("{path}?{}", query.join("&"))
}
