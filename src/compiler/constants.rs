//! Finding a constant that a function has already.
//!
//! There is one cache for all functions: it remembers the index at which a value was last put into *some* function's
//! list, and the caller checks that the current function really has it there. So a constant that an inner function uses
//! too may appear twice in the outer one; listings of the reference compiler show the same. In 5.5 they do not: there the
//! caller corrects the notes when a function ends.
//! Strings are not here: their index lies with what the lexer knows about each symbol.

use crate::chunk::draft::Constant;
use crate::edition::LUA_5_5;
use crate::heap::mem::{Buf, Mem};
use crate::throw::Result;
use crate::value::number::{Rounding, float_to_integer};

/// What a number is looked up by. Float keys are never integral: those look like integers.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Key {
    Integer(i64),
    /// Bits of a float.
    Float(u64),
}

impl Key {
    /// Integral floats must not take the place of the equal integer: they move to a neighbour within a rounding error.
    ///
    /// For large ones the neighbour is integral as well and may be another number's key; that costs a duplicate.
    fn of_float(n: f64) -> Key {
        let exact = |n| float_to_integer(n, Rounding::Exact);
        if LUA_5_5 {
            // Key 0 is not that of any other float.
            return Key::Float(if n == 0.0 { 0.0 } else { n * (1.0 + f64::EPSILON) }.to_bits());
        }
        let moved = match exact(n) {
            None => return Key::Float(n.to_bits()),
            Some(0) => f64::EPSILON,
            Some(_) => n + n * f64::EPSILON,
        };
        match exact(moved) {
            Some(i) => Key::Integer(i),
            None => Key::Float(moved.to_bits()),
        }
    }
}

#[derive(Clone, Copy)]
struct Entry {
    /// The number, or the bits of the float; in halves, so that an entry has 12 bytes.
    key: [u32; 2],
    /// Index of the constant plus one; zero in a free entry.
    place: u32,
}

const FREE: Entry = Entry { key: [0; 2], place: 0 };

/// So many numbers that follow each other have entries that do, too: a list of numbers in order, as programs have them, uses one
/// cache line after the other.
const GROUP: u64 = 16;

/// What is noted of integers, or of floats.
struct Notes {
    /// Open addressing; a power of two long.
    entries: Buf<Entry>,
    used: usize,
}

impl Notes {
    /// The note on a key whose search begins at the entry that the low bits of `first_place` say.
    fn note(&mut self, key: u64, first_place: impl Fn(u64) -> usize) -> Result<&mut u32> {
        if (self.used + 1) * 4 > self.entries.len() * 3 {
            self.grow(&first_place)?;
        }
        let key = halves(key);
        let at = self.find(key, &first_place);
        let entry = &mut self.entries[at];
        if entry.place == 0 {
            entry.key = key;
            self.used += 1;
        }
        Ok(&mut self.entries[at].place)
    }

    /// The entry with this key, or the free one where it belongs. The step leads past the entries of a group, and to every entry.
    fn find(&self, key: [u32; 2], first_place: &impl Fn(u64) -> usize) -> usize {
        let mask = self.entries.len() - 1;
        let mut at = first_place(whole(key)) & mask;
        while self.entries[at].place != 0 && self.entries[at].key != key {
            at = (at + GROUP as usize + 1) & mask;
        }
        at
    }

    #[cold]
    fn grow(&mut self, first_place: &impl Fn(u64) -> usize) -> Result {
        const FIRST: usize = 16;
        let size = (self.entries.len() * 2).max(FIRST);
        let mut entries = Buf::with_capacity(self.entries.mem(), size)?;
        for _ in 0..size / FIRST {
            entries.extend(&[FREE; FIRST])?;
        }
        let old = core::mem::replace(&mut self.entries, entries);
        for entry in old.iter().filter(|e| e.place != 0) {
            let at = self.find(entry.key, first_place);
            self.entries[at] = *entry;
        }
        Ok(())
    }
}

fn halves(key: u64) -> [u32; 2] {
    [key as u32, (key >> 32) as u32]
}

fn whole(key: [u32; 2]) -> u64 {
    u64::from(key[0]) | u64::from(key[1]) << 32
}

pub struct ConstantCache {
    integers: Notes,
    floats: Notes,
    /// Multiplier of the hash: random and odd, so that sources cannot aim at one slot.
    seed: u64,
    nil: u32,
    false_: u32,
    true_: u32,
}

impl ConstantCache {
    pub fn new(mem: Mem, seed: u64) -> ConstantCache {
        let notes = || Notes { entries: Buf::new(mem), used: 0 };
        ConstantCache { integers: notes(), floats: notes(), seed: seed | 1, nil: 0, false_: 0, true_: 0 }
    }

    /// The note on where the constant was last put: one more than its index there, zero for nowhere yet. The caller
    /// writes the new place into it when it adds the constant again. May: raise (memory).
    pub fn place(&mut self, value: Constant) -> Result<&mut u32> {
        match value {
            Constant::Nil => Ok(&mut self.nil),
            Constant::False => Ok(&mut self.false_),
            Constant::True => Ok(&mut self.true_),
            Constant::Integer(i) => self.number(Key::Integer(i)),
            Constant::Float(n) => self.number(Key::of_float(n)),
            Constant::String(_) => unreachable!("strings are found by their symbol"),
        }
    }

    /// Whether notes are taken of the constant. 5.5 takes none of large integral floats: it would confuse them.
    pub fn notes(value: Constant) -> bool {
        !LUA_5_5
            || match value {
                Constant::Float(n) => n == 0.0 || float_to_integer(n * (1.0 + f64::EPSILON), Rounding::Exact).is_none(),
                _ => true,
            }
    }

    fn number(&mut self, key: Key) -> Result<&mut u32> {
        let seed = self.seed;
        match key {
            Key::Integer(i) => self.integers.note(i as u64, |key| first_place(key, 0, seed)),
            Key::Float(bits) => self.floats.note(bits, |bits| {
                // What has few digits differs in high bits from the next such number: those count, and how many there are. In 5.5, keys are one or two
                // units in the last place above their numbers.
                let bits = if LUA_5_5 { bits & !3 } else { bits };
                let zeros = bits.trailing_zeros();
                first_place(bits.checked_shr(zeros + 1).unwrap_or(0), zeros, seed)
            }),
        }
    }

    /// Whether two different constants have the same note: floats that are close to each other may.
    pub fn confuses(a: Constant, b: Constant) -> bool {
        match (a, b) {
            (Constant::Float(a), Constant::Float(b)) => a != b && Key::of_float(a) == Key::of_float(b),
            _ => false,
        }
    }
}

/// Where the search for a key begins: its group is anywhere; in the group, keys stand in their order, beginning at any of them, so that
/// keys which are alone in their groups do not all want the same place. The same key with another `salt` is in another group.
fn first_place(key: u64, salt: u32, seed: u64) -> usize {
    let group = (key / GROUP) ^ u64::from(salt).rotate_right(6);
    let product = (group ^ seed) as u128 * seed as u128;
    let hash = product as u64 ^ (product >> 64) as u64;
    (hash.wrapping_mul(GROUP) + key.wrapping_add(hash >> 32) % GROUP) as usize
}
