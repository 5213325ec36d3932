//! A program that was linked to Debian's `liblua5.4.so.0` runs on ours, through LD_PRELOAD and through LD_LIBRARY_PATH, and
//! says so by `/proc/self/maps`.

mod support;

use std::fs;
use std::path::PathBuf;
use support::{Run, ours, paths};

/// Compiled with Debian's headers and linked to Debian's library (packages liblua5.4-dev, liblua5.4-0).
fn program() -> PathBuf {
    let program = paths::work("hosts").join("preloaded");
    let source = paths::root().join("c-tests/preloaded.c");
    paths::produce(&program, std::slice::from_ref(&source), |temporary| {
        Run::new("cc")
            .args(["-O1", "-g", "-Wall", "-Wextra", "-I/usr/include/lua5.4", "-o"])
            .arg(temporary)
            .arg(&source)
            .args(["-llua5.4", "-ldl"])
            .outcome()
            .expect_success("compiling against Debian's library (is liblua5.4-dev installed?)");
    });
    program
}

/// The lines that say where functions come from, and the others.
fn homes_and_work(output: &str) -> (Vec<String>, Vec<String>) {
    output.lines().map(str::to_string).partition(|line| line.starts_with("lua_newstate: ") || line.starts_with("luaL_openlibs: "))
}

#[track_caller]
fn check(run: Run) {
    let plain = Run::new(program()).outcome().expect_success("the program on Debian's library");
    let (debian, expected) = homes_and_work(&plain.out());
    assert!(debian.len() == 2 && debian.iter().all(|line| line.contains("/usr/lib/")), "not Debian's library: {debian:?}");
    let outcome = run.outcome().expect_success("the program on our library");
    assert_eq!(outcome.err(), "", "the loader complains");
    let (homes, work) = homes_and_work(&outcome.out());
    let library = fs::canonicalize(ours().file()).expect("our library is there");
    let library = library.to_string_lossy();
    assert!(homes.len() == 2 && homes.iter().all(|line| line.ends_with(&*library)), "not on {library}: {homes:?}");
    assert_eq!(work, expected, "the program's own output");
}

#[test]
#[cfg_attr(feature = "lua55", ignore = "Debian has no library of Lua 5.5")]
fn a_program_for_debians_library_runs_on_ours_by_preloading() {
    check(Run::new(program()).env("LD_PRELOAD", ours().file()));
}

#[test]
#[cfg_attr(feature = "lua55", ignore = "Debian has no library of Lua 5.5")]
fn a_program_for_debians_library_runs_on_ours_by_library_path() {
    check(Run::new(program()).env("LD_LIBRARY_PATH", &ours().dir));
}
