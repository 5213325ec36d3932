//! Memory on the native stack, for work that is over when its function returns: a chunk that is being loaded.
//!
//! A small chunk wants a dozen small blocks for as long as it takes to load. `with_scratch` hands out an allocator of its own for them, which cuts
//! blocks from a piece of the native stack, one behind the other; when that is full, they come from the VM as ever, counted and charged there.

use super::mem::{Allocator, Mem};
use core::cell::{Cell, UnsafeCell};
use core::ffi::c_void;
use core::mem::MaybeUninit;
use core::ptr;

/// Bytes on the native stack. Readers of chunks may load chunks, so it may be there as often as calls of C can nest.
pub const SIZE: usize = 2048;

/// Of all blocks. (A multiple of every alignment a `Buf` may have.)
const ALIGNMENT: usize = 16;

#[repr(C, align(16))]
struct Scratch {
    bytes: UnsafeCell<[MaybeUninit<u8>; SIZE]>,
    allocator: Allocator,
    /// Where the free bytes begin.
    used: Cell<usize>,
    /// Where blocks come from that there is no room for.
    parent: Mem,
}

/// Calls `work` with scratch memory in front of `mem`.
///
/// # Safety
/// Nothing that has memory from it is left when `work` returns, in what it returns or elsewhere.
#[inline(always)]
pub unsafe fn with_scratch<T>(mem: Mem, work: impl FnOnce(Mem) -> T) -> T {
    let scratch = Scratch {
        bytes: UnsafeCell::new([MaybeUninit::uninit(); SIZE]),
        allocator: Allocator::new(allocate, ptr::null_mut()),
        used: Cell::new(0),
        parent: mem,
    };
    // From here on it stays where it is.
    scratch.allocator.set_function(allocate, (&raw const scratch).cast_mut().cast());
    scratch.allocator.set_emergency(Some(collect_all));
    work(Mem::new(&scratch.allocator))
}

/// The allocation function of scratch memory.
///
/// # Safety
/// `ud` is a `Scratch` that stays where it is; otherwise the protocol of `lua_Alloc`.
unsafe extern "C" fn allocate(ud: *mut c_void, block: *mut c_void, osize: usize, nsize: usize) -> *mut c_void {
    // SAFETY: the caller's. Of what can change there are only cells.
    let scratch = unsafe { &*ud.cast::<Scratch>() };
    let block = block.cast::<u8>();
    match scratch.offset(block) {
        // SAFETY: a block of ours with this size.
        Some(offset) => unsafe { scratch.resize(offset, osize, nsize) },
        None if block.is_null() => match scratch.take(nsize) {
            Some(p) => p,
            // SAFETY: no old block.
            None => unsafe { scratch.ask(block, osize, nsize) },
        },
        // SAFETY: no block of ours, so one of the parent's.
        None => unsafe { scratch.ask(block, osize, nsize) },
    }
    .cast()
}

/// # Safety
/// The allocator is that of a `Scratch` that stays where it is.
unsafe fn collect_all(allocator: &Allocator) {
    // SAFETY: the caller's.
    unsafe { &*allocator.function().1.cast::<Scratch>() }.parent.collect_all();
}

impl Scratch {
    fn start(&self) -> *mut u8 {
        self.bytes.get().cast()
    }

    /// Where a block lies in the scratch memory, if it does.
    fn offset(&self, block: *mut u8) -> Option<usize> {
        let offset = block.addr().wrapping_sub(self.start().addr());
        (offset < SIZE).then_some(offset)
    }

    /// A block of our own, if there is room.
    fn take(&self, size: usize) -> Option<*mut u8> {
        let used = self.used.get();
        if size > SIZE - used {
            return None;
        }
        self.used.set(used + size.next_multiple_of(ALIGNMENT));
        // SAFETY: inside.
        Some(unsafe { self.start().add(used) })
    }

    /// Gives another size to a block of ours, 0 to free it. Only the last one's room serves others again.
    ///
    /// # Safety
    /// There is one, of this size.
    unsafe fn resize(&self, offset: usize, osize: usize, nsize: usize) -> *mut u8 {
        // SAFETY: inside.
        let block = unsafe { self.start().add(offset) };
        let is_last = offset + osize.next_multiple_of(ALIGNMENT) == self.used.get();
        if nsize == 0 {
            if is_last {
                self.used.set(offset);
            }
            return ptr::null_mut();
        }
        if nsize <= osize {
            return block;
        }
        if is_last && nsize <= SIZE - offset {
            self.used.set(offset + nsize.next_multiple_of(ALIGNMENT));
            return block;
        }
        // SAFETY: no old block; then two blocks, the new one larger.
        unsafe {
            let new = self.take(nsize).unwrap_or_else(|| self.ask(ptr::null_mut(), 0, nsize));
            if !new.is_null() {
                new.copy_from_nonoverlapping(block, osize);
            }
            new
        }
    }

    /// Asks the parent once.
    ///
    /// # Safety
    /// As of `Allocator::ask`.
    #[cold]
    unsafe fn ask(&self, block: *mut u8, osize: usize, nsize: usize) -> *mut u8 {
        let parent = self.parent.allocator();
        // SAFETY: the caller's.
        let new = unsafe { parent.ask(block, osize, nsize) };
        if nsize == 0 || !new.is_null() {
            let old = if block.is_null() { 0 } else { osize };
            parent.charge(nsize as isize - old as isize);
        }
        new
    }
}

const _: () = assert!(SIZE.is_multiple_of(ALIGNMENT) && align_of::<Scratch>() == ALIGNMENT);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::heap::mem::Buf;
    use crate::heap::testing::{Host, with_mem};
    use crate::throw::Throw;

    fn scratched<T>(mem: Mem, work: impl FnOnce(Mem) -> T) -> T {
        // SAFETY: what tests return has settled elsewhere.
        unsafe { with_scratch(mem, work) }
    }

    #[test]
    fn blocks_lie_in_the_scratch_memory_until_it_is_full() {
        let host = Host::default();
        with_mem(&host, |mem| {
            scratched(mem, |scratch| {
                let mut lists: Vec<Buf<u64>> = (0..10).map(|_| Buf::new(scratch)).collect();
                for i in 0..4 {
                    lists.iter_mut().for_each(|list| list.push(i).unwrap());
                }
                assert_eq!(mem.allocator().held(), 0);
                for i in 4..100 {
                    lists.iter_mut().for_each(|list| list.push(i).unwrap());
                }
                assert!(mem.allocator().held() >= 10 * 100 * size_of::<u64>() - SIZE);
                assert_eq!(mem.allocator().debt(), mem.allocator().held() as isize);
                assert!(lists.iter().all(|list| list.iter().copied().eq(0..100)));
                let last = lists.pop().unwrap();
                let (len, list) = (lists[0].len(), &mut lists[0]);
                // SAFETY: the scratch memory is in front of it.
                unsafe { list.settle(mem) }.unwrap();
                assert_eq!((list.len(), list.capacity()), (len, len));
                drop(last);
            });
        });
    }

    #[test]
    fn the_last_block_grows_where_it_is_and_leaves_its_room() {
        let host = Host::default();
        with_mem(&host, |mem| {
            scratched(mem, |scratch| {
                for _ in 0..10 {
                    let mut list: Buf<u8> = Buf::new(scratch);
                    for i in 0..SIZE {
                        list.push(i as u8).unwrap();
                    }
                    assert!(list.iter().enumerate().all(|(i, byte)| *byte == i as u8));
                    assert_eq!(mem.allocator().held(), 0);
                }
            });
        });
    }

    #[test]
    fn what_is_to_stay_leaves_the_scratch_memory() {
        let host = Host::default();
        with_mem(&host, |mem| {
            for len in [0, 5, SIZE, 2 * SIZE] {
                let kept = scratched(mem, |scratch| {
                    let mut list: Buf<u8> = Buf::new(scratch);
                    list.push(1).unwrap();
                    (1..len).for_each(|_| list.push(2).unwrap());
                    // SAFETY: the scratch memory is in front of it.
                    unsafe { list.settle(mem) }.unwrap();
                    list
                });
                assert_eq!(kept.len(), kept.capacity());
                assert!(kept.iter().copied().eq(core::iter::once(1).chain(core::iter::repeat_n(2, len.max(1) - 1))));
                assert_eq!(mem.allocator().debt(), kept.len() as isize);
            }
        });
    }

    #[test]
    fn a_refusal_is_an_error() {
        let host = Host::default();
        with_mem(&host, |mem| {
            host.fail_after.set(Some(0));
            scratched(mem, |scratch| {
                let mut list: Buf<u8> = Buf::new(scratch);
                assert_eq!(list.extend(&[1; SIZE]), Ok(()));
                assert_eq!(list.push(2), Err(Throw::Memory));
                assert_eq!(list.len(), SIZE);
            });
        });
    }
}
