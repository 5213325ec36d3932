//! Calls into parts of the machine that are not there yet.

use crate::heap::state::{FrameRef, State};
use crate::value::chunk_id::ChunkId;
use crate::vm::debug;

/// What the auxiliary library asks about a call.
pub struct Description {
    pub short_src: ChunkId,
    pub what: &'static [u8],
    pub current_line: i32,
    pub line_defined: i32,
    pub is_tail_call: bool,
    /// Kind of name ("method", "global", ...) and name.
    pub name: Option<debug::Named<'static>>,
}

pub fn frame_at(l: State, level: i32) -> Option<FrameRef> {
    debug::call_level(l, level)
}
pub fn describe(l: State, frame: FrameRef) -> Description {
    let function = debug::FunctionInfo::new(l.slot(frame.func.get()).get());
    Description {
        short_src: function.short_source,
        what: function.what.to_bytes(),
        current_line: debug::current_line(l, frame),
        line_defined: function.line_defined,
        is_tail_call: debug::is_tail_call(frame),
        name: debug::function_name(l, frame).map(|(kind, name)| (kind, debug::c_text(name))),
    }
}
