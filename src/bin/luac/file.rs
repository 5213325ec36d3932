//! C files: what is written here shares buffers and errors with the C library.

use std::ffi::CString;
use std::io;

unsafe extern "C" {
    #[link_name = "stdout"]
    static STDOUT: *mut libc::FILE;
}

/// An open file for writing. Copies stand for the same file.
#[derive(Clone, Copy)]
pub struct CFile(*mut libc::FILE);

impl CFile {
    pub fn stdout() -> CFile {
        // SAFETY: the C library opened it before `main`.
        CFile(unsafe { STDOUT })
    }

    /// Makes or empties a file.
    pub fn create(name: &[u8]) -> Option<CFile> {
        let name = CString::new(name).ok()?;
        // SAFETY: two C strings.
        let file = unsafe { libc::fopen(name.as_ptr(), c"wb".as_ptr()) };
        if file.is_null() { None } else { Some(CFile(file)) }
    }

    /// Writes all bytes; false when that failed.
    pub fn print(self, bytes: &[u8]) -> bool {
        // SAFETY: an open file; the block is as long as said.
        unsafe { libc::fwrite(bytes.as_ptr().cast(), 1, bytes.len(), self.0) == bytes.len() }
    }

    pub fn flush(self) {
        // SAFETY: an open file.
        unsafe { libc::fflush(self.0) };
    }

    /// Writes what is buffered; false when that failed. Standard output stays open, for the end of the program to flush.
    pub fn close(self) -> bool {
        // SAFETY: an open file; other copies are not used after this.
        unsafe { if self.0 == STDOUT { libc::fflush(self.0) == 0 } else { libc::fclose(self.0) == 0 } }
    }
}

impl io::Write for CFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.print(bytes) { Ok(bytes.len()) } else { Err(io::Error::last_os_error()) }
    }

    fn flush(&mut self) -> io::Result<()> {
        CFile::flush(*self);
        Ok(())
    }
}

/// The text of the last error of the operating system, without its number.
pub fn error_text() -> Vec<u8> {
    text_of(&io::Error::last_os_error())
}

/// The same for an error that was caught.
pub fn text_of(error: &io::Error) -> Vec<u8> {
    match error.raw_os_error() {
        // SAFETY: the C library's text is copied at once; no other thread runs.
        Some(number) => unsafe { std::ffi::CStr::from_ptr(libc::strerror(number)) }.to_bytes().to_vec(),
        None => error.to_string().into_bytes(),
    }
}
