//! Metamethods of tables and full userdata that are functions: their frames are pushed and left here, as those of calls are.
//!
//! Other values' metamethods, and what hooks or a lack of room make of a call, go by `vm::call`.

use super::calls::{call_other, is_native, is_plain, leave_host, native, push_lua, push_native_with};
use super::machine::{Machine, Outcome, Step, attempt, handlers};
use super::{HANDLERS, branches, can_call};
use crate::bytecode::{Instruction, Opcode};
use crate::heap::function::{CFunction, LuaClosure};
use crate::heap::object::Gc;
use crate::heap::state::{EXTRA_STACK, Global, MIN_STACK, Slot, State, frame_status};
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

/// The metamethod of a binary operator, likewise: the second operand's where the first is a number or string that has none.
#[inline(always)]
pub fn of_operands(g: &Global, a: Value, b: Value, event: Event) -> Option<Value> {
    if !a.is_number() && !a.is_string() {
        return of(a, event);
    }
    let mt = g.metatables[if a.is_number() { Type::Number } else { Type::String } as usize].get();
    // Of a shared metatable nothing is known here.
    if mt.is_none_or(|mt| !mt.header.is_shared() && mt.get_short_str(event.name()).is_nil()) { of(b, event) } else { None }
}

/// The function and its arguments go above the frame's end, where there is always room for so many.
const _: () = assert!(3 < EXTRA_STACK);

/// Calls a metamethod on behalf of the instruction at hand, `i`: `after_call` goes on when it returns. The last act of a handler.
///
/// May: raise, collect, run Lua and host code, move the stack.
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
        if can_call(l, closure) {
            return push_lua(l, func, closure, results as i32, frame_status::META, 0).next();
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
            Entered::Done => m.go(after_call, Instruction(0)),
            Entered::Lua => Machine::enter(l),
            Entered::Yield => m.stop(Step::Raised(Throw::Yield)),
            Entered::Switch => m.stop(Step::Raised(Throw::Switch)),
        };
    };
    attempt!(calls::leave(l, l.from_top(n as usize), n as usize));
    m.go(after_call, Instruction(0))
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
            calls::insert_function(l, func, f);
            return push_lua(l, func, closure, results, 0, 1).next();
        }
        if !matches!(f.tag, Tag::LIGHT_C | Tag::C_CLOSURE) {
            return m.go(call_other, i);
        }
        calls::insert_function(l, func, f);
        l.push_frame_in_room(l.index_of(func), l.index_of(l.top.get()) + MIN_STACK as u32, results, 0, 1);
        leave_host(l, attempt!(boundary_call::function_apart(l, calls::c_function(f))) as usize)
    }

    /// The metamethod that the current frame's instruction called has returned; its result, if one is wanted, is on top.
    #[inline(never)]
    fn after_call(m, _i) {
        let l = m.l;
        if l.hooks() != 0 {
            return m.go(after_call_otherwise, Instruction(0));
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
            Opcode::Eq | Opcode::Lt | Opcode::Le | Opcode::LtI | Opcode::LeI | Opcode::GtI | Opcode::GeI => {
                branches::after_metamethod(m, i, result.get())
            }
            // The last step: the result takes the place of the two operands below it.
            Opcode::Concat if l.from_top(3) == m.a(i) => m.give(i, result.get()),
            Opcode::Close => {
                // Another variable may be pending.
                l.frame.get().remove_status(frame_status::REPEATED);
                let mut m = m;
                m.jump(-1);
                m.next()
            }
            _ => m.go(after_call_otherwise, i),
        }
    }

    /// As `after_call`, for all cases: what the result completes may need another metamethod.
    #[inline(never)]
    fn after_call_otherwise(m, _i) {
        attempt!(finish::instruction(m.l));
        Machine::enter(m.l)
    }
}
