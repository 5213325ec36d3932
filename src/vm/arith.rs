//! Arithmetic and bitwise operations on any values (§2.4, §3.4.1, §3.4.2): numbers directly, others by metamethods.

use super::call::{self, Mode};
use super::error::{self, Operand};
use super::meta::{self, Event};
use crate::heap::state::State;
use crate::throw::Result;
use crate::value::Value;
use crate::value::arith::{ArithError, ArithOp};

impl Event {
    /// The event of an operator. ORDER events.
    pub fn of(op: ArithOp) -> Event {
        Event::from_number(Event::Add as usize + op as usize)
    }

    /// The operator of an arithmetic or bitwise event.
    pub fn operator(self) -> Option<ArithOp> {
        ArithOp::from_number((self as u8).wrapping_sub(Event::Add as u8) as i8 as i32)
    }
}

/// The result of an operator on two values (unary ones: the same value twice). May: raise, run Lua code.
#[doc(alias = "luaO_arith")]
pub fn arith(l: State, op: ArithOp, a: Value, b: Value) -> Result<Value> {
    match crate::value::arith::arith(op, a, b) {
        Ok(v) => Ok(v),
        Err(e) => {
            let operands = [(a, Operand::Unnamed), (b, Operand::Unnamed)];
            failed(l, op, e, operands, Mode::Nested).map(|v| v.expect("nested calls give a value"))
        }
    }
}

/// The result of an operation that numbers alone do not give: by a metamethod, or an error.
///
/// `None`: a Lua function was entered for it (only `Mode::Instruction`).
#[doc(alias = "luaT_trybinTM")]
#[cold]
#[inline(never)]
pub fn failed(l: State, op: ArithOp, e: ArithError, operands: [(Value, Operand); 2], mode: Mode) -> Result<Option<Value>> {
    if matches!(e, ArithError::DivideByZero | ArithError::ModuloByZero) {
        return Err(error::number_error(l, e));
    }
    let [a, b] = operands;
    match find_binary(l, Event::of(op), a.0, b.0) {
        Some(f) => call::metamethod(l, mode, f, a.0, b.0),
        None => Err(error::arith_error(l, op, a, b)),
    }
}

/// The metamethod of the first operand that has one.
pub fn find_binary(l: State, event: Event, a: Value, b: Value) -> Option<Value> {
    let g = l.global();
    [a, b].into_iter().map(|v| meta::metamethod(g, v, event)).find(|m| !m.is_nil())
}
