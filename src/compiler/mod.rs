//! The compiler: source text in, a `chunk::draft::Draft` out (§3, §9).
//!
//! It knows no state and no VM. Memory comes from the `Mem` it is given and every byte goes back when it fails. It works
//! in one pass: the parser drives the lexer and emits code as it goes, so there is no syntax tree.
//!
//! Reading order:
//! * `token.rs`, `lexer.rs`, `literals.rs`: bytes to tokens, each at most two ahead of the parser
//! * `message.rs`: what users read when a chunk does not compile
//! * `expr.rs`: the description of an expression whose code is not emitted yet
//! * `state.rs`: everything that a compilation keeps, and how instructions, lines and constants are added
//! * `constants.rs`: finding a constant that a function has already
//! * `jumps.rs`, `values.rs`, `operators.rs`: the code generator, from jump lists up to operators
//! * `scope.rs`, `labels.rs`: variables, upvalues, blocks; goto and break
//! * `expressions.rs`, `statements.rs`: the grammar
//!
//! Invariant: the code, the order of constants and the debug information are those of the reference compiler of this
//! edition, since chunks, listings and line numbers in messages are compared with its.

mod constants;
mod expr;
mod expressions;
mod jumps;
mod labels;
mod lexer;
mod literals;
mod message;
mod operators;
mod scope;
mod state;
mod statements;
#[cfg(test)]
mod tests;
mod token;
mod values;

use crate::chunk::draft::{ChunkName, Draft};
use crate::chunk::input::Input;
use crate::heap::mem::{Buf, Mem};
use crate::throw::Throw;

/// Why a chunk did not compile.
pub enum Failure {
    /// The text is not Lua (`LUA_ERRSYNTAX`): the whole message, position included.
    Syntax(Buf<u8>),
    /// The text exceeds a limit of the compiler (`LUA_ERRRUN`): the message, to which a position is added as in any
    /// runtime error.
    Limit(Buf<u8>),
    /// The reader raised, memory ran out, or nesting went too deep while an earlier overflow was being handled.
    Throw(Throw),
}

/// Compiles the text of one chunk.
///
/// `c_calls` is the number of nested C calls and unfinished parsers of the running thread; nesting in the source counts on from there.
///
/// May: raise, collect.
pub fn compile(mem: Mem, input: Input<'_>, chunk_name: ChunkName, c_calls: u32) -> Result<Draft, Failure> {
    state::Compiler::run(mem, input, chunk_name, c_calls)
}
