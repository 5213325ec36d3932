//! Miscellaneous functions.

use super::*;
use crate::vm::api::MULTIPLE;
use core::ffi::c_int;

/// Pops a key and pushes the next key and value, or only pops, at the end. `[-1, +(2|0), v]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lua_next(l: *mut lua_State, idx: c_int) -> c_int {
    // SAFETY: the API's contract; called by the host.
    unsafe {
        let l = state(l);
        check::elements("lua_next", l, 1);
        check::table("lua_next", l, idx);
        check::room("lua_next", l, 1);
        l.next(idx).or_raise(l).into()
    }
}

/// Concatenates the `n` values on top. `[-n, +1, e]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lua_concat(l: *mut lua_State, n: c_int) {
    // SAFETY: the API's contract; called by the host.
    unsafe {
        let l = state(l);
        check::elements("lua_concat", l, n);
        l.concat(n).or_raise(l)
    }
}

/// Pushes the length of a value. `[-0, +1, e]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lua_len(l: *mut lua_State, idx: c_int) {
    // SAFETY: the API's contract; called by the host.
    unsafe {
        let l = state(l);
        check::acceptable("lua_len", l, idx);
        check::room("lua_len", l, 1);
        l.len(idx).or_raise(l)
    }
}

/// Makes a slot a variable to be closed. `[-0, +0, v]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lua_toclose(l: *mut lua_State, idx: c_int) {
    // SAFETY: the API's contract; called by the host.
    unsafe {
        let l = state(l);
        check::on_stack("lua_toclose", l, idx);
        check::require(
            "lua_toclose",
            || l.last_tbc().is_none_or(|i| i < l.index_of(l.slot_at(idx))),
            "given index below or equal a marked one",
        );
        l.to_close(idx).or_raise(l)
    }
}

/// Closes a variable to be closed. `[-0, +0, e]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lua_closeslot(l: *mut lua_State, idx: c_int) {
    // SAFETY: the API's contract; called by the host.
    unsafe {
        let l = state(l);
        check::on_stack("lua_closeslot", l, idx);
        check::require(
            "lua_closeslot",
            || (l.frame.get().results.get() as i32) < MULTIPLE && l.last_tbc() == Some(l.index_of(l.slot_at(idx))),
            "no variable to close at given level",
        );
        l.close_slot(idx).or_raise(l)
    }
}
