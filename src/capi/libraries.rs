//! The standard libraries (lualib.h).

use super::*;
use crate::heap::function::Native;
use crate::stdlib;
use crate::vm::native;
use core::ffi::c_int;

/// Opens all libraries into the globals. `[-0, +0, e]`
#[cfg(not(feature = "lua55"))]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn luaL_openlibs(l: *mut lua_State) {
    // SAFETY: the API's contract; called by the host.
    unsafe {
        let l = state(l);
        stdlib::open_libs(l).or_raise(l)
    }
}

/// Opens the libraries whose bits are set in `load`, and registers those of `preload` for `require`. `[-0, +0, e]`
#[cfg(feature = "lua55")]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn luaL_openselectedlibs(l: *mut lua_State, load: c_int, preload: c_int) {
    // SAFETY: the API's contract; called by the host.
    unsafe {
        let l = state(l);
        stdlib::open_selected_libs(l, load as u32, preload as u32).or_raise(l)
    }
}

/// Pushes the table of a library; 1.
///
/// # Safety
/// As for every function of the API.
unsafe fn open(l: *mut lua_State, opener: &'static Native) -> c_int {
    // SAFETY: the caller's.
    unsafe { native::enter(l, opener) }
}

/// `[-0, +1, e]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn luaopen_base(l: *mut lua_State) -> c_int {
    // SAFETY: the API's contract.
    unsafe { open(l, &stdlib::OPEN_BASE) }
}

/// `[-0, +1, e]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn luaopen_package(l: *mut lua_State) -> c_int {
    // SAFETY: the API's contract.
    unsafe { open(l, &stdlib::OPEN_PACKAGE) }
}

/// `[-0, +1, e]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn luaopen_coroutine(l: *mut lua_State) -> c_int {
    // SAFETY: the API's contract.
    unsafe { open(l, &stdlib::OPEN_COROUTINE) }
}

/// `[-0, +1, e]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn luaopen_io(l: *mut lua_State) -> c_int {
    // SAFETY: the API's contract.
    unsafe { open(l, &stdlib::OPEN_IO) }
}

/// `[-0, +1, e]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn luaopen_os(l: *mut lua_State) -> c_int {
    // SAFETY: the API's contract.
    unsafe { open(l, &stdlib::OPEN_OS) }
}

/// `[-0, +1, e]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn luaopen_debug(l: *mut lua_State) -> c_int {
    // SAFETY: the API's contract.
    unsafe { open(l, &stdlib::OPEN_DEBUG) }
}

/// `[-0, +1, e]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn luaopen_table(l: *mut lua_State) -> c_int {
    // SAFETY: the API's contract.
    unsafe { open(l, &stdlib::OPEN_TABLE) }
}

/// `[-0, +1, e]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn luaopen_string(l: *mut lua_State) -> c_int {
    // SAFETY: the API's contract.
    unsafe { open(l, &stdlib::OPEN_STRING) }
}

/// `[-0, +1, e]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn luaopen_math(l: *mut lua_State) -> c_int {
    // SAFETY: the API's contract.
    unsafe { open(l, &stdlib::OPEN_MATH) }
}

/// `[-0, +1, e]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn luaopen_utf8(l: *mut lua_State) -> c_int {
    // SAFETY: the API's contract.
    unsafe { open(l, &stdlib::OPEN_UTF8) }
}
