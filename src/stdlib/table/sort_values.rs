//! Sorting by `<` where nobody can watch: elements of a plain table that are all integers, all floats or all strings. They
//! are taken out, sorted as plain data, and put back.

use super::{plain_table, sort};
use crate::heap::mem::Buf;
use crate::heap::object::Gc;
use crate::heap::state::State;
use crate::heap::string::Str;
use crate::heap::table::Table;
use crate::value::Value;
use crate::vm::compare::compare_strings;

/// The order is not one: a value precedes one that it cannot precede.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct InvalidOrder;

/// Sorts elements `1..=n` of argument 1; `None` if they are not of the right kind, and then nothing has changed.
///
/// May: collect (emergency only).
pub fn sort_plain(l: State, n: u32) -> Option<Result<(), InvalidOrder>> {
    let t = plain_table(l, 1)?;
    let first = t.get_integer(1);
    if first.is_integer() {
        let mut items = take_out(l, t, n, Value::as_integer)?;
        // Equal integers are indistinguishable, so every way of sorting gives the same.
        items.sort_unstable();
        put_back(t, &items, |i| Value::integer(*i));
        return Some(Ok(()));
    }
    if first.is_float() {
        let mut items = take_out(l, t, n, |v| v.is_float().then(|| v.float_payload()))?;
        // So are equal floats, zeros apart.
        let distinct = |x: &f64| !x.is_nan() && (*x != 0.0 || x.is_sign_positive());
        let result = if items.iter().all(distinct) {
            items.sort_unstable_by(f64::total_cmp);
            Ok(())
        } else {
            quicksort(&mut items, 1, n as usize, 0, |a, b| a < b)
        };
        put_back(t, &items, |x| Value::float(*x));
        return Some(result);
    }
    let mut items = take_out(l, t, n, Value::as_string)?;
    let result = quicksort(&mut items, 1, n as usize, 0, |a: &Gc<Str>, b| compare_strings(*a, *b) < 0);
    put_back(t, &items, |s| Value::from(*s));
    l.global().gc.rearranged(t);
    Some(result)
}

/// The elements, if all are of one kind and there is memory for them.
fn take_out<T: Copy>(l: State, t: Gc<Table>, n: u32, kind: impl Fn(Value) -> Option<T>) -> Option<Buf<T>> {
    let mut items = Buf::with_capacity(l.global().mem(), n as usize).ok()?;
    for i in 1..=n {
        items.push(kind(t.get_integer(i.into()))?).ok()?;
    }
    Some(items)
}

/// Stores the elements where they came from. The table keeps the same objects, so this needs no barrier.
fn put_back<T>(t: Gc<Table>, items: &[T], value: impl Fn(&T) -> Value) {
    for (i, item) in (1..).zip(items) {
        if let Some(place) = t.find_integer(i) {
            place.set(value(item));
        }
    }
}

/// What `sort` does step by step, on plain data: `low` and `high` count from one.
fn quicksort<T: Copy>(
    items: &mut [T],
    mut low: usize,
    mut high: usize,
    mut random: u32,
    less: impl Fn(&T, &T) -> bool + Copy,
) -> Result<(), InvalidOrder> {
    while low < high {
        let (first, last) = (low - 1, high - 1);
        if less(&items[last], &items[first]) {
            items.swap(first, last);
        }
        if high - low == 1 {
            break;
        }
        let pivot = sort::pivot(low as u32, high as u32, random) as usize - 1;
        if less(&items[pivot], &items[first]) {
            items.swap(pivot, first);
        } else if less(&items[last], &items[pivot]) {
            items.swap(pivot, last);
        }
        if high - low == 2 {
            break;
        }
        items.swap(pivot, last - 1);
        let at = partition(&mut items[first..=last], less)? + low;
        let smaller = if at - low < high - at {
            quicksort(items, low, at - 1, random, less)?;
            let size = at - low;
            low = at + 1;
            size
        } else {
            quicksort(items, at + 1, high, random, less)?;
            let size = high - at;
            high = at - 1;
            size
        };
        if high.saturating_sub(low) / 128 > smaller {
            random = sort::random_number();
        }
    }
    Ok(())
}

/// Splits a range around the pivot, which is its last element but one; gives the pivot's final offset.
fn partition<T: Copy>(items: &mut [T], less: impl Fn(&T, &T) -> bool) -> Result<usize, InvalidOrder> {
    let end = items.len() - 2;
    let pivot = items[end];
    let (mut i, mut j) = (0, end);
    loop {
        i += 1;
        while less(&items[i], &pivot) {
            if i == end {
                return Err(InvalidOrder);
            }
            i += 1;
        }
        j -= 1;
        while less(&pivot, &items[j]) {
            if j < i {
                return Err(InvalidOrder);
            }
            j -= 1;
        }
        if j < i {
            items.swap(end, i);
            return Ok(i);
        }
        items.swap(i, j);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sorts_whatever_the_input_looks_like() {
        for n in [0usize, 1, 2, 3, 4, 10, 99, 100, 101, 1000, 5000] {
            let inputs: [Vec<u64>; 5] = [
                (0..n as u64).collect(),
                (0..n as u64).rev().collect(),
                (0..n as u64).map(|i| i.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40).collect(),
                (0..n as u64).map(|i| i % 3).collect(),
                // An organ pipe, on which a pivot from the middle does badly.
                (0..n as u64).map(|i| i.min(n as u64 - i)).collect(),
            ];
            for input in inputs {
                let (mut ours, mut expected) = (input.clone(), input);
                assert_eq!(quicksort(&mut ours, 1, n, 0, |a, b| a < b), Ok(()));
                expected.sort();
                assert_eq!(ours, expected);
            }
        }
    }

    #[test]
    fn an_order_that_is_none_is_noticed_and_harms_nothing() {
        let mut items: Vec<u32> = (0..500).collect();
        assert_eq!(quicksort(&mut items, 1, 500, 0, |_, _| true), Err(InvalidOrder));
        items.sort_unstable();
        assert_eq!(items, (0..500).collect::<Vec<_>>());
    }
}
