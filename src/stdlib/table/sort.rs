//! `table.sort`: quicksort with the median of three (Sedgewick, "Algorithms in Modula-3", 1993), choosing pivots as upstream
//! does, so that even an inconsistent order gives the same result.
//!
//! The order may be a Lua function that changes the table meanwhile, so every element is read from the table when it
//! is needed and written back at once.

use super::sort_values::{InvalidOrder, sort_plain};
use super::{READ, WRITE, check_length, pop_element, push_element};
use crate::heap::state::State;
use crate::stdlib::c;
use crate::throw::{Result, Throw};
use crate::value::Type;
use crate::vm::api::access::CompareOp;
use core::ptr;

/// Ranges from this size on may have their pivot chosen at random.
const RANDOM_LIMIT: u32 = 100;

/// The table is argument 1, the order argument 2 (nil for `<`).
pub fn sort(l: State) -> Result<u32> {
    let n = check_length(l, 1, READ | WRITE)?;
    if n > 1 {
        l.arg_check(n < i32::MAX as i64, 1, "array too big")?;
        if !l.is_none_or_nil(2) {
            l.check_type(2, Type::Function)?;
        }
        l.set_top(2)?;
        if !l.is_nil(2) {
            sort_range::<true>(l, 1, n as u32, 0)?;
        } else {
            match sort_plain(l, n as u32) {
                None => sort_range::<false>(l, 1, n as u32, 0)?,
                Some(result) => result.map_err(|InvalidOrder| invalid_order(l))?,
            }
        }
    }
    Ok(0)
}

#[cold]
fn invalid_order(l: State) -> Throw {
    l.error_fmt(format_args!("invalid order function for sorting"))
}

#[inline]
fn push(l: State, i: u32) -> Result {
    push_element(l, 1, i.into())
}

/// Pops the values of elements `i` (on top) and `j`.
#[inline]
fn pop_two(l: State, i: u32, j: u32) -> Result {
    pop_element(l, 1, i.into())?;
    pop_element(l, 1, j.into())
}

/// Whether the value at stack index `a` must come before that at `b`, by the function in argument 2 or by `<`.
#[inline]
fn is_less<const ORDER: bool>(l: State, a: i32, b: i32) -> Result<bool> {
    if !ORDER {
        return l.compare(a, b, CompareOp::Less);
    }
    let (x, y) = (l.value_at(a), l.value_at(b));
    l.push_index(2);
    l.push(x);
    l.push(y);
    l.call(2, 1)?;
    let answer = l.to_boolean(-1);
    l.pop(1);
    Ok(answer)
}

/// Splits `low..=high` around the pivot, which is on top and is element `high - 1`; gives the pivot's final position and
/// pops it. Element `low` is not greater, element `high` not less than the pivot.
fn partition<const ORDER: bool>(l: State, low: u32, high: u32) -> Result<u32> {
    let (mut i, mut j) = (low, high - 1);
    loop {
        // Upwards to an element that is not less than the pivot, which stops this at the latest.
        loop {
            i += 1;
            push(l, i)?;
            if !is_less::<ORDER>(l, -1, -2)? {
                break;
            }
            if i == high - 1 {
                return Err(invalid_order(l));
            }
            l.pop(1);
        }
        // Downwards to one that is not greater.
        loop {
            j -= 1;
            push(l, j)?;
            if !is_less::<ORDER>(l, -3, -1)? {
                break;
            }
            if j < i {
                return Err(invalid_order(l));
            }
            l.pop(1);
        }
        if j < i {
            l.pop(1);
            pop_two(l, high - 1, i)?;
            return Ok(i);
        }
        pop_two(l, i, j)?;
    }
}

/// Which element of a range decides how it is split: the middle one, or once `random` is not zero, in ranges that are not
/// small, one from the middle half.
pub fn pivot(low: u32, high: u32, random: u32) -> u32 {
    if high - low < RANDOM_LIMIT || random == 0 {
        (low + high) / 2
    } else {
        let quarter = (high - low) / 4;
        random % (quarter * 2) + low + quarter
    }
}

/// A number that whoever prepares the input does not know.
pub fn random_number() -> u32 {
    // SAFETY: neither has a precondition.
    let (clock, time) = unsafe { (c::clock() as u64, libc::time(ptr::null_mut()) as u64) };
    (clock as u32).wrapping_add((clock >> 32) as u32).wrapping_add(time as u32).wrapping_add((time >> 32) as u32)
}

/// Sorts `low..=high`: the smaller part by recursion, which so is at most logarithmic, the other in the loop.
fn sort_range<const ORDER: bool>(l: State, mut low: u32, mut high: u32, mut random: u32) -> Result {
    while low < high {
        push(l, low)?;
        push(l, high)?;
        if is_less::<ORDER>(l, -1, -2)? {
            pop_two(l, low, high)?;
        } else {
            l.pop(2);
        }
        if high - low == 1 {
            break;
        }
        let pivot = pivot(low, high, random);
        push(l, pivot)?;
        push(l, low)?;
        if is_less::<ORDER>(l, -2, -1)? {
            pop_two(l, pivot, low)?;
        } else {
            l.pop(1);
            push(l, high)?;
            if is_less::<ORDER>(l, -1, -2)? {
                pop_two(l, pivot, high)?;
            } else {
                l.pop(2);
            }
        }
        if high - low == 2 {
            break;
        }
        // The pivot stays on the stack and goes where the range ends but for one.
        push(l, pivot)?;
        l.push_index(-1);
        push(l, high - 1)?;
        pop_two(l, pivot, high - 1)?;
        let middle = partition::<ORDER>(l, low, high)?;
        let smaller = if middle - low < high - middle {
            sort_range::<ORDER>(l, low, middle - 1, random)?;
            let size = middle - low;
            low = middle + 1;
            size
        } else {
            sort_range::<ORDER>(l, middle + 1, high, random)?;
            let size = high - middle;
            high = middle - 1;
            size
        };
        if high.wrapping_sub(low) / 128 > smaller {
            random = random_number();
        }
    }
    Ok(())
}
