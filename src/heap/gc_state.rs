//! The collector's variables: plain data that the heap keeps for `gc`.

use super::object::mark;
use core::cell::Cell;

pub struct GcState {
    /// Mark of new objects: one of the two whites.
    pub white: Cell<u8>,
    /// Why the collector is stopped, if it is.
    pub stopped: Cell<u8>,
}

impl GcState {
    pub const fn new() -> GcState {
        GcState { white: Cell::new(mark::WHITE0), stopped: Cell::new(0) }
    }
}
