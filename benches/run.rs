//! `make bench`: the Lua programs in `programs/`, the C API's operations in `api.c`, its functions in `functions.c` and the language's
//! operations in `operations.lua`, on our library and on upstream's.
//!
//! Both libraries run under the same host binaries, chosen by the loader's search path; runs alternate, and what counts is the
//! median of the ratios of neighbouring runs, which keeps a busy machine from favouring either side.

#[path = "support/mod.rs"]
mod bench;
#[path = "../tests/support/mod.rs"]
mod support;

use bench::measure::{self, Interrupted, Sides};
use bench::options::Options;
use bench::report::{self, FLOOR_EACH, FLOOR_MEAN, Table};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use support::library::reference;
use support::{host, paths};

const USAGE: &str = "\
usage: make bench BENCH='OPTIONS'
       cargo bench --profile dev --bench run -- OPTIONS

  --pairs N     runs of each program on each library (default 5)
  --only NAME   only what has NAME in its name; may be given more than once
  --write       put the figures into benches/RESULTS.md and benches/results.svg";

fn main() -> ExitCode {
    let options = Options::read(USAGE, &[("--pairs", 5)]);
    measure::watch_for_interruption();
    let ours = bench::library::ours();
    let sides = Sides { reference: reference(), ours: &ours };

    let mut tables = Vec::new();
    let mut interrupted = false;
    for section in [programs as Section, api, functions, language] {
        let Some((table, end)) = section(&options, &sides) else { continue };
        print!("\n{}", table.text());
        tables.push(table);
        if end.is_err() {
            interrupted = true;
            break;
        }
    }
    if interrupted {
        eprintln!("interrupted: the figures are of the runs until then");
        return ExitCode::from(130);
    }
    if options.write {
        report::write(&tables, options.number("--pairs"));
    }
    match tables.iter().flat_map(Table::misses).collect::<Vec<_>>() {
        missed if missed.is_empty() => ExitCode::SUCCESS,
        missed => {
            println!("\nabove the limits (mean {FLOOR_MEAN}, each {FLOOR_EACH}): {}", missed.join(", "));
            ExitCode::FAILURE
        }
    }
}

/// Measures one kind of thing; `None` when the options leave nothing of it. Interrupted, the table holds what there is.
type Section = fn(&Options, &Sides) -> Option<(Table, Result<(), Interrupted>)>;

/// Whole programs: processor time of the process, start and end included.
fn programs(options: &Options, sides: &Sides) -> Option<(Table, Result<(), Interrupted>)> {
    let folder = paths::root().join("benches/programs");
    let mut files: Vec<PathBuf> = std::fs::read_dir(&folder)
        .unwrap_or_else(|e| panic!("{}: {e}", folder.display()))
        .map(|entry| entry.expect("a folder entry").path())
        .filter(|path| path.extension().is_some_and(|e| e == "lua") && options.wants(&stem(path)))
        .collect();
    files.sort();
    if files.is_empty() {
        return None;
    }
    let program = host::build("bench_host", &["benches/host.c"], &["-O2"]);
    let mut table = Table::programs();
    let width = files.iter().map(|f| stem(f).len()).max().unwrap_or(0);
    for (index, file) in files.iter().enumerate() {
        let name = stem(file);
        print!("[{:2}/{}] {name:width$} ", index + 1, files.len());
        let (pairs, end) = measure::pairs(options.number("--pairs"), sides, |library| {
            let run = measure::run(&program, &[file.as_os_str()], library)?;
            Ok((run.cpu_ms, run.output))
        });
        if let Some(row) = table.add(&name, &pairs) {
            println!(" {:8.1} ms {:8.1} ms {:6.3}", row.reference, row.ours, row.ratio);
        }
        if end.is_err() {
            return Some((table, end));
        }
    }
    Some((table, Ok(())))
}

/// The operations of the C API.
fn api(options: &Options, sides: &Sides) -> Option<(Table, Result<(), Interrupted>)> {
    operations(options, sides, Table::api(), &host::build("bench_api", &["benches/api.c"], &["-O2"]), &[])
}

/// The functions of the C API, one by one.
fn functions(options: &Options, sides: &Sides) -> Option<(Table, Result<(), Interrupted>)> {
    operations(options, sides, Table::functions(), &host::build("bench_functions", &["benches/functions.c"], &["-O2"]), &[])
}

/// The operations of the language and its library.
fn language(options: &Options, sides: &Sides) -> Option<(Table, Result<(), Interrupted>)> {
    let script = paths::root().join("benches/operations.lua");
    operations(
        options,
        sides,
        Table::language(),
        &host::build("bench_host", &["benches/host.c"], &["-O2"]),
        &[script.as_os_str()],
    )
}

/// Operations that a host lists after `-l` and measures itself after `-m` and a name, these arguments behind those given.
fn operations(
    options: &Options,
    sides: &Sides,
    mut table: Table,
    program: &Path,
    arguments: &[&OsStr],
) -> Option<(Table, Result<(), Interrupted>)> {
    let listed = sides.reference.run(program).args(arguments).arg("-l").outcome().expect_success("listing the operations").out();
    let names = listed.lines().map(str::to_string);
    let wanted: Vec<String> = names.filter(|name| options.wants(name)).collect();
    if wanted.is_empty() {
        return None;
    }
    let width = wanted.iter().map(String::len).max().unwrap_or(0);
    for (index, name) in wanted.iter().enumerate() {
        print!("[{:2}/{}] {name:width$} ", index + 1, wanted.len());
        let (pairs, end) = measure::pairs(options.number("--pairs"), sides, |library| {
            let run = measure::run(program, &[arguments, &["-m".as_ref(), name.as_ref()]].concat(), library)?;
            let text = String::from_utf8_lossy(&run.output).into_owned();
            let figure: f64 = text.trim().parse().unwrap_or_else(|_| panic!("{name}: not a figure: {text:?}"));
            Ok((figure, Vec::new()))
        });
        if let Some(row) = table.add(name, &pairs) {
            println!(" {:10.1} ns {:10.1} ns {:6.3}", row.reference, row.ours, row.ratio);
        }
        if end.is_err() {
            return Some((table, end));
        }
    }
    Some((table, Ok(())))
}

fn stem(path: &Path) -> String {
    path.file_stem().expect("a program has a name").to_string_lossy().into_owned()
}
