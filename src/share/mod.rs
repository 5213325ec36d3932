//! What VMs share: functions by handle, the code cache, tables.
//!
//! Shared code itself is `heap::shared` (chunks and links), `heap::pool` (strings), `chunk::publish` and `heap::link`.

pub mod handles;
