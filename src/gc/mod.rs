//! The collector: incremental tri-colour mark and sweep, and a generational mode, over objects that never move.
//!
//! Read `barrier` (what the mutator owes the collector), `control` (safe points, pacing, `lua_gc`), `cycle` (the phases of a
//! collection), `mark`, `weak`, `threads`, `finalizer`, `sweep`, then `generational`. `freeze` and `replace` change a heap for sharing and reloading;
//! `verify` checks a whole one.
//!
//! The mutator's duties:
//! * Write a valid object before the next allocation: an allocation may collect when memory is short.
//! * Call `check` where a collection may happen, with everything in use reachable.
//! * After storing a value in an object, call a barrier: `barrier` for objects that are written seldom (metatables, closed
//!   upvalues, C closures), `barrier_back` for tables (values and new keys) and user values. Stacks need none.
//! * After moving elements of a table without barriers, call `GcState::rearranged`.
//! * List a thread in `GcState::threads_with_upvalues` when it gets an open upvalue and is not listed.
//! * Keep `GcState::running`.

pub mod barrier;
pub mod control;
mod cycle;
mod finalizer;
pub mod freeze;
mod generational;
mod mark;
pub mod replace;
mod sweep;
#[cfg(test)]
mod tests;
mod threads;
#[cfg(any(test, debug_assertions, feature = "gc-verify"))]
pub mod verify;
mod weak;

pub use barrier::{barrier, barrier_back, barrier_back_object, barrier_object, is_barrier_due};
pub use control::{INCREMENTAL, Request, check, close_all, control, emergency, free_all, full, step};
pub use finalizer::{check_finalizer, is_without_finalizer};
