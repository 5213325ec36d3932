//! What VMs share: functions by handle (`handles`), files that a host has cached (`cache`) or that have the same contents (`content`), both made by
//! `compile` and waited for by `outcome`; hot reload; tables. `library` is what Lua code sees of the cache.
//!
//! Shared code itself is `heap::shared` (chunks and links), `heap::pool` (strings), `chunk::publish` and `heap::link`.

pub mod cache;
pub mod compile;
pub mod content;
pub mod handles;
pub mod library;
mod outcome;
pub mod reload;
pub mod tables;

use crate::heap::state::{State, Status};
use crate::throw::Result;
use crate::vm;

/// Makes the process's sharing known to the layers below; called when a state is made.
pub fn init() {
    vm::auxiliary::load_file::set_file_cache(load_file);
    if content::setting() == content::Setting::All {
        vm::load::set_text_sharing(content::load_text);
    }
}

/// A state was made.
pub fn opened(l: State) {
    content::opened(l);
}

/// A state is about to be closed.
pub fn closing(l: State) {
    content::closing(l);
}

/// A file from the code cache, or shared by its content; `None` where neither applies.
fn load_file(l: State, name: &[u8], mode: Option<&[u8]>) -> Option<Result<Status>> {
    cache::load(l, name, mode).or_else(|| content::load_file(l, name, mode))
}
