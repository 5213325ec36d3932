//! The conversion specifications of `string.format`, those of C with less freedom: how one is written, and how numbers
//! and texts are laid out under it. No state.

use super::ctype::{Class, Classes};
use crate::value::format::{FLOAT_SIZE, FloatFormat, FloatStyle, write_decimal};
use core::ffi::CStr;

/// Longest specification, with `%` and letter.
const MAX_SPECIFICATION: usize = 22;

/// Flags that a conversion accepts.
pub const FLOAT_FLAGS: &[u8] = b"-+#0 ";
pub const HEX_FLAGS: &[u8] = b"-#0";
pub const INTEGER_FLAGS: &[u8] = b"-+0 ";
pub const UNSIGNED_FLAGS: &[u8] = b"-0";
pub const TEXT_FLAGS: &[u8] = b"-";

/// A specification such as `%-5.2f`.
#[derive(Clone, Copy, Default)]
pub struct Conversion {
    left: bool,
    plus: bool,
    alternate: bool,
    zero: bool,
    space: bool,
    pub width: usize,
    pub precision: Option<usize>,
    /// The letter; 0 where the format ends before it.
    pub letter: u8,
    text: [u8; MAX_SPECIFICATION],
    len: usize,
}

impl Conversion {
    /// Reads the specification whose `%` comes before `rest`. `None` if it is too long.
    #[inline]
    pub fn read(rest: &[u8]) -> Option<Conversion> {
        let mut spec = Conversion::default();
        let span = rest.iter().position(|b| !matches!(b, b'-' | b'+' | b'#' | b' ' | b'.' | b'0'..=b'9'));
        let span = span.unwrap_or(rest.len());
        if span + 2 > MAX_SPECIFICATION {
            return None;
        }
        spec.letter = rest.get(span).copied().unwrap_or(0);
        spec.text[0] = b'%';
        spec.text[1..=span].copy_from_slice(&rest[..span]);
        spec.text[span + 1] = spec.letter;
        spec.len = span + 2;
        Some(spec)
    }

    /// The specification with its `%`, as C prints it.
    pub fn text(&self) -> &[u8] {
        &self.text[..self.len - (self.letter == 0) as usize]
    }

    /// Bytes of the format that the specification takes, without the `%`.
    pub fn len(&self) -> usize {
        self.len - 1
    }

    /// Nothing between `%` and the letter.
    #[inline]
    pub fn is_bare(&self) -> bool {
        self.len == 2
    }

    /// Takes flags, width and, if allowed, precision apart; false if something else stands there.
    pub fn parse(&mut self, flags: &[u8], allow_precision: bool) -> bool {
        let spec = &self.text[1..self.len];
        let mut i = 0;
        while flags.contains(&spec[i]) {
            match spec[i] {
                b'-' => self.left = true,
                b'+' => self.plus = true,
                b'#' => self.alternate = true,
                b'0' => self.zero = true,
                _ => self.space = true,
            }
            i += 1;
        }
        // A zero that is no flag cannot begin a width.
        if spec[i] != b'0' {
            (self.width, i) = two_digits(spec, i);
            if spec[i] == b'.' && allow_precision {
                let (precision, end) = two_digits(spec, i + 1);
                self.precision = Some(precision);
                i = end;
            }
        }
        Classes::current().has(spec[i], Class::ALPHA)
    }

    /// The specification for C's `printf`, with the length modifier in front of its letter.
    pub fn for_c(&self, modifier: &[u8], out: &mut [u8; MAX_SPECIFICATION + 4]) {
        let (letter, rest) = (self.letter, &self.text[..self.len - 1]);
        *out = [0; _];
        out[..rest.len()].copy_from_slice(rest);
        out[rest.len()..rest.len() + modifier.len()].copy_from_slice(modifier);
        out[rest.len() + modifier.len()] = letter;
    }

    /// Writes `prefix body` padded to the width: with zeros after the prefix, or with spaces around both.
    #[inline]
    fn pad<E>(&self, prefix: &[u8], body: &[u8], zeros: bool, out: &mut impl Sink<Error = E>) -> Result<(), E> {
        let len = prefix.len() + body.len();
        let missing = self.width.saturating_sub(len);
        if missing == 0 {
            out.extend(prefix)?;
            return out.extend(body);
        }
        if self.left {
            out.extend(prefix)?;
            out.extend(body)?;
            return out.fill(b' ', missing);
        }
        if zeros {
            out.extend(prefix)?;
            out.fill(b'0', missing)?;
            return out.extend(body);
        }
        out.fill(b' ', missing)?;
        out.extend(prefix)?;
        out.extend(body)
    }

    /// `%s`, `%c`: a text, cut to the precision and padded.
    pub fn put_text<E>(&self, text: &[u8], out: &mut impl Sink<Error = E>) -> Result<(), E> {
        let text = &text[..text.len().min(self.precision.unwrap_or(usize::MAX))];
        self.pad(b"", text, false, out)
    }

    fn sign(&self, negative: bool) -> &'static [u8] {
        if negative {
            b"-"
        } else if self.plus {
            b"+"
        } else if self.space {
            b" "
        } else {
            b""
        }
    }

    /// `%d`, `%i`, `%u`, `%o`, `%x`, `%X`.
    pub fn put_integer<E>(&self, n: i64, out: &mut impl Sink<Error = E>) -> Result<(), E> {
        let mut digits = [0u8; 24];
        let magnitude = n as u64;
        let (mut prefix, len): (&[u8], usize) = match self.letter {
            b'o' => (b"", write_radix(magnitude, 3, b'a', &mut digits)),
            b'x' => (if self.alternate { b"0x" } else { b"" }, write_radix(magnitude, 4, b'a', &mut digits)),
            b'X' => (if self.alternate { b"0X" } else { b"" }, write_radix(magnitude, 4, b'A', &mut digits)),
            b'u' => (b"", write_decimal(magnitude, &mut digits)),
            _ => (self.sign(n < 0), write_decimal(n.unsigned_abs(), &mut digits)),
        };
        let mut digits = &digits[..len];
        if n == 0 {
            if matches!(self.letter, b'x' | b'X') {
                prefix = b"";
            }
            if self.precision == Some(0) {
                digits = b"";
            }
        }
        let mut least = self.precision.unwrap_or(0);
        if self.letter == b'o' && self.alternate && digits.first() != Some(&b'0') {
            least = least.max(digits.len() + 1);
        }
        if least <= digits.len() {
            return self.pad(prefix, digits, self.zero && self.precision.is_none(), out);
        }
        let mut extended = [b'0'; 128];
        extended[least - digits.len()..least].copy_from_slice(digits);
        self.pad(prefix, &extended[..least], self.zero && self.precision.is_none(), out)
    }

    /// `%e`, `%f`, `%g` and their upper-case forms; false, and nothing written, for what is left to C.
    pub fn put_float<E>(&self, n: f64, out: &mut impl Sink<Error = E>) -> Result<bool, E> {
        if self.alternate {
            return Ok(false);
        }
        let style = match self.letter.to_ascii_lowercase() {
            b'e' => FloatStyle::Exponent,
            b'f' => FloatStyle::Fixed,
            _ => FloatStyle::General,
        };
        let mut text = [0; FLOAT_SIZE];
        let len = FloatFormat { style, precision: self.precision.unwrap_or(6) as u32 }.write(n, &mut text);
        let text = &mut text[..len];
        if self.letter.is_ascii_uppercase() {
            text.make_ascii_uppercase();
        }
        self.pad(self.sign(n.is_sign_negative()), text, self.zero && n.is_finite(), out)?;
        Ok(true)
    }
}

/// Where text goes.
pub trait Sink {
    type Error;
    fn extend(&mut self, bytes: &[u8]) -> Result<(), Self::Error>;
    fn fill(&mut self, b: u8, n: usize) -> Result<(), Self::Error>;
}

/// At most two digits at `i`: their number, and where they end.
fn two_digits(spec: &[u8], mut i: usize) -> (usize, usize) {
    let mut n = 0;
    for _ in 0..2 {
        if spec[i].is_ascii_digit() {
            n = n * 10 + (spec[i] - b'0') as usize;
            i += 1;
        }
    }
    (n, i)
}

/// Writes the digits of `n` in groups of `bits`; returns their number.
fn write_radix(n: u64, bits: u32, ten: u8, out: &mut [u8; 24]) -> usize {
    let len = (64 - n.leading_zeros()).div_ceil(bits).max(1) as usize;
    let mut rest = n;
    for to in out[..len].iter_mut().rev() {
        let digit = (rest & ((1 << bits) - 1)) as u8;
        *to = if digit < 10 { b'0' + digit } else { ten + digit - 10 };
        rest >>= bits;
    }
    len
}

/// What C prints for a float under a specification.
///
/// `spec` must be that of one conversion of a float, with a width and precision below 100.
pub fn print_float<'a>(spec: &CStr, n: f64, out: &'a mut [u8; FLOAT_SIZE]) -> &'a [u8] {
    // SAFETY: the format takes one double, and the size is that of the buffer.
    let len = unsafe { libc::snprintf(out.as_mut_ptr().cast(), out.len(), spec.as_ptr(), n) };
    &out[..(len as usize).min(FLOAT_SIZE - 1)]
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Sink for Vec<u8> {
        type Error = ();
        fn extend(&mut self, bytes: &[u8]) -> Result<(), ()> {
            self.extend_from_slice(bytes);
            Ok(())
        }
        fn fill(&mut self, b: u8, n: usize) -> Result<(), ()> {
            self.resize(self.len() + n, b);
            Ok(())
        }
    }

    fn c_specification(spec: &Conversion, modifier: &[u8]) -> std::ffi::CString {
        let mut out = [0; MAX_SPECIFICATION + 4];
        spec.for_c(modifier, &mut out);
        CStr::from_bytes_until_nul(&out).unwrap().to_owned()
    }

    #[test]
    fn integers_are_laid_out_as_c_does() {
        for (letter, flags) in [
            ('d', INTEGER_FLAGS),
            ('i', INTEGER_FLAGS),
            ('u', UNSIGNED_FLAGS),
            ('o', HEX_FLAGS),
            ('x', HEX_FLAGS),
            ('X', HEX_FLAGS),
        ] {
            for flag_set in 0..1u32 << flags.len() {
                let chosen: String =
                    flags.iter().enumerate().filter(|(i, _)| flag_set >> i & 1 == 1).map(|(_, f)| *f as char).collect();
                for size in ["", "1", "7", "25", ".0", ".3", ".25", "9.4", "5.9", "."] {
                    let text = format!("{chosen}{size}{letter}");
                    let mut spec = Conversion::read(text.as_bytes()).unwrap();
                    assert!(spec.parse(flags, true), "{text}");
                    for n in [0, 1, -1, 8, 12345, -98765, i64::MAX, i64::MIN] {
                        let mut ours = Vec::new();
                        spec.put_integer(n, &mut ours).unwrap();
                        let mut theirs = [0u8; 256];
                        let format = c_specification(&spec, b"ll");
                        // SAFETY: the format takes a long long.
                        let len = unsafe { libc::snprintf(theirs.as_mut_ptr().cast(), 256, format.as_ptr(), n) };
                        assert_eq!(
                            String::from_utf8_lossy(&ours),
                            String::from_utf8_lossy(&theirs[..len as usize]),
                            "%{text} of {n}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn floats_are_laid_out_as_c_does() {
        for letter in ['e', 'E', 'f', 'g', 'G'] {
            for flags in ["", "-", "+", "0", " ", "-0", "+0", " 0", "+ ", "-+"] {
                for size in ["", "4", "20", ".0", ".3", ".14", "12.3", "30.20", "99.99"] {
                    let text = format!("{flags}{size}{letter}");
                    let mut spec = Conversion::read(text.as_bytes()).unwrap();
                    assert!(spec.parse(FLOAT_FLAGS, true));
                    for n in [0.0, -0.0, 1.0, -1.5, 123.456, 1e100, -2.5e-7, f64::MAX, f64::INFINITY, -f64::INFINITY, f64::NAN] {
                        let mut ours = Vec::new();
                        assert!(spec.put_float(n, &mut ours).unwrap());
                        let mut theirs = [0; FLOAT_SIZE];
                        let theirs = print_float(&c_specification(&spec, b""), n, &mut theirs);
                        assert_eq!(String::from_utf8_lossy(&ours), String::from_utf8_lossy(theirs), "%{text} of {n}");
                    }
                }
            }
        }
    }

    #[test]
    fn malformed_specifications_are_refused() {
        for (text, flags) in [("123d", INTEGER_FLAGS), ("#d", INTEGER_FLAGS), ("05s", TEXT_FLAGS), ("1.234f", FLOAT_FLAGS)] {
            assert!(!Conversion::read(text.as_bytes()).unwrap().parse(flags, true), "{text}");
        }
        assert!(!Conversion::read(b".3c").unwrap().parse(TEXT_FLAGS, false));
        assert!(Conversion::read(b"00000000000000000000d").is_some());
        assert!(Conversion::read(b"000000000000000000000d").is_none());
        assert_eq!(Conversion::read(b"5").unwrap().text(), b"%5");
    }
}
