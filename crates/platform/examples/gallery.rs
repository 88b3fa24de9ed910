//! Writes the component gallery and two sample pages, in every language and theme, into a folder, for
//! looking at without a server: `cargo run -p cardea-platform --example gallery -- FOLDER`.

use platform::{
    assets,
    i18n::{Locale, t},
    ui::{self, AppPage, Banner, DeskPage, Icon, NavItem, Theme},
};
use std::{fs, io, path::Path};

fn main() -> io::Result<()> {
    let folder = std::env::args().nth(1).unwrap_or_else(|| "target/gallery".to_owned());
    let folder = Path::new(&folder);
    fs::create_dir_all(folder)?;
    for name in ["gallery.css", "desk.css", "app.css"] {
        fs::write(folder.join(name), assets::sheet_text(name).unwrap_or_default())?;
    }
    for locale in Locale::ALL {
        for (theme, word) in [(Theme::Light, "light"), (Theme::Dark, "dark")] {
            for (page, html) in [
                ("gallery", ui::gallery_page(locale, theme, "/desk/gallery").into_string()),
                ("desk", desk(locale, theme)),
                ("app", app(locale, theme)),
            ] {
                // The files stand beside the page instead of under the address of a server.
                let beside = html.replace(assets::href("").as_str(), "");
                fs::write(folder.join(format!("{page}.{}.{word}.html", locale.tag())), beside)?;
            }
        }
    }
    Ok(())
}

fn places(locale: Locale) -> Vec<NavItem> {
    let entries = [
        (Icon::Pulse, "shell-live", 0, true),
        (Icon::Card, "gallery-cards", 0, false),
        (Icon::Flag, "gallery-notices", 7, false),
    ];
    let place = |(icon, key, count, current)| NavItem {
        href: "#".to_owned(),
        icon,
        label: t(locale, key, &[]),
        count,
        current,
    };
    entries.into_iter().map(place).collect()
}

fn desk(locale: Locale, theme: Theme) -> String {
    let title = t(locale, "gallery-charts", &[]);
    let banner = Banner { demo: true, clock_moved_to: None };
    let page = DeskPage {
        locale,
        theme,
        issuer: "Qingwu",
        title: &title,
        address: "/desk/live",
        nav: &places(locale),
        banner: Some(&banner),
        beside: ui::components::live_status(locale),
        tools: ui::components::pause_button(locale),
        account: maud::html! {},
        main: ui::gallery(locale),
    };
    ui::desk_page(&page).into_string()
}

fn app(locale: Locale, theme: Theme) -> String {
    let title = t(locale, "gallery-cards", &[]);
    let page = AppPage {
        locale,
        theme,
        issuer: "Qingwu",
        title: &title,
        address: "/",
        home: "/",
        nav: &places(locale),
        banner: Some(&Banner { demo: true, clock_moved_to: Some("20:14".to_owned()) }),
        tools: maud::html! {},
        main: ui::gallery(locale),
    };
    ui::app_page(&page).into_string()
}
