//! Tables of functions, subtables, modules.

use super::*;
use crate::value::Value;
use core::ffi::c_int;

/// A name and a function; a list of them ends with a null name.
#[repr(C)]
pub struct luaL_Reg {
    pub name: *const c_char,
    pub func: Option<lua_CFunction>,
}

/// Adds functions to the table below `nup` values, which each of them gets as upvalues. `[-nup, +0, m]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn luaL_setfuncs(l: *mut lua_State, list: *const luaL_Reg, nup: c_int) {
    // SAFETY: the API's contract; called by the host.
    unsafe {
        let l = state(l);
        l.check_stack(nup, "too many upvalues").or_raise(l);
        let mut entry = list;
        loop {
            let name = (*entry).name;
            if name.is_null() {
                break;
            }
            match (*entry).func {
                // A place to be filled later.
                None => l.push_boolean(false),
                Some(f) => {
                    for _ in 0..nup {
                        l.push_index(-nup);
                    }
                    l.push_c_closure(f, nup as usize).or_raise(l);
                }
            }
            l.set_field_key(-(nup + 2), string(l, name)).or_raise(l);
            entry = entry.add(1);
        }
        l.pop(nup);
    }
}

/// Pushes the table in a field, made if there was none; whether it was there. `[-0, +1, e]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn luaL_getsubtable(l: *mut lua_State, idx: c_int, fname: *const c_char) -> c_int {
    // SAFETY: the API's contract; called by the host.
    unsafe {
        let l = state(l);
        l.get_subtable_key(idx, string(l, fname)).or_raise(l).into()
    }
}

/// Pushes a module, opening it if need be. `[-0, +1, e]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn luaL_requiref(l: *mut lua_State, modname: *const c_char, openf: lua_CFunction, glb: c_int) {
    // SAFETY: the API's contract; called by the host.
    unsafe {
        let l = state(l);
        l.requiref_key(string(l, modname), Value::light_c(openf), glb != 0).or_raise(l)
    }
}
