//! The frozen contents of a shared table, and how a table gets them.

use super::segment::Segment;
use crate::heap::names::Name;
use crate::heap::object::{Gc, Header};
use crate::heap::pool;
use crate::heap::state::Global;
use crate::heap::string::Str;
use crate::heap::table::{Table, hash_word, normalize_key};
use crate::throw::{Result, Throw};
use crate::value::{Tag, Value};
use core::ptr::{self, NonNull};
use std::sync::Arc;

/// One entry of the hash part.
#[derive(Clone, Copy)]
#[repr(C)]
pub(super) struct Entry {
    value: u64,
    key: u64,
    hash: u32,
    value_tag: Tag,
    key_tag: Tag,
}

const _: () = assert!(size_of::<Entry>() == 24);

impl Entry {
    pub(super) fn key(&self) -> Value {
        Value { payload: self.key, tag: self.key_tag }
    }

    pub(super) fn value(&self) -> Value {
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
    pub(super) table: Gc<Table>,
    pub(super) segment: *const Segment,
    /// The next one that the VM made.
    pub(super) next: Option<NonNull<Body>>,
    pub(super) size: usize,
    /// What `#` gives.
    border: u64,
    array_len: u32,
    pub(super) entry_count: u32,
    index_len: u32,
}

fn hash_of(key: Value) -> u32 {
    match key.tag {
        // SAFETY: the tags say so.
        Tag::SHORT_STRING | Tag::LONG_STRING => unsafe { key.object_as::<Str>() }.hash(),
        Tag::FALSE => 1,
        Tag::TRUE => 2,
        // As numbers may differ only in their upper bits.
        _ => hash_word(key.payload ^ key.payload >> 32) as u32,
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
    pub(super) fn entry(&self, i: usize) -> &Entry {
        debug_assert!(i < self.entry_count as usize);
        // SAFETY: within the block.
        unsafe { &*self.entries().add(i) }
    }

    /// Where a key is in the order of traversal, counted from one.
    #[inline]
    pub(super) fn position(&self, key: Value) -> Option<usize> {
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
    pub(super) fn value(&self, position: usize) -> Value {
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
    pub(super) fn after(&self, position: usize) -> Option<(Value, Value)> {
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

/// Freezes a table of the VM that is not shared yet and has no metatable: its contents move into a body. `added` is called for each of the VM's own
/// objects among them, which are roots from then on. The caller marks the table as shared afterwards (`publish`).
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
        let name: Value = Name(event as u16).get().into();
        // SAFETY: written above.
        unsafe { block.as_ref() }.position(name).is_none()
    };
    let flags = (0..7).filter(|event| absent(*event)).fold(0, |flags, event| flags | 1 << event);
    t.become_frozen(g, block, flags);
    Ok(())
}
