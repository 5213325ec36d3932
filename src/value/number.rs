//! Conversions between integers, floats and text (§3.4.3).

/// How a float that is not integral becomes an integer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Rounding {
    /// Only integral floats convert.
    Exact,
    Floor,
    Ceil,
}

/// The integer equal to `n` after rounding, if it is in range.
#[inline]
pub fn float_to_integer(n: f64, rounding: Rounding) -> Option<i64> {
    let mut f = n.floor();
    if f != n {
        match rounding {
            Rounding::Exact => return None,
            Rounding::Floor => {}
            Rounding::Ceil => f += 1.0,
        }
    }
    // The bounds are exact as floats: -2^63 is representable, 2^63 is the first float out of range.
    if (-9223372036854775808.0..9223372036854775808.0).contains(&f) { Some(f as i64) } else { None }
}
