//! The C tests of the API print the same on our library and on upstream's.
//!
//! Each test runs in a process of its own, once per library.

mod support;

use std::collections::BTreeSet;
use std::path::PathBuf;
use support::{End, Report, Run, c_tests, edition, ours, reference};

fn program() -> PathBuf {
    c_tests::program("c_api", &[])
}

#[test]
fn every_c_test_prints_the_same_on_both_libraries() {
    let program = program();
    let only = std::env::var("C_TEST").ok();
    let mut report = Report::default();
    for name in c_tests::names(&program) {
        if only.as_ref().is_some_and(|wanted| !name.contains(wanted.as_str())) {
            continue;
        }
        let one = std::slice::from_ref(&name);
        let theirs = c_tests::run(reference().run(&program), one, reference());
        let mine = c_tests::run(ours().run(&program), one, ours());
        let expected = if c_tests::ends_the_process(&name) { End::Signal(libc::SIGABRT) } else { End::Exit(0) };
        assert_eq!(theirs.end, expected, "{name} ends wrongly on the reference: {theirs}");
        report.compare(&name, &theirs, &mine);
    }
    report.finish("C tests");
}

#[test]
fn there_are_at_least_60_c_tests() {
    let names = c_tests::names(&program());
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
    let list = edition::upstreams_symbols();
    // A variable is copied into the program, so it is not among the undefined names.
    let missing: Vec<&str> =
        list.iter().map(String::as_str).filter(|name| *name != "lua_ident" && !used.contains(name)).collect();
    assert!(missing.is_empty(), "no C test uses {missing:?}");
}
