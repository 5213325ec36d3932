//! To-be-closed variables (§3.3.8).
//!
//! A thread lists the stack indices of its pending variables, lowest first. Closing calls their `__close` from the highest
//! down; each leaves the list before its method is called.

use super::call::{self, Entered};
use super::debug;
use super::error;
use super::meta::{self, Event};
use super::upvalue;
use crate::edition::LUA_5_5;
use crate::heap::state::{OK, Slot, State, frame_status};
use crate::throw::{Result, Throw};
use crate::value::Value;
use core::ptr::NonNull;

/// Makes the variable at `slot` one to be closed; false and nil need no closing.
///
/// May: raise ("variable 'x' got a non-closable value", memory), collect (emergency only).
#[doc(alias = "luaF_newtbcupval")]
pub fn mark(l: State, slot: Slot) -> Result {
    let v = slot.get();
    if v.is_false() {
        return Ok(());
    }
    if meta::metamethod(l.global(), v, Event::Close).is_nil() {
        let index = slot.since(l.func()) as i32;
        let name = debug::local_name(l, l.frame.get(), index).unwrap_or(b"?");
        return Err(error::run_error_parts(l, &[b"variable '", name, b"' got a non-closable value"]));
    }
    let index = l.index_of(slot);
    forget(l, index);
    let n = l.tbc_len.get();
    if n == l.tbc_capacity.get() {
        grow(l)?;
    }
    // SAFETY: there is room for one more.
    unsafe { *l.tbc.get().add(n as usize) = index };
    l.tbc_len.set(n + 1);
    Ok(())
}

/// Drops pending variables at `level` and above without closing them, so that the list ascends and names live slots only.
///
/// There are none in the code of this compiler; chunks of others may leave some (see `chunk::verify`).
pub fn forget(l: State, level: u32) {
    while pop(l, level).is_some() {}
}

#[cold]
fn grow(l: State) -> Result {
    let mem = l.global().mem();
    let old = l.tbc_capacity.get() as usize;
    let new = (old * 2).max(4);
    let (old_bytes, new_bytes) = (old * size_of::<u32>(), new * size_of::<u32>());
    let block = match NonNull::new(l.tbc.get()) {
        // SAFETY: the thread's own block with its size.
        Some(p) => unsafe { mem.resize(p.cast(), old_bytes, new_bytes)? },
        None => mem.obtain(new_bytes, 0)?,
    };
    mem.allocator().charge((new_bytes - old_bytes) as isize);
    l.tbc.set(block.cast().as_ptr());
    l.tbc_capacity.set(new as u32);
    Ok(())
}

/// Whether a variable at `level` or above is pending.
#[inline(always)]
pub fn pending(l: State, level: u32) -> bool {
    l.tbc_len.get() > 0 && last_index(l) >= level
}

/// Whether neither an upvalue is open at `level` or above nor a variable pending.
#[inline(always)]
pub fn has_nothing(l: State, level: u32) -> bool {
    !pending(l, level) && !upvalue::is_open(l, l.slot(level))
}

/// Takes the highest pending variable at `level` or above out of the list.
fn pop(l: State, level: u32) -> Option<u32> {
    if !pending(l, level) {
        return None;
    }
    Some(take_last(l))
}

/// Takes the highest pending variable out of the list; there is one.
#[inline(always)]
pub fn take_last(l: State) -> u32 {
    let index = last_index(l);
    l.tbc_len.set(l.tbc_len.get() - 1);
    index
}

/// The value of the highest pending variable; there is one.
#[inline(always)]
pub fn last(l: State) -> Value {
    l.slot(last_index(l)).get()
}

#[inline(always)]
fn last_index(l: State) -> u32 {
    debug_assert!(l.tbc_len.get() > 0);
    // SAFETY: the list has an element.
    unsafe { *l.tbc.get().add(l.tbc_len.get() as usize - 1) }
}

/// Pushes the closing method of the variable at `index`, the variable and the error object.
/// With an error, which is on top, everything above the variable is given up.
fn push_method(l: State, index: u32, has_error: bool) -> Slot {
    let variable = l.slot(index);
    let error = if has_error {
        let error = l.from_top(1).get();
        variable.at(1).set(error);
        l.top.set(variable.at(2));
        error
    } else {
        Value::NIL
    };
    let func = l.top.get();
    l.push(meta::metamethod(l.global(), variable.get(), Event::Close));
    l.push(variable.get());
    // 5.5 passes no second argument when there is no error.
    if !LUA_5_5 || has_error {
        l.push(error);
    }
    func
}

/// Closes upvalues and variables at `level` and above on behalf of the current instruction.
///
/// `Done`: all are closed. Otherwise a closing method runs in the interpreter loop, and the instruction is repeated when
/// it returns.
pub fn close_for_instruction(l: State, level: u32) -> Result<bool> {
    upvalue::close(l, l.slot(level));
    while let Some(index) = pop(l, level) {
        let func = push_method(l, index, false);
        if !call::start_for_instruction(l, func, 0)? {
            if let Some(frame) = l.previous_frame(l.frame.get()) {
                frame.add_status(frame_status::REPEATED);
            }
            return Ok(false);
        }
    }
    Ok(true)
}

/// Closes the next variable at `level` or above after an error, whose object is on top, in the frame that caught it.
///
/// `Done`: none is left, and the error object is on top.
pub fn close_next_after_error(l: State, level: u32) -> Result<Entered> {
    while let Some(index) = pop(l, level) {
        let func = push_method(l, index, true);
        match call::enter(l, func, 0, 0)? {
            Entered::Done => {}
            other => return Ok(other),
        }
    }
    Ok(Entered::Done)
}

/// Closes upvalues and variables at `level` and above by nested calls that cannot yield. With `error` the error object is
/// on top, before and after; otherwise the methods get nil.
///
/// May: raise, run code, move the stack.
#[doc(alias = "luaF_close")]
pub fn close_nested(l: State, level: Slot, error: Option<Throw>) -> Result {
    let level = l.index_of(level);
    upvalue::close(l, l.slot(level));
    while let Some(index) = pop(l, level) {
        let func = push_method(l, index, error.is_some());
        call::call_no_yield(l, func, 0)?;
    }
    Ok(())
}

/// Closes upvalues and variables at `level` and above for a C function that returns. When a method yields, what is left is
/// closed after it has returned: the frame is marked `CLOSING`.
///
/// May: raise, yield, run code, move the stack.
pub fn close_for_return(l: State, level: u32) -> Result {
    upvalue::close(l, l.slot(level));
    while let Some(index) = pop(l, level) {
        let func = push_method(l, index, false);
        call::call(l, func, 0)?;
    }
    Ok(())
}

/// Closes all variables at `level` and above, errors replacing the one there is. The object of the last error, if any,
/// is on top afterwards.
///
/// May: raise (`Throw::Closed` only), collect, run code, move the stack.
#[doc(alias = "luaD_closeprotected")]
pub fn close_protected(l: State, level: u32, status: Option<Throw>) -> Result<Option<Throw>> {
    let mut status = status;
    let frame = l.frame_index(l.frame.get());
    let allow_hook = l.allow_hook.get();
    loop {
        match close_nested(l, l.slot(level), status) {
            Ok(()) => return Ok(status),
            Err(Throw::Closed) => return Err(Throw::Closed),
            Err(t) => {
                l.frame.set(l.frame_at(frame));
                l.allow_hook.set(allow_hook);
                error::push_object(l, t);
                status = Some(t);
            }
        }
    }
}

/// As `close_protected`, for all variables of a thread, which is in no call: its closing methods may close the thread, too.
///
/// May: collect, run code, move the stack.
pub fn close_all(l: State, status: Option<Throw>) -> Option<Throw> {
    let mut status = status;
    loop {
        if let Ok(status) = close_protected(l, 1, status) {
            return status;
        }
        // A closing method has closed the rest of its own coroutine.
        match l.status.replace(OK) {
            OK => return status,
            failed => {
                let t = Throw::from_code(failed);
                error::push_object(l, t);
                status = Some(t);
            }
        }
    }
}

/// Marks the current frame as returning through closing methods.
pub fn begin_return(l: State, results: usize) {
    let f = l.frame.get();
    f.recover.set(results as i32);
    f.add_status(frame_status::CLOSING);
}
