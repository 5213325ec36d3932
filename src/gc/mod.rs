//! The collector: incremental tri-colour mark and sweep, and a generational mode, over objects that never move.
//!
//! Read `barrier` (what the mutator owes the collector), then `control` (safe points, pacing, `lua_gc`).
//!
//! The mutator's duties:
//! * Write a valid object before the next allocation: an allocation may collect when memory is short.
//! * Call `check` where a collection may happen, with everything in use reachable.
//! * After storing a value in an object, call a barrier: `barrier` for objects that are written seldom (metatables, closed
//!   upvalues, C closures), `barrier_back` for tables (values and new keys) and user values. Stacks need none.

pub mod barrier;
pub mod control;

pub use barrier::{barrier, barrier_back, barrier_back_object, barrier_object};
pub use control::{Request, check, check_finalizer, close_all, control, emergency, free_all, full};
