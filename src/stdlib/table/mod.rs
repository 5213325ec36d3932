//! The table library (§6.6).
//!
//! A table without a metatable is read and written directly; anything else goes through the operators, as other objects
//! do that behave like tables. Whether it is so is asked anew at every access that foreign code may have come before.

mod sort;
mod sort_values;

use super::text::Text;
use crate::edition::LUA_5_5;
use crate::gc;
use crate::heap::frozen;
use crate::heap::function::Native;
use crate::heap::names::Name;
use crate::heap::object::Gc;
use crate::heap::state::State;
use crate::heap::table::Table;
use crate::native;
use crate::throw::{Result, Throw};
use crate::value::{Type, Value};
use crate::vm::api::access::CompareOp;
use crate::vm::auxiliary::library::Fields;

native!(CONCAT = "concat", concat);
native!(INSERT = "insert", insert);
native!(PACK = "pack", pack);
native!(pub UNPACK = "unpack", unpack);
native!(REMOVE = "remove", remove);
native!(MOVE = "move", move_);
native!(SORT = "sort", sort::sort);

native!(CREATE = "create", create);

static FUNCTIONS: [&Native; 7] = [&CONCAT, &INSERT, &PACK, &UNPACK, &REMOVE, &MOVE, &SORT];

/// Leaves the library's table on the stack. May: raise, collect.
pub fn open(l: State) -> Result<u32> {
    static FIELDS: Fields = Fields::new();
    l.new_lib(&FIELDS, FUNCTIONS.len() + usize::from(LUA_5_5), || {
        l.set_natives(&FUNCTIONS)?;
        if LUA_5_5 { l.set_natives(&[&CREATE]) } else { Ok(()) }
    })?;
    Ok(1)
}

/// A table with room for so many elements, and for so many other entries.
fn create(l: State) -> Result<u32> {
    let (array, records) = (l.check_integer(1)?, l.opt_integer(2, 0)?);
    l.arg_check((0..=i64::from(i32::MAX)).contains(&array), 1, "out of range")?;
    l.arg_check((0..=i64::from(i32::MAX)).contains(&records), 2, "out of range")?;
    l.create_table(array as usize, records as usize)?;
    Ok(1)
}

/// What an argument must allow to be used as a table.
const READ: u8 = 1;
const WRITE: u8 = 2;
const LENGTH: u8 = 4;

/// The table at an argument if its elements can be accessed without asking anybody.
#[inline(always)]
fn plain_table(l: State, arg: i32) -> Option<Gc<Table>> {
    l.value_at(arg).as_table().filter(|t| t.metatable.get().is_none() && !t.header.is_shared())
}

/// An error unless the argument is a table or has the metamethods to be used like one.
fn check_table(l: State, arg: i32, uses: u8) -> Result {
    if l.value_at(arg).is_table() {
        return Ok(());
    }
    let Some(metatable) = l.metatable_at(arg) else { return l.check_type(arg, Type::Table) };
    // 5.5 knows that strings have a length without a metamethod.
    let uses = if LUA_5_5 && l.value_at(arg).is_string() { uses & !LENGTH } else { uses };
    for (kind, name) in [(READ, Name::INDEX), (WRITE, Name::NEWINDEX), (LENGTH, Name::LEN)] {
        if uses & kind != 0 && frozen::field(l.global(), metatable, name.get()).is_nil() {
            return l.check_type(arg, Type::Table);
        }
    }
    Ok(())
}

/// The length of a table argument. May: raise, collect, move the stack.
#[inline]
fn check_length(l: State, arg: i32, uses: u8) -> Result<i64> {
    match plain_table(l, arg) {
        Some(t) => Ok(t.length() as i64),
        None => {
            check_table(l, arg, uses | LENGTH)?;
            l.len_integer(arg)
        }
    }
}

/// Pushes element `i`. May: raise, collect, move the stack.
#[inline(always)]
fn push_element(l: State, arg: i32, i: i64) -> Result {
    match plain_table(l, arg) {
        Some(t) => {
            let v = t.get_integer(i);
            l.push(if v.is_nil() { Value::NIL } else { v });
            Ok(())
        }
        None => l.get_i(arg, i).map(drop),
    }
}

/// Pops the value of element `i`. May: raise, collect, move the stack.
#[inline(always)]
fn pop_element(l: State, arg: i32, i: i64) -> Result {
    match plain_table(l, arg) {
        Some(t) => {
            set_plain(l, t, i, l.from_top(1).get())?;
            l.pop(1);
            Ok(())
        }
        None => l.set_i(arg, i),
    }
}

/// `t[i] = v` for a table without metamethods; `v` is reachable.
#[inline]
fn set_plain(l: State, t: Gc<Table>, i: i64, v: Value) -> Result {
    t.set_integer(l.global(), i, v)?;
    gc::barrier_back(l.global(), t, v);
    Ok(())
}

fn insert(l: State) -> Result<u32> {
    let end = check_length(l, 1, READ | WRITE)?.wrapping_add(1);
    let position = match l.get_top() {
        2 => end,
        3 => {
            let position = l.check_integer(2)?;
            l.arg_check((position as u64).wrapping_sub(1) < end as u64, 2, "position out of bounds")?;
            let mut i = end;
            while i > position {
                push_element(l, 1, i - 1)?;
                pop_element(l, 1, i)?;
                i -= 1;
            }
            position
        }
        _ => return Err(l.error_fmt(format_args!("wrong number of arguments to 'insert'"))),
    };
    pop_element(l, 1, position)?;
    Ok(0)
}

fn remove(l: State) -> Result<u32> {
    let size = check_length(l, 1, READ | WRITE)?;
    let mut position = l.opt_integer(2, size)?;
    if position != size {
        l.arg_check((position as u64).wrapping_sub(1) <= size as u64, 2, "position out of bounds")?;
    }
    push_element(l, 1, position)?;
    while position < size {
        push_element(l, 1, position + 1)?;
        pop_element(l, 1, position)?;
        position += 1;
    }
    l.push_nil();
    pop_element(l, 1, position)?;
    Ok(1)
}

/// Copies elements in the order that is right when the ranges overlap.
fn move_(l: State) -> Result<u32> {
    let first = l.check_integer(2)?;
    let last = l.check_integer(3)?;
    let to = l.check_integer(4)?;
    let target = if l.is_none_or_nil(5) { 1 } else { 5 };
    check_table(l, 1, READ)?;
    check_table(l, target, WRITE)?;
    if last >= first {
        l.arg_check(first > 0 || last < i64::MAX + first, 3, "too many elements to move")?;
        let n = last - first + 1;
        l.arg_check(to <= i64::MAX - n + 1, 4, "destination wrap around")?;
        let upwards = to > last || to <= first || (target != 1 && !l.compare(1, target, CompareOp::Equal)?);
        for i in 0..n {
            let i = if upwards { i } else { n - 1 - i };
            push_element(l, 1, first + i)?;
            pop_element(l, target, to + i)?;
        }
    }
    l.push_index(target);
    Ok(1)
}

/// "invalid value (...) at index ..." for a value on top.
#[cold]
fn concat_error(l: State, i: i64) -> Throw {
    let kind = l.type_at(-1).name();
    l.error_fmt(format_args!("invalid value ({kind}) at index {i} in table for 'concat'"))
}

fn concat(l: State) -> Result<u32> {
    let length = check_length(l, 1, READ)?;
    let separator = l.opt_bytes(2, Some(b""))?.unwrap_or_default();
    let mut i = l.opt_integer(3, 1)?;
    let last = l.opt_integer(4, length)?;
    let mut text = Text::new(l);
    while i <= last {
        let plain = plain_table(l, 1);
        let v = match plain {
            Some(t) => t.get_integer(i),
            // Stays on the stack, and so alive, until it is copied.
            None => {
                l.get_i(1, i)?;
                l.from_top(1).get()
            }
        };
        if !text.add_value(v)? {
            l.push(if v.is_nil() { Value::NIL } else { v });
            drop(text);
            return Err(concat_error(l, i));
        }
        l.pop(plain.is_none() as i32);
        if i == last {
            break;
        }
        text.extend(separator)?;
        i += 1;
    }
    text.finish(l)?;
    Ok(1)
}

fn pack(l: State) -> Result<u32> {
    let n = l.get_top();
    l.create_table(n as usize, 1)?;
    l.insert(1);
    let t = l.table_at(1);
    for i in (1..=n).rev() {
        set_plain(l, t, i.into(), l.value_at(i + 1))?;
    }
    l.push_integer(n.into());
    l.set_field(1, "n")?;
    l.push_index(1);
    Ok(1)
}

fn unpack(l: State) -> Result<u32> {
    let length = if LUA_5_5 { Some(check_length(l, 1, READ)?) } else { None };
    let mut i = l.opt_integer(2, 1)?;
    let last = match l.is_none_or_nil(3) {
        true if let Some(length) = length => length,
        false => l.check_integer(3)?,
        true => match plain_table(l, 1) {
            Some(t) => t.length() as i64,
            None => l.len_integer(1)?,
        },
    };
    if i > last {
        return Ok(0);
    }
    let n = (last as u64).wrapping_sub(i as u64);
    if n >= i32::MAX as u64 || !l.check_stack_slots(n as i32 + 1) {
        return Err(l.error_fmt(format_args!("too many results to unpack")));
    }
    while i < last {
        push_element(l, 1, i)?;
        i += 1;
    }
    push_element(l, 1, last)?;
    Ok(n as u32 + 1)
}
