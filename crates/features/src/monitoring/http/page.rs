//! The desk's frame around a page of this feature, and the names its words need.

use super::super::{
    error::MonitoringError,
    service::{self, Watch},
    ui::Words,
};
use crate::authorizations::Policy;
use axum::response::{Html, IntoResponse, Response};
use maud::{Markup, html};
use platform::{
    access::{Caller, Surface, list_staff},
    app::App,
    feature,
    http::problem::Problem,
    i18n::{Locale, t},
    ui::{
        DeskPage, Icon, NavItem, Theme,
        components::{Action, ButtonKind, PostForm, button, post_form},
        desk_page,
    },
};
use std::collections::HashMap;
use std::sync::Arc;

/// Where the list of alerts is; its count stands in the menu.
const ALERTS: &str = "/desk/alerts";

/// What a page brings.
pub(super) struct Page<'a> {
    pub title: &'a str,
    pub address: &'a str,
    /// The place in the menu that it belongs to.
    pub place: &'a str,
    pub theme: Theme,
    pub beside: Markup,
    pub tools: Markup,
    pub main: Markup,
}

/// The whole page.
pub(super) async fn framed(app: &App, caller: &Caller, page: Page<'_>) -> Result<Response, Problem> {
    let locale = caller.locale;
    let open = service::open_now(&app.db).await?.count;
    let nav: Vec<NavItem> = feature::navigation(&app.features, Surface::Desk, caller.role)
        .into_iter()
        .map(|item| NavItem {
            href: item.path.to_owned(),
            icon: Icon::from_name(item.icon).unwrap_or(Icon::Go),
            label: t(locale, item.label, &[]),
            count: if item.path == ALERTS { open } else { 0 },
            current: item.path == page.place,
        })
        .collect();
    let banner = app.banner(locale);
    let whole = DeskPage {
        locale,
        theme: page.theme,
        issuer: app.brand.name(locale),
        title: page.title,
        address: page.address,
        nav: &nav,
        banner: banner.as_ref(),
        beside: page.beside,
        tools: page.tools,
        account: sign_out(locale, caller),
        main: page.main,
    };
    Ok(Html(desk_page(&whole).into_string()).into_response())
}

fn sign_out(locale: Locale, caller: &Caller) -> Markup {
    if caller.session.is_none() {
        return html! {};
    }
    let label = t(locale, "shell-sign-out", &[]);
    let form =
        PostForm { action: "/desk/sign-out", csrf: caller.csrf(), hidden: &[], swap: false, class: "" };
    post_form(&form, &button(&Action::new(ButtonKind::Quiet, &label)))
}

/// Language and names for the parts of a page.
pub(super) async fn words<'w>(
    app: &App,
    watch: &'w Watch,
    locale: Locale,
) -> Result<Words<'w>, MonitoringError> {
    let staff = list_staff(&app.db).await?.into_iter();
    let settings = watch.settings();
    let policy = app.service::<Arc<Policy>>().ok();
    let rules = policy.iter().flat_map(|policy| policy.rules.rules()).filter_map(|rule| {
        let name = rule.name.as_ref()?;
        let text = match locale {
            Locale::ZhHans => &name.zh_hans,
            Locale::ZhHant => &name.zh_hant,
            Locale::En => &name.en,
        };
        Some((rule.id.clone(), text.clone()))
    });
    Ok(Words {
        locale,
        calendar: app.calendar(locale),
        rules: rules.collect(),
        staff: staff.map(|one| (one.id, one.name.reveal().to_owned())).collect::<HashMap<_, _>>(),
        cities: &settings.cities,
        classes: &settings.classes,
    })
}
