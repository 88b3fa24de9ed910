//! The names that the words of a page need.

use super::super::{error::MonitoringError, service::Watch, ui::Words};
use crate::authorizations::Policy;
use platform::{access::list_staff, app::App, i18n::Locale};
use std::collections::HashMap;
use std::sync::Arc;

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
