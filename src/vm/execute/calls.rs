//! Calls, returns, closures and variable arguments.

use super::machine::{Handler, Machine, Outcome, Step, attempt, handlers};
use super::tables::made;
use super::{HANDLERS, TRACED, coroutines, metamethods, protected};
use crate::bytecode::{Instruction, Opcode};
use crate::chunk::draft::Vararg;
use crate::edition::LUA_5_5;
use crate::gc;
use crate::heap::function::{CClosure, CFunction, LuaClosure, Native, NativeKind};
use crate::heap::object::Gc;
use crate::heap::state::{MIN_STACK, Slot, State, frame_status};
use crate::throw::Result;
use crate::value::Tag;
use crate::vm::call::{self, ALL, Entered};
use crate::vm::{boundary_call, close, error, hook, upvalue, vararg};

/// Goes on after `call::enter` from a frame that was saved.
#[inline(always)]
pub fn entered(l: State, entered: Entered) -> Outcome {
    match entered {
        Entered::Done => returned(l),
        Entered::Lua => Machine::enter(l),
        Entered::Switch => Outcome::step(Step::Switch),
        Entered::Yield => Outcome::step(Step::Yield),
    }
}

/// Goes on with the frame, which was saved, after a call of a host or standard function: it may have set a hook.
#[inline(always)]
fn returned(l: State) -> Outcome {
    if l.hooks() != 0 { Outcome::step(Step::Hooks) } else { Machine::new(l, &HANDLERS).next() }
}

/// Whether the value at `func` is a light standard function for which there is room, and there are no hooks.
#[inline(always)]
pub fn is_native(l: State, func: Slot) -> bool {
    func.tag() == Tag::NATIVE && l.has_room_for_frame() && l.has_room(MIN_STACK) && l.hooks() == 0
}

/// Whether a light standard function does no more than compute.
#[inline(always)]
pub fn is_plain(func: Slot) -> bool {
    native(func).kind == NativeKind::Plain
}

/// The light standard function at `func`.
#[inline(always)]
pub fn native(func: Slot) -> &'static Native {
    // SAFETY: light natives hold the address of their descriptor.
    unsafe { &*func.get().address::<Native>() }
}

/// Pushes the frame of the Lua function at `func`, which can simply begin, with the arguments above it; `extra` of them came by `__call`.
#[inline(always)]
pub fn push_lua(l: State, func: Slot, f: Gc<LuaClosure>, results: i32, bits: u16, extra: u8) -> Machine {
    let proto = f.proto.get();
    let index = l.index_of(func);
    let top = index + 1 + proto.max_stack_size as u32;
    l.push_frame_in_room(index, top, results, frame_status::LUA | bits, extra);
    let base = func.at(1);
    let end = base.at(proto.parameters as usize);
    let mut given = l.top.get();
    if given < end {
        while given < end {
            given.set_nil();
            given = given.at(1);
        }
        l.top.set(end);
    }
    Machine { l, handlers: &HANDLERS, pc: proto.code.as_ptr(), base, constants: Slot(proto.constants.as_ptr()) }
}

/// Pushes the frame of a standard or C function.
#[inline(always)]
pub fn push_native(l: State, func: Slot, results: i32) {
    push_native_with(l, func, results, 0);
}

/// Pushes the frame of a standard or C function, with a status.
#[inline(always)]
pub fn push_native_with(l: State, func: Slot, results: i32, bits: u16) {
    l.push_frame_in_room(l.index_of(func), l.index_of(l.top.get()) + MIN_STACK as u32, results, bits, 0);
}

/// Calls the C function `f`, of the value in register A, and goes on.
#[inline(always)]
fn run_host(m: Machine, i: Instruction, f: CFunction) -> Outcome {
    let (l, func) = (m.l, m.a(i));
    if !l.has_room(MIN_STACK) || !l.has_room_for_frame() || l.hooks() != 0 {
        return m.go(call_other, i);
    }
    push_native(l, func, i.c() as i32 - 1);
    leave_host(l, attempt!(boundary_call::function_apart(l, f)) as usize)
}

/// The standard function with upvalues at `func`, if it does no more than compute and can simply be called.
#[inline(always)]
pub fn plain_closure(l: State, func: Slot) -> Option<&'static Native> {
    let native = func.get().as_c_closure()?.native()?;
    let simple = native.kind == NativeKind::Plain && l.has_room_for_frame() && l.has_room(MIN_STACK) && l.hooks() == 0;
    simple.then_some(native)
}

/// Calls the plain standard function `native`, of the value at `func`, and goes on.
#[inline(always)]
pub fn run_plain(l: State, func: Slot, native: &'static Native, results: i32) -> Outcome {
    push_native(l, func, results);
    leave_host(l, attempt!((native.run)(l)) as usize)
}

/// Leaves the frame of a standard or C function with the `n` results on top, and goes on with the frame below, which was saved.
#[inline(always)]
pub fn leave_host(l: State, n: usize) -> Outcome {
    #[inline(never)]
    fn leave_any(l: State, n: usize) -> Result {
        call::leave(l, l.from_top(n), n)
    }
    let frame = l.frame.get();
    if frame.results.get() != 1 || n == 0 || l.hooks() != 0 {
        attempt!(leave_any(l, n));
        return returned(l);
    }
    let target = l.slot(frame.func.get());
    l.frame.set(frame.below());
    target.set(l.from_top(n).get());
    l.top.set(target.at(1));
    Machine::new(l, &HANDLERS).next()
}

handlers! {
    fn call(m, i) {
        let (l, func) = (m.l, m.a(i));
        if i.b() != 0 {
            l.top.set(func.at(i.b()));
        }
        let frame = l.frame.get();
        frame.pc.set(m.pc);
        if func.tag() != Tag::LUA_CLOSURE {
            return m.go(call_native, i);
        }
        // SAFETY: the tag says so.
        let closure: Gc<LuaClosure> = unsafe { func.get().object_as() };
        let proto = closure.proto.get();
        if !l.has_room_for_frame() || !l.has_room(proto.max_stack_size as usize) || l.hooks() != 0 {
            (m.pc, m.base, m.constants) = (core::ptr::null(), func, func);
            return m.go(call_again, i);
        }
        let index = l.index_of(func);
        let top = index + 1 + proto.max_stack_size as u32;
        l.push_frame_in_room(index, top, i.c() as i32 - 1, frame_status::LUA, 0);
        m.base = func.at(1);
        m.constants = Slot(proto.constants.as_ptr());
        m.pc = proto.code.as_ptr();
        if l.top.get() < m.register(proto.parameters as usize) { m.go(fill_parameters, i) } else { m.next() }
    }

    #[inline(never)]
    fn call_native(m, i) {
        if !is_native(m.l, m.a(i)) {
            return match m.a(i).tag() {
                Tag::LIGHT_C => m.go(run_c, i),
                Tag::NATIVE_CLOSURE => m.go(coroutines::call_wrapped, i),
                _ => m.go(call_further, i),
            };
        }
        let kind = native(m.a(i)).kind;
        if kind == NativeKind::Plain { m.go(run_native, i) } else { m.go(SPECIAL[kind as usize], i) }
    }

    /// Apart from `call_native`, where one more tag to compare with would make a table of jumps.
    #[inline(never)]
    fn call_further(m, i) {
        if m.a(i).tag() == Tag::C_CLOSURE { m.go(run_c_closure, i) } else { m.go(metamethods::call_value, i) }
    }

    /// A standard function with upvalues for which no coroutine was simply gone on with.
    #[inline(never)]
    fn run_closure(m, i) {
        let func = m.a(i);
        match plain_closure(m.l, func) {
            Some(native) => run_plain(m.l, func, native, i.c() as i32 - 1),
            None => m.go(call_other, i),
        }
    }

    /// A standard function that the interpreter treats specially.
    #[inline(never)]
    fn run_special(m, i) {
        push_native(m.l, m.a(i), i.c() as i32 - 1);
        entered(m.l, attempt!(call::enter_special(m.l, native(m.a(i)))))
    }

    #[inline(never)]
    fn run_c(m, i) {
        // SAFETY: the tag says so.
        run_host(m, i, unsafe { m.a(i).get().light_c_payload() })
    }

    #[inline(never)]
    fn run_c_closure(m, i) {
        // SAFETY: the tag says so.
        let closure: Gc<CClosure> = unsafe { m.a(i).get().object_as() };
        run_host(m, i, closure.c_function())
    }

    #[inline(never)]
    fn run_native(m, i) {
        run_plain(m.l, m.a(i), native(m.a(i)), i.c() as i32 - 1)
    }

    /// A function that is not simply a Lua function or standard function with room for its frame.
    #[inline(never)]
    fn call_other(m, i) {
        entered(m.l, attempt!(call::enter(m.l, m.a(i), i.c() as i32 - 1, 0)))
    }

    /// As `call_other`, when the frame of the caller has been saved but its registers are gone.
    #[cold]
    #[inline(never)]
    fn call_again(m, i) {
        Machine::new(m.l, m.handlers).go(call_other, i)
    }

    /// A function that was just entered got fewer arguments than it has parameters.
    #[inline(never)]
    fn fill_parameters(m, _i) {
        let mut top = m.l.top.get();
        let end = m.register(m.proto().parameters as usize);
        while top < end {
            top.set_nil();
            top = top.at(1);
        }
        m.l.top.set(end);
        m.next()
    }

    fn tail_call(m, i) {
        let (l, func) = (m.l, m.a(i));
        if i.b() != 0 {
            l.top.set(func.at(i.b()));
        }
        m.save_pc();
        if i.k() || func.tag() != Tag::LUA_CLOSURE {
            return m.go(tail_call_other, i);
        }
        attempt!(replace_frame(l, func, i.c()));
        Machine::enter(m.l)
    }

    /// A tail call with upvalues to close, or of something that is not simply a Lua function.
    #[inline(never)]
    fn tail_call_other(m, i) {
        let func = m.a(i);
        if i.k() {
            upvalue::close(m.l, m.base);
            close::forget(m.l, m.l.index_of(m.base));
        }
        let extra = attempt!(resolve_callee(m.l, func));
        m.reload();
        let func = m.a(i);
        if func.tag() == Tag::LUA_CLOSURE {
            attempt!(replace_frame(m.l, func, i.c()));
            return Machine::enter(m.l);
        }
        // Other functions are called as usual; the RETURN that follows passes their results on.
        entered(m.l, attempt!(call::enter_other(m.l, func, ALL, 0, extra)))
    }

    fn return_many(m, i) {
        if m.l.hooks() != 0 {
            return m.go(return_slow, i);
        }
        if i.opcode() == Opcode::Return && i.k() {
            return m.go(return_and_close, i);
        }
        return_values(m, i, m.a(i), count(m, i))
    }

    /// A return with upvalues to close.
    #[inline(never)]
    fn return_and_close(m, i) {
        if close::pending(m.l, m.l.index_of(m.base)) {
            return m.go(return_slow, i);
        }
        upvalue::close(m.l, m.base);
        return_values(m, i, m.a(i), count(m, i))
    }

    /// A return with upvalues or variables to close, or hooks.
    #[inline(never)]
    fn return_slow(m, i) {
        let l = m.l;
        let mut first = m.a(i);
        let n = count(m, i);
        m.save_pc();
        if i.opcode() == Opcode::Return && i.k() {
            let index = l.index_of(m.base);
            if close::pending(l, index) {
                close::begin_return(l, n);
                let end = l.slot(l.frame.get().top.get());
                if l.top.get() < end {
                    l.top.set(end);
                }
                if !attempt!(close::close_for_instruction(l, index)) {
                    return Machine::enter(m.l);
                }
                l.frame.get().remove_status(frame_status::CLOSING);
                m.reload();
                first = m.a(i);
            } else {
                upvalue::close(l, m.base);
            }
        }
        if l.hooks() != 0 {
            l.top.set(first.at(n));
            attempt!(hook::returning(l, n));
            m.reload();
            first = m.a(i);
            m.handlers = &TRACED;
        }
        return_values(m, i, first, n)
    }

    fn return_nothing(m, i) {
        let l = m.l;
        let frame = l.frame.get();
        if l.hooks() != 0 || frame.results.get() > 0 {
            return m.go(return_many, i);
        }
        l.pop_frame();
        l.top.set(m.base.before(1));
        m.leave(frame.status.get())
    }

    fn return_one(m, i) {
        let l = m.l;
        let frame = l.frame.get();
        // One wanted or all (-1): the same here.
        if l.hooks() != 0 || frame.results.get().wrapping_add(1) & !2 != 0 {
            return m.go(return_many, i);
        }
        l.pop_frame();
        m.base.before(1).set(m.a(i).get());
        l.top.set(m.base);
        m.leave(frame.status.get())
    }

    fn closure(m, i) {
        m.save();
        let outer = m.closure();
        let made_closure = attempt!(Gc::<LuaClosure>::new(m.l.global(), outer.proto.get().nested()[i.bx()]));
        m.a(i).set(made_closure.into());
        attempt!(fill_closure(m.l, made_closure, outer, m.base));
        made(m, i)
    }

    fn copy_arguments(m, i) {
        if LUA_5_5 && i.k() {
            return m.go(copy_arguments_slow, i);
        }
        let l = m.l;
        let frame = l.frame.get();
        let extra = frame.extra.get() as usize;
        let mut to = m.a(i);
        let mut end = to.at(i.c()).before(1);
        if end < to {
            // All: as many as there is room for above the frame.
            end = to.at(extra);
            let top = l.slot(frame.top.get());
            if top.at(extra) >= l.stack_end.get() {
                return m.go(copy_arguments_slow, i);
            }
            l.top.set(end);
        }
        let func = m.base.before(1);
        let mut from = func.before(extra);
        while to < end && from < func {
            to.set(from.get());
            (to, from) = (to.at(1), from.at(1));
        }
        while to < end {
            to.set_nil();
            to = to.at(1);
        }
        m.next()
    }

    /// Extra arguments in a table, or for which the stack has no room.
    #[inline(never)]
    fn copy_arguments_slow(m, i) {
        m.save();
        if LUA_5_5 && i.k() {
            attempt!(vararg::copy_from_table(m.l, i.a(), i.c() as i32 - 1, i.b()));
        } else {
            attempt!(vararg::copy(m.l, i.a(), i.c() as i32 - 1));
        }
        m.reload();
        m.next()
    }

    fn get_argument(m, i) {
        m.a(i).set(vararg::get(m.l, m.c(i)));
        m.next()
    }

    fn prepare_arguments(m, i) {
        let l = m.l;
        let proto = m.proto();
        let top = l.top.get();
        if !l.has_room(proto.max_stack_size as usize + 1)
            || !core::ptr::eq(m.handlers, &HANDLERS)
            || LUA_5_5 && proto.vararg == Vararg::Table
        {
            return m.go(prepare_arguments_slow, i);
        }
        // As `vararg::adjust` does it. What lies between the function and the top are the arguments, at least as many as parameters.
        let frame = l.frame.get();
        debug_assert!(top >= m.register(proto.parameters as usize));
        frame.extra.set((top.since(m.base) - proto.parameters as usize) as u32);
        let index = l.index_of(top);
        frame.func.set(index);
        frame.top.set(index + 1 + proto.max_stack_size as u32);
        let mut from = m.base.before(1);
        top.set(from.get());
        let mut to = top.at(1);
        let end = to.at(proto.parameters as usize);
        m.base = to;
        while to < end {
            from = from.at(1);
            to.set(from.get());
            // The old copy must not keep the value alive.
            from.set_nil();
            to = to.at(1);
        }
        if LUA_5_5 {
            // The vararg parameter, which stands for a table that is never made.
            to.set_nil();
        }
        l.top.set(end);
        m.next()
    }

    /// With hooks, where extra arguments go into a table, or if the stack has no room.
    #[inline(never)]
    fn prepare_arguments_slow(m, _i) {
        m.save_pc();
        attempt!(vararg::adjust(m.l, m.closure()));
        if !core::ptr::eq(m.handlers, &HANDLERS) {
            attempt!(hook::entering(m.l));
            // So that the next instruction counts as a new line.
            m.l.old_pc.set(1);
        }
        m.reload();
        m.next()
    }

    fn check_new_global(m, i) {
        if m.a(i).tag().is_nil() {
            return m.next();
        }
        m.save();
        m.stop(Step::Raised(error::defined_global(m.l, i.bx().checked_sub(1).map(|k| m.constant(k)))))
    }
}

/// How a standard function with room for its frame is called, by its kind.
static SPECIAL: [Handler; NativeKind::COUNT] = {
    let mut handlers = [run_special as Handler; NativeKind::COUNT];
    handlers[NativeKind::Pcall as usize] = protected::call;
    handlers[NativeKind::Resume as usize] = coroutines::resume;
    handlers[NativeKind::Yield as usize] = coroutines::suspend;
    handlers
};

/// How many values a return of any kind gives.
#[inline(always)]
fn count(m: Machine, i: Instruction) -> usize {
    match i.opcode() {
        Opcode::Return0 => 0,
        Opcode::Return1 => 1,
        _ if i.b() != 0 => i.b() - 1,
        _ => m.l.top.get().since(m.a(i)),
    }
}

/// Leaves the frame with the `n` results from `first` on.
#[inline(always)]
fn return_values(m: Machine, i: Instruction, first: Slot, n: usize) -> Outcome {
    let l = m.l;
    let frame = l.frame.get();
    if i.opcode() == Opcode::Return && i.c() != 0 {
        // A vararg function: back to where the caller put it.
        frame.func.set(frame.func.get() - (frame.extra.get() + i.c() as u32));
    }
    let target = l.slot(frame.func.get());
    l.pop_frame();
    call::move_results(l, target, first, n, frame.results.get() as i32);
    m.leave(frame.status.get())
}

/// Puts `__call` metamethods in front of the value at `func` until it is a function that can be entered. The result: how many.
#[inline(never)]
fn resolve_callee(l: State, func: Slot) -> Result<u8> {
    let mut func = func;
    let mut extra = 0;
    while !func.tag().is_function() {
        let index = l.index_of(func);
        extra = call::insert_call_metamethod(l, func, extra)?;
        func = l.slot(index);
    }
    Ok(extra)
}

/// Turns the current frame into that of the Lua function at `func`, whose arguments lie above it (a tail call).
/// `vararg` is 0, or for a function with extra arguments below its frame its number of parameters plus one.
#[inline(always)]
fn replace_frame(l: State, func: Slot, vararg: usize) -> Result {
    // SAFETY: the caller checked the tag.
    let callee: Gc<LuaClosure> = unsafe { func.get().object_as() };
    let proto = callee.proto.get();
    let size = proto.max_stack_size as usize;
    let arguments = l.top.get().since(func);
    let index = l.index_of(func);
    l.ensure_stack(size)?;
    let func = l.slot(index);
    let frame = l.frame.get();
    if vararg > 0 {
        frame.func.set(frame.func.get() - (frame.extra.get() + vararg as u32));
    }
    let target = l.slot(frame.func.get());
    for n in 0..arguments {
        target.at(n).set(func.at(n).get());
    }
    let mut given = arguments;
    while given <= proto.parameters as usize {
        target.at(given).set_nil();
        given += 1;
    }
    l.top.set(target.at(given));
    frame.top.set(frame.func.get() + 1 + size as u32);
    frame.pc.set(proto.code.as_ptr());
    frame.add_status(frame_status::TAIL);
    Ok(())
}

/// Gives a closure its upvalues, from the stack and the upvalues of the enclosing function.
fn fill_closure(l: State, made: Gc<LuaClosure>, outer: Gc<LuaClosure>, base: Slot) -> Result {
    for (cell, desc) in made.upvalues().iter().zip(made.proto.get().upvalues()) {
        let u = if desc.in_stack { upvalue::find(l, base.at(desc.index as usize))? } else { outer.upvalue(desc.index as usize) };
        cell.set(Some(u));
        gc::barrier_object(l.global(), made, u);
    }
    Ok(())
}
