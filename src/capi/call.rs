//! Load and call functions.

use super::*;
use crate::chunk::input::Reader;
use core::ffi::{c_int, c_void};

/// Calls a function; with `k`, what is called may yield. `[-(nargs+1), +nresults, e]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lua_callk(
    l: *mut lua_State,
    nargs: c_int,
    nresults: c_int,
    ctx: lua_KContext,
    k: Option<lua_KFunction>,
) {
    // SAFETY: the API's contract; called by the host.
    unsafe {
        let l = state(l);
        check::call("lua_callk", l, nargs, nresults, k.is_some());
        l.call_k(nargs, nresults, k.map(|k| (k, ctx))).or_raise(l)
    }
}

/// Calls a function, catching errors; with `k`, what is called may yield. `[-(nargs+1), +(nresults|1), -]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lua_pcallk(
    l: *mut lua_State,
    nargs: c_int,
    nresults: c_int,
    msgh: c_int,
    ctx: lua_KContext,
    k: Option<lua_KFunction>,
) -> c_int {
    // SAFETY: the API's contract; called by the host.
    unsafe {
        let l = state(l);
        check::call("lua_pcallk", l, nargs, nresults, k.is_some());
        if msgh != 0 {
            check::on_stack("lua_pcallk", l, msgh);
            check::require("lua_pcallk", || l.is_function(msgh), "error handler must be a function");
        }
        l.pcall_k(nargs, nresults, msgh, k.map(|k| (k, ctx))).or_raise(l).into()
    }
}

/// The host's reader.
struct HostSource {
    l: State,
    reader: lua_Reader,
    data: *mut c_void,
}

impl Reader for HostSource {
    fn piece(&mut self) -> Result<&[u8]> {
        let mut size = 0;
        // SAFETY: the state's slot for records; reader and data were given together.
        let piece = unsafe {
            boundary::call_reader(self.l.global().record.as_ptr().cast(), self.reader, self.l.as_ptr(), self.data, &raw mut size)
        };
        match piece {
            Ok(p) if p.is_null() || size == 0 => Ok(&[]),
            // SAFETY: the reader says that `size` bytes are there until the next call.
            Ok(p) => Ok(unsafe { counted(p, size) }),
            Err(code) => Err(Throw::from_code(code)),
        }
    }
}

/// Loads a chunk from pieces and pushes the function, or a message. Where the reader closes the running coroutine, the host function that
/// called this ends. `[-0, +1, -]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lua_load(
    l: *mut lua_State,
    reader: lua_Reader,
    data: *mut c_void,
    chunkname: *const c_char,
    mode: *const c_char,
) -> c_int {
    // SAFETY: the API's contract.
    unsafe {
        let l = state(l);
        let name = optional_bytes(chunkname).unwrap_or(b"?");
        l.load(&mut HostSource { l, reader, data }, name, optional_bytes(mode)).or_raise(l).into()
    }
}

/// Writes the Lua function on top as a binary chunk; what the writer answered last. `[-0, +0, -]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lua_dump(l: *mut lua_State, writer: lua_Writer, data: *mut c_void, strip: c_int) -> c_int {
    // SAFETY: the API's contract.
    let l = unsafe { state(l) };
    check::elements("lua_dump", l, 1);
    let slot = l.global().record.as_ptr().cast();
    let mut sink = |piece: &[u8]| {
        // Nothing at all says that the dump is complete.
        let place = if piece.is_empty() { core::ptr::null() } else { piece.as_ptr().cast() };
        // SAFETY: the state's slot for records; writer and data were given together.
        unsafe { boundary::call_writer(slot, writer, l.as_ptr(), place, piece.len(), data) }.map_err(Throw::from_code)
    };
    // SAFETY: called by the host.
    unsafe { l.dump(strip != 0, &mut sink).or_raise(l) }
}

/// Raises the value on top. `[-1, +0, v]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lua_error(l: *mut lua_State) -> c_int {
    // SAFETY: the API's contract; called by the host.
    unsafe {
        let l = state(l);
        check::elements("lua_error", l, 1);
        raise(l, l.error())
    }
}

/// Sets the function that warnings go to; null turns them off. `[-0, +0, -]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lua_setwarnf(l: *mut lua_State, f: Option<lua_WarnFunction>, ud: *mut c_void) {
    // SAFETY: the API's contract.
    let g = unsafe { state(l) }.global();
    g.warn_ud.set(ud);
    g.warn.set(f);
}

/// Emits a warning, or a piece of one. `[-0, +0, -]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lua_warning(l: *mut lua_State, msg: *const c_char, tocont: c_int) {
    // SAFETY: the API's contract. What the function raises may leave this one, which holds nothing (B2), for the host function that called it.
    unsafe {
        let g = state(l).global();
        if let Some(warn) = g.warn.get() {
            warn(g.warn_ud.get(), msg, tocont);
        }
    }
}
