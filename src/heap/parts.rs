//! Parts of tables: arrays and nodes.
//!
//! They are freed one by one, by their owners. Small ones share blocks, one size class a block, which keep a list of free
//! cells each; every cell begins with a word that leads to its block.

use super::blocks::{Blocks, CLASS_OF, MAX_BLOCK, SIZES, obtain_or_less};
use super::mem::Mem;
use super::state::Global;
use crate::throw::{Result, Throw};
use core::cell::Cell;
use core::mem::size_of;
use core::ptr::{self, NonNull};

/// Largest part that shares a block, its word included: a hash part of eight nodes.
const MAX_SMALL: usize = 208;
const CLASSES: usize = CLASS_OF[MAX_SMALL / 8] as usize + 1;

/// Whether a part of this size shares a block with others.
#[inline(always)]
pub const fn is_small(size: usize) -> bool {
    size <= MAX_SMALL - PART_PREFIX
}

/// The beginning of a block for parts of tables.
#[repr(C)]
struct PartBlock {
    /// In the list of ready blocks of the class, or in the list of full ones.
    next: Cell<*mut PartBlock>,
    previous: Cell<*mut PartBlock>,
    /// Offset of the first free cell; 0 when there is none.
    free: Cell<u16>,
    /// Offset of the first cell that was never used; `size` when there is none, whatever is left there.
    fresh: Cell<u16>,
    live: Cell<u16>,
    size: u16,
}

const _: () = assert!(MAX_BLOCK <= u16::MAX as usize);

impl PartBlock {
    /// Whether every cell is in use. Such a block is in the list of full ones, or the first of its class.
    #[inline(always)]
    fn is_full(&self) -> bool {
        self.free.get() == 0 && self.fresh.get() == self.size
    }
}

/// What a cell begins with, and when it is free continues with.
#[repr(C)]
struct PartCell {
    /// Offset of the cell in its block.
    offset: u16,
    /// Offset of the next free cell.
    next: u16,
}

const PART_BLOCK_HEADER: usize = size_of::<PartBlock>();
const PART_PREFIX: usize = size_of::<usize>();

/// One size class of parts.
struct PartClass {
    ready: Cell<*mut PartBlock>,
    bytes: Cell<usize>,
}

/// The parts of the tables of one VM.
pub struct Parts {
    classes: [PartClass; CLASSES],
    full: Cell<*mut PartBlock>,
}

impl Parts {
    pub const fn new() -> Parts {
        Parts {
            classes: [const { PartClass { ready: Cell::new(ptr::null_mut()), bytes: Cell::new(0) } }; CLASSES],
            full: Cell::new(ptr::null_mut()),
        }
    }

    /// A block for a part of an object (array, nodes), given back with `free_buffer`.
    ///
    /// May: raise (memory), collect (emergency only).
    #[inline]
    pub fn allocate(&self, g: &Global, blocks: &Blocks, size: usize) -> Result<NonNull<u8>> {
        if !is_small(size) {
            let p = g.mem().obtain(size, 0)?;
            g.allocator.charge(size as isize);
            return Ok(p);
        }
        let index = CLASS_OF[(size + PART_PREFIX).div_ceil(8)] as usize;
        let class = &self.classes[index];
        loop {
            if let Some(block) = NonNull::new(class.ready.get()) {
                // SAFETY: listed blocks are live; free cells and offsets lie inside them.
                unsafe {
                    let block = block.as_ref();
                    let cell = SIZES[index] as usize;
                    let base = ptr::from_ref(block).cast_mut().cast::<u8>();
                    let free = block.free.get();
                    let p = if free != 0 {
                        let p = base.add(free as usize);
                        block.free.set((*p.cast::<PartCell>()).next);
                        p
                    } else if block.fresh.get() < block.size {
                        let offset = block.fresh.get();
                        let next = offset as usize + cell;
                        block.fresh.set(if next + cell <= block.size as usize { next as u16 } else { block.size });
                        let p = base.add(offset as usize);
                        p.cast::<PartCell>().write(PartCell { offset, next: 0 });
                        p
                    } else {
                        self.set_full(block, class);
                        continue;
                    };
                    block.live.set(block.live.get() + 1);
                    g.allocator.charge(cell as isize);
                    return Ok(NonNull::new_unchecked(p.add(PART_PREFIX)));
                }
            }
            self.grow(g.mem(), blocks, index)?;
        }
    }

    /// # Safety
    /// `p` came from `allocate` with this size and is not used any more.
    #[inline]
    pub unsafe fn free(&self, g: &Global, blocks: &Blocks, p: NonNull<u8>, size: usize) {
        if !is_small(size) {
            g.allocator.charge(-(size as isize));
            // SAFETY: the caller's.
            return unsafe { g.mem().give_back(p, size) };
        }
        // SAFETY: such parts are cells, which begin with their offset in a live block.
        unsafe {
            let cell = p.sub(PART_PREFIX).cast::<PartCell>();
            let offset = cell.as_ref().offset;
            let block = &*cell.cast::<u8>().sub(offset as usize).cast::<PartBlock>().as_ptr();
            let index = CLASS_OF[(size + PART_PREFIX).div_ceil(8)] as usize;
            let class = &self.classes[index];
            g.allocator.charge(-(SIZES[index] as isize));
            let was_full = block.is_full();
            (*cell.as_ptr()).next = block.free.replace(offset);
            block.live.set(block.live.get() - 1);
            if was_full && class.ready.get().cast_const() != ptr::from_ref(block) {
                self.set_ready(block, class);
            }
            if block.live.get() == 0 {
                self.emptied(g.mem(), blocks, block, class);
            }
        }
    }

    #[cold]
    #[inline(never)]
    fn grow(&self, mem: Mem, blocks: &Blocks, index: usize) -> Result {
        let class = &self.classes[index];
        let cell = SIZES[index] as usize;
        let wanted = blocks.block_size(class.bytes.get());
        let size_for = |cells: usize| PART_BLOCK_HEADER + cells.max(1) * cell;
        let most = size_for((wanted - PART_BLOCK_HEADER) / cell);
        let find = || blocks.take_spare(wanted).or_else(|| obtain_or_less(mem, most, size_for(1)));
        let (p, size) = match find() {
            Some(found) => found,
            None => {
                mem.collect_all();
                if !class.ready.get().is_null() {
                    return Ok(());
                }
                find().ok_or(Throw::Memory)?
            }
        };
        let block = p.cast::<PartBlock>();
        // SAFETY: a fresh block of `size` bytes.
        unsafe {
            block.write(PartBlock {
                next: Cell::new(ptr::null_mut()),
                previous: Cell::new(ptr::null_mut()),
                free: Cell::new(0),
                fresh: Cell::new(PART_BLOCK_HEADER as u16),
                live: Cell::new(0),
                size: size as u16,
            });
            Self::link(block.as_ref(), &class.ready);
        }
        blocks.add(size, &class.bytes);
        Ok(())
    }

    /// # Safety
    /// `block` is live and in no list; the list holds live blocks.
    unsafe fn link(block: &PartBlock, list: &Cell<*mut PartBlock>) {
        let this = ptr::from_ref(block).cast_mut();
        let next = list.replace(this);
        block.next.set(next);
        block.previous.set(ptr::null_mut());
        if !next.is_null() {
            // SAFETY: the caller's.
            unsafe { (*next).previous.set(this) };
        }
    }

    /// # Safety
    /// `block` is in this list.
    unsafe fn unlink(block: &PartBlock, list: &Cell<*mut PartBlock>) {
        let (next, previous) = (block.next.get(), block.previous.get());
        // SAFETY: neighbours of a listed block are live.
        unsafe {
            if !next.is_null() {
                (*next).previous.set(previous);
            }
            if previous.is_null() { list.set(next) } else { (*previous).next.set(next) }
        }
    }

    #[cold]
    fn set_full(&self, block: &PartBlock, class: &PartClass) {
        // SAFETY: a block that is not full is in the list of its class.
        unsafe {
            Self::unlink(block, &class.ready);
            Self::link(block, &self.full);
        }
    }

    #[cold]
    fn set_ready(&self, block: &PartBlock, class: &PartClass) {
        // SAFETY: full blocks are in that list.
        unsafe {
            Self::unlink(block, &self.full);
            // Behind the one that is in use, which is filled first.
            match class.ready.get().as_ref() {
                None => Self::link(block, &class.ready),
                Some(first) => {
                    let this = ptr::from_ref(block).cast_mut();
                    let next = first.next.replace(this);
                    block.next.set(next);
                    block.previous.set(class.ready.get());
                    if !next.is_null() {
                        (*next).previous.set(this);
                    }
                }
            }
        }
    }

    /// The last cell of a block was freed: the block goes back, unless it is the one in use.
    #[cold]
    fn emptied(&self, mem: Mem, blocks: &Blocks, block: &PartBlock, class: &PartClass) {
        if class.ready.get().cast_const() == ptr::from_ref(block) {
            // Start over, in address order.
            block.free.set(0);
            block.fresh.set(PART_BLOCK_HEADER as u16);
        } else {
            Self::give_back(mem, blocks, block, class);
        }
    }

    fn give_back(mem: Mem, blocks: &Blocks, block: &PartBlock, class: &PartClass) {
        // SAFETY: the block is not full, so it is in the list of its class.
        unsafe { Self::unlink(block, &class.ready) };
        blocks.discard(mem, NonNull::from(block).cast(), block.size as usize, &class.bytes);
    }

    /// Gives back blocks for parts of tables that hold nothing; at the end of every collection.
    pub fn trim(&self, mem: Mem, blocks: &Blocks) {
        for class in &self.classes {
            // SAFETY: listed blocks are live. Only the one in use may be empty: the first.
            if let Some(b) = unsafe { class.ready.get().as_ref() }
                && b.live.get() == 0
            {
                Self::give_back(mem, blocks, b, class);
            }
        }
    }

    /// Frees all blocks, whatever they hold.
    pub fn free_all(&self, mem: Mem) {
        for list in self.classes.iter().map(|c| &c.ready).chain([&self.full]) {
            while let Some(b) = NonNull::new(list.get()) {
                // SAFETY: listed blocks are live until given back here.
                unsafe {
                    list.set(b.as_ref().next.get());
                    mem.give_back(b.cast(), b.as_ref().size as usize);
                }
            }
        }
    }

    /// For tests: bytes in use, and of all blocks.
    #[cfg(any(test, debug_assertions, feature = "gc-verify"))]
    pub fn count(&self) -> (usize, usize) {
        let (mut used, mut bytes) = (0, 0);
        for (i, list) in self.classes.iter().map(|c| &c.ready).chain([&self.full]).enumerate() {
            let mut next = list.get();
            // SAFETY: listed blocks are live.
            while let Some(b) = unsafe { next.as_ref() } {
                next = b.next.get();
                let live = b.live.get() as usize;
                let cell = SIZES[..CLASSES].iter().map(|s| *s as usize).rfind(|cell| match i {
                    // A block of the full list holds as many as there is room for, with less than one left over.
                    CLASSES => PART_BLOCK_HEADER + live * cell <= b.size as usize,
                    i => SIZES[i] as usize == *cell,
                });
                assert!(i < CLASSES || b.is_full(), "a block of the full list has room");
                used += live * cell.expect("cells of some class");
                bytes += b.size as usize;
            }
        }
        (used, bytes)
    }
}

impl Default for Parts {
    fn default() -> Self {
        Self::new()
    }
}
