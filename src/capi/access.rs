//! Access functions (stack to C), comparison and arithmetic.

use super::*;
use crate::value::arith::ArithOp;
use crate::value::number::SAFE_DIGITS;
use crate::value::{Tag, Type, Value};
use crate::vm::api::access::{CompareOp, c_face, compared_at_once, value_raw_len, value_to_pointer, value_to_userdata};
use core::ffi::{c_int, c_void};
use core::ptr;

/// What `answer` says of the value at an acceptable index. Upvalues and the registry are apart, so that others need no stack frame.
#[inline(always)]
fn of_value<T>(l: State, idx: c_int, answer: impl Fn(Value) -> T) -> T {
    #[inline(never)]
    fn elsewhere<T>(l: State, idx: c_int, answer: impl Fn(Value) -> T) -> T {
        answer(l.pseudo_value(idx))
    }
    match l.value_on_stack(idx, Value::ABSENT) {
        Some(v) => answer(v),
        None => elsewhere(l, idx, answer),
    }
}

/// The type at an index, `LUA_TNONE` for none. `[-0, +0, -]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lua_type(l: *mut lua_State, idx: c_int) -> c_int {
    // SAFETY: the API's contract.
    let l = unsafe { state(l) };
    check::acceptable("lua_type", l, idx);
    of_value(l, idx, |v| if v.tag == Tag::ABSENT { Type::None as c_int } else { v.tag.base().into() })
}

/// The name of a type. `[-0, +0, -]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lua_typename(_l: *mut lua_State, tp: c_int) -> *const c_char {
    let Some(t) = Type::from_number(tp) else {
        check::require("lua_typename", || false, "invalid type");
        return ptr::null();
    };
    c_name(t).as_ptr()
}

/// `Type::name` with a NUL.
pub(crate) fn c_name(t: Type) -> &'static CStr {
    match t {
        Type::None => c"no value",
        Type::Nil => c"nil",
        Type::Boolean => c"boolean",
        Type::LightUserdata | Type::Userdata => c"userdata",
        Type::Number => c"number",
        Type::String => c"string",
        Type::Table => c"table",
        Type::Function => c"function",
        Type::Thread => c"thread",
    }
}

/// Whether a value is a number or a string that denotes one. `[-0, +0, -]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lua_isnumber(l: *mut lua_State, idx: c_int) -> c_int {
    // SAFETY: the API's contract.
    let l = unsafe { state(l) };
    check::acceptable("lua_isnumber", l, idx);
    l.is_number(idx).into()
}

/// Whether a value is a string or a number. `[-0, +0, -]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lua_isstring(l: *mut lua_State, idx: c_int) -> c_int {
    // SAFETY: the API's contract.
    let l = unsafe { state(l) };
    check::acceptable("lua_isstring", l, idx);
    of_value(l, idx, |v| (v.is_string() || v.is_number()).into())
}

/// Whether a value is a function that is not a Lua function. `[-0, +0, -]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lua_iscfunction(l: *mut lua_State, idx: c_int) -> c_int {
    // SAFETY: the API's contract.
    let l = unsafe { state(l) };
    check::acceptable("lua_iscfunction", l, idx);
    of_value(l, idx, |v| (v.is_function() && v.tag != Tag::LUA_CLOSURE).into())
}

/// Whether a value is a number represented as an integer. `[-0, +0, -]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lua_isinteger(l: *mut lua_State, idx: c_int) -> c_int {
    // SAFETY: the API's contract.
    let l = unsafe { state(l) };
    check::acceptable("lua_isinteger", l, idx);
    of_value(l, idx, |v| v.is_integer().into())
}

/// Whether a value is a userdata, full or light. `[-0, +0, -]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lua_isuserdata(l: *mut lua_State, idx: c_int) -> c_int {
    // SAFETY: the API's contract.
    let l = unsafe { state(l) };
    check::acceptable("lua_isuserdata", l, idx);
    of_value(l, idx, |v| matches!(v.tag, Tag::USERDATA | Tag::LIGHT_USERDATA).into())
}

/// Stores whether there is a result, where the host asked for that.
fn report<T: Default>(value: Option<T>, isnum: *mut c_int) -> T {
    if !isnum.is_null() {
        // SAFETY: the host wants it here.
        unsafe { *isnum = value.is_some().into() };
    }
    value.unwrap_or_default()
}

/// A value as a float; 0 when it is none. `[-0, +0, -]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lua_tonumberx(l: *mut lua_State, idx: c_int, isnum: *mut c_int) -> lua_Number {
    // SAFETY: the API's contract.
    let l = unsafe { state(l) };
    check::acceptable("lua_tonumberx", l, idx);
    /// All other values. Apart, so that a float needs no stack frame.
    #[inline(never)]
    fn convert(l: State, idx: c_int, isnum: *mut c_int) -> lua_Number {
        report(l.to_number(idx), isnum)
    }
    match l.value_on_stack(idx, Value::ABSENT) {
        Some(v) if v.is_float() => report(Some(v.float_payload()), isnum),
        _ => convert(l, idx, isnum),
    }
}

/// A value as an integer; 0 when it is none. `[-0, +0, -]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lua_tointegerx(l: *mut lua_State, idx: c_int, isnum: *mut c_int) -> lua_Integer {
    // SAFETY: the API's contract.
    let l = unsafe { state(l) };
    check::acceptable("lua_tointegerx", l, idx);
    /// All other values. Apart, so that an integer needs no stack frame.
    #[inline(never)]
    fn convert(l: State, idx: c_int, isnum: *mut c_int) -> lua_Integer {
        report(l.to_integer(idx), isnum)
    }
    match l.value_on_stack(idx, Value::ABSENT) {
        Some(v) if v.is_integer() => report(Some(v.integer_payload()), isnum),
        _ => convert(l, idx, isnum),
    }
}

/// Whether a value is true: neither nil nor false. `[-0, +0, -]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lua_toboolean(l: *mut lua_State, idx: c_int) -> c_int {
    // SAFETY: the API's contract.
    let l = unsafe { state(l) };
    check::acceptable("lua_toboolean", l, idx);
    of_value(l, idx, |v| (!v.is_false()).into())
}

/// The text of a string; a number becomes a string in its place. Null for the rest. `[-0, +0, m]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lua_tolstring(l: *mut lua_State, idx: c_int, len: *mut usize) -> *const c_char {
    // SAFETY: the API's contract.
    let l = unsafe { state(l) };
    check::acceptable("lua_tolstring", l, idx);
    /// Numbers, upvalues and the registry. Apart, so that others need no stack frame.
    #[inline(never)]
    unsafe extern "C" fn convert(l: *mut lua_State, idx: c_int, len: *mut usize) -> *const c_char {
        // SAFETY: the API's contract; called for the host.
        let text = unsafe {
            let l = state(l);
            l.to_bytes(idx).or_raise(l)
        };
        if !len.is_null() {
            // SAFETY: the host wants it here.
            unsafe { *len = text.map_or(0, <[u8]>::len) };
        }
        text.map_or(ptr::null(), |text| text.as_ptr().cast())
    }
    let on_stack = l.value_on_stack(idx, Value::ABSENT);
    match on_stack.and_then(Value::as_string) {
        Some(text) => {
            if !len.is_null() {
                // SAFETY: the host wants it here.
                unsafe { *len = text.len() };
            }
            text.data().cast()
        }
        None if on_stack.is_some_and(|v| !v.is_number()) => {
            if !len.is_null() {
                // SAFETY: as above.
                unsafe { *len = 0 };
            }
            ptr::null()
        }
        // SAFETY: the API's contract.
        None => unsafe { convert(l.as_ptr(), idx, len) },
    }
}

/// Length of a string, size of a userdata, border of a table; 0 for the rest. `[-0, +0, -]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lua_rawlen(l: *mut lua_State, idx: c_int) -> lua_Unsigned {
    // SAFETY: the API's contract.
    let l = unsafe { state(l) };
    check::acceptable("lua_rawlen", l, idx);
    of_value(l, idx, value_raw_len)
}

/// A C function; null for the rest. `[-0, +0, -]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lua_tocfunction(l: *mut lua_State, idx: c_int) -> Option<lua_CFunction> {
    // SAFETY: the API's contract.
    let l = unsafe { state(l) };
    check::acceptable("lua_tocfunction", l, idx);
    of_value(l, idx, |v| {
        // SAFETY: the tag says so.
        if v.tag == Tag::LIGHT_C { Some(unsafe { v.light_c_payload() }) } else { c_face(v) }
    })
}

/// The block of a full userdata, the address of a light one; null for the rest. `[-0, +0, -]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lua_touserdata(l: *mut lua_State, idx: c_int) -> *mut c_void {
    // SAFETY: the API's contract.
    let l = unsafe { state(l) };
    check::acceptable("lua_touserdata", l, idx);
    of_value(l, idx, value_to_userdata)
}

/// A thread; null for the rest. `[-0, +0, -]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lua_tothread(l: *mut lua_State, idx: c_int) -> *mut lua_State {
    // SAFETY: the API's contract.
    let l = unsafe { state(l) };
    check::acceptable("lua_tothread", l, idx);
    of_value(l, idx, |v| v.as_thread().map_or(ptr::null_mut(), |t| t.as_ptr()))
}

/// An address that identifies a value; null for nil, booleans and numbers. `[-0, +0, -]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lua_topointer(l: *mut lua_State, idx: c_int) -> *const c_void {
    // SAFETY: the API's contract.
    let l = unsafe { state(l) };
    check::acceptable("lua_topointer", l, idx);
    of_value(l, idx, value_to_pointer)
}

/// Applies an operator to the values on top. `[-(2|1), +1, e]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lua_arith(l: *mut lua_State, op: c_int) {
    // SAFETY: the API's contract.
    let l = unsafe { state(l) };
    let Some(op) = ArithOp::from_number(op) else {
        check::require("lua_arith", || false, "invalid operator");
        return;
    };
    let unary = matches!(op, ArithOp::Unm | ArithOp::BNot);
    check::elements("lua_arith", l, if unary { 1 } else { 2 });
    // SAFETY: called by the host.
    unsafe { l.arith(op).or_raise(l) }
}

/// Writes a number as a C string to a buffer of `LUA_N2SBUFFSZ` bytes; its size with the NUL, or 0 for other values. `[-0, +0, -]`
#[cfg(feature = "lua55")]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lua_numbertocstring(l: *mut lua_State, idx: c_int, buff: *mut c_char) -> core::ffi::c_uint {
    // SAFETY: the API's contract.
    let l = unsafe { state(l) };
    check::acceptable("lua_numbertocstring", l, idx);
    let Some(text) = crate::value::format::NumberText::new(l.value_at(idx)) else { return 0 };
    let text = text.as_bytes();
    // SAFETY: the buffer has 64 bytes, and no number takes as many.
    unsafe {
        ptr::copy_nonoverlapping(text.as_ptr(), buff.cast(), text.len());
        buff.add(text.len()).write(0);
    }
    text.len() as core::ffi::c_uint + 1
}

/// Whether two values are primitively equal. `[-0, +0, -]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lua_rawequal(l: *mut lua_State, idx1: c_int, idx2: c_int) -> c_int {
    // SAFETY: the API's contract.
    let l = unsafe { state(l) };
    check::acceptable("lua_rawequal", l, idx1);
    check::acceptable("lua_rawequal", l, idx2);
    l.raw_equal(idx1, idx2).into()
}

/// Compares two values with `==`, `<` or `<=`. `[-0, +0, e]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lua_compare(l: *mut lua_State, idx1: c_int, idx2: c_int, op: c_int) -> c_int {
    // SAFETY: the API's contract.
    let l = unsafe { state(l) };
    check::acceptable("lua_compare", l, idx1);
    check::acceptable("lua_compare", l, idx2);
    let op = match op {
        0 => CompareOp::Equal,
        1 => CompareOp::Less,
        2 => CompareOp::LessEqual,
        _ => {
            check::require("lua_compare", || false, "invalid option");
            return 0;
        }
    };
    /// What takes more than a look.
    #[inline(never)]
    unsafe fn compare_slow(l: State, a: Value, b: Value, op: CompareOp) -> c_int {
        // SAFETY: called for the host.
        unsafe { l.compare_slow(a, b, op).or_raise(l) }.into()
    }
    /// With an upvalue or the registry.
    #[inline(never)]
    unsafe fn compare_pseudo(l: State, idx1: c_int, idx2: c_int, op: CompareOp) -> c_int {
        // SAFETY: called for the host.
        unsafe { l.compare(idx1, idx2, op).or_raise(l) }.into()
    }
    // Both are apart, so that the rest needs no stack frame.
    if let Some(a) = l.value_on_stack(idx1, Value::ABSENT)
        && let Some(b) = l.value_on_stack(idx2, Value::ABSENT)
    {
        match compared_at_once(a, b, op) {
            Some(answer) => answer.into(),
            // SAFETY: called by the host.
            None => unsafe { compare_slow(l, a, b, op) },
        }
    } else {
        // SAFETY: as above.
        unsafe { compare_pseudo(l, idx1, idx2, op) }
    }
}

/// Pushes the number that a text denotes; the size of the text with its NUL, or 0 if it is no number. `[-0, +1, -]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lua_stringtonumber(l: *mut lua_State, s: *const c_char) -> usize {
    // SAFETY: the API's contract.
    let l = unsafe { state(l) };
    check::room("lua_stringtonumber", l, 1);
    // A few digits, the usual text, need not be counted first.
    let (mut value, mut len) = (0, 0);
    // SAFETY: up to the NUL, there are bytes.
    let byte = |at: usize| unsafe { s.add(at).read() } as u8;
    while len < SAFE_DIGITS && byte(len).is_ascii_digit() {
        value = value * 10 + i64::from(byte(len) - b'0');
        len += 1;
    }
    if len > 0 && byte(len) == 0 {
        l.push_integer(value);
        return len + 1;
    }
    // SAFETY: as above.
    let text = unsafe { bytes(s) };
    l.string_to_number(text).map_or(0, |_| text.len() + 1)
}
