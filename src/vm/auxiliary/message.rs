//! Errors that say where and what (§5.1, `luaL_error`, `luaL_argerror`).

use crate::edition::LUA_5_5;
use crate::heap::names::Name;
use crate::heap::state::{FrameRef, State};
use crate::throw::{Result, Throw};
use crate::value::Type;
use crate::vm::api::REGISTRY_INDEX;
use crate::vm::auxiliary::Buffer;
use crate::vm::auxiliary::check::c_text;
use crate::vm::debug::{self, Kind};
use crate::vm::error;
use crate::vm::text::Text;
use core::fmt;

impl State {
    /// Pushes the position of the function at a call level, as `source:line: `, or an empty string. Level 0 is the running
    /// function, 1 the one that called it. `luaL_where`.
    ///
    /// May: raise (memory), collect.
    pub fn where_(self, level: i32) -> Result {
        let mut text = Text::new(self);
        self.add_position(&mut text, level)?;
        self.push_text(text)
    }

    /// Appends the position that `where_` pushes.
    #[inline]
    pub(crate) fn add_position(self, text: &mut Text, level: i32) -> Result {
        match debug::call_level(self, level).and_then(|frame| self.position_in(frame)) {
            Some((source, line)) => text.add_line(source, line),
            None => Ok(()),
        }
    }

    /// The chunk name of the function of a frame and the line where it is, if that is known.
    pub(crate) fn position_in(self, frame: FrameRef) -> Option<(&'static [u8], i32)> {
        let line = debug::current_line(self, frame);
        if line <= 0 {
            return None;
        }
        let closure = self.slot(frame.func.get()).get().as_lua_closure()?;
        Some((closure.proto.get().source.map_or(b"=?", |s| s.bytes()), line))
    }

    /// Raises a message after the position of the function that called the running one. `luaL_error`.
    pub fn error_fmt(self, message: fmt::Arguments) -> Throw {
        let mut text = Text::new(self);
        match self.add_position(&mut text, 1).and_then(|()| text.add_fmt(message)) {
            Ok(()) => self.raise_text(text),
            Err(t) => t,
        }
    }

    /// As `error_fmt`, for bytes.
    pub fn error_bytes(self, message: &[u8]) -> Throw {
        let mut text = Text::new(self);
        match self.add_position(&mut text, 1).and_then(|()| text.add(message)) {
            Ok(()) => self.raise_text(text),
            Err(t) => t,
        }
    }

    /// Pushes the text as a string. May: raise (memory), collect.
    pub(crate) fn push_text(self, text: Text) -> Result {
        self.push_bytes(text.as_bytes())
    }

    fn raise_text(self, text: Text) -> Throw {
        // The text must be gone before a message handler runs.
        match self.push_text(text) {
            Ok(()) => self.error(),
            Err(t) => t,
        }
    }

    /// "bad argument #n to 'f' (message)", where `f` is how the running function was called. `luaL_argerror`.
    pub fn arg_error(self, arg: i32, message: &str) -> Throw {
        self.arg_error_bytes(arg, message.as_bytes())
    }

    /// As `arg_error`.
    pub fn arg_error_bytes(self, arg: i32, message: &[u8]) -> Throw {
        match self.arg_message(arg, message) {
            Ok(text) => self.raise_text(text),
            Err(t) => t,
        }
    }

    fn arg_message(self, mut arg: i32, message: &[u8]) -> Result<Text> {
        let mut text = Text::new(self);
        self.add_position(&mut text, 1)?;
        let Some(frame) = debug::call_level(self, 0) else {
            text.add_fmt(format_args!("bad argument #{arg} ("))?;
            text.add_all(&[message, b")"])?;
            return Ok(text);
        };
        // Arguments that metamethods put in front are none that the caller knows of.
        let extra = i32::from(debug::extra_arguments(frame));
        let is_extra = LUA_5_5 && arg <= extra;
        if !is_extra {
            arg -= extra;
        }
        let name = match debug::function_name(self, frame) {
            Some((kind, name)) => {
                let name = c_text(name);
                if kind == Kind::Method && !is_extra {
                    // The object itself is not counted.
                    arg -= 1;
                    if arg == 0 {
                        text.add_all(&[b"calling '", name, b"' on bad self (", message, b")"])?;
                        return Ok(text);
                    }
                }
                name
            }
            None if self.push_global_function_name(self, 0)? => c_text(self.string_at(-1).bytes()),
            None => b"?",
        };
        let what = if is_extra { "extra argument" } else { "argument" };
        text.add_fmt(format_args!("bad {what} #{arg} to '"))?;
        text.add_all(&[name, b"' (", message, b")"])?;
        Ok(text)
    }

    /// "X expected, got Y" as an argument error. `luaL_typeerror`.
    pub fn type_error(self, arg: i32, expected: &str) -> Throw {
        self.type_error_bytes(arg, expected.as_bytes())
    }

    /// As `type_error`.
    pub fn type_error_bytes(self, arg: i32, expected: &[u8]) -> Throw {
        match self.type_message(arg, expected) {
            Ok(()) => self.arg_error_bytes(arg, self.string_at(-1).bytes()),
            Err(t) => t,
        }
    }

    fn type_message(self, arg: i32, expected: &[u8]) -> Result {
        let got: &[u8] = if self.get_metafield(arg, "__name")? == Type::String {
            self.string_at(-1).bytes()
        } else if self.type_at(arg) == Type::LightUserdata {
            b"light userdata"
        } else {
            self.type_at(arg).name().as_bytes()
        };
        let mut text = Text::new(self);
        text.add_all(&[expected, b" expected, got ", got])?;
        self.push_text(text)
    }

    /// Pushes the name under which the function of a call level of `other` is found in the loaded modules ("string.find",
    /// or "print" for what is in `_G`); pushes nothing if it is not found.
    ///
    /// May: raise (memory), collect.
    pub(crate) fn push_global_function_name(self, other: State, level: i32) -> Result<bool> {
        let top = self.get_top();
        let Some(frame) = debug::call_level(other, level) else { return Ok(false) };
        self.push(other.slot(frame.func.get()).get());
        self.get_field(REGISTRY_INDEX, Name::LOADED.text())?;
        self.check_stack(6, "not enough stack")?;
        if !self.find_field(top + 1, 2)? {
            self.set_top(top)?;
            return Ok(false);
        }
        if let Some(rest) = self.string_at(-1).bytes().strip_prefix(b"_G.") {
            self.push_bytes(rest)?;
            self.remove(-2);
        }
        self.copy(-1, top + 1);
        self.set_top(top + 1)?;
        Ok(true)
    }

    /// Looks for an object in the table on top, and in the tables in it down to `levels` deep; pushes the path of its names.
    fn find_field(self, object: i32, levels: u32) -> Result<bool> {
        if levels == 0 || !self.is_table(-1) {
            return Ok(false);
        }
        self.push_nil();
        while self.next(-2)? {
            if self.type_at(-2) == Type::String {
                if self.raw_equal(object, -1) {
                    self.pop(1);
                    return Ok(true);
                }
                if self.find_field(object, levels - 1)? {
                    // Name of the table, the table, name in the table: the table gives way to the dot.
                    self.push_str(".")?;
                    self.replace(-3);
                    self.concat(3)?;
                    return Ok(true);
                }
            }
            self.pop(1);
        }
        Ok(false)
    }
}

impl Text {
    /// Appends formatted text. May: raise (memory), collect (emergency only).
    pub fn add_fmt(&mut self, args: fmt::Arguments) -> Result {
        error::append_fmt(self, args)
    }
}

impl Buffer {
    /// Appends formatted text. May: raise (memory), collect (emergency only).
    pub fn add_fmt(&mut self, args: fmt::Arguments) -> Result {
        error::append_fmt(&mut **self, args)
    }

    /// Appends several texts.
    pub fn add_all(&mut self, texts: &[&[u8]]) -> Result {
        texts.iter().try_for_each(|text| self.extend(text))
    }
}
