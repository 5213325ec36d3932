//! Calling functions.

use super::pending;
use super::MULTIPLE;
use crate::heap::state::{State, Status};
use crate::throw::Result;

impl State {
    /// Calls the function below `nargs` arguments; both are replaced by `nresults` results (or `MULTIPLE`). What is
    /// called may not yield. `lua_call`.
    ///
    /// May: raise, collect, move the stack.
    pub fn call(self, nargs: i32, nresults: i32) -> Result {
        let func = self.from_top(nargs as usize + 1);
        pending::call_no_yield(self, func, nresults)?;
        self.adjust_frame_top(nresults);
        Ok(())
    }

    /// As `call`, catching errors: on failure the function and its arguments are replaced by the error object, and the
    /// status is not `OK`. `handler` is the index of a message handler, or 0. `lua_pcall`.
    ///
    /// May: collect, move the stack.
    pub fn pcall(self, nargs: i32, nresults: i32, handler: i32) -> Status {
        let func = self.from_top(nargs as usize + 1);
        let handler = if handler == 0 { 0 } else { self.index_of(self.slot_at(handler)) };
        let status = pending::protected_call(self, func, nresults, handler);
        self.adjust_frame_top(nresults);
        status
    }

    /// Results of an open-ended call may lie beyond what the frame was granted.
    pub(crate) fn adjust_frame_top(self, nresults: i32) {
        let frame = self.frame.get();
        let top = self.index_of(self.top.get());
        if nresults <= MULTIPLE && frame.top.get() < top {
            frame.top.set(top);
        }
    }
}
