//! Operators (§3.4.1 to §3.4.8): folding, immediate and constant operands, comparisons, `and`, `or`, `not`, `..`.
//!
//! A binary operator is compiled in two steps: `begin_binary` when its left operand is known, `finish_binary` when the
//! right one is too. In between the left one stays a numeral if it is one, else it goes to a register.

use super::expr::{Expr, Kind, Pc};
use super::state::Compiler;
use super::token::Token;
use crate::bytecode::{ADD_EVENT, Instruction, MAX_C, OFFSET_SC, Opcode};
use crate::throw::Result;
use crate::value::Value;
use crate::value::arith::{ArithOp, arith};
use crate::value::number::{Rounding, float_to_integer};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum UnaryOp {
    Minus,
    BNot,
    Not,
    Len,
}

impl UnaryOp {
    pub fn from_token(token: Token) -> Option<UnaryOp> {
        Some(match token {
            Token::Not => UnaryOp::Not,
            Token::Byte(b'-') => UnaryOp::Minus,
            Token::Byte(b'~') => UnaryOp::BNot,
            Token::Byte(b'#') => UnaryOp::Len,
            _ => return None,
        })
    }

    /// How strongly all of them bind.
    pub const PRIORITY: u8 = 12;
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BinaryOp {
    Arith(ArithOp),
    Concat,
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    And,
    Or,
}

impl BinaryOp {
    #[inline]
    pub fn from_token(token: Token) -> Option<BinaryOp> {
        Some(match token {
            Token::Byte(b) => match b {
                b'+' => BinaryOp::Arith(ArithOp::Add),
                b'-' => BinaryOp::Arith(ArithOp::Sub),
                b'*' => BinaryOp::Arith(ArithOp::Mul),
                b'%' => BinaryOp::Arith(ArithOp::Mod),
                b'^' => BinaryOp::Arith(ArithOp::Pow),
                b'/' => BinaryOp::Arith(ArithOp::Div),
                b'&' => BinaryOp::Arith(ArithOp::BAnd),
                b'|' => BinaryOp::Arith(ArithOp::BOr),
                b'~' => BinaryOp::Arith(ArithOp::BXor),
                b'<' => BinaryOp::Lt,
                b'>' => BinaryOp::Gt,
                _ => return None,
            },
            Token::IDiv => BinaryOp::Arith(ArithOp::IDiv),
            Token::Shl => BinaryOp::Arith(ArithOp::Shl),
            Token::Shr => BinaryOp::Arith(ArithOp::Shr),
            Token::Concat => BinaryOp::Concat,
            Token::Eq => BinaryOp::Eq,
            Token::Ne => BinaryOp::Ne,
            Token::Le => BinaryOp::Le,
            Token::Ge => BinaryOp::Ge,
            Token::And => BinaryOp::And,
            Token::Or => BinaryOp::Or,
            _ => return None,
        })
    }

    /// How strongly it binds to the left and to the right; weaker on the right is right-associative.
    pub fn priority(self) -> (u8, u8) {
        match self {
            BinaryOp::Or => (1, 1),
            BinaryOp::And => (2, 2),
            BinaryOp::Eq | BinaryOp::Ne | BinaryOp::Lt | BinaryOp::Le | BinaryOp::Gt | BinaryOp::Ge => (3, 3),
            BinaryOp::Concat => (9, 8),
            BinaryOp::Arith(op) => match op {
                ArithOp::BOr => (4, 4),
                ArithOp::BXor => (5, 5),
                ArithOp::BAnd => (6, 6),
                ArithOp::Shl | ArithOp::Shr => (7, 7),
                ArithOp::Add | ArithOp::Sub => (10, 10),
                ArithOp::Pow => (14, 13),
                _ => (11, 11),
            },
        }
    }
}

/// The signed 8-bit operand that holds `i`, if it fits.
fn small_operand(i: i64) -> Option<u32> {
    let operand = i.checked_add(OFFSET_SC.into())?;
    (0..=i64::from(MAX_C)).contains(&operand).then_some(operand as u32)
}

/// An integer numeral that fits a signed operand.
fn small_integer(e: &Expr) -> Option<u32> {
    match e.kind {
        Kind::Integer(i) if !e.has_jumps() => small_operand(i),
        _ => None,
    }
}

/// A numeral with an integral value that fits a signed operand.
fn small_number(e: &Expr) -> Option<u32> {
    let i = match e.kind {
        _ if e.has_jumps() => return None,
        Kind::Integer(i) => i,
        Kind::Float(n) => float_to_integer(n, Rounding::Exact)?,
        _ => return None,
    };
    small_operand(i)
}

/// A float with an integral value: where operands are immediate, metamethods must be told so.
fn is_integral_float(e: &Expr) -> bool {
    matches!(e.kind, Kind::Float(n) if float_to_integer(n, Rounding::Exact).is_some())
}

fn numeral(e: &Expr) -> Option<Value> {
    match e.kind {
        _ if e.has_jumps() => None,
        Kind::Integer(i) => Some(Value::integer(i)),
        Kind::Float(n) => Some(Value::float(n)),
        _ => None,
    }
}

/// Computes `a op b` into `a` if both are numerals and nothing can go wrong.
fn fold(op: ArithOp, a: &mut Expr, b: &Expr) -> bool {
    let (Some(x), Some(y)) = (numeral(a), numeral(b)) else { return false };
    if matches!(op, ArithOp::Div | ArithOp::IDiv | ArithOp::Mod) && y.as_number() == Some(0.0) {
        return false;
    }
    let Ok(result) = arith(op, x, y) else { return false };
    match result.as_integer() {
        Some(i) => a.kind = Kind::Integer(i),
        None => {
            // No float zero, whose sign constants do not keep apart, and no NaN.
            let n = result.float_payload();
            if n.is_nan() || n == 0.0 {
                return false;
            }
            a.kind = Kind::Float(n);
        }
    }
    true
}

/// The negated operand, with the original one for the metamethod, if both fit.
fn negated(e: &Expr) -> Option<Operand> {
    let Kind::Integer(i) = e.kind else { return None };
    let original = small_integer(e)?;
    Some(Operand::Immediate(small_operand(-i)?, original))
}

/// How the second operand of an arithmetic instruction is given, and so which metamethod instruction follows.
#[derive(Clone, Copy)]
enum Operand {
    Register(u32),
    /// The operand of the instruction, and what the metamethod gets.
    Immediate(u32, u32),
    Constant(u32),
}

impl Compiler<'_> {
    /// Applies a unary operator that stands on `line`.
    pub fn unary(&mut self, op: UnaryOp, e: &mut Expr, line: i32) -> Result {
        self.discharge(e)?;
        let zero = Expr::new(Kind::Integer(0));
        match op {
            UnaryOp::Minus if fold(ArithOp::Unm, e, &zero) => Ok(()),
            UnaryOp::BNot if fold(ArithOp::BNot, e, &zero) => Ok(()),
            UnaryOp::Minus => self.emit_unary(Opcode::Unm, e, line),
            UnaryOp::BNot => self.emit_unary(Opcode::BNot, e, line),
            UnaryOp::Len => self.emit_unary(Opcode::Len, e, line),
            UnaryOp::Not => self.not(e),
        }
    }

    fn emit_unary(&mut self, op: Opcode, e: &mut Expr, line: i32) -> Result {
        let register = self.place(e)?;
        self.free_expr(e);
        e.kind = Kind::Pending(self.emit_at(Instruction::abc(op, 0, register.into(), 0), line)?);
        Ok(())
    }

    fn not(&mut self, e: &mut Expr) -> Result {
        match e.kind {
            Kind::Nil | Kind::False => e.kind = Kind::True,
            Kind::Constant(_) | Kind::Float(_) | Kind::Integer(_) | Kind::String(_) | Kind::True => {
                e.kind = Kind::False;
            }
            Kind::Jump(pc) => self.negate(pc),
            Kind::Pending(_) | Kind::Register(_) => {
                let register = self.discharge_anywhere(e)?;
                self.free_expr(e);
                e.kind = Kind::Pending(self.emit(Instruction::abc(Opcode::Not, 0, register.into(), 0))?);
            }
            kind => unreachable!("not discharged: {kind:?}"),
        }
        core::mem::swap(&mut e.when_true, &mut e.when_false);
        // Values on the way out are not wanted once they are negated.
        self.drop_values(e.when_false);
        self.drop_values(e.when_true);
        Ok(())
    }

    /// Prepares the left operand, before the right one is read.
    pub fn begin_binary(&mut self, op: BinaryOp, left: &mut Expr) -> Result {
        self.discharge(left)?;
        match op {
            BinaryOp::And => self.go_if_true(left)?,
            BinaryOp::Or => self.go_if_false(left)?,
            BinaryOp::Concat => {
                self.place_next(left)?;
            }
            BinaryOp::Arith(_) => {
                if !left.is_numeral() {
                    self.place(left)?;
                }
            }
            BinaryOp::Eq | BinaryOp::Ne => {
                if !left.is_numeral() {
                    self.place_unless_constant(left)?;
                }
            }
            BinaryOp::Lt | BinaryOp::Le | BinaryOp::Gt | BinaryOp::Ge => {
                if small_number(left).is_none() {
                    self.place(left)?;
                }
            }
        }
        Ok(())
    }

    /// Applies a binary operator that stands on `line`; the result takes the place of the left operand.
    pub fn finish_binary(&mut self, op: BinaryOp, left: &mut Expr, right: &mut Expr, line: i32) -> Result {
        self.discharge(right)?;
        match op {
            BinaryOp::And => {
                self.join(&mut right.when_false, left.when_false)?;
                *left = *right;
            }
            BinaryOp::Or => {
                self.join(&mut right.when_true, left.when_true)?;
                *left = *right;
            }
            BinaryOp::Concat => {
                self.place_next(right)?;
                self.concat(left, right, line)?;
            }
            BinaryOp::Arith(op) => {
                if !fold(op, left, right) {
                    let pc = self.arithmetic(op, left, right, line)?;
                    *left = Expr::new(Kind::Pending(pc));
                }
            }
            BinaryOp::Eq => *left = Expr::new(Kind::Jump(self.equality(true, left, right)?)),
            BinaryOp::Ne => *left = Expr::new(Kind::Jump(self.equality(false, left, right)?)),
            BinaryOp::Lt => *left = Expr::new(Kind::Jump(self.order(false, left, right)?)),
            BinaryOp::Le => *left = Expr::new(Kind::Jump(self.order(true, left, right)?)),
            // The mirror images.
            BinaryOp::Gt => *left = Expr::new(Kind::Jump(self.order(false, right, left)?)),
            BinaryOp::Ge => *left = Expr::new(Kind::Jump(self.order(true, right, left)?)),
        }
        Ok(())
    }

    // Arithmetic: all give the place of the instruction that has the result.

    fn arithmetic(&mut self, op: ArithOp, left: &mut Expr, right: &mut Expr, line: i32) -> Result<Pc> {
        match op {
            ArithOp::Add | ArithOp::Mul => {
                let flip = left.is_numeral();
                let (a, b) = if flip { (right, left) } else { (left, right) };
                match small_integer(b) {
                    Some(i) if op == ArithOp::Add => {
                        self.emit_binary(Opcode::AddI, op, a, b, Operand::Immediate(i, i), flip, line)
                    }
                    _ => self.with_constant(op, a, b, flip, line),
                }
            }
            ArithOp::Sub => match negated(right) {
                // a - 5 is a + -5; the metamethod still gets 5.
                Some(operand) => self.emit_binary(Opcode::AddI, op, left, right, operand, false, line),
                None => self.with_constant(op, left, right, false, line),
            },
            ArithOp::BAnd | ArithOp::BOr | ArithOp::BXor => {
                let flip = matches!(left.kind, Kind::Integer(_));
                let (a, b) = if flip { (right, left) } else { (left, right) };
                self.with_constant(op, a, b, flip, line)
            }
            ArithOp::Shl => match (small_integer(left), negated(right)) {
                (Some(i), _) => self.emit_binary(Opcode::ShlI, op, right, left, Operand::Immediate(i, i), true, line),
                // a << 5 is a >> -5.
                (None, Some(operand)) => self.emit_binary(Opcode::ShrI, op, left, right, operand, false, line),
                (None, None) => self.with_registers(op, left, right, line),
            },
            ArithOp::Shr => match small_integer(right) {
                Some(i) => self.emit_binary(Opcode::ShrI, op, left, right, Operand::Immediate(i, i), false, line),
                None => self.with_registers(op, left, right, line),
            },
            _ => self.with_constant(op, left, right, false, line),
        }
    }

    /// Second operand a constant of the list, if it is a number and there is room; else both in registers, in their
    /// original order.
    fn with_constant(&mut self, op: ArithOp, a: &mut Expr, b: &mut Expr, flip: bool, line: i32) -> Result<Pc> {
        let wanted = if op.is_bitwise() { matches!(b.kind, Kind::Integer(_)) } else { b.is_numeral() };
        if wanted && let Some(index) = self.make_constant(b)? {
            let opcode = Opcode::AddK.offset(op as u8);
            return self.emit_binary(opcode, op, a, b, Operand::Constant(index.into()), flip, line);
        }
        if flip { self.with_registers(op, b, a, line) } else { self.with_registers(op, a, b, line) }
    }

    fn with_registers(&mut self, op: ArithOp, a: &mut Expr, b: &mut Expr, line: i32) -> Result<Pc> {
        let register = self.place(b)?;
        self.emit_binary(Opcode::Add.offset(op as u8), op, a, b, Operand::Register(register.into()), false, line)
    }

    /// The instruction, and the one after it that calls the metamethod when it fails.
    #[allow(clippy::too_many_arguments)]
    fn emit_binary(
        &mut self,
        opcode: Opcode,
        op: ArithOp,
        a: &mut Expr,
        b: &Expr,
        operand: Operand,
        flip: bool,
        line: i32,
    ) -> Result<Pc> {
        let first = u32::from(self.place(a)?);
        let (second, metamethod, argument) = match operand {
            Operand::Register(r) => (r, Opcode::MmBin, r),
            Operand::Immediate(i, original) => (i, Opcode::MmBinI, original),
            Operand::Constant(k) => (k, Opcode::MmBinK, k),
        };
        let pc = self.emit_at(Instruction::abc(opcode, 0, first, second), line)?;
        self.free_exprs(a, b);
        self.emit_at(Instruction::abck(metamethod, first, argument, ADD_EVENT + op as u32, flip), line)?;
        Ok(pc)
    }

    // Comparisons: all give the place of the jump that is taken when they hold.

    /// `left < right`, or with `or_equal` `left <= right`.
    fn order(&mut self, or_equal: bool, left: &mut Expr, right: &mut Expr) -> Result<Pc> {
        // Set even where the operand then does not fit: nobody looks at it there, but listings show it.
        let mut is_float = is_integral_float(right);
        let (base, a, b);
        if let Some(i) = small_number(right) {
            (base, a, b) = (Opcode::LtI, self.place(left)?, i);
        } else {
            is_float |= is_integral_float(left);
            if let Some(i) = small_number(left) {
                // 5 < x is x > 5.
                (base, a, b) = (Opcode::GtI, self.place(right)?, i);
            } else {
                let first = self.place(left)?;
                let second = self.place(right)?;
                (base, a, b) = (Opcode::Lt, first, second.into());
            }
        }
        self.free_exprs(left, right);
        let test = Instruction::abck(base.offset(or_equal as u8), a.into(), b, is_float.into(), true);
        self.emit_conditional_jump(test)
    }

    fn equality(&mut self, equal: bool, left: &mut Expr, right: &mut Expr) -> Result<Pc> {
        // A constant can only be the second operand.
        let (a, b) = if matches!(left.kind, Kind::Register(_)) { (left, right) } else { (right, left) };
        let first = self.place(a)?;
        let is_float = is_integral_float(b);
        let (opcode, second) = match small_number(b) {
            Some(i) => (Opcode::EqI, i),
            None => match self.place_unless_constant(b)? {
                (index, true) => (Opcode::EqK, index),
                (register, false) => (Opcode::Eq, register),
            },
        };
        self.free_exprs(a, b);
        let test = Instruction::abck(opcode, first.into(), second, is_float.into(), equal);
        self.emit_conditional_jump(test)
    }

    // Concatenation.

    /// `left .. right`, both in the last two registers. Chains become one instruction.
    fn concat(&mut self, left: &Expr, right: &Expr, line: i32) -> Result {
        let Kind::Register(first) = left.kind else { unreachable!("not in a register") };
        let previous = self.previous().filter(|i| i.opcode() == Opcode::Concat);
        self.free_expr(right);
        match previous {
            Some(chain) => {
                debug_assert_eq!(chain.a(), usize::from(first) + 1);
                let pc = self.pc() - 1;
                self.edit(pc, |i| {
                    i.set_a(first.into());
                    i.set_b(chain.b() as u32 + 1);
                });
            }
            None => {
                self.emit_at(Instruction::abc(Opcode::Concat, first.into(), 2, 0), line)?;
            }
        }
        Ok(())
    }
}
