//! Conversions between integers and floats, and from text to numbers (§3.4.3, §3.1).

use super::Value;

/// How a float that is not integral becomes an integer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Rounding {
    /// Only integral floats convert.
    Exact,
    Floor,
    Ceil,
}

/// An integer as a float, rounded to the nearest.
///
/// The processor's instruction keeps the upper half of the register that it writes, so it waits for whatever was computed there before, unless that is
/// cleared first. The compiler does so only when it has seen the register being written; it does not see that handlers of instructions follow
/// each other, and sums in a loop would become one chain.
#[inline(always)]
pub fn integer_to_float(i: i64) -> f64 {
    #[cfg(target_arch = "x86_64")]
    {
        let f: f64;
        // SAFETY: computes one register from another.
        unsafe {
            core::arch::asm!(
                "xorps {f}, {f}",
                "cvtsi2sd {f}, {i}",
                f = out(xmm_reg) f,
                i = in(reg) i,
                options(pure, nomem, nostack, preserves_flags)
            )
        };
        f
    }
    #[cfg(not(target_arch = "x86_64"))]
    {
        i as f64
    }
}

/// The integer equal to `n` after rounding, if it is in range.
///
/// Floats of 2^52 and more have no fraction, so rounding leads neither into the range nor out of it. The conversion cuts fractions off, which takes one
/// instruction, where rounding in the first place is a call of C's library on processors that have no instruction for it.
#[inline(always)]
pub fn float_to_integer(n: f64, rounding: Rounding) -> Option<i64> {
    // The bounds are exact as floats: -2^63 is representable, 2^63 is the first float out of range.
    if !(-9223372036854775808.0..9223372036854775808.0).contains(&n) {
        return None;
    }
    // SAFETY: within the range.
    let i: i64 = unsafe { n.to_int_unchecked() };
    let whole = integer_to_float(i);
    match rounding {
        Rounding::Exact if whole != n => None,
        Rounding::Floor if whole > n => Some(i - 1),
        Rounding::Ceil if whole < n => Some(i + 1),
        _ => Some(i),
    }
}

/// The greatest integer that is not above `n`, as a float; without a call, as above.
#[inline(always)]
pub fn floor(n: f64) -> f64 {
    // From here on, and for infinities and NaN, there is no fraction.
    if n.abs() < 4503599627370496.0 {
        // SAFETY: within the range.
        let i: i64 = unsafe { n.to_int_unchecked() };
        let whole = integer_to_float(i);
        // Zero keeps its sign.
        return if whole > n { whole - 1.0 } else { whole.copysign(n) };
    }
    n
}

/// White space as the lexer and conversions from text see it.
pub const fn is_space(b: u8) -> bool {
    matches!(b, b' ' | b'\t'..=b'\r')
}

/// The number that `text` denotes, white space around it allowed (§3.4.3).
///
/// Decimal integers that do not fit become floats; hexadecimal ones wrap around. `inf` and `nan` are not numbers.
#[doc(alias = "luaO_str2num")]
#[inline]
pub fn parse_number(text: &[u8]) -> Option<Value> {
    parse_number_with_point(text, b'.')
}

/// `parse_number` where floats may also be written with the decimal point of a locale.
#[inline]
pub fn parse_number_with_point(text: &[u8], point: u8) -> Option<Value> {
    let v = parse(text, point);
    if v.is_nil() { None } else { Some(v) }
}

/// As `parse_number_with_point`; nil where there is no number, since a value fits in registers and an `Option` of one does not.
fn parse(text: &[u8], point: u8) -> Value {
    parse_signed(trim(text), point).unwrap_or(Value::NIL)
}

#[inline(always)]
fn parse_signed(text: &[u8], point: u8) -> Option<Value> {
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        rest => (false, rest),
    };
    if let [b'0', b'x' | b'X', hex @ ..] = digits {
        return match parse_hex_integer(hex) {
            Some(i) => Some(Value::integer(if negative { i.wrapping_neg() } else { i })),
            None => parse_hex_float(hex, point).map(|n| Value::float(if negative { -n } else { n })),
        };
    }
    parse_decimal(digits, negative, point)
}

/// Numbers of this many digits fit in an integer.
pub const SAFE_DIGITS: usize = 18;
/// And of this many, in a float without being rounded.
const EXACT_DIGITS: usize = 15;

/// Powers of ten, all exact.
const POWERS: [f64; EXACT_DIGITS + 1] = [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];

/// A decimal number after its sign. Short ones, read once: an integer, or a fraction that is the quotient of two exact floats, so that one
/// rounding gives what is nearest (Clinger 1990).
#[inline(always)]
fn parse_decimal(text: &[u8], negative: bool, point: u8) -> Option<Value> {
    let mut value = 0u64;
    let mut i = 0;
    let mut digits = |i: &mut usize| {
        while let Some(b) = text.get(*i)
            && b.is_ascii_digit()
        {
            // What does not fit is converted in another way below.
            value = value.wrapping_mul(10).wrapping_add((b - b'0') as u64);
            *i += 1;
        }
        value
    };
    let whole = digits(&mut i);
    if i == text.len() {
        if i == 0 {
            return None;
        }
        if i <= SAFE_DIGITS {
            return Some(Value::integer(if negative { -(whole as i64) } else { whole as i64 }));
        }
    } else if text.len() <= EXACT_DIGITS + 1 && (text[i] == b'.' || text[i] == point) {
        let before = i;
        i += 1;
        let value = digits(&mut i);
        if i == text.len() {
            let places = i - before - 1;
            if before + places == 0 {
                return None;
            }
            let n = integer_to_float(value as i64) / POWERS[places];
            return Some(Value::float(if negative { -n } else { n }));
        }
    }
    parse_any_decimal(text, negative, point)
}

/// As `parse_decimal`, whatever the length.
#[inline(never)]
fn parse_any_decimal(digits: &[u8], negative: bool, point: u8) -> Option<Value> {
    match parse_decimal_integer(digits, negative) {
        Some(i) => Some(Value::integer(i)),
        None => parse_decimal_float(digits, point).map(|n| Value::float(if negative { -n } else { n })),
    }
}

#[inline(always)]
fn trim(text: &[u8]) -> &[u8] {
    // Spaces lie below all that numerals consist of.
    let mut text = text;
    if let [first, .., last] = text
        && *first > b' '
        && *last > b' '
    {
        return text;
    }
    while let [b, rest @ ..] = text
        && is_space(*b)
    {
        text = rest;
    }
    while let [rest @ .., b] = text
        && is_space(*b)
    {
        text = rest;
    }
    text
}

fn parse_decimal_integer(digits: &[u8], negative: bool) -> Option<i64> {
    if digits.is_empty() {
        return None;
    }
    let limit = i64::MAX as u64 + negative as u64;
    let mut value = 0u64;
    for b in digits {
        if !b.is_ascii_digit() {
            return None;
        }
        value = value.checked_mul(10)?.checked_add((b - b'0') as u64)?;
        if value > limit {
            return None;
        }
    }
    Some(if negative { value.wrapping_neg() } else { value } as i64)
}

fn parse_hex_integer(digits: &[u8]) -> Option<i64> {
    if digits.is_empty() {
        return None;
    }
    let mut value = 0u64;
    for b in digits {
        value = value << 4 | hex_digit(*b)? as u64;
    }
    Some(value as i64)
}

/// The value of a hexadecimal digit.
#[inline]
pub const fn hex_digit(b: u8) -> Option<u8> {
    match b {
        b'0'..=b'9' => Some(b - b'0'),
        b'a'..=b'f' => Some(b - b'a' + 10),
        b'A'..=b'F' => Some(b - b'A' + 10),
        _ => None,
    }
}

/// Digits with at most one point and an optional exponent, correctly rounded.
fn parse_decimal_float(text: &[u8], point: u8) -> Option<f64> {
    let mut digits = 0;
    let mut seen_point = None;
    let mut i = 0;
    while let Some(b) = text.get(i) {
        if b.is_ascii_digit() {
            digits += 1;
        } else if (*b == b'.' || *b == point) && seen_point.is_none() {
            seen_point = Some(i);
        } else {
            break;
        }
        i += 1;
    }
    if digits == 0 {
        return None;
    }
    if let [b'e' | b'E', exponent @ ..] = &text[i..] {
        signed_digits(exponent)?;
    } else if i < text.len() {
        return None;
    }
    match seen_point {
        Some(at) if text[at] != b'.' => parse_with_dot(text, at),
        // What was checked above is ASCII, and a subset of what the standard library accepts.
        _ => core::str::from_utf8(text).ok()?.parse().ok(),
    }
}

/// Parses a numeral whose decimal point, at index `at`, is that of a locale. Long ones are not numbers, as upstream's.
#[cold]
fn parse_with_dot(text: &[u8], at: usize) -> Option<f64> {
    let mut copy = [0u8; 200];
    let copy = copy.get_mut(..text.len())?;
    copy.copy_from_slice(text);
    copy[at] = b'.';
    core::str::from_utf8(copy).ok()?.parse().ok()
}

/// An optional sign and digits, nothing else: their value, saturated.
fn signed_digits(text: &[u8]) -> Option<i64> {
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        rest => (false, rest),
    };
    if digits.is_empty() {
        return None;
    }
    let mut value = 0i64;
    for b in digits {
        if !b.is_ascii_digit() {
            return None;
        }
        // Far beyond any exponent that matters, and far from overflow when digit counts are added.
        value = (value * 10 + (b - b'0') as i64).min(1 << 40);
    }
    Some(if negative { -value } else { value })
}

/// The part after `0x` of a hexadecimal float: digits with at most one point, an optional binary exponent.
fn parse_hex_float(text: &[u8], point: u8) -> Option<f64> {
    let mut mantissa = 0u64;
    let mut lost = false;
    let mut exponent = 0i64;
    let mut digits = 0;
    let mut seen_point = false;
    let mut rest = text;
    while let [b, tail @ ..] = rest {
        if let Some(digit) = hex_digit(*b) {
            digits += 1;
            if mantissa >> 60 == 0 {
                mantissa = mantissa << 4 | digit as u64;
                exponent -= 4 * seen_point as i64;
            } else {
                lost |= digit != 0;
                exponent += 4 * !seen_point as i64;
            }
        } else if (*b == b'.' || *b == point) && !seen_point {
            seen_point = true;
        } else {
            break;
        }
        rest = tail;
    }
    if digits == 0 {
        return None;
    }
    match rest {
        [] => {}
        [b'p' | b'P', digits @ ..] => exponent += signed_digits(digits)?,
        _ => return None,
    }
    Some(scale(mantissa, lost, exponent))
}

/// `mantissa * 2^exponent`, rounded to the nearest float, ties to even; `lost`: a little more than that.
fn scale(mantissa: u64, lost: bool, exponent: i64) -> f64 {
    if mantissa == 0 {
        return 0.0;
    }
    let shift = mantissa.leading_zeros();
    let mantissa = mantissa << shift;
    // The value is 1.xxx * 2^power.
    let power = exponent - shift as i64 + 63;
    if power > 1023 {
        return f64::INFINITY;
    }
    let (dropped, biased) = if power >= -1022 { (11, power + 1022) } else { (11 - 1022 - power, 0) };
    if dropped > 64 {
        return 0.0;
    }
    let (kept, tail) = if dropped == 64 { (0, mantissa) } else { (mantissa >> dropped, mantissa << (64 - dropped)) };
    let half = 1u64 << 63;
    let up = tail > half || tail == half && (lost || kept & 1 == 1);
    // Adding the hidden bit and the rounding carries into the exponent, up to infinity, as it should.
    f64::from_bits(((biased as u64) << 52) + kept + up as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn integer(text: &str) -> Option<i64> {
        parse_number(text.as_bytes()).and_then(Value::as_integer)
    }

    fn float(text: &str) -> Option<f64> {
        parse_number(text.as_bytes()).filter(|v| v.is_float()).map(Value::float_payload)
    }

    #[test]
    fn floats_become_integers_by_rounding_as_asked() {
        let edge = 9007199254740992.0f64;
        for n in
            [0.0, -0.0, 0.5, -0.5, 1.0, -1.0, 2.5, -2.5, 1e15 + 0.5, -1e15 - 0.5, edge, edge + 2.0, -edge, 4503599627370495.5]
        {
            for (rounding, rounded) in [(Rounding::Floor, n.floor()), (Rounding::Ceil, n.ceil())] {
                assert_eq!(float_to_integer(n, rounding), Some(rounded as i64), "{n} {rounding:?}");
            }
            assert_eq!(float_to_integer(n, Rounding::Exact), (n.floor() == n).then_some(n as i64), "{n}");
            assert_eq!(floor(n).to_bits(), n.floor().to_bits(), "{n}");
        }
        let above = 9223372036854775808.0;
        for rounding in [Rounding::Exact, Rounding::Floor, Rounding::Ceil] {
            assert_eq!(float_to_integer(-above, rounding), Some(i64::MIN));
            assert_eq!(float_to_integer(above.next_down(), rounding), Some(i64::MAX - 1023));
            for n in [above, (-above).next_down(), f64::INFINITY, f64::NEG_INFINITY, f64::NAN] {
                assert_eq!(float_to_integer(n, rounding), None, "{n}");
            }
        }
        for n in [above, -above, 1e300, f64::INFINITY, f64::NEG_INFINITY, -1e-300, 1e-300] {
            assert_eq!(floor(n), n.floor());
        }
        assert!(floor(f64::NAN).is_nan());
    }

    #[test]
    fn integers_become_the_nearest_floats() {
        for i in
            [0, 1, -1, 1 << 53, (1 << 53) + 1, (1 << 53) + 3, -(1 << 53) - 1, i64::MAX, i64::MAX - 511, i64::MAX - 512, i64::MIN]
        {
            assert_eq!(integer_to_float(i).to_bits(), (i as f64).to_bits(), "{i}");
        }
    }

    #[test]
    fn integers() {
        assert_eq!(integer("0"), Some(0));
        assert_eq!(integer(" \t\x0b-12\n"), Some(-12));
        assert_eq!(integer("+7"), Some(7));
        assert_eq!(integer("9223372036854775807"), Some(i64::MAX));
        assert_eq!(integer("-9223372036854775808"), Some(i64::MIN));
        assert_eq!(float("9223372036854775808"), Some(9223372036854775808.0));
        assert_eq!(float("-9223372036854775809"), Some(-9223372036854775809.0));
        assert_eq!(integer("0xffffffffffffffff"), Some(-1));
        assert_eq!(integer("-0x10"), Some(-16));
        assert_eq!(integer("0x1ffffffffffffffff"), Some(-1));
    }

    #[test]
    fn decimal_floats() {
        assert_eq!(float("5."), Some(5.0));
        assert_eq!(float(".5"), Some(0.5));
        assert_eq!(float("1e2"), Some(100.0));
        assert_eq!(float("-1.5E-1"), Some(-0.15));
        assert_eq!(float("1e400"), Some(f64::INFINITY));
        assert_eq!(float("1e-400"), Some(0.0));
        assert_eq!(float("1e99999999999999999999"), Some(f64::INFINITY));
        assert_eq!(float("2.2250738585072011e-308"), Some(2.225073858507201e-308));
    }

    #[test]
    fn short_numerals_are_what_long_ones_are() {
        let mut random = 1u64;
        for _ in 0..20_000 {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let digits = (random >> 20).to_string();
            let digits = &digits[..(random >> 11) as usize % digits.len()];
            let at = (random >> 3) as usize % (digits.len() + 1);
            let text = format!("{}.{}", &digits[..at], &digits[at..]);
            let long = parse_any_decimal(text.as_bytes(), false, b'.').map(|v| v.float_payload().to_bits());
            assert_eq!(float(&text).map(f64::to_bits), long, "{text}");
            assert_eq!(integer(digits), parse_decimal_integer(digits.as_bytes(), false), "{digits}");
        }
        assert_eq!(float("-0.0").map(f64::to_bits), Some((-0.0f64).to_bits()));
    }

    #[test]
    fn hexadecimal_floats() {
        assert_eq!(float("0x.8"), Some(0.5));
        assert_eq!(float("0xA.p1"), Some(20.0));
        assert_eq!(float("-0x1p-3"), Some(-0.125));
        assert_eq!(float("0x1p1024"), Some(f64::INFINITY));
        assert_eq!(float("0x1p-1074"), Some(f64::from_bits(1)));
        assert_eq!(float("0x1p-1075"), Some(0.0));
        assert_eq!(float("0x1.8p-1075"), Some(f64::from_bits(1)));
        assert_eq!(float("0x1.00000000000008p0"), Some(1.0));
        assert_eq!(float("0x1.00000000000018p0"), Some(1.0 + 2.0 * f64::EPSILON));
        assert_eq!(float("0x1.000000000000080000000000000001p0"), Some(1.0 + f64::EPSILON));
        assert_eq!(float("0x1.fffffffffffff8p1023"), Some(f64::INFINITY));
        assert_eq!(float("0x0.fffffffffffff8p-1022"), Some(f64::MIN_POSITIVE));
        assert_eq!(float("0x0.0p99999"), Some(0.0));
        assert_eq!(float("0x10000000000000000000000p-88"), Some(1.0));
        assert_eq!(float("0x.00000000000000000000001p88"), Some(0.0625));
    }

    #[test]
    fn malformed_numerals() {
        for text in [
            "", " ", "+", "-", ".", "e1", "1e", "1e+", "0x", "0x.", "0xp1", "0x1p", "0x1p+", "1 2", "1..2", "0x1.2.3", "--1",
            "- 1", "inf", "nan", "-inf", "1a", "0xg", "1e5.0", "1\0", "1_000", "infinity", "0x1p1.5", "1e1e1", "1,5",
        ] {
            assert!(parse_number(text.as_bytes()).is_none(), "{text:?}");
        }
    }

    #[test]
    fn a_locale_may_have_its_own_decimal_point() {
        let parse = |text: &str| parse_number_with_point(text.as_bytes(), b',').and_then(Value::as_number);
        assert_eq!(parse("1,5"), Some(1.5));
        assert_eq!(parse("1.5"), Some(1.5));
        assert_eq!(parse("0x1,8p1"), Some(3.0));
        assert_eq!(parse("1,5.2"), None);
    }
}
