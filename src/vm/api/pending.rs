//! Calls into parts of the machine that are not there yet.

#![allow(unused_variables)]

use crate::chunk::input::Reader;
use crate::heap::function::Proto;
use crate::heap::object::{Gc};
use crate::heap::mem::AllocFn;
use crate::heap::state::{FrameRef, KFunction, Slot, State, Status};
use crate::throw::{Result, Throw};
use crate::value::arith::ArithOp;
use crate::value::Value;
use crate::value::chunk_id::ChunkId;
use core::ffi::c_void;
use core::fmt;

pub fn try_grow_stack(l: State, n: usize) -> bool {
    l.try_ensure_stack(n)
}
pub fn close(l: State, level: u32) -> Result {
    crate::vm::close::close_nested(l, l.slot(level), None)
}
pub fn mark_to_be_closed(l: State, slot: Slot) -> Result {
    crate::vm::close::mark(l, slot)
}
pub fn equal(l: State, a: Value, b: Value) -> Result<bool> {
    crate::vm::compare::equal(l, a, b)
}
pub fn less_than(l: State, a: Value, b: Value) -> Result<bool> {
    crate::vm::compare::less_than(l, a, b)
}
pub fn less_equal(l: State, a: Value, b: Value) -> Result<bool> {
    crate::vm::compare::less_equal(l, a, b)
}
pub fn get(l: State, object: Value, key: Value) -> Result<Value> {
    crate::vm::index::get(l, object, key)
}
pub fn set(l: State, object: Value, key: Value, value: Value) -> Result {
    crate::vm::index::set(l, object, key, value)
}
pub fn run_error(l: State, message: fmt::Arguments) -> Throw {
    crate::vm::error::run_error(l, message)
}
pub fn raise(l: State) -> Throw {
    crate::vm::error::handle(l)
}
pub fn call_no_yield(l: State, func: Slot, nresults: i32) -> Result {
    crate::vm::call::call_no_yield(l, func, nresults)
}
pub fn protected_call(l: State, func: Slot, nresults: i32, handler: u32) -> Status {
    {
        let func = l.index_of(func);
        crate::vm::protect::protected(l, func, handler, || crate::vm::call::call_no_yield(l, l.slot(func), nresults))
    }
}
pub fn load_protected(l: State, reader: &mut dyn Reader, name: &[u8], mode: Option<&[u8]>) -> Status {
    crate::vm::load::load_protected(l, reader, name, mode)
}
pub fn dump(l: State, proto: Gc<Proto>, strip: bool, sink: &mut dyn FnMut(&[u8]) -> Result<i32>) -> Result<i32> {
    crate::vm::load::dump(proto, strip, sink)
}
pub fn concat(l: State, n: u32) -> Result {
    crate::vm::concat::concat(l, n as usize)
}
pub fn len(l: State, v: Value) -> Result<Value> {
    crate::vm::index::len(l, v)
}
pub fn arith(l: State, op: ArithOp, a: Value, b: Value) -> Result<Value> {
    crate::vm::arith::arith(l, op, a, b)
}

/// What the auxiliary library asks about a call.
pub struct Description {
    pub short_src: ChunkId,
    pub what: &'static str,
    pub current_line: i32,
    pub line_defined: i32,
    pub is_tail_call: bool,
    /// Kind of name ("method", "global", ...) and name.
    pub name: Option<(&'static str, &'static [u8])>,
}

pub fn frame_at(l: State, level: i32) -> Option<FrameRef> {
    crate::vm::debug::frame_at(l, level)
}
pub fn describe(l: State, frame: FrameRef) -> Description {
    {
        Description {
            short_src: ChunkId::new(crate::vm::debug::source(l, frame).unwrap_or(b"=[C]")),
            what: if frame.is_lua() { "Lua" } else { "C" },
            current_line: if frame.is_lua() { crate::vm::debug::current_line(l, frame) } else { -1 },
            line_defined: -1,
            is_tail_call: frame.has(crate::heap::state::frame_status::TAIL),
            name: None,
        }
    }
}

pub fn new_state(f: AllocFn, ud: *mut c_void) -> Option<State> {
    // SAFETY: the caller's function follows the protocol.
    unsafe { crate::vm::state::new_state(f, ud) }
}
pub fn close_state(l: State) {
    crate::vm::state::close(l)
}
pub fn new_thread(l: State) -> Result<State> {
    crate::vm::coroutine::new_thread(l)
}
pub fn close_thread(l: State, from: Option<State>) -> Status {
    crate::vm::coroutine::close_thread(l, from)
}
pub fn call(l: State, func: Slot, nresults: i32) -> Result {
    crate::vm::call::call(l, func, nresults)
}
pub fn protected_call_k(l: State, func: Slot, nresults: i32, handler: u32, k: KFunction, context: isize) -> Result<Status> {
    crate::vm::protect::pcall(l, l.top.get().since(func) - 1, nresults, handler, Some((k, context)))
}
pub fn yield_k(l: State, nresults: i32, context: isize, k: Option<KFunction>) -> Result {
    crate::vm::coroutine::yield_values(l, nresults as usize, k, context)
}
pub fn resume(l: State, from: Option<State>, nargs: i32) -> (Status, i32) {
    {
        let (status, n) = crate::vm::coroutine::resume(l, from, nargs as usize);
        (status, n as i32)
    }
}
