//! The string library (§6.4).
//!
//! Reading order: this file (the functions that need little), `arithmetic` (strings as operands), `ctype` (character
//! classes), `item` and `matcher` (patterns over bytes), `pattern` (find, match, gmatch, gsub), `conversion` (the
//! specifications of `format`), `format`, `layout` (the formats of `pack`), `pack`.

mod arithmetic;
mod conversion;
mod ctype;
mod format;
mod item;
mod layout;
mod matcher;
mod pack;
mod pattern;

use super::text::{Text, push_filled};
use crate::edition::LUA_5_5;
use crate::heap::function::Native;
use crate::heap::names::Name;
use crate::heap::state::State;
use crate::native;
use crate::throw::Result;
use crate::value::Type;
use crate::vm::auxiliary::Buffer;
use crate::vm::auxiliary::library::Fields;
use ctype::CaseTable;

native!(BYTE = "byte", byte);
native!(CHAR = "char", char_);
native!(DUMP = "dump", dump);
native!(FIND = "find", pattern::find);
native!(FORMAT = "format", format::format);
native!(GMATCH = "gmatch", pattern::gmatch);
native!(GSUB = "gsub", pattern::gsub);
native!(LEN = "len", len);
native!(LOWER = "lower", lower);
native!(MATCH = "match", pattern::match_);
native!(REP = "rep", rep);
native!(REVERSE = "reverse", reverse);
native!(SUB = "sub", sub);
native!(UPPER = "upper", upper);
native!(PACK = "pack", pack::pack);
native!(PACKSIZE = "packsize", pack::packsize);
native!(UNPACK = "unpack", pack::unpack);

static FUNCTIONS: [&Native; 17] = [
    &BYTE, &CHAR, &DUMP, &FIND, &FORMAT, &GMATCH, &GSUB, &LEN, &LOWER, &MATCH, &REP, &REVERSE, &SUB, &UPPER, &PACK, &PACKSIZE,
    &UNPACK,
];

/// Largest number of bytes that `byte` gives (`INT_MAX`).
const MAX_BYTES: usize = i32::MAX as usize;
/// Largest size of a result that is checked before it is made.
const MAX_SIZE: usize = if LUA_5_5 { i64::MAX as usize } else { i32::MAX as usize };

/// Leaves the library's table on the stack and makes it the `__index` of all strings. May: raise, collect.
pub fn open(l: State) -> Result<u32> {
    static FIELDS: Fields = Fields::new();
    static METAMETHODS: Fields = Fields::new();
    l.new_lib(&FIELDS, FUNCTIONS.len(), || l.set_natives(&FUNCTIONS))?;
    // And `__index`.
    l.new_lib(&METAMETHODS, arithmetic::METAMETHODS.len() + 1, || l.set_natives(&arithmetic::METAMETHODS))?;
    l.push_index(-2);
    l.set_field(-2, Name::INDEX.text())?;
    l.push_name(Name::EMPTY);
    l.insert(-2);
    l.set_metatable(-2)?;
    l.pop(1);
    Ok(1)
}

/// The offset of a position, which counts from one, or from the end when negative; before the beginning is the beginning.
#[inline]
fn start_offset(position: i64, len: usize) -> usize {
    if position > 0 {
        position as usize - 1
    } else if position == 0 || position < -(len as i64) {
        0
    } else {
        (len as i64 + position) as usize
    }
}

/// The offset behind the position in an optional argument, at most the length.
#[inline]
fn end_offset(l: State, arg: i32, default: i64, len: usize) -> Result<usize> {
    let position = l.opt_integer(arg, default)?;
    Ok(if position > len as i64 {
        len
    } else if position >= 0 {
        position as usize
    } else {
        (len as i64 + 1).saturating_add(position).max(0) as usize
    })
}

fn len(l: State) -> Result<u32> {
    let text = l.check_bytes(1)?;
    l.push_integer(text.len() as i64);
    Ok(1)
}

fn sub(l: State) -> Result<u32> {
    let text = l.check_bytes(1)?;
    let start = start_offset(l.check_integer(2)?, text.len());
    let end = end_offset(l, 3, -1, text.len())?;
    match text.get(start..end) {
        // The same string, unless the argument is a number (which was converted in its place).
        Some(all) if all.len() == text.len() => l.push_index(1),
        part => l.push_bytes(part.unwrap_or_default())?,
    }
    Ok(1)
}

fn byte(l: State) -> Result<u32> {
    let text = l.check_bytes(1)?;
    let position = l.opt_integer(2, 1)?;
    let start = start_offset(position, text.len());
    let end = end_offset(l, 3, position, text.len())?;
    let Some(bytes) = text.get(start..end) else { return Ok(0) };
    if let [b] = bytes {
        l.push_integer((*b).into());
        return Ok(1);
    }
    if bytes.len() >= MAX_BYTES {
        return Err(l.error_fmt(format_args!("string slice too long")));
    }
    l.check_stack(bytes.len() as i32, "string slice too long")?;
    for b in bytes {
        l.push_integer((*b).into());
    }
    Ok(bytes.len() as u32)
}

fn char_(l: State) -> Result<u32> {
    let mut text = Text::new(l);
    for arg in 1..=l.get_top() {
        let code = l.check_integer(arg)?;
        match u8::try_from(code) {
            Ok(b) => text.push(b)?,
            Err(_) => return Err(l.arg_error(arg, "value out of range")),
        }
    }
    text.finish(l)?;
    Ok(1)
}

fn reverse(l: State) -> Result<u32> {
    let text = l.check_bytes(1)?;
    push_filled(l, text.len(), |to| to.map(text.iter().rev().copied()))?;
    Ok(1)
}

/// From this length on it pays to look whether the locale changes ASCII letters only.
const LONG_CASE: usize = 128;

fn lower(l: State) -> Result<u32> {
    change_case(l, CaseTable::lower(), u8::to_ascii_lowercase)
}

fn upper(l: State) -> Result<u32> {
    change_case(l, CaseTable::upper(), u8::to_ascii_uppercase)
}

/// Pushes the text with each byte as the table has it; `ascii` is what the table does to ASCII letters.
fn change_case(l: State, table: CaseTable, ascii: impl Fn(&u8) -> u8) -> Result<u32> {
    let text = l.check_bytes(1)?;
    if text.len() >= LONG_CASE && table.is_ascii() {
        push_filled(l, text.len(), |to| to.map(text.iter().map(ascii)))?;
    } else {
        push_filled(l, text.len(), |to| to.map(text.iter().map(|b| table.map(*b))))?;
    }
    Ok(1)
}

fn rep(l: State) -> Result<u32> {
    let text = l.check_bytes(1)?;
    let n = l.check_integer(2)?;
    let separator = l.opt_bytes(3, Some(b""))?.unwrap_or_default();
    if n <= 0 || LUA_5_5 && text.is_empty() && separator.is_empty() {
        l.push_name(Name::EMPTY);
        return Ok(1);
    }
    let n = n as usize;
    let unit = text.len() + separator.len();
    if unit > MAX_SIZE / n {
        return Err(l.error_fmt(format_args!("resulting string too large")));
    }
    let len = unit * n - separator.len();
    if LUA_5_5 && len == MAX_SIZE {
        return Err(l.error_fmt(format_args!("resulting string too large")));
    }
    push_filled(l, len, |to| {
        to.extend(text);
        if n > 1 {
            to.extend(separator);
        }
        // What follows the last separator is the text again, so doubling cuts off in the right place.
        to.repeat_to(len);
    })?;
    Ok(1)
}

/// The binary chunk of a function, which `load` takes.
fn dump(l: State) -> Result<u32> {
    let strip = l.to_boolean(2);
    if LUA_5_5 {
        l.arg_check(l.value_at(1).as_lua_closure().is_some(), 1, "Lua function expected")?;
    }
    l.check_type(1, Type::Function)?;
    l.set_top(1)?;
    let mut chunk = Buffer::new(l);
    let status = l.dump(strip, &mut |bytes| {
        chunk.extend(bytes)?;
        Ok(0)
    })?;
    if status != 0 {
        return Err(l.error_fmt(format_args!("unable to dump given function")));
    }
    l.push_buffer(chunk)?;
    Ok(1)
}
