//! Receipts for their owner and for compliance, and the keys by which anybody checks them.

use super::super::access;
use super::super::model::KEYS_PATH;
use super::super::service::Approvals;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use kernel::ApprovalId;
use platform::access::Caller;
use platform::app::App;
use platform::feature::Route;
use platform::http::extract::Path;
use platform::http::problem::Problem;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/approvals/{approval}/receipt.jws", &access::OWN, own),
        Route::get("/desk/approvals/{approval}/receipt.jws", &access::RECEIPTS, for_staff),
        Route::get(KEYS_PATH, &access::KEYS, keys).unattended(),
    ]
}

fn file(receipt: String, id: ApprovalId) -> Result<Response, Problem> {
    let name = format!("attachment; filename=\"{id}.jws\"");
    let name = HeaderValue::from_str(&name).map_err(Problem::internal)?;
    let kind = HeaderValue::from_static("application/jose");
    Ok(([(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, name)], receipt).into_response())
}

async fn own(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ApprovalId>,
) -> Result<Response, Problem> {
    file(Approvals::of(&app).receipt_of(caller.customer()?, id).await?, id)
}

async fn for_staff(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ApprovalId>,
) -> Result<Response, Problem> {
    file(Approvals::of(&app).receipt_for_staff(&caller, id).await?, id)
}

async fn keys(State(app): State<App>) -> Result<Response, Problem> {
    let keys = Approvals::of(&app).published_keys().await?;
    let kind = HeaderValue::from_static("application/jwk-set+json");
    Ok(([(header::CONTENT_TYPE, kind)], keys.to_string()).into_response())
}
