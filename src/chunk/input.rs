//! Where source text and binary chunks come from: bytes that arrive piece by piece.

use crate::throw::Result;

/// A supplier of pieces: `lua_Reader` as the compiler and the undumper see it.
pub trait Reader {
    /// Whether the chunk lies in memory: then no code runs while it is read, and its pieces stay where they are until the load is over:
    /// what is loaded may refer to them meanwhile.
    fn is_memory(&self) -> bool {
        false
    }

    /// The next piece; empty at the end. It stays valid until the next call, at least.
    ///
    /// May: whatever the host's reader does (raise, collect).
    fn piece(&mut self) -> Result<&[u8]>;
}

/// One piece: the whole input in memory.
impl Reader for &[u8] {
    fn is_memory(&self) -> bool {
        true
    }

    fn piece(&mut self) -> Result<&[u8]> {
        Ok(core::mem::take(self))
    }
}

/// Byte stream over a `Reader`.
///
/// The end is final: once the reader has returned an empty piece it is not called again.
pub struct Input<'r> {
    reader: &'r mut dyn Reader,
    /// The current piece reaches from `start` to `end`; what lies before `next` has been read.
    start: *const u8,
    next: *const u8,
    end: *const u8,
    ended: bool,
    stays: bool,
}

impl<'r> Input<'r> {
    pub fn new(reader: &'r mut dyn Reader) -> Input<'r> {
        let nothing: &[u8] = &[];
        let core::ops::Range { start, end } = nothing.as_ptr_range();
        Input { reader, start, next: start, end, ended: false, stays: false }
    }

    /// Says that what has been read stays where it is, so that what is made of it may refer to it.
    ///
    /// # Safety
    /// All pieces stay for as long as anything that is made of this input.
    pub unsafe fn set_stays(&mut self) {
        self.stays = true;
    }

    /// Whether somebody has promised that pieces stay.
    pub fn stays(&self) -> bool {
        self.stays
    }

    /// The next byte without consuming it; `None` at the end. May: raise, collect (the reader).
    #[inline]
    pub fn peek(&mut self) -> Result<Option<u8>> {
        if self.next == self.end && !self.refill()? {
            return Ok(None);
        }
        // SAFETY: `next` is before the end of the current piece, and the reader was not called since it gave the piece.
        Ok(Some(unsafe { *self.next }))
    }

    /// The next byte, consumed; `None` at the end. May: raise, collect (the reader).
    #[inline]
    pub fn next_byte(&mut self) -> Result<Option<u8>> {
        let byte = self.peek()?;
        if byte.is_some() {
            self.consume(1);
        }
        Ok(byte)
    }

    /// The unread bytes of the current piece; empty only at the end. `consume` what was used.
    ///
    /// May: raise, collect (the reader).
    #[inline]
    pub fn available(&mut self) -> Result<&[u8]> {
        if self.next == self.end && !self.refill()? {
            return Ok(&[]);
        }
        Ok(self.rest())
    }

    /// The unread bytes of the current piece; may be empty before the end. Does not call the reader.
    #[inline]
    pub fn rest(&self) -> &[u8] {
        // SAFETY: all of it is in the current piece; the slice borrows `self`, so the reader cannot be called while it
        // lives.
        unsafe { core::slice::from_raw_parts(self.next, self.left()) }
    }

    /// The last `n` bytes that were read, if the current piece still has them; otherwise nothing.
    pub fn recent(&self, n: usize) -> &[u8] {
        // SAFETY: both point into the current piece, in this order.
        if n > unsafe { self.next.offset_from_unsigned(self.start) } {
            return &[];
        }
        // SAFETY: the bytes from `start` to `next` belong to the current piece.
        unsafe { core::slice::from_raw_parts(self.next.sub(n), n) }
    }

    fn left(&self) -> usize {
        // SAFETY: both point into the current piece, in this order.
        unsafe { self.end.offset_from_unsigned(self.next) }
    }

    /// Marks `n` bytes of what `available` returned as read.
    #[inline]
    pub fn consume(&mut self, n: usize) {
        assert!(n <= self.left());
        // SAFETY: within or one past the current piece.
        self.next = unsafe { self.next.add(n) };
    }

    /// Fills `out`; false when the input ends before. May: raise, collect (the reader).
    pub fn read(&mut self, mut out: &mut [u8]) -> Result<bool> {
        while !out.is_empty() {
            let piece = self.available()?;
            if piece.is_empty() {
                return Ok(false);
            }
            let n = piece.len().min(out.len());
            out[..n].copy_from_slice(&piece[..n]);
            out = &mut out[n..];
            self.consume(n);
        }
        Ok(true)
    }

    #[cold]
    fn refill(&mut self) -> Result<bool> {
        if self.ended {
            return Ok(false);
        }
        let piece = self.reader.piece()?;
        self.ended = piece.is_empty();
        let core::ops::Range { start, end } = piece.as_ptr_range();
        (self.start, self.next, self.end) = (start, start, end);
        Ok(!self.ended)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::throw::Throw;

    /// Gives one byte a time, then fails or ends; panics when called after the end.
    struct Drip<'a> {
        bytes: &'a [u8],
        fails: bool,
        over: bool,
    }

    impl Reader for Drip<'_> {
        fn piece(&mut self) -> Result<&[u8]> {
            assert!(!self.over, "reader called after its end");
            let n = self.bytes.len().min(1);
            let (piece, rest) = self.bytes.split_at(n);
            self.bytes = rest;
            if n == 0 {
                self.over = true;
                if self.fails {
                    return Err(Throw::Run);
                }
            }
            Ok(piece)
        }
    }

    #[test]
    fn bytes_arrive_in_order_whatever_the_pieces() {
        let mut drip = Drip { bytes: b"\x1bLua", fails: false, over: false };
        let mut input = Input::new(&mut drip);
        assert_eq!(input.peek(), Ok(Some(0x1b)));
        assert_eq!(input.next_byte(), Ok(Some(0x1b)));
        let mut buffer = [0; 3];
        assert_eq!(input.read(&mut buffer), Ok(true));
        assert_eq!(&buffer, b"Lua");
        assert_eq!(input.next_byte(), Ok(None));
        assert_eq!(input.next_byte(), Ok(None));
        assert_eq!(input.read(&mut buffer), Ok(false));
    }

    #[test]
    fn a_short_read_takes_what_there_is_and_reports_the_end() {
        let mut bytes: &[u8] = b"ab";
        let mut input = Input::new(&mut bytes);
        let mut buffer = [0; 3];
        assert_eq!(input.read(&mut buffer), Ok(false));
        assert_eq!(&buffer, b"ab\0");
    }

    #[test]
    fn recent_bytes_are_those_of_the_current_piece() {
        let mut bytes: &[u8] = b"abc";
        let mut input = Input::new(&mut bytes);
        assert_eq!(input.recent(1), b"");
        assert_eq!(input.available().map(<[u8]>::len), Ok(3));
        input.consume(2);
        assert_eq!((input.recent(2), input.recent(3), input.rest()), (&b"ab"[..], &b""[..], &b"c"[..]));
    }

    #[test]
    fn a_failing_reader_fails_the_read() {
        let mut drip = Drip { bytes: b"x", fails: true, over: false };
        let mut input = Input::new(&mut drip);
        assert_eq!(input.read(&mut [0; 2]), Err(Throw::Run));
    }
}
