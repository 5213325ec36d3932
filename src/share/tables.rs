//! Shared strings and tables: what `lua_sharestring`, `lua_clonetable`, `lua_makeshared` and `lua_isshared` do.

use crate::heap::state::State;
use crate::throw::Result;
use core::ffi::c_void;

/// `lua_sharestring`: the value at an index must be a string. `[-0, +0, v]`
///
/// May: raise ("need a string to share").
pub fn share_string(l: State, index: i32) -> Result {
    if l.value_at(index).as_string().is_some() { Ok(()) } else { Err(l.error_fmt(format_args!("need a string to share"))) }
}

/// `lua_clonetable`: pushes the shared table with this address. `[-0, +1, v]`
///
/// May: raise ("Not a shared table").
pub fn clone_table(l: State, p: *const c_void) -> Result {
    debug_assert!(!is_shared(p));
    Err(l.error_fmt(format_args!("Not a shared table")))
}

/// `lua_makeshared`: freezes a table of this VM, or marks a function; whether it is shared now.
pub fn make_shared(_: State, p: *const c_void) -> bool {
    is_shared(p)
}

/// `lua_isshared`: whether this is the address of a shared table or function.
pub fn is_shared(_: *const c_void) -> bool {
    false
}
