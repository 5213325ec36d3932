//! For unit tests: a host that counts the memory it gives, and refuses when it is told to.

use super::mem::{Allocator, Mem};
use core::cell::{Cell, RefCell};
use core::ffi::c_void;
use core::ptr;
use std::collections::HashMap;

/// What an allocation function is given as its `ud`. It outlives the states and allocators that use it.
#[derive(Default)]
pub struct Host {
    /// Sizes by address.
    blocks: RefCell<HashMap<usize, usize>>,
    bytes: Cell<usize>,
    /// How many more requests for memory succeed; all without a number.
    pub fail_after: Cell<Option<usize>>,
    /// Whether only one request fails then.
    pub fail_once: Cell<bool>,
    /// The most bytes that it gives at a time; no limit without a number.
    pub limit: Cell<Option<usize>>,
}

impl Host {
    pub fn ud(&self) -> *mut c_void {
        ptr::from_ref(self).cast_mut().cast()
    }

    /// Panics unless every block has come back.
    #[track_caller]
    pub fn assert_empty(&self) {
        assert_eq!((self.blocks.borrow().len(), self.bytes.get()), (0, 0), "blocks and bytes that did not come back");
    }

    /// Whether a request is refused by which `more` bytes are added.
    fn refuses(&self, more: usize) -> bool {
        if self.limit.get().is_some_and(|limit| self.bytes.get() + more > limit) {
            return true;
        }
        match self.fail_after.get() {
            None => false,
            Some(0) => {
                if self.fail_once.get() {
                    self.fail_after.set(None);
                }
                true
            }
            Some(n) => {
                self.fail_after.set(Some(n - 1));
                false
            }
        }
    }
}

/// The allocation function of a `Host`. Fresh memory is filled with 0xAA, freed memory with 0xDD; every change of size moves
/// the block.
///
/// # Safety
/// `ud` is from `Host::ud`; otherwise the protocol of `lua_Alloc`.
pub unsafe extern "C" fn allocate(ud: *mut c_void, p: *mut c_void, osize: usize, nsize: usize) -> *mut c_void {
    // SAFETY: the caller's.
    let host = unsafe { &*ud.cast::<Host>() };
    let old = if p.is_null() { 0 } else { osize };
    if !p.is_null() {
        assert_eq!(host.blocks.borrow().get(&(p as usize)), Some(&osize), "a block comes back with its size");
    }
    if nsize > old && host.refuses(nsize - old) {
        return ptr::null_mut();
    }
    let mut new = ptr::null_mut();
    // SAFETY: blocks come from `malloc`, with the sizes that are noted.
    unsafe {
        if nsize > 0 {
            new = libc::malloc(nsize);
            assert!(!new.is_null(), "the machine has memory");
            libc::memset(new, 0xAA, nsize);
            ptr::copy_nonoverlapping(p.cast::<u8>(), new.cast::<u8>(), old.min(nsize));
            host.blocks.borrow_mut().insert(new as usize, nsize);
        }
        if !p.is_null() {
            host.blocks.borrow_mut().remove(&(p as usize));
            libc::memset(p, 0xDD, osize);
            libc::free(p);
        }
    }
    host.bytes.set(host.bytes.get() + nsize - old);
    new
}

/// Runs a test with the memory of a host, all of which must be given back.
pub fn with_mem<T>(host: &Host, test: impl FnOnce(Mem) -> T) -> T {
    let allocator = Allocator::new(allocate, host.ud());
    let result = test(Mem::new(&allocator));
    assert_eq!(allocator.held(), 0, "blocks not given back");
    assert_eq!(allocator.debt(), 0, "charges not taken back");
    host.assert_empty();
    result
}
