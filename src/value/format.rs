//! Numbers as text: what `tostring` and `string.format` print, to the byte what C's `printf` prints.
//!
//! Digits come from exact integer arithmetic where two machine words suffice, which is nearly always; elsewhere from the
//! standard library's exact algorithms. The decimal point is that of the process's locale, as in C.

use super::Value;
use crate::edition::LUA_5_5;
use core::ffi::CStr;
use core::fmt::Write as _;

/// Room that any number needs under `NumberText`.
const NUMBER_SIZE: usize = 40;
/// Room that any float needs under a `FloatFormat` with at most 99 digits of precision.
pub const FLOAT_SIZE: usize = 448;
/// Significant digits of a float under `tostring` (`LUA_NUMBER_FMT`).
const TOSTRING_DIGITS: u32 = if LUA_5_5 { 15 } else { 14 };
/// So many when 5.5 could not read the same float back otherwise (`LUA_NUMBER_FMT_N`).
const EXACT_DIGITS: u32 = 17;
/// Most digits that the fast path produces, so that one more still fits in a word.
const FAST_DIGITS: u32 = 17;

/// The text of a number as `tostring` gives it.
#[derive(Clone, Copy)]
pub struct NumberText {
    bytes: [u8; NUMBER_SIZE],
    len: u8,
}

impl NumberText {
    /// The text of a number; `None` for other values.
    #[doc(alias = "luaO_tostring")]
    #[inline]
    pub fn new(v: Value) -> Option<NumberText> {
        if v.is_float() { Some(Self::float(v.float_payload())) } else { Some(Self::integer(v.as_integer()?)) }
    }

    /// All digits of an integer.
    pub fn integer(i: i64) -> NumberText {
        let mut text = NumberText { bytes: [0; NUMBER_SIZE], len: 0 };
        let mut out = Cursor { out: &mut text.bytes, len: 0 };
        if i < 0 {
            out.push(b'-');
        }
        out.decimal(i.unsigned_abs());
        text.len = out.len as u8;
        text
    }

    /// A float with 14 significant digits (5.5: 15, or as many as it needs), and `.0` when it would look like an integer.
    pub fn float(n: f64) -> NumberText {
        Self::with_digits(n, LUA_5_5)
    }

    /// A float with 14 significant digits (5.5: 15), and `.0` when it would look like an integer.
    pub fn rounded(n: f64) -> NumberText {
        Self::with_digits(n, false)
    }

    fn with_digits(n: f64, exact: bool) -> NumberText {
        let mut text = NumberText { bytes: [0; NUMBER_SIZE], len: 0 };
        let mut out = Cursor { out: &mut text.bytes, len: 0 };
        if n.is_sign_negative() {
            out.push(b'-');
        }
        let magnitude = n.abs();
        let as_integer = magnitude as u64;
        let integral = if magnitude < 1e14 && as_integer as f64 == magnitude {
            out.decimal(as_integer);
            true
        } else {
            let start = out.len;
            out.float(FloatFormat { style: FloatStyle::General, precision: TOSTRING_DIGITS }, magnitude);
            if exact && read_back(&out.out[start..out.len]) != Some(magnitude) {
                out.len = start;
                out.float(FloatFormat { style: FloatStyle::General, precision: EXACT_DIGITS }, magnitude);
            }
            out.out[start..out.len].iter().all(u8::is_ascii_digit)
        };
        if integral {
            out.push(decimal_point()[0]);
            out.push(b'0');
        }
        text.len = out.len as u8;
        text
    }

    #[inline]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.len as usize]
    }
}

/// The float that a text of ours denotes; the radix character of the locale, whatever it is, stands for a point.
fn read_back(text: &[u8]) -> Option<f64> {
    let mut plain = [0; NUMBER_SIZE];
    let mut len = 0;
    for b in text {
        match b {
            b'0'..=b'9' | b'e' | b'+' | b'-' | b'.' => plain[len] = *b,
            b'a'..=b'z' => return None,
            // Of a radix character of several bytes the first counts.
            _ if plain[..len].contains(&b'.') => continue,
            _ => plain[len] = b'.',
        }
        len += 1;
    }
    core::str::from_utf8(&plain[..len]).ok()?.parse().ok()
}

/// How a float is laid out: C's `%e`, `%f` and `%g`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FloatStyle {
    Exponent,
    Fixed,
    General,
}

/// A conversion of a float without its sign, padding and the `#` flag (with which C libraries differ).
#[derive(Clone, Copy)]
pub struct FloatFormat {
    pub style: FloatStyle,
    /// Digits after the point, or significant digits for `General`; at most 99.
    pub precision: u32,
}

impl FloatFormat {
    /// Writes the text of a float that is not negative (its sign bit is ignored); returns the length.
    pub fn write(self, magnitude: f64, out: &mut [u8; FLOAT_SIZE]) -> usize {
        let mut out = Cursor { out, len: 0 };
        out.float(self, magnitude.abs());
        out.len
    }
}

/// Writes the decimal digits of `n` and returns their number.
#[inline]
pub fn write_decimal(n: u64, out: &mut [u8]) -> usize {
    let mut out = Cursor { out, len: 0 };
    out.decimal(n);
    out.len
}

/// The radix character of the locale (§6.9, `os.setlocale`); never empty.
pub fn decimal_point() -> &'static [u8] {
    // SAFETY: the answer is a string that lives until the locale is changed, which no caller does while it uses it.
    let point = unsafe { CStr::from_ptr(libc::nl_langinfo(libc::RADIXCHAR)) }.to_bytes();
    if point.is_empty() { b"." } else { point }
}

/// Decimal digits of a float, rounded correctly: `digits[0].digits[1]digits[2]... * 10^exponent`.
struct Digits {
    bytes: [u8; 104],
    len: usize,
    exponent: i32,
}

impl Digits {
    /// `count` significant digits (at least one) of a finite float that is not negative.
    fn new(x: f64, count: u32) -> Digits {
        let mut digits = Digits { bytes: [b'0'; 104], len: count as usize, exponent: 0 };
        if x == 0.0 {
            return digits;
        }
        if count <= FAST_DIGITS
            && let Some((n, exponent)) = significant(x, count)
        {
            write_digits(n, &mut digits.bytes[..count as usize]);
            digits.exponent = exponent;
            return digits;
        }
        let mut text = [0; 128];
        let mut out = Cursor { out: &mut text, len: 0 };
        let written = write!(out, "{:.*e}", count as usize - 1, x);
        debug_assert!(written.is_ok());
        let text = out.done();
        let (mantissa, exponent) = text.split_at(text.iter().position(|b| *b == b'e').unwrap_or(text.len()));
        for (to, from) in digits.bytes.iter_mut().zip(mantissa.iter().filter(|b| **b != b'.')) {
            *to = *from;
        }
        let exponent = core::str::from_utf8(exponent.get(1..).unwrap_or_default()).unwrap_or_default();
        digits.exponent = exponent.parse().unwrap_or(0);
        digits
    }

    fn remove_zeros(&mut self) {
        while self.len > 1 && self.bytes[self.len - 1] == b'0' {
            self.len -= 1;
        }
    }
}

/// An output array that is large enough, and how much of it is filled.
struct Cursor<'a> {
    out: &'a mut [u8],
    len: usize,
}

impl core::fmt::Write for Cursor<'_> {
    fn write_str(&mut self, s: &str) -> core::fmt::Result {
        self.extend(s.as_bytes());
        Ok(())
    }
}

impl<'a> Cursor<'a> {
    fn done(self) -> &'a [u8] {
        &self.out[..self.len]
    }

    #[inline]
    fn push(&mut self, b: u8) {
        self.out[self.len] = b;
        self.len += 1;
    }

    #[inline]
    fn extend(&mut self, text: &[u8]) {
        self.out[self.len..self.len + text.len()].copy_from_slice(text);
        self.len += text.len();
    }

    fn zeros(&mut self, n: usize) {
        self.out[self.len..self.len + n].fill(b'0');
        self.len += n;
    }

    #[inline]
    fn decimal(&mut self, n: u64) {
        let count = n.checked_ilog10().unwrap_or(0) as usize + 1;
        write_digits(n, &mut self.out[self.len..self.len + count]);
        self.len += count;
    }

    fn float(&mut self, format: FloatFormat, x: f64) {
        if !x.is_finite() {
            return self.extend(if x.is_nan() { b"nan" } else { b"inf" });
        }
        let FloatFormat { style, precision } = format;
        match style {
            FloatStyle::Fixed => self.fixed(x, precision),
            FloatStyle::Exponent => self.exponent(&Digits::new(x, precision + 1)),
            FloatStyle::General => {
                let count = precision.max(1);
                let mut digits = Digits::new(x, count);
                digits.remove_zeros();
                if digits.exponent < -4 || digits.exponent >= count as i32 {
                    self.exponent(&digits);
                } else {
                    self.positional(&digits);
                }
            }
        }
    }

    /// `d.ddde+dd`.
    fn exponent(&mut self, digits: &Digits) {
        self.push(digits.bytes[0]);
        if digits.len > 1 {
            self.extend(decimal_point());
            self.extend(&digits.bytes[1..digits.len]);
        }
        self.push(b'e');
        self.push(if digits.exponent < 0 { b'-' } else { b'+' });
        let exponent = digits.exponent.unsigned_abs();
        if exponent < 10 {
            self.push(b'0');
        }
        self.decimal(exponent as u64);
    }

    /// `ddd.ddd`, all digits and no more.
    fn positional(&mut self, digits: &Digits) {
        let text = &digits.bytes[..digits.len];
        if digits.exponent < 0 {
            self.push(b'0');
            self.extend(decimal_point());
            self.zeros(digits.exponent.unsigned_abs() as usize - 1);
            return self.extend(text);
        }
        let before = digits.exponent as usize + 1;
        if before < text.len() {
            self.extend(&text[..before]);
            self.extend(decimal_point());
            self.extend(&text[before..]);
        } else {
            self.extend(text);
            self.zeros(before - text.len());
        }
    }

    /// As many digits before the point as needed, `precision` after it.
    fn fixed(&mut self, x: f64, precision: u32) {
        let count = precision as usize;
        if let Some(n) = scaled(x, precision as i32)
            && precision < 20
        {
            let unit = 10u64.pow(precision);
            self.decimal(n / unit);
            if precision > 0 {
                self.extend(decimal_point());
            }
            write_digits(n % unit, &mut self.out[self.len..self.len + count]);
            self.len += count;
            return;
        }
        let mut text = [0; FLOAT_SIZE];
        let mut out = Cursor { out: &mut text, len: 0 };
        let written = write!(out, "{x:.count$}");
        debug_assert!(written.is_ok());
        let text = out.done();
        let before = text.len() - count - (count > 0) as usize;
        self.extend(&text[..before]);
        if precision > 0 {
            self.extend(decimal_point());
        }
        self.extend(&text[text.len() - count..]);
    }
}

/// Fills `out` with the last digits of `n`, zeros in front.
#[inline]
fn write_digits(mut n: u64, out: &mut [u8]) {
    const PAIRS: [[u8; 2]; 100] = {
        let mut pairs = [[b'0'; 2]; 100];
        let mut i = 0;
        while i < 100 {
            pairs[i] = [b'0' + i as u8 / 10, b'0' + i as u8 % 10];
            i += 1;
        }
        pairs
    };
    let mut chunks = out.rchunks_exact_mut(2);
    for pair in &mut chunks {
        pair.copy_from_slice(&PAIRS[(n % 100) as usize]);
        n /= 100;
    }
    if let [first] = chunks.into_remainder() {
        *first = b'0' + (n % 10) as u8;
    }
}

/// Powers of five that fit in a word.
const POWERS_OF_FIVE: [u64; 28] = {
    let mut powers = [1u64; 28];
    let mut i = 1;
    while i < 28 {
        powers[i] = powers[i - 1] * 5;
        i += 1;
    }
    powers
};

/// A positive finite float as `mantissa * 2^exponent`.
fn decompose(x: f64) -> (u64, i32) {
    let bits = x.to_bits();
    let mantissa = bits & ((1 << 52) - 1);
    match (bits >> 52) as i32 & 0x7FF {
        0 => (mantissa, -1074),
        biased => (mantissa | 1 << 52, biased - 1075),
    }
}

/// The first `count` decimal digits of a positive float, rounded, as an integer, and the exponent of the first digit;
/// `None` where `scaled` has no answer.
fn significant(x: f64, count: u32) -> Option<(u64, i32)> {
    let (mantissa, exponent) = decompose(x);
    let log2 = 63 - mantissa.leading_zeros() as i32 + exponent;
    // Multiplication by log10(2), rounded down: the exponent of the first digit, or one less.
    let mut first = (log2 * 78913) >> 18;
    loop {
        let n = scaled(x, count as i32 - 1 - first)?;
        if n < 10u64.pow(count) {
            return Some((n, first));
        }
        // The guess was low, or rounding made one digit more.
        first += 1;
    }
}

/// `x * 10^power` rounded to the nearest integer, ties to even, for a float that is not negative.
/// `None` if the exact computation does not fit in 128 bits or the result in 64.
#[inline]
fn scaled(x: f64, power: i32) -> Option<u64> {
    let (mantissa, exponent) = decompose(x);
    let five = *POWERS_OF_FIVE.get(power.unsigned_abs() as usize)?;
    // The two in every ten goes into the binary exponent.
    let shift = exponent + power;
    if power >= 0 {
        let product = mantissa as u128 * five as u128;
        if shift >= 0 {
            return if shift < 64 && product.leading_zeros() as i32 >= 64 + shift {
                Some((product << shift) as u64)
            } else {
                None
            };
        }
        // The product has at most 116 bits: less than half when shifted by more.
        if shift < -117 {
            return Some(0);
        }
        let quotient = product >> -shift;
        let rest = product - (quotient << -shift);
        let half = 1u128 << (-shift - 1);
        let up = rest > half || rest == half && quotient & 1 == 1;
        return u64::try_from(quotient + up as u128).ok();
    }
    let (numerator, denominator) = if shift >= 0 {
        if shift > 75 {
            return None;
        }
        ((mantissa as u128) << shift, five as u128)
    } else if shift >= -64 {
        (mantissa as u128, (five as u128) << -shift)
    } else {
        return None;
    };
    let (quotient, rest) = match (u64::try_from(numerator), u64::try_from(denominator)) {
        (Ok(n), Ok(d)) => ((n / d) as u128, (n % d) as u128),
        _ => (numerator / denominator, numerator % denominator),
    };
    let up = rest > denominator - rest || rest == denominator - rest && quotient & 1 == 1;
    u64::try_from(quotient + up as u128).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What C prints for `n` under a format.
    fn reference(format: &str, precision: u32, n: f64) -> Vec<u8> {
        let format = std::ffi::CString::new(format).unwrap();
        let mut out = vec![0u8; 600];
        // SAFETY: the format takes an int and a double; the size is that of the buffer.
        let len = unsafe { libc::snprintf(out.as_mut_ptr().cast(), out.len(), format.as_ptr(), precision as i32, n) };
        out.truncate(len as usize);
        out
    }

    fn check(n: f64, precision: u32) {
        for (style, format) in [(FloatStyle::General, "%.*g"), (FloatStyle::Exponent, "%.*e"), (FloatStyle::Fixed, "%.*f")] {
            let mut out = [0; FLOAT_SIZE];
            let len = FloatFormat { style, precision }.write(n, &mut out);
            let expected = reference(format, precision, n.abs());
            assert!(
                out[..len] == expected,
                "{format} of {n:e} ({:#x}) with {precision}: {} instead of {}",
                n.to_bits(),
                String::from_utf8_lossy(&out[..len]),
                String::from_utf8_lossy(&expected)
            );
        }
    }

    /// A sequence of well mixed words.
    fn mixed(seed: &mut u64) -> u64 {
        *seed = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (*seed ^ (*seed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn number(text: &NumberText) -> &str {
        core::str::from_utf8(text.as_bytes()).unwrap()
    }

    #[test]
    fn integers_in_full() {
        for i in [0, 1, -1, 9, 10, 99, 100, -12345, i64::MAX, i64::MIN] {
            assert_eq!(number(&NumberText::integer(i)), i.to_string());
        }
    }

    #[test]
    fn floats_look_like_floats() {
        for (n, text) in [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1.0, "1.0"),
            (-3.5, "-3.5"),
            (0.1, "0.1"),
            (1e14, if LUA_5_5 { "100000000000000.0" } else { "1e+14" }),
            (99999999999999.0, "99999999999999.0"),
            (99999999999999.5, if LUA_5_5 { "99999999999999.5" } else { "1e+14" }),
            (1e15, "1e+15"),
            (1e100, "1e+100"),
            (1e-5, "1e-05"),
            (0.0001, "0.0001"),
            (f64::INFINITY, "inf"),
            (f64::NEG_INFINITY, "-inf"),
            (f64::NAN, "nan"),
            (-f64::NAN, "-nan"),
            (f64::MAX, if LUA_5_5 { "1.7976931348623157e+308" } else { "1.7976931348623e+308" }),
            (5e-324, if LUA_5_5 { "4.94065645841247e-324" } else { "4.9406564584125e-324" }),
            (-2f64.powi(63), if LUA_5_5 { "-9.2233720368547758e+18" } else { "-9.2233720368548e+18" }),
        ] {
            assert_eq!(number(&NumberText::float(n)), text);
        }
    }

    #[test]
    fn every_style_prints_what_c_prints() {
        let mut seed = 7;
        for _ in 0..20_000 {
            let bits = mixed(&mut seed);
            let precision = (mixed(&mut seed) % 20) as u32;
            check(f64::from_bits(bits), precision);
            // Exponents near zero, where the fast path works.
            let near = f64::from_bits(bits & !(0x7FF << 52) | (963 + mixed(&mut seed) % 130) << 52);
            check(near, precision);
            // Few decimals: ties and runs of nines.
            check((bits % 100_000_000) as f64 / 8.0, precision % 6);
            check((bits % 1_000_000) as f64 / 1000.0, precision);
            check(bits as f64, precision);
        }
        for n in [0.0, 0.5, 1.5, 2.5, 0.05, 9.5, 9.995, 999999.5, 1e22, 1e23, 5e-324, f64::MAX, f64::MIN_POSITIVE, 1e-27] {
            for precision in 0..100 {
                check(n, precision);
            }
        }
    }

    #[test]
    fn tostring_prints_what_c_prints() {
        let mut seed = 11;
        for i in 0..200_000 {
            let bits = mixed(&mut seed);
            let n = match i % 3 {
                0 => f64::from_bits(bits),
                1 => f64::from_bits(bits & !(0x7FF << 52) | (983 + mixed(&mut seed) % 90) << 52),
                _ => (bits >> 20) as f64 / 1024.0,
            };
            let mut expected = reference("%.*g", TOSTRING_DIGITS as _, n);
            if LUA_5_5 && core::str::from_utf8(&expected).ok().and_then(|text| text.parse().ok()) != Some(n) {
                expected = reference("%.*g", EXACT_DIGITS as _, n);
            }
            if expected.iter().all(|b| b.is_ascii_digit() || *b == b'-') {
                expected.extend(b".0");
            }
            assert_eq!(number(&NumberText::float(n)).as_bytes(), expected, "{n:e} ({bits:#x})");
        }
    }
}
