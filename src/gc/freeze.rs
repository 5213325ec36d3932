//! What the collector must know of a table that becomes shared, and of the objects that it keeps alive.

use super::finalizer;
use super::mark::mark_object;
use crate::heap::object::{Gc, Header, mark};
use crate::heap::state::Global;
use crate::heap::table::Table;

/// Prepares for a table becoming shared, which no collection will visit, sweep or finalize from then on; `false`: its finalizer is about to
/// be called, and it cannot be shared.
pub fn leave(g: &Global, t: Gc<Table>) -> bool {
    if t.header.mark.get() & mark::FINALIZER != 0 {
        if !finalizer::forget(g, t.erase()) {
            return false;
        }
        t.header.mark.set(t.header.mark.get() & !mark::FINALIZER);
    }
    if g.gc.sliced.get() == Some(t) {
        g.gc.sliced.set(None);
    }
    true
}

/// An object has become a root: it counts as reached by the collection under way.
pub fn new_root(g: &Global, o: Gc<Header>) {
    if g.gc.keeps_invariant() {
        mark_object(g, o);
    }
}
