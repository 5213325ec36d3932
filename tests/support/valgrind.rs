//! Programs under valgrind, on our library as it is.

use super::library::ours;
use super::process::Run;
use std::fs;
use std::path::Path;

/// Its exit code when it has something to say.
pub const COMPLAINED: i32 = 99;

/// `program` under valgrind, which writes what it finds to `log`; with `leaks`, blocks that are lost are among that.
pub fn run(program: &Path, log: &Path, leaks: bool) -> Run {
    Run::new("valgrind")
        .env("LD_LIBRARY_PATH", &ours().dir)
        .args(["-q", "--fair-sched=yes", "--max-stackframe=8000000"])
        .arg(format!("--error-exitcode={COMPLAINED}"))
        .arg(format!("--log-file={}", log.display()))
        .args(if leaks { &["--leak-check=full", "--errors-for-leak-kinds=definite,indirect"][..] } else { &[] })
        .arg(program)
        .limit(900)
}

/// What it had to say.
pub fn complaints(log: &Path) -> String {
    fs::read_to_string(log).unwrap_or_default()
}
