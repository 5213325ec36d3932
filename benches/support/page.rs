//! The pages in `benches/` that hold figures, one of each for an edition.

use super::machine::machine;
use crate::support::{EDITION, paths};
use std::fs;

/// The name of a file of this edition. The first edition's files have no edition in their names.
pub fn file(stem: &str, extension: &str) -> String {
    match EDITION.name {
        "5.4" => format!("{stem}.{extension}"),
        name => format!("{stem}-{name}.{extension}"),
    }
}

/// The command that writes the page of a target of the Makefile.
pub fn command(target: &str) -> String {
    let choice = if EDITION.name == "5.4" { String::new() } else { format!(" LUA={}", EDITION.name) };
    format!("make {target}{choice} {}=--write", target.to_uppercase())
}

/// How upstream's library was built.
pub fn reference() -> String {
    let compatibility: String = EDITION.compatibility.iter().map(|flag| format!(" {flag}")).collect();
    format!("upstream's {} (`cc -O2 -fPIC -DLUA_USE_LINUX{compatibility}`)", EDITION.release)
}

/// The machine, as a list.
pub fn machine_list() -> String {
    machine().iter().map(|(what, value)| format!("* {what}: {value}\n")).collect()
}

pub fn put(name: &str, content: &str) {
    let path = paths::root().join("benches").join(name);
    fs::write(&path, content).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    println!("wrote {}", path.display());
}
