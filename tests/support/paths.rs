//! Where things are: the source tree, and the folder below `target` in which tests build and write.

use super::edition::EDITION;
use std::fs;
use std::path::{Path, PathBuf};

/// The root of the source tree.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Cargo's target folder, found from the running test program (`target/<profile>/deps/<test>`).
pub fn target() -> PathBuf {
    profile_dir().parent().expect("the profile folder lies in the target folder").to_path_buf()
}

/// The folder for what tests download, whichever edition asks for it: cargo's target folder, or the one that this lies in when it is one
/// edition's own (`target/5.5`).
pub fn downloads() -> PathBuf {
    let target = target();
    if target.ends_with(EDITION.name) { target.parent().expect("a folder lies in another").to_path_buf() } else { target }
}

/// `target/<profile>`: where cargo puts what it built beside this test program.
pub fn profile_dir() -> PathBuf {
    let program = std::env::current_exe().expect("a running program has a path");
    program.parent().and_then(Path::parent).expect("test programs lie in target/<profile>/deps").to_path_buf()
}

/// `target/tests-work/<name>`, created when it is missing. Everything a test builds or writes goes below it.
pub fn work(name: &str) -> PathBuf {
    let dir = target().join("tests-work").join(name);
    fs::create_dir_all(&dir).unwrap_or_else(|e| panic!("cannot create {}: {e}", dir.display()));
    dir
}

/// The same folder, emptied first.
pub fn fresh(name: &str) -> PathBuf {
    let dir = target().join("tests-work").join(name);
    let _ = fs::remove_dir_all(&dir);
    work(name)
}

/// Runs `make(temporary)` and renames the result to `path`, so that two test programs that want the same file at the
/// same time never see half of it. Does nothing when `path` is newer than all of `inputs`.
pub fn produce(path: &Path, inputs: &[PathBuf], make: impl FnOnce(&Path)) {
    if up_to_date(path, inputs) {
        return;
    }
    let name = path.file_name().expect("a file has a name").to_string_lossy().into_owned();
    let temporary = path.with_file_name(format!("{name}.{}.{:?}.part", std::process::id(), std::thread::current().id()));
    make(&temporary);
    fs::rename(&temporary, path).unwrap_or_else(|e| panic!("cannot put {} in place: {e}", path.display()));
}

fn up_to_date(path: &Path, inputs: &[PathBuf]) -> bool {
    let age = |p: &Path| fs::metadata(p).and_then(|m| m.modified()).ok();
    match age(path) {
        None => false,
        Some(built) => inputs.iter().all(|input| age(input).is_some_and(|changed| changed <= built)),
    }
}
