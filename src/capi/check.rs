//! Feature `apicheck`: misuse of the API by the host aborts with a message that names the function.
//!
//! Without the feature these functions are empty.

use super::lua_State;
use crate::heap::state::{Slot, State};
use crate::value::Tag;
use crate::vm::api::{MAX_UPVALUES, MULTIPLE, REGISTRY_INDEX, is_pseudo};
use core::ffi::c_int;
use std::process;

/// Whether the checks are there.
pub const ON: bool = cfg!(feature = "apicheck");

#[cold]
fn misuse(function: &str, message: &str) -> ! {
    eprintln!("perilune: {function}: {message}");
    process::abort()
}

/// The condition holds.
#[inline(always)]
pub fn require(function: &str, holds: impl FnOnce() -> bool, message: &str) {
    if ON && !holds() {
        misuse(function, message);
    }
}

fn limit(l: State) -> Slot {
    l.slot(l.frame.get().top.get())
}

/// The stack has `n` values of the running function.
#[inline(always)]
pub fn elements(function: &str, l: State, n: c_int) {
    require(function, || n >= 0 && n <= l.get_top(), "not enough elements in the stack");
}

/// There is room to push `n` values.
#[inline(always)]
pub fn room(function: &str, l: State, n: c_int) {
    require(function, || l.top.get().at(n as usize) <= limit(l), "stack overflow");
}

/// The index is acceptable.
#[inline(always)]
pub fn acceptable(function: &str, l: State, i: c_int) {
    if !ON {
        return;
    }
    if i > 0 {
        require(function, || l.func().at(i as usize) < limit(l), "unacceptable index");
    } else if !is_pseudo(i) {
        require(function, || i != 0 && -i <= l.get_top(), "invalid index");
    } else if i < REGISTRY_INDEX {
        require(function, || REGISTRY_INDEX - i <= MAX_UPVALUES + 1, "upvalue index too large");
        require(function, || l.func().tag() != Tag::LUA_CLOSURE, "caller not a C function");
    }
}

/// The index names a value.
#[inline(always)]
pub fn valid(function: &str, l: State, i: c_int) {
    acceptable(function, l, i);
    require(function, || l.value_at(i).tag != Tag::ABSENT, "invalid index");
}

/// The index names a stack slot.
#[inline(always)]
pub fn on_stack(function: &str, l: State, i: c_int) {
    require(function, || !is_pseudo(i), "invalid index");
    valid(function, l, i);
}

/// The index names a table.
#[inline(always)]
pub fn table(function: &str, l: State, i: c_int) {
    acceptable(function, l, i);
    require(function, || l.is_table(i), "table expected");
}

/// The index names a full userdata.
#[inline(always)]
pub fn full_userdata(function: &str, l: State, i: c_int) {
    acceptable(function, l, i);
    require(function, || l.value_at(i).tag == Tag::USERDATA, "full userdata expected");
}

/// A call with these numbers of arguments and results can be made.
#[inline(always)]
pub fn call(function: &str, l: State, nargs: c_int, nresults: c_int, has_continuation: bool) {
    require(function, || !has_continuation || !l.frame.get().is_lua(), "cannot use continuations inside hooks");
    elements(function, l, nargs + 1);
    require(function, || l.status.get() == crate::heap::state::OK, "cannot do calls on non-normal thread");
    require(
        function,
        || nresults == MULTIPLE || limit(l).0 as isize - l.top.get().0 as isize >= (nresults - nargs) as isize * 16,
        "results from function overflow current stack size",
    );
}

/// A state is given.
#[inline(always)]
pub fn state(function: &str, l: *mut lua_State) {
    require(function, || !l.is_null(), "no state");
}
