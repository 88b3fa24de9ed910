//! An allocator that counts what is held and looks at what is given back.

#![expect(unsafe_code, reason = "only an allocator sees what is taken and what is left in freed memory")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

struct Watching;

thread_local! {
    static LIVE: Cell<usize> = const { Cell::new(0) };
    static PEAK: Cell<usize> = const { Cell::new(0) };
    static CANARY: Cell<Option<&'static [u8]>> = const { Cell::new(None) };
    static LEAKS: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: every call goes to the system's allocator with the same layout. Memory comes zeroed, so that all
// of a block may be read when it is given back, which is before it is freed.
unsafe impl GlobalAlloc for Watching {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let _ended_thread = LIVE.try_with(|live| {
            live.set(live.get() + layout.size());
            PEAK.with(|peak| peak.set(peak.get().max(live.get())));
        });
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        let _ended_thread = LIVE.try_with(|live| live.set(live.get().saturating_sub(layout.size())));
        if let Ok(Some(canary)) = CANARY.try_with(Cell::get) {
            // SAFETY: the block is still ours, and all of it was zeroed or written.
            let left = unsafe { std::slice::from_raw_parts(place, layout.size()) };
            if left.windows(canary.len()).any(|window| window == canary) {
                LEAKS.with(|leaks| leaks.set(leaks.get() + 1));
            }
        }
        // SAFETY: the caller's promise is passed on.
        unsafe { System.dealloc(place, layout) }
    }
}

#[global_allocator]
static WATCHING: Watching = Watching;

/// The most bytes that this thread held during the work, beyond what it held before.
pub fn peak_of(work: impl FnOnce()) -> usize {
    let before = LIVE.with(Cell::get);
    PEAK.with(|peak| peak.set(before));
    work();
    PEAK.with(Cell::get) - before
}

/// How many blocks this thread gave back with the canary in them.
pub fn leaks_of(canary: &'static [u8], work: impl FnOnce()) -> usize {
    LEAKS.with(|leaks| leaks.set(0));
    CANARY.with(|watched| watched.set(Some(canary)));
    work();
    CANARY.with(|watched| watched.set(None));
    LEAKS.with(Cell::get)
}
