//! The part of the C API that the program uses. It is linked dynamically: C modules find the same library.

#![allow(non_snake_case, non_camel_case_types, non_upper_case_globals)]

use crate::edition::LUA_5_5;
use core::ffi::{c_char, c_int, c_void};
use core::ptr;

/// `lua_State`.
#[repr(C)]
pub struct lua_State {
    _private: [u8; 0],
}

pub type lua_CFunction = unsafe extern "C" fn(*mut lua_State) -> c_int;
pub type lua_Hook = unsafe extern "C" fn(*mut lua_State, *mut c_void);

pub const OK: c_int = 0;
pub const ERR_SYNTAX: c_int = 3;
pub const MULTRET: c_int = -1;
pub use crate::edition::{REGISTRY_INDEX, VERSION_NUMBER};
pub const TNIL: c_int = 0;
pub const TSTRING: c_int = 4;
pub const TTABLE: c_int = 5;
pub const MIN_STACK: c_int = 20;
pub const GC_STOP: c_int = 0;
pub const GC_RESTART: c_int = 1;
pub const GC_GENERATIONAL: c_int = if LUA_5_5 { 7 } else { 10 };
/// All events: call, return, line, count.
pub const MASK_ALL: c_int = 1 | 2 | 4 | 8;
/// `LUAL_NUMSIZES`: sizes of an integer and of a float, as the library was built with.
pub const NUMBER_SIZES: usize = size_of::<i64>() * 16 + size_of::<f64>();

// C's standard files, which scripts use too.
unsafe extern "C" {
    pub static stdin: *mut libc::FILE;
    pub static stdout: *mut libc::FILE;
    pub static stderr: *mut libc::FILE;
}

unsafe extern "C" {
    pub fn lua_close(L: *mut lua_State);
    pub fn lua_concat(L: *mut lua_State, n: c_int);
    pub fn lua_createtable(L: *mut lua_State, array: c_int, records: c_int);
    pub fn lua_gc(L: *mut lua_State, what: c_int, ...) -> c_int;
    pub fn lua_getglobal(L: *mut lua_State, name: *const c_char) -> c_int;
    pub fn lua_gettop(L: *mut lua_State) -> c_int;
    pub fn lua_pcallk(
        L: *mut lua_State,
        arguments: c_int,
        results: c_int,
        handler: c_int,
        context: isize,
        k: *const c_void,
    ) -> c_int;
    pub fn lua_pushboolean(L: *mut lua_State, b: c_int);
    pub fn lua_pushcclosure(L: *mut lua_State, f: lua_CFunction, n: c_int);
    pub fn lua_pushfstring(L: *mut lua_State, format: *const c_char, ...) -> *const c_char;
    pub fn lua_pushinteger(L: *mut lua_State, n: i64);
    pub fn lua_pushlightuserdata(L: *mut lua_State, p: *mut c_void);
    pub fn lua_pushlstring(L: *mut lua_State, s: *const c_char, len: usize) -> *const c_char;
    pub fn lua_pushstring(L: *mut lua_State, s: *const c_char) -> *const c_char;
    pub fn lua_rawgeti(L: *mut lua_State, i: c_int, n: i64) -> c_int;
    pub fn lua_rawseti(L: *mut lua_State, i: c_int, n: i64);
    pub fn lua_rotate(L: *mut lua_State, i: c_int, n: c_int);
    pub fn lua_setfield(L: *mut lua_State, i: c_int, key: *const c_char);
    pub fn lua_setglobal(L: *mut lua_State, name: *const c_char);
    pub fn lua_sethook(L: *mut lua_State, f: Option<lua_Hook>, mask: c_int, count: c_int);
    pub fn lua_settop(L: *mut lua_State, i: c_int);
    pub fn lua_toboolean(L: *mut lua_State, i: c_int) -> c_int;
    pub fn lua_tointegerx(L: *mut lua_State, i: c_int, is_number: *mut c_int) -> i64;
    pub fn lua_tolstring(L: *mut lua_State, i: c_int, len: *mut usize) -> *const c_char;
    pub fn lua_touserdata(L: *mut lua_State, i: c_int) -> *mut c_void;
    pub fn lua_type(L: *mut lua_State, i: c_int) -> c_int;
    pub fn lua_typename(L: *mut lua_State, kind: c_int) -> *const c_char;
    pub fn lua_warning(L: *mut lua_State, message: *const c_char, to_continue: c_int);

    pub fn luaL_callmeta(L: *mut lua_State, i: c_int, event: *const c_char) -> c_int;
    pub fn luaL_checkstack(L: *mut lua_State, n: c_int, message: *const c_char);
    pub fn luaL_checkversion_(L: *mut lua_State, version: f64, sizes: usize);
    pub fn luaL_error(L: *mut lua_State, format: *const c_char, ...) -> c_int;
    pub fn luaL_len(L: *mut lua_State, i: c_int) -> i64;
    pub fn luaL_loadbufferx(
        L: *mut lua_State,
        text: *const c_char,
        len: usize,
        name: *const c_char,
        mode: *const c_char,
    ) -> c_int;
    pub fn luaL_loadfilex(L: *mut lua_State, name: *const c_char, mode: *const c_char) -> c_int;
    pub fn luaL_newstate() -> *mut lua_State;
    #[cfg(not(feature = "lua55"))]
    pub fn luaL_openlibs(L: *mut lua_State);
    #[cfg(feature = "lua55")]
    pub fn luaL_openselectedlibs(L: *mut lua_State, load: c_int, preload: c_int);
    pub fn luaL_tolstring(L: *mut lua_State, i: c_int, len: *mut usize) -> *const c_char;
    pub fn luaL_traceback(L: *mut lua_State, of: *mut lua_State, message: *const c_char, level: c_int);
}

/// What the headers have as macros.
///
/// # Safety
/// For all of these: as for the functions they call.
pub unsafe fn lua_pop(l: *mut lua_State, n: c_int) {
    // SAFETY: the caller's.
    unsafe { lua_settop(l, -n - 1) }
}

#[cfg(feature = "lua55")]
pub unsafe fn luaL_openlibs(l: *mut lua_State) {
    // SAFETY: the caller's.
    unsafe { luaL_openselectedlibs(l, !0, 0) }
}

pub unsafe fn lua_insert(l: *mut lua_State, i: c_int) {
    // SAFETY: the caller's.
    unsafe { lua_rotate(l, i, 1) }
}

pub unsafe fn lua_remove(l: *mut lua_State, i: c_int) {
    // SAFETY: the caller's.
    unsafe {
        lua_rotate(l, i, -1);
        lua_pop(l, 1);
    }
}

pub unsafe fn lua_pcall(l: *mut lua_State, arguments: c_int, results: c_int, handler: c_int) -> c_int {
    // SAFETY: the caller's.
    unsafe { lua_pcallk(l, arguments, results, handler, 0, ptr::null()) }
}

pub unsafe fn lua_pushcfunction(l: *mut lua_State, f: lua_CFunction) {
    // SAFETY: the caller's.
    unsafe { lua_pushcclosure(l, f, 0) }
}

pub unsafe fn lua_tostring(l: *mut lua_State, i: c_int) -> *const c_char {
    // SAFETY: the caller's.
    unsafe { lua_tolstring(l, i, ptr::null_mut()) }
}

pub unsafe fn luaL_loadfile(l: *mut lua_State, name: *const c_char) -> c_int {
    // SAFETY: the caller's.
    unsafe { luaL_loadfilex(l, name, ptr::null()) }
}

pub unsafe fn luaL_loadbuffer(l: *mut lua_State, text: *const c_char, len: usize, name: *const c_char) -> c_int {
    // SAFETY: the caller's.
    unsafe { luaL_loadbufferx(l, text, len, name, ptr::null()) }
}
