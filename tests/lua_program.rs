//! `lua`, the stand-alone interpreter: options, environment, exit codes, messages, the interactive mode.
//!
//! Upstream's own test of its interpreter (`main.lua` of the official suite) covers more; what stands here is what that leaves
//! out, and the terminal, which it does not have.

mod support;

use std::ffi::CString;
use std::fs;
use std::io::{Read, Write};
use std::os::fd::{AsRawFd, FromRawFd};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use support::EDITION;

const LUA: &str = env!("CARGO_BIN_EXE_lua");

/// What the program says of itself.
fn banner() -> String {
    format!("{}\n", EDITION.copyright)
}

/// What a run left behind.
struct Outcome {
    out: String,
    err: String,
    code: Option<i32>,
}

/// Runs the program as `lua` with these arguments, environment variables and input.
fn run_with(arguments: &[&str], environment: &[(&str, &str)], input: &str) -> Outcome {
    use std::os::unix::process::CommandExt;
    let mut child = Command::new(LUA)
        .arg0("lua")
        .args(arguments)
        .env_clear()
        .envs(environment.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    // The program may end without reading.
    let _ = child.stdin.take().expect("a pipe").write_all(input.as_bytes());
    let output = child.wait_with_output().expect("the program ends");
    Outcome {
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
        code: output.status.code(),
    }
}

fn run(arguments: &[&str]) -> Outcome {
    run_with(arguments, &[], "")
}

/// A file with this text, in a folder of the tests' own.
fn script(name: &str, text: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&path, text).expect("a script can be written");
    path
}

#[test]
fn code_of_the_command_line_runs_in_order() {
    let r = run(&["-e", "a = 1", "-ea = a + 1", "-e", "print(a)"]);
    assert_eq!((r.out.as_str(), r.err.as_str(), r.code), ("2\n", "", Some(0)));
}

#[test]
fn standard_input_is_a_script_when_nothing_else_is_asked_for() {
    let r = run_with(&[], &[], "print(...) return 5");
    assert_eq!((r.out.as_str(), r.code), ("\n", Some(0)));
    let r = run_with(&["-", "x", "y"], &[], "print(...) print(arg[0], arg[1], arg[-1])");
    assert_eq!(r.out, "x\ty\n-\tx\tlua\n");
    let r = run_with(&["--"], &[], "print(arg[0], arg[1])");
    assert_eq!(r.out, "lua\t--\n");
}

#[test]
fn the_table_arg_counts_from_the_script() {
    let path = script("arguments.lua", "for i = -3, 3 do io.write(i, '=', tostring(arg[i]), ' ') end print(...)");
    let path = path.to_str().expect("a plain path");
    let r = run(&["-e", "", "--", path, "-x", "y"]);
    // "-e" takes no empty argument: what follows is taken for one.
    assert_eq!(r.out, format!("-3=-e -2= -1=-- 0={path} 1=-x 2=y 3=nil -x\ty\n"));
}

#[test]
fn a_failing_script_ends_with_status_1_and_a_traceback() {
    let path = script("failing.lua", "local function f() error('no') end\nf()");
    let path = path.to_str().expect("a plain path");
    let r = run(&[path]);
    assert_eq!(r.code, Some(1));
    assert_eq!(
        r.err,
        format!(
            "lua: {path}:1: no\nstack traceback:\n\t[C]: in function 'error'\n\t{path}:1: in local 'f'\n\t{path}:2: in main chunk\n\t[C]: in ?\n"
        )
    );
    let r = run(&["-e", "error({})"]);
    assert_eq!((r.err.lines().next(), r.code), (Some("lua: (error object is a table value)"), Some(1)));
    let r = run(&["-e", "error(setmetatable({}, {__tostring = function() return 'own text' end}))"]);
    assert_eq!((r.err.as_str(), r.code), ("lua: own text\n", Some(1)));
    let r = run(&["no/such/file.lua"]);
    assert_eq!((r.err.as_str(), r.code), ("lua: cannot open no/such/file.lua: No such file or directory\n", Some(1)));
}

#[test]
fn exit_codes_are_those_of_os_exit() {
    for (code, expected) in [("os.exit(7)", 7), ("os.exit(true, true)", 0), ("os.exit(false)", 1), ("return 9", 0)] {
        assert_eq!(run(&["-e", code]).code, Some(expected), "{code}");
    }
}

#[test]
fn bad_options_show_the_usage() {
    for (arguments, message) in [
        (&["-x"][..], "unrecognized option '-x'"),
        (&["-Wx"], "unrecognized option '-Wx'"),
        (&["--x"], "unrecognized option '--x'"),
        (&["-e"], "'-e' needs argument"),
        (&["-e", "-v"], "'-e' needs argument"),
        (&["-l"], "'-l' needs argument"),
    ] {
        let r = run(arguments);
        assert_eq!(r.code, Some(1), "{arguments:?}");
        assert!(r.err.starts_with(&format!("lua: {message}\nusage: lua [options] [script [args]]\n")), "{}", r.err);
        assert!(r.err.ends_with("  -         stop handling options and execute stdin\n"));
    }
}

#[test]
fn libraries_are_required_into_globals() {
    let r = run(&["-l", "m=math", "-lstring", "-e", "print(m.type(1), string.upper'x')"]);
    assert_eq!((r.out.as_str(), r.code), ("integer\tX\n", Some(0)));
    let r = run(&["-l", "no_such_module"]);
    assert_eq!(r.code, Some(1));
    assert!(
        r.err.starts_with("lua: module 'no_such_module' not found:\n\tno field package.preload['no_such_module']\n")
    );
}

#[test]
fn the_environment_is_heeded_unless_told_not_to() {
    let plain = [("LUA_INIT", "x = 'plain'"), ("LUA_PATH", "p;;q")];
    assert_eq!(run_with(&["-e", "print(x)"], &plain, "").out, "plain\n");
    let path = run_with(&["-e", "print(package.path)"], &plain, "").out;
    assert!(path.starts_with("p;") && path.ends_with(";q\n") && path.contains(&format!("/{}/?.lua;", EDITION.name)), "{path}");
    let own = format!("LUA_INIT{}", EDITION.suffix);
    let versioned = [("LUA_INIT", "x = 'plain'"), (own.as_str(), "x = 'versioned'")];
    assert_eq!(run_with(&["-e", "print(x)"], &versioned, "").out, "versioned\n");
    assert_eq!(run_with(&["-E", "-e", "print(x)"], &versioned, "").out, "nil\n");
    let r = run_with(&["-e", "print(1)"], &[("LUA_INIT", "error('early', 0)")], "");
    assert_eq!((r.out.as_str(), r.err.lines().next(), r.code), ("", Some("lua: early"), Some(1)));
}

#[test]
fn warnings_are_off_until_asked_for() {
    assert_eq!(run(&["-e", "warn('w')"]).err, "");
    assert_eq!(run(&["-W", "-e", "warn('w', '!')"]).err, "Lua warning: w!\n");
}

#[test]
fn the_version_is_shown_before_anything_runs() {
    let r = run(&["-v", "-e", "print'x'"]);
    assert_eq!((r.out, r.code), (format!("{}x\n", banner()), Some(0)));
    assert_eq!(run(&["-v"]).out, banner());
}

#[test]
fn the_interactive_mode_prints_values_and_shows_what_it_read() {
    let r = run_with(&["-i"], &[], "1, 'a'\n=2\nlocal x = 3\nfor i = 1, 2 do\nprint(i)\nend\nerror('e', 0)\n\nreturn");
    let expected = "> 1, 'a'\n1\ta\n> =2\n2\n> local x = 3\n> for i = 1, 2 do\n>> print(i)\n>> end\n1\n2\n> error('e', 0)\n> \n> return\n> \n";
    assert_eq!(r.out, format!("{}{expected}", banner()));
    // The program's name is not in front.
    assert!(r.err.starts_with("e\nstack traceback:\n"), "{}", r.err);
    assert_eq!(r.code, Some(0));
}

#[test]
fn scripts_read_the_lines_that_follow_in_interactive_mode() {
    let r = run_with(&["-e", "_PROMPT = ''", "-i"], &[], "print(io.read())\nthis line\n");
    assert_eq!(r.out, format!("{}print(io.read())\nthis line\n\n", banner()));
}

#[test]
fn a_long_line_is_read_whole() {
    let text = "x".repeat(100_000);
    let r = run_with(&["-i"], &[], &format!("#'{text}'\n"));
    assert!(r.out.contains("\n100000\n"));
}

/// A program on a terminal of its own.
struct Terminal {
    master: fs::File,
    child: libc::pid_t,
    seen: String,
}

impl Terminal {
    fn start() -> Terminal {
        let program = CString::new(LUA).expect("a plain path");
        let (name, kind) = (c"lua", c"TERM=xterm");
        let mut master = 0;
        // SAFETY: between fork and exec the child only calls `execve`, with C strings made before.
        unsafe {
            let child = libc::forkpty(&mut master, std::ptr::null_mut(), std::ptr::null_mut(), std::ptr::null_mut());
            assert!(child >= 0, "a terminal can be had");
            if child == 0 {
                let arguments = [name.as_ptr(), std::ptr::null()];
                let environment = [kind.as_ptr(), std::ptr::null()];
                libc::execve(program.as_ptr(), arguments.as_ptr(), environment.as_ptr());
                libc::_exit(127);
            }
            Terminal { master: fs::File::from_raw_fd(master), child, seen: String::new() }
        }
    }

    fn send(&mut self, keys: &str) {
        self.master.write_all(keys.as_bytes()).expect("the terminal takes keys");
    }

    /// Reads what is shown until `wanted` is, and forgets everything up to there.
    fn wait_for(&mut self, wanted: &str) {
        let end = Instant::now() + Duration::from_secs(30);
        while !self.seen.contains(wanted) {
            assert!(Instant::now() < end, "{wanted:?} was not shown: {:?}", self.seen);
            let mut poll = libc::pollfd { fd: self.master.as_raw_fd(), events: libc::POLLIN, revents: 0 };
            // SAFETY: one descriptor that is open.
            if unsafe { libc::poll(&mut poll, 1, 100) } > 0 {
                let mut room = [0; 4096];
                let n = self.master.read(&mut room).unwrap_or(0);
                self.seen.push_str(&String::from_utf8_lossy(&room[..n]));
                assert!(n > 0, "the program ended: {:?}", self.seen);
            }
        }
        let at = self.seen.find(wanted).expect("just seen") + wanted.len();
        self.seen.drain(..at);
    }

    /// The status with which the program ends.
    fn end(self) -> i32 {
        let mut status = 0;
        // SAFETY: our own child, not waited for yet.
        unsafe { libc::waitpid(self.child, &mut status, 0) };
        status
    }
}

#[test]
fn on_a_terminal_lines_are_edited_and_remembered() {
    let mut terminal = Terminal::start();
    terminal.wait_for("PUC-Rio");
    terminal.wait_for("> ");
    // Typed wrong, mended with backspace and with a move to the left.
    terminal.send("x = 4\x7f3 print(x + 1)\x1b[D * 2)\x0b\r");
    terminal.wait_for("\n5\r");
    terminal.wait_for("> ");
    terminal.send("\x1b[A\r");
    terminal.wait_for("\n5\r");
    terminal.wait_for("> ");
    terminal.send("while true do end\r");
    std::thread::sleep(Duration::from_millis(300));
    terminal.send("\x03");
    terminal.wait_for("interrupted!");
    terminal.wait_for("> ");
    terminal.send("\x04");
    assert_eq!(terminal.end(), 0);
}

#[test]
fn an_interrupt_at_the_prompt_ends_the_program_as_the_signal_does() {
    let mut terminal = Terminal::start();
    terminal.wait_for("> ");
    terminal.send("\x03");
    let status = terminal.end();
    assert!(libc::WIFSIGNALED(status) && libc::WTERMSIG(status) == libc::SIGINT, "{status}");
}
