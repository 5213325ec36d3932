//! The collector's variables: plain data that the heap keeps for `gc`.

use super::object::mark;
use super::state::State;
use crate::value::Value;
use core::cell::Cell;

/// Why the collector does not run (`GcState::stopped`).
pub mod stop {
    /// The user stopped it.
    pub const USER: u8 = 1;
    /// It stopped itself, while a finalizer runs.
    pub const SELF: u8 = 2;
    /// The state closes.
    pub const CLOSING: u8 = 4;
}

/// Calls a finalizer with its object, hooks off, errors turned into warnings (`error in __gc`). Installed by the VM.
pub type CallFinalizer = fn(State, finalizer: Value, object: Value);

pub struct GcState {
    /// Mark of new objects: one of the two whites.
    pub white: Cell<u8>,
    /// Why the collector is stopped (bits of `stop`); 0 when it runs.
    pub stopped: Cell<u8>,
    pub call_finalizer: Cell<Option<CallFinalizer>>,
    /// The thread that runs now, kept by whoever resumes and returns: a root, besides the main thread and the registry.
    pub running: Cell<Option<State>>,
    /// Threads with open upvalues, linked through `next_with_upvalues`.
    pub threads_with_upvalues: Cell<Option<State>>,
}

impl GcState {
    pub const fn new() -> GcState {
        GcState {
            white: Cell::new(mark::WHITE0),
            stopped: Cell::new(0),
            call_finalizer: Cell::new(None),
            running: Cell::new(None),
            threads_with_upvalues: Cell::new(None),
        }
    }
}
