//! Reading values: types, conversions, comparison.

use super::face;
use crate::gc;
use crate::heap::function::CFunction;
use crate::heap::state::State;
use crate::heap::string::{self, Str};
use crate::heap::table::Table;
use crate::heap::userdata::Userdata;
use crate::throw::Result;
use crate::value::format::{NumberText, decimal_point};
use crate::value::number::{Rounding, float_to_integer, parse_number, parse_number_with_point};
use crate::value::{Tag, Type, Value};
use crate::vm::compare::{self, Order};
use core::ffi::c_void;
use core::ptr;

/// The comparisons of `lua_compare`, with its numbers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum CompareOp {
    Equal = 0,
    Less = 1,
    LessEqual = 2,
}

/// What a comparison gives where one look tells.
#[inline(always)]
pub fn compared_at_once(a: Value, b: Value, op: CompareOp) -> Option<bool> {
    match op {
        CompareOp::Equal => compare::obviously_equal(a, b),
        CompareOp::Less | CompareOp::LessEqual if a.is_number() && b.is_number() => {
            let order = if op == CompareOp::Less { Order::Less } else { Order::LessEqual };
            Some(compare::order_numbers(order, a, b))
        }
        _ => None,
    }
}

/// Primitive equality; what is not there equals nothing.
#[inline(never)]
fn raw_equal_values(a: Value, b: Value) -> bool {
    a.tag != Tag::ABSENT && b.tag != Tag::ABSENT && compare::raw_equal(a, b)
}

/// The number that a text denotes, in the C locale or with the decimal point of the current one (§3.4.3).
#[inline]
pub fn text_to_number(text: &[u8]) -> Option<Value> {
    // Most texts that are no numbers are names.
    if text.first().is_some_and(u8::is_ascii_alphabetic) {
        return None;
    }
    match parse_number(text) {
        Some(v) => Some(v),
        None => match text_to_number_in_locale(text) {
            v if v.is_nil() => None,
            v => Some(v),
        },
    }
}

/// With the locale's decimal point, if that is another; nil where there is no number.
#[cold]
#[inline(never)]
fn text_to_number_in_locale(text: &[u8]) -> Value {
    match decimal_point()[0] {
        b'.' => Value::NIL,
        point => parse_number_with_point(text, point).unwrap_or(Value::NIL),
    }
}

/// A number, or a string that denotes one, as a float.
#[inline(always)]
pub fn value_to_number(v: Value) -> Option<f64> {
    match v.as_number() {
        Some(n) => Some(n),
        None => text_as_number(v),
    }
}

#[inline]
fn string_to_number(v: Value) -> Option<Value> {
    text_to_number(v.as_string()?.bytes())
}

#[inline(never)]
fn text_as_number(v: Value) -> Option<f64> {
    string_to_number(v)?.as_number()
}

/// A number with an exact integer value, or a string that denotes one, as an integer.
#[inline(always)]
pub fn value_to_integer(v: Value) -> Option<i64> {
    if v.is_integer() { Some(v.integer_payload()) } else { other_to_integer(v) }
}

#[inline(never)]
fn other_to_integer(v: Value) -> Option<i64> {
    match if v.is_float() { v } else { string_to_number(v)? } {
        n if n.is_integer() => Some(n.integer_payload()),
        n => float_to_integer(n.float_payload(), Rounding::Exact),
    }
}

/// An address that identifies a value that has one; null for others. What `%p` shows.
#[doc(alias = "lua_topointer")]
#[inline]
pub fn value_to_pointer(v: Value) -> *const c_void {
    if let Some(object) = v.object() {
        return v.as_userdata().map_or(object.as_ptr().cast_const().cast(), |u| u.data().cast_const().cast());
    }
    match v.tag {
        // A host may push it as a C function.
        Tag::NATIVE => v.as_native().map_or(ptr::null(), |native| face::face_of(native) as *const c_void),
        Tag::LIGHT_C | Tag::LIGHT_USERDATA => v.address(),
        _ => ptr::null(),
    }
}

/// Length of a string, size of a userdata in bytes, border of a table; 0 for the rest. No metamethods.
#[inline(always)]
pub fn value_raw_len(v: Value) -> u64 {
    // By the basic type: so few cases are told apart by comparisons, those of all tags would be a table of jumps.
    // SAFETY: strings, full userdata and tables are the only values of their basic types.
    unsafe {
        match v.type_of() {
            Type::String => v.object_as::<Str>().len() as u64,
            Type::Userdata => v.object_as::<Userdata>().len as u64,
            Type::Table => v.object_as::<Table>().length(),
            _ => 0,
        }
    }
}

/// The block of a full userdata or the address of a light one; null for the rest.
#[inline(always)]
pub fn value_to_userdata(v: Value) -> *mut c_void {
    match v.tag {
        Tag::USERDATA => v.as_userdata().map_or(ptr::null_mut(), |u| u.data().cast()),
        Tag::LIGHT_USERDATA => v.address(),
        _ => ptr::null_mut(),
    }
}

/// A function as C sees it, if it is not a Lua function.
#[inline(never)]
pub fn c_face(v: Value) -> Option<CFunction> {
    if v.tag != Tag::NATIVE && v.tag != Tag::NATIVE_CLOSURE {
        return v.as_c_function();
    }
    v.as_native().map(face::face_of)
}

impl State {
    /// The type of the value at an acceptable index.
    #[inline]
    pub fn type_at(self, i: i32) -> Type {
        let v = self.value_at(i);
        if v.tag == Tag::ABSENT { Type::None } else { v.type_of() }
    }

    #[inline]
    pub fn is_none(self, i: i32) -> bool {
        self.value_at(i).tag == Tag::ABSENT
    }

    #[inline]
    pub fn is_none_or_nil(self, i: i32) -> bool {
        self.value_at(i).is_nil()
    }

    #[inline]
    pub fn is_nil(self, i: i32) -> bool {
        self.type_at(i) == Type::Nil
    }

    #[inline]
    pub fn is_boolean(self, i: i32) -> bool {
        self.type_at(i) == Type::Boolean
    }

    /// A number, or a string that denotes one.
    #[inline(always)]
    pub fn is_number(self, i: i32) -> bool {
        let v = self.value_at(i);
        v.is_number() || v.is_string() && string_to_number(v).is_some()
    }

    /// A string or a number.
    #[inline]
    pub fn is_string(self, i: i32) -> bool {
        let v = self.value_at(i);
        v.is_string() || v.is_number()
    }

    /// A number that is represented as an integer.
    #[inline]
    pub fn is_integer(self, i: i32) -> bool {
        self.value_at(i).is_integer()
    }

    #[inline]
    pub fn is_table(self, i: i32) -> bool {
        self.value_at(i).is_table()
    }

    #[inline]
    pub fn is_function(self, i: i32) -> bool {
        self.value_at(i).is_function()
    }

    /// A function that is not a Lua function.
    #[inline]
    pub fn is_c_function(self, i: i32) -> bool {
        let v = self.value_at(i);
        v.is_function() && v.tag != Tag::LUA_CLOSURE
    }

    /// Full or light.
    #[inline]
    pub fn is_userdata(self, i: i32) -> bool {
        matches!(self.value_at(i).tag, Tag::USERDATA | Tag::LIGHT_USERDATA)
    }

    #[inline]
    pub fn is_light_userdata(self, i: i32) -> bool {
        self.value_at(i).tag == Tag::LIGHT_USERDATA
    }

    #[inline]
    pub fn is_thread(self, i: i32) -> bool {
        self.value_at(i).tag == Tag::THREAD
    }

    /// A number, or a string that denotes one (§3.4.3). `lua_tonumberx`.
    #[inline]
    pub fn to_number(self, i: i32) -> Option<f64> {
        value_to_number(self.value_at(i))
    }

    /// As `to_number`, where the number has an exact integer value. `lua_tointegerx`.
    #[inline]
    pub fn to_integer(self, i: i32) -> Option<i64> {
        value_to_integer(self.value_at(i))
    }

    /// Everything but nil, false and no value is true.
    #[inline]
    pub fn to_boolean(self, i: i32) -> bool {
        !self.value_at(i).is_false()
    }

    /// The text of a string; a number is first converted to a string, in its place on the stack. `lua_tolstring`.
    ///
    /// May: raise (memory), collect (numbers only).
    #[inline]
    pub fn to_bytes(self, i: i32) -> Result<Option<&'static [u8]>> {
        let v = self.value_at(i);
        match v.as_string() {
            Some(s) => Ok(Some(s.bytes())),
            None if v.is_number() => self.number_to_bytes(i),
            None => Ok(None),
        }
    }

    #[cold]
    #[inline(never)]
    fn number_to_bytes(self, i: i32) -> Result<Option<&'static [u8]>> {
        let Some(text) = NumberText::new(self.value_at(i)) else { return Ok(None) };
        let s = string::new(self.global(), text.as_bytes())?;
        self.push(s);
        let i = if i < 0 && !super::is_pseudo(i) { i - 1 } else { i };
        self.replace(i);
        gc::check(self);
        Ok(Some(s.bytes()))
    }

    /// Length of a string, size of a userdata in bytes, border of a table; 0 for the rest. No metamethods. `lua_rawlen`.
    #[inline]
    pub fn raw_len(self, i: i32) -> u64 {
        value_raw_len(self.value_at(i))
    }

    /// The block of a full userdata or the address of a light one; null for the rest.
    #[inline]
    pub fn to_userdata(self, i: i32) -> *mut c_void {
        value_to_userdata(self.value_at(i))
    }

    #[inline]
    pub fn to_thread(self, i: i32) -> Option<State> {
        self.value_at(i).as_thread()
    }

    /// An address that identifies the value; null for nil, booleans and numbers. `lua_topointer`.
    #[inline]
    pub fn to_pointer(self, i: i32) -> *const c_void {
        value_to_pointer(self.value_at(i))
    }

    /// The function as C sees it, if it is not a Lua function. `lua_tocfunction`.
    #[inline]
    pub fn to_c_function(self, i: i32) -> Option<CFunction> {
        c_face(self.value_at(i))
    }

    /// Whether two values are primitively equal; false when an index is not valid.
    #[inline]
    pub fn raw_equal(self, a: i32, b: i32) -> bool {
        if let Some(a) = self.value_on_stack(a, Value::ABSENT)
            && let Some(b) = self.value_on_stack(b, Value::ABSENT)
        {
            return compared_at_once(a, b, CompareOp::Equal).unwrap_or_else(|| raw_equal_values(a, b));
        }
        self.raw_equal_pseudo(a, b)
    }

    /// As `raw_equal`, with an upvalue or the registry. Apart, so that others need no stack frame.
    #[inline(never)]
    fn raw_equal_pseudo(self, a: i32, b: i32) -> bool {
        raw_equal_values(self.value_at(a), self.value_at(b))
    }

    /// Compares two values as the operators do; false when an index is not valid. `lua_compare`.
    ///
    /// May: raise, collect, move the stack.
    #[inline(always)]
    pub fn compare(self, a: i32, b: i32, op: CompareOp) -> Result<bool> {
        let (a, b) = (self.value_at(a), self.value_at(b));
        match compared_at_once(a, b, op) {
            Some(answer) => Ok(answer),
            None => self.compare_slow(a, b, op),
        }
    }

    /// As `compare`, where `compared_at_once` does not tell.
    #[inline(never)]
    pub(crate) fn compare_slow(self, a: Value, b: Value, op: CompareOp) -> Result<bool> {
        // What is not there equals nothing, and is neither less nor greater.
        if a.tag == Tag::ABSENT || b.tag == Tag::ABSENT {
            return Ok(false);
        }
        match op {
            CompareOp::Equal => match (a.as_table(), b.as_table()) {
                (Some(t), Some(u)) if t.metatable.get().is_none() && u.metatable.get().is_none() => Ok(t == u),
                _ => compare::equal(self, a, b),
            },
            CompareOp::Less => match (a.as_string(), b.as_string()) {
                (Some(s), Some(t)) => Ok(compare::compare_strings(s, t) < 0),
                _ => compare::less_than(self, a, b),
            },
            CompareOp::LessEqual => compare::less_equal(self, a, b),
        }
    }
}
