//! Messages about chunks that do not compile.
//!
//! A failure travels as a `Throw`; its text waits in the lexer's `Message` until `compile` picks it up. That keeps the
//! `Result` of every parsing function one byte long.

use super::lexer::Lexer;
use super::token::Token;
use crate::edition::LUA_5_5;
use crate::heap::mem::{Buf, Mem};
use crate::throw::{Result, Throw};
use crate::value::chunk_id::ChunkId;
use core::cell::Cell;
use core::fmt;

/// The text of the failure that is under way.
pub struct Message(Cell<Option<Buf<u8>>>);

impl Message {
    pub fn none() -> Message {
        Message(Cell::new(None))
    }

    pub fn take(&self) -> Option<Buf<u8>> {
        self.0.take()
    }
}

/// Where formatted text goes; remembers that memory ran out.
struct Sink<'a>(&'a mut Buf<u8>);

impl fmt::Write for Sink<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.extend(text.as_bytes()).map_err(|_| fmt::Error)
    }
}

/// Appends formatted text. May: raise (memory), collect.
fn append(buffer: &mut Buf<u8>, text: fmt::Arguments<'_>) -> Result {
    // Formatting what the compiler formats has no other way to fail.
    fmt::write(&mut Sink(buffer), text).map_err(|_| Throw::Memory)
}

/// Names are ASCII by construction, so this loses nothing.
pub fn name_text(name: &[u8]) -> &str {
    core::str::from_utf8(name).unwrap_or("?")
}

impl Lexer<'_> {
    /// A syntax error that no token is to blame for; at the current line, in 5.5 at that of the last token used.
    /// Returns what to raise.
    #[doc(alias = "luaK_semerror")]
    #[cold]
    pub fn error(&self, text: fmt::Arguments<'_>) -> Throw {
        self.raise(text, None, if LUA_5_5 { self.last_line } else { self.line })
    }

    /// A syntax error near the current token.
    #[cold]
    pub fn error_here(&self, text: fmt::Arguments<'_>) -> Throw {
        self.raise(text, Some(self.token), self.line)
    }

    /// A syntax error near `token`. A token with text must be the one that was read last.
    #[cold]
    pub fn error_near(&self, text: fmt::Arguments<'_>, token: Token) -> Throw {
        self.raise(text, Some(token), self.line)
    }

    /// `token` was expected and is not there.
    #[cold]
    pub fn error_expected(&self, token: Token) -> Throw {
        self.error_here(format_args!("{} expected", Shown(token)))
    }

    /// `token` was expected, to close what `opening` opened on `line`.
    #[cold]
    pub fn error_unclosed(&self, token: Token, opening: Token, line: i32) -> Throw {
        if line == self.line {
            return self.error_expected(token);
        }
        self.error_here(format_args!("{} expected (to close {} at line {line})", Shown(token), Shown(opening)))
    }

    /// More of something than chunks can have: a runtime error, not a syntax error.
    #[cold]
    pub fn error_limit(&self, what: &str, limit: usize) -> Throw {
        self.fail(Throw::Run, |buffer| append(buffer, format_args!("too many {what} (limit is {limit})")))
    }

    #[cold]
    pub fn error_too_many_lines(&self) -> Throw {
        self.raise(format_args!("chunk has too many lines"), None, self.line)
    }

    /// Nesting that would exhaust the native stack: a runtime error.
    #[cold]
    pub fn error_overflow(&self) -> Throw {
        self.fail(Throw::Run, |buffer| buffer.extend(b"C stack overflow"))
    }

    fn raise(&self, text: fmt::Arguments<'_>, near: Option<Token>, line: i32) -> Throw {
        self.fail(Throw::Syntax, |buffer| {
            buffer.extend(ChunkId::new(self.symbols.bytes(self.source)).as_bytes())?;
            append(buffer, format_args!(":{line}: {text}"))?;
            match near {
                // A zero byte cannot be shown.
                None | Some(Token::Byte(0)) => Ok(()),
                Some(token) if token.has_text() => {
                    // As a C string: what follows a zero byte is not shown.
                    let text = self.token_text().split(|b| *b == 0).next().unwrap_or_default();
                    buffer.extend(b" near '")?;
                    buffer.extend(text)?;
                    buffer.push(b'\'')
                }
                Some(token) => append(buffer, format_args!(" near {}", Shown(token))),
            }
        })
    }

    fn fail(&self, throw: Throw, write: impl FnOnce(&mut Buf<u8>) -> Result) -> Throw {
        let mut buffer = Buf::new(self.mem());
        match write(&mut buffer) {
            Ok(()) => {
                self.message.0.set(Some(buffer));
                throw
            }
            Err(throw) => throw,
        }
    }

    fn mem(&self) -> Mem {
        self.buffer.mem()
    }
}

/// A token as messages name it, independent of its text in the source.
pub struct Shown(pub Token);

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Token::Byte(b @ 0x20..=0x7E) => write!(f, "'{}'", b as char),
            Token::Byte(b) => write!(f, "'<\\{b}>'"),
            token => f.write_str(token.fixed_text()),
        }
    }
}
