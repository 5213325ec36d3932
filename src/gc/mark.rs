//! Marking: from white to gray to black.
//!
//! White objects were not reached yet, gray ones were reached but not visited, black ones were visited with all that they
//! refer to. Gray objects are in one of the gray lists, linked through themselves, so that marking never needs memory;
//! open upvalues are gray without being listed, since their threads are visited again.

use super::threads;
use super::weak;
use crate::edition::LUA_5_5;
use crate::heap::frozen::Leftover;
use crate::heap::function::{CClosure, LuaClosure, Proto, UpVal};
use crate::heap::gc_state::{GrayList, Phase};
use crate::heap::object::{Gc, Header, mark};
use crate::heap::state::{EXTRA_STACK, Global, Slot, State, Thread};
use crate::heap::string::Str;
use crate::heap::table::Table;
use crate::heap::userdata::Userdata;
use crate::value::{Tag, Value};

/// Entries of a table that are visited at a time, between the steps of an incremental collection.
pub const SLICE: usize = 1 << 12;

/// What coming to an object is worth, beside its slots: mostly waiting for memory. The steps of 5.5 are short anyway.
const OBJECT_COST: usize = if LUA_5_5 { 0 } else { 4 };

#[inline(always)]
pub fn set_black(o: Gc<Header>) {
    o.mark.set(o.mark.get() & !mark::WHITES | mark::BLACK);
}

#[inline(always)]
pub fn set_gray(o: Gc<Header>) {
    o.mark.set(o.mark.get() & !(mark::WHITES | mark::BLACK));
}

#[inline(always)]
pub fn set_age(o: Gc<Header>, age: u8) {
    o.mark.set(o.mark.get() & !mark::AGE | age);
}

/// Old in the generational sense: it survives minor collections unvisited.
#[inline(always)]
pub fn is_old(o: Gc<Header>) -> bool {
    o.age() > mark::SURVIVAL
}

/// The field that links a userdata or a thread into a gray list.
///
/// # Safety
/// The object is a userdata or a thread.
#[inline(always)]
unsafe fn gray_field(o: &Gc<Header>) -> &GrayList {
    // SAFETY: the tag says what the object is; the field lives as long as the object.
    unsafe {
        match o.tag {
            Tag::USERDATA => &(*o.as_ptr().cast::<Userdata>()).gray_next,
            _ => {
                debug_assert!(o.tag == Tag::THREAD);
                &(*o.as_ptr().cast::<Thread>()).gray_next
            }
        }
    }
}

/// The next object of a gray list.
#[inline(always)]
pub fn gray_next(o: Gc<Header>) -> Option<Gc<Header>> {
    // SAFETY: the tag says what the object is.
    if o.tag == Tag::TABLE { unsafe { o.cast::<Table>() }.gray_next.get() } else { other_gray_next(o) }
}

fn other_gray_next(o: Gc<Header>) -> Option<Gc<Header>> {
    // SAFETY: the tag says what the object is.
    unsafe {
        match o.tag {
            Tag::LUA_CLOSURE => o.cast::<LuaClosure>().gray_next.get(),
            Tag::C_CLOSURE | Tag::NATIVE_CLOSURE => o.cast::<CClosure>().gray_next.get(),
            Tag::PROTO => o.cast::<Proto>().gray_next.get(),
            _ => gray_field(&o).get(),
        }
    }
}

/// Says which object of a gray list comes after this one.
#[inline(always)]
pub fn set_gray_next(o: Gc<Header>, next: Option<Gc<Header>>) {
    // SAFETY: the tag says what the object is.
    if o.tag == Tag::TABLE { unsafe { o.cast::<Table>() }.gray_next.set(next) } else { set_other_gray_next(o, next) }
}

fn set_other_gray_next(o: Gc<Header>, next: Option<Gc<Header>>) {
    // SAFETY: the tag says what the object is.
    unsafe {
        match o.tag {
            Tag::LUA_CLOSURE => o.cast::<LuaClosure>().gray_next.set(next),
            Tag::C_CLOSURE | Tag::NATIVE_CLOSURE => o.cast::<CClosure>().gray_next.set(next),
            Tag::PROTO => o.cast::<Proto>().gray_next.set(next),
            _ => gray_field(&o).set(next),
        }
    }
}

/// Puts an object that is in no gray list into one.
#[inline]
pub fn link(o: Gc<Header>, list: &GrayList) {
    debug_assert!(!o.is_gray());
    set_gray_next(o, list.replace(Some(o)));
    set_gray(o);
}

/// Takes the first object out of a gray list.
#[inline]
pub fn unlink_first(list: &GrayList) -> Option<Gc<Header>> {
    let o = list.get()?;
    list.set(gray_next(o));
    Some(o)
}

#[inline(always)]
pub fn mark_value(g: &Global, v: Value) {
    if let Some(o) = v.object() {
        mark_object(g, o);
    }
}

#[inline(always)]
pub fn mark_object(g: &Global, o: Gc<Header>) {
    if o.is_white() {
        reach(g, o);
    } else if o.is_shared() {
        note_shared(g, o);
    }
}

/// A reachable object that belongs to the process: while links are tracked, its use is noted.
#[inline]
pub fn note_shared(g: &Global, o: Gc<Header>) {
    if g.links.tracking.get() {
        note_use(g, o);
    }
}

#[cold]
fn note_use(g: &Global, o: Gc<Header>) {
    // SAFETY: the tag says what the object is.
    unsafe {
        if o.tag.is_string() {
            g.links.note_string(o.cast());
        } else if o.tag == Tag::TABLE {
            g.shares.note_table(o.cast());
        }
    }
}

#[inline(always)]
pub fn mark_optional<T>(g: &Global, o: Option<Gc<T>>) {
    if let Some(o) = o {
        mark_object(g, o.erase());
    }
}

/// For the generational mode of 5.5: counts an object that is being marked. While objects are made old, marking is what the barrier does to a new
/// object that an old one refers to: it becomes old, too.
fn note_reached(g: &Global, o: Gc<Header>) {
    let growth = &g.gc.growth;
    if growth.aging.get() {
        set_age(o, mark::OLD0);
    } else {
        growth.marked.set(growth.marked.get() + bytes_of(o));
    }
}

/// Bytes of an object and of what belongs to it alone.
pub fn bytes_of(o: Gc<Header>) -> usize {
    // SAFETY: the tag says what the object is.
    unsafe {
        match o.tag {
            Tag::SHORT_STRING | Tag::LONG_STRING => o.cast::<Str>().size(),
            Tag::TABLE => size_of::<Table>() + o.cast::<Table>().part_sizes(),
            Tag::LUA_CLOSURE => LuaClosure::size_for(o.cast::<LuaClosure>().upvalue_count()),
            Tag::C_CLOSURE | Tag::NATIVE_CLOSURE => CClosure::size_for(o.cast::<CClosure>().upvalue_count()),
            Tag::USERDATA => o.cast::<Userdata>().size(),
            Tag::UPVALUE => size_of::<UpVal>(),
            Tag::PROTO => o.cast::<Proto>().size(),
            _ => {
                let l: State = o.cast();
                size_of::<Thread>() + l.stack_size() * size_of::<Value>() + l.frame_block_size()
            }
        }
    }
}

/// Marks a white object: black at once if that is simple, else gray. Calls itself two levels deep at most, since a closed
/// upvalue holds no upvalue and a userdata's metatable is a table.
#[doc(alias = "reallymarkobject")]
pub fn reach(g: &Global, o: Gc<Header>) {
    if LUA_5_5 && g.gc.growth.noting.get() {
        note_reached(g, o);
    }
    match o.tag {
        Tag::SHORT_STRING | Tag::LONG_STRING => set_black(o),
        // SAFETY: the tag says so.
        Tag::TABLE if unsafe { o.cast::<Table>() }.refers_to_nothing() => set_black(o),
        Tag::UPVALUE => {
            // SAFETY: the tag says so.
            let u: Gc<UpVal> = unsafe { o.cast() };
            if u.is_open() {
                set_gray(o)
            } else {
                set_black(o)
            }
            mark_value(g, u.get());
        }
        Tag::USERDATA => {
            // SAFETY: the tag says so.
            let u: Gc<Userdata> = unsafe { o.cast() };
            if u.user_value_count == 0 {
                mark_optional(g, u.metatable.get());
                set_black(o);
            } else {
                link(o, &g.gc.gray);
            }
        }
        _ => link(o, &g.gc.gray),
    }
}

/// Marks this VM's variants of shared functions, and what shared tables keep alive. While uses are noted, variants of what may be let go have to be
/// reached from elsewhere.
pub fn mark_links(g: &Global) {
    let tracking = g.links.tracking.get();
    for link in g.links.links() {
        if !tracking || !link.chunk().is_retired() {
            mark_object(g, link.main.erase());
        }
    }
    g.shares.for_each_root(|o| mark_object(g, o));
}

/// Marks the metatables of the basic types.
pub fn mark_metatables(g: &Global) {
    for mt in &g.metatables {
        mark_optional(g, mt.get());
    }
}

/// Marks the objects whose finalizers are still to be called. Returns their number.
pub fn mark_pending(g: &Global) -> usize {
    let pending = &g.gc.pending.items()[g.gc.pending_first.get()..];
    for o in pending {
        mark_optional(g, o.get());
    }
    pending.len()
}

/// Visits one gray object, or a slice of it. Returns the work done, in slots.
pub fn propagate(g: &Global) -> usize {
    if let Some(t) = g.gc.sliced.get() {
        return visit_slice(g, t);
    }
    let Some(o) = unlink_first(&g.gc.gray) else { return 0 };
    if o.is_shared() {
        // A table that was shared while it was gray.
        return 1;
    }
    set_black(o);
    // SAFETY: the tag says what the object is.
    let slots = unsafe {
        match o.tag {
            Tag::TABLE => visit_table(g, o.cast()),
            Tag::LUA_CLOSURE => visit_lua_closure(g, o.cast()),
            Tag::C_CLOSURE | Tag::NATIVE_CLOSURE => visit_c_closure(g, o.cast()),
            Tag::USERDATA => visit_userdata(g, o.cast()),
            Tag::PROTO => visit_proto(g, o.cast()),
            _ => visit_thread(g, o.cast()),
        }
    };
    slots + OBJECT_COST
}

/// Visits gray objects until there are none. Returns the work done.
pub fn propagate_all(g: &Global) -> usize {
    let mut work = 0;
    while g.gc.gray.get().is_some() || g.gc.sliced.get().is_some() {
        work += propagate(g);
    }
    work
}

/// What a visited object needs in generational mode: touched objects are visited once more by the next collection.
#[doc(alias = "genlink")]
#[inline]
pub fn link_touched(g: &Global, o: Gc<Header>) {
    debug_assert!(o.is_black());
    match o.age() {
        mark::TOUCHED1 => link(o, &g.gc.gray_again),
        mark::TOUCHED2 => set_age(o, mark::OLD),
        _ => {}
    }
}

fn visit_table(g: &Global, t: Gc<Table>) -> usize {
    mark_optional(g, t.metatable.get());
    let size = t.array_len() as usize + t.node_count();
    match weak::weakness(g, t) {
        weak::Weakness::None => {
            if size > SLICE && g.gc.phase.get() == Phase::Propagate {
                g.gc.sliced.set(Some(t));
                g.gc.slice_next.set(0);
                g.gc.keep.set(Some(mark_value));
                return 1;
            }
            mark_entries(g, t, 0, size);
            link_touched(g, t.erase());
        }
        weak::Weakness::Values => weak::visit_weak_values(g, t),
        weak::Weakness::Keys => {
            weak::visit_ephemeron(g, t, false);
        }
        // Visited again in the atomic phase: until then it may get another metatable, and for a gray table there is no barrier.
        weak::Weakness::Both if g.gc.phase.get() == Phase::Propagate => link(t.erase(), &g.gc.gray_last),
        weak::Weakness::Both => link(t.erase(), &g.gc.all_weak),
    }
    1 + 2 * size
}

/// Visits the next entries of the table that is visited in slices. Entries that move meanwhile are marked before they do
/// (`Table::insert`), and a resize starts over (`Table::resize`).
fn visit_slice(g: &Global, t: Gc<Table>) -> usize {
    let size = t.array_len() as usize + t.node_count();
    let from = g.gc.slice_next.get();
    let to = (from + SLICE).min(size);
    mark_entries(g, t, from, to);
    g.gc.slice_next.set(to);
    if to == size {
        g.gc.sliced.set(None);
        link_touched(g, t.erase());
    }
    1 + 2 * (to - from)
}

/// Marks keys and values of the entries `from..to` of a table, counted through the array part and then the nodes.
fn mark_entries(g: &Global, t: Gc<Table>, from: usize, to: usize) {
    let array = t.array_len() as usize;
    if from < array {
        t.for_each_array_object(from as u32, to.min(array) as u32, |o| mark_object(g, o));
    }
    // Most entries need nothing: keys are strings of the process, values are no objects or marked already.
    let tracking = g.links.tracking.get();
    let mark = |v: Value| {
        if let Some(o) = v.object() {
            if o.is_white() {
                reach(g, o);
            } else if tracking && o.is_shared() {
                note_use(g, o);
            }
        }
    };
    for node in t.node_range(from.max(array) - array, to.max(array) - array) {
        // SAFETY: a node of the table's own hash part.
        unsafe {
            let value = (*node).value();
            if value.is_nil() {
                t.bury_key(node);
            } else {
                mark((*node).key());
                mark(value);
            }
        }
    }
}

fn visit_userdata(g: &Global, u: Gc<Userdata>) -> usize {
    mark_optional(g, u.metatable.get());
    for v in u.user_values() {
        mark_value(g, v.get());
    }
    link_touched(g, u.erase());
    1 + u.user_value_count as usize
}

fn visit_lua_closure(g: &Global, c: Gc<LuaClosure>) -> usize {
    mark_object(g, c.proto.get().erase());
    if g.links.tracking.get() {
        g.links.note_function(c.proto.get());
    }
    for u in c.upvalues() {
        mark_optional(g, u.get());
    }
    1 + c.upvalue_count()
}

fn visit_c_closure(g: &Global, c: Gc<CClosure>) -> usize {
    for v in c.upvalues() {
        mark_value(g, v.get());
    }
    1 + c.upvalue_count()
}

fn visit_proto(g: &Global, p: Gc<Proto>) -> usize {
    mark_optional(g, p.source);
    for v in p.constants() {
        mark_value(g, *v);
    }
    for u in p.upvalues() {
        mark_optional(g, u.name);
    }
    for n in p.nested() {
        mark_object(g, n.erase());
    }
    for v in p.locals() {
        mark_optional(g, v.name);
    }
    1 + p.constants_len as usize + p.upvalues_len as usize + p.nested_len as usize + p.locals_len as usize
}

/// Marks the table in a slot of a stack. Registers that a function does not use yet have what was there before; a table of another VM may
/// be gone since. Other objects of the process are not: the VM itself lets go of them, after a collection that found none.
#[cold]
fn mark_leftover(g: &Global, slot: Slot) {
    let v = slot.get();
    let address = v.address::<u8>().addr();
    match g.shares.leftover(address) {
        Leftover::Shared => {}
        Leftover::Own => mark_value(g, v),
        Leftover::OwnOrGone => match g.space.find(address) {
            Some(o) => mark_object(g, o),
            None => slot.set_nil(),
        },
    }
}

/// Visits a thread. Threads have no barriers: in the atomic phase all are visited again, and in generational mode at every
/// collection. In the atomic phase the unused part of the stack is cleared, so that no dead object is found there.
fn visit_thread(g: &Global, l: State) -> usize {
    let o = l.erase();
    let atomic = g.gc.phase.get() == Phase::Atomic;
    if !atomic {
        link(o, &g.gc.gray_last);
    } else if is_old(o) {
        link(o, &g.gc.gray_again);
    }
    if l.stack.get().0.is_null() {
        return 1;
    }
    let foreign = g.shares.has_foreign();
    let mut slot = l.stack.get();
    while slot < l.top.get() {
        if foreign && slot.get().tag == Tag::TABLE {
            mark_leftover(g, slot);
        } else {
            mark_value(g, slot.get());
        }
        slot = slot.at(1);
    }
    threads::for_each_open_upvalue(l, |u| mark_object(g, u.erase()));
    mark_optional(g, l.resumer.get());
    if atomic {
        if !g.gc.emergency.get() {
            l.shrink_stack();
        }
        let end = l.stack_end.get().at(EXTRA_STACK);
        let mut slot = l.top.get();
        while slot < end {
            slot.set_nil();
            slot = slot.at(1);
        }
        if !l.in_upvalue_list.get() && !l.open_upvalues.get().is_null() {
            l.in_upvalue_list.set(true);
            l.next_with_upvalues.set(g.gc.threads_with_upvalues.replace(Some(l)));
        }
    }
    1 + l.stack_size()
}
