//! The virtual machine: frames, the interpreter loop, calls, coroutines, and the calls that libraries are written against.

pub mod api;
pub mod auxiliary;
pub mod native;
