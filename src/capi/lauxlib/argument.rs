//! Checks of arguments.

use super::*;
use crate::value::{Type, Value};
use core::ffi::{c_int, c_void};
use core::ptr;

/// `[-0, +0, v]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn luaL_checkinteger(l: *mut lua_State, arg: c_int) -> lua_Integer {
    // SAFETY: the API's contract; called by the host.
    unsafe {
        let l = state(l);
        l.check_integer(arg).or_raise(l)
    }
}

/// `[-0, +0, v]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn luaL_optinteger(l: *mut lua_State, arg: c_int, def: lua_Integer) -> lua_Integer {
    // SAFETY: the API's contract; called by the host.
    unsafe {
        let l = state(l);
        l.opt_integer(arg, def).or_raise(l)
    }
}

/// `[-0, +0, v]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn luaL_checknumber(l: *mut lua_State, arg: c_int) -> lua_Number {
    // SAFETY: the API's contract; called by the host.
    unsafe {
        let l = state(l);
        l.check_number(arg).or_raise(l)
    }
}

/// `[-0, +0, v]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn luaL_optnumber(l: *mut lua_State, arg: c_int, def: lua_Number) -> lua_Number {
    // SAFETY: the API's contract; called by the host.
    unsafe {
        let l = state(l);
        l.opt_number(arg, def).or_raise(l)
    }
}

/// Stores the length of a text where the host asked for it.
unsafe fn with_length(text: &[u8], len: *mut usize) -> *const c_char {
    if !len.is_null() {
        // SAFETY: the host wants it here.
        unsafe { *len = text.len() };
    }
    text.as_ptr().cast()
}

/// A number as text, or an error. Apart, so that a string needs no stack frame.
///
/// # Safety
/// The API's contract; called for the host.
#[inline(never)]
unsafe extern "C" fn other_text(l: *mut lua_State, arg: c_int, len: *mut usize) -> *const c_char {
    // SAFETY: the caller's.
    unsafe {
        let l = state(l);
        with_length(l.check_bytes(arg).or_raise(l), len)
    }
}

/// `[-0, +0, v]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn luaL_checklstring(l: *mut lua_State, arg: c_int, len: *mut usize) -> *const c_char {
    // SAFETY: the API's contract; called by the host.
    unsafe {
        let l = state(l);
        if let Some(text) = l.value_on_stack(arg, Value::ABSENT).and_then(Value::as_string) {
            if !len.is_null() {
                *len = text.len();
            }
            return text.data().cast();
        }
        other_text(l.as_ptr(), arg, len)
    }
}

/// `[-0, +0, v]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn luaL_optlstring(l: *mut lua_State, arg: c_int, def: *const c_char, len: *mut usize) -> *const c_char {
    // SAFETY: the API's contract; called by the host.
    unsafe {
        let handle = state(l);
        if !handle.is_none_or_nil(arg) {
            return luaL_checklstring(l, arg, len);
        }
        match optional_bytes(def) {
            Some(text) => with_length(text, len),
            None => {
                with_length(&[], len);
                ptr::null()
            }
        }
    }
}

/// Position of the argument in a list of C strings that ends with null. `[-0, +0, v]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn luaL_checkoption(l: *mut lua_State, arg: c_int, def: *const c_char, lst: *const *const c_char) -> c_int {
    // SAFETY: the API's contract; called by the host.
    unsafe {
        let handle = state(l);
        let name = match optional_bytes(def) {
            Some(default) if handle.is_none_or_nil(arg) => default,
            _ => bytes(luaL_checklstring(l, arg, ptr::null_mut())),
        };
        let mut i = 0;
        while let option = *lst.add(i)
            && !option.is_null()
        {
            // Both end with a NUL.
            if libc::strcmp(option, name.as_ptr().cast()) == 0 {
                return i as c_int;
            }
            i += 1;
        }
        raise(handle, handle.option_error(arg, name))
    }
}

/// Makes room on the stack or raises. `[-0, +0, v]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn luaL_checkstack(l: *mut lua_State, sz: c_int, msg: *const c_char) {
    // SAFETY: the API's contract; called by the host.
    unsafe {
        let l = state(l);
        if !l.check_stack_slots(sz) {
            l.check_stack_bytes(sz, optional_bytes(msg)).or_raise(l)
        }
    }
}

/// `[-0, +0, v]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn luaL_checktype(l: *mut lua_State, arg: c_int, t: c_int) {
    // SAFETY: the API's contract; called by the host.
    unsafe {
        let l = state(l);
        match Type::from_number(t) {
            Some(t) => l.check_type(arg, t).or_raise(l),
            None => check::require("luaL_checktype", || false, "invalid type"),
        }
    }
}

/// `[-0, +0, v]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn luaL_checkany(l: *mut lua_State, arg: c_int) {
    // SAFETY: the API's contract; called by the host.
    unsafe {
        let l = state(l);
        l.check_any(arg).or_raise(l)
    }
}

/// The block of a userdata with this metatable, or an error. `[-0, +0, v]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn luaL_checkudata(l: *mut lua_State, ud: c_int, tname: *const c_char) -> *mut c_void {
    // SAFETY: the API's contract; called by the host.
    unsafe {
        let l = state(l);
        let p = if l.is_userdata(ud) { l.test_userdata_key(ud, string(l, tname)) } else { ptr::null_mut() };
        if p.is_null() {
            raise(l, l.type_error_bytes(ud, bytes(tname)))
        }
        p
    }
}

/// The block of a userdata with this metatable, or null. `[-0, +0, m]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn luaL_testudata(l: *mut lua_State, ud: c_int, tname: *const c_char) -> *mut c_void {
    // SAFETY: the API's contract; called by the host.
    unsafe {
        let l = state(l);
        if l.is_userdata(ud) { l.test_userdata_key(ud, string(l, tname)) } else { ptr::null_mut() }
    }
}

/// Raises if the host was compiled for another edition or with other number types. `[-0, +0, v]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn luaL_checkversion_(l: *mut lua_State, ver: lua_Number, sz: usize) {
    /// `LUAL_NUMSIZES`: sizes of the number types.
    const SIZES: usize = size_of::<lua_Integer>() * 16 + size_of::<lua_Number>();
    // SAFETY: the API's contract; called by the host.
    unsafe {
        let handle = state(l);
        let version = lua_version(l);
        if sz != SIZES {
            raise(handle, handle.error_fmt(format_args!("core and library have incompatible numeric types")))
        } else if ver != version {
            raise(handle, handle.version_error(ver, version))
        }
    }
}
