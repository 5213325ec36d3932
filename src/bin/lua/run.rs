//! Running chunks: with a traceback when they fail, and so that Ctrl-C interrupts them.

use crate::ffi::*;
use crate::{PROGRAM_NAME, write_message};
use core::ffi::{CStr, c_char, c_int, c_void};
use core::ptr;
use core::sync::atomic::{AtomicPtr, Ordering};

/// The state that a signal interrupts.
static INTERRUPTED: AtomicPtr<lua_State> = AtomicPtr::new(ptr::null_mut());

/// Sets what happens at a signal.
unsafe fn set_signal(signal: c_int, action: libc::sighandler_t) {
    // SAFETY: an action filled in completely.
    unsafe {
        let mut how: libc::sigaction = core::mem::zeroed();
        how.sa_sigaction = action;
        libc::sigemptyset(&mut how.sa_mask);
        libc::sigaction(signal, &how, ptr::null_mut());
    }
}

/// The hook that a signal sets: raises an error where the script is.
unsafe extern "C" fn stop(l: *mut lua_State, _activation: *mut c_void) {
    // SAFETY: a hook may raise; nothing here needs to be dropped.
    unsafe {
        lua_sethook(l, None, 0, 0);
        luaL_error(l, c"interrupted!".as_ptr());
    }
}

/// A signal handler may not touch the state, but it may set a hook. A second signal ends the process.
extern "C" fn on_signal(signal: c_int) {
    // SAFETY: `lua_sethook` may be called from a signal handler while the state runs.
    unsafe {
        set_signal(signal, libc::SIG_DFL);
        lua_sethook(INTERRUPTED.load(Ordering::Relaxed), Some(stop), MASK_ALL, 1);
    }
}

/// Message handler: appends a traceback to messages, and describes other error objects.
unsafe extern "C" fn handle_error(l: *mut lua_State) -> c_int {
    // SAFETY: called with the error object; nothing here needs to be dropped.
    unsafe {
        let mut message = lua_tostring(l, 1);
        if message.is_null() {
            if luaL_callmeta(l, 1, c"__tostring".as_ptr()) != 0 && lua_type(l, -1) == TSTRING {
                return 1;
            }
            let kind = lua_typename(l, lua_type(l, 1));
            message = lua_pushfstring(l, c"(error object is a %s value)".as_ptr(), kind);
        }
        luaL_traceback(l, l, message, 1);
        1
    }
}

/// Calls a function with arguments from the stack; on failure the message is on top. May raise (memory).
pub unsafe fn call(l: *mut lua_State, arguments: c_int, results: c_int) -> c_int {
    // SAFETY: function and arguments are on top.
    unsafe {
        let base = lua_gettop(l) - arguments;
        lua_pushcfunction(l, handle_error);
        lua_insert(l, base);
        INTERRUPTED.store(l, Ordering::Relaxed);
        set_signal(libc::SIGINT, on_signal as *const () as libc::sighandler_t);
        let status = lua_pcall(l, arguments, results, base);
        set_signal(libc::SIGINT, libc::SIG_DFL);
        lua_remove(l, base);
        status
    }
}

/// Writes the message on top and removes it, if `status` is a failure. Returns it.
pub unsafe fn report(l: *mut lua_State, status: c_int) -> c_int {
    // SAFETY: a failure has left a message.
    unsafe {
        if status != OK {
            let message = lua_tostring(l, -1);
            write_message(if message.is_null() { c"(error message not a string)" } else { CStr::from_ptr(message) });
            lua_pop(l, 1);
        }
    }
    status
}

/// Runs the chunk on top, if `status` says that there is one, and reports a failure.
unsafe fn chunk(l: *mut lua_State, status: c_int) -> c_int {
    // SAFETY: a chunk or a message is on top.
    unsafe {
        let status = if status == OK { call(l, 0, 0) } else { status };
        report(l, status)
    }
}

/// Runs a file, or the standard input for null. May raise (memory).
pub unsafe fn file(l: *mut lua_State, name: *const c_char) -> c_int {
    // SAFETY: a live state, a C string or null.
    unsafe { chunk(l, luaL_loadfile(l, name)) }
}

/// Runs code. May raise (memory).
pub unsafe fn string(l: *mut lua_State, code: &CStr, name: &CStr) -> c_int {
    // SAFETY: a live state, C strings.
    unsafe { chunk(l, luaL_loadbuffer(l, code.as_ptr(), code.count_bytes(), name.as_ptr())) }
}

/// Requires a module into a global: `global=module`, or the module's name, whose version suffix the global lacks. May raise.
pub unsafe fn library(l: *mut lua_State, text: &'static CStr) -> c_int {
    let bytes = text.to_bytes();
    let (global, module) = match bytes.iter().position(|b| *b == b'=') {
        Some(at) => (&bytes[..at], &bytes[at + 1..]),
        None => (bytes.split(|b| *b == b'-').next().unwrap_or(bytes), bytes),
    };
    // SAFETY: a live state; the strings are copied by it.
    unsafe {
        lua_pushlstring(l, global.as_ptr().cast(), global.len());
        lua_getglobal(l, c"require".as_ptr());
        lua_pushlstring(l, module.as_ptr().cast(), module.len());
        let status = call(l, 1, 1);
        if status == OK {
            lua_setglobal(l, lua_tostring(l, -2));
        } else {
            report(l, status);
        }
        lua_pop(l, 1);
        status
    }
}

/// Pushes the values of the table `arg` from 1 on and returns their number. May raise.
unsafe fn push_arguments(l: *mut lua_State) -> c_int {
    // SAFETY: a live state.
    unsafe {
        if lua_getglobal(l, c"arg".as_ptr()) != TTABLE {
            luaL_error(l, c"'arg' is not a table".as_ptr());
        }
        let n = luaL_len(l, -1) as c_int;
        luaL_checkstack(l, n + 3, c"too many arguments to script".as_ptr());
        for i in 1..=n {
            lua_rawgeti(l, -i, i.into());
        }
        lua_remove(l, -(n + 1));
        n
    }
}

/// Runs the script with its arguments; null is the standard input. May raise.
pub unsafe fn script(l: *mut lua_State, name: *const c_char) -> c_int {
    // SAFETY: a live state, a C string or null.
    unsafe {
        let mut status = luaL_loadfile(l, name);
        if status == OK {
            let n = push_arguments(l);
            status = call(l, n, MULTRET);
        }
        report(l, status)
    }
}

/// Runs `body` with messages that lack the program's name.
pub unsafe fn without_name(l: *mut lua_State, body: unsafe fn(*mut lua_State)) {
    let name = PROGRAM_NAME.swap(ptr::null_mut(), Ordering::Relaxed);
    // SAFETY: the caller's.
    unsafe { body(l) };
    PROGRAM_NAME.store(name, Ordering::Relaxed);
}
