//! Calls (§2.4, §4.4): entering and leaving functions of every kind.
//!
//! `enter` starts a call. Standard and C functions have finished when it returns; for a Lua function a frame is pushed and
//! the interpreter loop (`execute`) goes on with it. So a call from Lua never nests native calls; `call` does, for hosts and
//! standard functions that need a result.

use super::boundary_call;
use super::close;
use super::coroutine;
use super::error::{self, Operand};
use super::execute;
use super::hook;
use super::meta::{self, Event};
use super::protect;
use super::run::{self, Run};
use crate::edition::{LUA_5_5, MAX_CALL_METAMETHODS, PAIRS_RESULTS};
use crate::heap::function::{CFunction, LuaClosure, Native, NativeKind};
use crate::heap::object::Gc;
use crate::heap::state::{FrameRef, MAX_C_CALLS, MIN_STACK, NOT_YIELDABLE, Slot, State, frame_status};
use crate::throw::{Result, Throw};
use crate::value::{Tag, Value};

/// All results are wanted.
pub const ALL: i32 = -1;

/// What `enter` did.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Entered {
    /// The function has returned and its results are in place, from the slot of the function on.
    Done,
    /// A frame of a Lua function is current; the interpreter runs it.
    Lua,
    /// The coroutine that the current frame resumes (`coroutine::begin`) is to run.
    Switch,
    /// The running coroutine suspends; the values are on top, their number in the frame.
    Yield,
}

/// Who needs the result of a metamethod.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    /// The current instruction of the current (Lua) frame: it is finished when the metamethod returns.
    Instruction,
    /// The caller, at once.
    Nested,
}

/// Starts the call of the value at `func` with the arguments above it. `bits` are added to the new frame's status.
///
/// May: raise, run host code, move the stack.
#[doc(alias = "luaD_precall")]
#[inline(always)]
pub fn enter(l: State, func: Slot, results: i32, bits: u16) -> Result<Entered> {
    let v = func.get();
    match v.tag {
        Tag::LUA_CLOSURE => {
            // SAFETY: the tag says so.
            enter_lua(l, func, unsafe { v.object_as() }, results, bits)?;
            Ok(Entered::Lua)
        }
        // SAFETY: light natives hold the address of their descriptor.
        Tag::NATIVE => enter_native(l, func, unsafe { &*v.address::<Native>() }, results, bits, 0),
        Tag::LIGHT_C => enter_light_c(l, func, c_function(v), results, bits).map(|()| Entered::Done),
        // So few cases are told apart by comparisons; one more, and it would be a table of jumps.
        _ => enter_other(l, func, results, bits, 0),
    }
}

/// Calls the C function `f` without upvalues, which is at `func`.
#[inline(never)]
pub fn enter_light_c(l: State, func: Slot, f: CFunction, results: i32, bits: u16) -> Result {
    enter_c(l, func, f, results, bits, 0)
}

/// As `enter`, for what is no Lua function and no other function without upvalues. A chain of `__call` metamethods is followed
/// without nesting: it ends, at the latest, when the stack is full.
#[inline(never)]
pub fn enter_other(l: State, func: Slot, results: i32, bits: u16, extra: u8) -> Result<Entered> {
    let mut func = func;
    // How many metamethods have led here.
    let mut extra = extra;
    loop {
        let v = func.get();
        if v.tag == Tag::C_CLOSURE || v.tag == Tag::LIGHT_C {
            enter_c(l, func, c_function(v), results, bits, extra)?;
            return Ok(Entered::Done);
        }
        if let Some(native) = v.as_native() {
            return enter_native(l, func, native, results, bits, extra);
        }
        if let Some(closure) = v.as_lua_closure() {
            let frame = enter_lua(l, func, closure, results, bits)?;
            if LUA_5_5 {
                frame.extra_arguments.set(extra);
            }
            return Ok(Entered::Lua);
        }
        let index = l.index_of(func);
        extra = insert_call_metamethod(l, func, extra)?;
        func = l.slot(index);
    }
}

/// Puts the `__call` metamethod of the value at `func` below it, so that the value becomes the first argument. `extra` and the
/// result: how many arguments have come so.
#[doc(alias = "luaD_tryfuncTM")]
#[cold]
pub fn insert_call_metamethod(l: State, func: Slot, extra: u8) -> Result<u8> {
    let index = l.index_of(func);
    l.ensure_stack(1)?;
    let func = l.slot(index);
    let m = meta::metamethod(l.global(), func.get(), Event::Call);
    if m.is_nil() {
        return Err(error::call_error(l, func.get(), Operand::Register(index)));
    }
    insert_function(l, func, m);
    if LUA_5_5 && extra == MAX_CALL_METAMETHODS {
        return Err(error::run_error(l, format_args!("'__call' chain too long")));
    }
    Ok(extra.saturating_add(1))
}

/// Puts a function below the value at `func`, which becomes its first argument. There is room.
#[inline(always)]
pub fn insert_function(l: State, func: Slot, f: Value) {
    let mut to = l.top.get();
    l.top.set(to.at(1));
    while to > func {
        to.set(to.before(1).get());
        to = to.before(1);
    }
    func.set(f);
}

/// Pushes the frame of a Lua function whose arguments are above `func`.
#[inline(always)]
pub fn enter_lua(l: State, func: Slot, closure: Gc<LuaClosure>, results: i32, bits: u16) -> Result<FrameRef> {
    let proto = closure.proto.get();
    let size = proto.max_stack_size as usize;
    let parameters = proto.parameters as usize;
    let mut func = func;
    let index = l.index_of(func);
    if !l.has_room(size) {
        l.grow_stack(size)?;
        func = l.slot(index);
    }
    let frame = l.push_frame(index, index + 1 + size as u32, results, bits | frame_status::LUA)?;
    frame.pc.set(proto.code.as_ptr());
    let mut top = l.top.get();
    let end = func.at(1 + parameters);
    if top < end {
        while top < end {
            top.set_nil();
            top = top.at(1);
        }
        l.top.set(top);
    }
    Ok(frame)
}

/// Calls a standard function.
#[inline(always)]
fn enter_native(l: State, func: Slot, native: &'static Native, results: i32, bits: u16, extra: u8) -> Result<Entered> {
    let index = l.index_of(func);
    l.ensure_stack(MIN_STACK)?;
    let top = l.index_of(l.top.get()) + MIN_STACK as u32;
    l.push_counted_frame(index, top, results, bits, extra)?;
    if l.hooks() != 0 {
        hook::call(l, l.top.get().since(l.base()))?;
    }
    if native.kind == NativeKind::Plain {
        let n = (native.run)(l)?;
        leave(l, l.from_top(n as usize), n as usize)?;
        return Ok(Entered::Done);
    }
    enter_special(l, native)
}

/// Goes on with a standard function that the interpreter treats specially; its frame is current.
#[inline(never)]
pub fn enter_special(l: State, native: &'static Native) -> Result<Entered> {
    match native.kind {
        NativeKind::Plain => unreachable!("handled by the caller"),
        NativeKind::Pcall | NativeKind::Xpcall => protect::enter(l, native),
        NativeKind::Resume | NativeKind::Wrap => coroutine::enter_resume(l, native),
        NativeKind::Yield => {
            coroutine::check_yieldable(l)?;
            let n = l.top.get().since(l.base());
            l.frame.get().recover.set(n as i32);
            Ok(Entered::Yield)
        }
        NativeKind::CallResult | NativeKind::Pairs => enter_for_result(l, native),
    }
}

/// Goes on with a standard function that leaves a function to call: the results of that are its own.
#[inline(never)]
fn enter_for_result(l: State, native: &'static Native) -> Result<Entered> {
    let left = (native.run)(l)? as usize;
    if left >= 3 {
        leave(l, l.from_top(left), left)?;
        return Ok(Entered::Done);
    }
    let wanted = if native.kind == NativeKind::Pairs { PAIRS_RESULTS as i32 } else { ALL };
    let func = l.from_top(left);
    l.frame.get().saved_func.set(l.index_of(func));
    match enter(l, func, wanted, 0)? {
        Entered::Done => {
            finish_call_result(l)?;
            Ok(Entered::Done)
        }
        other => Ok(other),
    }
}

/// The function that a `CallResult` or `Pairs` native called has returned: its results are the native's.
pub fn finish_call_result(l: State) -> Result {
    let first = l.slot(l.frame.get().saved_func.get());
    leave(l, first, l.top.get().since(first))
}

#[inline(always)]
pub fn c_function(v: Value) -> CFunction {
    v.as_c_function().expect("a C function")
}

/// Calls the C function `f`, which is at `func`. Inlined, because an error lands here: every function that returns after that costs
/// a mispredicted return, since the processor expects those to return that the error has left.
#[inline(always)]
fn enter_c(l: State, func: Slot, f: CFunction, results: i32, bits: u16, extra: u8) -> Result {
    if !l.has_room(MIN_STACK) || !l.has_room_for_frame() || l.hooks() != 0 {
        return enter_c_slowly(l, func, f, results, bits, extra);
    }
    let top = l.index_of(l.top.get()) + MIN_STACK as u32;
    l.push_frame_in_room(l.index_of(func), top, results, bits, extra);
    let n = boundary_call::function(l, f)?;
    leave(l, l.from_top(n), n)
}

/// As `enter_c`, where something has to grow or there are hooks.
#[cold]
#[inline(never)]
fn enter_c_slowly(l: State, func: Slot, f: CFunction, results: i32, bits: u16, extra: u8) -> Result {
    let index = l.index_of(func);
    l.ensure_stack(MIN_STACK)?;
    l.push_counted_frame(index, l.index_of(l.top.get()) + MIN_STACK as u32, results, bits, extra)?;
    if l.hooks() != 0 {
        hook::call(l, l.top.get().since(l.base()))?;
    }
    let n = boundary_call::function(l, f)?;
    leave(l, l.from_top(n), n)
}

/// Leaves the current frame with the `n` results from `first` on: they move to where the caller wants them.
///
/// May: raise and run code (return hook, variables to close of a C function).
#[doc(alias = "luaD_poscall")]
#[inline(always)]
pub fn leave(l: State, first: Slot, n: usize) -> Result {
    let frame = l.frame.get();
    let wanted = frame.results.get() as i32;
    if l.hooks() != 0 || wanted < ALL {
        return leave_slow(l, first, n);
    }
    let target = l.slot(frame.func.get());
    l.frame.set(frame.below());
    if wanted == 1 && n > 0 {
        target.set(first.get());
        l.top.set(target.at(1));
    } else {
        move_results(l, target, first, n, wanted);
    }
    Ok(())
}

#[cold]
#[inline(never)]
fn leave_slow(l: State, first: Slot, n: usize) -> Result {
    let mut first = first;
    let frame = l.frame.get();
    let mut wanted = frame.results.get() as i32;
    if wanted < ALL {
        // A C function with variables to close (`lua_toclose`).
        wanted = -wanted - 3;
        let offset = l.index_of(first);
        frame.add_status(frame_status::CLOSING);
        frame.recover.set(n as i32);
        close::close_for_return(l, frame.func.get() + 1)?;
        let frame = l.frame.get();
        frame.remove_status(frame_status::CLOSING);
        frame.results.set(wanted as i16);
        first = l.slot(offset);
        l.top.set(first.at(n));
    }
    if l.hooks() != 0 {
        let offset = l.index_of(first);
        hook::returning(l, n)?;
        first = l.slot(offset);
    }
    let target = l.slot(l.frame.get().func.get());
    l.pop_frame();
    move_results(l, target, first, n, wanted);
    Ok(())
}

/// Moves results down to `target`, filling up with nil; the top ends behind them.
#[inline(always)]
pub fn move_results(l: State, target: Slot, first: Slot, n: usize, wanted: i32) {
    match wanted {
        0 => l.top.set(target),
        1 => {
            if n == 0 {
                target.set_nil();
            } else {
                target.set(first.get());
            }
            l.top.set(target.at(1));
        }
        _ => {
            let (mut to, end) = (target, target.at(if wanted < 0 { n } else { wanted as usize }));
            let (mut from, last) = (first, first.at(n));
            while to < end && from < last {
                to.set(from.get());
                (to, from) = (to.at(1), from.at(1));
            }
            while to < end {
                to.set_nil();
                to = to.at(1);
            }
            l.top.set(end);
        }
    }
}

/// Calls the value at `func` and returns when it has; yields only through continuations. Results go from `func` on.
///
/// May: raise, collect, run Lua and host code, move the stack.
#[doc(alias = "luaD_call")]
pub fn call(l: State, func: Slot, results: i32) -> Result {
    nested(l, func, results, 1)
}

/// As `call`; the callee cannot yield.
#[doc(alias = "luaD_callnoyield")]
pub fn call_no_yield(l: State, func: Slot, results: i32) -> Result {
    nested(l, func, results, 1 + NOT_YIELDABLE)
}

/// As `call` and `call_no_yield`, made in the function that asks for it.
#[inline(always)]
pub fn call_here(l: State, func: Slot, results: i32, yieldable: bool) -> Result {
    nested(l, func, results, if yieldable { 1 } else { 1 + NOT_YIELDABLE })
}

#[inline(always)]
fn nested(l: State, func: Slot, results: i32, increment: u32) -> Result {
    let (before, protected_frames) = (l.c_calls.get(), l.protected_frames.get());
    l.c_calls.set(before + increment);
    let outcome = if func.tag() == Tag::LUA_CLOSURE && l.c_depth() < MAX_C_CALLS {
        // SAFETY: the tag says so.
        let closure: Gc<LuaClosure> = unsafe { func.get().object_as() };
        if execute::can_call(l, closure) {
            let run = Run::above(l);
            run::run_on(l, run, execute::call(l, func, closure, results, frame_status::FRESH))
        } else {
            nested_other(l, func, results)
        }
    } else if func.tag() == Tag::LIGHT_C && l.c_depth() < MAX_C_CALLS {
        let run = Run::above(l);
        match enter_c(l, func, c_function(func.get()), results, frame_status::FRESH, 0) {
            Ok(()) => Ok(()),
            Err(t) => run::leave_with(l, run, t),
        }
    } else {
        nested_other(l, func, results)
    };
    l.c_calls.set(before);
    if let Err(t) = outcome
        && t != Throw::Yield
    {
        l.protected_frames.set(protected_frames);
    }
    outcome
}

/// As `nested`, for other values, or too deep; already counted.
#[inline(never)]
fn nested_other(l: State, func: Slot, results: i32) -> Result {
    if l.c_depth() >= MAX_C_CALLS {
        error::c_stack_overflow(l)?;
    }
    let run = Run::above(l);
    let (mut func, mut extra) = (func, 0);
    if !func.get().is_function() {
        let index = l.index_of(func);
        extra = match insert_call_metamethod(l, func, 0) {
            Ok(extra) => extra,
            Err(t) => return run::leave_with(l, run, t),
        };
        func = l.slot(index);
    }
    if matches!(func.tag(), Tag::LIGHT_C | Tag::C_CLOSURE) {
        return match enter_c(l, func, c_function(func.get()), results, frame_status::FRESH, extra) {
            Ok(()) => Ok(()),
            Err(t) => run::leave_with(l, run, t),
        };
    }
    let entered = if extra == 0 {
        enter(l, func, results, frame_status::FRESH)
    } else {
        enter_other(l, func, results, frame_status::FRESH, extra)
    };
    match entered {
        Ok(Entered::Done) => Ok(()),
        Ok(Entered::Lua) => run::run(l, run),
        Ok(Entered::Yield) => Err(Throw::Yield),
        other => run::run_from(l, run, other),
    }
}

/// Calls a metamethod with two operands. `None`: a Lua function was entered for it (only `Mode::Instruction`).
///
/// May: raise, collect, run Lua and host code, move the stack.
#[doc(alias = "luaT_callTMres")]
pub fn metamethod(l: State, mode: Mode, f: Value, a: Value, b: Value) -> Result<Option<Value>> {
    l.push(f);
    l.push(a);
    l.push(b);
    if start_metamethod(l, mode, l.from_top(3), 1)? {
        let result = l.from_top(1);
        l.top.set(result);
        return Ok(Some(result.get()));
    }
    Ok(None)
}

/// Calls a metamethod with three operands and no result. `false`: a Lua function was entered for it.
#[doc(alias = "luaT_callTM")]
pub fn metamethod3(l: State, mode: Mode, f: Value, a: Value, b: Value, c: Value) -> Result<bool> {
    l.push(f);
    l.push(a);
    l.push(b);
    l.push(c);
    start_metamethod(l, mode, l.from_top(4), 0)
}

fn start_metamethod(l: State, mode: Mode, func: Slot, results: i32) -> Result<bool> {
    if mode == Mode::Instruction && l.frame.get().is_lua() {
        return start_for_instruction(l, func, results);
    }
    call_no_yield(l, func, results)?;
    Ok(true)
}

/// Calls a function on behalf of the current instruction; `false` if it goes on in the interpreter loop.
pub fn start_for_instruction(l: State, func: Slot, results: i32) -> Result<bool> {
    match enter(l, func, results, frame_status::META)? {
        Entered::Done => Ok(true),
        Entered::Lua => Ok(false),
        Entered::Yield => Err(Throw::Yield),
        Entered::Switch => Err(Throw::Switch),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::heap::testing::{Host, allocate};
    use crate::native;
    use crate::vm::state;

    fn count(l: State) -> Result<u32> {
        l.push_integer(l.top.get().since(l.base()) as i64);
        Ok(1)
    }

    native!(COUNT = "count", count);

    /// Leaves a table on the stack whose `__call` is such a table, and so on; at the end the function `count`.
    fn push_chain(l: State, length: usize) -> Result {
        l.push_native(&COUNT);
        for _ in 0..length {
            l.create_table(0, 0)?;
            l.create_table(0, 1)?;
            l.push(l.from_top(3).get());
            l.set_field(-2, "__call")?;
            l.set_metatable(-2)?;
            l.remove(-2);
        }
        Ok(())
    }

    #[test]
    fn chains_of_call_metamethods_need_no_native_stack() {
        const LENGTH: usize = 5000;
        let run = || {
            let host = Host::default();
            // SAFETY: the function follows the protocol; the host outlives the state.
            let l = unsafe { state::new_state(allocate, host.ud()) }.expect("there is memory");
            push_chain(l, LENGTH).expect("there is memory");
            if LUA_5_5 {
                // This long they are an error.
                assert!(l.call(0, 1).is_err());
            } else {
                l.call(0, 1).expect("the call succeeds");
                assert_eq!(l.to_integer(-1), Some(LENGTH as i64));
            }
            state::close(l);
            host.assert_empty();
        };
        let thread = std::thread::Builder::new().stack_size(192 << 10).spawn(run).expect("a thread");
        thread.join().expect("the test does not panic");
    }
}
