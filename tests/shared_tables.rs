//! What VMs share, seen from C: strings, tables, functions, the code cache, by one thread and by many.
//!
//! A program of the sources `c-tests/shared_*.c` does the work and checks it itself; upstream's library has none of this. It runs here plain
//! and under valgrind, and its threads under ThreadSanitizer.

mod support;

use std::path::{Path, PathBuf};
use support::{End, host, library, ours, paths, thread_sanitizer, valgrind};

fn program() -> PathBuf {
    host::compile("shared", &host::c_sources("shared_"), &host::include_dir(), ours(), &[])
}

/// The tests of the program.
fn names(program: &Path) -> Vec<String> {
    let list = ours().run(program).arg("--list").outcome().expect_success("listing the tests of sharing");
    list.out().lines().map(String::from).collect()
}

#[test]
fn every_test_passes_in_a_process_of_its_own() {
    let program = program();
    let names = names(&program);
    assert!(names.len() >= 35, "{} tests, 35 wanted", names.len());
    for name in &names {
        let folder = paths::fresh(&format!("shared/{name}"));
        let outcome = ours().run(&program).arg(name).dir(&folder).limit(120).outcome().expect_success(name);
        assert_eq!(outcome.out().trim(), name);
    }
}

#[test]
fn all_tests_pass_in_one_process() {
    let program = program();
    let folder = paths::fresh("shared/all");
    let outcome = ours().run(&program).dir(&folder).limit(300).outcome().expect_success("all tests of sharing");
    let ran: Vec<String> = outcome.out().lines().map(String::from).collect();
    assert_eq!(ran, names(&program));
}

#[test]
fn all_tests_run_clean_under_valgrind() {
    let program = program();
    let folder = paths::fresh("shared/valgrind");
    let log = folder.join("log");
    let outcome = valgrind::run(&program, &log, true).arg("--quick").dir(&folder).outcome();
    assert!(outcome.end == End::Exit(0), "{outcome}\n{}", valgrind::complaints(&log));
}

#[test]
fn a_checking_library_reports_that_a_vm_is_closed_while_another_holds_its_table() {
    let library = library::with_features("apicheck", "apicheck");
    let outcome = library.run(&program()).arg("--early").limit(60).outcome();
    assert!(outcome.end == End::Signal(libc::SIGABRT), "{outcome}");
    assert_eq!(outcome.out(), "in time so far\n");
    assert_eq!(outcome.err(), "perilune: lua_close: another VM still holds a table that this one has shared\n");
    // What is right is not reported. These close a VM as soon as another has dropped its table, with no collection between.
    let careless = [
        "a_vm_that_goes_on_gives_back_the_strings_of_closed_vms",
        "a_vm_that_goes_on_gives_back_the_functions_of_closed_vms",
        "what_is_left_of_a_closed_vm_on_stacks_is_not_followed",
        "many_threads_share_tables",
        "vms_whose_tables_are_in_each_other_give_everything_back",
    ];
    let names: Vec<String> = names(&program()).into_iter().filter(|n| !careless.contains(&n.as_str())).collect();
    let folder = paths::fresh("shared/apicheck");
    library.run(&program()).args(&names).dir(&folder).limit(300).outcome().expect_success("sharing with checks");
}

#[test]
fn the_thread_sanitizer_finds_no_race() {
    let program = thread_sanitizer::program("shared_sanitized", &host::c_sources("shared_"));
    // Without the threads that are first: they wait for each other in the standard library, where the sanitizer does not see it.
    for name in ["many_threads_read_a_shared_table", "many_threads_share_tables"] {
        let folder = paths::fresh(&format!("shared/tsan_{name}"));
        let outcome = thread_sanitizer::run(&program).arg(name).dir(&folder).limit(300).outcome().expect_success(name);
        assert_eq!(outcome.err(), "", "{name}");
    }
}
