//! Any value as text, lengths as integers.

use crate::heap::names::Name;
use crate::heap::state::State;
use crate::throw::Result;
use crate::value::Type;
use crate::vm::auxiliary::Buffer;

impl State {
    /// Pushes any value as a readable text, asking `__tostring` and `__name`, and gives that text. `luaL_tolstring`.
    ///
    /// May: raise, collect, move the stack.
    pub fn tolstring(self, i: i32) -> Result<&'static [u8]> {
        let i = self.abs_index(i);
        let metatable = self.metatable_at(i);
        if let Some(metatable) = metatable
            && self.call_meta_key(i, metatable, Name::TOSTRING.get())?
        {
            if !self.is_string(-1) {
                return Err(self.error_fmt(format_args!("'__tostring' must return a string")));
            }
        } else {
            match self.type_at(i) {
                Type::Number | Type::String => self.push_index(i),
                Type::Boolean => self.push_str(if self.to_boolean(i) { "true" } else { "false" })?,
                Type::Nil => self.push_name(Name::NIL),
                other => self.push_identity(i, other)?,
            }
        }
        Ok(self.to_bytes(-1)?.unwrap_or_default())
    }

    /// Pushes "kind: address".
    fn push_identity(self, i: i32, kind: Type) -> Result {
        let named = self.get_metafield(i, "__name")?;
        let mut text = Buffer::new(self);
        if named == Type::String {
            text.extend(self.string_at(-1).bytes())?;
        } else {
            text.extend(kind.name().as_bytes())?;
        }
        text.extend(b": ")?;
        text.add_address(self.to_pointer(i).addr())?;
        self.push_buffer(text)?;
        if named != Type::Nil {
            self.remove(-2);
        }
        Ok(())
    }

    /// The length of a value, with metamethods, which must be an integer. `luaL_len`.
    ///
    /// May: raise, collect, move the stack.
    pub fn len_integer(self, i: i32) -> Result<i64> {
        self.len(i)?;
        match self.to_integer(-1) {
            Some(n) => {
                self.pop(1);
                Ok(n)
            }
            None => Err(self.error_fmt(format_args!("object length is not an integer"))),
        }
    }
}

impl Buffer {
    /// Appends an address as C's `%p` does.
    pub fn add_address(&mut self, address: usize) -> Result {
        let mut text = [0u8; 40];
        let p = core::ptr::without_provenance::<core::ffi::c_void>(address);
        // SAFETY: the buffer has the size given; the format takes one pointer, and prints it only.
        let n = unsafe { libc::snprintf(text.as_mut_ptr().cast(), text.len(), c"%p".as_ptr(), p) };
        self.extend(&text[..n as usize])
    }
}
