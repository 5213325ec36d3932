//! A state with C's allocator, a panic function and warnings.

use super::*;
use crate::capi::state::new_state;
use crate::edition::LUA_5_5;
use crate::heap::mem::process_memory;
use core::ffi::{c_int, c_uint, c_void};
use core::ptr;
use std::hash::{BuildHasher, RandomState};

unsafe extern "C" {
    static stderr: *mut libc::FILE;
}

/// The allocation function of `luaL_newstate`: C's `realloc` and `free`. `[-0, +0, -]`
#[cfg(feature = "lua55")]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn luaL_alloc(ud: *mut c_void, ptr: *mut c_void, osize: usize, nsize: usize) -> *mut c_void {
    // SAFETY: the protocol of `lua_Alloc`.
    unsafe { process_memory(ud, ptr, osize, nsize) }
}

#[cfg(feature = "lua55")]
use luaL_alloc as allocate;

#[cfg(not(feature = "lua55"))]
use process_memory as allocate;

/// Writes to C's error stream, at once.
fn complain(text: &[u8]) {
    // SAFETY: the stream is open; the text has as many bytes as it says.
    unsafe {
        libc::fwrite(text.as_ptr().cast(), 1, text.len(), stderr);
        libc::fflush(stderr);
    }
}

/// The panic function: prints the message.
unsafe extern "C" fn panic(l: *mut lua_State) -> c_int {
    // SAFETY: a live state.
    let l = unsafe { state(l) };
    // A string needs no conversion, which could fail.
    let message = l.value_at(-1).as_string().map_or(&b"error object is not a string"[..], |s| s.bytes());
    complain(b"PANIC: unprotected error in call to Lua API (");
    complain(crate::vm::auxiliary::check::c_text(message));
    complain(b")\n");
    0
}

/// Obeys a control message; whether it was one.
unsafe fn control(ud: *mut c_void, message: *const c_char, to_continue: c_int) -> bool {
    // SAFETY: the text ends with a NUL.
    let text = unsafe { bytes(message) };
    if to_continue != 0 || text.first() != Some(&b'@') {
        return false;
    }
    match text {
        b"@off" => set(ud, warn_off),
        b"@on" => set(ud, warn_on),
        _ => {}
    }
    true
}

fn set(ud: *mut c_void, f: lua_WarnFunction) {
    // SAFETY: the warn functions' data is the state.
    unsafe { lua_setwarnf(ud.cast(), Some(f), ud) }
}

/// Warnings are off.
unsafe extern "C" fn warn_off(ud: *mut c_void, message: *const c_char, to_continue: c_int) {
    // SAFETY: called as a warn function.
    unsafe { control(ud, message, to_continue) };
}

/// Ready for a new message.
unsafe extern "C" fn warn_on(ud: *mut c_void, message: *const c_char, to_continue: c_int) {
    // SAFETY: called as a warn function.
    unsafe {
        if !control(ud, message, to_continue) {
            complain(b"Lua warning: ");
            warn_more(ud, message, to_continue);
        }
    }
}

/// Inside a message.
unsafe extern "C" fn warn_more(ud: *mut c_void, message: *const c_char, to_continue: c_int) {
    // SAFETY: called as a warn function.
    complain(unsafe { bytes(message) });
    if to_continue != 0 {
        set(ud, warn_more);
    } else {
        complain(b"\n");
        set(ud, warn_on);
    }
}

/// A random number.
fn make_seed() -> c_uint {
    RandomState::new().hash_one(0u8) as c_uint
}

/// A number for `lua_newstate`, a different one each time. The state is not looked at and may be null. `[-0, +0, -]`
#[cfg(feature = "lua55")]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn luaL_makeseed(_l: *mut lua_State) -> c_uint {
    make_seed()
}

/// A new state; null when memory is short. Warnings are off, or on from edition 5.5. `[-0, +0, -]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn luaL_newstate() -> *mut lua_State {
    // SAFETY: an allocator as the API asks for.
    unsafe {
        let l = new_state(allocate, ptr::null_mut(), make_seed());
        if !l.is_null() {
            lua_atpanic(l, Some(panic));
            // In 5.5 it is the stand-alone program that switches warnings off.
            lua_setwarnf(l, Some(if LUA_5_5 { warn_on } else { warn_off }), l.cast());
        }
        l
    }
}
