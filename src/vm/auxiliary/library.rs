//! Tables of functions, subtables, modules.

use crate::heap::function::Native;
use crate::heap::link;
use crate::heap::names::Name;
use crate::heap::object::Gc;
use crate::heap::state::State;
use crate::heap::string::Str;
use crate::heap::table::Pattern;
use crate::throw::Result;
use crate::value::{Type, Value};
use crate::vm::api::REGISTRY_INDEX;
use core::ptr;
use core::sync::atomic::{AtomicPtr, Ordering};

/// Fields that a table of a library has in every state, kept by the process once a state has made them.
///
/// An atomic pointer and not the standard library's `OnceLock`, whose orders ThreadSanitizer does not see.
pub struct Fields(AtomicPtr<Pattern>);

impl Fields {
    pub const fn new() -> Fields {
        Fields(AtomicPtr::new(ptr::null_mut()))
    }

    fn get(&self) -> Option<&'static Pattern> {
        // SAFETY: null, or what `keep` has left, which is never changed nor freed.
        unsafe { self.0.load(Ordering::Acquire).as_ref() }
    }

    /// Keeps a pattern for ever, unless another thread's is there by now, with the same contents; gives the one that is kept.
    fn keep(&self, pattern: Pattern) -> &'static Pattern {
        let new = Box::into_raw(Box::new(pattern));
        match self.0.compare_exchange(ptr::null_mut(), new, Ordering::AcqRel, Ordering::Acquire) {
            // SAFETY: made here, and never changed nor freed from now on.
            Ok(_) => unsafe { &*new },
            Err(kept) => {
                // SAFETY: made here, and nobody else has seen it.
                drop(unsafe { Box::from_raw(new) });
                // SAFETY: as in `get`.
                unsafe { &*kept }
            }
        }
    }
}

impl State {
    /// Pushes a table with the fields that `set` gives it; there are `n`. As `set_fields`.
    ///
    /// May: raise (memory), collect.
    pub fn new_lib(self, fields: &'static Fields, n: usize, set: impl FnOnce() -> Result) -> Result {
        self.create_table(0, 0)?;
        self.set_fields(fields, n, set)
    }

    /// Gives the table on top its `n` fields, which `set` stores there: in the first state of the process. Later ones borrow what came of it until they
    /// change it, if they begin with an empty table. So the fields have to be the same in every state: under names (`heap::names`), standard functions,
    /// numbers and names.
    ///
    /// May: raise (memory), collect.
    pub fn set_fields(self, fields: &'static Fields, n: usize, set: impl FnOnce() -> Result) -> Result {
        let t = self.table_at(-1);
        if !t.is_bare() || t.metatable.get().is_some() {
            return set();
        }
        if let Some(pattern) = fields.get() {
            t.borrow_pattern(self.global(), pattern);
            return Ok(());
        }
        t.resize(self.global(), 0, n)?;
        set()?;
        let pattern = t.pattern();
        debug_assert!(pattern.is_some(), "fields that are not the same in every state");
        if let Some(pattern) = pattern {
            t.borrow_pattern(self.global(), fields.keep(pattern));
        }
        Ok(())
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
        self.get_subtable_key(i, link::name(self.global(), name)?)
    }

    /// As `get_subtable`.
    #[inline]
    pub fn get_subtable_key(self, i: i32, name: Gc<Str>) -> Result<bool> {
        // While a metamethod runs the name is on the stack; nothing is allocated between that and the place where it is pushed again.
        if self.get_field_key(i, name)? == Type::Table { Ok(true) } else { self.make_subtable(i, name) }
    }

    /// As `get_subtable`, where there is none; what is there instead is on top.
    #[inline(never)]
    fn make_subtable(self, i: i32, name: Gc<Str>) -> Result<bool> {
        self.pop(1);
        let i = self.abs_index(i);
        // The name stays on the stack while the table is made.
        self.push(name);
        self.create_table(0, 0)?;
        self.push_index(-1);
        self.set_field_key(i, name)?;
        self.remove(-2);
        Ok(false)
    }

    /// Pushes the module with this name, opening it with `opener(name)` if it is not loaded yet; with `global`, also
    /// makes it a global. `luaL_requiref`.
    ///
    /// May: raise, collect, move the stack.
    pub fn requiref(self, name: &[u8], opener: Value, global: bool) -> Result {
        self.requiref_key(link::name(self.global(), name)?, opener, global)
    }

    /// As `requiref`.
    pub fn requiref_key(self, name: Gc<Str>, opener: Value, global: bool) -> Result {
        // While it is opened, nothing else may refer to the name.
        self.push(name);
        self.get_subtable_key(REGISTRY_INDEX, Name::LOADED.get())?;
        self.get_field_key(-1, name)?;
        if !self.to_boolean(-1) {
            self.pop(1);
            self.push(opener);
            self.push(name);
            self.call(1, 1)?;
            self.push_index(-1);
            self.set_field_key(-3, name)?;
        }
        if global {
            self.push_index(-1);
            self.set_global_key(name)?;
        }
        self.replace(-3);
        self.pop(1);
        Ok(())
    }
}
