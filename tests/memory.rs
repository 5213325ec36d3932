//! Everything a state owns comes from its allocator, with sizes that agree, and may fail at any request.
//!
//! The program `c-tests/memory.c` does the work: it ends with an error at the first block, size or message that is wrong.
//! Only our library is run: upstream's can lose the metatable of its buffers to a failed allocation.

mod support;

use std::path::PathBuf;
use support::{host, ours};

fn program() -> PathBuf {
    host::build("memory", &["c-tests/memory.c"], &[])
}

#[track_caller]
fn check(what: &str) {
    let outcome = ours().run(&program()).arg(what).limit(900).outcome().expect_success(&format!("memory {what}"));
    print!("{what}: {}", outcome.out());
    assert!(!outcome.stdout.is_empty(), "memory {what} printed nothing");
}

#[test]
fn every_block_comes_back_with_the_size_it_was_given() {
    check("balance");
}

#[test]
fn one_failing_allocation_is_survived_or_reported_wherever_it_falls() {
    check("once");
}

#[test]
fn allocations_that_keep_failing_are_reported_wherever_they_begin() {
    check("from");
}

#[test]
fn a_limit_on_bytes_is_reported_until_it_suffices() {
    check("limit");
}

#[test]
fn a_closure_of_code_that_it_cannot_refer_to_is_a_memory_error() {
    check("code");
}
