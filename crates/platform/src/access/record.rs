//! Which routes open one person's record, and who is asked before they do.
//!
//! Problem: a check that each page must remember is forgotten by one. Design: a route of the desk whose address names
//! a customer, an account, a card, an authorization or a case opens a record unless it says why it does not; the gate
//! asks the one guard that a feature brings ([`crate::feature::Feature::record_guard`]) before the handler runs. Why safe: the
//! names of parameters are the rule, so a new page is guarded without a word; a server whose routes open records and
//! whose features bring no guard does not start. It knows nothing of calls and cases: the guard does.

use super::{Caller, Surface};
use crate::app::App;
use crate::http::problem::Problem;
use axum::http::Uri;
use std::future::Future;
use std::pin::Pin;

/// Parameters of addresses that name somebody's record.
pub const RECORD_PARAMETERS: [&str; 5] = ["customer", "account", "card", "authorization", "case"];

/// Whose record a request asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// What the address calls it: one of [`RECORD_PARAMETERS`], or a name of its query.
    pub kind: &'static str,
    /// The id as it was sent.
    pub id: String,
    /// The path and query that were asked for.
    pub address: String,
}

/// Lets the caller pass to the record, or says why not. It writes its refusals into the log itself.
pub type RecordGuard = for<'a> fn(
    &'a App,
    &'a Caller,
    &'a Record,
) -> Pin<Box<dyn Future<Output = Result<(), Problem>> + Send + 'a>>;

/// Where a route names the record that it opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordPlace {
    /// It opens none.
    None,
    /// It names one and opens none, for this reason.
    Excused(&'static str),
    /// In a part of its path.
    Path(&'static str),
    /// In its query, several with commas between; without it, the route opens none.
    Query(&'static str),
}

impl RecordPlace {
    /// What the path of a route says.
    pub(crate) fn of_path(path: &'static str) -> Self {
        let named = |name: &&&str| path.split('/').any(|part| part == format!("{{{name}}}"));
        match (Surface::of(path), RECORD_PARAMETERS.iter().find(named)) {
            (Surface::Desk, Some(name)) => Self::Path(name),
            _ => Self::None,
        }
    }

    /// Whether the guard is asked.
    pub fn is_guarded(self) -> bool {
        matches!(self, Self::Path(_) | Self::Query(_))
    }

    /// The records that a request for `uri` asks for, where `path` is the route's.
    pub(crate) fn records(self, path: &str, uri: &Uri) -> Vec<Record> {
        let address = uri.path_and_query().map_or_else(|| uri.path().to_owned(), ToString::to_string);
        let record = |kind, id: &str| Record { kind, id: id.to_owned(), address: address.clone() };
        match self {
            Self::None | Self::Excused(_) => Vec::new(),
            Self::Path(name) => {
                let at = path.split('/').position(|part| part == format!("{{{name}}}"));
                // A route that matched has this part. If it had not, the guard would find nobody by an empty id.
                let id = at.and_then(|at| uri.path().split('/').nth(at)).unwrap_or_default();
                vec![record(name, id)]
            }
            Self::Query(name) => {
                let query = uri.query().unwrap_or_default().as_bytes();
                let named = form_urlencoded::parse(query).filter(|(key, _)| key == name);
                let ids = named.flat_map(|(_, ids)| ids.split(',').map(str::to_owned).collect::<Vec<_>>());
                ids.filter(|id| !id.is_empty()).map(|id| record(name, &id)).collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(place: RecordPlace, path: &str, address: &str) -> Vec<String> {
        place.records(path, &address.parse().unwrap()).into_iter().map(|record| record.id).collect()
    }

    #[test]
    fn a_path_of_the_desk_that_names_somebody_is_guarded() {
        for (path, name) in [
            ("/desk/customers/{customer}", "customer"),
            ("/desk/accounts/{account}/reveals", "account"),
            ("/desk/cards/{card}", "card"),
            ("/desk/authorizations/{authorization}", "authorization"),
            ("/desk/cases/{case}/acts", "case"),
        ] {
            assert_eq!(RecordPlace::of_path(path), RecordPlace::Path(name));
        }
        for path in ["/desk/customers", "/cards/{card}/number", "/v1/accounts/{account}", "/desk/alerts/{id}"]
        {
            assert_eq!(RecordPlace::of_path(path), RecordPlace::None, "{path}");
        }
    }

    #[test]
    fn the_record_is_the_part_of_the_path_that_the_route_names() {
        let place = RecordPlace::Path("account");
        let path = "/desk/accounts/{account}/reveals";
        assert_eq!(ids(place, path, "/desk/accounts/acct_1/reveals?lang=en"), ["acct_1"]);
        // What is written otherwise is nobody's id: it is never decoded here, so it can't name a record past the guard.
        assert_eq!(ids(place, path, "/desk/accounts/acct%5F1/reveals"), ["acct%5F1"]);
    }

    #[test]
    fn every_person_of_a_query_is_a_record_also_where_it_is_named_twice() {
        let place = RecordPlace::Query("person");
        let address = "/desk/audit-log?person=a,,b&act=x&person=c&%70erson=d";
        assert_eq!(ids(place, "/desk/audit-log", address), ["a", "b", "c", "d"]);
        assert!(ids(place, "/desk/audit-log", "/desk/audit-log?act=x").is_empty());
    }
}
