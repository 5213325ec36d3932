//! Which edition of Lua this library is: every number that differs between editions.
//!
//! Exactly one of the features `lua54` and `lua55` is on. Code asks these constants in ordinary `if`s.

use core::ffi::CStr;

/// Whether this is edition 5.5.
pub const LUA_5_5: bool = cfg!(feature = "lua55");

/// Number of opcodes of the instruction set.
pub const OPCODES: usize = if LUA_5_5 { 85 } else { 83 };

/// Bits of the operands B and C of the instructions that make tables.
pub const LIST_B_BITS: u32 = if LUA_5_5 { 6 } else { 8 };
pub const LIST_C_BITS: u32 = 16 - LIST_B_BITS;

/// Items of a table constructor that at most wait in registers before a `SETLIST` stores them.
pub const MAX_ITEMS_PER_FLUSH: u32 = if LUA_5_5 { 51 } else { 50 };

/// Registers in which a numeric loop keeps its state, before the control variable.
pub const FOR_STATE: usize = if LUA_5_5 { 2 } else { 3 };

/// The register of a generic loop's to-be-closed value, counted from that of the iterator function.
pub const FOR_CLOSING: usize = if LUA_5_5 { 2 } else { 3 };
/// The first register that the call of the iterator uses, likewise: there its results arrive.
pub const FOR_CALL: usize = if LUA_5_5 { 3 } else { 4 };

/// Nested C calls, and rules of the parser, that one thread may have under way (`LUAI_MAXCCALLS`).
pub const MAX_C_CALLS: u32 = 200;

/// The edition's name: in paths, in names of environment variables and in `_VERSION` (`LUA_VERSION_MAJOR`, `LUA_VERSION_MINOR`).
pub const NAME: &str = if LUA_5_5 { "5.5" } else { "5.4" };

/// `LUA_VERSION_NUM`, which `lua_version` answers and hosts compare with that of their headers.
pub const VERSION_NUMBER: f64 = if LUA_5_5 { 505.0 } else { 504.0 };

/// `LUA_COPYRIGHT`: release and authors, as the programs print it.
pub const COPYRIGHT: &str = if LUA_5_5 {
    "Lua 5.5.1  Copyright (C) 1994-2026 Lua.org, PUC-Rio"
} else {
    "Lua 5.4.8  Copyright (C) 1994-2025 Lua.org, PUC-Rio"
};

/// `_VERSION`.
pub const VERSION: &str = if LUA_5_5 { "Lua 5.5" } else { "Lua 5.4" };

/// Environment variables that `package.path` and `package.cpath` come from.
pub const PATH_VARIABLE: &CStr = if LUA_5_5 { c"LUA_PATH_5_5" } else { c"LUA_PATH_5_4" };
pub const CPATH_VARIABLE: &CStr = if LUA_5_5 { c"LUA_CPATH_5_5" } else { c"LUA_CPATH_5_4" };

/// Values that `pairs` gives: in 5.5 one to be closed too.
pub const PAIRS_RESULTS: usize = if LUA_5_5 { 4 } else { 3 };

/// `__call` metamethods that one call may go through, one leading to the other. (In 5.4 the stack is the limit.)
pub const MAX_CALL_METAMETHODS: u8 = if LUA_5_5 { 15 } else { u8::MAX };

/// Pseudo-index of the registry (`LUA_REGISTRYINDEX`).
pub const REGISTRY_INDEX: i32 = if LUA_5_5 { -(i32::MAX / 2 + 1000) } else { -1_000_000 - 1000 };

/// Keys in the registry: the main thread (`LUA_RIDX_MAINTHREAD`) and the globals (`LUA_RIDX_GLOBALS`).
pub const REGISTRY_MAIN_THREAD: i64 = if LUA_5_5 { 3 } else { 1 };
pub const REGISTRY_GLOBALS: i64 = 2;
/// The greatest of them (`LUA_RIDX_LAST`).
pub const REGISTRY_LAST: i64 = if LUA_5_5 { 3 } else { 2 };

/// Where a table of references has the head of its list of free ones (`luaL_ref`).
pub const FREE_REFERENCES: i64 = if LUA_5_5 { 1 } else { REGISTRY_LAST + 1 };

/// Positions of values in a stack, in `lua_Debug`.
#[cfg(not(feature = "lua55"))]
pub type Transfer = u16;
#[cfg(feature = "lua55")]
pub type Transfer = i32;

#[cfg(all(feature = "lua54", feature = "lua55"))]
compile_error!("lua54 and lua55 are two editions: for lua55, switch the default features off");
#[cfg(not(any(feature = "lua54", feature = "lua55")))]
compile_error!("one of the features lua54 and lua55 says which edition this is");
