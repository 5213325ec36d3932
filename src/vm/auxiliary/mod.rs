//! The auxiliary library inside the VM: methods of [`State`] that do what the `luaL_` function of the same meaning does (§5).
//!
//! Reading order: `message` (errors with positions and names), `check` (arguments), `buffer`, `convert` (anything to text),
//! `metatable`, `library`, `reference`, `load_file`, `result` (of system calls), `traceback`.

pub mod buffer;
pub mod check;
pub mod convert;
pub mod library;
pub mod load_file;
pub mod message;
pub mod metatable;
pub mod reference;
pub mod result;
pub mod traceback;

pub use buffer::Buffer;
