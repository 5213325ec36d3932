//! `make pauses`: how long the collector keeps a program waiting that allocates beside a large live heap of small tables.
//!
//! The host, `pauses.c`, times each piece of the program's work; here it runs on our library and on upstream's in turn, in both modes of
//! the collector.

#[path = "support/mod.rs"]
mod bench;
#[path = "../tests/support/mod.rs"]
mod support;

use bench::measure::{self, OURS, Outputs, REFERENCE, Sides};
use bench::options::Options;
use bench::page;
use bench::plot::{self, Bar, Block, Tick};
use std::fmt::Write;
use std::process::ExitCode;
use support::library::reference;
use support::{EDITION, host};

const USAGE: &str = "\
usage: make pauses PAUSES='OPTIONS'
       cargo bench --profile dev --bench pauses -- OPTIONS

  --records N   live records; 2250000, the default, are 500 MB
  --steps N     steps of the program, each with 16 new records (default 600000)
  --rounds N    runs of each (default 3)
  --only MODE   incremental or generational
  --write       put the figures into benches/PAUSES.md and benches/pauses.svg";

/// What the incremental mode must keep to: milliseconds of a step, and the time of all collections as a part of upstream's.
const LONGEST: f64 = 2.0;
const COLLECTOR: f64 = 0.7;

/// What the host prints, and what that is.
const FIGURES: [(&str, &str); 8] = [
    ("live_mb", "live heap, MB"),
    ("typical_us", "typical step without collector, µs"),
    ("p99_us", "99 % of all steps are below, µs"),
    ("p99.9_us", "99.9 %, µs"),
    ("p99.99_us", "99.99 %, µs"),
    (LONGEST_MS, "longest step, ms"),
    (COLLECTOR_MS, "time of the collector, ms"),
    ("total_ms", "time of all steps, ms"),
];
const LONGEST_MS: &str = "longest_ms";
const COLLECTOR_MS: &str = "collector_ms";

/// One mode of the collector.
struct Mode {
    name: &'static str,
    outputs: Outputs,
}

impl Mode {
    fn worst(&self, side: usize) -> f64 {
        self.outputs.values(side, LONGEST_MS).into_iter().fold(0.0, f64::max)
    }

    /// The histogram: lengths in microseconds from which classes begin, and how many steps of a run are in each.
    fn classes(&self, side: usize) -> Vec<(u32, f64)> {
        let runs = self.outputs.of(side);
        let mut classes: Vec<(u32, f64)> = Vec::new();
        for line in runs.iter().flat_map(|output| output.lines()) {
            let Some((from, count)) = line.strip_prefix("above ").and_then(|rest| rest.split_once(' ')) else { continue };
            let (from, count) = (from.parse().expect("a length"), count.parse::<f64>().expect("a count") / runs.len() as f64);
            match classes.iter_mut().find(|class| class.0 == from) {
                Some(class) => class.1 += count,
                None => classes.push((from, count)),
            }
        }
        classes
    }
}

fn main() -> ExitCode {
    let options = Options::read(USAGE, &[("--records", 2_250_000), ("--steps", 600_000), ("--rounds", 3)]);
    measure::watch_for_interruption();
    let ours = bench::library::ours();
    let sides = Sides { reference: reference(), ours: &ours };
    let program = host::build("pauses", &["benches/pauses.c"], &["-O2"]);
    let mut modes = Vec::new();
    for name in ["incremental", "generational"].into_iter().filter(|name| options.wants(name)) {
        print!("{name:12} ");
        let mode = Mode { name, outputs: Outputs::default() };
        let arguments = [name.to_string(), options.number("--records").to_string(), options.number("--steps").to_string()];
        let end = mode.outputs.collect(options.number("--rounds"), &sides, &program, &arguments);
        if mode.outputs.complete() {
            println!("\n{}", table(&mode));
        }
        if end.is_err() {
            eprintln!("interrupted: the figures are of the runs until then");
            return ExitCode::from(130);
        }
        modes.push(mode);
    }
    if options.write {
        write(&modes, &options);
    }
    match modes.iter().filter(|mode| mode.name == "incremental").flat_map(misses).collect::<Vec<_>>() {
        missed if missed.is_empty() => ExitCode::SUCCESS,
        missed => {
            println!("above the limits: {}", missed.join(", "));
            ExitCode::FAILURE
        }
    }
}

fn misses(mode: &Mode) -> Vec<String> {
    let (longest, upstreams) = (mode.outputs.median(OURS, LONGEST_MS), mode.outputs.median(REFERENCE, LONGEST_MS));
    let collector = mode.outputs.median(OURS, COLLECTOR_MS) / mode.outputs.median(REFERENCE, COLLECTOR_MS);
    let mut missed = Vec::new();
    if longest > LONGEST.min(upstreams) {
        missed.push(format!("the longest incremental step, {longest:.1} ms (upstream {upstreams:.1} ms, limit {LONGEST} ms)"));
    }
    if collector > COLLECTOR {
        missed.push(format!("the time of incremental collections, {collector:.2} of upstream's (limit {COLLECTOR})"));
    }
    missed
}

/// The medians, as Markdown.
fn table(mode: &Mode) -> String {
    let mut text =
        format!("## {} mode\n\n| | ours | upstream {} | ratio |\n| --- | ---: | ---: | ---: |\n", title(mode), EDITION.release);
    let mut row = |what: &str, ours: f64, upstream: f64| {
        let digits = if ours.max(upstream) < 100.0 { 2 } else { 0 };
        let _ = writeln!(text, "| {what} | {ours:.digits$} | {upstream:.digits$} | {:.2} |", ours / upstream);
    };
    for (name, what) in FIGURES {
        row(what, mode.outputs.median(OURS, name), mode.outputs.median(REFERENCE, name));
        if name == LONGEST_MS {
            row("longest step of all runs, ms", mode.worst(OURS), mode.worst(REFERENCE));
        }
    }
    text
}

fn title(mode: &Mode) -> &'static str {
    if mode.name == "incremental" { "Incremental" } else { "Generational" }
}

/// Writes `PAUSES.md` and `pauses.svg`.
fn write(modes: &[Mode], options: &Options) {
    let mut text = format!(
        "# Pauses of the collector\n\n\
         Written by `{}`.\n\n\
         ![lengths of steps]({})\n\n\
         {} records are alive, tables of three fields one of which is a table, as leaves of a tree of small tables. A program makes {} million more,\n\
         the 16th of which always takes a random one's place; the collector has its default parameters (`benches/pauses.c`). A step is 16 records and\n\
         what the collector does meanwhile; its length is processor time of the thread, so that other processes have little influence. The time of the\n\
         collector is that of all steps less as many typical ones, the median with the collector stopped: whatever the collector makes slower\n\
         counts, wherever it happens. Medians of {} runs each, in turn, on our library and on {}.\n\n{}",
        page::command("pauses"),
        page::file("pauses", "svg"),
        options.number("--records"),
        options.number("--steps") as f64 * 16.0 / 1e6,
        options.number("--rounds"),
        page::reference(),
        page::machine_list(),
    );
    for mode in modes {
        let _ = write!(text, "\n{}", table(mode));
    }
    page::put(&page::file("PAUSES", "md"), &text);
    page::put(&page::file("pauses", "svg"), &plot(modes));
}

/// A histogram for each mode, its classes on a logarithmic scale in both directions.
fn plot(modes: &[Mode]) -> String {
    let length = |us: u32| if us < 1000 { format!("{us} µs") } else { format!("{} ms", us / 1000) };
    let block = |mode: &Mode| {
        let sides = [(mode.classes(OURS), "ours", plot::BLUE), (mode.classes(REFERENCE), "upstream", plot::ORANGE)];
        let used = sides.iter().flat_map(|side| &side.0).filter(|class| class.1 > 0.0).map(|class| class.0).max().unwrap_or(0);
        let mut bars = Vec::new();
        for index in (0..sides[0].0.len()).filter(|&i| sides[0].0[i].0 <= used) {
            for (classes, name, colour) in &sides {
                let (from, count) = classes[index];
                let range = match classes.get(index + 1) {
                    Some(next) => format!("{} to {}", length(from), length(next.0)),
                    None => format!("{} or more", length(from)),
                };
                let text = if count == 0.0 { "0".into() } else { format!("{count:.1}") };
                bars.push(Bar { name: format!("{range}, {name}"), value: (1.0 + count).log10(), text, colour });
            }
        }
        let ticks = (0..=6).map(|power| Tick {
            at: (1.0 + 10f64.powi(power)).log10(),
            text: 10u32.pow(power as u32).to_string(),
            marked: false,
        });
        Block { heading: format!("{} mode: steps of such lengths in a run", title(mode)), bars, ticks: ticks.collect() }
    };
    plot::draw(&modes.iter().map(block).collect::<Vec<_>>())
}
