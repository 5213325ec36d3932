//! Chunks: compiled code apart from any VM.
//!
//! `draft.rs` is what the compiler and the undumper make; `input.rs` is what they read. Binary chunks: `format.rs`,
//! `undump.rs`, and `verify/`, which decides what may run. Readers of functions, on drafts and prototypes alike through `view.rs`:
//! `dump.rs`, `lines.rs`, `listing.rs`. `materialize.rs` makes prototypes of one VM; `publish.rs` makes shared chunks,
//! which `heap::link` makes usable in a VM.

pub mod draft;
pub mod dump;
pub mod format;
pub mod input;
pub mod lines;
pub mod listing;
pub mod materialize;
pub mod publish;
pub mod undump;
pub mod verify;
pub mod view;

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
