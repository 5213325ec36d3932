//! Shared functions by handle: `lua_sharefunction` and `lua_clonefunction`.
//!
//! A handle is the address of the closure that was shared (`lua_topointer`), as skynet has it. The process keeps the code by that
//! address, so a handle outlives the VM that made it, and an address that is none is refused instead of followed.

use crate::chunk::publish;
use crate::gc;
use crate::heap::function::Proto;
use crate::heap::link;
use crate::heap::object::Gc;
use crate::heap::shared::SharedChunk;
use crate::heap::state::State;
use crate::throw::Result;
use core::ffi::c_void;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::Arc;

struct Handle {
    /// Address of the prototype that was copied: tells a closure that was shared before from a new one in its place.
    proto: usize,
    chunk: Arc<SharedChunk>,
}

static HANDLES: Mutex<Option<HashMap<usize, Handle>>> = Mutex::new(None);

/// Shares the code of the Lua function at an index (`lua_sharefunction`); its address becomes a handle. Doing it again changes
/// nothing. `[-0, +0, v]`
///
/// May: raise ("Only Lua function can share").
pub fn share_function(l: State, index: i32) -> Result {
    let v = l.value_at(index);
    let Some(closure) = v.as_lua_closure() else {
        return Err(l.error_fmt(format_args!("Only Lua function can share")));
    };
    let proto = closure.proto.get();
    let address = closure.as_ptr().addr();
    let mut guard = HANDLES.lock();
    let handles = guard.get_or_insert_default();
    if handles.get(&address).is_some_and(|h| h.proto == proto.as_ptr().addr()) {
        return Ok(());
    }
    let chunk = existing(l, proto).unwrap_or_else(|| publish::publish(proto));
    handles.insert(address, Handle { proto: proto.as_ptr().addr(), chunk });
    Ok(())
}

/// The chunk of which a function is the main function in this VM.
fn existing(l: State, proto: Gc<Proto>) -> Option<Arc<SharedChunk>> {
    let i = l.global().links.find(proto.chunk)?;
    let link = l.global().links.links()[i];
    (link.main == proto).then(|| {
        // SAFETY: the VM has a reference on what it links; this makes one more.
        unsafe {
            Arc::increment_strong_count(link.chunk.as_ptr().cast_const());
            Arc::from_raw(link.chunk.as_ptr().cast_const())
        }
    })
}

/// Pushes a new closure of the shared function with this handle (`lua_clonefunction`): fresh upvalues, of which the first
/// is the table of globals. `[-0, +1, m]`
///
/// May: raise (not a handle; memory), collect (emergency only).
pub fn clone_function(l: State, handle: *const c_void) -> Result {
    let chunk = HANDLES.lock().as_ref().and_then(|h| Some(Arc::clone(&h.get(&handle.addr())?.chunk)));
    match chunk {
        Some(chunk) => push_closure(l, &chunk),
        None => Err(l.error_fmt(format_args!("Not a shared function"))),
    }
}

/// Pushes a closure of a shared chunk's main function, whose first upvalue is the table of globals.
///
/// May: raise (memory), collect (emergency only).
pub fn push_closure(l: State, chunk: &Arc<SharedChunk>) -> Result {
    let closure = link::closure(l.global(), chunk)?;
    l.push(closure);
    if closure.upvalue_count > 0 {
        let u = closure.upvalue(0);
        let globals = l.globals();
        u.set(globals);
        gc::barrier(l.global(), u, globals);
    }
    Ok(())
}
