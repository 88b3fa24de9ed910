//! Taking a backup: one snapshot, read in one pass, packed on another thread.

use super::{
    Applied, BackupError, FORMAT, Kind, Manifest, Progress, TableMark,
    archive::{CHUNK_BYTES, Tally, Writer},
    rows::{self, Value},
    tables::{self, LEFT_OUT, Shape},
};
use crate::db::{Db, PostgresDb, Side, SqliteDb};
use futures_util::TryStreamExt;
use rusqlite::types::ValueRef;
use sqlx::{Connection, PgConnection};
use std::path::Path;
use tokio::sync::mpsc;

/// Pieces that wait to be packed, at most: what bounds the memory.
const PIECES_MAX: usize = 4;
/// What starts PostgreSQL's binary copy, and how long that is with its flags and extension.
const COPY_SIGNATURE: &[u8] = b"PGCOPY\n\xff\r\n\0";
const COPY_HEADER_BYTES: usize = 19;
/// What ends it.
const COPY_END: [u8; 2] = [0xff, 0xff];

const APPLIED: &str = "SELECT number, hash FROM schema_migrations ORDER BY number";
const NEWEST: &str = "SELECT MAX(id) FROM audit_entries";

/// A backup that is done.
#[derive(Clone, Debug)]
pub struct Taken {
    /// What it says of itself.
    pub manifest: Manifest,
    /// Its size, bytes.
    pub bytes: u64,
    /// Its seal: SHA-256 of all before it, in hex.
    pub seal: String,
}

/// What the reader tells the packer.
enum Piece {
    Facts(Vec<Applied>, Option<i64>),
    Table(Shape),
    Rows(Vec<u8>, u64),
    End,
}

/// Takes a backup of `db` into the new file `path`.
pub async fn take(db: &Db, path: &Path, progress: &Progress) -> Result<Taken, BackupError> {
    let made_at = db.clock().now().us();
    let made_s = u64::try_from(made_at / kernel::SECOND_US).unwrap_or(0);
    let writer = Writer::create(path, made_s)?;
    let manifest = Manifest {
        format: FORMAT.to_owned(),
        program: env!("CARGO_PKG_VERSION").to_owned(),
        made_at,
        database: db.kind().to_owned(),
        migrations: Vec::new(),
        newest_entry: None,
        tables: Vec::new(),
        left_out: LEFT_OUT.map(str::to_owned).to_vec(),
    };
    let (pieces, waiting) = mpsc::channel(PIECES_MAX);
    let packer = tokio::task::spawn_blocking(move || pack(writer, manifest, waiting));
    let read = match db.side() {
        Side::Sqlite(sqlite) => of_sqlite(sqlite, pieces, progress).await,
        Side::Postgres(postgres) => of_postgres(postgres, pieces, progress).await,
    };
    // A packer that failed ends the reader too; then its reason is the one to tell.
    match (packer.await.map_err(|_| BackupError::Stopped)?, read) {
        (Ok(taken), Ok(())) => Ok(taken),
        (Err(BackupError::Stopped), Err(error)) => Err(error),
        (Err(error), _) | (Ok(_), Err(error)) => Err(error),
    }
}

fn pack(
    mut writer: Writer,
    mut manifest: Manifest,
    mut waiting: mpsc::Receiver<Piece>,
) -> Result<Taken, BackupError> {
    let mut tally = Tally::default();
    while let Some(piece) = waiting.blocking_recv() {
        match piece {
            Piece::Facts(migrations, newest) => {
                (manifest.migrations, manifest.newest_entry) = (migrations, newest)
            }
            Piece::Table(shape) => {
                close_table(&mut manifest, &mut tally);
                manifest.tables.push(TableMark {
                    name: shape.name,
                    columns: shape.columns,
                    rows: 0,
                    bytes: 0,
                    chunks: 0,
                    sha256: String::new(),
                });
            }
            Piece::Rows(bytes, count) => {
                let Some(table) = manifest.tables.last_mut() else { return Err(BackupError::Stopped) };
                writer.chunk(&table.name, tally.chunks, &bytes)?;
                tally.add(&bytes);
                table.rows += count;
            }
            Piece::End => {
                close_table(&mut manifest, &mut tally);
                let (bytes, seal) = writer.finish(&manifest)?;
                return Ok(Taken { manifest, bytes, seal });
            }
        }
    }
    Err(BackupError::Stopped)
}

fn close_table(manifest: &mut Manifest, tally: &mut Tally) {
    if let Some(table) = manifest.tables.last_mut() {
        (table.bytes, table.chunks, table.sha256) = (tally.bytes, tally.chunks, tally.sha256());
    }
    *tally = Tally::default();
}

/// Rows on their way to the packer, cut into pieces.
struct Outbound<'p> {
    buffer: Vec<u8>,
    count: u64,
    progress: &'p Progress,
}

impl<'p> Outbound<'p> {
    fn new(progress: &'p Progress) -> Self {
        Self { buffer: Vec::with_capacity(CHUNK_BYTES + CHUNK_BYTES / 8), count: 0, progress }
    }

    const fn is_full(&self) -> bool {
        self.buffer.len() >= CHUNK_BYTES
    }

    /// What has gathered; `None` when nothing has.
    fn cut(&mut self) -> Option<Piece> {
        let count = std::mem::take(&mut self.count);
        self.progress.set(|stand| stand.rows += count);
        let next = Vec::with_capacity(CHUNK_BYTES + CHUNK_BYTES / 8);
        (count > 0).then(|| Piece::Rows(std::mem::replace(&mut self.buffer, next), count))
    }
}

async fn of_sqlite(
    sqlite: &SqliteDb,
    pieces: mpsc::Sender<Piece>,
    progress: &Progress,
) -> Result<(), BackupError> {
    let mut reader = sqlite.readers().acquire().await.map_err(BackupError::of_sqlx)?;
    let shapes = tables::shapes_taken(Side::Sqlite(&mut reader)).await?;
    drop(reader);
    let (path, progress) = (sqlite.path().to_owned(), progress.clone());
    let read = move || read_sqlite(&path, &shapes, &pieces, &progress);
    tokio::task::spawn_blocking(read).await.map_err(|_| BackupError::Stopped)?
}

fn read_sqlite(
    path: &Path,
    shapes: &[Shape],
    pieces: &mpsc::Sender<Piece>,
    progress: &Progress,
) -> Result<(), BackupError> {
    let connection = crate::db::sqlite_reader(path)?;
    // The first statement opens the snapshot; the end of the connection closes it.
    connection.execute_batch("BEGIN").map_err(BackupError::of_sqlite)?;
    send(pieces, sqlite_facts(&connection).map_err(BackupError::of_sqlite)?)?;
    for (at, shape) in shapes.iter().enumerate() {
        progress.begin_table(at, shapes.len(), &shape.name);
        send(pieces, Piece::Table(shape.clone()))?;
        let mut out = Outbound::new(progress);
        let mut statement = connection.prepare(&shape.select("sqlite")).map_err(BackupError::of_sqlite)?;
        let mut found = statement.query([]).map_err(BackupError::of_sqlite)?;
        while let Some(row) = found.next().map_err(BackupError::of_sqlite)? {
            put_row(&mut out.buffer, shape, row)?;
            out.count += 1;
            if out.is_full() {
                out.cut().map_or(Ok(()), |piece| send(pieces, piece))?;
            }
        }
        out.cut().map_or(Ok(()), |piece| send(pieces, piece))?;
    }
    progress.begin_table(shapes.len(), shapes.len(), "");
    send(pieces, Piece::End)
}

fn sqlite_facts(connection: &rusqlite::Connection) -> Result<Piece, rusqlite::Error> {
    let newest = connection.query_row(NEWEST, [], |row| row.get(0))?;
    let mut statement = connection.prepare(APPLIED)?;
    let applied = statement.query_map([], |row| Ok(Applied { number: row.get(0)?, hash: row.get(1)? }))?;
    Ok(Piece::Facts(applied.collect::<Result<_, _>>()?, newest))
}

fn send(pieces: &mpsc::Sender<Piece>, piece: Piece) -> Result<(), BackupError> {
    pieces.blocking_send(piece).map_err(|_| BackupError::Stopped)
}

fn put_row(out: &mut Vec<u8>, shape: &Shape, row: &rusqlite::Row<'_>) -> Result<(), BackupError> {
    let refused = |at: usize, what: &str| BackupError::Column {
        table: shape.name.clone(),
        column: shape.columns.get(at).map_or_else(String::new, |column| column.name.clone()),
        what: what.to_owned(),
    };
    rows::begin(out, shape.columns.len()).ok_or_else(|| refused(0, "so many columns"))?;
    for (at, column) in shape.columns.iter().enumerate() {
        let value = match (row.get_ref(at).map_err(BackupError::of_sqlite)?, column.kind) {
            (ValueRef::Null, _) => Value::Null,
            (ValueRef::Integer(number), Kind::Integer) => Value::Integer(number),
            (ValueRef::Text(text), Kind::Text) => {
                Value::Text(std::str::from_utf8(text).map_err(|_| refused(at, "text that is not UTF-8"))?)
            }
            (ValueRef::Blob(bytes), Kind::Bytes) => Value::Bytes(bytes),
            (other, _) => return Err(refused(at, &format!("a value of type {}", other.data_type()))),
        };
        rows::put(out, value).ok_or_else(|| refused(at, "a value of this length"))?;
    }
    Ok(())
}

async fn of_postgres(
    postgres: &PostgresDb,
    pieces: mpsc::Sender<Piece>,
    progress: &Progress,
) -> Result<(), BackupError> {
    let mut connection = postgres.open_writer().await?;
    let read = read_postgres(&mut connection, &pieces, progress).await;
    // It has changed nothing, so there is nothing to end but the connection.
    let _ = connection.close().await;
    read
}

async fn read_postgres(
    connection: &mut PgConnection,
    pieces: &mpsc::Sender<Piece>,
    progress: &Progress,
) -> Result<(), BackupError> {
    let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
    sqlx::raw_sql(begin).execute(&mut *connection).await.map_err(BackupError::of_sqlx)?;
    let applied = sqlx::query_as(APPLIED).fetch_all(&mut *connection).await.map_err(BackupError::of_sqlx)?;
    let newest =
        sqlx::query_scalar(NEWEST).fetch_one(&mut *connection).await.map_err(BackupError::of_sqlx)?;
    pieces.send(Piece::Facts(applied, newest)).await.map_err(|_| BackupError::Stopped)?;
    let shapes = tables::shapes_taken(Side::Postgres(&mut *connection)).await?;
    for (at, shape) in shapes.iter().enumerate() {
        progress.begin_table(at, shapes.len(), &shape.name);
        pieces.send(Piece::Table(shape.clone())).await.map_err(|_| BackupError::Stopped)?;
        copy_out(connection, shape, pieces, progress).await?;
    }
    progress.begin_table(shapes.len(), shapes.len(), "");
    pieces.send(Piece::End).await.map_err(|_| BackupError::Stopped)
}

/// One table as PostgreSQL's binary copy, whose tuples are the backup's.
async fn copy_out(
    connection: &mut PgConnection,
    shape: &Shape,
    pieces: &mpsc::Sender<Piece>,
    progress: &Progress,
) -> Result<(), BackupError> {
    let copy = format!("COPY ({}) TO STDOUT (FORMAT binary)", shape.select("postgres"));
    let mut stream = connection.copy_out_raw(&copy).await.map_err(BackupError::of_sqlx)?;
    let mut out = Outbound::new(progress);
    // Bytes that are not yet a whole tuple; the server sends a row at a time, so they are few.
    let (mut open, mut header) = (Vec::new(), COPY_HEADER_BYTES);
    while let Some(bytes) = stream.try_next().await.map_err(BackupError::of_sqlx)? {
        open.extend_from_slice(&bytes);
        if header > 0 {
            if open.len() < header {
                continue;
            }
            if !open.starts_with(COPY_SIGNATURE) {
                return Err(BackupError::Stopped);
            }
            open.drain(..header);
            header = 0;
        }
        let mut used = 0;
        while let Some(length) = open.get(used..).and_then(rows::tuple_length) {
            out.buffer.extend_from_slice(open.get(used..used + length).unwrap_or_default());
            out.count += 1;
            used += length;
        }
        open.drain(..used);
        if out.is_full()
            && let Some(piece) = out.cut()
        {
            pieces.send(piece).await.map_err(|_| BackupError::Stopped)?;
        }
    }
    if open != COPY_END {
        return Err(BackupError::Stopped);
    }
    match out.cut() {
        Some(piece) => pieces.send(piece).await.map_err(|_| BackupError::Stopped),
        None => Ok(()),
    }
}
