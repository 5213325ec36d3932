//! Loading chunks: source text or binary, protected (`lua_load`, §4.6).

use super::error;
use super::protect;
use crate::chunk::dump;
use crate::chunk::input::{Input, Reader};
use crate::chunk::{materialize, undump};
use crate::compiler::{self, Failure};
use crate::gc;
use crate::heap::mem::Buf;
use crate::heap::state::{NOT_YIELDABLE, State, Status};
use crate::heap::string;
use crate::throw::{Result, Throw};

/// First byte of binary chunks.
const SIGNATURE: u8 = 0x1B;

/// Pushes the main function of a chunk, its upvalues fresh and nil, or an error message. The status is `OK` or that of the
/// error. Neither the reader nor the compiler may yield.
///
/// May: collect, and what the reader does.
#[doc(alias = "luaD_protectedparser")]
pub fn load_protected(l: State, reader: &mut dyn Reader, name: &[u8], mode: Option<&[u8]>) -> Status {
    l.c_calls.set(l.c_calls.get() + NOT_YIELDABLE);
    let level = l.index_of(l.top.get());
    let status = protect::protected(l, level, l.handler.get(), || load(l, reader, name, mode));
    l.c_calls.set(l.c_calls.get() - NOT_YIELDABLE);
    status
}

/// A syntax error: its message becomes the error object. Message handlers do not see it.
fn syntax_error(l: State, message: &[u8]) -> Throw {
    match string::new(l.global(), message) {
        Ok(s) => {
            l.push(s);
            Throw::Syntax
        }
        Err(t) => t,
    }
}

fn load(l: State, reader: &mut dyn Reader, name: &[u8], mode: Option<&[u8]>) -> Result {
    let g = l.global();
    let mem = g.mem();
    let mut input = Input::new(reader);
    let binary = input.peek()? == Some(SIGNATURE);
    check_mode(l, mode, if binary { "binary" } else { "text" })?;
    let draft = if binary {
        let mut message = Buf::new(mem);
        undump::undump(mem, &mut input, name, &mut message).map_err(|t| match t {
            Throw::Syntax => syntax_error(l, &message),
            other => other,
        })?
    } else {
        compiler::compile(mem, input, name, l.c_depth()).map_err(|f| match f {
            Failure::Syntax(message) => syntax_error(l, &message),
            Failure::Limit(message) => error::run_error_parts(l, &[&message]),
            Failure::Throw(t) => t,
        })?
    };
    let closure = materialize::main_closure(g, &draft)?;
    drop(draft);
    l.push(closure);
    gc::check(l);
    Ok(())
}

fn check_mode(l: State, mode: Option<&[u8]>, kind: &str) -> Result {
    match mode {
        Some(mode) if !mode.contains(&kind.as_bytes()[0]) => {
            let mut message = Buf::new(l.global().mem());
            for part in [b"attempt to load a ", kind.as_bytes(), b" chunk (mode is '", mode, b"')"] {
                message.extend(part)?;
            }
            Err(syntax_error(l, &message))
        }
        _ => Ok(()),
    }
}

/// Writes a Lua function as a binary chunk; the writer's last status. May: what the writer does.
pub fn dump(
    proto: crate::heap::object::Gc<crate::heap::function::Proto>,
    strip: bool,
    writer: dump::Writer,
) -> Result<i32> {
    dump::dump(proto, strip, writer)
}
