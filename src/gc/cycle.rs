//! One collection: the phases and what each does.

use super::finalizer;
use super::generational;
use super::mark::{self, mark_optional, mark_value, propagate_all};
use super::sweep;
use super::threads;
use super::weak;
use crate::edition::LUA_5_5;
use crate::heap::external;
use crate::heap::gc_state::{Mode, Phase};
use crate::heap::link;
use crate::heap::object::mark as bits;
use crate::heap::state::{Global, State};

/// Most finalizers called in one step, and what one is worth in units of work.
const FINALIZERS_A_STEP: usize = 10;
const FINALIZER_COST: usize = 50;

/// What was touched since it was visited is visited again so often before the atomic phase, which then has little of it: the less time one
/// round takes, the less is touched meanwhile. The steps of 5.5 are short, so that marking goes on while more is touched.
const MOST_REVISITS: u8 = if LUA_5_5 { 3 } else { 1 };

/// Forgets the gray lists, which mean nothing outside of marking.
pub fn clear_gray_lists(g: &Global) {
    for list in [&g.gc.gray, &g.gc.gray_again, &g.gc.gray_last, &g.gc.weak, &g.gc.all_weak, &g.gc.ephemeron] {
        list.set(None);
    }
    g.gc.sliced.set(None);
}

/// Marks the roots.
fn start(g: &Global) {
    clear_gray_lists(g);
    g.gc.revisits.set(0);
    g.gc.growth.marked.set(0);
    if g.gc.whole.get() {
        g.links.begin_tracking(g);
    }
    mark_roots(g, None);
    mark::mark_pending(g);
}

fn mark_roots(g: &Global, l: Option<State>) {
    mark_optional(g, g.main.get());
    mark_optional(g, g.gc.running.get());
    mark_optional(g, l);
    mark_value(g, g.registry.get());
    mark::mark_metatables(g);
    mark::mark_links(g);
}

/// For threads that were not reached: marks the values of those of their open upvalues that were, since these values will
/// move into the upvalues when the threads are freed. Such threads, and those without upvalues, leave the list. An upvalue may be
/// old already (`debug.upvaluejoin` gave it to an old closure): then its value becomes old too, as with a barrier.
fn remark_upvalues(g: &Global) -> usize {
    let mut work = 0;
    let mut kept: Option<State> = None;
    let mut next = g.gc.threads_with_upvalues.take();
    while let Some(l) = next {
        next = l.next_with_upvalues.take();
        work += 1;
        if !l.header.is_white() && !l.open_upvalues.get().is_null() {
            l.next_with_upvalues.set(kept.replace(l));
        } else {
            l.in_upvalue_list.set(false);
            threads::for_each_open_upvalue(l, |u| {
                work += 1;
                if !u.erase().is_white() {
                    mark_value(g, u.get());
                    if mark::is_old(u.erase())
                        && let Some(o) = u.get().object()
                        && !mark::is_old(o)
                    {
                        mark::set_age(o, bits::OLD0);
                    }
                }
            });
        }
    }
    g.gc.threads_with_upvalues.set(kept);
    work
}

/// The part of a collection that cannot be interrupted: after it every reachable object is black (or gray, if it will be
/// visited again), weak tables are clean, and the rest is dead. Returns the work done.
pub fn atomic(g: &Global, l: Option<State>) -> usize {
    let gc = &g.gc;
    debug_assert!(gc.ephemeron.get().is_none() && gc.weak.get().is_none());
    let mut work = 0;
    gc.phase.set(Phase::Atomic);
    let again = gc.gray_again.take();
    mark_roots(g, l);
    work += propagate_all(g);
    work += remark_upvalues(g);
    work += propagate_all(g);
    for list in [gc.gray_last.take(), again] {
        gc.gray.set(list);
        work += propagate_all(g);
    }
    weak::converge(g);
    // All that is strongly reachable is marked. Values leave weak tables before objects are resurrected for finalizers.
    weak::clear_values(g, &gc.weak, None);
    weak::clear_values(g, &gc.all_weak, None);
    let (cleared, all_cleared) = (gc.weak.get(), gc.all_weak.get());
    finalizer::separate(g, false);
    work += mark::mark_pending(g);
    work += propagate_all(g);
    weak::converge(g);
    // All that is resurrected is marked. Keys leave after that, and values leave tables that were resurrected.
    weak::clear_keys(g, &gc.ephemeron);
    weak::clear_keys(g, &gc.all_weak);
    weak::clear_values(g, &gc.weak, cleared);
    weak::clear_values(g, &gc.all_weak, all_cleared);
    if g.links.tracking.get() {
        link::let_go_unused(g);
        // The variants of what stays.
        mark::mark_links(g);
        work += propagate_all(g);
    }
    g.strings.forget_recent();
    external::give_back_dead(g);
    gc.white.set(gc.white.get() ^ bits::WHITES);
    debug_assert!(gc.gray.get().is_none());
    work
}

/// Begins the sweep of all objects.
pub fn enter_sweep(g: &Global) {
    clear_gray_lists(g);
    g.gc.phase.set(Phase::SweepBlocks);
    g.space.begin_sweep(false);
}

/// Does the next piece of a collection in steps. Without a thread, no finalizers are called. From `Mode::Major` it may lead to generational mode.
///
/// Returns the work done. May: run finalizers, move stacks.
pub fn single_step(g: &Global, l: Option<State>) -> usize {
    let gc = &g.gc;
    debug_assert!(!gc.busy.get());
    gc.busy.set(true);
    let work = match gc.phase.get() {
        Phase::Pause => {
            start(g);
            gc.phase.set(Phase::Propagate);
            1
        }
        Phase::Propagate => {
            if gc.gray.get().is_none() && gc.sliced.get().is_none() {
                let again = gc.revisits.get() < MOST_REVISITS && gc.mode.get() != Mode::Generational;
                match gc.gray_again.get() {
                    Some(o) if again => {
                        gc.revisits.set(gc.revisits.get() + 1);
                        gc.gray_again.set(None);
                        gc.gray.set(Some(o));
                    }
                    _ => gc.phase.set(Phase::EnterAtomic),
                }
                0
            } else {
                mark::propagate(g)
            }
        }
        Phase::EnterAtomic | Phase::Atomic => {
            let work = atomic(g, l);
            if gc.mode.get() != Mode::Major || !generational::resume(g) {
                enter_sweep(g);
                gc.estimate.set(g.allocator.in_use());
            }
            work
        }
        Phase::SweepBlocks | Phase::SweepLarge => {
            let before = g.allocator.in_use();
            let work = sweep::step(g);
            gc.estimate.set((gc.estimate.get() + g.allocator.in_use()).saturating_sub(before));
            work
        }
        Phase::SweepEnd if gc.growth.aging.get() => {
            generational::end_aging(g);
            generational::finish(g, l);
            0
        }
        Phase::SweepEnd => {
            shrink_tables(g);
            gc.phase.set(Phase::CallFinalizers);
            0
        }
        Phase::CallFinalizers => match l {
            Some(l) if finalizer::any_pending(g) && !gc.emergency.get() => {
                gc.busy.set(false);
                finalizer::call_some(l, FINALIZERS_A_STEP) * FINALIZER_COST
            }
            _ => {
                gc.phase.set(Phase::Pause);
                if gc.growth.whitening.replace(false) {
                    start(g);
                    gc.phase.set(Phase::Propagate);
                }
                0
            }
        },
    };
    gc.busy.set(false);
    work
}

/// Makes the VM's own tables smaller when they are nearly empty.
pub fn shrink_tables(g: &Global) {
    if !g.gc.emergency.get() {
        let before = g.allocator.in_use();
        g.strings.shrink(g.mem(), g.gc.full.get());
        g.space.trim_parts(g.mem());
        finalizer::shrink_lists(g);
        g.gc.estimate.set((g.gc.estimate.get() + g.allocator.in_use()).saturating_sub(before));
    }
}

/// Runs an incremental collection until it comes to one of the phases.
pub fn run_until(g: &Global, l: Option<State>, stop: impl Fn(Phase) -> bool) {
    while !stop(g.gc.phase.get()) {
        single_step(g, l);
    }
}

/// From the pause between collections, begins one that goes on to the end of its atomic phase without an interruption.
pub fn begin_whole(g: &Global, l: Option<State>) {
    debug_assert!(g.gc.phase.get() == Phase::Pause);
    g.gc.whole.set(true);
    run_until(g, l, |p| p == Phase::Propagate);
    g.gc.whole.set(false);
}

/// A whole incremental collection.
#[doc(alias = "fullinc")]
pub fn full(g: &Global, l: Option<State>) {
    debug_assert!(g.gc.mode.get() == Mode::Incremental);
    g.gc.growth.whitening.set(false);
    if g.gc.keeps_invariant() {
        // Black objects: a sweep makes everything white again. As the white has not changed, nothing is freed.
        enter_sweep(g);
    }
    run_until(g, l, |p| p == Phase::Pause);
    begin_whole(g, l);
    g.gc.phase.set(Phase::EnterAtomic);
    run_until(g, l, |p| p == Phase::CallFinalizers);
    run_until(g, l, |p| p == Phase::Pause);
}
