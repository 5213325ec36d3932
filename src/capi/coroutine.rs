//! Coroutine functions.

use super::*;
use crate::vm::coroutine;
use core::ffi::c_int;

/// Suspends the running coroutine with the values on top; with `k`, goes on there when it is resumed. `[-?, +?, v]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lua_yieldk(l: *mut lua_State, nresults: c_int, ctx: lua_KContext, k: Option<lua_KFunction>) -> c_int {
    // SAFETY: the API's contract; called by the host.
    unsafe {
        let l = state(l);
        check::elements("lua_yieldk", l, nresults);
        if l.frame.get().is_lua() {
            check::require("lua_yieldk", || nresults == 0, "hooks cannot yield values");
            check::require("lua_yieldk", || k.is_none(), "hooks cannot continue after yielding");
        }
        coroutine::yield_values(l, nresults as usize, k, ctx).or_raise(l);
    }
    // Inside a hook: the thread suspends when the hook returns.
    0
}

/// Starts or continues a coroutine; its status, and the number of values on top. `[-?, +?, -]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lua_resume(l: *mut lua_State, from: *mut lua_State, narg: c_int, nres: *mut c_int) -> c_int {
    // SAFETY: the API's contract; `from` may be null.
    unsafe {
        let (l, from) = (state(l), if from.is_null() { None } else { Some(state(from)) });
        check::elements("lua_resume", l, narg);
        let (status, n) = coroutine::resume(l, from, narg as usize);
        *nres = n as c_int;
        status.into()
    }
}

/// Status of a thread. `[-0, +0, -]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lua_status(l: *mut lua_State) -> c_int {
    // SAFETY: the API's contract.
    unsafe { state(l) }.status.get().into()
}

/// Whether the running function can yield. `[-0, +0, -]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lua_isyieldable(l: *mut lua_State) -> c_int {
    // SAFETY: the API's contract.
    unsafe { state(l) }.is_yieldable().into()
}
