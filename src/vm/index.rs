//! Reading and writing `t[k]` with metamethods (§2.4), and the length operator.

use super::call::{self, Mode};
use super::error::{self, Operand};
use super::meta::{self, Event, fast_metamethod};
use super::shared;
use crate::gc;
use crate::heap::object::Gc;
use crate::heap::state::State;
use crate::heap::string::Str;
use crate::heap::table::{BadKey, SetError, Table};
use crate::throw::{Result, Throw};
use crate::value::{Tag, Value};

/// Longest chain of `__index` or `__newindex` values that is followed.
const MAX_CHAIN: usize = 2000;
/// Longest chain of tables that is followed without further ado.
const MAX_INHERITED: usize = 8;

/// `object[key]`. May: raise, collect, run Lua code.
pub fn get(l: State, object: Value, key: Value) -> Result<Value> {
    if let Some(t) = object.as_table() {
        let v = t.get(key);
        if !v.is_nil() {
            return Ok(v);
        }
    }
    Ok(get_slow(l, object, key, Operand::Unnamed, Mode::Nested)?.expect("nested calls give a value"))
}

/// What a table without a value for `key` inherits by way of `__index` tables, perhaps nil; `Value::ABSENT` where it has to be looked for in another way
/// (functions, shared tables, long chains).
#[inline(always)]
pub fn inherited(t: Gc<Table>, key: Gc<Str>) -> Value {
    let mut t = t;
    for _ in 0..MAX_INHERITED {
        let Some(mt) = t.metatable.get() else {
            return if t.header.is_shared() { Value::ABSENT } else { Value::NIL };
        };
        if meta::is_absent(mt, Event::Index) {
            break;
        }
        let Some(parent) = mt.get_short_str(Event::Index.name()).as_table() else { break };
        let v = parent.get_short_str(key);
        if !v.is_nil() {
            return v;
        }
        t = parent;
    }
    Value::ABSENT
}

/// `object[key]` where `object` is no table that simply has a value for `key`; `None`: a Lua function was entered for it (only
/// `Mode::Instruction`). `operand` is where `object` is, for messages.
#[doc(alias = "luaV_finishget")]
#[cold]
#[inline(never)]
pub fn get_slow(l: State, object: Value, key: Value, operand: Operand, mode: Mode) -> Result<Option<Value>> {
    let mut object = object;
    let mut operand = operand;
    for _ in 0..MAX_CHAIN {
        let handler = match object.as_table() {
            Some(t) => {
                // Its contents are not where fast paths look.
                if t.header.is_shared() {
                    let v = shared::get(l, t, key)?;
                    if !v.is_nil() {
                        return Ok(Some(v));
                    }
                }
                match fast_metamethod(l.global(), t.metatable.get(), Event::Index) {
                    Some(m) => m,
                    None => return Ok(Some(Value::NIL)),
                }
            }
            None => {
                let m = meta::metamethod(l.global(), object, Event::Index);
                if m.is_nil() {
                    return Err(error::type_error(l, object, operand, "index"));
                }
                m
            }
        };
        if handler.is_function() {
            return call::metamethod(l, mode, handler, object, key);
        }
        if let Some(t) = handler.as_table() {
            let v = t.get(key);
            if !v.is_nil() {
                return Ok(Some(v));
            }
        }
        object = handler;
        operand = Operand::Unnamed;
    }
    Err(error::run_error(l, format_args!("'__index' chain too long; possible loop")))
}

/// `t[key] = value` for an integer or a short string that has no value yet and no place in an array, where that is simple: no metatable, no need for
/// memory. False if nothing was done.
#[inline(always)]
pub fn try_add(l: State, t: Gc<Table>, key: Value, value: Value) -> bool {
    let g = l.global();
    if !t.is_plain() || !t.is_writable() {
        return false;
    }
    match t.find_hashed(key) {
        Some(place) => place.set(value),
        None if t.try_insert(g, key, value) => {}
        None => return false,
    }
    t.flags.set(0);
    gc::barrier_back(g, t, value);
    // The key is new to the table as well.
    gc::barrier_back(g, t, key);
    true
}

/// `object[key] = value`. May: raise, collect, run Lua code.
pub fn set(l: State, object: Value, key: Value, value: Value) -> Result {
    set_slow(l, object, key, value, Operand::Unnamed, Mode::Nested)?;
    Ok(())
}

/// `object[key] = value`, all cases; `false`: a Lua function was entered for it (only `Mode::Instruction`).
#[doc(alias = "luaV_finishset")]
#[cold]
#[inline(never)]
pub fn set_slow(l: State, object: Value, key: Value, value: Value, operand: Operand, mode: Mode) -> Result<bool> {
    if let Some(t) = object.as_table()
        && key.tag == Tag::SHORT_STRING
        && try_add(l, t, key, value)
    {
        return Ok(true);
    }
    set_other(l, object, key, value, operand, mode)
}

/// As `set`, of what `try_add` does not do.
pub fn set_further(l: State, object: Value, key: Value, value: Value) -> Result {
    set_other(l, object, key, value, Operand::Unnamed, Mode::Nested)?;
    Ok(())
}

#[cold]
#[inline(never)]
fn set_other(l: State, object: Value, key: Value, value: Value, operand: Operand, mode: Mode) -> Result<bool> {
    let mut object = object;
    let mut operand = operand;
    for _ in 0..MAX_CHAIN {
        let handler = match object.as_table() {
            Some(t) => {
                if t.header.is_shared() {
                    return Err(shared::write_error(l, object, operand));
                }
                t.own_nodes(l.global())?;
                let place = t.find(key);
                if let Some(p) = place
                    && !p.get().is_nil()
                {
                    p.set(value);
                    gc::barrier_back(l.global(), t, value);
                    return Ok(true);
                }
                match fast_metamethod(l.global(), t.metatable.get(), Event::NewIndex) {
                    Some(m) => m,
                    None => {
                        match place {
                            Some(p) => p.set(value),
                            None => t.insert(l.global(), key, value).map_err(|e| key_error(l, e))?,
                        }
                        t.flags.set(0);
                        gc::barrier_back(l.global(), t, value);
                        // The key is new to the table as well.
                        gc::barrier_back(l.global(), t, key);
                        return Ok(true);
                    }
                }
            }
            None => {
                let m = meta::metamethod(l.global(), object, Event::NewIndex);
                if m.is_nil() {
                    return Err(error::type_error(l, object, operand, "index"));
                }
                m
            }
        };
        if handler.is_function() {
            return call::metamethod3(l, mode, handler, object, key, value);
        }
        object = handler;
        operand = Operand::Unnamed;
    }
    Err(error::run_error(l, format_args!("'__newindex' chain too long; possible loop")))
}

/// `t[key] = value` without metamethods, with barrier. May: raise, collect (emergency only).
pub fn raw_set(l: State, t: Gc<Table>, key: Value, value: Value) -> Result {
    t.set(l.global(), key, value).map_err(|e| key_error(l, e))?;
    t.flags.set(0);
    gc::barrier_back(l.global(), t, value);
    gc::barrier_back(l.global(), t, key);
    Ok(())
}

/// The error for a key that cannot be stored.
#[cold]
pub fn key_error(l: State, e: SetError) -> Throw {
    match e {
        SetError::Key(BadKey::Nil) => error::run_error(l, format_args!("table index is nil")),
        SetError::Key(BadKey::NaN) => error::run_error(l, format_args!("table index is NaN")),
        SetError::Throw(t) => t,
    }
}

/// `#v`. May: raise, run Lua code.
pub fn len(l: State, v: Value) -> Result<Value> {
    Ok(len_in(l, v, Operand::Unnamed, Mode::Nested)?.expect("nested calls give a value"))
}

/// `#v`; `None`: a Lua function was entered for it (only `Mode::Instruction`).
#[doc(alias = "luaV_objlen")]
pub fn len_in(l: State, v: Value, operand: Operand, mode: Mode) -> Result<Option<Value>> {
    let handler = if let Some(t) = v.as_table() {
        match fast_metamethod(l.global(), t.metatable.get(), Event::Len) {
            Some(m) => m,
            None => return Ok(Some(Value::integer(t.length() as i64))),
        }
    } else if let Some(s) = v.as_string() {
        return Ok(Some(Value::integer(s.len() as i64)));
    } else {
        let m = meta::metamethod(l.global(), v, Event::Len);
        if m.is_nil() {
            return Err(error::type_error(l, v, operand, "get length of"));
        }
        m
    };
    call::metamethod(l, mode, handler, v, v)
}
