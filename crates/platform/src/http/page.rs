//! Lists in pieces: `?limit=50&cursor=…` in, `{ "data": […], "next_cursor": … }` out.
//!
//! A cursor is the id of the last row, wrapped so that nobody counts on its shape; ids rise with time,
//! so a list neither repeats nor skips rows when new ones come in. A store fetches one row more than
//! the limit ([`PageRequest::fetch`]); whether that row is there says whether more follows.

use super::problem::Problem;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use kernel::Fault;
use serde::{Deserialize, Serialize};

/// Rows in one piece, at most.
pub const LIMIT_MAX: u32 = 100;
/// Rows in one piece when nobody asks for a number.
pub const LIMIT_DEFAULT: u32 = 50;
const CURSOR_BYTES: usize = 9;
const CURSOR_VERSION: u8 = 1;

/// Which piece of a list is wanted. A handler argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageRequest {
    limit: u32,
    after: Option<i64>,
}

/// The query parameters, for the API document.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct PageQuery {
    /// Rows wanted, 1 to 100; 50 when absent.
    pub limit: Option<String>,
    /// The `next_cursor` of the piece before.
    pub cursor: Option<String>,
}

/// One piece of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Paged<T> {
    /// The rows.
    pub data: Vec<T>,
    /// Where the next piece begins; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

impl PageRequest {
    /// The first piece of the usual size.
    pub const FIRST: Self = Self { limit: LIMIT_DEFAULT, after: None };

    /// From the query's words.
    pub fn from_query(query: &PageQuery) -> Result<Self, Problem> {
        let limit = match &query.limit {
            None => LIMIT_DEFAULT,
            Some(text) => text.parse().ok().filter(|n| (1..=LIMIT_MAX).contains(n)).ok_or_else(|| {
                Problem::new(Fault::Invalid, "limit_invalid")
                    .at("query limit")
                    .detail(format!("limit must be a whole number from 1 to {LIMIT_MAX}."))
            })?,
        };
        let after = query.cursor.as_deref().map(read_cursor).transpose()?;
        Ok(Self { limit, after })
    }

    /// A piece of `limit` rows, for pages whose size is theirs to say.
    pub fn of(limit: i64, after: Option<i64>) -> Self {
        Self { limit: u32::try_from(limit).unwrap_or(LIMIT_MAX).min(LIMIT_MAX), after }
    }

    /// How many rows to fetch: one more than are shown.
    pub const fn fetch(self) -> i64 {
        self.limit as i64 + 1
    }

    /// The id after which this piece begins, in the order of the list.
    pub const fn after(self) -> Option<i64> {
        self.after
    }

    /// Makes the piece from up to [`Self::fetch`] rows; `id` gives what the cursor holds.
    pub fn cut<T>(self, mut rows: Vec<T>, id: impl Fn(&T) -> i64) -> Paged<T> {
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next_cursor = rows.last().filter(|_| more).map(|last| write_cursor(id(last)));
        Paged { data: rows, next_cursor }
    }
}

impl<T> Paged<T> {
    /// The same piece with each row turned into something else.
    pub fn map<U>(self, turn: impl FnMut(T) -> U) -> Paged<U> {
        Paged { data: self.data.into_iter().map(turn).collect(), next_cursor: self.next_cursor }
    }
}

fn write_cursor(id: i64) -> String {
    let mut bytes = vec![CURSOR_VERSION];
    bytes.extend(id.to_be_bytes());
    URL_SAFE_NO_PAD.encode(bytes)
}

fn read_cursor(text: &str) -> Result<i64, Problem> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok().filter(|bytes| bytes.len() == CURSOR_BYTES);
    let id = bytes.as_deref().and_then(|bytes| match bytes.split_first() {
        Some((&CURSOR_VERSION, id)) => id.try_into().ok().map(i64::from_be_bytes),
        _ => None,
    });
    id.ok_or_else(|| {
        Problem::new(Fault::Invalid, "cursor_invalid")
            .at("query cursor")
            .detail("The cursor is not one that this server gave out.")
            .mend("Send next_cursor of the piece before, unchanged, or begin without a cursor.")
    })
}

impl<S: Send + Sync> FromRequestParts<S> for PageRequest {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let super::extract::Query(query) =
            super::extract::Query::<PageQuery>::from_request_parts(parts, state).await?;
        Self::from_query(&query)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn asked(limit: Option<&str>, cursor: Option<&str>) -> Result<PageRequest, String> {
        let own = |text: Option<&str>| text.map(ToOwned::to_owned);
        PageRequest::from_query(&PageQuery { limit: own(limit), cursor: own(cursor) })
            .map_err(|problem| problem.code().to_owned())
    }

    #[test]
    fn bad_limits_and_cursors_are_refused() {
        for limit in ["0", "101", "-1", "ten", "", "1.5"] {
            assert_eq!(asked(Some(limit), None), Err("limit_invalid".to_owned()), "{limit}");
        }
        for cursor in ["", "x", "AAAAAAAAAAAA", "AQAAAAAAAAAB!", &"A".repeat(10_000)] {
            assert_eq!(asked(None, Some(cursor)), Err("cursor_invalid".to_owned()), "{cursor}");
        }
        assert_eq!(asked(None, None), Ok(PageRequest::FIRST));
    }

    proptest! {
        #[test]
        fn walking_the_pieces_meets_every_row_once(count in 0_i64..250, limit in 1_u32..=100) {
            let all: Vec<i64> = (0..count).map(|n| n * 7).collect();
            let (mut met, mut cursor) = (Vec::new(), None);
            loop {
                let request = asked(Some(&limit.to_string()), cursor.as_deref()).unwrap();
                let from = |id: &&i64| request.after().is_none_or(|after| **id > after);
                let fetch = usize::try_from(request.fetch()).unwrap();
                let rows = all.iter().filter(from).take(fetch).copied().collect();
                let piece = request.cut(rows, |id| *id);
                prop_assert!(piece.data.len() <= limit as usize);
                met.extend(piece.data);
                cursor = piece.next_cursor;
                if cursor.is_none() {
                    break;
                }
            }
            prop_assert_eq!(met, all);
        }
    }
}
