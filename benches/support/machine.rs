//! Where figures are taken, and what with.

use std::fs;
use std::process::Command;

/// Where the figures were taken, and what with.
pub fn machine() -> Vec<(&'static str, String)> {
    let cpus = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let field = |text: &str, name: &str| {
        let line = text.lines().find(|line| line.starts_with(name))?;
        Some(line.split_once(':')?.1.trim().to_string())
    };
    let count = cpus.lines().filter(|line| line.starts_with("processor")).count();
    let memory = fs::read_to_string("/proc/meminfo").ok().and_then(|text| field(&text, "MemTotal"));
    let gigabytes = memory.and_then(|m| m.split_whitespace().next()?.parse::<f64>().ok()).unwrap_or(0.0) / 1024.0 / 1024.0;
    vec![
        ("processor", format!("{} ({count} cores seen, {gigabytes:.0} GB)", field(&cpus, "model name").unwrap_or_default())),
        ("kernel", first_line("uname", &["-sr"])),
        ("Rust compiler", first_line("rustc", &["--version"])),
        ("C compiler", first_line("cc", &["--version"])),
        ("other work", load(count)),
    ]
}

/// How busy the machine has been, this process included.
fn load(count: usize) -> String {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let mut averages = text.split_whitespace();
    match (averages.next(), averages.next()) {
        (Some(one), Some(five)) => format!(
            "{one} runnable processes on the {count} cores in the last minute, {five} in the last five, the benchmark among them"
        ),
        _ => "unknown".into(),
    }
}

fn first_line(program: &str, args: &[&str]) -> String {
    let output = Command::new(program).args(args).output();
    let text = output.map(|o| String::from_utf8_lossy(&o.stdout).into_owned()).unwrap_or_default();
    text.lines().next().unwrap_or("unknown").to_string()
}
