//! The text of a message in the making.
//!
//! Most messages are short and become strings at once: they are put together on the native stack, and only a long one takes memory of the VM meanwhile.

use crate::heap::mem::Buf;
use crate::heap::state::State;
use crate::throw::Result;
use crate::value::chunk_id::ChunkId;
use crate::value::format::NumberText;
use core::mem::MaybeUninit;

/// Bytes that nearly every message with its position fits in.
const ROOM: usize = 200;

/// Bytes of a message.
pub struct Text {
    /// How many of `short` are in use: all of them once there is a `long`.
    len: usize,
    short: [MaybeUninit<u8>; ROOM],
    /// All of the text if it does not fit in `short`, else empty.
    long: Buf<u8>,
}

impl Text {
    #[inline(always)]
    pub fn new(l: State) -> Text {
        Text { len: 0, short: [MaybeUninit::uninit(); ROOM], long: Buf::new(l.global().mem()) }
    }

    /// What has been added so far.
    #[inline]
    pub fn as_bytes(&self) -> &[u8] {
        if !self.long.is_empty() {
            return &self.long;
        }
        // SAFETY: `len` bytes have been written.
        unsafe { self.short[..self.len].assume_init_ref() }
    }

    /// Appends bytes. May: raise (memory), collect (emergency only).
    #[inline]
    pub fn add(&mut self, part: &[u8]) -> Result {
        if part.len() > ROOM - self.len {
            return self.add_long(part);
        }
        self.short[self.len..self.len + part.len()].write_copy_of_slice(part);
        self.len += part.len();
        Ok(())
    }

    #[cold]
    #[inline(never)]
    fn add_long(&mut self, part: &[u8]) -> Result {
        if self.long.is_empty() {
            self.long.reserve(self.len + part.len())?;
            // SAFETY: `len` bytes have been written.
            self.long.extend(unsafe { self.short[..self.len].assume_init_ref() })?;
            self.len = ROOM;
        }
        self.long.extend(part)
    }

    /// Appends several texts. May: raise (memory), collect (emergency only).
    pub fn add_all(&mut self, parts: &[&[u8]]) -> Result {
        parts.iter().try_for_each(|part| self.add(part))
    }

    /// Appends `chunk:line: `, with which messages begin. May: raise (memory), collect (emergency only).
    pub fn add_line(&mut self, chunk_name: &[u8], line: i32) -> Result {
        self.add(ChunkId::shown(chunk_name, &mut None))?;
        self.add(b":")?;
        self.add(NumberText::integer(line.into()).as_bytes())?;
        self.add(b": ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::heap::testing::{Host, allocate};
    use crate::vm::state;

    #[test]
    fn texts_of_every_length_are_kept() {
        let host = Host::default();
        // SAFETY: the function follows the protocol; the host outlives the state.
        let l = unsafe { state::new_state(allocate, host.ud()) }.expect("there is memory");
        let letters: Vec<u8> = (b'a'..=b'z').cycle().take(3 * ROOM).collect();
        for length in [0, 1, ROOM - 1, ROOM, ROOM + 1, 2 * ROOM, 3 * ROOM] {
            for step in [1, 7, ROOM / 2, ROOM, 2 * ROOM] {
                let mut text = Text::new(l);
                letters[..length].chunks(step).try_for_each(|part| text.add(part)).expect("there is memory");
                text.add(b"").expect("there is memory");
                assert_eq!(text.as_bytes(), &letters[..length]);
            }
        }
        state::close(l);
        host.assert_empty();
    }

    #[test]
    fn a_position_is_the_shown_name_and_the_line() {
        let host = Host::default();
        // SAFETY: the function follows the protocol; the host outlives the state.
        let l = unsafe { state::new_state(allocate, host.ud()) }.expect("there is memory");
        let mut text = Text::new(l);
        for (name, line) in [("@a.lua", 7), ("=stdin", 1), ("x = 1", -3)] {
            text.add_line(name.as_bytes(), line).expect("there is memory");
        }
        assert_eq!(text.as_bytes(), b"a.lua:7: stdin:1: [string \"x = 1\"]:-3: ");
        drop(text);
        state::close(l);
        host.assert_empty();
    }
}
