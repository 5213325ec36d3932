//! Weak tables: what they mark, and how dead entries leave them.
//!
//! Ephemerons follow B. Hayes, "Ephemerons: a new finalization mechanism", 1997: a value is reached through a table with
//! weak keys only if its key is reached otherwise.

use super::mark::{link, link_touched, mark_object, note_shared, propagate_all, reach, set_black, unlink_first};
use crate::heap::gc_state::{GrayList, Phase};
use crate::heap::names::Name;
use crate::heap::object::{Gc, Header};
use crate::heap::state::Global;
use crate::heap::table::Table;
use crate::value::Value;

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Weakness {
    None,
    Keys,
    Values,
    Both,
}

/// What the metatable says about a table's references (`__mode`, §2.5.4).
#[inline]
pub fn weakness(g: &Global, t: Gc<Table>) -> Weakness {
    let Some(mt) = t.metatable.get() else { return Weakness::None };
    // A shared metatable is asked for the string itself: this is no time to make it one of the VM's.
    let mode = match mt.body() {
        Some(body) => body.string(Name::MODE.get()),
        None => super::finalizer::metamethod(g, mt, Name::MODE).and_then(Value::as_string),
    };
    let Some(mode) = mode else { return Weakness::None };
    let has = |c: u8| mode.is_short() && mode.bytes().iter().take_while(|b| **b != 0).any(|b| *b == c);
    match (has(b'k'), has(b'v')) {
        (false, false) => Weakness::None,
        (true, false) => Weakness::Keys,
        (false, true) => Weakness::Values,
        (true, true) => Weakness::Both,
    }
}

/// Whether an entry with this key or value is to be removed. Strings count as values and are never removed: they are marked.
fn is_cleared(g: &Global, o: Option<Gc<Header>>) -> bool {
    match o {
        None => false,
        Some(o) if o.tag.is_string() => {
            mark_object(g, o);
            false
        }
        Some(o) if o.is_white() => true,
        Some(o) => {
            if o.is_shared() {
                note_shared(g, o);
            }
            false
        }
    }
}

fn is_white(v: Value) -> bool {
    v.object().is_some_and(|o| o.is_white())
}

/// Visits a table with weak values: only its keys are marked. It is visited again in the atomic phase; there, tables that
/// may have dead values are listed for clearing.
pub fn visit_weak_values(g: &Global, t: Gc<Table>) {
    let mut clears = t.array_len() > 0;
    for i in 0..t.node_count() {
        let node = t.node(i);
        // SAFETY: a node of the table's own hash part.
        unsafe {
            if (*node).value().is_nil() {
                t.bury_key(node);
            } else {
                super::mark::mark_value(g, (*node).key());
                clears = clears || is_cleared(g, (*node).value().object());
            }
        }
    }
    let list = match g.gc.phase.get() {
        Phase::Propagate => &g.gc.gray_last,
        _ if clears => &g.gc.weak,
        _ => &g.gc.gray_again,
    };
    link(t.erase(), list);
}

/// Visits a table with weak keys: values are marked whose keys are. Returns whether anything was marked.
/// `descending` walks the nodes from the last, which helps chains inside one table to converge.
pub fn visit_ephemeron(g: &Global, t: Gc<Table>, descending: bool) -> bool {
    let (mut marked, mut white_keys, mut white_pairs) = (false, false, false);
    t.for_each_array_object(0, t.array_len(), |o| {
        if o.is_white() {
            marked = true;
            reach(g, o);
        } else {
            note_shared(g, o);
        }
    });
    let n = t.node_count();
    for i in 0..n {
        let node = t.node(if descending { n - 1 - i } else { i });
        // SAFETY: a node of the table's own hash part.
        unsafe {
            let value = (*node).value();
            if value.is_nil() {
                t.bury_key(node);
            } else if is_cleared(g, (*node).key().object()) {
                white_keys = true;
                white_pairs = white_pairs || is_white(value);
            } else if let Some(o) = value.object() {
                if o.is_white() {
                    marked = true;
                    reach(g, o);
                } else {
                    note_shared(g, o);
                }
            }
        }
    }
    let o = t.erase();
    if g.gc.phase.get() == Phase::Propagate {
        link(o, &g.gc.gray_last);
    } else if white_pairs {
        link(o, &g.gc.ephemeron);
    } else if white_keys {
        link(o, &g.gc.all_weak);
    } else {
        link_touched(g, o);
    }
    marked
}

/// Visits ephemeron tables until nothing more is marked.
pub fn converge(g: &Global) {
    let mut descending = false;
    loop {
        let mut changed = false;
        // Tables may come back to the list while it is walked.
        let list = GrayList::new(g.gc.ephemeron.take());
        while let Some(o) = unlink_first(&list) {
            set_black(o);
            // SAFETY: only tables are listed there.
            if visit_ephemeron(g, unsafe { o.cast() }, descending) {
                propagate_all(g);
                changed = true;
            }
        }
        descending = !descending;
        if !changed {
            return;
        }
    }
}

/// The tables of a list, up to `end`.
fn tables(list: &GrayList, end: Option<Gc<Header>>) -> impl Iterator<Item = Gc<Table>> {
    let mut next = list.get();
    core::iter::from_fn(move || {
        let o = next.filter(|_| next != end)?;
        // SAFETY: only tables are in these lists.
        let t: Gc<Table> = unsafe { o.cast() };
        next = t.gray_next.get();
        Some(t)
    })
}

/// Removes the entries with white keys from the tables of a list.
pub fn clear_keys(g: &Global, list: &GrayList) {
    for t in tables(list, None) {
        for i in 0..t.node_count() {
            let node = t.node(i);
            // SAFETY: a node of the table's own hash part.
            unsafe {
                if (*node).value().is_nil() {
                    t.bury_key(node);
                } else if is_cleared(g, (*node).key().object()) {
                    t.clear_node(i);
                }
            }
        }
    }
}

/// Removes the entries with white values from the tables of a list, up to the table `end`.
pub fn clear_values(g: &Global, list: &GrayList, end: Option<Gc<Header>>) {
    for t in tables(list, end) {
        for i in 0..t.array_len() {
            let place = t.array_place(i);
            if is_cleared(g, place.get().object()) {
                place.set(Value::EMPTY);
            }
        }
        for i in 0..t.node_count() {
            let node = t.node(i);
            // SAFETY: a node of the table's own hash part.
            unsafe {
                if (*node).value().is_nil() {
                    t.bury_key(node);
                } else if is_cleared(g, (*node).value().object()) {
                    t.clear_node(i);
                }
            }
        }
    }
}
