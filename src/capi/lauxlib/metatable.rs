//! Metatables and what they say; any value as text.

use super::*;
use crate::value::Type;
use core::ffi::c_int;

/// Pushes the metatable with a name from the registry, made if it was not there; whether it was made. `[-0, +1, m]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn luaL_newmetatable(l: *mut lua_State, tname: *const c_char) -> c_int {
    // SAFETY: the API's contract; called by the host.
    unsafe {
        let l = state(l);
        l.new_metatable_key(string(l, tname)).or_raise(l).into()
    }
}

/// Gives the value on top the metatable with this name. `[-0, +0, -]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn luaL_setmetatable(l: *mut lua_State, tname: *const c_char) {
    // SAFETY: the API's contract; called by the host.
    unsafe {
        let l = state(l);
        l.set_metatable_key(string(l, tname)).or_raise(l)
    }
}

/// Pushes a field of a metatable; its type, nil when nothing was pushed. `[-0, +(0|1), m]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn luaL_getmetafield(l: *mut lua_State, obj: c_int, e: *const c_char) -> c_int {
    // SAFETY: the API's contract; called by the host.
    unsafe {
        let l = state(l);
        match l.metatable_at(obj) {
            Some(metatable) => l.push_metafield(metatable, string(l, e)).or_raise(l) as c_int,
            None => Type::Nil as c_int,
        }
    }
}

/// Calls a field of a metatable; whether there was one, whose result is pushed. `[-0, +(0|1), e]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn luaL_callmeta(l: *mut lua_State, obj: c_int, e: *const c_char) -> c_int {
    // SAFETY: the API's contract; called by the host.
    unsafe {
        let l = state(l);
        match l.metatable_at(obj) {
            Some(metatable) => l.call_meta_key(obj, metatable, string(l, e)).or_raise(l).into(),
            None => 0,
        }
    }
}

/// Pushes any value as text; the text. `[-0, +1, e]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn luaL_tolstring(l: *mut lua_State, idx: c_int, len: *mut usize) -> *const c_char {
    // SAFETY: the API's contract; called by the host.
    unsafe {
        let l = state(l);
        let text = l.tolstring(idx).or_raise(l);
        if !len.is_null() {
            *len = text.len();
        }
        text.as_ptr().cast()
    }
}

/// The length of a value as an integer. `[-0, +0, e]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn luaL_len(l: *mut lua_State, idx: c_int) -> lua_Integer {
    // SAFETY: the API's contract; called by the host.
    unsafe {
        let l = state(l);
        l.len_integer(idx).or_raise(l)
    }
}
