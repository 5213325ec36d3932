//! Pushing values.

use super::face;
use crate::gc;
use crate::heap::function::{CClosure, CFunction, Native};
use crate::heap::names::Name;
use crate::heap::object::Gc;
use crate::heap::state::State;
use crate::heap::string::{self, Str};
use crate::throw::Result;
use crate::value::Value;
use crate::vm::auxiliary::Buffer;
use core::ffi::c_void;
use core::fmt;
use core::slice;

impl State {
    #[inline]
    pub fn push_nil(self) {
        self.push(Value::NIL);
    }

    #[inline]
    pub fn push_integer(self, i: i64) {
        self.push(Value::integer(i));
    }

    #[inline]
    pub fn push_number(self, n: f64) {
        self.push(Value::float(n));
    }

    #[inline]
    pub fn push_boolean(self, b: bool) {
        self.push(Value::boolean(b));
    }

    #[inline]
    pub fn push_light_userdata(self, p: *mut c_void) {
        self.push(Value::light_userdata(p));
    }

    /// Pushes a string with this text. May: raise (memory), collect.
    #[inline]
    pub fn push_bytes(self, text: &[u8]) -> Result {
        self.push_string(text).map(drop)
    }

    /// As `push_bytes`; gives the string object.
    pub fn push_string(self, text: &[u8]) -> Result<Gc<Str>> {
        if text.is_empty() {
            let empty = Name::EMPTY.get();
            self.push(empty);
            return Ok(empty);
        }
        Ok(self.push_new_string(string::new(self.global(), text)?))
    }

    /// Pushes a string that was just made, and gives it. May: collect.
    #[inline]
    pub fn push_new_string(self, s: Gc<Str>) -> Gc<Str> {
        self.push(s);
        gc::check(self);
        s
    }

    /// Pushes a string with this text. May: raise (memory), collect.
    #[inline]
    pub fn push_str(self, text: &str) -> Result {
        self.push_bytes(text.as_bytes())
    }

    /// Pushes a string of the process.
    #[inline]
    pub fn push_name(self, name: Name) {
        self.push(name.get());
    }

    /// Pushes a string formatted as Rust does. May: raise (memory), collect.
    pub fn push_fmt(self, args: fmt::Arguments) -> Result {
        if let Some(text) = args.as_str() {
            return self.push_str(text);
        }
        let mut text = Buffer::new(self);
        text.add_fmt(args)?;
        self.push_buffer(text)
    }

    /// Pushes a standard function without upvalues.
    #[inline]
    pub fn push_native(self, native: &'static Native) {
        self.push(Value::native(native));
    }

    /// Pops `n` values (at most 255) and pushes a standard function with them as upvalues.
    ///
    /// May: raise (memory), collect.
    pub fn push_native_closure(self, native: &'static Native, n: usize) -> Result {
        if n == 0 {
            self.push_native(native);
            return Ok(());
        }
        // SAFETY: I2; the slice is read before anything else can run.
        let upvalues = unsafe { slice::from_raw_parts(self.from_top(n).0, n) };
        let f = CClosure::new_native(self.global(), native, upvalues)?;
        self.finish_closure(f, n);
        Ok(())
    }

    /// Pops `n` values (at most 255) and pushes a C function with them as upvalues. `lua_pushcclosure`.
    ///
    /// May: raise (memory), collect (both only with upvalues).
    #[inline(always)]
    pub fn push_c_closure(self, function: CFunction, n: usize) -> Result {
        if n != 0 {
            return self.push_c_closure_over(function, n);
        }
        self.push(match face::native_of(function) {
            Some(native) => Value::native(native),
            None => Value::light_c(function),
        });
        Ok(())
    }

    #[inline(never)]
    fn push_c_closure_over(self, function: CFunction, n: usize) -> Result {
        // SAFETY: as in `push_native_closure`.
        let upvalues = unsafe { slice::from_raw_parts(self.from_top(n).0, n) };
        let f = CClosure::new(self.global(), function, upvalues)?;
        self.finish_closure(f, n);
        Ok(())
    }

    fn finish_closure(self, f: Gc<CClosure>, n: usize) {
        self.top.set(self.from_top(n));
        self.push(f);
        gc::check(self);
    }

    /// Pushes this thread; whether it is the main one.
    pub fn push_thread(self) -> bool {
        self.push(self);
        self.global().main.get() == Some(self)
    }

    /// Pushes the table of globals.
    #[inline]
    pub fn push_globals(self) {
        self.push(self.globals());
    }
}
