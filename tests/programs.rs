//! `lua` and `luac` behave as upstream's: options, environment, exit codes, messages, the interactive mode.
//!
//! `lua` is compared with upstream's `lua.c` on upstream's library, both run under the name `lua`; `luac` with Debian's.

mod support;

use std::fs::{self, File};
use std::io::{Read, Write};
use std::os::fd::FromRawFd;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};
use support::{EDITION, Outcome, Report, Run, our_program, ours, paths, reference, upstream};

/// A folder with a link to a program under the name it is to be run by, and the scripts of the tests.
fn stage(side: &str, name: &str, program: &Path) -> PathBuf {
    let dir = paths::fresh(&format!("programs/{side}"));
    std::os::unix::fs::symlink(program, dir.join(name)).expect("a link can be made");
    for (file, text) in [
        ("args.lua", "for i = -5, 5 do if arg[i] then print(i, arg[i]) end end print(select('#', ...), ...)"),
        ("fails.lua", "local function f() error('from the script') end\nf()"),
        ("object.lua", "error(setmetatable({}, {__tostring = function () return 'an object' end}))"),
        ("table.lua", "error({})"),
        ("nothing.lua", "error()"),
        ("syntax.lua", "x = = 1"),
        ("exits.lua", "os.exit(tonumber(arg[1]))"),
        ("mod.lua", "print('mod loaded', ...) return {value = 42}"),
        ("bang.lua", "#!/usr/bin/env lua\nprint('after the bang', ...)"),
        ("good.lua", "local x = 1\nlocal function f(a) return a + x end\nprint(f(2))"),
        ("second.lua", "return 'second'"),
        ("init.lua", "print('from init.lua')"),
        ("mark.lua", "\u{FEFF}# a comment\nprint('after the mark', debug.getinfo(1, 'l').currentline)"),
        ("breaks.lua", "# a comment\r\nprint(debug.getinfo(1, 'l').currentline)\r\nerror('on line 3')"),
        ("comment.lua", "#only a comment"),
        ("m-v1.lua", "return {...}"),
    ] {
        fs::write(dir.join(file), text).expect("a script can be written");
    }
    dir
}

/// Runs `./lua ARGS` through a shell, which gives it the name `lua` without a folder.
fn lua(dir: &Path, line: &str, input: &str) -> Outcome {
    Run::new("sh").args(["-c", &format!("PATH=.:$PATH; {line}")]).clean_env().dir(dir).stdin(input).limit(30).outcome()
}

const COMMANDS: &[(&str, &str)] = &[
    ("lua -v", ""),
    ("lua -v -e 'print(1)'", ""),
    ("lua -e 'print(1)' -e 'print(2)'", ""),
    ("lua -e 'a = 1' '-ea = a + 1' -e 'print(a)'", ""),
    ("lua -eprint(3)", ""),
    ("lua '-eprint(4)'", ""),
    ("lua -e", ""),
    ("lua -l", ""),
    ("lua -x", ""),
    ("lua --x", ""),
    ("lua -Wx", ""),
    ("lua -e -v", ""),
    ("lua -vi", ""),
    ("lua -ex = = 1", ""),
    ("lua -e 'error(\"from -e\")'", ""),
    ("lua -e 'error({})'", ""),
    ("lua -l mod -e 'print(mod.value)'", ""),
    ("lua -lmod -e 'print(mod.value)'", ""),
    ("lua -l m=mod -e 'print(m.value, mod)'", ""),
    ("lua -l missing_module_name -e 'print(1)' 2>&1 | head -n 2", ""),
    ("lua -l m=math -lstring -e 'print(m.type(1), string.upper(\"x\"))'", ""),
    ("lua args.lua a b c", ""),
    ("lua -e '' -- args.lua -x y", ""),
    ("lua -e 'x = 1' args.lua a", ""),
    ("lua -- args.lua a", ""),
    ("lua - a b < args.lua", ""),
    ("lua -", "print('from the input', ...)"),
    ("lua", "print('piped', arg[0], #arg)"),
    ("lua - x y", "print('piped', arg[0], arg[1], ...)"),
    ("lua fails.lua", ""),
    ("lua object.lua", ""),
    ("lua table.lua", ""),
    ("lua nothing.lua", ""),
    ("lua syntax.lua", ""),
    ("lua missing.lua", ""),
    ("lua .", ""),
    ("lua mark.lua", ""),
    ("lua breaks.lua", ""),
    ("lua comment.lua", ""),
    ("lua -l m-v1 -e 'print(m[1], m[2])'", ""),
    ("lua -l x=m-v1 -e 'print(x[1], m)'", ""),
    ("lua -l=m-v1 -e 'print(_G[\"\"][1])'", ""),
    ("lua -l m= 2>&1 | head -n 1", ""),
    ("lua ''", ""),
    ("lua -e '' ''", ""),
    ("lua -i1", ""),
    ("lua -E1", ""),
    ("lua -l -", ""),
    ("lua -- -x", ""),
    ("lua - -x", "print(...)"),
    ("lua -v -", "print('from the input', ...)"),
    ("LUA_INIT= lua -e 'print(1)'", ""),
    ("LUA_INIT=@ lua -e 'print(1)'", "print('the input')"),
    ("LUA_INIT='print(2)' LUA_INIT_5_4= lua -e 'print(1)'", ""),
    ("lua -e 'error(1)'", ""),
    ("lua -e 'error(1.5)'", ""),
    ("lua -e 'error(true)'", ""),
    ("lua -e 'error(\"a\\0b\")'", ""),
    ("lua -e 'error(setmetatable({}, {__tostring = function () return 1 end}))'", ""),
    ("lua -e 'error(setmetatable({}, {__tostring = function () error(2) end}))'", ""),
    ("lua -e 'os.exit(300)'", ""),
    ("lua -e 'os.exit(-1)'", ""),
    ("lua -i", "print = nil\n1\nprint = 1\n2\n"),
    ("lua -i", "_PROMPT = setmetatable({}, {__tostring = error})\n1\n"),
    ("lua -i", "a,\nb = 1, 2\na, b\n--[[\n]] 1\n"),
    ("lua -i", "=\n==1\n =1\n...\n"),
    ("lua -i", "f = function ()\n"),
    ("lua -i", "goto x\ncoroutine.yield(1)\nerror(error)\n"),
    ("lua exits.lua 7", ""),
    ("lua exits.lua", ""),
    ("lua bang.lua x", ""),
    ("lua -W -e 'warn(\"@on\") warn(\"text\")'", ""),
    ("lua -e 'warn(\"silent\")'", ""),
    ("lua -W -e 'warn(\"a\", \"b\")'", ""),
    ("LUA_INIT='print(\"init\")' lua -e 'print(2)'", ""),
    ("LUA_INIT=@init.lua lua -e 'print(2)'", ""),
    ("LUA_INIT='print(1)' LUA_INIT_5_4='print(54)' lua -e 'print(2)'", ""),
    ("LUA_INIT='error(\"bad init\")' lua -e 'print(2)'", ""),
    ("LUA_INIT=@none.lua lua -e 'print(2)'", ""),
    ("LUA_INIT='x = =' lua -e 'print(2)'", ""),
    ("LUA_INIT='print(1)' lua -E -e 'print(2)'", ""),
    ("LUA_PATH='./?.x' lua -e 'print(package.path)'", ""),
    ("LUA_PATH='./?.x;' LUA_PATH_5_4='./?.y' lua -e 'print(package.path)'", ""),
    ("LUA_CPATH='./?.z' lua -e 'print(package.cpath)'", ""),
    ("LUA_PATH='./?.x' lua -E -e 'print(package.path ~= \"./?.x\")'", ""),
    ("lua -i", "1 + 1\n= 2 + 2\nx = 5\nx\nprint(x)\n"),
    ("lua -i", "for i = 1, 2 do\nprint(i)\nend\n"),
    ("lua -i", "return 1, nil, 'x'\n"),
    ("lua -i", "error('in the loop')\nprint('goes on')\n"),
    ("lua -i", "x = = 1\nprint('goes on')\n"),
    ("lua -i", "function f(\n)\nreturn 7\nend\nf()\n"),
    ("lua -i", "local x = 1\nx\n"),
    ("lua -i", "error({})\nerror(setmetatable({}, {__tostring = function () return 'obj' end}))\n"),
    ("lua -i", "_PROMPT = '>>> '\n_PROMPT2 = '... '\nif true then\nprint(1)\nend\n"),
    ("lua -i", "x = 'unfinished\n"),
    ("lua -i", "a = [[long\nstring]]\na\n"),
    ("lua -i good.lua", "print('then interactive')\n"),
    ("lua -i -e 'print(0)'", "1\n"),
    ("lua -i", "\n\n  \n-- comment\n1\n"),
    ("lua -i", "print(1)"),
    ("lua -i", "setmetatable(_G, {__index = function (_, k) error('no ' .. k, 2) end})\nundefined_thing\n"),
    ("lua -i fails.lua", "print('still interactive')\n"),
    ("lua -e 'io.write(\"no newline\")'", ""),
    ("lua -e \"_PROMPT = ''\" -i", "print(io.read())\nthis line\n"),
    ("lua -e 'os.exit(7)'", ""),
    ("lua -e 'os.exit(true, true)'", ""),
    ("lua -e 'return 9'", ""),
    ("lua -e 'os.exit(false)'", ""),
    ("lua -e 'coroutine.wrap(function () error(\"inside\") end)()'", ""),
    ("lua -e 'local t = setmetatable({}, {__gc = function () print(\"finalized\") end}) t = nil'", ""),
    ("lua -e 'setmetatable({}, {__gc = function () error(\"in gc\") end}) collectgarbage()'", ""),
    ("lua -W -e 'setmetatable({}, {__gc = function () error(\"in gc\") end}) collectgarbage()'", ""),
    ("lua -e 'string.rep(\"x\", -1, {})'", ""),
    ("lua -e 'local function f() return f() + 1 end f()' 2>&1 | head -n 3", ""),
    ("lua -e \"print(#arg, arg[0], arg[-1])\" args.lua", ""),
    ("lua -e 'arg = nil' args.lua", ""),
    ("lua -e 'arg = {1}' args.lua", ""),
];

#[test]
fn lua_behaves_as_upstreams() {
    let theirs = stage("upstream", "lua", &upstream::lua_program(reference()));
    let mine = stage("ours", "lua", &our_program("lua"));
    let mut report = Report::default();
    for (line, input) in COMMANDS {
        let line = &line.replace("_5_4", EDITION.suffix);
        let title = format!("{line} <<< {input:?}");
        report.compare(&title, &lua(&theirs, line, input).without_addresses(), &lua(&mine, line, input).without_addresses());
    }
    report.finish("command lines of lua");
}

#[test]
fn a_long_line_is_read_whole() {
    let dir = stage("long-line", "lua", &our_program("lua"));
    let outcome = lua(&dir, "lua -i", &format!("#'{}'\n", "x".repeat(100_000)));
    assert!(outcome.expect_success("a long line").out().contains("\n100000\n"));
}

/// Upstream's says here that there is not enough memory.
#[test]
fn after_the_end_of_options_alone_the_input_is_the_script() {
    let dir = stage("no-script", "lua", &our_program("lua"));
    assert_eq!(lua(&dir, "lua --", "print(arg[0], arg[1])").expect_success("lua --").out(), "lua\t--\n");
}

#[test]
fn two_semicolons_in_a_path_stand_for_the_default() {
    let dir = stage("default-path", "lua", &our_program("lua"));
    let path = lua(&dir, "LUA_PATH='p;;q' lua -e 'print(package.path)'", "").expect_success("a path").out();
    assert!(path.starts_with("p;") && path.ends_with(";q\n") && path.contains(&format!("/{}/?.lua;", EDITION.name)), "{path}");
}

/// From 5.5 on the user names a library with readline's functions.
#[test]
fn lines_come_from_the_library_that_the_environment_names() {
    let dir = stage("editor", "lua", &our_program("lua"));
    fs::write(dir.join("editor.c"), EDITOR).expect("a source can be written");
    Run::new("cc").args(["-shared", "-fPIC", "-o", "editor.so", "editor.c"]).dir(&dir).outcome().expect_success("the editor");
    let banner = format!("{}\n", EDITION.copyright);
    let plain = format!("{banner}> 7\n7\n> \n");
    for options in ["-i", "-W -i", "-E -i"] {
        let named = lua(&dir, &format!("LUA_READLINELIB=./editor.so lua {options}"), "7\n");
        let missing = lua(&dir, &format!("LUA_READLINELIB=none.so lua {options}"), "7\n");
        if EDITION.number < 505 || options == "-E -i" {
            assert_eq!((named.out(), missing.out()), (plain.clone(), plain.clone()), "{options}");
            continue;
        }
        assert_eq!(named.out(), format!("{banner}[lua asks > ][kept print 'from the editor']from the editor\n[lua asks > ]\n"));
        // Lines are not shown by us then: whoever types them sees them.
        assert_eq!(missing.out(), format!("{banner}> 7\n> \n"));
        let warning = "Lua warning: unable to load readline library 'none.so'\n";
        assert_eq!(missing.err(), if options == "-W -i" { warning } else { "" });
    }
}

/// An editor with one line.
const EDITOR: &str = r#"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
const char *rl_readline_name = "other";
char *readline(const char *prompt) {
    static int asked = 0;
    printf("[%s asks %s]", rl_readline_name, prompt);
    fflush(stdout);
    return asked++ ? NULL : strdup("print 'from the editor'");
}
void add_history(const char *line) { printf("[kept %s]", line); }
"#;

const LUAC_COMMANDS: &[&str] = &[
    "luac5.4 -v",
    "luac5.4 -p good.lua",
    "luac5.4 -p syntax.lua",
    "luac5.4 -p missing.lua",
    "luac5.4 -l good.lua",
    "luac5.4 -l -l -p good.lua",
    "luac5.4 -l -s -p good.lua",
    "luac5.4 -l -l -s good.lua",
    "luac5.4 -o out.luac good.lua && cksum < out.luac",
    "luac5.4 -s -o out.luac good.lua && cksum < out.luac",
    "luac5.4 good.lua && cksum < luac.out",
    "luac5.4 -o - good.lua | cksum",
    "luac5.4 -o out.luac good.lua && luac5.4 -l -l -p out.luac",
    "luac5.4 -p - < good.lua",
    "luac5.4 -",
    "luac5.4",
    "luac5.4 -x",
    "luac5.4 -o",
    "luac5.4 -o /no/such/folder/out good.lua",
    "luac5.4 -l",
    "luac5.4 -p .",
    "luac5.4 -- good.lua && cksum < luac.out",
    "luac5.4 -v -p good.lua",
];

#[test]
#[cfg_attr(feature = "lua55", ignore = "Debian has no luac of Lua 5.5")]
fn luac_behaves_as_debians() {
    let theirs = stage("debian-luac", "luac5.4", &upstream::debian_luac());
    let mine = stage("our-luac", "luac5.4", &our_program("luac"));
    let mut report = Report::default();
    for line in LUAC_COMMANDS {
        // Debian's is 5.4.4 and says so.
        let release = |mut outcome: Outcome| {
            let text = outcome.out().replace("5.4.4", "5.4.8").replace("1994-2022", "1994-2025");
            outcome.stdout = text.into_bytes();
            outcome.without_addresses()
        };
        report.compare(line, &release(lua(&theirs, line, "")), &release(lua(&mine, line, "")));
    }
    report.finish("command lines of luac");
}

/// Debian's `luac` frees something twice here, so this is not compared.
#[test]
fn luac_combines_files_into_one_chunk_that_runs_them_in_order() {
    let dir = stage("combined", "luac", &our_program("luac"));
    std::os::unix::fs::symlink(our_program("lua"), dir.join("lua")).expect("a link can be made");
    let outcome = lua(&dir, "luac -o out.luac good.lua init.lua args.lua && lua out.luac x", "");
    assert_eq!(outcome.expect_success("the combined chunk").out(), "3\nfrom init.lua\n-1\tlua\n0\tout.luac\n1\tx\n0\n");
}

/// A terminal with a program on it.
struct Terminal {
    master: File,
    child: std::process::Child,
    seen: String,
}

impl Terminal {
    fn start(program: &Path, args: &[&str]) -> Terminal {
        let (mut master, mut slave) = (0, 0);
        // SAFETY: both are places for a descriptor; no name, settings or size are asked for.
        let opened =
            unsafe { libc::openpty(&mut master, &mut slave, std::ptr::null_mut(), std::ptr::null_mut(), std::ptr::null_mut()) };
        assert_eq!(opened, 0, "no terminal: {}", std::io::Error::last_os_error());
        // SAFETY: the descriptors were just opened and belong to nobody else.
        let (master, slave) = unsafe { (File::from_raw_fd(master), File::from_raw_fd(slave)) };
        let mut command = Command::new(program);
        command.args(args).env("TERM", "xterm").env("LD_LIBRARY_PATH", &ours().dir).env("HOME", paths::fresh("programs/home"));
        command.env_remove("LUA_INIT");
        let side = |slave: &File| Stdio::from(slave.try_clone().expect("a descriptor can be shared"));
        command.stdin(side(&slave)).stdout(side(&slave)).stderr(side(&slave));
        // SAFETY: between fork and exec only these system calls are made.
        unsafe {
            command.pre_exec(|| {
                // Who started the tests in the background may have them ignore it.
                libc::signal(libc::SIGINT, libc::SIG_DFL);
                if libc::setsid() < 0 || libc::ioctl(0, libc::TIOCSCTTY as _, 0) < 0 {
                    return Err(std::io::Error::last_os_error());
                }
                Ok(())
            })
        };
        let child = command.spawn().expect("the program starts");
        // SAFETY: the descriptor is open.
        unsafe { libc::fcntl(std::os::fd::AsRawFd::as_raw_fd(&master), libc::F_SETFL, libc::O_NONBLOCK) };
        Terminal { master, child, seen: String::new() }
    }

    /// Reads until `text` has been shown since the last call; panics after a while.
    #[track_caller]
    fn expect(&mut self, text: &str) {
        let start = Instant::now();
        let mut buffer = [0; 4096];
        loop {
            if let Some(at) = self.seen.find(text) {
                self.seen.drain(..at + text.len());
                return;
            }
            match self.master.read(&mut buffer) {
                Ok(n) if n > 0 => self.seen.push_str(&String::from_utf8_lossy(&buffer[..n])),
                _ => std::thread::sleep(Duration::from_millis(5)),
            }
            assert!(start.elapsed() < Duration::from_secs(20), "{text:?} was not shown; instead: {:?}", self.seen);
        }
    }

    fn send(&mut self, keys: &str) {
        self.master.write_all(keys.as_bytes()).expect("a terminal takes keys");
    }

    #[track_caller]
    fn expect_exit(self, code: i32) {
        assert_eq!(self.end().code(), Some(code));
    }

    #[track_caller]
    fn end(mut self) -> ExitStatus {
        let start = Instant::now();
        let mut buffer = [0; 4096];
        loop {
            if let Some(status) = self.child.try_wait().expect("a child can be waited for") {
                return status;
            }
            let _ = self.master.read(&mut buffer);
            std::thread::sleep(Duration::from_millis(5));
            if start.elapsed() > Duration::from_secs(20) {
                let _ = self.child.kill();
                panic!("the program did not end");
            }
        }
    }
}

#[test]
fn lua_on_a_terminal_edits_lines_and_remembers_them() {
    let mut t = Terminal::start(&our_program("lua"), &[]);
    t.expect(EDITION.copyright);
    t.expect("> ");
    t.send("6 * 7\r");
    t.expect("42");
    t.expect("> ");
    t.send("for i = 1, 2 do\r");
    t.expect(">> ");
    t.send("print('line ' .. i) end\r");
    t.expect("line 1");
    t.expect("line 2");
    t.expect("> ");
    // Typing errors mended with backspace and the left arrow, then the line again with the up arrow.
    t.send("'ab' .. 'e\x7fd'\x1b[D\x1b[Dc\r");
    t.expect("abcd");
    t.expect("> ");
    t.send("\x1b[A\r");
    t.expect("abcd");
    t.expect("> ");
    t.send("x = \r");
    t.expect(">> ");
    t.send("5\r");
    t.expect("> ");
    t.send("error('shown')\r");
    t.expect("shown");
    t.expect("stack traceback");
    t.expect("> ");
    t.send("\x04");
    t.expect_exit(0);
}

#[test]
fn an_interrupt_from_the_terminal_ends_a_loop_and_not_the_program() {
    let mut t = Terminal::start(&our_program("lua"), &["-i"]);
    t.expect("> ");
    t.send("while true do end\r");
    std::thread::sleep(Duration::from_millis(300));
    t.send("\x03");
    t.expect("interrupted!");
    t.expect("> ");
    t.send("'alive'\r");
    t.expect("alive");
    t.expect("> ");
    t.send("os.exit(3)\r");
    t.expect_exit(3);
}

#[test]
fn an_interrupt_at_the_prompt_ends_the_program_as_the_signal_does() {
    let mut t = Terminal::start(&our_program("lua"), &[]);
    t.expect("> ");
    t.send("\x03");
    assert_eq!(t.end().signal(), Some(libc::SIGINT));
}
