//! The heap: memory, object headers and the objects themselves.
//!
//! Reading order: `mem` (lua_Alloc), `scratch` (memory for a while), `object` (headers and `Gc`), `string`, `strings` (interning), `names` (strings of the
//! process), `table`, `function`, `userdata`, `space` (where objects lie), `parts` (where parts of tables lie), `blocks` (what
//! both have in common), `state` (global state, threads, frames), `gc_state` (what the collector keeps there, with its parameters
//! in `percentage`); then what VMs share: `pool` (strings of the process), `shared` (chunks), `link`, `frozen` (tables), `external`
//! (strings whose text is the host's, in 5.5).

pub mod blocks;
pub mod external;
pub mod frozen;
pub mod function;
pub mod gc_state;
pub mod link;
pub mod mem;
pub mod names;
pub mod object;
pub mod parts;
pub mod percentage;
pub mod pool;
pub mod scratch;
pub mod shared;
pub mod space;
pub mod state;
pub mod string;
pub mod strings;
pub mod table;
#[cfg(test)]
pub mod testing;
pub mod userdata;
