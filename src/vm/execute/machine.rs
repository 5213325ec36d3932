//! What handlers of instructions are made of: the registers they pass on, and the ways to go on from there.

use super::{HANDLERS, metamethods, protected};
use crate::bytecode::Instruction;
use crate::heap::function::{LuaClosure, Proto};
use crate::heap::object::Gc;
use crate::heap::state::{FrameRef, Slot, State, frame_status};
use crate::heap::string::Str;
use crate::throw::Throw;
use crate::value::Value;
use crate::vm::run;

/// Executes one instruction and goes on with the next one, until something is to be done outside.
///
/// The arguments are the fields of [`Machine`] and the instruction: as many as travel in processor registers.
pub type Handler = fn(State, &'static Handlers, *const u32, Instruction, Slot, Slot) -> Outcome;

/// The handlers by the lowest byte of an instruction, which is the opcode and a bit of A: that takes no masking.
pub struct Handlers(pub [Handler; 256]);

impl Handlers {
    #[inline(always)]
    pub fn of(&self, i: Instruction) -> Handler {
        self.0[i.0 as u8 as usize]
    }
}

/// Why no handler goes on. But for `Raised`, the frame is whole.
#[derive(Clone, Copy)]
pub enum Step {
    /// The current frame of the thread is another one, of a Lua function.
    Frame,
    /// Hooks were set or cleared; the frame is the same.
    Hooks,
    /// A frame with this status was left, and the one below is not that of a waiting Lua function.
    Returned(u16),
    /// The coroutine that the current frame resumes is to run.
    Switch,
    /// The running coroutine suspends.
    Yield,
    Raised(Throw),
}

/// What a handler returns: a `Step`, as one number, since a call whose result has parts to put together is no jump.
#[cfg(threaded)]
#[derive(Clone, Copy)]
pub struct Outcome(u32);

#[cfg(threaded)]
impl Outcome {
    #[inline(always)]
    pub const fn step(step: Step) -> Outcome {
        Outcome(match step {
            Step::Frame => 0,
            Step::Hooks => 1,
            Step::Switch => 2,
            Step::Yield => 3,
            Step::Returned(bits) => 4 | (bits as u32) << 8,
            Step::Raised(t) => 5 | (t as u32) << 8,
        })
    }

    /// Whether a frame was left, and the one below is not that of a waiting Lua function.
    #[inline(always)]
    pub fn has_returned(self) -> bool {
        self.0 as u8 == 4
    }

    #[inline]
    pub fn into_step(self) -> Step {
        match self.0 as u8 {
            0 => Step::Frame,
            1 => Step::Hooks,
            2 => Step::Switch,
            3 => Step::Yield,
            4 => Step::Returned((self.0 >> 8) as u16),
            _ => Step::Raised(Throw::from_code((self.0 >> 8) as u8)),
        }
    }
}

/// What a handler returns.
#[cfg(not(threaded))]
#[derive(Clone, Copy)]
pub enum Outcome {
    /// This handler is next.
    Next(Handler, Machine, Instruction),
    Step(Step),
}

#[cfg(not(threaded))]
impl Outcome {
    pub const fn step(step: Step) -> Outcome {
        Outcome::Step(step)
    }

    pub fn has_returned(self) -> bool {
        matches!(self, Outcome::Step(Step::Returned(_)))
    }

    pub fn into_step(self) -> Step {
        match self {
            Outcome::Step(step) => step,
            Outcome::Next(..) => unreachable!("handlers go on until there is a step"),
        }
    }
}

/// `?` for handlers.
macro_rules! attempt {
    ($result:expr) => {
        match $result {
            Ok(value) => value,
            Err(t) => return Outcome::step(Step::Raised(t)),
        }
    };
}
pub(super) use attempt;

/// Declares handlers. The body has the [`Machine`] and the instruction under the names given and ends, on every path, with one of the
/// machine's ways to go on.
macro_rules! handlers {
    ($($(#[$attribute:meta])* fn $name:ident($m:ident, $i:ident) $body:block)*) => {$(
        $(#[$attribute])*
        pub fn $name(
            l: $crate::heap::state::State,
            handlers: &'static $crate::vm::execute::machine::Handlers,
            pc: *const u32,
            $i: $crate::bytecode::Instruction,
            base: $crate::heap::state::Slot,
            constants: $crate::heap::state::Slot,
        ) -> $crate::vm::execute::machine::Outcome {
            #[allow(unused_mut)]
            let mut $m = $crate::vm::execute::machine::Machine { l, handlers, pc, base, constants };
            $body
        }
    )*};
}
pub(super) use handlers;

/// The state of the interpreter between two instructions.
#[derive(Clone, Copy)]
pub struct Machine {
    pub l: State,
    /// Where the next handlers come from.
    pub handlers: &'static Handlers,
    /// The next instruction.
    pub pc: *const u32,
    /// Register 0.
    pub base: Slot,
    pub constants: Slot,
}

impl Machine {
    /// For the current frame of `l`, which is that of a Lua function, as it was left.
    #[inline(always)]
    pub fn new(l: State, handlers: &'static Handlers) -> Machine {
        Machine::of_frame(l, l.frame.get(), handlers)
    }

    /// As `new`, for those who know which frame is the current one: what was just stored takes its time to be read.
    #[inline(always)]
    pub fn of_frame(l: State, frame: FrameRef, handlers: &'static Handlers) -> Machine {
        debug_assert!(frame.is_lua() && frame == l.frame.get());
        let base = l.slot(frame.func.get()).at(1);
        let mut m = Machine { l, handlers, pc: frame.pc.get(), base, constants: base };
        m.constants = Slot(m.proto().constants.as_ptr());
        m
    }

    // ---- operands ------------------------------------------------------------------------------------------------

    #[inline(always)]
    pub fn register(self, n: usize) -> Slot {
        self.base.at(n)
    }

    #[inline(always)]
    pub fn a(self, i: Instruction) -> Slot {
        self.base.at(i.a())
    }

    #[inline(always)]
    pub fn b(self, i: Instruction) -> Value {
        self.base.at(i.b()).get()
    }

    #[inline(always)]
    pub fn c(self, i: Instruction) -> Value {
        self.base.at(i.c()).get()
    }

    #[inline(always)]
    pub fn constant(self, n: usize) -> Value {
        self.constants.at(n).get()
    }

    #[inline(always)]
    pub fn constant_c(self, i: Instruction) -> Value {
        self.constant(i.c())
    }

    /// A constant that is a short string.
    #[inline(always)]
    pub fn key(self, n: usize) -> Gc<Str> {
        // SAFETY: E4: the instruction's constant is one.
        unsafe { self.constants.at(n).get().object_as() }
    }

    /// C as a register or, with k, a constant.
    #[inline(always)]
    pub fn rk_c(self, i: Instruction) -> Value {
        if i.k() { self.constant(i.c()) } else { self.c(i) }
    }

    /// The running function.
    #[inline(always)]
    pub fn closure(self) -> Gc<LuaClosure> {
        // SAFETY: Lua frames are frames of Lua closures.
        unsafe { self.base.before(1).get().object_as() }
    }

    #[inline(always)]
    pub fn proto(self) -> Gc<Proto> {
        self.closure().proto.get()
    }

    /// The instruction word at `pc`: E4: of a pair of which the first has been read.
    #[inline(always)]
    pub fn word(self) -> Instruction {
        // SAFETY: E4: code ends with a return, and jumps stay inside.
        Instruction(unsafe { *self.pc })
    }

    /// The instruction at hand, read anew: where registers are few, what it says need not be kept in them meanwhile.
    #[inline(always)]
    pub fn again(self) -> Instruction {
        // SAFETY: it lies before the next one.
        Instruction(unsafe { *self.pc.wrapping_sub(1) })
    }

    /// Reads the `EXTRAARG` that follows.
    #[inline(always)]
    pub fn extra_argument(&mut self) -> usize {
        let extra = self.word();
        self.jump(1);
        extra.ax()
    }

    // ---- the frame (E1, E2) --------------------------------------------------------------------------------------

    /// Makes the frame whole for code outside, apart from the top, which is an operand or does not matter.
    #[inline(always)]
    pub fn save_pc(self) {
        self.l.frame.get().pc.set(self.pc);
    }

    /// Makes the frame whole for code outside.
    #[inline(always)]
    pub fn save(self) {
        let frame = self.l.frame.get();
        frame.pc.set(self.pc);
        self.l.top.set(self.l.slot(frame.top.get()));
    }

    /// The stack may have moved.
    #[inline(always)]
    pub fn reload(&mut self) {
        self.base = self.l.base();
    }

    // ---- going on ------------------------------------------------------------------------------------------------

    #[inline(always)]
    pub fn jump(&mut self, distance: isize) {
        self.pc = self.pc.wrapping_offset(distance);
    }

    /// The next instruction.
    #[inline(always)]
    pub fn next(self) -> Outcome {
        let i = self.word();
        let mut m = self;
        m.jump(1);
        m.go(m.handlers.of(i), i)
    }

    /// The instruction after the next one.
    #[inline(always)]
    pub fn skip(self) -> Outcome {
        let mut m = self;
        m.jump(1);
        m.next()
    }

    /// Another handler: the last act of this one.
    #[cfg(threaded)]
    #[inline(always)]
    pub fn go(self, handler: Handler, i: Instruction) -> Outcome {
        handler(self.l, self.handlers, self.pc, i, self.base, self.constants)
    }

    /// Another handler: the last act of this one.
    #[cfg(not(threaded))]
    #[inline(always)]
    pub fn go(self, handler: Handler, i: Instruction) -> Outcome {
        Outcome::Next(handler, self, i)
    }

    /// Executes instructions until something is to be done outside.
    #[cfg(threaded)]
    #[inline(always)]
    pub fn run(self) -> Outcome {
        self.next()
    }

    /// Executes instructions until something is to be done outside.
    #[cfg(not(threaded))]
    pub fn run(self) -> Outcome {
        let mut outcome = self.next();
        while let Outcome::Next(handler, m, i) = outcome {
            outcome = handler(m.l, m.handlers, m.pc, i, m.base, m.constants);
        }
        outcome
    }

    /// Stops here.
    #[inline(always)]
    pub fn stop(self, step: Step) -> Outcome {
        Outcome::step(step)
    }

    /// The next instruction, this one having given a value.
    #[inline(always)]
    pub fn give(self, i: Instruction, v: Value) -> Outcome {
        self.a(i).set(v);
        self.next()
    }

    /// The next instruction after a jump that may lead back: the place where a tight loop notices hooks (E5).
    #[inline(always)]
    pub fn jumped(self, i: Instruction) -> Outcome {
        if self.l.hooks() != 0 { self.go(notice_hooks, i) } else { self.next() }
    }

    /// The next instruction after code outside, a metamethod perhaps or a finalizer, which may have set hooks (E5).
    #[inline(always)]
    pub fn resume(self) -> Outcome {
        self.jumped(Instruction(0))
    }

    /// After a test: takes the jump that follows, or skips it.
    #[inline(always)]
    pub fn branch(self, i: Instruction, condition: bool) -> Outcome {
        let mut m = self;
        if condition != i.k() {
            return m.skip();
        }
        m.jump(m.word().sj() as isize + 1);
        m.jumped(i)
    }

    /// The value of the instruction, or the frame of a Lua function that was entered for it.
    #[inline(always)]
    pub fn finish(self, target: usize, value: Option<Value>) -> Outcome {
        let mut m = self;
        match value {
            Some(v) => {
                m.reload();
                m.register(target).set(v);
                m.resume()
            }
            None => Machine::enter(m.l),
        }
    }

    /// Another frame of a Lua function is current.
    #[inline(always)]
    pub fn enter(l: State) -> Outcome {
        if l.hooks() != 0 { Outcome::step(Step::Frame) } else { Machine::new(l, &HANDLERS).next() }
    }

    /// The frame with this status has been left and the results are in place. There were no hooks, or handlers announce instructions.
    #[inline(always)]
    pub fn leave(self, bits: u16) -> Outcome {
        if bits & (frame_status::FRESH | frame_status::META) == 0 {
            let waiting = self.l.frame.get().status.get();
            if waiting & frame_status::LUA != 0 {
                return Machine::new(self.l, self.handlers).next();
            }
            if run::is_plain_protected(waiting) {
                return self.go(protected::finish, Instruction(0));
            }
        } else if bits & frame_status::FRESH == 0 && self.l.frame.get().is_lua() {
            return self.go(metamethods::after_call, Instruction(0));
        }
        self.stop(Step::Returned(bits))
    }
}

handlers! {
    /// There are hooks: handlers that announce what they do take over, if they have not yet.
    #[cold]
    #[inline(never)]
    fn notice_hooks(m, _i) {
        if core::ptr::eq(m.handlers, &HANDLERS) {
            m.save();
            return m.stop(Step::Hooks);
        }
        m.next()
    }
}
