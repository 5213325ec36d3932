//! Methods of file handles.

use super::super::c::File;
use super::stream::{HANDLE, Stream};
use super::{push_lines_function, read};
use crate::edition::LUA_5_5;
use crate::heap::function::Native;
use crate::heap::state::State;
use crate::native;
use crate::throw::Result;
use crate::value::Type;
use crate::value::format::NumberText;
use crate::vm::auxiliary::library::Fields;
use crate::vm::auxiliary::result::set_errno;

native!(READ = "read", read_file);
native!(WRITE = "write", write);
native!(LINES = "lines", lines);
native!(FLUSH = "flush", flush);
native!(SEEK = "seek", seek);
native!(CLOSE = "close", close);
native!(SETVBUF = "setvbuf", setvbuf);
native!(GC = "__gc", finalize);
native!(META_CLOSE = "__close", finalize);
native!(TOSTRING = "__tostring", tostring);

static METHODS: [&Native; 7] = [&READ, &WRITE, &LINES, &FLUSH, &SEEK, &CLOSE, &SETVBUF];
static METAMETHODS: [&Native; 3] = [&GC, &META_CLOSE, &TOSTRING];

/// Makes the metatable of file handles in the registry. May: raise, collect.
pub fn make_metatable(l: State) -> Result {
    l.new_metatable(HANDLE)?;
    l.set_natives(&METAMETHODS)?;
    static FIELDS: Fields = Fields::new();
    l.new_lib(&FIELDS, METHODS.len(), || l.set_natives(&METHODS))?;
    l.set_field(-2, "__index")?;
    l.pop(1);
    Ok(())
}

fn tostring(l: State) -> Result<u32> {
    let stream = Stream::check(l)?;
    if stream.is_closed() {
        l.push_str("file (closed)")?;
    } else {
        l.push_fmt(format_args!("file ({:p})", stream.f.get()))?;
    }
    Ok(1)
}

/// Closes what is open; a handle whose file could not be opened has none.
fn finalize(l: State) -> Result<u32> {
    if Stream::check(l)?.file().is_some() {
        Stream::close(l)?;
    }
    Ok(0)
}

fn close(l: State) -> Result<u32> {
    Stream::check_file(l)?;
    Stream::close(l)
}

fn read_file(l: State) -> Result<u32> {
    let file = Stream::check_file(l)?;
    read::read(l, file, 2)
}

fn lines(l: State) -> Result<u32> {
    Stream::check_file(l)?;
    push_lines_function(l, false)?;
    Ok(1)
}

fn write(l: State) -> Result<u32> {
    let file = Stream::check_file(l)?;
    l.push_index(1);
    write_values(l, file, 2)
}

/// Writes the values from `first` up to below the top, where the handle lies, which is the result. May: raise, collect.
pub fn write_values(l: State, file: File, first: i32) -> Result<u32> {
    set_errno(0);
    if LUA_5_5 {
        let mut total = 0;
        for arg in first..l.get_top() {
            let number = NumberText::new(l.value_at(arg));
            let bytes = match &number {
                Some(text) => text.as_bytes(),
                None => l.check_bytes(arg)?,
            };
            let written = file.write_some(bytes);
            total += written;
            if written < bytes.len() {
                let n = l.file_result(false, None)?;
                l.push_integer(total as i64);
                return Ok(n + 1);
            }
        }
        return Ok(1);
    }
    let mut ok = true;
    for arg in first..l.get_top() {
        ok &= if l.type_at(arg) == Type::Number { write_number(l, file, arg) } else { file.write(l.check_bytes(arg)?) };
    }
    if ok { Ok(1) } else { l.file_result(false, None) }
}

/// Writes a number without making a string of it.
fn write_number(l: State, file: File, arg: i32) -> bool {
    // SAFETY: an open file, and formats for the types that are passed.
    let written = unsafe {
        match l.value_at(arg).as_integer() {
            Some(i) => libc::fprintf(file.as_ptr(), c"%lld".as_ptr(), i),
            None => libc::fprintf(file.as_ptr(), c"%.14g".as_ptr(), l.to_number(arg).unwrap_or(0.0)),
        }
    };
    written > 0
}

fn seek(l: State) -> Result<u32> {
    const NAMES: [&str; 3] = ["set", "cur", "end"];
    const ORIGINS: [libc::c_int; 3] = [libc::SEEK_SET, libc::SEEK_CUR, libc::SEEK_END];
    let file = Stream::check_file(l)?;
    let origin = ORIGINS[l.check_option(2, Some("cur"), &NAMES)?];
    let wanted = l.opt_integer(3, 0)?;
    let offset = wanted as libc::off_t;
    l.arg_check(offset as i64 == wanted, 3, "not an integer in proper range")?;
    set_errno(0);
    // SAFETY: an open file.
    if unsafe { libc::fseeko(file.as_ptr(), offset, origin) } != 0 {
        return l.file_result(false, None);
    }
    // SAFETY: an open file.
    l.push_integer(unsafe { libc::ftello(file.as_ptr()) } as i64);
    Ok(1)
}

fn setvbuf(l: State) -> Result<u32> {
    const NAMES: [&str; 3] = ["no", "full", "line"];
    const MODES: [libc::c_int; 3] = [libc::_IONBF, libc::_IOFBF, libc::_IOLBF];
    /// `LUAL_BUFFERSIZE`.
    const DEFAULT_SIZE: i64 = 1024;
    let file = Stream::check_file(l)?;
    let mode = MODES[l.check_option(2, None, &NAMES)?];
    let size = l.opt_integer(3, DEFAULT_SIZE)?;
    set_errno(0);
    // SAFETY: an open file; C makes the buffer.
    let ok = unsafe { libc::setvbuf(file.as_ptr(), core::ptr::null_mut(), mode, size as usize) } == 0;
    l.file_result(ok, None)
}

fn flush(l: State) -> Result<u32> {
    let file = Stream::check_file(l)?;
    set_errno(0);
    l.file_result(file.flush(), None)
}
