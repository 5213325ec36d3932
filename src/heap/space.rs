//! Where objects and the parts of tables lie.
//!
//! Small objects share blocks, one size class a block. A block holds objects and *runs* of free cells; a class allocates
//! by moving a cursor through one run after the other, so that allocation is an addition and a comparison, fresh memory is
//! never touched before it is used, and neighbours in time are neighbours in memory. The sweep walks a block in address
//! order, frees the dead and writes the runs anew; a block without objects goes back to the host, or waits among the spare
//! blocks for any class to use it.
//!
//! Parts of tables lie apart (`parts`).
//! What is too large for a class, and every thread, has a block of its own.
//!
//! Contract:
//! * S1 A cell of a block is either an object with a valid header or lies in a run. The first cell of a run describes it
//!   (tag 0, length, next run of the block); the others hold anything.
//! * S2 The run of a class that the cursor is in has no description: `flush` writes it before anybody walks the block.
//! * S3 A block whose runs are not all taken is listed as ready in its class, but for blocks that a sweep has still to visit. What is left
//!   of a current run may still be taken there.
//! * S4 In generational mode, a block that may hold objects which are not old is in the list of young blocks, or among the old ones with a flag
//!   if it was filled again since the last collection (`reused`).
//! * S5 Between `allocate` and the next allocation the caller makes the cell a valid object.

use super::blocks::{Blocks, CLASS_OF, CLASSES, MAX_BLOCK, MAX_SMALL, SIZES, obtain_or_less};
use super::mem::{Mem, ShortPointer};
use super::object::{Gc, Header};
use super::parts::{self, Parts};
use super::state::{EXTRA_SPACE, Global};
use crate::throw::{Result, Throw};
use crate::value::Tag;
use core::cell::Cell;
use core::mem::size_of;
use core::ptr::{self, NonNull};

/// Most bytes a class takes at a time, so that the collector is told of allocations in small portions.
const MAX_PORTION: usize = 4096;

/// Bits of `Block::flags` and `Prefix::flags`, for the collector.
pub mod block_flags {
    /// There may be objects that are not old.
    pub const YOUNG: u8 = 1;
    /// There may be objects of age `OLD1`.
    pub const OLD1: u8 = 2;
}

/// The beginning of a block for small objects. It is short, as a small VM has many small blocks: its lists have no links back, so blocks leave them at
/// the front, or when a whole list is looked through; and offsets within a block are counted in words.
#[repr(C)]
struct Block {
    /// Next among the old, young or unswept blocks of the VM.
    place: ShortPointer<Block>,
    /// Next among the ready blocks of the class.
    ready: ShortPointer<Block>,
    /// From the lowest bit up: distance from here to the first run in words of 8 bytes, 0 when there is none; words obtained from the host; the class;
    /// `block_flags`.
    shape: Cell<u32>,
}

const WORD: usize = 8;
/// Bits of `Block::shape` for a number of words, for the class, and for flags.
const WORD_BITS: u32 = 12;
const CLASS_BITS: u32 = 5;
const FLAG_BITS: u32 = u32::BITS - 2 * WORD_BITS - CLASS_BITS;

const _: () = assert!(
    MAX_BLOCK / WORD < 1 << WORD_BITS
        && CLASSES <= 1 << CLASS_BITS
        && block_flags::YOUNG < 1 << FLAG_BITS
        && block_flags::OLD1 < 1 << FLAG_BITS
);

impl Block {
    fn new(size: usize, class: usize) -> Block {
        debug_assert!(size.is_multiple_of(WORD));
        let shape = (size / WORD) as u32 | (class as u32) << WORD_BITS;
        Block { place: ShortPointer::null(), ready: ShortPointer::null(), shape: Cell::new(shape << WORD_BITS) }
    }

    /// Bytes obtained from the host.
    #[inline(always)]
    fn size(&self) -> usize {
        (self.shape.get() >> WORD_BITS) as usize % (1 << WORD_BITS) * WORD
    }

    #[inline(always)]
    fn class(&self) -> usize {
        (self.shape.get() >> (2 * WORD_BITS)) as usize % (1 << CLASS_BITS)
    }

    #[inline(always)]
    fn flags(&self) -> u8 {
        (self.shape.get() >> (u32::BITS - FLAG_BITS)) as u8
    }

    #[inline(always)]
    fn set_flags(&self, flags: u8) {
        let others = self.shape.get() & (u32::MAX >> FLAG_BITS);
        self.shape.set(others | u32::from(flags) << (u32::BITS - FLAG_BITS));
    }

    /// Size of a cell.
    #[inline(always)]
    fn cell(&self) -> usize {
        SIZES[self.class()] as usize
    }

    fn first_run(&self) -> *mut Run {
        match self.shape.get() as usize % (1 << WORD_BITS) * WORD {
            0 => ptr::null_mut(),
            // SAFETY: within the block.
            offset => unsafe { ptr::from_ref(self).cast_mut().byte_add(offset).cast() },
        }
    }

    fn set_first_run(&self, run: *mut Run) {
        let words = if run.is_null() { 0 } else { (run as usize - ptr::from_ref(self) as usize) / WORD };
        let others = self.shape.get() >> WORD_BITS << WORD_BITS;
        self.shape.set(others | words as u32);
    }
}

/// Selects one of the two links of a block.
type Link = fn(&Block) -> &ShortPointer<Block>;
const PLACE: Link = |b| &b.place;
const READY: Link = |b| &b.ready;

/// The head of a list of blocks.
struct List(Cell<*mut Block>);

impl List {
    const fn new() -> List {
        List(Cell::new(ptr::null_mut()))
    }

    fn first(&self) -> Option<NonNull<Block>> {
        NonNull::new(self.0.get())
    }

    /// Puts a block that is in no such list first.
    fn push(&self, block: NonNull<Block>, link: Link) {
        // SAFETY: the caller's block is live.
        link(unsafe { block.as_ref() }).set(self.0.replace(block.as_ptr()));
    }

    /// Takes the first block out.
    fn pop(&self, link: Link) -> Option<NonNull<Block>> {
        let block = self.first()?;
        // SAFETY: listed blocks are live.
        self.0.set(link(unsafe { block.as_ref() }).get());
        Some(block)
    }

    /// Moves all blocks of another list here, where there are none.
    fn take(&self, other: &List) {
        debug_assert!(self.0.get().is_null());
        self.0.set(other.0.replace(ptr::null_mut()));
    }

    /// Takes the blocks with flags out and gives them to `each`.
    fn take_flagged(&self, link: Link, mut each: impl FnMut(NonNull<Block>)) {
        // The last block so far that stays.
        let mut last: Option<&Block> = None;
        let mut next = self.first();
        while let Some(block) = next {
            // SAFETY: listed blocks are live.
            let b = unsafe { block.as_ref() };
            let behind = link(b).get();
            next = NonNull::new(behind);
            if b.flags() == 0 {
                last = Some(b);
                continue;
            }
            match last {
                None => self.0.set(behind),
                Some(last) => link(last).set(behind),
            }
            each(block);
        }
    }
}

const BLOCK_HEADER: usize = size_of::<Block>();
const _: () = assert!(BLOCK_HEADER == 16);

/// A row of free cells.
#[repr(C)]
struct Run {
    /// `Tag::NIL`: what tells it from an object.
    tag: Tag,
    /// Length in bytes.
    len: u32,
    next: *mut Run,
}

const _: () = assert!(size_of::<Run>() <= SIZES[0] as usize);

/// One size class of objects.
struct Class {
    cursor: Cell<*mut u8>,
    limit: Cell<*mut u8>,
    ready: List,
    /// Bytes of all its blocks.
    bytes: Cell<usize>,
}

/// What lies before an object that has a block of its own.
#[repr(C)]
pub struct Prefix {
    next: Cell<*mut Prefix>,
    /// Bytes obtained from the host.
    size: usize,
    /// Distance from the start of the host's block to the object.
    offset: u16,
    pub flags: Cell<u8>,
    /// For threads: the host's extra space (`lua_getextraspace`), directly before the object.
    extra: Cell<*mut u8>,
}

const PREFIX: usize = size_of::<Prefix>();
const _: () = assert!(PREFIX == 32 && EXTRA_SPACE == size_of::<*mut u8>());

impl Prefix {
    /// The object behind the prefix.
    pub fn object(&self) -> Gc<Header> {
        // SAFETY: a prefix always stands before its object.
        unsafe { Gc::from_ptr(NonNull::from(self).add(1).cast()) }
    }
}

/// The objects of one VM.
pub struct Space {
    classes: [Class; CLASSES],
    /// Blocks, and in generational mode those that hold only old objects.
    old: List,
    /// In generational mode: the other blocks.
    young: List,
    /// In generational mode: there are blocks among the old ones in which objects were allocated since the last collection.
    reused: Cell<bool>,
    /// Blocks that the sweep under way has still to visit.
    unswept: [List; 2],
    /// Large objects, and in generational mode those that are not old.
    large: Cell<*mut Prefix>,
    /// In generational mode: large objects that are old.
    large_old: Cell<*mut Prefix>,
    large_unswept: [Cell<*mut Prefix>; 2],
    parts: Parts,
    pub blocks: Blocks,
    /// Whether young and old blocks are told apart.
    pub generational: Cell<bool>,
}

/// What the sweep does with an object.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It stays.
    Keep,
    /// It stays and keeps its block (or itself, if large) among those with these `block_flags`.
    KeepWith(u8),
    /// It is freed; what belonged to it is gone already.
    Free,
}

#[inline(always)]
const fn round_up(n: usize, to: usize) -> usize {
    (n + to - 1) & !(to - 1)
}

/// Class for an object; alignment to 16 bytes for userdata.
#[inline(always)]
fn class_for(size: usize, tag: Tag) -> usize {
    let size = if tag.0 == Tag::USERDATA.0 { round_up(size, 16) } else { size };
    CLASS_OF[size.div_ceil(8)] as usize
}

impl Space {
    pub const fn new() -> Space {
        Space {
            classes: [const {
                Class {
                    cursor: Cell::new(ptr::null_mut()),
                    limit: Cell::new(ptr::null_mut()),
                    ready: List::new(),
                    bytes: Cell::new(0),
                }
            }; CLASSES],
            old: List::new(),
            young: List::new(),
            reused: Cell::new(false),
            unswept: [const { List::new() }; 2],
            large: Cell::new(ptr::null_mut()),
            large_old: Cell::new(ptr::null_mut()),
            large_unswept: [const { Cell::new(ptr::null_mut()) }; 2],
            parts: Parts::new(),
            blocks: Blocks::new(),
            generational: Cell::new(false),
        }
    }

    // ---- objects -----------------------------------------------------------------------------------------------

    /// Room for an object of `size` bytes, aligned to 8 bytes (userdata: 16) and already part of the heap (S5).
    ///
    /// May: raise (memory), collect (emergency only).
    #[inline(always)]
    pub fn allocate(&self, g: &Global, size: usize, tag: Tag) -> Result<NonNull<u8>> {
        if size > MAX_SMALL || tag.0 == Tag::THREAD.0 {
            return self.allocate_large(g, size, tag);
        }
        let index = class_for(size, tag);
        match self.take_cell(index) {
            Some(p) => Ok(p),
            None => self.refill(g, index),
        }
    }

    /// As `allocate` for a small object that is no userdata, where that needs nothing new: it never collects.
    #[inline(always)]
    pub fn try_allocate(&self, size: usize) -> Option<NonNull<u8>> {
        self.take_cell(CLASS_OF[size.div_ceil(8)] as usize)
    }

    /// The next cell of the current run of a class.
    #[inline(always)]
    fn take_cell(&self, index: usize) -> Option<NonNull<u8>> {
        let class = &self.classes[index];
        let p = class.cursor.get();
        let cell = SIZES[index] as usize;
        if (class.limit.get() as usize - p as usize) < cell {
            return None;
        }
        class.cursor.set(p.wrapping_add(cell));
        // SAFETY: the cursor of a run that is not used up is not null.
        Some(unsafe { NonNull::new_unchecked(p) })
    }

    /// Moves the cursor of a class to its next run, and allocates there.
    #[cold]
    #[inline(never)]
    fn refill(&self, g: &Global, index: usize) -> Result<NonNull<u8>> {
        let class = &self.classes[index];
        if class.ready.first().is_none() && !self.grow(g.mem(), index) {
            g.mem().collect_all();
            if class.ready.first().is_none() && !self.grow(g.mem(), index) {
                return Err(Throw::Memory);
            }
        }
        // A collection just now may have left the cursor in a run again; what remains there waits for the next sweep.
        self.flush(g, index);
        let this = class.ready.first().ok_or(Throw::Memory)?;
        // SAFETY: ready blocks are live and have at least one run, and runs are described (S1, S3).
        unsafe {
            let block = this.as_ref();
            let run = block.first_run();
            let (len, mut rest) = ((*run).len as usize, (*run).next);
            let cell = block.cell();
            let portion = if len > MAX_PORTION { MAX_PORTION / cell * cell } else { len };
            let start = run.cast::<u8>();
            if portion < len {
                rest = Self::describe(start.add(portion), len - portion, rest);
            }
            block.set_first_run(rest);
            if rest.is_null() {
                class.ready.pop(READY);
            }
            if self.generational.get() && block.flags() == 0 {
                self.reused.set(true);
            }
            block.set_flags(block.flags() | block_flags::YOUNG);
            g.allocator.charge(portion as isize);
            class.cursor.set(start.add(cell));
            class.limit.set(start.add(portion));
            Ok(NonNull::new_unchecked(start))
        }
    }

    /// Writes the description of a run.
    ///
    /// # Safety
    /// `start` is a cell of a block and `len` bytes from there are cells that hold no objects.
    #[inline(always)]
    unsafe fn describe(start: *mut u8, len: usize, next: *mut Run) -> *mut Run {
        let run = start.cast::<Run>();
        // SAFETY: a cell has room for the description.
        unsafe { run.write(Run { tag: Tag::NIL, len: len as u32, next }) };
        run
    }

    /// Gives what is left of the current run of a class back to its block (S2), without listing it as ready.
    fn flush(&self, g: &Global, index: usize) {
        let class = &self.classes[index];
        let (cursor, limit) = (class.cursor.get(), class.limit.get());
        let len = limit as usize - cursor as usize;
        if len > 0 {
            // SAFETY: the cells from the cursor to the limit are free.
            unsafe { Self::describe(cursor, len, ptr::null_mut()) };
            g.allocator.charge(-(len as isize));
        }
        class.cursor.set(ptr::null_mut());
        class.limit.set(ptr::null_mut());
    }

    /// A new block for a class, listed as ready; false when the host refuses.
    fn grow(&self, mem: Mem, index: usize) -> bool {
        let class = &self.classes[index];
        let cell = SIZES[index] as usize;
        let wanted = self.blocks.block_size(class.bytes.get());
        let most = (wanted - BLOCK_HEADER) / cell;
        // Cells that have to be aligned to 16 bytes where the host aligns to 8 begin 8 bytes later. If there are several, the last one may be lost by
        // that.
        let gap = |cells| if cell.is_multiple_of(16) && cells <= 1 { 8 } else { 0 };
        let size_for = |cells: usize| BLOCK_HEADER + gap(cells) + cells.max(1) * cell;
        let (block, size) = match self.blocks.take_spare(wanted).or_else(|| obtain_or_less(mem, size_for(most), size_for(1))) {
            Some(found) => found,
            None => return false,
        };
        let this = block.cast::<Block>();
        // SAFETY: a fresh block of `size` bytes.
        unsafe {
            this.write(Block::new(size, index));
            let (start, end) = Self::bounds(this.as_ref());
            let first = block.as_ptr().add(start - block.as_ptr() as usize);
            this.as_ref().set_first_run(Self::describe(first, end - start, ptr::null_mut()));
        }
        self.old.push(this, PLACE);
        class.ready.push(this, READY);
        self.blocks.add(size, &class.bytes);
        true
    }

    /// Room for an object in a block of its own.
    #[cold]
    #[inline(never)]
    fn allocate_large(&self, g: &Global, size: usize, tag: Tag) -> Result<NonNull<u8>> {
        let align = if tag == Tag::USERDATA { 16 } else { 8 };
        // Hosts give blocks aligned to 8 bytes at least.
        let whole = round_up(size, 8).checked_add(PREFIX + align - 8).ok_or(Throw::Memory)?;
        let p = g.mem().obtain(whole, tag.base() as usize)?;
        g.allocator.charge(whole as isize);
        let offset = round_up(p.as_ptr() as usize + PREFIX, align) - p.as_ptr() as usize;
        // SAFETY: a fresh block with room for prefix and object; the main thread has a prefix too.
        unsafe {
            let object = p.add(offset);
            let extra = match g.main.get() {
                Some(main) if tag == Tag::THREAD => (*main.as_ptr().cast::<Prefix>().sub(1)).extra.get(),
                _ => ptr::null_mut(),
            };
            let prefix = object.cast::<Prefix>().sub(1);
            prefix.write(Prefix {
                next: Cell::new(self.large.get()),
                size: whole,
                offset: offset as u16,
                flags: Cell::new(block_flags::YOUNG),
                extra: Cell::new(extra),
            });
            self.large.set(prefix.as_ptr());
            Ok(object)
        }
    }

    // ---- parts of tables ---------------------------------------------------------------------------------------

    /// A block for a part of an object (array, nodes), given back with `free_buffer`.
    ///
    /// May: raise (memory), collect (emergency only).
    #[inline]
    pub fn allocate_buffer(&self, g: &Global, size: usize) -> Result<NonNull<u8>> {
        self.parts.allocate(g, &self.blocks, size)
    }

    /// # Safety
    /// `p` came from `allocate_buffer` with this size and is not used any more.
    #[inline]
    pub unsafe fn free_buffer(&self, g: &Global, p: NonNull<u8>, size: usize) {
        // SAFETY: the caller's.
        unsafe { self.parts.free(g, &self.blocks, p, size) }
    }

    /// Resizes a block of a part that shares it with no others, to one that does not either. On failure the old block is as it was.
    ///
    /// # Safety
    /// `p` came from `allocate_buffer` with the size `old`.
    ///
    /// May: raise (memory), collect (emergency only).
    pub unsafe fn resize_buffer(&self, g: &Global, p: NonNull<u8>, old: usize, new: usize) -> Result<NonNull<u8>> {
        debug_assert!(!parts::is_small(old) && !parts::is_small(new));
        // SAFETY: the caller's; such a block is the host's.
        let p = unsafe { g.mem().resize(p, old, new)? };
        g.allocator.charge(new as isize - old as isize);
        Ok(p)
    }

    // ---- for the collector -------------------------------------------------------------------------------------

    /// Begins a sweep: of the objects in young blocks and young large objects, or of all.
    pub fn begin_sweep(&self, young_only: bool) {
        self.unswept[0].take(&self.young);
        self.large_unswept[0].set(self.large.replace(ptr::null_mut()));
        if young_only {
            for class in &self.classes {
                class.ready.take_flagged(READY, |_| ());
            }
            if self.reused.get() {
                self.old.take_flagged(PLACE, |b| self.unswept[0].push(b, PLACE));
            }
        } else {
            // The sweep lists them again; what is allocated meanwhile goes to blocks that it has left behind, or to new ones.
            for class in &self.classes {
                class.ready.0.set(ptr::null_mut());
            }
            self.unswept[1].take(&self.old);
            self.large_unswept[1].set(self.large_old.replace(ptr::null_mut()));
        }
        self.reused.set(false);
    }

    /// Sweeps the next block: `fate` is asked for each object in address order. Returns the number of cells looked at, or
    /// `None` at the end.
    #[inline]
    pub fn sweep_block(&self, g: &Global, mut fate: impl FnMut(Gc<Header>) -> Fate) -> Option<usize> {
        let this = self.unswept[0].pop(PLACE).or_else(|| self.unswept[1].pop(PLACE))?;
        // SAFETY: listed blocks are live.
        let block = unsafe { this.as_ref() };
        let class = &self.classes[block.class()];
        let (start, end) = Self::bounds(block);
        if (start..end).contains(&(class.cursor.get() as usize)) {
            self.flush(g, block.class());
        }
        let cell = block.cell();
        let mut flags = 0;
        let mut freed = 0usize;
        // Free cells before `p` that have no description yet begin at `free`.
        let mut free = 0usize;
        let mut first: *mut Run = ptr::null_mut();
        let mut last: *mut Run = ptr::null_mut();
        let mut p = start;
        let base = this.as_ptr().cast::<u8>();
        // SAFETY: `at` makes pointers into the block; cells are objects or runs (S1).
        unsafe {
            let at = |address: usize| base.add(address - base as usize);
            loop {
                let mut live = p >= end;
                if !live {
                    let object = at(p).cast::<Header>();
                    if (*object).tag == Tag::NIL {
                        if free == 0 {
                            free = p;
                        }
                        p += (*object.cast::<Run>()).len as usize;
                        continue;
                    }
                    match fate(Gc::from_ptr(NonNull::new_unchecked(object))) {
                        Fate::Free => {
                            freed += cell;
                            if free == 0 {
                                free = p;
                            }
                        }
                        Fate::Keep => live = true,
                        Fate::KeepWith(f) => {
                            flags |= f;
                            live = true;
                        }
                    }
                }
                if live {
                    if free != 0 {
                        let run = Self::describe(at(free), p - free, ptr::null_mut());
                        if last.is_null() {
                            first = run
                        } else {
                            (*last).next = run
                        }
                        last = run;
                        free = 0;
                    }
                    if p >= end {
                        break;
                    }
                }
                p += cell;
            }
        }
        g.allocator.charge(-(freed as isize));
        block.set_first_run(first);
        block.set_flags(flags);
        // SAFETY: `first` was written just now.
        if !first.is_null() && unsafe { (*first).len } as usize == end - start {
            self.blocks.discard(g.mem(), this.cast(), block.size(), &class.bytes);
        } else {
            if !first.is_null() {
                class.ready.push(this, READY);
            }
            let list = if flags != 0 && self.generational.get() { &self.young } else { &self.old };
            list.push(this, PLACE);
        }
        Some((end - start) / cell)
    }

    /// Sweeps the next large object, as `sweep_block` does blocks; false at the end.
    pub fn sweep_large(&self, g: &Global, fate: impl FnOnce(Gc<Header>) -> Fate) -> bool {
        let list = if self.large_unswept[0].get().is_null() { &self.large_unswept[1] } else { &self.large_unswept[0] };
        let Some(this) = NonNull::new(list.get()) else { return false };
        // SAFETY: listed prefixes are live.
        let prefix = unsafe { this.as_ref() };
        list.set(prefix.next.get());
        let flags = match fate(prefix.object()) {
            Fate::Free => {
                // SAFETY: the object is dead and in no list.
                unsafe { self.free_large(g, this) };
                return true;
            }
            Fate::Keep => 0,
            Fate::KeepWith(flags) => flags,
        };
        prefix.flags.set(flags);
        let list = if flags == 0 && self.generational.get() { &self.large_old } else { &self.large };
        prefix.next.set(list.replace(this.as_ptr()));
        true
    }

    /// # Safety
    /// The prefix is in no list and its object is dead.
    unsafe fn free_large(&self, g: &Global, prefix: NonNull<Prefix>) {
        // SAFETY: made by `allocate_large`.
        unsafe {
            let (size, offset) = (prefix.as_ref().size, prefix.as_ref().offset as usize);
            g.allocator.charge(-(size as isize));
            g.mem().give_back(prefix.add(1).cast::<u8>().sub(offset), size);
        }
    }

    /// First and last address of the cells of a block.
    #[inline(always)]
    fn bounds(block: &Block) -> (usize, usize) {
        let (this, cell) = (ptr::from_ref(block) as usize, block.cell());
        let start = round_up(this + BLOCK_HEADER, if cell % 16 == 0 { 16 } else { 8 });
        (start, start + (this + block.size() - start) / cell * cell)
    }

    /// Calls `visit` for every object, or for those in blocks (and large objects) that have one of the flags `only`.
    /// Objects must not be allocated or freed meanwhile.
    pub fn for_each(&self, only: u8, mut visit: impl FnMut(Gc<Header>)) {
        let all = only == 0;
        let old = all || self.reused.get();
        // SAFETY: listed blocks are live and walked as in `sweep_block`.
        unsafe {
            for list in [Some(&self.young), Some(&self.unswept[0]), old.then_some(&self.old), all.then_some(&self.unswept[1])] {
                let mut next = list.map_or(ptr::null_mut(), |l| l.0.get());
                while let Some(block) = next.as_ref() {
                    next = block.place.get();
                    if all || block.flags() & only != 0 {
                        self.for_each_in(block, &mut visit);
                    }
                }
            }
            let large = [&self.large, &self.large_unswept[0], &self.large_old, &self.large_unswept[1]];
            for list in &large[..if all { 4 } else { 2 }] {
                let mut next = list.get();
                while let Some(prefix) = next.as_ref() {
                    next = prefix.next.get();
                    if all || prefix.flags.get() & only != 0 {
                        visit(prefix.object());
                    }
                }
            }
        }
    }

    fn for_each_in(&self, block: &Block, visit: &mut impl FnMut(Gc<Header>)) {
        let (start, end) = Self::bounds(block);
        let class = &self.classes[block.class()];
        let (cursor, limit) = (class.cursor.get() as usize, class.limit.get() as usize);
        let base = ptr::from_ref(block).cast_mut().cast::<u8>();
        let mut p = start;
        while p < end {
            if p == cursor && p < limit {
                p = limit;
                continue;
            }
            // SAFETY: S1 and S2.
            unsafe {
                let object = base.add(p - base as usize).cast::<Header>();
                if (*object).tag == Tag::NIL {
                    p += (*object.cast::<Run>()).len as usize;
                } else {
                    visit(Gc::from_ptr(NonNull::new_unchecked(object)));
                    p += block.cell();
                }
            }
        }
    }

    /// The object of a size class that has this address, if there is one. The address may be anything.
    pub fn find(&self, address: usize) -> Option<Gc<Header>> {
        for list in self.unswept.iter().chain([&self.young, &self.old]) {
            let mut next = list.0.get();
            // SAFETY: listed blocks are live.
            while let Some(block) = unsafe { next.as_ref() } {
                next = block.place.get();
                let (start, end) = Self::bounds(block);
                if (start..end).contains(&address) {
                    let mut found = None;
                    self.for_each_in(block, &mut |o| {
                        if o.as_ptr().addr() == address {
                            found = Some(o);
                        }
                    });
                    return found;
                }
            }
        }
        None
    }

    /// Gives back every block that holds nothing; after a full collection.
    pub fn trim(&self, mem: Mem) {
        self.blocks.spare_limit.set(0);
        self.blocks.free_spare(mem);
        self.trim_parts(mem);
    }

    /// Gives back blocks for parts of tables that hold nothing; at the end of every collection.
    pub fn trim_parts(&self, mem: Mem) {
        self.parts.trim(mem, &self.blocks);
    }

    /// Frees every object. Before, `release` is called for each and frees what belongs to it and lies elsewhere; parts of
    /// tables that share blocks are freed with these.
    pub fn free_all(&self, g: &Global, mut release: impl FnMut(Gc<Header>)) {
        self.for_each(0, &mut release);
        let mem = g.mem();
        for i in 0..CLASSES {
            self.flush(g, i);
        }
        // SAFETY: nobody uses the objects any more.
        unsafe {
            for list in self.large_unswept.iter().chain([&self.large, &self.large_old]) {
                while let Some(p) = NonNull::new(list.get()) {
                    list.set(p.as_ref().next.get());
                    self.free_large(g, p);
                }
            }
            for list in self.unswept.iter().chain([&self.old, &self.young]) {
                while let Some(b) = list.first() {
                    list.0.set(b.as_ref().place.get());
                    mem.give_back(b.cast(), b.as_ref().size());
                }
            }
        }
        self.parts.free_all(mem);
        self.blocks.free_spare(mem);
    }

    /// For tests: checks the blocks and their lists. Returns the bytes in use, and those of all blocks.
    #[cfg(any(test, debug_assertions, feature = "gc-verify"))]
    pub fn verify(&self) -> (usize, usize) {
        let (mut used, mut bytes) = self.parts.count();
        bytes += self.blocks.spare_bytes();
        let lists = self.unswept.iter().chain([&self.old, &self.young]);
        let mut ready = std::collections::HashSet::new();
        // SAFETY: listed blocks are live; S1.
        unsafe {
            for (i, class) in self.classes.iter().enumerate() {
                let mut next = class.ready.first();
                while let Some(block) = next {
                    assert!(block.as_ref().class() == i && ready.insert(block), "ready in the wrong class, or twice");
                    next = NonNull::new(block.as_ref().ready.get());
                }
            }
            for list in lists {
                let unswept = self.unswept.iter().any(|l| ptr::eq(l, list));
                let mut next = list.0.get();
                while let Some(block) = next.as_ref() {
                    next = block.place.get();
                    let class = &self.classes[block.class()];
                    let (start, end) = Self::bounds(block);
                    let current = (start..end).contains(&(class.cursor.get() as usize));
                    let mut free = 0;
                    let mut run = block.first_run();
                    assert_eq!(
                        ready.remove(&NonNull::from(block)),
                        !run.is_null() && !unswept,
                        "ready blocks are those with runs"
                    );
                    while let Some(r) = run.as_ref() {
                        assert!(r.tag == Tag::NIL && (r.len as usize).is_multiple_of(block.cell()) && r.len > 0);
                        free += r.len as usize;
                        run = r.next;
                    }
                    let mut objects = 0;
                    self.for_each_in(block, &mut |_| objects += block.cell());
                    let current = if current { class.limit.get() as usize - class.cursor.get() as usize } else { 0 };
                    assert!(objects + free + current <= end - start);
                    used += objects + current;
                    bytes += block.size();
                    if self.generational.get() && ptr::eq(list, &self.old) && !self.reused.get() {
                        assert_eq!(block.flags(), 0, "a young block among the old ones");
                    }
                }
            }
            assert!(ready.is_empty(), "a ready block is in no list");
            for list in self.large_unswept.iter().chain([&self.large, &self.large_old]) {
                let mut next = list.get();
                while let Some(p) = next.as_ref() {
                    next = p.next.get();
                    used += p.size;
                    bytes += p.size;
                }
            }
        }
        (used, bytes)
    }
}

impl Default for Space {
    fn default() -> Self {
        Self::new()
    }
}
