//! The numeric `for` (§3.3.5). Registers of a loop that runs, counted from A:
//! * 5.4: index, iterations left (or limit, with floats), step, control variable
//! * 5.5: iterations left (or limit), step, control variable, which is the index as well
//!
//! Before, they hold initial value, limit and step.

use super::api::access::{text_to_number, value_to_number};
use super::error::run_error_parts;
use super::{error, meta};
use crate::edition::LUA_5_5;
use crate::heap::state::{Slot, State};
use crate::throw::{Result, Throw};
use crate::value::Value;
use crate::value::number::{Rounding, float_to_integer};

#[cold]
fn for_error(l: State, v: Value, what: &str) -> Throw {
    let name = meta::type_name(l, v);
    run_error_parts(l, &[b"bad 'for' ", what.as_bytes(), b" (number expected, got ", name, b")"])
}

/// Checks the three values and prepares the loop; `false`: it does not run at all. May: raise.
#[doc(alias = "forprep")]
pub fn prepare(l: State, a: Slot) -> Result<bool> {
    let (init, limit, step) = (a.get(), a.at(1).get(), a.at(2).get());
    if let (Some(first), Some(step)) = (init.as_integer(), step.as_integer()) {
        if step == 0 {
            return Err(error::run_error(l, format_args!("'for' step is zero")));
        }
        return Ok(integer_limit(l, limit, step)?.is_some_and(|last| prepare_integers(a, first, last, step)));
    }
    let number = |v: Value, what| value_to_number(v).ok_or_else(|| for_error(l, v, what));
    let last = number(limit, "limit")?;
    let by = number(step, "step")?;
    let first = number(init, "initial value")?;
    if by == 0.0 {
        return Err(error::run_error(l, format_args!("'for' step is zero")));
    }
    if if by > 0.0 { last < first } else { first < last } {
        return Ok(false);
    }
    if LUA_5_5 {
        a.set(Value::float(last));
        a.at(1).set(Value::float(by));
        a.at(2).set(Value::float(first));
    } else {
        a.set(Value::float(first));
        a.at(1).set(Value::float(last));
        a.at(2).set(Value::float(by));
        a.at(3).set(Value::float(first));
    }
    Ok(true)
}

/// Prepares a loop over integers whose step is not zero; `false`: it does not run at all.
#[inline(always)]
pub fn prepare_integers(a: Slot, first: i64, last: i64, step: i64) -> bool {
    if if step > 0 { first > last } else { first < last } {
        return false;
    }
    // Counting iterations beforehand avoids any overflow of the index.
    let distance = if step > 0 { last.wrapping_sub(first) } else { first.wrapping_sub(last) } as u64;
    // Most loops go by one, and a division takes as long as a short loop.
    let count = if step == 1 { distance } else { distance / step.unsigned_abs() };
    let count = Value::integer(count as i64);
    if LUA_5_5 {
        a.set(count);
        a.at(1).set(Value::integer(step));
        a.at(2).set(Value::integer(first));
    } else {
        a.at(1).set(count);
        a.at(3).set(Value::integer(first));
    }
    true
}

/// The limit of an integer loop, clipped to the integers; `None` if no integer is on the right side of it.
#[doc(alias = "forlimit")]
fn integer_limit(l: State, limit: Value, step: i64) -> Result<Option<i64>> {
    if let Some(i) = limit.as_integer() {
        return Ok(Some(i));
    }
    if let Some(i) = limit.as_string().and_then(|s| text_to_number(s.bytes())).and_then(Value::as_integer) {
        return Ok(Some(i));
    }
    let Some(f) = value_to_number(limit) else { return Err(for_error(l, limit, "limit")) };
    let rounding = if step < 0 { Rounding::Ceil } else { Rounding::Floor };
    Ok(match float_to_integer(f, rounding) {
        Some(i) => Some(i),
        // Out of range, or NaN, which counts as too small.
        None if f > 0.0 => (step > 0).then_some(i64::MAX),
        None => (step < 0).then_some(i64::MIN),
    })
}

/// Advances a loop over floats; `false`: it has ended.
#[doc(alias = "floatforloop")]
#[inline]
pub fn step_float(a: Slot) -> bool {
    let number = |s: Slot| f64::from_bits(s.payload());
    let (index, limit, step) = if LUA_5_5 { (a.at(2), a, a.at(1)) } else { (a, a.at(1), a.at(2)) };
    let (from, limit, step) = (number(index), number(limit), number(step));
    let next = from + step;
    let goes_on = if step > 0.0 { next <= limit } else { limit <= next };
    if goes_on {
        index.set(Value::float(next));
        if !LUA_5_5 {
            a.at(3).set(Value::float(next));
        }
    }
    goes_on
}
