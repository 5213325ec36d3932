//! Calls of host functions from the VM, through `capi::boundary`.

use crate::capi::boundary::{self, Outcome, Record};
use crate::heap::function::CFunction;
use crate::heap::state::{KFunction, State, Thread};
use crate::throw::{Result, Throw};
use core::ffi::{c_int, c_void};

/// The cell of this VM where throws land.
#[inline(always)]
pub fn slot(l: State) -> *mut *mut Record {
    l.global().record.as_ptr().cast()
}

#[inline(always)]
fn outcome(r: Outcome<c_int>) -> Result<usize> {
    match r {
        // A number that is not negative.
        Ok(n) => Ok(n as u32 as usize),
        Err(code) => Err(Throw::from_code(code)),
    }
}

/// Calls a C function in the current frame; the number of its results, which are on top.
#[inline(always)]
pub fn function(l: State, f: CFunction) -> Result<usize> {
    // SAFETY: the slot is this VM's; the host promised a lua_CFunction.
    outcome(unsafe { boundary::call1(slot(l), f, l.as_ptr()) })
}

/// As `function`, for callers that may have nothing on the native stack that others know the address of, as the record of a call is.
#[inline(never)]
pub fn function_apart(l: State, f: CFunction) -> Result<u32> {
    function(l, f).map(|n| n as u32)
}

/// Calls a continuation in the current frame (§4.5).
#[inline(always)]
pub fn continuation(l: State, k: KFunction, status: c_int, context: isize) -> Result<usize> {
    // SAFETY: the slot is this VM's; the host promised a lua_KFunction.
    outcome(unsafe { boundary::call3(slot(l), k, l.as_ptr(), status, context) })
}

/// Calls a hook with its activation record.
///
/// # Safety
/// `f` is a `lua_Hook`, `record` an `Activation` for the current frame.
pub unsafe fn hook(l: State, f: unsafe extern "C" fn(*mut Thread, *mut c_void), record: *mut c_void) -> Result {
    // SAFETY: the slot is this VM's; the rest is the caller's.
    match unsafe { boundary::call_hook(slot(l), f, l.as_ptr(), record) } {
        Ok(()) => Ok(()),
        Err(code) => Err(Throw::from_code(code)),
    }
}
