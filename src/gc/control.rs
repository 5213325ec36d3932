//! Safe points, pacing and the operations of `lua_gc`.
//!
//! Pacing: `Allocator::debt` rises with allocation; a step is due when it is positive. The incremental collector then works
//! in proportion to the debt, and waits at the end of a cycle until memory has grown by the pause. The generational one
//! waits for a percentage of growth before each minor collection.

use super::cycle;
use super::finalizer;
use super::generational;
use super::sweep;
use crate::edition::LUA_5_5;
use crate::heap::external;
use crate::heap::gc_state::{Mode, Phase, stop};
use crate::heap::mem::Allocator;
use crate::heap::percentage::Percentage;
#[cfg(feature = "gc-stress")]
use crate::heap::state::MAX_STACK;
use crate::heap::state::{Global, State};
use core::mem::size_of;

/// What `lua_gc` can be asked (§4.6).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Request {
    Stop,
    Restart,
    Collect,
    /// Kilobytes held.
    Count,
    /// The rest of the division of the bytes held by 1024.
    CountBytes,
    /// A step as if this many kilobytes had been allocated; 0 for a basic step. 1 if a cycle ended.
    Step(i32),
    /// The previous value; as do the next.
    SetPause(i32),
    SetStepMultiplier(i32),
    IsRunning,
    /// Minor and major multiplier, 0 for no change. The previous mode, `LUA_GCGEN` or `LUA_GCINC`.
    Generational(i32, i32),
    /// Pause, step multiplier, step size, 0 for no change. The previous mode.
    Incremental(i32, i32, i32),
    /// A step as if this many bytes had been allocated; 0 for a basic step. 1 if a cycle ended, in generational mode one of the major ones.
    /// From edition 5.5 on.
    StepBytes(usize),
    /// Sets a parameter, by its number, unless the value is negative; the previous value. From edition 5.5 on.
    Parameter(usize, i32),
}

/// `LUA_GCGEN` and `LUA_GCINC`.
pub const GENERATIONAL: i32 = if LUA_5_5 { 7 } else { 10 };
pub const INCREMENTAL: i32 = if LUA_5_5 { 8 } else { 11 };

/// Numbers of the parameters of edition 5.5 (`LUA_GCPMINORMUL` and its like).
const MINOR_MULTIPLIER: usize = 0;
pub(super) const MAJOR_MINOR: usize = 1;
pub(super) const MINOR_MAJOR: usize = 2;
const PAUSE: usize = 3;
const STEP_MULTIPLIER: usize = 4;
const STEP_SIZE: usize = 5;

/// Bytes that one unit of work stands for: a slot visited, an object swept.
const UNIT: isize = size_of::<crate::value::Value>() as isize;

/// The safe point: does a step of the collector when one is due. Call it after an allocation, when everything in use is
/// reachable. Never fails: errors in finalizers become warnings.
///
/// May: collect, run finalizers, move the stack.
#[inline(always)]
pub fn check(l: State) {
    if l.global().allocator.debt() > 0 {
        step(l);
    }
    #[cfg(feature = "gc-stress")]
    stress(l);
}

/// A collection at every safe point, or at every k-th with `PERILUNE_GC_STRESS=k` in the environment: a full one, or in
/// generational mode a minor one, since a full one there makes everything old and so hides what minor ones do. Some are full there too: a program
/// may wait for the finalizer of what has just become old, and without garbage that grows old no other would ever come.
#[cfg(feature = "gc-stress")]
fn stress(l: State) {
    const FULL: u32 = 4096;
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU32, Ordering};
    static EVERY: OnceLock<u32> = OnceLock::new();
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let every = *EVERY.get_or_init(|| std::env::var("PERILUNE_GC_STRESS").ok().and_then(|k| k.parse().ok()).unwrap_or(1).max(1));
    let g = l.global();
    if g.gc.stopped.get() != 0 || g.gc.busy.get() {
        return;
    }
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    if count.is_multiple_of(every) {
        // Beside the ordinary pace, which tests observe.
        let debt = g.allocator.debt();
        if is_generational(g) && !(count / every + 1).is_multiple_of(FULL) {
            g.allocator.set_debt(0);
            step(l);
        } else {
            full(l, false);
        }
        // A safe point may move the frames and the stack: here it always tries to.
        l.move_frames();
        let slots = l.stack_size();
        if slots * 4 <= MAX_STACK && l.resize_stack(slots * 4).is_ok() {
            let _ = l.resize_stack(slots);
        }
        g.allocator.set_debt(debt);
    }
}

/// Does a step of the collector, if it runs. May: collect, run finalizers, move the stack.
#[cold]
#[inline(never)]
#[doc(alias = "luaC_step")]
pub fn step(l: State) {
    let g = l.global();
    if g.gc.stopped.get() != 0 || g.gc.busy.get() {
        // Not at every safe point, while it does not run.
        g.allocator.set_debt(-2000);
    } else if is_generational(g) && !is_major(g) {
        generational::step(g, l);
    } else {
        incremental_step(g, l);
    }
    allow_spare(g);
    #[cfg(feature = "gc-verify")]
    super::verify::verify(g);
}

/// Empty blocks are kept in proportion to what is in use: enough for what comes until the next collection.
fn allow_spare(g: &Global) {
    g.space.blocks.spare_limit.set(g.allocator.in_use() / 4);
}

/// Whether the mode is generational as far as the user knows; the collector may work incrementally all the same.
fn is_generational(g: &Global) -> bool {
    g.gc.mode.get() != Mode::Incremental || g.gc.last_atomic.get() != 0
}

/// Whether a major collection in steps is under way, in the generational mode of edition 5.5.
fn is_major(g: &Global) -> bool {
    g.gc.mode.get() == Mode::Major || g.gc.growth.aging.get()
}

/// A smaller VM is paced as if it were of this size. That is what upstream's libraries alone take; with ours, which take half, the same program would
/// come to twice as many cycles.
const MIN_PACED: usize = 20 * 1024;

/// Sets the debt so that the next cycle starts when memory has grown to `pause` percent of the estimate.
pub(super) fn set_pause_debt(g: &Global) {
    let estimate = g.gc.estimate.get();
    let percent_of = |size: usize| {
        if LUA_5_5 {
            g.gc.parameters[PAUSE].get().of(size as isize)
        } else {
            let pause = g.gc.pause.get() as usize * 4;
            (size / 100).saturating_mul(pause).min(isize::MAX as usize) as isize
        }
    };
    let paced = estimate.max(MIN_PACED);
    // For a pause of 100 % or less the next cycle starts at once, at any size.
    let growth = (percent_of(paced) - paced as isize).max(0);
    let threshold = if growth > 0 { (estimate as isize).saturating_add(growth) } else { percent_of(estimate) };
    g.allocator.set_debt((g.allocator.in_use() as isize).saturating_sub(threshold).min(0));
}

/// Sets the debt so that the next step comes after so many bytes as edition 5.5 has in its step size.
pub(super) fn set_step_debt(g: &Global) {
    g.allocator.set_debt(-g.gc.parameters[STEP_SIZE].get().of(100));
}

/// A VM in generational mode that has grown by less does not collect: there is little to gain, and scripts of a few lines end before their first
/// collection, as on upstream.
const MIN_MINOR: usize = 8 * 1024;

/// Sets the debt so that the next minor collection comes when memory has grown by the minor multiplier; in 5.5 by so much of what was in use
/// after the last major collection.
pub(super) fn set_minor_debt(g: &Global) {
    let growth = if LUA_5_5 {
        g.gc.parameters[MINOR_MULTIPLIER].get().of(g.gc.growth.in_use.get() as isize) as usize
    } else {
        g.allocator.in_use() / 100 * g.gc.minor.get() as usize
    };
    g.allocator.set_debt(-(growth.max(MIN_MINOR) as isize));
}

/// As 5.5 paces the collector: every `STEP_SIZE` bytes so much work as the step multiplier says, and a pause at the end.
fn paced_step(g: &Global, l: State) {
    let percent = |number: usize| g.gc.parameters[number].get();
    let size = percent(STEP_SIZE).of(100);
    let mut work = percent(STEP_MULTIPLIER).of(size / size_of::<usize>() as isize);
    let whole = work == 0;
    loop {
        let before = g.gc.phase.get();
        work -= cycle::single_step(g, Some(l)) as isize;
        if g.gc.mode.get() == Mode::Generational && !g.gc.growth.aging.get() {
            // It was a major collection, and minor ones go on.
            return;
        }
        let atomic_done = before <= Phase::Atomic && g.gc.phase.get() > Phase::Atomic;
        if g.gc.phase.get() == Phase::Pause || !whole && (atomic_done || work <= 0) {
            break;
        }
    }
    if g.gc.phase.get() == Phase::Pause {
        set_pause_debt(g);
    } else {
        set_step_debt(g);
    }
}

fn incremental_step(g: &Global, l: State) {
    if LUA_5_5 {
        return paced_step(g, l);
    }
    let multiplier = (g.gc.step_multiplier.get() as isize * 4) | 1;
    let mut debt = (g.allocator.debt() / UNIT).saturating_mul(multiplier);
    let size = match g.gc.step_size.get() {
        log @ 0..=62 => ((1isize << log) / UNIT).saturating_mul(multiplier),
        _ => isize::MAX,
    };
    loop {
        let before = g.gc.phase.get();
        debt = debt.saturating_sub(cycle::single_step(g, Some(l)) as isize);
        let now = g.gc.phase.get();
        if debt <= -size || now == Phase::Pause {
            break;
        }
        // The atomic phase is a step by itself, unless more is owed.
        if debt <= 0 && now != before && (now == Phase::EnterAtomic || before == Phase::EnterAtomic) {
            debt = -size;
            break;
        }
    }
    if g.gc.phase.get() == Phase::Pause {
        set_pause_debt(g);
    } else {
        g.allocator.set_debt((debt / multiplier).saturating_mul(UNIT));
    }
}

/// A full collection. An emergency one runs no finalizers and leaves stacks where they are.
///
/// May: collect, run finalizers, move the stack (the last two unless `emergency`).
#[doc(alias = "luaC_fullgc")]
pub fn full(l: State, emergency: bool) {
    full_collection(l.global(), Some(l), emergency);
}

fn full_collection(g: &Global, l: Option<State>, emergency: bool) {
    debug_assert!(!g.gc.emergency.get() && !g.gc.busy.get());
    g.gc.emergency.set(emergency);
    g.gc.full.set(true);
    g.space.blocks.spare_limit.set(0);
    match g.gc.mode.get() {
        Mode::Generational => {
            generational::full(g, l);
        }
        mode => {
            if mode == Mode::Major {
                generational::full_major(g, l)
            } else {
                cycle::full(g, l)
            }
            set_pause_debt(g);
        }
    }
    g.space.trim(g.mem());
    g.gc.emergency.set(false);
    g.gc.full.set(false);
    allow_spare(g);
    #[cfg(feature = "gc-verify")]
    super::verify::verify(g);
}

/// Collects everything, from inside an allocation that failed: the hook for `Allocator::set_emergency`.
///
/// # Safety
/// The allocator is the first field of a `Global`.
pub unsafe fn emergency(a: &Allocator) {
    // SAFETY: the caller's.
    let g = unsafe { &*core::ptr::from_ref(a).cast::<Global>() };
    if g.complete.get() && !g.gc.busy.get() && !g.gc.emergency.get() {
        full_collection(g, None, true);
    }
}

/// `lua_gc`. Everything is refused (-1) while a finalizer runs. May: collect, run finalizers, move the stack.
///
/// Inline where the request is made, for questions that hosts ask at every turn.
#[inline(always)]
pub fn control(l: State, request: Request) -> i32 {
    let g = l.global();
    if g.gc.stopped.get() & stop::SELF != 0 {
        return -1;
    }
    match request {
        Request::Count => (g.allocator.held() >> 10) as i32,
        Request::CountBytes => (g.allocator.held() & 0x3FF) as i32,
        Request::IsRunning => (g.gc.stopped.get() == 0) as i32,
        request => act(l, request),
    }
}

/// What `control` does of what is no question.
#[inline(never)]
fn act(l: State, request: Request) -> i32 {
    let g = l.global();
    let gc = &g.gc;
    let mode = || if is_generational(g) { GENERATIONAL } else { INCREMENTAL };
    match request {
        Request::Count | Request::CountBytes | Request::IsRunning => unreachable!("a question"),
        Request::Stop => gc.stopped.set(stop::USER),
        Request::Restart => {
            g.allocator.set_debt(0);
            gc.stopped.set(0);
        }
        Request::Collect => full(l, false),
        Request::Step(kilobytes) => {
            let stopped = gc.stopped.replace(0);
            let mut debt = 1;
            if kilobytes == 0 {
                g.allocator.set_debt(0);
                step(l);
            } else {
                debt = kilobytes as isize * 1024 + g.allocator.debt();
                g.allocator.set_debt(debt);
                check(l);
            }
            gc.stopped.set(stopped);
            return (debt > 0 && gc.phase.get() == Phase::Pause) as i32;
        }
        Request::SetPause(n) => return set_parameter(&gc.pause, n),
        Request::SetStepMultiplier(n) => return set_parameter(&gc.step_multiplier, n),
        Request::Generational(minor, major) => {
            let previous = mode();
            if minor != 0 {
                gc.minor.set(minor as u8);
            }
            if major != 0 {
                set_parameter(&gc.major, major);
            }
            generational::change_mode(g, Some(l), Mode::Generational);
            return previous;
        }
        Request::Incremental(pause, step_multiplier, step_size) => {
            let previous = mode();
            if pause != 0 {
                set_parameter(&gc.pause, pause);
            }
            if step_multiplier != 0 {
                set_parameter(&gc.step_multiplier, step_multiplier);
            }
            if step_size != 0 {
                gc.step_size.set(step_size as u8);
            }
            generational::change_mode(g, Some(l), Mode::Incremental);
            return previous;
        }
        Request::StepBytes(bytes) => {
            let stopped = gc.stopped.replace(0);
            // At least the allocation of one byte, so that the step is due.
            let debt = if bytes == 0 { 1 } else { g.allocator.debt().saturating_add_unsigned(bytes) };
            g.allocator.set_debt(debt);
            let works = debt > 0;
            let major = is_major(g);
            if works {
                step(l);
            }
            gc.stopped.set(stopped);
            let ended = gc.phase.get() == Phase::Pause || major && !is_major(g);
            return (works && ended) as i32;
        }
        Request::Parameter(number, value) => return parameter(g, number, value),
    }
    0
}

/// Reads a parameter of edition 5.5 and sets it unless `value` is negative.
fn parameter(g: &Global, number: usize, value: i32) -> i32 {
    let Some(stored) = g.gc.parameters.get(number) else { return -1 };
    let previous = stored.get().of(100);
    if let Ok(percent) = u32::try_from(value) {
        stored.set(Percentage::new(percent));
    }
    previous as i32
}

/// Sets a parameter that is stored divided by four; gives its previous value.
fn set_parameter(parameter: &core::cell::Cell<u8>, n: i32) -> i32 {
    parameter.replace((n / 4) as u8) as i32 * 4
}

/// Calls the finalizers of all objects that have one. Afterwards setting metatables makes no more finalizers and nothing
/// is collected any more, so the mode stays what it is; `free_all` frees the rest.
///
/// May: run finalizers, move the stack.
#[doc(alias = "luaC_freeallobjects")]
pub fn close_all(l: State) {
    let g = l.global();
    g.gc.stopped.set(stop::CLOSING);
    finalizer::separate(g, true);
    finalizer::call_all(l);
}

/// Frees every object of the VM, the main thread included, the string table and the collector's own lists. Only `Global`
/// itself is left; it may not be used for anything but giving its memory back.
pub fn free_all(g: &Global) {
    g.gc.busy.set(true);
    g.shares.unpublish();
    external::give_back_all(g);
    sweep::free_all(g);
    g.strings.free(g.mem());
    g.links.free();
    g.shares.free(g);
    g.gc.finalizable.free(g.mem());
    g.gc.pending.free(g.mem());
}
