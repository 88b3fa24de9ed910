//! What is known of oneself, with the way to change each, and one's changes as lines of steps.

use super::super::error::ChangeError;
use super::super::model::{Field, Value, value};
use super::super::service::{self, Changes, Told};
use super::super::{access, ui};
use super::no_store;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use kernel::{Actor, ChangeId, Masked};
use maud::Markup;
use platform::access::Caller;
use platform::app::App;
use platform::feature::{Counted, Route};
use platform::http::extract::{Form, Path, Query};
use platform::http::frame::Frame;
use platform::http::problem::Problem;
use platform::i18n::{Locale, t};
use platform::text::FreeText;
use serde::Deserialize;

/// Changes that are listed.
const LISTED_MAX: i64 = 20;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/details", &access::OWN, list),
        Route::get("/details/{field}", &access::OWN, form),
        Route::post("/details/{field}/preview", &access::ASK, preview),
        Route::post("/details/{field}", &access::ASK, ask),
        Route::post("/details/changes/{change}/stop", &access::STOP, stop),
        Route::post("/details/changes/{change}/undo", &access::UNDO, undo),
    ]
}

/// How many changes of a reader wait, for the menu.
pub(in super::super) fn waiting(app: App, actor: Actor) -> Counted {
    Box::pin(async move {
        match actor {
            Actor::Cardholder(owner) => service::waiting_of(&app.db, owner).await,
            _ => Ok(0),
        }
    })
}

fn page(app: &App, caller: &Caller, address: &str, main: Markup) -> Response {
    let title = t(caller.locale, "changes-title", &[]);
    let frame = Frame { app, caller, title: &title, address };
    let mut response = frame.app_page(main).into_response();
    no_store(&mut response);
    response
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Said {
    told: Told,
}

async fn list(State(app): State<App>, caller: Caller, Query(said): Query<Said>) -> Result<Response, Problem> {
    let (changes, owner) = (Changes::of(&app)?, caller.customer()?);
    let person = changes.person(owner).await?;
    let own = changes.changes_of(owner, None, LISTED_MAX).await?;
    let device_since = changes.device_since(&caller).await?;
    let view = ui::View { app: &app, caller: &caller };
    Ok(page(&app, &caller, "/details", ui::list(&view, &person, (&own, device_since), said.told)))
}

fn field_of(word: &str) -> Result<Field, Problem> {
    Field::from_word(word).ok_or_else(Problem::absent)
}

async fn form(State(app): State<App>, caller: Caller, Path(word): Path<String>) -> Result<Response, Problem> {
    let (field, changes) = (field_of(&word)?, Changes::of(&app)?);
    let person = changes.person(caller.customer()?).await?;
    let path = changes.policy().path(field);
    let view = ui::View { app: &app, caller: &caller };
    let main = ui::form(&view, (field, path), service::present(field, &person).as_ref(), None);
    Ok(page(&app, &caller, &format!("/details/{word}"), main))
}

/// The new value of one field; the others are left out.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    #[serde(default)]
    phone: Masked,
    email: Option<FreeText>,
    street: Option<FreeText>,
    city: Option<FreeText>,
    language: Option<Locale>,
    #[serde(default, rename = "csrf")]
    _csrf: String,
}

impl Wanted {
    /// As it is kept: a telephone number without what people put between its digits, texts without spaces around them.
    fn value(&self, field: Field) -> Result<Value, ChangeError> {
        let text = |typed: &Option<FreeText>| {
            typed.as_ref().map(|typed| typed.reveal().trim().to_owned()).unwrap_or_default()
        };
        let parts = match field {
            Field::Phone => {
                let between = |sign: &char| !matches!(sign, ' ' | '-' | '(' | ')' | '.' | '\u{a0}');
                vec![self.phone.reveal().chars().filter(between).collect()]
            }
            Field::Email => vec![text(&self.email)],
            Field::Address => vec![text(&self.street), text(&self.city)],
            Field::Language => vec![self.language.unwrap_or_default().tag().to_owned()],
            Field::Name | Field::Document => return Err(ChangeError::Evidence),
        };
        value(field, &parts).ok_or(ChangeError::Unreadable)
    }
}

/// The form again, with what its reader can do about a refusal; any other failure as it is.
async fn refused(
    app: &App,
    caller: &Caller,
    field: Field,
    typed: Option<&Value>,
    error: ChangeError,
) -> Result<Response, Problem> {
    let Some(remedy) = error.remedy(caller.locale) else { return Err(error.into()) };
    let path = Changes::of(app)?.policy().path(field);
    let view = ui::View { app, caller };
    let main = ui::form(&view, (field, path), typed, Some(&remedy));
    let mut response = page(app, caller, &format!("/details/{}", field.word()), main);
    *response.status_mut() = Problem::from(error).http_status();
    Ok(response)
}

async fn preview(
    State(app): State<App>,
    caller: Caller,
    Path(word): Path<String>,
    Form(wanted): Form<Wanted>,
) -> Result<Response, Problem> {
    let (field, changes) = (field_of(&word)?, Changes::of(&app)?);
    let to = match wanted.value(field) {
        Ok(to) => to,
        Err(error) => return refused(&app, &caller, field, None, error).await,
    };
    match changes.preview_own(&caller, field, to.clone()).await {
        Ok(preview) => {
            let view = ui::View { app: &app, caller: &caller };
            let address = format!("/details/{word}");
            Ok(page(&app, &caller, &address, ui::preview(&view, &preview)))
        }
        Err(error) => refused(&app, &caller, field, Some(&to), error).await,
    }
}

async fn ask(
    State(app): State<App>,
    caller: Caller,
    Path(word): Path<String>,
    Form(wanted): Form<Wanted>,
) -> Result<Response, Problem> {
    let (field, changes) = (field_of(&word)?, Changes::of(&app)?);
    let to = wanted.value(field)?;
    let address = changes.request(&caller, field, to).await?;
    let address = address.unwrap_or_else(|| "/details?told=done".to_owned());
    Ok(Redirect::to(&address).into_response())
}

async fn stop(State(app): State<App>, caller: Caller, Path(id): Path<ChangeId>) -> Result<Redirect, Problem> {
    Changes::of(&app)?.stop(&caller, caller.customer()?, id).await?;
    Ok(Redirect::to("/details?told=stopped"))
}

async fn undo(State(app): State<App>, caller: Caller, Path(id): Path<ChangeId>) -> Result<Redirect, Problem> {
    Changes::of(&app)?.undo(&caller, id).await?;
    Ok(Redirect::to("/details?told=undone"))
}
