//! The library's functions have the prototypes that the headers promise.
//!
//! cbindgen writes a C prototype for every exported `extern "C"` function of `src/capi`, from its Rust types. A C compiler reads them
//! after our headers and rejects any that disagrees.

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use support::{EDITION, edition, host};

/// Defined in C (`src/capi/shim.c`), which includes the headers itself; and a variable.
const NOT_RUST: [&str; 5] = ["lua_gc", "lua_pushfstring", "lua_pushvfstring", "luaL_error", "lua_ident"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

/// The prototypes of all functions of the API, as cbindgen derives them.
fn prototypes() -> String {
    let mut files = Vec::new();
    rust_files(&root().join("src/capi"), &mut files);
    // The first two declare what is between Rust and C inside the library; cbindgen would follow the last to all files again.
    files.retain(|file| !["variadic.rs", "boundary.rs", "mod.rs"].iter().any(|name| file.ends_with(name)));
    files.sort();
    let mut config = cbindgen::Config {
        language: cbindgen::Language::C,
        no_includes: true,
        usize_is_size_t: true,
        cpp_compat: false,
        documentation: false,
        ..Default::default()
    };
    // Functions of one edition stand under these in the generated text; the C compiler chooses.
    for (feature, macro_name) in [("lua54", "EDITION_5_4"), ("lua55", "EDITION_5_5")] {
        config.defines.insert(format!("feature = {feature}"), macro_name.into());
    }
    config.export.item_types = vec![cbindgen::ItemType::Functions];
    // What Rust calls these types is what lua.h calls so.
    for (rust, c) in [("Thread", "lua_State"), ("CFunction", "lua_CFunction")] {
        config.export.rename.insert(rust.into(), c.into());
    }
    let mut builder = cbindgen::Builder::new().with_config(config);
    for file in &files {
        builder = builder.with_src(file);
    }
    let mut text = Vec::new();
    builder.generate().expect("cbindgen understands src/capi").write(&mut text);
    let mut text = String::from_utf8(text).expect("prototypes are UTF-8");
    // In C, a function that may be missing is a pointer like any other.
    while let Some(start) = text.find("Option<") {
        let end = start + text[start..].find('>').expect("generics end");
        text = format!("{}{}{}", &text[..start], &text[start + "Option<".len()..end], &text[end + 1..]);
    }
    text
}

#[test]
fn prototypes_of_the_rust_functions_agree_with_the_headers() {
    let prototypes = prototypes();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("prototypes");
    fs::create_dir_all(&folder).unwrap();
    let source = folder.join("prototypes.c");
    fs::write(
        &source,
        format!("#include <stdint.h>\n#include <stdbool.h>\n#include \"lua.h\"\n#include \"lualib.h\"\n#include \"lauxlib.h\"\n#include \"luashare.h\"\n{prototypes}"),
    )
    .unwrap();
    let output = Command::new("cc")
        .args(["-std=c11", "-Wall", "-Wextra", "-Werror", "-fsyntax-only"])
        .arg(format!("-DEDITION{}", EDITION.suffix))
        .arg("-I")
        .arg(host::include_dir())
        .arg(&source)
        .output()
        .expect("a C compiler is installed");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));

    let words: BTreeSet<&str> = prototypes.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
    let symbols = &edition::upstreams_symbols() | &edition::additional_symbols();
    let missing: Vec<&String> =
        symbols.iter().filter(|name| !words.contains(name.as_str()) && !NOT_RUST.contains(&name.as_str())).collect();
    assert!(missing.is_empty(), "no prototype for {missing:?}");
}
