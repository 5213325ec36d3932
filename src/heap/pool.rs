//! Strings that belong to the process: the constants and names of shared chunks.
//!
//! A text has one pooled string, however many chunks use it, so that VMs which link several chunks find the same address in
//! all of them. Each use is a reference; the last one to go frees the string. Static names (`names`) are not pooled: they
//! are found first and live for ever.
//!
//! Pooled strings are marked as the process's own (`mark::POOLED`): no collector visits or changes them.

use super::names;
use super::object::{Gc, mark};
use super::string::{self, MAX_SHORT, Str, TextHasher};
use core::ptr::NonNull;
use core::sync::atomic::{AtomicUsize, Ordering};
use parking_lot::Mutex;
use std::alloc::{Layout, alloc, dealloc};
use std::collections::HashMap;
use std::hash::BuildHasherDefault;

/// Locks of the pool, by the low bits of the hash.
const SHARDS: usize = 16;
/// A shard with room for no more strings than this keeps it.
const MIN_CAPACITY: usize = 256;

#[derive(Default)]
struct Shard {
    /// Text (in the string itself) to string and references.
    strings: HashMap<&'static [u8], (PooledString, usize), BuildHasherDefault<TextHasher>>,
}

/// The address of a pooled string, which threads may pass on.
#[derive(Clone, Copy)]
struct PooledString(NonNull<Str>);

// SAFETY: pooled strings are immutable and freed under their shard's lock.
unsafe impl Send for PooledString {}

/// Number of strings in all shards: mostly there are none, and nobody needs to look.
static STRINGS: AtomicUsize = AtomicUsize::new(0);

static POOL: [Mutex<Option<Shard>>; SHARDS] = [const { Mutex::new(None) }; SHARDS];

fn shard(hash: u32) -> &'static Mutex<Option<Shard>> {
    &POOL[hash as usize % SHARDS]
}

fn layout(len: usize) -> Layout {
    Layout::from_size_align(string::size_for(len), 8).expect("strings are smaller than the address space")
}

/// The string of the process with this text, with one more reference.
pub fn acquire(text: &[u8]) -> Gc<Str> {
    let hash = string::hash_bytes(text);
    if text.len() <= MAX_SHORT
        && let Some(s) = names::find(text, hash)
    {
        return s;
    }
    let mut guard = shard(hash).lock();
    let strings = &mut guard.get_or_insert_default().strings;
    if let Some((s, references)) = strings.get_mut(text) {
        *references += 1;
        // SAFETY: listed strings are alive.
        return unsafe { Gc::from_ptr(s.0) };
    }
    // SAFETY: the layout is that of a string of this length; the object is written whole before anyone sees it.
    let s: Gc<Str> = unsafe {
        let p = NonNull::new(alloc(layout(text.len())).cast::<Str>()).expect("memory for shared strings");
        let data = Str::init(p.as_ptr(), text.len(), hash, mark::POOLED);
        core::ptr::copy_nonoverlapping(text.as_ptr(), data, text.len());
        p.as_ref().set_hashed();
        Gc::from_ptr(p)
    };
    STRINGS.fetch_add(1, Ordering::Relaxed);
    strings.insert(s.bytes(), (PooledString(NonNull::new(s.as_ptr()).expect("not null")), 1));
    s
}

/// The pooled string with this text, if there is one, with one more reference.
pub fn find(text: &[u8], hash: u32) -> Option<Gc<Str>> {
    if STRINGS.load(Ordering::Relaxed) == 0 {
        return None;
    }
    let mut guard = shard(hash).lock();
    let (s, references) = guard.as_mut()?.strings.get_mut(text)?;
    *references += 1;
    // SAFETY: listed strings are alive.
    Some(unsafe { Gc::from_ptr(s.0) })
}

/// Whether a string is pooled, so that references to it are counted.
pub fn is_pooled(s: Gc<Str>) -> bool {
    s.header.mark.get() == mark::POOLED
}

/// One more reference to a string that the caller already has one of.
pub fn retain(s: Gc<Str>) {
    if is_pooled(s) {
        let mut guard = shard(s.hash()).lock();
        let strings = &mut guard.get_or_insert_default().strings;
        strings.get_mut(s.bytes()).expect("a pooled string is listed").1 += 1;
    }
}

/// Gives a reference up.
pub fn release(s: Gc<Str>) {
    if !is_pooled(s) {
        return;
    }
    let mut guard = shard(s.hash()).lock();
    let strings = &mut guard.get_or_insert_default().strings;
    let references = &mut strings.get_mut(s.bytes()).expect("a pooled string is listed").1;
    *references -= 1;
    if *references == 0 {
        strings.remove(s.bytes());
        STRINGS.fetch_sub(1, Ordering::Relaxed);
        let len = s.len();
        // SAFETY: allocated by `acquire` with this layout; nobody has a reference any more.
        unsafe { dealloc(s.as_ptr().cast(), layout(len)) };
        if strings.capacity() > MIN_CAPACITY && strings.len() < strings.capacity() / 8 {
            strings.shrink_to(strings.len() * 2);
        }
    }
}

/// Number of pooled strings and their bytes.
pub fn totals() -> (usize, usize) {
    let mut totals = (0, 0);
    for shard in &POOL {
        if let Some(shard) = &*shard.lock() {
            totals.0 += shard.strings.len();
            totals.1 += shard.strings.keys().map(|text| string::size_for(text.len())).sum::<usize>();
        }
    }
    totals
}
