//! The stack-level calls that libraries and the C API are written against: methods of [`State`] that do what the `lua_`
//! function of the same meaning does (§4), with failures as values.
//!
//! Reading order: this file (how an index names a value), `stack`, `access`, `push`, `get`, `set`, `call`, `load`,
//! `upvalue`, `misc`.
//!
//! Conventions, for every method:
//! * An index is positive from the first argument, negative from the top, or a pseudo-index (§4.3).
//! * What is pushed needs a free slot: 20 are guaranteed to a called function, more with `check_stack_slots` (§4.1).
//! * Byte slices that point into strings live as long as the string is on the stack or reachable otherwise.

pub mod access;
pub mod activation;
pub mod call;
pub mod face;
pub mod get;
pub mod load;
pub mod misc;
pub mod push;
pub mod set;
pub mod stack;
pub mod upvalue;

use crate::edition::REGISTRY_GLOBALS;
pub use crate::edition::REGISTRY_INDEX;
use crate::heap::object::Gc;
use crate::heap::state::{MAX_STACK, Slot, State};
use crate::heap::table::Table;
use crate::value::Value;

/// As a number of results: all (`LUA_MULTRET`).
pub const MULTIPLE: i32 = -1;
/// Most upvalues of a function.
pub const MAX_UPVALUES: i32 = 255;

/// Pseudo-index of upvalue `n`, counted from one, of the running function (§4.2).
#[inline]
pub const fn upvalue_index(n: i32) -> i32 {
    REGISTRY_INDEX - n
}

const _: () = assert!(REGISTRY_INDEX < -(MAX_STACK as i32), "no index of a stack is a pseudo-index");

/// Whether an index names the registry or an upvalue.
#[inline(always)]
pub const fn is_pseudo(i: i32) -> bool {
    i <= REGISTRY_INDEX
}

impl State {
    /// The value at an acceptable index; its tag is `ABSENT` when the index is not valid.
    #[inline(always)]
    #[doc(alias = "index2value")]
    pub fn value_at(self, i: i32) -> Value {
        // By way of `value_on_stack`, the cases would come together before they are told apart again (`lua_getfield`: 6 instructions more).
        if i > 0 {
            let slot = self.argument(i as u32);
            if slot < self.top.get() { slot.get() } else { Value::ABSENT }
        } else if !is_pseudo(i) {
            self.top.get().relative(i).get()
        } else {
            self.pseudo_value_slow(i)
        }
    }

    #[cold]
    #[inline(never)]
    fn pseudo_value_slow(self, i: i32) -> Value {
        self.pseudo_value(i)
    }

    /// The value at an acceptable index, or `missing` when the index is not valid; nothing for pseudo-indices.
    #[inline(always)]
    pub fn value_on_stack(self, i: i32, missing: Value) -> Option<Value> {
        if i > 0 {
            let slot = self.argument(i as u32);
            Some(if slot < self.top.get() { slot.get() } else { missing })
        } else if !is_pseudo(i) {
            Some(self.top.get().relative(i).get())
        } else {
            None
        }
    }

    /// As `value_at`, of a pseudo-index.
    #[inline(always)]
    pub(crate) fn pseudo_value(self, i: i32) -> Value {
        if i == REGISTRY_INDEX {
            return self.global().registry.get();
        }
        let n = (REGISTRY_INDEX - i) as usize;
        match self.func().get().as_c_closure() {
            Some(f) => f.upvalues().get(n - 1).map_or(Value::ABSENT, |v| v.get()),
            None => Value::ABSENT,
        }
    }

    /// The stack slot at a valid index that is not a pseudo-index.
    #[inline(always)]
    #[doc(alias = "index2stack")]
    pub fn slot_at(self, i: i32) -> Slot {
        debug_assert!(!is_pseudo(i));
        if i > 0 { self.argument(i as u32) } else { self.top.get().relative(i) }
    }

    /// The table at an index where the caller knows one to be.
    #[inline]
    pub(crate) fn table_at(self, i: i32) -> Gc<Table> {
        self.value_at(i).as_table().expect("a table at this index")
    }

    /// The table of globals, as the registry has it.
    #[inline]
    pub(crate) fn globals(self) -> Value {
        self.global().registry_table().get_integer(REGISTRY_GLOBALS)
    }
}
