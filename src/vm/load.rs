//! Loading chunks: source text or binary, protected (`lua_load`, §4.6).

use super::error;
use super::protect;
use crate::chunk::draft::ChunkName;
use crate::chunk::dump;
use crate::chunk::input::{Input, Reader};
use crate::chunk::{format, materialize, undump};
use crate::compiler::{self, Failure};
use crate::gc;
use crate::heap::mem::{Buf, Mem};
use crate::heap::scratch::with_scratch;
use crate::heap::state::{NOT_YIELDABLE, State, Status};
use crate::heap::string::{self, MAX_SHORT};
use crate::throw::{Result, Throw};
use std::sync::OnceLock;

/// Pushes the main function of a chunk, its upvalues fresh and nil, or an error message. The status is `OK` or that of the
/// error. Neither the reader nor the compiler may yield.
///
/// May: collect, and what the reader does; raises only where the reader closes the running coroutine.
#[doc(alias = "luaD_protectedparser")]
pub fn load_protected(l: State, reader: &mut dyn Reader, name: ChunkName, mode: Option<&[u8]>) -> Result<Status> {
    l.c_calls.set(l.c_calls.get() + NOT_YIELDABLE);
    let level = l.index_of(l.top.get());
    let status = protect::protected(l, level, l.handler.get(), || load(l, reader, name, mode))?;
    l.c_calls.set(l.c_calls.get() - NOT_YIELDABLE);
    Ok(status)
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

/// Loads a whole text by other means and pushes the function, where these apply: sharing, which is above this layer.
pub type TextSharing = fn(State, text: &[u8], name: &[u8], mode: Option<&[u8]>) -> Result<bool>;

static TEXT_SHARING: OnceLock<TextSharing> = OnceLock::new();

/// Installs sharing of texts, once in the process, if the host wants it.
pub fn set_text_sharing(sharing: TextSharing) {
    TEXT_SHARING.get_or_init(|| sharing);
}

fn load(l: State, reader: &mut dyn Reader, name: ChunkName, mode: Option<&[u8]>) -> Result {
    match TEXT_SHARING.get() {
        None => load_private(l, reader, name, mode),
        Some(sharing) => {
            let mut text = Vec::new();
            loop {
                match reader.piece()? {
                    [] => break,
                    piece => text.extend_from_slice(piece),
                }
            }
            if sharing(l, &text, name.bytes(), mode)? { Ok(()) } else { load_private(l, &mut &text[..], name, mode) }
        }
    }
}

fn load_private(l: State, reader: &mut dyn Reader, name: ChunkName, mode: Option<&[u8]>) -> Result {
    // SAFETY: `load_with` leaves a closure of the VM's on the stack or an error, and has no other way to keep anything.
    unsafe { with_scratch(l.global().mem(), |mem| load_with(l, mem, reader, name, mode)) }
}

/// `mem` is for what lives as long as this runs.
#[inline(always)]
fn load_with(l: State, mem: Mem, reader: &mut dyn Reader, name: ChunkName, mode: Option<&[u8]>) -> Result {
    let g = l.global();
    let in_memory = reader.is_memory();
    let mut input = Input::new(reader);
    let kind = format::kind(input.peek()?);
    if !format::allows(mode, kind) {
        let mut message = Buf::new(mem);
        for part in format::refusal(mode, kind) {
            message.extend(part)?;
        }
        return Err(syntax_error(l, &message));
    }
    let mut named = false;
    let draft = if kind == format::BINARY {
        if in_memory {
            // SAFETY: so `is_memory` says; the draft is gone when the load is over.
            unsafe { input.set_stays() };
        }
        let mut message = Buf::new(mem);
        undump::undump(mem, &mut input, name.bytes(), &mut message).map_err(|t| match t {
            Throw::Syntax => syntax_error(l, &message),
            other => other,
        })?
    } else {
        // A long name, such as the text itself, is made a string before the compiler would copy it; not where a reader could remove it from the stack.
        let name = match name {
            ChunkName::Bytes(bytes) if bytes.len() > MAX_SHORT && in_memory => {
                let s = string::new(g, bytes)?;
                l.push(s);
                named = true;
                ChunkName::String(s)
            }
            name => name,
        };
        compiler::compile(mem, input, name, l.c_depth()).map_err(|f| match f {
            Failure::Syntax(message) => syntax_error(l, &message),
            Failure::Limit(message) => error::run_error_parts(l, &[&message]),
            Failure::Throw(t) => t,
        })?
    };
    materialize::push_main_closure(l, draft)?;
    if named {
        let main = l.from_top(1).get();
        l.from_top(2).set(main);
        l.top.set(l.from_top(1));
    }
    gc::check(l);
    Ok(())
}

/// Writes a Lua function as a binary chunk; the writer's last status. May: what the writer does.
pub fn dump(
    mem: Mem,
    proto: crate::heap::object::Gc<crate::heap::function::Proto>,
    strip: bool,
    writer: dump::Writer,
) -> Result<i32> {
    dump::dump(mem, proto, strip, writer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::heap::state::OK;
    use crate::heap::testing::{Host, allocate};
    use crate::vm::state;

    const SOURCE: &[u8] = b"local t, long = {1, 2.5, 'short'}, 'a string of more than forty bytes, which is not interned'
        local function f(a, b, ...) local function g() return a, b, t, long, x end return g, ... end
        for i = 1, 3 do t[i] = f(i) end return function() return t.y, long, nil, true, false end";

    /// Runs a test with a state; afterwards all memory must be back.
    fn with_state(test: impl FnOnce(State, &Host)) {
        let host = Host::default();
        // SAFETY: the function follows the protocol; the host outlives the state.
        let l = unsafe { state::new_state(allocate, host.ud()) }.expect("there is memory");
        test(l, &host);
        state::close(l);
        host.assert_empty();
    }

    fn dumped(l: State, strip: bool) -> Vec<u8> {
        let f = l.from_top(1).get().as_lua_closure().expect("a loaded function");
        let mut bytes = Vec::new();
        let end = dump(l.global().mem(), f.proto.get(), strip, &mut |piece| {
            bytes.extend_from_slice(piece);
            Ok(0)
        });
        assert_eq!(end, Ok(0));
        bytes
    }

    /// A main function whose arrays are too large to be copied.
    fn long_source() -> Vec<u8> {
        let items = (0..3000).map(|i| format!("{i}.5, 'name {i}', function() return f{i} end, '{}',\n", "long".repeat(11)));
        // A text that stays in the binary chunk until it is a string, and one that has no bytes at all.
        let strings = format!("'', '{}'", "long".repeat(1000));
        format!("local a <const>, b = 1, 2\nlocal t = {{ {} {strings} }} return t, b", items.collect::<String>()).into_bytes()
    }

    #[test]
    fn text_and_binary_chunks_make_the_same_prototypes() {
        with_state(|l, _| {
            let long_name = [b'x'; 5000];
            for (source, name) in [(SOURCE, &b"=test"[..]), (SOURCE, &long_name), (&long_source(), b"=test")] {
                assert_eq!(load_protected(l, &mut &*source, name.into(), None), Ok(OK));
                let main = l.from_top(1).get().as_lua_closure().expect("a loaded function").proto.get();
                assert_eq!(main.owns_arrays, source.len() > SOURCE.len());
                for strip in [false, true] {
                    let bytes = dumped(l, strip);
                    assert_eq!(load_protected(l, &mut &bytes[..], b"=other".into(), Some(b"b")), Ok(OK));
                    assert_eq!(dumped(l, strip), bytes);
                    l.pop(1);
                }
                l.pop(1);
            }
        });
    }

    #[test]
    fn a_name_that_is_a_long_string_is_not_copied() {
        with_state(|l, _| {
            let text = [b"local function f() end --", &[b'x'; 100][..]].concat();
            let s = string::new(l.global(), &text).expect("there is memory");
            l.push(s);
            let top = l.top.get();
            for name in [ChunkName::String(s), ChunkName::Bytes(&text)] {
                assert_eq!(load_protected(l, &mut &text[..], name, None), Ok(OK));
                assert!(l.top.get() == top.at(1));
                let main = l.from_top(1).get().as_lua_closure().expect("a loaded function").proto.get();
                let source = main.source.expect("debug information");
                assert_eq!(source.bytes(), text);
                assert_eq!(source.as_ptr() == s.as_ptr(), matches!(name, ChunkName::String(_)));
                assert!(main.nested()[0].source.is_some_and(|inner| inner.as_ptr() == source.as_ptr()));
                l.pop(1);
                assert_eq!(load_protected(l, &mut &b"="[..], name, None), Ok(Throw::Syntax as Status));
                assert!(l.top.get() == top.at(1));
                l.pop(1);
            }
        });
    }

    #[test]
    fn loading_fails_cleanly_wherever_memory_ends() {
        with_state(|l, host| {
            for source in [SOURCE, &long_source(), &nested_source()] {
                assert_eq!(load_protected(l, &mut &*source, b"=test".into(), None), Ok(OK));
                let bytes = dumped(l, false);
                l.pop(1);
                for chunk in [source, &bytes] {
                    // A long chunk asks too often to try each time.
                    let (mut failures, mut step) = (0, 1);
                    loop {
                        crate::gc::full(l, false);
                        host.fail_after.set(Some(failures));
                        let status = load_protected(l, &mut &*chunk, b"=test".into(), None).expect("nothing is closed");
                        host.fail_after.set(None);
                        if status == OK {
                            break;
                        }
                        assert_eq!(status, Throw::Memory as Status);
                        l.pop(1);
                        failures += step;
                        step += usize::from(failures % 40 > 30);
                    }
                    assert!(failures > 20, "only {failures} requests for memory");
                    assert_eq!(dumped(l, false), bytes);
                    l.pop(1);
                }
            }
        });
    }

    /// Many functions within functions: their draft has several blocks.
    fn nested_source() -> Vec<u8> {
        let one = |i| {
            format!(
                "function(a{i}) local b = a{i} return function() return function() return b, x{i} end, '{}{i}' end end,",
                "long".repeat(11)
            )
        };
        format!("return {{ {} }}", (0..400).map(one).collect::<String>()).into_bytes()
    }

    #[test]
    fn a_collection_in_the_midst_of_loading_changes_nothing() {
        for generational in [false, true] {
            with_state(|l, host| {
                if generational {
                    gc::control(l, gc::Request::Generational(0, 0));
                }
                for source in [SOURCE, &long_source(), &nested_source()] {
                    assert_eq!(load_protected(l, &mut &*source, b"=test".into(), None), Ok(OK));
                    let bytes = dumped(l, false);
                    l.pop(1);
                    let (mut refused, mut step, mut collections) = (0, 1, 0);
                    loop {
                        // Now and then what was loaded before is old.
                        if collections % 3 == 0 {
                            gc::full(l, false);
                        }
                        host.fail_once.set(true);
                        host.fail_after.set(Some(refused));
                        assert_eq!(load_protected(l, &mut &*source, b"=test".into(), None), Ok(OK));
                        let ended = host.fail_after.take().is_some();
                        gc::verify::verify(l.global());
                        assert_eq!(dumped(l, false), bytes);
                        gc::full(l, false);
                        assert_eq!(dumped(l, false), bytes);
                        l.pop(1);
                        if ended {
                            break;
                        }
                        collections += 1;
                        refused += step;
                        step += usize::from(refused % 40 > 30);
                    }
                    assert!(collections > 10, "only {collections} collections");
                }
            });
        }
    }
}
