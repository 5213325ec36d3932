//! Shared chunks as the heap sees them, and what one VM has linked.
//!
//! A `SharedChunk` is immutable code of the process, referenced by whoever hands it out (cache, handles) and by every VM that
//! has linked it. `Links` is a VM's list. Linking and unlinking are `heap::link`.
//!
//! Invariants of a VM's links:
//! * L1 Every short string constant of a linked chunk is listed in the VM's string table, unless the VM had an equal
//!   string of its own then; in that case the functions that name it are variants with constants of their own.
//! * L2 A pooled string is listed only while a linked chunk has it, a segment of shared tables that the VM made or holds has it (`frozen`), or the
//!   VM holds a reference of its own (`held`, `named`).

use super::function::Proto;
use super::mem::{Buf, Mem};
use super::object::Gc;
use super::pool;
use super::state::Global;
use super::string::Str;
use crate::throw::Result;
use core::cell::{Cell, UnsafeCell};
use core::ptr::NonNull;
use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::alloc::{Layout, dealloc};
use std::collections::HashSet;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::Arc;

/// Code that the VMs of the process share: a tree of prototypes in one block, and the strings it refers to.
pub struct SharedChunk {
    /// The function the chunk was made of.
    pub main: Gc<Proto>,
    block: NonNull<u8>,
    layout: Layout,
    /// Distinct string constants. Short ones are linked; of long ones only the lifetime matters.
    pub constants: Box<[Gc<Str>]>,
    /// Strings of debug information. They never become values.
    names: Box<[Gc<Str>]>,
    /// No longer handed out: VMs let go of it when nothing in them uses it.
    retired: AtomicBool,
    /// VMs that have linked it.
    holders: AtomicUsize,
}

// SAFETY: everything in a chunk is immutable after it was made, but for the atomics.
unsafe impl Send for SharedChunk {}
// SAFETY: as above.
unsafe impl Sync for SharedChunk {}

impl SharedChunk {
    /// Takes over a finished block with its prototypes, and one reference on each of the strings.
    ///
    /// # Safety
    /// `main` and all prototypes below it lie in `block`, are complete, and refer to no strings but these and static names.
    pub unsafe fn new(
        main: Gc<Proto>,
        block: NonNull<u8>,
        layout: Layout,
        constants: Box<[Gc<Str>]>,
        names: Box<[Gc<Str>]>,
    ) -> Arc<SharedChunk> {
        Arc::new(SharedChunk {
            main,
            block,
            layout,
            constants,
            names,
            retired: AtomicBool::new(false),
            holders: AtomicUsize::new(0),
        })
    }

    /// Bytes of code, constants and debug information, without the strings, which other chunks may share.
    pub fn bytes(&self) -> usize {
        self.layout.size() + size_of::<SharedChunk>() + (self.constants.len() + self.names.len()) * size_of::<Gc<Str>>()
    }

    /// VMs that have it linked now.
    pub fn holders(&self) -> usize {
        self.holders.load(Ordering::Relaxed)
    }

    /// Nobody will be given this chunk again: VMs that have it linked let go when they can.
    pub fn retire(&self) {
        self.retired.store(true, Ordering::Release);
    }

    pub fn is_retired(&self) -> bool {
        self.retired.load(Ordering::Acquire)
    }
}

impl Drop for SharedChunk {
    fn drop(&mut self) {
        for s in self.constants.iter().chain(&self.names) {
            pool::release(*s);
        }
        // SAFETY: allocated with this layout; prototypes need no drop.
        unsafe { dealloc(self.block.as_ptr(), self.layout) };
    }
}

/// Fewer strings that hosts have named are not looked through.
const MIN_NAMED: usize = 256;

/// A chunk that a VM has linked.
#[derive(Clone, Copy)]
pub struct Link {
    /// One reference of the VM's.
    pub chunk: NonNull<SharedChunk>,
    /// The chunk's main function, or this VM's variant of it.
    pub main: Gc<Proto>,
}

impl Link {
    pub fn chunk(&self) -> &SharedChunk {
        // SAFETY: the VM has a reference.
        unsafe { self.chunk.as_ref() }
    }
}

/// A set of addresses of objects.
type Addresses = HashSet<usize, BuildHasherDefault<AddressHasher>>;

/// Objects are at least 16 bytes apart, so an address needs little to spread.
#[derive(Default)]
struct AddressHasher(u64);

impl Hasher for AddressHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, _: &[u8]) {
        unreachable!("addresses are numbers");
    }

    fn write_usize(&mut self, address: usize) {
        self.0 = (address as u64 >> 4).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    }
}

/// What a VM has linked.
pub struct Links {
    list: UnsafeCell<Option<Buf<Link>>>,
    /// Pooled strings of chunks that were let go, which values of the VM still are: one reference each.
    held: UnsafeCell<Option<Buf<Gc<Str>>>>,
    /// Pooled strings that hosts and libraries have named: one reference each.
    named: UnsafeCell<Option<Buf<Gc<Str>>>>,
    /// So many of them are worth a look which are still values.
    most_named: Cell<usize>,
    /// A full collection is noting what of the linked chunks is in use.
    pub tracking: Cell<bool>,
    /// While tracking: the pooled strings that were met, and the chunks of functions that were, by address. It is gone when the collection ends, and
    /// no part of what the VM holds.
    seen: UnsafeCell<Option<Addresses>>,
}

impl Links {
    pub const fn new() -> Links {
        Links {
            list: UnsafeCell::new(None),
            held: UnsafeCell::new(None),
            named: UnsafeCell::new(None),
            most_named: Cell::new(MIN_NAMED),
            tracking: Cell::new(false),
            seen: UnsafeCell::new(None),
        }
    }

    /// The list. It must not be kept across a call that links, unlinks or collects.
    #[allow(clippy::mut_from_ref)]
    pub fn list(&self, mem: Mem) -> &mut Buf<Link> {
        // SAFETY: one thread uses a VM at a time (I1), and callers keep the reference for one step only.
        unsafe { (*self.list.get()).get_or_insert_with(|| Buf::new(mem)) }
    }

    /// The strings held; as `list`.
    #[allow(clippy::mut_from_ref)]
    pub fn held(&self, mem: Mem) -> &mut Buf<Gc<Str>> {
        // SAFETY: as in `list`.
        unsafe { (*self.held.get()).get_or_insert_with(|| Buf::new(mem)) }
    }

    /// The strings named; as `list`.
    #[allow(clippy::mut_from_ref)]
    pub fn named(&self, mem: Mem) -> &mut Buf<Gc<Str>> {
        // SAFETY: as in `list`.
        unsafe { (*self.named.get()).get_or_insert_with(|| Buf::new(mem)) }
    }

    /// The links; empty slice before the first.
    pub fn links(&self) -> &[Link] {
        // SAFETY: as in `list`.
        unsafe { (*self.list.get()).as_deref().unwrap_or(&[]) }
    }

    /// The link of a chunk.
    pub fn find(&self, chunk: *const SharedChunk) -> Option<usize> {
        self.links().iter().position(|l| l.chunk.as_ptr().cast_const() == chunk)
    }

    /// Adds a link; there must be room (`Buf::reserve`). Takes over the reference.
    pub fn add(&self, mem: Mem, chunk: Arc<SharedChunk>, main: Gc<Proto>) -> Result {
        chunk.holders.fetch_add(1, Ordering::Relaxed);
        let chunk = NonNull::new(Arc::into_raw(chunk).cast_mut()).expect("not null");
        self.list(mem).push(Link { chunk, main })
    }

    /// Drops the VM's reference on the chunk of a link that has been taken off the list.
    pub fn let_go(link: Link) {
        link.chunk().holders.fetch_sub(1, Ordering::Relaxed);
        // SAFETY: `add` took the reference over.
        drop(unsafe { Arc::from_raw(link.chunk.as_ptr().cast_const()) });
    }

    // ---- tracking ----------------------------------------------------------------------------------------------

    /// Begins to note what is in use, if anything could be let go.
    pub fn begin_tracking(&self, g: &Global) {
        let nothing_held = self.held(g.mem()).is_empty() && self.named(g.mem()).len() < self.most_named.get();
        if nothing_held && !self.links().iter().any(|l| l.chunk().is_retired()) && !g.shares.wants_tracking() {
            return;
        }
        g.shares.begin_tracking();
        // SAFETY: as in `list`.
        unsafe { *self.seen.get() = Some(Addresses::default()) };
        self.tracking.set(true);
    }

    fn note(&self, address: usize) {
        // SAFETY: as in `list`.
        if let Some(seen) = unsafe { &mut *self.seen.get() } {
            seen.insert(address);
        }
    }

    fn was_noted(&self, address: usize) -> bool {
        // SAFETY: as in `list`.
        unsafe { &*self.seen.get() }.as_ref().is_none_or(|seen| seen.contains(&address))
    }

    /// Notes a function that is reachable.
    pub fn note_function(&self, proto: Gc<Proto>) {
        if !proto.chunk.is_null() {
            self.note(proto.chunk.addr());
        }
    }

    /// Notes a string of the process that is reachable.
    pub fn note_string(&self, s: Gc<Str>) {
        if pool::is_pooled(s) {
            self.note(s.as_ptr().addr());
        }
    }

    /// Whether a function of a chunk was met since tracking began.
    pub fn is_used(&self, link: &Link) -> bool {
        self.was_noted(link.chunk.as_ptr().addr())
    }

    /// Whether a string was met since tracking began.
    pub fn was_seen(&self, s: Gc<Str>) -> bool {
        self.was_noted(s.as_ptr().addr())
    }

    /// Takes the strings that were not met since tracking began off the lists. The references are the caller's then.
    pub fn take_unseen(&self, mem: Mem) -> Vec<Gc<Str>> {
        let mut unseen = Vec::new();
        for list in [self.held(mem), self.named(mem)] {
            let mut i = 0;
            while i < list.len() {
                if self.was_seen(list[i]) {
                    i += 1;
                    continue;
                }
                unseen.push(list[i]);
                let last = list.len() - 1;
                list.swap(i, last);
                list.truncate(last);
            }
        }
        self.most_named.set((self.named(mem).len() * 2).max(MIN_NAMED));
        unseen
    }

    pub fn end_tracking(&self) {
        self.tracking.set(false);
        // SAFETY: as in `list`.
        unsafe { *self.seen.get() = None };
    }

    /// Lets everything go: the VM closes, its objects are gone.
    pub fn free(&self) {
        // SAFETY: as in `list`.
        let (list, held, named) = unsafe { ((*self.list.get()).take(), (*self.held.get()).take(), (*self.named.get()).take()) };
        for link in list.iter().flat_map(|l| l.iter()) {
            Links::let_go(*link);
        }
        for s in held.iter().chain(&named).flat_map(|strings| strings.iter()) {
            pool::release(*s);
        }
        self.end_tracking();
    }
}

impl Default for Links {
    fn default() -> Self {
        Self::new()
    }
}
