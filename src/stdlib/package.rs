//! Modules (§6.3): `require`, its searchers, and dynamic libraries.

use super::c;
use crate::edition::{self, LUA_5_5};
use crate::heap::external;
use crate::heap::function::{CFunction, Native};
use crate::heap::names::Name;
use crate::heap::state::{MIN_STACK, OK, State};
use crate::native;
use crate::throw::Result;
use crate::value::Type;
use crate::vm::api::{REGISTRY_INDEX, upvalue_index};
use crate::vm::auxiliary::Buffer;
use core::ffi::{CStr, c_void};
use core::ptr::NonNull;

native!(LOADLIB = "loadlib", loadlib);
native!(SEARCHPATH = "searchpath", searchpath);
native!(REQUIRE = "require", require);
native!(SEARCH_PRELOAD = "searcher_preload", search_preload);
native!(SEARCH_LUA = "searcher_Lua", search_lua);
native!(SEARCH_C = "searcher_C", search_c);
native!(SEARCH_C_ROOT = "searcher_Croot", search_c_root);
native!(UNLOAD = "__gc", unload);

/// Searchers in the order in which `require` asks them. The table `package` is their upvalue.
static SEARCHERS: [&Native; 4] = [&SEARCH_PRELOAD, &SEARCH_LUA, &SEARCH_C, &SEARCH_C_ROOT];

/// Registry key of the loaded libraries: handles by path, and all of them in order.
const LIBRARIES: &str = "_CLIBS";
const LOADED: &str = "_LOADED";
const PRELOAD: &str = "_PRELOAD";

/// Separators in paths and names; `config` tells them to Lua.
const DIRECTORY: &[u8] = b"/";
const TEMPLATE: u8 = b';';
const NAME_MARK: u8 = b'?';
const IGNORE_MARK: u8 = b'-';
const CONFIG: &str = "/\n;\n?\n!\n-\n";

/// Leaves the table `package` on the stack and sets the global `require`. May: raise, collect.
pub fn open(l: State) -> Result<u32> {
    l.get_subtable(REGISTRY_INDEX, LIBRARIES)?;
    if LUA_5_5 {
        l.pop(1);
    } else {
        l.create_table(0, 1)?;
        l.push_native(&UNLOAD);
        l.set_field(-2, "__gc")?;
        l.set_metatable(-2)?;
    }

    l.create_table(0, 8)?;
    l.set_natives(&[&LOADLIB, &SEARCHPATH])?;
    l.create_table(SEARCHERS.len(), 0)?;
    for (i, searcher) in SEARCHERS.iter().enumerate() {
        l.push_index(-2);
        l.push_native_closure(searcher, 1)?;
        l.raw_set_i(-2, i as i64 + 1)?;
    }
    l.set_field(-2, "searchers")?;
    push_path(l, edition::PATH_VARIABLE, c"LUA_PATH", env!("PERILUNE_PATH_DEFAULT"))?;
    l.set_field(-2, "path")?;
    push_path(l, edition::CPATH_VARIABLE, c"LUA_CPATH", env!("PERILUNE_CPATH_DEFAULT"))?;
    l.set_field(-2, "cpath")?;
    l.push_str(CONFIG)?;
    l.set_field(-2, "config")?;
    l.get_subtable(REGISTRY_INDEX, LOADED)?;
    l.set_field(-2, "loaded")?;
    l.get_subtable(REGISTRY_INDEX, PRELOAD)?;
    l.set_field(-2, "preload")?;

    l.push_globals();
    l.push_index(-2);
    l.push_native_closure(&REQUIRE, 1)?;
    l.set_field(-2, "require")?;
    l.pop(1);
    Ok(1)
}

/// Pushes a path from the environment, where the first ";;" stands for the default, or else the default.
fn push_path(l: State, versioned: &CStr, plain: &CStr, default: &str) -> Result {
    let chosen = c::environment(versioned).or_else(|| c::environment(plain));
    l.get_field(REGISTRY_INDEX, "LUA_NOENV")?;
    let ignored = l.to_boolean(-1);
    l.pop(1);
    let Some(path) = chosen.filter(|_| !ignored).map(CStr::to_bytes) else {
        return l.push_str(default);
    };
    let Some(at) = path.windows(2).position(|w| w == [TEMPLATE, TEMPLATE]) else {
        return l.push_bytes(path);
    };
    let (before, after) = (&path[..at], &path[at + 2..]);
    let separator: &[u8] = &[TEMPLATE];
    let unless_empty = |s: &[u8]| if s.is_empty() { &b""[..] } else { separator };
    l.push_pieces(&[before, unless_empty(before), default.as_bytes(), unless_empty(after), after])
}

/// Appends `text` with every `from` (not empty) replaced by `to`.
fn extend_replaced(out: &mut Buffer, mut text: &[u8], from: &[u8], to: &[u8]) -> Result {
    let find = |text: &[u8]| match from {
        [byte] => memchr::memchr(*byte, text),
        _ => text.windows(from.len()).position(|w| w == from),
    };
    // Enough for what is mostly replaced: one place in each of a few templates.
    out.reserve(text.len() + 2 * to.len() + 1)?;
    while let Some(at) = find(text) {
        out.extend(&text[..at])?;
        out.extend(to)?;
        text = &text[at + from.len()..];
    }
    out.extend(text)
}

/// Makes the buffer hold the pieces, up to the first zero byte in them, as a C string, and gives it. No string of the VM is made.
fn c_text<'a>(out: &'a mut Buffer, pieces: &[&[u8]]) -> Result<&'a CStr> {
    out.clear();
    out.reserve(pieces.iter().map(|piece| piece.len()).sum::<usize>() + 1)?;
    pieces.iter().try_for_each(|piece| out.extend(piece))?;
    out.push(0)?;
    Ok(CStr::from_bytes_until_nul(out).expect("it ends with a zero"))
}

/// The string on top, up to its first zero byte.
fn top_text(l: State) -> Result<&'static [u8]> {
    Ok(c::lua_c_str(l.to_bytes(-1)?.unwrap_or_default()).to_bytes())
}

/// Whether a file may be read. The kernel is asked, and the file not opened: that takes a third of the time, and nothing that threads share is written.
fn is_readable(name: &CStr) -> bool {
    // SAFETY: a C string.
    unsafe { libc::faccessat(libc::AT_FDCWD, name.as_ptr(), libc::R_OK, libc::AT_EACCESS) == 0 }
}

/// Pushes the name of the first readable file among the templates of `path`, and gives it; or pushes a message that lists all.
fn search_path(l: State, name: &[u8], path: &[u8], separator: &[u8], replacement: &[u8]) -> Result<Option<&'static CStr>> {
    let mut plain = Buffer::new(l);
    if separator.is_empty() {
        plain.extend(name)?
    } else {
        extend_replaced(&mut plain, name, separator, replacement)?
    }
    // The names, each ending with a zero as C wants it; there is no other in them.
    let mut names = Buffer::new(l);
    extend_replaced(&mut names, path, &[NAME_MARK], &plain)?;
    let is_any = !names.is_empty();
    names.push(TEMPLATE)?;
    names.iter_mut().filter(|b| **b == TEMPLATE).for_each(|b| *b = 0);
    let mut each =
        names.split_inclusive(|b| *b == 0).map(|name| CStr::from_bytes_with_nul(name).expect("it ends with the only zero"));
    if is_any && let Some(found) = each.find(|name| is_readable(name)) {
        l.push_bytes(found.to_bytes())?;
        return Ok(Some(c::lua_c_str(l.to_bytes(-1)?.unwrap_or_default())));
    }
    let mut message = Buffer::new(l);
    message.reserve(names.len() * 2)?;
    message.extend(b"no file '")?;
    extend_replaced(&mut message, &names[..names.len() - 1], &[0], b"'\n\tno file '")?;
    message.push(b'\'')?;
    l.push_buffer(message)?;
    Ok(None)
}

fn searchpath(l: State) -> Result<u32> {
    // From the last to the first, as upstream's compiled code does: it decides which of several errors is reported.
    let replacement = l.opt_c_str(4)?.map_or(DIRECTORY, CStr::to_bytes);
    let separator = l.opt_c_str(3)?.unwrap_or(c".").to_bytes();
    let path = l.check_c_str(2)?.to_bytes();
    let name = l.check_c_str(1)?.to_bytes();
    if search_path(l, name, path, separator, replacement)?.is_some() {
        return Ok(1);
    }
    l.insert_fail();
    Ok(2)
}

/// Why a function of a dynamic library could not be had; the message is on top.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Missing {
    Library,
    Function,
}

/// Pushes the message of the dynamic linker's last failure.
fn push_linker_error(l: State) -> Result {
    // SAFETY: null or a C string, copied at once.
    unsafe {
        let message = libc::dlerror();
        l.push_c_str((!message.is_null()).then(|| CStr::from_ptr(message)))
    }
}

/// The handle of the library at `path`, loaded now or before. `global`: its symbols are for later libraries too.
fn library(l: State, path: &CStr, global: bool) -> Result<core::result::Result<*mut c_void, Missing>> {
    l.get_field(REGISTRY_INDEX, LIBRARIES)?;
    l.get_field_bytes(-1, path.to_bytes())?;
    let loaded = l.to_userdata(-1);
    l.pop(2);
    if !loaded.is_null() {
        return Ok(Ok(loaded));
    }
    let visibility = if global { libc::RTLD_GLOBAL } else { libc::RTLD_LOCAL };
    // SAFETY: a C string. Running the library's initialisers is what the script asks for.
    let handle = unsafe { libc::dlopen(path.as_ptr(), libc::RTLD_NOW | visibility) };
    if handle.is_null() {
        push_linker_error(l)?;
        return Ok(Err(Missing::Library));
    }
    l.get_field(REGISTRY_INDEX, LIBRARIES)?;
    l.push_light_userdata(handle);
    if LUA_5_5 {
        l.set_field_bytes(-2, path.to_bytes())?;
        // SAFETY: a text that lives for ever, and a function that closes the library in its place.
        let s = unsafe {
            let text = NonNull::new_unchecked(LIBRARY_STRING.as_ptr().cast_mut());
            external::new(l.global(), text, LIBRARY_STRING.len() - 1, Some(close_library), handle)?
        };
        l.push_new_string(s);
        l.ref_(-2)?;
        l.pop(1);
        return Ok(Ok(handle));
    }
    l.push_index(-1);
    l.set_field_bytes(-3, path.to_bytes())?;
    let next = l.len_integer(-2)? + 1;
    l.raw_set_i(-2, next)?;
    l.pop(1);
    Ok(Ok(handle))
}

/// Pushes the C function `symbol` of the library at `path`, or `true` when the symbol is "*", or a message.
fn push_c_function(l: State, path: &CStr, symbol: &CStr) -> Result<core::result::Result<(), Missing>> {
    let all = symbol.to_bytes().first() == Some(&b'*');
    let handle = match library(l, path, all)? {
        Ok(handle) => handle,
        Err(missing) => return Ok(Err(missing)),
    };
    if all {
        l.push_boolean(true);
        return Ok(Ok(()));
    }
    // SAFETY: an open library and a C string.
    let address = unsafe { libc::dlsym(handle, symbol.as_ptr()) };
    if address.is_null() {
        push_linker_error(l)?;
        return Ok(Err(Missing::Function));
    }
    // SAFETY: the script says that the symbol is a lua_CFunction.
    let function: CFunction = unsafe { core::mem::transmute(address) };
    l.push_c_closure(function, 0)?;
    Ok(Ok(()))
}

fn loadlib(l: State) -> Result<u32> {
    let path = l.check_c_str(1)?;
    let symbol = l.check_c_str(2)?;
    match push_c_function(l, path, symbol)? {
        Ok(()) => Ok(1),
        Err(missing) => {
            l.insert_fail();
            l.push_str(if missing == Missing::Library { "open" } else { "init" })?;
            Ok(3)
        }
    }
}

/// What the strings say that stand for open libraries in 5.5. Too long for a short string, of which there is only one.
///
/// External strings that a library has made may need its code when they are given back. When the state closes, that happens
/// in the reverse order of their making, so each library outlives its strings.
static LIBRARY_STRING: &[u8] = b"this string closes a library when nobody needs it any more\0";

/// Closes a library in place of giving a string back.
unsafe extern "C" fn close_library(handle: *mut c_void, _: *mut c_void, _: usize, _: usize) -> *mut c_void {
    // SAFETY: a handle from `dlopen`, closed once.
    unsafe { libc::dlclose(handle) };
    core::ptr::null_mut()
}

/// Closes the libraries, last loaded first: finalizer of their table, when the state closes.
fn unload(l: State) -> Result<u32> {
    for i in (1..=l.len_integer(1)?).rev() {
        l.raw_get_i(1, i)?;
        // SAFETY: a handle from `dlopen`; the functions of the library are unreachable by now.
        unsafe { libc::dlclose(l.to_userdata(-1)) };
        l.pop(1);
    }
    Ok(0)
}

/// What `search_preload` says around the name of a module that is not there.
const NOT_PRELOADED: [&[u8]; 2] = [b"no field package.preload['", b"']"];

fn search_preload(l: State) -> Result<u32> {
    let name = l.check_c_str(1)?.to_bytes();
    l.get_field(REGISTRY_INDEX, PRELOAD)?;
    if l.get_field_bytes(-1, name)? == Type::Nil {
        l.push_pieces(&[NOT_PRELOADED[0], name, NOT_PRELOADED[1]])?;
        return Ok(1);
    }
    l.push_str(":preload:")?;
    Ok(2)
}

/// Searches along the path in field `which` of the table `package`; pushes the file's name or a message.
fn find_file(l: State, name: &[u8], which: &str) -> Result<Option<&'static CStr>> {
    l.get_field(upvalue_index(1), which)?;
    let Some(path) = l.to_bytes(-1)? else {
        return Err(l.error_fmt(format_args!("'package.{which}' must be a string")));
    };
    search_path(l, name, c::lua_c_str(path).to_bytes(), b".", DIRECTORY)
}

/// Results of a searcher that found a file: the loader on top and the file's name; or raises with the message on top.
fn found(l: State, loaded: bool, file: &CStr) -> Result<u32> {
    if loaded {
        l.push_c_str(Some(file))?;
        return Ok(2);
    }
    let name = c::lua_c_str(l.to_bytes(1)?.unwrap_or_default()).to_bytes();
    let message = top_text(l)?;
    Err(l.error_pieces(&[b"error loading module '", name, b"' from file '", file.to_bytes(), b"':\n\t", message]))
}

fn search_lua(l: State) -> Result<u32> {
    let name = l.check_c_str(1)?.to_bytes();
    let Some(file) = find_file(l, name, "path")? else { return Ok(1) };
    let status = l.load_file(Some(file.to_bytes()), None)?;
    found(l, status == OK, file)
}

/// Pushes the function that opens module `name` in the library `file`, or a message. What precedes a hyphen names the
/// function; if the library has none of that name, what follows it does.
fn push_opener(l: State, file: &CStr, name: &[u8]) -> Result<core::result::Result<(), Missing>> {
    let mut plain = Buffer::new(l);
    extend_replaced(&mut plain, name, b".", b"_")?;
    let mut parts = plain.splitn(2, |b| *b == IGNORE_MARK);
    let (first, second) = (parts.next().unwrap_or_default(), parts.next());
    let attempt = |part: &[u8]| {
        let mut symbol = Buffer::new(l);
        push_c_function(l, file, c_text(&mut symbol, &[b"luaopen_", part])?)
    };
    let outcome = attempt(first)?;
    match second {
        Some(second) if outcome == Err(Missing::Function) => attempt(second),
        _ => Ok(outcome),
    }
}

fn search_c(l: State) -> Result<u32> {
    let name = l.check_c_str(1)?.to_bytes();
    let Some(file) = find_file(l, name, "cpath")? else { return Ok(1) };
    let outcome = push_opener(l, file, name)?;
    found(l, outcome.is_ok(), file)
}

/// Looks for a submodule in the library of its root.
fn search_c_root(l: State) -> Result<u32> {
    let name = l.check_c_str(1)?.to_bytes();
    let Some(dot) = name.iter().position(|b| *b == b'.') else { return Ok(0) };
    let Some(file) = find_file(l, &name[..dot], "cpath")? else { return Ok(1) };
    match push_opener(l, file, name)? {
        Ok(()) => found(l, true, file),
        Err(Missing::Library) => found(l, false, file),
        Err(Missing::Function) => {
            l.push_pieces(&[b"no module '", name, b"' in file '", file.to_bytes(), b"'"])?;
            Ok(1)
        }
    }
}

/// Pushes the loader of the module and the loader's extra value, from the first searcher that knows it.
fn push_loader(l: State, name: &[u8]) -> Result {
    if l.get_field(upvalue_index(1), "searchers")? != Type::Table {
        return Err(l.error_fmt(format_args!("'package.searchers' must be a table")));
    }
    // Reasons stay on the stack, so that nothing is made of them when the module is found.
    let mut is_preload_asked = false;
    for i in 1.. {
        l.check_stack(MIN_STACK as i32, "too many searchers")?;
        if l.raw_get_i(3, i)? == Type::Nil {
            l.pop(1);
            break;
        }
        if i == 1 && l.value_at(-1).as_native().is_some_and(|n| core::ptr::eq(n, &SEARCH_PRELOAD)) && l.hooks() == 0 {
            // Hardly any module is there. To call the searcher would make a string of the name only to say so.
            l.get_field(REGISTRY_INDEX, PRELOAD)?;
            let absent = l.get_field_bytes(-1, name)? == Type::Nil;
            l.pop(2);
            if absent {
                l.pop(1);
                is_preload_asked = true;
                continue;
            }
        }
        l.push_bytes(name)?;
        l.call(1, 2)?;
        if l.is_function(-2) {
            return Ok(());
        }
        l.pop(if l.is_string(-2) { 1 } else { 2 });
    }
    let mut reasons = Buffer::new(l);
    if is_preload_asked {
        reasons.add_all(&[b"\n\t", NOT_PRELOADED[0], name, NOT_PRELOADED[1]])?;
    }
    for i in 4..=l.get_top() {
        reasons.extend(b"\n\t")?;
        reasons.add_value_at(l, i)?;
    }
    l.push_buffer(reasons)?;
    let reasons = top_text(l)?;
    Err(l.error_pieces(&[b"module '", name, b"' not found:", reasons]))
}

/// Returns the module and the extra value of its loader.
fn require(l: State) -> Result<u32> {
    let name = l.check_c_str(1)?.to_bytes();
    l.set_top(1)?;
    l.get_field_key(REGISTRY_INDEX, Name::LOADED.get())?;
    // A name without a NUL is the argument itself.
    match l.value_at(1).as_string() {
        Some(s) if s.len() == name.len() => l.get_field_key(2, s)?,
        _ => l.get_field_bytes(2, name)?,
    };
    if l.to_boolean(-1) {
        return Ok(1);
    }
    l.pop(1);
    push_loader(l, name)?;
    l.rotate(-2, 1);
    l.push_index(1);
    l.push_index(-3);
    l.call(2, 1)?;
    if l.is_nil(-1) {
        l.pop(1);
    } else {
        l.set_field_bytes(2, name)?;
    }
    if l.get_field_bytes(2, name)? == Type::Nil {
        l.push_boolean(true);
        l.copy(-1, -2);
        l.set_field_bytes(2, name)?;
    }
    l.rotate(-2, 1);
    Ok(2)
}
