//! Calls into parts of the machine that are not there yet.

use crate::heap::state::{FrameRef, State};
use crate::value::chunk_id::ChunkId;
use crate::vm::debug;

/// What the auxiliary library asks about a call.
pub struct Description {
    pub short_src: ChunkId,
    pub what: &'static str,
    pub current_line: i32,
    pub line_defined: i32,
    pub is_tail_call: bool,
    /// Kind of name ("method", "global", ...) and name.
    pub name: Option<(&'static str, &'static [u8])>,
}

pub fn frame_at(l: State, level: i32) -> Option<FrameRef> {
    let level = usize::try_from(level).ok()?;
    let current = l.frame_index(l.frame.get());
    if level < current { Some(l.frame_at(current - level)) } else { None }
}
pub fn describe(l: State, frame: FrameRef) -> Description {
    let f = l.slot(frame.func.get()).get();
    match f.as_lua_closure() {
        Some(c) => Description {
            short_src: ChunkId::new(c.proto.get().source.map_or(b"=?", |s| s.bytes())),
            what: "Lua",
            current_line: debug::current_line(l, frame),
            line_defined: c.proto.get().line_defined,
            is_tail_call: false,
            name: None,
        },
        None => Description {
            short_src: ChunkId::new(b"=[C]"),
            what: "C",
            current_line: -1,
            line_defined: -1,
            is_tail_call: false,
            name: None,
        },
    }
}
