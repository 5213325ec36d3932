//! The standard library: Rust functions over the VM's own calls (`vm::api`, `vm::auxiliary`), never over the C API.
//!
//! One file or folder a library, under its Lua name; `c` holds what they share of C's library. A function is declared with
//! `native!` and has the type `fn(State) -> Result<u32>`: arguments from index 1, results on top, their number returned.
//! Each library has `open`, which leaves its table on the stack (what `luaopen_*` does).

pub mod base;
pub mod c;
pub mod coroutine;
pub mod debug;
pub mod io;
pub mod math;
pub mod os;
pub mod package;
pub mod string;
pub mod table;
mod text;
pub mod utf8;

use crate::edition::LUA_5_5;
use crate::heap::function::Native;
use crate::heap::names::Name;
use crate::heap::state::State;
use crate::native;
use crate::throw::Result;
use crate::value::Value;
use crate::vm::api::REGISTRY_INDEX;

native!(pub OPEN_BASE = "luaopen_base", base::open);
native!(pub OPEN_PACKAGE = "luaopen_package", package::open);
native!(pub OPEN_COROUTINE = "luaopen_coroutine", coroutine::open);
native!(pub OPEN_TABLE = "luaopen_table", table::open);
native!(pub OPEN_IO = "luaopen_io", io::open);
native!(pub OPEN_OS = "luaopen_os", os::open);
native!(pub OPEN_STRING = "luaopen_string", string::open);
native!(pub OPEN_MATH = "luaopen_math", math::open);
native!(pub OPEN_UTF8 = "luaopen_utf8", utf8::open);
native!(pub OPEN_DEBUG = "luaopen_debug", debug::open);

/// All libraries, in the order in which they are opened: the global each becomes, and the function that opens it. In 5.5 the
/// place of each is also that of its bit in `luaL_openselectedlibs` (`LUA_GLIBK` and its like).
static LIBRARIES: [(&str, &Native); 10] = if LUA_5_5 {
    [
        ("_G", &OPEN_BASE),
        ("package", &OPEN_PACKAGE),
        ("coroutine", &OPEN_COROUTINE),
        ("debug", &OPEN_DEBUG),
        ("io", &OPEN_IO),
        ("math", &OPEN_MATH),
        ("os", &OPEN_OS),
        ("string", &OPEN_STRING),
        ("table", &OPEN_TABLE),
        ("utf8", &OPEN_UTF8),
    ]
} else {
    [
        ("_G", &OPEN_BASE),
        ("package", &OPEN_PACKAGE),
        ("coroutine", &OPEN_COROUTINE),
        ("table", &OPEN_TABLE),
        ("io", &OPEN_IO),
        ("os", &OPEN_OS),
        ("string", &OPEN_STRING),
        ("math", &OPEN_MATH),
        ("utf8", &OPEN_UTF8),
        ("debug", &OPEN_DEBUG),
    ]
};

/// Opens every library into the globals and `package.loaded` (`luaL_openlibs`). May: raise, collect.
pub fn open_libs(l: State) -> Result {
    for (name, open) in LIBRARIES {
        l.requiref(name.as_bytes(), Value::native(open), true)?;
        l.pop(1);
    }
    Ok(())
}

/// Opens the libraries whose bits are set in `load`; of the others, those in `preload` are opened when they are required
/// (`luaL_openselectedlibs`). May: raise, collect.
pub fn open_selected_libs(l: State, load: u32, preload: u32) -> Result {
    l.get_subtable(REGISTRY_INDEX, Name::PRELOAD.text())?;
    for (bit, (name, open)) in LIBRARIES.into_iter().enumerate() {
        if load >> bit & 1 != 0 {
            l.requiref(name.as_bytes(), Value::native(open), true)?;
            l.pop(1);
        } else if preload >> bit & 1 != 0 {
            l.push_native(open);
            l.set_field(-2, name)?;
        }
    }
    l.pop(1);
    Ok(())
}
