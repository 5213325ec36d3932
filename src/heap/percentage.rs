//! The collector's parameters as edition 5.5 keeps them: a percentage in a byte, four bits of exponent over four of mantissa.
//!
//! What `lua_gc` answers is the percentage after it went through that byte, so the rounding is part of the interface.

/// A percentage. The byte is `eeeexxxx`: `1xxxx * 2^(eeee - 8)`, or `xxxx * 2^-7` where `eeee` is 0.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Percentage(u8);

impl Percentage {
    /// The nearest one that is not less, or the greatest there is (396,800 %).
    #[doc(alias = "luaO_codeparam")]
    pub const fn new(percent: u32) -> Percentage {
        if percent >= (0x1F << 7) * 100 {
            return Percentage(0xFF);
        }
        let scaled = (percent as u64 * 128).div_ceil(100) as u32;
        if scaled < 0x10 {
            return Percentage(scaled as u8);
        }
        // Five bits are kept, of which the first is always one.
        let shift = scaled.ilog2() - 4;
        Percentage((((shift + 1) << 4) | ((scaled >> shift) & 0xF)) as u8)
    }

    /// So much of `n`, which is not negative.
    #[doc(alias = "luaO_applyparam")]
    pub const fn of(self, n: isize) -> isize {
        let (exponent, mantissa) = (self.0 >> 4, (self.0 & 0xF) as u128);
        let (exponent, mantissa) = if exponent > 0 { (exponent - 1, mantissa + 0x10) } else { (0, mantissa) };
        let part = ((n as u128 * mantissa) << exponent) >> 7;
        if part > isize::MAX as u128 { isize::MAX } else { part as isize }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_comes_back_rounded_as_upstream_rounds_it() {
        for (given, kept) in [
            (0, 0),
            (1, 1),
            (5, 5),
            (12, 12),
            (13, 13),
            (33, 32),
            (70, 68),
            (100, 100),
            (101, 100),
            (150, 150),
            (250, 250),
            (999, 950),
            (9600, 9600),
            (12_345, 12_000),
            (396_799, 384_000),
            (396_800, 396_800),
            (u32::MAX, 396_800),
        ] {
            assert_eq!(Percentage::new(given).of(100), kept, "{given}");
        }
    }

    #[test]
    fn neither_rounding_nor_large_amounts_overflow() {
        assert_eq!(Percentage::new(u32::MAX).of(isize::MAX), isize::MAX);
        assert_eq!(Percentage::new(100).of(isize::MAX), isize::MAX);
        assert_eq!(Percentage::new(50).of(1 << 40), 1 << 39);
        let mut last = 0;
        for percent in 0..400_000 {
            let now = Percentage::new(percent).of(100);
            assert!(now >= last, "{percent}");
            last = now;
        }
    }
}
