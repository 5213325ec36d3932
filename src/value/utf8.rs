//! UTF-8 as Lua has it: up to 2^31, in up to six bytes (§6.5).

/// Greatest code point.
pub const MAX: u32 = 0x7FFF_FFFF;

/// The bytes of one code point.
pub struct Encoded {
    bytes: [u8; 6],
    size: u8,
}

impl Encoded {
    /// Encodes `code`, at most [`MAX`].
    #[doc(alias = "luaO_utf8esc")]
    pub fn new(code: u32) -> Encoded {
        debug_assert!(code <= MAX);
        let mut bytes = [0; 6];
        if code < 0x80 {
            bytes[0] = code as u8;
            return Encoded { bytes, size: 1 };
        }
        // A sequence of n bytes has room for 6 (n - 1) bits in those that follow and 7 - n in the first.
        let size = (2..6).find(|n| code >> (5 * n + 1) == 0).unwrap_or(6);
        let mut rest = code;
        for byte in bytes[1..size].iter_mut().rev() {
            *byte = 0x80 | (rest & 0x3F) as u8;
            rest >>= 6;
        }
        bytes[0] = !(0xFF >> size) | rest as u8;
        Encoded { bytes, size: size as u8 }
    }

    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.size)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_points_of_unicode_are_encoded_as_rust_does() {
        for c in (0..=char::MAX as u32).filter_map(char::from_u32) {
            assert_eq!(Encoded::new(c.into()).as_bytes(), c.encode_utf8(&mut [0; 4]).as_bytes());
        }
    }

    #[test]
    fn greater_ones_take_up_to_six_bytes() {
        assert_eq!(Encoded::new(0x1F_FFFF).as_bytes(), b"\xF7\xBF\xBF\xBF");
        assert_eq!(Encoded::new(0x20_0000).as_bytes(), b"\xF8\x88\x80\x80\x80");
        assert_eq!(Encoded::new(0x3FF_FFFF).as_bytes(), b"\xFB\xBF\xBF\xBF\xBF");
        assert_eq!(Encoded::new(0x400_0000).as_bytes(), b"\xFC\x84\x80\x80\x80\x80");
        assert_eq!(Encoded::new(MAX).as_bytes(), b"\xFD\xBF\xBF\xBF\xBF\xBF");
    }
}
