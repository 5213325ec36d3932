//! The hosts of the benchmarks that measure themselves compile, run on both libraries and compute the same, with few of everything.

mod support;

use std::path::Path;
use support::library::Library;
use support::{actors, host, ours, paths, reference};

/// What the host prints.
#[track_caller]
fn output(library: &Library, program: &Path, arguments: &[&str]) -> String {
    library.run(program).args(arguments).limit(300).outcome().expect_success(&format!("{arguments:?}")).out()
}

/// Runs the host on both libraries; the checksum has to be the same. Gives the output on ours.
#[track_caller]
fn same_checksum(program: &Path, arguments: &[&str]) -> String {
    let [mine, theirs] = [ours(), reference()].map(|library| output(library, program, arguments));
    assert_eq!(actors::figure(&mine, "checksum"), actors::figure(&theirs, "checksum"), "{arguments:?}");
    mine
}

#[test]
fn pauses_are_measured_in_both_modes() {
    let program = host::build("pauses", &["benches/pauses.c"], &["-O2"]);
    for mode in ["incremental", "generational"] {
        let output = same_checksum(&program, &[mode, "5000", "2000"]);
        let classes = output.lines().filter_map(|line| line.strip_prefix("above ")?.split_once(' ')?.1.parse::<u32>().ok());
        assert_eq!(classes.sum::<u32>(), 2000, "every step is in a class of the histogram:\n{output}");
        assert!(actors::figure(&output, "longest_ms") > 0.0);
    }
}

#[test]
fn every_operation_of_the_language_runs() {
    let program = host::build("bench_host", &["benches/host.c"], &["-O2"]);
    let script = paths::root().join("benches/operations.lua").to_string_lossy().into_owned();
    let names = output(reference(), &program, &[&script, "-l"]);
    let checked = same_checksum(&program, &[&script, "-c"]);
    assert_eq!(actors::figure(&checked, "checksum") as usize, names.lines().count());
    assert!(actors::figure(&format!("ns {}", output(ours(), &program, &[&script, "-m", "{}"])), "ns") > 0.0);
}

#[test]
fn every_function_of_the_api_runs() {
    let program = host::build("bench_functions", &["benches/functions.c"], &["-O2"]);
    let names = output(reference(), &program, &["-l"]);
    assert!(names.lines().count() > 300, "{names}");
    same_checksum(&program, &["-c"]);
    assert!(actors::figure(&format!("ns {}", output(ours(), &program, &["-m", "lua_pushnil"])), "ns") > 0.0);
}

#[test]
fn every_kind_of_growth_is_measured() {
    let program = host::build("bench_host", &["benches/host.c"], &["-O2"]);
    let script = paths::root().join("benches/growth.lua").to_string_lossy().into_owned();
    let kinds = output(reference(), &program, &[&script]);
    assert!(kinds.lines().count() > 10, "{kinds}");
    for kind in kinds.lines().map(|line| line.split_once(' ').expect("a number and a name").1) {
        let output = same_checksum(&program, &[&script, kind, "1000", "1000"]);
        assert!(actors::figure(&output, "1000") > 0.0, "{kind}: {output}");
    }
}

#[test]
fn small_states_are_measured_on_several_threads() {
    let program = host::build("states", &["benches/states.c"], &["-O2"]);
    for library in [ours(), reference()] {
        let output = output(library, &program, &["5", "2", "100"]);
        for name in ["ms_each", "bytes_each", "event_us", "events_per_second", "close_us"] {
            assert!(actors::figure(&output, name) > 0.0, "{name} on {}: {output}", library.name);
        }
    }
}
