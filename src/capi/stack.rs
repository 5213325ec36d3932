//! Basic stack manipulation.

use super::*;
use core::ffi::c_int;

/// The index that does not depend on the top. `[-0, +0, -]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lua_absindex(l: *mut lua_State, idx: c_int) -> c_int {
    // SAFETY: the API's contract.
    unsafe { state(l) }.abs_index(idx)
}

/// Number of values. `[-0, +0, -]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lua_gettop(l: *mut lua_State) -> c_int {
    // SAFETY: the API's contract.
    unsafe { state(l) }.get_top()
}

/// Sets the top; closes variables that go away. `[-?, +?, e]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lua_settop(l: *mut lua_State, idx: c_int) {
    // SAFETY: the API's contract.
    let l = unsafe { state(l) };
    if idx >= 0 {
        let limit = l.frame.get().top.get();
        check::require("lua_settop", || idx as u32 <= limit - l.index_of(l.base()), "new top too large");
    } else {
        check::require("lua_settop", || -(idx + 1) <= l.get_top(), "invalid new top");
    }
    if l.tbc_len.get() == 0 {
        return l.set_plain_top(idx);
    }
    // SAFETY: called by the host.
    unsafe { set_top_closing(l.as_ptr(), idx) }
}

/// As `lua_settop`, where a variable may be closed. Apart, so that the usual way needs no stack frame.
#[cold]
#[inline(never)]
unsafe extern "C" fn set_top_closing(l: *mut lua_State, idx: c_int) {
    // SAFETY: the caller's.
    unsafe {
        let l = state(l);
        l.set_top(idx).or_raise(l)
    }
}

/// Pushes a copy of a value. `[-0, +1, -]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lua_pushvalue(l: *mut lua_State, idx: c_int) {
    // SAFETY: the API's contract.
    let l = unsafe { state(l) };
    check::acceptable("lua_pushvalue", l, idx);
    check::room("lua_pushvalue", l, 1);
    l.push_index(idx);
}

/// Rotates the values from an index to the top. `[-0, +0, -]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lua_rotate(l: *mut lua_State, idx: c_int, n: c_int) {
    // SAFETY: the API's contract.
    let l = unsafe { state(l) };
    check::on_stack("lua_rotate", l, idx);
    check::require("lua_rotate", || n.abs() <= l.get_top() - l.abs_index(idx) + 1, "invalid 'n'");
    l.rotate(idx, n);
}

/// Copies a value over another. `[-0, +0, -]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lua_copy(l: *mut lua_State, fromidx: c_int, toidx: c_int) {
    // SAFETY: the API's contract.
    let l = unsafe { state(l) };
    check::acceptable("lua_copy", l, fromidx);
    check::valid("lua_copy", l, toidx);
    l.copy(fromidx, toidx);
}

/// Makes room for `n` more values; 0 if that cannot be. `[-0, +0, -]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lua_checkstack(l: *mut lua_State, n: c_int) -> c_int {
    // SAFETY: the API's contract.
    let l = unsafe { state(l) };
    check::require("lua_checkstack", || n >= 0, "negative 'n'");
    l.check_stack_slots(n).into()
}

/// Moves `n` values to another thread of the same VM. `[-?, +?, -]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lua_xmove(from: *mut lua_State, to: *mut lua_State, n: c_int) {
    // SAFETY: the API's contract.
    let (from, to) = unsafe { (state(from), state(to)) };
    if from == to {
        return;
    }
    check::elements("lua_xmove", from, n);
    check::require("lua_xmove", || from.global == to.global, "moving among independent states");
    check::room("lua_xmove", to, n);
    from.xmove(to, n);
}
