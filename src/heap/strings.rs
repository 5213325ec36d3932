//! Interning: the table of a VM's short strings.
//!
//! Open addressing with linear probing, so that a string needs no link field and strings of the process can be listed in
//! many VMs at once. Each slot holds a part of the hash beside the string's address, in one word, so that a probe looks at a string only when it is
//! almost certainly the right one, and neither growing the table (to `HASH_PART` slots) nor freeing a string looks at any other. Static names
//! (`names`) are not listed at all: a miss looks there before it makes a string.

use super::link;
use super::mem::{ADDRESS_BITS, Mem};
use super::names;
use super::object::Gc;
use super::state::Global;
use super::string::{self, MAX_SHORT, Str};
use crate::throw::{Result, Throw};
use crate::value::Tag;
use core::cell::Cell;
use core::ffi::{CStr, c_char};
use core::mem::size_of;
use core::ptr::{self, NonNull};

/// Number of C texts that are remembered: hosts name the same few fields again and again.
const RECENT: usize = 64;
/// Smallest table, in slots.
const MIN_SLOTS: usize = 16;

/// How many values the part of a hash in a slot can have.
const HASH_PART: usize = 1 << (64 - (ADDRESS_BITS - 3));

/// The address of a string without its three low bits, which are zero, above the low bits of its hash. 0: the slot is free.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(transparent)]
struct Slot(u64);

const SLOT: usize = size_of::<Slot>();

impl Slot {
    const FREE: Slot = Slot(0);

    #[inline(always)]
    fn new(s: *mut Str, hash: u32) -> Slot {
        debug_assert!(s.addr() as u64 >> ADDRESS_BITS == 0 && s.addr().is_multiple_of(8));
        Slot(((s.expose_provenance() as u64 >> 3) * HASH_PART as u64) | (hash as usize & (HASH_PART - 1)) as u64)
    }

    #[inline(always)]
    fn is_free(self) -> bool {
        self.0 == 0
    }

    /// The low bits of the hash.
    #[inline(always)]
    fn hash(self) -> usize {
        self.0 as usize & (HASH_PART - 1)
    }

    #[inline(always)]
    fn string(self) -> *mut Str {
        core::ptr::with_exposed_provenance_mut((self.0 / HASH_PART as u64 * 8) as usize)
    }

    /// How many slots behind its first choice the slot at `i` of a table lies (fewer than `HASH_PART`: the table is never full).
    #[inline(always)]
    fn displacement(self, i: usize, mask: usize) -> usize {
        i.wrapping_sub(self.hash()) & mask & (HASH_PART - 1)
    }
}

/// What `StringTable::list` found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Listed {
    /// Nothing: the string is listed now.
    Now,
    Already,
    /// An equal string, which stays the one that is listed.
    Other(Gc<Str>),
}

pub struct StringTable {
    slots: Cell<*mut Slot>,
    /// Number of slots, a power of two; 0 before the first string.
    size: Cell<usize>,
    used: Cell<usize>,
    /// The most strings that were listed when a sweep began, since the table was last looked at to make it smaller.
    most: Cell<usize>,
    /// Strings that hosts named last, by the address of the C text. No roots: the collector has them forgotten before it
    /// frees strings.
    recent: [Cell<Option<Gc<Str>>>; RECENT],
}

impl StringTable {
    pub const fn new() -> StringTable {
        StringTable {
            slots: Cell::new(ptr::null_mut()),
            size: Cell::new(0),
            used: Cell::new(0),
            most: Cell::new(0),
            recent: [const { Cell::new(None) }; RECENT],
        }
    }

    /// Empties the list of strings that hosts named last: some of them may be about to be freed.
    pub fn forget_recent(&self) {
        for s in &self.recent {
            s.set(None);
        }
    }

    /// Number of strings listed.
    pub fn len(&self) -> usize {
        self.used.get()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Size of the table's own block.
    pub fn bytes(&self) -> usize {
        self.size.get() * SLOT
    }

    #[inline(always)]
    fn slot(&self, i: usize) -> *mut Slot {
        debug_assert!(i < self.size.get());
        // SAFETY: within the table.
        unsafe { self.slots.get().add(i) }
    }

    /// The listed string with this text.
    #[inline]
    fn find(&self, text: &[u8], hash: u32) -> Option<Gc<Str>> {
        self.find_where(hash, |s| s.bytes() == text)
    }

    /// The listed string with the same text as `s`, which often is `s` itself.
    #[inline]
    fn find_equal(&self, s: Gc<Str>) -> Option<Gc<Str>> {
        self.find_where(s.hash(), |other| other == s || other.bytes() == s.bytes())
    }

    /// The first string listed for this hash that `is_wanted`.
    #[inline(always)]
    fn find_where(&self, hash: u32, is_wanted: impl Fn(Gc<Str>) -> bool) -> Option<Gc<Str>> {
        let size = self.size.get();
        if size == 0 {
            return None;
        }
        let mut i = hash as usize & (size - 1);
        loop {
            // SAFETY: slots hold live strings, and some slot is free.
            unsafe {
                let slot = *self.slot(i);
                if slot.is_free() {
                    return None;
                }
                if slot.hash() == hash as usize & (HASH_PART - 1) {
                    let s = Gc::from_ptr(NonNull::new_unchecked(slot.string()));
                    if is_wanted(s) {
                        return Some(s);
                    }
                }
            }
            i = (i + 1) & (size - 1);
        }
    }

    /// Lists a string of the process unless an equal string is listed. There must be room (`reserve`).
    pub fn list(&self, s: Gc<Str>) -> Listed {
        match self.find_equal(s) {
            None => {
                self.insert(s);
                Listed::Now
            }
            Some(other) if other == s => Listed::Already,
            Some(other) => Listed::Other(other),
        }
    }

    /// Whether this very string is listed.
    pub fn lists(&self, s: Gc<Str>) -> bool {
        self.find(s.bytes(), s.hash()) == Some(s)
    }

    /// Lists a string that is not listed yet. There must be room (`reserve`).
    pub fn insert(&self, s: Gc<Str>) {
        let hash = s.hash();
        self.put(Slot::new(s.as_ptr(), hash), hash as usize);
    }

    #[inline]
    fn put(&self, slot: Slot, hash: usize) {
        let mask = self.size.get() - 1;
        let mut i = hash & mask;
        // SAFETY: slots of the table; a free one exists since the load is below one.
        unsafe {
            while !(*self.slot(i)).is_free() {
                i = (i + 1) & mask;
            }
            *self.slot(i) = slot;
        }
        self.used.set(self.used.get() + 1);
    }

    /// Makes sure that one more string can be listed. May: raise (memory), collect (emergency only).
    #[inline]
    pub fn reserve(&self, mem: Mem) -> Result {
        if (self.used.get() + 1) * 4 > self.size.get() * 3 {
            self.resize(mem, (self.size.get() * 2).max(MIN_SLOTS))?;
        }
        Ok(())
    }

    /// Rebuilds the table with `size` slots (a power of two with room for all strings and one more).
    #[cold]
    pub fn resize(&self, mem: Mem, size: usize) -> Result {
        if size > isize::MAX as usize / 16 {
            return Err(Throw::Memory);
        }
        // An emergency collection in here removes strings: the old table is read afterwards.
        let slots = mem.obtain(size * SLOT, 0)?.cast::<Slot>();
        mem.allocator().charge((size * SLOT) as isize);
        let (old, old_size) = (self.slots.get(), self.size.get());
        // SAFETY: a fresh block.
        unsafe { ptr::write_bytes(slots.as_ptr(), 0, size) };
        self.slots.set(slots.as_ptr());
        self.size.set(size);
        self.used.set(0);
        for i in 0..old_size {
            // SAFETY: a slot of the old table.
            let slot = unsafe { *old.add(i) };
            if !slot.is_free() {
                // SAFETY: listed strings are live; the sweep takes dead ones out before anybody allocates.
                let hash = if size <= HASH_PART { slot.hash() } else { unsafe { (*slot.string()).hash() as usize } };
                self.put(slot, hash);
            }
        }
        Self::release(mem, old, old_size);
        Ok(())
    }

    fn release(mem: Mem, slots: *mut Slot, size: usize) {
        if let Some(p) = NonNull::new(slots) {
            mem.allocator().charge(-((size * SLOT) as isize));
            // SAFETY: allocated by `resize` with this size.
            unsafe { mem.give_back(p.cast(), size * SLOT) };
        }
    }

    /// Notes how many strings there are before a sweep takes some out.
    #[inline]
    pub fn note_most(&self) {
        self.most.set(self.most.get().max(self.used.get()));
    }

    /// Makes the table smaller when it has been nearly empty since the last time, garbage included, or with `exactly` when it is more than twice as
    /// large as needed now; does nothing when memory is short. A program that makes strings all the time needs what it needed between two collections.
    pub fn shrink(&self, mem: Mem, exactly: bool) {
        let most = self.most.replace(0);
        let used = if exactly { self.used.get() } else { most.max(self.used.get()) };
        let needed = ((used + 1) * 4 / 3 + 1).next_power_of_two().max(MIN_SLOTS);
        if self.size.get() > if exactly { needed } else { needed * 2 } {
            let _ = self.resize(mem, needed);
        }
    }

    /// Touches the slot where a probe for this hash begins, so that it is in the processor's cache soon.
    #[inline(always)]
    pub fn prepare(&self, hash: u32) {
        // SAFETY: a slot of the table, which is not empty while a short string lives.
        unsafe {
            self.slot(hash as usize & self.size.get().wrapping_sub(1)).read_volatile();
        }
    }

    /// Takes a listed string with this hash out. The string itself may be freed already.
    #[doc(alias = "luaS_remove")]
    pub fn remove(&self, s: *mut Str, hash: u32) {
        let mask = self.size.get() - 1;
        let mut hole = hash as usize & mask;
        let slot = Slot::new(s, hash);
        // SAFETY: all slots are of the table; the string is listed, so the walk ends.
        unsafe {
            while *self.slot(hole) != slot {
                debug_assert!(!(*self.slot(hole)).is_free(), "a short string is not listed");
                hole = (hole + 1) & mask;
            }
            // Close the gap: move back every later string of the run that may lie in the hole.
            let mut i = hole;
            loop {
                i = (i + 1) & mask;
                let next = *self.slot(i);
                if next.is_free() {
                    break;
                }
                if next.displacement(i, mask) >= i.wrapping_sub(hole) & mask {
                    *self.slot(hole) = next;
                    hole = i;
                }
            }
            *self.slot(hole) = Slot::FREE;
        }
        self.used.set(self.used.get() - 1);
    }

    /// Calls `visit` for every listed string.
    pub fn for_each(&self, mut visit: impl FnMut(Gc<Str>)) {
        for i in 0..self.size.get() {
            // SAFETY: slots hold live strings.
            unsafe {
                let slot = *self.slot(i);
                if !slot.is_free() {
                    visit(Gc::from_ptr(NonNull::new_unchecked(slot.string())));
                }
            }
        }
    }

    /// Frees the table itself (the state closes).
    pub fn free(&self, mem: Mem) {
        Self::release(mem, self.slots.replace(ptr::null_mut()), self.size.replace(0));
        self.used.set(0);
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
        g.revive(s);
        return Ok(s);
    }
    if let Some(s) = names::find(text, hash) {
        return Ok(s);
    }
    make(g, text, hash)
}

/// The short string with this text, if the VM has it or every VM does.
pub fn find(g: &Global, text: &[u8], hash: u32) -> Option<Gc<Str>> {
    let s = g.strings.find(text, hash);
    if let Some(s) = s {
        g.revive(s);
    }
    s.or_else(|| names::find(text, hash))
}

/// The string with the text of a C string, which is often the one that was at this address before.
///
/// May: raise (memory), collect (emergency only).
///
/// # Safety
/// `text` is a C string.
#[doc(alias = "luaS_new")]
#[inline]
pub unsafe fn from_c(g: &Global, text: *const c_char) -> Result<Gc<Str>> {
    let hash = (text.addr() as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32;
    let place = &g.strings.recent[hash as usize % RECENT];
    if let Some(s) = place.get()
        // SAFETY: the text may have changed, but it is a C string still; so is that of a string object.
        && unsafe { libc::strcmp(s.data().cast(), text) } == 0
    {
        return Ok(s);
    }
    // SAFETY: the caller's.
    let s = link::name(g, unsafe { CStr::from_ptr(text) }.to_bytes())?;
    place.set(Some(s));
    Ok(s)
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
