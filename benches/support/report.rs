//! The figures as tables: on the terminal, and in `RESULTS.md`.

use super::measure::{Pair, median};
use super::page;
use super::plot::{self, Bar, Block, Tick};
use crate::support::EDITION;
use std::fmt::Write;

/// What the programs must keep to: the geometric mean of the ratios, and each of them.
pub const FLOOR_MEAN: f64 = 1.2;
pub const FLOOR_EACH: f64 = 2.0;

/// One program or operation: medians.
#[derive(Clone, Debug)]
pub struct Row {
    pub name: String,
    pub reference: f64,
    pub ours: f64,
    /// The median of the pairs' ratios, which is not the ratio of the medians. Below 1, ours takes less time.
    pub ratio: f64,
}

pub struct Table {
    pub title: &'static str,
    /// What a row is.
    what: &'static str,
    unit: &'static str,
    /// Whether the limits above apply.
    limited: bool,
    pub rows: Vec<Row>,
}

impl Table {
    pub fn programs() -> Table {
        Table { title: "Lua programs", what: "program", unit: "ms", limited: true, rows: Vec::new() }
    }

    pub fn api() -> Table {
        Table { title: "Operations of the C API", what: "operation", unit: "ns", limited: false, rows: Vec::new() }
    }

    pub fn functions() -> Table {
        Table { title: "Functions of the C API, one by one", what: "function", unit: "ns", limited: false, rows: Vec::new() }
    }

    pub fn language() -> Table {
        Table {
            title: "Operations of the language and its library",
            what: "operation",
            unit: "ns",
            limited: false,
            rows: Vec::new(),
        }
    }

    /// Adds a row, unless there is no pair.
    pub fn add(&mut self, name: &str, pairs: &[Pair]) -> Option<&Row> {
        if pairs.is_empty() {
            return None;
        }
        let of = |figure: fn(&Pair) -> f64| median(pairs.iter().map(figure).collect());
        self.rows.push(Row {
            name: name.to_string(),
            reference: of(|p| p.reference),
            ours: of(|p| p.ours),
            ratio: of(Pair::ratio),
        });
        self.rows.last()
    }

    /// The geometric mean of the ratios; 1 for no rows.
    pub fn mean(&self) -> f64 {
        let logarithms: f64 = self.rows.iter().map(|row| row.ratio.ln()).sum();
        (logarithms / self.rows.len().max(1) as f64).exp()
    }

    /// What is above the limits, in words.
    pub fn misses(&self) -> Vec<String> {
        if !self.limited {
            return Vec::new();
        }
        let mut missed: Vec<String> = self.rows.iter().filter(|row| row.ratio > FLOOR_EACH).map(|row| row.name.clone()).collect();
        if self.mean() > FLOOR_MEAN {
            missed.push("the geometric mean".into());
        }
        missed
    }

    /// For a terminal.
    pub fn text(&self) -> String {
        let width = self.rows.iter().map(|row| row.name.len()).max().unwrap_or(0).max("geometric mean".len());
        let unit = self.unit;
        let mut text =
            format!("{:width$} {:>13} {:>10} {:>7}\n", self.what, format!("reference {unit}"), format!("ours {unit}"), "ratio");
        for row in &self.rows {
            let _ = writeln!(text, "{:width$} {:13.1} {:10.1} {:7.3}", row.name, row.reference, row.ours, row.ratio);
        }
        let _ = writeln!(text, "{:width$} {:>13} {:>10} {:7.3}", "geometric mean", "", "", self.mean());
        text
    }

    fn markdown(&self) -> String {
        let unit = self.unit;
        let mut text = format!("## {}\n\n", self.title);
        let _ = writeln!(text, "| {} | reference, {unit} | ours, {unit} | ratio |", self.what);
        let _ = writeln!(text, "| --- | ---: | ---: | ---: |");
        for row in &self.rows {
            let _ = writeln!(text, "| {} | {:.1} | {:.1} | {:.2} |", row.name, row.reference, row.ours, row.ratio);
        }
        let _ = writeln!(text, "| **geometric mean** | | | **{:.2}** |", self.mean());
        text
    }
}

/// Writes `RESULTS.md` and `results.svg`, or those of the edition.
pub fn write(tables: &[Table], pairs: u32) {
    let mut text = format!(
        "# Speed against upstream's Lua {}\n\n\
         Written by `{}`. A ratio below 1 means that ours takes less time.\n\n\
         ![ratios]({})\n\n\
         How: one host binary per table, linked dynamically, runs on our library (`cargo build --release`) and on {},\n\
         chosen by `LD_LIBRARY_PATH`. {pairs} pairs of runs each, alternating; the ratio is the\n\
         median of the {pairs} pairs' ratios, the times are medians by themselves. All times are processor time: of programs that of the\n\
         whole process, user and system, from start to end, and both libraries have to print the same; of operations what one takes in a loop: of the C API the\n\
         median of seven batches, of the language the shortest of five times, the loop included.\n\n{}",
        EDITION.release,
        page::command("bench"),
        page::file("results", "svg"),
        page::reference(),
        page::machine_list(),
    );
    for table in tables {
        let _ = write!(text, "\n{}", table.markdown());
    }
    page::put(&page::file("RESULTS", "md"), &text);
    page::put(&page::file("results", "svg"), &bars(tables));
}

/// A plot with a block for each table, ratio 1 marked.
fn bars(tables: &[Table]) -> String {
    let largest = tables.iter().flat_map(|t| &t.rows).map(|row| row.ratio).fold(1.0, f64::max);
    let quarters = (largest * 4.0).ceil().max(5.0) as u32;
    let ticks = (0..=quarters).map(|n| Tick { at: f64::from(n) / 4.0, text: (f64::from(n) / 4.0).to_string(), marked: n == 4 });
    let ticks: Vec<Tick> = ticks.collect();
    let bar = |name: &str, ratio: f64, colour| Bar { name: name.into(), value: ratio, text: format!("{ratio:.2}"), colour };
    let block = |table: &Table| {
        let rows =
            table.rows.iter().map(|row| bar(&row.name, row.ratio, if row.ratio > 1.0 { plot::ORANGE } else { plot::BLUE }));
        Block {
            heading: format!("{}: time on ours / on the reference (shorter is better)", table.title),
            bars: rows.chain([bar("geometric mean", table.mean(), plot::BLACK)]).collect(),
            ticks: ticks.clone(),
        }
    };
    plot::draw(&tables.iter().map(block).collect::<Vec<_>>())
}
