//! Calling functions.

use super::MULTIPLE;
use crate::heap::state::{KFunction, State, Status};
use crate::throw::{Result, Throw};
use crate::vm::{call, protect};

impl State {
    /// Calls the function below `nargs` arguments; both are replaced by `nresults` results (or `MULTIPLE`). What is
    /// called may not yield. `lua_call`.
    ///
    /// May: raise, collect, move the stack.
    pub fn call(self, nargs: i32, nresults: i32) -> Result {
        let func = self.from_top(nargs as usize + 1);
        call::call_no_yield(self, func, nresults)?;
        self.adjust_frame_top(nresults);
        Ok(())
    }

    /// As `call`; with a continuation and its context, what is called may yield, and the continuation then goes on in this function's
    /// place. `lua_callk`.
    ///
    /// May: raise, yield, collect, move the stack.
    #[inline(always)]
    pub fn call_k(self, nargs: i32, nresults: i32, continuation: Option<(KFunction, isize)>) -> Result {
        let resumable = match continuation {
            Some((k, context)) if self.is_yieldable() => {
                let frame = self.frame.get();
                frame.k.set(Some(k));
                frame.context.set(context);
                true
            }
            _ => false,
        };
        call::call_here(self, self.from_top(nargs as usize + 1), nresults, resumable)?;
        self.adjust_frame_top(nresults);
        Ok(())
    }

    /// As `call`, catching errors: on failure the function and its arguments are replaced by the error object, and the
    /// status is not `OK`. `handler` is the index of a message handler, or 0. `lua_pcall`.
    ///
    /// May: collect, move the stack.
    #[inline(never)]
    pub fn pcall(self, nargs: i32, nresults: i32, handler: i32) -> Status {
        // Only with a continuation can this be anything but a status.
        self.pcall_k(nargs, nresults, handler, None).unwrap_or(Throw::Run as Status)
    }

    /// As `pcall`; with a continuation and its context, what is called may yield. `lua_pcallk`.
    ///
    /// May: yield (with a continuation), collect, move the stack.
    #[inline(always)]
    pub fn pcall_k(self, nargs: i32, nresults: i32, handler: i32, continuation: Option<(KFunction, isize)>) -> Result<Status> {
        let handler = if handler == 0 { 0 } else { self.index_of(self.slot_at(handler)) };
        protect::pcall(self, nargs as usize, nresults, handler, continuation)
    }

    /// After a call for all results: they may lie beyond what the frame was granted.
    #[doc(alias = "adjustresults")]
    #[inline(always)]
    pub(crate) fn adjust_frame_top(self, nresults: i32) {
        if nresults <= MULTIPLE {
            let frame = self.frame.get();
            let top = self.index_of(self.top.get());
            if frame.top.get() < top {
                frame.top.set(top);
            }
        }
    }
}
