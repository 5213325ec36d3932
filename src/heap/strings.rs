//! Interning: the table of a VM's short strings.
//!
//! Open addressing with linear probing, so that a string needs no link field and strings of the process can be listed in
//! many VMs at once. Beside each slot lies a byte that says whether the slot is free, was freed, or gives seven bits of the
//! hash: a probe walks these bytes and looks at a string only when it is almost certainly the right one, and freeing a
//! string looks at no other. Static names (`names`) are not listed at all: a miss looks there before it makes a string.

use super::mem::Mem;
use super::names;
use super::object::{Gc, mark};
use super::state::Global;
use super::string::{self, MAX_SHORT, Str};
use crate::throw::{Result, Throw};
use crate::value::Tag;
use core::cell::Cell;
use core::ptr::{self, NonNull};

/// Smallest table, in slots.
const MIN_SLOTS: usize = 16;

/// The byte of a slot that was never used since the table was made.
const FREE: u8 = 0;
/// The byte of a slot whose string is gone: probes continue behind it.
const REMOVED: u8 = 1;

/// The byte of a slot that holds a string; taken from other bits of the hash than the position.
#[inline(always)]
const fn fingerprint(hash: u32) -> u8 {
    (hash >> 24) as u8 | 2
}

pub struct StringTable {
    /// The slots; behind them as many bytes.
    slots: Cell<*mut *mut Str>,
    /// Number of slots, a power of two; 0 before the first string.
    size: Cell<usize>,
    used: Cell<usize>,
    removed: Cell<usize>,
}

impl StringTable {
    pub const fn new() -> StringTable {
        StringTable {
            slots: Cell::new(ptr::null_mut()),
            size: Cell::new(0),
            used: Cell::new(0),
            removed: Cell::new(0),
        }
    }

    /// Number of strings listed.
    pub fn len(&self) -> usize {
        self.used.get()
    }

    /// Size of the table's own block.
    pub fn bytes(&self) -> usize {
        Self::bytes_for(self.size.get())
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    #[inline(always)]
    fn slot(&self, i: usize) -> *mut *mut Str {
        debug_assert!(i < self.size.get());
        // SAFETY: within the table.
        unsafe { self.slots.get().add(i) }
    }

    #[inline(always)]
    fn byte(&self, i: usize) -> *mut u8 {
        debug_assert!(i < self.size.get());
        // SAFETY: the bytes follow the slots.
        unsafe { self.slots.get().add(self.size.get()).cast::<u8>().add(i) }
    }

    const fn bytes_for(size: usize) -> usize {
        size * (size_of::<*mut Str>() + 1)
    }

    /// The listed string with this text.
    #[inline]
    fn find(&self, text: &[u8], hash: u32) -> Option<Gc<Str>> {
        let size = self.size.get();
        if size == 0 {
            return None;
        }
        let wanted = fingerprint(hash);
        let mut i = hash as usize & (size - 1);
        loop {
            // SAFETY: `i` is below the size; a slot with a fingerprint holds a live string, and some slot is free.
            unsafe {
                let byte = *self.byte(i);
                if byte == wanted {
                    let s = Gc::from_ptr(NonNull::new_unchecked(*self.slot(i)));
                    if s.hash() == hash && s.bytes() == text {
                        return Some(s);
                    }
                } else if byte == FREE {
                    return None;
                }
            }
            i = (i + 1) & (size - 1);
        }
    }

    /// Lists a string that is not listed yet. There must be room (`reserve`).
    pub fn insert(&self, s: Gc<Str>) {
        let mask = self.size.get() - 1;
        let hash = s.hash();
        let mut i = hash as usize & mask;
        // SAFETY: slots of the table; a free one exists since the load is below one.
        unsafe {
            while *self.byte(i) > REMOVED {
                i = (i + 1) & mask;
            }
            if *self.byte(i) == REMOVED {
                self.removed.set(self.removed.get() - 1);
            }
            *self.byte(i) = fingerprint(hash);
            *self.slot(i) = s.as_ptr();
        }
        self.used.set(self.used.get() + 1);
    }

    /// Makes sure that one more string can be listed. May: raise (memory), collect (emergency only).
    #[inline]
    pub fn reserve(&self, mem: Mem) -> Result {
        if (self.used.get() + self.removed.get() + 1) * 4 > self.size.get() * 3 {
            self.make_room(mem)?;
        }
        Ok(())
    }

    #[cold]
    fn make_room(&self, mem: Mem) -> Result {
        // The same size again if that gets rid of many removed slots.
        let size = self.size.get();
        let wanted = if self.used.get() < size / 2 { size } else { size * 2 };
        self.resize(mem, wanted.max(MIN_SLOTS))
    }

    /// Rebuilds the table with `size` slots (a power of two with room for all strings and one more).
    pub fn resize(&self, mem: Mem, size: usize) -> Result {
        if size > isize::MAX as usize / 16 {
            return Err(Throw::Memory);
        }
        // An emergency collection in here removes strings: the old table is read afterwards.
        let slots = mem.obtain(Self::bytes_for(size), 0)?.cast::<*mut Str>();
        mem.allocator().charge(Self::bytes_for(size) as isize);
        let (old, old_size) = (self.slots.get(), self.size.get());
        // SAFETY: a fresh block; only the bytes need values.
        unsafe { ptr::write_bytes(slots.as_ptr().add(size).cast::<u8>(), FREE, size) };
        self.slots.set(slots.as_ptr());
        self.size.set(size);
        self.used.set(0);
        self.removed.set(0);
        for i in 0..old_size {
            // SAFETY: slots and bytes of the old table; a slot with a fingerprint holds a live string.
            unsafe {
                if *old.add(old_size).cast::<u8>().add(i) > REMOVED {
                    self.insert(Gc::from_ptr(NonNull::new_unchecked(*old.add(i))));
                }
            }
        }
        Self::release(mem, old, old_size);
        Ok(())
    }

    fn release(mem: Mem, slots: *mut *mut Str, size: usize) {
        if let Some(p) = NonNull::new(slots) {
            mem.allocator().charge(-(Self::bytes_for(size) as isize));
            // SAFETY: allocated by `resize` with this size.
            unsafe { mem.give_back(p.cast(), Self::bytes_for(size)) };
        }
    }

    /// Halves the table when it is nearly empty; does nothing when memory is short.
    pub fn shrink(&self, mem: Mem) {
        let size = self.size.get();
        if size > MIN_SLOTS && self.used.get() < size / 4 {
            let _ = self.resize(mem, size / 2);
        }
    }

    /// Takes a listed string out (the collector frees it).
    #[doc(alias = "luaS_remove")]
    pub fn remove(&self, s: Gc<Str>) {
        let mask = self.size.get() - 1;
        let mut i = s.hash() as usize & mask;
        // SAFETY: all positions are of the table; the string is listed, so the walk ends.
        unsafe {
            while *self.byte(i) <= REMOVED || *self.slot(i) != s.as_ptr() {
                debug_assert!(*self.byte(i) != FREE, "a short string is not listed");
                i = (i + 1) & mask;
            }
            if *self.byte((i + 1) & mask) != FREE {
                *self.byte(i) = REMOVED;
                self.removed.set(self.removed.get() + 1);
            } else {
                // Nothing continues behind: this slot is free, and removed ones right before it are too.
                *self.byte(i) = FREE;
                loop {
                    i = i.wrapping_sub(1) & mask;
                    if *self.byte(i) != REMOVED {
                        break;
                    }
                    *self.byte(i) = FREE;
                    self.removed.set(self.removed.get() - 1);
                }
            }
        }
        self.used.set(self.used.get() - 1);
    }

    /// Calls `visit` for every listed string.
    pub fn for_each(&self, mut visit: impl FnMut(Gc<Str>)) {
        for i in 0..self.size.get() {
            // SAFETY: as in `resize`.
            unsafe {
                if *self.byte(i) > REMOVED {
                    visit(Gc::from_ptr(NonNull::new_unchecked(*self.slot(i))));
                }
            }
        }
    }

    /// Frees the table itself (the state closes).
    pub fn free(&self, mem: Mem) {
        Self::release(mem, self.slots.replace(ptr::null_mut()), self.size.replace(0));
        self.used.set(0);
        self.removed.set(0);
    }
}

impl Default for StringTable {
    fn default() -> Self {
        Self::new()
    }
}

/// The short string with this text. May: raise (memory), collect (emergency only).
pub fn intern(g: &Global, text: &[u8]) -> Result<Gc<Str>> {
    intern_hashed(g, text, string::hash_bytes(text))
}

/// As `intern`, when the hash of the text is known.
pub fn intern_hashed(g: &Global, text: &[u8], hash: u32) -> Result<Gc<Str>> {
    debug_assert!(text.len() <= MAX_SHORT && hash == string::hash_bytes(text));
    if let Some(s) = g.strings.find(text, hash) {
        // A dead string that the sweep has not reached yet comes back to life.
        if s.header.mark.get() & (g.white() ^ mark::WHITES) != 0 {
            s.header.mark.set(s.header.mark.get() ^ mark::WHITES);
        }
        return Ok(s);
    }
    if let Some(s) = names::find(text, hash) {
        return Ok(s);
    }
    make(g, text, hash)
}

#[cold]
fn make(g: &Global, text: &[u8], hash: u32) -> Result<Gc<Str>> {
    // Room first: the allocation may collect and so shrink the table, but never below room for one more.
    g.strings.reserve(g.mem())?;
    let p = g.space.allocate(g, string::size_for(text.len()), Tag::SHORT_STRING)?.cast::<Str>();
    // SAFETY: fresh memory of the right size.
    let s = unsafe {
        let data = Str::init(p.as_ptr(), text.len(), hash, g.white());
        ptr::copy_nonoverlapping(text.as_ptr(), data, text.len());
        Gc::from_ptr(p)
    };
    g.strings.insert(s);
    Ok(s)
}
