//! Variables of calls: `lua_getlocal` and `lua_setlocal`.

use super::symbolic;
use super::{current_pc, proto};
use crate::bytecode::{Instruction, Opcode};
use crate::chunk::draft::Vararg;
use crate::edition::FOR_STATE;
use crate::heap::function::Proto;
use crate::heap::object::Gc;
use crate::heap::state::{FrameRef, Slot, State};
use crate::value::Value;

/// Pushes variable `number` of a call (from 1; negative: extra arguments) and gives its name; nothing when there is none.
///
/// There must be room for one more slot. A NUL follows the name in memory.
pub fn get_local(l: State, frame: FrameRef, number: i32) -> Option<&'static [u8]> {
    let (name, slot) = find(l, frame, number)?;
    l.push(slot.get());
    Some(name)
}

/// Pops a value and assigns it to variable `number` of a call; when there is no such variable, leaves it. Gives the name.
///
/// The registers of a numeric loop keep their type, which the loop relies on: other values are dropped.
pub fn set_local(l: State, frame: FrameRef, number: i32) -> Option<&'static [u8]> {
    let (name, slot) = find(l, frame, number)?;
    let v = l.from_top(1).get();
    if v.tag == slot.tag() || !is_loop_state(l, frame, slot) {
        slot.set(v);
    }
    l.top.set(l.from_top(1));
    Some(name)
}

/// The name of variable `number` of a call; nothing when there is none.
pub fn local_name(l: State, frame: FrameRef, number: i32) -> Option<&'static [u8]> {
    find(l, frame, number).map(|(name, _)| name)
}

/// The name of parameter `number` of a function that is not running.
pub fn parameter_name(function: Value, number: i32) -> Option<&'static [u8]> {
    let p = function.as_lua_closure()?.proto.get();
    symbolic::local_name(p, usize::try_from(number).ok()?, 0)
}

#[doc(alias = "luaG_findlocal")]
#[inline(always)]
fn find(l: State, frame: FrameRef, number: i32) -> Option<(&'static [u8], Slot)> {
    let func = frame.func.get();
    let p = proto(l, frame);
    let Some(n) = u32::try_from(number).ok().filter(|n| *n > 0) else {
        let extra = frame.extra.get() as i64;
        let is_extra = p.is_some_and(|p| p.vararg == Vararg::Hidden) && number < 0 && number as i64 >= -extra;
        // Extra arguments lie below the function, the first one lowest.
        let slot = func as i64 - extra - (number as i64 + 1);
        return is_extra.then(|| (c"(vararg)".to_bytes(), l.slot(slot as u32)));
    };
    let name = p
        // Debug information from outside may name more variables than there are registers.
        .filter(|p| n <= p.max_stack_size as u32)
        .and_then(|p| symbolic::local_name(p, n as usize, current_pc(p, frame)));
    let name = match name {
        Some(name) => name,
        None => {
            let end =
                if frame == l.frame.get() { l.index_of(l.top.get()) } else { l.frame_at(l.frame_index(frame) + 1).func.get() };
            if n > end.saturating_sub(func + 1) {
                return None;
            }
            if p.is_some() { c"(temporary)".to_bytes() } else { c"(C temporary)".to_bytes() }
        }
    };
    Some((name, l.slot(func + n)))
}

/// Whether a register holds the state of a numeric loop that is under way.
#[cold]
#[inline(never)]
fn is_loop_state(l: State, frame: FrameRef, slot: Slot) -> bool {
    let Some(p) = proto(l, frame) else { return false };
    let Some(register) = l.index_of(slot).checked_sub(frame.func.get() + 1) else { return false };
    in_loop_state(p, current_pc(p, frame), register as usize)
}

/// The same for the loops around an instruction. The state is there from after the `FORPREP` up to the `FORLOOP`.
fn in_loop_state(p: Gc<Proto>, pc: usize, register: usize) -> bool {
    p.code()[..pc].iter().enumerate().any(|(at, word)| {
        let i = Instruction(*word);
        i.opcode() == Opcode::ForPrep && pc <= at + 1 + i.bx() && (i.a()..i.a() + FOR_STATE).contains(&register)
    })
}
