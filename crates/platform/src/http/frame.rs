//! The frame of a signed-in person's page: menu by their role, banner, signing out.
//!
//! Features bring a title and the content; menu entries come from the list of features, so a page shows the
//! same menu whoever made it.

use crate::access::{Caller, Surface};
use crate::app::App;
use crate::feature::navigation;
use crate::i18n::t;
use crate::ui::components::{Action, ButtonKind, PostForm, button, post_form};
use crate::ui::{self, AppPage, DeskPage, Icon, app_page, desk_page};
use axum::response::Html;
use maud::{Markup, html};

/// One page of a feature.
#[derive(Clone, Copy)]
pub struct Frame<'a> {
    /// The server.
    pub app: &'a App,
    /// Who reads.
    pub caller: &'a Caller,
    /// The page's name, in the reader's language.
    pub title: &'a str,
    /// Its address: path and query.
    pub address: &'a str,
}

impl Frame<'_> {
    /// A page of the card app around `main`, which carries the heading.
    pub fn app_page(&self, main: Markup) -> Html<String> {
        let (app, caller) = (self.app, self.caller);
        let banner = app.banner(caller.locale);
        let page = AppPage {
            locale: caller.locale,
            theme: caller.theme,
            issuer: app.brand.name(caller.locale),
            title: self.title,
            address: self.address,
            home: "/",
            nav: &self.places(Surface::App),
            banner: banner.as_ref(),
            tools: self.sign_out("/sign-out"),
            main,
        };
        Html(app_page(&page).into_string())
    }

    /// A page of the desk around `main`; `beside` stands beside the heading, `tools` at the end of its line.
    pub fn desk_page(&self, beside: Markup, tools: Markup, main: Markup) -> Html<String> {
        let (app, caller) = (self.app, self.caller);
        let banner = app.banner(caller.locale);
        let page = DeskPage {
            locale: caller.locale,
            theme: caller.theme,
            issuer: app.brand.name(caller.locale),
            title: self.title,
            address: self.address,
            nav: &self.places(Surface::Desk),
            banner: banner.as_ref(),
            beside,
            tools,
            account: self.sign_out("/desk/sign-out"),
            main,
        };
        Html(desk_page(&page).into_string())
    }

    fn sign_out(&self, action: &str) -> Markup {
        if self.caller.session.is_none() {
            return html! {};
        }
        let form = PostForm { action, csrf: self.caller.csrf(), hidden: &[], swap: false, class: "" };
        let label = t(self.caller.locale, "shell-sign-out", &[]);
        post_form(&form, &button(&Action::new(ButtonKind::Quiet, &label)))
    }

    /// How many things wait at an entry of the menu.
    fn waiting(&self, path: &str) -> u64 {
        self.caller.waiting.iter().find(|(entry, _)| *entry == path).map_or(0, |(_, count)| *count)
    }

    /// The menu; the entry with the longest path that leads here is the current one.
    fn places(&self, surface: Surface) -> Vec<ui::NavItem> {
        let path = self.address.split('?').next().unwrap_or_default();
        let leads_here = |entry: &str| {
            let below = path.strip_prefix(entry).is_some_and(|rest| rest.starts_with('/'));
            path == entry || (entry != "/" && below)
        };
        let entries = navigation(&self.app.features, surface, self.caller.role);
        let current =
            entries.iter().map(|item| item.path).filter(|entry| leads_here(entry)).max_by_key(|p| p.len());
        let place = |item: &&crate::feature::NavItem| ui::NavItem {
            href: item.path.to_owned(),
            icon: Icon::from_name(item.icon).unwrap_or(Icon::List),
            label: t(self.caller.locale, item.label, &[]),
            count: self.waiting(item.path),
            current: current == Some(item.path),
        };
        entries.iter().map(place).collect()
    }
}
