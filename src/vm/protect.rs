//! Catching errors: `pcall` and `xpcall` as marked frames, `lua_pcall` as a nested call.

use super::boundary_call;
use super::call::{self, ALL, Entered};
use super::close;
use super::error;
use super::upvalue;
use crate::heap::function::{Native, NativeKind};
use crate::heap::state::{FrameRef, MAX_C_CALLS, OK, Slot, State, Status, frame_status};
use crate::throw::{Result, Throw};
use crate::value::{Type, Value};

/// Begins `pcall` or `xpcall`; its frame is current, with the arguments in place.
///
/// Layout: pcall keeps the function in its first argument slot, so that results land one slot above the `true` that takes
/// the place of pcall itself. xpcall keeps the handler there and the function above.
pub fn enter(l: State, native: &'static Native) -> Result<Entered> {
    let frame = l.frame.get();
    let handler = if native.kind == NativeKind::Pcall {
        l.check_any(1)?;
        0
    } else {
        l.check_type(2, Type::Function)?;
        let base = l.base();
        let f = base.get();
        base.set(base.at(1).get());
        base.at(1).set(f);
        l.index_of(base)
    };
    let hooks = if l.allow_hook.get() { frame_status::SAVED_ALLOW_HOOK } else { 0 };
    frame.add_status(frame_status::PROTECTED | hooks);
    begin(l, frame, handler);
    if l.c_depth() >= MAX_C_CALLS {
        error::c_stack_overflow(l)?;
    }
    let func = if handler == 0 { l.base() } else { l.base().at(1) };
    if let Some(closure) = func.get().as_lua_closure() {
        call::enter_lua(l, func, closure, ALL, 0)?;
        return Ok(Entered::Lua);
    }
    enter_other(l, func)
}

/// The frame of `pcall` or `xpcall` protects from now on, with the message handler at a stack index or 0.
#[inline(always)]
pub fn begin(l: State, frame: FrameRef, handler: u32) {
    frame.saved_handler.set(l.handler.replace(handler));
    frame.extra.set(l.protected_frames.get());
    l.protected_frames.set(l.protected_frames.get() + 1);
    l.c_calls.set(l.c_calls.get() + 1);
}

/// The frame of `pcall` or `xpcall` protects no more.
#[inline(always)]
pub fn end(l: State, frame: FrameRef) {
    l.handler.set(frame.saved_handler.get());
    uncount(l, frame);
}

/// Calls what is no Lua function, protected.
#[inline(never)]
fn enter_other(l: State, func: Slot) -> Result<Entered> {
    match call::enter_other(l, func, ALL, 0, 0)? {
        Entered::Done => {
            finish_ok(l)?;
            Ok(Entered::Done)
        }
        other => Ok(other),
    }
}

/// Takes the frames of `pcall` and `xpcall` from this one on out of the count of nested calls.
#[inline(always)]
fn uncount(l: State, frame: FrameRef) {
    let above = l.protected_frames.replace(frame.extra.get()) - frame.extra.get();
    l.c_calls.set(l.c_calls.get() - above);
}

/// The protected function of the current frame has returned.
#[inline(always)]
pub fn finish_ok(l: State) -> Result {
    let frame = l.frame.get();
    let is_xpcall = l.handler.get() != 0;
    frame.remove_status(frame_status::PROTECTED);
    end(l, frame);
    let base = l.base();
    let results = l.top.get();
    if l.hooks() == 0 && !is_xpcall {
        // The results are where they belong already.
        let func = base.before(1);
        func.set(Value::TRUE);
        l.pop_frame();
        let wanted = frame.results.get() as i32;
        let end = if wanted == ALL { results } else { func.at(wanted as usize) };
        let mut p = results;
        while p < end {
            p.set_nil();
            p = p.at(1);
        }
        l.top.set(end);
        return Ok(());
    }
    finish_ok_slowly(l, is_xpcall)
}

/// As `finish_ok`, for `xpcall` or with a return hook.
#[inline(never)]
fn finish_ok_slowly(l: State, is_xpcall: bool) -> Result {
    let base = l.base();
    if is_xpcall {
        base.set(Value::TRUE);
        return call::leave(l, base, l.top.get().since(base));
    }
    l.ensure_stack(1)?;
    l.push(Value::NIL);
    let mut p = l.from_top(1);
    while p > l.base() {
        p.set(p.before(1).get());
        p = p.before(1);
    }
    p.set(Value::TRUE);
    call::leave(l, p, l.top.get().since(p))
}

/// What a frame that catches errors does with one whose object is on top: drops the frames above, closes upvalues, and
/// begins to close variables. `t` is kept in the frame.
pub fn catch(l: State, frame: FrameRef, t: Throw) {
    l.frame.set(frame);
    error::push_object(l, t);
    l.allow_hook.set(frame.has(frame_status::SAVED_ALLOW_HOOK));
    frame.recover.set(t as i32);
    frame.add_status(frame_status::RECOVERING);
    upvalue::close(l, l.slot(level_of(frame)));
}

/// Catches an error (`Throw::Run`) in a frame of `pcall` or `xpcall` for which a call instruction waits, where that takes nothing but dropping the frames
/// above and closing upvalues: `catch`, `recover` and the return in one. `false`: nothing has been done.
#[inline(always)]
pub fn catch_at_once(l: State, frame: FrameRef) -> bool {
    if frame.has(frame_status::C_PCALL | frame_status::RECOVERING)
        || !frame.was_called_by_instruction()
        || l.hooks() != 0
        || l.has_extra_stack()
    {
        return false;
    }
    let level = frame.func.get() + 1;
    if !close::has_nothing(l, level) {
        if close::pending(l, level) {
            return false;
        }
        upvalue::close_apart(l, l.slot(level));
    }
    l.allow_hook.set(frame.has(frame_status::SAVED_ALLOW_HOOK));
    end(l, frame);
    let object = l.from_top(1).get();
    let func = l.slot(frame.func.get());
    func.set(Value::FALSE);
    func.at(1).set(object);
    let wanted = frame.results.get() as i32;
    let end = func.at(if wanted == ALL { 2 } else { wanted as usize });
    let mut p = func.at(2);
    while p < end {
        p.set_nil();
        p = p.at(1);
    }
    l.top.set(end);
    l.frame.set(frame.below());
    true
}

/// First stack slot of what a protected frame protects.
fn level_of(frame: FrameRef) -> u32 {
    if frame.has(frame_status::C_PCALL) { frame.saved_func.get() } else { frame.func.get() + 1 }
}

/// Goes on closing variables in the current frame, which has caught an error; when done, gives the error to its caller.
///
/// `Done`: the frame has been left.
pub fn recover(l: State) -> Result<Entered> {
    let frame = l.frame.get();
    match close::close_next_after_error(l, level_of(frame))? {
        Entered::Done => {}
        other => return Ok(other),
    }
    let frame = l.frame.get();
    frame.remove_status(frame_status::RECOVERING);
    let object = l.from_top(1).get();
    if frame.has(frame_status::C_PCALL) {
        uncount(l, frame);
        l.slot(frame.saved_func.get()).set(object);
        l.top.set(l.slot(frame.saved_func.get() + 1));
        l.shrink_after_overflow();
        return finish_c(l, frame.recover.get());
    }
    frame.remove_status(frame_status::PROTECTED);
    end(l, frame);
    let base = l.base();
    base.set(Value::FALSE);
    base.at(1).set(object);
    l.top.set(base.at(2));
    l.shrink_after_overflow();
    call::leave(l, l.base(), 2)?;
    Ok(Entered::Done)
}

/// Runs the continuation of the current C frame, whose callee has returned or failed (`status`), and leaves the frame.
#[doc(alias = "finishCcall")]
pub fn finish_c(l: State, status: i32) -> Result<Entered> {
    finish_c_here(l, status)
}

/// As `finish_c`, inlined where an error or a yield lands.
#[inline(always)]
pub fn finish_c_here(l: State, status: i32) -> Result<Entered> {
    let frame = l.frame.get();
    let n = if frame.has(frame_status::CLOSING) {
        frame.recover.get() as usize
    } else {
        let mut status = status;
        if frame.has(frame_status::C_PCALL) {
            frame.remove_status(frame_status::C_PCALL | frame_status::PROTECTED);
            l.handler.set(frame.saved_handler.get());
        } else {
            status = Throw::Yield as i32;
        }
        // As after a call from C with all results: they may reach past the frame's top.
        let top = l.index_of(l.top.get());
        if frame.top.get() < top {
            frame.top.set(top);
        }
        match frame.k.get() {
            Some(k) => boundary_call::continuation(l, k, status, frame.context.get())?,
            None => unreachable!("a C frame that was suspended in a call has a continuation"),
        }
    };
    call::leave(l, l.from_top(n), n)?;
    Ok(Entered::Done)
}

/// Runs `body` with the message handler at stack index `handler` (0: none); on an error the stack is cut at `level`, where
/// the error object is left, after closing the variables above.
///
/// Returns the status, `OK` or that of the error. May: raise (`Throw::Closed` only), collect, run code, move the stack.
#[doc(alias = "luaD_pcall")]
pub fn protected(l: State, level: u32, handler: u32, body: impl FnOnce() -> Result) -> Result<Status> {
    let frame = l.frame_offset(l.frame.get());
    let (allow_hook, c_calls, protected_frames) = (l.allow_hook.get(), l.c_calls.get(), l.protected_frames.get());
    let old_handler = l.handler.replace(handler);
    let status = match body() {
        Ok(()) => OK,
        Err(Throw::Closed) => return Err(Throw::Closed),
        Err(t) => {
            l.frame.set(l.frame_at_offset(frame));
            l.allow_hook.set(allow_hook);
            l.c_calls.set(c_calls);
            l.protected_frames.set(protected_frames);
            cut_stack(l, level, t)?
        }
    };
    l.handler.set(old_handler);
    Ok(status)
}

/// Closes what is pending from `level` on and leaves the object of the error `t` there; the status.
///
/// May: raise (`Throw::Closed` only), collect, run code, move the stack.
#[cold]
#[inline(never)]
fn cut_stack(l: State, level: u32, t: Throw) -> Result<Status> {
    error::push_object(l, t);
    let t =
        if close::has_nothing(l, level) { t } else { close::close_protected(l, level, Some(t))?.expect("an error stays one") };
    let object = l.from_top(1).get();
    l.slot(level).set(object);
    l.top.set(l.slot(level + 1));
    l.shrink_after_overflow();
    Ok(t as Status)
}

/// `lua_pcallk` (§4.5): calls the function below the `arguments` topmost values, catching errors. `handler` is a stack
/// index or 0. With a continuation, and where yields are allowed, the frame remembers what to do after one; an error then
/// also goes to the continuation.
///
/// May: yield (with a continuation), collect, run code, move the stack.
#[inline(always)]
pub fn pcall(
    l: State,
    arguments: usize,
    results: i32,
    handler: u32,
    continuation: Option<(crate::heap::state::KFunction, isize)>,
) -> Result<Status> {
    let callee = l.from_top(arguments + 1);
    let func = l.index_of(callee);
    let (frame, allow_hook, old_handler) = (l.frame.get(), l.allow_hook.get(), l.handler.get());
    let resumable = match continuation {
        Some((k, context)) if l.is_yieldable() => {
            frame.k.set(Some(k));
            frame.context.set(context);
            frame.saved_func.set(func);
            frame.saved_handler.set(old_handler);
            frame.extra.set(l.protected_frames.get());
            let hooks = if allow_hook { frame_status::SAVED_ALLOW_HOOK } else { 0 };
            let kept = frame.status.get() & !frame_status::SAVED_ALLOW_HOOK;
            frame.status.set(kept | frame_status::C_PCALL | frame_status::PROTECTED | hooks);
            true
        }
        _ => false,
    };
    let frame = l.frame_offset(frame);
    l.handler.set(handler);
    let status = match call::call_here(l, callee, results, resumable) {
        Ok(()) => {
            if resumable {
                l.frame.get().remove_status(frame_status::C_PCALL | frame_status::PROTECTED);
            }
            OK
        }
        // The frame catches errors itself, once the host function has been left.
        Err(t) if resumable => return Err(t),
        // The coroutine has nothing of its calls any more.
        Err(Throw::Closed) => return Err(Throw::Closed),
        Err(t) => {
            l.frame.set(l.frame_at_offset(frame));
            l.allow_hook.set(allow_hook);
            cut_stack(l, func, t)?
        }
    };
    l.handler.set(old_handler);
    l.adjust_frame_top(results);
    Ok(status)
}
