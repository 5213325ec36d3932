//! The two libraries that hosts are run against: ours, and upstream's of the same release, built from the crate `lua-src`.

use super::edition::EDITION;
use super::paths;
use super::process::Run;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// The name by which hosts ask the loader for the library.
pub const SONAME: &str = EDITION.soname;

/// A folder that holds a library of that name.
#[derive(Debug)]
pub struct Library {
    pub name: &'static str,
    pub dir: PathBuf,
}

impl Library {
    pub fn file(&self) -> PathBuf {
        self.dir.join(SONAME)
    }

    /// `host`, to be run against this library.
    pub fn run(&self, host: &Path) -> Run {
        Run::new(host).env("LD_LIBRARY_PATH", &self.dir)
    }
}

/// Our library: the one cargo built beside the running test, or the one in the folder that `PERILUNE_LIBRARY_DIR` names.
pub fn ours() -> &'static Library {
    static OURS: OnceLock<Library> = OnceLock::new();
    OURS.get_or_init(|| {
        let dir = match std::env::var_os("PERILUNE_LIBRARY_DIR") {
            Some(dir) => fs::canonicalize(&dir).unwrap_or_else(|e| panic!("PERILUNE_LIBRARY_DIR {dir:?}: {e}")),
            None => paths::profile_dir(),
        };
        assert!(dir.join(SONAME).exists(), "{} holds no {SONAME}", dir.display());
        Library { name: "ours", dir }
    })
}

/// A program that cargo built beside the running test: `lua` or `luac`.
pub fn our_program(name: &str) -> PathBuf {
    let program = paths::profile_dir().join(name);
    assert!(program.exists(), "cargo built no {}", program.display());
    program
}

/// Our library built with features, in a folder of its own.
pub fn with_features(name: &'static str, features: &str) -> Library {
    let target = paths::work(name);
    Run::new(env!("CARGO"))
        .args(["build", "--lib", "--features", features, "--target-dir"])
        .arg(&target)
        .args(EDITION.cargo)
        .dir(paths::root())
        .limit(1800)
        .outcome()
        .expect_success(&format!("building the library with {features}"));
    Library { name, dir: target.join("debug") }
}

/// Upstream's as a shared library, built the way hosts get it from its own makefile.
pub fn reference() -> &'static Library {
    static REFERENCE: OnceLock<Library> = OnceLock::new();
    REFERENCE.get_or_init(|| {
        let dir = paths::work(&format!("reference-{}", EDITION.release));
        let source = reference_source();
        paths::produce(&dir.join(SONAME), &[], |temporary| {
            println!("building the reference library from {}", source.display());
            let mut files: Vec<PathBuf> = fs::read_dir(&source)
                .expect("the reference sources can be listed")
                .map(|entry| entry.expect("a folder entry").path())
                .filter(|path| path.extension().is_some_and(|e| e == "c"))
                .filter(|path| !["lua.c", "luac.c", "ltests.c", "onelua.c"].iter().any(|program| path.ends_with(program)))
                .collect();
            files.sort();
            Run::new("cc")
                .args(["-std=gnu99", "-O2", "-fPIC", "-DLUA_USE_LINUX", "-shared"])
                .args(EDITION.compatibility)
                .arg(format!("-Wl,-soname,{SONAME}"))
                .arg("-o")
                .arg(temporary)
                .args(&files)
                .args(["-lm", "-ldl"])
                .limit(600)
                .outcome()
                .expect_success("compiling the reference library");
        });
        Library { name: "reference", dir }
    })
}

/// The folder with upstream's sources of the edition's release, in the unpacked crate `lua-src`.
pub fn reference_source() -> PathBuf {
    let metadata = Run::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--manifest-path"])
        .arg(paths::root().join("Cargo.toml"))
        .limit(120)
        .outcome()
        .expect_success("cargo metadata");
    let text = metadata.out();
    let name = format!("lua-src-{}", EDITION.crate_version);
    let end = text.find(&format!("{name}/Cargo.toml\"")).unwrap_or_else(|| panic!("{name} is a dev-dependency"));
    let start = text[..end].rfind('"').expect("a path stands in quotes") + 1;
    let dir = PathBuf::from(&text[start..end]).join(name).join(EDITION.crate_folder);
    assert!(dir.join("lua.h").exists(), "{} holds no Lua sources", dir.display());
    dir
}
