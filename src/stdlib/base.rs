//! The basic functions (§6.1).

use super::c::File;
use crate::chunk::draft::ChunkName;
use crate::chunk::input::Reader;
use crate::edition::{self, LUA_5_5};
use crate::heap::function::Native;
use crate::heap::names::Name;
use crate::heap::state::{OK, State, Status};
use crate::native;
use crate::throw::Result;
use crate::value::Type;
use crate::vm::api::misc::GcRequest;
use crate::vm::auxiliary::library::Fields;
use crate::vm::text::Text;
use core::ffi::CStr;

native!(ASSERT = "assert", assert);
native!(COLLECTGARBAGE = "collectgarbage", collectgarbage);
native!(DOFILE = "dofile", dofile, kind CallResult);
native!(ERROR = "error", error);
native!(GETMETATABLE = "getmetatable", getmetatable);
native!(IPAIRS = "ipairs", ipairs);
native!(IPAIRS_STEP = "ipairs_aux", ipairs_step);
native!(LOADFILE = "loadfile", loadfile);
native!(LOAD = "load", load);
native!(pub NEXT = "next", next);
native!(PAIRS = "pairs", pairs, kind Pairs);
native!(PCALL = "pcall", pcall, kind Pcall);
native!(PRINT = "print", print);
native!(WARN = "warn", warn);
native!(RAWEQUAL = "rawequal", rawequal);
native!(RAWLEN = "rawlen", rawlen);
native!(RAWGET = "rawget", rawget);
native!(RAWSET = "rawset", rawset);
native!(SELECT = "select", select);
native!(SETMETATABLE = "setmetatable", setmetatable);
native!(TONUMBER = "tonumber", tonumber);
native!(TOSTRING = "tostring", tostring);
native!(TYPE = "type", type_);
native!(XPCALL = "xpcall", xpcall, kind Xpcall);

static FUNCTIONS: [&Native; 23] = [
    &ASSERT,
    &COLLECTGARBAGE,
    &DOFILE,
    &ERROR,
    &GETMETATABLE,
    &IPAIRS,
    &LOADFILE,
    &LOAD,
    &NEXT,
    &PAIRS,
    &PCALL,
    &PRINT,
    &WARN,
    &RAWEQUAL,
    &RAWLEN,
    &RAWGET,
    &RAWSET,
    &SELECT,
    &SETMETATABLE,
    &TONUMBER,
    &TOSTRING,
    &TYPE,
    &XPCALL,
];

/// Puts the basic functions into the globals and leaves the table of globals on the stack. May: raise, collect.
pub fn open(l: State) -> Result<u32> {
    l.push_globals();
    static FIELDS: Fields = Fields::new();
    // And `_G`.
    l.set_fields(&FIELDS, FUNCTIONS.len() + 2, || {
        l.set_natives(&FUNCTIONS)?;
        l.push_str(edition::VERSION)?;
        l.set_field(-2, "_VERSION")
    })?;
    l.push_index(-1);
    l.set_field(-2, "_G")?;
    Ok(1)
}

fn assert(l: State) -> Result<u32> {
    if l.to_boolean(1) {
        return Ok(l.get_top() as u32);
    }
    l.check_any(1)?;
    l.remove(1);
    l.push_str("assertion failed!")?;
    l.set_top(1)?;
    error(l)
}

fn error(l: State) -> Result<u32> {
    let level = l.opt_integer(2, 1)? as i32;
    l.set_top(1)?;
    if l.type_at(1) == Type::String && level > 0 {
        let message = l.string_at(1);
        let mut text = Text::new(l);
        l.add_position(&mut text, level)?;
        text.add(message.bytes())?;
        l.push_text(text)?;
    }
    Err(l.error())
}

fn getmetatable(l: State) -> Result<u32> {
    l.check_any(1)?;
    if l.get_metatable(1) {
        // Pushes nothing when the field is absent: the metatable itself is the result then.
        l.get_metafield(1, "__metatable")?;
    } else {
        l.push_nil();
    }
    Ok(1)
}

fn setmetatable(l: State) -> Result<u32> {
    let kind = l.type_at(2);
    l.check_type(1, Type::Table)?;
    if kind != Type::Nil && kind != Type::Table {
        return Err(l.type_error(2, "nil or table"));
    }
    if l.get_metafield(1, "__metatable")? != Type::Nil {
        return Err(l.error_fmt(format_args!("cannot change a protected metatable")));
    }
    l.set_top(2)?;
    l.set_metatable(1)?;
    Ok(1)
}

fn rawequal(l: State) -> Result<u32> {
    l.check_any(1)?;
    l.check_any(2)?;
    l.push_boolean(l.raw_equal(1, 2));
    Ok(1)
}

fn rawlen(l: State) -> Result<u32> {
    if !matches!(l.type_at(1), Type::Table | Type::String) {
        return Err(l.type_error(1, "table or string"));
    }
    l.push_integer(l.raw_len(1) as i64);
    Ok(1)
}

fn rawget(l: State) -> Result<u32> {
    l.check_type(1, Type::Table)?;
    l.check_any(2)?;
    l.set_top(2)?;
    l.raw_get(1)?;
    Ok(1)
}

fn rawset(l: State) -> Result<u32> {
    l.check_type(1, Type::Table)?;
    l.check_any(2)?;
    l.check_any(3)?;
    l.set_top(3)?;
    l.raw_set(1)?;
    Ok(1)
}

fn type_(l: State) -> Result<u32> {
    l.push_name(match l.type_at(1) {
        Type::None => return Err(l.arg_error(1, "value expected")),
        Type::Nil => Name::NIL,
        Type::Boolean => Name::BOOLEAN,
        Type::LightUserdata | Type::Userdata => Name::USERDATA,
        Type::Number => Name::NUMBER,
        Type::String => Name::STRING,
        Type::Table => Name::TABLE,
        Type::Function => Name::FUNCTION,
        Type::Thread => Name::THREAD,
    });
    Ok(1)
}

fn tostring(l: State) -> Result<u32> {
    l.check_any(1)?;
    l.tolstring(1)?;
    Ok(1)
}

fn select(l: State) -> Result<u32> {
    let n = i64::from(l.get_top());
    if l.type_at(1) == Type::String && l.check_bytes(1)?.first() == Some(&b'#') {
        l.push_integer(n - 1);
        return Ok(1);
    }
    let mut i = l.check_integer(1)?;
    if i < 0 {
        i += n;
    } else if i > n {
        i = n;
    }
    l.arg_check(1 <= i, 1, "index out of range")?;
    Ok((n - i) as u32)
}

fn next(l: State) -> Result<u32> {
    l.check_type(1, Type::Table)?;
    l.set_top(2)?;
    if l.next(1)? {
        return Ok(2);
    }
    l.push_nil();
    Ok(1)
}

/// Leaves the results, or the metamethod and its argument for the interpreter to call.
fn pairs(l: State) -> Result<u32> {
    l.check_any(1)?;
    if l.get_metafield(1, "__pairs")? == Type::Nil {
        l.push_native(&NEXT);
        l.push_index(1);
        for _ in 2..edition::PAIRS_RESULTS {
            l.push_nil();
        }
        return Ok(edition::PAIRS_RESULTS as u32);
    }
    l.push_index(1);
    Ok(2)
}

fn ipairs(l: State) -> Result<u32> {
    l.check_any(1)?;
    l.push_native(&IPAIRS_STEP);
    l.push_index(1);
    l.push_integer(0);
    Ok(3)
}

fn ipairs_step(l: State) -> Result<u32> {
    let i = l.check_integer(2)?.wrapping_add(1);
    l.push_integer(i);
    Ok(if l.get_i(1, i)? == Type::Nil { 1 } else { 2 })
}

fn print(l: State) -> Result<u32> {
    let out = File::stdout();
    for i in 1..=l.get_top() {
        let text = l.tolstring(i)?;
        if i > 1 {
            out.write(b"\t");
        }
        out.write(text);
        l.pop(1);
    }
    out.write(b"\n");
    out.flush();
    Ok(0)
}

/// All arguments are checked before the first is sent, so that an error leaves no half-made warning.
fn warn(l: State) -> Result<u32> {
    let n = l.get_top();
    l.check_bytes(1)?;
    for i in 2..=n {
        l.check_bytes(i)?;
    }
    for i in 1..=n {
        l.warning(l.check_bytes(i)?, i < n)?;
    }
    Ok(0)
}

fn tonumber(l: State) -> Result<u32> {
    if l.is_none_or_nil(2) {
        if l.type_at(1) == Type::Number {
            l.set_top(1)?;
            return Ok(1);
        }
        if let Some(text) = l.to_bytes(1)?
            && l.string_to_number(text).is_some()
        {
            return Ok(1);
        }
        l.check_any(1)?;
    } else {
        let base = l.check_integer(2)?;
        l.check_type(1, Type::String)?;
        let text = l.check_bytes(1)?;
        l.arg_check((2..=36).contains(&base), 2, "base out of range")?;
        if let Some(n) = integer_in_base(text, base as u32) {
            l.push_integer(n);
            return Ok(1);
        }
    }
    l.push_nil();
    Ok(1)
}

/// The integer that `text` denotes in a base from 2 to 36, wrapping around; surrounding spaces and a sign are allowed.
fn integer_in_base(text: &[u8], base: u32) -> Option<i64> {
    let is_space = |b: &u8| matches!(*b, b' ' | b'\t'..=b'\r');
    let start = text.iter().position(|b| !is_space(b))?;
    let end = text.iter().rposition(|b| !is_space(b))?;
    let text = &text[start..=end];
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    };
    if digits.is_empty() {
        return None;
    }
    let mut n = 0u64;
    for &b in digits {
        let digit = (b as char).to_digit(36).filter(|d| *d < base)?;
        n = n.wrapping_mul(u64::from(base)).wrapping_add(u64::from(digit));
    }
    Some(if negative { n.wrapping_neg() } else { n } as i64)
}

fn collectgarbage(l: State) -> Result<u32> {
    const OPTIONS: &[&str] = if LUA_5_5 {
        &["collect", "stop", "restart", "count", "step", "isrunning", "generational", "incremental", "param"]
    } else {
        &["collect", "stop", "restart", "count", "step", "setpause", "setstepmul", "isrunning", "generational", "incremental"]
    };
    /// In the order of their numbers.
    const PARAMETERS: [&str; 6] = ["minormul", "majorminor", "minormajor", "pause", "stepmul", "stepsize"];
    let option = OPTIONS[l.check_option(1, Some("collect"), OPTIONS)?];
    let parameter = |arg: i32| l.opt_integer(arg, 0).map(|n| n as i32);
    // The collector answers -1 when it cannot be asked: inside a finalizer.
    let answer = match option {
        "count" => {
            let (whole, rest) = (l.gc(GcRequest::Count), l.gc(GcRequest::CountBytes));
            if whole != -1 {
                l.push_number(f64::from(whole) + f64::from(rest) / 1024.0);
                return Ok(1);
            }
            whole
        }
        "step" if LUA_5_5 => l.gc(GcRequest::StepBytes(l.opt_integer(2, 0)? as usize)),
        "step" => l.gc(GcRequest::Step(parameter(2)?)),
        "isrunning" => l.gc(GcRequest::IsRunning),
        "setpause" => l.gc(GcRequest::SetPause(parameter(2)?)),
        "setstepmul" => l.gc(GcRequest::SetStepMultiplier(parameter(2)?)),
        "param" => {
            let number = l.check_option(2, None, &PARAMETERS)?;
            let value = l.opt_integer(3, -1)? as i32;
            let previous = l.gc(GcRequest::Parameter(number, value));
            l.push_integer(i64::from(previous));
            return Ok(1);
        }
        "generational" if LUA_5_5 => l.gc(GcRequest::Generational(0, 0)),
        "incremental" if LUA_5_5 => l.gc(GcRequest::Incremental(0, 0, 0)),
        "generational" => l.gc(GcRequest::Generational(parameter(2)?, parameter(3)?)),
        "incremental" => l.gc(GcRequest::Incremental(parameter(2)?, parameter(3)?, parameter(4)?)),
        "stop" => l.gc(GcRequest::Stop),
        "restart" => l.gc(GcRequest::Restart),
        _ => l.gc(GcRequest::Collect),
    };
    if answer == -1 {
        l.push_nil();
        return Ok(1);
    }
    match option {
        "step" | "isrunning" => l.push_boolean(answer != 0),
        "generational" | "incremental" => {
            l.push_str(if answer == crate::gc::INCREMENTAL { "incremental" } else { "generational" })?;
        }
        _ => l.push_integer(i64::from(answer)),
    }
    Ok(1)
}

/// Finishes `load` and `loadfile`: on top is the function or the message. `env` is the index of the environment, if given.
fn loaded(l: State, status: Status, env: Option<i32>) -> Result<u32> {
    if status != OK {
        l.insert_fail();
        return Ok(2);
    }
    if let Some(env) = env {
        l.push_index(env);
        if l.set_upvalue(-2, 1).is_none() {
            l.pop(1);
        }
    }
    Ok(1)
}

/// The index of an optional environment argument; nil counts as given.
fn environment(l: State, arg: i32) -> Option<i32> {
    (!l.is_none(arg)).then_some(arg)
}

/// The mode in an argument, if there is one. In 5.5, `B` is for hosts only: they vouch for the memory of the chunk.
fn mode(l: State, arg: i32) -> Result<Option<&'static CStr>> {
    let mode = l.opt_c_str(arg)?;
    if LUA_5_5 && mode.is_some_and(|m| m.to_bytes().contains(&b'B')) {
        return Err(l.arg_error(arg, "invalid mode"));
    }
    Ok(mode)
}

fn loadfile(l: State) -> Result<u32> {
    let name = l.opt_c_str(1)?;
    let mode = mode(l, 2)?;
    let env = environment(l, 3);
    let status = l.load_file(name.map(|n| n.to_bytes()), mode.map(|m| m.to_bytes()))?;
    loaded(l, status, env)
}

fn load(l: State) -> Result<u32> {
    let mode = mode(l, 3)?.unwrap_or(c"bt").to_bytes();
    let env = environment(l, 4);
    let status = if let Some(text) = l.to_bytes(1)? {
        let name_index = if l.is_none_or_nil(2) { 1 } else { 2 };
        let name = l.check_c_str(name_index)?.to_bytes();
        let string = l.string_at(name_index);
        // The chunk's name ends at the first zero byte.
        let name = if string.bytes().len() == name.len() { ChunkName::String(string) } else { ChunkName::Bytes(name) };
        l.load_buffer(text, name, Some(mode))
    } else {
        let name = l.opt_c_str(2)?.unwrap_or(c"=(load)");
        l.check_type(1, Type::Function)?;
        l.set_top(FunctionReader::PIECE)?;
        l.load(&mut FunctionReader { l }, name.to_bytes(), Some(mode))?
    };
    loaded(l, status, env)
}

/// Reads a chunk from the function in argument 1 of `load`.
struct FunctionReader {
    l: State,
}

impl FunctionReader {
    /// The slot above the arguments of `load` that keeps the current piece alive while it is compiled.
    const PIECE: i32 = 5;
}

impl Reader for FunctionReader {
    fn piece(&mut self) -> Result<&[u8]> {
        let l = self.l;
        l.check_stack(2, "too many nested functions")?;
        l.push_index(1);
        l.call(0, 1)?;
        if l.is_nil(-1) {
            l.pop(1);
            return Ok(&[]);
        }
        if !l.is_string(-1) {
            return Err(l.error_fmt(format_args!("reader function must return a string")));
        }
        l.replace(Self::PIECE);
        Ok(l.to_bytes(Self::PIECE)?.unwrap_or_default())
    }
}

/// Loads the file and leaves its function as the only value: the interpreter calls it.
fn dofile(l: State) -> Result<u32> {
    let name = l.opt_c_str(1)?;
    l.set_top(1)?;
    if l.load_file(name.map(|n| n.to_bytes()), None)? != OK {
        return Err(l.error());
    }
    Ok(1)
}

/// `pcall` as C calls it: nested, so that the called function cannot yield.
fn pcall(l: State) -> Result<u32> {
    l.check_any(1)?;
    l.push_boolean(true);
    l.insert(1);
    let status = l.pcall(l.get_top() - 2, -1, 0);
    Ok(protected_results(l, status, 0))
}

/// `xpcall` as C calls it.
fn xpcall(l: State) -> Result<u32> {
    let n = l.get_top();
    l.check_type(2, Type::Function)?;
    l.push_boolean(true);
    l.push_index(1);
    l.rotate(3, 2);
    let status = l.pcall(n - 2, -1, 2);
    Ok(protected_results(l, status, 2))
}

/// Number of results of a protected call; `extra` slots below the leading `true` are not among them.
fn protected_results(l: State, status: Status, extra: i32) -> u32 {
    if status == OK {
        return (l.get_top() - extra) as u32;
    }
    l.push_boolean(false);
    l.insert(-2);
    2
}

#[cfg(test)]
mod tests {
    use super::integer_in_base;

    #[test]
    fn digits_in_a_base_wrap_around_and_take_a_sign() {
        assert_eq!(integer_in_base(b" -7f ", 16), Some(-127));
        assert_eq!(integer_in_base(b"+Zz", 36), Some(35 * 36 + 35));
        assert_eq!(integer_in_base(b"ffffffffffffffff", 16), Some(-1));
        assert_eq!(integer_in_base(b"1ffffffffffffffff", 16), Some(-1));
    }

    #[test]
    fn what_is_not_a_numeral_of_the_base_is_refused() {
        for text in [&b""[..], b" ", b"-", b"- 1", b"8", b"1 2", b"1\0", b"1.0", b"\x00"] {
            assert_eq!(integer_in_base(text, 8), None, "{text:?}");
        }
    }
}
