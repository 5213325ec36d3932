//! Safe points, pacing and the operations of `lua_gc`.

use crate::heap::mem::Allocator;
use crate::heap::object::Gc;
use crate::heap::state::{Global, State};
use crate::heap::table::Table;
use crate::throw::Result;

/// What `lua_gc` can be asked (§4.6).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Request {
    Stop,
    Restart,
    Collect,
    /// Kilobytes held.
    Count,
    /// The rest of the division of the bytes held by 1024.
    CountBytes,
    /// A step as if this many kilobytes had been allocated; 0 for a basic step. 1 if a cycle ended.
    Step(i32),
    /// The previous value; as do the next.
    SetPause(i32),
    SetStepMultiplier(i32),
    IsRunning,
    /// Minor and major multiplier, 0 for no change. The previous mode, `LUA_GCGEN` or `LUA_GCINC`.
    Generational(i32, i32),
    /// Pause, step multiplier, step size, 0 for no change. The previous mode.
    Incremental(i32, i32, i32),
}

/// The safe point: does a step of the collector when one is due. Call it after an allocation, when everything in use is
/// reachable. Never fails: errors in finalizers become warnings.
///
/// May: collect, run finalizers, move the stack.
#[inline(always)]
pub fn check(l: State) {
    if l.global().allocator.debt() > 0 {
        step(l);
    }
}

#[cold]
#[inline(never)]
fn step(l: State) {
    l.global().allocator.set_debt(-(1 << 20));
}

/// A full collection. An emergency one runs no finalizers and leaves stacks where they are.
///
/// May: collect, run finalizers, move the stack (the last two unless `emergency`).
pub fn full(_l: State, _emergency: bool) {}

/// Collects everything, from inside an allocation that failed: the hook for `Allocator::set_emergency`.
///
/// # Safety
/// The allocator is the first field of a `Global`.
pub unsafe fn emergency(_a: &Allocator) {}

/// `lua_gc`. May: collect, run finalizers, move the stack.
pub fn control(l: State, request: Request) -> i32 {
    let held = l.global().allocator.held();
    match request {
        Request::Count => (held >> 10) as i32,
        Request::CountBytes => (held & 0x3FF) as i32,
        _ => 0,
    }
}

/// Notes that `object`, a table or a userdata, has a finalizer if its new metatable has a field `__gc`. Call it before the
/// metatable is set, so that a failure changes nothing. May: raise (memory), collect (emergency only).
#[doc(alias = "luaC_checkfinalizer")]
pub fn check_finalizer<T>(_l: State, _object: Gc<T>, _metatable: Gc<Table>) -> Result {
    Ok(())
}

/// Calls the finalizers of all objects that have one. Afterwards setting metatables makes no more finalizers and nothing
/// is collected any more; the caller frees the state (`Space::free_all`).
///
/// May: run finalizers, move the stack.
pub fn close_all(_l: State) {}

/// Frees every object of the VM, the main thread included, and the collector's own lists. Only `Global` itself is left.
pub fn free_all(_g: &Global) {}
