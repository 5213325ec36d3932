//! Shared tables: their frozen contents, who made them, and what one VM holds of those that others made.
//!
//! A table that is shared keeps its address and loses its parts: to everything that knows nothing of sharing it looks empty. Its
//! contents are a [`Body`], a block of the VM that made it, which is never written again. Whoever finds a table empty and marked as shared reads
//! the body (`get`, `next`), which turns what lies there into values of the reading VM:
//! * a string is one of the process's pool; the reader's own address for it is looked up by hash, and the pooled one listed where there is none;
//! * a Lua function without upvalues becomes a closure of the reader's over the same chunk, the same at every read (`Import`);
//! * a table is itself, shared too; numbers, booleans, light userdata and C functions are the same everywhere;
//! * the VM that made the table reads its own objects as they are.
//!
//! Invariants:
//! * F1 The tables that a VM shared are its *segment*. What its bodies refer to are strings that the segment has a reference on, shared tables
//!   of segments that it has a reference on, and objects that the VM keeps alive until it closes (`roots`).
//! * F2 A VM that may have a table of another segment holds that segment (`holds`). While it does, pooled strings of the segment may be
//!   listed in its string table, and closures for the segment's functions are kept.
//! * F3 A table is used by others only while the VM that made it is open: that is the host's duty. A segment lives longer, as long as one holds it.

mod body;
mod reading;
mod segment;
mod shares;

pub use body::{Body, freeze};
pub use reading::{Refusal, field, get, next, prepare_metatable};
pub use segment::{Segment, code, function_code, is_registered, segment_of};
pub use shares::{Leftover, Own, Shares};

use super::function::LuaClosure;
use super::object::{Gc, Header, mark};
use super::shared::SharedChunk;
use super::state::Global;
use super::table::Table;
use crate::throw::Result;
use core::sync::atomic::{AtomicU8, Ordering};
use segment::{Registered, register};
use std::sync::Arc;

/// Marks a frozen table as shared, so that all threads may read it.
pub fn publish(g: &Global, t: Gc<Table>) {
    let segment = Arc::clone(&g.shares.own().expect("the table was frozen").segment);
    // SAFETY: the mark is a byte of a live object; other threads that look at it while it is not shared break the rules, which they are told.
    unsafe { AtomicU8::from_ptr(t.header.mark.as_ptr()) }.store(mark::PROCESS, Ordering::Release);
    register(t.as_ptr().addr(), Registered::Table(segment));
}

/// Marks a Lua function of the VM, so that it can be read from shared tables; it stays alive as long as the VM.
///
/// May: raise (memory), collect (emergency only).
pub fn mark_function(g: &Global, closure: Gc<LuaClosure>, code: Arc<SharedChunk>, added: impl FnMut(Gc<Header>)) -> Result {
    g.mem().unanchored(|| {
        let own = g.shares.own_or_new(g.mem());
        own.roots.reserve(1)?;
        own.functions.reserve(1)
    })?;
    let own = g.shares.own_or_new(g.mem());
    own.add_root(closure.erase(), added);
    own.functions.push(closure)?;
    register(closure.as_ptr().addr(), Registered::Function(Arc::clone(&own.segment), code));
    Ok(())
}
