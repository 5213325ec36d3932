//! Tables of functions, subtables, modules.

use crate::heap::function::Native;
use crate::heap::names::Name;
use crate::heap::state::State;
use crate::throw::Result;
use crate::value::{Type, Value};
use crate::vm::api::REGISTRY_INDEX;

impl State {
    /// Pushes a table with these functions under their names. `luaL_newlib`.
    ///
    /// May: raise (memory), collect.
    pub fn new_lib(self, natives: &[&'static Native]) -> Result {
        self.create_table(0, natives.len())?;
        self.set_natives(natives)
    }

    /// Adds functions, under their names, to the table on top. `luaL_setfuncs`.
    ///
    /// May: raise (memory), collect.
    pub fn set_natives(self, natives: &[&'static Native]) -> Result {
        natives.iter().try_for_each(|native| {
            self.push_native(native);
            self.set_field(-2, native.name)
        })
    }

    /// Pushes `value[name]`, making it a new table if it is none; whether it was there. `luaL_getsubtable`.
    ///
    /// May: raise, collect, move the stack.
    pub fn get_subtable(self, i: i32, name: &str) -> Result<bool> {
        self.get_subtable_bytes(i, name.as_bytes())
    }

    /// As `get_subtable`.
    pub fn get_subtable_bytes(self, i: i32, name: &[u8]) -> Result<bool> {
        if self.get_field_bytes(i, name)? == Type::Table {
            return Ok(true);
        }
        self.pop(1);
        let i = self.abs_index(i);
        self.create_table(0, 0)?;
        self.push_index(-1);
        self.set_field_bytes(i, name)?;
        Ok(false)
    }

    /// Pushes the module with this name, opening it with `opener(name)` if it is not loaded yet; with `global`, also
    /// makes it a global. `luaL_requiref`.
    ///
    /// May: raise, collect, move the stack.
    pub fn requiref(self, name: &[u8], opener: Value, global: bool) -> Result {
        self.get_subtable(REGISTRY_INDEX, Name::LOADED.text())?;
        self.get_field_bytes(-1, name)?;
        if !self.to_boolean(-1) {
            self.pop(1);
            self.push(opener);
            self.push_bytes(name)?;
            self.call(1, 1)?;
            self.push_index(-1);
            self.set_field_bytes(-3, name)?;
        }
        self.remove(-2);
        if global {
            self.push_index(-1);
            self.set_global_bytes(name)?;
        }
        Ok(())
    }
}
