//! How a failure leaves the library: as a throw to the host function that called, or by the panic function.

use super::boundary::{self, Record};
use super::{lua_State, state};
use crate::heap::state::State;
use crate::throw::{Result, Throw};
use crate::vm::{coroutine, error};
use std::process;

/// What an API function does with a failure: throws it to the host.
pub(crate) trait OrRaise<T> {
    /// The value, or no return at all.
    ///
    /// # Safety
    /// The calling function was called by host code, or by functions of ours that were, and neither it nor these hold anything that needs to be dropped.
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
#[inline(never)]
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
    let status = coroutine::close_thread(l, None);
    l.status.set(status);
}

/// Nothing is left but the panic function.
#[inline(never)]
fn panic_and_abort(l: State, t: Throw) -> ! {
    reset(l, t);
    if let Some(panic) = l.global().panic.get() {
        // SAFETY: the host's function, for this state. It may leave by a jump of its own: no frame of ours needs anything.
        unsafe { panic(l.as_ptr()) };
    }
    process::abort()
}
