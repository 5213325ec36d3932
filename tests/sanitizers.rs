//! The C tests find nothing under valgrind, and under the address and undefined-behaviour sanitizers.
//!
//! Under valgrind runs the library as it is. The sanitizers follow `longjmp` and no other jump, so there the library is built
//! with its portable boundary; it is compiled code like any other to them: they see what it does with memory through the C library,
//! blocks that are lost, and everything the tests do.

mod support;

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use support::{End, Library, Report, Run, c_tests, host, library, ours, paths, reference, valgrind};

/// How many tests share a process: starting one takes longer than most tests.
const BATCH: usize = 8;

/// Tests that end their process, or jump over the library by a `longjmp` of their own: what they leave open is theirs.
fn may_lose_blocks(name: &str) -> bool {
    c_tests::ends_the_process(name) || name.starts_with("an_unprotected_error")
}

fn batches(names: Vec<String>) -> Vec<Vec<String>> {
    let (alone, together): (Vec<String>, Vec<String>) = names.into_iter().partition(|n| may_lose_blocks(n));
    let mut batches: Vec<Vec<String>> = alone.into_iter().map(|n| vec![n]).collect();
    batches.extend(together.chunks(BATCH).map(<[String]>::to_vec));
    batches
}

/// Runs every batch plain on the reference and by `checked` on our side, two at a time, and compares what they print.
fn compare_all(what: &str, program: &Path, checked: impl Fn(&[String]) -> support::Outcome + Sync) {
    let batches = batches(c_tests::names(program));
    let next = AtomicUsize::new(0);
    let report = Mutex::new(Report::default());
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some(batch) = batches.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let theirs = c_tests::run(reference().run(program).limit(60), batch, reference());
                    let mine = checked(batch);
                    let mut report = report.lock().unwrap_or_else(|e| e.into_inner());
                    report.compare(&batch.join(" "), &theirs, &mine);
                    println!("{what}: {} of {} batches", report.compared, batches.len());
                }
            });
        }
    });
    report.into_inner().unwrap_or_else(|e| e.into_inner()).finish(what);
}

#[test]
fn c_tests_run_clean_under_valgrind() {
    let program = c_tests::program("c_api", &[]);
    let logs = paths::fresh("valgrind");
    compare_all("valgrind", &program, |batch| {
        let log = logs.join(&batch[0]);
        let lossy = batch.iter().any(|name| may_lose_blocks(name));
        let mut outcome = c_tests::run(valgrind::run(&program, &log, !lossy), batch, ours());
        if outcome.end == End::Exit(valgrind::COMPLAINED) {
            outcome.stderr.extend_from_slice(valgrind::complaints(&log).as_bytes());
        }
        outcome
    });
}

#[test]
fn failing_memory_and_damaged_chunks_run_clean_under_valgrind() {
    let logs = paths::fresh("valgrind-programs");
    let memory = host::build("memory", &["c-tests/memory.c"], &[]);
    let hostile = host::build("hostile", &["c-tests/hostile.c"], &[]);
    // Every 17th place where memory can fail; the memory tests take every one.
    for (program, args) in [(&memory, ["from", "17"]), (&memory, ["once", "17"]), (&hostile, ["400", "20240229"])] {
        let log = logs.join(args.join("-"));
        let outcome = valgrind::run(program, &log, true).args(args).outcome();
        assert!(outcome.end == End::Exit(0), "{} {args:?}: {outcome}\n{}", program.display(), valgrind::complaints(&log));
        print!("{}", outcome.out());
    }
}

fn sanitized(program: PathBuf, library: &Library) -> Run {
    library
        .run(&program)
        .env("ASAN_OPTIONS", "detect_leaks=1:handle_abort=0:allocator_may_return_null=1:exitcode=99")
        .env("UBSAN_OPTIONS", "print_stacktrace=1:halt_on_error=1:exitcode=99")
        .limit(120)
}

#[test]
fn c_tests_run_clean_under_the_address_and_undefined_behaviour_sanitizers() {
    let flags = ["-fsanitize=address,undefined", "-fno-omit-frame-pointer"];
    let library = library::with_features("portable", "portable-boundary");
    let program = c_tests::program("c_api_sanitized", &flags);
    compare_all("sanitizers", &c_tests::program("c_api", &[]), |batch| {
        let lossy = batch.iter().any(|name| may_lose_blocks(name));
        let run = sanitized(program.clone(), &library);
        let run = if lossy { run.env("ASAN_OPTIONS", "detect_leaks=0:handle_abort=0:exitcode=99") } else { run };
        c_tests::run(run, batch, &library)
    });
    for (name, source, args) in
        [("memory", "c-tests/memory.c", ["from", "1"]), ("hostile", "c-tests/hostile.c", ["5000", "20240229"])]
    {
        let program = host::build(&format!("{name}_sanitized"), &[source], &flags);
        let outcome = sanitized(program, &library).args(args).limit(400).outcome();
        print!("{}", outcome.expect_success(&format!("{name} under the sanitizers")).out());
    }
}
