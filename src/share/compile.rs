//! A file becomes a shared chunk: read with plain file descriptors, compiled in memory of the process, copied compactly.

use crate::chunk::format;
use crate::chunk::input::Input;
use crate::chunk::publish;
use crate::chunk::undump;
use crate::chunk::view::DraftView;
use crate::compiler::{self, Failure};
use crate::heap::mem::{Allocator, Buf, Mem, process_memory};
use crate::heap::shared::SharedChunk;
use crate::heap::state::{State, Status};
use crate::throw::Throw;
use crate::vm::auxiliary::result::ErrorText;
use core::ptr;
use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::sync::Arc;

/// Why there is no chunk: the status and the message that the uncached loader would give.
#[derive(Clone, Debug)]
pub struct Refusal {
    pub status: Throw,
    pub message: Vec<u8>,
}

impl Refusal {
    /// Pushes the message, and gives the status. May: raise (memory), collect.
    pub fn push(&self, l: State) -> crate::throw::Result<Status> {
        l.push_bytes(&self.message)?;
        Ok(self.status as Status)
    }
}

/// What tells one state of a file from another: device, inode, size, modification time in nanoseconds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Identity {
    device: u64,
    inode: u64,
    size: u64,
    modified: (i64, i64),
}

impl Identity {
    fn of(file: &File) -> Option<Identity> {
        let m = file.metadata().ok()?;
        Some(Identity { device: m.dev(), inode: m.ino(), size: m.size(), modified: (m.mtime(), m.mtime_nsec()) })
    }

    /// The identity of the file that has this name now.
    pub fn now(name: &[u8]) -> Option<Identity> {
        let m = std::fs::metadata(OsStr::from_bytes(name)).ok()?;
        Some(Identity { device: m.dev(), inode: m.ino(), size: m.size(), modified: (m.mtime(), m.mtime_nsec()) })
    }
}

/// Reads and compiles a file. `mode` is which kinds of chunk are allowed; `depth` as for the compiler.
pub fn file(name: &[u8], mode: Option<&[u8]>, depth: u32) -> Result<(Arc<SharedChunk>, Option<Identity>), Refusal> {
    if !may_be_shared(name)? {
        return Err(Refusal { status: Throw::File, message: [b"cannot read ", name, b": not a file"].concat() });
    }
    let (bytes, identity) = read(name, u64::MAX)?;
    let chunk_name = [b"@", name].concat();
    Ok((text(without_first_line(&bytes), &chunk_name, mode, depth)?, identity))
}

/// Whether what has this name is read as a whole: not pipes and devices, which may have no end or wait for somebody. Refused is what is not there.
pub fn may_be_shared(name: &[u8]) -> Result<bool, Refusal> {
    match std::fs::metadata(OsStr::from_bytes(name)) {
        Ok(m) => Ok(m.is_file()),
        Err(e) => Err(file_error("open", name, &e)),
    }
}

/// The bytes of a file, or the first `most`.
pub fn read(name: &[u8], most: u64) -> Result<(Vec<u8>, Option<Identity>), Refusal> {
    let file = File::open(OsStr::from_bytes(name)).map_err(|e| file_error("open", name, &e))?;
    let identity = Identity::of(&file);
    let mut bytes = Vec::new();
    file.take(most).read_to_end(&mut bytes).map_err(|e| file_error("read", name, &e))?;
    Ok((bytes, identity))
}

fn file_error(what: &str, name: &[u8], e: &io::Error) -> Refusal {
    let reason = e.raw_os_error().map(ErrorText::new);
    let (separator, reason) = reason.as_ref().map_or((&b""[..], &b""[..]), |reason| (b": ", reason.as_bytes()));
    let message = [b"cannot ", what.as_bytes(), b" ", name, separator, reason].concat();
    Refusal { status: Throw::File, message }
}

/// What a file holds as a chunk: without a byte order mark, and a first line that begins with `#`.
pub fn without_first_line(bytes: &[u8]) -> &[u8] {
    let mut chunk = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    if chunk.first() == Some(&b'#') {
        // The end of the line stays, so that line numbers are right, unless a binary chunk follows.
        let end = chunk.iter().position(|b| *b == b'\n').unwrap_or(chunk.len());
        chunk = &chunk[end..];
        if format::kind(chunk.get(1).copied()) == format::BINARY {
            chunk = &chunk[1..];
        }
    }
    chunk
}

/// Whether `mode` allows this kind of chunk.
pub fn allows(mode: Option<&[u8]>, chunk: &[u8]) -> bool {
    format::allows(mode, format::kind(chunk.first().copied()))
}

/// Compiles or undumps a chunk.
pub fn text(mut chunk: &[u8], chunk_name: &[u8], mode: Option<&[u8]>, depth: u32) -> Result<Arc<SharedChunk>, Refusal> {
    let kind = format::kind(chunk.first().copied());
    if !format::allows(mode, kind) {
        return Err(Refusal { status: Throw::Syntax, message: format::refusal(mode, kind).concat() });
    }
    let allocator = Allocator::new(process_memory, ptr::null_mut());
    let mem = Mem::new(&allocator);
    let mut input = Input::new(&mut chunk);
    let draft = if kind == format::BINARY {
        let mut message = Buf::new(mem);
        undump::undump(mem, &mut input, chunk_name, &mut message)
            .map_err(|status| Refusal { status, message: message.to_vec() })?
    } else {
        compiler::compile(mem, input, chunk_name.into(), depth).map_err(|f| match f {
            Failure::Syntax(m) => Refusal { status: Throw::Syntax, message: m.to_vec() },
            Failure::Limit(m) => Refusal { status: Throw::Run, message: m.to_vec() },
            Failure::Throw(status) => Refusal { status, message: b"not enough memory".to_vec() },
        })?
    };
    Ok(publish::publish(DraftView::main(&draft)))
}
