//! Our own Lua snippets give byte-equal output on our library and on upstream's.
//!
//! A file in `tests/snippets` holds many snippets, each begun by a line `--## what it shows`. Every snippet is its own
//! file in its own folder and runs in its own process, in the host `c-tests/snippet_host.c`, once per library.

mod support;

use std::collections::BTreeSet;
use std::time::{Duration, Instant};
use support::{EDITION, Report, ours, reference, snippet};

/// Seconds that a snippet may take.
const LIMIT: u64 = 60;

/// A snippet that takes longer than this, both runs together, is named in the output.
const SLOW: Duration = Duration::from_secs(2);

fn compare(theme: &str) {
    if !snippet::concerns(theme) {
        println!("{theme}: not for edition {}", EDITION.name);
        return;
    }
    let only = std::env::var("SNIPPET").ok();
    let mut report = Report::default();
    for snippet in snippet::of_theme(theme) {
        if only.as_ref().is_some_and(|wanted| !snippet.name.contains(wanted.as_str())) {
            continue;
        }
        let start = Instant::now();
        let theirs = snippet::run(&snippet, reference(), &[], LIMIT);
        let mine = snippet::run(&snippet, ours(), &[], LIMIT);
        if start.elapsed() > SLOW {
            println!("  {} took {:.1} s", snippet.title(), start.elapsed().as_secs_f64());
        }
        report.compare(&snippet.title(), &theirs, &mine);
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
    chunks_55
    control
    coroutines
    debuglib
    dump_load
    functions
    gc
    globals_55
    hooks
    iolib
    language_55
    libraries_55
    limits
    mathlib
    messages_55
    metamethods
    numbers
    oslib
    packages
    packing
    patterns
    random_calls
    runtime_errors
    string_format
    strings
    syntax_errors
    tables
    tracebacks
    utf8lib
    varargs_55
}

#[test]
fn every_theme_file_is_run_and_they_hold_at_least_300_snippets() {
    let listed: BTreeSet<String> = THEMES.iter().filter(|t| snippet::concerns(t)).map(|t| t.to_string()).collect();
    let files: BTreeSet<String> = snippet::themes().into_iter().collect();
    assert_eq!(files, listed, "files in tests/snippets and the list of themes must agree");
    let all: Vec<String> = listed.iter().flat_map(|t| snippet::of_theme(t)).map(|s| s.title()).collect();
    let distinct: BTreeSet<&String> = all.iter().collect();
    assert_eq!(distinct.len(), all.len(), "two snippets have the same name");
    assert!(all.len() >= 300, "{} snippets, 300 wanted", all.len());
}
