//! `lua`: the stand-alone interpreter, a host like any other. It knows only the C API and links the shared library.
//!
//! An error leaves the function that raised it by a jump over the frames between it and the `lua_pcall` that catches it. So
//! everything that may raise runs inside `protected_main`, and no function on the way owns anything that must be dropped: text
//! stays in C strings of `argv`, in Lua's own strings or in static storage.
//!
//! `edition` says which Lua this is, `ffi` declares the C API, `run` calls chunks, `repl` is the interactive mode, `line` reads its lines.

#![no_main]
// Every function here works on a state that its caller vouches for; stating that at each would say nothing.
#![allow(clippy::missing_safety_doc)]

// A copy of the library's, which this program links as any host does.
#[path = "../../edition.rs"]
#[allow(dead_code)]
mod edition;
mod ffi;
mod line;
mod repl;
mod run;

use core::ffi::{CStr, c_char, c_int};
use core::ptr;
use core::sync::atomic::{AtomicPtr, Ordering};
use edition::{COPYRIGHT, LUA_5_5};
use ffi::*;

/// The name in front of messages; null in interactive mode.
pub static PROGRAM_NAME: AtomicPtr<c_char> = AtomicPtr::new(c"lua".as_ptr().cast_mut());

/// Writes what `-v` shows, and the interactive mode at its start.
fn write_banner() {
    write_output(&[COPYRIGHT.as_bytes(), b"\n"]);
}

/// Writes to C's standard error, at once.
pub fn write_error(pieces: &[&[u8]]) {
    // SAFETY: C opened it before `main`.
    write(unsafe { stderr }, pieces);
}

/// Writes to C's standard output, at once.
pub fn write_output(pieces: &[&[u8]]) {
    // SAFETY: C opened it before `main`.
    write(unsafe { stdout }, pieces);
}

fn write(file: *mut libc::FILE, pieces: &[&[u8]]) {
    // SAFETY: one of C's standard files, and readable bytes.
    unsafe {
        for piece in pieces {
            libc::fwrite(piece.as_ptr().cast(), 1, piece.len(), file);
        }
        libc::fflush(file);
    }
}

/// Writes a message with the program's name in front, if there is one now.
pub fn write_message(message: &CStr) {
    let name = PROGRAM_NAME.load(Ordering::Relaxed);
    if !name.is_null() {
        // SAFETY: a C string of `argv`, or our own.
        write_error(&[unsafe { CStr::from_ptr(name) }.to_bytes(), b": "]);
    }
    write_error(&[message.to_bytes(), b"\n"]);
}

fn write_usage(bad_option: &CStr) {
    // SAFETY: a C string of `argv`, or our own; options are looked at before it can become null.
    let name = unsafe { CStr::from_ptr(PROGRAM_NAME.load(Ordering::Relaxed)) }.to_bytes();
    let option = bad_option.to_bytes();
    write_error(&[name, b": "]);
    match option.get(1) {
        Some(b'e' | b'l') => write_error(&[b"'", option, b"' needs argument\n"]),
        _ => write_error(&[b"unrecognized option '", option, b"'\n"]),
    }
    write_error(&[b"usage: ", name, USAGE]);
}

const USAGE: &[u8] = b" [options] [script [args]]
Available options are:
  -e stat   execute string 'stat'
  -i        enter interactive mode after executing 'script'
  -l mod    require library 'mod' into global 'mod'
  -l g=mod  require library 'mod' into global 'g'
  -v        show version information
  -E        ignore environment variables
  -W        turn warnings on
  --        stop handling options
  -         stop handling options and execute stdin
";

/// The command line: `argc` C strings and a null.
#[derive(Clone, Copy)]
struct Arguments {
    count: c_int,
    values: *mut *mut c_char,
}

impl Arguments {
    /// Argument `i`, if there is one. 0 is the name under which the program was called.
    fn get(self, i: c_int) -> Option<&'static CStr> {
        if !(0..self.count).contains(&i) {
            return None;
        }
        // SAFETY: one of the strings, which live as long as the process.
        let text = unsafe { *self.values.add(i as usize) };
        // SAFETY: as above; a host may pass null in the place of its name.
        (!text.is_null()).then(|| unsafe { CStr::from_ptr(text) })
    }
}

/// What the options ask for.
#[derive(Clone, Copy, Default)]
struct Options {
    interactive: bool,
    version: bool,
    execute: bool,
    ignore_environment: bool,
    /// Index of the script's name: 0 for none, -1 when there is not even a name of the program.
    script: c_int,
}

/// Looks at the options without doing what they say; `Err` has the index of a bad one.
fn read_options(arguments: Arguments) -> Result<Options, c_int> {
    let mut options = Options::default();
    match arguments.get(0) {
        Some(name) if !name.is_empty() => PROGRAM_NAME.store(name.as_ptr().cast_mut(), Ordering::Relaxed),
        Some(_) => {}
        None => {
            options.script = -1;
            return Ok(options);
        }
    }
    let mut i = 1;
    while let Some(argument) = arguments.get(i) {
        match argument.to_bytes() {
            b"-" => {
                options.script = i;
                return Ok(options);
            }
            b"--" => {
                options.script = if arguments.get(i + 1).is_some() { i + 1 } else { 0 };
                return Ok(options);
            }
            b"-E" => options.ignore_environment = true,
            b"-W" => {}
            b"-i" => (options.interactive, options.version) = (true, true),
            b"-v" => options.version = true,
            [b'-', kind @ (b'e' | b'l'), rest @ ..] => {
                options.execute |= *kind == b'e';
                if rest.is_empty() {
                    // What looks like an option is not taken for the argument of this one.
                    match arguments.get(i + 1) {
                        Some(next) if !next.to_bytes().starts_with(b"-") => i += 1,
                        _ => return Err(i),
                    }
                }
            }
            [b'-', ..] => return Err(i),
            _ => {
                options.script = i;
                return Ok(options);
            }
        }
        i += 1;
    }
    Ok(options)
}

/// Makes the global table `arg`: the script's name at 0, its arguments above, what comes before it below. May raise.
unsafe fn set_argument_table(l: *mut lua_State, arguments: Arguments, script: c_int) {
    // SAFETY: the state is live; the table is on top in between.
    unsafe {
        lua_createtable(l, arguments.count - (script + 1), script + 1);
        for i in 0..arguments.count {
            lua_pushstring(l, arguments.get(i).map_or(ptr::null(), CStr::as_ptr));
            lua_rawseti(l, -2, (i - script).into());
        }
        lua_setglobal(l, c"arg".as_ptr());
    }
}

/// Does what the options before index `end` say, in their order; false if something failed. May raise.
unsafe fn do_options(l: *mut lua_State, arguments: Arguments, end: c_int) -> bool {
    if LUA_5_5 {
        // There, `luaL_newstate` leaves warnings on, and this program has them off unless it is asked for them.
        // SAFETY: the state is live.
        unsafe { lua_warning(l, c"@off".as_ptr(), 0) };
    }
    let mut i = 1;
    while i < end {
        let Some(argument) = arguments.get(i) else { break };
        let bytes = argument.to_bytes();
        match bytes {
            [b'-', kind @ (b'e' | b'l'), rest @ ..] => {
                let text = if rest.is_empty() {
                    i += 1;
                    arguments.get(i).unwrap_or_default()
                } else {
                    // SAFETY: within the C string.
                    unsafe { CStr::from_ptr(argument.as_ptr().add(2)) }
                };
                // SAFETY: the state is live.
                let status =
                    unsafe { if *kind == b'e' { run::string(l, text, c"=(command line)") } else { run::library(l, text) } };
                if status != OK {
                    return false;
                }
            }
            // SAFETY: as above.
            b"-W" => unsafe { lua_warning(l, c"@on".as_ptr(), 0) },
            _ => {}
        }
        i += 1;
    }
    true
}

/// Runs what the environment asks for: code, or a file after "@". May raise.
unsafe fn do_environment(l: *mut lua_State) -> c_int {
    for name in [if LUA_5_5 { c"=LUA_INIT_5_5" } else { c"=LUA_INIT_5_4" }, c"=LUA_INIT"] {
        // SAFETY: a C string; null or one comes back, and nobody changes the environment meanwhile.
        unsafe {
            let value = libc::getenv(name.as_ptr().add(1));
            if !value.is_null() {
                return match *value as u8 {
                    b'@' => run::file(l, value.add(1)),
                    _ => run::string(l, CStr::from_ptr(value), name),
                };
            }
        }
    }
    OK
}

/// The program's body, called in protected mode with `argc` and `argv`; returns true when all went well.
unsafe extern "C" fn protected_main(l: *mut lua_State) -> c_int {
    // SAFETY: `main` called us with these arguments; nothing here needs to be dropped.
    unsafe {
        let arguments = Arguments { count: lua_tointegerx(l, 1, ptr::null_mut()) as c_int, values: lua_touserdata(l, 2).cast() };
        let options = read_options(arguments);
        luaL_checkversion_(l, VERSION_NUMBER, NUMBER_SIZES);
        let options = match options {
            Ok(options) => options,
            Err(bad) => {
                write_usage(arguments.get(bad).unwrap_or_default());
                return 0;
            }
        };
        if options.version {
            write_banner();
        }
        if options.ignore_environment {
            lua_pushboolean(l, 1);
            lua_setfield(l, REGISTRY_INDEX, c"LUA_NOENV".as_ptr());
        }
        luaL_openlibs(l);
        set_argument_table(l, arguments, options.script);
        lua_gc(l, GC_RESTART);
        lua_gc(l, GC_GENERATIONAL, 0 as c_int, 0 as c_int);
        if !options.ignore_environment && do_environment(l) != OK {
            return 0;
        }
        let end = if options.script > 0 { options.script } else { arguments.count };
        if !do_options(l, arguments, end) {
            return 0;
        }
        if let Some(script) = arguments.get(options.script).filter(|_| options.script > 0) {
            let after_dashes = arguments.get(options.script - 1) == Some(c"--");
            let name = if script == c"-" && !after_dashes { ptr::null() } else { script.as_ptr() };
            if run::script(l, name) != OK {
                return 0;
            }
        }
        if options.interactive {
            repl::run(l, options.ignore_environment);
        } else if options.script < 1 && !options.execute && !options.version {
            if libc::isatty(0) == 1 {
                write_banner();
                repl::run(l, options.ignore_environment);
            } else {
                run::file(l, ptr::null());
            }
        }
        lua_pushboolean(l, 1);
        1
    }
}

/// The process starts here, without Rust's own start: signals are as the parent left them, as for any C program.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn main(argc: c_int, argv: *mut *mut c_char) -> c_int {
    // SAFETY: what C calls a program with; a state of our own.
    unsafe {
        let l = luaL_newstate();
        if l.is_null() {
            let arguments = Arguments { count: argc, values: argv };
            PROGRAM_NAME.store(arguments.get(0).map_or(ptr::null(), CStr::as_ptr).cast_mut(), Ordering::Relaxed);
            write_message(c"cannot create state: not enough memory");
            return libc::EXIT_FAILURE;
        }
        // No collection while the state is built.
        lua_gc(l, GC_STOP);
        lua_pushcfunction(l, protected_main);
        lua_pushinteger(l, argc.into());
        lua_pushlightuserdata(l, argv.cast());
        let status = lua_pcall(l, 2, 1, 0);
        let success = lua_toboolean(l, -1) != 0;
        run::report(l, status);
        lua_close(l);
        if success && status == OK { libc::EXIT_SUCCESS } else { libc::EXIT_FAILURE }
    }
}
