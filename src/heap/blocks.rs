//! Blocks from the host for many small cells each: their sizes, and the empty ones that are kept.

use super::mem::Mem;
use core::cell::Cell;
use core::ptr::{self, NonNull};

/// Sizes of cells, in bytes. From 64 on, and for even multiples of 8 below, cells are aligned to 16 bytes.
pub const SIZES: [u16; 17] = [16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 208, 256, 320, 400, 512];
pub const CLASSES: usize = SIZES.len();
/// Largest object that shares a block.
pub const MAX_SMALL: usize = 512;

/// Class by size in words of 8 bytes, rounded up.
pub const CLASS_OF: [u8; MAX_SMALL / 8 + 1] = {
    let mut table = [0u8; MAX_SMALL / 8 + 1];
    let mut words = 0;
    let mut class = 0;
    while words <= MAX_SMALL / 8 {
        if words * 8 > SIZES[class] as usize {
            class += 1;
        }
        table[words] = class as u8;
        words += 1;
    }
    table
};

/// Smallest and largest blocks, in bytes. The first blocks of a VM are small; later ones grow with it.
const MIN_BLOCK: usize = 160;
pub const MAX_BLOCK: usize = 32 * 1024 - 64;
/// A class of fewer bytes is small, and its blocks are no larger than the second number.
const SMALL_CLASS: usize = 16 * 1024;
const MAX_SMALL_BLOCK: usize = 640;

/// An empty block of the largest size that waits for a class.
#[repr(C)]
struct Spare {
    next: *mut Spare,
    size: usize,
}

/// A block of `size` bytes, or when memory is short of `less`. Does not collect.
pub fn obtain_or_less(mem: Mem, size: usize, less: usize) -> Option<(NonNull<u8>, usize)> {
    match mem.try_obtain(size, 0) {
        Some(p) => Some((p, size)),
        None if less < size => Some((mem.try_obtain(less, 0)?, less)),
        None => None,
    }
}

/// What the classes of a VM share.
pub struct Blocks {
    spare: Cell<*mut Spare>,
    spare_bytes: Cell<usize>,
    /// How many bytes of spare blocks may be kept.
    pub spare_limit: Cell<usize>,
    /// Bytes of all blocks that are not spare.
    bytes: Cell<usize>,
}

impl Blocks {
    pub const fn new() -> Blocks {
        Blocks { spare: Cell::new(ptr::null_mut()), spare_bytes: Cell::new(0), spare_limit: Cell::new(0), bytes: Cell::new(0) }
    }

    /// How large the next block should be of a class that has so many bytes. A large class grows by a quarter, so that little is held that
    /// is not in use. Small classes grow by half, but by less than 1 KB, so that a script which watches `collectgarbage("count")` sees one
    /// new object as less than that.
    pub fn block_size(&self, class_bytes: usize) -> usize {
        let quarter = if class_bytes < SMALL_CLASS { (class_bytes / 2).min(MAX_SMALL_BLOCK) } else { class_bytes / 4 };
        quarter.max(self.bytes.get() / 1024).clamp(MIN_BLOCK, MAX_BLOCK)
    }

    /// Counts a block as part of a class.
    pub fn add(&self, size: usize, class_bytes: &Cell<usize>) {
        class_bytes.set(class_bytes.get() + size);
        self.bytes.set(self.bytes.get() + size);
    }

    /// Bytes of spare blocks.
    pub fn spare_bytes(&self) -> usize {
        self.spare_bytes.get()
    }

    /// A spare block, for a class that wants large ones.
    pub fn take_spare(&self, wanted: usize) -> Option<(NonNull<u8>, usize)> {
        if wanted < MAX_BLOCK / 2 {
            return None;
        }
        let b = NonNull::new(self.spare.get())?;
        // SAFETY: spare blocks are live.
        let Spare { next, size } = unsafe { b.read() };
        self.spare.set(next);
        self.spare_bytes.set(self.spare_bytes.get() - size);
        Some((b.cast(), size))
    }

    /// Takes an empty block that is in no list: it becomes spare or goes back.
    pub fn discard(&self, mem: Mem, block: NonNull<u8>, size: usize, class_bytes: &Cell<usize>) {
        class_bytes.set(class_bytes.get() - size);
        self.bytes.set(self.bytes.get() - size);
        // SAFETY: the block was obtained with this size and nobody uses it.
        unsafe {
            if size >= MAX_BLOCK / 2 && self.spare_bytes.get() + size <= self.spare_limit.get() {
                block.cast().write(Spare { next: self.spare.get(), size });
                self.spare.set(block.cast().as_ptr());
                self.spare_bytes.set(self.spare_bytes.get() + size);
            } else {
                mem.give_back(block, size);
            }
        }
    }

    /// Gives the spare blocks back.
    pub fn free_spare(&self, mem: Mem) {
        while let Some(b) = NonNull::new(self.spare.get()) {
            // SAFETY: spare blocks are live until given back here, with the size they were obtained with.
            unsafe {
                let Spare { next, size } = b.read();
                self.spare.set(next);
                self.spare_bytes.set(self.spare_bytes.get() - size);
                mem.give_back(b.cast(), size);
            }
        }
    }
}

impl Default for Blocks {
    fn default() -> Self {
        Self::new()
    }
}
