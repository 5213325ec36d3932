//! Numerals, strings and comments.
//!
//! When a literal is malformed, the buffer holds what messages show: all of the literal up to the offending byte, with
//! the escapes before it already replaced.

use super::lexer::Lexer;
use super::token::{Token, ends_quoted_run, is_alpha, is_hex_digit, is_space};
use crate::throw::{Result, Throw};
use crate::value::number::{hex_digit, parse_number};
use crate::value::utf8::{self, Encoded};

/// Stands for any string token where only its text matters.
const SOME_STRING: Token = Token::String(crate::chunk::draft::Symbol(0));

/// How a possible long bracket went on after its first `[` or `]`.
enum Bracket {
    /// Just one bracket.
    Single,
    /// `[=` and so on without the second bracket.
    Broken,
    /// A long bracket of this level, its second bracket not consumed.
    Long(usize),
}

impl Lexer<'_> {
    /// A numeral that begins with a digit, or with a point and a digit.
    pub fn read_number(&mut self) -> Result {
        let rest = self.input.rest();
        let n = numeral_length(rest);
        if n == rest.len() {
            return self.read_number_slowly();
        }
        let number = small_integer(&rest[..n]).map(Token::Integer).or_else(|| number(&rest[..n]));
        self.input.consume(n);
        self.in_place = n;
        self.accept_number(number)
    }

    /// A numeral that reaches the end of its piece; the buffer may hold its point.
    #[cold]
    pub fn read_number_slowly(&mut self) -> Result {
        let mut seen = NumeralScan::Start;
        if self.buffer.is_empty() && self.input.peek()? == Some(b'.') {
            self.keep(b'.')?;
        }
        while let Some(c) = self.input.peek()?
            && seen.accepts(c)
        {
            self.keep(c)?;
        }
        if let Some(c) = self.input.peek()?
            && is_alpha(c)
        {
            self.keep(c)?;
        }
        let number = number(&self.buffer);
        self.accept_number(number)
    }

    fn accept_number(&mut self, number: Option<Token>) -> Result {
        match number {
            Some(token) => self.accept(token),
            None => Err(self.error_near(format_args!("malformed number"), Token::Float(0.0))),
        }
    }

    /// A string in single or double quotes.
    pub fn read_quoted(&mut self, quote: u8) -> Result {
        let rest = self.input.rest();
        let mut n = 1;
        while let Some(c) = rest.get(n) {
            if ends_quoted_run(*c) {
                if *c == quote {
                    n += 1;
                    self.input.consume(n);
                    let symbol = self.intern_recent(n, 1)?;
                    return self.accept(Token::String(symbol));
                }
                if !matches!(c, b'"' | b'\'') {
                    break;
                }
            }
            n += 1;
        }
        self.read_quoted_slowly(quote)
    }

    /// A quoted string with escapes, or one that reaches the end of its piece.
    fn read_quoted_slowly(&mut self, quote: u8) -> Result {
        self.keep(quote)?;
        loop {
            match self.input.peek()? {
                None => return Err(self.error_near(format_args!("unfinished string"), Token::Eof)),
                Some(b'\n' | b'\r') => return Err(self.error_near(format_args!("unfinished string"), SOME_STRING)),
                Some(b'\\') => self.read_escape()?,
                Some(c) if c == quote => break,
                Some(c) => {
                    self.keep(c)?;
                    self.keep_run(|c| !ends_quoted_run(c))?;
                }
            }
        }
        self.keep(quote)?;
        let symbol = self.intern_buffer(1)?;
        self.accept(Token::String(symbol))
    }

    /// Moves bytes of the current piece into the buffer as long as they are ordinary.
    fn keep_run(&mut self, ordinary: impl Fn(u8) -> bool) -> Result {
        let rest = self.input.rest();
        let n = rest.iter().position(|c| !ordinary(*c)).unwrap_or(rest.len());
        self.buffer.extend(&rest[..n])?;
        self.input.consume(n);
        Ok(())
    }

    /// One escape sequence (§3.1). Its source is kept until it is known to be right, then replaced by what it means.
    fn read_escape(&mut self) -> Result {
        let start = self.buffer.len();
        self.keep(b'\\')?;
        // The end of input is reported by the string.
        let Some(c) = self.input.peek()? else { return Ok(()) };
        let byte = match c {
            b'a' => 0x07,
            b'b' => 0x08,
            b'f' => 0x0C,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'v' => 0x0B,
            b'\\' | b'"' | b'\'' => c,
            b'x' => {
                self.keep(c)?;
                let high = self.expect_hex_digit()?;
                let low = self.expect_hex_digit()?;
                self.buffer.truncate(start);
                return self.buffer.push(high << 4 | low);
            }
            b'u' => {
                let code = self.read_utf8_escape()?;
                self.buffer.truncate(start);
                return self.buffer.extend(Encoded::new(code).as_bytes());
            }
            b'\n' | b'\r' => {
                self.new_line()?;
                self.buffer.truncate(start);
                return self.buffer.push(b'\n');
            }
            b'z' => {
                self.buffer.truncate(start);
                self.input.consume(1);
                while let Some(c) = self.input.peek()?
                    && is_space(c)
                {
                    if matches!(c, b'\n' | b'\r') { self.new_line()? } else { self.input.consume(1) }
                }
                return Ok(());
            }
            b'0'..=b'9' => {
                let byte = self.read_decimal_escape()?;
                self.buffer.truncate(start);
                return self.buffer.push(byte);
            }
            _ => return Err(self.escape_error("invalid escape sequence")),
        };
        self.buffer.truncate(start);
        self.input.consume(1);
        self.buffer.push(byte)
    }

    /// A bad escape: the message also shows the byte after what was kept.
    fn escape_error(&mut self, text: &str) -> Throw {
        let kept = match self.input.peek() {
            Ok(Some(c)) => self.keep(c),
            Ok(None) => Ok(()),
            Err(throw) => Err(throw),
        };
        match kept {
            Ok(()) => self.error_near(format_args!("{text}"), SOME_STRING),
            Err(throw) => throw,
        }
    }

    fn expect_hex_digit(&mut self) -> Result<u8> {
        if let Some(c) = self.input.peek()?
            && let Some(digit) = hex_digit(c)
        {
            self.keep(c)?;
            return Ok(digit);
        }
        Err(self.escape_error("hexadecimal digit expected"))
    }

    fn read_utf8_escape(&mut self) -> Result<u32> {
        self.keep(b'u')?;
        if self.input.peek()? != Some(b'{') {
            return Err(self.escape_error("missing '{'"));
        }
        self.keep(b'{')?;
        let mut code = self.expect_hex_digit()? as u32;
        while let Some(c) = self.input.peek()?
            && let Some(digit) = hex_digit(c)
        {
            if code > utf8::MAX >> 4 {
                return Err(self.escape_error("UTF-8 value too large"));
            }
            code = code << 4 | digit as u32;
            self.keep(c)?;
        }
        if self.input.peek()? != Some(b'}') {
            return Err(self.escape_error("missing '}'"));
        }
        self.input.consume(1);
        Ok(code)
    }

    fn read_decimal_escape(&mut self) -> Result<u8> {
        let mut value = 0u32;
        for _ in 0..3 {
            let Some(c @ b'0'..=b'9') = self.input.peek()? else { break };
            value = value * 10 + (c - b'0') as u32;
            self.keep(c)?;
        }
        u8::try_from(value).map_err(|_| self.escape_error("decimal escape too large"))
    }

    /// `[` alone, or a long string.
    pub fn read_bracket(&mut self) -> Result {
        match self.read_long_bracket(b'[')? {
            Bracket::Single => self.accept(Token::Byte(b'[')),
            Bracket::Broken => Err(self.error_near(format_args!("invalid long string delimiter"), SOME_STRING)),
            Bracket::Long(level) => {
                self.read_long(level, true)?;
                let symbol = self.intern_buffer(level + 2)?;
                self.accept(Token::String(symbol))
            }
        }
    }

    /// The rest of a comment, after its two dashes.
    pub fn skip_comment(&mut self) -> Result {
        if self.input.peek()? == Some(b'[')
            && let Bracket::Long(level) = self.read_long_bracket(b'[')?
        {
            self.read_long(level, false)?;
            self.buffer.clear();
            return Ok(());
        }
        self.buffer.clear();
        loop {
            let rest = self.input.available()?;
            let n = rest.iter().position(|c| matches!(c, b'\n' | b'\r'));
            let skip = n.unwrap_or(rest.len());
            self.input.consume(skip);
            if n.is_some() || skip == 0 {
                return Ok(());
            }
        }
    }

    /// A bracket and the equal signs after it, moved into the buffer.
    fn read_long_bracket(&mut self, bracket: u8) -> Result<Bracket> {
        self.keep(bracket)?;
        let mut level = 0;
        while self.input.peek()? == Some(b'=') {
            self.keep(b'=')?;
            level += 1;
        }
        Ok(match self.input.peek()? {
            Some(c) if c == bracket => Bracket::Long(level),
            _ if level == 0 => Bracket::Single,
            _ => Bracket::Broken,
        })
    }

    /// A long string or comment from its second opening bracket on. A string ends up in the buffer, brackets included.
    fn read_long(&mut self, level: usize, is_string: bool) -> Result {
        let line = self.line;
        self.keep(b'[')?;
        if let Some(b'\n' | b'\r') = self.input.peek()? {
            self.new_line()?;
        }
        loop {
            let Some(c) = self.input.peek()? else {
                let what = if is_string { "string" } else { "comment" };
                return Err(self.error_near(format_args!("unfinished long {what} (starting at line {line})"), Token::Eof));
            };
            match c {
                b']' => {
                    if let Bracket::Long(found) = self.read_long_bracket(b']')?
                        && found == level
                    {
                        return self.keep(b']');
                    }
                }
                b'\n' | b'\r' => {
                    self.new_line()?;
                    if is_string { self.buffer.push(b'\n')? } else { self.buffer.clear() }
                }
                _ if is_string => self.keep_run(|c| !matches!(c, b']' | b'\n' | b'\r'))?,
                _ => {
                    let rest = self.input.rest();
                    let n = rest.iter().position(|c| matches!(c, b']' | b'\n' | b'\r')).unwrap_or(rest.len());
                    self.input.consume(n);
                }
            }
        }
    }
}

/// What belongs to a numeral, roughly: conversion rejects the rest. A sign belongs to it only after an exponent mark.
#[derive(Clone, Copy, PartialEq)]
enum NumeralScan {
    Start,
    /// After a leading zero: the next byte says which base.
    Zero,
    /// In the digits; the field is the exponent mark of the base.
    Digits(u8),
    /// After an exponent mark.
    Mark(u8),
}

impl NumeralScan {
    /// Whether the next byte belongs to it. The first one is a digit.
    #[inline(always)]
    fn accepts(&mut self, c: u8) -> bool {
        let mark = match *self {
            NumeralScan::Start => {
                *self = if c == b'0' { NumeralScan::Zero } else { NumeralScan::Digits(b'e') };
                return true;
            }
            NumeralScan::Zero if c | 0x20 == b'x' => {
                *self = NumeralScan::Digits(b'p');
                return true;
            }
            NumeralScan::Zero => b'e',
            NumeralScan::Mark(mark) if matches!(c, b'+' | b'-') => {
                *self = NumeralScan::Digits(mark);
                return true;
            }
            NumeralScan::Mark(mark) | NumeralScan::Digits(mark) => mark,
        };
        let is_mark = c | 0x20 == mark;
        *self = if is_mark { NumeralScan::Mark(mark) } else { NumeralScan::Digits(mark) };
        is_mark || is_hex_digit(c) || c == b'.'
    }
}

/// Length of the numeral that `text` begins with; a letter that touches it is included, to make it an error.
fn numeral_length(text: &[u8]) -> usize {
    let mut scan = NumeralScan::Start;
    let point = usize::from(text[0] == b'.');
    let n = point + text[point..].iter().position(|c| !scan.accepts(*c)).unwrap_or(text.len() - point);
    n + usize::from(text.get(n).is_some_and(|c| is_alpha(*c)))
}

/// The commonest numerals: decimal integers that cannot overflow.
#[inline]
fn small_integer(text: &[u8]) -> Option<i64> {
    if text.len() > 18 {
        return None;
    }
    let mut value = 0;
    for c in text {
        let digit = c.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        value = value * 10 + digit as i64;
    }
    Some(value)
}

fn number(text: &[u8]) -> Option<Token> {
    let value = parse_number(text)?;
    Some(match value.as_integer() {
        Some(i) => Token::Integer(i),
        None => Token::Float(value.float_payload()),
    })
}
