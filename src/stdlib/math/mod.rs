//! The mathematical library (§6.7), with the functions of older editions that `LUA_COMPAT_MATHLIB` keeps.

mod random;

use crate::edition::LUA_5_5;
use crate::heap::function::Native;
use crate::heap::names::Name;
use crate::heap::state::State;
use crate::native;
use crate::throw::Result;
use crate::value::number::{self, Rounding, float_to_integer};
use crate::value::{Type, Value};
use crate::vm::api::access::CompareOp;
use crate::vm::auxiliary::library::Fields;
use core::f64::consts::PI;
use core::ffi::c_int;

native!(ABS = "abs", abs);
native!(ACOS = "acos", acos);
native!(ASIN = "asin", asin);
native!(ATAN = "atan", atan);
native!(CEIL = "ceil", ceil);
native!(COS = "cos", cos);
native!(DEG = "deg", deg);
native!(EXP = "exp", exp);
native!(TOINTEGER = "tointeger", tointeger);
native!(FLOOR = "floor", floor);
native!(FMOD = "fmod", fmod);
native!(ULT = "ult", ult);
native!(LOG = "log", log);
native!(MAX = "max", max);
native!(MIN = "min", min);
native!(MODF = "modf", modf);
native!(RAD = "rad", rad);
native!(SIN = "sin", sin);
native!(SQRT = "sqrt", sqrt);
native!(TAN = "tan", tan);
native!(TYPE = "type", type_);
native!(COSH = "cosh", cosh);
native!(SINH = "sinh", sinh);
native!(TANH = "tanh", tanh);
native!(POW = "pow", pow);
native!(FREXP = "frexp", frexp);
native!(LDEXP = "ldexp", ldexp);
native!(LOG10 = "log10", log10);

static FUNCTIONS: [&Native; 23] = [
    &ABS, &ACOS, &ASIN, &ATAN, &CEIL, &COS, &DEG, &EXP, &TOINTEGER, &FLOOR, &FMOD, &ULT, &LOG, &MAX, &MIN, &MODF, &RAD, &SIN,
    &SQRT, &TAN, &TYPE, &FREXP, &LDEXP,
];
/// Those that 5.5 has no longer.
static OLD_FUNCTIONS: [&Native; 5] = [&COSH, &SINH, &TANH, &POW, &LOG10];

/// Leaves the library's table on the stack. May: raise, collect.
pub fn open(l: State) -> Result<u32> {
    static FIELDS: Fields = Fields::new();
    let n = FUNCTIONS.len() + if LUA_5_5 { 6 } else { 7 + OLD_FUNCTIONS.len() };
    l.new_lib(&FIELDS, n, || {
        l.set_natives(&FUNCTIONS)?;
        if !LUA_5_5 {
            l.set_natives(&OLD_FUNCTIONS)?;
            // The same function under its older name.
            l.push(Value::native(&ATAN));
            l.set_field(-2, "atan2")?;
        }
        for (name, value) in [
            ("pi", Value::float(PI)),
            ("huge", Value::float(f64::INFINITY)),
            ("maxinteger", Value::integer(i64::MAX)),
            ("mininteger", Value::integer(i64::MIN)),
        ] {
            l.push(value);
            l.set_field(-2, name)?;
        }
        l.set_natives(&[&random::RANDOM, &random::RANDOMSEED])
    })?;
    random::seed(l);
    Ok(1)
}

// C's library, so that results are those that C programs get on the same machine.
unsafe extern "C" {
    #[link_name = "frexp"]
    safe fn c_frexp(x: f64, exponent: &mut c_int) -> f64;
    #[link_name = "ldexp"]
    safe fn c_ldexp(x: f64, exponent: c_int) -> f64;
}

/// A function from float to float.
#[inline(always)]
fn float_function(l: State, f: impl FnOnce(f64) -> f64) -> Result<u32> {
    let x = l.check_number(1)?;
    l.push_number(f(x));
    Ok(1)
}

fn abs(l: State) -> Result<u32> {
    if let Some(i) = l.value_at(1).as_integer() {
        l.push_integer(i.wrapping_abs());
        return Ok(1);
    }
    float_function(l, f64::abs)
}

fn sin(l: State) -> Result<u32> {
    float_function(l, f64::sin)
}

fn cos(l: State) -> Result<u32> {
    float_function(l, f64::cos)
}

fn tan(l: State) -> Result<u32> {
    float_function(l, f64::tan)
}

fn asin(l: State) -> Result<u32> {
    float_function(l, f64::asin)
}

fn acos(l: State) -> Result<u32> {
    float_function(l, f64::acos)
}

fn atan(l: State) -> Result<u32> {
    let y = l.check_number(1)?;
    let x = l.opt_number(2, 1.0)?;
    l.push_number(y.atan2(x));
    Ok(1)
}

fn exp(l: State) -> Result<u32> {
    float_function(l, f64::exp)
}

fn sqrt(l: State) -> Result<u32> {
    float_function(l, f64::sqrt)
}

fn deg(l: State) -> Result<u32> {
    float_function(l, |x| x * (180.0 / PI))
}

fn rad(l: State) -> Result<u32> {
    float_function(l, |x| x * (PI / 180.0))
}

fn cosh(l: State) -> Result<u32> {
    float_function(l, f64::cosh)
}

fn sinh(l: State) -> Result<u32> {
    float_function(l, f64::sinh)
}

fn tanh(l: State) -> Result<u32> {
    float_function(l, f64::tanh)
}

fn log10(l: State) -> Result<u32> {
    float_function(l, f64::log10)
}

fn log(l: State) -> Result<u32> {
    let x = l.check_number(1)?;
    let result = if l.is_none_or_nil(2) {
        x.ln()
    } else {
        let base = l.check_number(2)?;
        if base == 2.0 {
            x.log2()
        } else if base == 10.0 {
            x.log10()
        } else {
            x.ln() / base.ln()
        }
    };
    l.push_number(result);
    Ok(1)
}

fn pow(l: State) -> Result<u32> {
    let x = l.check_number(1)?;
    let y = l.check_number(2)?;
    l.push_number(x.powf(y));
    Ok(1)
}

fn frexp(l: State) -> Result<u32> {
    let x = l.check_number(1)?;
    let mut exponent = 0;
    l.push_number(c_frexp(x, &mut exponent));
    l.push_integer(exponent.into());
    Ok(2)
}

fn ldexp(l: State) -> Result<u32> {
    let x = l.check_number(1)?;
    let exponent = l.check_integer(2)?;
    l.push_number(c_ldexp(x, exponent as c_int));
    Ok(1)
}

fn tointeger(l: State) -> Result<u32> {
    match l.to_integer(1) {
        Some(i) => l.push_integer(i),
        None => {
            l.check_any(1)?;
            l.push_nil();
        }
    }
    Ok(1)
}

/// A float without fraction as an integer if it fits.
fn integral(n: f64) -> Value {
    float_to_integer(n, Rounding::Exact).map_or(Value::float(n), Value::integer)
}

fn floor(l: State) -> Result<u32> {
    let v = l.value_at(1);
    if v.is_integer() {
        l.push(v);
    } else {
        l.push(integral(number::floor(l.check_number(1)?)));
    }
    Ok(1)
}

fn ceil(l: State) -> Result<u32> {
    let v = l.value_at(1);
    if v.is_integer() {
        l.push(v);
    } else {
        l.push(integral(l.check_number(1)?.ceil()));
    }
    Ok(1)
}

/// The remainder with the sign of the dividend, as C's `fmod` and `%`.
fn fmod(l: State) -> Result<u32> {
    if let (Some(a), Some(b)) = (l.value_at(1).as_integer(), l.value_at(2).as_integer()) {
        l.arg_check(b != 0, 2, "zero")?;
        l.push_integer(a.wrapping_rem(b));
    } else {
        // The second first, as upstream's compiled code does: it decides which of two errors is reported.
        let b = l.check_number(2)?;
        let a = l.check_number(1)?;
        l.push_number(a % b);
    }
    Ok(1)
}

fn modf(l: State) -> Result<u32> {
    let v = l.value_at(1);
    if v.is_integer() {
        l.push(v);
        l.push_number(0.0);
    } else {
        let n = l.check_number(1)?;
        let whole = n.trunc();
        l.push(integral(whole));
        // The test is for infinities, whose difference is not a number.
        l.push_number(if n == whole { 0.0 } else { n - whole });
    }
    Ok(2)
}

fn ult(l: State) -> Result<u32> {
    let a = l.check_integer(1)?;
    let b = l.check_integer(2)?;
    l.push_boolean((a as u64) < b as u64);
    Ok(1)
}

/// `t[a] < t[b]` for two arguments, numbers of one kind at once.
#[inline(always)]
fn is_less(l: State, a: i32, b: i32) -> Result<bool> {
    let (x, y) = (l.value_at(a), l.value_at(b));
    if x.is_integer() && y.is_integer() {
        Ok(x.integer_payload() < y.integer_payload())
    } else if x.is_float() && y.is_float() {
        Ok(x.float_payload() < y.float_payload())
    } else {
        l.compare(a, b, CompareOp::Less)
    }
}

fn min(l: State) -> Result<u32> {
    let n = l.get_top();
    l.arg_check(n >= 1, 1, "value expected")?;
    let mut least = 1;
    for i in 2..=n {
        if is_less(l, i, least)? {
            least = i;
        }
    }
    l.push_index(least);
    Ok(1)
}

fn max(l: State) -> Result<u32> {
    let n = l.get_top();
    l.arg_check(n >= 1, 1, "value expected")?;
    let mut greatest = 1;
    for i in 2..=n {
        if is_less(l, greatest, i)? {
            greatest = i;
        }
    }
    l.push_index(greatest);
    Ok(1)
}

fn type_(l: State) -> Result<u32> {
    if l.type_at(1) == Type::Number {
        l.push_name(if l.is_integer(1) { Name::INTEGER } else { Name::FLOAT });
    } else {
        l.check_any(1)?;
        l.push_nil();
    }
    Ok(1)
}
