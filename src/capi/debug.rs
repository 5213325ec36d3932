//! Debug interface (§4.7).

use super::*;
use crate::heap::state::HookFunction;
use crate::value::chunk_id::{ChunkId, ID_SIZE};
use crate::vm::api::activation::Activation;
use crate::vm::debug::{self, FunctionInfo};
use crate::vm::hook;
use core::ffi::{c_int, c_void};
use core::ptr;
use core::sync::atomic::Ordering;

pub type lua_Debug = Activation;
/// `lua_Hook`.
pub type lua_Hook = unsafe extern "C" fn(*mut lua_State, *mut lua_Debug);

const _: () = assert!(ID_SIZE == 60, "LUA_IDSIZE");

/// A text that a NUL follows in memory, as C sees it.
fn c_pointer(text: &'static [u8]) -> *const c_char {
    text.as_ptr().cast()
}

/// Finds the call at a level; 0 when there is none. `[-0, +0, -]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lua_getstack(l: *mut lua_State, level: c_int, ar: *mut lua_Debug) -> c_int {
    // SAFETY: the API's contract.
    let l = unsafe { state(l) };
    match debug::call_level(l, level) {
        Some(frame) => {
            // SAFETY: the host wants it here.
            unsafe { (*ar).set_frame(l, frame) };
            1
        }
        None => 0,
    }
}

/// Tells about a call or, with `>`, about the function on top, which is popped; 0 for an invalid option.
/// `[-(0|1), +(0|1|2), m]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lua_getinfo(l: *mut lua_State, what: *const c_char, ar: *mut lua_Debug) -> c_int {
    // SAFETY: the API's contract.
    let (l, mut options, ar) = unsafe { (state(l), bytes(what), &mut *ar) };
    let (function, frame) = match options {
        [b'>', rest @ ..] => {
            options = rest;
            check::elements("lua_getinfo", l, 1);
            check::require("lua_getinfo", || l.is_function(-1), "function expected");
            let function = l.value_at(-1);
            l.pop(1);
            (function, None)
        }
        _ => {
            let frame = ar.frame(l);
            (l.slot(frame.func.get()).get(), Some(frame))
        }
    };
    let (mut valid, mut wants_function, mut wants_lines) = (true, false, false);
    for option in options {
        match option {
            b'S' => {
                let info = FunctionInfo::new(function);
                ar.source = c_pointer(info.source);
                ar.source_len = info.source.len();
                ar.what = info.what.as_ptr();
                ar.line_defined = info.line_defined;
                ar.last_line_defined = info.last_line_defined;
                ChunkId::write(info.source, &mut ar.short_src);
            }
            b'l' => ar.current_line = frame.map_or(-1, |frame| debug::current_line(l, frame)),
            b'u' => {
                let info = FunctionInfo::new(function);
                ar.upvalues = info.upvalues;
                ar.parameters = info.parameters;
                ar.is_vararg = info.is_vararg.into();
            }
            b't' => {
                ar.is_tail_call = frame.is_some_and(debug::is_tail_call).into();
                ar.extra_arguments.fill(frame.map_or(0, debug::extra_arguments));
            }
            b'n' => match frame.and_then(|frame| debug::function_name(l, frame)) {
                Some((kind, name)) => {
                    ar.name = c_pointer(name);
                    ar.name_what = kind.c_text().as_ptr();
                }
                None => {
                    ar.name = ptr::null();
                    ar.name_what = c"".as_ptr();
                }
            },
            b'r' => {
                let (first, count) = frame.map_or((0, 0), |f| debug::transferred(l, f));
                (ar.transfer_first, ar.transfer_count) = (first, count);
            }
            // They push, in this order, whatever their order in the text.
            b'f' => wants_function = true,
            b'L' => wants_lines = true,
            _ => valid = false,
        }
    }
    if wants_function || wants_lines {
        // Also while its lines are collected: nothing else may refer to it.
        l.push(function);
    }
    if wants_lines {
        // SAFETY: called by the host.
        unsafe { debug::push_active_lines(l, function).or_raise(l) };
        if !wants_function {
            l.remove(-2);
        }
    }
    valid.into()
}

/// Pushes a variable of a call; its name, or null. Without a call, only the name of a parameter of the function on top.
/// `[-0, +(0|1), -]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lua_getlocal(l: *mut lua_State, ar: *const lua_Debug, n: c_int) -> *const c_char {
    // SAFETY: the API's contract; `ar` may be null.
    let (l, ar) = unsafe { (state(l), ar.as_ref()) };
    let name = match ar {
        None => debug::parameter_name(l.value_at(-1), n),
        Some(ar) => debug::get_local(l, ar.frame(l), n),
    };
    name.map_or(ptr::null(), c_pointer)
}

/// Pops a value and assigns it to a variable of a call; its name, or null, when nothing was popped. `[-(0|1), +0, -]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lua_setlocal(l: *mut lua_State, ar: *const lua_Debug, n: c_int) -> *const c_char {
    // SAFETY: the API's contract.
    let (l, ar) = unsafe { (state(l), &*ar) };
    check::elements("lua_setlocal", l, 1);
    debug::set_local(l, ar.frame(l), n).map_or(ptr::null(), c_pointer)
}

/// Pushes an upvalue; its name, or null. `[-0, +(0|1), -]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lua_getupvalue(l: *mut lua_State, funcindex: c_int, n: c_int) -> *const c_char {
    // SAFETY: the API's contract.
    let l = unsafe { state(l) };
    check::acceptable("lua_getupvalue", l, funcindex);
    l.get_upvalue(funcindex, n).map_or(ptr::null(), |name| name.as_ptr())
}

/// Pops a value and assigns it to an upvalue; its name, or null, when nothing was popped. `[-(0|1), +0, -]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lua_setupvalue(l: *mut lua_State, funcindex: c_int, n: c_int) -> *const c_char {
    // SAFETY: the API's contract.
    let l = unsafe { state(l) };
    check::elements("lua_setupvalue", l, 1);
    check::acceptable("lua_setupvalue", l, funcindex);
    l.set_upvalue(funcindex, n).map_or(ptr::null(), |name| name.as_ptr())
}

/// What two functions that share an upvalue have in common; null where there is none. `[-0, +0, -]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lua_upvalueid(l: *mut lua_State, fidx: c_int, n: c_int) -> *mut c_void {
    // SAFETY: the API's contract.
    let l = unsafe { state(l) };
    check::acceptable("lua_upvalueid", l, fidx);
    check::require("lua_upvalueid", || l.is_function(fidx), "function expected");
    l.upvalue_id(fidx, n)
}

/// Makes an upvalue of one Lua function refer to that of another. `[-0, +0, -]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lua_upvaluejoin(l: *mut lua_State, fidx1: c_int, n1: c_int, fidx2: c_int, n2: c_int) {
    // SAFETY: the API's contract.
    let l = unsafe { state(l) };
    for (f, n) in [(fidx1, n1), (fidx2, n2)] {
        check::acceptable("lua_upvaluejoin", l, f);
        check::require("lua_upvaluejoin", || l.value_at(f).as_lua_closure().is_some(), "Lua function expected");
        check::require("lua_upvaluejoin", || !l.upvalue_id(f, n).is_null(), "invalid upvalue index");
    }
    l.upvalue_join(fidx1, n1, fidx2, n2);
}

/// Sets the hook, or takes it away. May be called by a signal handler or another thread: it only stores atomics.
/// `[-0, +0, -]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lua_sethook(l: *mut lua_State, f: Option<lua_Hook>, mask: c_int, count: c_int) {
    // SAFETY: the API's contract.
    let l = unsafe { state(l) };
    // SAFETY: types of functions that differ in what a pointer points to.
    let f = f.map(|f| unsafe { core::mem::transmute::<lua_Hook, HookFunction>(f) });
    hook::set(l, f, mask, count);
}

/// `[-0, +0, -]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lua_gethook(l: *mut lua_State) -> Option<lua_Hook> {
    // SAFETY: the API's contract.
    let f = unsafe { state(l) }.hook.load(Ordering::Relaxed);
    // SAFETY: null or what `lua_sethook` stored; an option of a function pointer is a pointer.
    unsafe { core::mem::transmute::<*mut c_void, Option<lua_Hook>>(f) }
}

/// `[-0, +0, -]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lua_gethookmask(l: *mut lua_State) -> c_int {
    // SAFETY: the API's contract.
    unsafe { state(l) }.hooks()
}

/// `[-0, +0, -]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lua_gethookcount(l: *mut lua_State) -> c_int {
    // SAFETY: the API's contract.
    unsafe { state(l) }.hook_base_count.load(Ordering::Relaxed)
}
