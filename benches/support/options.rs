//! What the command line asks for.

pub const USAGE: &str = "\
usage: make bench BENCH='OPTIONS'
       cargo bench --profile dev -- OPTIONS

  --pairs N     runs of each program on each library (default 5)
  --only NAME   only what has NAME in its name; may be given more than once
  --write       put the figures into benches/RESULTS.md and benches/results.svg";

#[derive(Debug)]
pub struct Options {
    pub pairs: usize,
    pub only: Vec<String>,
    pub write: bool,
}

impl Options {
    pub fn parse(mut args: impl Iterator<Item = String>) -> Result<Options, String> {
        let mut options = Options { pairs: 5, only: Vec::new(), write: false };
        while let Some(arg) = args.next() {
            match arg.as_str() {
                "--pairs" => {
                    let number = args.next().and_then(|n| n.parse().ok()).filter(|&n| n > 0);
                    options.pairs = number.ok_or("--pairs needs a number above 0")?;
                }
                "--only" => options.only.push(args.next().ok_or("--only needs a name")?),
                "--write" => options.write = true,
                // cargo adds it for every benchmark.
                "--bench" => {}
                other => return Err(format!("unknown option {other}")),
            }
        }
        if options.write && !options.only.is_empty() {
            return Err("--write needs all figures: leave out --only".into());
        }
        Ok(options)
    }

    pub fn wants(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|part| name.contains(part.as_str()))
    }
}
