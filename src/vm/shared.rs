//! Shared tables as programs meet them: what slow paths do when a table looks empty because its contents are frozen (`heap::frozen`).

use super::error::{self, Operand};
use crate::edition;
use crate::heap::frozen::{self, Refusal};
use crate::heap::object::Gc;
use crate::heap::state::State;
use crate::heap::table::Table;
use crate::throw::{Result, Throw};
use crate::value::Value;

/// What a shared table has for a key; a nil variant when it has nothing. May: raise (memory, not shared), collect (emergency only).
#[cold]
pub fn get(l: State, t: Gc<Table>, key: Value) -> Result<Value> {
    frozen::get(l.global(), t, key).map_err(|r| refused(l, r))
}

/// Replaces the key on top by the next one and pushes its value; at the end only pops.
///
/// May: raise (not a key, memory, not shared), collect (emergency only).
#[cold]
pub fn next(l: State, t: Gc<Table>) -> Result<bool> {
    let slot = l.from_top(1);
    match frozen::next(l.global(), t, slot.get(), |key| slot.set(key)).map_err(|r| refused(l, r))? {
        Some(value) => {
            l.push(value);
            Ok(true)
        }
        None => {
            l.pop(1);
            Ok(false)
        }
    }
}

/// Makes sure that what a shared metatable has can be used later without memory. May: raise (memory, not shared), collect (emergency only).
#[cold]
pub fn prepare_metatable(l: State, t: Gc<Table>) -> Result {
    frozen::prepare_metatable(l.global(), t).map_err(|r| refused(l, r))
}

#[cold]
fn refused(l: State, refusal: Refusal) -> Throw {
    match refusal {
        Refusal::Throw(t) => t,
        Refusal::NoKey => error::run_error(l, format_args!("invalid key to 'next'")),
        Refusal::NotShared(tag) => {
            let kind = Value { payload: 0, tag }.type_of().name();
            error::run_error(l, format_args!("attempt to read a {kind} that is not shared from a shared table"))
        }
    }
}

/// The error of an assignment to a field of a shared table.
#[cold]
pub fn write_error(l: State, table: Value, operand: Operand) -> Throw {
    error::type_error(l, table, operand, if edition::LUA_5_5 { "index" } else { "change" })
}

/// The error of an assignment without metamethods.
#[cold]
pub fn raw_write_error(l: State) -> Throw {
    error::run_error(l, format_args!("attempt to change a shared table"))
}
