//! Loading chunks.

use super::*;
use crate::edition::LUA_5_5;
use core::ffi::c_int;

/// Loads a file, or standard input. `[-0, +1, m]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn luaL_loadfilex(l: *mut lua_State, filename: *const c_char, mode: *const c_char) -> c_int {
    // SAFETY: the API's contract; called by the host.
    unsafe {
        let l = state(l);
        l.load_file(optional_bytes(filename), optional_bytes(mode)).or_raise(l).into()
    }
}

/// Loads a chunk from memory. `[-0, +1, -]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn luaL_loadbufferx(
    l: *mut lua_State,
    buff: *const c_char,
    sz: usize,
    name: *const c_char,
    mode: *const c_char,
) -> c_int {
    // SAFETY: the API's contract.
    unsafe {
        let name = optional_bytes(name).unwrap_or(b"?");
        state(l).load_buffer(counted(buff, sz), name, optional_bytes(mode)).into()
    }
}

/// Loads a C string, which is also the chunk's name; from edition 5.5 on, text only. `[-0, +1, -]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn luaL_loadstring(l: *mut lua_State, s: *const c_char) -> c_int {
    // SAFETY: the API's contract.
    unsafe {
        let text = bytes(s);
        state(l).load_buffer(text, text, LUA_5_5.then_some(b"t")).into()
    }
}
