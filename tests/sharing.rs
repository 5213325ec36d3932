//! What VMs share, seen from Lua: scripts of `tests/sharing`, run by `c-tests/sharing_host.c` in a VM that uses the code cache.

mod support;

use std::fs;
use std::path::PathBuf;
use support::{host, ours, paths};

fn program() -> PathBuf {
    host::build_for_ours("sharing_host", &["c-tests/sharing_host.c"])
}

#[track_caller]
fn check(script: &str) {
    let folder = paths::fresh(&format!("sharing/{script}"));
    let path = paths::root().join(format!("tests/sharing/{script}.lua"));
    ours().run(&program()).arg(&path).arg(&folder).limit(300).outcome().expect_success(script);
    let _ = fs::remove_dir_all(&folder);
}

#[test]
fn functions_of_a_running_vm_get_the_new_code_of_a_file() {
    check("reload");
}
