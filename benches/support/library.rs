//! Our library, as it is measured.

use crate::support::library::{Library, SONAME};
use crate::support::{EDITION, paths};
use std::io::Write;
use std::process::{Command, Stdio};

/// Our library as hosts get it: from the folder that `PERILUNE_LIBRARY_DIR` names, or built now, in the release profile,
/// whichever profile this program itself was built in.
pub fn ours() -> Library {
    let dir = match std::env::var_os("PERILUNE_LIBRARY_DIR") {
        Some(dir) => std::fs::canonicalize(&dir).unwrap_or_else(|e| panic!("PERILUNE_LIBRARY_DIR {dir:?}: {e}")),
        None => {
            println!("building our library");
            let built = Command::new(env!("CARGO"))
                .args(["build", "--release", "--lib", "--quiet", "--manifest-path"])
                .arg(paths::root().join("Cargo.toml"))
                .arg("--target-dir")
                .arg(paths::target())
                .args(EDITION.cargo)
                .stdin(Stdio::null())
                .status()
                .expect("cargo can be started");
            assert!(built.success(), "our library does not build");
            paths::target().join("release")
        }
    };
    assert!(dir.join(SONAME).exists(), "{} holds no {SONAME}", dir.display());
    let _ = std::io::stdout().flush();
    Library { name: "ours", dir }
}
