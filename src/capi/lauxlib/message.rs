//! Errors, positions, tracebacks, results of system calls.

use super::*;
use core::ffi::c_int;

/// Raises "bad argument #arg to 'f' (message)". `[-0, +0, v]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn luaL_argerror(l: *mut lua_State, arg: c_int, extramsg: *const c_char) -> c_int {
    // SAFETY: the API's contract; called by the host.
    unsafe {
        let l = state(l);
        raise(l, l.arg_error_bytes(arg, bytes(extramsg)))
    }
}

/// Raises "bad argument ... (X expected, got Y)". `[-0, +0, v]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn luaL_typeerror(l: *mut lua_State, arg: c_int, tname: *const c_char) -> c_int {
    // SAFETY: the API's contract; called by the host.
    unsafe {
        let l = state(l);
        raise(l, l.type_error_bytes(arg, bytes(tname)))
    }
}

/// Pushes the position of the function at a call level. `[-0, +1, m]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn luaL_where(l: *mut lua_State, level: c_int) {
    // SAFETY: the API's contract; called by the host.
    unsafe {
        let l = state(l);
        l.where_(level).or_raise(l)
    }
}

/// Pushes a traceback of another thread. `[-0, +1, m]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn luaL_traceback(l: *mut lua_State, l1: *mut lua_State, msg: *const c_char, level: c_int) {
    // SAFETY: the API's contract; called by the host.
    unsafe {
        let l = state(l);
        l.traceback(state(l1), optional_bytes(msg), level).or_raise(l)
    }
}

/// Pushes the results of a file operation; their number. `[-0, +(1|3), m]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn luaL_fileresult(l: *mut lua_State, stat: c_int, fname: *const c_char) -> c_int {
    // SAFETY: the API's contract; called by the host.
    unsafe {
        let l = state(l);
        l.file_result(stat != 0, optional_bytes(fname)).or_raise(l) as c_int
    }
}

/// Pushes the results of a process; their number. `[-0, +3, m]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn luaL_execresult(l: *mut lua_State, stat: c_int) -> c_int {
    // SAFETY: the API's contract; called by the host.
    unsafe {
        let l = state(l);
        l.exec_result(stat).or_raise(l) as c_int
    }
}
