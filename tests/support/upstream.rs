//! Upstream's own programs and test suite, from the source distribution of the PyPI package `lupa`.

use super::edition::EDITION;
use super::library::{self, Library};
use super::paths;
use super::process::Run;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// The edition's folder in the unpacked distribution: lua.c, the headers, `testes`. Fetched when it is not there yet.
pub fn tree() -> &'static Path {
    static TREE: OnceLock<PathBuf> = OnceLock::new();
    TREE.get_or_init(|| {
        let fetched = Run::new("sh")
            .arg(paths::root().join("tests/support/fetch_lupa.sh"))
            .arg(paths::downloads())
            .limit(900)
            .outcome()
            .expect_success("fetching upstream's test suite");
        let root = PathBuf::from(fetched.out().trim());
        let tree = root.join("third-party").join(EDITION.lupa_folder);
        assert!(tree.join("testes/all.lua").exists(), "{} holds no test suite", tree.display());
        tree
    })
}

/// Upstream's `lua.c`, unchanged, compiled with upstream's headers and linked to `library`, which it finds by its run path.
///
/// The headers are those of the release. The distribution of `lupa` has a tree that is a little older for 5.5, newer for 5.4.
pub fn lua_program(library: &Library) -> PathBuf {
    let folder = paths::work("upstream-lua");
    let source = folder.join("lua.c");
    // Alone, as headers beside it would be found first.
    paths::produce(&source, &[], |temporary| {
        fs::copy(tree().join("lua.c"), temporary).expect("lua.c can be copied");
    });
    let program = paths::work(&format!("upstream-lua/{}", library.name)).join("lua");
    let inputs = [source.clone(), library.file()];
    paths::produce(&program, &inputs, |temporary| {
        Run::new("cc")
            .args(["-std=gnu99", "-O2", "-DLUA_USE_LINUX"])
            .args(EDITION.compatibility)
            .arg("-I")
            .arg(library::reference_source())
            .arg("-o")
            .arg(temporary)
            .arg(&source)
            .arg(library.file())
            .arg(format!("-Wl,-E,--disable-new-dtags,-rpath,{}", library.dir.display()))
            .args(["-lm", "-ldl"])
            .args(EDITION.readline)
            .limit(120)
            .outcome()
            .expect_success("compiling upstream's lua.c (is libreadline-dev installed?)");
    });
    program
}

/// Upstream's `luac.c` is not part of the distribution, and Debian has `luac5.4` only: this is for tests of 5.4.
pub fn debian_luac() -> PathBuf {
    let program = PathBuf::from("/usr/bin/luac5.4");
    assert!(program.exists(), "luac5.4 is not installed (Debian: apt-get install lua5.4)");
    program
}

/// A private copy of the test suite with its C libraries built, in `target/tests-work/<name>`.
pub fn suite(name: &str) -> PathBuf {
    let dir = paths::fresh(name);
    copy(&tree().join("testes"), &dir.join("testes"));
    for header in ["lua.h", "luaconf.h", "lauxlib.h", "lualib.h"] {
        fs::copy(library::reference_source().join(header), dir.join(header)).expect("a header can be copied");
    }
    Run::new("make")
        .arg("-C")
        .arg(dir.join("testes/libs"))
        .limit(120)
        .outcome()
        .expect_success("building the test suite's C libraries");
    dir.join("testes")
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder can be made");
    for entry in fs::read_dir(from).expect("the suite can be listed") {
        let path = entry.expect("a folder entry").path();
        let target = to.join(path.file_name().expect("a file has a name"));
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).expect("a file of the suite can be copied");
        }
    }
}
