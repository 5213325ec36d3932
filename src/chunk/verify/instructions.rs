//! Each instruction by itself, and with its neighbours (V1 to V6, the pairing of V7, V12).

use super::{Function, Refusal};
use crate::bytecode::{Instruction, MAX_LIST_C, Opcode};
use crate::chunk::draft::{Constant, Vararg};
use crate::edition::{FOR_CALL, FOR_STATE, LUA_5_5, MAX_ITEMS_PER_FLUSH};
use crate::heap::string::MAX_SHORT;

/// Result of a check: why the code is refused. It fits two processor registers, which matters for something asked of every instruction.
type Check<T = ()> = core::result::Result<T, &'static str>;

fn refuse<T>(why: &'static str) -> Check<T> {
    Err(why)
}

fn require(condition: bool, why: &'static str) -> Check {
    if condition { Ok(()) } else { refuse(why) }
}

const REGISTER: &str = "invalid register";
const CONSTANT: &str = "invalid constant";
const JUMP: &str = "invalid jump";
const LOOP: &str = "invalid loop";
const PAIR: &str = "incomplete instruction";
const OPEN: &str = "invalid open operand";
const VARARG: &str = "invalid vararg";

/// Numbers of the events that binary operations call: `__add` to `__shr`, in the order of the operations.
const BINARY_EVENTS: core::ops::RangeInclusive<usize> = 6..=17;

/// The opcodes that occur.
#[derive(Clone, Copy, Default)]
pub struct Opcodes(u128);

impl Opcodes {
    pub fn has(self, op: Opcode) -> bool {
        self.0 >> op as u32 & 1 != 0
    }
}

pub fn check(function: &Function) -> super::Check<Opcodes> {
    all(function).map_err(Refusal::Malformed)
}

fn all(function: &Function) -> Check<Opcodes> {
    let code = function.code;
    let opcodes = occurring(code)?;
    // From here on every word has an opcode.
    let last = function.instruction(code.len() - 1).opcode();
    require(matches!(last, Opcode::Return | Opcode::Return0 | Opcode::Return1), "missing return")?;
    let first = function.instruction(0).opcode();
    require((first == Opcode::VarArgPrep) == (function.f.vararg != Vararg::No), VARARG)?;
    let limits = Limits::new(function);
    let mut previous = Previous::default();
    let mut pc = 0;
    while pc < code.len() {
        let i = Instruction(code[pc]);
        if previous.open.is_none() {
            // Long lists have many of these.
            if i.opcode_number() == Opcode::LoadKX as u8 && limits.accept_pair(i, Instruction(code[pc + 1])) {
                previous = Previous::default();
                pc += 2;
                continue;
            }
            if limits.accept(i) {
                previous = Previous::default();
                pc += 1;
                continue;
            }
        }
        let at = At { function, pc, i };
        previous = if previous.open.is_none() && STANDS_ALONE[i.opcode() as usize] {
            Previous::default()
        } else {
            at.neighbours(previous)?
        };
        at.operands()?;
        pc += 1;
    }
    Ok(opcodes)
}

/// Checks that every word has an opcode.
fn occurring(code: &[u32]) -> Check<Opcodes> {
    let mut seen = [0u8; 1 << 7];
    for word in code {
        seen[Instruction(*word).opcode_number() as usize] = 1;
    }
    // The product has the lowest bits of eight bytes side by side at its top.
    let gather = |eight: &[u8; 8]| (u64::from_le_bytes(*eight).wrapping_mul(0x0102_0408_1020_4080) >> 56) as u8;
    let (eights, _) = seen.as_chunks();
    let bits = u128::from_le_bytes(core::array::from_fn(|i| gather(&eights[i])));
    require(bits >> Opcode::COUNT == 0, "invalid opcode")?;
    Ok(Opcodes(bits))
}

/// What an operand is to be less than: an index of `Limits`.
#[derive(Clone, Copy)]
enum Below {
    Zero,
    Registers,
    Upvalues,
    Constants,
    Nested,
    /// Whatever its bits are, it is right.
    All,
}

/// What an opcode asks of its operands.
#[derive(Clone, Copy)]
struct Plain {
    a: Below,
    b: Below,
    c: Below,
    bx: Below,
}

/// Opcodes of which `At::operands` asks no more than this, and `At::neighbours` only that no results are open. No operands satisfy the others.
const PLAIN: [Plain; 1 << 7] = {
    use Below::{All, Constants, Nested, Registers, Upvalues, Zero};
    let mut table = [Plain { a: Zero, b: All, c: All, bx: All }; 1 << 7];
    let mut i = 0;
    while i < Opcode::COUNT {
        use Opcode as Op;
        let op = Opcode::ALL[i];
        let r = Registers;
        let plain = match op {
            Op::Move | Op::Unm | Op::BNot | Op::Not | Op::Len | Op::GetI => Some((r, r, All, All)),
            Op::LoadI | Op::LoadF | Op::LoadFalse | Op::LoadTrue | Op::Tbc => Some((r, All, All, All)),
            Op::LoadK => Some((r, All, All, Constants)),
            Op::GetUpval | Op::SetUpval => Some((r, Upvalues, All, All)),
            Op::GetTable => Some((r, r, r, All)),
            Op::Closure => Some((r, All, All, Nested)),
            _ => None,
        };
        if let Some((a, b, c, bx)) = plain {
            assert!(STANDS_ALONE[i]);
            table[i] = Plain { a, b, c, bx };
        }
        i += 1;
    }
    table
};

/// How many there are of what operands name in a function, by `Below`.
struct Limits([usize; 6]);

impl Limits {
    fn new(function: &Function) -> Limits {
        let f = function.f;
        Limits([0, f.max_stack_size.into(), f.upvalues.len(), function.constants.len(), f.nested.len(), usize::MAX])
    }

    #[inline(always)]
    fn fits(&self, operand: usize, limit: Below) -> bool {
        operand < self.0[limit as usize]
    }

    /// Whether it is a plain instruction with the right operands. Otherwise nothing is said.
    #[inline(always)]
    fn accept(&self, i: Instruction) -> bool {
        let Plain { a, b, c, bx } = PLAIN[i.opcode_number() as usize];
        // Without a jump for each: their order is anything.
        self.fits(i.a(), a) & self.fits(i.b(), b) & self.fits(i.c(), c) & self.fits(i.bx(), bx)
    }

    /// Whether `i`, a `LOADKX`, and the instruction after it are right. Otherwise nothing is said.
    #[inline(always)]
    fn accept_pair(&self, i: Instruction, next: Instruction) -> bool {
        let is_pair = next.opcode_number() == Opcode::ExtraArg as u8;
        is_pair & self.fits(i.a(), Below::Registers) & self.fits(next.ax(), Below::Constants)
    }
}

/// `second_half` of every opcode without and with k, which is all that it looks at.
const HALVES: [[Option<Opcode>; 2]; Opcode::COUNT] = {
    let mut table = [[None; 2]; Opcode::COUNT];
    let mut i = 0;
    while i < table.len() {
        let op = Opcode::ALL[i];
        table[i] = [second_half(Instruction::abck(op, 0, 0, 0, false)), second_half(Instruction::abck(op, 0, 0, 0, true))];
        i += 1;
    }
    table
};

/// Opcodes that ask nothing of the instruction after them and can follow any that does not.
const STANDS_ALONE: [bool; Opcode::COUNT] = {
    let mut table = [false; Opcode::COUNT];
    let mut i = 0;
    while i < table.len() {
        let op = Opcode::ALL[i];
        let is_half = is_second_half_only(op) || HALVES[i][0].is_some() || HALVES[i][1].is_some();
        table[i] = !is_half && !op.uses_top() && !op.sets_top() && !matches!(op, Opcode::VarArgPrep);
        i += 1;
    }
    table
};

/// What the instruction before asks of the one under examination.
#[derive(Clone, Copy, Default)]
struct Previous {
    /// Its second half.
    half: Option<Opcode>,
    /// Where its open results begin.
    open: Option<usize>,
}

/// One place in the code.
struct At<'a> {
    function: &'a Function<'a>,
    pc: usize,
    i: Instruction,
}

impl At<'_> {
    /// The next instruction; every caller's opcode is not a return, so there is one.
    fn next(&self) -> Instruction {
        self.function.instruction(self.pc + 1)
    }

    /// V4 and V5: this instruction and those around it belong together or do not. What it asks of the next one.
    fn neighbours(&self, previous: Previous) -> Check<Previous> {
        let op = self.i.opcode();
        let half = HALVES[op as usize][usize::from(self.i.k())];
        if let Some(half) = half {
            require(self.next().opcode() == half, PAIR)?;
        }
        if is_second_half_only(op) {
            require(previous.half == Some(op), PAIR)?;
        }
        if op == Opcode::VarArgPrep {
            require(self.pc == 0, VARARG)?;
            return Ok(Previous::default());
        }
        require(previous.open.is_some() == self.i.takes_top(), OPEN)?;
        if let Some(producer) = previous.open {
            let lowest = if op == Opcode::Return { self.i.a() } else { self.i.a() + 1 };
            require(producer >= lowest, OPEN)?;
        }
        Ok(Previous { half, open: self.i.leaves_top().then_some(self.i.a()) })
    }

    /// V2, V3, V6, V7 (pairing), V12.
    fn operands(&self) -> Check {
        use Opcode as Op;
        let i = self.i;
        let (a, b, c) = (i.a(), i.b(), i.c());
        let vararg = self.function.f.vararg;
        match i.opcode() {
            Op::Move | Op::Unm | Op::BNot | Op::Not | Op::Len | Op::TestSet | Op::Eq | Op::Lt | Op::Le => self.registers(&[a, b]),
            Op::LoadI | Op::LoadF | Op::LoadFalse | Op::LFalseSkip | Op::LoadTrue => self.register(a),
            Op::LoadK => {
                self.register(a)?;
                self.constant(i.bx()).map(drop)
            }
            Op::LoadKX => {
                self.register(a)?;
                self.constant(self.next().ax()).map(drop)
            }
            Op::LoadNil => self.register(a + b),
            Op::GetUpval | Op::SetUpval => {
                self.register(a)?;
                self.upvalue(b)
            }
            Op::GetTabUp => {
                self.register(a)?;
                self.upvalue(b)?;
                self.short_string(c)
            }
            Op::GetTable => self.registers(&[a, b, c]),
            Op::GetI => self.registers(&[a, b]),
            Op::GetField => {
                self.registers(&[a, b])?;
                self.short_string(c)
            }
            Op::SetTabUp => {
                self.upvalue(a)?;
                self.short_string(b)?;
                self.register_or_constant()
            }
            Op::SetTable => {
                self.registers(&[a, b])?;
                self.register_or_constant()
            }
            Op::SetI => {
                self.register(a)?;
                self.register_or_constant()
            }
            Op::SetField => {
                self.register(a)?;
                self.short_string(b)?;
                self.register_or_constant()
            }
            Op::NewTable => {
                self.register(a)?;
                let extra = self.next().ax();
                require(i.k() || extra == 0, PAIR)?;
                // At most 2^(B-1) entries, each with an instruction of its own, rounded up to a power of two.
                let b = i.list_b();
                let entries = if b == 0 { 0 } else { 1u64.checked_shl(b as u32 - 1).unwrap_or(u64::MAX) };
                require(entries <= 2 * self.function.len() as u64, "invalid table size")?;
                self.list_index(extra, i.list_c())
            }
            Op::SelfOp => {
                self.registers(&[a + 1, b])?;
                if LUA_5_5 {
                    return self.short_string(c);
                }
                if !i.k() {
                    return self.register(c);
                }
                match self.constant(c)? {
                    Constant::String(_) => Ok(()),
                    _ => refuse(CONSTANT),
                }
            }
            Op::AddI | Op::ShrI | Op::ShlI => self.registers(&[a, b]),
            Op::AddK | Op::SubK | Op::MulK | Op::ModK | Op::PowK | Op::DivK | Op::IDivK => {
                self.registers(&[a, b])?;
                match self.constant(c)? {
                    Constant::Integer(_) | Constant::Float(_) => Ok(()),
                    _ => refuse(CONSTANT),
                }
            }
            Op::BAndK | Op::BOrK | Op::BXorK => {
                self.registers(&[a, b])?;
                match self.constant(c)? {
                    Constant::Integer(_) => Ok(()),
                    _ => refuse(CONSTANT),
                }
            }
            Op::Add | Op::Sub | Op::Mul | Op::Mod | Op::Pow | Op::Div | Op::IDiv => self.registers(&[a, b, c]),
            Op::BAnd | Op::BOr | Op::BXor | Op::Shl | Op::Shr => self.registers(&[a, b, c]),
            Op::MmBin => {
                self.registers(&[a, b])?;
                self.event()
            }
            Op::MmBinI => {
                self.register(a)?;
                self.event()
            }
            Op::MmBinK => {
                self.register(a)?;
                self.constant(b)?;
                self.event()
            }
            Op::Concat => {
                require(b >= 2, "invalid concatenation")?;
                self.register(a + b - 1)
            }
            Op::Close => self.register_or_end(a),
            Op::Tbc => self.register(a),
            Op::Jmp => self.jump(),
            Op::EqK => {
                self.register(a)?;
                self.constant(b).map(drop)
            }
            Op::EqI | Op::LtI | Op::LeI | Op::GtI | Op::GeI | Op::Test => self.register(a),
            Op::Call => {
                self.register(a)?;
                self.register((a + b).saturating_sub(1))?;
                self.register((a + c).saturating_sub(2))
            }
            Op::TailCall => {
                self.register(a)?;
                self.register((a + b).saturating_sub(1))?;
                require(self.next().a() == a, OPEN)?;
                self.return_kind()
            }
            Op::Return => {
                match b {
                    0 => self.register(a)?,
                    1 => self.register_or_end(a)?,
                    _ => self.register(a + b - 2)?,
                }
                self.return_kind()
            }
            Op::Return0 => {
                self.register_or_end(a)?;
                require(vararg != Vararg::Hidden, VARARG)
            }
            Op::Return1 => {
                self.register(a)?;
                require(vararg != Vararg::Hidden, VARARG)
            }
            Op::ForLoop => {
                self.register(a + FOR_STATE)?;
                // The body starts at `pc + 1 - Bx`, after its FORPREP.
                let prepare = self.pc.checked_sub(i.bx());
                self.paired(prepare, Op::ForPrep, |p| p.bx() + 1 == i.bx())
            }
            Op::ForPrep => {
                self.registers(&[a + 2, a + FOR_STATE])?;
                self.paired(Some(self.pc + 1 + i.bx()), Op::ForLoop, |l| l.bx() == i.bx() + 1)
            }
            Op::TForPrep => {
                self.register(a + 3)?;
                self.paired(Some(self.pc + 1 + i.bx()), Op::TForCall, |_| true)
            }
            Op::TForCall => {
                require(c >= 1, LOOP)?;
                self.registers(&[a + FOR_CALL + 2, a + FOR_CALL + c - 1])?;
                require(self.next().a() == a, LOOP)?;
                // TFORLOOP jumps back to the instruction after the TFORPREP.
                let prepare = (self.pc + 1).checked_sub(self.next().bx());
                self.paired(prepare, Op::TForPrep, |p| p.bx() + 2 == self.next().bx())
            }
            Op::TForLoop => self.register(a + FOR_CALL),
            Op::SetList => {
                self.register(a + i.list_b())?;
                self.list_index(if i.k() { self.next().ax() } else { 0 }, i.list_c())
            }
            Op::Closure => {
                self.register(a)?;
                require(i.bx() < self.function.f.nested.len(), "invalid nested function")
            }
            Op::VarArg => {
                require(vararg != Vararg::No, VARARG)?;
                if LUA_5_5 {
                    require(i.k() == (vararg == Vararg::Table), VARARG)?;
                    self.register(b)?;
                }
                self.register(a)?;
                self.register((a + c).saturating_sub(2))
            }
            Op::GetVarArg => {
                require(vararg == Vararg::Hidden, VARARG)?;
                self.registers(&[a, b, c])
            }
            Op::ErrNotNil => {
                self.register(a)?;
                i.bx().checked_sub(1).map_or(Ok(()), |k| self.constant(k).map(drop))
            }
            Op::VarArgPrep if LUA_5_5 => self.register(self.function.f.parameters.into()),
            Op::VarArgPrep => require(a == self.function.f.parameters as usize, VARARG),
            Op::ExtraArg => Ok(()),
        }
    }

    fn register(&self, register: usize) -> Check {
        require(register < self.function.f.max_stack_size as usize, REGISTER)
    }

    fn registers(&self, registers: &[usize]) -> Check {
        registers.iter().try_for_each(|r| self.register(*r))
    }

    fn register_or_end(&self, register: usize) -> Check {
        require(register <= self.function.f.max_stack_size as usize, REGISTER)
    }

    fn constant(&self, index: usize) -> Check<Constant> {
        match self.function.constants.get(index) {
            Some(constant) => Ok(*constant),
            None => refuse(CONSTANT),
        }
    }

    fn short_string(&self, index: usize) -> Check {
        match self.constant(index)? {
            Constant::String(s) if self.function.draft.symbols.bytes(s).len() <= MAX_SHORT => Ok(()),
            _ => refuse(CONSTANT),
        }
    }

    /// C and k: a register, or with k a constant.
    fn register_or_constant(&self) -> Check {
        if self.i.k() { self.constant(self.i.c()).map(drop) } else { self.register(self.i.c()) }
    }

    fn upvalue(&self, index: usize) -> Check {
        require(index < self.function.f.upvalues.len(), "invalid upvalue")
    }

    fn event(&self) -> Check {
        require(BINARY_EVENTS.contains(&self.i.c()), "invalid metamethod")
    }

    /// A number of list items, the excess over C in `extra`. Items come in batches, one instruction each.
    fn list_index(&self, extra: usize, c: usize) -> Check {
        let items = extra as u64 * (MAX_LIST_C as u64 + 1) + c as u64;
        require(items <= MAX_ITEMS_PER_FLUSH as u64 * self.function.len() as u64, "invalid table size")
    }

    fn return_kind(&self) -> Check {
        let f = self.function.f;
        let expected = if f.vararg == Vararg::Hidden { f.parameters as usize + 1 } else { 0 };
        require(self.i.c() == expected, VARARG)
    }

    fn jump(&self) -> Check {
        let target = self.pc as i64 + 1 + self.i.sj() as i64;
        require((0..self.function.len() as i64).contains(&target), JUMP)?;
        let target = target as usize;
        let there = self.function.instruction(target);
        let before = target.checked_sub(1).map(|pc| self.function.instruction(pc));
        // A `LOADTRUE` after `LFALSESKIP` is a place that other conditions jump to.
        let inside = before.and_then(second_half).is_some_and(|half| half != Opcode::LoadTrue);
        require(!inside && !there.takes_top() && there.opcode() != Opcode::VarArgPrep, JUMP)
    }

    /// The other end of a loop is `op` with the same A, at a fitting distance.
    fn paired(&self, pc: Option<usize>, op: Opcode, fits: impl Fn(Instruction) -> bool) -> Check {
        let Some(pc) = pc.filter(|pc| *pc < self.function.len()) else { return refuse(LOOP) };
        let other = self.function.instruction(pc);
        require(other.opcode() == op && other.a() == self.i.a() && fits(other), LOOP)
    }
}

/// What must follow an instruction that is only half of an operation.
const fn second_half(i: Instruction) -> Option<Opcode> {
    use Opcode as Op;
    const fn is_among(op: Op, first: Op, last: Op) -> bool {
        first as u8 <= op as u8 && op as u8 <= last as u8
    }
    Some(match i.opcode() {
        Op::LoadKX | Op::NewTable => Op::ExtraArg,
        Op::SetList if i.k() => Op::ExtraArg,
        Op::AddI | Op::ShrI | Op::ShlI => Op::MmBinI,
        op if is_among(op, Op::AddK, Op::BXorK) => Op::MmBinK,
        op if is_among(op, Op::Add, Op::Shr) => Op::MmBin,
        op if op.is_test() => Op::Jmp,
        Op::LFalseSkip => Op::LoadTrue,
        Op::TForCall => Op::TForLoop,
        Op::TailCall => Op::Return,
        _ => return None,
    })
}

/// Whether the opcode never stands alone.
const fn is_second_half_only(op: Opcode) -> bool {
    matches!(op, Opcode::ExtraArg | Opcode::TForLoop) || op.is_metamethod()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chunk::draft::{Draft, OpenFunction};
    use crate::chunk::testing::with_mem;

    #[test]
    fn the_short_way_accepts_nothing_that_the_long_way_refuses() {
        with_mem(|mem| {
            let mut f = OpenFunction::new(mem);
            f.max_stack_size = 3;
            f.constants.extend(&[Constant::Nil; 2]).unwrap();
            f.upvalues.extend(&[crate::chunk::draft::UpvalueDesc { name: None, in_stack: false, index: 0, kind: 0 }; 2]).unwrap();
            f.nested.push(1).unwrap();
            f.code.push(Instruction::abc(Opcode::Return0, 0, 1, 0).0).unwrap();
            let mut draft = Draft::new(mem);
            draft.functions.open().unwrap();
            draft.functions.finish_main(crate::chunk::draft::OpenBox::of(f).unwrap()).unwrap();
            let function = Function::new(&draft, 0);
            let limits = Limits::new(&function);
            let mut accepted = 0;
            for op in Opcode::ALL {
                for operands in 0..1u32 << 12 {
                    // A, B and C from 0 to 15; Bx is small when B and C are 0.
                    let (a, b, c) = (operands & 15, operands >> 4 & 15, operands >> 8);
                    for k in [false, true] {
                        let i = Instruction::abck(op, a, b, c, k);
                        if limits.accept(i) {
                            assert!(STANDS_ALONE[op as usize], "{op:?}");
                            assert_eq!(At { function: &function, pc: 0, i }.operands(), Ok(()), "{i:?}");
                            accepted += 1;
                        }
                    }
                }
            }
            assert!(accepted > 1000);
            for op in [Opcode::ExtraArg, Opcode::LoadKX] {
                for (a, ax) in (0..6).flat_map(|a| (0..6).map(move |ax| (a, ax))) {
                    let pair =
                        limits.accept_pair(Instruction::abck(Opcode::LoadKX, a, 0, 0, false), Instruction::with_ax(op, ax));
                    assert_eq!(pair, op == Opcode::ExtraArg && a < 3 && ax < 2);
                }
            }
        });
    }
}
