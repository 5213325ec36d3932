//! Sharing between VMs, as skynet's Lua declares it in lua.h.

use super::*;
use crate::share::{cache, handles, library};
use crate::vm::native;
use core::ffi::{c_char, c_int, c_void};

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

/// Loads a file, or standard input, without the code cache. `[-0, +1, m]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn luaL_loadfilex_(l: *mut lua_State, filename: *const c_char, mode: *const c_char) -> c_int {
    // SAFETY: the API's contract; called by the host.
    unsafe {
        let l = state(l);
        l.load_file_uncached(optional_bytes(filename), optional_bytes(mode)).or_raise(l).into()
    }
}

/// Turns the code cache on for the process. `[-0, +0, -]`
#[unsafe(no_mangle)]
pub extern "C" fn luaL_initcodecache() {
    cache::enable();
}

/// Pushes the table of the code cache's functions. `[-0, +1, e]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn luaopen_cache(l: *mut lua_State) -> c_int {
    // SAFETY: the API's contract.
    unsafe { native::enter(l, &library::OPEN) }
}
