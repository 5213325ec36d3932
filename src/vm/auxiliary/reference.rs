//! Integer references to values (§5.1, `luaL_ref`).
//!
//! Freed references form a list: `t[FREE_REFERENCES]` is the first free one or 0, `t[t[FREE_REFERENCES]]` the second, and so on.

use crate::edition::{FREE_REFERENCES, LUA_5_5};
use crate::heap::state::State;
use crate::throw::Result;
use crate::value::Type;

/// The reference of nil (`LUA_REFNIL`).
pub const REF_NIL: i32 = -1;
/// No reference (`LUA_NOREF`).
pub const NO_REF: i32 = -2;

impl State {
    /// Pops a value and stores it in the table under a key that is not in use, which is returned. `luaL_ref`.
    ///
    /// May: raise (memory), collect (emergency only).
    pub fn ref_(self, t: i32) -> Result<i32> {
        if self.is_nil(-1) {
            self.pop(1);
            return Ok(REF_NIL);
        }
        let t = self.abs_index(t);
        let mut reference = 0;
        let has_list = match self.raw_get_i(t, FREE_REFERENCES)? {
            Type::Nil => false,
            Type::Number => true,
            // In the registry of 5.5, `false` keeps the place.
            _ => !LUA_5_5,
        };
        if has_list {
            reference = self.to_integer(-1).unwrap_or(0) as i32;
        } else {
            self.push_integer(0);
            self.raw_set_i(t, FREE_REFERENCES)?;
        }
        self.pop(1);
        if reference != 0 {
            self.raw_get_i(t, reference.into())?;
            self.raw_set_i(t, FREE_REFERENCES)?;
        } else {
            reference = self.raw_len(t) as i32 + 1;
        }
        self.raw_set_i(t, reference.into())?;
        Ok(reference)
    }

    /// Frees a reference; negative ones are ignored. `luaL_unref`.
    ///
    /// May: raise (memory), collect (emergency only).
    pub fn unref(self, t: i32, reference: i32) -> Result {
        if reference < 0 {
            return Ok(());
        }
        let t = self.abs_index(t);
        self.raw_get_i(t, FREE_REFERENCES)?;
        self.raw_set_i(t, reference.into())?;
        self.push_integer(reference.into());
        self.raw_set_i(t, FREE_REFERENCES)
    }
}
