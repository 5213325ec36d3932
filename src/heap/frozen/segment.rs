//! Segments, which are what a VM has shared as the process sees it, and the registry: what is shared, by address.

use crate::heap::function::LuaClosure;
use crate::heap::object::Gc;
use crate::heap::pool;
use crate::heap::shared::SharedChunk;
use crate::heap::state::Global;
use crate::heap::string::Str;
use crate::heap::table::hash_word;
use core::ptr::NonNull;
use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use parking_lot::Mutex;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// The address of a pooled string, which threads may pass on.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Pooled(NonNull<Str>);

// SAFETY: pooled strings are immutable, and freed when nobody has a reference.
unsafe impl Send for Pooled {}

/// The tables that one VM has shared, as the process sees them.
#[derive(Default)]
pub struct Segment {
    /// The VM has closed: whoever holds the segment lets go when it can.
    pub(super) closed: AtomicBool,
    /// VMs that hold it, without the one that made it.
    pub(super) holders: AtomicUsize,
    /// One reference each.
    strings: Mutex<HashSet<Pooled>>,
    /// Segments whose tables are in tables of this one.
    pub(super) others: Mutex<Vec<Arc<Segment>>>,
}

impl Segment {
    /// VMs that hold one of its tables, as far as they know.
    pub fn holders(&self) -> usize {
        self.holders.load(Ordering::Acquire)
    }

    pub(super) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    /// Takes over a reference on a string.
    pub(super) fn keep(&self, s: Gc<Str>) {
        let p = NonNull::new(s.as_ptr()).expect("not null");
        if pool::is_pooled(s) && !self.strings.lock().insert(Pooled(p)) {
            pool::release(s);
        }
    }

    pub(super) fn refer_to(&self, other: Arc<Segment>) {
        let mut others = self.others.lock();
        if !others.iter().any(|o| Arc::ptr_eq(o, &other)) {
            others.push(other);
        }
    }

    /// Calls `visit` for every string of its tables.
    pub fn for_each_string(&self, mut visit: impl FnMut(Gc<Str>)) {
        for s in self.strings.lock().iter() {
            // SAFETY: the segment has a reference.
            visit(unsafe { Gc::from_ptr(s.0) });
        }
    }
}

impl Drop for Segment {
    fn drop(&mut self) {
        for s in self.strings.lock().drain() {
            // SAFETY: the segment's reference, given up here.
            pool::release(unsafe { Gc::from_ptr(s.0) });
        }
    }
}

/// What is shared, by address.
pub(super) enum Registered {
    Table(Arc<Segment>),
    /// A function for shared tables, and its code.
    Function(Arc<Segment>, Arc<SharedChunk>),
}

/// Locks of the registry.
const SHARDS: usize = 16;
/// A shard with room for no more than this keeps it.
const MIN_CAPACITY: usize = 256;

type Shard = Mutex<Option<HashMap<usize, Registered>>>;

static REGISTRY: [Shard; SHARDS] = [const { Mutex::new(None) }; SHARDS];

fn shard(address: usize) -> &'static Shard {
    &REGISTRY[hash_word(address as u64) % SHARDS]
}

/// Whether this is the address of a shared table or function. It is not followed.
pub fn is_registered(address: usize) -> bool {
    shard(address).lock().as_ref().is_some_and(|r| r.contains_key(&address))
}

/// The segment of the shared table with this address.
pub fn segment_of(address: usize) -> Option<Arc<Segment>> {
    match shard(address).lock().as_ref()?.get(&address)? {
        Registered::Table(segment) => Some(Arc::clone(segment)),
        Registered::Function(..) => None,
    }
}

pub(super) fn register(address: usize, what: Registered) {
    shard(address).lock().get_or_insert_default().insert(address, what);
}

pub(super) fn unregister(address: usize) -> Option<Registered> {
    let mut guard = shard(address).lock();
    let r = guard.as_mut()?;
    let removed = r.remove(&address);
    if r.capacity() > MIN_CAPACITY && r.len() < r.capacity() / 8 {
        r.shrink_to(r.len() * 2);
    }
    removed
}

/// The code of a function of this VM that has been marked.
pub fn code(g: &Global, closure: Gc<LuaClosure>) -> Option<Arc<SharedChunk>> {
    code_of(Arc::as_ptr(&g.shares.own()?.segment), closure.as_ptr().addr())
}

/// The code of the function with this address, if some VM has marked it.
pub fn function_code(address: usize) -> Option<Arc<SharedChunk>> {
    match shard(address).lock().as_ref()?.get(&address)? {
        Registered::Function(_, code) => Some(Arc::clone(code)),
        Registered::Table(_) => None,
    }
}

pub(super) fn code_of(segment: *const Segment, address: usize) -> Option<Arc<SharedChunk>> {
    match shard(address).lock().as_ref()?.get(&address)? {
        Registered::Function(owner, code) if Arc::as_ptr(owner) == segment => Some(Arc::clone(code)),
        _ => None,
    }
}
