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
    compile_named(mem, source, b"=test")
}

/// Many functions in a chunk with a name of megabytes, as the name of a chunk that was loaded without one is its whole text.
pub fn many_functions_with_a_long_name(mem: Mem) -> Draft {
    compile_named(mem, &"f(function() end) ".repeat(10_000), &vec![b'x'; 8 << 20])
}

fn compile_named(mem: Mem, source: &str, name: &[u8]) -> Draft {
    match compiler::compile(mem, Input::new(&mut source.as_bytes()), name.into(), 0) {
        Ok(draft) => draft,
        Err(compiler::Failure::Syntax(message) | compiler::Failure::Limit(message)) => {
            panic!("{}", String::from_utf8_lossy(&message))
        }
        Err(compiler::Failure::Throw(throw)) => panic!("{throw:?}"),
    }
}
