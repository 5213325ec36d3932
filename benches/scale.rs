//! `make scale`: what a VM costs in a process that has thousands of them over the same code.
//!
//! Two hosts over the code base that `examples/actors/codebase.lua` writes: the actor server, which uses the code cache, and
//! `states.c`, which knows nothing of sharing. Each on our library, with sharing and without, and on upstream's. One line for each run as it
//! ends; what counts is the median of the rounds.

#[path = "support/library.rs"]
mod library;
#[path = "support/machine.rs"]
mod machine;
#[path = "support/measure.rs"]
#[allow(dead_code)] // pairs of runs are not what is measured here
mod measure;
#[path = "support/plot.rs"]
#[allow(dead_code)] // each benchmark uses its own part
mod plot;
#[path = "../tests/support/mod.rs"]
mod support;

use measure::{Interrupted, median};
use plot::{Bar, Block, Tick};
use std::ffi::OsStr;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use support::library::{Library, reference};
use support::{EDITION, actors, host, paths};

const USAGE: &str = "\
usage: make scale SCALE='OPTIONS'
       cargo bench --profile dev --bench scale -- OPTIONS

  --services N   services of the actor server, with the code cache (default 10000)
  --private N    services where each has its own code, ours and upstream's: they need three times the memory (default 2000)
  --states N     states of the ordinary host (default 1000)
  --rounds N     runs of each (default 3)
  --write        put the figures into benches/SCALE.md and benches/scale.svg";

struct Options {
    services: u32,
    private: u32,
    states: u32,
    rounds: u32,
    write: bool,
}

impl Options {
    fn parse(mut args: impl Iterator<Item = String>) -> Result<Options, String> {
        let mut options = Options { services: 10_000, private: 2_000, states: 1_000, rounds: 3, write: false };
        while let Some(arg) = args.next() {
            let number = match arg.as_str() {
                "--services" => &mut options.services,
                "--private" => &mut options.private,
                "--states" => &mut options.states,
                "--rounds" => &mut options.rounds,
                "--write" => {
                    options.write = true;
                    continue;
                }
                // cargo adds it for every benchmark.
                "--bench" => continue,
                other => return Err(format!("unknown option {other}")),
            };
            let given = args.next().and_then(|n| n.parse().ok()).filter(|&n| n > 0);
            *number = given.ok_or(format!("{arg} needs a number above 0"))?;
        }
        Ok(options)
    }
}

/// One way to have many VMs.
struct Case<'a> {
    name: String,
    program: PathBuf,
    arguments: Vec<String>,
    library: &'a Library,
    env: &'static [(&'static str, &'static str)],
    count: u32,
    colour: &'static str,
    runs: Vec<Figures>,
}

/// What one run showed, of one VM.
#[derive(Clone, Copy)]
struct Figures {
    /// Bytes that it has from its allocator when it is ready.
    bytes: f64,
    /// How much the process grew.
    resident: f64,
    /// Processor time until it is ready.
    milliseconds: f64,
}

impl Case<'_> {
    fn run(&mut self) -> Result<Figures, Interrupted> {
        let arguments: Vec<&OsStr> = self.arguments.iter().map(OsStr::new).collect();
        let run = measure::run_with(&self.program, &arguments, self.library, self.env)?;
        let output = String::from_utf8_lossy(&run.output).into_owned();
        let figures = Figures {
            bytes: actors::figure(&output, "bytes_each"),
            resident: actors::figure(&output, "resident_each"),
            milliseconds: actors::figure(&output, "ms_each"),
        };
        self.runs.push(figures);
        Ok(figures)
    }

    fn median(&self) -> Figures {
        let of = |figure: fn(&Figures) -> f64| median(self.runs.iter().map(figure).collect());
        Figures { bytes: of(|f| f.bytes), resident: of(|f| f.resident), milliseconds: of(|f| f.milliseconds) }
    }
}

struct Group<'a> {
    title: &'static str,
    cases: Vec<Case<'a>>,
}

/// Nothing is shared unasked.
const NOT_SHARED: &[(&str, &str)] = &[("PERILUNE_SHARE", "0")];

fn groups<'a>(options: &Options, ours: &'a Library, work: &Path) -> Vec<Group<'a>> {
    let folder = |name: &str| work.join(name).to_string_lossy().into_owned();
    let server = |name: &str, library: &'a Library, cache: &str, env, count: u32, colour| {
        let program = actors::program(library);
        let scripts = actors::folder().to_string_lossy().into_owned();
        let count_text = count.to_string();
        let arguments = ["start", &count_text, "--workers", "1", "--cache", cache, "--scripts", &scripts, "--work", &folder("server")];
        let arguments = arguments.map(str::to_string).to_vec();
        Case { name: name.into(), program, arguments, library, env, count, colour, runs: Vec::new() }
    };
    let ordinary = |name: &str, library: &'a Library, env, colour| Case {
        name: name.into(),
        program: host::build("states", &["benches/states.c"], &["-O2"]),
        arguments: vec![options.states.to_string(), folder("server/base")],
        library,
        env,
        count: options.states,
        colour,
        runs: Vec::new(),
    };
    let upstream = &format!("upstream {}", EDITION.release);
    vec![
        Group {
            title: "Actor server",
            cases: vec![
                server("ours, with the code cache", ours, "on", &[], options.services, plot::BLUE),
                server("ours, nothing shared", ours, "off", NOT_SHARED, options.private, plot::GREY),
                server(upstream, reference(), "off", &[], options.private, plot::ORANGE),
            ],
        },
        Group {
            title: "Host that knows nothing of sharing",
            cases: vec![
                ordinary("ours", ours, &[], plot::BLUE),
                ordinary("ours, nothing shared", ours, NOT_SHARED, plot::GREY),
                ordinary(upstream, reference(), &[], plot::ORANGE),
            ],
        },
    ]
}

fn main() -> ExitCode {
    let options = match Options::parse(std::env::args().skip(1)) {
        Ok(options) => options,
        Err(message) => {
            eprintln!("{message}\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    measure::watch_for_interruption();
    let ours = library::ours();
    let work = paths::work("scale");
    let mut groups = groups(&options, &ours, &work);
    for round in 1..=options.rounds {
        for group in &mut groups {
            for case in &mut group.cases {
                let label = format!("[{round}/{}] {}: {}, {} VMs", options.rounds, group.title, case.name, case.count);
                let Ok(f) = case.run() else {
                    eprintln!("interrupted");
                    return ExitCode::from(130);
                };
                println!(
                    "{label:80} {:8.1} KB {:8.1} KB resident {:7.2} ms",
                    f.bytes / 1024.0,
                    f.resident / 1024.0,
                    f.milliseconds
                );
            }
        }
    }
    print!("\n{}", tables(&groups));
    if options.write {
        write(&groups, &options);
    }
    ExitCode::SUCCESS
}

/// The medians, as Markdown.
fn tables(groups: &[Group]) -> String {
    let mut text = String::new();
    for group in groups {
        let _ = writeln!(text, "## {}\n", group.title);
        let _ = writeln!(text, "| a VM of | VMs | bytes of its own, KB | resident, KB | ready after, ms |");
        let _ = writeln!(text, "| --- | ---: | ---: | ---: | ---: |");
        for case in &group.cases {
            let f = case.median();
            let (bytes, resident) = (f.bytes / 1024.0, f.resident / 1024.0);
            let _ = writeln!(text, "| {} | {} | {bytes:.0} | {resident:.0} | {:.2} |", case.name, case.count, f.milliseconds);
        }
        text.push('\n');
    }
    text
}

/// Writes `SCALE.md` and `scale.svg`.
fn write(groups: &[Group], options: &Options) {
    // The first edition's files have no edition in their names.
    let (suffix, choice) = match EDITION.name {
        "5.4" => (String::new(), String::new()),
        name => (format!("-{name}"), format!(" LUA={name}")),
    };
    let mut text = format!(
        "# Many VMs over the same code\n\n\
         Written by `make scale{choice} SCALE=--write`.\n\n\
         ![memory and time of a VM](scale{suffix}.svg)\n\n\
         The code base has 90 files, 370 KB (`examples/actors/codebase.lua` writes it); a VM is ready when it has opened the standard libraries\n\
         and required all of it. The actor server (`examples/actors`) gives each VM a counting allocator and has one worker thread here; the other host\n\
         (`benches/states.c`) calls `luaL_newstate`, `luaL_openlibs` and `require`, as one does that was written for upstream's library.\n\
         \"Bytes of its own\" is what the VM has from its allocator then, \"resident\" by how much the process grew, shared code included, divided\n\
         by the number of VMs; times are processor time. \"Nothing shared\" is `PERILUNE_SHARE=0` and no code cache.\n",
    );
    let _ = writeln!(text, "Medians of {} runs each, in turn.\n", options.rounds);
    for (what, value) in machine::machine() {
        let _ = writeln!(text, "* {what}: {value}");
    }
    let _ = write!(text, "\n{}", tables(groups).trim_end());
    text.push('\n');
    let put = |name: &str, content: &str| {
        let path = paths::root().join("benches").join(name);
        std::fs::write(&path, content).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        println!("wrote {}", path.display());
    };
    put(&format!("SCALE{suffix}.md"), &text);
    put(&format!("scale{suffix}.svg"), &plot(groups));
}

/// Memory and time, a block for each host.
fn plot(groups: &[Group]) -> String {
    let mut blocks = Vec::new();
    for (what, unit, figure) in [
        ("memory of a VM", "KB", (|f| f.resident / 1024.0) as fn(Figures) -> f64),
        ("time until a VM is ready", "ms", |f| f.milliseconds),
    ] {
        let largest = groups.iter().flat_map(|g| &g.cases).map(|c| figure(c.median())).fold(0.0, f64::max);
        let step = step_below(largest / 4.0);
        let ticks: Vec<Tick> = (0..=(largest / step).ceil() as u32)
            .map(|n| Tick { at: f64::from(n) * step, text: (f64::from(n) * step).to_string(), marked: false })
            .collect();
        for group in groups {
            let bar = |case: &Case| {
                let value = figure(case.median());
                let digits = if value < 10.0 { 1 } else { 0 };
                Bar { name: case.name.clone(), value, text: format!("{value:.digits$} {unit}"), colour: case.colour }
            };
            blocks.push(Block {
                heading: format!("{}: {what}, {unit} (shorter is better)", group.title),
                bars: group.cases.iter().map(bar).collect(),
                ticks: ticks.clone(),
            });
        }
    }
    plot::draw(&blocks)
}

/// The largest of 1, 2, 5, 10, 20, ... that is not above a number.
fn step_below(number: f64) -> f64 {
    let power = 10f64.powf(number.max(1e-6).log10().floor());
    [5.0, 2.0, 1.0].into_iter().map(|n| n * power).find(|&n| n <= number).unwrap_or(power)
}
