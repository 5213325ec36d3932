//! Warnings (`lua_setwarnf`, §4.6).

use crate::heap::mem::Buf;
use crate::heap::state::State;
use crate::throw::Result;
use core::ffi::c_int;

/// Gives a piece of a warning to the host's function, if there is one. `text` must end with a NUL, which is not part of it.
pub fn emit(l: State, text: &[u8], to_continue: bool) {
    debug_assert!(text.last() == Some(&0));
    let g = l.global();
    if let Some(f) = g.warn.get() {
        let slot = super::boundary_call::slot(l);
        // SAFETY: the host's function, with the data it came with.
        let thrown =
            unsafe { crate::capi::boundary::call_warn(slot, f, g.warn_ud.get(), text.as_ptr().cast(), to_continue as c_int) };
        debug_assert!(thrown.is_ok(), "warn functions do not raise");
    }
}

/// Warns of an error in a finalizer, whose object is on top: "error in __gc (message)".
#[doc(alias = "luaE_warnerror")]
pub fn finalizer_error(l: State) {
    let message = match l.from_top(1).get().as_string() {
        Some(s) => s.bytes(),
        None => b"error object is not a string",
    };
    let mut text = Buf::new(l.global().mem());
    let done = (|| -> Result {
        text.extend(message)?;
        text.push(0)
    })();
    if done.is_ok() {
        emit(l, b"error in \0", true);
        emit(l, b"__gc\0", true);
        emit(l, b" (\0", true);
        emit(l, &text, true);
        emit(l, b")\0", false);
    }
}
