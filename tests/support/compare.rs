//! Two outcomes side by side.

use super::process::Outcome;
use std::fmt::Write;

/// What two runs of the same host showed differently.
pub struct Difference {
    pub name: String,
    pub text: String,
}

/// Compares byte for byte; `None` when the two libraries cannot be told apart.
pub fn difference(name: &str, reference: &Outcome, ours: &Outcome) -> Option<Difference> {
    let mut text = String::new();
    if reference.end != ours.end {
        let _ = writeln!(text, "  end: reference {:?}, ours {:?}", reference.end, ours.end);
    }
    for (stream, theirs, ours) in [("stdout", &reference.stdout, &ours.stdout), ("stderr", &reference.stderr, &ours.stderr)] {
        if theirs != ours {
            text.push_str(&first_difference(stream, theirs, ours));
        }
    }
    (!text.is_empty()).then(|| Difference { name: name.to_string(), text })
}

/// The first lines in which two texts differ.
fn first_difference(stream: &str, reference: &[u8], ours: &[u8]) -> String {
    const LINES: usize = 6;
    let split = |bytes: &[u8]| -> Vec<Vec<u8>> { bytes.split(|&b| b == b'\n').map(<[u8]>::to_vec).collect() };
    let (reference, ours) = (split(reference), split(ours));
    let at = reference.iter().zip(&ours).take_while(|(a, b)| a == b).count();
    let mut text = format!("  {stream} differs from line {}:\n", at + 1);
    for (sign, lines) in [('-', &reference), ('+', &ours)] {
        for line in lines.iter().skip(at).take(LINES) {
            let _ = writeln!(text, "    {sign} {}", line.escape_ascii());
        }
    }
    text
}

/// Gathers the differences of one test and fails with all of them.
#[derive(Default)]
pub struct Report {
    pub compared: usize,
    pub differences: Vec<Difference>,
}

impl Report {
    pub fn compare(&mut self, name: &str, reference: &Outcome, ours: &Outcome) {
        self.compared += 1;
        self.differences.extend(difference(name, reference, ours));
    }

    /// Panics when anything differed.
    #[track_caller]
    pub fn finish(self, what: &str) {
        println!("{what}: {} compared, {} differ", self.compared, self.differences.len());
        if !self.differences.is_empty() {
            let mut text = String::new();
            for d in &self.differences {
                let _ = write!(text, "\n{}\n{}", d.name, d.text);
            }
            panic!("{what}: {} of {} differ (- reference, + ours){text}", self.differences.len(), self.compared);
        }
        assert!(self.compared > 0, "{what}: nothing was compared");
    }
}
