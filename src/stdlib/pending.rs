//! Calls into parts of the machine that are not there yet.

#![allow(unused_variables)]

use crate::heap::state::{State, Status};
use crate::throw::Result;

impl State {
    pub fn new_thread(self) -> Result<State> {
        crate::vm::coroutine::new_thread(self)
    }
    pub fn resume(self, from: Option<State>, arguments: i32) -> (Status, i32) {
        {
        let (status, n) = crate::vm::coroutine::resume(self, from, arguments as usize);
        (status, n as i32)
    }
    }
    pub fn close_thread(self, from: Option<State>) -> Status {
        crate::vm::coroutine::close_thread(self, from)
    }
    pub fn yield_values(self, n: i32) -> Result<u32> {
        crate::vm::coroutine::yield_values(self, n as usize, None, 0).map(|()| 0)
    }
    pub fn has_calls(self) -> bool {
        self.frame.get() != self.frames.get()
    }
    pub fn close_state(self) {
        crate::vm::state::close(self)
    }
}
