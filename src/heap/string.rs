//! String objects.
//!
//! Invariant: within one VM a short string (at most `MAX_SHORT` bytes) has one address, so that equality is equality of
//! pointers. Long strings are compared by content and hashed when first used as a key.

use super::mem::Mem;
use super::object::{Gc, Header, mark, object_value};
use super::state::Global;
use crate::throw::{Result, Throw};
use crate::value::Tag;
use core::cell::Cell;
use core::hash::Hasher;
use core::ptr::{self, NonNull};
use std::hash::{BuildHasher, RandomState};
use std::sync::OnceLock;

/// Longest string that is interned.
pub const MAX_SHORT: usize = 40;

/// A Lua string: this header, for long strings the length, then the bytes and a NUL; or, in an external string, their address.
#[repr(C)]
pub struct Str {
    pub header: Header,
    /// For long strings: whether `hash` is valid.
    hashed: Cell<bool>,
    /// Length of a short string; `EXTERNAL` for a long one whose bytes lie elsewhere, else 0.
    short_len: u8,
    hash: Cell<u32>,
}

const _: () = assert!(size_of::<Str>() == 8);

object_value!(Str, as_string, SHORT_STRING | LONG_STRING, |s| s.header.tag);

/// `Str::short_len` of external strings: no short string is as long.
const EXTERNAL: u8 = u8::MAX;

/// Size of the object of an external string.
const EXTERNAL_SIZE: usize = size_of::<Str>() + size_of::<usize>() + size_of::<*const u8>();

/// Size of the object for a string of `len` bytes.
pub const fn size_for(len: usize) -> usize {
    size_of::<Str>() + if len <= MAX_SHORT { 0 } else { size_of::<usize>() } + len + 1
}

impl Str {
    #[inline(always)]
    pub fn is_short(&self) -> bool {
        self.header.tag.0 == Tag::SHORT_STRING.0
    }

    #[inline(always)]
    pub fn len(&self) -> usize {
        if self.is_short() {
            self.short_len as usize
        } else {
            // SAFETY: long strings have their length behind the header.
            unsafe { (self as *const Str).add(1).cast::<usize>().read() }
        }
    }

    #[inline(always)]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The hash of a short string.
    #[inline(always)]
    pub fn short_hash(&self) -> u32 {
        debug_assert!(self.is_short());
        self.hash.get()
    }

    /// The hash; long strings compute it at the first call.
    #[inline(always)]
    pub fn hash(&self) -> u32 {
        if self.is_short() || self.hashed.get() { self.hash.get() } else { self.hash_long() }
    }

    #[cold]
    fn hash_long(&self) -> u32 {
        // SAFETY: `self` is a whole string object.
        let h = hash_bytes(unsafe { core::slice::from_raw_parts(self.data(), self.len()) });
        self.hash.set(h);
        self.hashed.set(true);
        h
    }

    /// Says that the hash given to `init` is valid, for a long string.
    pub fn set_hashed(&self) {
        self.hashed.set(true);
    }

    /// First byte of the text; a NUL follows the last.
    #[inline(always)]
    pub fn data(&self) -> *const u8 {
        let end = (self as *const Str).wrapping_add(1).cast::<u8>();
        if self.is_short() {
            return end;
        }
        let text = end.wrapping_add(size_of::<usize>());
        // SAFETY: external strings have an address there.
        if self.is_external() { unsafe { text.cast::<*const u8>().read() } } else { text }
    }

    /// Whether the bytes lie in a host's memory (`heap::external`).
    #[inline(always)]
    fn is_external(&self) -> bool {
        self.short_len == EXTERNAL
    }

    /// Size of the whole object in bytes.
    pub fn size(&self) -> usize {
        if self.is_external() { EXTERNAL_SIZE } else { size_for(self.len()) }
    }

    /// Writes the header of a string of `len` bytes at `p`; returns where the text goes. The final NUL is written.
    ///
    /// # Safety
    /// `p` has `size_for(len)` writable bytes.
    pub unsafe fn init(p: *mut Str, len: usize, hash: u32, mark: u8) -> *mut u8 {
        let short = len <= MAX_SHORT;
        let tag = if short { Tag::SHORT_STRING } else { Tag::LONG_STRING };
        // SAFETY: the caller's.
        unsafe {
            p.write(Str {
                header: Header { tag, mark: Cell::new(mark) },
                hashed: Cell::new(short),
                short_len: if short { len as u8 } else { 0 },
                hash: Cell::new(hash),
            });
            let mut text = p.add(1).cast::<u8>();
            if !short {
                text.cast::<usize>().write(len);
                text = text.add(size_of::<usize>());
            }
            text.add(len).write(0);
            text
        }
    }
}

impl Gc<Str> {
    /// The text. Valid as long as the string is reachable (contract of `Gc`).
    #[inline(always)]
    pub fn bytes(self) -> &'static [u8] {
        // SAFETY: the object holds `len` bytes; the lifetime is the handle's contract.
        unsafe { core::slice::from_raw_parts(self.data(), self.len()) }
    }

    /// Whether this short string has this text, of at most `MAX_SHORT` bytes. As a string that is looked for by its hash nearly always has,
    /// a few words are compared here, which takes less than a call for it.
    #[inline(always)]
    pub fn is_short_text(self, text: &[u8]) -> bool {
        debug_assert!(self.is_short());
        // SAFETY: a short string holds that many bytes behind its header.
        let own = unsafe { core::slice::from_raw_parts(self.as_ptr().add(1).cast::<u8>(), self.short_len as usize) };
        let len = own.len();
        if text.len() != len {
            return false;
        }
        match len {
            8.. => {
                let mut i = 0;
                while i + 8 < len {
                    if word(own, i) != word(text, i) {
                        return false;
                    }
                    i += 8;
                }
                word(own, len - 8) == word(text, len - 8)
            }
            4.. => half_word(own, 0) == half_word(text, 0) && half_word(own, len - 4) == half_word(text, len - 4),
            1.. => own[0] == text[0] && own[len / 2] == text[len / 2] && own[len - 1] == text[len - 1],
            0 => true,
        }
    }

    /// Equality of strings of any two kinds.
    #[inline(always)]
    pub fn same(self, other: Gc<Str>) -> bool {
        self == other || (!self.is_short() && !other.is_short() && self.bytes() == other.bytes())
    }
}

/// A new string with this text, interned when short. May: raise (memory), collect (emergency only).
#[inline(always)]
pub fn new(g: &Global, text: &[u8]) -> Result<Gc<Str>> {
    new_or_none(g, text).ok_or(Throw::Memory)
}

/// As `new`; `None`: there is no memory. That fits a register, and finding a short string needs no stack.
#[inline(never)]
fn new_or_none(g: &Global, text: &[u8]) -> Option<Gc<Str>> {
    if text.len() <= MAX_SHORT { super::strings::intern(g, text) } else { copy_long(g, text) }
}

#[inline(never)]
fn copy_long(g: &Global, text: &[u8]) -> Option<Gc<Str>> {
    let (s, data) = new_long(g, text.len()).ok()?;
    // SAFETY: `data` has room for `text.len()` bytes, in a fresh object.
    unsafe { ptr::copy_nonoverlapping(text.as_ptr(), data, text.len()) };
    Some(s)
}

/// A long string whose `len` (> `MAX_SHORT`) bytes the caller fills in before anyone reads them.
pub fn new_long(g: &Global, len: usize) -> Result<(Gc<Str>, *mut u8)> {
    debug_assert!(len > MAX_SHORT);
    if len > isize::MAX as usize - 64 {
        return Err(Throw::Memory);
    }
    let p = g.space.allocate(g, size_for(len), Tag::LONG_STRING)?.cast::<Str>();
    // SAFETY: fresh memory of the right size.
    unsafe {
        let data = Str::init(p.as_ptr(), len, 0, g.white());
        Ok((Gc::from_ptr(p), data))
    }
}

/// A long string whose bytes are elsewhere: for `heap::external`, which knows when they are not in use any more.
pub(super) fn new_external(g: &Global, text: NonNull<u8>, len: usize) -> Result<Gc<Str>> {
    debug_assert!(len > MAX_SHORT);
    let p = g.space.allocate(g, EXTERNAL_SIZE, Tag::LONG_STRING)?.cast::<Str>();
    // SAFETY: fresh memory of the right size.
    unsafe {
        p.write(Str {
            header: Header { tag: Tag::LONG_STRING, mark: Cell::new(g.white()) },
            hashed: Cell::new(false),
            short_len: EXTERNAL,
            hash: Cell::new(0),
        });
        p.add(1).cast::<usize>().write(len);
        p.add(1).cast::<usize>().add(1).cast::<*const u8>().write(text.as_ptr());
        Ok(Gc::from_ptr(p))
    }
}

/// A string that belongs to the process and lives for ever; `mem` is where it comes from.
pub fn new_static(mem: Mem, text: &[u8]) -> Result<Gc<Str>> {
    let p = mem.obtain(size_for(text.len()), 0)?.cast::<Str>();
    // SAFETY: fresh memory of the right size.
    unsafe {
        let data = Str::init(p.as_ptr(), text.len(), hash_bytes(text), mark::PROCESS);
        ptr::copy_nonoverlapping(text.as_ptr(), data, text.len());
        let s = Gc::from_ptr(p);
        s.hashed.set(true);
        Ok(s)
    }
}

/// Two random words, the same for every VM of the process: a hash computed once is valid everywhere.
static SEEDS: OnceLock<(u64, u64)> = OnceLock::new();

fn seeds() -> (u64, u64) {
    *SEEDS.get_or_init(|| (RandomState::new().hash_one(1u8), RandomState::new().hash_one(2u8) | 1))
}

/// Hash of a text: folded 64-bit multiplications over eight-byte words, keyed by the process seeds.
#[inline]
pub fn hash_bytes(text: &[u8]) -> u32 {
    short_hash(hash_words(text))
}

/// As `hash_bytes`, where there is a VM.
#[inline(always)]
pub(super) fn hash_in_vm(text: &[u8]) -> u32 {
    debug_assert!(SEEDS.get().is_some());
    // SAFETY: the static names have been hashed before the first state existed.
    short_hash(hash_with(*unsafe { SEEDS.get().unwrap_unchecked() }, text))
}

#[inline(always)]
fn short_hash(h: u64) -> u32 {
    (h ^ h >> 32) as u32
}

/// As `hash_bytes`, all of its bits.
#[inline]
pub fn hash_words(text: &[u8]) -> u64 {
    hash_with(seeds(), text)
}

/// The eight bytes from `i` on.
#[inline(always)]
fn word(b: &[u8], i: usize) -> u64 {
    let b = &b[i..i + 8];
    u64::from_le_bytes([b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7]])
}

/// The four bytes from `i` on.
#[inline(always)]
fn half_word(b: &[u8], i: usize) -> u32 {
    let b = &b[i..i + 4];
    u32::from_le_bytes([b[0], b[1], b[2], b[3]])
}

#[inline(always)]
fn hash_with((s0, s1): (u64, u64), text: &[u8]) -> u64 {
    #[inline(always)]
    fn fold(a: u64, b: u64) -> u64 {
        let m = (a as u128).wrapping_mul(b as u128);
        m as u64 ^ (m >> 64) as u64
    }
    let len = text.len();
    let mut h = s0 ^ (len as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    if len >= 8 {
        let mut rest = text;
        while rest.len() > 8 {
            h = fold(h ^ word(rest, 0), s1);
            rest = &rest[8..];
        }
        h = fold(h ^ word(text, len - 8), s1 ^ 0xE703_7ED1_A0B4_28DB);
    } else {
        let w = match len {
            0 => 0,
            1..=3 => text[0] as u64 | (text[len / 2] as u64) << 8 | (text[len - 1] as u64) << 16,
            _ => half_word(text, 0) as u64 | (half_word(text, len - 4) as u64) << 32,
        };
        h = fold(h ^ w, s1);
    }
    h
}

/// Hashes texts for tables of the process as the VMs do for theirs: keyed by the same seeds, and several times as fast as the standard library's.
#[derive(Default)]
pub struct TextHasher(u64);

impl Hasher for TextHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, text: &[u8]) {
        self.0 = self.0.rotate_left(1) ^ hash_words(text);
    }

    /// The length, which `hash_words` knows already.
    fn write_usize(&mut self, _: usize) {}
}
