//! Tables: an array part for keys 1..n and a hash part with chained scatter and Brent's variation.
//!
//! Reference: R. P. Brent, "Reducing the retrieval time of scatter storage techniques", CACM 16(2), 1973; the split into
//! two parts: Ierusalimschy, de Figueiredo, Celes, "The implementation of Lua 5.0", 2005.
//!
//! The array part is one block, addressed from its middle: payloads grow downwards from there, then come the length
//! hint (4 bytes) and the tags upwards. So an element needs no second pointer and takes 9 bytes.
//!
//! Invariants:
//! * T1 A key is in one place: integers 1..=`array_len` in the array, every other key in the hash part.
//! * T2 A colliding key that is not in its main position is there because that position's key is in *its* main position.
//! * T3 Float keys with integral values are stored as integers; NaN and nil are never keys.
//! * T4 A shared table has no parts and no metatable, and is never written; its contents are a body (`frozen`), whose address stands where that of
//!   an array would.
//! * T5 A hash part with the mark `LENT` is a `Pattern` of the process and is never written: whoever writes to the table asks `is_writable` first, and
//!   `own_nodes` makes a copy. Such a table has no array part, and all keys are strings.

mod lookup;
mod traversal;

pub(super) use lookup::hash_word;

use super::frozen::Body;
use super::names;
use super::object::{Gc, Header, object_value};
use super::parts;
use super::state::Global;
use super::string::Str;
use crate::edition::LUA_5_5;
use crate::throw::{Result, Throw};
use crate::value::number::{Rounding, float_to_integer};
use crate::value::{Tag, Value};
use core::cell::Cell;
use core::ptr::{self, NonNull};

/// Largest array part, and base-two logarithm of the largest hash part.
const MAX_ARRAY: u64 = 1 << 30;
const MAX_LOG2_NODES: u32 = 30;
/// Bytes of an array block from which on it grows in place, if the host can do that. C's library moves such blocks by changing page tables, so that the
/// pages there are stay, and half as many are new. Smaller blocks might be copied in `realloc`, and half of that again here.
const MIN_GROWN: usize = 128 << 10;
/// An array part that grows to so many slots is copied one by one.
const FEW: usize = 16;
/// Hash parts from this size on keep a cursor over their free nodes; smaller ones are searched.
const CURSOR_LOG2: u8 = 3;

/// Mark in `Table::log2_nodes`: the nodes are lent (T5). Shifts by that number ignore it.
const LENT: u8 = 1 << 7;

#[repr(C)]
pub struct Table {
    pub header: Header,
    /// Bit `e` set: the metamethod for event `e` (one of the first seven) is known to be absent.
    pub flags: Cell<u8>,
    log2_nodes: Cell<u8>,
    array_len: Cell<u32>,
    /// The middle of the array block; null when there is none.
    array: Cell<*mut u8>,
    nodes: Cell<*mut Node>,
    pub metatable: Cell<Option<Gc<Table>>>,
    pub gray_next: Cell<Option<Gc<Header>>>,
}

const _: () = assert!(size_of::<Table>() == 40);

object_value!(Table, as_table, TABLE, |_o| Tag::TABLE);

/// One entry of a hash part.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct Node {
    value: u64,
    key: u64,
    /// Distance to the next node of the chain, in nodes; 0 ends it.
    next: i32,
    value_tag: Tag,
    key_tag: Tag,
}

const _: () = assert!(size_of::<Node>() == 24);

impl Node {
    const FREE: Node = Node { value: 0, key: 0, next: 0, value_tag: Tag::EMPTY, key_tag: Tag::NIL };

    #[inline(always)]
    pub fn key(&self) -> Value {
        Value { payload: self.key, tag: self.key_tag }
    }

    #[inline(always)]
    pub fn value(&self) -> Value {
        Value { payload: self.value, tag: self.value_tag }
    }
}

/// The hash part of tables that have none: one free node that is never written.
struct Dummy(Node);
// SAFETY: never written.
unsafe impl Sync for Dummy {}
static DUMMY: Dummy = Dummy(Node::FREE);

/// Where the value for a key is stored. Valid until the table is resized.
#[derive(Clone, Copy)]
pub struct Place {
    payload: *mut u64,
    tag: *mut Tag,
}

impl Place {
    #[inline(always)]
    pub fn get(self) -> Value {
        // SAFETY: places are made from live tables and used before these change shape.
        unsafe { Value { payload: *self.payload, tag: *self.tag } }
    }

    /// Stores without a barrier.
    #[inline(always)]
    pub fn set(self, v: Value) {
        // SAFETY: as above.
        unsafe {
            *self.tag = v.tag;
            *self.payload = v.payload;
        }
    }
}

/// Size in bytes of the block of an array part.
const fn array_block_size(n: usize) -> usize {
    n * 9 + 4
}

/// Size in bytes of the block of a hash part.
const fn node_block_size(log2: u8) -> usize {
    (if log2 >= CURSOR_LOG2 { 8 } else { 0 }) + (size_of::<Node>() << log2)
}

/// A hash part that is the same in every VM: keys are names, and values are of the process as well. Tables borrow it until they are changed.
pub struct Pattern {
    nodes: Box<[Node]>,
}

// SAFETY: what it refers to lives as long as the process and is immutable.
unsafe impl Send for Pattern {}
// SAFETY: as above.
unsafe impl Sync for Pattern {}

/// Why a key cannot be stored.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BadKey {
    Nil,
    NaN,
}

/// A key as the table stores it (T3).
#[inline]
pub fn normalize_key(key: Value) -> Value {
    if key.is_float()
        && let Some(i) = float_to_integer(key.float_payload(), Rounding::Exact)
    {
        return Value::integer(i);
    }
    key
}

impl Gc<Table> {
    /// An empty table. May: raise (memory), collect (emergency only).
    #[inline]
    pub fn new(g: &Global) -> Result<Gc<Table>> {
        let p = g.space.allocate(g, size_of::<Table>(), Tag::TABLE)?.cast::<Table>();
        // SAFETY: fresh memory of the right size.
        unsafe {
            p.as_ptr().write(Table {
                header: g.new_header(Tag::TABLE),
                // No metamethods in an empty table.
                flags: Cell::new(u8::MAX),
                log2_nodes: Cell::new(0),
                array_len: Cell::new(0),
                array: Cell::new(ptr::null_mut()),
                nodes: Cell::new(Table::dummy()),
                metatable: Cell::new(None),
                gray_next: Cell::new(None),
            });
            Ok(Gc::from_ptr(p))
        }
    }
}

impl Table {
    #[inline(always)]
    fn dummy() -> *mut Node {
        &raw const DUMMY.0 as *mut Node
    }

    #[inline(always)]
    fn has_no_nodes(&self) -> bool {
        self.nodes.get() == Self::dummy()
    }

    // ---- sharing -----------------------------------------------------------------------------------------------

    /// The contents of a shared table.
    #[inline]
    pub fn body(&self) -> Option<&Body> {
        if self.header.is_shared() {
            // SAFETY: T4; the body lives as long as the table.
            Some(unsafe { &*self.array.get().cast::<Body>() })
        } else {
            None
        }
    }

    /// Gives the parts back: the contents are in the body now. The table is to be marked as shared next.
    pub fn become_frozen(&self, g: &Global, body: NonNull<Body>, flags: u8) {
        self.free_parts(g);
        self.flags.set(flags);
        self.log2_nodes.set(0);
        self.array_len.set(0);
        self.array.set(body.as_ptr().cast());
        self.nodes.set(Self::dummy());
    }

    // ---- shape -------------------------------------------------------------------------------------------------

    /// Number of slots of the array part.
    #[inline(always)]
    pub fn array_len(&self) -> u32 {
        self.array_len.get()
    }

    /// Number of nodes of the hash part.
    #[inline(always)]
    pub fn node_count(&self) -> usize {
        if self.has_no_nodes() { 0 } else { 1 << self.log2() }
    }

    #[inline(always)]
    fn log2(&self) -> u8 {
        self.log2_nodes.get() & !LENT
    }

    /// Whether the values that the table has may be overwritten where they are (T5).
    #[inline(always)]
    pub fn is_writable(&self) -> bool {
        self.log2_nodes.get() & LENT == 0
    }

    #[inline(always)]
    fn owns_nodes(&self) -> bool {
        !self.has_no_nodes() && self.is_writable()
    }

    /// Makes sure that the table may be written. May: raise (memory), collect (emergency only).
    #[inline]
    pub fn own_nodes(&self, g: &Global) -> Result {
        if self.is_writable() { Ok(()) } else { self.copy_lent_nodes(g) }
    }

    #[cold]
    fn copy_lent_nodes(&self, g: &Global) -> Result {
        let log2 = self.log2();
        let nodes = Self::obtain_nodes(g, log2, 1 << log2)?;
        // SAFETY: a fresh hash part of the same size.
        unsafe { ptr::copy_nonoverlapping(self.nodes.get(), nodes, 1 << log2) };
        self.nodes.set(nodes);
        self.log2_nodes.set(log2);
        Ok(())
    }

    /// Bytes of the blocks that belong to the table.
    pub fn part_sizes(&self) -> usize {
        let array = if self.array_len.get() == 0 { 0 } else { array_block_size(self.array_len.get() as usize) };
        let nodes = if self.owns_nodes() { node_block_size(self.log2()) } else { 0 };
        array + nodes
    }

    /// Array element `i`, counted from zero.
    #[inline(always)]
    pub fn array_place(&self, i: u32) -> Place {
        debug_assert!(i < self.array_len.get());
        let middle = self.array.get();
        // SAFETY: within the block.
        unsafe { Place { payload: middle.cast::<u64>().sub(i as usize + 1), tag: middle.add(4 + i as usize).cast() } }
    }

    #[inline(always)]
    fn array_tag(&self, i: u32) -> Tag {
        debug_assert!(i < self.array_len.get());
        // SAFETY: within the block.
        unsafe { *self.array.get().add(4 + i as usize).cast::<Tag>() }
    }

    /// Node `i` of the hash part (also of the dummy one).
    #[inline(always)]
    pub fn node(&self, i: usize) -> *mut Node {
        debug_assert!(i < 1 << self.log2());
        // SAFETY: within the block.
        unsafe { self.nodes.get().add(i) }
    }

    /// The nodes `from..to` of the hash part, which stays as it is meanwhile.
    #[inline(always)]
    pub fn node_range(&self, from: usize, to: usize) -> impl Iterator<Item = *mut Node> + use<> {
        debug_assert!(to <= 1 << self.log2());
        let nodes = self.nodes.get();
        (from..to).map(move |i| nodes.wrapping_add(i))
    }

    #[inline(always)]
    fn mask(&self) -> usize {
        1usize.wrapping_shl(self.log2_nodes.get().into()) - 1
    }

    #[inline(always)]
    fn node_place(n: *mut Node) -> Place {
        // SAFETY: a live node.
        unsafe { Place { payload: &raw mut (*n).value, tag: &raw mut (*n).value_tag } }
    }

    // ---- insertion ---------------------------------------------------------------------------------------------

    /// Stores `value` under `key`, which has no place yet or an old one. No barrier, no metamethods.
    ///
    /// May: raise (memory), collect (emergency only).
    pub fn set(&self, g: &Global, key: Value, value: Value) -> Result<(), SetError> {
        self.own_nodes(g)?;
        match self.find(key) {
            Some(place) => place.set(value),
            None => self.insert(g, key, value)?,
        }
        Ok(())
    }

    /// As `set`, for an integer key.
    #[inline]
    pub fn set_integer(&self, g: &Global, key: i64, value: Value) -> Result {
        match self.find_integer(key) {
            Some(place) => {
                place.set(value);
                Ok(())
            }
            None => self.insert_valid(g, Value::integer(key), value),
        }
    }

    /// As `set`, for a string key.
    pub fn set_str(&self, g: &Global, key: Gc<Str>, value: Value) -> Result {
        self.own_nodes(g)?;
        match self.find(key.into()) {
            Some(place) => {
                place.set(value);
                Ok(())
            }
            None => self.insert_valid(g, key.into(), value),
        }
    }

    /// Stores `value` under a key that has no place yet. Nil values are not stored.
    pub fn insert(&self, g: &Global, key: Value, value: Value) -> Result<(), SetError> {
        let key = normalize_key(key);
        match key.tag {
            tag if tag.is_nil() => return Err(SetError::Key(BadKey::Nil)),
            Tag::FLOAT if key.float_payload().is_nan() => return Err(SetError::Key(BadKey::NaN)),
            _ => {}
        }
        Ok(self.insert_valid(g, key, value)?)
    }

    /// Stores `value` under an integer or a short string that has no place yet and none in the array, where that takes no memory and is nothing to the
    /// collector; false if nothing was done.
    #[inline(always)]
    pub fn try_insert(&self, g: &Global, key: Value, value: Value) -> bool {
        if value.is_nil() || !self.owns_nodes() || g.gc.sliced.get().is_some() {
            return false;
        }
        let n = self.position_of_simple(key);
        // SAFETY: a node of this hash part, which has one.
        unsafe {
            if !(*n).value_tag.is_nil() {
                return self.insert_node(key, value);
            }
            (*n).key = key.payload;
            (*n).key_tag = key.tag;
            (*n).value = value.payload;
            (*n).value_tag = value.tag;
        }
        true
    }

    fn insert_valid(&self, g: &Global, key: Value, value: Value) -> Result {
        debug_assert!(!self.header.is_shared());
        if value.is_nil() {
            return Ok(());
        }
        self.own_nodes(g)?;
        if g.gc.sliced.get().is_some_and(|t| ptr::eq(t.as_ptr(), self)) {
            self.keep_occupant(g, key);
        }
        while !self.insert_node(key, value) {
            self.rehash(g, key)?;
            // The key may have moved to the array part.
            if let Some(i) = key.as_integer()
                && (i as u64).wrapping_sub(1) < self.array_len.get() as u64
            {
                self.array_place((i - 1) as u32).set(value);
                return Ok(());
            }
        }
        Ok(())
    }

    /// Marks the entry in the main position of a key, which an insertion may move behind the collector's back while it
    /// visits the table in slices.
    #[cold]
    fn keep_occupant(&self, g: &Global, key: Value) {
        // SAFETY: a live node.
        let n = unsafe { *self.main_position(key) };
        if let Some(keep) = g.gc.keep.get()
            && !n.value_tag.is_nil()
        {
            keep(g, n.key());
            keep(g, n.value());
        }
    }

    /// Puts a new key into the hash part; false when that is full.
    fn insert_node(&self, key: Value, value: Value) -> bool {
        if self.has_no_nodes() {
            return false;
        }
        let mut n = self.main_position(key);
        // SAFETY: all nodes are of this hash part; chains stay inside it.
        unsafe {
            if !(*n).value_tag.is_nil() {
                let Some(free) = self.free_node() else { return false };
                let mut other = self.main_position((*n).key());
                if other != n {
                    // The occupant is not at home (T2): it moves to the free node and leaves its place.
                    while other.offset((*other).next as isize) != n {
                        other = other.offset((*other).next as isize);
                    }
                    (*other).next = free.offset_from(other) as i32;
                    *free = *n;
                    if (*n).next != 0 {
                        (*free).next += n.offset_from(free) as i32;
                        (*n).next = 0;
                    }
                    (*n).value_tag = Tag::EMPTY;
                } else {
                    // The occupant is at home: the new key goes into the free node, second in the chain.
                    (*free).next = if (*n).next != 0 { n.offset((*n).next as isize).offset_from(free) as i32 } else { 0 };
                    (*n).next = free.offset_from(n) as i32;
                    n = free;
                }
            }
            (*n).key = key.payload;
            (*n).key_tag = key.tag;
            (*n).value = value.payload;
            (*n).value_tag = value.tag;
        }
        true
    }

    /// The cursor below which free nodes may remain; only for large hash parts.
    #[inline(always)]
    fn cursor(&self) -> Option<*mut u64> {
        debug_assert!(self.is_writable());
        if self.log2() >= CURSOR_LOG2 {
            // SAFETY: such blocks begin with the cursor.
            Some(unsafe { self.nodes.get().cast::<u64>().sub(1) })
        } else {
            None
        }
    }

    /// A node that never held a key.
    fn free_node(&self) -> Option<*mut Node> {
        let cursor = self.cursor();
        // SAFETY: the cursor word belongs to the block.
        let mut i = cursor.map_or(self.node_count(), |c| unsafe { *c } as usize);
        while i > 0 {
            i -= 1;
            let n = self.node(i);
            // SAFETY: a live node.
            if unsafe { (*n).key_tag } == Tag::NIL {
                if let Some(c) = cursor {
                    // SAFETY: as above.
                    unsafe { *c = i as u64 };
                }
                return Some(n);
            }
        }
        if let Some(c) = cursor {
            // SAFETY: as above.
            unsafe { *c = 0 };
        }
        None
    }

    // ---- growth ------------------------------------------------------------------------------------------------

    /// Makes room for one more key, choosing the array size so that more than half of it is used.
    fn rehash(&self, g: &Global, extra: Value) -> Result {
        // counts[b]: integer keys k with 2^(b-1) < k <= 2^b.
        let mut counts = [0u32; 65];
        let mut integers = 0u64;
        let mut count = |key: i64| {
            if key > 0 && key as u64 <= MAX_ARRAY {
                counts[(64 - (key as u64 - 1).leading_zeros()) as usize] += 1;
                integers += 1;
            }
        };
        let mut total = 1u64;
        for i in 0..self.array_len.get() {
            if !self.array_tag(i).is_nil() {
                count(i as i64 + 1);
                total += 1;
            }
        }
        for i in 0..self.node_count() {
            // SAFETY: a live node.
            let n = unsafe { &*self.node(i) };
            if !n.value_tag.is_nil() {
                total += 1;
                if let Some(k) = n.key().as_integer() {
                    count(k);
                }
            }
        }
        if let Some(k) = extra.as_integer() {
            count(k);
        }
        let (mut below, mut array, mut in_array) = (0u64, 0u64, 0u64);
        for (b, c) in counts.iter().enumerate().take(31) {
            let size = 1u64 << b;
            if integers <= size / 2 {
                break;
            }
            below += *c as u64;
            if below > size / 2 {
                array = size;
                in_array = below;
            }
        }
        self.resize(g, array as usize, (total - in_array) as usize)
    }

    /// Gives the table `array` array slots and room for `hashed` keys in the hash part. On failure nothing changes.
    ///
    /// May: raise (memory), collect (emergency only).
    pub fn resize(&self, g: &Global, array: usize, hashed: usize) -> Result {
        debug_assert!(!self.header.is_shared());
        if hashed == 0 && self.has_no_nodes() && array > self.array_len.get() as usize && array <= FEW {
            return self.extend_array(g, array);
        }
        let log2 = match hashed {
            0 => None,
            n => {
                let log2 = n.next_power_of_two().trailing_zeros();
                if log2 > MAX_LOG2_NODES || n > 1 << MAX_LOG2_NODES {
                    return Err(Throw::Memory);
                }
                Some(log2 as u8)
            }
        };
        if array as u64 > u32::MAX as u64 / 2 {
            return Err(Throw::Memory);
        }
        // Both blocks first: these may fail, or collect and look at the table as it is.
        let new_nodes = match log2 {
            Some(log2) => Some(Self::new_nodes(g, log2)?),
            None => None,
        };
        let old_len = self.array_len.get() as usize;
        let in_place = array > old_len && array_block_size(old_len) >= MIN_GROWN;
        let new_array = if array == old_len {
            None
        } else if array == 0 {
            Some(ptr::null_mut())
        } else {
            let block = if in_place { self.grow_array(g, array) } else { g.space.allocate_buffer(g, array_block_size(array)) };
            match block {
                // SAFETY: the middle lies inside the block.
                Ok(block) => Some(unsafe { block.as_ptr().add(array * 8) }),
                Err(e) => {
                    if let (Some(nodes), Some(log2)) = (new_nodes, log2) {
                        Self::free_nodes(g, nodes, log2);
                    }
                    return Err(e);
                }
            }
        };
        if g.gc.sliced.get().is_some_and(|t| ptr::eq(t.as_ptr(), self)) {
            // Everything moves: the collector starts over.
            g.gc.slice_next.set(0);
        }
        let (old_nodes, old_log2, had_nodes) = (self.nodes.get(), self.log2(), !self.has_no_nodes());
        let owned = self.owns_nodes();
        let old_array = self.array.get();
        self.nodes.set(new_nodes.unwrap_or(Self::dummy()));
        self.log2_nodes.set(log2.unwrap_or(0));
        if let Some(middle) = new_array {
            let kept = old_len.min(array);
            // SAFETY: both blocks have `kept` elements on both sides of their middles; the new one `array`.
            unsafe {
                if kept > 0 && !in_place {
                    let bytes = kept * 8;
                    ptr::copy_nonoverlapping(old_array.sub(bytes), middle.sub(bytes), bytes);
                    ptr::copy_nonoverlapping(old_array.add(4), middle.add(4), kept);
                }
                if array > 0 {
                    Self::clear_array(middle, array, kept);
                }
            }
            // Elements beyond a shrunk array go to the hash part, read from the old block.
            for i in array..old_len {
                // SAFETY: within the old block.
                let v =
                    unsafe { Value { payload: *old_array.cast::<u64>().sub(i + 1), tag: *old_array.add(4 + i).cast::<Tag>() } };
                if !v.is_nil() {
                    let placed = self.insert_node(Value::integer(i as i64 + 1), v);
                    debug_assert!(placed);
                }
            }
            self.array.set(middle);
            self.array_len.set(array as u32);
            if old_len > 0 && !in_place {
                // SAFETY: the old block, no longer used.
                unsafe { Self::free_array(g, old_array, old_len) };
            }
        }
        if had_nodes {
            for i in (0..1usize << old_log2).rev() {
                // SAFETY: a node of the old block.
                let n = unsafe { *old_nodes.add(i) };
                if !n.value_tag.is_nil() {
                    match n.key().as_integer().map(|k| (k as u64).wrapping_sub(1)) {
                        Some(k) if k < array as u64 => self.array_place(k as u32).set(n.value()),
                        _ => {
                            let placed = self.insert_node(n.key(), n.value());
                            debug_assert!(placed);
                        }
                    }
                }
            }
            if owned {
                Self::free_nodes(g, old_nodes, old_log2);
            }
        }
        Ok(())
    }

    /// The block of the array, resized, with what it holds where that belongs in one of `array` elements, which are more. The table still refers to the
    /// old block. On failure nothing changes.
    fn grow_array(&self, g: &Global, array: usize) -> Result<NonNull<u8>> {
        let old = self.array_len.get() as usize;
        // SAFETY: the block of the array.
        let block = unsafe { NonNull::new_unchecked(self.array.get().sub(old * 8)) };
        // SAFETY: as above; neither size is small.
        let block = unsafe { g.space.resize_buffer(g, block, array_block_size(old), array_block_size(array))? };
        // SAFETY: both places are in the block.
        unsafe { ptr::copy(block.as_ptr(), block.as_ptr().add((array - old) * 8), array_block_size(old)) };
        Ok(block)
    }

    /// As `resize`, for a table without a hash part whose array grows.
    fn extend_array(&self, g: &Global, n: usize) -> Result {
        let block = g.space.allocate_buffer(g, array_block_size(n))?;
        let (old, old_len) = (self.array.get(), self.array_len.get() as usize);
        // SAFETY: the middles lie inside their blocks, which have so many elements on both sides of them; the old one is not used any more.
        unsafe {
            let middle = block.as_ptr().add(n * 8);
            for i in 0..old_len {
                *middle.cast::<u64>().sub(i + 1) = *old.cast::<u64>().sub(i + 1);
                *middle.add(4 + i) = *old.add(4 + i);
            }
            Self::clear_array(middle, n, old_len);
            self.array.set(middle);
            self.array_len.set(n as u32);
            if old_len > 0 {
                Self::free_array(g, old, old_len);
            }
        }
        if g.gc.sliced.get().is_some_and(|t| ptr::eq(t.as_ptr(), self)) {
            // Everything moves: the collector starts over.
            g.gc.slice_next.set(0);
        }
        Ok(())
    }

    /// Empties the elements of an array from the one numbered `kept` on.
    ///
    /// # Safety
    /// `middle` is that of a block of `n` elements.
    #[inline(always)]
    unsafe fn clear_array(middle: *mut u8, n: usize, kept: usize) {
        // SAFETY: the caller's.
        unsafe {
            ptr::write_bytes(middle.add(4 + kept), Tag::EMPTY.0, n - kept);
            // The first guess at the length.
            middle.cast::<u32>().write(if LUA_5_5 { n / 2 } else { n } as u32);
        }
    }

    fn new_nodes(g: &Global, log2: u8) -> Result<*mut Node> {
        let nodes = Self::obtain_nodes(g, log2, 1 << log2)?;
        for i in 0..1usize << log2 {
            // SAFETY: a fresh block for so many nodes.
            unsafe { nodes.add(i).write(Node::FREE) };
        }
        Ok(nodes)
    }

    /// A block for the nodes of a hash part, which are to be written, and in large ones the cursor before them.
    fn obtain_nodes(g: &Global, log2: u8, cursor: u64) -> Result<*mut Node> {
        let block = g.space.allocate_buffer(g, node_block_size(log2))?.as_ptr();
        if log2 < CURSOR_LOG2 {
            return Ok(block.cast());
        }
        // SAFETY: a fresh block with room for the cursor and the nodes.
        unsafe {
            block.cast::<u64>().write(cursor);
            Ok(block.add(8).cast())
        }
    }

    /// Whether what is not where fast paths look is nil: the table is not shared, and there is no metatable to ask.
    #[inline(always)]
    pub fn is_plain(&self) -> bool {
        self.metatable.get().is_none() && !self.header.is_shared()
    }

    /// Whether the collector finds nothing in the table: it has no parts and no metatable.
    #[inline(always)]
    pub fn refers_to_nothing(&self) -> bool {
        self.metatable.get().is_none() && self.is_bare()
    }

    /// Whether the table has no parts, so that nothing is in it.
    pub fn is_bare(&self) -> bool {
        self.has_no_nodes() && self.array_len.get() == 0 && !self.header.is_shared()
    }

    /// The hash part as a pattern for other VMs; `None` if it refers to anything of this VM.
    pub fn pattern(&self) -> Option<Pattern> {
        let is_of_process = |v: Value| match v.as_string() {
            Some(s) => names::is_name(s),
            None => !v.tag.is_collectable(),
        };
        if self.has_no_nodes() {
            return None;
        }
        // SAFETY: the nodes of the hash part, which nobody changes meanwhile.
        let nodes = unsafe { core::slice::from_raw_parts(self.nodes.get(), self.node_count()) };
        if !nodes.iter().all(|n| is_of_process(n.key()) && is_of_process(n.value())) {
            return None;
        }
        Some(Pattern { nodes: nodes.into() })
    }

    /// Makes a table, which is bare or has these entries already, one with this hash part, until it is changed.
    pub fn borrow_pattern(&self, g: &Global, pattern: &'static Pattern) {
        debug_assert!(self.array_len.get() == 0);
        self.free_parts(g);
        self.nodes.set(pattern.nodes.as_ptr().cast_mut());
        self.log2_nodes.set(pattern.nodes.len().trailing_zeros() as u8 | LENT);
        self.flags.set(0);
    }

    fn free_nodes(g: &Global, nodes: *mut Node, log2: u8) {
        let block = if log2 >= CURSOR_LOG2 { nodes.cast::<u8>().wrapping_sub(8) } else { nodes.cast() };
        // SAFETY: made by `new_nodes` with this size.
        unsafe { g.space.free_buffer(g, NonNull::new_unchecked(block), node_block_size(log2)) };
    }

    /// # Safety
    /// `middle` is that of a live array block of `len` elements that nobody uses any more.
    unsafe fn free_array(g: &Global, middle: *mut u8, len: usize) {
        // SAFETY: the caller's.
        unsafe { g.space.free_buffer(g, NonNull::new_unchecked(middle.sub(len * 8)), array_block_size(len)) };
    }

    /// Gives back the table's blocks; the collector frees the object itself.
    pub fn free_parts(&self, g: &Global) {
        debug_assert!(!self.header.is_shared());
        if self.owns_nodes() {
            Self::free_nodes(g, self.nodes.get(), self.log2());
        }
        if self.array_len.get() > 0 {
            // SAFETY: the table is dead.
            unsafe { Self::free_array(g, self.array.get(), self.array_len.get() as usize) };
        }
    }

    // ---- for the collector -------------------------------------------------------------------------------------

    /// Number of entries that both parts have room for.
    pub fn slots(&self) -> usize {
        self.array_len.get() as usize + self.node_count()
    }

    /// The most nodes that looking for a key passes.
    #[cfg(test)]
    pub fn longest_chain(&self) -> usize {
        let keys = self.node_range(0, self.node_count()).map(|n| {
            // SAFETY: a live node.
            unsafe { (*n).key() }
        });
        let length = |key: Value| {
            let passed = Cell::new(0);
            self.chain(self.main_position(key), |n| {
                passed.set(passed.get() + 1);
                n.key_tag == key.tag && n.key == key.payload
            });
            passed.get()
        };
        keys.filter(|k| !k.is_nil()).map(length).max().unwrap_or(0)
    }

    /// Calls `visit` for the objects among the array elements `from..to`, counted from zero.
    #[inline]
    pub fn for_each_array_object(&self, from: u32, to: u32, mut visit: impl FnMut(Gc<Header>)) {
        debug_assert!(to <= self.array_len.get());
        for i in from..to {
            if self.array_tag(i).is_collectable()
                && let Some(o) = self.array_place(i).get().object()
            {
                visit(o);
            }
        }
    }

    /// Bytes of the blocks that do not share one with others.
    pub fn large_part_sizes(&self) -> usize {
        let nodes = if self.owns_nodes() { node_block_size(self.log2()) } else { 0 };
        let n = self.array_len.get() as usize;
        let array = if n == 0 { 0 } else { array_block_size(n) };
        [nodes, array].into_iter().filter(|size| !parts::is_small(*size)).sum()
    }

    /// Gives back the blocks that do not share one with others: the state closes.
    pub fn free_large_parts(&self, g: &Global) {
        if self.owns_nodes() && !parts::is_small(node_block_size(self.log2())) {
            Self::free_nodes(g, self.nodes.get(), self.log2());
        }
        let n = self.array_len.get() as usize;
        if n > 0 && !parts::is_small(array_block_size(n)) {
            // SAFETY: the table is dead.
            unsafe { Self::free_array(g, self.array.get(), n) };
        }
    }

    /// Removes the entry of a node whose key or value died: the value becomes empty and a collectable key a dead one.
    pub fn clear_node(&self, i: usize) {
        // SAFETY: a live node, not the dummy's, since that has no collectable key or value.
        unsafe {
            debug_assert!(!self.header.is_shared());
            let n = self.node(i);
            (*n).value_tag = Tag::EMPTY;
            self.bury_key(n);
        }
    }

    /// Marks the key of an entry without a value as dead, so that its object can be freed.
    ///
    /// # Safety
    /// `n` is a node of this table's own hash part and its value is nil.
    pub unsafe fn bury_key(&self, n: *mut Node) {
        // SAFETY: the caller's.
        unsafe {
            if (*n).key_tag.is_collectable() {
                (*n).key_tag = Tag::DEAD_KEY;
            }
        }
    }
}

/// Why `set` failed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SetError {
    Key(BadKey),
    Throw(Throw),
}

impl From<Throw> for SetError {
    fn from(t: Throw) -> SetError {
        SetError::Throw(t)
    }
}
