//! The API of accounts.

use platform::feature::Route;

pub(in super::super) fn routes() -> Vec<Route> {
    Vec::new()
}

pub(in super::super) fn openapi() -> utoipa::openapi::OpenApi {
    utoipa::openapi::OpenApiBuilder::new().build()
}
