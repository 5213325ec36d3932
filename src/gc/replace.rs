//! Closures that take the place of others everywhere in a VM: what loading code anew into a running VM needs.

use super::barrier::{barrier, barrier_back};
use crate::heap::function::{CClosure, LuaClosure, UpVal};
use crate::heap::object::{Gc, Header};
use crate::heap::state::{FrameRef, Global, State};
use crate::heap::table::{SetError, Table};
use crate::heap::userdata::Userdata;
use crate::throw::Result;
use crate::value::{Tag, Value};
use std::collections::HashMap;

/// Old closure to new closure.
pub type Replacements = HashMap<*mut LuaClosure, Gc<LuaClosure>>;

/// Puts the new closures where the old ones are: in tables (values and keys), closed and open upvalues, stacks, upvalues of C functions, user
/// values. Only calls that are under way keep the function they run. Raises before anything has changed.
///
/// Between collections (`GcState` pauses), with the new closures not lost in one: nothing here collects.
///
/// May: raise (memory, for a table with such a key).
pub fn replace_closures(g: &Global, replacements: &Replacements) -> Result {
    let new = |v: Value| -> Option<Value> {
        let old = v.as_lua_closure()?;
        replacements.get(&old.as_ptr()).map(|n| Value::from(*n))
    };
    replace_keys(g, &new)?;
    g.space.for_each(0, |o| replace_in(g, o, &new));
    // It lies with the global state.
    if let Some(main) = g.main.get() {
        replace_in_stack(main, &new);
    }
    Ok(())
}

fn replace_in(g: &Global, o: Gc<Header>, new: &impl Fn(Value) -> Option<Value>) {
    // SAFETY: the tags say what the objects are.
    unsafe {
        match o.tag {
            Tag::TABLE => {
                let t: Gc<Table> = o.cast();
                let mut position = 0;
                while let Some((next, k, v)) = t.entry_from(position) {
                    position = next;
                    if let Some(v) = new(v)
                        && let Some(place) = t.find(k)
                    {
                        place.set(v);
                        barrier_back(g, t, v);
                    }
                }
            }
            Tag::C_CLOSURE | Tag::NATIVE_CLOSURE => {
                let c: Gc<CClosure> = o.cast();
                for u in c.upvalues() {
                    if let Some(v) = new(u.get()) {
                        u.set(v);
                        barrier(g, c, v);
                    }
                }
            }
            Tag::USERDATA => {
                let u: Gc<Userdata> = o.cast();
                for cell in u.user_values() {
                    if let Some(v) = new(cell.get()) {
                        cell.set(v);
                        barrier_back(g, u, v);
                    }
                }
            }
            // An open upvalue is a slot of a stack.
            Tag::UPVALUE => {
                let u: Gc<UpVal> = o.cast();
                if !u.is_open()
                    && let Some(v) = new(u.get())
                {
                    u.set(v);
                    barrier(g, u, v);
                }
            }
            Tag::THREAD => replace_in_stack(o.cast(), new),
            _ => {}
        }
    }
}

/// Stacks need no barrier. The slots of functions that are being called stay as they are, for the calls to finish with them.
fn replace_in_stack(l: State, new: &impl Fn(Value) -> Option<Value>) {
    if l.stack.get().0.is_null() {
        return;
    }
    let mut calls: Vec<u32> = Vec::new();
    let mut frame = l.frames.get();
    while frame <= l.frame.get() {
        calls.push(frame.func.get());
        frame = FrameRef(frame.0.wrapping_add(1));
    }
    let mut slot = l.stack.get();
    while slot < l.top.get() {
        if let Some(v) = new(slot.get())
            && calls.binary_search(&l.index_of(slot)).is_err()
        {
            slot.set(v);
        }
        slot = slot.at(1);
    }
}

/// Where closures are keys: the values move to the new keys.
fn replace_keys(g: &Global, new: &impl Fn(Value) -> Option<Value>) -> Result {
    let mut entries: Vec<(Gc<Table>, Value, Value)> = Vec::new();
    g.space.for_each(0, |o| {
        if o.tag == Tag::TABLE {
            // SAFETY: the tag says so.
            let t: Gc<Table> = unsafe { o.cast() };
            let mut position = 0;
            while let Some((next, k, _)) = t.entry_from(position) {
                position = next;
                if let Some(new) = new(k) {
                    entries.push((t, k, new));
                }
            }
        }
    });
    for (done, (t, old, new)) in entries.iter().enumerate() {
        match t.set(g, *new, t.get(*old)) {
            Ok(()) => barrier_back(g, *t, *new),
            Err(SetError::Throw(out_of_memory)) => {
                for (t, _, new) in &entries[..done] {
                    t.find(*new).expect("stored above").set(Value::NIL);
                }
                return Err(out_of_memory);
            }
            Err(SetError::Key(_)) => unreachable!("a function is a key"),
        }
    }
    for (t, old, _) in entries {
        if let Some(place) = t.find(old) {
            place.set(Value::NIL);
        }
    }
    Ok(())
}
