//! Upstream's own test suite passes, complete and unedited: with upstream's `lua.c` on our library, and with our `lua5.4`.
//!
//! What it needs to run: a pipe as its standard input (`files.lua` seeks it), a host that finds the library without the
//! environment's help (`main.lua` clears it), a host with readline (`main.lua` expects its echo), its C libraries built.
//!
//! One of its checks is a race that it can lose with any library: `main.lua` lets a shell start a Lua in the background and
//! print its process number, and takes the first line of their common output for the number. A run that ends in this
//! very way, with what the background Lua printed in the number's place, is made again.

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Instant;
use support::process::End;
use support::{Library, Run, ours, paths, upstream};

/// The suite measures times and memory, so its runs do not share the machine with each other.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// The library under test. `PERILUNE_SUITE_REFERENCE=1` runs upstream's instead, to see whether the conditions hold.
fn library() -> &'static Library {
    if std::env::var_os("PERILUNE_SUITE_REFERENCE").is_some() { support::reference() } else { ours() }
}

/// How often a run that lost the race is made again.
const ATTEMPTS: usize = 8;

fn run(name: &str, program: &Path, args: &[&str]) {
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(|e| e.into_inner());
    for _ in 0..ATTEMPTS {
        let dir = upstream::suite(&format!("official-suite/{name}"));
        let log = dir.parent().expect("the suite lies in a folder").join("log");
        println!("{name}: running all.lua");
        let start = Instant::now();
        let end = Run::new(program).args(args).arg("all.lua").dir(&dir).limit(1500).logged(&log, name, 15);
        let text = String::from_utf8_lossy(&fs::read(&log).expect("a log was written")).into_owned();
        println!("{name}: {:?} after {:.0} s", end, start.elapsed().as_secs_f64());
        if end == End::Exit(0) && text.contains("final OK !!!") {
            return;
        }
        if lost_the_race(&text) {
            println!("{name}: the background program was faster than its shell; once more");
            continue;
        }
        let lines: Vec<&str> = text.lines().collect();
        let last = lines[lines.len().saturating_sub(40)..].join("\n");
        panic!("{name}: {end:?}; the whole output is in {}; its end:\n{last}", log.display());
    }
    panic!("{name}: lost the race of main.lua {ATTEMPTS} times");
}

/// Whether `main.lua` failed because it took a line of the background program (12 and 15 are what those print) for its number.
fn lost_the_race(text: &str) -> bool {
    let number = text.rsplit_once("running in background, pid ").and_then(|(_, rest)| rest.split_once(')'));
    matches!(number, Some(("12" | "15", rest)) if rest.contains("main.lua") && rest.contains("assertion failed!"))
}

fn our_program() -> PathBuf {
    let program = paths::profile_dir().join("lua");
    assert!(program.exists(), "cargo built no {}", program.display());
    program
}

#[test]
fn upstreams_lua_on_our_library_passes_the_user_tests() {
    run("upstream-lua-user", &upstream::lua_program(library()), &["-W", "-e_U=true"]);
}

#[test]
fn upstreams_lua_on_our_library_passes_the_complete_suite() {
    run("upstream-lua-complete", &upstream::lua_program(library()), &["-W"]);
}

#[test]
fn our_lua_passes_the_user_tests() {
    run("our-lua-user", &our_program(), &["-W", "-e_U=true"]);
}

#[test]
fn our_lua_passes_the_complete_suite() {
    run("our-lua-complete", &our_program(), &["-W"]);
}
