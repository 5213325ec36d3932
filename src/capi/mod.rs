//! The C API: `extern "C"` functions, one file per section of lua.h, and the host boundary.
//!
//! Every function here is thin: C arguments become Rust ones, a method of [`State`] does the work, and a failure becomes a
//! throw to the host ([`raise`]). The manual (§4.6) says what each does; a doc comment here gives its line there: how
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
pub mod get;
pub mod lauxlib;
pub mod misc;
pub mod push;
pub mod set;
pub mod stack;
pub mod state;
pub mod variadic;

use crate::heap::names::Name;
use crate::heap::state::{State, Thread};
use crate::throw::{Result, Throw};
use core::ffi::{CStr, c_char};
use core::ptr::NonNull;
use std::process;

pub use crate::heap::function::CFunction as lua_CFunction;
pub use crate::heap::mem::AllocFn as lua_Alloc;
pub use crate::heap::state::{KFunction as lua_KFunction, WarnFunction as lua_WarnFunction};
pub use boundary::{HostReader, HostWriter};

pub type lua_State = Thread;
pub type lua_Integer = i64;
pub type lua_Unsigned = u64;
pub type lua_Number = f64;
pub type lua_KContext = isize;
pub type lua_Reader = HostReader<lua_State>;
pub type lua_Writer = HostWriter<lua_State>;

/// `LUA_OK`.
pub const LUA_OK: core::ffi::c_int = 0;

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

/// What an API function does with a failure: throws it to the host.
pub(crate) trait OrRaise<T> {
    /// The value, or no return at all.
    ///
    /// # Safety
    /// The calling function is `extern "C"`, was called by host code, and holds nothing that needs to be dropped.
    unsafe fn or_raise(self, l: State) -> T;
}

impl<T> OrRaise<T> for Result<T> {
    #[inline(always)]
    unsafe fn or_raise(self, l: State) -> T {
        match self {
            Ok(value) => value,
            // SAFETY: the caller's.
            Err(t) => unsafe { raise(l, t) },
        }
    }
}

/// Throws a failure of this thread to the host function that called us; without one, calls the panic function and aborts.
///
/// # Safety
/// As for `OrRaise::or_raise`.
#[cold]
pub(crate) unsafe fn raise(l: State, t: Throw) -> ! {
    let g = l.global();
    if !g.record.get().is_null() {
        // SAFETY: the state's slot holds a record; the rest is the caller's.
        unsafe { boundary::throw(g.record.as_ptr().cast(), t as u8) }
    }
    match t {
        Throw::Memory => l.push_name(Name::NOT_ENOUGH_MEMORY),
        Throw::Handler => l.push_name(Name::ERROR_IN_HANDLER),
        _ => {}
    }
    if let Some(panic) = g.panic.get() {
        // SAFETY: the host's function, for this state. It may leave by a jump of its own: no frame of ours needs anything.
        unsafe { panic(l.as_ptr()) };
    }
    process::abort()
}
