//! The grammar of expressions (§3.4).

use super::expr::{Expr, Kind, Pc, Register};
use super::operators::{BinaryOp, UnaryOp};
use super::scope::VariableKind;
use super::state::{Compiler, MAX_REGISTERS};
use super::token::Token;
use crate::bytecode::{Instruction, MAX_LIST_C, Opcode};
use crate::chunk::draft::{Symbol, Vararg};
use crate::edition::{LUA_5_5, MAX_ITEMS_PER_FLUSH};
use crate::throw::Result;

/// A table constructor under way.
struct Constructor {
    table: Register,
    /// The last list item, not stored or in a register yet.
    last: Expr,
    /// Fields with a key.
    hash_fields: u32,
    /// List items already stored.
    stored: u32,
    /// List items that wait, `last` included.
    waiting: u32,
    /// So many may wait.
    max_waiting: u32,
}

/// How many items of a constructor may wait in registers when `free` registers are left.
#[doc(alias = "maxtostore")]
fn max_waiting(free: u32) -> u32 {
    match free {
        _ if !LUA_5_5 => MAX_ITEMS_PER_FLUSH,
        160.. => free / 5,
        80.. => 10,
        // The rest is for constructors in this one.
        _ => 1,
    }
}

impl Compiler<'_> {
    // Helpers of the grammar.

    /// Skips the current token if it is `token`.
    #[inline]
    pub fn skip_if(&mut self, token: Token) -> Result<bool> {
        if self.lex.token != token {
            return Ok(false);
        }
        self.lex.advance()?;
        Ok(true)
    }

    /// Raises unless the current token is `token`.
    #[inline]
    pub fn check(&self, token: Token) -> Result {
        if self.lex.token == token { Ok(()) } else { Err(self.lex.error_expected(token)) }
    }

    /// Skips `token`, which must be there.
    #[inline]
    pub fn expect(&mut self, token: Token) -> Result {
        self.check(token)?;
        self.lex.advance()
    }

    /// Skips `token`, which must be there to close what `opening` opened on `line`.
    pub fn expect_closing(&mut self, token: Token, opening: Token, line: i32) -> Result {
        if self.lex.token == token { self.lex.advance() } else { Err(self.lex.error_unclosed(token, opening, line)) }
    }

    /// Skips a name, which must be there.
    #[inline]
    pub fn expect_name(&mut self) -> Result<Symbol> {
        match self.lex.token {
            Token::Name(name) => {
                self.lex.advance()?;
                Ok(name)
            }
            _ => Err(self.lex.error_expected(Token::Name(Symbol(0)))),
        }
    }

    // Expressions.

    /// An expression, into `e`. Expressions are built in place: one that is written and copied at once stalls the
    /// processor.
    pub fn expression(&mut self, e: &mut Expr) -> Result {
        self.operation(e, 0)?;
        Ok(())
    }

    /// An expression whose operators all bind more strongly than `limit`; the operator after it.
    fn operation(&mut self, left: &mut Expr, limit: u8) -> Result<Option<BinaryOp>> {
        self.enter()?;
        match UnaryOp::from_token(self.lex.token) {
            Some(op) => {
                let line = self.lex.line;
                self.lex.advance()?;
                self.operation(left, UnaryOp::PRIORITY)?;
                self.unary(op, left, line)?;
            }
            None => self.simple_expression(left)?,
        }
        let mut next = BinaryOp::from_token(self.lex.token);
        while let Some(op) = next
            && op.priority().0 > limit
        {
            let line = self.lex.line;
            self.lex.advance()?;
            self.begin_binary(op, left)?;
            let mut right = Expr::new(Kind::Void);
            next = self.operation(&mut right, op.priority().1)?;
            self.finish_binary(op, left, &mut right, line)?;
        }
        self.leave();
        Ok(next)
    }

    fn simple_expression(&mut self, e: &mut Expr) -> Result {
        match self.lex.token {
            Token::Float(n) => *e = Expr::new(Kind::Float(n)),
            Token::Integer(i) => *e = Expr::new(Kind::Integer(i)),
            Token::String(s) => *e = Expr::new(Kind::String(s)),
            Token::Nil => *e = Expr::new(Kind::Nil),
            Token::True => *e = Expr::new(Kind::True),
            Token::False => *e = Expr::new(Kind::False),
            Token::Dots => {
                if self.draft.vararg == Vararg::No {
                    return Err(self.lex.error_here(format_args!("cannot use '...' outside a vararg function")));
                }
                let table = if LUA_5_5 { self.draft.parameters.into() } else { 0 };
                *e = Expr::new(Kind::VarArg(self.emit(Instruction::abc(Opcode::VarArg, 0, table, 1))?));
            }
            Token::Byte(b'{') => return self.constructor(e),
            Token::Function => {
                self.lex.advance()?;
                return self.function_body(e, false, self.lex.line);
            }
            _ => return self.suffixed_expression(e),
        }
        self.lex.advance()
    }

    fn primary_expression(&mut self, e: &mut Expr) -> Result {
        match self.lex.token {
            Token::Name(name) => {
                self.lex.advance()?;
                self.resolve(name, e)
            }
            Token::Byte(b'(') => {
                let line = self.lex.line;
                self.lex.advance()?;
                self.expression(e)?;
                self.expect_closing(Token::Byte(b')'), Token::Byte(b'('), line)?;
                self.discharge(e)
            }
            _ => Err(self.lex.error_here(format_args!("unexpected symbol"))),
        }
    }

    /// A primary expression with fields, indices and calls after it.
    pub fn suffixed_expression(&mut self, e: &mut Expr) -> Result {
        self.primary_expression(e)?;
        loop {
            match self.lex.token {
                Token::Byte(b'.') => self.field_selector(e)?,
                Token::Byte(b'[') => {
                    self.place_unless_upvalue(e)?;
                    let mut key = Expr::new(Kind::Void);
                    self.bracketed_index(&mut key)?;
                    self.index(e, &mut key)?;
                }
                Token::Byte(b':') => {
                    self.lex.advance()?;
                    let name = self.expect_name()?;
                    self.method(e, name)?;
                    self.call(e)?;
                }
                Token::Byte(b'(' | b'{') | Token::String(_) => {
                    self.place_next(e)?;
                    self.call(e)?;
                }
                _ => return Ok(()),
            }
        }
    }

    /// `.name` or `:name` after a table.
    pub fn field_selector(&mut self, table: &mut Expr) -> Result {
        self.place_unless_upvalue(table)?;
        self.lex.advance()?;
        let name = self.expect_name()?;
        self.index(table, &mut Expr::new(Kind::String(name)))
    }

    /// `[key]`
    fn bracketed_index(&mut self, key: &mut Expr) -> Result {
        self.lex.advance()?;
        self.expression(key)?;
        self.place_jumps(key)?;
        self.expect(Token::Byte(b']'))
    }

    /// Expressions separated by commas: all but the last in consecutive registers, the last one in `e`; how many.
    pub fn expression_list(&mut self, e: &mut Expr) -> Result<u32> {
        let mut count = 1;
        self.expression(e)?;
        while self.skip_if(Token::Byte(b','))? {
            self.place_next(e)?;
            self.expression(e)?;
            count += 1;
        }
        Ok(count)
    }

    /// The arguments of a call, and the call in place of the function, which is in the last register (a method's
    /// object after it).
    fn call(&mut self, e: &mut Expr) -> Result {
        let Kind::Register(base) = e.kind else { unreachable!("not in a register") };
        let line = self.lex.line;
        let mut last = Expr::new(Kind::Void);
        match self.lex.token {
            Token::Byte(b'(') => {
                self.lex.advance()?;
                if self.lex.token != Token::Byte(b')') {
                    self.expression_list(&mut last)?;
                    if last.kind.is_multiple() {
                        self.take_values(&last, None)?;
                    }
                }
                self.expect_closing(Token::Byte(b')'), Token::Byte(b'('), line)?;
            }
            Token::Byte(b'{') => self.constructor(&mut last)?,
            Token::String(s) => {
                self.lex.advance()?;
                last.kind = Kind::String(s);
            }
            _ => return Err(self.lex.error_here(format_args!("function arguments expected"))),
        }
        let b = if last.kind.is_multiple() {
            0
        } else {
            if last.kind != Kind::Void {
                self.place_next(&mut last)?;
            }
            u32::from(self.function.free - base)
        };
        // One result, unless the user of the expression wants otherwise.
        e.kind = Kind::Call(self.emit_at(Instruction::abc(Opcode::Call, base.into(), b, 2), line)?);
        self.function.free = base + 1;
        Ok(())
    }

    // Functions.

    /// Parameters and body of a function that begins on `line`, up to its `end`.
    pub fn function_body(&mut self, e: &mut Expr, is_method: bool, line: i32) -> Result {
        self.open_function(line)?;
        self.expect(Token::Byte(b'('))?;
        if is_method {
            self.declare_hidden("self")?;
            self.activate(1)?;
        }
        self.parameters()?;
        self.expect(Token::Byte(b')'))?;
        self.statements()?;
        self.draft.last_line_defined = self.lex.line;
        self.expect_closing(Token::End, Token::Function, line)?;
        self.close_function()?;
        let nested = self.draft.nested.len() as u32 - 1;
        *e = Expr::new(Kind::Pending(self.emit(Instruction::abx(Opcode::Closure, 0, nested))?));
        // The last register, so that a collection during the instruction knows which registers are in use.
        self.place_next(e)?;
        Ok(())
    }

    fn parameters(&mut self) -> Result {
        let mut count = 0;
        let mut is_vararg = false;
        if self.lex.token != Token::Byte(b')') {
            loop {
                match self.lex.token {
                    Token::Name(name) => {
                        self.lex.advance()?;
                        self.declare(name)?;
                        count += 1;
                    }
                    Token::Dots => {
                        self.lex.advance()?;
                        is_vararg = true;
                        match self.lex.token {
                            Token::Name(name) if LUA_5_5 => {
                                self.lex.advance()?;
                                self.declare_as(Some(name), VariableKind::Varargs)?;
                            }
                            _ if LUA_5_5 => {
                                self.declare_hidden("(vararg table)")?;
                            }
                            _ => {}
                        }
                    }
                    _ => return Err(self.lex.error_here(format_args!("<name> or '...' expected"))),
                }
                if is_vararg || !self.skip_if(Token::Byte(b','))? {
                    break;
                }
            }
        }
        self.activate(count)?;
        self.draft.parameters = self.function.active as u8;
        if is_vararg {
            self.declare_vararg()?;
            if LUA_5_5 {
                self.activate(1)?;
            }
        }
        self.reserve(self.function.active.into())?;
        Ok(())
    }

    /// Makes the current function a vararg function.
    pub fn declare_vararg(&mut self) -> Result {
        self.draft.vararg = Vararg::Hidden;
        let parameters = if LUA_5_5 { 0 } else { self.draft.parameters.into() };
        self.emit(Instruction::abc(Opcode::VarArgPrep, parameters, 0, 0))?;
        Ok(())
    }

    // Table constructors.

    fn constructor(&mut self, e: &mut Expr) -> Result {
        let line = self.lex.line;
        let pc = self.emit(Instruction::list(Opcode::NewTable, 0, 0, 0, false))?;
        self.emit(Instruction::with_ax(Opcode::ExtraArg, 0))?;
        let table = self.reserve(1)?;
        self.expect(Token::Byte(b'{'))?;
        let max_waiting = max_waiting(MAX_REGISTERS - u32::from(self.function.free));
        let last = Expr::new(Kind::Void);
        let mut c = Constructor { table, last, hash_fields: 0, stored: 0, waiting: 0, max_waiting };
        while self.lex.token != Token::Byte(b'}') {
            self.settle_item(&mut c)?;
            self.field(&mut c)?;
            if !self.skip_if(Token::Byte(b','))? && !self.skip_if(Token::Byte(b';'))? {
                break;
            }
        }
        self.expect_closing(Token::Byte(b'}'), Token::Byte(b'{'), line)?;
        self.store_last_items(&mut c)?;
        self.set_table_size(pc, &c);
        *e = Expr::new(Kind::Register(table));
        Ok(())
    }

    fn field(&mut self, c: &mut Constructor) -> Result {
        let has_key = match self.lex.token {
            Token::Name(_) => self.lex.look_ahead()? == Token::Byte(b'='),
            token => token == Token::Byte(b'['),
        };
        if has_key {
            return self.keyed_field(c);
        }
        self.expression(&mut c.last)?;
        c.waiting += 1;
        Ok(())
    }

    /// `name = value` or `[key] = value`
    fn keyed_field(&mut self, c: &mut Constructor) -> Result {
        let free = self.function.free;
        let mut key = Expr::new(Kind::Void);
        match self.lex.token {
            Token::Name(name) => {
                self.lex.advance()?;
                key.kind = Kind::String(name);
            }
            _ => self.bracketed_index(&mut key)?,
        }
        c.hash_fields += 1;
        self.expect(Token::Byte(b'='))?;
        let mut target = Expr::new(Kind::Register(c.table));
        self.index(&mut target, &mut key)?;
        let mut value = Expr::new(Kind::Void);
        self.expression(&mut value)?;
        self.store(&target, &mut value)?;
        self.function.free = free;
        Ok(())
    }

    /// Puts the last list item into its register, and stores all that wait when they are many.
    fn settle_item(&mut self, c: &mut Constructor) -> Result {
        if c.last.kind == Kind::Void {
            return Ok(());
        }
        self.place_next(&mut c.last)?;
        c.last.kind = Kind::Void;
        if c.waiting >= c.max_waiting {
            self.emit_set_list(c, Some(c.waiting))?;
            c.stored += c.waiting;
            c.waiting = 0;
        }
        Ok(())
    }

    fn store_last_items(&mut self, c: &mut Constructor) -> Result {
        if c.waiting == 0 {
            return Ok(());
        }
        if c.last.kind.is_multiple() {
            self.take_values(&c.last, None)?;
            self.emit_set_list(c, None)?;
            // How many the last item gives is not known.
            c.waiting -= 1;
        } else {
            if c.last.kind != Kind::Void {
                self.place_next(&mut c.last)?;
            }
            self.emit_set_list(c, Some(c.waiting))?;
        }
        c.stored += c.waiting;
        Ok(())
    }

    /// Stores the items in the registers after the table: `count`, or all up to the top.
    fn emit_set_list(&mut self, c: &Constructor, count: Option<u32>) -> Result {
        let (high, low) = (c.stored / (MAX_LIST_C + 1), c.stored % (MAX_LIST_C + 1));
        let b = count.unwrap_or(0);
        self.emit(Instruction::list(Opcode::SetList, c.table.into(), b, low, high > 0))?;
        if high > 0 {
            self.emit(Instruction::with_ax(Opcode::ExtraArg, high))?;
        }
        self.function.free = c.table + 1;
        Ok(())
    }

    /// Completes `NEWTABLE` once the numbers of fields are known.
    fn set_table_size(&mut self, pc: Pc, c: &Constructor) {
        let b = if c.hash_fields == 0 { 0 } else { c.hash_fields.next_power_of_two().ilog2() + 1 };
        let (high, low) = (c.stored / (MAX_LIST_C + 1), c.stored % (MAX_LIST_C + 1));
        let new_table = Instruction::list(Opcode::NewTable, c.table.into(), b, low, high > 0);
        self.edit(pc, |i| *i = new_table);
        self.edit(pc + 1, |i| *i = Instruction::with_ax(Opcode::ExtraArg, high));
    }
}
