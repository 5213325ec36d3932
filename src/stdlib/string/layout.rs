//! The format strings of `string.pack` (§6.4.2): options with sizes and alignments. No state.

use crate::edition::LUA_5_5;

/// Largest size of an integer in a format.
pub const MAX_INTEGER_SIZE: usize = 16;
/// Alignment after `!` without a number: that of the most demanding C type.
const NATIVE_ALIGNMENT: usize = if LUA_5_5 { 16 } else { 8 };
/// Up to here another digit cannot overflow a C int (5.5: the size of a string).
const MAX_BEFORE_DIGIT: usize = (super::MAX_SIZE - 9) / 10;

/// What an option packs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    Signed,
    Unsigned,
    Float,
    Double,
    /// A string of fixed length.
    Fixed,
    /// A string after its length.
    Counted,
    /// A string before a zero byte.
    Terminated,
    /// One byte of padding.
    Padding,
    /// Padding as the next option would need.
    Alignment,
    /// Nothing.
    None,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Piece {
    pub kind: Kind,
    /// Bytes; of the count for `Counted`.
    pub size: usize,
    /// Bytes of padding before it.
    pub padding: usize,
}

/// What is wrong with a format.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LayoutError {
    IntegralSize(usize),
    MissingSize,
    InvalidOption(u8),
    InvalidNext,
    NotPowerOfTwo,
}

/// Reads a format string, option by option.
pub struct Layout<'a> {
    rest: &'a [u8],
    pub little_endian: bool,
    max_alignment: usize,
}

impl<'a> Layout<'a> {
    /// A format; it ends before a zero byte, as C strings do.
    pub fn new(format: &'a [u8]) -> Layout<'a> {
        let rest = format.split(|b| *b == 0).next().unwrap_or_default();
        Layout { rest, little_endian: cfg!(target_endian = "little"), max_alignment: 1 }
    }

    fn number(&mut self) -> Option<usize> {
        let mut n = None;
        while let [digit @ b'0'..=b'9', rest @ ..] = self.rest
            && n.unwrap_or(0) <= MAX_BEFORE_DIGIT
        {
            n = Some(n.unwrap_or(0) * 10 + (digit - b'0') as usize);
            self.rest = rest;
        }
        n
    }

    /// The size of an integer.
    fn integral_size(&mut self, default: usize) -> Result<usize, LayoutError> {
        match self.number().unwrap_or(default) {
            n @ 1..=MAX_INTEGER_SIZE => Ok(n),
            n => Err(LayoutError::IntegralSize(n)),
        }
    }

    /// The next option and its size; `None` at the end.
    fn option(&mut self) -> Result<Option<(Kind, usize)>, LayoutError> {
        let [option, rest @ ..] = self.rest else { return Ok(None) };
        self.rest = rest;
        Ok(Some(match option {
            b'b' => (Kind::Signed, 1),
            b'B' => (Kind::Unsigned, 1),
            b'h' => (Kind::Signed, 2),
            b'H' => (Kind::Unsigned, 2),
            b'l' => (Kind::Signed, size_of::<core::ffi::c_long>()),
            b'L' => (Kind::Unsigned, size_of::<core::ffi::c_long>()),
            b'j' => (Kind::Signed, 8),
            b'J' => (Kind::Unsigned, 8),
            b'T' => (Kind::Unsigned, size_of::<usize>()),
            b'f' => (Kind::Float, 4),
            b'n' | b'd' => (Kind::Double, 8),
            b'i' => (Kind::Signed, self.integral_size(4)?),
            b'I' => (Kind::Unsigned, self.integral_size(4)?),
            b's' => (Kind::Counted, self.integral_size(size_of::<usize>())?),
            b'c' => (Kind::Fixed, self.number().ok_or(LayoutError::MissingSize)?),
            b'z' => (Kind::Terminated, 0),
            b'x' => (Kind::Padding, 1),
            b'X' => (Kind::Alignment, 0),
            b' ' => (Kind::None, 0),
            b'<' => {
                self.little_endian = true;
                (Kind::None, 0)
            }
            b'>' => {
                self.little_endian = false;
                (Kind::None, 0)
            }
            b'=' => {
                self.little_endian = cfg!(target_endian = "little");
                (Kind::None, 0)
            }
            b'!' => {
                self.max_alignment = self.integral_size(NATIVE_ALIGNMENT)?;
                (Kind::None, 0)
            }
            other => return Err(LayoutError::InvalidOption(*other)),
        }))
    }

    /// The next option, to be placed at offset `at`; `None` at the end.
    #[inline]
    pub fn next(&mut self, at: usize) -> Result<Option<Piece>, LayoutError> {
        let Some((kind, size)) = self.option()? else { return Ok(None) };
        let mut alignment = size;
        if kind == Kind::Alignment {
            alignment = match self.option()? {
                None | Some((Kind::Fixed, _)) | Some((_, 0)) => return Err(LayoutError::InvalidNext),
                Some((_, size)) => size,
            };
        }
        let mut padding = 0;
        if alignment > 1 && kind != Kind::Fixed {
            alignment = alignment.min(self.max_alignment);
            if !alignment.is_power_of_two() {
                return Err(LayoutError::NotPowerOfTwo);
            }
            padding = at.wrapping_neg() & (alignment - 1);
        }
        Ok(Some(Piece { kind, size, padding }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(format: &str) -> Result<Vec<(Kind, usize, usize)>, LayoutError> {
        let mut layout = Layout::new(format.as_bytes());
        let (mut at, mut all) = (0, Vec::new());
        while let Some(piece) = layout.next(at)? {
            at += piece.padding + piece.size;
            if piece.kind != Kind::None {
                all.push((piece.kind, piece.size, piece.padding));
            }
        }
        Ok(all)
    }

    #[test]
    fn options_are_aligned() {
        assert_eq!(pieces("bi4"), Ok(vec![(Kind::Signed, 1, 0), (Kind::Signed, 4, 0)]));
        assert_eq!(pieces("!bi4"), Ok(vec![(Kind::Signed, 1, 0), (Kind::Signed, 4, 3)]));
        assert_eq!(pieces("!2 b d"), Ok(vec![(Kind::Signed, 1, 0), (Kind::Double, 8, 1)]));
        assert_eq!(pieces("!bXi8"), Ok(vec![(Kind::Signed, 1, 0), (Kind::Alignment, 0, 7)]));
        assert_eq!(pieces("!4 c3 z\0!!"), Ok(vec![(Kind::Fixed, 3, 0), (Kind::Terminated, 0, 0)]));
    }

    #[test]
    fn malformed_formats() {
        assert_eq!(pieces("i0"), Err(LayoutError::IntegralSize(0)));
        assert_eq!(pieces("i17"), Err(LayoutError::IntegralSize(17)));
        assert_eq!(pieces("c"), Err(LayoutError::MissingSize));
        assert_eq!(pieces("r"), Err(LayoutError::InvalidOption(b'r')));
        assert_eq!(pieces("X"), Err(LayoutError::InvalidNext));
        assert_eq!(pieces("Xc1"), Err(LayoutError::InvalidNext));
        assert_eq!(pieces("Xz"), Err(LayoutError::InvalidNext));
        assert_eq!(pieces("!16 i3"), Err(LayoutError::NotPowerOfTwo));
        assert_eq!(pieces("c2147483639"), Ok(vec![(Kind::Fixed, 2147483639, 0)]));
        let long = if LUA_5_5 { Ok(vec![(Kind::Fixed, 21474836460, 0)]) } else { Err(LayoutError::InvalidOption(b'6')) };
        assert_eq!(pieces("c21474836460"), long);
    }
}
