//! The layers of `src/` hold: a lower one names nothing of a higher one, but for the back edges listed here with their reasons.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The parts of the crate, from the lowest up. Those on one line do not name each other.
const LAYERS: &[&[&str]] = &[
    &["edition", "throw"],
    &["value"],
    &["bytecode"],
    &["heap"],
    &["gc"],
    &["chunk"],
    &["compiler"],
    &["vm"],
    &["stdlib"],
    &["share"],
    &["capi"],
    &["bin"],
];

/// `(file or folder, what it names, why)`: what is allowed against the order.
const BACK_EDGES: &[(&str, &str, &str)] = &[
    ("heap/function.rs", "chunk", "a prototype in a state has its line table in the form that the draft of a chunk gives it"),
    ("chunk/testing.rs", "compiler", "tests of chunks make them by compiling text"),
    ("vm/native.rs", "capi", "a standard function has a face that hosts can call, which enters through the host boundary"),
    ("vm/boundary_call.rs", "capi", "host functions are called through the host boundary, the only way there is"),
    ("vm/api/misc.rs", "capi", "host functions that are given a state's errors are called through the host boundary"),
    ("stdlib/debug.rs", "capi", "a hook set from Lua is a host function to the state"),
];

/// Pairs that do not name each other although the order would allow it, but for the files given.
const APART: &[(&str, &str, &[&str])] = &[
    // Loading text is the one place where a state meets the compiler.
    ("vm", "compiler", &["vm/load.rs"]),
];

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

fn rust_files(dir: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).expect("src can be listed") {
        let path = entry.expect("a folder entry").path();
        if path.is_dir() {
            rust_files(&path, files);
        } else if path.extension().is_some_and(|e| e == "rs") {
            files.push(path);
        }
    }
}

fn layer_of(part: &str) -> Option<usize> {
    LAYERS.iter().position(|layer| layer.contains(&part))
}

/// The parts of the crate that a line of code names: after `crate::`, alone or in braces.
fn named_parts(line: &str) -> Vec<String> {
    let code = line.split("//").next().unwrap_or("");
    let mut parts = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        let before = code[..at].chars().next_back();
        if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '$') {
            continue;
        }
        let rest = &code[at + "crate::".len()..];
        let first_name =
            |text: &str| -> String { text.trim().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect() };
        match rest.strip_prefix('{') {
            Some(group) => parts.extend(group.split(',').map(first_name).filter(|name| !name.is_empty())),
            None => parts.push(first_name(rest)),
        }
    }
    parts
}

/// The part of the crate a file belongs to, and its path below `src`.
fn place(file: &Path) -> (String, String) {
    let below = file.strip_prefix(source()).expect("files lie in src").to_string_lossy().into_owned();
    let first = below.split('/').next().expect("a path has a first part");
    (first.trim_end_matches(".rs").to_string(), below)
}

#[test]
fn lower_layers_name_nothing_of_higher_ones() {
    let mut files = Vec::new();
    rust_files(&source(), &mut files);
    let mut wrong = Vec::new();
    let mut used = BTreeSet::new();
    for file in &files {
        let (part, below) = place(file);
        // The root only lists the parts.
        let Some(own) = layer_of(&part) else { continue };
        let text = fs::read_to_string(file).expect("source files are UTF-8");
        for (number, line) in text.lines().enumerate() {
            for named in named_parts(line) {
                let Some(other) = layer_of(&named) else { continue };
                if named == part || other < own && !kept_apart(&part, &named, &below) {
                    continue;
                }
                match BACK_EDGES.iter().position(|(from, to, _)| below.starts_with(from) && *to == named) {
                    Some(edge) => drop(used.insert(edge)),
                    None => wrong.push(format!("src/{below}:{}: {part} names {named}", number + 1)),
                }
            }
        }
    }
    assert!(wrong.is_empty(), "against the order of the layers:\n{}", wrong.join("\n"));
    let unused: Vec<&str> =
        BACK_EDGES.iter().enumerate().filter(|(i, _)| !used.contains(i)).map(|(_, (from, _, _))| *from).collect();
    assert!(unused.is_empty(), "back edges that are listed and not there: {unused:?}");
}

fn kept_apart(part: &str, named: &str, below: &str) -> bool {
    APART.iter().any(|(from, to, but)| *from == part && *to == named && !but.contains(&below))
}

/// Where the choice of an edition may be made for the compiler (`cfg`), beside `edition.rs`: what C sees.
const SURFACE: &[&str] = &["capi/", "bin/lua/ffi.rs"];

#[test]
fn editions_differ_by_constants_but_for_definitions_at_the_c_surface() {
    let mut files = Vec::new();
    rust_files(&source(), &mut files);
    let mut wrong = Vec::new();
    let mut found = 0;
    for file in &files {
        let (_, below) = place(file);
        if below == "edition.rs" {
            continue;
        }
        let text = fs::read_to_string(file).expect("source files are UTF-8");
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        for (at, line) in lines.iter().enumerate() {
            if !["\"lua54\"", "\"lua55\""].iter().any(|feature| line.contains(feature)) {
                continue;
            }
            // A unit test for one edition.
            if line.starts_with("#[cfg_attr(") && line.contains(", ignore = ") {
                continue;
            }
            found += 1;
            // Attributes, then the item.
            let item = lines[at..].iter().find(|l| !l.starts_with("#[")).unwrap_or(&"");
            let defines = ["pub ", "fn ", "unsafe extern ", "unsafe fn ", "static ", "use "].iter().any(|k| item.starts_with(k));
            if !line.starts_with("#[cfg(") || !defines || !SURFACE.iter().any(|part| below.starts_with(part)) {
                wrong.push(format!("src/{below}:{}: {line}", at + 1));
            }
        }
    }
    assert!(wrong.is_empty(), "editions are told apart elsewhere than in edition.rs:\n{}", wrong.join("\n"));
    assert!(found > 0, "nothing at the C surface differs");
}

#[test]
fn every_part_of_the_crate_has_its_layer() {
    for entry in fs::read_dir(source()).expect("src can be listed") {
        let (part, below) = place(&entry.expect("a folder entry").path());
        assert!(layer_of(&part).is_some() || part == "lib", "src/{below} has no layer");
    }
}

#[test]
fn names_are_found_in_every_form_of_path() {
    assert_eq!(named_parts("use crate::vm::call;"), ["vm"]);
    assert_eq!(named_parts("use crate::{heap::object, vm};"), ["heap", "vm"]);
    assert_eq!(named_parts("    let x = crate::gc::step(l); // crate::vm"), ["gc"]);
    assert!(named_parts("$crate::native!(x)").is_empty());
}
