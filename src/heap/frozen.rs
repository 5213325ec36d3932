//! Shared tables: their frozen contents, who made them, and what one VM holds of those that others made.
//!
//! A table that is shared keeps its address and loses its parts: to everything that knows nothing of sharing it looks empty. Its
//! contents are a [`Body`], a block of the VM that made it, which is never written again. Whoever finds a table empty and marked as shared reads
//! the body (`get`, `next`), which turns what lies there into values of the reading VM:
//! * a string is one of the process's pool; the reader's own address for it is looked up by hash, and the pooled one listed where there is none;
//! * a Lua function without upvalues becomes a closure of the reader's over the same chunk, the same at every read (`Import`);
//! * a table is itself, shared too; numbers, booleans, light userdata and C functions are the same everywhere;
//! * the VM that made the table reads its own objects as they are.
//!
//! Invariants:
//! * F1 The tables that a VM shared are its *segment*. What its bodies refer to are strings that the segment has a reference on, shared tables
//!   of segments that it has a reference on, and objects that the VM keeps alive until it closes (`roots`).
//! * F2 A VM that may have a table of another segment holds that segment (`holds`). While it does, pooled strings of the segment may be
//!   listed in its string table, and closures for the segment's functions are kept.
//! * F3 A table is used by others only while the VM that made it is open: that is the host's duty. A segment lives longer, as long as one holds it.

use super::function::LuaClosure;
use super::link;
use super::mem::{Buf, Mem};
use super::object::{Gc, Header, mark};
use super::pool;
use super::shared::SharedChunk;
use super::state::Global;
use super::string::Str;
use super::strings::Listed;
use super::table::{Table, hash_word, normalize_key};
use crate::throw::{Result, Throw};
use crate::value::{Tag, Value};
use core::cell::UnsafeCell;
use core::ptr::{self, NonNull};
use core::sync::atomic::{AtomicBool, AtomicU8, AtomicUsize, Ordering};
use parking_lot::Mutex;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// Feature `apicheck`: it is noted at every full collection which segments are in use.
const CHECKS: bool = cfg!(feature = "apicheck");

// ---- segments --------------------------------------------------------------------------------------------------

/// The address of a pooled string, which threads may pass on.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Pooled(NonNull<Str>);

// SAFETY: pooled strings are immutable, and freed when nobody has a reference.
unsafe impl Send for Pooled {}

/// The tables that one VM has shared, as the process sees them.
#[derive(Default)]
pub struct Segment {
    /// The VM has closed: whoever holds the segment lets go when it can.
    closed: AtomicBool,
    /// VMs that hold it, without the one that made it.
    holders: AtomicUsize,
    /// One reference each.
    strings: Mutex<HashSet<Pooled>>,
    /// Segments whose tables are in tables of this one.
    others: Mutex<Vec<Arc<Segment>>>,
}

impl Segment {
    /// VMs that hold one of its tables, as far as they know.
    pub fn holders(&self) -> usize {
        self.holders.load(Ordering::Acquire)
    }

    fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    /// Takes over a reference on a string.
    fn keep(&self, s: Gc<Str>) {
        let p = NonNull::new(s.as_ptr()).expect("not null");
        if pool::is_pooled(s) && !self.strings.lock().insert(Pooled(p)) {
            pool::release(s);
        }
    }

    fn refer_to(&self, other: Arc<Segment>) {
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

// ---- the registry ----------------------------------------------------------------------------------------------

/// What is shared, by address.
enum Registered {
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

fn register(address: usize, what: Registered) {
    shard(address).lock().get_or_insert_default().insert(address, what);
}

fn unregister(address: usize) -> Option<Registered> {
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

fn code_of(segment: *const Segment, address: usize) -> Option<Arc<SharedChunk>> {
    match shard(address).lock().as_ref()?.get(&address)? {
        Registered::Function(owner, code) if Arc::as_ptr(owner) == segment => Some(Arc::clone(code)),
        _ => None,
    }
}

// ---- bodies ----------------------------------------------------------------------------------------------------

/// One entry of the hash part.
#[derive(Clone, Copy)]
#[repr(C)]
struct Entry {
    value: u64,
    key: u64,
    hash: u32,
    value_tag: Tag,
    key_tag: Tag,
}

const _: () = assert!(size_of::<Entry>() == 24);

impl Entry {
    fn key(&self) -> Value {
        Value { payload: self.key, tag: self.key_tag }
    }

    fn value(&self) -> Value {
        Value { payload: self.value, tag: self.value_tag }
    }

    /// Whether it has this key; the hashes are equal.
    #[inline]
    fn has_key(&self, key: Value) -> bool {
        if self.key_tag != key.tag {
            return false;
        }
        match key.tag {
            // SAFETY: the tags say so.
            Tag::SHORT_STRING | Tag::LONG_STRING => unsafe {
                let (s, k): (Gc<Str>, Gc<Str>) = (self.key().object_as(), key.object_as());
                s == k || s.bytes() == k.bytes()
            },
            Tag::FLOAT => f64::from_bits(self.key) == key.float_payload(),
            Tag::FALSE | Tag::TRUE => true,
            _ => self.key == key.payload,
        }
    }
}

/// The contents of a shared table. One block: this, the payloads of the array part, the entries of the hash part, an index over their hashes
/// (open addressing; entry number plus one, 0 for none), the tags of the array part.
#[repr(C)]
pub struct Body {
    table: Gc<Table>,
    segment: *const Segment,
    /// The next one that the VM made.
    next: Option<NonNull<Body>>,
    size: usize,
    /// What `#` gives.
    border: u64,
    array_len: u32,
    entry_count: u32,
    index_len: u32,
}

fn hash_of(key: Value) -> u32 {
    match key.tag {
        // SAFETY: the tags say so.
        Tag::SHORT_STRING | Tag::LONG_STRING => unsafe { key.object_as::<Str>() }.hash(),
        Tag::FALSE => 1,
        Tag::TRUE => 2,
        _ => hash_word(key.payload) as u32,
    }
}

impl Body {
    fn payloads(&self) -> *mut u64 {
        ptr::from_ref(self).wrapping_add(1).cast_mut().cast()
    }

    fn entries(&self) -> *mut Entry {
        self.payloads().wrapping_add(self.array_len as usize).cast()
    }

    fn index(&self) -> *mut u32 {
        self.entries().wrapping_add(self.entry_count as usize).cast()
    }

    fn tags(&self) -> *mut Tag {
        self.index().wrapping_add(self.index_len as usize).cast()
    }

    fn size_for(array: usize, entries: usize, index: usize) -> usize {
        size_of::<Body>() + array * 9 + entries * size_of::<Entry>() + index * 4
    }

    /// What `#` gives.
    pub fn border(&self) -> u64 {
        self.border
    }

    #[inline]
    fn element(&self, i: usize) -> Value {
        debug_assert!(i < self.array_len as usize);
        // SAFETY: within the block.
        unsafe { Value { payload: *self.payloads().add(i), tag: *self.tags().add(i) } }
    }

    #[inline]
    fn entry(&self, i: usize) -> &Entry {
        debug_assert!(i < self.entry_count as usize);
        // SAFETY: within the block.
        unsafe { &*self.entries().add(i) }
    }

    /// Where a key is in the order of traversal, counted from one.
    #[inline]
    fn position(&self, key: Value) -> Option<usize> {
        let key = normalize_key(key);
        if let Some(i) = key.as_integer()
            && (i as u64).wrapping_sub(1) < self.array_len as u64
        {
            return Some(i as usize);
        }
        let hash = hash_of(key);
        let mask = self.index_len as usize - 1;
        let mut i = hash as usize & mask;
        loop {
            // SAFETY: within the index, which has free places.
            let n = unsafe { *self.index().add(i) } as usize;
            let e = self.entry(n.checked_sub(1)?);
            if e.hash == hash && e.has_key(key) {
                return Some(self.array_len as usize + n);
            }
            i = (i + 1) & mask;
        }
    }

    /// The value at a position.
    #[inline]
    fn value(&self, position: usize) -> Value {
        match (position - 1).checked_sub(self.array_len as usize) {
            None => self.element(position - 1),
            Some(i) => self.entry(i).value(),
        }
    }

    /// The string that it has under a name: one of the process's, which may not be made a value.
    pub fn string(&self, name: Gc<Str>) -> Option<Gc<Str>> {
        self.position(name.into()).and_then(|p| self.value(p).as_string())
    }

    /// The first key and value after a position.
    fn after(&self, position: usize) -> Option<(Value, Value)> {
        let array = self.array_len as usize;
        for i in position..array {
            let v = self.element(i);
            if !v.is_nil() {
                return Some((Value::integer(i as i64 + 1), v));
            }
        }
        let i = position.max(array) - array;
        (i < self.entry_count as usize).then(|| (self.entry(i).key(), self.entry(i).value()))
    }
}

/// Freezes a table of the VM that is not shared yet and has no metatable: its contents move into a body. `added` is called for each of the VM's own objects
/// among them, which are roots from then on. The caller marks the table as shared afterwards (`publish`).
///
/// May: raise (memory), collect (emergency only); on failure nothing has changed.
pub fn freeze(g: &Global, t: Gc<Table>, mut added: impl FnMut(Gc<Header>)) -> Result {
    debug_assert!(!t.header.is_shared() && t.metatable.get().is_none());
    let border = t.length();
    let mut array = t.array_len() as usize;
    while array > 0 && t.array_place(array as u32 - 1).get().is_nil() {
        array -= 1;
    }
    let is_object = |v: Value| v.tag.is_collectable() && !v.tag.is_string();
    let mut objects = (0..array).filter(|i| is_object(t.array_place(*i as u32).get())).count();
    let mut entries = 0usize;
    let mut position = t.array_len() as usize;
    while let Some((next, key, value)) = t.entry_from(position) {
        entries += 1;
        objects += is_object(key) as usize + is_object(value) as usize;
        position = next;
    }
    let index = (entries * 2).next_power_of_two();
    let size = Body::size_for(array, entries, index);
    if size > u32::MAX as usize {
        return Err(Throw::Memory);
    }
    let block = g.mem().unanchored(|| {
        g.shares.own_or_new(g.mem()).roots.reserve(objects)?;
        g.mem().obtain(size, 0)
    })?;
    let block = block.cast::<Body>();
    g.allocator.charge(size as isize);
    let own = g.shares.own_or_new(g.mem());
    // From here on nothing fails.
    let mut frozen = |v: Value| -> Value {
        match v.tag {
            Tag::SHORT_STRING | Tag::LONG_STRING => {
                let s = pool::acquire(v.as_string().expect("a string").bytes());
                own.segment.keep(s);
                return s.into();
            }
            Tag::TABLE => {
                let t = v.as_table().expect("a table");
                match t.body() {
                    None => own.add_root(t.erase(), &mut added),
                    // SAFETY: the segment of a live shared table is alive.
                    Some(b) if b.segment != Arc::as_ptr(&own.segment) => own.segment.refer_to(unsafe {
                        Arc::increment_strong_count(b.segment);
                        Arc::from_raw(b.segment)
                    }),
                    _ => {}
                }
            }
            _ => {
                if let Some(o) = v.object() {
                    own.add_root(o, &mut added);
                }
            }
        }
        v
    };
    // SAFETY: a fresh block with room for all parts; all of it is written here.
    unsafe {
        block.write(Body {
            table: t,
            segment: ptr::null(),
            next: None,
            size,
            border,
            array_len: array as u32,
            entry_count: entries as u32,
            index_len: index as u32,
        });
        let body = block.as_ref();
        for i in 0..array {
            let v = frozen(t.array_place(i as u32).get());
            body.payloads().add(i).write(v.payload);
            body.tags().add(i).write(if v.is_nil() { Tag::NIL } else { v.tag });
        }
        ptr::write_bytes(body.index(), 0, index);
        let mut position = t.array_len() as usize;
        let mut n = 0;
        while let Some((next, key, value)) = t.entry_from(position) {
            let (key, value) = (frozen(key), frozen(value));
            let hash = hash_of(key);
            body.entries().add(n).write(Entry {
                value: value.payload,
                key: key.payload,
                hash,
                value_tag: value.tag,
                key_tag: key.tag,
            });
            let mut i = hash as usize & (index - 1);
            while *body.index().add(i) != 0 {
                i = (i + 1) & (index - 1);
            }
            n += 1;
            *body.index().add(i) = n as u32;
            position = next;
        }
        (*block.as_ptr()).segment = Arc::as_ptr(&own.segment);
        (*block.as_ptr()).next = own.bodies.replace(block);
    }
    let absent = |event: usize| {
        // ORDER events.
        let name: Value = super::names::Name(event as u16).get().into();
        // SAFETY: written above.
        unsafe { block.as_ref() }.position(name).is_none()
    };
    let flags = (0..7).filter(|event| absent(*event)).fold(0, |flags, event| flags | 1 << event);
    t.become_frozen(g, block, flags);
    Ok(())
}

/// Marks a frozen table as shared, so that all threads may read it.
pub fn publish(g: &Global, t: Gc<Table>) {
    let segment = Arc::clone(&g.shares.own().expect("the table was frozen").segment);
    // SAFETY: the mark is a byte of a live object; other threads that look at it while it is not shared break the rules, which they are told.
    unsafe { AtomicU8::from_ptr(t.header.mark.as_ptr()) }.store(mark::PROCESS, Ordering::Release);
    register(t.as_ptr().addr(), Registered::Table(segment));
}

/// Marks a Lua function of the VM, so that it can be read from shared tables; it stays alive as long as the VM.
///
/// May: raise (memory), collect (emergency only).
pub fn mark_function(g: &Global, closure: Gc<LuaClosure>, code: Arc<SharedChunk>, added: impl FnMut(Gc<Header>)) -> Result {
    g.mem().unanchored(|| {
        let own = g.shares.own_or_new(g.mem());
        own.roots.reserve(1)?;
        own.functions.reserve(1)
    })?;
    let own = g.shares.own_or_new(g.mem());
    own.add_root(closure.erase(), added);
    own.functions.push(closure)?;
    register(closure.as_ptr().addr(), Registered::Function(Arc::clone(&own.segment), code));
    Ok(())
}

/// What there is at an address that a stack has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Leftover {
    /// A shared table, of this VM or another.
    Shared,
    /// A table of this VM.
    Own,
    /// The same, or nothing any more.
    OwnOrGone,
}

// ---- what a VM has of it ---------------------------------------------------------------------------------------

/// The tables that the VM itself has shared.
pub struct Own {
    segment: Arc<Segment>,
    bodies: Option<NonNull<Body>>,
    /// Objects of the VM that bodies refer to.
    roots: Buf<Gc<Header>>,
    /// Functions that were marked.
    functions: Buf<Gc<LuaClosure>>,
}

impl Own {
    /// There is room.
    fn add_root(&mut self, o: Gc<Header>, mut added: impl FnMut(Gc<Header>)) {
        let done = self.roots.push(o);
        debug_assert!(done.is_ok());
        added(o);
    }
}

/// A segment that the VM holds: one reference.
#[derive(Clone, Copy)]
struct Hold {
    segment: NonNull<Segment>,
    /// One of its tables was met while all reachable objects were visited.
    used: bool,
}

impl Hold {
    fn segment(&self) -> &Segment {
        // SAFETY: the VM's reference.
        unsafe { self.segment.as_ref() }
    }
}

/// The VM's closure for a function of a segment, by that function's address.
#[derive(Clone, Copy)]
struct Import {
    segment: *const Segment,
    address: usize,
    /// `None`: a free place.
    closure: Option<Gc<LuaClosure>>,
}

impl Import {
    const FREE: Import = Import { segment: ptr::null(), address: 0, closure: None };
}

/// What a VM shares and holds.
#[derive(Default)]
pub struct Shares {
    own: UnsafeCell<Option<Own>>,
    holds: UnsafeCell<Option<Buf<Hold>>>,
    /// Open addressing, at most half full, and how many there are.
    imports: UnsafeCell<Option<(Buf<Import>, usize)>>,
}

impl Shares {
    pub const fn new() -> Shares {
        Shares { own: UnsafeCell::new(None), holds: UnsafeCell::new(None), imports: UnsafeCell::new(None) }
    }

    #[allow(clippy::mut_from_ref)]
    fn own(&self) -> Option<&mut Own> {
        // SAFETY: one thread uses a VM at a time (I1), and the reference is kept for one step only.
        unsafe { (*self.own.get()).as_mut() }
    }

    #[allow(clippy::mut_from_ref)]
    fn own_or_new(&self, mem: Mem) -> &mut Own {
        if self.own().is_none() {
            let own = Own {
                segment: Arc::default(),
                bodies: None,
                roots: Buf::new(mem),
                functions: Buf::new(mem),
            };
            // SAFETY: as in `own`.
            unsafe { *self.own.get() = Some(own) };
        }
        self.own().expect("made just now")
    }

    #[allow(clippy::mut_from_ref)]
    fn holds(&self) -> Option<&mut Buf<Hold>> {
        // SAFETY: as in `own`.
        unsafe { (*self.holds.get()).as_mut() }
    }

    #[allow(clippy::mut_from_ref)]
    fn imports(&self) -> Option<&mut (Buf<Import>, usize)> {
        // SAFETY: as in `own`.
        unsafe { (*self.imports.get()).as_mut() }
    }

    /// Whether this VM made the tables of a segment.
    #[inline]
    fn owns(&self, segment: *const Segment) -> bool {
        self.own().is_some_and(|own| Arc::as_ptr(&own.segment) == segment)
    }

    /// VMs that hold tables of this one.
    pub fn holders(&self) -> usize {
        self.own().map_or(0, |own| own.segment.holders())
    }

    /// Makes the VM hold a segment (F2). May: raise (memory), collect (emergency only).
    pub fn hold(&self, mem: Mem, segment: &Segment) -> Result {
        let p = NonNull::from(segment);
        if self.owns(segment) || self.holds().is_some_and(|holds| holds.iter().any(|h| h.segment == p)) {
            return Ok(());
        }
        // SAFETY: as in `own`.
        let list = || unsafe { &mut *self.holds.get() }.get_or_insert_with(|| Buf::new(mem));
        // A collection looks at the list.
        mem.unanchored(|| list().reserve(1))?;
        list().push(Hold { segment: p, used: true })?;
        segment.holders.fetch_add(1, Ordering::AcqRel);
        // SAFETY: segments are only reached through an `Arc`.
        unsafe { Arc::increment_strong_count(segment) };
        Ok(())
    }

    // ---- functions ---------------------------------------------------------------------------------------------

    fn import_place(list: &[Import], segment: *const Segment, address: usize) -> usize {
        let mask = list.len() - 1;
        let mut i = hash_word((address ^ segment.addr()) as u64) & mask;
        while list[i].closure.is_some() && (list[i].address != address || list[i].segment != segment) {
            i = (i + 1) & mask;
        }
        i
    }

    /// The VM's closure for a function of another VM's segment, made at the first read; `None`: the function is not shared.
    fn import(&self, g: &Global, segment: *const Segment, address: usize) -> Result<Option<Gc<LuaClosure>>> {
        if let Some((list, _)) = self.imports()
            && let Some(closure) = list[Self::import_place(list, segment, address)].closure
        {
            return Ok(Some(closure));
        }
        let Some(chunk) = code_of(segment, address) else { return Ok(None) };
        self.reserve_import(g)?;
        let closure = link::closure(g, &chunk)?;
        debug_assert_eq!(closure.upvalue_count, 0);
        let (list, used) = self.imports().expect("reserved");
        let i = Self::import_place(list, segment, address);
        list[i] = Import { segment, address, closure: Some(closure) };
        *used += 1;
        Ok(Some(closure))
    }

    fn reserve_import(&self, g: &Global) -> Result {
        let (size, used) = self.imports().map_or((0, 0), |(list, used)| (list.len(), *used));
        if (used + 1) * 2 <= size {
            return Ok(());
        }
        let size = (size * 2).max(8);
        let mut new = Buf::with_capacity(g.mem(), size)?;
        for _ in 0..size {
            new.push(Import::FREE)?;
        }
        let mut used = 0;
        if let Some((old, _)) = self.imports() {
            for import in old.iter().filter(|i| i.closure.is_some()) {
                let i = Self::import_place(&new, import.segment, import.address);
                new[i] = *import;
                used += 1;
            }
        }
        // SAFETY: as in `own`.
        unsafe { *self.imports.get() = Some((new, used)) };
        Ok(())
    }

    /// The function of the segment for which this is the VM's closure.
    fn imported_from(&self, segment: *const Segment, closure: Gc<LuaClosure>) -> Option<usize> {
        let (list, _) = self.imports()?;
        list.iter().find(|i| i.closure == Some(closure) && i.segment == segment).map(|i| i.address)
    }

    // ---- for the collector -------------------------------------------------------------------------------------

    /// Whether the VM may have tables of other VMs.
    pub fn has_foreign(&self) -> bool {
        self.holds().is_some_and(|holds| !holds.is_empty())
    }

    /// What a slot of a stack refers to that may be left over from a call: a table of another VM may be gone by now, which the host closed when
    /// no variable had the table any more (F3). So the address is looked up, and not followed.
    pub fn leftover(&self, address: usize) -> Leftover {
        if let Some(segment) = segment_of(address) {
            if let Some(h) = self.holds().and_then(|holds| holds.iter_mut().find(|h| ptr::eq(h.segment.as_ptr(), Arc::as_ptr(&segment)))) {
                h.used = true;
            }
            return Leftover::Shared;
        }
        // A VM says that it has closed before its tables leave the registry.
        let closed = self.holds().is_some_and(|holds| holds.iter().any(|h| h.segment().is_closed()));
        if closed { Leftover::OwnOrGone } else { Leftover::Own }
    }

    /// Calls `visit` for every object of the VM that shared tables keep alive.
    pub fn for_each_root(&self, mut visit: impl FnMut(Gc<Header>)) {
        if let Some(own) = self.own() {
            // Tables that have been shared since need nobody.
            let mut kept = 0;
            for i in 0..own.roots.len() {
                let o = own.roots[i];
                if !o.is_shared() {
                    visit(o);
                    own.roots[kept] = o;
                    kept += 1;
                }
            }
            own.roots.truncate(kept);
        }
        if let Some((list, _)) = self.imports() {
            list.iter().filter_map(|i| i.closure).for_each(|c| visit(c.erase()));
        }
    }

    /// Whether a full collection may find something to let go.
    pub fn wants_tracking(&self) -> bool {
        self.holds().is_some_and(|holds| CHECKS && !holds.is_empty() || holds.iter().any(|h| h.segment().is_closed()))
    }

    /// A full collection begins: nothing was met yet, but what the VM's own tables refer to.
    pub fn begin_tracking(&self) {
        let Some(holds) = self.holds() else { return };
        for h in holds.iter_mut() {
            h.used = false;
        }
        if let Some(own) = self.own() {
            Self::use_others(holds, &own.segment);
        }
    }

    fn use_others(holds: &mut Buf<Hold>, segment: &Segment) {
        for other in segment.others.lock().iter() {
            if let Some(h) = holds.iter_mut().find(|h| ptr::eq(h.segment.as_ptr(), Arc::as_ptr(other))) {
                h.used = true;
            }
        }
    }

    /// Notes a shared table that is reachable.
    pub fn note_table(&self, t: Gc<Table>) {
        if let Some(body) = t.body()
            && let Some(holds) = self.holds()
            && let Some(h) = holds.iter_mut().find(|h| ptr::eq(h.segment.as_ptr(), body.segment))
        {
            h.used = true;
        }
    }

    /// Takes the segments that were not met off the list, and passes each to `let_go`, which says whether that may be.
    /// The references are the caller's then.
    pub fn take_unused(&self, mut let_go: impl FnMut(&Segment) -> bool) -> Vec<Arc<Segment>> {
        let mut gone = Vec::new();
        let Some(holds) = self.holds() else { return gone };
        // What a segment in use refers to may be read through it.
        for _ in 0..holds.len() {
            let used: Vec<Hold> = holds.iter().filter(|h| h.used).copied().collect();
            used.iter().for_each(|h| Self::use_others(holds, h.segment()));
            if holds.iter().filter(|h| h.used).count() == used.len() {
                break;
            }
        }
        let mut i = 0;
        while i < holds.len() {
            let h = holds[i];
            if h.used || !let_go(h.segment()) {
                i += 1;
                continue;
            }
            let last = holds.len() - 1;
            holds.swap(i, last);
            holds.truncate(last);
            h.segment().holders.fetch_sub(1, Ordering::AcqRel);
            // SAFETY: `hold` took a reference.
            gone.push(unsafe { Arc::from_raw(h.segment.as_ptr().cast_const()) });
        }
        let is_gone = |i: &Import| gone.iter().any(|s| Arc::as_ptr(s) == i.segment);
        if let Some((list, used)) = self.imports()
            && list.iter().any(|i| i.closure.is_some() && is_gone(i))
        {
            let stay: Vec<Import> = list.iter().filter(|i| i.closure.is_some() && !is_gone(i)).copied().collect();
            list.iter_mut().for_each(|i| *i = Import::FREE);
            *used = stay.len();
            for import in stay {
                let i = Self::import_place(list, import.segment, import.address);
                list[i] = import;
            }
        }
        gone
    }

    fn for_each_segment(&self, mut visit: impl FnMut(&Segment)) {
        if let Some(own) = self.own() {
            visit(&own.segment);
        }
        for h in self.holds().iter().flat_map(|holds| holds.iter()) {
            visit(h.segment());
        }
    }

    /// Calls `visit` for every pooled string that may be listed in the VM's string table because of shared tables.
    pub fn for_each_string(&self, mut visit: impl FnMut(Gc<Str>)) {
        self.for_each_segment(|s| s.for_each_string(&mut visit));
    }

    /// The VM closes: what it has shared is shared no longer. Comes before its objects are freed, because from then on another VM may have
    /// their addresses and share what it has there.
    pub fn unpublish(&self) {
        let Some(own) = self.own() else { return };
        own.segment.closed.store(true, Ordering::Release);
        for f in own.functions.iter() {
            if let Some(Registered::Function(_, code)) = unregister(f.as_ptr().addr()) {
                // Those who have read it let go of it when they can.
                code.retire();
            }
        }
        let mut next = own.bodies;
        while let Some(block) = next {
            // SAFETY: bodies are live until `free`.
            let body = unsafe { block.as_ref() };
            unregister(body.table.as_ptr().addr());
            next = body.next;
        }
    }

    /// The VM closes, its objects are gone: everything is let go.
    pub fn free(&self, g: &Global) {
        // SAFETY: as in `own`.
        let (own, holds) = unsafe { ((*self.own.get()).take(), (*self.holds.get()).take()) };
        // SAFETY: as in `own`.
        unsafe { *self.imports.get() = None };
        if let Some(own) = own {
            // Nothing is read through its tables any more, and segments that refer to each other would stay for ever.
            let others = core::mem::take(&mut *own.segment.others.lock());
            drop(others);
            let mut next = own.bodies;
            while let Some(block) = next {
                // SAFETY: bodies are live until here; nobody reads them any more (F3).
                unsafe {
                    let size = block.as_ref().size;
                    next = block.as_ref().next;
                    g.allocator.charge(-(size as isize));
                    g.mem().give_back(block.cast(), size);
                }
            }
        }
        for h in holds.iter().flat_map(|holds| holds.iter()) {
            h.segment().holders.fetch_sub(1, Ordering::AcqRel);
            // SAFETY: `hold` took a reference.
            drop(unsafe { Arc::from_raw(h.segment.as_ptr().cast_const()) });
        }
    }
}

// ---- reading ---------------------------------------------------------------------------------------------------

/// Why something cannot be read.
#[derive(Clone, Copy, Debug)]
pub enum Refusal {
    /// Memory.
    Throw(Throw),
    /// The value belongs to the VM that made the table and is not shared.
    NotShared(Tag),
    /// The key to go on from is not in the table.
    NoKey,
}

impl From<Throw> for Refusal {
    fn from(t: Throw) -> Refusal {
        Refusal::Throw(t)
    }
}

/// The VM's own address for a pooled short string, which is listed if it has none.
///
/// May: raise (memory), collect (emergency only).
fn adopt(g: &Global, s: Gc<Str>) -> Result<Gc<Str>> {
    if !pool::is_pooled(s) {
        return Ok(s);
    }
    g.strings.reserve(g.mem())?;
    Ok(match g.strings.list(s) {
        Listed::Now | Listed::Already => s,
        Listed::Other(own) => {
            g.revive(own);
            own
        }
    })
}

/// A value of a body as one of this VM.
fn import(g: &Global, body: &Body, v: Value) -> Result<Value, Refusal> {
    match v.tag {
        // SAFETY: the tag says so.
        Tag::SHORT_STRING => Ok(adopt(g, unsafe { v.object_as() })?.into()),
        tag if !tag.is_collectable() || tag == Tag::LONG_STRING => Ok(v),
        Tag::TABLE => {
            // SAFETY: the tag says so, and the mark is a byte of an object that the VM which made it keeps alive (F1).
            let t: Gc<Table> = unsafe { v.object_as() };
            // SAFETY: as above.
            let mark = unsafe { AtomicU8::from_ptr(t.header.mark.as_ptr()) }.load(Ordering::Acquire);
            if mark & mark::SHARED != 0 {
                if let Some(other) = t.body()
                    && other.segment != body.segment
                {
                    // SAFETY: the segment of a live shared table is alive.
                    g.shares.hold(g.mem(), unsafe { &*other.segment })?;
                }
                Ok(v)
            } else if g.shares.owns(body.segment) {
                Ok(v)
            } else {
                Err(Refusal::NotShared(v.tag))
            }
        }
        _ if g.shares.owns(body.segment) => Ok(v),
        Tag::LUA_CLOSURE => match g.shares.import(g, body.segment, v.address::<u8>().addr())? {
            Some(closure) => Ok(closure.into()),
            None => Err(Refusal::NotShared(v.tag)),
        },
        tag => Err(Refusal::NotShared(tag)),
    }
}

/// A key of this VM as bodies of the segment have it.
fn export(g: &Global, body: &Body, key: Value) -> Value {
    match key.as_lua_closure().and_then(|c| g.shares.imported_from(body.segment, c)) {
        Some(address) => Value { payload: address as u64, ..key },
        None => key,
    }
}

/// What a shared table has for a key; a nil variant when it has nothing.
///
/// May: raise (memory, not shared), collect (emergency only).
pub fn get(g: &Global, t: Gc<Table>, key: Value) -> Result<Value, Refusal> {
    let body = t.body().expect("a shared table");
    match body.position(export(g, body, key)) {
        Some(position) => import(g, body, body.value(position)),
        None => Ok(Value::ABSENT),
    }
}

/// The value after `key` (nil: the first) in the order of traversal. Its key is given to `anchor` before, which makes it reachable.
///
/// May: raise (memory, not shared, not a key), collect (emergency only).
pub fn next(g: &Global, t: Gc<Table>, key: Value, anchor: impl FnOnce(Value)) -> Result<Option<Value>, Refusal> {
    let body = t.body().expect("a shared table");
    let position = if key.is_nil() { 0 } else { body.position(export(g, body, key)).ok_or(Refusal::NoKey)? };
    let Some((key, value)) = body.after(position) else { return Ok(None) };
    anchor(import(g, body, key)?);
    import(g, body, value).map(Some)
}

/// A field of a metatable, which may be a shared table: what cannot be read is not there.
#[inline]
pub fn field(g: &Global, t: Gc<Table>, name: Gc<Str>) -> Value {
    let v = t.get_short_str(name);
    if v.is_nil() && t.header.is_shared() { field_slow(g, t, name) } else { v }
}

#[cold]
fn field_slow(g: &Global, t: Gc<Table>, name: Gc<Str>) -> Value {
    get(g, t, name.into()).unwrap_or(Value::ABSENT)
}

/// Reads what a shared table has as a metatable, so that later `field` finds it without need of memory.
///
/// May: raise (memory, not shared), collect (emergency only).
pub fn prepare_metatable(g: &Global, t: Gc<Table>) -> Result<(), Refusal> {
    let body = t.body().expect("a shared table");
    for i in 0..body.entry_count as usize {
        let e = body.entry(i);
        if e.key().as_string().is_some_and(|s| s.bytes().starts_with(b"__")) {
            import(g, body, e.value())?;
        }
    }
    Ok(())
}
