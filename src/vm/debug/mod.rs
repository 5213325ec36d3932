//! Debug information (§4.7): lines, names of variables and functions, what `lua_getinfo` and `lua_getlocal` tell.
//!
//! Read `symbolic.rs` (names from code alone), `info.rs` (calls and functions), `local.rs` (variables of calls).
//!
//! Of a running Lua function the saved `pc` of its frame must be up to date: the interpreter stores it before anything that may
//! raise an error or call. It points past the current instruction.

mod info;
mod local;
pub mod symbolic;

pub use info::{
    FunctionInfo, call_level, called_name, extra_arguments, function_name, is_tail_call, push_active_lines, transferred,
};
pub use local::{get_local, local_name, parameter_name, set_local};
pub use symbolic::{Kind, Named};

use crate::chunk::lines;
use crate::heap::function::Proto;
use crate::heap::object::Gc;
use crate::heap::state::{FrameRef, State};
use crate::vm::error::Operand;

/// The prototype of the function that a Lua frame runs.
fn proto(l: State, frame: FrameRef) -> Option<Gc<Proto>> {
    if !frame.is_lua() {
        return None;
    }
    l.slot(frame.func.get()).get().as_lua_closure().map(|f| f.proto.get())
}

/// Index of the instruction that a Lua frame executes.
fn current_pc(proto: Gc<Proto>, frame: FrameRef) -> usize {
    let next = (frame.pc.get().addr() - proto.code.as_ptr().addr()) / size_of::<u32>();
    // Before its first instruction (in a hook, or when its stack overflows) a function counts as at that instruction.
    next.saturating_sub(1)
}

/// The line that a frame is at; -1 for functions that are not Lua, or stripped.
pub fn current_line(l: State, frame: FrameRef) -> i32 {
    proto(l, frame).map_or(-1, |p| line_of(p, current_pc(p, frame)))
}

/// The line of an instruction; -1 if unknown.
pub fn line_of(proto: Gc<Proto>, pc: usize) -> i32 {
    lines::line(proto, pc).unwrap_or(-1)
}

/// Whether two instructions (`old` before `new`) are on different lines.
pub fn line_changed(proto: Gc<Proto>, old: usize, new: usize) -> bool {
    lines::changed(proto, old, new)
}

/// What is known of a value that the running Lua function works with: " (local 'x')" in messages.
///
/// Text that came from C or a chunk may hold NULs; names end there.
#[doc(alias = "varinfo")]
pub fn variable_info(l: State, operand: Operand) -> Option<Named<'static>> {
    let frame = l.frame.get();
    let p = proto(l, frame)?;
    let named = match operand {
        Operand::Unnamed => None,
        Operand::Upvalue(index) => Some((Kind::Upvalue, symbolic::upvalue_name(p, index as usize))),
        Operand::Register(slot) => {
            let register = slot.checked_sub(frame.func.get() + 1).filter(|r| *r < p.max_stack_size as u32)?;
            symbolic::register_name(p, current_pc(p, frame), register as usize)
        }
    };
    named.map(|(kind, name)| (kind, c_text(name)))
}

/// A text as C sees it: up to its first NUL.
pub fn c_text(text: &[u8]) -> &[u8] {
    match text.iter().position(|b| *b == 0) {
        Some(end) => &text[..end],
        None => text,
    }
}
