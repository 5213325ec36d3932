//! Our own Lua snippets give byte-equal output on our library and on upstream's 5.4.8.
//!
//! A file in `tests/snippets` holds many snippets, each begun by a line `--## what it shows`. Every snippet is its own
//! file in its own folder and runs in its own process, in the host `c-tests/snippet_host.c`, once per library.

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use support::{Library, Outcome, Report, host, ours, paths, reference};

const MARKER: &str = "--## ";

/// A snippet that takes longer than this, both runs together, is named in the output.
const SLOW: Duration = Duration::from_secs(2);

struct Snippet {
    name: String,
    text: String,
}

fn folder() -> PathBuf {
    paths::root().join("tests/snippets")
}

/// The snippets of a theme. What stands before the first marker is only a comment on the file.
fn snippets(theme: &str) -> Vec<Snippet> {
    let path = folder().join(format!("{theme}.lua"));
    let text = fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let text = String::from_utf8(text).expect("snippet files are UTF-8");
    let mut found: Vec<Snippet> = Vec::new();
    for line in text.split_inclusive('\n') {
        if let Some(name) = line.strip_prefix(MARKER) {
            found.push(Snippet { name: name.trim().to_string(), text: String::new() });
        } else if let Some(snippet) = found.last_mut() {
            snippet.text.push_str(line);
        } else {
            assert!(line.starts_with("--") || line.trim().is_empty(), "{theme}: code before the first marker: {line}");
        }
    }
    found
}

fn run(program: &PathBuf, theme: &str, index: usize, snippet: &Snippet, library: &Library) -> Outcome {
    let dir = paths::fresh(&format!("snippets/{}/{theme}-{index}", library.name));
    fs::write(dir.join("snippet.lua"), &snippet.text).expect("a snippet can be written");
    let prelude = folder().join("prelude.lua");
    let outcome = library.run(program).arg(prelude).arg("snippet.lua").dir(&dir).limit(60).outcome();
    let _ = fs::remove_dir_all(&dir);
    outcome
}

fn compare(theme: &str) {
    let program = host::build("snippet_host", &["c-tests/snippet_host.c"], &[]);
    let only = std::env::var("SNIPPET").ok();
    let mut report = Report::default();
    for (index, snippet) in snippets(theme).iter().enumerate() {
        if only.as_ref().is_some_and(|wanted| !snippet.name.contains(wanted.as_str())) {
            continue;
        }
        let start = Instant::now();
        let theirs = run(&program, theme, index, snippet, reference());
        let mine = run(&program, theme, index, snippet, ours());
        if start.elapsed() > SLOW {
            println!("  {theme}: {} took {:.1} s", snippet.name, start.elapsed().as_secs_f64());
        }
        report.compare(&format!("{theme}: {}", snippet.name), &theirs, &mine);
    }
    if only.is_none() || report.compared > 0 {
        report.finish(theme);
    }
}

macro_rules! themes {
    ($($theme:ident)*) => {
        $(#[test] fn $theme() { compare(stringify!($theme)); })*
        const THEMES: &[&str] = &[$(stringify!($theme)),*];
    };
}

themes! {
    bad_arguments
    base_library
    bitwise
    control
    coroutines
    debuglib
    dump_load
    functions
    gc
    hooks
    iolib
    limits
    mathlib
    metamethods
    numbers
    oslib
    packages
    packing
    patterns
    runtime_errors
    string_format
    strings
    syntax_errors
    tables
    tracebacks
    utf8lib
}

#[test]
fn every_theme_file_is_run_and_they_hold_at_least_300_snippets() {
    let files: BTreeSet<String> = fs::read_dir(folder())
        .expect("the snippets can be listed")
        .map(|entry| host::name_of(&entry.expect("a folder entry").path()))
        .filter_map(|name| name.strip_suffix(".lua").map(str::to_string))
        .filter(|name| name != "prelude")
        .collect();
    let listed: BTreeSet<String> = THEMES.iter().map(|t| t.to_string()).collect();
    assert_eq!(files, listed, "files in tests/snippets and the list of themes must agree");
    let all: Vec<String> =
        THEMES.iter().flat_map(|t| snippets(t).into_iter().map(move |s| format!("{t}: {}", s.name))).collect();
    let distinct: BTreeSet<&String> = all.iter().collect();
    assert_eq!(distinct.len(), all.len(), "two snippets have the same name");
    assert!(all.len() >= 300, "{} snippets, 300 wanted", all.len());
}
