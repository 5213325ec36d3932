//! From Lua to the stack: table access, metatables, user values, new objects.

use crate::edition::LUA_5_5;
use crate::gc;
use crate::heap::link;
use crate::heap::object::Gc;
use crate::heap::state::State;
use crate::heap::string::{self, Str};
use crate::heap::table::Table;
use crate::heap::userdata::Userdata;
use crate::throw::Result;
use crate::value::{Tag, Type, Value};
use crate::vm::call::Mode;
use crate::vm::error::{self, Operand};
use crate::vm::{index, meta, shared};
use core::ffi::c_void;

/// Entries that 5.5 grants a new table at most, apart from those of its array part.
const MAX_RECORDS: usize = 1 << 30;

impl State {
    /// Pushes a table's raw answer, nil for all kinds of nothing.
    #[inline]
    fn push_found(self, v: Value) -> Type {
        let v = if v.is_nil() { Value::NIL } else { v };
        self.push(v);
        v.type_of()
    }

    /// `object[key]` pushed, with metamethods.
    #[inline(always)]
    fn push_field(self, object: Value, key: Gc<Str>) -> Result<Type> {
        if let Some(t) = object.as_table() {
            let v = t.get_str(key);
            if !v.is_nil() {
                self.push(v);
                return Ok(v.type_of());
            }
        }
        self.push_indexed_slow(object, key.into())
    }

    /// `object[key]` pushed where there is no such field, or no table. The key is kept on the stack meanwhile.
    #[inline(never)]
    fn push_indexed_slow(self, object: Value, key: Value) -> Result<Type> {
        if key.tag == Tag::SHORT_STRING {
            // SAFETY: the tag says so.
            let name: Gc<Str> = unsafe { key.object_as() };
            if let Some(t) = object.as_table() {
                let v = index::inherited(t, name);
                if v.tag != Tag::ABSENT {
                    return Ok(self.push_found(v));
                }
            } else if object.is_string() {
                let method = meta::string_method(self.global(), name);
                if !method.is_nil() {
                    return Ok(self.push_found(method));
                }
            }
        }
        self.push(key);
        let v = index::get_slow(self, object, key, Operand::Unnamed, Mode::Nested)?.expect("nested calls give a value");
        self.from_top(1).set(if v.is_nil() { Value::NIL } else { v });
        Ok(v.type_of())
    }

    /// Pushes the global with this name. May: raise, collect, move the stack.
    #[inline]
    pub fn get_global(self, name: &str) -> Result<Type> {
        self.get_global_bytes(name.as_bytes())
    }

    /// As `get_global`.
    pub fn get_global_bytes(self, name: &[u8]) -> Result<Type> {
        self.get_global_key(link::name(self.global(), name)?)
    }

    /// As `get_global`.
    #[inline]
    pub fn get_global_key(self, name: Gc<Str>) -> Result<Type> {
        self.push_field(self.globals(), name)
    }

    /// Pushes `value[key]`, with metamethods. `lua_getfield`.
    ///
    /// May: raise, collect, move the stack.
    #[inline]
    pub fn get_field(self, i: i32, key: &str) -> Result<Type> {
        self.get_field_bytes(i, key.as_bytes())
    }

    /// As `get_field`.
    pub fn get_field_bytes(self, i: i32, key: &[u8]) -> Result<Type> {
        self.get_field_key(i, link::name(self.global(), key)?)
    }

    /// As `get_field`.
    #[inline]
    pub fn get_field_key(self, i: i32, key: Gc<Str>) -> Result<Type> {
        self.push_field(self.value_at(i), key)
    }

    /// Replaces the key on top by `value[key]`, with metamethods. `lua_gettable`.
    ///
    /// May: raise, collect, move the stack.
    #[inline]
    pub fn get_table(self, i: i32) -> Result<Type> {
        let object = self.value_at(i);
        let key = self.from_top(1).get();
        let v = match object.as_table().map(|t| t.get_here(key)) {
            Some(v) if !v.is_nil() => v,
            _ => index::get(self, object, key)?,
        };
        self.from_top(1).set(if v.is_nil() { Value::NIL } else { v });
        Ok(v.type_of())
    }

    /// Pushes `value[n]`, with metamethods. `lua_geti`.
    ///
    /// May: raise, collect, move the stack.
    #[inline(always)]
    pub fn get_i(self, i: i32, n: i64) -> Result<Type> {
        let object = self.value_at(i);
        if let Some(t) = object.as_table() {
            let v = t.get_integer(n);
            if !v.is_nil() {
                self.push(v);
                return Ok(v.type_of());
            }
        }
        self.push_indexed_slow(object, Value::integer(n))
    }

    /// What a table has for a key, without metamethods. A failure or a collection can only come of a shared table.
    ///
    /// May: raise (memory, not shared), collect (emergency only).
    #[inline(always)]
    fn raw_field(self, t: Gc<Table>, key: Value) -> Result<Value> {
        let v = t.get_here(key);
        if v.is_nil() && t.header.is_shared() { shared::get(self, t, key) } else { Ok(v) }
    }

    /// Replaces the key on top by the raw `table[key]`. May: as `raw_field`.
    #[inline]
    pub fn raw_get(self, i: i32) -> Result<Type> {
        let slot = self.from_top(1);
        let v = self.raw_field(self.table_at(i), slot.get())?;
        slot.set(if v.is_nil() { Value::NIL } else { v });
        Ok(v.type_of())
    }

    /// Pushes the raw `table[n]`. May: as `raw_field`.
    #[inline(always)]
    pub fn raw_get_i(self, i: i32, n: i64) -> Result<Type> {
        let t = self.table_at(i);
        let v = t.get_integer(n);
        if v.is_nil() {
            return self.raw_get_i_slow(t, n);
        }
        self.push(v);
        Ok(v.type_of())
    }

    #[inline(never)]
    fn raw_get_i_slow(self, t: Gc<Table>, n: i64) -> Result<Type> {
        let v = if t.header.is_shared() { shared::get(self, t, Value::integer(n))? } else { Value::NIL };
        Ok(self.push_found(v))
    }

    /// Pushes the raw `table[p]`, the key being a light userdata. May: as `raw_field`.
    pub fn raw_get_p(self, i: i32, p: *const c_void) -> Result<Type> {
        let v = self.raw_field(self.table_at(i), Value::light_userdata(p.cast_mut()))?;
        Ok(self.push_found(v))
    }

    /// Pushes the raw `table[key]`. May: raise (memory; as `raw_field`), collect (emergency only).
    pub fn raw_get_field(self, i: i32, key: &str) -> Result<Type> {
        let t = self.table_at(i);
        let key = string::new(self.global(), key.as_bytes())?;
        let v = self.raw_field(t, key.into())?;
        Ok(self.push_found(v))
    }

    /// Pushes a new table with room for `array` elements and `records` other keys.
    ///
    /// May: raise (memory), collect.
    pub fn create_table(self, array: usize, records: usize) -> Result {
        if LUA_5_5 && records > MAX_RECORDS {
            return Err(error::run_error(self, format_args!("table overflow")));
        }
        let t = Gc::<Table>::new(self.global())?;
        self.push(t);
        if array > 0 || records > 0 {
            t.resize(self.global(), array, records)?;
        }
        gc::check(self);
        Ok(())
    }

    /// Pushes a new full userdata with a block of `size` bytes, which is returned, and user values, all nil.
    ///
    /// May: raise (memory), collect.
    pub fn new_userdata(self, size: usize, user_values: u16) -> Result<*mut u8> {
        let u = Userdata::new(self.global(), size, user_values)?;
        self.push(u);
        gc::check(self);
        Ok(u.data())
    }

    /// The metatable of a value, its own or that of its type.
    #[inline]
    pub fn metatable_at(self, i: i32) -> Option<Gc<Table>> {
        let v = self.value_at(i);
        if let Some(t) = v.as_table() {
            t.metatable.get()
        } else if let Some(u) = v.as_userdata() {
            u.metatable.get()
        } else {
            self.global().metatables[v.type_of() as usize].get()
        }
    }

    /// Pushes the metatable, if there is one.
    pub fn get_metatable(self, i: i32) -> bool {
        match self.metatable_at(i) {
            Some(t) => {
                self.push(t);
                true
            }
            None => false,
        }
    }

    /// Pushes user value `n`, counted from one, of a full userdata; nil, and no type, where there is none.
    /// `lua_getiuservalue`.
    pub fn get_user_value(self, i: i32, n: i32) -> Option<Type> {
        let u = self.value_at(i).as_userdata().expect("a full userdata at this index");
        let v = usize::try_from(n).ok().and_then(|n| u.user_values().get(n.wrapping_sub(1))).map(|v| v.get());
        self.push(v.unwrap_or(Value::NIL));
        v.map(Value::type_of)
    }

    /// The string object at an index where the caller knows a string to be.
    #[inline]
    pub(crate) fn string_at(self, i: i32) -> Gc<Str> {
        self.value_at(i).as_string().expect("a string at this index")
    }
}
