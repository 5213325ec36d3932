//! With a collection at every safe point, nothing behaves differently: the official suite passes, the C tests and the snippets
//! print what they print on the reference. Each collection also checks the whole heap.
//!
//! The library is built once more for this, with the features `gc-stress` and `gc-verify`. `PERILUNE_GC_STRESS` is k: a collection
//! at every k-th safe point. A collection takes as long as the heap is large, so k is 1 where the heap stays small, and larger where
//! it does not, as the lists here say. `PERILUNE_STRESS=long` makes those k smaller (`make stress`): it takes an hour.

mod support;

use std::path::PathBuf;
use std::sync::OnceLock;
use support::{EDITION, Library, Report, Run, c_tests, host, library, paths, reference, snippet, suite, upstream};

/// `all.lua` keeps what its scripts made.
const WHOLE_SUITE: Rate = Rate { bounded: 2000, long: 50 };

/// Scripts of the suite that run for very long at every safe point, in either mode of the collector.
const SLOW_SCRIPTS: &[(&str, Rate)] = &[
    // Waits for collections in loops that allocate. With k below 7 its line 463 finds that something was collected that it
    // expects to be there still: it inserts a weak value and counts the memory, with no collection between.
    ("gc.lua", Rate { bounded: 1000, long: 13 }),
    ("constructs.lua", Rate { bounded: 5000, long: 50 }),
    ("closure.lua", Rate { bounded: 20, long: 1 }),
];

/// For edition 5.5, whose scripts make more, and which has less time.
const SLOW_SCRIPTS_5_5: &[(&str, Rate)] = &[
    ("constructs.lua", Rate { bounded: 200_000, long: 5000 }),
    ("gc.lua", Rate { bounded: 3000, long: 50 }),
    ("db.lua", Rate { bounded: 10, long: 1 }),
    ("calls.lua", Rate { bounded: 20, long: 1 }),
    ("cstack.lua", Rate { bounded: 20, long: 1 }),
    ("nextvar.lua", Rate { bounded: 200, long: 10 }),
];

fn slow_scripts() -> impl Iterator<Item = &'static (&'static str, Rate)> {
    let more = if EDITION.number == 504 { &[] } else { SLOW_SCRIPTS_5_5 };
    more.iter().chain(SLOW_SCRIPTS)
}

/// Snippets with large heaps and deep stacks, and those that expect no collection between one statement and the next.
const LARGE: Rate = Rate { bounded: 2000, long: 100 };
const LARGE_SNIPPETS: &[&str] = &[
    "dump_load: big functions survive",
    "dump_load: long lists of constants, which live and die with their function",
    "functions: deep recursion that fits",
    "gc: a large table is sorted while the collector visits it",
    "gc: finalizers run in reverse order of marking",
    "gc: large tables survive many collections",
    "gc: yielding in a finalizer is refused",
    "limits: a function with more than 65536 jumps and constants",
    "limits: a function whose extra arguments find no room has none yet (5.4)",
    "limits: a string built piece by piece",
    "limits: deep data and recursion",
    "limits: many closures and coroutines",
    "limits: recursion through library functions ends with an error",
    "oslib: exit closes the state when asked, running finalizers and close methods",
    "runtime_errors: pcall in pcall, and errors in handlers",
    "runtime_errors: stack overflow is an error, not a crash",
    "syntax_errors: long if chains and big tables compile",
    "tables: large array parts grow and shrink",
];

/// How often to collect: at every so many safe points.
struct Rate {
    bounded: u32,
    long: u32,
}

fn long() -> bool {
    std::env::var_os("PERILUNE_STRESS").is_some_and(|v| v == "long")
}

const ALWAYS: Rate = Rate { bounded: 1, long: 1 };

impl Rate {
    /// The value of `PERILUNE_GC_STRESS`.
    fn every(&self) -> String {
        (if long() { self.long } else { self.bounded }).to_string()
    }

    /// Seconds that a script may take.
    fn limit(&self) -> u64 {
        if long() { 3600 } else { LIMIT }
    }
}

const EVERY: &str = "PERILUNE_GC_STRESS";

/// Seconds that one script or snippet may take: far more than it does on a machine of its own.
const LIMIT: u64 = 600;

fn stressed() -> &'static Library {
    static LIBRARY: OnceLock<Library> = OnceLock::new();
    LIBRARY.get_or_init(|| library::with_features("stressed", "gc-stress,gc-verify"))
}

/// Upstream's `lua.c`, which begins in generational mode in 5.4, with a mode chosen for it.
fn lua(mode: &str, rate: &Rate) -> Run {
    Run::new(upstream::lua_program(stressed())).env(EVERY, rate.every()).arg("-W").arg(format!("-ecollectgarbage('{mode}')"))
}

/// The suite's scripts, apart from the one that runs the others and the one that it leaves out.
fn scripts() -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(upstream::tree().join("testes"))
        .expect("the suite can be listed")
        .map(|entry| host::name_of(&entry.expect("a folder entry").path()))
        .filter(|name| name.ends_with(".lua") && name != "all.lua" && name != "heavy.lua")
        .collect();
    names.sort();
    names
}

fn every_script_passes(mode: &str) {
    let dir = upstream::suite(&format!("stress/{mode}"));
    let names = scripts();
    assert!(names.len() >= 30, "{} scripts", names.len());
    for (name, _) in slow_scripts() {
        assert!(names.iter().any(|n| n == name), "the suite has no {name}");
    }
    for name in &names {
        let rate = slow_scripts().find(|(slow, _)| slow == name).map_or(&ALWAYS, |(_, rate)| rate);
        let program = lua(mode, rate).limit(rate.limit());
        // It yields to who called it.
        let program = if name == "big.lua" {
            program.arg("-elocal f = coroutine.wrap(loadfile('big.lua')) assert(f() == 'b') assert(f() == 'a')")
        } else {
            program.arg(name)
        };
        suite::script_passes(&format!("{name}, {mode}, k = {}", rate.every()), &program, &dir);
    }
}

#[test]
fn every_script_of_the_official_suite_passes_in_incremental_mode() {
    every_script_passes("incremental");
}

#[test]
fn every_script_of_the_official_suite_passes_in_generational_mode() {
    every_script_passes("generational");
}

#[test]
fn the_complete_official_suite_passes() {
    for mode in ["incremental", "generational"] {
        suite::passes(&format!("stress-{mode}"), &lua(mode, &WHOLE_SUITE));
    }
}

#[test]
fn c_tests_print_the_same() {
    let program: PathBuf = c_tests::program("c_api", &[]);
    let mut report = Report::default();
    for name in c_tests::names(&program) {
        let one = std::slice::from_ref(&name);
        let theirs = c_tests::run(reference().run(&program), one, reference());
        let ours = stressed().run(&program).env(EVERY, ALWAYS.every()).limit(120);
        report.compare(&name, &theirs, &c_tests::run(ours, one, stressed()));
    }
    report.finish("C tests under gc-stress");
}

#[test]
fn snippets_print_the_same() {
    let all: Vec<_> = snippet::themes().iter().flat_map(|theme| snippet::of_theme(theme)).collect();
    for title in LARGE_SNIPPETS.iter().filter(|title| EDITION.number == 504 || !title.ends_with("(5.4)")) {
        assert!(all.iter().any(|s| s.title() == *title), "there is no snippet {title}");
    }
    let mut report = Report::default();
    for snippet in &all {
        let title = snippet.title();
        let rate = if LARGE_SNIPPETS.contains(&title.as_str()) { &LARGE } else { &ALWAYS };
        let theirs = snippet::run(snippet, reference(), &[], LIMIT);
        report.compare(&title, &theirs, &snippet::run(snippet, stressed(), &[(EVERY, &rate.every())], LIMIT));
    }
    report.finish("snippets under gc-stress");
}

/// Scripts that upstream's library gets wrong, so that they are no snippets. They collect at places of their own choice; each ends
/// with an error if something is amiss, and so does a heap that is.
const OURS_ONLY: &[(&str, &str)] = &[
    (
        "a function of io.lines whose file was taken away fails",
        r#"
            local name = os.tmpname()
            local f = io.lines(name)
            debug.setupvalue(f, 1, nil)
            local ok, message = pcall(f)
            os.remove(name)
            assert(not ok and message:find("file is already closed"))
        "#,
    ),
    (
        "an old upvalue of a dead thread keeps its young value",
        r#"
            collectgarbage("generational")
            local old = (function () local x return function () return x end end)()
            collectgarbage() collectgarbage()
            local thread = coroutine.create(function ()
                local v
                debug.upvaluejoin(old, 1, function () return v end, 1)
                coroutine.yield()
                v = {"alive"}
                coroutine.yield()
            end)
            coroutine.resume(thread)
            collectgarbage("step", 0)
            coroutine.resume(thread)
            thread = nil
            collectgarbage("step", 0)
            collectgarbage("step", 0)
            local others = {} for i = 1, 1000 do others[i] = {i} end
            assert(old()[1] == "alive")
        "#,
    ),
];

/// The script asserts that objects are what they should be; the library checks the heap after each of its collections and steps.
#[test]
fn a_program_that_changes_at_random_leaves_a_sound_heap() {
    let script = paths::root().join("tests/data/mutator.lua");
    let mut ended = 0;
    for seed in 1..=20 {
        let every = if seed % 2 == 0 { u32::MAX } else { seed % 7 + 1 };
        let run = Run::new(upstream::lua_program(stressed())).env(EVERY, every.to_string());
        let outcome = run.arg(&script).args([seed.to_string().as_str(), "4000"]).outcome();
        let text = outcome.expect_success(&format!("seed {seed}")).out();
        let count = text.split_whitespace().nth(1).expect("two numbers").parse::<u32>().expect("a number");
        ended += count;
    }
    assert!(EDITION.number == 504 || ended > 20, "{ended} major collections");
}

#[test]
fn what_upstream_gets_wrong_leaves_a_sound_heap() {
    for (name, script) in OURS_ONLY {
        let never = u32::MAX.to_string();
        let run = Run::new(upstream::lua_program(stressed())).env(EVERY, never).arg("-e").arg(script);
        run.outcome().expect_success(name);
    }
}
