//! The generational mode: minor collections visit and sweep only what is young, as most objects die young.
//!
//! An object that survives two minor collections is old. It stays black and is not visited again, unless something young
//! is stored in it: then it is *touched* and visited by the two collections that follow, after which what it refers to is
//! old as well. An object that has just become old is visited once more (`OLD1`), since it may refer to younger ones.
//!
//! Old objects that are garbage wait for a major collection, which visits everything. The editions differ in when it comes and how:
//! * 5.4: when memory has grown by the major multiplier, and in one step. After a bad one, which frees little, the next is a major one too.
//! * 5.5: when so much has become old as the minor-major multiplier says, and in steps (`Mode::Major`). Such collections follow each other, with
//!   pauses as in incremental mode, until one finds as much garbage as the major-minor multiplier asks for: its sweep makes old what it
//!   keeps, and minor collections go on.

use super::control::{MAJOR_MINOR, MINOR_MAJOR, set_minor_debt, set_pause_debt, set_step_debt};
use super::cycle;
use super::finalizer;
use super::mark::{gray_next, reach, set_age, set_black, set_gray_next, unlink_first};
use super::sweep;
use crate::edition::LUA_5_5;
use crate::heap::gc_state::{GrayList, Mode, Phase};
use crate::heap::object::{Gc, Header, mark};
use crate::heap::percentage::Percentage;
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
            next = gray_next(o);
            if o.is_white() || o.is_shared() {
                // Young: the next collection reaches it or not. Or shared since, and nobody's to visit.
                continue;
            }
            let keep = |o: Gc<Header>| set_gray_next(o, kept.replace(Some(o)));
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

/// The end of a minor or major collection, after its sweep. May: run finalizers, move stacks.
pub fn finish(g: &Global, l: Option<State>) {
    cycle::shrink_tables(g);
    g.gc.phase.set(Phase::Propagate);
    g.gc.busy.set(false);
    if let Some(l) = l
        && !g.gc.emergency.get()
    {
        finalizer::call_all(l);
    }
}

/// A minor collection, but for its end, which is `finish`: then finalizers are called.
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
    correct_gray_lists(g);
    finalizer::advance_generations(g);
}

/// After the atomic phase of a major collection: everything that lives is old from now on.
#[doc(alias = "atomic2gen")]
fn make_old(g: &Global, l: Option<State>) {
    cycle::clear_gray_lists(g);
    g.gc.phase.set(Phase::SweepBlocks);
    g.space.generational.set(true);
    sweep::all_to_old(g);
    correct_gray_lists(g);
    remember_generations(g);
    note_major(g);
    g.gc.growth.noting.set(false);
    finish(g, l);
}

/// All finalizable objects are old now, and the mode is generational.
fn remember_generations(g: &Global) {
    g.gc.mode.set(Mode::Generational);
    g.gc.finalizable_old.set(g.gc.finalizable.len());
    g.gc.finalizable_survived.set(g.gc.finalizable.len());
    g.gc.last_atomic.set(0);
}

/// Keeps what the next collections are compared with, after the sweep of a major one.
fn note_major(g: &Global) {
    g.gc.estimate.set(g.allocator.in_use());
    let growth = &g.gc.growth;
    growth.in_use.set(g.allocator.in_use());
    growth.live.set(growth.marked.get());
    growth.aged.set(0);
}

/// Marks everything, up to the end of the atomic phase. Returns the work of that.
fn mark_all(g: &Global, l: Option<State>) -> usize {
    g.gc.growth.noting.set(true);
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

/// What only the generational mode tells apart, young and old blocks and finalizable objects, is no longer kept up to date.
fn forget_generations(g: &Global) {
    g.space.generational.set(false);
    g.gc.finalizable_old.set(0);
    g.gc.finalizable_survived.set(0);
}

/// Leaves the generational mode: everything becomes white and ageless.
#[doc(alias = "enterinc")]
fn leave(g: &Global) {
    if g.gc.growth.aging.get() {
        while g.gc.phase.get() != Phase::SweepEnd {
            sweep::step(g);
        }
        end_aging(g);
    }
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
    forget_generations(g);
    g.gc.phase.set(Phase::Pause);
    g.gc.mode.set(Mode::Incremental);
    g.gc.last_atomic.set(0);
}

/// May: collect, run finalizers, move stacks.
#[doc(alias = "luaC_changemode")]
pub fn change_mode(g: &Global, l: Option<State>, mode: Mode) {
    if g.gc.mode.get() == Mode::Major {
        end_majors(g);
    }
    if mode != g.gc.mode.get() {
        match mode {
            Mode::Generational => {
                enter(g, l);
            }
            _ => leave(g),
        }
    }
    g.gc.last_atomic.set(0);
}

/// From a minor collection that has swept, to major ones in steps. What the minor one left black is made white first, in steps as well.
#[doc(alias = "minor2inc")]
fn begin_majors(g: &Global) {
    forget_generations(g);
    g.gc.mode.set(Mode::Major);
    g.gc.growth.whitening.set(true);
    g.gc.growth.noting.set(true);
    cycle::enter_sweep(g);
    g.gc.estimate.set(g.allocator.in_use());
    g.gc.busy.set(false);
    set_step_debt(g);
}

/// The collection under way goes on as one of the incremental mode.
fn end_majors(g: &Global) {
    g.gc.mode.set(Mode::Incremental);
    g.gc.growth.whitening.set(false);
    g.gc.growth.noting.set(false);
}

/// After the atomic phase of a major collection in steps: goes back to minor collections if it has found enough garbage of what was allocated
/// since the last one. They begin when a sweep in steps has made everything old that was marked.
///
/// Meanwhile the barriers treat what is black as old, whether the sweep has come there or not. What is white is new.
#[doc(alias = "checkmajorminor")]
pub fn resume(g: &Global) -> bool {
    let growth = &g.gc.growth;
    let in_use = g.allocator.in_use();
    let added = in_use as isize - growth.in_use.get() as isize;
    let garbage = added - (growth.marked.get() as isize - growth.live.get() as isize);
    let multiplier = g.gc.parameters[MAJOR_MINOR].get();
    if multiplier == Percentage::new(0) || garbage > multiplier.of(added.max(0)) {
        // Weak tables are gray.
        for list in [&g.gc.weak, &g.gc.all_weak, &g.gc.ephemeron, &g.gc.gray_again] {
            while let Some(o) = unlink_first(list) {
                set_black(o);
            }
        }
        cycle::enter_sweep(g);
        g.space.generational.set(true);
        remember_generations(g);
        growth.aging.set(true);
        return true;
    }
    growth.in_use.set(in_use.saturating_sub(garbage.max(0) as usize));
    growth.live.set(growth.marked.get());
    false
}

/// After the sweep that has made old what it kept.
pub fn end_aging(g: &Global) {
    note_major(g);
    g.gc.growth.aging.set(false);
    g.gc.growth.noting.set(false);
    set_minor_debt(g);
}

/// A whole collection while major ones are under way, which go on afterwards. May: collect, run finalizers, move stacks.
pub fn full_major(g: &Global, l: Option<State>) {
    end_majors(g);
    g.gc.growth.noting.set(true);
    cycle::full(g, l);
    g.gc.growth.in_use.set(g.allocator.in_use());
    g.gc.growth.live.set(g.gc.growth.marked.get());
    g.gc.mode.set(Mode::Major);
}

/// A major collection in generational mode, in one step. Returns the work of its atomic phase.
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

/// A minor collection, and the change to major ones when enough has become old since the last of those. May: run finalizers, move stacks.
fn minor_step(g: &Global, l: State) {
    young_collection(g, Some(l));
    let limit = g.gc.parameters[MINOR_MAJOR].get().of(g.gc.growth.live.get() as isize);
    // A multiplier of 0: never.
    if limit > 0 && g.gc.growth.aged.get() as isize >= limit {
        if g.shares.wants_tracking() {
            // Only a collection in one go finds that shared tables of others are not in use any more.
            finish(g, Some(l));
            full(g, Some(l));
        } else {
            begin_majors(g);
        }
    } else {
        finish(g, Some(l));
        set_minor_debt(g);
    }
}

/// A step in generational mode: a minor collection, or in 5.4 a major one when memory has grown enough since the last major one.
/// A major collection that frees less than half of the growth is a bad one: the next is a major one, too, after a pause.
#[doc(alias = "genstep")]
pub fn step(g: &Global, l: State) {
    if LUA_5_5 {
        return minor_step(g, l);
    }
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
        finish(g, Some(l));
        set_minor_debt(g);
        g.gc.estimate.set(base);
    }
}
