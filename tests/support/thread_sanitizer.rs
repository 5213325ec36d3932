//! Our library and C programs under ThreadSanitizer.
//!
//! The stable compiler has the instrumentation, though not for everyone to use: `RUSTC_BOOTSTRAP` opens it. The standard library itself is not
//! instrumented, but what we use of it is generic and compiled with our code. The runtime is gcc's, as the programs are compiled by gcc;
//! `c-tests/tsan.c` gives it what LLVM's has beyond. The sanitizer follows `longjmp` and no other jump, so the boundary is the portable one.

use super::edition::EDITION;
use super::library::Library;
use super::process::Run;
use super::{host, paths};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

const MOST_RANDOM_BITS: u32 = 28;

/// Our library, instrumented.
pub fn library() -> &'static Library {
    static LIBRARY: OnceLock<Library> = OnceLock::new();
    LIBRARY.get_or_init(|| {
        let version = Run::new("rustc").arg("-vV").outcome().expect_success("rustc -vV").out();
        let host = version.lines().find_map(|l| l.strip_prefix("host: ")).expect("rustc names its host").to_string();
        let target = paths::work("thread-sanitizer");
        Run::new(env!("CARGO"))
            .env("RUSTC_BOOTSTRAP", "1")
            .env("RUSTFLAGS", "-Zsanitizer=thread -Cunsafe-allow-abi-mismatch=sanitizer")
            .args(["build", "--lib", "--features", "portable-boundary", "--target", &host, "--target-dir"])
            .arg(&target)
            .args(EDITION.cargo)
            .dir(paths::root())
            .limit(1800)
            .outcome()
            .expect_success("building the library for the thread sanitizer");
        Library { name: "thread-sanitizer", dir: target.join(host).join("debug") }
    })
}

/// A program of these sources, instrumented.
pub fn program(name: &str, sources: &[PathBuf]) -> PathBuf {
    let mut sources = sources.to_vec();
    sources.push(paths::root().join("c-tests/tsan.c"));
    host::compile(name, &sources, &host::include_dir(), library(), &["-fsanitize=thread", "-fno-builtin", "-rdynamic"])
}

/// Runs a program that ends with exit code 66 if there is a race.
///
/// Where addresses are more random than the runtime can bear, it runs without that.
pub fn run(program: &Path) -> Run {
    let bits = fs::read_to_string("/proc/sys/vm/mmap_rnd_bits").ok().and_then(|text| text.trim().parse::<u32>().ok());
    let run = match bits {
        Some(bits) if bits > MOST_RANDOM_BITS => {
            Run::new("setarch").env("LD_LIBRARY_PATH", &library().dir).arg("-R").arg(program)
        }
        _ => library().run(program),
    };
    run.env("TSAN_OPTIONS", "halt_on_error=0:exitcode=66:second_deadlock_stack=1")
}
