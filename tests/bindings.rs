//! Rust sees the library through our headers: bindings that bindgen makes of them, and a Rust program over these.
//!
//! bindgen needs libclang (Debian: libclang-dev).

mod support;

use std::fs;
use support::{EDITION, Run, host, ours, paths};

#[test]
fn rust_bindings_of_the_headers_reach_every_kind_of_function() {
    let folder = paths::fresh("bindings");
    let include = host::include_dir();
    let header = folder.join("all.h");
    fs::write(&header, "#include <lua.h>\n#include <lauxlib.h>\n#include <lualib.h>\n").unwrap();
    bindgen::Builder::default()
        .header(header.to_string_lossy())
        .clang_arg(format!("-I{}", include.display()))
        .allowlist_item("(lua|LUA).*")
        .layout_tests(true)
        .generate()
        .expect("the headers are C that bindgen understands (is libclang-dev installed?)")
        .write_to_file(folder.join("bindings.rs"))
        .unwrap();
    fs::copy(paths::root().join("tests/data/bindings_host.rs"), folder.join("host.rs")).unwrap();
    let compile = |output: &str, extra: &[&str]| {
        let program = folder.join(output);
        Run::new("rustc")
            .args(["--edition", "2024", "-o"])
            .arg(&program)
            .args(extra)
            .arg(format!("-Lnative={}", ours().dir.display()))
            .arg(format!("-ldylib={}", EDITION.library))
            .args(if EDITION.number >= 505 { &["--cfg", "selected_libraries"][..] } else { &[] })
            .arg(format!("-Clink-arg=-Wl,-rpath,{}", ours().dir.display()))
            .arg(folder.join("host.rs"))
            .limit(300)
            .outcome()
            .expect_success("compiling the Rust host");
        program
    };
    // The layout tests that bindgen writes are checked when the program is compiled.
    let outcome = Run::new(compile("host", &[])).outcome().expect_success("the Rust host");
    let expected = format!(
        "Lua {}\n40 + 2 = 42\nerror: [string \"error('oops')\"]:1: oops\nmain chunk at line 1\nhook saw 3 lines\n",
        EDITION.name
    );
    assert_eq!(outcome.out(), expected);
}
