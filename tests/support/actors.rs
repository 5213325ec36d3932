//! The actor server of `examples/actors`.

use super::library::{self, Library};
use super::process::Run;
use super::{host, paths};
use std::path::{Path, PathBuf};

pub fn folder() -> PathBuf {
    paths::root().join("examples/actors")
}

/// The program's sources.
pub fn sources() -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder())
        .expect("the sources can be listed")
        .map(|e| e.expect("a folder entry").path())
        .filter(|p| p.extension().is_some_and(|e| e == "c"))
        .collect();
    files.sort();
    files
}

/// The program with our headers on our library, or with upstream's on upstream's: without sharing.
pub fn program(library: &Library) -> PathBuf {
    if std::ptr::eq(library, library::reference()) {
        host::compile("actors_reference", &sources(), &library::reference_source(), library, &["-O2"])
    } else {
        host::compile("actors", &sources(), &host::include_dir(), library, &["-O2"])
    }
}

/// `actors COMMAND...`, writing in `work`.
pub fn command(run: Run, arguments: &[&str], work: &Path) -> Run {
    run.args(arguments).arg("--scripts").arg(folder()).arg("--work").arg(work)
}

/// A figure that `actors start` printed.
pub fn figure(output: &str, name: &str) -> f64 {
    let line = output.lines().find(|l| l.split_whitespace().next() == Some(name));
    let value = line.and_then(|l| l.split_whitespace().nth(1)?.parse().ok());
    value.unwrap_or_else(|| panic!("no figure {name} in\n{output}"))
}
