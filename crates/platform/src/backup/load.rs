//! Restoring: the file is checked, its rows go into an empty database, and nothing can be served before the end.

use super::{
    BackupError, Beginning, Epoch, FORMAT, Kind, Manifest, Progress, TableMark, archive, epoch,
    rows::{self, Value},
    tables::{self, Shape, quoted},
};
use crate::{
    audit,
    db::{Db, DbError, Migration, Side, Write, migrations, sqlite_close, sqlite_loader},
};
use kernel::{Clock, IdMint, Random};
use sqlx::PgConnection;
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};
use tokio::sync::mpsc;

/// Pieces that wait to be written, at most: what bounds the memory.
const PIECES_MAX: usize = 4;
/// What stands before the tuples of PostgreSQL's binary copy: its signature, no flags, no extension.
const COPY_HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
/// What stands after them.
const COPY_END: &[u8] = &[0xff, 0xff];

/// A database whose rows are in, still closed to everybody: what must not be undone is re-applied in its
/// transaction, then it is committed. Dropped before, it leaves nothing.
pub struct Restoring {
    write: Write,
    db: Db,
    place: Option<SqlitePlace>,
}

impl Restoring {
    /// The open transaction.
    pub const fn write(&mut self) -> &mut Write {
        &mut self.write
    }

    /// Begins the next epoch: what was signed in or linked before is of another one.
    pub async fn begin_epoch(&mut self, random: &dyn Random) -> Result<Epoch, BackupError> {
        let number = epoch::newest_number_in_tx(&mut self.write).await? + 1;
        let begun = epoch::begin_in_tx(&mut self.write, random, Beginning::Restored, number).await?;
        begun.ok_or(BackupError::Db(DbError::Stale))
    }

    /// Makes the database whole, together with `entry`.
    pub async fn commit(self, entry: audit::Entry) -> Result<(), BackupError> {
        self.write.commit(entry).await?;
        match self.place {
            None => Ok(()),
            Some(place) => {
                self.db.close().await;
                drop(self.db);
                tokio::task::spawn_blocking(move || place.settle()).await.map_err(|_| BackupError::Stopped)?
            }
        }
    }
}

/// Reads a backup to its end and checks every byte of it, and that this program knows its schema.
pub async fn check(path: &Path) -> Result<Manifest, BackupError> {
    let path = path.to_owned();
    let read = move || {
        let manifest = archive::walk(&path, &mut |_, _| Ok(()))?.0;
        if manifest.format != FORMAT {
            return Err(BackupError::NoBackup(path));
        }
        let all = migrations();
        let known =
            |number: i64, hash: &str| all.iter().any(|m: &Migration| m.number == number && m.hash == hash);
        match manifest.migrations.iter().find(|applied| !known(applied.number, &applied.hash)) {
            Some(unknown) => Err(BackupError::Unknown(unknown.number)),
            None => Ok(manifest),
        }
    };
    tokio::task::spawn_blocking(read).await.map_err(|_| BackupError::Stopped)?
}

/// Fills the empty database at `url` from the backup `path`, whose `manifest` comes from [`check`], and brings its
/// schema up to this program's.
pub async fn restore(
    url: &str,
    path: &Path,
    manifest: &Manifest,
    time: (Arc<dyn Clock>, Arc<IdMint>),
    progress: &Progress,
) -> Result<Restoring, BackupError> {
    let place = url.strip_prefix("sqlite://").map(|file| SqlitePlace::take(Path::new(file))).transpose()?;
    let database = place.as_ref().map_or_else(|| url.to_owned(), SqlitePlace::url);
    let db = Db::connect(&database, time.0, time.1).await?;
    let newest = manifest.migrations.iter().map(|applied| applied.number).max().unwrap_or(0);
    let mut write = db.write().await?;
    write.migrate_to(newest).await?;
    if write.newest_migration().await? > newest {
        return Err(BackupError::Ahead);
    }
    let shapes = tables::shapes(write.conn()).await?;
    if let Some(place) = &place {
        write.end_migration().await?;
        let (file, path) = (place.work.clone(), path.to_owned());
        let (manifest, progress) = (manifest.clone(), progress.clone());
        let load = move || load_sqlite(&file, &path, &manifest, &progress);
        tokio::task::spawn_blocking(load).await.map_err(|_| BackupError::Stopped)??;
        write = db.write().await?;
    } else if let Side::Postgres(connection) = write.conn() {
        refuse_rows(connection, &shapes).await?;
        load_postgres(connection, path, manifest, &shapes, progress).await?;
    }
    write.migrate_to(i64::MAX).await?;
    Ok(Restoring { write, db, place })
}

/// A SQLite file under another name, until it is whole.
struct SqlitePlace {
    path: PathBuf,
    work: PathBuf,
    done: bool,
    // Held while the work goes on; let go by the system when the process is killed.
    _lock: std::fs::File,
}

impl SqlitePlace {
    fn take(path: &Path) -> Result<Self, BackupError> {
        // A log that was left behind would be replayed into the restored file.
        for there in [path.to_owned(), beside(path, "-wal"), beside(path, "-journal")] {
            if there.exists() {
                return Err(BackupError::Exists(there));
            }
        }
        let work = beside(path, ".restoring");
        let failed = |source| BackupError::File { path: path.to_owned(), source };
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder).map_err(failed)?;
        }
        let lock = beside(path, ".restoring.lock");
        let lock = std::fs::OpenOptions::new().create(true).truncate(false).write(true).open(lock);
        let lock = lock.map_err(failed)?;
        lock.try_lock().map_err(|_| BackupError::Busy(path.to_owned()))?;
        let place = Self { path: path.to_owned(), work, done: false, _lock: lock };
        // What a killed restore left behind.
        place.sweep();
        Ok(place)
    }

    fn url(&self) -> String {
        format!("sqlite://{}", self.work.display())
    }

    /// Gives the file its name, once all of it is on the disk.
    fn settle(mut self) -> Result<(), BackupError> {
        let failed = |source| BackupError::File { path: self.path.clone(), source };
        sqlite_close(&self.work)?;
        std::fs::File::open(&self.work).and_then(|file| file.sync_all()).map_err(failed)?;
        if self.path.exists() {
            return Err(BackupError::Exists(self.path.clone()));
        }
        std::fs::rename(&self.work, &self.path).map_err(failed)?;
        archive::sync_folder(&self.path).map_err(failed)?;
        self.done = true;
        Ok(())
    }

    fn sweep(&self) {
        for end in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(beside(&self.work, end));
        }
    }
}

impl Drop for SqlitePlace {
    fn drop(&mut self) {
        // After the end only the empty log of the old name can be there.
        self.sweep();
        let _ = std::fs::remove_file(beside(&self.path, ".restoring.lock"));
    }
}

fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    PathBuf::from(name)
}

/// Rows into the work file, each piece in a transaction of its own: until it has its name, nobody reads it.
fn load_sqlite(
    file: &Path,
    path: &Path,
    manifest: &Manifest,
    progress: &Progress,
) -> Result<(), BackupError> {
    let mut connection = sqlite_loader(file)?;
    let read = archive::walk(path, &mut |name, piece| {
        let (at, table) = table_of(manifest, name)?;
        progress.begin_table(at, manifest.tables.len(), name);
        let count = insert(&mut connection, table, &piece)?;
        progress.set(|stand| stand.rows += count);
        Ok(())
    })?;
    same(&read.0, manifest)
}

fn insert(
    connection: &mut rusqlite::Connection,
    table: &TableMark,
    piece: &[u8],
) -> Result<u64, BackupError> {
    let names: Vec<String> = table.columns.iter().map(|column| quoted(&column.name)).collect();
    let places: Vec<String> = (1..=names.len()).map(|at| format!("?{at}")).collect();
    let text =
        format!("INSERT INTO {} ({}) VALUES ({})", quoted(&table.name), names.join(", "), places.join(", "));
    let kinds: Vec<Kind> = table.columns.iter().map(|column| column.kind).collect();
    let tx = connection.transaction().map_err(BackupError::of_sqlite)?;
    let mut count = 0;
    {
        let mut statement = tx.prepare_cached(&text).map_err(BackupError::of_sqlite)?;
        let (mut rest, mut row) = (piece, Vec::with_capacity(kinds.len()));
        while !rest.is_empty() {
            rows::take_row(&mut rest, &kinds, &mut row).ok_or_else(|| damaged(table))?;
            for (at, value) in row.iter().enumerate() {
                let bound = match value {
                    Value::Null => statement.raw_bind_parameter(at + 1, rusqlite::types::Null),
                    Value::Integer(number) => statement.raw_bind_parameter(at + 1, number),
                    Value::Text(text) => statement.raw_bind_parameter(at + 1, text),
                    Value::Bytes(bytes) => statement.raw_bind_parameter(at + 1, bytes),
                };
                bound.map_err(BackupError::of_sqlite)?;
            }
            statement.raw_execute().map_err(BackupError::of_sqlite)?;
            count += 1;
        }
    }
    tx.commit().map_err(BackupError::of_sqlite)?;
    Ok(count)
}

async fn refuse_rows(connection: &mut PgConnection, shapes: &[Shape]) -> Result<(), BackupError> {
    for shape in shapes {
        let text = format!("SELECT EXISTS (SELECT 1 FROM {})", quoted(&shape.name));
        let found = sqlx::query_scalar(sqlx::AssertSqlSafe(text)).fetch_one(&mut *connection).await;
        if found.map_err(BackupError::of_sqlx)? {
            return Err(BackupError::NotEmpty(shape.name.clone()));
        }
    }
    Ok(())
}

/// Rows into the open transaction, by PostgreSQL's binary copy.
async fn load_postgres(
    connection: &mut PgConnection,
    path: &Path,
    manifest: &Manifest,
    shapes: &[Shape],
    progress: &Progress,
) -> Result<(), BackupError> {
    let (pieces, mut waiting) = mpsc::channel::<(String, Vec<u8>)>(PIECES_MAX);
    let path = path.to_owned();
    let reader = tokio::task::spawn_blocking(move || {
        archive::walk(&path, &mut |name, piece| {
            pieces.blocking_send((name.to_owned(), piece)).map_err(|_| BackupError::Stopped)
        })
    });
    let mut next = waiting.recv().await;
    while let Some((name, first)) = next {
        let (at, table) = table_of(manifest, &name)?;
        progress.begin_table(at, manifest.tables.len(), &name);
        let types = types_of(table, shapes)?;
        let names: Vec<String> = table.columns.iter().map(|column| quoted(&column.name)).collect();
        let text = format!("COPY {} ({}) FROM STDIN (FORMAT binary)", quoted(&name), names.join(", "));
        let mut copy = connection.copy_in_raw(&text).await.map_err(BackupError::of_sqlx)?;
        copy.send(COPY_HEADER).await.map_err(BackupError::of_sqlx)?;
        let mut piece = Some(first);
        next = loop {
            if let Some(rows) = piece.take() {
                let (tuples, count) = recode(table, &types, &rows)?;
                copy.send(tuples).await.map_err(BackupError::of_sqlx)?;
                progress.set(|stand| stand.rows += count);
            }
            match waiting.recv().await {
                Some((same, rows)) if same == name => piece = Some(rows),
                other => break other,
            }
        };
        copy.send(COPY_END).await.map_err(BackupError::of_sqlx)?;
        copy.finish().await.map_err(BackupError::of_sqlx)?;
    }
    same(&reader.await.map_err(|_| BackupError::Stopped)??.0, manifest)
}

fn types_of(table: &TableMark, shapes: &[Shape]) -> Result<Vec<String>, BackupError> {
    let shape = shapes.iter().find(|shape| shape.name == table.name).ok_or_else(|| damaged(table))?;
    let typed = table.columns.iter().map(|column| {
        let at = shape.columns.iter().position(|known| known == column);
        at.and_then(|at| shape.types.get(at)).cloned().ok_or_else(|| damaged(table))
    });
    typed.collect()
}

/// Tuples with each number in the width of its column.
fn recode(table: &TableMark, types: &[String], piece: &[u8]) -> Result<(Vec<u8>, u64), BackupError> {
    let kinds: Vec<Kind> = table.columns.iter().map(|column| column.kind).collect();
    let mut out = Vec::with_capacity(piece.len());
    let (mut rest, mut row, mut count) = (piece, Vec::with_capacity(kinds.len()), 0);
    while !rest.is_empty() {
        let coded = (|| {
            rows::take_row(&mut rest, &kinds, &mut row)?;
            rows::begin(&mut out, row.len())?;
            for (value, type_name) in row.iter().zip(types) {
                match (value, type_name.as_str()) {
                    (Value::Integer(number), "smallint") => {
                        rows::field(&mut out, &i16::try_from(*number).ok()?.to_be_bytes())?;
                    }
                    (Value::Integer(number), "integer") => {
                        rows::field(&mut out, &i32::try_from(*number).ok()?.to_be_bytes())?;
                    }
                    (Value::Integer(number), "boolean") => rows::field(&mut out, &[u8::from(*number != 0)])?,
                    (value, _) => rows::put(&mut out, *value)?,
                }
            }
            Some(())
        })();
        coded.ok_or_else(|| damaged(table))?;
        count += 1;
    }
    Ok((out, count))
}

fn table_of<'m>(manifest: &'m Manifest, name: &str) -> Result<(usize, &'m TableMark), BackupError> {
    let found = manifest.tables.iter().enumerate().find(|(_, table)| table.name == name);
    found.ok_or_else(|| BackupError::Damaged(format!("table {name} is not in the manifest")))
}

/// The file that was read is the one that was checked.
fn same(read: &Manifest, checked: &Manifest) -> Result<(), BackupError> {
    if read == checked {
        Ok(())
    } else {
        Err(BackupError::Damaged("it changed while it was read".to_owned()))
    }
}

fn damaged(table: &TableMark) -> BackupError {
    BackupError::Damaged(format!("table {}", table.name))
}
