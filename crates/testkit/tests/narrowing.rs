//! A file of roles over the whole matrix: what it takes from a role is refused on every route of the permission, whatever
//! was proved, and nobody else loses anything. In a program of its own, since a narrowing holds for the whole process.

#![cfg(test)]

use kernel::{Actor, Channel, CustomerId, Masked};
use platform::access::{
    Assurance, Narrowing, NarrowingError, NewStaff, Permission, Role, Standing, add_staff, decide,
};
use platform::feature::{Route, navigation, with_own};
use platform::{access::Surface, feature, i18n};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use testkit::{TestApp, sqlite};

fn permissions() -> Vec<&'static Permission> {
    with_own(features::ALL).iter().flat_map(|feature| feature.permissions).copied().collect()
}

/// Takes each permission that is not open from the last of its roles that isn't a cardholder's.
fn taken() -> BTreeMap<&'static str, Role> {
    let narrowed = permissions().into_iter().filter(|permission| !permission.is_open());
    let last = |permission: &&'static Permission| {
        let role = permission.roles.iter().rev().find(|role| **role != Role::Cardholder)?;
        Some((permission.name, *role))
    };
    narrowed.filter_map(|permission| last(&permission)).collect()
}

fn file(taken: &BTreeMap<&'static str, Role>) -> String {
    let mut text = "[permissions]\n".to_owned();
    for permission in permissions() {
        let Some(gone) = taken.get(permission.name) else { continue };
        let kept = permission.roles.iter().filter(|role| *role != gone);
        let kept: Vec<String> = kept.map(|role| format!("\"{role}\"")).collect();
        writeln!(text, "\"{}\" = [{}]", permission.name, kept.join(", ")).unwrap();
    }
    text
}

fn address(path: &str) -> String {
    let part = |part: &str| match part {
        "{account}" => kernel::AccountId::from_raw(1).to_string(),
        "{card}" => kernel::CardId::from_raw(1).to_string(),
        "{customer}" => CustomerId::from_raw(1).to_string(),
        other if other.starts_with('{') => "1".to_owned(),
        other => other.to_owned(),
    };
    path.split('/').map(part).collect::<Vec<_>>().join("/")
}

/// How somebody of each role comes: a browser's cookie with its token, or the key of a program.
async fn headers_of(app: &TestApp, role: Role) -> Vec<(&'static str, String)> {
    if role == Role::ApiClient {
        return vec![("authorization", app.api_key(&["*"]).await)];
    }
    let new = NewStaff { name: Masked::new("Lin Jing"), role, locale: "en".to_owned() };
    let id = add_staff(&app.app.db, Actor::System, Channel::Console, new).await.unwrap().unwrap();
    let browser = app.browser(Actor::Staff(id), role, Assurance::THREE).await;
    vec![
        ("cookie", browser.cookie),
        ("x-csrf-token", browser.csrf),
        ("sec-fetch-site", "same-origin".to_owned()),
    ]
}

/// Whether the gate says that the role does not have what `route` needs.
async fn is_forbidden(app: &TestApp, route: &Route, headers: &[(&'static str, String)]) -> bool {
    let mut headers: Vec<(&str, &str)> =
        headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    headers.extend([("content-type", "application/json"), ("accept", "*/*")]);
    let answer = app.ask(route.method().as_str(), &address(route.path()), &headers, "{}").await;
    answer.status == 403 && answer.code() == "role_forbidden"
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_file_takes_is_refused_on_every_route_of_it_and_nothing_else_is() {
    let taken = taken();
    let routes: Vec<Route> = with_own(features::ALL).iter().flat_map(|feature| (feature.routes)()).collect();
    let before: Vec<(Role, usize)> = Role::STAFF
        .iter()
        .map(|role| (*role, navigation(features::ALL, Surface::Desk, *role).len()))
        .collect();
    Narrowing::read(&file(&taken), &permissions()).unwrap().install().unwrap();

    // The check itself, for every role and permission.
    for permission in permissions() {
        for role in Role::ALL {
            let keeps = permission.roles.contains(role) && taken.get(permission.name) != Some(role);
            assert_eq!(permission.allows(*role), keeps, "{role} {}", permission.name);
            let opens = decide(permission, Standing::new(*role, Assurance::THREE)).is_ok();
            assert_eq!(opens, keeps || permission.is_open(), "{role} {}", permission.name);
        }
    }
    // The gate, on every route of what was taken.
    let app = TestApp::start(sqlite().await, "number = 1\nname = \"none\"\n");
    let _ = i18n::install(feature::catalogue(&app.app.features).unwrap());
    let mut asked = 0;
    for role in Role::STAFF.iter().chain(&[Role::ApiClient]) {
        let headers = headers_of(&app, *role).await;
        for route in &routes {
            let api = route.path().starts_with("/v1");
            let desk = route.path().starts_with("/desk");
            let theirs = if *role == Role::ApiClient { api } else { desk };
            if !theirs || taken.get(route.permission().name) != Some(role) {
                continue;
            }
            let refused = is_forbidden(&app, route, &headers).await;
            assert!(refused, "{} {} for {role}", route.method(), route.path());
            asked += 1;
        }
    }
    assert!(asked > 40, "{asked} routes of what was taken");
    // Menus lose what leads nowhere.
    let gone = before
        .iter()
        .filter(|(role, entries)| navigation(features::ALL, Surface::Desk, *role).len() < *entries);
    assert!(gone.count() > 0, "no menu became shorter");
    // The same file again (another server of one process) is nothing new; another one is.
    Narrowing::read(&file(&taken), &permissions()).unwrap().install().unwrap();
    assert!(matches!(Narrowing::default().install(), Err(NarrowingError::Installed)));
}
