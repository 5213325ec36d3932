//! Input files: text or binary chunks.

use super::Fatal;
use super::file::text_of;
use perilune::chunk::draft::Draft;
use perilune::chunk::input::{Input, Reader};
use perilune::chunk::undump::undump;
use perilune::compiler::{self, Failure};
use perilune::heap::mem::{Buf, Mem};
use perilune::throw::Throw;
use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;

/// Nested C calls when upstream's program compiles: its protected main function.
const C_CALLS: u32 = 1;

/// Loads a file, or standard input for `-`.
pub fn load(mem: Mem, name: &[u8]) -> Result<Draft, Fatal> {
    let (bytes, chunk_name) = match name {
        b"-" => (read(&mut io::stdin(), b"stdin")?, b"=stdin".to_vec()),
        _ => {
            let mut file = File::open(OsStr::from_bytes(name)).map_err(|e| cannot("open", name, &e))?;
            (read(&mut file, name)?, [b"@", name].concat())
        }
    };
    let (text, commented) = skip_comment(&bytes);
    if text.first() == Some(&0x1B) {
        return binary(mem, text, &chunk_name);
    }
    // The first line counts even when it is left out.
    let mut pieces = Pieces([if commented { b"\n" } else { b"" }, text]);
    compile(mem, &mut pieces, &chunk_name)
}

fn read(from: &mut dyn Read, name: &[u8]) -> Result<Vec<u8>, Fatal> {
    let mut bytes = Vec::new();
    from.read_to_end(&mut bytes).map_err(|e| cannot("read", name, &e))?;
    Ok(bytes)
}

fn cannot(what: &str, name: &[u8], error: &io::Error) -> Fatal {
    Fatal([b"cannot ", what.as_bytes(), b" ", name, b": ", &text_of(error)].concat())
}

/// Without a byte order mark and a first line that begins with `#`; and whether there was such a line.
fn skip_comment(bytes: &[u8]) -> (&[u8], bool) {
    let text = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    if text.first() != Some(&b'#') {
        return (text, false);
    }
    match text.iter().position(|b| *b == b'\n') {
        Some(end) => (&text[end + 1..], true),
        None => (&[], true),
    }
}

/// Two pieces, one after the other.
struct Pieces<'a>([&'a [u8]; 2]);

impl Reader for Pieces<'_> {
    fn piece(&mut self) -> Result<&[u8], Throw> {
        let [first, second] = core::mem::take(&mut self.0);
        if first.is_empty() {
            return Ok(second);
        }
        self.0 = [&[], second];
        Ok(first)
    }
}

fn binary(mem: Mem, mut bytes: &[u8], chunk_name: &[u8]) -> Result<Draft, Fatal> {
    let mut message = Buf::new(mem);
    let result = undump(mem, &mut Input::new(&mut bytes), chunk_name, &mut message);
    result.map_err(|throw| match throw {
        Throw::Syntax => Fatal(message.to_vec()),
        _ => Fatal(b"not enough memory".to_vec()),
    })
}

/// Compiles text.
pub fn compile(mem: Mem, text: &mut dyn Reader, chunk_name: &[u8]) -> Result<Draft, Fatal> {
    compiler::compile(mem, Input::new(text), chunk_name.into(), C_CALLS).map_err(|failure| match failure {
        Failure::Syntax(message) | Failure::Limit(message) => Fatal(message.to_vec()),
        Failure::Throw(_) => Fatal(b"not enough memory".to_vec()),
    })
}
