//! The handle on a file: `luaL_Stream`, a userdata that C code makes and reads too.

use super::super::c::File;
use crate::heap::function::{CFunction, Native};
use crate::heap::state::State;
use crate::native;
use crate::throw::{Result, Throw};
use crate::vm::auxiliary::result::set_errno;
use crate::vm::boundary_call;
use core::cell::Cell;
use core::ffi::c_int;
use libc::FILE;

/// Name of the metatable, as C code asks for it (`LUA_FILEHANDLE`).
pub const HANDLE: &str = "FILE*";

/// `luaL_Stream`. A closed file has no close function; one that is not open yet has a null file.
#[repr(C)]
pub struct Stream {
    pub f: Cell<*mut FILE>,
    pub closef: Cell<Option<CFunction>>,
}

native!(pub FCLOSE = "fclose", fclose);
native!(pub PCLOSE = "pclose", pclose);
native!(pub NO_CLOSE = "noclose", no_close);

impl Stream {
    /// Pushes a handle that counts as closed, so that it is whole whatever happens next. May: raise, collect.
    pub fn push_closed(l: State) -> Result<&'static Stream> {
        let block = l.new_userdata(size_of::<Stream>(), 0)?.cast::<Stream>();
        // SAFETY: a fresh block of the right size, aligned for anything. The userdata lives while it is on the stack.
        let stream = unsafe {
            block.write(Stream { f: Cell::new(core::ptr::null_mut()), closef: Cell::new(None) });
            &*block
        };
        l.set_metatable_name(HANDLE)?;
        Ok(stream)
    }

    /// The handle in the userdata at `index`, which must be one.
    pub fn at(l: State, index: i32) -> Option<&'static Stream> {
        // SAFETY: the caller's index holds a handle; only the library and C code that keeps to its layout make them.
        unsafe { l.to_userdata(index).cast::<Stream>().as_ref() }
    }

    /// Argument 1, if it is a handle. May: raise, collect.
    pub fn test(l: State) -> Result<Option<&'static Stream>> {
        // SAFETY: the metatable says what the block is.
        Ok(unsafe { l.test_userdata(1, HANDLE)?.cast::<Stream>().as_ref() })
    }

    /// Argument 1, which must be a handle. May: raise, collect.
    pub fn check(l: State) -> Result<&'static Stream> {
        // SAFETY: the metatable says what the block is.
        Ok(unsafe { &*l.check_userdata(1, HANDLE)?.cast::<Stream>() })
    }

    /// The file of argument 1, which must be an open handle. May: raise, collect.
    pub fn check_file(l: State) -> Result<File> {
        Stream::check(l)?.file().ok_or_else(|| Stream::closed(l))
    }

    fn closed(l: State) -> Throw {
        l.error_fmt(format_args!("attempt to use a closed file"))
    }

    pub fn is_closed(&self) -> bool {
        self.closef.get().is_none()
    }

    /// The open file.
    pub fn file(&self) -> Option<File> {
        if self.is_closed() {
            return None;
        }
        // SAFETY: a handle with a close function is open.
        unsafe { File::new(self.f.get()) }
    }

    /// Closes the handle in argument 1; results are those of its close function, called in the place of the running one. May: raise
    /// (as for any use of a closed file), collect.
    pub fn close(l: State) -> Result<u32> {
        let stream = Stream::check(l)?;
        // A finalizer that ran just now may have closed it.
        let Some(close) = stream.closef.take() else { return Err(Stream::closed(l)) };
        let own: [&Native; 3] = [&FCLOSE, &PCLOSE, &NO_CLOSE];
        match own.iter().find(|n| n.face as usize == close as usize) {
            Some(native) => (native.run)(l),
            None => boundary_call::function(l, close).map(|n| n as u32),
        }
    }
}

fn fclose(l: State) -> Result<u32> {
    let stream = Stream::check(l)?;
    set_errno(0);
    // SAFETY: the file was open until now; nobody uses it any more.
    let ok = unsafe { libc::fclose(stream.f.get()) } == 0;
    l.file_result(ok, None)
}

fn pclose(l: State) -> Result<u32> {
    let stream = Stream::check(l)?;
    set_errno(0);
    // SAFETY: as in `fclose`; `popen` made the file.
    let status: c_int = unsafe { libc::pclose(stream.f.get()) };
    l.exec_result(status)
}

/// The standard files stay open.
fn no_close(l: State) -> Result<u32> {
    Stream::check(l)?.closef.set(Some(NO_CLOSE.face));
    l.push_nil();
    l.push_str("cannot close standard file")?;
    Ok(2)
}
