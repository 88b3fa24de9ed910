//! The refusals that every address of the API can give, for the API document.

use std::collections::BTreeMap;
use utoipa::openapi::{
    Content, Ref, RefOr,
    response::{Response, ResponseBuilder},
};
use utoipa::{IntoResponses, ToSchema};

/// Problem documents (RFC 9457) by status; listed in each operation as `responses(…, ApiProblems)`.
#[derive(Clone, Copy, Debug)]
pub struct ApiProblems;

const BY_STATUS: &[(&str, &str)] = &[
    ("400", "The request is not valid; `where` says which part"),
    ("401", "No valid API key came along"),
    ("403", "The key has no scope for this"),
    ("404", "There is nothing with this id"),
    ("409", "In conflict with the present state, or the Idempotency-Key was used for another request"),
    ("500", "Something failed on our side; `request_id` finds it in the log"),
    ("503", "Too busy; `Retry-After` says when to try again"),
];

impl IntoResponses for ApiProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let schema = Ref::from_schema_name(platform::http::problem::ProblemBody::name());
        BY_STATUS
            .iter()
            .map(|(status, description)| {
                let content = Content::new(Some(schema.clone()));
                let response = ResponseBuilder::new()
                    .description(*description)
                    .content(platform::http::problem::PROBLEM_JSON, content)
                    .build();
                ((*status).to_owned(), RefOr::T(response))
            })
            .collect()
    }
}
