//! What the command line asks for.

/// Numbers by name, and what every benchmark has: `--only NAME` and `--write`.
pub struct Options {
    numbers: Vec<(&'static str, u32)>,
    only: Vec<String>,
    pub write: bool,
}

impl Options {
    /// Reads the command line; without sense in it, shows `usage` and ends the process. `numbers` are the options with a number and their
    /// values if they are not given.
    pub fn read(usage: &str, numbers: &[(&'static str, u32)]) -> Options {
        Options::parse(std::env::args().skip(1), numbers).unwrap_or_else(|message| {
            eprintln!("{message}\n{usage}");
            std::process::exit(2);
        })
    }

    fn parse(mut args: impl Iterator<Item = String>, numbers: &[(&'static str, u32)]) -> Result<Options, String> {
        let mut options = Options { numbers: numbers.to_vec(), only: Vec::new(), write: false };
        while let Some(arg) = args.next() {
            if let Some((_, number)) = options.numbers.iter_mut().find(|(name, _)| *name == arg) {
                let given = args.next().and_then(|n| n.parse().ok()).filter(|&n| n > 0);
                *number = given.ok_or(format!("{arg} needs a number above 0"))?;
                continue;
            }
            match arg.as_str() {
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

    pub fn number(&self, name: &str) -> u32 {
        self.numbers.iter().find(|(n, _)| *n == name).expect("a known option").1
    }

    pub fn wants(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|part| name.contains(part.as_str()))
    }
}
