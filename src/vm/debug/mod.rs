//! Debug information about running code.

use super::error::Operand;
use crate::chunk::lines;
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
pub fn line_of(proto: Gc<Proto>, pc: usize) -> i32 {
    lines::line(proto, pc).unwrap_or(-1)
}

/// The frame at a level (0: the current one) of the thread's calls.
pub fn frame_at(l: State, level: i32) -> Option<FrameRef> {
    let depth = l.frame_index(l.frame.get());
    let index = depth.checked_sub(usize::try_from(level).ok()?)?;
    (index > 0).then(|| l.frame_at(index))
}

/// Chunk name of the Lua function of a frame.
pub fn source(l: State, f: FrameRef) -> Option<&'static [u8]> {
    Some(l.slot(f.func.get()).get().as_lua_closure()?.proto.get().source.map_or(b"=?", |s| s.bytes()))
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
