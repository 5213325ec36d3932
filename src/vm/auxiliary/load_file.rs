//! Chunks from files (§5.1, `luaL_loadfilex`).

use super::result::{ErrorText, errno, set_errno};
use crate::chunk::draft::ChunkName;
use crate::chunk::format;
use crate::chunk::input::Reader;
use crate::edition::LUA_5_5;
use crate::heap::state::{State, Status};
use crate::throw::{Result, Throw};
use crate::vm::auxiliary::Buffer;
use core::ffi::{CStr, c_int};
use std::sync::OnceLock;

unsafe extern "C" {
    /// C's standard input: shared with everything else in the process that reads it.
    safe static stdin: *mut libc::FILE;
}

const BLOCK: usize = 4096;

/// A C file, with the few bytes that were read to see what it is.
struct File {
    file: *mut libc::FILE,
    block: [u8; BLOCK],
    ahead: usize,
}

impl File {
    fn get(&mut self) -> c_int {
        // SAFETY: an open file.
        unsafe { libc::fgetc(self.file) }
    }

    /// The first byte after a byte order mark. An incomplete mark gives its first byte: no chunk begins with that.
    fn skip_mark(&mut self) -> c_int {
        let first = self.get();
        if first == 0xEF && self.get() == 0xBB && self.get() == 0xBF { self.get() } else { first }
    }

    /// The first byte that counts, after a mark and a first line that begins with `#`; and whether there was one.
    fn skip_comment(&mut self) -> (c_int, bool) {
        let first = self.skip_mark();
        if first != c_int::from(b'#') {
            return (first, false);
        }
        loop {
            let c = self.get();
            if c == libc::EOF || c == c_int::from(b'\n') {
                return (self.get(), true);
            }
        }
    }

    fn ahead(&mut self, byte: u8) {
        self.block[self.ahead] = byte;
        self.ahead += 1;
    }
}

impl Reader for File {
    fn piece(&mut self) -> Result<&[u8]> {
        let n = match core::mem::take(&mut self.ahead) {
            // A terminal that has reported its end would wait for more input.
            // SAFETY: an open file and a block of this size.
            0 if unsafe { libc::feof(self.file) } != 0 => 0,
            // SAFETY: as above.
            0 => unsafe { libc::fread(self.block.as_mut_ptr().cast(), 1, BLOCK, self.file) },
            n => n,
        };
        Ok(&self.block[..n])
    }
}

/// Loads a named file by other means, where these apply: the code cache, which is above this layer.
pub type FileCache = fn(State, name: &[u8], mode: Option<&[u8]>) -> Option<Result<Status>>;

static FILE_CACHE: OnceLock<FileCache> = OnceLock::new();

/// Installs the code cache, once in the process.
pub fn set_file_cache(cache: FileCache) {
    FILE_CACHE.get_or_init(|| cache);
}

impl State {
    /// Loads a chunk from a file as `load_file_uncached` does, unless the code cache has it or takes it (`luaL_loadfilex`).
    ///
    /// May: raise (memory), collect.
    pub fn load_file(self, filename: Option<&[u8]>, mode: Option<&[u8]>) -> Result<Status> {
        let cached = filename.and_then(|name| FILE_CACHE.get()?(self, name, mode));
        cached.unwrap_or_else(|| self.load_file_uncached(filename, mode))
    }

    /// Loads a chunk from a file, or from standard input: pushes the function, or an error message and gives a status,
    /// `Throw::File` where the file is to blame. `mode` as in `load`. `luaL_loadfilex_`.
    ///
    /// May: raise (memory), collect.
    pub fn load_file_uncached(self, filename: Option<&[u8]>, mode: Option<&[u8]>) -> Result<Status> {
        let name_index = self.get_top() + 1;
        let path = match filename {
            None => {
                self.push_str("=stdin")?;
                c"stdin"
            }
            Some(name) => {
                let mut chunk_name = Buffer::new(self);
                chunk_name.add_all(&[b"@", name])?;
                self.push_buffer(chunk_name)?;
                // SAFETY: the string on the stack ends with a NUL, and stays there while the path is used.
                unsafe { CStr::from_ptr(self.string_at(name_index).data().add(1).cast()) }
            }
        };
        set_errno(0);
        let mut file = File { file: stdin, block: [0; BLOCK], ahead: 0 };
        if filename.is_some() {
            // SAFETY: two C strings.
            file.file = unsafe { libc::fopen(path.as_ptr(), c"r".as_ptr()) };
            if file.file.is_null() {
                return self.file_error("open", name_index);
            }
        }
        let (mut first, commented) = file.skip_comment();
        if first == c_int::from(format::SIGNATURE[0]) {
            if filename.is_some() {
                set_errno(0);
                // SAFETY: an open file, which is closed whatever happens.
                file.file = unsafe { libc::freopen(path.as_ptr(), c"rb".as_ptr(), file.file) };
                if file.file.is_null() {
                    return self.file_error("reopen", name_index);
                }
                first = file.skip_comment().0;
            }
        } else if commented {
            // Keeps the line numbers.
            file.ahead(b'\n');
        }
        if first != libc::EOF {
            file.ahead(first as u8);
        }
        set_errno(0);
        let status =
            self.load(&mut file, ChunkName::String(self.string_at(name_index)), mode).expect("a file closes no coroutine");
        // SAFETY: an open file.
        let failed = unsafe { libc::ferror(file.file) } != 0;
        let errno = errno();
        if filename.is_some() {
            // SAFETY: an open file, not used again.
            unsafe { libc::fclose(file.file) };
        }
        if failed {
            self.set_top(name_index)?;
            // 5.5 has forgotten why by now.
            set_errno(if LUA_5_5 { 0 } else { errno });
            return self.file_error("read", name_index);
        }
        self.remove(name_index);
        Ok(status)
    }

    /// Replaces the chunk name at an index by a message about the last system error.
    fn file_error(self, what: &str, name_index: i32) -> Result<Status> {
        let errno = errno();
        let mut text = Buffer::new(self);
        text.add_all(&[b"cannot ", what.as_bytes(), b" ", &self.string_at(name_index).bytes()[1..]])?;
        if errno != 0 {
            text.add_all(&[b": ", ErrorText::new(errno).as_bytes()])?;
        }
        self.push_buffer(text)?;
        self.remove(name_index);
        Ok(Throw::File as Status)
    }
}
