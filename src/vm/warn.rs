//! Warnings that the VM itself emits (`lua_setwarnf`, §4.6).

use crate::heap::state::State;

/// Warns of an error in a finalizer, whose object is on top: "error in __gc (message)".
#[doc(alias = "luaE_warnerror")]
pub fn finalizer_error(l: State) {
    let message = match l.from_top(1).get().as_string() {
        Some(s) => s.bytes(),
        None => b"error object is not a string",
    };
    let pieces: [(&[u8], bool); 5] = [(b"error in ", true), (b"__gc", true), (b" (", true), (message, true), (b")", false)];
    for (piece, to_continue) in pieces {
        // What a warn function raises, and a warning that finds no memory, is lost.
        if l.warning(piece, to_continue).is_err() {
            return;
        }
    }
}
