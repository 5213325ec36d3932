//! Tokens, reserved words and character classes.

use crate::chunk::draft::Symbol;

/// One lexical element (§3.1).
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Token {
    And,
    Break,
    Do,
    Else,
    ElseIf,
    End,
    False,
    For,
    Function,
    Goto,
    If,
    In,
    Local,
    Nil,
    Not,
    Or,
    Repeat,
    Return,
    Then,
    True,
    Until,
    While,
    /// `//`
    IDiv,
    /// `..`
    Concat,
    /// `...`
    Dots,
    /// `==`
    Eq,
    /// `>=`
    Ge,
    /// `<=`
    Le,
    /// `~=`
    Ne,
    /// `<<`
    Shl,
    /// `>>`
    Shr,
    /// `::`
    DoubleColon,
    Eof,
    Float(f64),
    Integer(i64),
    Name(Symbol),
    String(Symbol),
    /// Any other character, a token of its own whether or not the grammar has a use for it.
    Byte(u8),
}

impl Token {
    /// How messages show a token whose text is always the same; quotes included.
    pub fn fixed_text(self) -> &'static str {
        match self {
            Token::And => "'and'",
            Token::Break => "'break'",
            Token::Do => "'do'",
            Token::Else => "'else'",
            Token::ElseIf => "'elseif'",
            Token::End => "'end'",
            Token::False => "'false'",
            Token::For => "'for'",
            Token::Function => "'function'",
            Token::Goto => "'goto'",
            Token::If => "'if'",
            Token::In => "'in'",
            Token::Local => "'local'",
            Token::Nil => "'nil'",
            Token::Not => "'not'",
            Token::Or => "'or'",
            Token::Repeat => "'repeat'",
            Token::Return => "'return'",
            Token::Then => "'then'",
            Token::True => "'true'",
            Token::Until => "'until'",
            Token::While => "'while'",
            Token::IDiv => "'//'",
            Token::Concat => "'..'",
            Token::Dots => "'...'",
            Token::Eq => "'=='",
            Token::Ge => "'>='",
            Token::Le => "'<='",
            Token::Ne => "'~='",
            Token::Shl => "'<<'",
            Token::Shr => "'>>'",
            Token::DoubleColon => "'::'",
            Token::Eof => "<eof>",
            Token::Float(_) => "<number>",
            Token::Integer(_) => "<integer>",
            Token::Name(_) => "<name>",
            Token::String(_) => "<string>",
            Token::Byte(_) => "",
        }
    }

    /// Whether messages show the token as it stands in the source.
    pub fn has_text(self) -> bool {
        matches!(self, Token::Float(_) | Token::Integer(_) | Token::Name(_) | Token::String(_))
    }
}

/// The token of a reserved word, if `word` is one.
///
/// Length and first letter leave at most three candidates.
#[inline]
pub fn reserved(word: &[u8]) -> Option<Token> {
    if !(2..=8).contains(&word.len()) {
        return None;
    }
    let token = match (word[0], word) {
        (b'a', b"and") => Token::And,
        (b'b', b"break") => Token::Break,
        (b'd', b"do") => Token::Do,
        (b'e', b"end") => Token::End,
        (b'e', b"else") => Token::Else,
        (b'e', b"elseif") => Token::ElseIf,
        (b'f', b"for") => Token::For,
        (b'f', b"false") => Token::False,
        (b'f', b"function") => Token::Function,
        (b'g', b"goto") => Token::Goto,
        (b'i', b"if") => Token::If,
        (b'i', b"in") => Token::In,
        (b'l', b"local") => Token::Local,
        (b'n', b"nil") => Token::Nil,
        (b'n', b"not") => Token::Not,
        (b'o', b"or") => Token::Or,
        (b'r', b"return") => Token::Return,
        (b'r', b"repeat") => Token::Repeat,
        (b't', b"then") => Token::Then,
        (b't', b"true") => Token::True,
        (b'u', b"until") => Token::Until,
        (b'w', b"while") => Token::While,
        _ => return None,
    };
    Some(token)
}

/// Letter or underscore.
const ALPHA: u8 = 1 << 0;
const DIGIT: u8 = 1 << 1;
const HEX: u8 = 1 << 2;
const SPACE: u8 = 1 << 3;
/// Ends a run of ordinary characters in a quoted string.
const QUOTED_END: u8 = 1 << 4;

/// Classes of each byte. They do not depend on the locale: letters are ASCII letters.
static CLASSES: [u8; 256] = {
    let mut table = [0; 256];
    let mut i = 0;
    while i < 256 {
        let b = i as u8;
        table[i] = (if b.is_ascii_alphabetic() || b == b'_' { ALPHA } else { 0 })
            | (if b.is_ascii_digit() { DIGIT } else { 0 })
            | (if b.is_ascii_hexdigit() { HEX } else { 0 })
            | (if matches!(b, b' ' | b'\t'..=b'\r') { SPACE } else { 0 })
            | (if matches!(b, b'"' | b'\'' | b'\\' | b'\n' | b'\r') { QUOTED_END } else { 0 });
        i += 1;
    }
    table
};

#[inline(always)]
pub fn is_alpha(b: u8) -> bool {
    CLASSES[b as usize] & ALPHA != 0
}

#[inline(always)]
pub fn is_alphanumeric(b: u8) -> bool {
    CLASSES[b as usize] & (ALPHA | DIGIT) != 0
}

#[inline(always)]
pub fn is_hex_digit(b: u8) -> bool {
    CLASSES[b as usize] & HEX != 0
}

#[inline(always)]
pub fn is_space(b: u8) -> bool {
    CLASSES[b as usize] & SPACE != 0
}

#[inline(always)]
pub fn ends_quoted_run(b: u8) -> bool {
    CLASSES[b as usize] & QUOTED_END != 0
}
