//! The heap: memory, object headers and the objects themselves.

pub mod mem;
