//! From the stack to Lua: table assignment, metatables, user values.

use crate::gc;
use crate::heap::link;
use crate::heap::names::Name;
use crate::heap::object::Gc;
use crate::heap::state::State;
use crate::heap::string::Str;
use crate::throw::{Result, Throw};
use crate::value::{Tag, Value};
use crate::vm::{error, index, shared};
use core::ffi::c_void;

impl State {
    /// `object[key] = value`, with metamethods; key and value are reachable.
    #[inline]
    fn assign(self, object: Value, key: Value, value: Value) -> Result {
        // A shared table has no places.
        if let Some(t) = object.as_table()
            && let Some(place) = t.find_here(key)
            && !place.get().is_nil()
            && t.is_writable()
        {
            place.set(value);
            gc::barrier_back(self.global(), t, value);
            return Ok(());
        }
        index::set(self, object, key, value)
    }

    /// Pops a value and makes it the global with this name. May: raise, collect, move the stack.
    pub fn set_global(self, name: &str) -> Result {
        self.set_global_bytes(name.as_bytes())
    }

    /// As `set_global`.
    pub fn set_global_bytes(self, name: &[u8]) -> Result {
        self.set_global_key(link::name(self.global(), name)?)
    }

    /// As `set_global`.
    pub fn set_global_key(self, name: Gc<Str>) -> Result {
        self.assign_field(self.globals(), name)
    }

    /// Pops a value and does `object[key] = value`, with metamethods. `lua_setfield`.
    ///
    /// May: raise, collect, move the stack.
    #[inline]
    pub fn set_field(self, i: i32, key: &str) -> Result {
        self.set_field_bytes(i, key.as_bytes())
    }

    /// As `set_field`.
    pub fn set_field_bytes(self, i: i32, key: &[u8]) -> Result {
        self.set_field_key(i, link::name(self.global(), key)?)
    }

    /// As `set_field`.
    pub fn set_field_key(self, i: i32, key: Gc<Str>) -> Result {
        self.assign_field(self.value_at(i), key)
    }

    #[inline(always)]
    fn assign_field(self, object: Value, key: Gc<Str>) -> Result {
        let value = self.from_top(1).get();
        if let Some(t) = object.as_table()
            && key.is_short()
        {
            if let Some(place) = t.find_short_str(key)
                && !place.get().is_nil()
                && t.is_writable()
            {
                place.set(value);
                gc::barrier_back(self.global(), t, value);
                self.pop(1);
                return Ok(());
            }
            if index::try_add(self, t, key.into(), value) {
                self.pop(1);
                return Ok(());
            }
        }
        self.assign_field_slow(object, key, value)
    }

    #[inline(never)]
    fn assign_field_slow(self, object: Value, key: Gc<Str>, value: Value) -> Result {
        // The key must be reachable while a metamethod runs.
        self.push(key);
        index::set_further(self, object, key.into(), value)?;
        self.pop(2);
        Ok(())
    }

    /// Pops a key and a value (on top) and does `object[key] = value`, with metamethods. `lua_settable`.
    ///
    /// May: raise, collect, move the stack.
    #[inline]
    pub fn set_table(self, i: i32) -> Result {
        let object = self.value_at(i);
        self.assign(object, self.from_top(2).get(), self.from_top(1).get())?;
        self.pop(2);
        Ok(())
    }

    /// Pops a value and does `object[n] = value`, with metamethods. `lua_seti`.
    ///
    /// May: raise, collect, move the stack.
    #[inline]
    pub fn set_i(self, i: i32, n: i64) -> Result {
        let object = self.value_at(i);
        if let Some(t) = object.as_table()
            && let Some(place) = t.find_integer(n)
            && !place.get().is_nil()
            && t.is_writable()
        {
            let value = self.from_top(1).get();
            place.set(value);
            gc::barrier_back(self.global(), t, value);
            self.pop(1);
            return Ok(());
        }
        self.set_i_slow(object, n)
    }

    #[inline(never)]
    fn set_i_slow(self, object: Value, n: i64) -> Result {
        self.assign(object, Value::integer(n), self.from_top(1).get())?;
        self.pop(1);
        Ok(())
    }

    /// The raw `table[key] = value` with barriers.
    #[inline(never)]
    fn raw_assign(self, i: i32, key: Value, value: Value) -> Result {
        let t = self.table_at(i);
        if t.header.is_shared() {
            return Err(shared::raw_write_error(self));
        }
        index::raw_set(self, t, key, value)
    }

    /// Pops a key and a value (on top) and does the raw `table[key] = value`.
    ///
    /// May: raise (key, memory), collect (emergency only).
    #[inline]
    pub fn raw_set(self, i: i32) -> Result {
        let (key, value) = (self.from_top(2).get(), self.from_top(1).get());
        let t = self.table_at(i);
        // A shared table has no places.
        if let Some(place) = t.find_here(key)
            && !place.get().is_nil()
            && t.is_writable()
        {
            place.set(value);
            gc::barrier_back(self.global(), t, value);
        } else {
            self.raw_assign(i, key, value)?;
        }
        self.pop(2);
        Ok(())
    }

    /// Pops a value and does the raw `table[n] = value`. May: raise (memory), collect (emergency only).
    #[inline(always)]
    pub fn raw_set_i(self, i: i32, n: i64) -> Result {
        let t = self.table_at(i);
        // A shared table has no places.
        if let Some(place) = t.find_integer(n) {
            let value = self.from_top(1).get();
            place.set(value);
            gc::barrier_back(self.global(), t, value);
            self.pop(1);
            return Ok(());
        }
        self.raw_set_i_slow(i, n)
    }

    #[inline(never)]
    fn raw_set_i_slow(self, i: i32, n: i64) -> Result {
        self.raw_assign(i, Value::integer(n), self.from_top(1).get())?;
        self.pop(1);
        Ok(())
    }

    /// Pops a value and does the raw `table[p] = value`, the key being a light userdata.
    ///
    /// May: raise (memory), collect (emergency only).
    pub fn raw_set_p(self, i: i32, p: *const c_void) -> Result {
        self.raw_assign(i, Value::light_userdata(p.cast_mut()), self.from_top(1).get())?;
        self.pop(1);
        Ok(())
    }

    /// Pops a table or nil and makes it the metatable of the value: its own, or that of its type. `lua_setmetatable`.
    ///
    /// May: raise (shared tables, memory).
    #[inline]
    pub fn set_metatable(self, i: i32) -> Result {
        let (v, metatable) = (self.value_at(i), self.from_top(1).get());
        // The usual: one that is no table of the process, without finalizers, for an object of this VM that is not visited yet.
        if let Some(object) = v.object()
            && !object.is_shared()
            && !object.is_black()
            && metatable.as_table().is_none_or(|m| !m.header.is_shared() && gc::is_without_finalizer(m))
        {
            let metatable = metatable.as_table();
            let is_set = if let Some(t) = v.as_table() {
                t.metatable.set(metatable);
                true
            } else if let Some(u) = v.as_userdata() {
                u.metatable.set(metatable);
                true
            } else {
                false
            };
            if is_set {
                self.pop(1);
                return Ok(());
            }
        }
        self.set_metatable_slow(i)
    }

    #[inline(never)]
    fn set_metatable_slow(self, i: i32) -> Result {
        let v = self.value_at(i);
        let metatable = self.from_top(1).get().as_table();
        match v.tag {
            Tag::TABLE | Tag::USERDATA => {
                let object = v.object().expect("a collectable value");
                if object.is_shared() {
                    return Err(error::run_error(self, format_args!("can't setmetatable to shared table")));
                }
                if let Some(m) = metatable {
                    if m.header.is_shared() {
                        shared::prepare_metatable(self, m)?;
                    }
                    if !gc::is_without_finalizer(m) {
                        gc::check_finalizer(self, object, m)?;
                    }
                    gc::barrier_object(self.global(), object, m);
                }
                if let Some(t) = v.as_table() {
                    t.metatable.set(metatable);
                } else if let Some(u) = v.as_userdata() {
                    u.metatable.set(metatable);
                }
            }
            _ => {
                if let Some(m) = metatable
                    && m.header.is_shared()
                {
                    shared::prepare_metatable(self, m)?;
                }
                self.global().metatables[v.type_of() as usize].set(metatable);
            }
        }
        self.pop(1);
        Ok(())
    }

    /// Pops a value and makes it user value `n`, counted from one, of a full userdata; false when it has no such.
    pub fn set_user_value(self, i: i32, n: i32) -> bool {
        let u = self.value_at(i).as_userdata().expect("a full userdata at this index");
        let v = self.from_top(1).get();
        let place = usize::try_from(n).ok().and_then(|n| u.user_values().get(n.wrapping_sub(1)));
        if let Some(place) = place {
            place.set(v);
            gc::barrier_back(self.global(), u, v);
        }
        self.pop(1);
        place.is_some()
    }

    /// Raises the error with the value on top. The text of memory errors raises one of them, which no handler sees.
    ///
    /// May: run code (the message handler), collect, move the stack.
    pub fn error(self) -> Throw {
        if self.from_top(1).get().as_string() == Some(Name::NOT_ENOUGH_MEMORY.get()) {
            self.pop(1);
            return Throw::Memory;
        }
        error::handle(self)
    }
}
