//! Basic stack manipulation.

use super::{REGISTRY_INDEX, is_pseudo};
use crate::gc;
use crate::heap::state::{Slot, State};
use crate::throw::Result;
use crate::value::Value;
use crate::vm::close;

/// Turns round the order of the values from `first` to `end`.
#[inline(always)]
fn reverse(mut first: Slot, mut end: Slot) {
    end = end.before(1);
    while first < end {
        let v = first.get();
        first.set(end.get());
        end.set(v);
        (first, end) = (first.at(1), end.before(1));
    }
}

impl State {
    /// The same index, independent of the top. `lua_absindex`.
    #[inline]
    pub fn abs_index(self, i: i32) -> i32 {
        if i > 0 || is_pseudo(i) { i } else { self.get_top() + 1 + i }
    }

    /// Number of values on the stack of the running function.
    #[inline]
    pub fn get_top(self) -> i32 {
        (self.index_of(self.top.get()) - self.frame.get().func.get() - 1) as i32
    }

    /// Makes the stack `i` values high (or, negative, cuts it at that index), with nils for new ones. To-be-closed
    /// variables among what goes away are closed.
    ///
    /// May: raise, collect, move the stack (only when something is closed).
    #[inline(always)]
    pub fn set_top(self, i: i32) -> Result {
        if self.tbc_len.get() == 0 {
            self.set_plain_top(i);
            return Ok(());
        }
        self.set_top_slow(i)
    }

    /// As `set_top`, where no variable is pending.
    #[inline(always)]
    pub fn set_plain_top(self, i: i32) {
        if i < 0 {
            // So many values go, less one for the top itself.
            self.top.set(self.top.get().before(!i as usize));
            return;
        }
        // Values are taken away more often than the top is set to a place: that way is the one without a jump.
        std::hint::cold_path();
        let new_top = self.argument(i as u32 + 1);
        let mut slot = self.top.get();
        while slot < new_top {
            slot.set_nil();
            slot = slot.at(1);
        }
        self.top.set(new_top);
    }

    #[inline(never)]
    fn set_top_slow(self, i: i32) -> Result {
        let top = self.top.get();
        let new_top = if i >= 0 { self.base().at(i as usize) } else { top.relative(i + 1) };
        if new_top >= top {
            let mut slot = top;
            while slot < new_top {
                slot.set_nil();
                slot = slot.at(1);
            }
        } else if self.last_tbc().is_some_and(|i| i >= self.index_of(new_top)) {
            let level = self.index_of(new_top);
            close::close_nested(self, self.slot(level), None)?;
            self.top.set(self.slot(level));
            return Ok(());
        }
        self.top.set(new_top);
        Ok(())
    }

    /// Stack index of the last variable that waits to be closed.
    #[inline]
    pub fn last_tbc(self) -> Option<u32> {
        let n = self.tbc_len.get().checked_sub(1)?;
        // SAFETY: the list has `tbc_len` entries.
        Some(unsafe { *self.tbc.get().add(n as usize) })
    }

    /// Takes `n` values off. None of them may be to be closed.
    #[inline]
    pub fn pop(self, n: i32) {
        debug_assert!(n >= 0 && n <= self.get_top());
        self.top.set(self.top.get().before(n as usize));
    }

    /// Pushes a copy of the value at an index. `lua_pushvalue`.
    #[inline]
    pub fn push_index(self, i: i32) {
        if i > 0 {
            let slot = self.argument(i as u32);
            if slot < self.top.get() {
                self.push(slot.get());
                return;
            }
        } else if !is_pseudo(i) {
            self.push(self.top.get().relative(i).get());
            return;
        }
        self.push_no_slot(i);
    }

    /// As `push_index`, for what is no slot in use.
    #[inline(never)]
    fn push_no_slot(self, i: i32) {
        let v = if is_pseudo(i) { self.pseudo_value(i) } else { Value::NIL };
        self.push(if v.is_nil() { Value::NIL } else { v });
    }

    /// Rotates the values from index `i` to the top by `n` towards the top.
    pub fn rotate(self, i: i32, n: i32) {
        let (from, top) = (self.slot_at(i), self.top.get());
        // By one, as for `insert` and `remove`: each value moves once, and in its two parts, as it was stored.
        if n == 1 && from < top {
            let mut slot = top.before(1);
            let last = slot.get();
            while slot > from {
                slot.set(slot.before(1).get());
                slot = slot.before(1);
            }
            from.set(last);
        } else if n == -1 && from < top {
            let (mut slot, last) = (from, top.before(1));
            let first = slot.get();
            while slot < last {
                slot.set(slot.at(1).get());
                slot = slot.at(1);
            }
            last.set(first);
        } else {
            self.rotate_any(from, n);
        }
    }

    #[inline(never)]
    fn rotate_any(self, from: Slot, n: i32) {
        let len = self.top.get().since(from);
        // As a remainder it would cost a division. A host that asks for more than there are stays among them.
        let moved_down = if n >= 0 { n as usize } else { len.wrapping_add_signed(n as isize) }.min(len);
        // Reversing both parts and then the whole puts each in the other's place.
        let (top, middle) = (from.at(len), from.at(len - moved_down));
        reverse(from, middle);
        reverse(middle, top);
        reverse(from, top);
    }

    /// Moves the top value to index `i`, shifting up what is there.
    #[inline]
    pub fn insert(self, i: i32) {
        self.rotate(i, 1);
    }

    /// Removes the value at index `i`, shifting down what is above.
    #[inline]
    pub fn remove(self, i: i32) {
        self.rotate(i, -1);
        self.pop(1);
    }

    /// Moves the top value into index `i`.
    #[inline]
    pub fn replace(self, i: i32) {
        self.copy(-1, i);
        self.pop(1);
    }

    /// Copies a value over another.
    #[inline]
    pub fn copy(self, from: i32, to: i32) {
        match self.value_on_stack(from, Value::NIL) {
            Some(v) => self.set_at(to, v),
            None => self.copy_pseudo(from, to),
        }
    }

    /// As `copy`, from an upvalue or the registry. Apart, so that others need no stack frame.
    #[inline(never)]
    fn copy_pseudo(self, from: i32, to: i32) {
        let v = self.pseudo_value(from);
        self.set_at(to, if v.is_nil() { Value::NIL } else { v });
    }

    /// Makes a value that of a valid index.
    #[inline(always)]
    fn set_at(self, to: i32, v: Value) {
        if is_pseudo(to) { self.copy_to_pseudo(v, to) } else { self.slot_at(to).set(v) }
    }

    /// Copies a value over the registry or an upvalue.
    #[inline(never)]
    fn copy_to_pseudo(self, v: Value, to: i32) {
        if to == REGISTRY_INDEX {
            // The collector looks at the registry once more before it ends, so this needs no barrier.
            self.global().registry.set(v);
        } else if let Some(f) = self.func().get().as_c_closure()
            && let Some(upvalue) = f.upvalues().get((REGISTRY_INDEX - to) as usize - 1)
        {
            upvalue.set(v);
            gc::barrier(self.global(), f, v);
        }
    }

    /// Makes room for `n` more values; false when that would exceed the limit or memory is short. `lua_checkstack`.
    ///
    /// May: collect (emergency only), move the stack.
    #[inline]
    pub fn check_stack_slots(self, n: i32) -> bool {
        if self.has_room(n as usize) {
            self.claim_slots(n as usize);
            return true;
        }
        self.make_room(n as usize)
    }

    #[inline(never)]
    fn make_room(self, n: usize) -> bool {
        let done = self.try_ensure_stack(n);
        if done {
            self.claim_slots(n);
        }
        done
    }

    /// Notes that the running function may use `n` more slots, for which there is room.
    #[inline(always)]
    fn claim_slots(self, n: usize) {
        let needed = self.index_of(self.top.get().at(n));
        let frame = self.frame.get();
        if frame.top.get() < needed {
            frame.top.set(needed);
        }
    }

    /// Pops `n` values and pushes them onto another thread of the same VM, which must have room.
    pub fn xmove(self, to: State, n: i32) {
        if self == to {
            return;
        }
        let from = self.top.get().before(n as usize);
        for i in 0..n as usize {
            to.push(from.at(i).get());
        }
        self.top.set(from);
    }
}
