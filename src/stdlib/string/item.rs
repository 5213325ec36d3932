//! The parts of a pattern that match one byte (§6.4.1): how they are written, and which bytes they are.

use super::ctype::{Class, ClassUnion, Classes};

/// What matches exactly one byte.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Item {
    Any,
    Byte(u8),
    /// A class, or with `false` its complement.
    Class(Class, bool),
    /// Any but this byte.
    Other(u8),
    /// A bracketed set, by its number among those that the matcher keeps.
    Set(u8),
}

impl Item {
    /// What `%` and this byte stand for.
    #[inline]
    pub fn escaped(b: u8) -> Item {
        let letter = b.to_ascii_lowercase();
        match Class::from_letter(letter) {
            Some(class) => Item::Class(class, b == letter),
            None if b == b'z' => Item::Byte(0),
            None if b == b'Z' => Item::Other(0),
            None => Item::Byte(b),
        }
    }
}

/// A bracketed set of the pattern: bytes one by one, and classes.
#[derive(Clone, Copy)]
pub struct Set {
    /// Where it stands in the pattern, and what follows it.
    pub at: usize,
    pub end: usize,
    members: [u64; 4],
    classes: ClassUnion,
    complement: bool,
}

impl Set {
    #[inline(always)]
    pub fn has(&self, b: u8, table: Classes) -> bool {
        (self.members[b as usize / 64] >> (b % 64) & 1 != 0 || table.has_any(b, self.classes)) != self.complement
    }

    /// Reads the set at `p`; `None` if it is not closed.
    pub fn read(pattern: &[u8], p: usize, classes: Classes) -> Option<Set> {
        let complement = pattern.get(p + 1) == Some(&b'^');
        let mut set = Set { at: p, end: 0, members: [0; 4], classes: ClassUnion::EMPTY, complement };
        let first = p + 1 + complement as usize;
        // The closing bracket: not the first byte, nor one that an escape precedes.
        let mut close = first;
        loop {
            match pattern.get(close)? {
                b']' if close > first => break,
                b'%' if close + 1 < pattern.len() => close += 2,
                _ => close += 1,
            }
        }
        let mut i = first;
        while i < close {
            match pattern[i] {
                b'%' => {
                    i += 1;
                    match Item::escaped(pattern[i]) {
                        Item::Class(class, true) => set.classes.add(class),
                        Item::Class(class, false) => set.add_complement(classes.members(class)),
                        Item::Other(b) => {
                            let mut one = [0; 4];
                            one[b as usize / 64] = 1 << (b % 64);
                            set.add_complement(one)
                        }
                        Item::Byte(b) => set.add(b),
                        Item::Any | Item::Set(_) => unreachable!("no escape stands for it"),
                    }
                }
                b if pattern[i + 1] == b'-' && i + 2 < close => {
                    set.add_range(b, pattern[i + 2]);
                    i += 2;
                }
                b => set.add(b),
            }
            i += 1;
        }
        set.end = close + 1;
        Some(set)
    }

    fn add(&mut self, b: u8) {
        self.members[b as usize / 64] |= 1 << (b % 64);
    }

    fn add_complement(&mut self, other: [u64; 4]) {
        for (word, more) in self.members.iter_mut().zip(other) {
            *word |= !more;
        }
    }

    fn add_range(&mut self, first: u8, last: u8) {
        for (i, word) in self.members.iter_mut().enumerate() {
            let base = i as i32 * 64;
            let low = (first as i32 - base).max(0);
            let high = (last as i32 - base).min(63);
            if low <= high {
                *word |= (u64::MAX >> (63 - (high - low))) << low;
            }
        }
    }
}

/// Slices up to this length are searched without the set-up that wide registers need.
const SHORT: usize = 16;

/// The first place of a byte.
#[inline]
pub fn first_position(wanted: u8, bytes: &[u8]) -> Option<usize> {
    if bytes.len() <= SHORT { bytes.iter().position(|b| *b == wanted) } else { memchr::memchr(wanted, bytes) }
}

/// The last place of a byte.
#[inline]
pub fn last_position(wanted: u8, bytes: &[u8]) -> Option<usize> {
    if bytes.len() <= SHORT { bytes.iter().rposition(|b| *b == wanted) } else { memchr::memrchr(wanted, bytes) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn members(pattern: &str) -> Option<(Vec<u8>, usize)> {
        let set = Set::read(pattern.as_bytes(), 0, Classes::current())?;
        Some(((0..=255).filter(|b| set.has(*b, Classes::current())).collect(), set.end))
    }

    #[test]
    fn sets_hold_bytes_ranges_and_classes() {
        assert_eq!(members("[abc]x"), Some((b"abc".to_vec(), 5)));
        assert_eq!(members("[a-cx-]"), Some((b"-abcx".to_vec(), 7)));
        assert_eq!(members("[]a]"), Some((b"]a".to_vec(), 4)));
        assert_eq!(members("[%]%-]"), Some((b"-]".to_vec(), 6)));
        assert_eq!(members("[c-a]"), Some((vec![], 5)));
        assert_eq!(members("[%d_]"), Some((b"0123456789_".to_vec(), 5)));
        assert_eq!(members("[^%D]"), Some((b"0123456789".to_vec(), 5)));
        assert_eq!(members("[%z-]"), Some((b"\0-".to_vec(), 5)));
    }

    #[test]
    fn ranges_cross_words() {
        let mut set = Set { at: 0, end: 0, members: [0; 4], classes: ClassUnion::EMPTY, complement: false };
        set.add_range(60, 200);
        for b in 0..=255 {
            assert_eq!(set.has(b, Classes::current()), (60..=200).contains(&b), "{b}");
        }
    }

    #[test]
    fn unclosed_sets() {
        for pattern in ["[", "[]", "[^", "[^]", "[a", "[a%", "[a%]", "[]%]"] {
            assert_eq!(members(pattern), None, "{pattern}");
        }
    }
}
