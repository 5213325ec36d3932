//! What the integration tests share: the two libraries under comparison, the C hosts they are run with, child
//! processes with time limits, and the comparison of what those print.
//!
//! Reading order: `edition`, `paths`, `process`, `library`, `host`, `c_tests`, `snippet`, `upstream`, `suite`, `actors`, `valgrind`,
//! `thread_sanitizer`, `compare`.
#![allow(dead_code, unused_imports)] // every test crate compiles this module and uses its own part of it

pub mod actors;
pub mod c_tests;
pub mod compare;
pub mod edition;
pub mod host;
pub mod library;
pub mod paths;
pub mod process;
pub mod snippet;
pub mod suite;
pub mod thread_sanitizer;
pub mod upstream;
pub mod valgrind;

pub use compare::{Difference, Report};
pub use edition::EDITION;
pub use library::{Library, our_program, ours, reference};
pub use process::{End, Outcome, Run};
