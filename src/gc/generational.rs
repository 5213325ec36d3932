//! The generational mode: minor collections visit and sweep only what is young, as most objects die young.
//!
//! An object that survives two minor collections is old. It stays black and is not visited again, unless something young
//! is stored in it: then it is *touched* and visited by the two collections that follow, after which what it refers to is
//! old as well. An object that has just become old is visited once more (`OLD1`), since it may refer to younger ones.

use super::control::{set_minor_debt, set_pause_debt};
use super::cycle;
use super::finalizer;
use super::mark::{gray_next, reach, set_age, set_black};
use super::sweep;
use crate::heap::gc_state::{GrayList, Mode, Phase};
use crate::heap::object::{Gc, Header, mark};
use crate::heap::space::block_flags;
use crate::heap::state::{Global, State};
use crate::value::Tag;

/// After the sweep: touched objects become a step older and remain listed if they must be visited again, as threads
/// always do. All lists become one.
#[doc(alias = "correctgraylists")]
fn correct_gray_lists(g: &Global) {
    let kept: GrayList = GrayList::new(None);
    for list in [&g.gc.gray_again, &g.gc.weak, &g.gc.all_weak, &g.gc.ephemeron] {
        let mut next = list.take();
        while let Some(o) = next {
            next = gray_next(&o).get();
            if o.is_white() || o.is_shared() {
                // Young: the next collection reaches it or not. Or shared since, and nobody's to visit.
                continue;
            }
            let keep = |o: Gc<Header>| gray_next(&o).set(kept.replace(Some(o)));
            match o.age() {
                mark::TOUCHED1 => {
                    // Black, so that the barrier notes the next touch.
                    set_black(o);
                    set_age(o, mark::TOUCHED2);
                    keep(o);
                }
                _ if o.tag == Tag::THREAD => keep(o),
                age => {
                    if age == mark::TOUCHED2 {
                        set_age(o, mark::OLD);
                    }
                    set_black(o);
                }
            }
        }
    }
    g.gc.gray_again.set(kept.get());
}

fn finish(g: &Global, l: Option<State>) {
    correct_gray_lists(g);
    cycle::shrink_tables(g);
    g.gc.phase.set(Phase::Propagate);
    g.gc.busy.set(false);
    if let Some(l) = l
        && !g.gc.emergency.get()
    {
        finalizer::call_all(l);
    }
}

/// A minor collection. May: run finalizers, move stacks.
fn young_collection(g: &Global, l: Option<State>) {
    debug_assert!(g.gc.phase.get() == Phase::Propagate && !g.gc.busy.get());
    g.gc.busy.set(true);
    g.space.for_each(block_flags::OLD1, |o| {
        if o.age() == mark::OLD1 {
            set_age(o, mark::OLD);
            if o.is_black() {
                reach(g, o);
            }
        }
    });
    cycle::atomic(g, l);
    g.gc.phase.set(Phase::SweepBlocks);
    sweep::young(g);
    finalizer::advance_generations(g);
    finish(g, l);
}

/// After the atomic phase of a major collection: everything that lives is old from now on.
#[doc(alias = "atomic2gen")]
fn make_old(g: &Global, l: Option<State>) {
    cycle::clear_gray_lists(g);
    g.gc.phase.set(Phase::SweepBlocks);
    g.space.generational.set(true);
    sweep::all_to_old(g);
    g.gc.mode.set(Mode::Generational);
    g.gc.finalizable_old.set(g.gc.finalizable.len());
    g.gc.finalizable_survived.set(g.gc.finalizable.len());
    g.gc.last_atomic.set(0);
    g.gc.estimate.set(g.allocator.in_use());
    finish(g, l);
}

/// Marks everything, up to the end of the atomic phase. Returns the work of that.
fn mark_all(g: &Global, l: Option<State>) -> usize {
    cycle::run_until(g, l, |p| p == Phase::Pause);
    cycle::begin_whole(g, l);
    g.gc.busy.set(true);
    cycle::atomic(g, l)
}

/// Begins the generational mode with a major collection. Returns the work of its atomic phase.
fn enter(g: &Global, l: Option<State>) -> usize {
    let work = mark_all(g, l);
    make_old(g, l);
    set_minor_debt(g);
    work
}

/// Leaves the generational mode: everything becomes white and ageless.
#[doc(alias = "enterinc")]
fn leave(g: &Global) {
    let white = g.white();
    let whiten = |o: Gc<Header>| {
        if !o.is_shared() {
            o.mark.set(o.mark.get() & !(mark::WHITES | mark::BLACK | mark::AGE) | white);
        }
    };
    g.space.for_each(0, whiten);
    if let Some(main) = g.main.get() {
        whiten(main.erase());
    }
    cycle::clear_gray_lists(g);
    g.space.generational.set(false);
    g.gc.finalizable_old.set(0);
    g.gc.finalizable_survived.set(0);
    g.gc.phase.set(Phase::Pause);
    g.gc.mode.set(Mode::Incremental);
    g.gc.last_atomic.set(0);
}

/// May: collect, run finalizers, move stacks.
#[doc(alias = "luaC_changemode")]
pub fn change_mode(g: &Global, l: Option<State>, mode: Mode) {
    if mode != g.gc.mode.get() {
        match mode {
            Mode::Generational => {
                enter(g, l);
            }
            Mode::Incremental => leave(g),
        }
    }
    g.gc.last_atomic.set(0);
}

/// A major collection in generational mode. Returns the work of its atomic phase.
#[doc(alias = "fullgen")]
pub fn full(g: &Global, l: Option<State>) -> usize {
    leave(g);
    enter(g, l)
}

/// A major collection after a bad one, in incremental mode: generational mode goes on if it traverses little more than
/// the last.
#[doc(alias = "stepgenfull")]
fn step_after_bad(g: &Global, l: State) {
    let last = g.gc.last_atomic.get();
    if g.gc.mode.get() == Mode::Generational {
        leave(g);
    }
    cycle::run_until(g, Some(l), |p| p == Phase::Pause);
    cycle::begin_whole(g, Some(l));
    g.gc.busy.set(true);
    let work = cycle::atomic(g, Some(l));
    if work < last + (last >> 3) {
        make_old(g, Some(l));
        set_minor_debt(g);
    } else {
        g.gc.estimate.set(g.allocator.in_use());
        cycle::enter_sweep(g);
        g.gc.busy.set(false);
        cycle::run_until(g, Some(l), |p| p == Phase::Pause);
        set_pause_debt(g);
        g.gc.last_atomic.set(work);
    }
}

/// A step in generational mode: a minor collection, or a major one when memory has grown enough since the last major one.
/// A major collection that frees less than half of the growth is a bad one: the next is a major one, too, after a pause.
#[doc(alias = "genstep")]
pub fn step(g: &Global, l: State) {
    if g.gc.last_atomic.get() != 0 {
        return step_after_bad(g, l);
    }
    let base = g.gc.estimate.get();
    let growth = (base / 100) * (g.gc.major.get() as usize * 4);
    if g.allocator.debt() > 0 && g.allocator.in_use() > base + growth {
        let work = full(g, Some(l));
        if g.allocator.in_use() >= base + growth / 2 {
            g.gc.last_atomic.set(work);
            set_pause_debt(g);
        }
    } else {
        young_collection(g, Some(l));
        set_minor_debt(g);
        g.gc.estimate.set(base);
    }
}
