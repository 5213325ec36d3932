//! Variable arguments (§3.4.11). The extra arguments of a vararg function lie below its frame, which is moved above them; or, in
//! 5.5 and where the function needs them so, in a table that is the register after its parameters.

use super::{error, execute};
use crate::chunk::draft::Vararg;
use crate::edition::LUA_5_5;
use crate::gc;
use crate::heap::function::LuaClosure;
use crate::heap::names::Name;
use crate::heap::object::Gc;
use crate::heap::state::State;
use crate::heap::table::Table;
use crate::throw::Result;
use crate::value::Value;

/// Makes the extra arguments of a function that is entered available. May: raise, collect, move the stack.
#[doc(alias = "luaT_adjustvarargs")]
#[inline]
pub fn adjust(l: State, closure: Gc<LuaClosure>) -> Result {
    let proto = closure.proto.get();
    if LUA_5_5 && proto.vararg == Vararg::Table {
        return gather(l, proto.parameters as usize);
    }
    hide(l, closure, proto.parameters as usize)?;
    if LUA_5_5 {
        // The vararg parameter, which stands for a table that is never made.
        l.base().at(proto.parameters as usize).set_nil();
    }
    Ok(())
}

/// Puts the extra arguments into a table, the local variable after the parameters.
#[doc(alias = "createvarargtab")]
fn gather(l: State, parameters: usize) -> Result {
    let base = l.base();
    let extra = l.top.get().since(base).saturating_sub(parameters);
    l.frame.get().extra.set(0);
    l.ensure_stack(1)?;
    let g = l.global();
    let t = Gc::<Table>::new(g)?;
    l.push(t);
    t.resize(g, extra, 1)?;
    t.set_str(g, Name::N.get(), Value::integer(extra as i64))?;
    let first = l.base().at(parameters);
    for i in 0..extra {
        t.array_place(i as u32).set(first.at(i).get());
    }
    gc::check(l);
    l.base().at(parameters).set(t.into());
    Ok(())
}

/// The value of `t[key]`, where `t` stands for the table of extra arguments that was never made.
#[doc(alias = "luaT_getvararg")]
pub fn get(l: State, key: Value) -> Value {
    let extra = l.frame.get().extra.get();
    if let Some(n) = execute::as_exact_integer(key) {
        if (n as u64).wrapping_sub(1) < u64::from(extra) {
            return l.func().before(extra as usize - (n as usize - 1)).get();
        }
    } else if let Some(s) = key.as_string()
        && s.bytes() == b"n"
    {
        return Value::integer(extra.into());
    }
    Value::NIL
}

/// Copies `wanted` extra arguments (negative: all, and the top ends behind them) from the table in register `table` to register
/// `register` and up.
///
/// May: raise, move the stack.
pub fn copy_from_table(l: State, register: usize, wanted: i32, table: usize) -> Result {
    // Of the table the frame's function may have made something else; then there is no count either.
    let t = l.base().at(table).get().as_table();
    let count = t.map_or(Value::NIL, |t| t.get_short_str(Name::N.get()));
    let count = count.as_integer().filter(|n| (0..=i64::from(i32::MAX / 2)).contains(n));
    let (Some(t), Some(count)) = (t, count) else {
        return Err(error::run_error(l, format_args!("vararg table has no proper 'n'")));
    };
    let count = count as usize;
    let wanted = make_room(l, register, wanted, count)?;
    let target = l.base().at(register);
    for i in 0..wanted.min(count) {
        target.at(i).set(t.get_integer(i as i64 + 1));
    }
    for i in count..wanted {
        target.at(i).set_nil();
    }
    Ok(())
}

/// Moves the function and its `parameters` above the arguments it was called with, which become the extra ones.
///
/// May: raise, move the stack.
#[doc(alias = "buildhiddenargs")]
fn hide(l: State, closure: Gc<LuaClosure>, parameters: usize) -> Result {
    let frame = l.frame.get();
    let given = l.top.get().since(l.slot(frame.func.get())) - 1;
    let extra = given - parameters.min(given);
    // Until they have moved there are none: a message handler may look at the frame of a function that the stack has no room for.
    frame.extra.set(0);
    let size = closure.proto.get().max_stack_size as usize;
    l.ensure_stack(size + 1)?;
    frame.extra.set(extra as u32);
    let func = l.slot(frame.func.get());
    l.push(func.get());
    for i in 1..=parameters {
        let from = func.at(i);
        l.push(from.get());
        // The old copy must not keep the value alive.
        from.set(Value::NIL);
    }
    let distance = given as u32 + 1;
    frame.func.set(frame.func.get() + distance);
    frame.top.set(frame.top.get() + distance);
    Ok(())
}

/// How many values `wanted` is of the `count` that there are. If all of them (negative), the top ends behind their place.
///
/// May: raise, move the stack.
fn make_room(l: State, register: usize, wanted: i32, count: usize) -> Result<usize> {
    if let Ok(wanted) = usize::try_from(wanted) {
        return Ok(wanted);
    }
    l.ensure_stack(count)?;
    l.top.set(l.base().at(register + count));
    Ok(count)
}

/// Copies `wanted` extra arguments (negative: all, and the top ends behind them) to register `register` and up.
///
/// May: raise, move the stack.
#[doc(alias = "luaT_getvarargs")]
pub fn copy(l: State, register: usize, wanted: i32) -> Result {
    let frame = l.frame.get();
    let extra = frame.extra.get() as usize;
    let wanted = make_room(l, register, wanted, extra)?;
    let target = l.base().at(register);
    let first = l.func().before(extra);
    for i in 0..wanted.min(extra) {
        target.at(i).set(first.at(i).get());
    }
    for i in extra..wanted {
        target.at(i).set_nil();
    }
    Ok(())
}
