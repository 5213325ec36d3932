//! The actor server (`examples/actors`): a host that uses everything that VMs share, through the C ABI, and checks it.

mod support;

use std::path::Path;
use support::{Run, actors, ours, paths, reference, thread_sanitizer, valgrind};

#[track_caller]
fn check(run: Run, name: &str, arguments: &[&str]) {
    let work = paths::fresh(&format!("actors/{name}"));
    let outcome = actors::command(run, &[&["run"], arguments].concat(), &work).limit(600).outcome().expect_success(name);
    print!("{}", outcome.out());
    assert!(outcome.out().ends_with("all checks passed\n"), "{outcome}");
}

#[test]
fn the_server_passes_all_its_checks() {
    check(ours().run(&actors::program(ours())), "ours", &["--services", "500", "--visitors", "1000"]);
}

#[test]
fn without_the_cache_too() {
    check(ours().run(&actors::program(ours())), "uncached", &["--services", "100", "--visitors", "100", "--cache", "off"]);
}

/// The program is an ordinary host: without sharing it works on any Lua.
#[test]
fn on_the_reference_library_too() {
    check(reference().run(&actors::program(reference())), "reference", &["--services", "100", "--visitors", "100"]);
}

const FEW: [&str; 8] = ["--services", "20", "--visitors", "20", "--versions", "5", "--workers", "3"];

#[test]
fn valgrind_finds_nothing() {
    let log = paths::work("actors").join("valgrind.log");
    check(valgrind::run(&actors::program(ours()), &log, true), "valgrind", &FEW);
}

#[test]
fn the_thread_sanitizer_finds_no_race() {
    let program = thread_sanitizer::program("actors_sanitized", &actors::sources());
    check(thread_sanitizer::run(&program), "sanitized", &["--services", "100", "--visitors", "100"]);
}

/// What `actors start` prints for `services` services, where nothing is shared unasked.
fn start(program: &Path, services: &str, cache: &str) -> String {
    let work = paths::work("actors/start");
    let run = actors::command(ours().run(program).env("PERILUNE_SHARE", "0"), &["start", services, "--cache", cache], &work);
    run.limit(300).outcome().expect_success("actors start").out()
}

#[test]
fn with_the_cache_a_service_takes_less_than_half_of_the_memory_and_of_the_time() {
    let program = actors::program(ours());
    let (with, without) = (start(&program, "100", "on"), start(&program, "100", "off"));
    for figure in ["bytes_each", "live_bytes_each", "ms_each"] {
        let (with, without) = (actors::figure(&with, figure), actors::figure(&without, figure));
        assert!(with < without / 2.0, "{figure}: {with} with the cache, {without} without");
    }
}
