//! Checks of arguments (§5.1).

use crate::heap::state::State;
use crate::throw::{Result, Throw};
use crate::value::Type;
use crate::value::format::NumberText;
use crate::vm::auxiliary::Buffer;

impl State {
    #[cold]
    fn tag_error(self, arg: i32, expected: Type) -> Throw {
        self.type_error(arg, expected.name())
    }

    /// An argument error unless the condition holds. `luaL_argcheck`.
    #[inline]
    pub fn arg_check(self, holds: bool, arg: i32, message: &str) -> Result {
        if holds { Ok(()) } else { Err(self.arg_error(arg, message)) }
    }

    /// The argument as an integer. `luaL_checkinteger`.
    #[inline]
    pub fn check_integer(self, arg: i32) -> Result<i64> {
        match self.to_integer(arg) {
            Some(i) => Ok(i),
            None => Err(self.integer_error(arg)),
        }
    }

    #[cold]
    fn integer_error(self, arg: i32) -> Throw {
        if self.is_number(arg) {
            self.arg_error(arg, "number has no integer representation")
        } else {
            self.tag_error(arg, Type::Number)
        }
    }

    /// As `check_integer`, with a default for nil and for no argument.
    #[inline]
    pub fn opt_integer(self, arg: i32, default: i64) -> Result<i64> {
        if self.is_none_or_nil(arg) { Ok(default) } else { self.check_integer(arg) }
    }

    /// The argument as a float. `luaL_checknumber`.
    #[inline]
    pub fn check_number(self, arg: i32) -> Result<f64> {
        match self.to_number(arg) {
            Some(n) => Ok(n),
            None => Err(self.tag_error(arg, Type::Number)),
        }
    }

    /// As `check_number`, with a default for nil and for no argument.
    #[inline]
    pub fn opt_number(self, arg: i32, default: f64) -> Result<f64> {
        if self.is_none_or_nil(arg) { Ok(default) } else { self.check_number(arg) }
    }

    /// The argument as a text; a number is converted in its place. `luaL_checklstring`.
    ///
    /// May: raise, collect (numbers only).
    #[inline]
    pub fn check_bytes(self, arg: i32) -> Result<&'static [u8]> {
        match self.to_bytes(arg)? {
            Some(text) => Ok(text),
            None => Err(self.tag_error(arg, Type::String)),
        }
    }

    /// As `check_bytes`, with a default for nil and for no argument.
    #[inline]
    pub fn opt_bytes(self, arg: i32, default: Option<&'static [u8]>) -> Result<Option<&'static [u8]>> {
        if self.is_none_or_nil(arg) { Ok(default) } else { self.check_bytes(arg).map(Some) }
    }

    /// An error unless the argument has this type. `luaL_checktype`.
    #[inline]
    pub fn check_type(self, arg: i32, expected: Type) -> Result {
        if self.type_at(arg) == expected { Ok(()) } else { Err(self.tag_error(arg, expected)) }
    }

    /// An error unless there is an argument, nil or not. `luaL_checkany`.
    #[inline]
    pub fn check_any(self, arg: i32) -> Result {
        if self.is_none(arg) { Err(self.arg_error(arg, "value expected")) } else { Ok(()) }
    }

    /// The position in `options` of the argument, a string; `default` stands for nil and no argument. `luaL_checkoption`.
    pub fn check_option(self, arg: i32, default: Option<&'static str>, options: &[&str]) -> Result<usize> {
        let name = match default {
            Some(default) if self.is_none_or_nil(arg) => default.as_bytes(),
            _ => c_text(self.check_bytes(arg)?),
        };
        match options.iter().position(|option| option.as_bytes() == name) {
            Some(i) => Ok(i),
            None => Err(self.option_error(arg, name)),
        }
    }

    /// The error of `check_option` for a text that is no option.
    #[cold]
    pub(crate) fn option_error(self, arg: i32, name: &[u8]) -> Throw {
        let mut text = Buffer::new(self);
        // The message is on the stack, not in a buffer, while a message handler runs.
        match text.add_all(&[b"invalid option '", name, b"'"]).and_then(|()| self.push_buffer(text)) {
            Ok(()) => self.arg_error_bytes(arg, self.string_at(-1).bytes()),
            Err(t) => t,
        }
    }

    /// Makes room for `n` more values, or raises "stack overflow (message)". `luaL_checkstack`.
    ///
    /// May: raise, collect (emergency only), move the stack.
    pub fn check_stack(self, n: i32, message: &str) -> Result {
        self.check_stack_bytes(n, Some(message.as_bytes()))
    }

    /// As `check_stack`; the message may be missing.
    #[inline]
    pub fn check_stack_bytes(self, n: i32, message: Option<&[u8]>) -> Result {
        if self.check_stack_slots(n) { Ok(()) } else { Err(self.no_stack(message)) }
    }

    #[cold]
    fn no_stack(self, message: Option<&[u8]>) -> Throw {
        let Some(message) = message else { return self.error_fmt(format_args!("stack overflow")) };
        let mut text = Buffer::new(self);
        match text.add_all(&[b"stack overflow (", message, b")"]) {
            Ok(()) => self.error_bytes(&text),
            Err(t) => t,
        }
    }

    /// The error of a host that was compiled for another version.
    pub(crate) fn version_error(self, wanted: f64, here: f64) -> Throw {
        let mut text = Buffer::new(self);
        let (wanted, here) = (NumberText::float(wanted), NumberText::float(here));
        let parts = [b"version mismatch: app. needs ", wanted.as_bytes(), b", Lua core provides ", here.as_bytes()];
        match text.add_all(&parts).and_then(|()| self.push_buffer(text)) {
            Ok(()) => self.error_bytes(self.string_at(-1).bytes()),
            Err(t) => t,
        }
    }
}

/// A text as C sees it: up to its first NUL.
pub fn c_text(text: &[u8]) -> &[u8] {
    text.iter().position(|b| *b == 0).map_or(text, |end| &text[..end])
}
