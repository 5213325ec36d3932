//! The operating system library (§6.9).

use super::c;
use crate::heap::function::Native;
use crate::heap::state::State;
use crate::native;
use crate::throw::{Result, Throw};
use crate::value::Type;
use crate::vm::auxiliary::Buffer;
use crate::vm::auxiliary::library::Fields;
use crate::vm::auxiliary::result::set_errno;
use crate::vm::state;
use core::ffi::CStr;
use core::mem::MaybeUninit;
use core::ptr;
use libc::{time_t, tm};

native!(CLOCK = "clock", clock);
native!(DATE = "date", date);
native!(DIFFTIME = "difftime", difftime);
native!(EXECUTE = "execute", execute);
native!(EXIT = "exit", exit);
native!(GETENV = "getenv", getenv);
native!(REMOVE = "remove", remove);
native!(RENAME = "rename", rename);
native!(SETLOCALE = "setlocale", setlocale);
native!(TIME = "time", time);
native!(TMPNAME = "tmpname", tmpname);

static FUNCTIONS: [&Native; 11] =
    [&CLOCK, &DATE, &DIFFTIME, &EXECUTE, &EXIT, &GETENV, &REMOVE, &RENAME, &SETLOCALE, &TIME, &TMPNAME];

/// Leaves the library's table on the stack. May: raise, collect.
pub fn open(l: State) -> Result<u32> {
    static FIELDS: Fields = Fields::new();
    l.new_lib(&FIELDS, FUNCTIONS.len(), || l.set_natives(&FUNCTIONS))?;
    Ok(1)
}

fn execute(l: State) -> Result<u32> {
    let command = l.opt_c_str(1)?;
    set_errno(0);
    // SAFETY: a C string or null.
    let status = unsafe { libc::system(command.map_or(ptr::null(), CStr::as_ptr)) };
    if command.is_some() {
        return l.exec_result(status);
    }
    l.push_boolean(status != 0);
    Ok(1)
}

fn remove(l: State) -> Result<u32> {
    let name = l.check_c_str(1)?;
    set_errno(0);
    // SAFETY: a C string.
    let ok = unsafe { libc::remove(name.as_ptr()) } == 0;
    l.file_result(ok, Some(name.to_bytes()))
}

fn rename(l: State) -> Result<u32> {
    let from = l.check_c_str(1)?;
    let to = l.check_c_str(2)?;
    set_errno(0);
    // SAFETY: C strings.
    let ok = unsafe { libc::rename(from.as_ptr(), to.as_ptr()) } == 0;
    l.file_result(ok, None)
}

/// Creates the file, so that nobody else takes the name.
fn tmpname(l: State) -> Result<u32> {
    let mut name = *b"/tmp/lua_XXXXXX\0";
    // SAFETY: a writable C string that ends in six X.
    let file = unsafe { libc::mkstemp(name.as_mut_ptr().cast()) };
    if file == -1 {
        return Err(l.error_fmt(format_args!("unable to generate a unique filename")));
    }
    // SAFETY: a descriptor that is ours.
    unsafe { libc::close(file) };
    l.push_bytes(&name[..name.len() - 1])?;
    Ok(1)
}

fn getenv(l: State) -> Result<u32> {
    let name = l.check_c_str(1)?;
    l.push_c_str(c::environment(name))?;
    Ok(1)
}

fn clock(l: State) -> Result<u32> {
    // SAFETY: no arguments.
    let ticks = unsafe { c::clock() };
    l.push_number(ticks as f64 / 1_000_000.0);
    Ok(1)
}

/// Sets the categories in argument 2 and returns the locale in force.
fn setlocale(l: State) -> Result<u32> {
    const NAMES: [&str; 6] = ["all", "collate", "ctype", "monetary", "numeric", "time"];
    const CATEGORIES: [libc::c_int; 6] =
        [libc::LC_ALL, libc::LC_COLLATE, libc::LC_CTYPE, libc::LC_MONETARY, libc::LC_NUMERIC, libc::LC_TIME];
    let locale = l.opt_c_str(1)?;
    let category = CATEGORIES[l.check_option(2, Some("all"), &NAMES)?];
    // SAFETY: a C string or null; the result is copied at once.
    let current = unsafe { c::setlocale(category, locale.map_or(ptr::null(), CStr::as_ptr)) };
    // SAFETY: checked for null.
    l.push_c_str((!current.is_null()).then(|| unsafe { CStr::from_ptr(current) }))?;
    Ok(1)
}

/// Ends the process; with a true second argument the state is closed first.
fn exit(l: State) -> Result<u32> {
    let status = if l.is_boolean(1) {
        if l.to_boolean(1) { libc::EXIT_SUCCESS } else { libc::EXIT_FAILURE }
    } else {
        l.opt_integer(1, libc::EXIT_SUCCESS.into())? as i32
    };
    if l.to_boolean(2) {
        state::close(l);
    }
    // SAFETY: nothing of ours is used any more.
    unsafe { libc::exit(status) }
}

/// A field of a date table: its key and where `struct tm` keeps it.
struct Field {
    key: &'static str,
    value: fn(&mut tm) -> &mut libc::c_int,
    /// What Lua counts from, less what C counts from.
    offset: i32,
}

/// In the order in which the fields are written and read: `time` reads all but the last two.
const FIELDS: [Field; 8] = [
    Field { key: "year", value: |t| &mut t.tm_year, offset: 1900 },
    Field { key: "month", value: |t| &mut t.tm_mon, offset: 1 },
    Field { key: "day", value: |t| &mut t.tm_mday, offset: 0 },
    Field { key: "hour", value: |t| &mut t.tm_hour, offset: 0 },
    Field { key: "min", value: |t| &mut t.tm_min, offset: 0 },
    Field { key: "sec", value: |t| &mut t.tm_sec, offset: 0 },
    Field { key: "yday", value: |t| &mut t.tm_yday, offset: 1 },
    Field { key: "wday", value: |t| &mut t.tm_wday, offset: 1 },
];

/// A `struct tm` of zeros.
fn no_date() -> tm {
    // SAFETY: numbers and a pointer that may be null.
    unsafe { MaybeUninit::zeroed().assume_init() }
}

/// Stores all fields in the table on top.
fn set_all_fields(l: State, date: &mut tm) -> Result {
    for field in &FIELDS {
        l.push_integer(i64::from(*(field.value)(date)) + i64::from(field.offset));
        l.set_field(-2, field.key)?;
    }
    // Negative: not known.
    if date.tm_isdst >= 0 {
        l.push_boolean(date.tm_isdst != 0);
        l.set_field(-2, "isdst")?;
    }
    Ok(())
}

/// Reads a field of the table on top. `default` in C's count.
fn get_field(l: State, field: &Field, default: Option<i32>) -> Result<i32> {
    let key = field.key;
    let kind = l.get_field(-1, key)?;
    let value = match l.to_integer(-1) {
        Some(n) => {
            let offset = i64::from(field.offset);
            let in_range = if n >= 0 { n - offset <= i64::from(i32::MAX) } else { i64::from(i32::MIN) + offset <= n };
            if !in_range {
                return Err(l.error_fmt(format_args!("field '{key}' is out-of-bound")));
            }
            (n - offset) as i32
        }
        None if kind != Type::Nil => return Err(l.error_fmt(format_args!("field '{key}' is not an integer"))),
        None => match default {
            Some(value) => value,
            None => return Err(l.error_fmt(format_args!("field '{key}' missing in date table"))),
        },
    };
    l.pop(1);
    Ok(value)
}

/// Without a table the current time; with one, the time it denotes, and its fields are normalised.
fn time(l: State) -> Result<u32> {
    let result = if l.is_none_or_nil(1) {
        now()
    } else {
        l.check_type(1, Type::Table)?;
        l.set_top(1)?;
        let mut date = no_date();
        let defaults = [None, None, None, Some(12), Some(0), Some(0)];
        for (field, default) in FIELDS.iter().zip(defaults) {
            *(field.value)(&mut date) = get_field(l, field, default)?;
        }
        date.tm_isdst = if l.get_field(-1, "isdst")? == Type::Nil { -1 } else { l.to_boolean(-1).into() };
        l.pop(1);
        // SAFETY: an initialised structure.
        let time = unsafe { c::mktime(&mut date) };
        set_all_fields(l, &mut date)?;
        time
    };
    if result == -1 {
        return Err(l.error_fmt(format_args!("time result cannot be represented in this installation")));
    }
    l.push_integer(result as i64);
    Ok(1)
}

fn now() -> time_t {
    // SAFETY: null asks for the result only.
    unsafe { libc::time(ptr::null_mut()) }
}

/// Argument `arg` as a C time.
fn check_time(l: State, arg: i32) -> Result<time_t> {
    let t = l.check_integer(arg)?;
    let time = t as time_t;
    #[allow(clippy::unnecessary_cast, reason = "on other systems times have 32 bits")]
    l.arg_check(time as i64 == t, arg, "time out-of-bounds")?;
    Ok(time)
}

fn difftime(l: State) -> Result<u32> {
    let (later, earlier) = (check_time(l, 1)?, check_time(l, 2)?);
    // SAFETY: two times.
    l.push_number(unsafe { libc::difftime(later, earlier) });
    Ok(1)
}

/// Conversions of `strftime` in C99, by the modifier before them. Others would be undefined behaviour.
const CONVERSIONS: [(&[u8], &[u8]); 3] =
    [(b"", b"aAbBcCdDeFgGhHIjmMnprRStTuUVwWxXyYzZ%"), (b"E", b"cCxXyY"), (b"O", b"deHImMSuUVwWy")];

/// Length of the valid conversion that `text`, what follows a `%`, begins with.
fn conversion_len(text: &[u8]) -> Option<usize> {
    CONVERSIONS.iter().find_map(|(modifier, letters)| {
        let letter = text.strip_prefix(*modifier)?.first()?;
        letters.contains(letter).then_some(modifier.len() + 1)
    })
}

fn date(l: State) -> Result<u32> {
    let format = l.opt_bytes(1, None)?.unwrap_or(b"%c");
    let time = if l.is_none_or_nil(2) { now() } else { check_time(l, 2)? };
    let mut date = no_date();
    let (format, found) = match format.strip_prefix(b"!") {
        // SAFETY: an initialised time and a structure to fill.
        Some(rest) => (rest, unsafe { libc::gmtime_r(&time, &mut date) }),
        // SAFETY: as above.
        None => (format, unsafe { libc::localtime_r(&time, &mut date) }),
    };
    if found.is_null() {
        return Err(l.error_fmt(format_args!("date result cannot be represented in this installation")));
    }
    // As a C string: a format that begins with "*t" and a zero byte is one too.
    if format == b"*t" || format.starts_with(b"*t\0") {
        l.create_table(0, FIELDS.len() + 1)?;
        set_all_fields(l, &mut date)?;
    } else {
        let text = formatted(l, format, &date)?;
        l.push_buffer(text)?;
    }
    Ok(1)
}

/// The date in a format whose conversions are checked one by one.
fn formatted(l: State, mut format: &'static [u8], date: &tm) -> Result<Buffer> {
    /// Enough for any single conversion.
    const ROOM: usize = 250;
    let mut out = Buffer::new(l);
    while let Some(percent) = format.iter().position(|b| *b == b'%') {
        out.extend(&format[..percent])?;
        format = &format[percent + 1..];
        let Some(len) = conversion_len(format) else { return Err(invalid_conversion(l, format)) };
        let mut conversion = [b'%', 0, 0, 0];
        conversion[1..=len].copy_from_slice(&format[..len]);
        let mut piece = [0u8; ROOM];
        // SAFETY: room for `ROOM` bytes, a C string, a valid date.
        let written = unsafe { libc::strftime(piece.as_mut_ptr().cast(), ROOM, conversion.as_ptr().cast(), date) };
        out.extend(&piece[..written])?;
        format = &format[len..];
    }
    out.extend(format)?;
    Ok(out)
}

/// The message shows the rest of the format, up to a zero byte.
fn invalid_conversion(l: State, rest: &'static [u8]) -> Throw {
    let rest = c::lua_c_str(rest).to_bytes();
    match l.push_pieces(&[b"invalid conversion specifier '%", rest, b"'"]) {
        Ok(()) => l.arg_error_bytes(1, l.to_bytes(-1).ok().flatten().unwrap_or_default()),
        Err(t) => t,
    }
}

#[cfg(test)]
mod tests {
    use super::conversion_len;

    #[test]
    fn only_conversions_that_c99_defines_are_passed_on() {
        assert_eq!(conversion_len(b"Y-%m"), Some(1));
        assert_eq!(conversion_len(b"%"), Some(1));
        assert_eq!(conversion_len(b"Ey"), Some(2));
        assert_eq!(conversion_len(b"Od rest"), Some(2));
        for text in [&b""[..], b"E", b"O", b"Ea", b"OE", b"Q", b"k", b"\0"] {
            assert_eq!(conversion_len(text), None, "{text:?}");
        }
    }
}
