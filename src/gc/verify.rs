//! Checks a whole heap, for tests: no live object refers to a dead one, no black one to a white one where that is forbidden,
//! ages, the string table and the accounting are consistent. Panics at the first thing wrong.

use super::mark::is_old;
use super::threads;
use crate::heap::function::{CClosure, LuaClosure, Proto, UpVal};
use crate::heap::gc_state::{Mode, Phase};
use crate::heap::object::{Gc, Header, mark};
use crate::heap::state::{Global, State};
use crate::heap::table::Table;
use crate::heap::userdata::Userdata;
use crate::value::{Tag, Value};

/// Calls `visit` for every object that `o` refers to. Weak references are included, dead keys are not.
pub fn for_each_reference(o: Gc<Header>, mut visit: impl FnMut(Gc<Header>)) {
    let mut value = |v: Value| {
        if let Some(o) = v.object() {
            visit(o);
        }
    };
    // SAFETY: the tag says what the object is.
    unsafe {
        match o.tag {
            Tag::TABLE => {
                let t: Gc<Table> = o.cast();
                let mut position = 0;
                while let Some((next, k, v)) = t.entry_from(position) {
                    value(k);
                    value(v);
                    position = next;
                }
                if let Some(mt) = t.metatable.get() {
                    visit(mt.erase());
                }
            }
            Tag::LUA_CLOSURE => {
                let c: Gc<LuaClosure> = o.cast();
                c.upvalues().iter().filter_map(|u| u.get()).for_each(|u| visit(u.erase()));
                visit(c.proto.get().erase());
            }
            Tag::C_CLOSURE | Tag::NATIVE_CLOSURE => {
                let c: Gc<CClosure> = o.cast();
                c.upvalues().iter().for_each(|v| value(v.get()));
            }
            Tag::USERDATA => {
                let u: Gc<Userdata> = o.cast();
                u.user_values().iter().for_each(|v| value(v.get()));
                if let Some(mt) = u.metatable.get() {
                    visit(mt.erase());
                }
            }
            Tag::UPVALUE => value(o.cast::<UpVal>().get()),
            Tag::PROTO => {
                let p: Gc<Proto> = o.cast();
                p.constants().iter().for_each(|v| value(*v));
                p.nested().iter().for_each(|n| visit(n.erase()));
                let names = p.upvalues().iter().map(|u| u.name).chain(p.locals().iter().map(|v| v.name));
                names.chain([p.source]).flatten().for_each(|s| visit(s.erase()));
            }
            Tag::THREAD => {
                let l: State = o.cast();
                if !l.stack.get().0.is_null() {
                    let mut slot = l.stack.get();
                    while slot < l.top.get() {
                        value(slot.get());
                        slot = slot.at(1);
                    }
                    threads::for_each_open_upvalue(l, |u| visit(u.erase()));
                }
            }
            _ => {}
        }
    }
}

fn describe(o: Gc<Header>) -> String {
    format!("{:p} {:?} mark {:#010b}", o.as_ptr(), o.tag, o.mark.get())
}

/// Checks everything. Must be called between steps of the collector, with no object half made.
///
/// Returns the bytes in use that are neither objects nor parts of tables nor the string table.
pub fn verify(g: &Global) -> usize {
    let gc = &g.gc;
    assert!(gc.phase.get() != Phase::Atomic);
    let dead = g.white() ^ mark::WHITES;
    let sweeping = gc.is_sweeping();
    let invariant = gc.keeps_invariant();
    let mode = gc.mode.get();
    let mut short_strings = 0;
    let mut parts = g.strings.bytes();
    let mut finalizers = 0;
    g.space.for_each(0, |o| {
        let m = o.mark.get();
        if o.is_shared() {
            // SAFETY: the tag says so.
            let frozen = o.tag == Tag::TABLE && unsafe { o.cast::<Table>() }.body().is_some();
            assert!(frozen && m == mark::PROCESS, "shared object in a VM's heap: {}", describe(o));
            return;
        }
        assert!(m & mark::WHITES != mark::WHITES, "both whites: {}", describe(o));
        assert!(m & mark::WHITES == 0 || m & mark::BLACK == 0, "white and black: {}", describe(o));
        match o.tag {
            Tag::SHORT_STRING => short_strings += 1,
            // SAFETY: the tag says so.
            Tag::TABLE => parts += unsafe { o.cast::<Table>() }.large_part_sizes(),
            _ => {}
        }
        if m & mark::FINALIZER != 0 {
            finalizers += 1;
        }
        if m & dead != 0 {
            assert!(sweeping, "dead object outside of a sweep: {}", describe(o));
            return;
        }
        match mode {
            Mode::Incremental | Mode::Major => {
                assert!(o.age() == mark::NEW || sweeping, "age in incremental mode: {}", describe(o))
            }
            Mode::Generational => assert!(!(is_old(o) && o.is_white()), "white and old: {}", describe(o)),
        }
        let sliced = gc.sliced.get().is_some_and(|t| t.erase() == o);
        for_each_reference(o, |to| {
            // Stacks may have tables of VMs that were closed (`mark::mark_leftover`).
            if o.tag == Tag::THREAD && g.shares.has_foreign() && g.space.find(to.as_ptr().addr()).is_none() {
                return;
            }
            assert!(to.tag.is_collectable(), "{} refers to a freed object {}", describe(o), describe(to));
            if to.mark.get() & mark::SHARED != 0 {
                return;
            }
            assert!(
                to.mark.get() & dead == 0,
                "{} refers to a dead object {} in phase {:?}",
                describe(o),
                describe(to),
                gc.phase.get()
            );
            if gc.growth.aging.get() && o.is_black() && o.tag != Tag::THREAD {
                let may = o.age() == mark::OLD0;
                assert!(may || !to.is_white(), "{}, which is old now, refers to young {}", describe(o), describe(to));
            }
            if !invariant || !o.is_black() || sliced {
                return;
            }
            match mode {
                Mode::Incremental | Mode::Major => {
                    assert!(!to.is_white(), "black {} refers to white {}", describe(o), describe(to));
                }
                Mode::Generational => {
                    let full = matches!(o.age(), mark::OLD);
                    assert!(!(full && to.is_white()), "old {} refers to young {}", describe(o), describe(to));
                }
            }
        });
    });
    let mut listed = 0;
    g.strings.for_each(|s| {
        if !s.header.is_shared() {
            assert!(s.header.tag == Tag::SHORT_STRING, "freed string in the string table");
            listed += 1;
        }
    });
    assert_eq!(listed, short_strings, "short strings in the heap and in the string table");
    let waiting = gc.finalizable.len() + gc.pending.len() - gc.pending_first.get();
    assert_eq!(finalizers, waiting, "objects marked as having finalizers, and those listed");
    let (used, bytes) = g.space.verify();
    let (in_use, held) = (g.allocator.in_use(), g.allocator.held());
    assert!(in_use >= used + parts, "{in_use} bytes in use, but objects and tables need {}", used + parts);
    assert!(held >= bytes + parts, "{held} bytes held, but blocks and tables need {}", bytes + parts);
    in_use - used - parts
}
