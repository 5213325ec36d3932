//! Debug hooks (§4.7): when they are called, and how.

use super::api::activation::Activation;
use super::boundary_call;
use super::debug;
use crate::bytecode::{Instruction, Opcode};
use crate::edition::Transfer;
use crate::heap::state::{HookFunction, MIN_STACK, State, YIELDED, frame_status};
use crate::throw::{Result, Throw};
use core::ffi::{c_int, c_void};
use core::ptr;
use core::sync::atomic::Ordering;

/// Events, as hooks see them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(i32)]
pub enum HookEvent {
    Call = 0,
    Return = 1,
    Line = 2,
    Count = 3,
    TailCall = 4,
}

/// Bits of the hook mask.
pub const MASK_CALL: i32 = 1 << HookEvent::Call as i32;
pub const MASK_RETURN: i32 = 1 << HookEvent::Return as i32;
pub const MASK_LINE: i32 = 1 << HookEvent::Line as i32;
pub const MASK_COUNT: i32 = 1 << HookEvent::Count as i32;

/// Sets the hook, or takes it away (`lua_sethook`, §4.7). A signal handler or another thread may do this: it stores atomics
/// and nothing else.
pub fn set(l: State, hook: Option<HookFunction>, events: i32, count: i32) {
    let hook = hook.filter(|_| events != 0);
    l.hook.store(hook.map_or(ptr::null_mut(), |f| f as *mut c_void), Ordering::Relaxed);
    l.hook_base_count.store(count, Ordering::Relaxed);
    l.hook_count.store(count, Ordering::Relaxed);
    // Last: the interpreter looks at the mask first.
    l.hook_mask.store(if hook.is_some() { events & 0xFF } else { 0 }, Ordering::Release);
}

/// Calls the hook for an event of the current frame. `transfer`: position, relative to the function, and number of the
/// values that are passed or returned.
///
/// May: raise, run host code, move the stack.
#[doc(alias = "luaD_hook")]
#[cold]
fn run(l: State, event: HookEvent, line: i32, transfer: Option<(usize, usize)>) -> Result {
    let f = l.hook.load(Ordering::Relaxed);
    if f.is_null() || !l.allow_hook.get() {
        return Ok(());
    }
    // SAFETY: hosts set nothing else (`lua_sethook`).
    let f: HookFunction = unsafe { core::mem::transmute(f) };
    let frame = l.frame.get();
    let index = l.frame_index(frame);
    let top = l.index_of(l.top.get());
    let frame_top = frame.top.get();
    let mut bits = frame_status::HOOK;
    if let Some((first, count)) = transfer.filter(|t| t.1 != 0) {
        bits |= frame_status::TRANSFER;
        l.transfer_first.set(first as Transfer);
        l.transfer_count.set(count as Transfer);
    }
    if frame.is_lua() && top < frame_top {
        l.top.set(l.slot(frame_top));
    }
    l.ensure_stack(MIN_STACK)?;
    let needed = l.index_of(l.top.get()) + MIN_STACK as u32;
    if frame.top.get() < needed {
        frame.top.set(needed);
    }
    let mut record = Activation::new(event as c_int, line, l, frame);
    l.allow_hook.set(false);
    frame.add_status(bits);
    // SAFETY: what hosts set is a lua_Hook; the record is of the current frame.
    unsafe { boundary_call::hook(l, f, (&raw mut record).cast())? };
    l.allow_hook.set(true);
    let frame = l.frame_at(index);
    frame.top.set(frame_top);
    l.top.set(l.slot(top));
    frame.remove_status(bits);
    Ok(())
}

/// The call hook of a standard or C function, whose frame is current.
#[cold]
pub fn call(l: State, arguments: usize) -> Result {
    if l.hooks() & MASK_CALL != 0 {
        run(l, HookEvent::Call, -1, Some((1, arguments)))?;
    }
    Ok(())
}

/// The call hook of a Lua function that is about to run its first instruction.
#[doc(alias = "luaD_hookcall")]
#[cold]
pub fn entering(l: State) -> Result {
    let frame = l.frame.get();
    if frame.has(frame_status::HOOK_YIELD) {
        return Ok(());
    }
    l.old_pc.set(0);
    if l.hooks() & MASK_CALL == 0 {
        return Ok(());
    }
    let event = if frame.has(frame_status::TAIL) { HookEvent::TailCall } else { HookEvent::Call };
    let parameters = l.func().get().as_lua_closure().map_or(0, |c| c.proto.get().parameters as usize);
    let index = l.frame_index(frame);
    // Debug information looks at the instruction before `pc`.
    let pc = frame.pc.get();
    frame.pc.set(pc.wrapping_add(1));
    run(l, event, -1, Some((1, parameters)))?;
    l.frame_at(index).pc.set(pc);
    Ok(())
}

/// The return hook of the current frame, whose `n` results are on top; also tells the line hook where the caller is.
#[doc(alias = "rethook")]
#[cold]
pub fn returning(l: State, n: usize) -> Result {
    if l.hooks() & MASK_RETURN != 0 {
        let first = l.from_top(n).since(l.func());
        run(l, HookEvent::Return, -1, Some((first, n)))?;
    }
    if let Some(caller) = l.previous_frame(l.frame.get())
        && caller.is_lua()
        && let Some(c) = l.slot(caller.func.get()).get().as_lua_closure()
    {
        // SAFETY: the frame's pc lies in its code.
        let pc = unsafe { caller.pc.get().offset_from(c.proto.get().code.as_ptr()) };
        l.old_pc.set(pc as i32 - 1);
    }
    Ok(())
}

/// Whether no hook sees the instruction `i` at `pc`, which is noted then: most that are counted, and those behind another on the same line. False also
/// if that is for `before_instruction` to say.
///
/// # Safety
/// `pc` lies in the code of the current frame's function.
#[inline(always)]
pub unsafe fn passes_unseen(l: State, pc: *const u32, i: Instruction) -> bool {
    let frame = l.frame.get();
    let mask = l.hooks();
    if mask == 0 || frame.has(frame_status::REPEATED | frame_status::HOOK_YIELD) {
        return false;
    }
    if mask & (MASK_LINE | MASK_COUNT) == 0 {
        return true;
    }
    let left = l.hook_count.load(Ordering::Relaxed).wrapping_sub(1);
    if matches!(i.opcode(), Opcode::VarArgPrep | Opcode::TForLoop | Opcode::Return) || (mask & MASK_COUNT != 0 && left == 0) {
        return false;
    }
    if mask & MASK_LINE != 0 {
        let Some(closure) = l.func().get().as_lua_closure() else { return false };
        let proto = closure.proto.get();
        // SAFETY: the caller's.
        let here = unsafe { pc.offset_from(proto.code.as_ptr()) };
        let is_behind = here != 0 && l.old_pc.get() as isize + 1 == here && proto.has_line_info;
        // SAFETY: there is a delta for each instruction.
        let same_line = is_behind && unsafe { *proto.line_info.as_ptr().offset(here) } == 0;
        // In a hook no other is called; one that yields is at its end.
        if !same_line && (l.allow_hook.get() || l.status.get() == YIELDED) {
            return false;
        }
        l.old_pc.set(here as i32);
    }
    if mask & MASK_COUNT != 0 {
        l.hook_count.store(left, Ordering::Relaxed);
    }
    true
}

/// Count and line hooks, before the instruction at `pc`. `true`: a hook ran.
///
/// # Safety
/// The current frame is that of a Lua function, and `pc` lies in its code.
///
/// May: raise, run host code, move the stack; `Err(Throw::Yield)` when the hook yielded.
#[doc(alias = "luaG_traceexec")]
#[cold]
pub unsafe fn before_instruction(l: State, pc: *const u32) -> Result<bool> {
    let mask = l.hooks();
    if mask & (MASK_LINE | MASK_COUNT) == 0 {
        return Ok(mask == 0);
    }
    let opcode = |pc: *const u32| {
        // SAFETY: `pc` lies in the frame's code.
        Instruction(unsafe { *pc }).opcode()
    };
    let unannounced = match opcode(pc) {
        // The call hook comes first, and it waits for this instruction.
        Opcode::VarArgPrep => true,
        // It belongs to the call before it.
        Opcode::TForLoop => true,
        // So does the return behind a tail call, which is reached only when what was called is no Lua function.
        Opcode::Return => {
            let first = l.func().get().as_lua_closure().map(|c| c.proto.get().code.as_ptr().cast_const());
            first.is_some_and(|first| pc > first) && opcode(pc.wrapping_sub(1)) == Opcode::TailCall
        }
        _ => false,
    };
    if unannounced {
        return Ok(false);
    }
    let frame = l.frame.get();
    let index = l.frame_index(frame);
    let counts = mask & MASK_COUNT != 0 && {
        let left = l.hook_count.load(Ordering::Relaxed).wrapping_sub(1);
        l.hook_count.store(left, Ordering::Relaxed);
        left == 0
    };
    if counts {
        l.hook_count.store(l.hook_base_count.load(Ordering::Relaxed), Ordering::Relaxed);
    } else if mask & MASK_LINE == 0 {
        return Ok(false);
    }
    if frame.has(frame_status::HOOK_YIELD) {
        // The hook yielded and the thread went on: this instruction has been announced.
        frame.remove_status(frame_status::HOOK_YIELD);
        return Ok(false);
    }
    let next = pc.wrapping_add(1);
    frame.pc.set(next);
    // SAFETY: `pc` lies in the frame's code.
    if !Instruction(unsafe { *pc }).takes_top() {
        l.top.set(l.slot(frame.top.get()));
    }
    if counts {
        run(l, HookEvent::Count, -1, None)?;
    }
    if mask & MASK_LINE != 0
        && let Some(c) = l.func().get().as_lua_closure()
    {
        let proto = c.proto.get();
        // SAFETY: `pc` lies in the prototype's code.
        let here = unsafe { pc.offset_from(proto.code.as_ptr()) } as i32;
        let old = if (l.old_pc.get() as u32) < proto.code_len { l.old_pc.get() } else { 0 };
        if here <= old || debug::line_changed(proto, old as usize, here as usize) {
            run(l, HookEvent::Line, debug::line_of(proto, here as usize), None)?;
        }
        l.old_pc.set(here);
    }
    if l.status.get() == YIELDED {
        if counts {
            l.hook_count.store(1, Ordering::Relaxed);
        }
        let frame = l.frame_at(index);
        frame.add_status(frame_status::HOOK_YIELD);
        // A hook yields no values.
        frame.recover.set(0);
        return Err(Throw::Yield);
    }
    l.frame_at(index).pc.set(pc);
    Ok(true)
}
