//! Threads that do everything at random which concerns what VMs share: `c-tests/threads.c`, plain and under ThreadSanitizer.
//!
//! How long, and with what: PERILUNE_THREADS_SECONDS and PERILUNE_THREADS_SEED (`make soak` sets the first).

mod support;

use std::fs;
use std::path::Path;
use support::{Run, host, ours, paths, thread_sanitizer};

/// Runs the program in a folder of its own; `seconds` unless the environment says otherwise.
#[track_caller]
fn check(run: Run, name: &str, threads: u32, vms: u32, seconds: u64) {
    let variable = |name: &str| std::env::var(name).ok();
    let seconds = variable("PERILUNE_THREADS_SECONDS").map_or(seconds, |s| s.parse().expect("a number of seconds"));
    let folder = paths::fresh(&format!("threads/{name}"));
    let mut run = run.arg(&folder).args(["--threads", &threads.to_string(), "--vms", &vms.to_string()]);
    run = run.args(["--seconds", &seconds.to_string()]);
    if let Some(seed) = variable("PERILUNE_THREADS_SEED") {
        run = run.args(["--seed", &seed]);
    }
    // Closing thousands of VMs under the sanitizer takes its time.
    let outcome = run.limit(seconds * 3 + 300).outcome().expect_success(name);
    print!("{}", outcome.out());
    assert!(outcome.out().ends_with("threads: fine\n"), "{outcome}");
    let _ = fs::remove_dir_all(&folder);
}

fn sources() -> [std::path::PathBuf; 1] {
    [paths::root().join(Path::new("c-tests/threads.c"))]
}

#[test]
fn sixteen_threads_with_200_vms_each_get_right_results_and_leave_nothing() {
    check(ours().run(&host::build_for_ours("threads", &["c-tests/threads.c"])), "plain", 16, 200, 10);
}

#[test]
fn the_thread_sanitizer_finds_no_race() {
    let program = thread_sanitizer::program("threads_sanitized", &sources());
    check(thread_sanitizer::run(&program), "sanitized", 16, 200, 10);
}

/// What the sanitizer says must mean something: this program has a race, beside ours.
#[test]
fn the_thread_sanitizer_finds_a_race_that_is_there() {
    let folder = paths::fresh("threads/race");
    let source = folder.join("race.c");
    fs::write(
        &source,
        "#include <pthread.h>\n#include \"lauxlib.h\"\nstatic lua_State *L;\n\
         static void *work(void *u) { for (int i = 0; i < 1000; i++) { lua_pushinteger(L, i); lua_pop(L, 1); } return u; }\n\
         int main(void) { pthread_t a, b; L = luaL_newstate(); pthread_create(&a, 0, work, 0); pthread_create(&b, 0, work, 0);\n\
         pthread_join(a, 0); pthread_join(b, 0); return 0; }\n",
    )
    .expect("a source can be written");
    let program = thread_sanitizer::program("race_sanitized", &[source]);
    let outcome = thread_sanitizer::run(&program).outcome();
    assert!(outcome.err().contains("data race") && outcome.err().contains("lua_pushinteger"), "{outcome}");
}
