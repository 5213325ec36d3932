//! The C API: `extern "C"` functions, one file per section of lua.h, and the host boundary.
//!
//! Every function here is thin: C arguments become Rust ones, a method of [`State`] does the work, and a failure becomes a
//! throw to the host (`raise`). The manual (§4.6) says what each does; a doc comment here gives its line there: how
//! many values it pops, how many it pushes, and what it may raise: `-` nothing, `m` memory, `v` as described,
//! `e` any error.
//!
//! # Safety
//! One contract for all of them, where nothing else is said: `l` is a live state used by the calling thread alone, and the
//! arguments are what §4.6 asks for. Feature `apicheck` verifies the part of that which can be verified.

#![allow(clippy::missing_safety_doc)]
#![allow(non_camel_case_types, non_upper_case_globals)]

pub mod access;
pub mod boundary;
pub mod call;
pub mod check;
pub mod coroutine;
pub mod debug;
pub mod get;
pub mod lauxlib;
pub mod libraries;
pub mod misc;
pub mod push;
pub mod raise;
pub mod set;
pub mod share;
pub mod stack;
pub mod state;
pub mod variadic;

use crate::heap::object::Gc;
use crate::heap::state::{State, Thread};
use crate::heap::string::Str;
use crate::heap::strings;
use crate::throw::{Result, Throw};
use core::ffi::{CStr, c_char};
use core::ptr::NonNull;

pub use crate::heap::function::CFunction as lua_CFunction;
pub use crate::heap::mem::AllocFn as lua_Alloc;
pub use crate::heap::state::{KFunction as lua_KFunction, WarnFunction as lua_WarnFunction};
pub use boundary::{HostReader, HostWriter};
pub(crate) use raise::{OrRaise, raise};

pub type lua_State = Thread;
pub type lua_Integer = i64;
pub type lua_Unsigned = u64;
pub type lua_Number = f64;
pub type lua_KContext = isize;
pub type lua_Reader = HostReader<lua_State>;
pub type lua_Writer = HostWriter<lua_State>;

/// The handle on a host's state.
///
/// # Safety
/// `l` is a live state.
#[inline(always)]
pub(crate) unsafe fn state(l: *mut lua_State) -> State {
    debug_assert!(!l.is_null());
    // SAFETY: the caller's.
    unsafe { State::from_ptr(NonNull::new_unchecked(l)) }
}

/// A C string without its NUL.
///
/// # Safety
/// `text` is a C string; it stays as it is while the slice is used.
#[inline(always)]
pub(crate) unsafe fn bytes<'a>(text: *const c_char) -> &'a [u8] {
    // SAFETY: the caller's.
    unsafe { CStr::from_ptr(text) }.to_bytes()
}

/// The string with the text of a C string. May: raise (memory), collect (emergency only).
///
/// # Safety
/// As for `bytes`, and for `OrRaise::or_raise`.
#[inline(always)]
pub(crate) unsafe fn string(l: State, text: *const c_char) -> Gc<Str> {
    // SAFETY: the caller's.
    unsafe { strings::from_c(l.global(), text).or_raise(l) }
}

/// As `bytes`; null is nothing.
///
/// # Safety
/// As for `bytes`.
#[inline(always)]
pub(crate) unsafe fn optional_bytes<'a>(text: *const c_char) -> Option<&'a [u8]> {
    // SAFETY: the caller's.
    if text.is_null() { None } else { Some(unsafe { bytes(text) }) }
}

/// The `len` bytes at `text`, which may be null when there are none.
///
/// # Safety
/// As for `bytes`, with `len` readable bytes.
#[inline(always)]
pub(crate) unsafe fn counted<'a>(text: *const c_char, len: usize) -> &'a [u8] {
    // SAFETY: the caller's.
    if len == 0 { &[] } else { unsafe { core::slice::from_raw_parts(text.cast(), len) } }
}
