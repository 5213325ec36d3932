//! Function -> binary chunk.

use super::format;
use super::view::{Constant, View};
use crate::heap::string::MAX_SHORT;
use crate::throw::Result;

/// Takes the next piece of a dump: `lua_Writer` as `dump` sees it. A status other than 0 ends the dump.
///
/// May: whatever the host's writer does (raise, collect).
pub type Writer<'w> = &'w mut dyn FnMut(&[u8]) -> Result<i32>;

/// Writes a function and those nested in it as a binary chunk; with `strip`, without debug information.
///
/// Returns the writer's last status: 0 when everything was taken. The function must stay reachable meanwhile.
///
/// May: what the writer may.
#[doc(alias = "luaU_dump")]
pub fn dump<'a, V: View<'a>>(function: V, strip: bool, writer: Writer) -> Result<i32> {
    let mut dumper = Dumper { writer, strip, buffer: [0; 256], used: 0 };
    let end = dumper.header(function).and_then(|()| dumper.function(function, None)).and_then(|()| dumper.flush());
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
}

impl Dumper<'_> {
    fn header<'a, V: View<'a>>(&mut self, main: V) -> Step {
        self.bytes(&format::SIGNATURE)?;
        self.bytes(&[format::VERSION, format::FORMAT])?;
        self.bytes(&format::DATA)?;
        self.bytes(&[size_of::<u32>() as u8, size_of::<i64>() as u8, size_of::<f64>() as u8])?;
        self.bytes(&format::INTEGER.to_ne_bytes())?;
        self.bytes(&format::FLOAT.to_ne_bytes())?;
        self.byte(main.upvalue_count() as u8)
    }

    /// One function; `parent` is the source of the function around it, which need not be repeated.
    ///
    /// Recursion is bounded by the nesting that the compiler and the undumper allow.
    fn function<'a, V: View<'a>>(&mut self, f: V, parent: Option<&[u8]>) -> Step {
        let source = f.source().filter(|s| !self.strip && Some(*s) != parent);
        self.string(source)?;
        self.size(f.line_defined() as usize)?;
        self.size(f.last_line_defined() as usize)?;
        self.bytes(&[f.parameters(), f.is_vararg() as u8, f.max_stack_size()])?;
        self.size(f.code().len())?;
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
        self.debug_information(f)
    }

    fn constant(&mut self, constant: Constant) -> Step {
        match constant {
            Constant::Nil => self.byte(format::NIL),
            Constant::False => self.byte(format::FALSE),
            Constant::True => self.byte(format::TRUE),
            Constant::Integer(i) => {
                self.byte(format::INTEGER_TAG)?;
                self.bytes(&i.to_ne_bytes())
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
        for base in f.absolute_lines() {
            self.size(base.pc as usize)?;
            self.size(base.line as usize)?;
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
            None => self.size(0),
            Some(text) => {
                self.size(text.len() + 1)?;
                self.bytes(text)
            }
        }
    }

    /// Seven bits a byte, the most significant first, the last byte marked.
    fn size(&mut self, n: usize) -> Step {
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
        digits[digits.len() - 1] |= 0x80;
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
        self.bytes(&[byte])
    }

    fn bytes(&mut self, bytes: &[u8]) -> Step {
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

    fn write(writer: Writer, bytes: &[u8]) -> Step {
        match writer(bytes) {
            Ok(0) => Ok(()),
            Ok(status) => Err(Stop::Status(status)),
            Err(throw) => Err(Stop::Throw(throw)),
        }
    }
}
