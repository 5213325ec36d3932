//! Upstream's own test suite passes, complete and unedited: with upstream's `lua.c` on our library, and with our `lua5.4`.
//!
//! What it needs to run: a pipe as its standard input (`files.lua` seeks it), a host that finds the library without the
//! environment's help (`main.lua` clears it), a host with readline (`main.lua` expects its echo), its C libraries built.

mod support;

use std::path::Path;
use support::{Library, Run, our_program, ours, suite, upstream};

/// The library under test. `PERILUNE_SUITE_REFERENCE=1` runs upstream's instead, to see whether the conditions hold.
fn library() -> &'static Library {
    if std::env::var_os("PERILUNE_SUITE_REFERENCE").is_some() { support::reference() } else { ours() }
}

fn run(name: &str, program: &Path, args: &[&str]) {
    suite::passes(name, &Run::new(program).args(args));
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
    run("our-lua-user", &our_program("lua"), &["-W", "-e_U=true"]);
}

#[test]
fn our_lua_passes_the_complete_suite() {
    run("our-lua-complete", &our_program("lua"), &["-W"]);
}
