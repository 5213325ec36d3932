//! Strings as operands of arithmetic (§3.4.3): the metamethods of strings convert them to numbers.

use crate::heap::function::Native;
use crate::heap::state::State;
use crate::native;
use crate::throw::{Result, Throw};
use crate::value::arith::ArithOp;
use crate::value::{Type, Value};
use crate::vm::api::access::text_to_number;

native!(ADD = "__add", add);
native!(SUB = "__sub", sub);
native!(MUL = "__mul", mul);
native!(MOD = "__mod", mod_);
native!(POW = "__pow", pow);
native!(DIV = "__div", div);
native!(IDIV = "__idiv", idiv);
native!(UNM = "__unm", unm);

pub static METAMETHODS: [&Native; 8] = [&ADD, &SUB, &MUL, &MOD, &POW, &DIV, &IDIV, &UNM];

/// An operand as a number.
fn number(v: Value) -> Option<Value> {
    if v.is_number() { Some(v) } else { text_to_number(v.as_string()?.bytes()) }
}

/// `a op b`; where one is not a number, what the second operand's metamethod makes of it.
fn operate(l: State, op: ArithOp, native: &'static Native) -> Result<u32> {
    let first = number(l.value_at(1));
    // A single argument that is a number counts as both operands, as upstream's does.
    let second = if l.get_top() == 1 { first } else { number(l.value_at(2)) };
    if let (Some(a), Some(b)) = (first, second) {
        l.push(a);
        if op != ArithOp::Unm {
            l.push(b);
        }
        l.arith(op)?;
        return Ok(1);
    }
    l.set_top(2)?;
    if l.type_at(2) == Type::String || l.get_metafield(2, native.name)? == Type::Nil {
        return Err(operand_error(l, native));
    }
    l.insert(-3);
    l.call(2, 1)?;
    Ok(1)
}

#[cold]
fn operand_error(l: State, native: &'static Native) -> Throw {
    let verb = native.name.trim_start_matches('_');
    let (a, b) = (l.type_at(1).name(), l.type_at(2).name());
    l.error_fmt(format_args!("attempt to {verb} a '{a}' with a '{b}'"))
}

fn add(l: State) -> Result<u32> {
    operate(l, ArithOp::Add, &ADD)
}

fn sub(l: State) -> Result<u32> {
    operate(l, ArithOp::Sub, &SUB)
}

fn mul(l: State) -> Result<u32> {
    operate(l, ArithOp::Mul, &MUL)
}

fn mod_(l: State) -> Result<u32> {
    operate(l, ArithOp::Mod, &MOD)
}

fn pow(l: State) -> Result<u32> {
    operate(l, ArithOp::Pow, &POW)
}

fn div(l: State) -> Result<u32> {
    operate(l, ArithOp::Div, &DIV)
}

fn idiv(l: State) -> Result<u32> {
    operate(l, ArithOp::IDiv, &IDIV)
}

fn unm(l: State) -> Result<u32> {
    operate(l, ArithOp::Unm, &UNM)
}
