//! Which edition of Lua this library is: every number that differs between editions.
//!
//! Exactly one of the features `lua54` and `lua55` is on. Code asks these constants in ordinary `if`s.

/// Whether this is edition 5.5.
pub const LUA_5_5: bool = cfg!(feature = "lua55");

/// Number of opcodes of the instruction set.
pub const OPCODES: usize = 83;

/// Nested C calls, and rules of the parser, that one thread may have under way (`LUAI_MAXCCALLS`).
pub const MAX_C_CALLS: u32 = 200;
