//! For unit tests of chunks: memory, and chunks made by hand.

use super::draft::Draft;
use super::input::Input;
use crate::compiler;
use crate::heap::mem::{Allocator, Mem};
use core::ffi::c_void;
use core::ptr;

/// Most bytes that a test may hold at a time.
const LIMIT: usize = 64 << 20;

unsafe extern "C" fn allocate(ud: *mut c_void, p: *mut c_void, osize: usize, nsize: usize) -> *mut c_void {
    let held = ud.cast::<usize>();
    let old = if p.is_null() { 0 } else { osize };
    // SAFETY: `ud` is the counter of `with_mem`; blocks come from `realloc`.
    unsafe {
        if *held - old + nsize > LIMIT {
            return ptr::null_mut();
        }
        *held = *held - old + nsize;
        if nsize == 0 {
            libc::free(p);
            return ptr::null_mut();
        }
        libc::realloc(p, nsize)
    }
}

/// Runs a test with memory that is limited and must all be given back.
pub fn with_mem(test: impl FnOnce(Mem)) {
    let mut held = 0usize;
    let allocator = Allocator::new(allocate, (&raw mut held).cast());
    test(Mem::new(&allocator));
    assert_eq!(allocator.held(), 0, "blocks not given back");
    assert_eq!(allocator.debt(), 0, "charges not taken back");
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
