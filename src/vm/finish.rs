//! Finishing an instruction whose metamethod has returned.

use super::call::Mode;
use super::concat;
use crate::bytecode::{Instruction, Opcode};
use crate::heap::state::{FrameRef, State, frame_status};
use crate::throw::Result;

/// Puts the result of a metamethod, which is on top, where the instruction before the frame's `pc` wants it.
///
/// May: raise, run code (a concatenation goes on). The current frame may be a new one afterwards.
#[doc(alias = "luaV_finishOp")]
pub fn instruction(l: State) -> Result {
    let frame = l.frame.get();
    let pc = frame.pc.get();
    let base = l.base();
    let at = |n: usize| {
        // SAFETY: the frame is inside its code, behind the instruction (or pair) that made the call.
        Instruction(unsafe { *pc.wrapping_sub(n) })
    };
    let i = at(1);
    let pop = || {
        l.top.set(l.from_top(1));
        l.top.get().get()
    };
    match i.opcode() {
        Opcode::MmBin | Opcode::MmBinI | Opcode::MmBinK => base.at(at(2).a()).set(pop()),
        Opcode::Unm
        | Opcode::BNot
        | Opcode::Len
        | Opcode::GetTabUp
        | Opcode::GetTable
        | Opcode::GetI
        | Opcode::GetField
        | Opcode::SelfOp => base.at(i.a()).set(pop()),
        Opcode::Eq | Opcode::Lt | Opcode::Le | Opcode::LtI | Opcode::LeI | Opcode::GtI | Opcode::GeI => {
            let mut condition = !pop().is_false();
            if frame.has(frame_status::NEGATED) {
                frame.remove_status(frame_status::NEGATED);
                condition = !condition;
            }
            let jumps = condition == i.k();
            if !jumps {
                frame.pc.set(pc.wrapping_add(1));
            }
            if !jumps || l.hooks() == 0 {
                frame.remove_status(frame_status::REPEATED);
            }
        }
        Opcode::Concat => {
            // The result takes the place of its two operands, below the call.
            let result = pop();
            l.from_top(2).set(result);
            l.top.set(l.from_top(1));
            let n = l.top.get().since(base.at(i.a()));
            concat::concat_in(l, n, Mode::Instruction)?;
        }
        Opcode::Close => repeat(l, frame, pc),
        Opcode::Return => {
            // More variables may be pending: the return is repeated with the results it had.
            l.top.set(base.at(i.a() + frame.recover.get() as usize));
            frame.remove_status(frame_status::CLOSING);
            repeat(l, frame, pc);
        }
        // Assignments have no result.
        _ => {}
    }
    Ok(())
}

/// Executes the instruction again. Hooks that are there have seen it.
fn repeat(l: State, frame: FrameRef, pc: *const u32) {
    frame.pc.set(pc.wrapping_sub(1));
    if l.hooks() == 0 {
        frame.remove_status(frame_status::REPEATED);
    }
}
