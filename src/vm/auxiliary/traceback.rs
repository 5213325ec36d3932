//! Tracebacks (§5.1, `luaL_traceback`).

use crate::edition::LUA_5_5;
use crate::heap::state::State;
use crate::throw::Result;
use crate::vm::auxiliary::Buffer;
use crate::vm::auxiliary::check::c_text;
use crate::vm::debug::{self, FunctionInfo};

/// How many calls of a long stack are shown at its top and at its bottom.
const FIRST: i32 = 10;
const LAST: i32 = 11;

impl State {
    /// Pushes a traceback of `other`, from a call level on, after a message. `luaL_traceback`.
    ///
    /// May: raise (memory), collect.
    pub fn traceback(self, other: State, message: Option<&[u8]>, level: i32) -> Result {
        let mut text = Buffer::new(self);
        if let Some(message) = message {
            text.add_all(&[message, b"\n"])?;
        }
        text.extend(b"stack traceback:")?;
        let last = last_level(other);
        let mut first = if last.saturating_sub(level) > FIRST + LAST { FIRST } else { -1 };
        let mut level = level;
        while let Some(frame) = debug::call_level(other, level) {
            level += 1;
            if first == 0 {
                let skipped = last - level - LAST + 1;
                text.add_fmt(format_args!("\n\t...\t(skipping {skipped} levels)"))?;
                level += skipped;
            } else {
                let info = FunctionInfo::new(other.slot(frame.func.get()).get());
                text.add_all(&[b"\n\t", info.short_source().as_bytes(), b":"])?;
                let (line, tail_call) = (debug::current_line(other, frame), debug::is_tail_call(frame));
                if line > 0 {
                    text.add_fmt(format_args!("{line}:"))?;
                }
                text.extend(b" in ")?;
                self.add_function_name(&mut text, other, level - 1, &info)?;
                if tail_call {
                    text.extend(b"\n\t(...tail calls...)")?;
                }
            }
            first -= 1;
        }
        self.push_buffer(text)
    }

    fn add_function_name(self, text: &mut Buffer, other: State, level: i32, info: &FunctionInfo) -> Result {
        if LUA_5_5 {
            // Here the name in the code comes first.
            let named = debug::call_level(other, level).and_then(|frame| debug::function_name(other, frame));
            match named {
                Some((kind, name)) => {
                    return text.add_all(&[kind.as_bytes(), b" '", c_text(name), b"'"]);
                }
                None if info.what == c"main" => return text.extend(b"main chunk"),
                None => {}
            }
        }
        if self.push_global_function_name(other, level)? {
            text.add_all(&[b"function '", self.string_at(-1).bytes(), b"'"])?;
            self.pop(1);
            return Ok(());
        }
        // Looking for the global name may have moved the frames.
        match debug::call_level(other, level).and_then(|frame| debug::function_name(other, frame)) {
            Some((kind, name)) => text.add_all(&[kind.as_bytes(), b" '", c_text(name), b"'"]),
            None => match info.what.to_bytes() {
                b"main" => text.extend(b"main chunk"),
                b"C" => text.extend(b"?"),
                _ => {
                    text.add_all(&[b"function <", info.short_source().as_bytes()])?;
                    text.add_fmt(format_args!(":{}>", info.line_defined))
                }
            },
        }
    }
}

/// The deepest call level of a thread.
fn last_level(l: State) -> i32 {
    let (mut low, mut high) = (1, 1);
    while debug::call_level(l, high).is_some() {
        low = high;
        high *= 2;
    }
    while low < high {
        let middle = (low + high) / 2;
        if debug::call_level(l, middle).is_some() {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    high - 1
}
