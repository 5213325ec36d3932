//! Length and traversal of tables: borders (§3.4.7) and the order in which `next` goes.

use super::Table;
use crate::edition::LUA_5_5;
use crate::heap::string;
use crate::value::Value;

impl Table {
    /// A border (§3.4.7): `n` with `t[n] ~= nil` (or 0) and `t[n + 1] == nil`.
    pub fn length(&self) -> u64 {
        let n = self.array_len.get();
        if n == 0
            && let Some(body) = self.body()
        {
            return body.border();
        }
        if LUA_5_5 && n > 0 {
            if let Some(border) = self.border_near_hint(n) {
                return self.remember(border);
            }
            self.remember(n);
        } else if n > 0 {
            // SAFETY: the hint lies in the middle of the block.
            let hint = unsafe { *self.array.get().cast::<u32>() }.min(n);
            if hint > 0 && self.array_tag(hint - 1).is_nil() {
                let border = if hint >= 2 && !self.array_tag(hint - 2).is_nil() { hint - 1 } else { self.array_border(0, hint) };
                return self.remember(border);
            }
            if hint < n {
                if self.array_tag(hint).is_nil() {
                    return hint as u64;
                }
                if hint + 1 < n && self.array_tag(hint + 1).is_nil() {
                    return self.remember(hint + 1);
                }
                if self.array_tag(n - 1).is_nil() {
                    return self.remember(self.array_border(hint, n));
                }
                self.remember(n);
            }
        }
        if self.has_no_nodes() || self.get_integer(n as i64 + 1).is_nil() {
            return n as u64;
        }
        self.hash_border(n as u64 + 1)
    }

    /// The border in the array part that 5.5 finds, which is another than that of 5.4 if there are several: near the hint, else by
    /// halving; `None` if the last element is not nil.
    fn border_near_hint(&self, n: u32) -> Option<u32> {
        const VICINITY: u32 = 4;
        let is_nil = |i: u32| self.array_tag(i - 1).is_nil();
        // SAFETY: the hint lies in the middle of the block.
        let hint = unsafe { *self.array.get().cast::<u32>() }.clamp(1, n);
        if is_nil(hint) {
            let below = (hint.saturating_sub(VICINITY).max(1)..hint).rev().find(|i| !is_nil(*i));
            return Some(below.unwrap_or_else(|| self.array_border(0, hint)));
        }
        let above = (hint + 1..=n.min(hint + VICINITY)).find(|i| is_nil(*i));
        match above {
            Some(above) => Some(above - 1),
            None if is_nil(n) => Some(self.array_border(hint, n)),
            None => None,
        }
    }

    fn remember(&self, border: u32) -> u64 {
        debug_assert!(!self.header.is_shared());
        // SAFETY: the table has an array block.
        unsafe { *self.array.get().cast::<u32>() = border };
        border as u64
    }

    /// A border in the array between `low` (0 or not nil) and `high` (nil), both counted from one.
    fn array_border(&self, mut low: u32, mut high: u32) -> u32 {
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            if self.array_tag(middle - 1).is_nil() {
                high = middle;
            } else {
                low = middle;
            }
        }
        low
    }

    /// A border at or above `low`, whose value is not nil, by doubling and then halving.
    ///
    /// 5.5 makes the steps a little unpredictable: else a table with just the keys that are asked for could have a huge length.
    fn hash_border(&self, mut low: u64) -> u64 {
        let mut high = low;
        let mut random = if LUA_5_5 { string::hash_bytes(b"border") } else { 0 };
        if LUA_5_5 {
            let width = (u64::BITS - (low - 1).leading_zeros()).min(31);
            high = low + u64::from(random & ((1 << width) - 1)) + 1;
            random >>= width;
            if self.get_integer(high as i64).is_nil() {
                return self.border_between(low, high);
            }
        }
        loop {
            low = high;
            if high > i64::MAX as u64 / 2 {
                high = i64::MAX as u64;
                if !self.get_integer(high as i64).is_nil() {
                    return high;
                }
                break;
            }
            high = high * 2 + u64::from(random & 1);
            random >>= 1;
            if high > i64::MAX as u64 {
                high = i64::MAX as u64;
            }
            if self.get_integer(high as i64).is_nil() {
                break;
            }
        }
        self.border_between(low, high)
    }

    /// A border between `low`, whose value is not nil, and `high`, whose value is.
    fn border_between(&self, mut low: u64, mut high: u64) -> u64 {
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            if self.get_integer(middle as i64).is_nil() {
                high = middle;
            } else {
                low = middle;
            }
        }
        low
    }

    /// Position in the traversal order after that of `key` (nil: the start); `None` if the key is not in the table. `hint` may be that
    /// position or not: where it is, nothing is looked up.
    #[inline]
    pub fn position_after(&self, key: Value, hint: usize) -> Option<usize> {
        debug_assert!(!self.header.is_shared());
        if key.is_nil() {
            return Some(0);
        }
        // A float is no key that a traversal gave out, whatever its value.
        if let Some(i) = key.as_integer()
            && (i as u64).wrapping_sub(1) < self.array_len.get() as u64
        {
            return Some(i as usize);
        }
        if let Some(i) = hint.checked_sub(self.array_len.get() as usize + 1)
            && i < self.node_count()
        {
            // SAFETY: a live node.
            let node = unsafe { &*self.node(i) };
            if node.key_tag == key.tag && node.key == key.payload {
                return Some(hint);
            }
        }
        let n = self.find_visited(key)?;
        // SAFETY: both point into the hash part.
        let i = unsafe { n.offset_from(self.nodes.get()) } as usize;
        Some(self.array_len.get() as usize + i + 1)
    }

    /// The first entry at or after a traversal position: the position after it, its key and its value.
    #[inline]
    pub fn entry_from(&self, mut position: usize) -> Option<(usize, Value, Value)> {
        let n = self.array_len.get() as usize;
        while position < n {
            let v = self.array_place(position as u32).get();
            position += 1;
            if !v.is_nil() {
                return Some((position, Value::integer(position as i64), v));
            }
        }
        let count = self.node_count();
        let mut i = position - n;
        while i < count {
            // SAFETY: a live node.
            let node = unsafe { &*self.node(i) };
            i += 1;
            if !node.value_tag.is_nil() {
                return Some((n + i, node.key(), node.value()));
            }
        }
        None
    }
}
