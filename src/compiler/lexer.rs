//! The lexer (§3.1): bytes to tokens.
//!
//! Invariants:
//! * L1 the text of the last token with text is either the `in_place` bytes that were read last, or (`in_place` zero)
//!   all of `buffer`. Messages show it.
//! * L2 a token that lies in one piece of the input is never copied; `buffer` is for those that span pieces or have
//!   escapes.

use super::message::Message;
use super::token::{Token, is_alpha, is_alphanumeric, reserved};
use crate::chunk::draft::{ChunkName, Symbol, SymbolPool};
use crate::chunk::input::Input;
use crate::heap::mem::{Buf, Mem};
use crate::throw::Result;

/// What the compiler knows about a symbol besides its text.
#[derive(Clone, Copy)]
pub struct SymbolInfo {
    /// Index of the constant that last held it, in whatever function that was; `NO_CONSTANT` if none.
    pub constant: u32,
    /// How many declared variables of all open functions have this name. Zero: the name is global.
    pub declared: u32,
}

pub const NO_CONSTANT: u32 = u32::MAX;

pub struct Lexer<'i> {
    pub input: Input<'i>,
    /// The chunk name.
    pub source: Symbol,
    /// The token under the parser's eye.
    pub token: Token,
    ahead: Option<Token>,
    /// Line of the input position.
    pub line: i32,
    /// Line where the token before `token` ended: the line of instructions that are emitted now.
    pub last_line: i32,
    pub buffer: Buf<u8>,
    pub in_place: usize,
    pub symbols: SymbolPool,
    info: Buf<SymbolInfo>,
    pub message: Message,
}

impl<'i> Lexer<'i> {
    pub fn new(mem: Mem, input: Input<'i>, chunk_name: ChunkName) -> Result<Lexer<'i>> {
        let mut lexer = Lexer {
            input,
            source: Symbol(0),
            token: Token::Eof,
            ahead: None,
            line: 1,
            last_line: 1,
            buffer: Buf::new(mem),
            in_place: 0,
            symbols: SymbolPool::new(mem),
            info: Buf::new(mem),
            message: Message::none(),
        };
        lexer.source = lexer.symbols.add_name(chunk_name)?;
        note_symbol(&mut lexer.info, lexer.source)?;
        Ok(lexer)
    }

    /// Moves to the next token. May: raise, collect (like everything that reads).
    pub fn advance(&mut self) -> Result {
        self.last_line = self.line;
        if let Some(token) = self.ahead.take() {
            self.token = token;
            return Ok(());
        }
        self.read()
    }

    /// The token after the current one, which must not have been looked at yet.
    pub fn look_ahead(&mut self) -> Result<Token> {
        debug_assert!(self.ahead.is_none());
        let current = self.token;
        self.read()?;
        self.ahead = Some(self.token);
        Ok(core::mem::replace(&mut self.token, current))
    }

    /// The symbol for `text`.
    pub fn intern(&mut self, text: &[u8]) -> Result<Symbol> {
        let symbol = self.symbols.intern(text)?;
        note_symbol(&mut self.info, symbol)
    }

    #[inline]
    pub fn info(&mut self, symbol: Symbol) -> &mut SymbolInfo {
        &mut self.info[symbol.0 as usize]
    }

    /// Interns the last `n` bytes read without `skip` bytes at either end; they become the token's text.
    #[inline]
    pub fn intern_recent(&mut self, n: usize, skip: usize) -> Result<Symbol> {
        self.in_place = n;
        let symbol = self.symbols.intern(&self.input.recent(n)[skip..n - skip])?;
        note_symbol(&mut self.info, symbol)
    }

    /// Interns the buffer without `skip` bytes at either end.
    pub fn intern_buffer(&mut self, skip: usize) -> Result<Symbol> {
        let symbol = self.symbols.intern(&self.buffer[skip..self.buffer.len() - skip])?;
        note_symbol(&mut self.info, symbol)
    }

    /// The last token with text, as it stood in the source (escapes replaced).
    pub fn token_text(&self) -> &[u8] {
        if self.in_place > 0 { self.input.recent(self.in_place) } else { &self.buffer }
    }

    /// Reads the next token into `token`: in place, since one that is written and copied at once stalls the processor.
    fn read(&mut self) -> Result {
        self.buffer.clear();
        self.in_place = 0;
        loop {
            let Some(mut c) = self.input.peek()? else { return self.accept(Token::Eof) };
            if c == b' ' {
                // Most tokens follow one space.
                self.input.consume(1);
                match self.input.rest().first() {
                    Some(next) => c = *next,
                    None => continue,
                }
            }
            match c {
                b'\n' | b'\r' => self.new_line()?,
                b' ' | b'\t' | 0x0B | 0x0C => {
                    let rest = self.input.rest();
                    let n = rest.iter().position(|b| *b != b' ').unwrap_or(rest.len());
                    self.input.consume(n.max(1));
                }
                b'A'..=b'Z' | b'a'..=b'z' | b'_' => return self.read_name(),
                b'0'..=b'9' => return self.read_number(),
                b'"' | b'\'' => return self.read_quoted(c),
                b'-' => {
                    self.input.consume(1);
                    if self.input.peek()? != Some(b'-') {
                        return self.accept(Token::Byte(b'-'));
                    }
                    self.input.consume(1);
                    self.skip_comment()?;
                }
                b'[' => return self.read_bracket(),
                b'.' => return self.read_dot(),
                b'=' => return self.either(c, b'=', Token::Eq),
                b'~' => return self.either(c, b'=', Token::Ne),
                b'/' => return self.either(c, b'/', Token::IDiv),
                b':' => return self.either(c, b':', Token::DoubleColon),
                b'<' | b'>' => {
                    self.input.consume(1);
                    let token = match (c, self.input.peek()?) {
                        (b'<', Some(b'=')) => Token::Le,
                        (b'<', Some(b'<')) => Token::Shl,
                        (b'>', Some(b'=')) => Token::Ge,
                        (b'>', Some(b'>')) => Token::Shr,
                        _ => return self.accept(Token::Byte(c)),
                    };
                    self.input.consume(1);
                    return self.accept(token);
                }
                _ => {
                    self.input.consume(1);
                    return self.accept(Token::Byte(c));
                }
            }
        }
    }

    #[inline(always)]
    pub fn accept(&mut self, token: Token) -> Result {
        self.token = token;
        Ok(())
    }

    /// `first` alone, or `double` when `second` follows.
    #[inline]
    fn either(&mut self, first: u8, second: u8, double: Token) -> Result {
        self.input.consume(1);
        if self.input.peek()? == Some(second) {
            self.input.consume(1);
            return self.accept(double);
        }
        self.accept(Token::Byte(first))
    }

    fn read_dot(&mut self) -> Result {
        match self.input.rest() {
            [b'.', b'0'..=b'9', ..] => return self.read_number(),
            [_] => self.buffer.push(b'.')?,
            _ => {}
        }
        // The next byte may lie in the next piece: a numeral then continues in the buffer.
        self.input.consume(1);
        match self.input.peek()? {
            Some(b'0'..=b'9') => self.read_number_slowly(),
            Some(b'.') => {
                self.input.consume(1);
                if self.input.peek()? == Some(b'.') {
                    self.input.consume(1);
                    return self.accept(Token::Dots);
                }
                self.accept(Token::Concat)
            }
            _ => self.accept(Token::Byte(b'.')),
        }
    }

    #[inline]
    fn read_name(&mut self) -> Result {
        let rest = self.input.rest();
        let n = rest.iter().position(|b| !is_alphanumeric(*b)).unwrap_or(rest.len());
        if n == rest.len() {
            return self.read_name_slowly();
        }
        let word = reserved(&rest[..n]);
        self.input.consume(n);
        match word {
            Some(token) => self.token = token,
            None => self.token = Token::Name(self.intern_recent(n, 0)?),
        }
        Ok(())
    }

    /// A name that reaches the end of its piece.
    #[cold]
    fn read_name_slowly(&mut self) -> Result {
        while let Some(c) = self.input.peek()?
            && is_alphanumeric(c)
        {
            self.keep(c)?;
        }
        debug_assert!(is_alpha(self.buffer[0]));
        match reserved(&self.buffer) {
            Some(token) => self.token = token,
            None => self.token = Token::Name(self.intern_buffer(0)?),
        }
        Ok(())
    }

    /// Moves the byte that was peeked into the buffer.
    #[inline]
    pub fn keep(&mut self, c: u8) -> Result {
        self.input.consume(1);
        self.buffer.push(c)
    }

    /// Skips one line break, of one or two characters.
    pub fn new_line(&mut self) -> Result {
        let first = self.input.peek()?;
        self.input.consume(1);
        if let Some(second @ (b'\n' | b'\r')) = self.input.peek()?
            && Some(second) != first
        {
            self.input.consume(1);
        }
        self.line += 1;
        if self.line == i32::MAX {
            return Err(self.error_too_many_lines());
        }
        Ok(())
    }
}

/// Makes room for what is known about a symbol that may be new.
#[inline]
fn note_symbol(info: &mut Buf<SymbolInfo>, symbol: Symbol) -> Result<Symbol> {
    if info.len() <= symbol.0 as usize {
        debug_assert_eq!(info.len(), symbol.0 as usize);
        info.push(SymbolInfo { constant: NO_CONSTANT, declared: 0 })?;
    }
    Ok(symbol)
}
