//! The Lua snippets in `tests/snippets`: a file is a theme, a line `--## title` begins a snippet. Files whose names end with `_55` are for
//! edition 5.5 and later ones, the others for all; so are snippets whose titles end with `(5.4)` for that edition alone.

use super::library::Library;
use super::process::Outcome;
use super::{EDITION, host, paths};
use std::fs;
use std::path::PathBuf;

const MARKER: &str = "--## ";

pub struct Snippet {
    pub theme: String,
    /// Its place in the theme, from 0.
    pub index: usize,
    pub name: String,
    pub text: String,
}

impl Snippet {
    pub fn title(&self) -> String {
        format!("{}: {}", self.theme, self.name)
    }
}

fn folder() -> PathBuf {
    paths::root().join("tests/snippets")
}

/// The script with the functions that snippets print with.
pub fn prelude() -> PathBuf {
    folder().join("prelude.lua")
}

/// The program that runs the prelude and then a snippet.
pub fn host() -> PathBuf {
    host::build("snippet_host", &["c-tests/snippet_host.c"], &[])
}

/// Whether snippets of a theme are for the edition under test.
pub fn concerns(theme: &str) -> bool {
    !theme.ends_with("_55") || EDITION.number >= 505
}

/// Runs a snippet in a process and a folder of its own, with these variables in its environment, for so many seconds at most.
pub fn run(snippet: &Snippet, library: &Library, env: &[(&str, &str)], limit: u64) -> Outcome {
    let dir = paths::fresh(&format!("snippets/{}/{}-{}", library.name, snippet.theme, snippet.index));
    fs::write(dir.join("snippet.lua"), &snippet.text).expect("a snippet can be written");
    let mut run = library.run(&host()).arg(prelude()).arg("snippet.lua").dir(&dir).limit(limit);
    for (name, value) in env {
        run = run.env(name, value);
    }
    let outcome = run.outcome();
    let _ = fs::remove_dir_all(&dir);
    outcome
}

/// The names of all theme files for the edition under test, in order.
pub fn themes() -> Vec<String> {
    let mut themes: Vec<String> = fs::read_dir(folder())
        .expect("the snippets can be listed")
        .map(|entry| host::name_of(&entry.expect("a folder entry").path()))
        .filter_map(|name| name.strip_suffix(".lua").map(str::to_string))
        .filter(|name| name != "prelude" && concerns(name))
        .collect();
    themes.sort();
    themes
}

/// Marks a snippet for edition 5.4 alone.
const ONLY_5_4: &str = " (5.4)";

/// The snippets of a theme for the edition under test. What stands before the first marker is only a comment on the file.
pub fn of_theme(theme: &str) -> Vec<Snippet> {
    let path = folder().join(format!("{theme}.lua"));
    let text = fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let text = String::from_utf8(text).expect("snippet files are UTF-8");
    let mut found: Vec<Snippet> = Vec::new();
    for line in text.split_inclusive('\n') {
        if let Some(name) = line.strip_prefix(MARKER) {
            let index = found.len();
            found.push(Snippet { theme: theme.to_string(), index, name: name.trim().to_string(), text: String::new() });
        } else if let Some(snippet) = found.last_mut() {
            snippet.text.push_str(line);
        } else {
            assert!(line.starts_with("--") || line.trim().is_empty(), "{theme}: code before the first marker: {line}");
        }
    }
    found.retain(|snippet| EDITION.number == 504 || !snippet.name.ends_with(ONLY_5_4));
    found
}
