//! Runs of a host on either library, in pairs.

use crate::support::actors::figure;
use crate::support::library::Library;
use std::cell::{Ref, RefCell};
use std::ffi::OsStr;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};

static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// The user asked to stop.
#[derive(Debug)]
pub struct Interrupted;

extern "C" fn note_interruption(_: libc::c_int) {
    INTERRUPTED.store(true, Ordering::Relaxed);
}

/// From now on an interruption from the keyboard ends the measuring, which then shows what it has. The running host gets the
/// signal too, and dies of it.
pub fn watch_for_interruption() {
    // SAFETY: the handler only stores an atomic.
    unsafe { libc::signal(libc::SIGINT, note_interruption as *const () as libc::sighandler_t) };
}

/// The libraries under comparison.
pub struct Sides<'a> {
    pub reference: &'a Library,
    pub ours: &'a Library,
}

/// Two runs next to each other.
#[derive(Clone, Copy, Debug)]
pub struct Pair {
    pub reference: f64,
    pub ours: f64,
}

impl Pair {
    pub fn ratio(&self) -> f64 {
        self.ours / self.reference
    }
}

/// A run that ended well.
pub struct Run {
    /// Processor time, user and system, of the process from its start to its end.
    pub cpu_ms: f64,
    pub output: Vec<u8>,
}

/// Runs `run` on both libraries `count` times, a dot on the terminal for each pair; which of them is first alternates.
/// `run` gives a figure and what the host printed, which has to be the same on both.
pub fn pairs(
    count: u32,
    sides: &Sides,
    run: impl Fn(&Library) -> Result<(f64, Vec<u8>), Interrupted>,
) -> (Vec<Pair>, Result<(), Interrupted>) {
    let mut pairs = Vec::with_capacity(count as usize);
    for index in 0..count {
        let one = || {
            let ((reference, expected), (ours, printed));
            if index % 2 == 0 {
                (reference, expected) = run(sides.reference)?;
                (ours, printed) = run(sides.ours)?;
            } else {
                (ours, printed) = run(sides.ours)?;
                (reference, expected) = run(sides.reference)?;
            }
            if printed != expected {
                panic!(
                    "the libraries print different things:\n--- reference\n{}\n--- ours\n{}",
                    String::from_utf8_lossy(&expected),
                    String::from_utf8_lossy(&printed)
                );
            }
            Ok(Pair { reference, ours })
        };
        match one() {
            Ok(pair) => pairs.push(pair),
            Err(interrupted) => {
                println!();
                return (pairs, Err(interrupted));
            }
        }
        print!(".");
        let _ = std::io::stdout().flush();
    }
    (pairs, Ok(()))
}

/// What a host printed that measures itself, of all runs on our library and of all on upstream's.
#[derive(Default)]
pub struct Outputs([RefCell<Vec<String>>; 2]);

/// The sides of `Outputs`.
pub const OURS: usize = 0;
pub const REFERENCE: usize = 1;

impl Outputs {
    /// Adds pairs of runs, which have to print the same checksum.
    pub fn collect(&self, count: u32, sides: &Sides, host: &Path, arguments: &[String]) -> Result<(), Interrupted> {
        let arguments: Vec<&OsStr> = arguments.iter().map(OsStr::new).collect();
        let (_, end) = pairs(count, sides, |library| {
            let run = run(host, &arguments, library)?;
            let output = String::from_utf8_lossy(&run.output).into_owned();
            let checksum = output.lines().find(|line| line.starts_with("checksum ")).expect("a checksum").as_bytes().to_vec();
            self.0[usize::from(std::ptr::eq(library, sides.reference))].borrow_mut().push(output);
            Ok((run.cpu_ms, checksum))
        });
        end
    }

    /// Whether there is a run of each.
    pub fn complete(&self) -> bool {
        self.0.iter().all(|side| !side.borrow().is_empty())
    }

    pub fn of(&self, side: usize) -> Ref<'_, Vec<String>> {
        self.0[side].borrow()
    }

    /// A figure, of each run.
    pub fn values(&self, side: usize, name: &str) -> Vec<f64> {
        self.of(side).iter().map(|output| figure(output, name)).collect()
    }

    pub fn median(&self, side: usize, name: &str) -> f64 {
        median(self.values(side, name))
    }
}

/// The middle one, or the mean of the two in the middle.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let half = values.len() / 2;
    if values.len() % 2 == 1 { values[half] } else { (values[half - 1] + values[half]) / 2.0 }
}

/// Runs `host` to its end. Panics when it fails.
pub fn run(host: &Path, args: &[&OsStr], library: &Library) -> Result<Run, Interrupted> {
    run_with(host, args, library, &[])
}

/// The same with more in its environment.
#[expect(clippy::zombie_processes, reason = "`wait` waits for the process, and learns what time it took")]
pub fn run_with(host: &Path, args: &[&OsStr], library: &Library, env: &[(&str, &str)]) -> Result<Run, Interrupted> {
    if INTERRUPTED.load(Ordering::Relaxed) {
        return Err(Interrupted);
    }
    let mut command = Command::new(host);
    for name in crate::support::edition::variables() {
        command.env_remove(name);
    }
    let mut child = command
        .args(args)
        .env("LD_LIBRARY_PATH", &library.dir)
        .envs(env.iter().copied())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap_or_else(|e| panic!("cannot start {}: {e}", host.display()));
    let mut output = Vec::new();
    let read = child.stdout.take().expect("stdout is a pipe").read_to_end(&mut output);
    let (status, usage) = wait(child.id() as libc::pid_t);
    if INTERRUPTED.load(Ordering::Relaxed) {
        return Err(Interrupted);
    }
    read.expect("a pipe can be read");
    if status != 0 {
        panic!("{} {args:?} on the library in {}: wait status {status:#x}", host.display(), library.dir.display());
    }
    Ok(Run { cpu_ms: milliseconds(usage.ru_utime) + milliseconds(usage.ru_stime), output })
}

/// Waits for a child's end; gives its wait status and what it used.
fn wait(child: libc::pid_t) -> (libc::c_int, libc::rusage) {
    let mut status = 0;
    // SAFETY: plain data, for which zeros are a value.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    loop {
        // SAFETY: both pointers lead to live variables of the types that the call fills in.
        if unsafe { libc::wait4(child, &mut status, 0, &mut usage) } == child {
            return (status, usage);
        }
        let error = std::io::Error::last_os_error();
        assert!(error.kind() == std::io::ErrorKind::Interrupted, "a child can be waited for: {error}");
    }
}

fn milliseconds(time: libc::timeval) -> f64 {
    time.tv_sec as f64 * 1e3 + time.tv_usec as f64 / 1e3
}
