//! What VMs share: functions by handle, the code cache, hot reload, tables.
//!
//! Shared code itself is `heap::shared` (chunks and links), `heap::pool` (strings), `chunk::publish` and `heap::link`.

pub mod cache;
pub mod compile;
pub mod handles;
pub mod library;
pub mod reload;
pub mod tables;

/// Makes the process's sharing known to the layers below; called when a state is made.
pub fn init() {
    crate::vm::auxiliary::load_file::set_file_cache(cache::load);
}
