//! Concatenation (§3.4.6): any run of strings and numbers is joined in one step.

use super::arith::find_binary;
use super::call::{self, Mode};
use super::error::{self, Operand};
use super::meta::Event;
use crate::heap::object::Gc;
use crate::heap::state::{Slot, State};
use crate::heap::string::{self, MAX_SHORT, Str};
use crate::throw::Result;
use crate::value::Value;
use crate::value::format::NumberText;
use core::mem::MaybeUninit;
use core::ptr;

/// Replaces the `n` topmost values by their concatenation, from right to left. May: raise, run Lua code.
pub fn concat(l: State, n: usize) -> Result {
    let done = concat_in(l, n, Mode::Nested)?;
    debug_assert!(done);
    Ok(())
}

/// As `concat`; `false`: a Lua function was entered for a step, and its result is to be put below the top and the rest
/// concatenated when it returns (only `Mode::Instruction`).
#[doc(alias = "luaV_concat")]
pub fn concat_in(l: State, mut n: usize, mode: Mode) -> Result<bool> {
    while n > 1 {
        let (a, b) = (l.from_top(2).get(), l.from_top(1).get());
        if !(is_text(a) && is_text(b)) {
            match find_binary(l, Event::Concat, a, b) {
                Some(f) => match call::metamethod(l, mode, f, a, b)? {
                    Some(v) => l.from_top(2).set(v),
                    None => return Ok(false),
                },
                None => {
                    let (culprit, at) = if is_text(a) { (b, l.from_top(1)) } else { (a, l.from_top(2)) };
                    let operand = Operand::Register(l.index_of(at));
                    return Err(error::type_error(l, culprit, operand, "concatenate"));
                }
            }
            l.top.set(l.from_top(1));
            n -= 1;
            continue;
        }
        let mut count = 2;
        while count < n && is_text(l.from_top(count + 1).get()) {
            count += 1;
        }
        join(l, count)?;
        l.top.set(l.from_top(count - 1));
        n -= count - 1;
    }
    Ok(true)
}

#[inline(always)]
fn is_text(v: Value) -> bool {
    v.is_string() || v.is_number()
}

/// Joins the `n` topmost strings and numbers into the lowest of their slots; the top stays.
fn join(l: State, n: usize) -> Result {
    let first = l.from_top(n);
    // The result's length, at least.
    let mut least = 0usize;
    for i in 0..n {
        least = least.saturating_add(first.at(i).get().as_string().map_or(1, |s| s.len()));
    }
    if least <= MAX_SHORT
        && let Some(result) = join_short(l, first, n)?
    {
        first.set(result.into());
        return Ok(());
    }
    join_long(l, first, n)
}

/// The short string that `n` values make; `None` if it would be longer. Numbers are written where they go, and no strings.
#[inline(always)]
fn join_short(l: State, first: Slot, n: usize) -> Result<Option<Gc<Str>>> {
    let mut buffer = [MaybeUninit::<u8>::uninit(); MAX_SHORT];
    let mut len = 0;
    for i in 0..n {
        let v = first.at(i).get();
        let number;
        let part = match v.as_string() {
            Some(s) => s.bytes(),
            None => {
                number = NumberText::new(v).expect("checked");
                number.as_bytes()
            }
        };
        if part.len() > MAX_SHORT - len {
            return Ok(None);
        }
        buffer[len..len + part.len()].write_copy_of_slice(part);
        len += part.len();
    }
    // SAFETY: that many bytes have been written.
    string::new(l.global(), unsafe { buffer[..len].assume_init_ref() }).map(Some)
}

/// As `join`, for what makes a long string.
#[inline(never)]
fn join_long(l: State, first: Slot, n: usize) -> Result {
    // The first few numbers are written here before the length is known, each after its length; others become strings.
    let mut numbers = [0u8; 128];
    let mut used = 0;
    let mut total = 0usize;
    for i in 0..n {
        let slot = first.at(i);
        let v = slot.get();
        let len = match v.as_string() {
            Some(s) => s.len(),
            None => {
                let number = NumberText::new(v).expect("checked");
                let number = number.as_bytes();
                match numbers[used..].split_first_mut() {
                    Some((len, room)) if room.len() >= number.len() => {
                        *len = number.len() as u8;
                        room[..number.len()].copy_from_slice(number);
                        used += 1 + number.len();
                    }
                    _ => slot.set(string::new(l.global(), number)?.into()),
                }
                number.len()
            }
        };
        total = match total.checked_add(len) {
            Some(t) if t < isize::MAX as usize - 64 => t,
            _ => {
                l.top.set(first);
                return Err(error::run_error(l, format_args!("string length overflow")));
            }
        };
    }
    let (result, mut to) = string::new_long(l.global(), total)?;
    let mut numbers = &numbers[..used];
    for i in 0..n {
        let part = match first.at(i).get().as_string() {
            Some(s) => s.bytes(),
            None => {
                let (len, rest) = numbers.split_first().expect("a number that is no string was written");
                let (number, rest) = rest.split_at(*len as usize);
                numbers = rest;
                number
            }
        };
        // SAFETY: there is room for all the texts.
        unsafe {
            ptr::copy_nonoverlapping(part.as_ptr(), to, part.len());
            to = to.add(part.len());
        }
    }
    first.set(result.into());
    Ok(())
}
