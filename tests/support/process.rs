//! Child processes with a time limit, their output captured whole.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::fs::File;
use std::io::{Read, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How a process ended.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum End {
    Exit(i32),
    Signal(i32),
    TimedOut,
}

impl fmt::Debug for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            End::Exit(code) => write!(f, "exit code {code}"),
            End::Signal(number) => write!(f, "killed by signal {number}"),
            End::TimedOut => write!(f, "timed out"),
        }
    }
}

/// Everything a process showed.
#[derive(Clone)]
pub struct Outcome {
    pub end: End,
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
}

impl Outcome {
    pub fn out(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    pub fn err(&self) -> String {
        String::from_utf8_lossy(&self.stderr).into_owned()
    }

    /// The same with ADDRESS for every number that is written as addresses are.
    pub fn without_addresses(mut self) -> Outcome {
        for bytes in [&mut self.stdout, &mut self.stderr] {
            let text = String::from_utf8_lossy(bytes).into_owned();
            let mut pieces = text.split("0x");
            let mut kept = pieces.next().unwrap_or_default().to_string();
            for piece in pieces {
                kept.push_str("ADDRESS");
                kept.push_str(piece.trim_start_matches(|c: char| c.is_ascii_hexdigit()));
            }
            *bytes = kept.into_bytes();
        }
        self
    }

    /// The outcome itself when the process exited with 0; panics with all it printed otherwise.
    #[track_caller]
    pub fn expect_success(self, what: &str) -> Outcome {
        if self.end != End::Exit(0) {
            panic!("{what}: {self}");
        }
        self
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:?}", self.end)?;
        writeln!(f, "--- stdout\n{}", tail(&self.out()))?;
        write!(f, "--- stderr\n{}", tail(&self.err()))
    }
}

/// The last part of a long text, so that a failure message stays readable.
fn tail(text: &str) -> String {
    const KEEP: usize = 6000;
    match text.len().checked_sub(KEEP).and_then(|cut| (cut..text.len()).find(|&i| text.is_char_boundary(i))) {
        None => text.to_string(),
        Some(start) => format!("[{start} bytes before]...{}", &text[start..]),
    }
}

/// A command line to run to its end.
#[derive(Clone)]
pub struct Run {
    program: OsString,
    args: Vec<OsString>,
    env: Vec<(OsString, OsString)>,
    clear_env: bool,
    dir: Option<PathBuf>,
    stdin: Option<Vec<u8>>,
    limit: Duration,
}

impl Run {
    pub fn new(program: impl AsRef<OsStr>) -> Run {
        Run {
            program: program.as_ref().to_owned(),
            args: Vec::new(),
            env: Vec::new(),
            clear_env: false,
            dir: None,
            stdin: None,
            limit: Duration::from_secs(60),
        }
    }

    pub fn arg(mut self, arg: impl AsRef<OsStr>) -> Run {
        self.args.push(arg.as_ref().to_owned());
        self
    }

    pub fn args<I: IntoIterator<Item = S>, S: AsRef<OsStr>>(mut self, args: I) -> Run {
        self.args.extend(args.into_iter().map(|a| a.as_ref().to_owned()));
        self
    }

    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Run {
        self.env.push((name.into(), value.as_ref().to_owned()));
        self
    }

    /// Starts from an environment with nothing but `PATH` and `HOME`.
    pub fn clean_env(mut self) -> Run {
        self.clear_env = true;
        self
    }

    pub fn dir(mut self, dir: impl AsRef<Path>) -> Run {
        self.dir = Some(dir.as_ref().to_path_buf());
        self
    }

    /// What the process reads from its standard input, a pipe that is closed afterwards. Without it the input is empty.
    pub fn stdin(mut self, text: impl Into<Vec<u8>>) -> Run {
        self.stdin = Some(text.into());
        self
    }

    pub fn limit(mut self, seconds: u64) -> Run {
        self.limit = Duration::from_secs(seconds);
        self
    }

    /// The process to start, in a process group of its own so that a time-out ends its children too.
    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        // Cargo names its own folders there, with our library in them; who wants that says so.
        command.env_remove("LD_LIBRARY_PATH");
        command.args(&self.args).process_group(0);
        if self.clear_env {
            command.env_clear();
            for name in ["PATH", "HOME"] {
                if let Some(value) = std::env::var_os(name) {
                    command.env(name, value);
                }
            }
        }
        // Whatever configures a Lua on this machine must not configure the tests.
        for name in super::edition::variables() {
            command.env_remove(name);
        }
        command.envs(self.env.iter().map(|(k, v)| (k, v)));
        if let Some(dir) = &self.dir {
            command.current_dir(dir);
        }
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        // SAFETY: between fork and exec only this system call is made.
        unsafe {
            command.pre_exec(|| {
                // Who started the tests (nohup) may have them ignore it; the official suite sends it to its children.
                libc::signal(libc::SIGHUP, libc::SIG_DFL);
                Ok(())
            })
        };
        command
    }

    /// Runs to the end or to the time limit.
    pub fn outcome(self) -> Outcome {
        let mut child = self.command().spawn().unwrap_or_else(|e| panic!("cannot start {:?}: {e}", self.program));
        let mut input = child.stdin.take().expect("stdin is a pipe");
        let text = self.stdin.clone().unwrap_or_default();
        let feeder = std::thread::spawn(move || {
            // The process may end without reading all of it; that is not our error.
            let _ = input.write_all(&text);
        });
        let stdout = drain(child.stdout.take().expect("stdout is a pipe"));
        let stderr = drain(child.stderr.take().expect("stderr is a pipe"));
        let end = wait(&mut child, self.limit);
        let _ = feeder.join();
        Outcome { end, stdout: stdout.join().unwrap_or_default(), stderr: stderr.join().unwrap_or_default() }
    }

    /// Runs with both outputs appended to `log`, printing a line of progress about every `every` seconds.
    pub fn logged(self, log: &Path, name: &str, every: u64) -> End {
        let file = File::create(log).unwrap_or_else(|e| panic!("cannot write {}: {e}", log.display()));
        let mut command = self.command();
        command.stdout(file.try_clone().expect("a log can be shared")).stderr(file);
        let mut child = command.spawn().unwrap_or_else(|e| panic!("cannot start {:?}: {e}", self.program));
        let mut input = child.stdin.take().expect("stdin is a pipe");
        let _ = input.write_all(&self.stdin.clone().unwrap_or_default());
        drop(input);
        let start = Instant::now();
        let mut shown = Duration::ZERO;
        loop {
            if let Some(end) = ended(&mut child) {
                end_group(&child);
                return end;
            }
            let spent = start.elapsed();
            if spent > self.limit {
                return kill(&mut child);
            }
            if spent > shown + Duration::from_secs(every) {
                shown = spent;
                let text = std::fs::read(log).unwrap_or_default();
                let text = String::from_utf8_lossy(&text);
                let last = text.lines().rev().find(|l| !l.trim().is_empty()).unwrap_or("").trim();
                let last: String = last.chars().take(90).collect();
                println!("  {name}: {} s, at: {last}", spent.as_secs());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

fn drain(mut pipe: impl Read + Send + 'static) -> std::thread::JoinHandle<Vec<u8>> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = pipe.read_to_end(&mut bytes);
        bytes
    })
}

fn ended(child: &mut Child) -> Option<End> {
    let status = child.try_wait().expect("a child can be waited for")?;
    Some(match (status.code(), status.signal()) {
        (Some(code), _) => End::Exit(code),
        (None, Some(signal)) => End::Signal(signal),
        (None, None) => unreachable!("a process ends by exit or by signal"),
    })
}

fn wait(child: &mut Child, limit: Duration) -> End {
    let start = Instant::now();
    let mut pause = Duration::from_micros(200);
    loop {
        if let Some(end) = ended(child) {
            end_group(child);
            return end;
        }
        if start.elapsed() > limit {
            return kill(child);
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(10));
    }
}

fn kill(child: &mut Child) -> End {
    end_group(child);
    let _ = child.wait();
    End::TimedOut
}

/// Ends what a process left running in its group: the official suite, when it fails, leaves loops in the background.
fn end_group(child: &Child) {
    // SAFETY: a system call without memory. The group was made for this child; without members the call fails.
    unsafe { libc::kill(-(child.id() as libc::pid_t), libc::SIGKILL) };
}
