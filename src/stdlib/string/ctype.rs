//! Character classes of the process's locale (`isalpha` and its like), as tables instead of calls.
//!
//! In the "C" locale and in UTF-8 locales only ASCII characters belong to a class. Eight-bit locales, which `os.setlocale`
//! can select, have more.

use core::ffi::c_int;

/// A character class: a bit of the locale's table.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Class(u16);

/// The C library numbers the bits 0..12 in the order upper, lower, alpha, ... within a big-endian word.
const fn bit(n: u32) -> Class {
    Class((1u16 << n).to_be())
}

impl Class {
    pub const UPPER: Class = bit(0);
    pub const LOWER: Class = bit(1);
    pub const ALPHA: Class = bit(2);
    pub const DIGIT: Class = bit(3);
    pub const HEX_DIGIT: Class = bit(4);
    pub const SPACE: Class = bit(5);
    pub const GRAPH: Class = bit(7);
    pub const CONTROL: Class = bit(9);
    pub const PUNCTUATION: Class = bit(10);
    pub const ALPHANUMERIC: Class = bit(11);

    /// The class that a pattern names with this lower-case letter (§6.4.1).
    pub const fn from_letter(letter: u8) -> Option<Class> {
        Some(match letter {
            b'a' => Class::ALPHA,
            b'c' => Class::CONTROL,
            b'd' => Class::DIGIT,
            b'g' => Class::GRAPH,
            b'l' => Class::LOWER,
            b'p' => Class::PUNCTUATION,
            b's' => Class::SPACE,
            b'u' => Class::UPPER,
            b'w' => Class::ALPHANUMERIC,
            b'x' => Class::HEX_DIGIT,
            _ => return None,
        })
    }
}

/// Several classes at once.
#[derive(Clone, Copy)]
pub struct ClassUnion(u16);

impl ClassUnion {
    pub const EMPTY: ClassUnion = ClassUnion(0);

    pub fn add(&mut self, class: Class) {
        self.0 |= class.0;
    }
}

unsafe extern "C" {
    safe fn __ctype_b_loc() -> *const *const u16;
    safe fn __ctype_tolower_loc() -> *const *const i32;
    safe fn __ctype_toupper_loc() -> *const *const i32;
}

/// The classes of every byte in the locale that was current when this was made.
///
/// Valid until the locale changes; a stale one still points to a table of the C library.
#[derive(Clone, Copy)]
pub struct Classes(&'static [u16; 256]);

impl Classes {
    #[inline]
    pub fn current() -> Classes {
        // SAFETY: the C library's table has entries for -128..=255 and the pointer is to that of 0.
        Classes(unsafe { &*(*__ctype_b_loc()).cast() })
    }

    #[inline(always)]
    pub fn has(self, b: u8, class: Class) -> bool {
        self.0[b as usize] & class.0 != 0
    }

    /// Whether a byte belongs to one of several classes.
    #[inline(always)]
    pub fn has_any(self, b: u8, classes: ClassUnion) -> bool {
        self.0[b as usize] & classes.0 != 0
    }

    /// Whether the classes are those of ASCII.
    #[inline]
    pub fn is_ascii(self) -> bool {
        self.0 == &ASCII
    }

    /// The bytes of a class as a set of 256 bits.
    #[inline]
    pub fn members(self, class: Class) -> [u64; 4] {
        if self.is_ascii() {
            let low = ASCII_MEMBERS[class.0.to_be().trailing_zeros() as usize];
            return [low[0], low[1], 0, 0];
        }
        let mut set = [0; 4];
        for b in 0..=255u8 {
            set[b as usize / 64] |= (self.has(b, class) as u64) << (b % 64);
        }
        set
    }
}

/// Which byte each byte becomes in the other case.
#[derive(Clone, Copy)]
pub struct CaseTable(&'static [i32; 256]);

impl CaseTable {
    pub fn lower() -> CaseTable {
        // SAFETY: as for the classes.
        CaseTable(unsafe { &*(*__ctype_tolower_loc()).cast() })
    }

    pub fn upper() -> CaseTable {
        // SAFETY: as for the classes.
        CaseTable(unsafe { &*(*__ctype_toupper_loc()).cast() })
    }

    #[inline(always)]
    pub fn map(self, b: u8) -> u8 {
        self.0[b as usize] as u8
    }

    /// Whether only ASCII letters change.
    pub fn is_ascii(self) -> bool {
        self.0[128..].iter().zip(128..).all(|(to, from): (&i32, c_int)| *to == from)
    }
}

const ASCII: [u16; 256] = {
    let mut table = [0; 256];
    let mut b = 0u8;
    while b < 128 {
        let mut bits = 0;
        let classes: [(bool, u32); 12] = [
            (b.is_ascii_uppercase(), 0),
            (b.is_ascii_lowercase(), 1),
            (b.is_ascii_alphabetic(), 2),
            (b.is_ascii_digit(), 3),
            (b.is_ascii_hexdigit(), 4),
            (matches!(b, b' ' | b'\t'..=b'\r'), 5),
            // print
            (matches!(b, b' '..=b'~'), 6),
            (b.is_ascii_graphic(), 7),
            // blank
            (matches!(b, b' ' | b'\t'), 8),
            (b.is_ascii_control(), 9),
            (b.is_ascii_punctuation(), 10),
            (b.is_ascii_alphanumeric(), 11),
        ];
        let mut i = 0;
        while i < classes.len() {
            if classes[i].0 {
                bits |= bit(classes[i].1).0;
            }
            i += 1;
        }
        table[b as usize] = bits;
        b += 1;
    }
    table
};

/// The ASCII members of each class, by bit number.
const ASCII_MEMBERS: [[u64; 2]; 12] = {
    let mut members = [[0; 2]; 12];
    let mut n = 0;
    while n < 12 {
        let mut b = 0;
        while b < 128 {
            if ASCII[b] & bit(n as u32).0 != 0 {
                members[n][b / 64] |= 1 << (b % 64);
            }
            b += 1;
        }
        n += 1;
    }
    members
};

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Class; 10] = [
        Class::UPPER,
        Class::LOWER,
        Class::ALPHA,
        Class::DIGIT,
        Class::HEX_DIGIT,
        Class::SPACE,
        Class::GRAPH,
        Class::CONTROL,
        Class::PUNCTUATION,
        Class::ALPHANUMERIC,
    ];

    #[test]
    fn the_locale_table_answers_as_the_functions_of_c() {
        let classes = Classes::current();
        for b in 0..=255u8 {
            let c = b as c_int;
            // SAFETY: defined for every unsigned char.
            let expected = unsafe {
                [
                    libc::isupper(c),
                    libc::islower(c),
                    libc::isalpha(c),
                    libc::isdigit(c),
                    libc::isxdigit(c),
                    libc::isspace(c),
                    libc::isgraph(c),
                    libc::iscntrl(c),
                    libc::ispunct(c),
                    libc::isalnum(c),
                ]
            };
            for (class, expected) in ALL.iter().zip(expected) {
                assert_eq!(classes.has(b, *class), expected != 0, "{b} {class:?}");
            }
            // SAFETY: as above.
            assert_eq!(CaseTable::upper().map(b) as c_int, unsafe { libc::toupper(c) });
        }
    }

    #[test]
    fn the_c_locale_is_ascii() {
        assert!(Classes::current().is_ascii());
        assert!(CaseTable::lower().is_ascii());
    }

    #[test]
    fn member_sets_agree_with_the_table() {
        for class in ALL {
            let set = Classes(&ASCII).members(class);
            for b in 0..=255u8 {
                assert_eq!(set[b as usize / 64] >> (b % 64) & 1 == 1, Classes(&ASCII).has(b, class));
            }
        }
    }
}
