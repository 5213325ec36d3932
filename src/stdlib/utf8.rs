//! The UTF-8 library (§6.5): positions are in bytes, and codes up to 2^31 are known to the lax variants.

use super::text::Text;
use crate::edition::LUA_5_5;
use crate::heap::function::Native;
use crate::heap::state::State;
use crate::native;
use crate::throw::Result;
use crate::value::utf8::{Encoded, MAX};
use crate::vm::auxiliary::library::Fields;

native!(OFFSET = "offset", offset);
native!(CODEPOINT = "codepoint", codepoint);
native!(CHAR = "char", char_);
native!(LEN = "len", len);
native!(CODES = "codes", codes);
native!(NEXT_STRICT = "codes_next", next_strict);
native!(NEXT_LAX = "codes_next_lax", next_lax);

static FUNCTIONS: [&Native; 5] = [&OFFSET, &CODEPOINT, &CHAR, &LEN, &CODES];

/// Matches one UTF-8 character of a valid text.
const CHAR_PATTERN: &[u8] = b"[\0-\x7F\xC2-\xFD][\x80-\xBF]*";
/// Largest code point of Unicode.
const MAX_UNICODE: u32 = 0x10FFFF;
/// Largest code that six bytes can express.
const MAX_CODE: u64 = MAX as u64;
const INVALID: &str = "invalid UTF-8 code";

/// Leaves the library's table on the stack. May: raise, collect.
pub fn open(l: State) -> Result<u32> {
    static FIELDS: Fields = Fields::new();
    // And `charpattern`.
    l.new_lib(&FIELDS, FUNCTIONS.len() + 1, || l.set_natives(&FUNCTIONS))?;
    l.push_bytes(CHAR_PATTERN)?;
    l.set_field(-2, "charpattern")?;
    Ok(1)
}

const fn is_continuation(b: u8) -> bool {
    b & 0xC0 == 0x80
}

/// Whether a continuation byte stands at `i`; none does beyond the end.
#[inline]
fn continues_at(text: &[u8], i: usize) -> bool {
    text.get(i).is_some_and(|b| is_continuation(*b))
}

/// The code at the beginning of `text` (empty: code zero, as C strings end) and its length in bytes.
#[inline]
fn decode(text: &[u8], lax: bool) -> Option<(u32, usize)> {
    let first = text.first().copied().unwrap_or(0);
    if first < 0x80 { Some((first.into(), 1)) } else { decode_long(first, text, lax) }
}

fn decode_long(first: u8, text: &[u8], lax: bool) -> Option<(u32, usize)> {
    /// Smallest code that needs so many continuation bytes.
    const LEAST: [u64; 6] = [u64::MAX, 0x80, 0x800, 0x1_0000, 0x20_0000, 0x400_0000];
    let count = (first.leading_ones() as usize).saturating_sub(1);
    let least = *LEAST.get(count)?;
    let mut code = u64::from(first) & (0x7F >> (count + 1));
    for i in 1..=count {
        let b = *text.get(i)?;
        if !is_continuation(b) {
            return None;
        }
        code = code << 6 | u64::from(b & 0x3F);
    }
    if code < least || code > MAX_CODE {
        return None;
    }
    let code = code as u32;
    if !lax && (code > MAX_UNICODE || (0xD800..=0xDFFF).contains(&code)) {
        return None;
    }
    Some((code, count + 1))
}

/// A position counted from the end when negative; 0 when before the beginning.
fn position(i: i64, len: usize) -> i64 {
    if i >= 0 {
        i
    } else if i.unsigned_abs() > len as u64 {
        0
    } else {
        len as i64 + i + 1
    }
}

fn len(l: State) -> Result<u32> {
    let text = l.check_bytes(1)?;
    let from = position(l.opt_integer(2, 1)?, text.len());
    let to = position(l.opt_integer(3, -1)?, text.len());
    let lax = l.to_boolean(4);
    l.arg_check(from >= 1 && from - 1 <= text.len() as i64, 2, "initial position out of bounds")?;
    l.arg_check(to.wrapping_sub(1) < text.len() as i64, 3, "final position out of bounds")?;
    let mut n = 0;
    let mut i = from as usize - 1;
    while (i as i64) < to {
        match decode(&text[i..], lax) {
            Some((_, size)) => i += size,
            None => {
                l.push_nil();
                l.push_integer(i as i64 + 1);
                return Ok(2);
            }
        }
        n += 1;
    }
    l.push_integer(n);
    Ok(1)
}

fn codepoint(l: State) -> Result<u32> {
    let text = l.check_bytes(1)?;
    let from = position(l.opt_integer(2, 1)?, text.len());
    let to = position(l.opt_integer(3, from)?, text.len());
    let lax = l.to_boolean(4);
    l.arg_check(from >= 1, 2, "out of bounds")?;
    l.arg_check(to <= text.len() as i64, 3, "out of bounds")?;
    if from > to {
        return Ok(0);
    }
    if to - from >= i32::MAX.into() {
        return Err(l.error_fmt(format_args!("string slice too long")));
    }
    l.check_stack((to - from) as i32 + 1, "string slice too long")?;
    let mut n = 0;
    let mut i = from as usize - 1;
    while i < to as usize {
        let Some((code, size)) = decode(&text[i..], lax) else {
            return Err(l.error_fmt(format_args!("{INVALID}")));
        };
        l.push_integer(code.into());
        i += size;
        n += 1;
    }
    Ok(n)
}

fn char_(l: State) -> Result<u32> {
    let mut text = Text::new(l);
    for arg in 1..=l.get_top() {
        let code = l.check_integer(arg)?;
        l.arg_check(code as u64 <= MAX_CODE, arg, "value out of range")?;
        text.extend(Encoded::new(code as u32).as_bytes())?;
    }
    text.finish(l)?;
    Ok(1)
}

fn offset(l: State) -> Result<u32> {
    let text = l.check_bytes(1)?;
    let len = text.len() as i64;
    let mut n = l.check_integer(2)?;
    let default = if n >= 0 { 1 } else { len + 1 };
    let mut i = position(l.opt_integer(3, default)?, text.len()) - 1;
    l.arg_check(0 <= i && i <= len, 3, "position out of bounds")?;
    let continues = |i: i64| continues_at(text, i as usize);
    if n == 0 {
        while i > 0 && continues(i) {
            i -= 1;
        }
    } else {
        if continues(i) {
            return Err(l.error_fmt(format_args!("initial position is a continuation byte")));
        }
        if n < 0 {
            while n < 0 && i > 0 {
                i -= 1;
                while i > 0 && continues(i) {
                    i -= 1;
                }
                n += 1;
            }
        } else {
            // The character at the position is the first.
            n -= 1;
            while n > 0 && i < len {
                i += 1;
                while continues(i) {
                    i += 1;
                }
                n -= 1;
            }
        }
    }
    if n != 0 {
        l.push_nil();
        return Ok(1);
    }
    l.push_integer(i + 1);
    if !LUA_5_5 {
        return Ok(1);
    }
    // Where the character ends.
    if text.get(i as usize).is_some_and(|b| *b >= 0x80) {
        if continues(i) {
            return Err(l.error_fmt(format_args!("initial position is a continuation byte")));
        }
        while continues(i + 1) {
            i += 1;
        }
    }
    l.push_integer(i + 1);
    Ok(2)
}

/// One step of an iteration: arguments are the text and the position of the previous character.
fn next_code(l: State, lax: bool) -> Result<u32> {
    let text = l.check_bytes(1)?;
    let mut i = l.to_integer(2).unwrap_or(0) as u64 as usize;
    if i < text.len() {
        while continues_at(text, i) {
            i += 1;
        }
    }
    if i >= text.len() {
        return Ok(0);
    }
    match decode(&text[i..], lax) {
        Some((code, size)) if !continues_at(text, i + size) => {
            l.push_integer(i as i64 + 1);
            l.push_integer(code.into());
            Ok(2)
        }
        _ => Err(l.error_fmt(format_args!("{INVALID}"))),
    }
}

fn next_strict(l: State) -> Result<u32> {
    next_code(l, false)
}

fn next_lax(l: State) -> Result<u32> {
    next_code(l, true)
}

fn codes(l: State) -> Result<u32> {
    let lax = l.to_boolean(2);
    let text = l.check_bytes(1)?;
    l.arg_check(!continues_at(text, 0), 1, INVALID)?;
    l.push_native(if lax { &NEXT_LAX } else { &NEXT_STRICT });
    l.push_index(1);
    l.push_integer(0);
    Ok(3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_survive_a_round_trip() {
        for code in [0, 0x7F, 0x80, 0x7FF, 0x800, 0xD800, 0xFFFF, 0x10000, 0x10FFFF, 0x1FFFFF, 0x200000, 0x3FFFFFF, 0x7FFFFFFF] {
            let encoded = Encoded::new(code);
            let bytes = encoded.as_bytes();
            assert_eq!(decode(bytes, true), Some((code, bytes.len())), "{code:#x}");
            if char::from_u32(code).is_some() {
                assert_eq!(decode(bytes, false), Some((code, bytes.len())));
            } else {
                assert_eq!(decode(bytes, false), None);
            }
        }
    }

    #[test]
    fn malformed_sequences_are_refused() {
        for bytes in [
            b"\x80".as_slice(),
            b"\xC3",
            b"\xC0\x80",
            b"\xE0\x80\x80",
            b"\xF0\x80\x80\x80",
            b"\xE4\xB8x",
            b"\xFE\x80\x80\x80\x80\x80\x80",
            b"\xFF\x80\x80\x80\x80\x80\x80\x80",
            b"\xF8\x80\x80\x80\x80",
        ] {
            assert_eq!(decode(bytes, true), None, "{bytes:?}");
        }
    }
}
