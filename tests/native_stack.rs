//! Executing Lua code takes no native stack, however many instructions: `c-tests/native_stack.lua` says why that is not a matter of course.
//!
//! Only an optimized library can fail (`cargo test --profile tests`): others go back to a loop after each instruction.

mod support;

use support::{host, ours, paths};

#[test]
fn no_instruction_leaves_anything_on_the_native_stack() {
    let program = host::build("native_stack", &["c-tests/native_stack.c"], &[]);
    let script = paths::root().join("c-tests/native_stack.lua");
    let outcome = ours().run(&program).arg(script).limit(300).outcome().expect_success("native_stack");
    assert!(outcome.out().contains("pieces of code"), "{}", outcome.out());
}
