//! Where source text and binary chunks come from: bytes that arrive piece by piece.

use crate::throw::Result;

/// A supplier of pieces: `lua_Reader` as the compiler and the undumper see it.
pub trait Reader {
    /// The next piece; empty at the end. It stays valid until the next call.
    ///
    /// May: whatever the host's reader does (raise, collect).
    fn piece(&mut self) -> Result<&[u8]>;
}

/// One piece: the whole input in memory.
impl Reader for &[u8] {
    fn piece(&mut self) -> Result<&[u8]> {
        Ok(core::mem::take(self))
    }
}

/// Byte stream over a `Reader`.
///
/// The end is final: once the reader has returned an empty piece it is not called again.
pub struct Input<'r> {
    reader: &'r mut dyn Reader,
    /// Unread part of the current piece: `left` bytes at `next`.
    next: *const u8,
    left: usize,
    /// How much of the current piece has been read: that many bytes lie before `next`.
    used: usize,
    ended: bool,
}

impl<'r> Input<'r> {
    pub fn new(reader: &'r mut dyn Reader) -> Input<'r> {
        Input { reader, next: core::ptr::NonNull::dangling().as_ptr(), left: 0, used: 0, ended: false }
    }

    /// The next byte without consuming it; `None` at the end. May: raise, collect (the reader).
    #[inline]
    pub fn peek(&mut self) -> Result<Option<u8>> {
        if self.left == 0 && !self.refill()? {
            return Ok(None);
        }
        // SAFETY: `left` bytes of the current piece are unread, and the reader was not called since it gave the piece.
        Ok(Some(unsafe { *self.next }))
    }

    /// The next byte, consumed; `None` at the end. May: raise, collect (the reader).
    #[inline]
    pub fn next(&mut self) -> Result<Option<u8>> {
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
        if self.left == 0 && !self.refill()? {
            return Ok(&[]);
        }
        // SAFETY: as in `peek`; the slice borrows `self`, so the reader cannot be called while it lives.
        Ok(unsafe { core::slice::from_raw_parts(self.next, self.left) })
    }

    /// The unread bytes of the current piece; may be empty before the end. Does not call the reader.
    #[inline]
    pub fn rest(&self) -> &[u8] {
        // SAFETY: as in `available`.
        unsafe { core::slice::from_raw_parts(self.next, self.left) }
    }

    /// The last `n` bytes that were read, if the current piece still has them; otherwise nothing.
    pub fn recent(&self, n: usize) -> &[u8] {
        if n > self.used {
            return &[];
        }
        // SAFETY: the `used` bytes before `next` belong to the current piece.
        unsafe { core::slice::from_raw_parts(self.next.sub(n), n) }
    }

    /// Marks `n` bytes of what `available` returned as read.
    #[inline]
    pub fn consume(&mut self, n: usize) {
        assert!(n <= self.left);
        // SAFETY: within or one past the current piece.
        self.next = unsafe { self.next.add(n) };
        self.left -= n;
        self.used += n;
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
        (self.next, self.left, self.used) = (piece.as_ptr(), piece.len(), 0);
        self.ended = piece.is_empty();
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
        assert_eq!(input.next(), Ok(Some(0x1b)));
        let mut buffer = [0; 3];
        assert_eq!(input.read(&mut buffer), Ok(true));
        assert_eq!(&buffer, b"Lua");
        assert_eq!(input.next(), Ok(None));
        assert_eq!(input.next(), Ok(None));
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
