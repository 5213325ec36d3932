//! Metamethods of tables and full userdata that are functions: their frames are pushed and left here, as those of calls are.
//!
//! Other values' metamethods, and what hooks or a lack of room make of a call, go by `vm::call`.

use super::calls::{call_other, is_native, is_plain, leave_host, native, push_native_with};
use super::machine::{Machine, Outcome, Step, attempt, handlers};
use super::{HANDLERS, branches};
use crate::bytecode::{Instruction, Opcode};
use crate::heap::function::{CFunction, LuaClosure};
use crate::heap::object::Gc;
use crate::heap::state::{Global, MIN_STACK, Slot, State, frame_status};
use crate::heap::table::Table;
use crate::throw::Throw;
use crate::value::{Tag, Type, Value};
use crate::vm::call::{self as calls, Entered};
use crate::vm::meta::Event;
use crate::vm::{boundary_call, finish};

/// The metatable of a table or full userdata; none of a shared table, whose contents are elsewhere.
#[inline(always)]
pub fn metatable(v: Value) -> Option<Gc<Table>> {
    match v.as_table() {
        Some(t) if t.header.is_shared() => None,
        Some(t) => t.metatable.get(),
        None => v.as_userdata()?.metatable.get(),
    }
}

/// The metamethod of a table or full userdata for an event, if it is a function.
#[inline(always)]
pub fn of(v: Value, event: Event) -> Option<Value> {
    let f = metatable(v)?.get_short_str(event.name());
    f.tag.is_function().then_some(f)
}

/// The metamethod of a binary operator, likewise. The second operand is asked where the first is a number, of which a metatable is rare.
#[inline(always)]
pub fn of_operands(g: &Global, a: Value, b: Value, event: Event) -> Option<Value> {
    let asked = if a.is_number() && g.metatables[Type::Number as usize].get().is_none() { b } else { a };
    of(asked, event)
}

/// Calls a metamethod on behalf of the instruction at hand, `i`: `finish` goes on when it returns. The last act of a handler.
#[inline(always)]
pub fn call<const N: usize>(m: Machine, i: Instruction, f: Value, arguments: [Value; N], results: Results) -> Outcome {
    call_at(m, i, m.l.slot(m.l.frame.get().top.get()), f, arguments, results)
}

/// As `call`, with the function at `func`: above all that is alive.
#[inline(always)]
pub fn call_at<const N: usize>(
    mut m: Machine,
    i: Instruction,
    func: Slot,
    f: Value,
    arguments: [Value; N],
    results: Results,
) -> Outcome {
    let l = m.l;
    l.frame.get().pc.set(m.pc);
    func.set(f);
    for (n, argument) in arguments.into_iter().enumerate() {
        func.at(1 + n).set(argument);
    }
    l.top.set(func.at(1 + N));
    if f.tag == Tag::LUA_CLOSURE {
        // SAFETY: the tag says so.
        let closure = unsafe { f.object_as() };
        if has_room(l, closure) {
            return push_frame(l, func, closure, results as i32, frame_status::META).next();
        }
    }
    m.base = func;
    m.go(if results == Results::One { call_for_value } else { call_for_nothing }, i)
}

/// How many results of a metamethod an instruction wants.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Results {
    None = 0,
    One = 1,
}

/// Whether the function can simply begin, its arguments being below the top.
#[inline(always)]
fn has_room(l: State, f: Gc<LuaClosure>) -> bool {
    l.has_room_for_frame() && l.has_room(f.proto.get().max_stack_size as usize) && l.hooks() == 0
}

/// Pushes the frame of the function at `func`, for which there is room.
#[inline(always)]
fn push_frame(l: State, func: Slot, f: Gc<LuaClosure>, results: i32, bits: u16) -> Machine {
    let proto = f.proto.get();
    let index = l.index_of(func);
    let top = index + 1 + proto.max_stack_size as u32;
    l.push_frame_in_room(index, top, results, frame_status::LUA | bits, u8::from(bits & frame_status::META == 0));
    let base = func.at(1);
    let parameters = base.at(proto.parameters as usize);
    let mut given = l.top.get();
    while given < parameters {
        given.set_nil();
        given = given.at(1);
    }
    l.top.set(given);
    Machine { l, handlers: &HANDLERS, pc: proto.code.as_ptr(), base, constants: Slot(proto.constants.as_ptr()) }
}

/// The C function of the value at `func`, if it is one and can simply be called.
#[inline(always)]
fn host_function(l: State, func: Slot) -> Option<CFunction> {
    let f = func.get();
    let is_c = matches!(f.tag, Tag::LIGHT_C | Tag::C_CLOSURE);
    if is_c && l.has_room_for_frame() && l.has_room(MIN_STACK) && l.hooks() == 0 { f.as_c_function() } else { None }
}

/// Calls the metamethod at `m.base` that is not simply a Lua function, with the arguments above it. The frame is saved.
#[inline(always)]
fn call_any(m: Machine, results: i32) -> Outcome {
    let (l, func) = (m.l, m.base);
    let n = if let Some(f) = host_function(l, func) {
        push_native_with(l, func, results, frame_status::META);
        attempt!(boundary_call::function_apart(l, f))
    } else if is_native(l, func) && is_plain(func) {
        push_native_with(l, func, results, frame_status::META);
        attempt!((native(func).run)(l))
    } else {
        return match attempt!(calls::enter(l, func, results, frame_status::META)) {
            Entered::Done => m.go(finish, Instruction(0)),
            Entered::Lua => Machine::enter(l),
            Entered::Yield => m.stop(Step::Raised(Throw::Yield)),
            Entered::Switch => m.stop(Step::Raised(Throw::Switch)),
        };
    };
    attempt!(calls::leave(l, l.from_top(n as usize), n as usize));
    m.go(finish, Instruction(0))
}

/// Puts a function below the value at `func`, which becomes its first argument.
#[inline(always)]
fn insert(l: State, func: Slot, f: Value) {
    let mut to = l.top.get();
    l.top.set(to.at(1));
    while to > func {
        to.set(to.before(1).get());
        to = to.before(1);
    }
    func.set(f);
}

handlers! {
    #[inline(never)]
    fn call_for_value(m, _i) {
        call_any(m, 1)
    }

    #[inline(never)]
    fn call_for_nothing(m, _i) {
        call_any(m, 0)
    }

    /// Calls the value in register A by its `__call` metamethod, whose first argument it becomes. The frame is saved.
    #[inline(never)]
    fn call_value(m, i) {
        let (l, func) = (m.l, m.a(i));
        let Some(f) = of(func.get(), Event::Call) else {
            return m.go(call_other, i);
        };
        if !l.has_room(1 + MIN_STACK) || !l.has_room_for_frame() || l.hooks() != 0 {
            return m.go(call_other, i);
        }
        let results = i.c() as i32 - 1;
        if f.tag == Tag::LUA_CLOSURE {
            // SAFETY: the tag says so.
            let closure: Gc<LuaClosure> = unsafe { f.object_as() };
            if !l.has_room(1 + closure.proto.get().max_stack_size as usize) {
                return m.go(call_other, i);
            }
            insert(l, func, f);
            return push_frame(l, func, closure, results, 0).next();
        }
        if !matches!(f.tag, Tag::LIGHT_C | Tag::C_CLOSURE) {
            return m.go(call_other, i);
        }
        insert(l, func, f);
        l.push_frame_in_room(l.index_of(func), l.index_of(l.top.get()) + MIN_STACK as u32, results, 0, 1);
        leave_host(l, attempt!(boundary_call::function_apart(l, calls::c_function(f))) as usize)
    }

    /// The metamethod that the current frame's instruction called has returned; its result, if one is wanted, is on top.
    #[inline(never)]
    fn finish(m, _i) {
        let l = m.l;
        if l.hooks() != 0 {
            return m.go(finish_otherwise, Instruction(0));
        }
        let m = Machine::new(l, &HANDLERS);
        let i = m.again();
        let result = l.from_top(1);
        match i.opcode() {
            Opcode::MmBin | Opcode::MmBinI | Opcode::MmBinK => {
                // SAFETY: E4: the operation stands before; its A is where the result goes.
                let operation = Instruction(unsafe { *m.pc.wrapping_sub(2) });
                m.give(operation, result.get())
            }
            Opcode::Unm
            | Opcode::BNot
            | Opcode::Len
            | Opcode::GetTabUp
            | Opcode::GetTable
            | Opcode::GetI
            | Opcode::GetField
            | Opcode::SelfOp => m.give(i, result.get()),
            Opcode::SetTabUp | Opcode::SetTable | Opcode::SetI | Opcode::SetField => m.next(),
            Opcode::Eq | Opcode::Lt | Opcode::Le => branches::finish(m, i, result.get()),
            // The last step: the result takes the place of the two operands below it.
            Opcode::Concat if l.from_top(3) == m.a(i) => m.give(i, result.get()),
            Opcode::Close => {
                // Another variable may be pending.
                l.frame.get().remove_status(frame_status::REPEATED);
                let mut m = m;
                m.jump(-1);
                m.next()
            }
            _ => m.go(finish_otherwise, i),
        }
    }

    /// As `finish`, for all cases: what the result completes may need another metamethod.
    #[inline(never)]
    fn finish_otherwise(m, _i) {
        attempt!(finish::instruction(m.l));
        Machine::enter(m.l)
    }
}
