//! Write barriers: no black object may point to a white one while the collector marks.

use super::mark::{SLICE, is_old, link, reach, set_age, set_gray};
use crate::heap::gc_state::Mode;
use crate::heap::object::{Gc, Header, mark};
use crate::heap::state::Global;
use crate::heap::table::Table;
use crate::value::{Tag, Value};

/// Whether `barrier` or `barrier_back` would do something.
#[inline(always)]
pub fn is_barrier_due<T>(parent: Gc<T>, child: Value) -> bool {
    child.object().is_some_and(|c| parent.erase().is_black() && c.is_white())
}

/// `parent` now refers to `child`: keeps the invariant by marking the child.
#[inline(always)]
pub fn barrier<T>(g: &Global, parent: Gc<T>, child: Value) {
    if let Some(o) = child.object() {
        barrier_object(g, parent, o);
    }
}

/// As `barrier`, for a child that is no value (an upvalue, a prototype, a metatable).
#[inline(always)]
pub fn barrier_object<T, U>(g: &Global, parent: Gc<T>, child: Gc<U>) {
    let (p, c) = (parent.erase(), child.erase());
    if p.is_black() && c.is_white() {
        forward(g, p, c);
    }
}

/// `parent`, a table or a userdata, now refers to `child`: keeps the invariant by visiting the parent again.
#[inline(always)]
pub fn barrier_back<T>(g: &Global, parent: Gc<T>, child: Value) {
    if let Some(o) = child.object() {
        barrier_back_object(g, parent, o);
    }
}

/// As `barrier_back`, for a child that is no value.
#[inline(always)]
pub fn barrier_back_object<T, U>(g: &Global, parent: Gc<T>, child: Gc<U>) {
    let (p, c) = (parent.erase(), child.erase());
    if p.is_black() && c.is_white() {
        back(g, p, c);
    }
}

/// Marks the child. In generational mode the child of an old object becomes old too, but is visited once more, as it may
/// refer to younger objects. While sweeping, the parent becomes white instead, which spares it further barriers.
#[cold]
#[inline(never)]
fn forward(g: &Global, parent: Gc<Header>, child: Gc<Header>) {
    if g.gc.keeps_invariant() {
        reach(g, child);
        if is_old(parent) {
            debug_assert!(!is_old(child));
            set_age(child, mark::OLD0);
        }
    } else if g.gc.growth.aging.get() {
        // What is black is old or about to be, and the child becomes old as well.
        reach(g, child);
    } else if g.gc.mode.get() != Mode::Generational {
        parent.mark.set(parent.mark.get() & !(mark::WHITES | mark::BLACK) | g.white());
    }
}

#[cold]
#[inline(never)]
fn back(g: &Global, parent: Gc<Header>, child: Gc<Header>) {
    if g.gc.mode.get() != Mode::Generational {
        if !g.gc.keeps_invariant() {
            // Swept, as it were.
            parent.mark.set(parent.mark.get() & !(mark::WHITES | mark::BLACK) | g.white());
            return;
        }
        // A large table is not visited again in the atomic phase, which would take long.
        // SAFETY: the tag says so.
        if parent.tag == Tag::TABLE && unsafe { parent.cast::<Table>() }.slots() > SLICE {
            return reach(g, child);
        }
    }
    if parent.age() == mark::TOUCHED2 {
        // Still listed.
        set_gray(parent);
    } else {
        link(parent, &g.gc.gray_again);
    }
    if is_old(parent) || g.gc.growth.aging.get() {
        set_age(parent, mark::TOUCHED1);
    }
}
