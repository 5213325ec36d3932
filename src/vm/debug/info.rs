//! What is known of calls and of functions.

use super::symbolic::{self, Kind, Named};
use super::{c_text, current_pc, proto};
use crate::chunk::lines;
use crate::edition::{LUA_5_5, Transfer};
use crate::heap::function::Proto;
use crate::heap::names::Name;
use crate::heap::object::Gc;
use crate::heap::state::{Frame, FrameRef, State, frame_status};
use crate::heap::table::Table;
use crate::throw::Result;
use crate::value::Value;
use crate::value::chunk_id::ChunkId;
use core::ffi::CStr;

/// The frame of a call level: 0 is the running function. `lua_getstack`.
#[inline]
pub fn call_level(l: State, level: i32) -> Option<FrameRef> {
    let above = usize::try_from(level).ok()? * size_of::<Frame>();
    let current = l.frame_offset(l.frame.get());
    // The base frame is no call.
    if above < current { Some(l.frame_at_offset(current - above)) } else { None }
}

/// What the options `S` and `u` of `lua_getinfo` tell of a function.
pub struct FunctionInfo {
    /// Chunk name; a NUL follows in memory.
    pub source: &'static [u8],
    /// -1 when it is not a Lua function; so is `last_line_defined`.
    pub line_defined: i32,
    pub last_line_defined: i32,
    /// "Lua", "C" or "main".
    pub what: &'static CStr,
    pub upvalues: u8,
    pub parameters: u8,
    pub is_vararg: bool,
}

impl FunctionInfo {
    #[inline]
    pub fn new(function: Value) -> FunctionInfo {
        if let Some(closure) = function.as_lua_closure() {
            let p = closure.proto.get();
            let source = p.source.map_or(c"=?".to_bytes(), |s| s.bytes());
            return FunctionInfo {
                source,
                line_defined: p.line_defined,
                last_line_defined: p.last_line_defined,
                what: if p.line_defined == 0 { c"main" } else { c"Lua" },
                upvalues: closure.upvalue_count() as u8,
                parameters: p.parameters,
                is_vararg: p.is_vararg(),
            };
        }
        let source = c"=[C]".to_bytes();
        FunctionInfo {
            source,
            line_defined: -1,
            last_line_defined: -1,
            what: c"C",
            upvalues: function.as_c_closure().map_or(0, |f| f.upvalue_count() as u8),
            parameters: 0,
            is_vararg: true,
        }
    }

    /// The chunk name as messages show it.
    pub fn short_source(&self) -> ChunkId {
        ChunkId::new(self.source)
    }
}

/// Whether a call replaced its caller: the option `t`.
pub fn is_tail_call(frame: FrameRef) -> bool {
    frame.has(frame_status::TAIL)
}

/// How many arguments `__call` metamethods have put in front of those that the caller gave: the option `t` of 5.5.
pub fn extra_arguments(frame: FrameRef) -> u8 {
    if LUA_5_5 { frame.extra_arguments.get() } else { 0 }
}

/// First index and number of the values that a call or return hook sees on their way; zeros elsewhere: the option `r`.
pub fn transferred(l: State, frame: FrameRef) -> (Transfer, Transfer) {
    if frame.has(frame_status::TRANSFER) { (l.transfer_first.get(), l.transfer_count.get()) } else { (0, 0) }
}

/// The name of the function of a call, as its caller knows it: the option `n`. A NUL follows the name in memory.
pub fn function_name(l: State, frame: FrameRef) -> Option<Named<'static>> {
    // A tail call has forgotten its caller.
    if is_tail_call(frame) { None } else { name_from_caller(l, l.previous_frame(frame)?) }
}

/// The name of what the running function calls at its current instruction, for messages.
#[doc(alias = "funcnamefromcall")]
pub fn called_name(l: State) -> Option<Named<'static>> {
    name_from_caller(l, l.frame.get()).map(|(kind, name)| (kind, c_text(name)))
}

fn name_from_caller(l: State, caller: FrameRef) -> Option<Named<'static>> {
    if caller.has(frame_status::HOOK) {
        Some((Kind::Hook, c"?".to_bytes()))
    } else if caller.has(frame_status::FINALIZER) {
        Some((Kind::Metamethod, Name::GC.get().bytes()))
    } else {
        let p = proto(l, caller)?;
        symbolic::called_name(p, current_pc(p, caller))
    }
}

/// Pushes a table whose keys are the lines of a Lua function that have code, or nil for other functions: the option `L`.
///
/// There must be room for one more slot. May: raise (memory), collect (emergency only).
pub fn push_active_lines(l: State, function: Value) -> Result {
    let Some(closure) = function.as_lua_closure() else {
        l.push(Value::NIL);
        return Ok(());
    };
    let table = Gc::<Table>::new(l.global())?;
    l.push(table);
    let p = closure.proto.get();
    if p.line_info().is_empty() {
        return Ok(());
    }
    let mut line = p.line_defined;
    for pc in 0..p.code().len() {
        line = lines::next_line(p, line, pc);
        if !is_preparation(p, pc) {
            table.set_integer(l.global(), line as i64, Value::TRUE)?;
        }
    }
    Ok(())
}

/// Whether an instruction only sets up the extra arguments of a vararg function; its line is none of the source's.
fn is_preparation(p: Gc<Proto>, pc: usize) -> bool {
    p.is_vararg() && pc == 0
}
