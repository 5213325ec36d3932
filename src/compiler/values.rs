//! Bringing the value of an expression to where it is wanted, and storing it in variables.

use super::expr::{Expr, Kind, Pc, Register};
use super::jumps::JumpList;
use super::state::Compiler;
use crate::bytecode::{Instruction, MAX_B, MAX_C, NO_REGISTER, OFFSET_SBX, Opcode};
use crate::chunk::draft::{Constant, Symbol, Vararg};
use crate::edition::LUA_5_5;
use crate::heap::string::MAX_SHORT as MAX_SHORT_STRING;
use crate::throw::Result;
use crate::value::number::{Rounding, float_to_integer};

/// The integer, if it fits the signed operand of `LOADI` and `LOADF`.
fn fits_load(i: i64) -> Option<i32> {
    (-i64::from(OFFSET_SBX)..=i64::from(OFFSET_SBX) + 1).contains(&i).then_some(i as i32)
}

impl Compiler<'_> {
    // Where a value is.

    /// Makes a variable, call or `...` one value: pending or in a register. Other kinds stay.
    pub fn discharge(&mut self, e: &mut Expr) -> Result {
        let get = match e.kind {
            Kind::CompileTime(at) => {
                e.kind = self.variables[at as usize].value.into();
                return Ok(());
            }
            Kind::Local { register, .. } => {
                e.kind = Kind::Register(register);
                return Ok(());
            }
            Kind::VarargTable { register, .. } => {
                self.draft.vararg = Vararg::Table;
                e.kind = Kind::Register(register);
                return Ok(());
            }
            Kind::IndexedVarargs { table, key, .. } => {
                self.free_registers(table, key);
                Instruction::abc(Opcode::GetVarArg, 0, table.into(), key.into())
            }
            Kind::Call(_) | Kind::VarArg(_) => {
                self.take_one(e);
                return Ok(());
            }
            Kind::Upvalue(number) => Instruction::abc(Opcode::GetUpval, 0, number.into(), 0),
            Kind::IndexedUpvalue { upvalue, key, .. } => Instruction::abc(Opcode::GetTabUp, 0, upvalue.into(), key.into()),
            Kind::IndexedInteger { table, key } => {
                self.free_register(table);
                Instruction::abc(Opcode::GetI, 0, table.into(), key.into())
            }
            Kind::IndexedField { table, key, .. } => {
                self.free_register(table);
                Instruction::abc(Opcode::GetField, 0, table.into(), key.into())
            }
            Kind::Indexed { table, key, .. } => {
                self.free_registers(table, key);
                Instruction::abc(Opcode::GetTable, 0, table.into(), key.into())
            }
            _ => return Ok(()),
        };
        e.kind = Kind::Pending(self.emit(get)?);
        Ok(())
    }

    /// Lets a call or `...` yield exactly one value.
    pub fn take_one(&mut self, e: &mut Expr) {
        match e.kind {
            Kind::Call(pc) => {
                debug_assert_eq!(self.instruction(pc).c(), 2);
                e.kind = Kind::Register(self.instruction(pc).a() as Register);
            }
            Kind::VarArg(pc) => {
                self.edit(pc, |i| i.set_c(2));
                e.kind = Kind::Pending(pc);
            }
            _ => {}
        }
    }

    /// Lets a call or `...` yield `count` values, or with `None` all that there are, from the first free register on.
    pub fn take_values(&mut self, e: &Expr, count: Option<u32>) -> Result {
        let c = count.map_or(0, |n| n + 1);
        if LUA_5_5 && c > MAX_C {
            return Err(self.too_many("multiple results", MAX_C as usize, self.draft.line_defined));
        }
        match e.kind {
            Kind::Call(pc) => self.edit(pc, |i| i.set_c(c)),
            Kind::VarArg(pc) => {
                let first = self.function.free;
                self.edit(pc, |i| {
                    i.set_c(c);
                    i.set_a(first.into());
                });
                self.reserve(1)?;
            }
            _ => unreachable!("only calls and varargs have several values"),
        }
        Ok(())
    }

    /// Puts the value itself, apart from pending jumps, into a register. A comparison stays a jump.
    fn discharge_to(&mut self, e: &mut Expr, register: Register) -> Result {
        self.discharge(e)?;
        let a = u32::from(register);
        match e.kind {
            Kind::Nil => self.emit_nil(register, 1)?,
            Kind::False => self.emit_plain(Instruction::abc(Opcode::LoadFalse, a, 0, 0))?,
            Kind::True => self.emit_plain(Instruction::abc(Opcode::LoadTrue, a, 0, 0))?,
            Kind::Constant(index) => self.emit_constant(register, index)?,
            Kind::String(symbol) => {
                let index = self.constant(Constant::String(symbol))?;
                self.emit_constant(register, index)?;
            }
            Kind::Integer(i) => self.emit_integer(register, i)?,
            Kind::Float(n) => match float_to_integer(n, Rounding::Exact).and_then(fits_load) {
                Some(i) => self.emit_plain(Instruction::asbx(Opcode::LoadF, a, i))?,
                None => {
                    let index = self.constant(Constant::Float(n))?;
                    self.emit_constant(register, index)?;
                }
            },
            Kind::Pending(pc) => self.edit(pc, |i| i.set_a(a)),
            Kind::Register(from) => {
                if from != register {
                    self.emit_plain(Instruction::abc(Opcode::Move, a, from.into(), 0))?;
                }
            }
            Kind::Jump(_) => return Ok(()),
            kind => unreachable!("no value to load: {kind:?}"),
        }
        e.kind = Kind::Register(register);
        Ok(())
    }

    fn emit_plain(&mut self, i: Instruction) -> Result {
        self.emit(i)?;
        Ok(())
    }

    /// Loads an integer.
    pub fn emit_integer(&mut self, register: Register, i: i64) -> Result {
        match fits_load(i) {
            Some(small) => self.emit_plain(Instruction::asbx(Opcode::LoadI, register.into(), small)),
            None => {
                let index = self.constant(Constant::Integer(i))?;
                self.emit_constant(register, index)
            }
        }
    }

    /// Puts the value itself into some register, if it is in none.
    pub fn discharge_anywhere(&mut self, e: &mut Expr) -> Result<Register> {
        if let Kind::Register(register) = e.kind {
            return Ok(register);
        }
        let register = self.reserve(1)?;
        self.discharge_to(e, register)?;
        Ok(register)
    }

    /// Gives back the temporary that holds the expression, if one does.
    pub fn free_expr(&mut self, e: &Expr) {
        if let Kind::Register(register) = e.kind {
            self.free_register(register);
        }
    }

    /// Gives back the temporaries of two expressions.
    pub fn free_exprs(&mut self, a: &Expr, b: &Expr) {
        match (a.kind, b.kind) {
            (Kind::Register(x), Kind::Register(y)) => self.free_registers(x, y),
            _ => {
                self.free_expr(a);
                self.free_expr(b);
            }
        }
    }

    // Where it is wanted.

    /// Puts the final value, that of pending jumps included, into `register`.
    fn place_in(&mut self, e: &mut Expr, register: Register) -> Result {
        self.discharge_to(e, register)?;
        let mut when_true = e.when_true;
        let jump = if let Kind::Jump(pc) = e.kind { Some(pc) } else { None };
        if let Some(pc) = jump {
            self.join(&mut when_true, JumpList::of(pc))?;
        }
        if !when_true.is_empty() || !e.when_false.is_empty() {
            // Jumps that carry no value go to instructions that load it.
            let mut load_false = 0;
            let mut load_true = 0;
            if self.lacks_value(when_true) || self.lacks_value(e.when_false) {
                let around = if jump.is_none() { JumpList::of(self.emit_jump()?) } else { JumpList::NONE };
                load_false = self.emit_loader(Opcode::LFalseSkip, register)?;
                load_true = self.emit_loader(Opcode::LoadTrue, register)?;
                self.patch_here(around)?;
            }
            let end = self.label();
            self.patch_values(e.when_false, end, register, load_false)?;
            self.patch_values(when_true, end, register, load_true)?;
        }
        *e = Expr::new(Kind::Register(register));
        Ok(())
    }

    fn emit_loader(&mut self, op: Opcode, register: Register) -> Result<Pc> {
        self.label();
        self.emit(Instruction::abc(op, register.into(), 0, 0))
    }

    /// Puts the final value into the next free register.
    pub fn place_next(&mut self, e: &mut Expr) -> Result<Register> {
        self.discharge(e)?;
        self.free_expr(e);
        let register = self.reserve(1)?;
        self.place_in(e, register)?;
        Ok(register)
    }

    /// Puts the final value into some register, preferably the one where it is.
    pub fn place(&mut self, e: &mut Expr) -> Result<Register> {
        self.discharge(e)?;
        if let Kind::Register(register) = e.kind {
            if !e.has_jumps() {
                return Ok(register);
            }
            // The register of a variable must not receive what the jumps carry.
            if register >= self.function.local_registers {
                self.place_in(e, register)?;
                return Ok(register);
            }
        }
        self.place_next(e)
    }

    /// Leaves an upvalue and the vararg parameter where they are, puts anything else into some register.
    pub fn place_unless_upvalue(&mut self, e: &mut Expr) -> Result {
        if !matches!(e.kind, Kind::Upvalue(_) | Kind::VarargTable { .. }) || e.has_jumps() {
            self.place(e)?;
        }
        Ok(())
    }

    /// Settles pending jumps by putting the value into some register; without any, only variables are read.
    pub fn place_jumps(&mut self, e: &mut Expr) -> Result {
        if matches!(e.kind, Kind::Jump(_)) || e.has_jumps() {
            self.place(e)?;
            Ok(())
        } else {
            self.discharge(e)
        }
    }

    /// The index of the expression in the list of constants, if it is a constant and the index fits an operand.
    pub fn make_constant(&mut self, e: &mut Expr) -> Result<Option<u8>> {
        if e.has_jumps() {
            return Ok(None);
        }
        let index = match (e.kind, e.kind.constant()) {
            (Kind::Constant(index), _) => index,
            (_, Some(value)) => self.constant(value)?,
            _ => return Ok(None),
        };
        if index > MAX_B {
            return Ok(None);
        }
        e.kind = Kind::Constant(index);
        Ok(Some(index as u8))
    }

    /// An operand that is a constant (true) or a register.
    pub fn place_unless_constant(&mut self, e: &mut Expr) -> Result<(u32, bool)> {
        Ok(match self.make_constant(e)? {
            Some(index) => (index.into(), true),
            None => (self.place(e)?.into(), false),
        })
    }

    // Variables.

    /// Assigns the expression to a variable and gives its temporary back.
    pub fn store(&mut self, target: &Expr, e: &mut Expr) -> Result {
        let (op, a, b) = match target.kind {
            Kind::Local { register, .. } => {
                self.free_expr(e);
                return self.place_in(e, register);
            }
            Kind::Upvalue(number) => {
                let from = self.place(e)?;
                self.emit(Instruction::abc(Opcode::SetUpval, from.into(), number.into(), 0))?;
                self.free_expr(e);
                return Ok(());
            }
            Kind::IndexedUpvalue { upvalue, key, .. } => (Opcode::SetTabUp, upvalue, key),
            Kind::IndexedInteger { table, key } => (Opcode::SetI, table, key),
            Kind::IndexedField { table, key, .. } => (Opcode::SetField, table, key),
            Kind::Indexed { table, key, .. } => (Opcode::SetTable, table, key),
            // An environment that is the vararg parameter.
            Kind::IndexedVarargs { table, key, .. } => {
                self.draft.vararg = Vararg::Table;
                (Opcode::SetTable, table, key)
            }
            kind => unreachable!("not a variable: {kind:?}"),
        };
        let (c, k) = self.place_unless_constant(e)?;
        self.emit(Instruction::abck(op, a.into(), b.into(), c, k))?;
        self.free_expr(e);
        Ok(())
    }

    /// Makes `table` the expression `table[key]`. The table is a variable or in a register.
    pub fn index(&mut self, table: &mut Expr, key: &mut Expr) -> Result {
        if let Kind::String(symbol) = key.kind {
            key.kind = Kind::Constant(self.constant(Constant::String(symbol))?);
        }
        let field = self.short_string(key);
        if let Kind::Upvalue(upvalue) = table.kind {
            if let Some(key) = field {
                table.kind = Kind::IndexedUpvalue { upvalue, key, read_only: None };
                return Ok(());
            }
            // Upvalues have no instruction for other keys.
            self.place(table)?;
        }
        if let Kind::VarargTable { register, .. } = table.kind {
            table.kind = Kind::IndexedVarargs { table: register, key: self.place(key)?, read_only: None };
            return Ok(());
        }
        let register = match table.kind {
            Kind::Local { register, .. } | Kind::Register(register) => register,
            kind => unreachable!("not a table to index: {kind:?}"),
        };
        table.kind = match (field, key.kind) {
            (Some(key), _) => Kind::IndexedField { table: register, key, read_only: None },
            (None, Kind::Integer(i)) if !key.has_jumps() && (0..=i64::from(MAX_C)).contains(&i) => {
                Kind::IndexedInteger { table: register, key: i as u8 }
            }
            _ => Kind::Indexed { table: register, key: self.place(key)?, read_only: None },
        };
        Ok(())
    }

    /// The constant's index, if it is a short string and the index fits an operand.
    fn short_string(&self, key: &Expr) -> Option<u8> {
        let Kind::Constant(index) = key.kind else { return None };
        if key.has_jumps() || index > MAX_B {
            return None;
        }
        match self.draft.constants[index as usize] {
            Constant::String(s) if self.lex.symbols.bytes(s).len() <= MAX_SHORT_STRING => Some(index as u8),
            _ => None,
        }
    }

    /// Makes `object` the method `object:name` with the object as first argument, in two new registers.
    pub fn method(&mut self, object: &mut Expr, name: Symbol) -> Result {
        let from = self.place(object)?;
        self.free_expr(object);
        let base = self.reserve(2)?;
        *object = Expr::new(Kind::Register(base));
        let mut key = Expr::new(Kind::String(name));
        if LUA_5_5 {
            // SELF knows short constant names only.
            let is_short = self.lex.symbols.bytes(name).len() <= MAX_SHORT_STRING;
            let constant = if is_short { self.make_constant(&mut key)? } else { None };
            let (a, from) = (u32::from(base), u32::from(from));
            match constant {
                Some(index) => self.emit_plain(Instruction::abc(Opcode::SelfOp, a, from, index.into()))?,
                None => {
                    let key = self.place(&mut key)?;
                    self.emit_plain(Instruction::abc(Opcode::Move, a + 1, from, 0))?;
                    self.emit_plain(Instruction::abc(Opcode::GetTable, a, from, key.into()))?;
                }
            }
            self.free_expr(&key);
            return Ok(());
        }
        let (c, k) = self.place_unless_constant(&mut key)?;
        self.emit(Instruction::abck(Opcode::SelfOp, base.into(), from.into(), c, k))?;
        self.free_expr(&key);
        Ok(())
    }

    // Conditions.

    /// A jump that is taken when the expression is `condition`. A `not` before it turns it around instead.
    fn jump_when(&mut self, e: &mut Expr, condition: bool) -> Result<Pc> {
        if let Kind::Pending(pc) = e.kind {
            let i = self.instruction(pc);
            if i.opcode() == Opcode::Not {
                self.remove_last();
                return self.emit_conditional_jump(Instruction::abck(Opcode::Test, i.b() as u32, 0, 0, !condition));
            }
        }
        let register = self.discharge_anywhere(e)?;
        self.free_expr(e);
        self.emit_conditional_jump(Instruction::abck(Opcode::TestSet, NO_REGISTER, register.into(), 0, condition))
    }

    /// Goes on when the expression is true, jumps (by its list) when it is false.
    pub fn go_if_true(&mut self, e: &mut Expr) -> Result {
        self.discharge(e)?;
        let jump = match e.kind {
            Kind::Jump(pc) => {
                self.negate(pc);
                JumpList::of(pc)
            }
            Kind::Constant(_) | Kind::Float(_) | Kind::Integer(_) | Kind::String(_) | Kind::True => JumpList::NONE,
            _ => JumpList::of(self.jump_when(e, false)?),
        };
        self.join(&mut e.when_false, jump)?;
        self.patch_here(e.when_true)?;
        e.when_true = JumpList::NONE;
        Ok(())
    }

    /// Goes on when the expression is false, jumps (by its list) when it is true.
    pub fn go_if_false(&mut self, e: &mut Expr) -> Result {
        self.discharge(e)?;
        let jump = match e.kind {
            Kind::Jump(pc) => JumpList::of(pc),
            Kind::Nil | Kind::False => JumpList::NONE,
            _ => JumpList::of(self.jump_when(e, true)?),
        };
        self.join(&mut e.when_true, jump)?;
        self.patch_here(e.when_false)?;
        e.when_false = JumpList::NONE;
        Ok(())
    }
}
