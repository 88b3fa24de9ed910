//! How much processor time a thread has taken, as Linux counts it.
//!
//! Rates say as much about the machine and its neighbours as about the program; the time that the engine's
//! thread spends on a processor for one decision does not. Where the system does not tell, the figure is 0.

use std::path::Path;

/// Processor time of the newest thread of this process with this name so far, nanoseconds.
pub fn of_thread(name: &str) -> u64 {
    let Ok(threads) = std::fs::read_dir("/proc/self/task") else { return 0 };
    let named = threads
        .filter_map(Result::ok)
        .map(|thread| thread.path())
        .filter(|folder| std::fs::read_to_string(folder.join("comm")).is_ok_and(|comm| comm.trim() == name));
    named.max().map_or(0, |folder| taken_ns(&folder))
}

/// Processor time of the calling thread so far, nanoseconds.
pub fn of_this_thread() -> u64 {
    taken_ns(Path::new("/proc/thread-self"))
}

/// Processor time of all threads of this process that live, nanoseconds.
pub fn of_process() -> u64 {
    let Ok(threads) = std::fs::read_dir("/proc/self/task") else { return 0 };
    threads.filter_map(Result::ok).map(|thread| taken_ns(&thread.path())).sum()
}

/// Microseconds for each of `count`.
pub fn us_each(taken_ns: u64, count: u64) -> f64 {
    taken_ns as f64 / 1e3 / count.max(1) as f64
}

/// The first number of `schedstat` is the time on a processor.
fn taken_ns(folder: &Path) -> u64 {
    let text = std::fs::read_to_string(folder.join("schedstat")).unwrap_or_default();
    text.split_whitespace().next().and_then(|first| first.parse().ok()).unwrap_or(0)
}
