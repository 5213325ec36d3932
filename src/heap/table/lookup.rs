//! Where a key is: main positions in the hash part, chains, and the array part.

use super::{Node, Place, Table};
use crate::heap::object::Gc;
use crate::heap::string::Str;
use crate::value::number::{Rounding, float_to_integer};
use crate::value::{Tag, Value};

/// 2^64 divided by the golden ratio: multiples of it lie far apart.
const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

/// By the logarithm of a number of nodes, from 4 on: how much less the largest prime below it is.
const PRIME_DISTANCES: [u8; 30] =
    [1, 1, 3, 1, 3, 1, 5, 3, 3, 9, 3, 1, 3, 19, 15, 1, 5, 1, 3, 9, 3, 15, 3, 39, 5, 39, 57, 3, 35, 1];

/// By the logarithm of a number of nodes: 2^64 divided by the largest prime below that number, rounded up. The upper bits of a product with it are the
/// rest of that division of the other factor (as a fraction of the divisor; large factors add less than one to that).
static RECIPROCALS: [u64; 32] = {
    // One node takes all, and two are told apart by the lowest bit.
    let mut reciprocals = [1 << 63; 32];
    let mut log2 = 2;
    while log2 < 32 {
        reciprocals[log2] = u64::MAX / ((1 << log2) - PRIME_DISTANCES[log2 - 2] as u64) + 1;
        log2 += 1;
    }
    reciprocals
};

/// The hash of an address, good in its low bits.
#[inline(always)]
pub fn hash_word(w: u64) -> usize {
    (w.wrapping_mul(GOLDEN) >> 32) as usize
}

impl Node {
    /// Whether the key is this one, which is no string. The payload of a boolean may be anything. Floats that are equal have the same bits, apart from
    /// zeros, which are stored as an integer, and NaN is never a key.
    #[inline(always)]
    fn holds(&self, key: Value) -> bool {
        self.key_tag == key.tag && (self.key == key.payload || key.tag.base() == Tag::FALSE.base())
    }

    #[inline(always)]
    fn holds_long_str(&self, s: Gc<Str>) -> bool {
        // SAFETY: the tag says so.
        self.key_tag == Tag::LONG_STRING && unsafe { self.key().object_as::<Str>() }.same(s)
    }
}

impl Table {
    /// Main position of an integer: the rest of its division by the largest prime below the number of nodes. All bits count, and integers that follow
    /// each other lie side by side; a window of integers in equal steps that moves on (a queue, say) has hardly any collisions, unless the step is a
    /// multiple of the prime.
    #[inline(always)]
    fn position_of_integer(&self, i: i64) -> *mut Node {
        self.top_bits((i as u64).wrapping_mul(RECIPROCALS[(self.log2_nodes.get() & 31) as usize]))
    }

    /// Main position of a float or an object. All bits of the payload count: floats often have only zeros below the first few.
    #[inline(always)]
    fn position_of_word(&self, w: u64) -> *mut Node {
        self.top_bits(w.wrapping_mul(GOLDEN))
    }

    /// The node with the number that the top bits of a product are, which depend on all bits of its factors.
    #[inline(always)]
    fn top_bits(&self, product: u64) -> *mut Node {
        // 63 less the logarithm, since shifts look at six bits.
        let distance = !self.log2_nodes.get() as u32;
        self.node((product >> 1).wrapping_shr(distance) as usize)
    }

    #[inline(always)]
    fn position_of_hash(&self, h: usize) -> *mut Node {
        self.node(h & self.mask())
    }

    /// Main position of a normalized key.
    #[inline(always)]
    pub(super) fn main_position(&self, key: Value) -> *mut Node {
        match key.tag {
            Tag::SHORT_STRING | Tag::LONG_STRING => {
                // SAFETY: the tag says so.
                let s: Gc<Str> = unsafe { key.object_as() };
                self.position_of_hash(s.hash() as usize)
            }
            _ => self.position_of_value(key),
        }
    }

    /// Main position of a normalized key that is no string.
    #[inline(always)]
    fn position_of_value(&self, key: Value) -> *mut Node {
        match key.tag {
            Tag::FALSE => self.position_of_hash(1),
            Tag::TRUE => self.position_of_hash(2),
            Tag::INTEGER => self.position_of_integer(key.payload as i64),
            _ => self.position_of_word(key.payload),
        }
    }

    /// Walks the chain from the main position of a key to the node that `matches`.
    #[inline(always)]
    pub(super) fn chain(&self, mut n: *mut Node, matches: impl Fn(&Node) -> bool) -> Option<*mut Node> {
        loop {
            // SAFETY: chains stay inside the hash part.
            unsafe {
                if matches(&*n) {
                    return Some(n);
                }
                let next = (*n).next;
                if next == 0 {
                    return None;
                }
                n = n.offset(next as isize);
            }
        }
    }

    #[inline(always)]
    pub fn find_short_str(&self, key: Gc<Str>) -> Option<Place> {
        let address = key.as_ptr().expose_provenance() as u64;
        self.chain(self.position_of_hash(key.short_hash() as usize), |n| n.key == address && n.key_tag == Tag::SHORT_STRING)
            .map(Self::node_place)
    }

    #[inline(always)]
    pub fn find_integer(&self, key: i64) -> Option<Place> {
        self.find_in_array(key).or_else(|| self.find_hashed_integer(key))
    }

    /// The place of an integer key in the array part.
    #[inline(always)]
    pub fn find_in_array(&self, key: i64) -> Option<Place> {
        if (key as u64).wrapping_sub(1) >= self.array_len.get() as u64 {
            return None;
        }
        let (middle, key) = (self.array.get(), key as usize);
        // SAFETY: within the block. As in `array_place`, with `key` as the only index, since registers are few where this is used.
        Some(unsafe { Place { payload: middle.cast::<u64>().sub(key), tag: middle.add(3 + key).cast() } })
    }

    /// The place of an integer key in the hash part.
    #[inline]
    pub fn find_hashed_integer(&self, key: i64) -> Option<Place> {
        self.chain(self.position_of_integer(key), |n| n.key == key as u64 && n.key_tag == Tag::INTEGER).map(Self::node_place)
    }

    /// The place of an integer or a short string in the hash part.
    #[inline(always)]
    pub fn find_hashed(&self, key: Value) -> Option<Place> {
        debug_assert!(matches!(key.tag, Tag::INTEGER | Tag::SHORT_STRING));
        self.chain(self.position_of_simple(key), |n| n.key == key.payload && n.key_tag == key.tag).map(Self::node_place)
    }

    /// Main position of an integer or a short string.
    #[inline(always)]
    pub(super) fn position_of_simple(&self, key: Value) -> *mut Node {
        match key.tag {
            // SAFETY: the tag says so.
            Tag::SHORT_STRING => self.position_of_hash(unsafe { key.object_as::<Str>() }.short_hash() as usize),
            _ => self.position_of_integer(key.payload as i64),
        }
    }

    /// The place of a key that is no string and no integer.
    #[inline(always)]
    pub fn find_other(&self, key: Value) -> Option<Place> {
        debug_assert!(!key.tag.is_string() && !key.is_integer());
        if key.is_float()
            && let Some(i) = float_to_integer(key.float_payload(), Rounding::Exact)
        {
            return self.find_integer(i);
        }
        if key.is_nil() {
            return None;
        }
        self.chain(self.position_of_value(key), |n| n.holds(key)).map(Self::node_place)
    }

    fn find_long_str(&self, key: Gc<Str>) -> Option<Place> {
        self.chain(self.position_of_hash(key.hash() as usize), |n| n.holds_long_str(key)).map(Self::node_place)
    }

    /// The node of a key that a traversal has come to, and which is neither in the array part nor a short string: also where the key's object was
    /// collected since.
    pub(super) fn find_visited(&self, key: Value) -> Option<*mut Node> {
        let is_dead = |n: &Node| n.key_tag == Tag::DEAD_KEY && key.tag.is_collectable() && n.key == key.payload;
        let position = self.main_position(key);
        if key.tag == Tag::LONG_STRING {
            // SAFETY: the tag says so.
            let s: Gc<Str> = unsafe { key.object_as() };
            return self.chain(position, |n| n.holds_long_str(s) || is_dead(n));
        }
        self.chain(position, |n| n.holds(key) || is_dead(n))
    }

    /// Where the value for `key` is stored, if the key has a place (its value may be nil).
    #[inline]
    pub fn find(&self, key: Value) -> Option<Place> {
        match key.tag {
            // SAFETY: the tag says so.
            Tag::SHORT_STRING => self.find_short_str(unsafe { key.object_as() }),
            Tag::INTEGER => self.find_integer(key.integer_payload()),
            // SAFETY: as above.
            Tag::LONG_STRING => self.find_long_str(unsafe { key.object_as() }),
            _ => self.find_other(key),
        }
    }

    /// The value for `key`; its tag is one of the nil variants when there is none.
    #[inline]
    pub fn get(&self, key: Value) -> Value {
        self.find(key).map_or(Value::ABSENT, Place::get)
    }

    /// As `find`, with the usual keys looked for in the function that asks.
    #[inline(always)]
    pub fn find_here(&self, key: Value) -> Option<Place> {
        if key.tag == Tag::SHORT_STRING {
            // SAFETY: the tag says so.
            self.find_short_str(unsafe { key.object_as() })
        } else if key.is_integer() {
            self.find_integer(key.integer_payload())
        } else {
            self.find(key)
        }
    }

    /// As `get`, with the usual keys looked for in the function that asks.
    #[inline(always)]
    pub fn get_here(&self, key: Value) -> Value {
        self.find_here(key).map_or(Value::ABSENT, Place::get)
    }

    #[inline(always)]
    pub fn get_integer(&self, key: i64) -> Value {
        self.find_integer(key).map_or(Value::ABSENT, Place::get)
    }

    #[inline(always)]
    pub fn get_short_str(&self, key: Gc<Str>) -> Value {
        self.find_short_str(key).map_or(Value::ABSENT, Place::get)
    }

    /// Any string as key.
    #[inline]
    pub fn get_str(&self, key: Gc<Str>) -> Value {
        if key.is_short() { self.get_short_str(key) } else { self.get(key.into()) }
    }
}

#[cfg(test)]
mod tests {
    use super::PRIME_DISTANCES;

    #[test]
    fn divisors_are_the_largest_primes() {
        let is_prime = |n: u64| (2..).take_while(|d| d * d <= n).all(|d| !n.is_multiple_of(d));
        for (log2, distance) in (2..).zip(PRIME_DISTANCES) {
            let found = (1..).find(|distance| is_prime((1 << log2) - distance));
            assert_eq!(found, Some(u64::from(distance)), "below 2^{log2}");
        }
    }
}
