//! Text under construction inside a library function: results that are mostly short, and results of known length.

use crate::gc;
use crate::heap::mem::Buf;
use crate::heap::state::State;
use crate::heap::string::{self, MAX_SHORT};
use crate::throw::Result;
use crate::value::Value;
use crate::value::format::NumberText;
use core::mem::MaybeUninit;
use core::slice;

/// Bytes that need no memory of the VM.
const INLINE: usize = 512;

/// A growing text: on the native stack while it is short, in memory of the VM afterwards.
pub struct Text {
    inline: MaybeUninit<[u8; INLINE]>,
    /// How many bytes of `inline` are free: all once `heap` is used. (Counting what is used instead makes the compiler clear
    /// the whole array together with the count.)
    room: usize,
    heap: Buf<u8>,
}

impl Text {
    #[inline(always)]
    pub fn new(l: State) -> Text {
        Text { inline: MaybeUninit::uninit(), room: INLINE, heap: Buf::new(l.global().mem()) }
    }

    #[inline]
    pub fn as_bytes(&self) -> &[u8] {
        if self.heap.capacity() > 0 {
            return &self.heap;
        }
        // SAFETY: the used bytes were written.
        unsafe { slice::from_raw_parts(self.inline.as_ptr().cast(), self.used()) }
    }

    pub fn len(&self) -> usize {
        self.used() + self.heap.len()
    }

    /// How many bytes of `inline` are in use.
    #[inline(always)]
    fn used(&self) -> usize {
        INLINE - self.room
    }

    /// Whether another `n` bytes fit where the text is on the native stack.
    #[inline(always)]
    fn fits(&self, n: usize) -> bool {
        self.heap.capacity() == 0 && n <= self.room
    }

    /// May: raise (memory), collect (emergency only).
    #[inline]
    pub fn extend(&mut self, bytes: &[u8]) -> Result {
        if !self.fits(bytes.len()) {
            return self.extend_heap(bytes);
        }
        // SAFETY: there is room, and nobody else can refer to it.
        unsafe {
            let to = self.inline.as_mut_ptr().cast::<u8>().add(self.used());
            to.copy_from_nonoverlapping(bytes.as_ptr(), bytes.len());
        }
        self.room -= bytes.len();
        Ok(())
    }

    #[inline(never)]
    fn extend_heap(&mut self, bytes: &[u8]) -> Result {
        if self.heap.capacity() - self.heap.len() >= bytes.len() {
            return self.heap.extend(bytes);
        }
        self.move_to_heap(bytes.len())?;
        self.heap.extend(bytes)
    }

    /// Moves the text out of the native stack, if it is there, to where another `extra` bytes fit.
    fn move_to_heap(&mut self, extra: usize) -> Result {
        if self.heap.capacity() == 0 {
            self.heap.reserve((self.used() + extra).max(2 * INLINE))?;
            // SAFETY: the used bytes were written.
            let bytes = unsafe { slice::from_raw_parts(self.inline.as_ptr().cast(), self.used()) };
            self.heap.extend(bytes)?;
            self.room = INLINE;
        }
        Ok(())
    }

    /// May: raise (memory), collect (emergency only).
    #[inline(always)]
    pub fn push(&mut self, b: u8) -> Result {
        if !self.fits(1) {
            return self.extend_heap(&[b]);
        }
        // SAFETY: there is room.
        unsafe { self.inline.as_mut_ptr().cast::<u8>().add(self.used()).write(b) };
        self.room -= 1;
        Ok(())
    }

    /// Appends `n` times the same byte. May: raise (memory), collect (emergency only).
    pub fn fill(&mut self, b: u8, n: usize) -> Result {
        if !self.fits(n) {
            self.move_to_heap(n)?;
            let to = self.heap.spare(n)?;
            // SAFETY: `spare` made room for `n` bytes, which are then all written.
            unsafe {
                to.write_bytes(b, n);
                self.heap.set_len(self.heap.len() + n);
            }
            return Ok(());
        }
        // SAFETY: there is room.
        unsafe { self.inline.as_mut_ptr().cast::<u8>().add(self.used()).write_bytes(b, n) };
        self.room -= n;
        Ok(())
    }

    /// Appends a string or a number as `tostring` shows it; false, and nothing appended, for other values.
    ///
    /// May: raise (memory), collect (emergency only).
    #[inline]
    pub fn add_value(&mut self, v: Value) -> Result<bool> {
        if let Some(s) = v.as_string() {
            self.extend(s.bytes())?;
        } else if let Some(text) = NumberText::new(v) {
            self.extend(text.as_bytes())?;
        } else {
            return Ok(false);
        }
        Ok(true)
    }

    /// Pushes the text as a string. May: raise (memory), collect.
    #[inline]
    pub fn finish(&self, l: State) -> Result {
        l.push_bytes(self.as_bytes())
    }
}

/// Pushes a string of `len` bytes that `fill` writes, every one of them.
///
/// May: raise (memory), collect.
pub fn push_filled(l: State, len: usize, fill: impl FnOnce(&mut Filler)) -> Result {
    let mut short = [MaybeUninit::<u8>::uninit(); MAX_SHORT];
    if len <= MAX_SHORT {
        let mut filler = Filler { to: &mut short[..len], len: 0 };
        fill(&mut filler);
        assert!(filler.len == len);
        // SAFETY: the filler wrote all `len` bytes.
        return l.push_bytes(unsafe { slice::from_raw_parts(short.as_ptr().cast(), len) });
    }
    let (s, data) = string::new_long(l.global(), len)?;
    // SAFETY: the object has room for `len` bytes that nobody else refers to yet.
    let mut filler = Filler { to: unsafe { slice::from_raw_parts_mut(data.cast(), len) }, len: 0 };
    fill(&mut filler);
    assert!(filler.len == len);
    l.push(s);
    gc::check(l);
    Ok(())
}

/// Room for a text of known length. More than that length is refused by panic.
pub struct Filler<'a> {
    to: &'a mut [MaybeUninit<u8>],
    len: usize,
}

impl Filler<'_> {
    #[inline]
    pub fn extend(&mut self, bytes: &[u8]) {
        let to = &mut self.to[self.len..self.len + bytes.len()];
        // SAFETY: `to` has the same length, and cannot overlap since nobody else refers to it.
        unsafe { to.as_mut_ptr().cast::<u8>().copy_from_nonoverlapping(bytes.as_ptr(), bytes.len()) };
        self.len += bytes.len();
    }

    /// Appends what `f` makes of each byte.
    #[inline]
    pub fn map(&mut self, bytes: impl ExactSizeIterator<Item = u8>) {
        let to = &mut self.to[self.len..self.len + bytes.len()];
        self.len += to.len();
        for (to, b) in to.iter_mut().zip(bytes) {
            to.write(b);
        }
    }

    /// Repeats what was written so far until it is `len` bytes long, by doubling.
    pub fn repeat_to(&mut self, len: usize) {
        while self.len < len {
            let n = self.len.min(len - self.len);
            let (done, rest) = self.to.split_at_mut(self.len);
            rest[..n].copy_from_slice(&done[..n]);
            self.len += n;
        }
    }
}
