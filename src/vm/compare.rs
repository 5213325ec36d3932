//! Equality and order (§3.4.4).

use super::arith::find_binary;
use super::call::{self, Mode};
use super::error;
use super::meta::{Event, fast_metamethod};
use crate::edition::LUA_5_5;
use crate::heap::object::Gc;
use crate::heap::state::{State, frame_status};
use crate::heap::string::Str;
use crate::throw::Result;
use crate::value::number::{Rounding, float_to_integer, integer_to_float};
use crate::value::{Tag, Value};
use core::ffi::c_int;

/// Primitive equality: no metamethods.
#[doc(alias = "luaV_rawequalobj")]
#[inline]
pub fn raw_equal(a: Value, b: Value) -> bool {
    if a.tag != b.tag {
        return match (a.tag, b.tag) {
            (Tag::INTEGER, Tag::FLOAT) => integer_equals_float(a.integer_payload(), b.float_payload()),
            (Tag::FLOAT, Tag::INTEGER) => integer_equals_float(b.integer_payload(), a.float_payload()),
            _ => a.tag.is_nil() && b.tag.is_nil(),
        };
    }
    if a.payload == b.payload {
        // NaN is the only value that differs from itself.
        return a.tag != Tag::FLOAT || !a.float_payload().is_nan();
    }
    match a.tag {
        Tag::FLOAT => a.float_payload() == b.float_payload(),
        // SAFETY: the tag says so.
        Tag::LONG_STRING => unsafe { a.object_as::<Str>().same(b.object_as::<Str>()) },
        // The payloads of these may be anything.
        tag => tag.is_nil() || tag.base() == Tag::FALSE.base(),
    }
}

/// Primitive equality where one look tells: integers, short strings, and objects that are the same.
#[inline(always)]
pub fn obviously_equal(a: Value, b: Value) -> Option<bool> {
    let same = a.payload == b.payload;
    let simple = a.is_integer() || a.tag == Tag::SHORT_STRING;
    if a.tag == b.tag && (simple || same && a.tag.is_collectable()) { Some(same) } else { None }
}

#[inline(always)]
fn integer_equals_float(i: i64, f: f64) -> bool {
    float_to_integer(f, Rounding::Exact) == Some(i)
}

/// `a == b`. May: raise, run Lua code.
#[inline]
pub fn equal(l: State, a: Value, b: Value) -> Result<bool> {
    // Nothing else has metamethods for this.
    if a.tag != b.tag || !matches!(a.tag, Tag::TABLE | Tag::USERDATA) {
        return Ok(raw_equal(a, b));
    }
    Ok(equal_in(l, a, b, Mode::Nested)?.expect("nested calls give a value"))
}

/// `a == b`; `None`: a Lua function was entered for it (only `Mode::Instruction`).
#[doc(alias = "luaV_equalobj")]
pub fn equal_in(l: State, a: Value, b: Value, mode: Mode) -> Result<Option<bool>> {
    if raw_equal(a, b) {
        return Ok(Some(true));
    }
    let metatables = match (a.tag, b.tag) {
        // SAFETY: the tags say so.
        (Tag::TABLE, Tag::TABLE) => (a.as_table().unwrap().metatable.get(), b.as_table().unwrap().metatable.get()),
        (Tag::USERDATA, Tag::USERDATA) => (a.as_userdata().unwrap().metatable.get(), b.as_userdata().unwrap().metatable.get()),
        _ => return Ok(Some(false)),
    };
    match fast_metamethod(l.global(), metatables.0, Event::Eq).or_else(|| fast_metamethod(l.global(), metatables.1, Event::Eq)) {
        None => Ok(Some(false)),
        Some(f) => Ok(call::metamethod(l, mode, f, a, b)?.map(|v| !v.is_false())),
    }
}

/// The two orders.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Order {
    Less,
    LessEqual,
}

/// `a < b`. May: raise, run Lua code.
#[inline]
pub fn less_than(l: State, a: Value, b: Value) -> Result<bool> {
    if a.is_integer() && b.is_integer() {
        return Ok(a.integer_payload() < b.integer_payload());
    }
    Ok(order_in(l, Order::Less, a, b, Mode::Nested)?.expect("nested calls give a value"))
}

/// `a <= b`. May: raise, run Lua code.
#[inline]
pub fn less_equal(l: State, a: Value, b: Value) -> Result<bool> {
    if a.is_integer() && b.is_integer() {
        return Ok(a.integer_payload() <= b.integer_payload());
    }
    Ok(order_in(l, Order::LessEqual, a, b, Mode::Nested)?.expect("nested calls give a value"))
}

/// `a < b` or `a <= b`; `None`: a Lua function was entered for it (only `Mode::Instruction`).
pub fn order_in(l: State, order: Order, a: Value, b: Value, mode: Mode) -> Result<Option<bool>> {
    if a.is_number() && b.is_number() {
        return Ok(Some(order_numbers(order, a, b)));
    }
    if let (Some(a), Some(b)) = (a.as_string(), b.as_string()) {
        let o = compare_strings(a, b);
        return Ok(Some(if order == Order::Less { o < 0 } else { o <= 0 }));
    }
    order_slow(l, order, a, b, mode)
}

#[cold]
fn order_slow(l: State, order: Order, a: Value, b: Value, mode: Mode) -> Result<Option<bool>> {
    let event = if order == Order::Less { Event::Lt } else { Event::Le };
    match find_binary(l, event, a, b) {
        Some(f) => Ok(call::metamethod(l, mode, f, a, b)?.map(|v| !v.is_false())),
        None => match opposite(l, order, a, b) {
            Some(f) => negated(l, mode, f, b, a),
            None => Err(error::order_error(l, a, b)),
        },
    }
}

/// Without `__le`, `a <= b` is `not (b < a)`, as in Lua 5.3 (`LUA_COMPAT_LT_LE`).
fn opposite(l: State, order: Order, a: Value, b: Value) -> Option<Value> {
    if LUA_5_5 || order == Order::Less { None } else { find_binary(l, Event::Lt, b, a) }
}

/// The negation of what a metamethod gives. The frame remembers it while a Lua function runs.
fn negated(l: State, mode: Mode, f: Value, a: Value, b: Value) -> Result<Option<bool>> {
    if mode == Mode::Nested {
        return Ok(call::metamethod(l, mode, f, a, b)?.map(Value::is_false));
    }
    let index = l.frame_index(l.frame.get());
    l.frame.get().add_status(frame_status::NEGATED);
    let result = call::metamethod(l, mode, f, a, b)?;
    if result.is_some() {
        l.frame_at(index).remove_status(frame_status::NEGATED);
    }
    Ok(result.map(Value::is_false))
}

/// Order of two numbers of either kind, exact also where an integer has no float.
#[inline(always)]
pub fn order_numbers(order: Order, a: Value, b: Value) -> bool {
    let less = order == Order::Less;
    match (a.as_integer(), b.as_integer()) {
        (Some(x), Some(y)) => {
            if less {
                x < y
            } else {
                x <= y
            }
        }
        (Some(i), None) => integer_before_float(less, i, b.float_payload()),
        (None, Some(i)) => float_before_integer(less, a.float_payload(), i),
        (None, None) => {
            let (x, y) = (a.float_payload(), b.float_payload());
            if less { x < y } else { x <= y }
        }
    }
}

/// Integers of this size and less are exact as floats.
const EXACT: u64 = 1 << 53;

#[inline(always)]
fn integer_before_float(less: bool, i: i64, f: f64) -> bool {
    if i.unsigned_abs() <= EXACT {
        return if less { integer_to_float(i) < f } else { integer_to_float(i) <= f };
    }
    // Round the float in the direction that keeps the answer, and compare integers.
    match float_to_integer(f, if less { Rounding::Ceil } else { Rounding::Floor }) {
        Some(n) => {
            if less {
                i < n
            } else {
                i <= n
            }
        }
        None => f > 0.0,
    }
}

#[inline(always)]
fn float_before_integer(less: bool, f: f64, i: i64) -> bool {
    if i.unsigned_abs() <= EXACT {
        return if less { f < integer_to_float(i) } else { f <= integer_to_float(i) };
    }
    match float_to_integer(f, if less { Rounding::Floor } else { Rounding::Ceil }) {
        Some(n) => {
            if less {
                n < i
            } else {
                n <= i
            }
        }
        None => f < 0.0,
    }
}

/// Order of two strings by the current locale, piecewise between embedded zeros (§3.4.4): negative, zero or positive, as C's functions say it.
#[doc(alias = "l_strcmp")]
#[inline(always)]
pub fn compare_strings(a: Gc<Str>, b: Gc<Str>) -> c_int {
    if a == b {
        return 0;
    }
    // SAFETY: the texts are followed by a NUL.
    let order = unsafe { libc::strcoll(a.data().cast(), b.data().cast()) };
    if order != 0 { order } else { compare_further(a, b) }
}

/// As `compare_strings`, where the texts up to the first zeros are equal in the locale.
#[inline(never)]
fn compare_further(a: Gc<Str>, b: Gc<Str>) -> c_int {
    let (mut a, mut b) = (a.bytes(), b.bytes());
    loop {
        // What mostly ends here needs no look at where the pieces end.
        if a == b {
            return 0;
        }
        // SAFETY: the texts are followed by a NUL. A locale may take texts of different lengths for equal.
        let ends = [a, b].map(|s| unsafe { libc::strlen(s.as_ptr().cast()) });
        match (ends[0] == a.len(), ends[1] == b.len()) {
            (true, true) => return 0,
            (true, false) => return -1,
            (false, true) => return 1,
            (false, false) => (a, b) = (&a[ends[0] + 1..], &b[ends[1] + 1..]),
        }
        // SAFETY: as above.
        let order = unsafe { libc::strcoll(a.as_ptr().cast(), b.as_ptr().cast()) };
        if order != 0 {
            return order;
        }
    }
}
