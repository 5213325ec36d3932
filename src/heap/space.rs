//! Where objects lie, and how the collector walks over them.

use super::mem::Mem;
use super::object::{Gc, Header};
use super::state::Global;
use crate::throw::Result;
use crate::value::Tag;
use core::cell::Cell;
use core::ptr::{self, NonNull};

/// What lies before an object that has a block of its own.
#[repr(C, align(16))]
struct Prefix {
    next: *mut Prefix,
    size: usize,
    _reserved: usize,
    /// For threads: the host's extra space (`lua_getextraspace`), directly before the object.
    extra: *mut u8,
}

/// The objects of one VM.
pub struct Space {
    first: Cell<*mut Prefix>,
}

impl Space {
    pub const fn new() -> Space {
        Space { first: Cell::new(ptr::null_mut()) }
    }

    /// Room for an object of `size` bytes, aligned to 16 bytes and already part of the heap: the caller must write a
    /// valid header before the next allocation.
    ///
    /// May: raise (memory), collect (emergency only).
    #[inline]
    pub fn allocate(&self, g: &Global, size: usize, tag: Tag) -> Result<NonNull<u8>> {
        let whole = size + size_of::<Prefix>();
        let p = g.mem().obtain(whole, tag.base() as usize)?.cast::<Prefix>();
        g.allocator.charge(whole as isize);
        // SAFETY: a fresh block with room for prefix and object.
        unsafe {
            p.as_ptr().write(Prefix { next: self.first.get(), size: whole, _reserved: 0, extra: ptr::null_mut() });
            self.first.set(p.as_ptr());
            Ok(p.add(1).cast())
        }
    }

    /// A block for a part of an object (array, nodes), given back with `free_buffer`.
    ///
    /// May: raise (memory), collect (emergency only).
    #[inline]
    pub fn allocate_buffer(&self, g: &Global, size: usize) -> Result<NonNull<u8>> {
        let p = g.mem().obtain(size, 0)?;
        g.allocator.charge(size as isize);
        Ok(p)
    }

    /// # Safety
    /// `p` came from `allocate_buffer` with this size and is not used any more.
    #[inline]
    pub unsafe fn free_buffer(&self, g: &Global, p: NonNull<u8>, size: usize) {
        g.allocator.charge(-(size as isize));
        // SAFETY: the caller's.
        unsafe { g.mem().give_back(p, size) };
    }

    /// Frees every object block; the parts of the objects must be gone (`visit` frees them first).
    pub fn free_all(&self, mem: Mem, visit: impl Fn(Gc<Header>)) {
        let mut p = self.first.replace(ptr::null_mut());
        while let Some(block) = NonNull::new(p) {
            // SAFETY: blocks of the list are live until freed here.
            unsafe {
                visit(Gc::from_ptr(block.add(1).cast()));
                p = block.as_ref().next;
                mem.give_back(block.cast(), block.as_ref().size);
            }
        }
    }
}
