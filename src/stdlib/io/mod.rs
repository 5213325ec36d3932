//! The input and output library (§6.8), on C files.
//!
//! `stream` is the handle that Lua holds, shared with C code; `file` its methods; `read` how formats are read; this file the
//! library's own functions and the default files, which live in the registry.

mod file;
mod read;
mod stream;

use super::c::{self, File};
use crate::heap::function::Native;
use crate::heap::state::State;
use crate::native;
use crate::throw::Result;
use crate::vm::api::{REGISTRY_INDEX, upvalue_index};
use crate::vm::auxiliary::library::Fields;
use crate::vm::auxiliary::result::{ErrorText, errno, set_errno};
use core::ffi::CStr;
use stream::{FCLOSE, NO_CLOSE, PCLOSE, Stream};

native!(IO_CLOSE = "close", close);
native!(IO_FLUSH = "flush", flush);
native!(IO_INPUT = "input", input);
native!(IO_LINES = "lines", lines);
native!(IO_OPEN = "open", open_file);
native!(IO_OUTPUT = "output", output);
native!(IO_POPEN = "popen", popen);
native!(IO_READ = "read", read_default);
native!(IO_TMPFILE = "tmpfile", tmpfile);
native!(IO_TYPE = "type", type_);
native!(IO_WRITE = "write", write_default);
native!(LINES_STEP = "lines_aux", lines_step);

static FUNCTIONS: [&Native; 11] =
    [&IO_CLOSE, &IO_FLUSH, &IO_INPUT, &IO_LINES, &IO_OPEN, &IO_OUTPUT, &IO_POPEN, &IO_READ, &IO_TMPFILE, &IO_TYPE, &IO_WRITE];

/// Leaves the library's table on the stack. May: raise, collect.
pub fn open(l: State) -> Result<u32> {
    static FIELDS: Fields = Fields::new();
    // And the standard files.
    l.new_lib(&FIELDS, FUNCTIONS.len() + 3, || l.set_natives(&FUNCTIONS))?;
    file::make_metatable(l)?;
    standard_file(l, File::stdin(), Some(Default::Input), "stdin")?;
    standard_file(l, File::stdout(), Some(Default::Output), "stdout")?;
    standard_file(l, File::stderr(), None, "stderr")?;
    Ok(1)
}

/// Puts a handle on a file that cannot be closed into the library's table (on top), and makes it a default file.
fn standard_file(l: State, file: File, default: Option<Default>, name: &str) -> Result {
    let stream = Stream::push_closed(l)?;
    stream.f.set(file.as_ptr());
    stream.closef.set(Some(NO_CLOSE.face));
    if let Some(default) = default {
        l.push_index(-1);
        l.set_field(REGISTRY_INDEX, default.key())?;
    }
    l.set_field(-2, name)
}

/// One of the two files that the library's functions use when none is named.
#[derive(Clone, Copy)]
enum Default {
    Input,
    Output,
}

impl Default {
    /// Where the registry keeps it.
    fn key(self) -> &'static str {
        match self {
            Default::Input => "_IO_input",
            Default::Output => "_IO_output",
        }
    }

    fn name(self) -> &'static str {
        match self {
            Default::Input => "input",
            Default::Output => "output",
        }
    }

    /// Pushes the handle and gives its file. May: raise, collect.
    fn push(self, l: State) -> Result<File> {
        l.get_field(REGISTRY_INDEX, self.key())?;
        match Stream::at(l, -1).and_then(Stream::file) {
            Some(file) => Ok(file),
            None => Err(l.error_fmt(format_args!("default {} file is closed", self.name()))),
        }
    }

    /// Changes it to the file or file name in argument 1, if given, and pushes its handle. May: raise, collect.
    fn change(self, l: State, mode: &CStr) -> Result<u32> {
        if !l.is_none_or_nil(1) {
            if let Some(name) = l.to_bytes(1)? {
                open_or_raise(l, c::lua_c_str(name), mode)?;
            } else {
                Stream::check_file(l)?;
                l.push_index(1);
            }
            l.set_field(REGISTRY_INDEX, self.key())?;
        }
        l.get_field(REGISTRY_INDEX, self.key())?;
        Ok(1)
    }
}

fn input(l: State) -> Result<u32> {
    Default::Input.change(l, c"r")
}

fn output(l: State) -> Result<u32> {
    Default::Output.change(l, c"w")
}

/// Pushes a handle on a file that is still to be opened; `fclose` will close it. May: raise, collect.
fn push_new_file(l: State) -> Result<&'static Stream> {
    let stream = Stream::push_closed(l)?;
    stream.closef.set(Some(FCLOSE.face));
    Ok(stream)
}

/// Pushes a handle on the file of that name. May: raise, collect.
fn open_or_raise(l: State, name: &CStr, mode: &CStr) -> Result {
    let stream = push_new_file(l)?;
    // SAFETY: C strings.
    stream.f.set(unsafe { libc::fopen(name.as_ptr(), mode.as_ptr()) });
    if stream.f.get().is_null() {
        let reason = ErrorText::new(errno());
        return Err(l.error_pieces(&[b"cannot open file '", name.to_bytes(), b"' (", reason.as_bytes(), b")"]));
    }
    Ok(())
}

/// `[rwa]%+?b*`.
fn is_open_mode(mode: &[u8]) -> bool {
    let Some((b'r' | b'w' | b'a', rest)) = mode.split_first() else { return false };
    rest.strip_prefix(b"+").unwrap_or(rest).iter().all(|b| *b == b'b')
}

/// The handle on top is the result if its file could be opened.
fn opened(l: State, stream: &Stream, name: Option<&CStr>) -> Result<u32> {
    if stream.f.get().is_null() { l.file_result(false, name.map(CStr::to_bytes)) } else { Ok(1) }
}

fn open_file(l: State) -> Result<u32> {
    let name = l.check_c_str(1)?;
    let mode = l.opt_c_str(2)?.unwrap_or(c"r");
    l.arg_check(is_open_mode(mode.to_bytes()), 2, "invalid mode")?;
    let stream = push_new_file(l)?;
    set_errno(0);
    // SAFETY: C strings.
    stream.f.set(unsafe { libc::fopen(name.as_ptr(), mode.as_ptr()) });
    opened(l, stream, Some(name))
}

fn popen(l: State) -> Result<u32> {
    let command = l.check_c_str(1)?;
    let mode = l.opt_c_str(2)?.unwrap_or(c"r");
    l.arg_check(matches!(mode.to_bytes(), b"r" | b"w"), 2, "invalid mode")?;
    let stream = Stream::push_closed(l)?;
    set_errno(0);
    // SAFETY: C strings. What is buffered goes out before the process forks, or both would write it.
    unsafe {
        libc::fflush(core::ptr::null_mut());
        stream.f.set(c::popen(command.as_ptr(), mode.as_ptr()));
    }
    stream.closef.set(Some(PCLOSE.face));
    opened(l, stream, Some(command))
}

fn tmpfile(l: State) -> Result<u32> {
    let stream = push_new_file(l)?;
    set_errno(0);
    // SAFETY: no arguments.
    stream.f.set(unsafe { libc::tmpfile() });
    opened(l, stream, None)
}

fn type_(l: State) -> Result<u32> {
    l.check_any(1)?;
    match Stream::test(l)? {
        None => l.push_nil(),
        Some(stream) => l.push_str(if stream.is_closed() { "closed file" } else { "file" })?,
    }
    Ok(1)
}

/// Closes argument 1 or the default output.
fn close(l: State) -> Result<u32> {
    if l.is_none(1) {
        l.get_field(REGISTRY_INDEX, Default::Output.key())?;
    }
    Stream::check_file(l)?;
    Stream::close(l)
}

fn flush(l: State) -> Result<u32> {
    let file = Default::Output.push(l)?;
    set_errno(0);
    l.file_result(file.flush(), None)
}

fn read_default(l: State) -> Result<u32> {
    let file = Default::Input.push(l)?;
    read::read(l, file, 1)
}

fn write_default(l: State) -> Result<u32> {
    let file = Default::Output.push(l)?;
    file::write_values(l, file, 1)
}

/// Most formats that the functions returned by `lines` take: with three other upvalues they fit a closure.
const MAX_LINES_FORMATS: i32 = 250;

/// Turns the stack (a file and formats) into the function that reads by them. Upvalues: file, number of formats, whether to
/// close the file at its end, formats. May: raise, collect.
fn push_lines_function(l: State, close: bool) -> Result {
    let n = l.get_top() - 1;
    l.arg_check(n <= MAX_LINES_FORMATS, MAX_LINES_FORMATS + 2, "too many arguments")?;
    l.push_index(1);
    l.push_integer(n.into());
    l.push_boolean(close);
    l.rotate(2, 3);
    l.push_native_closure(&LINES_STEP, (3 + n) as usize)
}

/// With a file name: the function, two nils, and the file as value to be closed.
fn lines(l: State) -> Result<u32> {
    if l.is_none(1) {
        l.push_nil();
    }
    if l.is_nil(1) {
        l.get_field(REGISTRY_INDEX, Default::Input.key())?;
        l.replace(1);
        Stream::check_file(l)?;
        push_lines_function(l, false)?;
        return Ok(1);
    }
    let name = l.check_c_str(1)?;
    open_or_raise(l, name, c"r")?;
    l.replace(1);
    push_lines_function(l, true)?;
    l.push_nil();
    l.push_nil();
    l.push_index(1);
    Ok(4)
}

fn lines_step(l: State) -> Result<u32> {
    let formats = l.to_integer(upvalue_index(2)).unwrap_or(0) as i32;
    // A script may have replaced the upvalue (`debug.setupvalue`).
    let Some(file) = Stream::at(l, upvalue_index(1)).and_then(Stream::file) else {
        return Err(l.error_fmt(format_args!("file is already closed")));
    };
    l.set_top(1)?;
    l.check_stack(formats, "too many arguments")?;
    for i in 1..=formats {
        l.push_index(upvalue_index(3 + i));
    }
    let n = read::read(l, file, 2)?;
    if l.to_boolean(-(n as i32)) {
        return Ok(n);
    }
    if n > 1 {
        let message = l.to_bytes(1 - n as i32)?.unwrap_or_default();
        return Err(l.error_bytes(message));
    }
    if l.to_boolean(upvalue_index(3)) {
        l.set_top(0)?;
        l.push_index(upvalue_index(1));
        Stream::close(l)?;
    }
    Ok(0)
}

#[cfg(test)]
mod tests {
    use super::is_open_mode;

    #[test]
    fn modes_of_open_are_those_of_c_and_no_others() {
        for mode in ["r", "w", "a", "rb", "r+", "w+b", "abb"] {
            assert!(is_open_mode(mode.as_bytes()), "{mode}");
        }
        for mode in ["", "x", "rw", "r+w", "rb+", "+r", "re", "b"] {
            assert!(!is_open_mode(mode.as_bytes()), "{mode}");
        }
    }
}
