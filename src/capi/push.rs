//! Push functions (C to stack).

use super::*;
use crate::vm::api::MAX_UPVALUES;
use core::ffi::{c_int, c_void};
use core::ptr;

/// `[-0, +1, -]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lua_pushnil(l: *mut lua_State) {
    // SAFETY: the API's contract.
    let l = unsafe { state(l) };
    check::room("lua_pushnil", l, 1);
    l.push_nil();
}

/// `[-0, +1, -]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lua_pushnumber(l: *mut lua_State, n: lua_Number) {
    // SAFETY: the API's contract.
    let l = unsafe { state(l) };
    check::room("lua_pushnumber", l, 1);
    l.push_number(n);
}

/// `[-0, +1, -]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lua_pushinteger(l: *mut lua_State, n: lua_Integer) {
    // SAFETY: the API's contract.
    let l = unsafe { state(l) };
    check::room("lua_pushinteger", l, 1);
    l.push_integer(n);
}

/// `[-0, +1, -]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lua_pushboolean(l: *mut lua_State, b: c_int) {
    // SAFETY: the API's contract.
    let l = unsafe { state(l) };
    check::room("lua_pushboolean", l, 1);
    l.push_boolean(b != 0);
}

/// `[-0, +1, -]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lua_pushlightuserdata(l: *mut lua_State, p: *mut c_void) {
    // SAFETY: the API's contract.
    let l = unsafe { state(l) };
    check::room("lua_pushlightuserdata", l, 1);
    l.push_light_userdata(p);
}

/// Pushes this thread; whether it is the main one. `[-0, +1, -]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lua_pushthread(l: *mut lua_State) -> c_int {
    // SAFETY: the API's contract.
    let l = unsafe { state(l) };
    check::room("lua_pushthread", l, 1);
    l.push_thread().into()
}

/// Pushes a copy of `len` bytes; the copy, which ends with a NUL. `[-0, +1, m]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lua_pushlstring(l: *mut lua_State, s: *const c_char, len: usize) -> *const c_char {
    // SAFETY: the API's contract.
    let (l, text) = unsafe { (state(l), counted(s, len)) };
    check::room("lua_pushlstring", l, 1);
    // SAFETY: called by the host.
    unsafe { l.push_string(text).or_raise(l) }.data().cast()
}

/// Pushes a string of the host's own bytes, after which a NUL follows; its text. When they are not in use any more, `falloc(ud, s, len + 1, 0)`
/// is called, if there is such a function. `[-0, +1, m]`
#[cfg(feature = "lua55")]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lua_pushexternalstring(
    l: *mut lua_State,
    s: *const c_char,
    len: usize,
    falloc: Option<lua_Alloc>,
    ud: *mut c_void,
) -> *const c_char {
    // SAFETY: the API's contract; called by the host.
    unsafe {
        let l = state(l);
        check::room("lua_pushexternalstring", l, 1);
        check::require("lua_pushexternalstring", || *s.add(len) == 0, "string not ending with zero");
        let text = ptr::NonNull::new_unchecked(s.cast_mut().cast());
        let string = crate::heap::external::new(l.global(), text, len, falloc, ud).or_raise(l);
        l.push_new_string(string).data().cast()
    }
}

/// Pushes a copy of a C string, nil for null; the copy. `[-0, +1, m]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lua_pushstring(l: *mut lua_State, s: *const c_char) -> *const c_char {
    // SAFETY: the API's contract; called by the host.
    unsafe {
        let l = state(l);
        check::room("lua_pushstring", l, 1);
        if s.is_null() {
            l.push_nil();
            return ptr::null();
        }
        l.push_new_string(string(l, s)).data().cast()
    }
}

/// Pushes a C function, which takes `n` upvalues from the top. `[-n, +1, m]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lua_pushcclosure(l: *mut lua_State, f: lua_CFunction, n: c_int) {
    // SAFETY: the API's contract.
    let l = unsafe { state(l) };
    if n == 0 {
        check::room("lua_pushcclosure", l, 1);
    }
    check::elements("lua_pushcclosure", l, n);
    check::require("lua_pushcclosure", || n <= MAX_UPVALUES, "upvalue index too large");
    // SAFETY: called by the host.
    unsafe { l.push_c_closure(f, n as usize).or_raise(l) }
}
