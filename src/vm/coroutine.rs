//! Coroutines (§2.6): making, resuming, suspending and closing threads.
//!
//! From Lua, resume and wrap push a frame on the resumer, mark it `RESUMING`, and the interpreter changes threads: by a handler
//! in simple cases (`execute::coroutines`), else between handlers (`run`).
//! From C, `resume` is a run of its own. Either way a suspended thread looks the same, so the two can be mixed.

use super::call::{self, Entered};
use super::close;
use super::debug;
use super::error;
use super::run::{self, Run};
use super::text::Text;
use crate::heap::function::{Native, NativeKind};
use crate::heap::object::Gc;
use crate::heap::state::{
    EXTRA_SPACE, FrameRef, KFunction, MAX_C_CALLS, MIN_STACK, OK, Slot, State, Status, Thread, YIELDED, frame_status,
};
use crate::heap::string;
use crate::throw::{Result, Throw};
use crate::value::{Tag, Value};
use core::ptr::{self, NonNull};
use core::sync::atomic::Ordering;

/// Pushes a new thread with its own stack; hooks are inherited, and so is the host's extra space of the main thread.
///
/// May: raise (memory), collect (emergency only).
#[doc(alias = "lua_newthread")]
pub fn new_thread(l: State) -> Result<State> {
    let g = l.global();
    let p = g.space.allocate(g, size_of::<Thread>(), Tag::THREAD)?.cast::<Thread>();
    // SAFETY: fresh memory of the right size.
    let t: State = unsafe {
        p.as_ptr().write(Thread::empty(g.new_header(Tag::THREAD), l.global));
        Gc::from_ptr(p)
    };
    t.hook_mask.store(l.hook_mask.load(Ordering::Relaxed), Ordering::Relaxed);
    t.hook_base_count.store(l.hook_base_count.load(Ordering::Relaxed), Ordering::Relaxed);
    t.hook.store(l.hook.load(Ordering::Relaxed), Ordering::Relaxed);
    t.hook_count.store(l.hook_base_count.load(Ordering::Relaxed), Ordering::Relaxed);
    let main = g.main.get().expect("a state has a main thread");
    // SAFETY: EXTRA_SPACE bytes lie before every thread.
    unsafe {
        ptr::copy_nonoverlapping(
            main.as_ptr().cast::<u8>().sub(EXTRA_SPACE),
            t.as_ptr().cast::<u8>().sub(EXTRA_SPACE),
            EXTRA_SPACE,
        )
    };
    // On the stack first: an emergency collection must not take it while its own stack is made.
    l.push(t);
    if let Err(e) = t.make_stack() {
        l.top.set(l.from_top(1));
        return Err(e);
    }
    Ok(t)
}

/// Why a thread cannot be resumed, if it cannot.
#[inline]
fn refusal(co: State, arguments: usize) -> Option<&'static str> {
    match co.status.get() {
        YIELDED => None,
        OK if co.frame.get() != co.frames.get() => Some("cannot resume non-suspended coroutine"),
        OK if co.top.get().since(co.base()) == arguments => Some("cannot resume dead coroutine"),
        OK => None,
        _ => Some("cannot resume dead coroutine"),
    }
}

/// Whether a thread cannot run on top of so many native calls: beginning its function is one more.
fn too_deep(co: State, depth: u32) -> bool {
    depth + u32::from(co.status.get() == OK) >= MAX_C_CALLS
}

/// Prepares a thread to run, called from a nesting of `depth` native calls.
#[inline(always)]
fn prepare(co: State, resumer: Option<State>, depth: u32) {
    co.resumer.set(resumer);
    co.c_calls.set(depth + 1 + co.protected_frames.get());
}

/// Begins to resume `co` on behalf of the current frame of `l`, which is marked.
#[inline(always)]
pub fn begin(co: State, l: State) {
    let frame = l.frame.get();
    debug_assert!(frame.has(frame_status::RESUMING));
    frame.context.set(co.as_ptr().expose_provenance() as isize);
    prepare(co, Some(l), l.c_depth());
}

/// The coroutine that runs on behalf of `frame`, if one does.
#[inline(always)]
pub fn resumed(frame: FrameRef) -> Option<State> {
    if !frame.has(frame_status::RESUMING) {
        return None;
    }
    let co = NonNull::new(ptr::with_exposed_provenance_mut::<Thread>(frame.context.get() as usize))?;
    // SAFETY: `begin` put it there; a thread that runs or waits for one that it resumed is not collected.
    Some(unsafe { Gc::from_ptr(co) })
}

/// Whether `l`, which `r` resumed, runs in the same run: nothing native has been begun on it since.
#[inline(always)]
pub fn is_in_run_of(l: State, r: State) -> bool {
    l.c_calls.get() == r.c_depth() + 1 + l.protected_frames.get()
}

/// Copies the values from `first` to `end`, maybe of another stack, to `target` on the stack of `l`, as the results of a call that
/// wants so many; the top ends behind them.
#[inline(always)]
fn pass(l: State, target: Slot, first: Slot, end: Slot, wanted: i32) {
    let limit = if wanted == call::ALL { target.at(end.since(first)) } else { target.at(wanted as usize) };
    let (mut to, mut from) = (target, first);
    while to < limit {
        if from < end {
            to.set(from.get());
            from = from.at(1);
        } else {
            to.set_nil();
        }
        to = to.at(1);
    }
    l.top.set(limit);
}

/// `coroutine.yield`, in which `co` was suspended, returns the values from `first` to `end`, which may lie on another stack.
/// The result: the status of its frame.
#[inline(always)]
pub fn finish_yield(co: State, first: Slot, end: Slot) -> u16 {
    let frame = co.frame.get();
    let wanted = frame.results.get() as i32;
    debug_assert!(wanted >= call::ALL, "only C functions have variables to close");
    co.status.set(OK);
    co.global().gc.running.set(Some(co));
    co.frame.set(frame.below());
    pass(co, co.slot(frame.func.get()), first, end, wanted);
    frame.status.get()
}

/// `lua_resume` (§4.6): starts or continues `co` with the `arguments` on its top, in a run of its own.
///
/// Returns the status and the number of values on top of `co`; after an error its object is there.
/// May: collect, run code, move the stacks.
#[inline(always)]
pub fn resume(co: State, from: Option<State>, arguments: usize) -> (Status, usize) {
    let depth = from.map_or(0, |f| f.c_depth());
    let refused = refusal(co, arguments).or(too_deep(co, depth).then_some("C stack overflow"));
    if let Some(message) = refused {
        push_refusal(co, arguments, message);
        return (Throw::Run as Status, 1);
    }
    prepare(co, None, depth);
    co.frame.get().recover.set(arguments as i32);
    let running = co.global().gc.running.get();
    let outcome = run::run_thread(co, Run::of_thread(co));
    co.global().gc.running.set(running);
    match outcome {
        Ok(()) => (OK, co.top.get().since(co.base())),
        Err(Throw::Yield) => (YIELDED, co.frame.get().recover.get() as usize),
        Err(t) => failed(co, t),
    }
}

/// What `resume` returns when the thread has died of `t`, or closed itself.
#[cold]
#[inline(never)]
fn failed(co: State, t: Throw) -> (Status, usize) {
    if t == Throw::Closed && outcome_of_close(co) == OK {
        return (OK, 0);
    }
    let t = if t == Throw::Closed { Throw::from_code(co.status.get()) } else { t };
    die(co, t);
    (t as Status, co.top.get().since(co.base()))
}

/// Puts the reason why a thread cannot be resumed in the place of the arguments.
#[cold]
#[inline(never)]
fn push_refusal(co: State, arguments: usize, message: &str) {
    co.top.set(co.from_top(arguments));
    match string::new(co.global(), message.as_bytes()) {
        Ok(s) => co.push(s),
        Err(t) => error::push_object(co, t),
    }
}

/// Marks a thread as dead of `t`; the error object is on its top afterwards.
fn die(co: State, t: Throw) {
    co.status.set(t as Status);
    error::push_object(co, t);
    // Once for the resumer, who takes it away, and once for who closes the thread.
    co.push(co.from_top(1).get());
    co.frame.get().top.set(co.index_of(co.top.get()));
}

/// Begins `coroutine.resume` or a call of a wrapped function; its frame is current, with the arguments in place.
pub fn enter_resume(l: State, native: &'static Native) -> Result<Entered> {
    let wrap = native.kind == NativeKind::Wrap;
    let co = if wrap { wrapped(l.func().get()) } else { l.base().get().as_thread() };
    let Some(co) = co else { return not_a_thread(l) };
    let arguments = l.top.get().since(l.base()) - usize::from(!wrap);
    // A suspended coroutine with room can always go on.
    if (co.status.get() != YIELDED || !co.has_room(arguments + 1) || too_deep(co, l.c_depth()))
        && let Some(message) = refusal_to_begin(l, co, arguments)
    {
        return refuse(l, co, wrap, message);
    }
    for i in 0..arguments {
        co.push(l.from_top(arguments - i).get());
    }
    l.top.set(l.from_top(arguments));
    l.frame.get().add_status(frame_status::RESUMING);
    begin(co, l);
    co.frame.get().recover.set(arguments as i32);
    Ok(Entered::Switch)
}

/// The coroutine of a function that `coroutine.wrap` made; `None` for others.
#[inline(always)]
pub fn wrapped(f: Value) -> Option<State> {
    let closure = f.as_c_closure()?;
    if closure.native()?.kind != NativeKind::Wrap {
        return None;
    }
    closure.upvalues().first()?.get().as_thread()
}

#[cold]
fn not_a_thread(l: State) -> Result<Entered> {
    Err(l.type_error(1, "thread"))
}

/// Why a thread cannot be resumed with so many arguments, which are still on the resumer's stack. If it can, it has room for them.
#[inline(never)]
fn refusal_to_begin(l: State, co: State, arguments: usize) -> Option<&'static str> {
    if !co.try_ensure_stack(arguments + 1) {
        return Some("too many arguments to resume");
    }
    refusal(co, 0).or(too_deep(co, l.c_depth()).then_some("C stack overflow"))
}

/// The end of `coroutine.resume`, or of a call of a wrapped function, that does not come to resuming.
#[cold]
fn refuse(l: State, co: State, wrap: bool, message: &str) -> Result<Entered> {
    let s = string::new(l.global(), message.as_bytes())?;
    l.push(s);
    if wrap {
        return Err(wrap_error(l, co));
    }
    let object = l.from_top(1);
    l.push(object.get());
    object.set(Value::FALSE);
    call::leave(l, object, 2)?;
    Ok(Entered::Done)
}

/// The current coroutine suspends or has finished: its resumer becomes current, gets the `n` values from its top, and
/// leaves its frame. Returns the status of that frame.
#[inline(always)]
pub fn give_results(l: &mut State, n: usize) -> Result<u16> {
    let co = *l;
    let r = co.resumer.get().expect("a coroutine inside a run has a resumer");
    *l = r;
    if r.hooks() != 0 || !r.has_room(n + 2) {
        let (r, bits) = back_to_resumer(&co);
        return give_results_slowly(r, co, n, bits);
    }
    Ok(take_results(co, r, co.from_top(n)))
}

/// As `give_results`, when the values lie from `values` on, `r` is the resumer and has room for them, and there are no hooks.
#[inline(always)]
pub fn take_results(co: State, r: State, values: Slot) -> u16 {
    debug_assert!(resumed(r.frame.get()) == Some(co) && r.has_room_for(values, co.top.get()));
    // Straight to where the caller wants them.
    let end = co.top.replace(values);
    co.resumer.set(None);
    r.global().gc.running.set(Some(r));
    let frame = r.frame.get();
    r.frame.set(frame.below());
    let mut target = r.slot(frame.func.get());
    let mut wanted = frame.results.get() as i32;
    if !is_wrap(target) {
        if wanted == 0 {
            // Not even whether it has succeeded.
            r.top.set(target);
            return frame.status.get() & !frame_status::RESUMING;
        }
        target.set(Value::TRUE);
        target = target.at(1);
        wanted -= i32::from(wanted != call::ALL);
    }
    pass(r, target, values, end, wanted);
    frame.status.get() & !frame_status::RESUMING
}

/// The resumer of the current coroutine, whose frame is resuming no more, and the status of that frame.
#[inline(always)]
fn back_to_resumer(l: &State) -> (State, u16) {
    let r = l.resumer.take().expect("a coroutine inside a run has a resumer");
    r.global().gc.running.set(Some(r));
    let frame = r.frame.get();
    frame.remove_status(frame_status::RESUMING);
    (r, frame.status.get())
}

/// As `give_results`, with a return hook or a stack that has to grow. The resumer `r` is current.
#[inline(never)]
fn give_results_slowly(r: State, co: State, n: usize, bits: u16) -> Result<u16> {
    let is_wrap = is_wrap(r.func());
    if !r.try_ensure_stack(n + 2) {
        co.top.set(co.from_top(n));
        let s = string::new(r.global(), b"too many results to resume")?;
        if is_wrap {
            r.push(s);
            return Err(wrap_error(r, co));
        }
        r.push(Value::FALSE);
        r.push(s);
        call::leave(r, r.from_top(2), 2)?;
        return Ok(bits);
    }
    let values = co.from_top(n);
    co.top.set(values);
    let first = r.top.get();
    if !is_wrap {
        r.push(Value::TRUE);
    }
    for i in 0..n {
        r.push(values.at(i).get());
    }
    call::leave(r, first, r.top.get().since(first))?;
    Ok(bits)
}

/// Whether the function at `func` that has resumed a coroutine is one that `wrap` made: only these have upvalues.
#[inline(always)]
fn is_wrap(func: Slot) -> bool {
    func.tag() != Tag::NATIVE
}

/// The current coroutine dies of `t`: its resumer becomes current and gets the error, as results of `resume` or, in a
/// wrapped function, as an error of its own.
pub fn give_error(l: &mut State, t: Throw) -> Result<u16> {
    let co = *l;
    die(co, t);
    let (r, bits) = back_to_resumer(l);
    *l = r;
    let object = co.from_top(1).get();
    if is_wrap(r.func()) {
        r.push(object);
        return Err(wrap_error(r, co));
    }
    co.top.set(co.from_top(1));
    r.push(Value::FALSE);
    r.push(object);
    call::leave(r, r.from_top(2), 2)?;
    Ok(bits)
}

/// The status with which a coroutine has closed itself, now that all its calls have ended. Some of them may have gone on for a while.
fn outcome_of_close(co: State) -> Status {
    let status = co.status.get();
    co.frame.set(co.frames.get());
    co.top.set(co.slot(if status == OK { 1 } else { 2 }));
    status
}

/// The current coroutine has closed itself: its resumer becomes current and gets no values, or the error of a closing method.
pub fn give_closed(l: &mut State) -> Result<u16> {
    match outcome_of_close(*l) {
        OK => give_results(l, 0),
        status => give_error(l, Throw::from_code(status)),
    }
}

/// Closes the running coroutine (5.5); what to return, so that all its calls end. An error of a closing method is left on the top
/// and in the status. Refused inside finalizers and hooks: whoever called them is not ready for the end of its coroutine.
///
/// May: collect, run code.
#[cold]
pub fn close_running(l: State) -> Throw {
    let inside = frame_status::FINALIZER | frame_status::HOOK;
    if (0..=l.frame_index(l.frame.get())).any(|i| l.frame_at(i).has(inside)) {
        return l.error_fmt(format_args!("cannot close a running coroutine"));
    }
    let status = reset(l, Some(l));
    l.status.set(status);
    Throw::Closed
}

/// The error of a wrapped function, whose object is on top: closes the coroutine, adds the position to a string.
fn wrap_error(l: State, co: State) -> Throw {
    let mut memory = false;
    if co.status.get() > YIELDED {
        memory = close_thread(co, Some(l)) == Throw::Memory as Status;
        // The close may have given another error.
        l.from_top(1).set(co.from_top(1).get());
        co.top.set(co.from_top(1));
    }
    if !memory && let Some(s) = l.from_top(1).get().as_string() {
        let mut text = Text::new(l);
        let caller = l.previous_frame(l.frame.get()).filter(|f| debug::current_line(l, *f) > 0);
        let joined = caller
            .map_or(Ok(()), |f| error::append_position(l, f, &mut text))
            .and_then(|()| text.add(s.bytes()))
            .and_then(|()| string::new(l.global(), text.as_bytes()));
        match joined {
            Ok(s) => l.from_top(1).set(s.into()),
            Err(t) => return t,
        }
    }
    error::handle(l)
}

/// Raises unless the running coroutine can yield here.
#[inline]
pub fn check_yieldable(l: State) -> Result {
    if l.is_yieldable() { Ok(()) } else { Err(cannot_yield(l)) }
}

#[cold]
fn cannot_yield(l: State) -> Throw {
    if Some(l) == l.global().main.get() {
        error::run_error(l, format_args!("attempt to yield from outside a coroutine"))
    } else {
        error::run_error(l, format_args!("attempt to yield across a C-call boundary"))
    }
}

/// `lua_yieldk` (§4.5): suspends the running coroutine with the `n` topmost values. Inside a hook it returns `Ok`, and the
/// thread suspends when the hook returns; otherwise `Err(Throw::Yield)`.
pub fn yield_values(l: State, n: usize, continuation: Option<KFunction>, context: isize) -> Result {
    check_yieldable(l)?;
    let frame = l.frame.get();
    l.status.set(YIELDED);
    frame.recover.set(n as i32);
    if frame.is_lua() {
        return Ok(());
    }
    frame.k.set(continuation);
    frame.context.set(context);
    Err(Throw::Yield)
}

/// Closes a thread (`lua_closethread`, §4.6): its pending variables are closed, and it becomes fresh. The status is `OK`,
/// or that of the error whose object is then on its top.
///
/// May: collect, run code.
pub fn close_thread(co: State, from: Option<State>) -> Status {
    let status = reset(co, from);
    co.shrink_stack();
    status
}

/// As `close_thread`; the stack and the frames stay where they are.
fn reset(co: State, from: Option<State>) -> Status {
    co.c_calls.set(from.map_or(0, |f| f.c_depth()));
    co.protected_frames.set(0);
    co.handler.set(0);
    co.frame.set(co.frames.get());
    co.frame.get().status.set(0);
    co.slot(0).set(Value::NIL);
    let status = co.status.replace(OK);
    let error = if status > YIELDED { Some(Throw::from_code(status)) } else { None };
    let outcome = close::close_all(co, error);
    let status = match outcome {
        None => {
            co.top.set(co.slot(1));
            OK
        }
        Some(t) => {
            let object = co.from_top(1).get();
            co.slot(1).set(object);
            co.top.set(co.slot(2));
            t as Status
        }
    };
    co.frame.get().top.set(co.index_of(co.top.get()) + MIN_STACK as u32);
    status
}
