//! What the libraries use of C's own: strings that end with a zero byte, and the functions of `<stdio.h>` and `<time.h>` that
//! the `libc` crate does not declare everywhere.

use crate::heap::state::State;
use crate::throw::{Result, Throw};
use crate::vm::auxiliary::Buffer;
use core::ffi::{CStr, c_int};
use core::mem::MaybeUninit;
use core::ptr::NonNull;
use libc::FILE;

unsafe extern "C" {
    #[cfg_attr(target_vendor = "apple", link_name = "__stdinp")]
    static stdin: *mut FILE;
    #[cfg_attr(target_vendor = "apple", link_name = "__stdoutp")]
    static stdout: *mut FILE;
    #[cfg_attr(target_vendor = "apple", link_name = "__stderrp")]
    static stderr: *mut FILE;

    /// As `getc`, for a file that the caller has locked.
    pub fn getc_unlocked(file: *mut FILE) -> c_int;
    pub fn flockfile(file: *mut FILE);
    pub fn funlockfile(file: *mut FILE);
    pub fn popen(command: *const libc::c_char, mode: *const libc::c_char) -> *mut FILE;
    /// Processor time of the process, in units of 1/1,000,000 second (POSIX fixes the unit).
    pub fn clock() -> libc::clock_t;
    pub fn mktime(time: *mut libc::tm) -> libc::time_t;
    pub fn setlocale(category: c_int, locale: *const libc::c_char) -> *mut libc::c_char;
}

/// An open C file. Who holds one knows that it is open: the handle of a Lua file checks before it gives it out.
#[derive(Clone, Copy)]
pub struct File(NonNull<FILE>);

/// What `File::lines_piece` found.
pub enum Piece {
    /// So many bytes of a line that goes on.
    Part(usize),
    /// So many bytes and, behind them, the end of the line.
    Line(usize),
    /// So many bytes, then the end of the file (or an error).
    Last(usize),
}

impl File {
    /// `None` for null, which is how C's functions say that they failed.
    ///
    /// # Safety
    /// `file` is null or open, and stays open as long as the result is used.
    pub unsafe fn new(file: *mut FILE) -> Option<File> {
        NonNull::new(file).map(File)
    }

    /// Standard input, as C code of the same process sees it.
    pub fn stdin() -> File {
        // SAFETY: libc sets it before main and hosts that replace it do so before they run Lua.
        File(unsafe { NonNull::new(stdin) }.expect("C has a standard input"))
    }

    pub fn stdout() -> File {
        // SAFETY: as for `stdin`.
        File(unsafe { NonNull::new(stdout) }.expect("C has a standard output"))
    }

    pub fn stderr() -> File {
        // SAFETY: as for `stdin`.
        File(unsafe { NonNull::new(stderr) }.expect("C has a standard error"))
    }

    pub fn as_ptr(self) -> *mut FILE {
        self.0.as_ptr()
    }

    /// Writes bytes; false if not all could be written.
    pub fn write(self, bytes: &[u8]) -> bool {
        // SAFETY: an open file and readable bytes.
        unsafe { libc::fwrite(bytes.as_ptr().cast(), 1, bytes.len(), self.as_ptr()) == bytes.len() }
    }

    /// Writes bytes; how many could be written.
    pub fn write_some(self, bytes: &[u8]) -> usize {
        // SAFETY: an open file and readable bytes.
        unsafe { libc::fwrite(bytes.as_ptr().cast(), 1, bytes.len(), self.as_ptr()) }
    }

    /// Flushes what was written; false on failure.
    pub fn flush(self) -> bool {
        // SAFETY: an open file.
        unsafe { libc::fflush(self.as_ptr()) == 0 }
    }

    /// Reads at most `n` bytes to `to`; fewer at the end of the file or on an error.
    ///
    /// # Safety
    /// There is room for `n` bytes.
    pub unsafe fn read(self, to: *mut u8, n: usize) -> usize {
        // SAFETY: an open file; the room is the caller's promise.
        unsafe { libc::fread(to.cast(), 1, n, self.as_ptr()) }
    }

    /// How many bytes a file on disk still has; `None` for other kinds, or when that cannot be known.
    pub fn remaining(self) -> Option<usize> {
        // SAFETY: an open file, and a structure that `fstat` fills in.
        unsafe {
            let mut status = MaybeUninit::<libc::stat>::uninit();
            if libc::fstat(libc::fileno(self.as_ptr()), status.as_mut_ptr()) != 0 {
                return None;
            }
            let status = status.assume_init();
            if status.st_mode & libc::S_IFMT != libc::S_IFREG {
                return None;
            }
            usize::try_from(status.st_size.checked_sub(libc::ftello(self.as_ptr()))?).ok()
        }
    }

    /// Reads from a line until its end, the end of the file, or until `to` is full but for one byte.
    ///
    /// `fgets` finds the end of a line fast but does not say how much it read, and a line may contain zero bytes. So the
    /// room is filled with newlines beforehand. A newline that was read is the last byte before the closing zero; one that was
    /// not is followed by another or by the end of the room, and preceded by the closing zero.
    pub fn lines_piece(self, to: &mut [u8]) -> Piece {
        to.fill(b'\n');
        // SAFETY: an open file and room.
        if unsafe { libc::fgets(to.as_mut_ptr().cast(), to.len() as c_int, self.as_ptr()) }.is_null() {
            return Piece::Last(0);
        }
        // SAFETY: within the room.
        let newline = unsafe { libc::memchr(to.as_ptr().cast(), c_int::from(b'\n'), to.len()) };
        if newline.is_null() {
            return Piece::Part(to.len() - 1);
        }
        let i = newline as usize - to.as_ptr() as usize;
        if to.get(i + 1) == Some(&0) { Piece::Line(i) } else { Piece::Last(i - 1) }
    }

    /// A line, or as much of one as there is room for, as a C string; `None` at the end or on an error.
    pub fn line_as_c_str(self, to: &mut [u8]) -> Option<&CStr> {
        // SAFETY: an open file and room; what was read ends with a zero byte.
        unsafe {
            let line = libc::fgets(to.as_mut_ptr().cast(), to.len() as c_int, self.as_ptr());
            (!line.is_null()).then(|| CStr::from_ptr(line))
        }
    }

    /// The next byte, left in the file; `None` at the end or on an error.
    pub fn peek(self) -> Option<u8> {
        // SAFETY: an open file; putting back what was just read cannot fail.
        unsafe {
            let byte = libc::fgetc(self.as_ptr());
            libc::ungetc(byte, self.as_ptr());
            u8::try_from(byte).ok()
        }
    }

    /// Whether an operation has failed since `clear_error`.
    pub fn has_error(self) -> bool {
        // SAFETY: an open file.
        unsafe { libc::ferror(self.as_ptr()) != 0 }
    }

    pub fn clear_error(self) {
        // SAFETY: an open file.
        unsafe { libc::clearerr(self.as_ptr()) }
    }
}

/// Writes to the standard error and flushes, as upstream's `lua_writestringerror`.
pub fn write_error(pieces: &[&[u8]]) {
    let file = File::stderr();
    for piece in pieces {
        file.write(piece);
    }
    file.flush();
}

/// A Lua string as C functions see it: up to its first zero byte.
///
/// `text` must be the whole contents of a Lua string, since those are followed by a zero byte.
pub fn lua_c_str(text: &'static [u8]) -> &'static CStr {
    // SAFETY: a Lua string is followed by a zero byte (see `heap::string`).
    unsafe { CStr::from_ptr(text.as_ptr().cast()) }
}

/// Arguments and values as C strings. They live as long as the value stays on the stack (or reachable).
impl State {
    /// Argument `arg`, a string or number, up to its first zero byte. May: raise, collect.
    pub fn check_c_str(self, arg: i32) -> Result<&'static CStr> {
        Ok(lua_c_str(self.check_bytes(arg)?))
    }

    /// As `check_c_str`; `None` when the argument is absent or nil. May: raise, collect.
    pub fn opt_c_str(self, arg: i32) -> Result<Option<&'static CStr>> {
        if self.is_none_or_nil(arg) { Ok(None) } else { self.check_c_str(arg).map(Some) }
    }

    /// Pushes a C string, or nil for `None`. May: raise, collect.
    pub fn push_c_str(self, text: Option<&CStr>) -> Result {
        match text {
            Some(text) => self.push_bytes(text.to_bytes()),
            None => {
                self.push_nil();
                Ok(())
            }
        }
    }

    /// The arguments of a failed call: pushes "fail" below the value on top.
    pub fn insert_fail(self) {
        self.push_nil();
        self.insert(-2);
    }
}

/// Messages whose parts are bytes.
impl State {
    /// Raises an error with the position of the caller and these pieces as message. May: raise, collect.
    pub fn error_pieces(self, pieces: &[&[u8]]) -> Throw {
        let mut message = Buffer::new(self);
        match message.add_all(pieces) {
            Ok(()) => self.error_bytes(&message),
            Err(t) => t,
        }
    }

    /// Pushes the concatenation of the pieces. May: raise, collect.
    pub fn push_pieces(self, pieces: &[&[u8]]) -> Result {
        let mut text = Buffer::new(self);
        text.add_all(pieces)?;
        self.push_buffer(text)
    }
}

/// The value of an environment variable. It lives until somebody changes the environment: copy it at once.
pub fn environment(name: &CStr) -> Option<&'static CStr> {
    // SAFETY: a C string; the result is null or one.
    unsafe {
        let value = libc::getenv(name.as_ptr());
        (!value.is_null()).then(|| CStr::from_ptr(value))
    }
}
