//! State manipulation.

use super::*;
use crate::edition;
use crate::gc;
use crate::share::{self, tables};
use crate::vm::{coroutine, state as whole};
use core::ffi::{c_int, c_uint, c_void};
use core::ptr;

const VERSION_MARK: &str = "$LuaVersion: ";
const AUTHORS_MARK: &str = " $$LuaAuthors: R. Ierusalimschy, L. H. de Figueiredo, W. Celes $";

/// Version and authors, to be found in a program (`lua_ident`). A NUL ends it.
#[unsafe(no_mangle)]
pub static lua_ident: [u8; VERSION_MARK.len() + edition::COPYRIGHT.len() + AUTHORS_MARK.len() + 1] = {
    let mut text = [0; _];
    let (mark, rest) = text.split_at_mut(VERSION_MARK.len());
    let (copyright, authors) = rest.split_at_mut(edition::COPYRIGHT.len());
    mark.copy_from_slice(VERSION_MARK.as_bytes());
    copyright.copy_from_slice(edition::COPYRIGHT.as_bytes());
    authors.split_at_mut(AUTHORS_MARK.len()).0.copy_from_slice(AUTHORS_MARK.as_bytes());
    text
};

/// A new, independent state; null when the allocator refuses. `[-0, +0, -]`
#[cfg(not(feature = "lua55"))]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lua_newstate(f: lua_Alloc, ud: *mut c_void) -> *mut lua_State {
    // SAFETY: the API's contract.
    unsafe { new_state(f, ud, 0) }
}

/// A new, independent state; null when the allocator refuses. The seed has no part in hashing, which is the same in all states of
/// the process; it makes the first numbers of `math.random` others. `[-0, +0, -]`
#[cfg(feature = "lua55")]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lua_newstate(f: lua_Alloc, ud: *mut c_void, seed: c_uint) -> *mut lua_State {
    // SAFETY: the API's contract.
    unsafe { new_state(f, ud, seed) }
}

/// `lua_newstate` of either edition.
///
/// # Safety
/// `f` follows the `lua_Alloc` protocol.
pub(crate) unsafe fn new_state(f: lua_Alloc, ud: *mut c_void, seed: u32) -> *mut lua_State {
    share::init();
    // SAFETY: the caller's.
    match unsafe { whole::new_state(f, ud) } {
        Some(l) => {
            l.global().seed.set(seed);
            share::opened(l);
            l.as_ptr()
        }
        None => ptr::null_mut(),
    }
}

/// Closes all, calls finalizers, frees all. `[-0, +0, -]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lua_close(l: *mut lua_State) {
    // SAFETY: the API's contract.
    let l = unsafe { state(l) };
    check::require("lua_close", || tables::holders(l) == 0, "another VM still holds a table that this one has shared");
    share::closing(l);
    whole::close(l);
}

/// Pushes a new thread, which begins with a copy of the main thread's extra space and of this one's hook. `[-0, +1, m]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lua_newthread(l: *mut lua_State) -> *mut lua_State {
    // SAFETY: the API's contract.
    let l = unsafe { state(l) };
    check::room("lua_newthread", l, 1);
    // SAFETY: called by the host.
    let new = unsafe { coroutine::new_thread(l).or_raise(l) };
    gc::check(l);
    new.as_ptr()
}

/// Closes pending variables of a thread and makes it ready for another function; the status, whose error object, if it is
/// one, is left on top. `[-0, +?, -]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lua_closethread(l: *mut lua_State, from: *mut lua_State) -> c_int {
    // SAFETY: the API's contract; `from` may be null.
    let (l, from) = unsafe { (state(l), if from.is_null() { None } else { Some(state(from)) }) };
    if edition::LUA_5_5 && from == Some(l) {
        // SAFETY: called by the host.
        unsafe { raise(l, coroutine::close_running(l)) }
    }
    coroutine::close_thread(l, from).into()
}

/// `lua_closethread` without `from`. `[-0, +?, -]`
#[cfg(not(feature = "lua55"))]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lua_resetthread(l: *mut lua_State) -> c_int {
    // SAFETY: the API's contract.
    unsafe { lua_closethread(l, ptr::null_mut()) }
}

/// Sets the panic function; the old one. `[-0, +0, -]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lua_atpanic(l: *mut lua_State, panicf: Option<lua_CFunction>) -> Option<lua_CFunction> {
    // SAFETY: the API's contract.
    unsafe { state(l) }.global().panic.replace(panicf)
}

/// The version number of this library. `[-0, +0, -]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lua_version(_l: *mut lua_State) -> lua_Number {
    edition::VERSION_NUMBER
}

/// Does nothing any more; the limit on nested C calls. `[-0, +0, -]`
#[cfg(not(feature = "lua55"))]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lua_setcstacklimit(_l: *mut lua_State, _limit: c_uint) -> c_int {
    crate::heap::state::MAX_C_CALLS as c_int
}

/// The allocation function and its data. `[-0, +0, -]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lua_getallocf(l: *mut lua_State, ud: *mut *mut c_void) -> lua_Alloc {
    // SAFETY: the API's contract.
    let (f, data) = unsafe { state(l) }.global().allocator.function();
    if !ud.is_null() {
        // SAFETY: the host wants it here.
        unsafe { *ud = data };
    }
    f
}

/// Replaces the allocation function. `[-0, +0, -]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lua_setallocf(l: *mut lua_State, f: lua_Alloc, ud: *mut c_void) {
    // SAFETY: the API's contract.
    unsafe { state(l) }.global().allocator.set_function(f, ud);
}
