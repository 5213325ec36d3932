//! Results of system calls as Lua values (§5.1).

use crate::heap::state::State;
use crate::heap::strings;
use crate::throw::Result;
use crate::vm::auxiliary::Buffer;
use core::ffi::{CStr, c_int};

/// The error number that the last C call left.
pub fn errno() -> i32 {
    std::io::Error::last_os_error().raw_os_error().unwrap_or(0)
}

/// Sets the error number: some C functions fail without setting it.
pub fn set_errno(n: i32) {
    // SAFETY: the location belongs to this thread.
    unsafe { *libc::__errno_location() = n }
}

/// The system's text for an error number.
pub struct ErrorText([u8; 256]);

impl ErrorText {
    pub fn new(errno: i32) -> ErrorText {
        let mut text = [0u8; 256];
        // SAFETY: the buffer has the size given.
        unsafe { libc::strerror_r(errno, text.as_mut_ptr().cast(), text.len()) };
        ErrorText(text)
    }

    pub fn as_bytes(&self) -> &[u8] {
        CStr::from_bytes_until_nul(&self.0).map_or(&[], CStr::to_bytes)
    }
}

impl State {
    /// Pushes `true`, or nil, a message (after the file name) and the number of the last system error; how many were
    /// pushed. Call it directly after what failed. `luaL_fileresult`.
    ///
    /// May: raise (memory), collect.
    pub fn file_result(self, ok: bool, filename: Option<&[u8]>) -> Result<u32> {
        let errno = errno();
        if ok {
            self.push_boolean(true);
            return Ok(1);
        }
        self.push_nil();
        let system = ErrorText::new(errno);
        let message = if errno != 0 { system.as_bytes() } else { b"(no extra info)" };
        let mut text = Buffer::new(self);
        if let Some(filename) = filename {
            text.add_all(&[filename, b": "])?;
        }
        text.extend(message)?;
        self.push_buffer(text)?;
        self.push_integer(errno.into());
        Ok(3)
    }

    /// Pushes `true` or nil, "exit" or "signal", and the number, for the status of a finished process; how many were
    /// pushed. Call it directly after what gave the status. `luaL_execresult`.
    ///
    /// May: raise (memory), collect.
    pub fn exec_result(self, status: c_int) -> Result<u32> {
        if status != 0 && errno() != 0 {
            return self.file_result(false, None);
        }
        let (kind, code) = if libc::WIFEXITED(status) {
            (c"exit", libc::WEXITSTATUS(status))
        } else if libc::WIFSIGNALED(status) {
            (c"signal", libc::WTERMSIG(status))
        } else {
            (c"exit", status)
        };
        if kind == c"exit" && code == 0 {
            self.push_boolean(true);
        } else {
            self.push_nil();
        }
        // SAFETY: a C string.
        self.push(unsafe { strings::from_c(self.global(), kind.as_ptr()) }?);
        self.push_integer(code.into());
        Ok(3)
    }
}
