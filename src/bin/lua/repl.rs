//! The interactive mode: read a statement or expression, run it, print its values.

use crate::edition::LUA_5_5;
use crate::ffi::*;
use crate::{line, run, write_error, write_message, write_output};
use core::ffi::{CStr, c_char, c_int};
use core::ptr;

/// Message of `load` for text that ends too early ends with this.
const END_MARK: &[u8] = b"<eof>";
const CHUNK_NAME: &CStr = c"=stdin";

/// Runs until the input ends. May raise (memory).
pub unsafe fn run(l: *mut lua_State, ignore_environment: bool) {
    if LUA_5_5 && !ignore_environment {
        // SAFETY: null or a C string comes back, and nobody changes the environment meanwhile.
        unsafe {
            let name = libc::getenv(c"LUA_READLINELIB".as_ptr());
            if !name.is_null() && !line::use_library(CStr::from_ptr(name)) {
                lua_warning(l, c"unable to load readline library '".as_ptr(), 1);
                lua_warning(l, name, 1);
                lua_warning(l, c"'".as_ptr(), 0);
            }
        }
    }
    // SAFETY: the caller's state.
    unsafe { run::without_name(l, loop_until_end) }
}

unsafe fn loop_until_end(l: *mut lua_State) {
    // SAFETY: the stack holds nothing but what a turn leaves.
    unsafe {
        while let Some(loaded) = load_statement(l) {
            let status = if loaded == OK { run::call(l, 0, MULTRET) } else { loaded };
            if status == OK {
                print_values(l);
            } else {
                run::report(l, status);
            }
        }
        lua_settop(l, 0);
    }
    write_output(&[b"\n"]);
}

/// Pushes the prompt, which scripts may set, and gives it.
unsafe fn push_prompt(l: *mut lua_State, first: bool) -> *const c_char {
    // SAFETY: a live state.
    unsafe {
        let (global, default) = if first { (c"_PROMPT", c"> ") } else { (c"_PROMPT2", c">> ") };
        if lua_getglobal(l, global.as_ptr()) == TNIL {
            return default.as_ptr();
        }
        let text = luaL_tolstring(l, -1, ptr::null_mut());
        lua_remove(l, -2);
        text
    }
}

/// Reads a line and pushes it; false at the end of the input. Before 5.5, "=" stands for "return" in a first line.
unsafe fn push_line(l: *mut lua_State, first: bool) -> bool {
    // SAFETY: the prompt stays on the stack while it is used; the line is copied before the next is read.
    unsafe {
        let prompt = push_prompt(l, first);
        let text = line::read(CStr::from_ptr(prompt));
        lua_pop(l, 1);
        let Some(text) = text else { return false };
        match text.strip_prefix(b"=") {
            Some(expression) if first && !LUA_5_5 => {
                lua_pushstring(l, c"return ".as_ptr());
                lua_pushlstring(l, expression.as_ptr().cast(), expression.len());
                lua_concat(l, 2);
            }
            _ => {
                lua_pushlstring(l, text.as_ptr().cast(), text.len());
            }
        }
        true
    }
}

/// The Lua string at an index, which must hold one; valid while it stays there.
unsafe fn text_at(l: *mut lua_State, i: c_int) -> &'static [u8] {
    // SAFETY: a string is at the index.
    unsafe {
        let mut len = 0;
        let text = lua_tolstring(l, i, &mut len);
        if text.is_null() { b"" } else { core::slice::from_raw_parts(text.cast(), len) }
    }
}

unsafe fn load(l: *mut lua_State, text: &[u8]) -> c_int {
    // SAFETY: the text lies on the stack.
    unsafe { luaL_loadbuffer(l, text.as_ptr().cast(), text.len(), CHUNK_NAME.as_ptr()) }
}

/// Compiles the line on the stack as an expression; pushes the function, or nothing.
unsafe fn load_expression(l: *mut lua_State) -> c_int {
    // SAFETY: the line is on top.
    unsafe {
        let line = lua_tostring(l, -1);
        lua_pushfstring(l, c"return %s;".as_ptr(), line);
        let status = load(l, text_at(l, -1));
        if status == OK {
            lua_remove(l, -2);
        } else {
            lua_pop(l, 2);
        }
        status
    }
}

/// Compiles the lines at index 1, asking for more while they are incomplete; pushes the function or the message.
unsafe fn load_lines(l: *mut lua_State) -> c_int {
    // SAFETY: the text is the only value on the stack.
    unsafe {
        if LUA_5_5 && declares_local(text_at(l, 1)) {
            write_error(&[b"warning: locals do not survive across lines in interactive mode\n"]);
        }
        loop {
            let text = text_at(l, 1);
            let status = load(l, text);
            let incomplete = status == ERR_SYNTAX && text_at(l, -1).ends_with(END_MARK);
            if !incomplete || !push_line(l, false) {
                return status;
            }
            lua_remove(l, -2);
            lua_pushstring(l, c"\n".as_ptr());
            lua_insert(l, -2);
            lua_concat(l, 3);
        }
    }
}

/// Whether a line begins with the word `local`.
fn declares_local(line: &[u8]) -> bool {
    let start = line.iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
    line[start..].strip_prefix(b"local").is_some_and(|rest| matches!(rest.first(), None | Some(b' ' | b'\t')))
}

/// Reads a statement; leaves its function or a message as the only value. `None` at the end of the input.
unsafe fn load_statement(l: *mut lua_State) -> Option<c_int> {
    // SAFETY: a live state.
    unsafe {
        lua_settop(l, 0);
        if !push_line(l, true) {
            return None;
        }
        let mut status = load_expression(l);
        if status != OK {
            status = load_lines(l);
        }
        line::remember(text_at(l, 1));
        lua_remove(l, 1);
        Some(status)
    }
}

/// Passes the values on the stack to the script's `print`.
unsafe fn print_values(l: *mut lua_State) {
    // SAFETY: a live state.
    unsafe {
        let n = lua_gettop(l);
        if n == 0 {
            return;
        }
        luaL_checkstack(l, MIN_STACK, c"too many results to print".as_ptr());
        lua_getglobal(l, c"print".as_ptr());
        lua_insert(l, 1);
        if lua_pcall(l, n, 0, 0) != OK {
            let message = lua_pushfstring(l, c"error calling 'print' (%s)".as_ptr(), lua_tostring(l, -1));
            write_message(CStr::from_ptr(message));
        }
    }
}
