//! The compiler against the reference implementation's: equal binary chunks, equal messages.
//!
//! The oracle is `c-tests/compile.c` on upstream's library. What is compiled: the corner cases of `cases.rs`,
//! programs made at random by `generate.rs`, and the same ones damaged.

mod cases;
mod generate;
#[path = "../support/mod.rs"]
mod support;

use generate::{Program, Random};
use perilune::chunk::dump::dump;
use perilune::chunk::input::{Input, Reader};
use perilune::chunk::view::DraftView;
use perilune::compiler::{Failure, compile};
use perilune::heap::mem::{Allocator, Mem, process_memory};
use perilune::throw::Throw;
use support::host;

/// A chunk and the length of the pieces in which its reader gives it.
struct Source {
    text: Vec<u8>,
    piece: u32,
}

/// Status and binary chunk or message.
#[derive(PartialEq)]
struct Outcome {
    status: u32,
    bytes: Vec<u8>,
}

impl std::fmt::Debug for Outcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.status {
            0 => write!(f, "a chunk of {} bytes", self.bytes.len()),
            status => write!(f, "status {status}, {:?}", String::from_utf8_lossy(&self.bytes)),
        }
    }
}

fn reference(sources: &[Source]) -> Vec<Outcome> {
    let mut questions = Vec::new();
    for source in sources {
        questions.extend_from_slice(&(source.text.len() as u32).to_ne_bytes());
        questions.extend_from_slice(&source.piece.to_ne_bytes());
        questions.extend_from_slice(&source.text);
    }
    let oracle = host::build("compile", &["c-tests/compile.c"], &[]);
    let answers = support::reference().run(&oracle).stdin(questions).limit(300).outcome().expect_success("the oracle").stdout;
    let mut rest = &answers[..];
    let number = |rest: &mut &[u8]| {
        let (head, tail) = rest.split_at(4);
        *rest = tail;
        u32::from_ne_bytes(head.try_into().unwrap())
    };
    let outcomes: Vec<Outcome> = sources
        .iter()
        .map(|_| {
            let status = number(&mut rest);
            let length = number(&mut rest) as usize;
            let (bytes, tail) = rest.split_at(length);
            rest = tail;
            Outcome { status, bytes: bytes.to_vec() }
        })
        .collect();
    assert!(rest.is_empty());
    outcomes
}

struct Pieces<'a> {
    rest: &'a [u8],
    piece: usize,
}

impl Reader for Pieces<'_> {
    fn piece(&mut self) -> Result<&[u8], Throw> {
        let (piece, rest) = self.rest.split_at(self.piece.min(self.rest.len()));
        self.rest = rest;
        Ok(piece)
    }
}

fn ours(source: &Source) -> Outcome {
    let allocator = Allocator::new(process_memory, std::ptr::null_mut());
    let mem = Mem::new(&allocator);
    let mut pieces = Pieces { rest: &source.text, piece: source.piece as usize };
    let outcome = match compile(mem, Input::new(&mut pieces), b"=chunk".into(), 0) {
        Ok(draft) => {
            let mut bytes = Vec::new();
            let status = dump(mem, DraftView::main(&draft), false, &mut |piece: &[u8]| {
                bytes.extend_from_slice(piece);
                Ok(0)
            });
            assert_eq!(status, Ok(0));
            Outcome { status: 0, bytes }
        }
        Err(Failure::Syntax(text)) => Outcome { status: 3, bytes: text.to_vec() },
        Err(Failure::Limit(text)) => Outcome { status: 2, bytes: text.to_vec() },
        Err(Failure::Throw(throw)) => Outcome { status: throw as u32, bytes: Vec::new() },
    };
    assert_eq!((allocator.held(), allocator.debt()), (0, 0), "memory is not given back");
    outcome
}

/// Compiles all with both; returns how many are valid.
fn compare(sources: &[Source]) -> usize {
    let expected = reference(sources);
    for (source, expected) in sources.iter().zip(&expected) {
        let text = String::from_utf8_lossy(&source.text);
        let shown: String = text.chars().take(2000).collect();
        assert!(ours(source) == *expected, "ours: {:?}\nreference: {expected:?}\n{shown}", ours(source));
    }
    expected.iter().filter(|outcome| outcome.status == 0).count()
}

#[test]
fn corner_cases_compile_or_fail_the_same() {
    let listed = cases::CASES.iter().chain(cases::CASES_55);
    let texts = listed.map(|text| text.to_vec()).chain(cases::limits());
    let sources: Vec<Source> = texts.flat_map(|text| [u32::MAX, 1].map(|piece| Source { text: text.clone(), piece })).collect();
    let valid = compare(&sources);
    assert!(valid > sources.len() / 4 && valid < sources.len() * 3 / 4);
}

#[test]
fn random_programs_compile_to_the_same_bytes() {
    let mut random = Random::new(5);
    let sources: Vec<Source> = (0..2000)
        .map(|_| Source { text: Program::new(&mut random).text(), piece: [u32::MAX, 1, 7, 100][random.below(4)] })
        .collect();
    let valid = compare(&sources);
    assert!(valid > sources.len() / 4, "the generator is of no use: {valid} valid programs");
}

#[test]
fn damaged_programs_fail_with_the_same_message() {
    let mut random = Random::new(9);
    let sources: Vec<Source> = (0..4000)
        .map(|_| {
            let mut text = Program::new(&mut random).text();
            for _ in 0..1 + random.below(3) {
                generate::damage(&mut text, &mut random);
            }
            Source { text, piece: [u32::MAX, 1, 7, 100][random.below(4)] }
        })
        // A binary chunk is another matter.
        .filter(|source| source.text.first() != Some(&0x1B))
        .collect();
    let valid = compare(&sources);
    assert!(valid < sources.len(), "the damage is of no use");
}
