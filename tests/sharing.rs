//! What VMs share, seen from Lua: scripts of `tests/sharing`, run by `c-tests/sharing_host.c` in a VM that uses the code cache.

mod support;

use std::fs;
use std::path::PathBuf;
use support::{host, ours, paths};

fn program() -> PathBuf {
    host::build_for_ours("sharing_host", &["c-tests/sharing_host.c"])
}

fn check(script: &str) {
    check_with(script, None);
}

/// Runs a script, with `PERILUNE_SHARE` set.
#[track_caller]
fn check_with(script: &str, share: Option<&str>) {
    let folder = paths::fresh(&format!("sharing/{script}"));
    let path = paths::root().join(format!("tests/sharing/{script}.lua"));
    let mut run = ours().run(&program());
    if let Some(setting) = share {
        run = run.env("PERILUNE_SHARE", setting);
    }
    run.arg(&path).arg(&folder).limit(300).outcome().expect_success(script);
    let _ = fs::remove_dir_all(&folder);
}

#[test]
fn functions_of_a_running_vm_get_the_new_code_of_a_file() {
    check("reload");
}

#[test]
fn the_code_cache_keeps_files_that_could_be_loaded() {
    check("cache");
}

#[test]
fn files_that_several_vms_load_are_shared_by_their_content() {
    check("content");
}

#[test]
fn texts_from_memory_are_shared_when_the_host_says_so() {
    check_with("texts", Some("all"));
}

#[test]
fn nothing_is_shared_when_the_host_says_so() {
    check_with("nothing", Some("0"));
}
