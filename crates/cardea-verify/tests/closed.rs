//! A log that is served over HTTP whose entries may not be read: hashes that are missing are never taken for right.

#![expect(clippy::unwrap_used, reason = "a test that can't go on must fail")]

mod published;

use cardea_verify::{Kind, Report, Source, Span, check};
use published::*;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};

/// Full tiles 0 and 1, and 88 hashes of tile 2.
const SIZE: u64 = 600;

/// Serves a published log; entries are answered with 403. It ends with the test's process.
fn served(log: &Published) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let folder = log.path().to_owned();
    std::thread::spawn(move || listener.incoming().for_each(|stream| answer(stream.unwrap(), &folder)));
    url
}

fn answer(mut stream: TcpStream, folder: &Path) {
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
    let first = lines.next().unwrap_or_default();
    lines.take_while(|line| !line.is_empty()).for_each(drop);
    let path = first.split(' ').nth(1).unwrap_or("/").trim_start_matches('/').to_owned();
    let found = std::fs::read(folder.join(&path));
    let (status, body) = match found {
        _ if path.starts_with("tile/entries/") => ("403 Forbidden", vec![]),
        Ok(bytes) => ("200 OK", bytes),
        Err(_) => ("404 Not Found", vec![]),
    };
    let head = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
    // The reader may have gone.
    let _ = stream.write_all(&[head.as_bytes(), &body].concat());
}

/// What the library reports of the log over HTTP, and whether the program ends with 0.
fn checked(log: &Published) -> (Report, bool) {
    let url = served(log);
    let report = check(&Source::new(&url, None), &[key()], &[kept(300), kept(SIZE)]).unwrap();
    let files = tempfile::tempdir().unwrap();
    let file = |name: &str, text: String| -> PathBuf {
        let path = files.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let vkey = file("vkey", vkey_line(&pair()));
    let keeping = file("kept", note(SIZE, kept(SIZE).root, &pair()));
    let ended = std::process::Command::new(env!("CARGO_BIN_EXE_cardea-verify"))
        .args(["--log", &url, "--vkey", vkey.to_str().unwrap(), "--checkpoint", keeping.to_str().unwrap()])
        .output()
        .unwrap();
    (report, ended.status.success())
}

fn log() -> Published {
    Published::whole(&entries(SIZE))
}

#[test]
fn hashes_alone_are_enough_where_all_are_there() {
    assert!(log().check(&[kept(SIZE)]).entries_checked, "in its folder they may be read");
    let (report, good) = checked(&log());
    assert!(report.ok && good, "{report}");
    assert!(!report.entries_checked && report.kept.iter().all(|kept| kept.holds), "{report}");
}

#[test]
fn a_missing_tile_is_no_good_log() {
    for (index, width, there) in
        [(0, 256, None), (1, 256, None), (2, 88, None), (1, 256, Some(7)), (2, 88, Some(87))]
    {
        let log = log();
        match there {
            None => log.remove(&path("0", index, width)),
            Some(there) => {
                let first = index * 256;
                log.put(&path("0", index, width), &leaves(&entries(SIZE))[first..first + there].concat());
            }
        }
        let (report, good) = checked(&log);
        assert!(!report.ok && !good, "tile {index}, {there:?} there: {report}");
        let from = (index * 256 + there.unwrap_or(0)) as u64;
        let span = Span { from, to: (index * 256 + width - 1) as u64 };
        assert_eq!((report.kind, report.span), (Some(Kind::Truncated), Some(span)), "{report}");
        assert!(report.kept.iter().any(|kept| !kept.holds), "{report}");
    }
}

#[test]
fn a_checkpoint_without_anything_under_it_is_no_good_log() {
    let log = log();
    std::fs::remove_dir_all(log.path().join("tile")).unwrap();
    let (report, good) = checked(&log);
    assert!(!report.ok && !good, "{report}");
    assert_eq!((report.kind, report.first_bad), (Some(Kind::Truncated), Some(0)), "{report}");
}
