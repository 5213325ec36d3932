//! Perilune: a Lua virtual machine behind liblua's C interface.

pub mod bytecode;
pub mod capi;
pub mod chunk;
pub mod compiler;
pub mod edition;
pub mod gc;
pub mod heap;
pub mod share;
pub mod stdlib;
pub mod throw;
pub mod value;
pub mod vm;
