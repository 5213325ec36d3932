//! The command line.

use super::Fatal;
use std::env;
use std::os::unix::ffi::OsStringExt;

const DEFAULT_OUTPUT: &[u8] = b"luac.out";

pub struct Options {
    /// How often `-l` was given.
    pub listing: u32,
    pub dumping: bool,
    pub stripping: bool,
    pub version: bool,
    /// Nothing but the version was asked for.
    pub only_version: bool,
    /// `None` for standard output.
    pub output: Option<Vec<u8>>,
    /// `-` stands for standard input.
    pub files: Vec<Vec<u8>>,
}

/// The arguments as bytes, the program's name first.
pub fn arguments() -> Vec<Vec<u8>> {
    env::args_os().map(OsStringExt::into_vec).collect()
}

pub fn program_name(arguments: &[Vec<u8>]) -> &[u8] {
    match arguments.first() {
        Some(name) if !name.is_empty() => name,
        _ => b"luac",
    }
}

/// The end of a program that was called wrongly; a message that begins with `-` is an option it does not know.
pub fn usage(message: &[u8]) -> Fatal {
    let arguments = arguments();
    let complaint = match message {
        [b'-', ..] => [b"unrecognized option '", message, b"'"].concat(),
        _ => message.to_vec(),
    };
    let help = "\n\
        usage: {} [options] [filenames]\n\
        Available options are:\n  \
        -l       list (use -l -l for full listing)\n  \
        -o name  output to file 'name' (default is \"luac.out\")\n  \
        -p       parse only\n  \
        -s       strip debug information\n  \
        -v       show version information\n  \
        --       stop handling options\n  \
        -        stop handling options and process stdin";
    let (before, after) = help.split_once("{}").expect("the help names the program");
    Fatal([&complaint, before.as_bytes(), program_name(&arguments), after.as_bytes()].concat())
}

impl Options {
    pub fn parse(arguments: &[Vec<u8>]) -> Result<Options, Fatal> {
        let mut options = Options {
            listing: 0,
            dumping: true,
            stripping: false,
            version: false,
            only_version: false,
            output: Some(DEFAULT_OUTPUT.to_vec()),
            files: Vec::new(),
        };
        // Arguments that ask for the version or end the options that do.
        let mut versions = 0;
        let mut rest = arguments.get(1..).unwrap_or_default();
        while let [argument, following @ ..] = rest {
            match &argument[..] {
                b"-" => break,
                [b'-', ..] => rest = following,
                _ => break,
            }
            match &argument[..] {
                b"--" => {
                    versions += (versions > 0) as usize;
                    break;
                }
                b"-l" => options.listing += 1,
                b"-p" => options.dumping = false,
                b"-s" => options.stripping = true,
                b"-v" => versions += 1,
                b"-o" => match rest {
                    [name, following @ ..] if !name.is_empty() && (name[0] != b'-' || name.len() == 1) => {
                        options.output = (name != b"-").then(|| name.clone());
                        rest = following;
                    }
                    _ => return Err(usage(b"'-o' needs argument")),
                },
                unknown => return Err(usage(unknown)),
            }
        }
        options.files = rest.to_vec();
        if options.files.is_empty() && (options.listing > 0 || !options.dumping) {
            // What was compiled last.
            options.dumping = false;
            options.files.push(DEFAULT_OUTPUT.to_vec());
        }
        options.version = versions > 0;
        options.only_version = versions + 1 == arguments.len();
        Ok(options)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Options, String> {
        let arguments: Vec<_> = line.split(' ').map(|a| a.as_bytes().to_vec()).collect();
        Options::parse(&arguments).map_err(|Fatal(text)| {
            let text = String::from_utf8(text).expect("messages are text");
            text.lines().next().unwrap_or_default().to_string()
        })
    }

    fn files(line: &str) -> Vec<String> {
        let options = parse(line).unwrap_or_else(|e| panic!("{e}"));
        options.files.into_iter().map(|f| String::from_utf8(f).expect("text")).collect()
    }

    #[test]
    fn options_end_at_the_first_file() {
        assert_eq!(files("luac a -l"), ["a", "-l"]);
        assert_eq!(files("luac -l -- -x"), ["-x"]);
        assert_eq!(files("luac -p - -l"), ["-", "-l"]);
        assert_eq!(files("luac -s"), [""; 0]);
    }

    #[test]
    fn without_files_the_last_output_is_listed_or_checked() {
        for line in ["luac -l", "luac -p", "luac -v -l", "luac -l --"] {
            assert_eq!(files(line), ["luac.out"], "{line}");
            assert!(!parse(line).is_ok_and(|o| o.dumping));
        }
    }

    #[test]
    fn each_option_does_its_part() {
        let Ok(o) = parse("luac -l -l -s -o out a") else { panic!("valid options") };
        assert_eq!((o.listing, o.stripping, o.dumping, o.version), (2, true, true, false));
        assert_eq!(o.output.as_deref(), Some(&b"out"[..]));
        assert!(parse("luac -o - a").is_ok_and(|o| o.output.is_none()));
        assert!(parse("luac -v").is_ok_and(|o| o.version && o.only_version));
        assert!(parse("luac -v -v").is_ok_and(|o| o.only_version));
        assert!(parse("luac -v --").is_ok_and(|o| o.only_version));
        assert!(parse("luac -v a").is_ok_and(|o| o.version && !o.only_version));
    }

    #[test]
    fn wrong_options_are_named() {
        for (line, complaint) in [
            ("luac -x", "unrecognized option '-x'"),
            ("luac -ll a", "unrecognized option '-ll'"),
            ("luac -o", "'-o' needs argument"),
            ("luac -o -l", "'-o' needs argument"),
            ("luac -o  a", "'-o' needs argument"),
        ] {
            assert_eq!(parse(line).err().as_deref(), Some(complaint));
        }
    }
}
