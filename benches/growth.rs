//! `make growth`: whether the time per element stays the same when tables, strings, recursion and chunks grow.
//!
//! `growth.lua` has the kinds of growth and measures itself; here it runs on our library and on upstream's in turn.

#[path = "support/mod.rs"]
mod bench;
#[path = "../tests/support/mod.rs"]
mod support;

use bench::measure::{self, OURS, Outputs, REFERENCE, Sides};
use bench::options::Options;
use bench::page;
use bench::plot::{self, Bar, Block};
use std::fmt::Write;
use std::hint::black_box;
use std::process::ExitCode;
use std::time::Instant;
use support::library::reference;
use support::{EDITION, host, paths};

const USAGE: &str = "\
usage: make growth GROWTH='OPTIONS'
       cargo bench --profile dev --bench growth -- OPTIONS

  --largest N   elements at most (default 10000000)
  --rounds N    runs of each kind on each library (default 3)
  --only NAME   only kinds with NAME in their names; may be given more than once
  --write       put the figures into benches/GROWTH.md and benches/growth.svg";

const SMALLEST: u32 = 1000;

fn sizes(largest: u32) -> impl Iterator<Item = u32> {
    (0..).map(|power| SMALLEST * 10u32.pow(power)).take_while(move |n| *n <= largest)
}

/// Elements of one kind.
struct Kind {
    name: String,
    largest: u32,
    outputs: Outputs,
}

impl Kind {
    fn sizes(&self) -> Vec<u32> {
        sizes(self.largest).collect()
    }

    /// Nanoseconds an element.
    fn time(&self, side: usize, size: u32) -> f64 {
        self.outputs.median(side, &size.to_string())
    }

    /// How many times more an element takes among the most than among the fewest.
    fn growth(&self, side: usize) -> f64 {
        self.time(side, *self.sizes().last().expect("a size")) / self.time(side, SMALLEST)
    }
}

fn main() -> ExitCode {
    let options = Options::read(USAGE, &[("--largest", 10_000_000), ("--rounds", 3)]);
    measure::watch_for_interruption();
    let ours = bench::library::ours();
    let sides = Sides { reference: reference(), ours: &ours };
    let program = host::build("bench_host", &["benches/host.c"], &["-O2"]);
    let script = paths::root().join("benches/growth.lua").to_string_lossy().into_owned();
    let listed = reference().run(&program).arg(&script).outcome().expect_success("listing the kinds").out();
    let kinds = listed.lines().map(|line| {
        let (largest, name) = line.split_once(' ').expect("a number and a name");
        let largest = largest.parse::<u32>().expect("a number").min(options.number("--largest"));
        Kind { name: name.into(), largest, outputs: Outputs::default() }
    });
    let kinds: Vec<Kind> = kinds.filter(|kind| options.wants(&kind.name)).collect();
    let width = kinds.iter().map(|kind| kind.name.len()).max().unwrap_or(0);
    for (index, kind) in kinds.iter().enumerate() {
        print!("[{:2}/{}] {:width$} ", index + 1, kinds.len(), kind.name);
        let arguments = [script.clone(), kind.name.clone(), SMALLEST.to_string(), kind.largest.to_string()];
        let end = kind.outputs.collect(options.number("--rounds"), &sides, &program, &arguments);
        if end.is_err() {
            eprintln!("interrupted");
            return ExitCode::from(130);
        }
        println!(" grows {:5.2} times, upstream's {:5.2} times", kind.growth(OURS), kind.growth(REFERENCE));
    }
    let memory: Vec<Memory> = sizes(options.number("--largest")).map(Memory::measure).collect();
    print!("\n{}\n{}", table(&kinds), memory_table(&memory));
    if options.write {
        write(&kinds, &memory, &options);
    }
    ExitCode::SUCCESS
}

/// What the machine's memory itself takes, in nanoseconds an element of `Memory::ELEMENT` bytes, with no library at work.
struct Memory {
    size: u32,
    /// Written the first time, in memory that the system has just given.
    touched: f64,
    /// Read without order, each place known only when the one before has been read.
    read: f64,
}

impl Memory {
    /// Three words, as an entry of a table has.
    const ELEMENT: usize = 24;

    fn measure(size: u32) -> Memory {
        let n = size as usize;
        let mut best = Memory { size, touched: f64::INFINITY, read: f64::INFINITY };
        for _ in 0..3 {
            let start = Instant::now();
            // Too large for the allocator to keep, or small enough not to matter.
            let mut elements = vec![[0usize; Self::ELEMENT / 8]; n];
            for element in &mut elements {
                *element = black_box([1; 3]);
            }
            best.touched = best.touched.min(nanoseconds(start) / n as f64);
            // One cycle through all places (Sattolo's shuffle), so that no read can begin early.
            for (i, element) in elements.iter_mut().enumerate() {
                element[0] = i;
            }
            let mut random = 1u64;
            for i in (1..n).rev() {
                random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let other = ((random >> 33) as usize) % i;
                let first = elements[i][0];
                elements[i][0] = elements[other][0];
                elements[other][0] = first;
            }
            let reads = n.max(1_000_000);
            let start = Instant::now();
            let mut place = 0;
            for _ in 0..reads {
                place = elements[place][0];
            }
            black_box(place);
            best.read = best.read.min(nanoseconds(start) / reads as f64);
        }
        best
    }
}

fn nanoseconds(since: Instant) -> f64 {
    since.elapsed().as_nanos() as f64
}

fn memory_table(memory: &[Memory]) -> String {
    let mut text = String::from("| memory alone |");
    for one in memory {
        let _ = write!(text, " 10^{} |", one.size.ilog10());
    }
    let _ = writeln!(text, " last / first |\n| --- |{}", " ---: |".repeat(memory.len() + 1));
    let touched: Vec<f64> = memory.iter().map(|one| one.touched).collect();
    let read: Vec<f64> = memory.iter().map(|one| one.read).collect();
    for (name, times) in [("written first", touched), ("read without order", read)] {
        let _ = write!(text, "| {name} |");
        for time in &times {
            let _ = write!(text, " {time:.1} |");
        }
        let _ = writeln!(text, " {:.2} |", times.last().expect("a size") / times[0]);
    }
    text
}

/// The medians, as Markdown.
fn table(kinds: &[Kind]) -> String {
    let sizes = kinds.iter().map(Kind::sizes).max_by_key(Vec::len).unwrap_or_default();
    let mut text = String::from("| elements |");
    for size in &sizes {
        let _ = write!(text, " 10^{}: ours | upstream |", size.ilog10());
    }
    let _ = writeln!(text, " last / first: ours | upstream |\n| --- |{}", " ---: |".repeat(2 * sizes.len() + 2));
    for kind in kinds {
        let _ = write!(text, "| {} |", kind.name);
        for size in &sizes {
            if *size <= kind.largest {
                let _ = write!(text, " {:.1} | {:.1} |", kind.time(OURS, *size), kind.time(REFERENCE, *size));
            } else {
                text.push_str(" | |");
            }
        }
        let _ = writeln!(text, " {:.2} | {:.2} |", kind.growth(OURS), kind.growth(REFERENCE));
    }
    text
}

/// Writes `GROWTH.md` and `growth.svg`.
fn write(kinds: &[Kind], memory: &[Memory], options: &Options) {
    let text = format!(
        "# Growth of the time per element\n\n\
         Written by `{}`.\n\n\
         ![nanoseconds an element]({})\n\n\
         Nanoseconds of processor time an element (`benches/growth.lua`): the shortest of up to three times in a process, the median of {} processes,\n\
         in turn on our library and on {}. Where a cache of the processor is\n\
         outgrown, an element takes longer on either; the last table shows by how much, with nothing but an array of {} bytes an element: its elements\n\
         written the first time, and one element read after the other where each says which is next.\n\n{}\n{}\n{}",
        page::command("growth"),
        page::file("growth", "svg"),
        options.number("--rounds"),
        page::reference(),
        Memory::ELEMENT,
        page::machine_list(),
        table(kinds),
        memory_table(memory),
    );
    page::put(&page::file("GROWTH", "md"), &text);
    page::put(&page::file("growth", "svg"), &plot(kinds));
}

/// A block for each kind.
fn plot(kinds: &[Kind]) -> String {
    let block = |kind: &Kind| {
        let mut bars = Vec::new();
        for size in kind.sizes() {
            let upstream = format!("upstream {}", EDITION.release);
            for (side, name, colour) in [(OURS, "ours", plot::BLUE), (REFERENCE, upstream.as_str(), plot::ORANGE)] {
                let value = kind.time(side, size);
                bars.push(Bar { name: format!("{size}, {name}"), value, text: format!("{value:.1}"), colour });
            }
        }
        let largest = bars.iter().map(|bar| bar.value).fold(0.0, f64::max);
        Block { heading: format!("{}: nanoseconds each (shorter is better)", kind.name), bars, ticks: plot::ticks(largest) }
    };
    plot::draw(&kinds.iter().map(block).collect::<Vec<_>>())
}
