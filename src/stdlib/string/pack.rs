//! `string.pack`, `string.packsize`, `string.unpack`.

use super::layout::{Kind, Layout, LayoutError, MAX_INTEGER_SIZE};
use super::{MAX_SIZE, start_offset};
use crate::edition::LUA_5_5;
use crate::heap::state::State;
use crate::stdlib::text::Text;
use crate::throw::{Result, Throw};

/// Bytes of a Lua integer.
const INTEGER_SIZE: usize = size_of::<i64>();

#[cold]
fn layout_error(l: State, e: LayoutError) -> Throw {
    match e {
        LayoutError::IntegralSize(n) => {
            // As a C int, which it need not fit in 5.5.
            let n = n as i32;
            l.error_fmt(format_args!("integral size ({n}) out of limits [1,{MAX_INTEGER_SIZE}]"))
        }
        LayoutError::MissingSize => l.error_fmt(format_args!("missing size for format option 'c'")),
        LayoutError::InvalidOption(b) => {
            let mut message = *b"invalid format option '?'";
            message[23] = b;
            l.error_bytes(&message)
        }
        LayoutError::InvalidNext => l.arg_error(1, "invalid next option for option 'X'"),
        LayoutError::NotPowerOfTwo => l.arg_error(1, "format asks for alignment not power of 2"),
    }
}

/// Whether an unsigned number fits in so many bytes.
fn fits(n: u64, size: usize) -> bool {
    size >= INTEGER_SIZE || n >> (size * 8) == 0
}

/// Appends the low `size` bytes of a number, sign-extended.
fn put_integer(out: &mut Text, n: i64, extend_sign: bool, size: usize, little_endian: bool) -> Result {
    let filler = if extend_sign && n < 0 { 0xFF } else { 0 };
    let mut bytes = [filler; MAX_INTEGER_SIZE];
    bytes[..INTEGER_SIZE].copy_from_slice(&n.to_le_bytes());
    put_bytes(out, &mut bytes[..size], little_endian)
}

/// Appends bytes that are in little-endian order.
fn put_bytes(out: &mut Text, bytes: &mut [u8], little_endian: bool) -> Result {
    if !little_endian {
        bytes.reverse();
    }
    out.extend(bytes)
}

pub fn pack(l: State) -> Result<u32> {
    let mut layout = Layout::new(l.check_bytes(1)?);
    // In messages, a missing argument is nil.
    l.push_nil();
    let mut out = Text::new(l);
    let mut arg = 1;
    while let Some(piece) = layout.next(out.len()).map_err(|e| layout_error(l, e))? {
        let size = piece.size;
        if LUA_5_5 {
            l.arg_check(size + piece.padding <= MAX_SIZE - out.len(), arg, "result too long")?;
        }
        out.fill(0, piece.padding)?;
        arg += 1;
        match piece.kind {
            Kind::Signed => {
                let n = l.check_integer(arg)?;
                if size < INTEGER_SIZE {
                    let limit = 1i64 << (size * 8 - 1);
                    l.arg_check((-limit..limit).contains(&n), arg, "integer overflow")?;
                }
                put_integer(&mut out, n, true, size, layout.little_endian)?;
            }
            Kind::Unsigned => {
                let n = l.check_integer(arg)?;
                l.arg_check(fits(n as u64, size), arg, "unsigned overflow")?;
                put_integer(&mut out, n, false, size, layout.little_endian)?;
            }
            Kind::Float => {
                let n = l.check_number(arg)? as f32;
                put_bytes(&mut out, &mut n.to_le_bytes(), layout.little_endian)?;
            }
            Kind::Double => {
                let n = l.check_number(arg)?;
                put_bytes(&mut out, &mut n.to_le_bytes(), layout.little_endian)?;
            }
            Kind::Fixed => {
                let text = l.check_bytes(arg)?;
                l.arg_check(text.len() <= size, arg, "string longer than given size")?;
                out.extend(text)?;
                out.fill(0, size - text.len())?;
            }
            Kind::Counted => {
                let text = l.check_bytes(arg)?;
                l.arg_check(fits(text.len() as u64, size), arg, "string length does not fit in given size")?;
                put_integer(&mut out, text.len() as i64, false, size, layout.little_endian)?;
                out.extend(text)?;
            }
            Kind::Terminated => {
                let text = l.check_bytes(arg)?;
                l.arg_check(!text.contains(&0), arg, "string contains zeros")?;
                out.extend(text)?;
                out.push(0)?;
            }
            Kind::Padding => {
                out.push(0)?;
                arg -= 1;
            }
            Kind::Alignment | Kind::None => arg -= 1,
        }
    }
    out.finish(l)?;
    Ok(1)
}

pub fn packsize(l: State) -> Result<u32> {
    let mut layout = Layout::new(l.check_bytes(1)?);
    let mut total = 0;
    while let Some(piece) = layout.next(total).map_err(|e| layout_error(l, e))? {
        l.arg_check(!matches!(piece.kind, Kind::Counted | Kind::Terminated), 1, "variable-length format")?;
        let size = piece.size + piece.padding;
        l.arg_check(size <= MAX_SIZE && total <= MAX_SIZE - size, 1, "format result too large")?;
        total += size;
    }
    l.push_integer(total as i64);
    Ok(1)
}

/// The integer in these bytes; `None` if it does not fit.
fn read_integer(bytes: &[u8], little_endian: bool, signed: bool) -> Option<i64> {
    let mut all = [0u8; MAX_INTEGER_SIZE];
    let size = bytes.len();
    all[..size].copy_from_slice(bytes);
    if !little_endian {
        all[..size].reverse();
    }
    let low = [all[0], all[1], all[2], all[3], all[4], all[5], all[6], all[7]];
    let n = i64::from_le_bytes(low);
    if size < INTEGER_SIZE {
        let unused = 64 - 8 * size as u32;
        return Some(if signed { n << unused >> unused } else { n });
    }
    let filler = if signed && n < 0 { 0xFF } else { 0 };
    all[INTEGER_SIZE..size].iter().all(|b| *b == filler).then_some(n)
}

/// Reads the `size` bytes as a little-endian array.
fn read_bytes<const N: usize>(bytes: &[u8], little_endian: bool) -> [u8; N] {
    let mut array = [0; N];
    array.copy_from_slice(&bytes[..N]);
    if !little_endian {
        array.reverse();
    }
    array
}

pub fn unpack(l: State) -> Result<u32> {
    let mut layout = Layout::new(l.check_bytes(1)?);
    let data = l.check_bytes(2)?;
    let mut at = start_offset(l.opt_integer(3, 1)?, data.len());
    let mut results = 0;
    l.arg_check(at <= data.len(), 3, "initial position out of string")?;
    while let Some(piece) = layout.next(at).map_err(|e| layout_error(l, e))? {
        let size = piece.size;
        l.arg_check(piece.padding + size <= data.len() - at, 2, "data string too short")?;
        at += piece.padding;
        l.check_stack(2, "too many results")?;
        let bytes = &data[at..at + size];
        results += 1;
        match piece.kind {
            Kind::Signed | Kind::Unsigned => {
                l.push_integer(check_fit(l, read_integer(bytes, layout.little_endian, piece.kind == Kind::Signed), size)?);
            }
            Kind::Float => l.push_number(f32::from_le_bytes(read_bytes(bytes, layout.little_endian)).into()),
            Kind::Double => l.push_number(f64::from_le_bytes(read_bytes(bytes, layout.little_endian))),
            Kind::Fixed => l.push_bytes(bytes)?,
            Kind::Counted => {
                let len = check_fit(l, read_integer(bytes, layout.little_endian, false), size)? as u64 as usize;
                let rest = &data[at + size..];
                l.arg_check(len <= rest.len(), 2, "data string too short")?;
                l.push_bytes(&rest[..len])?;
                at += len;
            }
            Kind::Terminated => {
                let rest = &data[at..];
                let Some(len) = memchr::memchr(0, rest) else {
                    return Err(l.arg_error(2, "unfinished string for format 'z'"));
                };
                l.push_bytes(&rest[..len])?;
                at += len + 1;
            }
            Kind::Padding | Kind::Alignment | Kind::None => results -= 1,
        }
        at += size;
    }
    l.push_integer(at as i64 + 1);
    Ok(results + 1)
}

fn check_fit(l: State, n: Option<i64>, size: usize) -> Result<i64> {
    n.ok_or_else(|| l.error_fmt(format_args!("{size}-byte integer does not fit into Lua Integer")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_of_every_size() {
        assert_eq!(read_integer(&[0xFF], true, true), Some(-1));
        assert_eq!(read_integer(&[0xFF], true, false), Some(255));
        assert_eq!(read_integer(&[0x12, 0x34], false, true), Some(0x1234));
        assert_eq!(read_integer(&[0x80, 0, 0], false, true), Some(-0x80_0000));
        assert_eq!(read_integer(&[0xFF; 16], true, true), Some(-1));
        assert_eq!(read_integer(&[0xFF; 16], true, false), None);
        assert_eq!(read_integer(&[0xFF; 8], true, false), Some(-1));
        let mut nine = [0; 9];
        nine[8] = 1;
        assert_eq!(read_integer(&nine, true, true), None);
        assert_eq!(read_integer(&nine, false, true), Some(1));
    }

    #[test]
    fn limits_of_unsigned_sizes() {
        assert!(fits(255, 1) && !fits(256, 1));
        assert!(fits(u64::MAX >> 8, 7) && !fits(u64::MAX, 7));
        assert!(fits(u64::MAX, 8) && fits(u64::MAX, 16));
    }
}
