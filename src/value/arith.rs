//! Arithmetic and bitwise operations on numbers (§3.4.1, §3.4.2): no strings, no metamethods.
//!
//! The scalar functions are what the interpreter's fast paths call; `arith` chooses by operand kind, for constant
//! folding and for everything that has an operator as data.

use super::Value;
use super::number::{Rounding, float_to_integer, floor};

/// The arithmetic and bitwise operators. The numbers are those of `lua_arith` (§4.6) and, in this order, of the
/// operators' metamethods and opcodes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum ArithOp {
    Add = 0,
    Sub = 1,
    Mul = 2,
    Mod = 3,
    Pow = 4,
    Div = 5,
    IDiv = 6,
    BAnd = 7,
    BOr = 8,
    BXor = 9,
    Shl = 10,
    Shr = 11,
    Unm = 12,
    BNot = 13,
}

impl ArithOp {
    const ALL: [ArithOp; 14] = [
        ArithOp::Add,
        ArithOp::Sub,
        ArithOp::Mul,
        ArithOp::Mod,
        ArithOp::Pow,
        ArithOp::Div,
        ArithOp::IDiv,
        ArithOp::BAnd,
        ArithOp::BOr,
        ArithOp::BXor,
        ArithOp::Shl,
        ArithOp::Shr,
        ArithOp::Unm,
        ArithOp::BNot,
    ];

    /// The operator with this number, if there is one.
    pub fn from_number(n: i32) -> Option<ArithOp> {
        ArithOp::ALL.get(usize::try_from(n).ok()?).copied()
    }

    pub const fn is_bitwise(self) -> bool {
        matches!(self, ArithOp::BAnd | ArithOp::BOr | ArithOp::BXor | ArithOp::Shl | ArithOp::Shr | ArithOp::BNot)
    }
}

/// Why two numbers have no result.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ArithError {
    /// An operand is not a number at all.
    NotNumber,
    /// An operand of a bitwise operation has no exact integer representation.
    NoInteger,
    DivideByZero,
    ModuloByZero,
}

/// `m // n` rounded towards minus infinity. `n` is not zero.
#[doc(alias = "luaV_idiv")]
#[inline]
pub const fn floor_div_integer(m: i64, n: i64) -> i64 {
    let quotient = m.wrapping_div(n);
    if m ^ n < 0 && quotient.wrapping_mul(n) != m { quotient - 1 } else { quotient }
}

/// `m % n` with the sign of `n`. `n` is not zero.
#[doc(alias = "luaV_mod")]
#[inline]
pub const fn mod_integer(m: i64, n: i64) -> i64 {
    let rest = m.wrapping_rem(n);
    if rest != 0 && rest ^ n < 0 { rest + n } else { rest }
}

#[inline]
pub fn floor_div_float(a: f64, b: f64) -> f64 {
    floor(a / b)
}

/// `a % b` with the sign of `b`.
#[doc(alias = "luaV_modf")]
#[inline]
pub fn mod_float(a: f64, b: f64) -> f64 {
    let rest = a % b;
    // Comparisons with NaN are false, so a NaN rest stays as it is.
    if rest > 0.0 && b < 0.0 || rest < 0.0 && b > 0.0 { rest + b } else { rest }
}

#[inline]
pub fn pow_float(a: f64, b: f64) -> f64 {
    if b == 2.0 { a * a } else { a.powf(b) }
}

/// `x << y`: bits move in from the other side as zeros; a negative `y` shifts to the right.
#[doc(alias = "luaV_shiftl")]
#[inline]
pub const fn shift_left(x: i64, y: i64) -> i64 {
    match y {
        0..64 => ((x as u64) << y) as i64,
        -63..0 => (x as u64 >> -y) as i64,
        _ => 0,
    }
}

/// `x >> y`, without sign extension.
#[inline]
pub const fn shift_right(x: i64, y: i64) -> i64 {
    shift_left(x, y.wrapping_neg())
}

/// The result of an operator on two numbers; unary operators ignore the second, which must still be a number.
#[doc(alias = "luaO_rawarith")]
pub fn arith(op: ArithOp, a: Value, b: Value) -> Result<Value, ArithError> {
    if !a.is_number() || !b.is_number() {
        return Err(ArithError::NotNumber);
    }
    if op.is_bitwise() {
        let (Some(x), Some(y)) = (exact_integer(a), exact_integer(b)) else { return Err(ArithError::NoInteger) };
        return Ok(Value::integer(match op {
            ArithOp::BAnd => x & y,
            ArithOp::BOr => x | y,
            ArithOp::BXor => x ^ y,
            ArithOp::Shl => shift_left(x, y),
            ArithOp::Shr => shift_right(x, y),
            _ => !x,
        }));
    }
    if let (Some(x), Some(y)) = (a.as_integer(), b.as_integer())
        && !matches!(op, ArithOp::Div | ArithOp::Pow)
    {
        return Ok(Value::integer(match op {
            ArithOp::Add => x.wrapping_add(y),
            ArithOp::Sub => x.wrapping_sub(y),
            ArithOp::Mul => x.wrapping_mul(y),
            ArithOp::Mod if y == 0 => return Err(ArithError::ModuloByZero),
            ArithOp::Mod => mod_integer(x, y),
            ArithOp::IDiv if y == 0 => return Err(ArithError::DivideByZero),
            ArithOp::IDiv => floor_div_integer(x, y),
            _ => x.wrapping_neg(),
        }));
    }
    let (Some(x), Some(y)) = (a.as_number(), b.as_number()) else { return Err(ArithError::NotNumber) };
    Ok(Value::float(match op {
        ArithOp::Add => x + y,
        ArithOp::Sub => x - y,
        ArithOp::Mul => x * y,
        ArithOp::Mod => mod_float(x, y),
        ArithOp::Pow => pow_float(x, y),
        ArithOp::Div => x / y,
        ArithOp::IDiv => floor_div_float(x, y),
        _ => -x,
    }))
}

/// The integer equal to a number, if there is one.
fn exact_integer(v: Value) -> Option<i64> {
    if v.is_float() { float_to_integer(v.float_payload(), Rounding::Exact) } else { v.as_integer() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integer_division_rounds_down() {
        for (m, n, quotient, rest) in
            [(7, 2, 3, 1), (-7, 2, -4, 1), (7, -2, -4, -1), (-7, -2, 3, -1), (i64::MIN, -1, i64::MIN, 0), (6, 3, 2, 0)]
        {
            assert_eq!(floor_div_integer(m, n), quotient, "{m} // {n}");
            assert_eq!(mod_integer(m, n), rest, "{m} % {n}");
        }
    }

    #[test]
    fn float_modulo_takes_the_sign_of_the_divisor() {
        assert_eq!(mod_float(5.5, 2.0), 1.5);
        assert_eq!(mod_float(-5.5, 2.0), 0.5);
        assert_eq!(mod_float(5.5, -2.0), -0.5);
        assert_eq!(mod_float(-1.0, f64::INFINITY), f64::INFINITY);
        assert_eq!(mod_float(1.0, f64::INFINITY), 1.0);
        assert_eq!(mod_float(1.0, f64::NEG_INFINITY), f64::NEG_INFINITY);
        assert!(mod_float(-0.0, 5.0).is_sign_negative());
        assert!(mod_float(1.0, 0.0).is_nan());
        assert_eq!(mod_float(-1e-310, 1e-310 * 3.0), 1e-310 * 3.0 - 1e-310);
    }

    #[test]
    fn shifts_by_any_amount() {
        assert_eq!(shift_left(1, 63), i64::MIN);
        assert_eq!(shift_left(1, 64), 0);
        assert_eq!(shift_left(-1, -1), i64::MAX);
        assert_eq!(shift_left(-1, -63), 1);
        assert_eq!(shift_left(-1, -64), 0);
        assert_eq!(shift_right(-1, i64::MIN), 0);
        assert_eq!(shift_right(1, -4), 16);
    }

    #[test]
    fn operands_of_both_kinds_meet_as_floats() {
        assert_eq!(arith(ArithOp::Add, Value::integer(1), Value::float(0.5)).unwrap().as_number(), Some(1.5));
        assert_eq!(arith(ArithOp::Div, Value::integer(1), Value::integer(2)).unwrap().as_number(), Some(0.5));
        assert_eq!(arith(ArithOp::BOr, Value::float(2.0), Value::integer(1)).unwrap().as_integer(), Some(3));
        assert_eq!(arith(ArithOp::BOr, Value::float(2.5), Value::integer(1)).err(), Some(ArithError::NoInteger));
        assert_eq!(arith(ArithOp::Mod, Value::integer(2), Value::integer(0)).err(), Some(ArithError::ModuloByZero));
    }
}
