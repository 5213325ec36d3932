//! Binary chunk -> draft.
//!
//! The input is hostile until proven otherwise: a size that a chunk states is believed only as far as bytes arrive, so
//! the memory in use stays within a small factor of the input that is there, and the finished draft goes through the
//! verifier before anyone sees it.

use super::draft::{
    AbsoluteLine, Constant, Draft, LocalVariable, OpenBox, OpenFunction, OpenFunctions, Symbol, UpvalueDesc, Vararg,
};
use super::format;
use super::input::Input;
use super::verify::{Refusal, verify};
use crate::edition::LUA_5_5;
use crate::heap::mem::{Buf, Mem};
use crate::heap::string::MAX_SHORT;
use crate::throw::{Result, Throw};

/// Functions within functions; the compiler stops at the same number of levels.
const MAX_DEPTH: usize = 200;

/// Reads one binary chunk, its first byte included, and verifies it. Input after the chunk is left alone.
///
/// `name` is the chunk name as given to `load`. With `Throw::Syntax` the text of the error is appended to `message`.
///
/// May: raise (syntax, memory, whatever the reader raises), collect.
#[doc(alias = "luaU_undump")]
pub fn undump(mem: Mem, input: &mut Input, name: &[u8], message: &mut Buf<u8>) -> Result<Draft> {
    let (draft, scratch, saved) = (Draft::new(mem), Buf::new(mem), Buf::new(mem));
    let mut undumper = Undumper { input, draft, scratch, saved, offset: 0, complaint: None, mem };
    let why = match undumper.chunk() {
        Ok(()) => match verify(&undumper.draft) {
            Ok(()) => return Ok(undumper.draft),
            Err(Refusal::Throw(throw)) => return Err(throw),
            Err(Refusal::Malformed(why)) => why,
        },
        Err(throw) => undumper.complaint.ok_or(throw)?,
    };
    message.extend(display_name(name))?;
    message.extend(b": bad binary format (")?;
    message.extend(why.as_bytes())?;
    message.extend(b")")?;
    Err(Throw::Syntax)
}

/// The chunk name as messages about its format show it.
fn display_name(name: &[u8]) -> &[u8] {
    match name {
        [b'@' | b'=', rest @ ..] => rest,
        [first, ..] if *first == format::SIGNATURE[0] => b"binary string",
        _ => name,
    }
}

const TRUNCATED: &str = "truncated chunk";

/// A string of so many bytes is not copied out of an input that stays: mostly the name of a chunk that was its text.
const LONG: usize = 1 << 10;

struct Undumper<'a, 'r> {
    input: &'a mut Input<'r>,
    draft: Draft,
    /// The string being read, if it does not lie in one piece.
    scratch: Buf<u8>,
    /// 5.5: the strings read so far, which others may repeat by number.
    saved: Buf<Symbol>,
    /// Bytes read so far.
    offset: usize,
    /// What is wrong with the chunk, if that is why reading failed. It stands here because a result with it would fit no processor register.
    complaint: Option<&'static str>,
    mem: Mem,
}

/// A function whose nested functions are being read.
#[derive(Clone, Copy)]
struct Open {
    function: u32,
    /// Nested functions still to come.
    nested: u32,
}

impl Undumper<'_, '_> {
    fn chunk(&mut self) -> Result {
        self.header()?;
        let upvalues = self.byte()?;
        self.functions()?;
        if self.draft.functions[0].upvalues.len() != upvalues as usize {
            let why = if LUA_5_5 { "corrupted chunk" } else { "wrong number of upvalues" };
            return self.refuse(why);
        }
        Ok(())
    }

    fn header(&mut self) -> Result {
        if self.input.rest().starts_with(&format::HEADER) {
            self.consume(format::HEADER.len());
            return Ok(());
        }
        self.literal(&format::SIGNATURE, "not a binary chunk")?;
        self.expect(format::VERSION, "version mismatch")?;
        self.expect(format::FORMAT, "format mismatch")?;
        self.literal(&format::DATA, "corrupted chunk")?;
        if LUA_5_5 {
            self.sample(format::INT.to_ne_bytes(), "int size mismatch", "int format mismatch")?;
            let instruction = format::INSTRUCTION.to_ne_bytes();
            self.sample(instruction, "instruction size mismatch", "instruction format mismatch")?;
            let integer = format::INTEGER.to_ne_bytes();
            self.sample(integer, "Lua integer size mismatch", "Lua integer format mismatch")?;
            let float = format::FLOAT.to_ne_bytes();
            return self.sample(float, "Lua number size mismatch", "Lua number format mismatch");
        }
        self.expect(size_of::<u32>() as u8, "Instruction size mismatch")?;
        self.expect(size_of::<i64>() as u8, "lua_Integer size mismatch")?;
        self.expect(size_of::<f64>() as u8, "lua_Number size mismatch")?;
        if self.integer_bytes()? != format::INTEGER {
            return self.refuse("integer format mismatch");
        }
        if self.float()? != format::FLOAT {
            return self.refuse("float format mismatch");
        }
        Ok(())
    }

    /// The main function and all that are nested in it, in the order of the chunk: a function, its nested functions,
    /// its debug information.
    fn functions(&mut self) -> Result {
        let mut open: Buf<Open> = Buf::new(self.mem);
        let mut main = OpenBox::new(self.mem)?;
        let mut inner = OpenFunctions::new(self.mem);
        let head = self.function_head(&mut main, None)?;
        open.push(head)?;
        while let Some(innermost) = open.last_mut() {
            let Open { function, nested } = *innermost;
            if nested == 0 {
                open.pop();
                let Some(level) = open.len().checked_sub(1) else { break };
                let f = &mut inner[level];
                self.debug_information(f)?;
                self.draft.functions.finish(function, f)?;
                f.clear();
                continue;
            }
            innermost.nested -= 1;
            if open.len() == MAX_DEPTH {
                return self.refuse("functions nested too deeply");
            }
            let level = open.len() - 1;
            inner.ensure(level)?;
            let around = if level == 0 { &mut *main } else { &mut inner[level - 1] };
            around.nested.push(self.draft.functions.len() as u32)?;
            let source = around.source;
            let head = self.function_head(&mut inner[level], source)?;
            open.push(head)?;
        }
        self.debug_information(&mut main)?;
        self.draft.functions.finish_main(main)
    }

    /// What comes before the nested functions. `source` is that of the function around it.
    fn function_head(&mut self, f: &mut OpenFunction, source: Option<Symbol>) -> Result<Open> {
        f.source = match if LUA_5_5 { None } else { self.string()? } {
            None => source,
            given => given,
        };
        let function = self.draft.functions.open()?;
        f.line_defined = self.int()? as i32;
        f.last_line_defined = self.int()? as i32;
        f.parameters = self.byte()?;
        f.vararg = self.vararg()?;
        f.max_stack_size = self.byte()?;
        self.code(&mut f.code)?;
        self.constants(&mut f.constants)?;
        let count = self.int()?;
        // The verifier accepts no more of them.
        self.reserve(&mut f.upvalues, count.min(u8::MAX.into()), 3)?;
        for _ in 0..count {
            let (in_stack, index, kind) = (self.flag()?, self.byte()?, self.byte()?);
            f.upvalues.push(UpvalueDesc { name: None, in_stack, index, kind })?;
        }
        Ok(Open { function, nested: self.int()? })
    }

    fn code(&mut self, code: &mut Buf<u32>) -> Result {
        const WORD: usize = size_of::<u32>();
        let mut left = self.int()? as usize;
        self.align(WORD)?;
        while left > 0 {
            // Words that lie in the piece at hand.
            let words = self.input.available()?.as_chunks::<WORD>().0;
            let n = words.len().min(left);
            code.extend_mapped(&words[..n], u32::from_ne_bytes)?;
            self.consume(n * WORD);
            left -= n;
            if left > 0 {
                let mut word = [0; WORD];
                self.fill(&mut word)?;
                code.push(u32::from_ne_bytes(word))?;
                left -= 1;
            }
        }
        Ok(())
    }

    /// Makes room for `count` elements, as far as they can lie in the piece at hand if each takes `least` bytes there.
    fn reserve<T: Copy>(&mut self, list: &mut Buf<T>, count: u32, least: usize) -> Result {
        let there = self.input.available()?.len() / least;
        list.reserve(there.min(count as usize))
    }

    fn constants(&mut self, list: &mut Buf<Constant>) -> Result {
        let mut left = self.int()?;
        // Numbers and the tags before them; where many constants are shorter, the list grows.
        self.reserve(list, left, 1 + size_of::<f64>())?;
        while left > 0 {
            // Numbers that lie in the piece at hand.
            const NUMBER: usize = 1 + size_of::<f64>();
            let (numbers, _) = self.input.available()?.as_chunks::<NUMBER>();
            let mut used = 0;
            for [tag, bytes @ ..] in numbers.iter().take(left as usize) {
                list.push(match *tag {
                    format::FLOAT_TAG => Constant::Float(f64::from_ne_bytes(*bytes)),
                    format::INTEGER_TAG if !LUA_5_5 => Constant::Integer(i64::from_ne_bytes(*bytes)),
                    _ => break,
                })?;
                used += 1;
            }
            self.consume(used * NUMBER);
            left -= used as u32;
            if left > 0 {
                let constant = self.constant()?;
                list.push(constant)?;
                left -= 1;
            }
        }
        Ok(())
    }

    fn constant(&mut self) -> Result<Constant> {
        Ok(match self.byte()? {
            format::NIL => Constant::Nil,
            format::FALSE => Constant::False,
            format::TRUE => Constant::True,
            format::FLOAT_TAG => Constant::Float(self.float()?),
            format::INTEGER_TAG if LUA_5_5 => {
                let coded = self.unsigned(u64::MAX)?;
                Constant::Integer((coded >> 1) as i64 ^ -((coded & 1) as i64))
            }
            format::INTEGER_TAG => Constant::Integer(self.integer_bytes()?),
            format::SHORT_STRING | format::LONG_STRING => match self.string()? {
                Some(symbol) => Constant::String(symbol),
                None => return self.refuse("bad format for constant string"),
            },
            _ if LUA_5_5 => return self.refuse("invalid constant"),
            _ => return self.refuse("unknown type of constant"),
        })
    }

    fn debug_information(&mut self, f: &mut OpenFunction) -> Result {
        if LUA_5_5 {
            f.source = self.string()?;
        }
        let mut left = self.int()? as usize;
        while left > 0 {
            let piece = self.input.available()?;
            let n = piece.len().min(left);
            if n == 0 {
                return self.refuse(TRUNCATED);
            }
            f.line_info.extend_mapped(&piece[..n], |byte| byte as i8)?;
            self.consume(n);
            left -= n;
        }
        let count = self.int()?;
        if LUA_5_5 && count > 0 {
            self.align(size_of::<u32>())?;
        }
        for _ in 0..count {
            let (pc, line) = if LUA_5_5 { (self.word()?, self.word()?) } else { (self.int()?, self.int()?) };
            f.absolute_lines.push(AbsoluteLine { pc, line: line as i32 })?;
        }
        for _ in 0..self.int()? {
            let name = self.string()?;
            let (start_pc, end_pc) = (self.int()?, self.int()?);
            f.locals.push(LocalVariable { name, start_pc, end_pc })?;
        }
        // The number says only whether there are names: there is one for each upvalue.
        if self.int()? != 0 {
            for upvalue in f.upvalues.iter_mut() {
                upvalue.name = self.string()?;
            }
        }
        Ok(())
    }

    /// A string, or the absence of one.
    fn string(&mut self) -> Result<Option<Symbol>> {
        // The largest size a Lua string can have is that of a signed integer.
        let limit = if LUA_5_5 { i64::MAX as u64 } else { u64::MAX };
        let Some(mut left) = self.unsigned(limit)?.checked_sub(1) else {
            return if LUA_5_5 { self.saved_string() } else { Ok(None) };
        };
        let stays = self.input.stays();
        let piece = self.input.available()?;
        let symbol = if let Some(text) = usize::try_from(left).ok().and_then(|len| piece.get(..len)) {
            let n = text.len();
            let symbol = if n >= LONG && stays {
                // SAFETY: the input is there, and stays, as long as the draft.
                unsafe { self.draft.symbols.refer_to(text)? }
            } else {
                Self::symbol(&mut self.draft, text)?
            };
            self.consume(n);
            symbol
        } else {
            self.scratch.clear();
            while left > 0 {
                let piece = self.input.available()?;
                let n = (piece.len() as u64).min(left) as usize;
                if n == 0 {
                    return self.refuse(TRUNCATED);
                }
                self.scratch.extend(&piece[..n])?;
                self.consume(n);
                left -= n as u64;
            }
            Self::symbol(&mut self.draft, &self.scratch)?
        };
        if LUA_5_5 {
            // The zero at its end.
            self.byte()?;
            self.saved.push(symbol)?;
        }
        Ok(Some(symbol))
    }

    /// Functions repeat names, not long texts.
    fn symbol(draft: &mut Draft, text: &[u8]) -> Result<Symbol> {
        if text.len() <= MAX_SHORT { draft.symbols.intern(text) } else { draft.symbols.append(text) }
    }

    /// A string that occurred before, by its number; 0 is no string.
    fn saved_string(&mut self) -> Result<Option<Symbol>> {
        let Some(index) = self.unsigned(u64::MAX)?.checked_sub(1) else { return Ok(None) };
        match usize::try_from(index).ok().and_then(|index| self.saved.get(index)) {
            Some(symbol) => Ok(Some(*symbol)),
            None => self.refuse("invalid string index"),
        }
    }

    /// 5.5: skips what fills up to a multiple of `n` bytes.
    fn align(&mut self, n: usize) -> Result {
        if LUA_5_5 {
            let padding = self.offset.next_multiple_of(n) - self.offset;
            self.fill(&mut [0; 8][..padding])?;
        }
        Ok(())
    }

    /// A size or a line: seven bits a byte, the most significant first, the last byte marked; in 5.5 all others are.
    #[inline(always)]
    fn unsigned(&mut self, limit: u64) -> Result<u64> {
        // Most have one byte, which is within any limit.
        let first = self.byte()?;
        let x = u64::from(first & !format::MARK);
        if (first & format::MARK != 0) != LUA_5_5 { Ok(x) } else { self.rest_of_unsigned(x, limit) }
    }

    #[inline(never)]
    fn rest_of_unsigned(&mut self, mut x: u64, limit: u64) -> Result<u64> {
        loop {
            let byte = self.byte()?;
            if if LUA_5_5 { x > limit >> 7 } else { x >= limit >> 7 } {
                return self.refuse("integer overflow");
            }
            x = x << 7 | (byte & !format::MARK) as u64;
            if (byte & format::MARK != 0) != LUA_5_5 {
                return Ok(x);
            }
        }
    }

    /// A number that fits a C `int`.
    #[inline(always)]
    fn int(&mut self) -> Result<u32> {
        Ok(self.unsigned(i32::MAX as u64)? as u32)
    }

    #[inline(always)]
    fn byte(&mut self) -> Result<u8> {
        self.offset += 1;
        match self.input.next_byte()? {
            Some(byte) => Ok(byte),
            None => self.refuse(TRUNCATED),
        }
    }

    #[cold]
    fn refuse<T>(&mut self, why: &'static str) -> Result<T> {
        self.complaint = Some(why);
        Err(Throw::Syntax)
    }

    fn consume(&mut self, n: usize) {
        self.offset += n;
        self.input.consume(n);
    }

    fn flag(&mut self) -> Result<bool> {
        match self.byte()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => self.refuse("invalid flag"),
        }
    }

    fn vararg(&mut self) -> Result<Vararg> {
        match self.byte()? {
            0 => Ok(Vararg::No),
            1 => Ok(Vararg::Hidden),
            2 if LUA_5_5 => Ok(Vararg::Table),
            _ => self.refuse("invalid flag"),
        }
    }

    fn word(&mut self) -> Result<u32> {
        Ok(u32::from_ne_bytes(self.array()?))
    }

    fn integer_bytes(&mut self) -> Result<i64> {
        Ok(i64::from_ne_bytes(self.array()?))
    }

    fn float(&mut self) -> Result<f64> {
        Ok(f64::from_ne_bytes(self.array()?))
    }

    fn expect(&mut self, value: u8, complaint: &'static str) -> Result {
        if self.byte()? == value { Ok(()) } else { self.refuse(complaint) }
    }

    fn literal<const N: usize>(&mut self, literal: &[u8; N], complaint: &'static str) -> Result {
        if self.array()? == *literal { Ok(()) } else { self.refuse(complaint) }
    }

    /// The size of a type, and a value of it.
    fn sample<const N: usize>(&mut self, expected: [u8; N], size: &'static str, form: &'static str) -> Result {
        self.expect(N as u8, size)?;
        self.literal(&expected, form)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        if let Some(bytes) = self.input.rest().first_chunk() {
            let bytes = *bytes;
            self.consume(N);
            return Ok(bytes);
        }
        let mut bytes = [0; N];
        self.fill(&mut bytes)?;
        Ok(bytes)
    }

    fn fill(&mut self, out: &mut [u8]) -> Result {
        self.offset += out.len();
        if self.input.read(out)? { Ok(()) } else { self.refuse(TRUNCATED) }
    }
}
