//! Sharing between VMs, as skynet's Lua declares it in lua.h.

use super::*;
use crate::share::handles;
use core::ffi::{c_int, c_void};

/// Shares the code of the Lua function at `index` with every VM of the process. `[-0, +0, v]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lua_sharefunction(l: *mut lua_State, index: c_int) {
    // SAFETY: the API's contract.
    let l = unsafe { state(l) };
    // SAFETY: called by the host.
    unsafe { handles::share_function(l, index).or_raise(l) };
}

/// Pushes a closure of a function that was shared; `fp` is what `lua_topointer` gave for it. `[-0, +1, m]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lua_clonefunction(l: *mut lua_State, fp: *const c_void) {
    // SAFETY: the API's contract.
    let l = unsafe { state(l) };
    // SAFETY: called by the host.
    unsafe { handles::clone_function(l, fp).or_raise(l) };
}
