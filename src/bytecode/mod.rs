//! The instruction set: the list of opcodes and the layout of an instruction.
//!
//! Read `opcode.rs` (one table: names, formats, properties), then `instruction.rs` (fields of the 32-bit word).
//! Numbers, field positions and meanings are those of the reference implementation of this edition, because binary
//! chunks travel between the two.

mod instruction;
mod opcode;

pub use instruction::{
    Instruction, MAX_A, MAX_AX, MAX_B, MAX_BX, MAX_C, MAX_LIST_B, MAX_LIST_C, MAX_SJ, NO_REGISTER, OFFSET_SBX, OFFSET_SC,
    OFFSET_SJ,
};
pub use opcode::{Format, Opcode};

/// Number of the metamethod event of `+`, as the `MMBIN` instructions have it in C; the other operators' follow in the
/// order of `value::arith::ArithOp`.
pub const ADD_EVENT: u32 = 6;
