//! Lines of the interactive mode: edited and remembered on a terminal, else read as they are. From edition 5.5 on, the
//! user may have another editor: a library with readline's functions, which is used for all input.
//!
//! What is read lies in static storage until the next line is read, since a caller's frame may be left by a jump.

use crate::ffi::stdin;
use crate::write_output;
use core::cell::RefCell;
use core::ffi::{CStr, c_char, c_int, c_void};
use core::mem::transmute;
use rustyline::error::ReadlineError;
use rustyline::{Config, DefaultEditor};
use std::ffi::CString;

#[derive(Default)]
struct Lines {
    /// The line that was read last.
    current: Vec<u8>,
    /// On a terminal, once it was used.
    editor: Option<DefaultEditor>,
    /// What the user has instead.
    library: Library,
}

/// A library with the functions of GNU readline.
#[derive(Clone, Copy, Default)]
enum Library {
    /// None was asked for.
    #[default]
    None,
    /// The one that was asked for cannot be used.
    Missing,
    Loaded {
        read: ReadLine,
        remember: Option<AddHistory>,
    },
}

/// `readline`: shows a prompt and reads a line, which the caller frees; null at the end of the input.
type ReadLine = unsafe extern "C" fn(prompt: *const c_char) -> *mut c_char;
/// `add_history`, which copies the line.
type AddHistory = unsafe extern "C" fn(line: *const c_char);

thread_local! {
    static LINES: RefCell<Lines> = RefCell::default();
}

/// From now on lines come from the library of that name; false, and they are just read, if it has no `readline`.
pub fn use_library(name: &CStr) -> bool {
    // SAFETY: the user asks for this library, whose functions and variable have readline's types. It is never unloaded.
    let found = unsafe {
        let library = libc::dlopen(name.as_ptr(), libc::RTLD_NOW | libc::RTLD_LOCAL);
        if library.is_null() {
            Library::Missing
        } else {
            let program = libc::dlsym(library, c"rl_readline_name".as_ptr()).cast::<*const c_char>();
            if !program.is_null() {
                *program = c"lua".as_ptr();
            }
            // An option of a function pointer is a pointer.
            let read = transmute::<*mut c_void, Option<ReadLine>>(libc::dlsym(library, c"readline".as_ptr()));
            let remember = transmute::<*mut c_void, Option<AddHistory>>(libc::dlsym(library, c"add_history".as_ptr()));
            read.map_or(Library::Missing, |read| Library::Loaded { read, remember })
        }
    };
    LINES.with_borrow_mut(|lines| lines.library = found);
    matches!(found, Library::Loaded { .. })
}

/// Shows the prompt and reads a line without its end; `None` at the end of the input. Never raises.
///
/// The line is valid until the next call.
pub fn read(prompt: &CStr) -> Option<&'static [u8]> {
    LINES.with_borrow_mut(|lines| {
        // SAFETY: asks about a descriptor.
        let on_terminal = unsafe { libc::isatty(0) == 1 };
        let found = match lines.library {
            Library::None if on_terminal => lines.edit(prompt),
            Library::None => lines.read(prompt, true),
            Library::Missing => lines.read(prompt, false),
            Library::Loaded { read, .. } => lines.ask(read, prompt),
        };
        // SAFETY: the buffer is changed by the next call only; the interactive mode has one thread.
        found.then(|| unsafe { core::slice::from_raw_parts(lines.current.as_ptr(), lines.current.len()) })
    })
}

/// Keeps a statement in the history of the terminal's editor.
pub fn remember(statement: &[u8]) {
    LINES.with_borrow_mut(|lines| {
        if let Library::Loaded { remember: Some(remember), .. } = lines.library {
            if let Ok(statement) = CString::new(statement)
                && !statement.is_empty()
            {
                // SAFETY: a C string.
                unsafe { remember(statement.as_ptr()) };
            }
        } else if let Some(editor) = lines.editor.as_mut().filter(|_| !statement.is_empty()) {
            // A line that is not kept (a repetition, a full memory) is no reason to stop.
            let _ = editor.add_history_entry(String::from_utf8_lossy(statement));
        }
    });
}

impl Lines {
    fn edit(&mut self, prompt: &CStr) -> bool {
        // What scripts wrote must be on the screen before the prompt.
        write_output(&[]);
        if self.editor.is_none() {
            let config = Config::builder().auto_add_history(false).build();
            self.editor = DefaultEditor::with_config(config).ok();
        }
        let Some(editor) = self.editor.as_mut() else { return self.read(prompt, true) };
        match editor.readline(&*prompt.to_string_lossy()) {
            Ok(line) => {
                self.current.clear();
                self.current.extend_from_slice(line.as_bytes());
                true
            }
            Err(ReadlineError::Interrupted) => {
                // As a program without an editor would: the signal's default action, with the terminal restored.
                // SAFETY: raises a signal in this process.
                unsafe { libc::raise(libc::SIGINT) };
                false
            }
            Err(_) => false,
        }
    }

    /// Reads by readline's function.
    fn ask(&mut self, read: ReadLine, prompt: &CStr) -> bool {
        self.current.clear();
        // SAFETY: the prompt is a C string; so is the line, if there is one, and it is ours to free.
        unsafe {
            let line = read(prompt.as_ptr());
            if line.is_null() {
                return false;
            }
            self.current.extend_from_slice(CStr::from_ptr(line).to_bytes());
            libc::free(line.cast());
        }
        true
    }

    /// Reads from C's standard input, which scripts read too. With `show`, what was read is shown: the output is a
    /// transcript then.
    fn read(&mut self, prompt: &CStr, show: bool) -> bool {
        self.current.clear();
        write_output(&[prompt.to_bytes()]);
        let mut byte: c_int;
        loop {
            // SAFETY: C's standard input.
            byte = unsafe { libc::fgetc(stdin) };
            match u8::try_from(byte) {
                Ok(b'\n') | Err(_) => break,
                Ok(b) => self.current.push(b),
            }
        }
        if byte == libc::EOF && self.current.is_empty() {
            return false;
        }
        if show {
            write_output(&[&self.current, b"\n"]);
        }
        true
    }
}
