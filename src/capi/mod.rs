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
pub mod debug;
pub mod get;
pub mod lauxlib;
pub mod libraries;
pub mod misc;
pub mod push;
pub mod set;
pub mod stack;
pub mod state;
pub mod variadic;

use crate::heap::state::{State, Thread};
use crate::throw::{Result, Throw};
use crate::vm::coroutine as coroutine_of_vm;
use crate::vm::error;
use boundary::Record;
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
    let record = g.record.get().cast::<Record>();
    if record.is_null() {
        panic_and_abort(l, t);
    }
    // SAFETY: the slot holds a live record.
    unsafe {
        if let Some(owner) = owner_of(record)
            && owner != l
        {
            hand_over(l, owner, t, record);
        }
        boundary::throw(g.record.as_ptr().cast(), t as u8)
    }
}

/// Nobody catches what a thread raised while the host was working on it from outside: its error goes to the thread that
/// runs the host function. The failed thread is reset, unless it is itself in the midst of a call.
fn hand_over(l: State, owner: State, t: Throw, record: *const Record) {
    if !is_under_way(l, record) {
        reset(l, t);
    } else if l.frame.get() == l.frames.get() && !owns_record(l, record) {
        // The main thread, on which the host has called nothing.
        panic_and_abort(l, t);
    }
    if t != Throw::Memory {
        owner.push(l.from_top(1).get());
    }
}

/// The owner of a record.
///
/// # Safety
/// The record is live.
unsafe fn owner_of(record: *const Record) -> Option<State> {
    // SAFETY: the caller's; an owner is a live state.
    unsafe {
        let owner = (*record).owner.cast::<lua_State>();
        if owner.is_null() { None } else { Some(state(owner)) }
    }
}

/// Whether a host function is running that was called with this thread.
fn owns_record(l: State, mut record: *const Record) -> bool {
    while !record.is_null() {
        // SAFETY: records of the chain are live.
        unsafe {
            if owner_of(record) == Some(l) {
                return true;
            }
            record = (*record).previous;
        }
    }
    false
}

/// Whether a thread is running, or waits for one that is.
fn is_under_way(l: State, mut record: *const Record) -> bool {
    let mut waiting = l.global().main.get();
    loop {
        while let Some(thread) = waiting {
            if thread == l {
                return true;
            }
            waiting = thread.resumer.get();
        }
        if record.is_null() {
            return false;
        }
        // SAFETY: records of the chain are live.
        unsafe {
            waiting = owner_of(record);
            record = (*record).previous;
        }
    }
}

/// Closes what a thread has pending; it is dead of the error then, whose object is all that is on its stack.
fn reset(l: State, t: Throw) {
    l.status.set(t as u8);
    error::push_object(l, t);
    let status = coroutine_of_vm::close_thread(l, None);
    l.status.set(status);
}

/// Nothing is left but the panic function.
fn panic_and_abort(l: State, t: Throw) -> ! {
    reset(l, t);
    if let Some(panic) = l.global().panic.get() {
        // SAFETY: the host's function, for this state. It may leave by a jump of its own: no frame of ours needs anything.
        unsafe { panic(l.as_ptr()) };
    }
    process::abort()
}
