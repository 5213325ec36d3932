//! Raising errors (§2.3): messages with position and variable names, the message handler, the special errors.
//!
//! Functions here build an error, leave its object on top of the stack, run the message handler and return the `Throw`
//! that the caller passes on. Position is added only when a Lua function is running.

use super::call;
use super::debug;
use super::meta;
use super::text::Text;
use crate::edition::LUA_5_5;
use crate::heap::mem::Buf;
use crate::heap::names::Name;
use crate::heap::state::{FrameRef, MAX_C_CALLS, State};
use crate::heap::string;
use crate::throw::{Result, Throw};
use crate::value::arith::{ArithError, ArithOp};
use crate::value::number::{Rounding, float_to_integer};
use crate::value::{Tag, Value};
use core::fmt;

/// Where the running Lua function has the value that an error is about, so that the message can name it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Operand {
    /// A register, by stack index.
    Register(u32),
    /// An upvalue of the running function.
    Upvalue(u32),
    /// Nowhere that has a name.
    Unnamed,
}

/// What text is appended to.
pub trait Append {
    /// May: raise (memory), collect (emergency only).
    fn append(&mut self, part: &[u8]) -> Result;
}

impl Append for Buf<u8> {
    fn append(&mut self, part: &[u8]) -> Result {
        self.extend(part)
    }
}

impl Append for Text {
    fn append(&mut self, part: &[u8]) -> Result {
        self.add(part)
    }
}

/// Appends formatted text; remembers a failure, since `fmt` cannot carry it.
struct Writer<'a, A> {
    out: &'a mut A,
    failure: Result,
}

impl<A: Append> fmt::Write for Writer<'_, A> {
    fn write_str(&mut self, s: &str) -> fmt::Result {
        self.failure = self.out.append(s.as_bytes());
        self.failure.map_err(|_| fmt::Error)
    }
}

/// Appends formatted text. May: raise (memory), collect (emergency only).
pub fn append_fmt(out: &mut impl Append, args: fmt::Arguments) -> Result {
    if let Some(s) = args.as_str() {
        return out.append(s.as_bytes());
    }
    let mut w = Writer { out, failure: Ok(()) };
    let _ = fmt::write(&mut w, args);
    w.failure
}

/// Appends `chunk:line: ` for a frame of the thread, if it is that of a Lua function.
pub fn append_position(l: State, f: FrameRef, out: &mut Text) -> Result {
    if f.is_lua()
        && let Some(closure) = l.slot(f.func.get()).get().as_lua_closure()
    {
        let proto = closure.proto.get();
        if LUA_5_5 && proto.source.is_none() {
            return out.add(b"?:?: ");
        }
        out.add_line(proto.source.map_or(b"=?", |s| s.bytes()), debug::current_line(l, f))?;
    }
    Ok(())
}

/// Pushes what `write` appends to the position of the running function.
fn push_with_position(l: State, write: impl FnOnce(&mut Text) -> Result) -> Result {
    let mut out = Text::new(l);
    append_position(l, l.frame.get(), &mut out)?;
    write(&mut out)?;
    l.push(string::new(l.global(), out.as_bytes())?);
    Ok(())
}

#[inline(always)]
fn raise_with_position(l: State, write: impl FnOnce(&mut Text) -> Result) -> Throw {
    match push_with_position(l, write) {
        Ok(()) => handle(l),
        Err(t) => t,
    }
}

/// A runtime error with position. May: collect, run the message handler.
#[doc(alias = "luaG_runerror")]
#[cold]
#[inline(never)]
pub fn run_error(l: State, message: fmt::Arguments) -> Throw {
    raise_with_position(l, |out| append_fmt(out, message))
}

/// A `global` declaration initialises a variable that has a value. `name` is a constant of the running function.
#[doc(alias = "luaG_errnnil")]
#[cold]
#[inline(never)]
pub fn defined_global(l: State, name: Option<Value>) -> Throw {
    let name = name.and_then(Value::as_string);
    run_error_parts(l, &[b"global '", name.map_or(b"?", |s| s.bytes()), b"' already defined"])
}

/// As `run_error`, for texts that need not be UTF-8: the parts are joined.
#[cold]
#[inline(never)]
pub fn run_error_parts(l: State, parts: &[&[u8]]) -> Throw {
    raise_with_position(l, |out| out.add_all(parts))
}

/// Raises the value on top of the stack: runs the message handler on it, if there is one.
///
/// May: run Lua code (the handler).
#[doc(alias = "luaG_errormsg")]
#[cold]
#[inline(never)]
pub fn handle(l: State) -> Throw {
    let handler = l.handler.get();
    if handler != 0 {
        let message = l.from_top(1).get();
        l.from_top(1).set(l.slot(handler).get());
        l.push(message);
        if let Err(t) = call::call_no_yield(l, l.from_top(2), 1) {
            return t;
        }
    }
    if LUA_5_5 && l.from_top(1).get().is_nil() {
        l.from_top(1).set(Name::NO_ERROR_OBJECT.get().into());
    }
    Throw::Run
}

/// "error in error handling": an error while the handler of another one ran and nothing more can be done.
#[doc(alias = "luaD_errerr")]
#[cold]
pub fn in_handler(l: State) -> Throw {
    l.push(Name::ERROR_IN_HANDLER.get());
    Throw::Handler
}

/// Counts one more nested native call against the limit. The caller restores `c_calls`.
///
/// May: raise "C stack overflow".
#[doc(alias = "luaE_checkcstack")]
#[cold]
#[inline(never)]
pub fn c_stack_overflow(l: State) -> Result {
    let depth = l.c_depth();
    if depth == MAX_C_CALLS {
        return Err(run_error(l, format_args!("C stack overflow")));
    }
    if depth >= MAX_C_CALLS / 10 * 11 {
        return Err(in_handler(l));
    }
    Ok(())
}

/// " (local 'x')" and the like, or nothing.
fn with_variable(l: State, operand: Operand, parts: &[&[u8]]) -> Throw {
    match debug::variable_info(l, operand) {
        Some((kind, name)) => raise_with_position(l, |out| {
            out.add_all(parts)?;
            out.add_all(&[b" (", kind.as_bytes(), b" '", name, b"')"])
        }),
        None => run_error_parts(l, parts),
    }
}

/// "attempt to index a nil value (local 'x')".
#[doc(alias = "luaG_typeerror")]
#[cold]
#[inline(never)]
pub fn type_error(l: State, v: Value, operand: Operand, operation: &str) -> Throw {
    let name = meta::type_name(l, v);
    with_variable(l, operand, &[b"attempt to ", operation.as_bytes(), b" a ", name, b" value"])
}

/// "attempt to call a nil value (global 'f')"; for what the interpreter calls itself, "(for iterator 'for iterator')".
#[doc(alias = "luaG_callerror")]
#[cold]
#[inline(never)]
pub fn call_error(l: State, v: Value, operand: Operand) -> Throw {
    let name = meta::type_name(l, v);
    if let Some((kind, function)) = debug::called_name(l) {
        let parts: [&[u8]; 8] = [b"attempt to call a ", name, b" value", b" (", kind.as_bytes(), b" '", function, b"')"];
        return run_error_parts(l, &parts);
    }
    with_variable(l, operand, &[b"attempt to call a ", name, b" value"])
}

/// "attempt to compare two nil values" and the like.
#[doc(alias = "luaG_ordererror")]
#[cold]
#[inline(never)]
pub fn order_error(l: State, a: Value, b: Value) -> Throw {
    let (ta, tb) = (meta::type_name(l, a), meta::type_name(l, b));
    if ta == tb {
        run_error_parts(l, &[b"attempt to compare two ", ta, b" values"])
    } else {
        run_error_parts(l, &[b"attempt to compare ", ta, b" with ", tb])
    }
}

/// The error of an arithmetic operation whose operands have no metamethod.
#[cold]
#[inline(never)]
pub fn arith_error(l: State, op: ArithOp, a: (Value, Operand), b: (Value, Operand)) -> Throw {
    if op.is_bitwise() {
        if a.0.is_number() && b.0.is_number() {
            let culprit = if integer_of(a.0).is_none() { a } else { b };
            return no_integer(l, culprit.1);
        }
        let culprit = if a.0.is_number() { b } else { a };
        return type_error(l, culprit.0, culprit.1, "perform bitwise operation on");
    }
    // The second operand is the culprit when the first is a number, or a string that converts to one.
    let culprit = if a.0.is_number() { b } else { a };
    type_error(l, culprit.0, culprit.1, "perform arithmetic on")
}

/// "number (local 'x') has no integer representation".
#[doc(alias = "luaG_tointerror")]
#[cold]
pub fn no_integer(l: State, operand: Operand) -> Throw {
    let tail: &[u8] = b" has no integer representation";
    match debug::variable_info(l, operand) {
        Some((kind, name)) => run_error_parts(l, &[b"number (", kind.as_bytes(), b" '", name, b"')", tail]),
        None => run_error_parts(l, &[b"number", tail]),
    }
}

fn integer_of(v: Value) -> Option<i64> {
    match v.tag {
        Tag::INTEGER => Some(v.integer_payload()),
        Tag::FLOAT => float_to_integer(v.float_payload(), Rounding::Exact),
        _ => None,
    }
}

#[cold]
pub fn number_error(l: State, e: ArithError) -> Throw {
    match e {
        ArithError::DivideByZero => run_error(l, format_args!("attempt to divide by zero")),
        ArithError::ModuloByZero => run_error(l, format_args!("attempt to perform 'n%0'")),
        _ => unreachable!("operands were checked"),
    }
}

/// Makes sure that the object of an error is on top: that of a memory error is not pushed where it is raised.
#[doc(alias = "luaD_seterrorobj")]
pub fn push_object(l: State, t: Throw) {
    if t == Throw::Memory {
        l.push(Name::NOT_ENOUGH_MEMORY.get());
    }
}
