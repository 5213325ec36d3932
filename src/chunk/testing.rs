//! For unit tests of chunks: memory, and chunks made by hand.

use super::draft::Draft;
use super::input::Input;
use crate::compiler;
use crate::heap::mem::Mem;
use crate::heap::testing::{self, Host};

/// Most bytes that a test may hold at a time.
const LIMIT: usize = 64 << 20;

/// Runs a test with memory that is limited and must all be given back.
pub fn with_mem(test: impl FnOnce(Mem)) {
    let host = Host::default();
    host.limit.set(Some(LIMIT));
    testing::with_mem(&host, test)
}

/// A chunk of source text that must compile.
pub fn compile(mem: Mem, source: &str) -> Draft {
    match compiler::compile(mem, Input::new(&mut source.as_bytes()), b"=test", 0) {
        Ok(draft) => draft,
        Err(compiler::Failure::Syntax(message) | compiler::Failure::Limit(message)) => {
            panic!("{}", String::from_utf8_lossy(&message))
        }
        Err(compiler::Failure::Throw(throw)) => panic!("{throw:?}"),
    }
}
