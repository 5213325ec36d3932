//! Perilune: a Lua virtual machine behind liblua's C interface.
//!
//! From the bottom up: `throw` and `edition`; `value`, `bytecode`, `heap`, `gc`, `chunk`, `compiler`, `vm`, `stdlib`, `share`, `capi`. ARCHITECTURE.md
//! says what each is.

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
