//! The program of the C tests, `c-tests/api_*.c` with `harness.c`.

use super::library::{Library, reference};
use super::process::{Outcome, Run};
use super::{host, paths};
use std::fs;
use std::path::{Path, PathBuf};

/// The program, built with extra compiler flags under a name of its own.
pub fn program(name: &str, flags: &[&str]) -> PathBuf {
    let mut sources = host::c_sources("api_");
    sources.push(paths::root().join("c-tests/harness.c"));
    host::build_files(name, &sources, flags)
}

/// The names of all tests.
pub fn names(program: &Path) -> Vec<String> {
    let list = reference().run(program).arg("--list").outcome().expect_success("listing the C tests");
    list.out().lines().map(str::to_string).collect()
}

/// Runs tests one after the other in an empty folder, with a chunk of Lua as their standard input.
pub fn run(command: Run, names: &[String], library: &Library) -> Outcome {
    let dir = paths::fresh(&format!("c_api/{}/{}", library.name, names[0]));
    let outcome = command.args(names).dir(&dir).stdin("return 'read from the input'").outcome();
    let _ = fs::remove_dir_all(&dir);
    outcome
}

/// Tests that end their process by `abort`, as a panic does.
pub fn ends_the_process(name: &str) -> bool {
    name.starts_with("the_panic_function_of_newstate") || name == "a_panic_function_that_returns_is_followed_by_abort"
}
