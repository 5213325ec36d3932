//! Finalizers (§2.5.3): which objects have one, when it is called and in which order.

use crate::heap::frozen;
use crate::heap::gc_state::{Mode, stop};
use crate::heap::names::Name;
use crate::heap::object::{Gc, Header, mark};
use crate::heap::state::{Global, State};
use crate::heap::table::Table;
use crate::heap::userdata::Userdata;
use crate::throw::Result;
use crate::value::{Tag, Value};

/// A metamethod, for one of the first seven events; its absence is remembered in the metatable.
pub fn metamethod(g: &Global, mt: Gc<Table>, event: Name) -> Option<Value> {
    let bit = 1 << event.0;
    if mt.flags.get() & bit != 0 {
        return None;
    }
    let v = frozen::field(g, mt, event.get());
    if !v.is_nil() {
        return Some(v);
    }
    if !mt.header.is_shared() {
        mt.flags.set(mt.flags.get() | bit);
    }
    None
}

/// Whether a metatable is known to have no `__gc`.
#[inline(always)]
pub fn is_without_finalizer(mt: Gc<Table>) -> bool {
    mt.flags.get() & 1 << Name::GC.0 != 0
}

fn metatable(o: Gc<Header>) -> Option<Gc<Table>> {
    // SAFETY: the tag says what the object is.
    unsafe {
        match o.tag {
            Tag::TABLE => o.cast::<Table>().metatable.get(),
            Tag::USERDATA => o.cast::<Userdata>().metatable.get(),
            _ => None,
        }
    }
}

/// Notes that `object`, a table or a userdata, has a finalizer if its new metatable has a field `__gc`. Call it before the
/// metatable is set, so that a failure changes nothing. May: raise (memory), collect (emergency only).
#[doc(alias = "luaC_checkfinalizer")]
pub fn check_finalizer<T>(l: State, object: Gc<T>, metatable: Gc<Table>) -> Result {
    let (g, o) = (l.global(), object.erase());
    if o.mark.get() & (mark::FINALIZER | mark::SHARED) != 0
        || metamethod(g, metatable, Name::GC).is_none()
        || g.gc.stopped.get() & stop::CLOSING != 0
    {
        return Ok(());
    }
    let gc = &g.gc;
    gc.finalizable.reserve(g.mem(), gc.finalizable.len() + 1)?;
    gc.pending.reserve(g.mem(), gc.pending.len() + gc.finalizable.len() + 1)?;
    gc.finalizable.push(o);
    o.mark.set(o.mark.get() | mark::FINALIZER);
    Ok(())
}

/// Takes a table that has a finalizer off the list, if it is there: it will be shared, and never be collected.
pub fn forget(g: &Global, o: Gc<Header>) -> bool {
    let gc = &g.gc;
    let items = gc.finalizable.items();
    let Some(at) = items.iter().position(|i| i.get() == Some(o)) else { return false };
    for i in at + 1..items.len() {
        items[i - 1].set(items[i].get());
    }
    gc.finalizable.truncate(items.len() - 1);
    for border in [&gc.finalizable_old, &gc.finalizable_survived] {
        if border.get() > at {
            border.set(border.get() - 1);
        }
    }
    true
}

/// Moves the objects that were not reached (or all) to the pending ones, those that got their finalizer last first.
/// Needs no memory.
#[doc(alias = "separatetobefnz")]
pub fn separate(g: &Global, all: bool) {
    let gc = &g.gc;
    let items = gc.finalizable.items();
    let from = if all { 0 } else { gc.finalizable_old.get() };
    let mut lowest = items.len();
    for i in (from..items.len()).rev() {
        if let Some(o) = items[i].get()
            && (all || o.is_white())
        {
            gc.pending.push(o);
            items[i].set(None);
            lowest = i;
        }
    }
    // Close the gaps.
    let mut kept = lowest;
    for i in lowest..items.len() {
        if i == gc.finalizable_survived.get() {
            gc.finalizable_survived.set(kept);
        }
        if let Some(o) = items[i].get() {
            items[kept].set(Some(o));
            kept += 1;
        }
    }
    gc.finalizable.truncate(kept);
    gc.finalizable_survived.set(gc.finalizable_survived.get().min(kept));
    gc.finalizable_old.set(gc.finalizable_old.get().min(kept));
}

/// Advances the borders of the generations of finalizable objects, after a minor collection.
pub fn advance_generations(g: &Global) {
    debug_assert!(g.gc.mode.get() == Mode::Generational);
    g.gc.finalizable_old.set(g.gc.finalizable_survived.get());
    g.gc.finalizable_survived.set(g.gc.finalizable.len());
}

/// Whether finalizers are waiting to be called.
pub fn any_pending(g: &Global) -> bool {
    g.gc.pending_first.get() < g.gc.pending.len()
}

/// Calls the finalizer of the first pending object. May: move the stack.
fn call_first(l: State) {
    let g = l.global();
    let gc = &g.gc;
    let first = gc.pending_first.get();
    let Some(o) = gc.pending.items()[first].take() else { return };
    if first + 1 == gc.pending.len() {
        gc.pending.truncate(0);
        gc.pending_first.set(0);
    } else {
        gc.pending_first.set(first + 1);
    }
    // From now on an ordinary object, which may get a finalizer again.
    o.mark.set(o.mark.get() & !mark::FINALIZER);
    let Some(finalizer) = metatable(o).and_then(|mt| metamethod(g, mt, Name::GC)) else { return };
    if let Some(call) = gc.call_finalizer.get() {
        let stopped = gc.stopped.get();
        gc.stopped.set(stopped | stop::SELF);
        call(l, finalizer, o.value());
        gc.stopped.set(stopped);
    }
}

/// Calls at most `most` pending finalizers. Returns how many.
pub fn call_some(l: State, most: usize) -> usize {
    let mut n = 0;
    while n < most && any_pending(l.global()) {
        call_first(l);
        n += 1;
    }
    n
}

/// Calls all pending finalizers.
pub fn call_all(l: State) {
    while any_pending(l.global()) {
        call_first(l);
    }
}

/// Gives memory of the lists back when they have become short.
pub fn shrink_lists(g: &Global) {
    let gc = &g.gc;
    let first = gc.pending_first.get();
    if first > 0 {
        let items = gc.pending.items();
        for i in first..items.len() {
            items[i - first].set(items[i].get());
        }
        gc.pending.truncate(items.len() - first);
        gc.pending_first.set(0);
    }
    gc.finalizable.shrink(g.mem(), gc.finalizable.len());
    gc.pending.shrink(g.mem(), gc.pending.len() + gc.finalizable.len());
}
