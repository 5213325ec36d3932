//! Changing to another coroutine and back without leaving the handlers: the machine's registers become those of the other thread.
//!
//! That is done between a Lua function that resumes and one that has yielded, with room and without hooks on either side; everything else
//! goes by `vm::coroutine` and `vm::run`. What the threads and frames look like is the same either way.

use super::HANDLERS;
use super::calls::{push_native, push_native_with, run_closure, run_special};
use super::loops::run_iterator;
use super::machine::{Machine, Outcome, handlers};
use crate::edition::FOR_CALL;
use crate::heap::state::{MAX_C_CALLS, MIN_STACK, Slot, State, YIELDED, frame_status};
use crate::value::Tag;
use crate::vm::coroutine;

handlers! {
    /// Calls `coroutine.resume`, for whose frame there is room.
    #[inline(never)]
    fn resume(m, i) {
        let func = m.a(i);
        let first = func.at(1);
        if m.l.top.get() <= first || first.tag() != Tag::THREAD {
            return m.go(run_special, i);
        }
        // SAFETY: the tag says so.
        let co: State = unsafe { first.get().object_as() };
        if can_go_on(m.l, co, first) {
            change(m.l, co, func, first.at(1), i.c() as i32 - 1)
        } else {
            m.go(run_special, i)
        }
    }

    /// Calls a standard function with upvalues.
    #[inline(never)]
    fn call_wrapped(m, i) {
        let func = m.a(i);
        match waiting(m.l, func) {
            Some(co) => change(m.l, co, func, func.at(1), i.c() as i32 - 1),
            None => m.go(run_closure, i),
        }
    }

    /// As `call_wrapped`, for a generic `for`.
    #[inline(never)]
    fn iterate(m, i) {
        let func = m.a(i).at(FOR_CALL);
        match waiting(m.l, func) {
            Some(co) => change(m.l, co, func, func.at(1), i.c() as i32),
            None => m.go(run_iterator, i),
        }
    }

    /// Calls `coroutine.yield`, for whose frame there is room.
    #[inline(never)]
    fn suspend(m, i) {
        let (l, func) = (m.l, m.a(i));
        let Some(r) = l.resumer.get() else { return m.go(run_special, i) };
        let frame = r.frame.get();
        // The resumer waits in this run, and simply for this thread: it was resumed by an instruction, and nothing native has been begun since.
        let here = coroutine::resumed(frame) == Some(l)
            && frame.was_called_by_instruction()
            && coroutine::is_in_run_of(l, r);
        if !here || r.hooks() != 0 || !r.has_room_for(func, l.top.get()) {
            return m.go(run_special, i);
        }
        push_native(l, func, i.c() as i32 - 1);
        l.status.set(YIELDED);
        let caller = frame.below();
        coroutine::take_results(l, r, func.at(1));
        Machine::of_frame(r, caller, &HANDLERS).next()
    }
}

/// The coroutine of the function that `coroutine.wrap` made, which is at `func`, if it can simply go on.
#[inline(always)]
fn waiting(l: State, func: Slot) -> Option<State> {
    if func.tag() != Tag::NATIVE_CLOSURE || !l.has_room_for_frame() || !l.has_room(MIN_STACK) || l.hooks() != 0 {
        return None;
    }
    let co = coroutine::wrapped(func.get())?;
    can_go_on(l, co, func).then_some(co)
}

/// Whether `co` waits in `coroutine.yield`, called by a Lua function, and has room for the values of `l` from `first` on.
#[inline(always)]
fn can_go_on(l: State, co: State, first: Slot) -> bool {
    let frame = co.frame.get();
    co.status.get() == YIELDED
        && co.slot(frame.func.get()).tag() == Tag::NATIVE
        && frame.was_called_by_instruction()
        && co.hooks() == 0
        && co.has_room_for(first, l.top.get())
        && l.c_depth() < MAX_C_CALLS
}

/// Resumes `co`, which can go on, by a call of the function at `func`; the arguments lie from `first` on.
#[inline(always)]
fn change(l: State, co: State, func: Slot, first: Slot, results: i32) -> Outcome {
    debug_assert!(co != l && co.resumer.get().is_none());
    // Marked at once, since changing a part of what has just been written would delay who reads the whole.
    push_native_with(l, func, results, frame_status::RESUMING);
    let end = l.top.replace(first);
    coroutine::begin(co, l);
    let caller = co.frame.get().below();
    coroutine::finish_yield(co, first, end);
    Machine::of_frame(co, caller, &HANDLERS).next()
}
