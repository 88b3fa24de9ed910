//! Which tables a backup has, and what of them it leaves behind.
//!
//! Everything is taken unless it stands here: a new table is in the backup without anybody having to think of
//! it. What stands here would be harmful later: a session, a link or a code that was ended or used after the backup
//! must not live again. A test refuses columns that look like a token's, a code's or a verifier's in any other table,
//! except those that it names. What an older program put into a backup all the same is read and then ended, as it
//! is where an older database is accepted ([`end_what_lived_in_tx`]).

use super::{BackupError, Kind};
use crate::db::{DbError, Side, Write};
use crate::on;
use serde::{Deserialize, Serialize};

/// The list of migrations, which each database keeps for itself.
pub(super) const MIGRATIONS: &str = "schema_migrations";
/// Tables that are left out.
pub(super) const LEFT_OUT: [&str; 8] = [
    MIGRATIONS,
    SESSIONS,
    "sign_in_links",
    "passkey_ceremonies",
    "enrolment_codes",
    "activation_codes",
    "text_codes",
    "provider_sign_ins",
];
/// They are ended, not removed: who was signed in when is kept for a while.
const SESSIONS: &str = "sessions";
/// Columns that are left out, by table. A request of the API that is repeated under its name after a restore
/// runs again as the same operation, and finds what it did; its answer, which may tell of a person, is not kept. The
/// code that somebody may read out in a call is good once.
const WITHOUT: [(&str, &[&str]); 2] =
    [("calls", &["code_hash", "code_until"]), ("idempotency_keys", &["status", "content_type", "body"])];

/// A column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub kind: Kind,
}

/// A table as it is read and written.
#[derive(Clone, Debug)]
pub(super) struct Shape {
    pub(super) name: String,
    pub(super) columns: Vec<Column>,
    /// The driver's word for the type of each column.
    pub(super) types: Vec<String>,
    /// Columns of the primary key, in its order: the order of the rows.
    pub(super) key: Vec<String>,
}

#[derive(sqlx::FromRow)]
struct Found {
    table_name: String,
    column_name: String,
    type_name: String,
    key_place: i64,
}

const SQLITE: &str = "SELECT m.name AS table_name, c.name AS column_name, LOWER(c.type) AS type_name,
    CAST(c.pk AS BIGINT) AS key_place
    FROM sqlite_schema m JOIN pragma_table_info(m.name) c
    WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY m.name, c.cid";
const POSTGRES: &str = "SELECT CAST(t.relname AS TEXT) AS table_name, CAST(a.attname AS TEXT) AS column_name,
    CAST(format_type(a.atttypid, NULL) AS TEXT) AS type_name,
    CAST(COALESCE(array_position(i.indkey::int2[], a.attnum) + 1, 0) AS BIGINT) AS key_place
    FROM pg_class t JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
    LEFT JOIN pg_index i ON i.indrelid = t.oid AND i.indisprimary
    WHERE t.relkind = 'r' AND t.relnamespace = CAST(current_schema() AS regnamespace)
    ORDER BY CAST(t.relname AS TEXT) COLLATE \"C\", a.attnum";

/// Every table of the schema that a backup takes, with the columns that it takes, in the order of their names.
pub(super) async fn shapes_taken(
    conn: Side<&mut sqlx::SqliteConnection, &mut sqlx::PgConnection>,
) -> Result<Vec<Shape>, BackupError> {
    let mut shapes = shapes(conn).await?;
    shapes.retain(|shape| !LEFT_OUT.contains(&shape.name.as_str()));
    for shape in &mut shapes {
        let taken: Vec<bool> = shape.columns.iter().map(|c| !is_without(&shape.name, &c.name)).collect();
        let mut types = taken.iter();
        shape.types.retain(|_| types.next() == Some(&true));
        let mut columns = taken.iter();
        shape.columns.retain(|_| columns.next() == Some(&true));
    }
    Ok(shapes)
}

/// Every table of the schema but the list of migrations, in the order of their names: what a backup may bring.
pub(super) async fn shapes(
    conn: Side<&mut sqlx::SqliteConnection, &mut sqlx::PgConnection>,
) -> Result<Vec<Shape>, BackupError> {
    let found: Vec<Found> = match conn {
        Side::Sqlite(c) => sqlx::query_as(SQLITE).fetch_all(c).await.map_err(DbError::from)?,
        Side::Postgres(c) => sqlx::query_as(POSTGRES).fetch_all(c).await.map_err(DbError::from)?,
    };
    let mut shapes: Vec<(Shape, Vec<(i64, String)>)> = Vec::new();
    for one in found {
        if one.table_name == MIGRATIONS {
            continue;
        }
        if shapes.last().is_none_or(|(shape, _)| shape.name != one.table_name) {
            let name = one.table_name.clone();
            shapes
                .push((Shape { name, columns: Vec::new(), types: Vec::new(), key: Vec::new() }, Vec::new()));
        }
        let Some((shape, key)) = shapes.last_mut() else { continue };
        if one.key_place > 0 {
            key.push((one.key_place, one.column_name.clone()));
        }
        let kind = kind_of(&one.type_name).ok_or_else(|| BackupError::Column {
            table: one.table_name.clone(),
            column: one.column_name.clone(),
            what: format!("the type {}", one.type_name),
        })?;
        shape.columns.push(Column { name: one.column_name, kind });
        shape.types.push(one.type_name);
    }
    let keyed = shapes.into_iter().map(|(mut shape, mut key)| {
        key.sort();
        shape.key = key.into_iter().map(|(_, name)| name).collect();
        if shape.key.is_empty() { Err(BackupError::NoKey(shape.name)) } else { Ok(shape) }
    });
    keyed.collect()
}

fn is_without(table: &str, column: &str) -> bool {
    WITHOUT.iter().any(|(name, columns)| *name == table && columns.contains(&column))
}

fn kind_of(type_name: &str) -> Option<Kind> {
    match type_name {
        "bigint" | "integer" | "smallint" | "boolean" => Some(Kind::Integer),
        "text" => Some(Kind::Text),
        "blob" | "bytea" => Some(Kind::Bytes),
        _ => None,
    }
}

/// Ends whatever could open something in an older state of the database: nobody who was signed in then is now, and no
/// link, code, call or approval of then works.
pub(super) async fn end_what_lived_in_tx(write: &mut Write) -> Result<(), DbError> {
    let now = write.now().us();
    let ends = [
        "UPDATE sessions SET ended_at = $1 WHERE ended_at IS NULL",
        "UPDATE calls SET closed_at = $1, code_hash = NULL, code_until = NULL WHERE closed_at IS NULL",
        "UPDATE call_asks SET ends_at = $1 WHERE answered_at IS NULL AND ends_at > $1",
        "UPDATE approvals SET expires_at = $1 WHERE state IN ('waiting', 'approved') AND expires_at > $1",
    ];
    for text in ends {
        on!(write.conn(), c => sqlx::query(text).bind(now).execute(&mut *c).await.map(drop))?;
    }
    for table in LEFT_OUT.into_iter().filter(|table| ![MIGRATIONS, SESSIONS].contains(table)) {
        let text = format!("DELETE FROM {}", quoted(table));
        on!(write.conn(), c => sqlx::query(sqlx::AssertSqlSafe(text)).execute(&mut *c).await.map(drop))?;
    }
    Ok(())
}

impl Shape {
    /// The rows in the order of the key, every number as 64 bits.
    pub(super) fn select(&self, driver: &str) -> String {
        let list: Vec<String> =
            self.columns.iter().zip(&self.types).map(|(c, t)| one_of(c, t, driver)).collect();
        let key: Vec<String> = self.key.iter().map(|name| self.in_order(name, driver)).collect();
        format!("SELECT {} FROM {} ORDER BY {}", list.join(", "), quoted(&self.name), key.join(", "))
    }

    fn in_order(&self, name: &str, driver: &str) -> String {
        let text = self.columns.iter().any(|column| column.name == name && column.kind == Kind::Text);
        let collation = if text && driver == "postgres" { " COLLATE \"C\"" } else { "" };
        format!("{}{collation}", quoted(name))
    }
}

fn one_of(column: &Column, type_name: &str, driver: &str) -> String {
    let name = quoted(&column.name);
    match (driver, type_name) {
        ("postgres", "boolean") => format!("{name}::integer::bigint"),
        ("postgres", "integer" | "smallint") => format!("{name}::bigint"),
        _ => name,
    }
}

/// A name of the schema inside SQL.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
