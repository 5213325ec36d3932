//! Binary chunks go both ways between this library and upstream's: what Debian's `luac5.4` wrote runs here, what is dumped here
//! runs there, listings are equal, and damaged chunks are errors.

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use support::snippet::{self, Snippet};
use support::{EDITION, Library, Outcome, Report, Run, host, our_program, ours, paths, reference, upstream};

/// The snippets that compile as a whole, each with a name and in a file of its own.
fn programs(dir: &Path) -> Vec<(Snippet, PathBuf)> {
    let mut programs = Vec::new();
    for theme in snippet::themes() {
        for snippet in snippet::of_theme(&theme) {
            let folder = dir.join(format!("{theme}-{}", snippet.index));
            fs::create_dir_all(&folder).expect("a folder can be made");
            let file = folder.join("snippet.lua");
            fs::write(&file, &snippet.text).expect("a snippet can be written");
            programs.push((snippet, file));
        }
    }
    programs
}

/// Compiles a source file with a `luac` program. The name in the chunk is that of the file without its folder.
fn compile(luac: &Path, source: &Path, chunk: &str) -> Outcome {
    Run::new(luac).args(["-o", chunk, "snippet.lua"]).dir(source.parent().expect("a file lies in a folder")).outcome()
}

/// Runs a chunk in an empty folder.
fn run(library: &Library, chunk: &Path, name: &str) -> Outcome {
    let dir = paths::fresh(&format!("bytecode/{}/{name}", library.name));
    fs::copy(chunk, dir.join("snippet.luac")).expect("a chunk can be copied");
    let outcome = library.run(&snippet::host()).arg(snippet::prelude()).arg("snippet.luac").dir(&dir).outcome();
    let _ = fs::remove_dir_all(&dir);
    outcome
}

#[test]
#[cfg_attr(feature = "lua55", ignore = "Debian has no luac of Lua 5.5")]
fn chunks_from_debians_luac_run_here_as_they_do_there() {
    let mut report = Report::default();
    for (snippet, file) in programs(&paths::fresh("bytecode/from-debian")) {
        let compiled = compile(&upstream::debian_luac(), &file, "debian.luac");
        assert!(compiled.end == support::End::Exit(0), "{}: {compiled}", snippet.title());
        let chunk = file.with_file_name("debian.luac");
        let name = format!("debian-{}-{}", snippet.theme, snippet.index);
        report.compare(&snippet.title(), &run(reference(), &chunk, &name), &run(ours(), &chunk, &name));
    }
    report.finish("chunks from Debian's luac");
}

/// Compiles a source file by `string.dump` on a library, to `dumped.luac` beside it; false if this edition has another language.
fn dump(library: &Library, source: &Path) -> bool {
    let folder = source.parent().expect("a file lies in a folder");
    let dumper = folder.join("dump.lua");
    let script = "local main, message = loadfile('snippet.lua') if not main then io.stdout:write(message) return end \
                  local f = io.open('dumped.luac', 'wb') f:write(string.dump(main)) f:close()";
    fs::write(&dumper, script).expect("a script can be written");
    let outcome = library.run(&snippet::host()).arg(&dumper).dir(folder).outcome();
    let refusal = outcome.expect_success(&format!("dumping {}", source.display())).out();
    assert!(refusal.is_empty() || EDITION.number > 504, "{}: {refusal}", source.display());
    refusal.is_empty()
}

#[test]
fn chunks_dumped_there_are_the_same_and_run_here() {
    let mut report = Report::default();
    for (snippet, file) in programs(&paths::fresh("bytecode/from-upstream")) {
        let chunk = file.with_file_name("dumped.luac");
        let compiles = dump(reference(), &file);
        if !compiles {
            assert!(!dump(ours(), &file), "{} compiles here", snippet.title());
            continue;
        }
        let theirs = fs::read(&chunk).expect("a chunk was written");
        assert!(dump(ours(), &file), "{} does not compile here", snippet.title());
        let mine = fs::read(&chunk).expect("a chunk was written");
        assert!(mine == theirs, "{}: the chunks differ", snippet.title());
        let name = format!("theirs-{}-{}", snippet.theme, snippet.index);
        report.compare(&snippet.title(), &run(reference(), &chunk, &name), &run(ours(), &chunk, &name));
    }
    report.finish("chunks dumped there");
}

#[test]
fn chunks_dumped_here_run_there_as_their_source_does() {
    let mut report = Report::default();
    for (snippet, file) in programs(&paths::fresh("bytecode/from-ours")) {
        if !dump(ours(), &file) {
            continue;
        }
        let name = format!("ours-{}-{}", snippet.theme, snippet.index);
        let theirs = run_renamed(&file, &name);
        let mine = run(reference(), &file.with_file_name("dumped.luac"), &name);
        report.compare(&snippet.title(), &theirs, &mine);
    }
    report.finish("chunks dumped here");
}

/// Runs the source on the reference, under the file name that chunks are run by.
fn run_renamed(source: &Path, name: &str) -> Outcome {
    let dir = paths::fresh(&format!("bytecode/source/{name}"));
    fs::copy(source, dir.join("snippet.lua")).expect("a snippet can be copied");
    let outcome = reference().run(&snippet::host()).arg(snippet::prelude()).arg("snippet.lua").dir(&dir).outcome();
    let _ = fs::remove_dir_all(&dir);
    outcome
}

/// A listing without addresses.
fn listing(luac: &Path, chunk: &Path) -> Outcome {
    Run::new(luac)
        .args(["-l", "-l", "-p"])
        .arg(chunk.file_name().expect("a file has a name"))
        .dir(chunk.parent().expect("a file lies in a folder"))
        .outcome()
        .without_addresses()
}

#[test]
#[cfg_attr(feature = "lua55", ignore = "Debian has no luac of Lua 5.5")]
fn listings_are_those_of_debians_luac() {
    let mut report = Report::default();
    for (snippet, file) in programs(&paths::fresh("bytecode/listing")) {
        for (name, luac) in [("debian.luac", upstream::debian_luac()), ("ours.luac", our_program("luac"))] {
            compile(&luac, &file, name).expect_success(&snippet.title());
            let chunk = file.with_file_name(name);
            let title = format!("{} ({name})", snippet.title());
            report.compare(&title, &listing(&upstream::debian_luac(), &chunk), &listing(&our_program("luac"), &chunk));
        }
    }
    report.finish("listings");
}

/// 64 bits of FNV-1a.
fn checksum(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3))
}

/// What upstream's `luac` of 5.5.1 prints is known by its checksum only, since its source is in no distribution that tests could fetch.
#[test]
#[cfg_attr(not(feature = "lua55"), ignore = "5.4 is compared with Debian's luac")]
fn listings_of_the_official_suite_are_those_of_upstreams_luac() {
    let suite = upstream::tree().join("testes");
    let dir = paths::fresh("bytecode/suite");
    let mut wrong = Vec::new();
    let mut compared = 0;
    for line in include_str!("data/luac5.5.checksums").lines().filter(|line| !line.starts_with('#')) {
        let [whole, stripped, name] = line.split_whitespace().collect::<Vec<_>>()[..] else { panic!("a line of three: {line}") };
        let source = dir.join(name);
        fs::copy(suite.join(name), &source).expect("a script can be copied");
        let chunk = dir.join("stripped.luac");
        Run::new(our_program("luac")).args(["-s", "-o", "stripped.luac", name]).dir(&dir).outcome().expect_success(name);
        for (what, file, expected) in [("", &source, whole), (", stripped", &chunk, stripped)] {
            let outcome = listing(&our_program("luac"), file);
            let sum = checksum(&outcome.expect_success(name).out());
            if format!("{sum:016x}") != expected {
                wrong.push(format!("{name}{what}"));
            }
            compared += 1;
        }
    }
    assert!(wrong.is_empty(), "listings that differ from upstream's, now in {}: {}", dir.display(), wrong.join(", "));
    assert_eq!(compared, 68);
}

#[test]
fn damaged_chunks_are_errors_and_never_crashes() {
    const ROUNDS: &str = "20000";
    let program = host::build("hostile", &["c-tests/hostile.c"], &[]);
    for seed in ["20240229", "7", "1234567", "987654321", "5550123"] {
        let outcome = ours().run(&program).args([ROUNDS, seed]).limit(300).outcome();
        let outcome = outcome.expect_success(&format!("hostile {ROUNDS} {seed}"));
        print!("seed {seed}: {}", outcome.out());
        assert!(outcome.out().starts_with(ROUNDS), "the program did not reach its end");
    }
}
