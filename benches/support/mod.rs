//! What the benchmarks have in common; each uses a part.
#![allow(dead_code)]

pub mod library;
pub mod machine;
pub mod measure;
pub mod options;
pub mod page;
pub mod plot;
pub mod report;
