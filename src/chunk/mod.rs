//! Chunks: compiled code apart from any VM.

pub mod draft;
pub mod input;
