//! Constants of the binary chunk format, shared by dump and undump.

use crate::edition::LUA_5_5;
use crate::value::Tag;

/// First bytes of every binary chunk; no text starts so.
pub const SIGNATURE: [u8; 4] = *b"\x1bLua";

/// What a chunk is, by its first byte, in the words of modes and messages: "binary" or "text".
pub fn kind(first: Option<u8>) -> &'static str {
    if first == Some(SIGNATURE[0]) { BINARY } else { "text" }
}

/// The kind of chunks that have this format.
pub const BINARY: &str = "binary";

/// Whether a mode allows a kind of chunk: "b", "t" or both; absent: both. From edition 5.5 on "B" is "b" with the promise that the memory the
/// chunk is read from stays, which need not be made use of.
pub fn allows(mode: Option<&[u8]>, kind: &str) -> bool {
    let Some(mode) = mode else { return true };
    mode.contains(&kind.as_bytes()[0]) || LUA_5_5 && kind == BINARY && mode.contains(&b'B')
}

/// The message for a mode that does not, in parts.
pub fn refusal<'a>(mode: Option<&'a [u8]>, kind: &'a str) -> [&'a [u8]; 5] {
    [b"attempt to load a ", kind.as_bytes(), b" chunk (mode is '", mode.unwrap_or_default(), b"')"]
}

/// Edition: major and minor version, a nibble each.
pub const VERSION: u8 = if LUA_5_5 { 0x55 } else { 0x54 };
/// The official format.
pub const FORMAT: u8 = 0;
/// Damaged by every usual conversion of text (line ends, the eighth bit, end-of-file characters).
pub const DATA: [u8; 6] = *b"\x19\x93\r\n\x1a\n";
/// Shows byte order and size of integers.
pub const INTEGER: i64 = if LUA_5_5 { -0x5678 } else { 0x5678 };
/// The same as a C `int` (5.5).
pub const INT: i32 = INTEGER as i32;
/// Shows byte order and size of instructions (5.5).
pub const INSTRUCTION: u32 = 0x1234_5678;
/// Shows the format of floats.
pub const FLOAT: f64 = if LUA_5_5 { -370.5 } else { 370.5 };

/// All of this as it stands at the beginning of a chunk that this library can run: types with their sizes and samples of them.
pub const HEADER: [u8; if LUA_5_5 { 40 } else { 31 }] = {
    let mut header = [0; if LUA_5_5 { 40 } else { 31 }];
    let mut len = 0;
    let (int, instruction) = (INT.to_ne_bytes(), INSTRUCTION.to_ne_bytes());
    let (integer, float) = (INTEGER.to_ne_bytes(), FLOAT.to_ne_bytes());
    let parts: [&[u8]; 11] = if LUA_5_5 {
        [&SIGNATURE, &[VERSION, FORMAT], &DATA, &[4], &int, &[4], &instruction, &[8], &integer, &[8], &float]
    } else {
        [&SIGNATURE, &[VERSION, FORMAT], &DATA, &[4, 8, 8], &integer, &float, &[], &[], &[], &[], &[]]
    };
    let mut i = 0;
    while i < parts.len() {
        let (_, rest) = header.split_at_mut(len);
        rest.split_at_mut(parts[i].len()).0.copy_from_slice(parts[i]);
        len += parts[i].len();
        i += 1;
    }
    assert!(len == header.len());
    header
};

/// Marks the last byte of an integer in 5.4, all others in 5.5.
pub const MARK: u8 = 0x80;

// Types of constants are the tags of values without the bit for collectable objects.
pub const NIL: u8 = Tag::NIL.0;
pub const FALSE: u8 = Tag::FALSE.0;
pub const TRUE: u8 = Tag::TRUE.0;
pub const INTEGER_TAG: u8 = Tag::INTEGER.0;
pub const FLOAT_TAG: u8 = Tag::FLOAT.0;
pub const SHORT_STRING: u8 = Tag::SHORT_STRING.0 & !Tag::COLLECTABLE;
pub const LONG_STRING: u8 = Tag::LONG_STRING.0 & !Tag::COLLECTABLE;
