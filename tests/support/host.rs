//! C programs built once and run against either library.

use super::edition::EDITION;
use super::library::{self, Library, SONAME};
use super::paths;
use super::process::Run;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Our public headers, the ones every host is compiled with.
pub fn include_dir() -> PathBuf {
    paths::root().join("include").join(EDITION.name)
}

/// The files whose change makes a host stale.
fn header_files() -> Vec<PathBuf> {
    ["lua.h", "luaconf.h", "lauxlib.h", "lualib.h", "luashare.h", "lgc.h"].iter().map(|name| include_dir().join(name)).collect()
}

/// Compiles `sources` (paths below the root) into a program named `name` that finds its library at run time.
///
/// It is linked against the reference only to settle names: which library it runs on is chosen by `LD_LIBRARY_PATH`.
pub fn build(name: &str, sources: &[&str], flags: &[&str]) -> PathBuf {
    let sources: Vec<PathBuf> = sources.iter().map(|s| paths::root().join(s)).collect();
    build_files(name, &sources, flags)
}

/// As `build`, for a program that uses what only our library has.
pub fn build_for_ours(name: &str, sources: &[&str]) -> PathBuf {
    let sources: Vec<PathBuf> = sources.iter().map(|s| paths::root().join(s)).collect();
    build_against(library::ours(), name, &sources, &[])
}

/// As `build`, for source files that lie anywhere.
pub fn build_files(name: &str, sources: &[PathBuf], flags: &[&str]) -> PathBuf {
    build_against(library::reference(), name, sources, flags)
}

fn build_against(library: &Library, name: &str, sources: &[PathBuf], flags: &[&str]) -> PathBuf {
    compile(name, sources, &include_dir(), library, flags)
}

/// Compiles `sources` with the headers in `include` and links them to `library`.
pub fn compile(name: &str, sources: &[PathBuf], include: &Path, library: &Library, flags: &[&str]) -> PathBuf {
    let program = paths::work("hosts").join(name);
    let mut inputs = header_files();
    inputs.extend(sources.iter().cloned());
    let folders: BTreeSet<&Path> = sources.iter().filter_map(|s| s.parent()).collect();
    inputs.extend(folders.into_iter().flat_map(headers_in));
    paths::produce(&program, &inputs, |temporary| {
        Run::new("cc")
            .args(["-std=gnu99", "-O1", "-g", "-Wall", "-Wextra"])
            .arg("-I")
            .arg(include)
            .arg("-o")
            .arg(temporary)
            .args(sources)
            .arg(library.file())
            .args(flags)
            .args(["-lm", "-ldl", "-lpthread"])
            .limit(300)
            .outcome()
            .expect_success(&format!("compiling {name}"));
    });
    program
}

fn headers_in(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    entries.filter_map(|e| e.ok()).map(|e| e.path()).filter(|p| p.extension().is_some_and(|e| e == "h")).collect()
}

/// The sources in `c-tests` whose names begin with `prefix`, in order.
pub fn c_sources(prefix: &str) -> Vec<PathBuf> {
    let dir = paths::root().join("c-tests");
    let mut files: Vec<PathBuf> = std::fs::read_dir(&dir)
        .unwrap_or_else(|e| panic!("{}: {e}", dir.display()))
        .map(|e| e.expect("a folder entry").path())
        .filter(|p| p.extension().is_some_and(|e| e == "c"))
        .filter(|p| name_of(p).starts_with(prefix))
        .collect();
    files.sort();
    files
}

pub fn name_of(path: &Path) -> String {
    path.file_name().expect("a file has a name").to_string_lossy().into_owned()
}

/// What `LD_LIBRARY_PATH` must lead to; named here for messages.
pub fn soname() -> &'static str {
    SONAME
}
