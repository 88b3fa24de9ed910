//! A feature as plain data, and the server built from the list of them.
//!
//! Routers, menu, role matrix, API document and the list of personal data all come from here, so none
//! of them can be forgotten. A [`Route`] is made only with its permission, and [`build_router`] puts
//! the gate ([`crate::access`]) in front of each, so no handler runs unguarded. What two features both
//! claim (a route, a table, a permission) stops the start with a sentence that names both.
//!
//! Handlers are axum handlers over [`App`]; this module does not know what they do.

use crate::access::{EndAccess, Gate, Permission, RecordGuard, RecordPlace, Role, Surface, gate};
use crate::app::App;
use crate::approval::{Answering, SignedAct};
use crate::db::DbError;
use crate::http;
use crate::i18n::{Catalogue, CatalogueError, FeatureTexts, SHELL_TEXTS};
use crate::jobs;
use crate::keys::KeyColumn;
use axum::handler::Handler;
use axum::http::Method;
use axum::routing::{MethodFilter, MethodRouter, on};
use axum::{Router, middleware};
use kernel::Actor;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::future::Future;
use std::pin::Pin;

/// One feature. Written as `pub static FEATURE: Feature` in its `mod.rs`; what it lacks comes from
/// [`Feature::EMPTY`].
#[derive(Clone, Copy)]
pub struct Feature {
    /// The noun: `cards`.
    pub name: &'static str,
    /// Its routes.
    pub routes: fn() -> Vec<Route>,
    /// Its permissions; every route of the feature names one of these.
    pub permissions: &'static [&'static Permission],
    /// Its entries in the menus.
    pub navigation: &'static [NavItem],
    /// What waits at its entries in the menus, as numbers.
    pub waiting: &'static [Waiting],
    /// Its parts of other features' pages.
    pub panels: &'static [Panel],
    /// The kinds of message that it sends to customers.
    pub messages: &'static [&'static MessageKind],
    /// The acts of it that are done only with their owner's signature.
    pub signed_acts: &'static [&'static SignedAct],
    /// Answers for approvals; one feature does. See [`crate::approval::ask`].
    pub approvals: Option<Answering>,
    /// Its jobs and timers.
    pub jobs: fn(&App) -> Vec<jobs::Handler>,
    /// Its sentences: language and Fluent source, `("en", include_str!("i18n/en.ftl"))`.
    pub texts: &'static [(&'static str, &'static str)],
    /// What it writes into the audit log.
    pub audit_acts: &'static [AuditAct],
    /// What it keeps about people.
    pub personal_data: &'static [PersonalData],
    /// Where it keeps wrapped data keys; destruction and rotation of keys go over all of them.
    pub key_columns: &'static [KeyColumn],
    /// The tables it owns.
    pub tables: &'static [&'static str],
    /// Its part of the API document.
    pub openapi: Option<fn() -> utoipa::openapi::OpenApi>,
    /// Who is asked before a route opens somebody's record; one feature brings it.
    pub record_guard: Option<RecordGuard>,
    /// Ends what it keeps that opens sessions, where somebody loses their access.
    pub end_access: Option<EndAccess>,
}

impl Feature {
    /// A feature of nothing, to fill the rest with.
    pub const EMPTY: Self = Self {
        name: "",
        routes: Vec::new,
        permissions: &[],
        navigation: &[],
        waiting: &[],
        panels: &[],
        messages: &[],
        signed_acts: &[],
        approvals: None,
        jobs: |_| Vec::new(),
        texts: &[],
        audit_acts: &[],
        personal_data: &[],
        key_columns: &[],
        tables: &[],
        openapi: None,
        record_guard: None,
        end_access: None,
    };
}

/// An entry of a menu; shown to the roles of its permission.
#[derive(Debug)]
pub struct NavItem {
    /// In which menu.
    pub surface: Surface,
    /// Where it leads.
    pub path: &'static str,
    /// The key of its label.
    pub label: &'static str,
    /// The name of its icon.
    pub icon: &'static str,
    /// Lower comes first.
    pub order: u16,
    /// Who sees it.
    pub permission: &'static Permission,
}

/// The count of [`Waiting`].
pub type Counted = Pin<Box<dyn Future<Output = Result<u64, DbError>> + Send>>;

/// How many things wait for a reader at an entry of the menu. Asked for each page of theirs, so it must be cheap.
#[derive(Debug)]
pub struct Waiting {
    /// The entry.
    pub path: &'static str,
    /// How many wait for this reader.
    pub count: fn(App, Actor) -> Counted,
}

/// One kind of message to customers: the keys of its words, which must hold no link.
#[derive(Debug)]
pub struct MessageKind {
    /// `feature.thing.verb`, such as `identity.code.sent`; kept with each message.
    pub name: &'static str,
    /// One line.
    pub title: &'static str,
    /// What the inbox and a mail say. No code.
    pub text: &'static str,
    /// What SMS and push say instead where there is a code: the text with `{ $code }`.
    pub coded: Option<&'static str>,
}

/// A fragment that another feature's page shows: the page asks for it by `slot` and loads it by its
/// address, so it has its own permission and its own failure.
#[derive(Debug)]
pub struct Panel {
    /// The page and place: `desk.account`.
    pub slot: &'static str,
    /// Its address, with the page's parameters in braces: `/desk/accounts/{account}/authorizations`.
    pub path: &'static str,
    /// The key of its name, for the link that stands there until it is loaded.
    pub label: &'static str,
    /// Lower comes first.
    pub order: u16,
    /// Who sees it.
    pub permission: &'static Permission,
}

/// One kind of audit entry and the key of the sentence that tells it.
#[derive(Debug)]
pub struct AuditAct {
    /// Such as `cards.card.frozen`.
    pub name: &'static str,
    /// The key of its sentence.
    pub sentence: &'static str,
}

/// Something kept about people.
#[derive(Debug)]
pub struct PersonalData {
    /// Table and column, or table alone.
    pub place: &'static str,
    /// `C1` (internal), `C2` (personal) or `C3` (sensitive).
    pub class: &'static str,
    /// How long it is kept.
    pub retention: &'static str,
}

/// A route that can't be made without its permission.
pub struct Route {
    method: Method,
    path: &'static str,
    permission: &'static Permission,
    extends_session: bool,
    record: RecordPlace,
    handler: MethodRouter<App>,
}

macro_rules! route_methods {
    ($($(#[$doc:meta])* $name:ident = $method:ident;)*) => {$(
        $(#[$doc])*
        pub fn $name<H, T>(path: &'static str, permission: &'static Permission, handler: H) -> Self
        where
            H: Handler<T, App>,
            T: 'static,
        {
            let handler = on(MethodFilter::$method, handler);
            let record = RecordPlace::of_path(path);
            Self { method: Method::$method, path, permission, extends_session: true, record, handler }
        }
    )*};
}

impl Route {
    route_methods! {
        /// Reads.
        get = GET;
        /// Creates or does.
        post = POST;
        /// Replaces.
        put = PUT;
        /// Changes a part.
        patch = PATCH;
        /// Removes.
        delete = DELETE;
    }

    /// A route that a page calls by itself (streams, refreshes): it does not extend the session.
    #[must_use]
    pub fn unattended(mut self) -> Self {
        self.extends_session = false;
        self
    }

    /// Names a person in its path and opens no record of theirs; say why.
    #[must_use]
    pub fn opens_no_record(mut self, why: &'static str) -> Self {
        self.record = RecordPlace::Excused(why);
        self
    }

    /// Opens the records of those whom its query names in `name`, several with commas between.
    #[must_use]
    pub fn record_in_query(mut self, name: &'static str) -> Self {
        self.record = RecordPlace::Query(name);
        self
    }

    /// Where it names the record that it opens.
    pub fn record(&self) -> RecordPlace {
        self.record
    }

    /// Whether its use extends the session.
    pub fn extends_session(&self) -> bool {
        self.extends_session
    }

    /// Its method.
    pub fn method(&self) -> &Method {
        &self.method
    }

    /// Its path, with parameters in braces.
    pub fn path(&self) -> &'static str {
        self.path
    }

    /// What a caller needs.
    pub fn permission(&self) -> &'static Permission {
        self.permission
    }
}

/// Why a list of features can't be served.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FeatureError {
    /// Two features, or one twice, claim the same thing.
    #[error("{what} {name} belongs to {first} and to {second}; it can have one owner")]
    Claimed {
        /// `route`, `table`, `permission`, `kind of message` or `signed act`.
        what: &'static str,
        /// Which one.
        name: String,
        /// Who claimed it first.
        first: &'static str,
        /// Who claimed it again.
        second: &'static str,
    },
    /// A route names a permission that its feature does not list.
    #[error("{route} of {feature} needs {permission}, which {feature} does not list in its permissions")]
    Unlisted {
        /// The feature.
        feature: &'static str,
        /// The route.
        route: String,
        /// The permission.
        permission: &'static str,
    },
    /// A route opens somebody's record, and no feature brings a guard of records.
    #[error("{route} of {feature} opens somebody's record, and no feature guards records")]
    Unguarded {
        /// The feature.
        feature: &'static str,
        /// The route.
        route: String,
    },
}

/// Every feature that is served: platform's own first.
pub fn with_own<'f>(features: &[&'f Feature]) -> Vec<&'f Feature> {
    let own: [&Feature; 5] = [
        &http::FEATURE,
        &crate::access::FEATURE,
        &crate::keys::FEATURE,
        &crate::backup::FEATURE,
        &crate::audit::FEATURE,
    ];
    own.into_iter().chain(features.iter().copied()).collect()
}

/// Builds the server's router; refuses what two claim or nobody permits.
pub fn build_router(app: &App) -> Result<Router, FeatureError> {
    check(&app.features)?;
    let mut router: Router<App> = Router::new();
    let guard = app.features.iter().find_map(|feature| feature.record_guard);
    for route in with_own(&app.features).iter().flat_map(|feature| (feature.routes)()) {
        let gate_of_route = Gate::new(app, &route, guard);
        let guarded = route.handler.layer(middleware::from_fn_with_state(gate_of_route, gate));
        router = router.route(route.path, guarded);
    }
    Ok(http::wrap(router, app))
}

/// Everything wrong with a list of features that can be known before serving.
pub fn check(features: &[&'static Feature]) -> Result<(), FeatureError> {
    let mut claims: BTreeMap<(&'static str, String), &'static str> = BTreeMap::new();
    let mut claim = |what: &'static str, name: String, second: &'static str| match claims
        .insert((what, name.clone()), second)
    {
        None => Ok(()),
        Some(first) => Err(FeatureError::Claimed { what, name, first, second }),
    };
    let guards = features.iter().filter(|feature| feature.record_guard.is_some());
    for feature in guards.clone() {
        claim("guard of records", "record_guard".to_owned(), feature.name)?;
    }
    let guarded = guards.count() > 0;
    for feature in with_own(features) {
        for route in (feature.routes)() {
            let name = format!("{} {}", route.method, route.path);
            if route.record.is_guarded() && !guarded {
                return Err(FeatureError::Unguarded { feature: feature.name, route: name });
            }
            if !feature.permissions.iter().any(|listed| listed.name == route.permission.name) {
                let permission = route.permission.name;
                return Err(FeatureError::Unlisted { feature: feature.name, route: name, permission });
            }
            claim("route", name, feature.name)?;
        }
        for table in feature.tables {
            claim("table", (*table).to_owned(), feature.name)?;
        }
        for kind in feature.messages {
            claim("kind of message", kind.name.to_owned(), feature.name)?;
        }
        for act in feature.signed_acts {
            claim("signed act", act.name.to_owned(), feature.name)?;
        }
        for permission in feature.permissions {
            claim("permission", permission.name.to_owned(), feature.name)?;
        }
    }
    Ok(())
}

/// The sentences of the shell and of all features, as one; install it before the first page.
pub fn catalogue(features: &[&'static Feature]) -> Result<Catalogue, CatalogueError> {
    let of = |feature: &&Feature| FeatureTexts::from_pairs(feature.name, feature.texts);
    let texts: Vec<FeatureTexts> =
        [SHELL_TEXTS].into_iter().chain(with_own(features).iter().map(of)).collect();
    Catalogue::try_new(&texts)
}

/// The jobs of all features, for the runner.
pub fn job_handlers(app: &App) -> Vec<jobs::Handler> {
    with_own(&app.features).iter().flat_map(|feature| (feature.jobs)(app)).collect()
}

/// The entries of a menu that `role` sees, in order.
pub fn navigation(features: &[&'static Feature], surface: Surface, role: Role) -> Vec<&'static NavItem> {
    let mut items: Vec<&'static NavItem> = features
        .iter()
        .flat_map(|feature| feature.navigation)
        .filter(|item| item.surface == surface && item.permission.allows(role))
        .collect();
    items.sort_by_key(|item| (item.order, item.path));
    items
}

/// What waits at the entries of a menu that `role` sees, by their paths. What can't be counted has no number: a page
/// must not fail for it.
pub(crate) async fn waiting(
    app: &App,
    surface: Surface,
    role: Role,
    actor: Actor,
) -> Vec<(&'static str, u64)> {
    let shown = navigation(&app.features, surface, role);
    let mut counts = Vec::new();
    for waiting in app.features.iter().flat_map(|feature| feature.waiting) {
        if !shown.iter().any(|item| item.path == waiting.path) {
            continue;
        }
        match (waiting.count)(app.clone(), actor).await {
            Ok(count) => counts.push((waiting.path, count)),
            Err(error) => tracing::warn!(%error, path = waiting.path, "what waits could not be counted"),
        }
    }
    counts
}

/// The panels of a page that `role` sees, in order.
pub fn panels(features: &[&'static Feature], slot: &str, role: Role) -> Vec<&'static Panel> {
    let mut found: Vec<&'static Panel> = features
        .iter()
        .flat_map(|feature| feature.panels)
        .filter(|panel| panel.slot == slot && panel.permission.allows(role))
        .collect();
    found.sort_by_key(|panel| (panel.order, panel.path));
    found
}

/// Every route with what it needs and who has it, one line each, sorted by path: the text that a test
/// compares with the kept one, so that a change of rights is seen in review.
pub fn role_matrix(features: &[&'static Feature]) -> String {
    let mut rows: Vec<[String; 7]> = Vec::new();
    for feature in with_own(features) {
        for route in (feature.routes)() {
            let permission = route.permission;
            let roles: Vec<&str> =
                Role::ALL.iter().filter(|role| permission.allows(**role)).map(|role| role.word()).collect();
            rows.push([
                route.path.to_owned(),
                route.method.to_string(),
                feature.name.to_owned(),
                permission.name.to_owned(),
                permission.direction.word().to_owned(),
                permission.assurance.level().to_string(),
                roles.join(" "),
            ]);
        }
    }
    rows.sort();
    let mut text = String::from("path | method | feature | permission | direction | assurance | roles\n");
    for row in rows {
        // Writing to a String can't fail.
        let _ = writeln!(text, "{}", row.join(" | "));
    }
    text
}

/// The API document: the parts of all features as one.
pub fn openapi(features: &[&'static Feature]) -> utoipa::openapi::OpenApi {
    let mut whole = http::openapi_base();
    for part in with_own(features).iter().filter_map(|feature| feature.openapi) {
        whole.merge(part());
    }
    whole
}
