//! The library `skynet.codecache`: the code cache as Lua sees it.

use super::cache::{self, Mode};
use super::content;
use super::reload;
use crate::heap::function::Native;
use crate::heap::state::State;
use crate::native;
use crate::throw::Result;

native!(CLEAR = "clear", clear);
native!(MODE = "mode", mode);
native!(STAT = "stat", stat);
native!(RELOAD = "reload", reload);
native!(pub OPEN = "luaopen_cache", open);

static FUNCTIONS: [&Native; 4] = [&CLEAR, &MODE, &STAT, &RELOAD];

/// Leaves the library's table on the stack: its functions, and the global `loadfile` as it is now. May: raise, collect.
pub fn open(l: State) -> Result<u32> {
    l.create_table(0, FUNCTIONS.len() + 1)?;
    l.set_natives(&FUNCTIONS)?;
    l.get_global("loadfile")?;
    l.set_field(-2, "loadfile")?;
    Ok(1)
}

/// `clear([filename])`: forgets all files, or one.
fn clear(l: State) -> Result<u32> {
    if l.is_string(1) {
        let name = l.check_bytes(1)?;
        cache::clear(Some(name));
    } else {
        cache::clear(None);
    }
    Ok(0)
}

/// `mode([name])`: how this VM uses the cache; with a name, how it will.
fn mode(l: State) -> Result<u32> {
    if l.is_none_or_nil(1) {
        l.push_str(Mode::NAMES[Mode::of(l) as usize])?;
        return Ok(1);
    }
    Mode::ALL[l.check_option(1, None, &Mode::NAMES)?].set(l);
    Ok(0)
}

/// `reload(filename)`: loads the file anew and gives its code to the functions that this VM made of it. Gives what `reload::push_report`
/// describes, or fail and a message when the file cannot be loaded.
fn reload(l: State) -> Result<u32> {
    let name = l.check_bytes(1)?;
    match reload::reload(l, name)? {
        Ok(report) => {
            reload::push_report(l, &report)?;
            Ok(1)
        }
        Err(refusal) => {
            l.push_nil();
            l.push_bytes(&refusal.message)?;
            Ok(2)
        }
    }
}

/// `stat()`: a list of files, each with `name`, `bytes`, `hits`, `holders`, `generation`, `age` (seconds) and `cached`, and the
/// totals `bytes`, `files`, `strings` and `string_bytes`, `content_files` and `content_bytes`.
fn stat(l: State) -> Result<u32> {
    push_stat(l)?;
    Ok(1)
}

/// Pushes the table that `stat` gives. May: raise (memory, stack), collect.
pub fn push_stat(l: State) -> Result {
    l.check_stack(4, "statistics")?;
    let files = cache::stat();
    let (strings, string_bytes) = crate::heap::pool::totals();
    let (content_files, content_bytes) = content::totals();
    l.create_table(files.len(), 6)?;
    let mut total = 0;
    for (i, f) in files.iter().enumerate() {
        total += f.bytes;
        l.create_table(0, 7)?;
        l.push_bytes(&f.name)?;
        l.set_field(-2, "name")?;
        for (field, n) in [
            ("bytes", f.bytes as i64),
            ("hits", f.hits as i64),
            ("holders", f.holders as i64),
            ("generation", f.generation as i64),
        ] {
            l.push_integer(n);
            l.set_field(-2, field)?;
        }
        l.push_number(f.age.as_secs_f64());
        l.set_field(-2, "age")?;
        l.push_boolean(f.cached);
        l.set_field(-2, "cached")?;
        l.raw_set_i(-2, i as i64 + 1)?;
    }
    for (field, n) in [
        ("bytes", total as i64),
        ("files", files.len() as i64),
        ("strings", strings as i64),
        ("string_bytes", string_bytes as i64),
        ("content_files", content_files as i64),
        ("content_bytes", content_bytes as i64),
    ] {
        l.push_integer(n);
        l.set_field(-2, field)?;
    }
    Ok(())
}
