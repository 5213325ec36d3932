//! (see the module map in lib.rs)

pub mod boundary;
pub mod variadic;
