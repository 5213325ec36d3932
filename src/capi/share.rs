//! Sharing between VMs, as skynet's Lua declares it in lua.h.

use super::*;
use crate::heap::state::OK;
use crate::share::{cache, handles, library, reload, tables};
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

/// Checks that there is a string at `index`; a shared table makes its strings shared by itself. `[-0, +0, v]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lua_sharestring(l: *mut lua_State, index: c_int) {
    // SAFETY: the API's contract.
    let l = unsafe { state(l) };
    // SAFETY: called by the host.
    unsafe { tables::share_string(l, index).or_raise(l) };
}

/// Pushes the shared table that has this address. `[-0, +1, v]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lua_clonetable(l: *mut lua_State, t: *const c_void) {
    // SAFETY: the API's contract.
    let l = unsafe { state(l) };
    // SAFETY: called by the host.
    unsafe { tables::clone_table(l, t).or_raise(l) };
}

/// Freezes the table, or marks the Lua function, of this VM that has this address; whether it is shared now. `[-0, +0, m]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lua_makeshared(l: *mut lua_State, p: *const c_void) -> c_int {
    // SAFETY: the API's contract.
    let l = unsafe { state(l) };
    // SAFETY: called by the host.
    unsafe { tables::make_shared(l, p).or_raise(l).into() }
}

/// Whether a table or function with this address is shared. `[-0, +0, -]`
#[unsafe(no_mangle)]
pub extern "C" fn lua_isshared(p: *const c_void) -> c_int {
    tables::is_shared(p).into()
}

/// Makes the code cache forget a file, or all; how many. `[-0, +0, -]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn luaL_cacheclear(filename: *const c_char) -> c_int {
    // SAFETY: the API's contract.
    cache::clear(unsafe { optional_bytes(filename) }) as c_int
}

/// Sets how the VM uses the code cache; how it did before. `[-0, +0, -]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn luaL_cachemode(l: *mut lua_State, mode: c_int) -> c_int {
    // SAFETY: the API's contract.
    let l = unsafe { state(l) };
    let before = cache::Mode::of(l);
    if let Some(mode) = usize::try_from(mode).ok().and_then(|mode| cache::Mode::ALL.get(mode)) {
        mode.set(l);
    }
    before as c_int
}

/// Pushes what is known of the files in the code cache. `[-0, +1, m]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn luaL_cachestat(l: *mut lua_State) {
    // SAFETY: the API's contract.
    let l = unsafe { state(l) };
    // SAFETY: called by the host.
    unsafe { library::push_stat(l).or_raise(l) };
}

/// Loads a file anew and gives its code to the functions that this VM made of it (`skynet.codecache.reload`). Pushes a report and gives
/// `LUA_OK`, or pushes a message and gives the status of the load. `[-0, +1, m]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn luaL_reloadfile(l: *mut lua_State, filename: *const c_char) -> c_int {
    // SAFETY: the API's contract; called by the host.
    unsafe {
        let l = state(l);
        let Some(name) = optional_bytes(filename) else {
            return Err::<c_int, _>(l.error_fmt(format_args!("need a file name to reload"))).or_raise(l);
        };
        let outcome = reload::reload(l, name).and_then(|outcome| match outcome {
            Ok(report) => reload::push_report(l, &report).map(|()| OK.into()),
            Err(refusal) => l.push_bytes(&refusal.message).map(|()| refusal.status as c_int),
        });
        outcome.or_raise(l)
    }
}
