//! The stand-alone compiler: Lua files in, a binary chunk or a listing out.
//!
//! It works on drafts, without a VM. `options.rs` reads the command line, `input.rs` the files, `combine.rs` makes one chunk of several.

mod combine;
mod file;
mod input;
mod options;

use file::{CFile, error_text};
use options::Options;
use perilune::chunk::draft::Draft;
use perilune::chunk::dump::dump;
use perilune::chunk::listing::list;
use perilune::chunk::view::DraftView;
use perilune::heap::mem::{Allocator, Mem, process_memory};
use std::io::Write;
use std::process::ExitCode;
use std::ptr;

/// What ends the program early: the text that goes to standard error after the program's name.
struct Fatal(Vec<u8>);

fn main() -> ExitCode {
    // A reader that goes away ends a listing quietly, as it does for a C program.
    // SAFETY: the default action replaces the one that Rust's start-up installed; no other thread runs.
    unsafe { libc::signal(libc::SIGPIPE, libc::SIG_DFL) };
    let arguments = options::arguments();
    let program = options::program_name(&arguments);
    let result = Options::parse(&arguments).and_then(|options| run(&options));
    CFile::stdout().flush();
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(Fatal(message)) => {
            let mut err = std::io::stderr().lock();
            // Nothing can be said when standard error fails.
            let _ = err.write_all(&[program, b": ", &message, b"\n"].concat());
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<(), Fatal> {
    if options.version {
        CFile::stdout().print(format!("{}\n", perilune::edition::COPYRIGHT).as_bytes());
        if options.only_version {
            return Ok(());
        }
    }
    if options.files.is_empty() {
        return Err(options::usage(b"no input files given"));
    }
    let allocator = Allocator::new(process_memory, ptr::null_mut());
    let mem = Mem::new(&allocator);
    let drafts = options.files.iter().map(|name| input::load(mem, name)).collect::<Result<Vec<_>, _>>()?;
    let draft = combine::combine(mem, drafts)?;
    if options.listing > 0 {
        // A listing that cannot be written is no failure of the compiler.
        let _ = list(DraftView::main(&draft), options.listing > 1, &mut CFile::stdout());
    }
    if options.dumping { write(&draft, options) } else { Ok(()) }
}

/// Writes the chunk to the output file.
fn write(draft: &Draft, options: &Options) -> Result<(), Fatal> {
    let cannot = |what: &str| {
        let name = options.output.as_deref().unwrap_or(b"(null)");
        Fatal([b"cannot ", what.as_bytes(), b" ", name, b": ", &error_text()].concat())
    };
    let out = match &options.output {
        None => CFile::stdout(),
        Some(name) => CFile::create(name).ok_or_else(|| cannot("open"))?,
    };
    let taken = dump(draft.symbols.mem(), DraftView::main(draft), options.stripping, &mut |piece| Ok(!out.print(piece) as i32));
    if taken != Ok(0) {
        return Err(cannot("write"));
    }
    if out.close() { Ok(()) } else { Err(cannot("close")) }
}
