//! The virtual machine: frames, the interpreter, calls, coroutines, and the calls that libraries are written against.
//!
//! Reading order: `state` (making and closing), `stack`, `call` (entering and leaving functions), `execute` (instructions), `run`
//! (what happens between its instructions), `finish`, `protect` (pcall), `coroutine`, `close` and `upvalue`; then the operations:
//! `meta`, `index`, `shared`, `arith`, `compare`, `concat`, `forloop`, `vararg`; `error` and `text`, `debug`, `hook`, `warn`; and last what libraries use:
//! `native`, `api`, `auxiliary`; `load` meets the compiler, `boundary_call` the host.

pub mod api;
pub mod arith;
pub mod auxiliary;
pub mod boundary_call;
pub mod call;
pub mod close;
pub mod compare;
pub mod concat;
pub mod coroutine;
pub mod debug;
pub mod error;
pub mod execute;
pub mod finish;
pub mod forloop;
pub mod hook;
pub mod index;
pub mod load;
pub mod meta;
pub mod native;
pub mod protect;
pub mod run;
pub mod shared;
pub mod stack;
pub mod state;
pub mod text;
pub mod upvalue;
pub mod vararg;
pub mod warn;
