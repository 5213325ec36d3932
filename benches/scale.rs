//! `make scale`: what a VM costs in a process that has thousands of them over the same code.
//!
//! Large VMs: two hosts over the code base that `examples/actors/codebase.lua` writes: the actor server, which uses the code cache, and
//! `states.c`, which knows nothing of sharing. Each on our library, with sharing and without, and on upstream's. Small VMs: 1 to 10,000 of
//! `states.c` without the code base, and as many with two threads. One line for each run as it ends; what counts is the median of the rounds.

#[path = "support/mod.rs"]
mod bench;
#[path = "../tests/support/mod.rs"]
mod support;

use bench::measure::{self, Interrupted, median};
use bench::options::Options;
use bench::page;
use bench::plot::{self, Bar, Block};
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
  --small N      at most so many small VMs (default 10000)
  --events N     events that the small VMs get in one run (default 200000)
  --rounds N     runs of each (default 3)
  --write        put the figures into benches/SCALE.md and benches/scale.svg";

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
    let (services, private, states) = (options.number("--services"), options.number("--private"), options.number("--states"));
    let server = |name: &str, library: &'a Library, cache: &str, env, count: u32, colour| {
        let program = actors::program(library);
        let scripts = actors::folder().to_string_lossy().into_owned();
        let count_text = count.to_string();
        let arguments =
            ["start", &count_text, "--workers", "1", "--cache", cache, "--scripts", &scripts, "--work", &folder("server")];
        let arguments = arguments.map(str::to_string).to_vec();
        Case { name: name.into(), program, arguments, library, env, count, colour, runs: Vec::new() }
    };
    let ordinary = |name: &str, library: &'a Library, env, colour| Case {
        name: name.into(),
        program: ordinary_host(),
        arguments: vec![states.to_string(), "1".into(), "0".into(), folder("server/base")],
        library,
        env,
        count: states,
        colour,
        runs: Vec::new(),
    };
    let upstream = &upstream();
    vec![
        Group {
            title: "Actor server",
            cases: vec![
                server("ours, with the code cache", ours, "on", &[], services, plot::BLUE),
                server("ours, nothing shared", ours, "off", NOT_SHARED, private, plot::GREY),
                server(upstream, reference(), "off", &[], private, plot::ORANGE),
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

fn ordinary_host() -> PathBuf {
    host::build("states", &["benches/states.c"], &["-O2"])
}

fn upstream() -> String {
    format!("upstream {}", EDITION.release)
}

/// So many small VMs, on both libraries.
struct Small {
    count: u32,
    threads: u32,
    /// Of each run on our library and of each on upstream's, the figures named in `SMALL_FIGURES`.
    runs: [Vec<Vec<f64>>; 2],
}

/// What the host prints, what that is, and what it is divided by to be shown.
const SMALL_FIGURES: [(&str, &str, f64); 5] = [
    ("ms_each", "ready after, µs", 1e-3),
    ("resident_each", "resident, KB", 1024.0),
    ("event_us", "an event, µs", 1.0),
    ("events_per_second", "thousand events a second", 1e3),
    ("close_us", "closed in, µs", 1.0),
];

impl Small {
    fn median(&self, side: usize, figure: usize) -> f64 {
        median(self.runs[side].iter().map(|run| run[figure]).collect())
    }
}

/// Powers of ten up to the limit, and the last but one with two threads.
fn small(options: &Options) -> Vec<Small> {
    let limit = options.number("--small");
    let counts = (0..).map(|power| 10u32.pow(power)).take_while(|count| *count <= limit);
    let mut all: Vec<(u32, u32)> = counts.map(|count| (count, 1)).collect();
    all.extend((limit >= 100).then_some((limit / 10, 2)));
    all.into_iter().map(|(count, threads)| Small { count, threads, runs: [Vec::new(), Vec::new()] }).collect()
}

fn main() -> ExitCode {
    let options = Options::read(
        USAGE,
        &[
            ("--services", 10_000),
            ("--private", 2_000),
            ("--states", 1_000),
            ("--small", 10_000),
            ("--events", 200_000),
            ("--rounds", 3),
        ],
    );
    measure::watch_for_interruption();
    let ours = bench::library::ours();
    let work = paths::work("scale");
    let mut groups = groups(&options, &ours, &work);
    let mut small = small(&options);
    if measure_all(&options, &ours, &mut groups, &mut small).is_err() {
        eprintln!("interrupted");
        return ExitCode::from(130);
    }
    print!("\n{}{}", tables(&groups), small_table(&small));
    if options.write {
        write(&groups, &small, &options);
    }
    ExitCode::SUCCESS
}

fn measure_all(options: &Options, ours: &Library, groups: &mut [Group], small: &mut [Small]) -> Result<(), Interrupted> {
    let (rounds, events) = (options.number("--rounds"), options.number("--events").to_string());
    for round in 1..=rounds {
        for group in &mut *groups {
            for case in &mut group.cases {
                let label = format!("[{round}/{rounds}] {}: {}, {} VMs", group.title, case.name, case.count);
                let f = case.run()?;
                println!(
                    "{label:80} {:8.1} KB {:8.1} KB resident {:7.2} ms",
                    f.bytes / 1024.0,
                    f.resident / 1024.0,
                    f.milliseconds
                );
            }
        }
        for case in &mut *small {
            for (side, library) in [ours, reference()].into_iter().enumerate() {
                let arguments = [case.count.to_string(), case.threads.to_string(), events.clone()];
                let run = measure::run(&ordinary_host(), &arguments.each_ref().map(OsStr::new), library)?;
                let output = String::from_utf8_lossy(&run.output).into_owned();
                let figures: Vec<f64> =
                    SMALL_FIGURES.iter().map(|(name, _, unit)| actors::figure(&output, name) / unit).collect();
                let label = format!("[{round}/{rounds}] small VMs: {}, {}, threads: {}", library.name, case.count, case.threads);
                let shown = |(figure, (_, what, _)): (&f64, &(&str, &str, f64))| format!("{what} {figure:.1}  ");
                println!("{label:50} {}", figures.iter().zip(&SMALL_FIGURES).map(shown).collect::<String>());
                case.runs[side].push(figures);
            }
        }
    }
    Ok(())
}

fn small_table(small: &[Small]) -> String {
    let mut text = String::from("## Small VMs\n\n| VMs | threads |");
    for (_, what, _) in SMALL_FIGURES {
        let _ = write!(text, " {what}: ours | {} |", upstream());
    }
    let _ = write!(text, "\n| ---: | ---: |{}", " ---: |".repeat(2 * SMALL_FIGURES.len()));
    for case in small {
        let _ = write!(text, "\n| {} | {} |", case.count, case.threads);
        for figure in 0..SMALL_FIGURES.len() {
            let _ = write!(text, " {:.1} | {:.1} |", case.median(0, figure), case.median(1, figure));
        }
    }
    text.push('\n');
    text
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
fn write(groups: &[Group], small: &[Small], options: &Options) {
    let text = format!(
        "# Many VMs\n\n\
         Written by `{}`.\n\n\
         ![memory and time of a VM]({})\n\n\
         The code base has 90 files, 370 KB (`examples/actors/codebase.lua` writes it); a VM is ready when it has opened the standard libraries\n\
         and required all of it. The actor server (`examples/actors`) gives each VM a counting allocator and has one worker thread here; the other host\n\
         (`benches/states.c`) calls `luaL_newstate`, `luaL_openlibs` and `require`, as one does that was written for upstream's library.\n\
         \"Bytes of its own\" is what the VM has from its allocator then, \"resident\" by how much the process grew, shared code included, divided\n\
         by the number of VMs; times are processor time. \"Nothing shared\" is `PERILUNE_SHARE=0` and no code cache. A small VM opens the\n\
         libraries, loads a script of ten lines and gets its share of {} events, in turn with the others; the first in a process pays for what all have\n\
         in common. Events a second are by the clock, of all threads together. Medians of {} runs each, in turn, on our library and on {}.\n\n{}\n{}{}",
        page::command("scale"),
        page::file("scale", "svg"),
        options.number("--events"),
        options.number("--rounds"),
        page::reference(),
        page::machine_list(),
        tables(groups),
        small_table(small),
    );
    page::put(&page::file("SCALE", "md"), &text);
    page::put(&page::file("scale", "svg"), &plot(groups));
}

/// Memory and time, a block for each host.
fn plot(groups: &[Group]) -> String {
    let mut blocks = Vec::new();
    for (what, unit, figure) in [
        ("memory of a VM", "KB", (|f| f.resident / 1024.0) as fn(Figures) -> f64),
        ("time until a VM is ready", "ms", |f| f.milliseconds),
    ] {
        let largest = groups.iter().flat_map(|g| &g.cases).map(|c| figure(c.median())).fold(0.0, f64::max);
        let ticks = plot::ticks(largest);
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
