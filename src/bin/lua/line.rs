//! Lines of the interactive mode: edited and remembered on a terminal, else read as they are.
//!
//! What is read lies in static storage until the next line is read, since a caller's frame may be left by a jump.

use core::cell::RefCell;
use core::ffi::{CStr, c_int};
use rustyline::error::ReadlineError;
use rustyline::{Config, DefaultEditor};

unsafe extern "C" {
    static stdin: *mut libc::FILE;
    static stdout: *mut libc::FILE;
}

#[derive(Default)]
struct Lines {
    /// The line that was read last.
    current: Vec<u8>,
    /// On a terminal, once it was used.
    editor: Option<DefaultEditor>,
}

thread_local! {
    static LINES: RefCell<Lines> = RefCell::default();
}

/// Shows the prompt and reads a line without its end; `None` at the end of the input. Never raises.
///
/// The line is valid until the next call.
pub fn read(prompt: &CStr) -> Option<&'static [u8]> {
    LINES.with_borrow_mut(|lines| {
        // SAFETY: asks about a descriptor.
        let on_terminal = unsafe { libc::isatty(0) == 1 };
        let found = if on_terminal { lines.edit(prompt) } else { lines.echo(prompt) };
        // SAFETY: the buffer is changed by the next call only; the interactive mode has one thread.
        found.then(|| unsafe { core::slice::from_raw_parts(lines.current.as_ptr(), lines.current.len()) })
    })
}

/// Keeps a statement in the history of the terminal's editor.
pub fn remember(statement: &[u8]) {
    LINES.with_borrow_mut(|lines| {
        if let Some(editor) = lines.editor.as_mut().filter(|_| !statement.is_empty()) {
            // A line that is not kept (a repetition, a full memory) is no reason to stop.
            let _ = editor.add_history_entry(String::from_utf8_lossy(statement));
        }
    });
}

impl Lines {
    fn edit(&mut self, prompt: &CStr) -> bool {
        // What scripts wrote must be on the screen before the prompt.
        // SAFETY: C's standard output.
        unsafe { libc::fflush(stdout) };
        if self.editor.is_none() {
            let config = Config::builder().auto_add_history(false).build();
            self.editor = DefaultEditor::with_config(config).ok();
        }
        let Some(editor) = self.editor.as_mut() else { return self.echo(prompt) };
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

    /// Reads from C's standard input, which scripts read too, and shows what was read, so that the output is a transcript.
    fn echo(&mut self, prompt: &CStr) -> bool {
        self.current.clear();
        // SAFETY: C's standard files, and readable bytes.
        unsafe {
            libc::fputs(prompt.as_ptr(), stdout);
            libc::fflush(stdout);
            let mut byte: c_int;
            loop {
                byte = libc::fgetc(stdin);
                match u8::try_from(byte) {
                    Ok(b'\n') | Err(_) => break,
                    Ok(b) => self.current.push(b),
                }
            }
            if byte == libc::EOF && self.current.is_empty() {
                return false;
            }
            libc::fwrite(self.current.as_ptr().cast(), 1, self.current.len(), stdout);
            libc::fputs(c"\n".as_ptr(), stdout);
            libc::fflush(stdout);
        }
        true
    }
}
