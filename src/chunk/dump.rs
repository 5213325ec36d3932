//! Function -> binary chunk.

use super::draft::{Symbol, SymbolPool};
use super::format;
use super::view::{Constant, View};
use crate::edition::LUA_5_5;
use crate::heap::mem::Mem;
use crate::heap::string::MAX_SHORT;
use crate::throw::Result;

/// Takes the next piece of a dump: `lua_Writer` as `dump` sees it. A status other than 0 ends the dump. In 5.5 an empty piece
/// says that the dump is complete.
///
/// May: whatever the host's writer does (raise, collect).
pub type Writer<'w> = &'w mut dyn FnMut(&[u8]) -> Result<i32>;

/// Writes a function and those nested in it as a binary chunk; with `strip`, without debug information.
///
/// Returns the writer's last status: 0 when everything was taken. The function must stay reachable meanwhile.
///
/// May: what the writer may.
#[doc(alias = "luaU_dump")]
pub fn dump<'a, V: View<'a>>(mem: Mem, function: V, strip: bool, writer: Writer) -> Result<i32> {
    let saved = SymbolPool::new(mem);
    let mut dumper = Dumper { writer, strip, buffer: [0; 256], used: 0, offset: 0, saved, source: None };
    let end = dumper.header(function).and_then(|()| dumper.function(function, None)).and_then(|()| dumper.finish());
    match end {
        Ok(()) => Ok(0),
        Err(Stop::Status(status)) => Ok(status),
        Err(Stop::Throw(throw)) => Err(throw),
    }
}

/// Why a dump ends early.
enum Stop {
    Status(i32),
    Throw(crate::throw::Throw),
}

type Step = core::result::Result<(), Stop>;

struct Dumper<'w> {
    writer: Writer<'w>,
    strip: bool,
    /// Small pieces on their way to the writer.
    buffer: [u8; 256],
    used: usize,
    /// Bytes written so far, those in the buffer included.
    offset: usize,
    /// 5.5: the strings written so far. One that occurs again is given by its number.
    saved: SymbolPool,
    /// 5.5: the last source and its number. The functions of a chunk mostly have one text, which may be as long as all of them
    /// together: it is looked at once. It stays where it is, since the function stays reachable.
    source: Option<(*const [u8], Symbol)>,
}

impl Dumper<'_> {
    fn header<'a, V: View<'a>>(&mut self, main: V) -> Step {
        self.bytes(&format::HEADER)?;
        self.byte(main.upvalue_count() as u8)
    }

    /// One function; `parent` is the source of the function around it, which 5.4 does not repeat. Another string with the same text
    /// is not that source.
    ///
    /// Recursion is bounded by the nesting that the compiler and the undumper allow.
    fn function<'a, V: View<'a>>(&mut self, f: V, parent: Option<&[u8]>) -> Step {
        let source = f.source().filter(|_| !self.strip);
        if !LUA_5_5 {
            self.string(source.filter(|s| !parent.is_some_and(|p| core::ptr::eq(*s, p))))?;
        }
        self.size(f.line_defined() as usize)?;
        self.size(f.last_line_defined() as usize)?;
        self.bytes(&[f.parameters(), f.vararg() as u8, f.max_stack_size()])?;
        self.size(f.code().len())?;
        self.align(size_of::<u32>())?;
        self.elements(f.code(), u32::to_ne_bytes)?;
        self.size(f.constant_count())?;
        for i in 0..f.constant_count() {
            self.constant(f.constant(i))?;
        }
        self.size(f.upvalue_count())?;
        for i in 0..f.upvalue_count() {
            let u = f.upvalue(i);
            self.bytes(&[u.in_stack as u8, u.index, u.kind])?;
        }
        self.size(f.nested_count())?;
        for i in 0..f.nested_count() {
            self.function(f.nested(i), f.source())?;
        }
        if LUA_5_5 {
            self.source(source)?;
        }
        self.debug_information(f)
    }

    fn constant(&mut self, constant: Constant) -> Step {
        match constant {
            Constant::Nil => self.byte(format::NIL),
            Constant::False => self.byte(format::FALSE),
            Constant::True => self.byte(format::TRUE),
            Constant::Integer(i) => {
                self.byte(format::INTEGER_TAG)?;
                if LUA_5_5 {
                    // The sign in the last bit: small numbers stay small.
                    self.size((i << 1 ^ i >> 63) as usize)
                } else {
                    self.bytes(&i.to_ne_bytes())
                }
            }
            Constant::Float(n) => {
                self.byte(format::FLOAT_TAG)?;
                self.bytes(&n.to_ne_bytes())
            }
            Constant::String(s) => {
                self.byte(if s.len() <= MAX_SHORT { format::SHORT_STRING } else { format::LONG_STRING })?;
                self.string(Some(s))
            }
        }
    }

    fn debug_information<'a, V: View<'a>>(&mut self, f: V) -> Step {
        if self.strip {
            // No deltas, no absolute lines, no locals, no names of upvalues.
            return (0..4).try_for_each(|_| self.size(0));
        }
        self.size(f.line_info().len())?;
        self.elements(f.line_info(), i8::to_ne_bytes)?;
        self.size(f.absolute_lines().len())?;
        if LUA_5_5 && !f.absolute_lines().is_empty() {
            self.align(size_of::<u32>())?;
        }
        for base in f.absolute_lines() {
            if LUA_5_5 {
                self.bytes(&base.pc.to_ne_bytes())?;
                self.bytes(&base.line.to_ne_bytes())?;
            } else {
                self.size(base.pc as usize)?;
                self.size(base.line as usize)?;
            }
        }
        self.size(f.local_count())?;
        for i in 0..f.local_count() {
            let local = f.local(i);
            self.string(local.name)?;
            self.size(local.start_pc as usize)?;
            self.size(local.end_pc as usize)?;
        }
        self.size(f.upvalue_count())?;
        for i in 0..f.upvalue_count() {
            self.string(f.upvalue(i).name)?;
        }
        Ok(())
    }

    /// A string, or the absence of one.
    fn string(&mut self, text: Option<&[u8]>) -> Step {
        match text {
            None if LUA_5_5 => self.bytes(&[0, 0]),
            None => self.size(0),
            Some(text) if LUA_5_5 => self.saved_string(text).map(|_| ()),
            Some(text) => {
                self.size(text.len() + 1)?;
                self.bytes(text)
            }
        }
    }

    /// 5.5: a string, or its number if it was written before.
    fn saved_string(&mut self, text: &[u8]) -> core::result::Result<Symbol, Stop> {
        let known = self.saved.len();
        let symbol = self.saved.intern(text).map_err(Stop::Throw)?;
        if (symbol.0 as usize) < known {
            self.number(symbol)?;
        } else {
            self.size(text.len() + 1)?;
            self.bytes(text)?;
            self.byte(0)?;
        }
        Ok(symbol)
    }

    /// 5.5: the number of a string that was written before.
    fn number(&mut self, symbol: Symbol) -> Step {
        self.byte(0)?;
        self.size(symbol.0 as usize + 1)
    }

    /// 5.5: as `string`, for a source.
    fn source(&mut self, text: Option<&[u8]>) -> Step {
        match (text, self.source) {
            (Some(text), Some((last, symbol))) if core::ptr::eq(last, text) => self.number(symbol),
            (Some(text), _) => {
                self.source = Some((text, self.saved_string(text)?));
                Ok(())
            }
            (None, _) => self.string(None),
        }
    }

    /// 5.5: zeros up to a multiple of `n` bytes.
    fn align(&mut self, n: usize) -> Step {
        if LUA_5_5 { self.bytes(&[0; 8][..self.offset.next_multiple_of(n) - self.offset]) } else { Ok(()) }
    }

    /// Seven bits a byte, the most significant first, the last byte marked; in 5.5 all others are.
    fn size(&mut self, n: usize) -> Step {
        // Most fit one byte.
        if n < format::MARK as usize {
            return self.byte(if LUA_5_5 { n as u8 } else { n as u8 | format::MARK });
        }
        let mut digits = [0u8; usize::BITS.div_ceil(7) as usize];
        let mut rest = n;
        let mut first = digits.len();
        loop {
            first -= 1;
            digits[first] = (rest & 0x7F) as u8;
            rest >>= 7;
            if rest == 0 {
                break;
            }
        }
        let (last, others) = (digits.len() - 1, first..digits.len() - 1);
        let marked = if LUA_5_5 { others } else { last..last + 1 };
        digits[marked].iter_mut().for_each(|digit| *digit |= format::MARK);
        self.bytes(&digits[first..])
    }

    /// The elements of an array, many at a time.
    fn elements<T: Copy, const N: usize>(&mut self, elements: &[T], to_bytes: impl Fn(T) -> [u8; N]) -> Step {
        let mut block = [0; 128];
        for part in elements.chunks(block.len() / N) {
            for (bytes, element) in block.as_chunks_mut::<N>().0.iter_mut().zip(part) {
                *bytes = to_bytes(*element);
            }
            self.bytes(&block[..part.len() * N])?;
        }
        Ok(())
    }

    fn byte(&mut self, byte: u8) -> Step {
        match self.buffer.get_mut(self.used) {
            Some(place) => {
                *place = byte;
                self.used += 1;
                self.offset += 1;
                Ok(())
            }
            None => self.bytes(&[byte]),
        }
    }

    fn bytes(&mut self, bytes: &[u8]) -> Step {
        self.offset += bytes.len();
        if bytes.len() > self.buffer.len() - self.used {
            self.flush()?;
            if bytes.len() > self.buffer.len() {
                return Self::write(self.writer, bytes);
            }
        }
        self.buffer[self.used..][..bytes.len()].copy_from_slice(bytes);
        self.used += bytes.len();
        Ok(())
    }

    fn flush(&mut self) -> Step {
        let n = core::mem::take(&mut self.used);
        if n == 0 { Ok(()) } else { Self::write(self.writer, &self.buffer[..n]) }
    }

    fn finish(&mut self) -> Step {
        self.flush()?;
        if LUA_5_5 { Self::write(self.writer, &[]) } else { Ok(()) }
    }

    fn write(writer: Writer, bytes: &[u8]) -> Step {
        match writer(bytes) {
            Ok(0) => Ok(()),
            Ok(status) => Err(Stop::Status(status)),
            Err(throw) => Err(Stop::Throw(throw)),
        }
    }
}
