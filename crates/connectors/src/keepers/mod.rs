//! Places off this host that keep checkpoints of the log: a folder, a web address, a mailbox.
//!
//! A checkpoint is public and signed, so a place need not be trusted with it; it must only be one that whoever could
//! rebuild the log can't change. Nothing is ever deleted or replaced by another tree's checkpoint.

mod folder;
mod mailbox;
#[cfg(test)]
mod tests;
mod web;

pub use folder::FolderKeeper;
pub use mailbox::MailKeeper;
pub use web::WebKeeper;

/// What a checkpoint of `size` entries is called: names in the order of sizes.
fn name_of(size: u64) -> String {
    format!("checkpoint-{size:020}")
}
