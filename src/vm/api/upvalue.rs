//! Upvalues of functions, as the debug interface names them: by position, counted from one.

use crate::gc;
use crate::heap::function::{CClosure, LuaClosure, UpVal};
use crate::heap::object::Gc;
use crate::heap::state::State;
use core::ffi::{c_char, c_void};
use core::ptr::{self, NonNull};

/// The name of an upvalue, a C string: a `CStr` would have its length counted, which hosts do not ask for.
pub type UpvalueName = NonNull<c_char>;

/// One upvalue of a function.
enum Upvalue {
    Lua(Gc<LuaClosure>, usize),
    C(Gc<CClosure>, usize),
}

impl Upvalue {
    #[inline(always)]
    fn name(&self) -> UpvalueName {
        let name = match self {
            Upvalue::C(..) => c"".as_ptr(),
            Upvalue::Lua(f, i) => match f.proto.get().upvalues()[*i].name {
                // The prototype keeps it.
                Some(name) => name.data().cast(),
                None => c"(no name)".as_ptr(),
            },
        };
        // SAFETY: the address of a text.
        unsafe { NonNull::new_unchecked(name.cast_mut()) }
    }
}

impl State {
    #[inline(always)]
    fn find_upvalue(self, i: i32, n: i32) -> Option<Upvalue> {
        let f = self.value_at(i);
        let n = usize::try_from(n).ok()?.checked_sub(1)?;
        if let Some(f) = f.as_lua_closure() {
            (n < f.upvalue_count()).then_some(Upvalue::Lua(f, n))
        } else {
            f.as_c_closure().filter(|f| n < f.upvalue_count()).map(|f| Upvalue::C(f, n))
        }
    }

    /// Pushes upvalue `n` of the function at an index and gives its name ("" for C functions, "(no name)" without debug
    /// information); nothing when there is no such upvalue. `lua_getupvalue`.
    #[inline]
    pub fn get_upvalue(self, i: i32, n: i32) -> Option<UpvalueName> {
        let upvalue = self.find_upvalue(i, n)?;
        self.push(match &upvalue {
            Upvalue::Lua(f, i) => f.upvalue(*i).get(),
            Upvalue::C(f, i) => f.upvalues()[*i].get(),
        });
        Some(upvalue.name())
    }

    /// Pops a value and assigns it to upvalue `n` of the function at an index, and gives the name; does nothing when
    /// there is no such upvalue. `lua_setupvalue`.
    #[inline]
    pub fn set_upvalue(self, i: i32, n: i32) -> Option<UpvalueName> {
        let upvalue = self.find_upvalue(i, n)?;
        let v = self.from_top(1).get();
        self.pop(1);
        match &upvalue {
            Upvalue::Lua(f, i) => {
                let u = f.upvalue(*i);
                u.set(v);
                gc::barrier(self.global(), u, v);
            }
            Upvalue::C(f, i) => {
                f.upvalues()[*i].set(v);
                gc::barrier(self.global(), *f, v);
            }
        }
        Some(upvalue.name())
    }

    /// An address that two functions have in common exactly when they share this upvalue; null where there is none.
    pub fn upvalue_id(self, i: i32, n: i32) -> *mut c_void {
        match self.find_upvalue(i, n) {
            Some(Upvalue::Lua(f, i)) => f.upvalue(i).as_ptr().cast(),
            Some(Upvalue::C(f, i)) => f.upvalues()[i].as_ptr().cast(),
            None => ptr::null_mut(),
        }
    }

    fn lua_upvalue(self, i: i32, n: i32) -> Option<(Gc<LuaClosure>, usize, Gc<UpVal>)> {
        match self.find_upvalue(i, n)? {
            Upvalue::Lua(f, i) => Some((f, i, f.upvalue(i))),
            Upvalue::C(..) => None,
        }
    }

    /// Makes upvalue `n1` of one Lua function refer to upvalue `n2` of another. Both must exist.
    pub fn upvalue_join(self, i1: i32, n1: i32, i2: i32, n2: i32) {
        if let (Some((f, i, _)), Some((_, _, other))) = (self.lua_upvalue(i1, n1), self.lua_upvalue(i2, n2)) {
            f.upvalues()[i].set(Some(other));
            gc::barrier_object(self.global(), f, other);
        }
    }
}
