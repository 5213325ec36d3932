//! Metamethods that are Lua functions: their frames are pushed and left as those of calls are.
//!
//! What else a metamethod may be (a standard or C function, a value with `__call`), and what hooks or a lack of room make of a call, goes by `vm::call`.

use super::calls::call_other;
use super::machine::{Machine, Outcome, Step, attempt, handlers};
use super::{HANDLERS, branches};
use crate::bytecode::{Instruction, Opcode};
use crate::heap::function::LuaClosure;
use crate::heap::object::Gc;
use crate::heap::state::{Global, Slot, State, frame_status};
use crate::heap::table::Table;
use crate::value::{Tag, Type, Value};
use crate::vm::finish;
use crate::vm::meta::Event;

/// The metamethod of a value for an event, if it is a Lua function and the value a table that is not shared: the usual case.
#[inline(always)]
pub fn of_table(v: Value, event: Event) -> Option<Gc<LuaClosure>> {
    lua_function(v.as_table()?, event)
}

/// The metamethod of a binary operator, likewise. The second operand is asked where the first is a number, of which a metatable is rare.
#[inline(always)]
pub fn of_operands(g: &Global, a: Value, b: Value, event: Event) -> Option<Gc<LuaClosure>> {
    let asked = if a.is_number() && g.metatables[Type::Number as usize].get().is_none() { b } else { a };
    of_table(asked, event)
}

/// As `of_table`.
#[inline(always)]
pub fn lua_function(t: Gc<Table>, event: Event) -> Option<Gc<LuaClosure>> {
    if t.header.is_shared() {
        return None;
    }
    let f = t.metatable.get()?.get_short_str(event.name());
    // SAFETY: the tag says so.
    (f.tag == Tag::LUA_CLOSURE).then(|| unsafe { f.object_as() })
}

/// Enters a metamethod on behalf of the current instruction, whose frame is not saved yet: `finish` goes on when it returns.
/// `None`: that is not simple, and the frame is still to be saved.
#[inline(always)]
pub fn enter<const N: usize>(m: Machine, f: Gc<LuaClosure>, arguments: [Value; N], results: i32) -> Option<Machine> {
    enter_at(m, m.l.slot(m.l.frame.get().top.get()), f, arguments, results)
}

/// As `enter`, with the function at `func`: above all that is alive.
#[inline(always)]
pub fn enter_at<const N: usize>(
    m: Machine,
    func: Slot,
    f: Gc<LuaClosure>,
    arguments: [Value; N],
    results: i32,
) -> Option<Machine> {
    let l = m.l;
    l.top.set(func.at(1 + N));
    if !has_room(l, f) {
        return None;
    }
    l.frame.get().pc.set(m.pc);
    func.set(f.into());
    for (n, argument) in arguments.into_iter().enumerate() {
        func.at(1 + n).set(argument);
    }
    Some(push_frame(l, func, f, results, frame_status::META))
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

handlers! {
    /// Calls the `__call` metamethod of a table, which becomes its first argument. The frame is saved.
    #[inline(never)]
    fn call(m, i) {
        let (l, func) = (m.l, m.a(i));
        let end = l.top.get();
        if let Some(f) = of_table(func.get(), Event::Call)
            && l.has_room(1)
        {
            l.top.set(end.at(1));
            if has_room(l, f) {
                let mut to = end;
                while to > func {
                    to.set(to.before(1).get());
                    to = to.before(1);
                }
                func.set(f.into());
                return push_frame(l, func, f, i.c() as i32 - 1, 0).next();
            }
            l.top.set(end);
        }
        m.go(call_other, i)
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
