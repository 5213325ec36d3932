//! Concatenation (§3.4.6): any run of strings and numbers is joined in one step.

use super::arith::find_binary;
use super::call::{self, Mode};
use super::error::{self, Operand};
use super::meta::Event;
use crate::heap::state::{Slot, State};
use crate::heap::string::{self, MAX_SHORT};
use crate::throw::Result;
use crate::value::Value;
use crate::value::format::NumberText;
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
pub fn is_text(v: Value) -> bool {
    v.is_string() || v.is_number()
}

/// Joins the `n` topmost strings and numbers into the lowest of their slots; the top stays.
fn join(l: State, n: usize) -> Result {
    let first = l.from_top(n);
    // Numbers become strings first, so that lengths are known; small results then need no memory but the result's.
    let mut total = 0usize;
    for i in 0..n {
        let slot = first.at(i);
        let v = slot.get();
        let s = match v.as_string() {
            Some(s) => s,
            None => {
                let s = string::new(l.global(), NumberText::new(v).expect("checked").as_bytes())?;
                slot.set(s.into());
                s
            }
        };
        total = match total.checked_add(s.len()) {
            Some(t) if t < isize::MAX as usize - 64 => t,
            _ => {
                l.top.set(first);
                return Err(error::run_error(l, format_args!("string length overflow")));
            }
        };
    }
    let copy = |mut to: *mut u8| {
        for i in 0..n {
            let s = text(first.at(i));
            // SAFETY: `to` has room for all the texts.
            unsafe {
                ptr::copy_nonoverlapping(s.as_ptr(), to, s.len());
                to = to.add(s.len());
            }
        }
    };
    let result = if total <= MAX_SHORT {
        let mut buffer = [0u8; MAX_SHORT];
        copy(buffer.as_mut_ptr());
        string::new(l.global(), &buffer[..total])?
    } else {
        let (s, to) = string::new_long(l.global(), total)?;
        copy(to);
        s
    };
    first.set(result.into());
    Ok(())
}

fn text(slot: Slot) -> &'static [u8] {
    slot.get().as_string().map_or(b"", |s| s.bytes())
}
