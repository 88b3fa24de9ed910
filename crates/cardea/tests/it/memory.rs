//! A crash leaves nothing of the memory on a disk.

use crate::server::Server;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;

#[test]
fn a_process_that_aborts_leaves_no_dump() {
    let mut server = Server::start();
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", server.pid())).unwrap();
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).expect("a limit of dumps");
    let figures: Vec<&str> = core.split_whitespace().rev().take(3).collect();
    assert_eq!(figures, ["bytes", "0", "0"], "{core}");
    server.signal("-ABRT");
    let status = server.ended();
    assert_eq!(status.signal(), Some(6), "it was the signal that ended it");
    assert!(!status.core_dumped(), "the system says that there is a dump");
    for folder in [server.data.clone(), std::env::current_dir().unwrap()] {
        assert_eq!(dumps_in(&folder), Vec::<String>::new());
    }
}

fn dumps_in(folder: &Path) -> Vec<String> {
    let names = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    let names = names.map(|name| name.to_string_lossy().into_owned());
    names.filter(|name| name == "core" || name.starts_with("core.") || name.starts_with("vgcore")).collect()
}
