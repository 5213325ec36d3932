//! Debug information about running code.

use super::error::Operand;
use crate::heap::function::Proto;
use crate::heap::object::Gc;
use crate::heap::state::{FrameRef, State};

/// Line of the instruction that a Lua frame executes; -1 if unknown.
pub fn current_line(l: State, f: FrameRef) -> i32 {
    let proto = l.slot(f.func.get()).get().as_lua_closure().expect("a Lua frame").proto.get();
    // SAFETY: the frame's pc lies in its code.
    let pc = unsafe { f.pc.get().offset_from(proto.code.as_ptr()) } - 1;
    line_of(proto, pc.max(0) as usize)
}

/// Line of an instruction; -1 if unknown.
pub fn line_of(_proto: Gc<Proto>, _pc: usize) -> i32 {
    -1
}

/// Whether two instructions (`old` before `new`) are on different lines.
pub fn line_changed(proto: Gc<Proto>, old: usize, new: usize) -> bool {
    line_of(proto, old) != line_of(proto, new)
}

/// Kind and name of the variable that holds an operand in the running Lua function.
pub fn variable_info(_l: State, _operand: Operand) -> Option<(&'static str, &'static [u8])> {
    None
}

/// Kind and name of the function that the current frame is calling, judged by its instruction.
pub fn called_name(_l: State) -> Option<(&'static str, &'static [u8])> {
    None
}

/// Name of local variable `n` (counted from one) of a frame.
pub fn local_name(_l: State, _f: FrameRef, _n: i32) -> Option<&'static [u8]> {
    None
}
