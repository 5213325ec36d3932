//! The edition under test: the one whose feature the tests were built with. Everything else asks here.

use super::paths;
use std::collections::BTreeSet;
use std::fs;

/// What differs, for tests, between editions.
pub struct Edition {
    pub name: &'static str,
    pub release: &'static str,
    /// `LUA_VERSION_NUM`.
    pub number: u32,
    pub copyright: &'static str,
    /// Ends the names of environment variables for this edition only.
    pub suffix: &'static str,
    /// The name by which hosts ask the loader for the library.
    pub soname: &'static str,
    /// What `-l` makes of the library's name.
    pub library: &'static str,
    /// The version of the crate `lua-src` that has upstream's sources of this release, and their folder in it.
    pub crate_version: &'static str,
    pub crate_folder: &'static str,
    /// The folder in the distribution of `lupa` with upstream's `lua.c` and test suite.
    pub lupa_folder: &'static str,
    /// With what upstream's makefile compiles, beside options of the platform.
    pub compatibility: &'static [&'static str],
    /// With what upstream's `lua.c` gets a line editor: from 5.5 on it loads one by name.
    pub readline: &'static [&'static str],
    /// What cargo is told to build this edition.
    pub cargo: &'static [&'static str],
}

const LUA_5_4: Edition = Edition {
    name: "5.4",
    release: "5.4.8",
    number: 504,
    copyright: "Lua 5.4.8  Copyright (C) 1994-2025 Lua.org, PUC-Rio",
    suffix: "_5_4",
    soname: "liblua5.4.so.0",
    library: "lua5.4",
    crate_version: "550.0.0",
    crate_folder: "lua-5.4.8",
    lupa_folder: "lua54",
    compatibility: &["-DLUA_COMPAT_5_3"],
    readline: &["-DLUA_USE_READLINE", "-lreadline"],
    cargo: &[],
};

const LUA_5_5: Edition = Edition {
    name: "5.5",
    release: "5.5.1",
    number: 505,
    copyright: "Lua 5.5.1  Copyright (C) 1994-2026 Lua.org, PUC-Rio",
    suffix: "_5_5",
    soname: "liblua5.5.so.0",
    library: "lua5.5",
    crate_version: "551.1.0",
    crate_folder: "lua-5.5.1",
    lupa_folder: "lua55",
    compatibility: &[],
    readline: &[],
    cargo: &["--no-default-features", "--features", "lua55"],
};

pub const EDITION: Edition = if cfg!(feature = "lua55") { LUA_5_5 } else { LUA_5_4 };

/// The names of variables by which the environment configures a Lua.
pub fn variables() -> Vec<String> {
    ["LUA_INIT", "LUA_PATH", "LUA_CPATH"].iter().flat_map(|v| [v.to_string(), format!("{v}{}", EDITION.suffix)]).collect()
}

/// The names in a list of symbols in `tests/data`.
pub fn symbols(list: &str) -> BTreeSet<String> {
    let path = paths::root().join("tests/data").join(list);
    let text = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let names: BTreeSet<String> = text.split_whitespace().map(String::from).collect();
    assert!(!names.is_empty(), "{} is empty", path.display());
    names
}

/// What upstream's library exports.
pub fn upstreams_symbols() -> BTreeSet<String> {
    symbols(&format!("lua{}.symbols", EDITION.name))
}

/// What ours exports beyond that.
pub fn additional_symbols() -> BTreeSet<String> {
    symbols("sharing.symbols")
}
