//! Interning: the table of a VM's short strings.
//!
//! Open addressing with linear probing, so that a string needs no link field and strings of the process can be listed in
//! many VMs at once. Each slot holds a part of the hash beside the string's address, in one word, so that a probe looks at a string only when it is
//! almost certainly the right one, and neither growing the table (mostly) nor freeing a string looks at any other. Static names
//! (`names`) are not listed at all: a miss looks there before it makes a string.
//!
//! Where a string lies says most of the low bits of its hash, so a slot of a large table holds only a few of those, enough to tell how far the string
//! lies behind its first choice, and beside them bits from further up, which tell strings with the same first choice apart.

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

/// Bits of the part of a hash in a slot: the hash's low ones, and those from `StringTable::shift` on.
const PART_BITS: u32 = 64 - (ADDRESS_BITS - 3);
const LOW_BITS: u32 = 11;
const HIGH_BITS: u32 = PART_BITS - LOW_BITS;
const MAX_SHIFT: u32 = u32::BITS - HIGH_BITS;
/// The table is rebuilt with another shift when fewer of the high bits would be unknown from where a string lies.
const MIN_TELLING: u32 = 5;

/// The address of a string without its three low bits, which are zero, above a part of its hash. 0: the slot is free.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(transparent)]
struct Slot(u64);

const SLOT: usize = size_of::<Slot>();

impl Slot {
    const FREE: Slot = Slot(0);

    #[inline(always)]
    fn new(s: *mut Str, part: usize) -> Slot {
        debug_assert!(s.addr() as u64 >> ADDRESS_BITS == 0 && s.addr().is_multiple_of(8) && part >> PART_BITS == 0);
        Slot(((s.expose_provenance() as u64 >> 3) << PART_BITS) | part as u64)
    }

    #[inline(always)]
    fn is_free(self) -> bool {
        self.0 == 0
    }

    /// The part of the hash.
    #[inline(always)]
    fn part(self) -> usize {
        self.0 as usize & ((1 << PART_BITS) - 1)
    }

    #[inline(always)]
    fn string(self) -> *mut Str {
        core::ptr::with_exposed_provenance_mut((self.0 >> PART_BITS << 3) as usize)
    }

    /// How many slots behind its first choice the slot at `i` of a table with that `shift` lies.
    #[inline(always)]
    fn displacement(self, i: usize, mask: usize, shift: u32) -> usize {
        i.wrapping_sub(self.part()) & mask & (reach(shift) - 1)
    }

    /// The low bits of the hash, up to those that the slot at `i` holds.
    #[inline(always)]
    fn known_hash(self, i: usize, mask: usize, shift: u32) -> usize {
        let first_choice = i.wrapping_sub(self.displacement(i, mask, shift)) & mask;
        first_choice | self.part() & ((1 << LOW_BITS) - 1) | self.part() >> LOW_BITS << shift
    }
}

/// Strings lie fewer slots behind their first choice, with this shift.
#[inline(always)]
fn reach(shift: u32) -> usize {
    // With the least shift, a part is the low bits of the hash.
    1 << if shift == LOW_BITS { PART_BITS } else { LOW_BITS }
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
    /// Where the high bits of the parts of hashes begin: at `LOW_BITS`, or not behind the bits that tell first choices.
    shift: Cell<u32>,
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
            shift: Cell::new(LOW_BITS),
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

    /// What slots hold of a hash.
    #[inline(always)]
    fn part(&self, hash: usize) -> usize {
        hash & ((1 << LOW_BITS) - 1) | (hash >> self.shift.get() & ((1 << HIGH_BITS) - 1)) << LOW_BITS
    }

    /// The listed string with this text.
    #[inline(always)]
    fn find(&self, text: &[u8], hash: u32) -> Option<Gc<Str>> {
        self.find_where(hash, |s| s.is_short_text(text))
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
        let part = self.part(hash as usize);
        let mut i = hash as usize & (size - 1);
        loop {
            // SAFETY: slots hold live strings, and some slot is free.
            unsafe {
                let slot = *self.slot(i);
                if slot.is_free() {
                    return None;
                }
                if slot.part() == part {
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
        self.put(s.as_ptr(), s.hash() as usize);
    }

    /// As `insert`, for as much of the hash as a slot with the same shift tells.
    #[inline]
    fn put(&self, s: *mut Str, hash: usize) {
        let mask = self.size.get() - 1;
        let mut i = hash & mask;
        // SAFETY: slots of the table; a free one exists since the load is below one.
        unsafe {
            while !(*self.slot(i)).is_free() {
                i = (i + 1) & mask;
            }
            *self.slot(i) = Slot::new(s, self.part(hash));
        }
        self.used.set(self.used.get() + 1);
        if i.wrapping_sub(hash) & mask >= reach(self.shift.get()) {
            self.widen();
        }
    }

    /// A string lies too far behind its first choice for the low bits to tell it: hashes are not as random as they should be. Slots hold the lowest
    /// bits only until the table is rebuilt.
    #[cold]
    #[inline(never)]
    fn widen(&self) {
        self.shift.set(LOW_BITS);
        for i in 0..self.size.get() {
            // SAFETY: a slot of the table, and listed strings are live whenever one is put there.
            unsafe {
                let s = (*self.slot(i)).string();
                if !s.is_null() {
                    *self.slot(i) = Slot::new(s, self.part((*s).hash() as usize));
                }
            }
        }
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
        let (old, old_size, old_shift) = (self.slots.get(), self.size.get(), self.shift.get());
        let bits = size.trailing_zeros();
        let known = old_shift <= bits.max(LOW_BITS) && (bits + MIN_TELLING <= old_shift + HIGH_BITS || old_shift == MAX_SHIFT);
        if !known {
            self.shift.set(bits.clamp(LOW_BITS, MAX_SHIFT));
        }
        // SAFETY: a fresh block.
        unsafe { ptr::write_bytes(slots.as_ptr(), 0, size) };
        self.slots.set(slots.as_ptr());
        self.size.set(size);
        self.used.set(0);
        for i in 0..old_size {
            // SAFETY: a slot of the old table.
            let slot = unsafe { *old.add(i) };
            if !slot.is_free() {
                let hash = if known {
                    slot.known_hash(i, old_size - 1, old_shift)
                } else {
                    // SAFETY: listed strings are live; the sweep takes dead ones out before anybody allocates.
                    unsafe { (*slot.string()).hash() as usize }
                };
                self.put(slot.string(), hash);
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
        let shift = self.shift.get();
        let slot = Slot::new(s, self.part(hash as usize));
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
                if next.displacement(i, mask, shift) >= i.wrapping_sub(hole) & mask {
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

/// The short string with this text; `None`: there is no memory. May: collect (emergency only).
#[inline(always)]
pub(super) fn intern(g: &Global, text: &[u8]) -> Option<Gc<Str>> {
    intern_hashed_here(g, text, string::hash_in_vm(text))
}

/// As `intern`, when the hash of the text is known. May: raise (memory), collect (emergency only).
pub fn intern_hashed(g: &Global, text: &[u8], hash: u32) -> Result<Gc<Str>> {
    intern_hashed_here(g, text, hash).ok_or(Throw::Memory)
}

#[inline(always)]
fn intern_hashed_here(g: &Global, text: &[u8], hash: u32) -> Option<Gc<Str>> {
    debug_assert!(text.len() <= MAX_SHORT && hash == string::hash_bytes(text));
    match listed(g, text, hash) {
        Some(s) => Some(s),
        None => intern_new(g, text, hash),
    }
}

/// As `intern`, for a text that is not listed.
#[inline(never)]
fn intern_new(g: &Global, text: &[u8], hash: u32) -> Option<Gc<Str>> {
    match names::find(text, hash) {
        Some(s) => Some(s),
        None => make(g, text, hash).ok(),
    }
}

/// The short string with this text, if the VM has it or every VM does.
pub fn find(g: &Global, text: &[u8], hash: u32) -> Option<Gc<Str>> {
    listed(g, text, hash).or_else(|| names::find(text, hash))
}

/// The short string with this text, if the VM lists one.
#[inline(always)]
fn listed(g: &Global, text: &[u8], hash: u32) -> Option<Gc<Str>> {
    let s = g.strings.find(text, hash)?;
    // A dead string that the sweep has not reached yet comes back to life.
    g.revive(s);
    Some(s)
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
    // Room first: the allocation may collect, but an emergency collection only takes strings out of the table.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::heap::object::mark;
    use crate::heap::testing::{Host, with_mem};
    use std::collections::BTreeMap;

    /// Strings without a text, told apart by their addresses.
    struct Strings(Vec<[u64; 2]>);

    impl Strings {
        fn new(hashes: impl Iterator<Item = u32>) -> Strings {
            let mut strings = Strings(hashes.map(|hash| [u64::from(hash), 0]).collect());
            for s in &mut strings.0 {
                let hash = s[0] as u32;
                // SAFETY: room for a string's header.
                unsafe { Str::init(s.as_mut_ptr().cast(), 0, hash, mark::PROCESS) };
            }
            strings
        }

        fn get(&self, i: usize) -> Gc<Str> {
            // SAFETY: `new` has made it.
            unsafe { Gc::from_ptr(NonNull::from(&self.0[i]).cast()) }
        }
    }

    /// Lists, takes out and finds strings with these hashes, until all were listed, and then until few are left; returns how often the table
    /// was widened.
    fn exercise(hashes: impl Iterator<Item = u32>) -> usize {
        let strings = Strings::new(hashes);
        let table = StringTable::new();
        let mut widened = 0;
        with_mem(&Host::default(), |mem| {
            let mut listed = BTreeMap::new();
            let mut random = 1u64;
            let mut any = |n: usize| {
                random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                (random >> 33) as usize % n
            };
            let find = |i: usize| table.find_where(strings.get(i).hash(), |s| s == strings.get(i)).is_some();
            for i in 0..strings.0.len() {
                table.reserve(mem).unwrap();
                let shift = table.shift.get();
                table.insert(strings.get(i));
                widened += (table.shift.get() < shift) as usize;
                listed.insert(i, ());
                let i = any(i + 1);
                assert_eq!(find(i), listed.contains_key(&i));
                if i % 4 == 0 && listed.remove(&i).is_some() {
                    let s = strings.get(i);
                    table.remove(s.as_ptr(), s.hash());
                    assert!(!find(i));
                }
            }
            assert_eq!(table.len(), listed.len());
            assert!(listed.keys().all(|i| find(*i)));
            while listed.len() > 10 {
                let i = any(strings.0.len());
                let Some((&i, ())) = listed.range(i..).next() else { continue };
                listed.remove(&i);
                table.remove(strings.get(i).as_ptr(), strings.get(i).hash());
                if any(1000) == 0 {
                    table.shrink(mem, true);
                    assert!(listed.keys().step_by(97).all(|i| find(*i)));
                }
            }
            table.shrink(mem, true);
            let mut left = 0;
            table.for_each(|_| left += 1);
            assert_eq!((left, table.size.get()), (10, MIN_SLOTS));
            assert!(listed.keys().all(|i| find(*i)));
            table.free(mem);
        });
        widened
    }

    fn spread(i: u32) -> u32 {
        (u64::from(i + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 27) as u32
    }

    #[test]
    fn a_table_finds_its_strings_at_every_size() {
        assert_eq!(exercise((0..700_000).map(spread)), 0);
    }

    #[test]
    fn a_table_finds_its_strings_whose_hashes_are_alike() {
        // Many strings with the same first choice in a table that has high bits in its parts, and few with another.
        let alike = |i: u32| if i.is_multiple_of(8) { spread(i) & !0xF_FFFF } else { spread(i) };
        assert!(exercise((0..40_000).map(alike)) > 0);
    }
}
