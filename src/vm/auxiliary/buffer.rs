//! Text under construction.

use crate::heap::mem::Buf;
use crate::heap::state::State;
use crate::throw::Result;
use core::ops::{Deref, DerefMut};

/// Bytes in memory of the VM, freed when dropped. See `Buf` for its methods.
pub struct Buffer(Buf<u8>);

impl Buffer {
    pub fn new(l: State) -> Buffer {
        Buffer(Buf::new(l.global().mem()))
    }

    /// Appends the string or number at an index; a number is converted in its place.
    ///
    /// May: raise (memory), collect.
    pub fn add_value_at(&mut self, l: State, i: i32) -> Result {
        match l.to_bytes(i)? {
            Some(text) => self.extend(text),
            None => Ok(()),
        }
    }
}

impl Deref for Buffer {
    type Target = Buf<u8>;
    fn deref(&self) -> &Buf<u8> {
        &self.0
    }
}

impl DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut Buf<u8> {
        &mut self.0
    }
}

impl State {
    /// Pushes the text as a string. May: raise (memory), collect.
    pub fn push_buffer(self, buffer: Buffer) -> Result {
        self.push_bytes(&buffer)
    }
}
