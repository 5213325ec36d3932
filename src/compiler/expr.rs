//! Descriptions of expressions.
//!
//! Code for an expression is emitted as late as possible, so that what uses it can choose the form: a constant becomes
//! an immediate operand, a comparison a jump, a call takes as many results as are wanted. Until then an `Expr` says
//! where the value is or how to get it.

use super::jumps::JumpList;
use crate::chunk::draft::{Constant, Symbol};

/// A register number: below 255.
pub type Register = u8;
/// The index of an instruction.
pub type Pc = u32;

#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Kind {
    /// No expression: an empty list.
    Void,
    Nil,
    True,
    False,
    /// Entry of the constant list.
    Constant(u32),
    Float(f64),
    Integer(i64),
    String(Symbol),
    /// The value is in this register for good.
    Register(Register),
    /// A local variable: its register, and its number among the active variables of the function.
    Local {
        register: Register,
        variable: u16,
    },
    /// The vararg parameter of the function (5.5). As long as it is only indexed, there need be no table.
    VarargTable {
        register: Register,
        variable: u16,
    },
    Upvalue(u8),
    /// A compile-time constant: index in the list of variables.
    CompileTime(u32),
    /// `table[key]`, both registers. Here and below, `read_only` is the name of a global variable that must not be
    /// assigned to.
    Indexed {
        table: Register,
        key: Register,
        read_only: Option<Symbol>,
    },
    /// The same where the table is the vararg parameter.
    IndexedVarargs {
        table: Register,
        key: Register,
        read_only: Option<Symbol>,
    },
    /// `upvalue[key]`, the key a short string among the first constants.
    IndexedUpvalue {
        upvalue: u8,
        key: u8,
        read_only: Option<Symbol>,
    },
    /// `table[key]`, the key a small integer.
    IndexedInteger {
        table: Register,
        key: u8,
    },
    /// `table[key]`, the key a short string among the first constants.
    IndexedField {
        table: Register,
        key: u8,
        read_only: Option<Symbol>,
    },
    /// A comparison: the jump that is taken when it is true.
    Jump(Pc),
    /// The result of this instruction, which may still be told which register to write.
    Pending(Pc),
    Call(Pc),
    VarArg(Pc),
}

impl Kind {
    /// A call or `...`: any number of values.
    pub fn is_multiple(self) -> bool {
        matches!(self, Kind::Call(_) | Kind::VarArg(_))
    }

    pub fn is_indexed(self) -> bool {
        matches!(
            self,
            Kind::Indexed { .. }
                | Kind::IndexedVarargs { .. }
                | Kind::IndexedUpvalue { .. }
                | Kind::IndexedInteger { .. }
                | Kind::IndexedField { .. }
        )
    }

    /// The constant, if it is one that is in no list yet.
    pub fn constant(self) -> Option<Constant> {
        Some(match self {
            Kind::Nil => Constant::Nil,
            Kind::False => Constant::False,
            Kind::True => Constant::True,
            Kind::Integer(i) => Constant::Integer(i),
            Kind::Float(n) => Constant::Float(n),
            Kind::String(s) => Constant::String(s),
            _ => return None,
        })
    }

    /// Something that an assignment may have on its left, as far as grammar goes.
    pub fn is_variable(self) -> bool {
        self.is_indexed()
            || matches!(self, Kind::Local { .. } | Kind::VarargTable { .. } | Kind::Upvalue(_) | Kind::CompileTime(_))
    }
}

impl From<Constant> for Kind {
    fn from(value: Constant) -> Kind {
        match value {
            Constant::Nil => Kind::Nil,
            Constant::False => Kind::False,
            Constant::True => Kind::True,
            Constant::Integer(i) => Kind::Integer(i),
            Constant::Float(n) => Kind::Float(n),
            Constant::String(s) => Kind::String(s),
        }
    }
}

/// An expression: what it is, and the pending jumps out of it that `and`, `or` and `not` made.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Expr {
    pub kind: Kind,
    /// Jumps taken when the expression is true.
    pub when_true: JumpList,
    /// Jumps taken when it is false.
    pub when_false: JumpList,
}

impl Expr {
    pub fn new(kind: Kind) -> Expr {
        Expr { kind, when_true: JumpList::NONE, when_false: JumpList::NONE }
    }

    pub fn has_jumps(&self) -> bool {
        !self.when_true.is_empty() || !self.when_false.is_empty()
    }

    /// Whether it is a numeral, and so may be folded or become an immediate operand.
    pub fn is_numeral(&self) -> bool {
        matches!(self.kind, Kind::Integer(_) | Kind::Float(_)) && !self.has_jumps()
    }
}
