//! The 32-bit instruction word.
//!
//! ```text
//!  31       24 23       16 15 14        7 6       0
//! |     C     |     B     | k|     A     |   op    |   ABC
//! |     C'     .    B'   | k|     A     |   op    |   List
//! |           Bx          .  |     A     |   op    |   ABx, AsBx
//! |           Ax          .  .           |   op    |   Ax, SJ
//! ```
//!
//! The border between B' and C' depends on the edition; in 5.4 they are B and C.
//! Signed operands are stored with an offset of half their range. The accessors read bits and check nothing: an
//! operand that the opcode's format does not have is garbage, not undefined behaviour.

use super::{Format, Opcode};
use crate::edition::{LIST_B_BITS, LIST_C_BITS};

pub const MAX_A: u32 = 0xFF;
pub const MAX_B: u32 = 0xFF;
pub const MAX_C: u32 = 0xFF;
pub const MAX_LIST_B: u32 = (1 << LIST_B_BITS) - 1;
pub const MAX_LIST_C: u32 = (1 << LIST_C_BITS) - 1;
pub const MAX_BX: u32 = (1 << 17) - 1;
pub const MAX_AX: u32 = (1 << 25) - 1;
pub const MAX_SJ: u32 = (1 << 25) - 1;
pub const OFFSET_SBX: i32 = (MAX_BX >> 1) as i32;
pub const OFFSET_SJ: i32 = (MAX_SJ >> 1) as i32;
pub const OFFSET_SC: i32 = (MAX_C >> 1) as i32;

/// Stands for "no register" in an 8-bit operand.
pub const NO_REGISTER: u32 = MAX_A;

const POS_A: u32 = 7;
const POS_K: u32 = 15;
const POS_B: u32 = 16;
const POS_C: u32 = 24;
const POS_LIST_C: u32 = POS_B + LIST_B_BITS;
const OPCODE_MASK: u32 = 0x7F;

/// One instruction.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(transparent)]
pub struct Instruction(pub u32);

impl Instruction {
    #[inline(always)]
    pub const fn abc(op: Opcode, a: u32, b: u32, c: u32) -> Instruction {
        Instruction::abck(op, a, b, c, false)
    }

    #[inline(always)]
    pub const fn abck(op: Opcode, a: u32, b: u32, c: u32, k: bool) -> Instruction {
        debug_assert!(a <= MAX_A && b <= MAX_B && c <= MAX_C);
        Instruction(op as u32 | a << POS_A | (k as u32) << POS_K | b << POS_B | c << POS_C)
    }

    /// `NEWTABLE` and `SETLIST`.
    #[inline(always)]
    pub const fn list(op: Opcode, a: u32, b: u32, c: u32, k: bool) -> Instruction {
        debug_assert!(a <= MAX_A && b <= MAX_LIST_B && c <= MAX_LIST_C);
        Instruction(op as u32 | a << POS_A | (k as u32) << POS_K | b << POS_B | c << POS_LIST_C)
    }

    #[inline(always)]
    pub const fn abx(op: Opcode, a: u32, bx: u32) -> Instruction {
        debug_assert!(a <= MAX_A && bx <= MAX_BX);
        Instruction(op as u32 | a << POS_A | bx << POS_K)
    }

    #[inline(always)]
    pub const fn asbx(op: Opcode, a: u32, sbx: i32) -> Instruction {
        Instruction::abx(op, a, (sbx + OFFSET_SBX) as u32)
    }

    #[inline(always)]
    pub const fn with_ax(op: Opcode, ax: u32) -> Instruction {
        debug_assert!(ax <= MAX_AX);
        Instruction(op as u32 | ax << POS_A)
    }

    #[inline(always)]
    pub const fn with_sj(op: Opcode, sj: i32) -> Instruction {
        Instruction::with_ax(op, (sj + OFFSET_SJ) as u32)
    }

    /// The opcode's number: seven bits, not necessarily that of an opcode.
    #[inline(always)]
    pub const fn opcode_number(self) -> u8 {
        (self.0 & OPCODE_MASK) as u8
    }

    /// The opcode, if the number is one.
    #[inline]
    pub const fn opcode_checked(self) -> Option<Opcode> {
        Opcode::from_u8(self.opcode_number())
    }

    /// The opcode of an instruction that the compiler made; panics on a number that is none.
    #[inline]
    pub const fn opcode(self) -> Opcode {
        match self.opcode_checked() {
            Some(op) => op,
            None => panic!("not an opcode"),
        }
    }

    /// The opcode of verified code, as the interpreter reads it.
    ///
    /// # Safety
    /// The number is that of an opcode: the instruction comes from the compiler or passed the verifier.
    #[inline(always)]
    pub const unsafe fn opcode_unchecked(self) -> Opcode {
        debug_assert!((self.opcode_number() as usize) < Opcode::COUNT);
        // SAFETY: `Opcode` is `repr(u8)` with consecutive numbers from 0, and the caller promises a valid one.
        unsafe { core::mem::transmute(self.opcode_number()) }
    }

    #[inline(always)]
    pub const fn a(self) -> usize {
        (self.0 >> POS_A & 0xFF) as usize
    }

    #[inline(always)]
    pub const fn b(self) -> usize {
        (self.0 >> POS_B & 0xFF) as usize
    }

    #[inline(always)]
    pub const fn c(self) -> usize {
        (self.0 >> POS_C) as usize
    }

    /// B of an instruction that makes tables.
    #[inline(always)]
    pub const fn list_b(self) -> usize {
        (self.0 >> POS_B & MAX_LIST_B) as usize
    }

    /// C of an instruction that makes tables.
    #[inline(always)]
    pub const fn list_c(self) -> usize {
        (self.0 >> POS_LIST_C) as usize
    }

    #[inline(always)]
    pub const fn k(self) -> bool {
        self.0 & 1 << POS_K != 0
    }

    /// B as a signed number.
    #[inline(always)]
    pub const fn sb(self) -> i32 {
        (self.0 >> POS_B & 0xFF) as i32 - OFFSET_SC
    }

    /// C as a signed number.
    #[inline(always)]
    pub const fn sc(self) -> i32 {
        (self.0 >> POS_C) as i32 - OFFSET_SC
    }

    #[inline(always)]
    pub const fn bx(self) -> usize {
        (self.0 >> POS_K) as usize
    }

    #[inline(always)]
    pub const fn sbx(self) -> i32 {
        (self.0 >> POS_K) as i32 - OFFSET_SBX
    }

    #[inline(always)]
    pub const fn ax(self) -> usize {
        (self.0 >> POS_A) as usize
    }

    #[inline(always)]
    pub const fn sj(self) -> i32 {
        (self.0 >> POS_A) as i32 - OFFSET_SJ
    }

    #[inline]
    pub const fn set_opcode(&mut self, op: Opcode) {
        self.0 = self.0 & !OPCODE_MASK | op as u32;
    }

    #[inline]
    pub const fn set_a(&mut self, a: u32) {
        debug_assert!(a <= MAX_A);
        self.0 = self.0 & !(0xFF << POS_A) | a << POS_A;
    }

    #[inline]
    pub const fn set_b(&mut self, b: u32) {
        debug_assert!(b <= MAX_B);
        self.0 = self.0 & !(0xFF << POS_B) | b << POS_B;
    }

    #[inline]
    pub const fn set_c(&mut self, c: u32) {
        debug_assert!(c <= MAX_C);
        self.0 = self.0 & !(0xFF << POS_C) | c << POS_C;
    }

    #[inline]
    pub const fn set_k(&mut self, k: bool) {
        self.0 = self.0 & !(1 << POS_K) | (k as u32) << POS_K;
    }

    #[inline]
    pub const fn set_bx(&mut self, bx: u32) {
        debug_assert!(bx <= MAX_BX);
        self.0 = self.0 & !(MAX_BX << POS_K) | bx << POS_K;
    }

    #[inline]
    pub const fn set_sbx(&mut self, sbx: i32) {
        self.set_bx((sbx + OFFSET_SBX) as u32);
    }

    #[inline]
    pub const fn set_sj(&mut self, distance: i32) {
        self.0 = self.0 & OPCODE_MASK | ((distance + OFFSET_SJ) as u32) << POS_A;
    }

    /// Whether it leaves the top of the stack for the next instruction.
    pub const fn leaves_top(self) -> bool {
        let op = self.opcode();
        op.sets_top() && self.c() == 0 || matches!(op, Opcode::TailCall)
    }

    /// Whether it takes operands up to the top that the previous instruction left.
    pub const fn takes_top(self) -> bool {
        let op = self.opcode();
        let b = if matches!(op.format(), Format::List) { self.list_b() } else { self.b() };
        op.uses_top() && b == 0
    }
}

impl core::fmt::Debug for Instruction {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let Some(op) = self.opcode_checked() else { return write!(f, "?{:#010x}", self.0) };
        write!(f, "{}", op.name())?;
        match op.format() {
            Format::ABC => {
                write!(f, " {} {} {}{}", self.a(), self.b(), self.c(), if self.k() { " k" } else { "" })
            }
            Format::List => {
                let (b, c) = (self.list_b(), self.list_c());
                write!(f, " {} {b} {c}{}", self.a(), if self.k() { " k" } else { "" })
            }
            Format::ABx => write!(f, " {} {}", self.a(), self.bx()),
            Format::AsBx => write!(f, " {} {}", self.a(), self.sbx()),
            Format::Ax => write!(f, " {}", self.ax()),
            Format::SJ => write!(f, " {}", self.sj()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_do_not_overlap() {
        let mut i = Instruction::abck(Opcode::SetField, 0xA5, 0x5A, 0xC3, true);
        assert_eq!((i.a(), i.b(), i.c(), i.k()), (0xA5, 0x5A, 0xC3, true));
        assert_eq!(i.opcode(), Opcode::SetField);
        i.set_a(1);
        i.set_b(2);
        i.set_c(3);
        i.set_k(false);
        i.set_opcode(Opcode::Move);
        assert_eq!(i, Instruction::abc(Opcode::Move, 1, 2, 3));
    }

    #[test]
    fn operands_of_constructors_fill_the_word() {
        let i = Instruction::list(Opcode::SetList, 1, MAX_LIST_B, 0, true);
        assert_eq!((i.a(), i.list_b(), i.list_c(), i.k()), (1, MAX_LIST_B as usize, 0, true));
        let i = Instruction::list(Opcode::SetList, 1, 0, MAX_LIST_C, false);
        assert_eq!((i.a(), i.list_b(), i.list_c(), i.k()), (1, 0, MAX_LIST_C as usize, false));
        assert_eq!(i.0 >> 31, 1);
    }

    #[test]
    fn signed_operands_reach_both_ends_of_their_range() {
        for v in [-OFFSET_SBX, -1, 0, 1, OFFSET_SBX + 1] {
            assert_eq!(Instruction::asbx(Opcode::LoadI, 3, v).sbx(), v);
        }
        for v in [-OFFSET_SJ, -1, 0, 1, OFFSET_SJ + 1] {
            let mut i = Instruction::with_sj(Opcode::Jmp, v);
            assert_eq!(i.sj(), v);
            i.set_sj(7);
            assert_eq!((i.opcode(), i.sj()), (Opcode::Jmp, 7));
        }
        for v in -OFFSET_SC..=OFFSET_SC + 1 {
            let i = Instruction::abc(Opcode::AddI, 0, (v + OFFSET_SC) as u32, (v + OFFSET_SC) as u32);
            assert_eq!((i.sb(), i.sc()), (v, v));
        }
    }

    #[test]
    fn opcode_numbers_are_those_of_binary_chunks() {
        assert_eq!(Opcode::Add as u8, 34);
        assert_eq!(Opcode::Jmp as u8, 56);
        assert_eq!(Opcode::Return as u8, 70);
        assert_eq!(Opcode::ExtraArg as usize, Opcode::COUNT - 1);
        assert_eq!(Opcode::from_u8(Opcode::COUNT as u8), None);
        for (i, op) in Opcode::ALL.iter().enumerate() {
            assert_eq!(*op as usize, i);
            assert_eq!(Opcode::from_u8(i as u8), Some(*op));
        }
    }
}
