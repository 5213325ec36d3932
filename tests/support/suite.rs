//! Runs of upstream's test suite.
//!
//! One of its checks is a race that it can lose with any library: `main.lua` lets a shell start a Lua in the background and
//! print its process number, and takes the first line of their common output for the number. A run that ends in this
//! very way, with what the background Lua printed in the number's place, is made again.

use super::process::{End, Run};
use super::upstream;
use std::fs;
use std::path::Path;
use std::sync::Mutex;
use std::time::Instant;

/// The suite measures times and memory, so its runs do not share the machine with each other.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// How often a run that lost the race is made again.
const ATTEMPTS: usize = 8;

/// Runs `all.lua` in a fresh copy of the suite, `target/tests-work/official-suite/<name>`. `program` is a Lua with its options.
#[track_caller]
pub fn passes(name: &str, program: &Run) {
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(|e| e.into_inner());
    passed(name, || {
        let dir = upstream::suite(&format!("official-suite/{name}"));
        let (end, text) = run(name, program.clone().arg("all.lua").limit(1500), &dir);
        (end == End::Exit(0) && text.contains("final OK !!!"), end, text)
    });
}

/// Runs one of the suite's scripts (the last argument of `program`) in `dir`, a copy of the suite that was made before.
#[track_caller]
pub fn script_passes(name: &str, program: &Run, dir: &Path) {
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(|e| e.into_inner());
    passed(name, || {
        let (end, text) = run(name, program.clone(), dir);
        (end == End::Exit(0), end, text)
    });
}

/// Makes a run with a log beside the folder of the suite; how it ended, and what it printed.
fn run(name: &str, program: Run, dir: &Path) -> (End, String) {
    let log = dir.parent().expect("the suite lies in a folder").join("log");
    let start = Instant::now();
    let end = program.dir(dir).logged(&log, name, 15);
    println!("{name}: {end:?} after {:.1} s", start.elapsed().as_secs_f64());
    (end, String::from_utf8_lossy(&fs::read(&log).expect("a log was written")).into_owned())
}

/// Tries until a run passes, or fails otherwise than by the race.
#[track_caller]
fn passed(name: &str, mut attempt: impl FnMut() -> (bool, End, String)) {
    for _ in 0..ATTEMPTS {
        let (passed, end, text) = attempt();
        if passed {
            return;
        }
        if lost_the_race(&text) {
            println!("{name}: the background program was faster than its shell; once more");
            continue;
        }
        let lines: Vec<&str> = text.lines().collect();
        let last = lines[lines.len().saturating_sub(40)..].join("\n");
        panic!("{name}: {end:?}; the end of its output:\n{last}");
    }
    panic!("{name}: lost the race of main.lua {ATTEMPTS} times");
}

/// Whether `main.lua` failed because it took a line of the background program (12 and 15 are what those print) for its number.
fn lost_the_race(text: &str) -> bool {
    let number = text.rsplit_once("running in background, pid ").and_then(|(_, rest)| rest.split_once(')'));
    matches!(number, Some(("12" | "15", rest)) if rest.contains("main.lua") && rest.contains("assertion failed!"))
}
