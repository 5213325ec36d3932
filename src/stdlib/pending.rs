//! Calls into parts of the machine that are not there yet.

#![allow(unused_variables)]

use crate::heap::state::{State, Status};
use crate::throw::Result;

impl State {
    pub fn new_thread(self) -> Result<State> {
        unimplemented!()
    }
    pub fn resume(self, from: Option<State>, arguments: i32) -> (Status, i32) {
        unimplemented!()
    }
    pub fn close_thread(self, from: Option<State>) -> Status {
        unimplemented!()
    }
    pub fn yield_values(self, n: i32) -> Result<u32> {
        unimplemented!()
    }
    pub fn has_calls(self) -> bool {
        unimplemented!()
    }
    pub fn close_state(self) {
        unimplemented!()
    }
}
