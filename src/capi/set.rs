//! Set functions (stack to Lua).

use super::*;
use core::ffi::{c_int, c_void};

/// Pops a value and makes it a global. `[-1, +0, e]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lua_setglobal(l: *mut lua_State, name: *const c_char) {
    // SAFETY: the API's contract; called by the host.
    unsafe {
        let l = state(l);
        check::elements("lua_setglobal", l, 1);
        l.set_global_key(string(l, name)).or_raise(l)
    }
}

/// Pops a key and a value: `t[key] = value`. `[-2, +0, e]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lua_settable(l: *mut lua_State, idx: c_int) {
    // SAFETY: the API's contract; called by the host.
    unsafe {
        let l = state(l);
        check::elements("lua_settable", l, 2);
        check::acceptable("lua_settable", l, idx);
        l.set_table(idx).or_raise(l)
    }
}

/// Pops a value: `t[k] = value`. `[-1, +0, e]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lua_setfield(l: *mut lua_State, idx: c_int, k: *const c_char) {
    // SAFETY: the API's contract; called by the host.
    unsafe {
        let l = state(l);
        check::elements("lua_setfield", l, 1);
        check::acceptable("lua_setfield", l, idx);
        l.set_field_key(idx, string(l, k)).or_raise(l)
    }
}

/// Pops a value: `t[n] = value`. `[-1, +0, e]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lua_seti(l: *mut lua_State, idx: c_int, n: lua_Integer) {
    // SAFETY: the API's contract; called by the host.
    unsafe {
        let l = state(l);
        check::elements("lua_seti", l, 1);
        check::acceptable("lua_seti", l, idx);
        l.set_i(idx, n).or_raise(l)
    }
}

/// Pops a key and a value: `t[key] = value`, without metamethods. `[-2, +0, m]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lua_rawset(l: *mut lua_State, idx: c_int) {
    // SAFETY: the API's contract; called by the host.
    unsafe {
        let l = state(l);
        check::elements("lua_rawset", l, 2);
        check::table("lua_rawset", l, idx);
        l.raw_set(idx).or_raise(l)
    }
}

/// Pops a value: `t[n] = value`, without metamethods. `[-1, +0, m]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lua_rawseti(l: *mut lua_State, idx: c_int, n: lua_Integer) {
    // SAFETY: the API's contract; called by the host.
    unsafe {
        let l = state(l);
        check::elements("lua_rawseti", l, 1);
        check::table("lua_rawseti", l, idx);
        l.raw_set_i(idx, n).or_raise(l)
    }
}

/// Pops a value: `t[p] = value`, `p` being a light userdata, without metamethods. `[-1, +0, m]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lua_rawsetp(l: *mut lua_State, idx: c_int, p: *const c_void) {
    // SAFETY: the API's contract; called by the host.
    unsafe {
        let l = state(l);
        check::elements("lua_rawsetp", l, 1);
        check::table("lua_rawsetp", l, idx);
        l.raw_set_p(idx, p).or_raise(l)
    }
}

/// Pops a table or nil and makes it the metatable of a value. Always 1. `[-1, +0, -]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lua_setmetatable(l: *mut lua_State, objindex: c_int) -> c_int {
    // SAFETY: the API's contract; called by the host.
    unsafe {
        let l = state(l);
        check::elements("lua_setmetatable", l, 1);
        check::acceptable("lua_setmetatable", l, objindex);
        check::require("lua_setmetatable", || l.is_nil(-1) || l.is_table(-1), "table expected");
        l.set_metatable(objindex).or_raise(l);
    }
    1
}

/// Pops a value and makes it a user value; 0 when there is no such. `[-1, +0, -]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lua_setiuservalue(l: *mut lua_State, idx: c_int, n: c_int) -> c_int {
    // SAFETY: the API's contract.
    let l = unsafe { state(l) };
    check::elements("lua_setiuservalue", l, 1);
    check::full_userdata("lua_setiuservalue", l, idx);
    l.set_user_value(idx, n).into()
}
