//! Get functions (Lua to stack).

use super::*;
use core::ffi::{c_int, c_void};

/// Pushes a global. `[-0, +1, e]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lua_getglobal(l: *mut lua_State, name: *const c_char) -> c_int {
    // SAFETY: the API's contract; called by the host.
    unsafe {
        let l = state(l);
        check::room("lua_getglobal", l, 1);
        l.get_global_key(string(l, name)).or_raise(l) as c_int
    }
}

/// Replaces a key by `t[key]`. `[-1, +1, e]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lua_gettable(l: *mut lua_State, idx: c_int) -> c_int {
    // SAFETY: the API's contract; called by the host.
    unsafe {
        let l = state(l);
        check::elements("lua_gettable", l, 1);
        check::acceptable("lua_gettable", l, idx);
        l.get_table(idx).or_raise(l) as c_int
    }
}

/// Pushes `t[k]`. `[-0, +1, e]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lua_getfield(l: *mut lua_State, idx: c_int, k: *const c_char) -> c_int {
    // SAFETY: the API's contract; called by the host.
    unsafe {
        let l = state(l);
        check::acceptable("lua_getfield", l, idx);
        check::room("lua_getfield", l, 1);
        l.get_field_key(idx, string(l, k)).or_raise(l) as c_int
    }
}

/// Pushes `t[n]`. `[-0, +1, e]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lua_geti(l: *mut lua_State, idx: c_int, n: lua_Integer) -> c_int {
    // SAFETY: the API's contract; called by the host.
    unsafe {
        let l = state(l);
        check::acceptable("lua_geti", l, idx);
        check::room("lua_geti", l, 1);
        l.get_i(idx, n).or_raise(l) as c_int
    }
}

/// Replaces a key by `t[key]`, without metamethods. `[-1, +1, -]`; of a shared table `v`: memory, or the value is not shared.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lua_rawget(l: *mut lua_State, idx: c_int) -> c_int {
    // SAFETY: the API's contract.
    let l = unsafe { state(l) };
    check::elements("lua_rawget", l, 1);
    check::table("lua_rawget", l, idx);
    // SAFETY: called by the host.
    unsafe { l.raw_get(idx).or_raise(l) as c_int }
}

/// Pushes `t[n]`, without metamethods. `[-0, +1, -]`; of a shared table as `lua_rawget`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lua_rawgeti(l: *mut lua_State, idx: c_int, n: lua_Integer) -> c_int {
    // SAFETY: the API's contract.
    let l = unsafe { state(l) };
    check::table("lua_rawgeti", l, idx);
    check::room("lua_rawgeti", l, 1);
    // SAFETY: called by the host.
    unsafe { l.raw_get_i(idx, n).or_raise(l) as c_int }
}

/// Pushes `t[p]`, `p` being a light userdata, without metamethods. `[-0, +1, -]`; of a shared table as `lua_rawget`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lua_rawgetp(l: *mut lua_State, idx: c_int, p: *const c_void) -> c_int {
    // SAFETY: the API's contract.
    let l = unsafe { state(l) };
    check::table("lua_rawgetp", l, idx);
    check::room("lua_rawgetp", l, 1);
    // SAFETY: called by the host.
    unsafe { l.raw_get_p(idx, p).or_raise(l) as c_int }
}

/// Pushes a new table with room for elements and other keys. `[-0, +1, m]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lua_createtable(l: *mut lua_State, narr: c_int, nrec: c_int) {
    // SAFETY: the API's contract; called by the host.
    unsafe {
        let l = state(l);
        check::room("lua_createtable", l, 1);
        l.create_table(narr.max(0) as usize, nrec.max(0) as usize).or_raise(l)
    }
}

/// Pushes a new full userdata; its block. `[-0, +1, m]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lua_newuserdatauv(l: *mut lua_State, sz: usize, nuvalue: c_int) -> *mut c_void {
    // SAFETY: the API's contract; called by the host.
    unsafe {
        let l = state(l);
        check::room("lua_newuserdatauv", l, 1);
        check::require("lua_newuserdatauv", || (0..i16::MAX.into()).contains(&nuvalue), "invalid value");
        l.new_userdata(sz, nuvalue as u16).or_raise(l).cast()
    }
}

/// Pushes a metatable and returns 1, or does neither. `[-0, +(0|1), -]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lua_getmetatable(l: *mut lua_State, objindex: c_int) -> c_int {
    // SAFETY: the API's contract.
    let l = unsafe { state(l) };
    check::acceptable("lua_getmetatable", l, objindex);
    check::room("lua_getmetatable", l, 1);
    l.get_metatable(objindex).into()
}

/// Pushes a user value, or nil and `LUA_TNONE`. `[-0, +1, -]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lua_getiuservalue(l: *mut lua_State, idx: c_int, n: c_int) -> c_int {
    // SAFETY: the API's contract.
    let l = unsafe { state(l) };
    check::full_userdata("lua_getiuservalue", l, idx);
    check::room("lua_getiuservalue", l, 1);
    l.get_user_value(idx, n).map_or(-1, |t| t as c_int)
}
