//! The C tests of the API print the same on our library and on upstream's 5.4.8.
//!
//! One program, `c-tests/api_*.c` with `harness.c`, holds all of them. Each test runs in a process of its own, once per library.

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use support::{Library, Outcome, Report, Run, host, ours, paths, reference};

fn program() -> PathBuf {
    let mut sources = host::c_sources("api_");
    sources.push(paths::root().join("c-tests/harness.c"));
    host::build_files("c_api", &sources, &[])
}

fn names(program: &Path) -> Vec<String> {
    let list = reference().run(program).arg("--list").outcome().expect_success("listing the C tests");
    list.out().lines().map(str::to_string).collect()
}

/// Runs one test in an empty folder, with a chunk of Lua as its standard input.
fn run(command: Run, name: &str, library: &Library) -> Outcome {
    let dir = paths::fresh(&format!("c_api/{}/{name}", library.name));
    let outcome = command.arg(name).dir(&dir).stdin("return 'read from the input'").outcome();
    let _ = fs::remove_dir_all(&dir);
    outcome
}

#[test]
fn every_c_test_prints_the_same_on_both_libraries() {
    let program = program();
    let only = std::env::var("C_TEST").ok();
    let mut report = Report::default();
    for name in names(&program) {
        if only.as_ref().is_some_and(|wanted| !name.contains(wanted.as_str())) {
            continue;
        }
        let theirs = run(reference().run(&program).limit(60), &name, reference());
        let mine = run(ours().run(&program).limit(60), &name, ours());
        report.compare(&name, &theirs, &mine);
    }
    report.finish("C tests");
}

#[test]
fn there_are_at_least_60_c_tests() {
    let names = names(&program());
    assert!(names.len() >= 60, "{} tests, 60 wanted", names.len());
}

#[test]
fn every_exported_symbol_is_used_by_a_c_test() {
    let symbols = Run::new("nm").arg("-u").arg(program()).outcome().expect_success("nm").out();
    let used: BTreeSet<&str> = symbols
        .lines()
        .filter_map(|line| line.split_whitespace().last())
        .map(|name| name.split('@').next().unwrap_or(name))
        .collect();
    let list = fs::read_to_string(paths::root().join("tests/data/lua5.4.symbols")).expect("the list of symbols");
    // A variable is copied into the program, so it is not among the undefined names.
    let missing: Vec<&str> = list.split_whitespace().filter(|name| *name != "lua_ident" && !used.contains(name)).collect();
    assert!(missing.is_empty(), "no C test uses {missing:?}");
}
