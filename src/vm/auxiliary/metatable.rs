//! Metatables of userdata, and fields of metatables (§5.1).

use crate::heap::link;
use crate::heap::names::Name;
use crate::heap::object::Gc;
use crate::heap::state::State;
use crate::heap::string::{self, Str};
use crate::heap::table::Table;
use crate::throw::Result;
use crate::value::Type;
use crate::vm::api::REGISTRY_INDEX;
use crate::vm::shared;
use core::ffi::c_void;
use core::ptr;

impl State {
    /// Pushes a field of the value's metatable; nothing, and the answer nil, when there is none. `luaL_getmetafield`.
    ///
    /// May: raise (memory), collect (emergency only).
    pub fn get_metafield(self, i: i32, event: &str) -> Result<Type> {
        self.get_metafield_bytes(i, event.as_bytes())
    }

    /// As `get_metafield`.
    pub fn get_metafield_bytes(self, i: i32, event: &[u8]) -> Result<Type> {
        let Some(metatable) = self.metatable_at(i) else { return Ok(Type::Nil) };
        self.push_metafield(metatable, string::new(self.global(), event)?)
    }

    /// As `get_metafield`, where the metatable is known.
    pub fn push_metafield(self, metatable: Gc<Table>, key: Gc<Str>) -> Result<Type> {
        let mut field = metatable.get_str(key);
        if field.is_nil() && metatable.header.is_shared() {
            field = shared::get(self, metatable, key.into())?;
        }
        if field.is_nil() {
            return Ok(Type::Nil);
        }
        self.push(field);
        Ok(field.type_of())
    }

    /// Calls a field of the value's metatable with the value and pushes the result; false when there is none.
    /// `luaL_callmeta`.
    ///
    /// May: raise, collect, move the stack.
    pub fn call_meta(self, i: i32, event: &str) -> Result<bool> {
        self.call_meta_bytes(i, event.as_bytes())
    }

    /// As `call_meta`.
    pub fn call_meta_bytes(self, i: i32, event: &[u8]) -> Result<bool> {
        let Some(metatable) = self.metatable_at(i) else { return Ok(false) };
        self.call_meta_key(i, metatable, string::new(self.global(), event)?)
    }

    /// As `call_meta`, where the metatable is known.
    pub fn call_meta_key(self, i: i32, metatable: Gc<Table>, event: Gc<Str>) -> Result<bool> {
        let i = self.abs_index(i);
        if self.push_metafield(metatable, event)? == Type::Nil {
            return Ok(false);
        }
        self.push_index(i);
        self.call(1, 1)?;
        Ok(true)
    }

    /// Pushes the metatable that the registry has under a name, making it if there is none; whether it was made.
    /// `luaL_newmetatable`.
    ///
    /// May: raise, collect.
    pub fn new_metatable(self, name: &str) -> Result<bool> {
        self.new_metatable_bytes(name.as_bytes())
    }

    /// As `new_metatable`.
    pub fn new_metatable_bytes(self, name: &[u8]) -> Result<bool> {
        self.new_metatable_key(link::name(self.global(), name)?)
    }

    /// As `new_metatable`.
    #[inline]
    pub fn new_metatable_key(self, name: Gc<Str>) -> Result<bool> {
        // While a metamethod runs the name is on the stack; nothing is allocated between that and the place where it is pushed again.
        if self.get_field_key(REGISTRY_INDEX, name)? != Type::Nil {
            return Ok(false);
        }
        self.make_metatable(name)
    }

    /// As `new_metatable`, where there is none; nil is on top.
    #[inline(never)]
    fn make_metatable(self, name: Gc<Str>) -> Result<bool> {
        // The name takes the place of the nil and stays there while the table is made.
        self.from_top(1).set(name.into());
        self.create_table(0, 2)?;
        self.push(name);
        self.set_field_key(-2, Name::NAME.get())?;
        self.push_index(-1);
        self.set_field_key(REGISTRY_INDEX, name)?;
        self.remove(-2);
        Ok(true)
    }

    /// Gives the value on top the metatable that the registry has under a name. `luaL_setmetatable`.
    ///
    /// May: raise, collect.
    pub fn set_metatable_name(self, name: &str) -> Result {
        self.set_metatable_name_bytes(name.as_bytes())
    }

    /// As `set_metatable_name`.
    pub fn set_metatable_name_bytes(self, name: &[u8]) -> Result {
        self.set_metatable_key(link::name(self.global(), name)?)
    }

    /// As `set_metatable_name`.
    #[inline]
    pub fn set_metatable_key(self, name: Gc<Str>) -> Result {
        self.get_field_key(REGISTRY_INDEX, name)?;
        self.set_metatable(-2)
    }

    /// The block of a userdata whose metatable is the one with this name; null for anything else. `luaL_testudata`.
    ///
    /// May: raise, collect.
    pub fn test_userdata(self, i: i32, name: &str) -> Result<*mut c_void> {
        self.test_userdata_bytes(i, name.as_bytes())
    }

    /// As `test_userdata`.
    pub fn test_userdata_bytes(self, i: i32, name: &[u8]) -> Result<*mut c_void> {
        Ok(self.test_userdata_key(i, string::new(self.global(), name)?))
    }

    /// As `test_userdata`.
    pub fn test_userdata_key(self, i: i32, name: Gc<Str>) -> *mut c_void {
        let p = self.to_userdata(i);
        match self.metatable_at(i) {
            Some(t) if !p.is_null() && self.global().registry_table().get_str(name).as_table() == Some(t) => p,
            _ => ptr::null_mut(),
        }
    }

    /// As `test_userdata`, with an argument error for anything else. `luaL_checkudata`.
    pub fn check_userdata(self, arg: i32, name: &str) -> Result<*mut c_void> {
        self.check_userdata_bytes(arg, name.as_bytes())
    }

    /// As `check_userdata`.
    pub fn check_userdata_bytes(self, arg: i32, name: &[u8]) -> Result<*mut c_void> {
        let p = self.test_userdata_bytes(arg, name)?;
        if p.is_null() { Err(self.type_error_bytes(arg, name)) } else { Ok(p) }
    }
}
