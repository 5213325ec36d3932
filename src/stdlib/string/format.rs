//! `string.format`.

use super::conversion::{Conversion, FLOAT_FLAGS, HEX_FLAGS, INTEGER_FLAGS, Sink, TEXT_FLAGS, UNSIGNED_FLAGS, print_float};
use super::ctype::{Class, Classes};
use crate::heap::frozen;
use crate::heap::names::Name;
use crate::heap::state::State;
use crate::stdlib::text::Text;
use crate::throw::{Result, Throw};
use crate::value::format::{FLOAT_SIZE, NumberText, decimal_point};
use crate::value::{Type, Value};
use core::ffi::CStr;

/// A text that is longer is not padded, since no width is.
const LONG_TEXT: usize = 100;

impl Sink for Text {
    type Error = Throw;
    #[inline]
    fn extend(&mut self, bytes: &[u8]) -> Result {
        Text::extend(self, bytes)
    }
    fn fill(&mut self, b: u8, n: usize) -> Result {
        Text::fill(self, b, n)
    }
}

/// An error whose message contains bytes of the format.
#[cold]
fn format_error(l: State, before: &str, spec: &Conversion, after: &str) -> Throw {
    let mut message = Text::new(l);
    let pieces = [before.as_bytes(), spec.text(), after.as_bytes()];
    match pieces.iter().try_for_each(|piece| message.extend(piece)) {
        Ok(()) => l.error_bytes(message.as_bytes()),
        Err(t) => t,
    }
}

/// Takes the specification apart, with an error if it is malformed.
#[inline]
fn parse(l: State, spec: &mut Conversion, flags: &[u8], allow_precision: bool) -> Result {
    if spec.is_bare() || spec.parse(flags, allow_precision) {
        Ok(())
    } else {
        Err(format_error(l, "invalid conversion specification: '", spec, "'"))
    }
}

pub fn format(l: State) -> Result<u32> {
    let top = l.get_top();
    let mut rest = l.check_bytes(1)?;
    let mut arg = 1;
    let mut out = Text::new(l);
    while let Some(at) = memchr::memchr(b'%', rest) {
        out.extend(&rest[..at])?;
        rest = &rest[at + 1..];
        if rest.first() == Some(&b'%') {
            out.push(b'%')?;
            rest = &rest[1..];
            continue;
        }
        arg += 1;
        if arg > top {
            return Err(l.arg_error(arg, "no value"));
        }
        let Some(mut spec) = Conversion::read(rest) else {
            return Err(l.error_fmt(format_args!("invalid format (too long)")));
        };
        convert(l, arg, &mut spec, &mut out)?;
        rest = &rest[spec.len()..];
    }
    out.extend(rest)?;
    out.finish(l)?;
    Ok(1)
}

/// Appends one argument under its specification.
fn convert(l: State, arg: i32, spec: &mut Conversion, out: &mut Text) -> Result {
    match spec.letter {
        b'd' | b'i' => {
            let n = l.check_integer(arg)?;
            if spec.is_bare() {
                return out.extend(NumberText::integer(n).as_bytes());
            }
            parse(l, spec, INTEGER_FLAGS, true)?;
            spec.put_integer(n, out)
        }
        b's' => put_string(l, arg, spec, out),
        b'f' | b'e' | b'E' | b'g' | b'G' => {
            let n = l.check_number(arg)?;
            parse(l, spec, FLOAT_FLAGS, true)?;
            if spec.put_float(n, out)? { Ok(()) } else { put_c_float(spec, n, out) }
        }
        b'u' | b'o' | b'x' | b'X' => {
            let n = l.check_integer(arg)?;
            parse(l, spec, if spec.letter == b'u' { UNSIGNED_FLAGS } else { HEX_FLAGS }, true)?;
            spec.put_integer(n, out)
        }
        b'c' => {
            parse(l, spec, TEXT_FLAGS, false)?;
            spec.put_text(&[l.check_integer(arg)? as u8], out)
        }
        b'q' => {
            if !spec.is_bare() {
                return Err(l.error_fmt(format_args!("specifier '%q' cannot have modifiers")));
            }
            put_literal(l, arg, out)
        }
        b'a' | b'A' => {
            parse(l, spec, FLOAT_FLAGS, true)?;
            put_c_float(spec, l.check_number(arg)?, out)
        }
        b'p' => {
            let p = l.to_pointer(arg);
            parse(l, spec, TEXT_FLAGS, false)?;
            if p.is_null() {
                return spec.put_text(b"(null)", out);
            }
            let mut text = [0u8; 40];
            // SAFETY: the format takes a pointer, and the size is that of the buffer.
            let len = unsafe { libc::snprintf(text.as_mut_ptr().cast(), text.len(), c"%p".as_ptr(), p) };
            spec.put_text(&text[..len as usize], out)
        }
        _ => Err(format_error(l, "invalid conversion '", spec, "' to 'format'")),
    }
}

/// What is left to C: hexadecimal floats, and the `#` flag.
fn put_c_float(spec: &Conversion, n: f64, out: &mut Text) -> Result {
    let mut c_spec = [0; _];
    spec.for_c(b"", &mut c_spec);
    let mut text = [0; FLOAT_SIZE];
    let c_spec = CStr::from_bytes_until_nul(&c_spec).unwrap_or(c"%a");
    out.extend(print_float(c_spec, n, &mut text))
}

/// Whether `tostring` of a string or number is its plain text, and not what a metamethod answers.
#[inline]
fn is_plain_text(l: State, v: Value) -> bool {
    (v.is_string() || v.is_number())
        && l.global().metatables[v.type_of() as usize]
            .get()
            .is_none_or(|m| frozen::field(l.global(), m, Name::TOSTRING.get()).is_nil())
}

/// `%s`: any value as `tostring` shows it.
fn put_string(l: State, arg: i32, spec: &mut Conversion, out: &mut Text) -> Result {
    let v = l.value_at(arg);
    if spec.is_bare() && is_plain_text(l, v) {
        return out.add_value(v).map(drop);
    }
    let text = l.tolstring(arg)?;
    if spec.is_bare() {
        out.extend(text)?;
    } else {
        l.arg_check(!text.contains(&0), arg, "string contains zeros")?;
        parse(l, spec, TEXT_FLAGS, true)?;
        if spec.precision.is_none() && text.len() >= LONG_TEXT {
            out.extend(text)?;
        } else {
            spec.put_text(text, out)?;
        }
    }
    l.pop(1);
    Ok(())
}

/// `%q`: a value as the Lua parser reads it back.
fn put_literal(l: State, arg: i32, out: &mut Text) -> Result {
    let v = l.value_at(arg);
    match l.type_at(arg) {
        Type::String => put_quoted(v.as_string().map_or(b"", |s| s.bytes()), out),
        Type::Number => match v.as_integer() {
            // Its decimal form would be read as a float.
            Some(i64::MIN) => out.extend(b"0x8000000000000000"),
            Some(i) => out.extend(NumberText::integer(i).as_bytes()),
            None => put_float_literal(v.float_payload(), out),
        },
        Type::Nil => out.extend(b"nil"),
        Type::Boolean => out.extend(if l.to_boolean(arg) { b"true" } else { b"false" }),
        _ => Err(l.arg_error(arg, "value has no literal form")),
    }
}

fn put_float_literal(n: f64, out: &mut Text) -> Result {
    if n.is_nan() {
        return out.extend(b"(0/0)");
    }
    if n.is_infinite() {
        return out.extend(if n > 0.0 { b"1e9999" } else { b"-1e9999" });
    }
    let mut text = [0; FLOAT_SIZE];
    let text = print_float(c"%a", n, &mut text);
    // Lua reads a dot whatever the locale prints.
    let point = decimal_point();
    match memchr::memmem::find(text, point) {
        Some(at) if point != b"." => {
            out.extend(&text[..at])?;
            out.push(b'.')?;
            out.extend(&text[at + point.len()..])
        }
        _ => out.extend(text),
    }
}

fn put_quoted(text: &[u8], out: &mut Text) -> Result {
    let classes = Classes::current();
    let is_plain = |b: u8| !matches!(b, b'"' | b'\\') && !classes.has(b, Class::CONTROL);
    out.push(b'"')?;
    let mut rest = text;
    while let Some(at) = rest.iter().position(|b| !is_plain(*b)) {
        out.extend(&rest[..at])?;
        let b = rest[at];
        rest = &rest[at + 1..];
        if matches!(b, b'"' | b'\\' | b'\n') {
            out.extend(&[b'\\', b])?;
        } else {
            let digits = [b'0' + b / 100, b'0' + b / 10 % 10, b'0' + b % 10];
            // All three digits if another one follows.
            let skip = if rest.first().is_some_and(u8::is_ascii_digit) {
                0
            } else {
                digits[..2].iter().take_while(|d| **d == b'0').count()
            };
            out.push(b'\\')?;
            out.extend(&digits[skip..])?;
        }
    }
    out.extend(rest)?;
    out.push(b'"')
}
