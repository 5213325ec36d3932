//! Reading by formats: `n`, `l`, `L`, `a` and numbers of bytes.

use super::super::c::{self, File, Piece};
use crate::heap::state::{MIN_STACK, State};
use crate::throw::Result;
use crate::value::Type;
use crate::value::format::decimal_point;
use crate::vm::auxiliary::Buffer;
use crate::vm::auxiliary::result::set_errno;
use core::ffi::c_int;

/// Bytes that are read at once where the amount is not known.
const PIECE: usize = 1024;

/// Reads by the formats from argument `first` on, of which there are one less than values (the other is the file), and pushes
/// what was read, and nil for the first that failed. The number of values pushed.
///
/// May: raise, collect.
pub fn read(l: State, file: File, first: i32) -> Result<u32> {
    let formats = l.get_top() - 1;
    file.clear_error();
    set_errno(0);
    let mut success = true;
    let mut results = 0;
    if formats == 0 {
        success = read_line(l, file, false)?;
        results = 1;
    } else {
        l.check_stack(formats + MIN_STACK as i32, "too many arguments")?;
        while results < formats && success {
            success = read_format(l, file, first + results)?;
            results += 1;
        }
    }
    if file.has_error() {
        return l.file_result(false, None);
    }
    if !success {
        l.pop(1);
        l.push_nil();
    }
    Ok(results as u32)
}

/// Reads by the format in argument `arg` and pushes one value; false if that is not a result. May: raise, collect.
fn read_format(l: State, file: File, arg: i32) -> Result<bool> {
    if l.type_at(arg) == Type::Number {
        return match l.check_integer(arg)? {
            0 => {
                l.push_str("")?;
                Ok(file.peek().is_some())
            }
            n => read_bytes(l, file, n as usize),
        };
    }
    let format = l.check_bytes(arg)?;
    match format.strip_prefix(b"*").unwrap_or(format).first() {
        Some(b'n') => read_number(l, file),
        Some(b'l') => read_line(l, file, false),
        Some(b'L') => read_line(l, file, true),
        Some(b'a') => read_all(l, file).map(|()| true),
        _ => Err(l.arg_error(arg, "invalid format")),
    }
}

/// Pushes a line; false if the file was at its end. May: raise, collect.
fn read_line(l: State, file: File, keep_end: bool) -> Result<bool> {
    let mut piece = [0u8; PIECE];
    let mut line = Buffer::new(l);
    loop {
        match file.lines_piece(&mut piece) {
            Piece::Part(n) => line.extend(&piece[..n])?,
            Piece::Line(n) => {
                let text = &piece[..n + usize::from(keep_end)];
                // Most lines fit one piece and need no buffer.
                if line.is_empty() {
                    l.push_bytes(text)?;
                } else {
                    line.extend(text)?;
                    l.push_buffer(line)?;
                }
                return Ok(true);
            }
            Piece::Last(n) => {
                line.extend(&piece[..n])?;
                let found = !line.is_empty();
                l.push_buffer(line)?;
                return Ok(found);
            }
        }
    }
}

/// Pushes everything up to the end of the file. May: raise, collect.
fn read_all(l: State, file: File) -> Result {
    let mut contents = Buffer::new(l);
    // With one byte more than there should be, a single read meets the end.
    let mut room = file.remaining().map_or(PIECE, |n| n.saturating_add(1).max(PIECE));
    while read_into(&mut contents, file, room)? == room {
        room = contents.len().max(PIECE);
    }
    l.push_buffer(contents)
}

/// Pushes at most `n` bytes; false if there were none. May: raise, collect.
fn read_bytes(l: State, file: File, n: usize) -> Result<bool> {
    let mut contents = Buffer::new(l);
    let found = read_into(&mut contents, file, n)? > 0;
    l.push_buffer(contents)?;
    Ok(found)
}

/// Appends at most `n` bytes to the buffer and says how many. May: raise, collect.
fn read_into(buffer: &mut Buffer, file: File, n: usize) -> Result<usize> {
    let room = buffer.spare(n)?;
    // SAFETY: room for `n` bytes, of which as many are initialised as were read.
    unsafe {
        let read = file.read(room, n);
        let len = buffer.len() + read;
        buffer.set_len(len);
        Ok(read)
    }
}

/// Longest numeral.
const MAX_NUMERAL: usize = 200;

/// Reads a numeral byte by byte: one byte of look-ahead, and what was accepted so far. The file is locked meanwhile.
struct Numeral {
    file: File,
    /// The byte looked at, or a negative number at the end.
    next: c_int,
    text: [u8; MAX_NUMERAL],
    len: usize,
    /// The numeral was too long, which makes it none.
    overflow: bool,
}

impl Numeral {
    fn begin(file: File) -> Numeral {
        // SAFETY: an open file.
        unsafe { c::flockfile(file.as_ptr()) };
        let mut numeral = Numeral { file, next: 0, text: [0; MAX_NUMERAL], len: 0, overflow: false };
        numeral.advance();
        numeral
    }

    /// Leaves the look-ahead to the next reader.
    fn end(&self) {
        // SAFETY: an open file that `begin` locked; one byte was just read from it.
        unsafe {
            libc::ungetc(self.next, self.file.as_ptr());
            c::funlockfile(self.file.as_ptr());
        }
    }

    fn advance(&mut self) {
        // SAFETY: an open file, locked.
        self.next = unsafe { c::getc_unlocked(self.file.as_ptr()) };
    }

    fn looks_at(&self, accepted: impl Fn(u8) -> bool) -> bool {
        u8::try_from(self.next).is_ok_and(accepted)
    }

    /// Takes the next byte if it is accepted; false if it is not, or if there is no room for it.
    fn take(&mut self, accepted: impl Fn(u8) -> bool) -> bool {
        if !self.looks_at(accepted) {
            return false;
        }
        if self.len == MAX_NUMERAL {
            self.overflow = true;
            return false;
        }
        self.text[self.len] = self.next as u8;
        self.len += 1;
        self.advance();
        true
    }

    /// Takes digits and says how many.
    fn take_digits(&mut self, hexadecimal: bool) -> usize {
        let before = self.len;
        while self.take(|b| if hexadecimal { b.is_ascii_hexdigit() } else { b.is_ascii_digit() }) {}
        self.len - before
    }

    /// Takes the longest prefix of a numeral; what it is worth is decided by converting it.
    fn take_all(&mut self) {
        while self.looks_at(|b| matches!(b, b' ' | b'\t'..=b'\r')) {
            self.advance();
        }
        self.take(|b| b == b'-' || b == b'+');
        let mut digits = 0;
        let mut hexadecimal = false;
        if self.take(|b| b == b'0') {
            hexadecimal = self.take(|b| b == b'x' || b == b'X');
            digits += usize::from(!hexadecimal);
        }
        digits += self.take_digits(hexadecimal);
        let point = decimal_point()[0];
        if self.take(|b| b == point || b == b'.') {
            digits += self.take_digits(hexadecimal);
        }
        let mark = if hexadecimal { b'p' } else { b'e' };
        if digits > 0 && self.take(|b| b.to_ascii_lowercase() == mark) {
            self.take(|b| b == b'-' || b == b'+');
            self.take_digits(false);
        }
    }
}

/// Pushes the number that the file continues with, or nil and false. May: raise, collect.
fn read_number(l: State, file: File) -> Result<bool> {
    let mut numeral = Numeral::begin(file);
    numeral.take_all();
    numeral.end();
    if !numeral.overflow && l.string_to_number(&numeral.text[..numeral.len]).is_some() {
        return Ok(true);
    }
    l.push_nil();
    Ok(false)
}
