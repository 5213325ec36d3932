//! References.

use super::*;
use core::ffi::c_int;

/// Pops a value and stores it in a table under a new integer key, which is returned. `[-1, +0, m]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn luaL_ref(l: *mut lua_State, t: c_int) -> c_int {
    // SAFETY: the API's contract; called by the host.
    unsafe {
        let l = state(l);
        check::elements("luaL_ref", l, 1);
        check::table("luaL_ref", l, t);
        l.ref_(t).or_raise(l)
    }
}

/// Frees such a key. `[-0, +0, -]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn luaL_unref(l: *mut lua_State, t: c_int, r: c_int) {
    // SAFETY: the API's contract; called by the host.
    unsafe {
        let l = state(l);
        check::table("luaL_unref", l, t);
        l.unref(t, r).or_raise(l)
    }
}
