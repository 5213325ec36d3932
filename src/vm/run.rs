//! One invocation of the interpreter: what happens between the interpreter loop's instructions.
//!
//! A `Run` begins when a host or a standard function calls a Lua function (`call::call`) or resumes a coroutine
//! (`coroutine::resume`), and ends when that returns. In between, coroutines that Lua code resumes run in the same
//! invocation: the interpreter only changes its current thread. Errors arrive here as values and are handed to the innermost
//! frame that catches them, across coroutines, down to the frame where the run began.

use super::call::{self, Entered};
use super::coroutine;
use super::execute::{self, Outcome};
use super::finish;
use super::protect;
use crate::heap::function::NativeKind;
use crate::heap::state::{Frame, FrameRef, OK, State, YIELDED, frame_status};
use crate::throw::{Result, Throw};
use crate::value::Tag;

/// Where an invocation began: frames below `entry` of the thread `home` are not its own.
#[derive(Clone, Copy)]
pub struct Run {
    pub home: State,
    /// Offset of the first frame in the thread's frame array (`State::frame_offset`).
    entry: usize,
}

/// What the driver does next.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Flow {
    /// The current frame of the current thread is a Lua function: run it.
    Run,
    /// The first frame has returned.
    Exit,
}

impl Run {
    /// For a frame that is about to be pushed on `l`.
    #[inline(always)]
    pub fn above(l: State) -> Run {
        Run { home: l, entry: l.frame_offset(l.frame.get()) + size_of::<Frame>() }
    }

    /// For all that a coroutine does.
    pub fn of_thread(l: State) -> Run {
        Run { home: l, entry: size_of::<Frame>() }
    }

    /// The thread that runs: `home`, or where the resumes lead that this run has made.
    #[inline(always)]
    pub fn current(&self) -> State {
        let mut l = self.home;
        let frame = l.frame.get();
        debug_assert!(frame < l.frames_end.get());
        // A frame below the first may be resuming, too, if `home` is a thread that waits further out.
        if l.frame_offset(frame) < self.entry {
            return l;
        }
        while let Some(co) = coroutine::resumed(l.frame.get()) {
            l = co;
        }
        l
    }

    /// The first frame of a thread of this run that is the run's own.
    #[inline(always)]
    fn first_frame(&self, l: State) -> FrameRef {
        l.frame_at_offset(if l == self.home { self.entry } else { size_of::<Frame>() })
    }

    /// The innermost frame of a thread of this run that catches errors.
    #[inline(always)]
    pub fn catcher(&self, l: State) -> Option<FrameRef> {
        let first = self.first_frame(l);
        let mut frame = l.frame.get();
        while frame >= first {
            if frame.has(frame_status::PROTECTED) {
                return Some(frame);
            }
            frame = frame.below();
        }
        None
    }

    /// Whether the frame that `l` has just left was the first one. (A frame may carry a `FRESH` mark of a run that a
    /// yield has ended.)
    #[inline(always)]
    pub fn has_ended(&self, l: State) -> bool {
        l == self.home && l.frame_offset(l.frame.get()) < self.entry
    }
}

/// Runs the Lua function whose frame is current until it returns.
#[inline(always)]
pub fn run(l: State, run: Run) -> Result {
    let mut current = l;
    match execute::execute(&mut current, &run) {
        Ok(Flow::Exit) => Ok(()),
        flow => drive(current, &run, flow),
    }
}

/// As `run`, after handlers that ran the function have stopped.
#[inline(always)]
pub fn run_on(l: State, run: Run, outcome: Outcome) -> Result {
    #[inline(never)]
    fn further(l: State, run: Run, outcome: Outcome) -> Result {
        let mut current = l;
        match execute::go_on(&mut current, &run, outcome) {
            Ok(Flow::Exit) => Ok(()),
            flow => drive(current, &run, flow),
        }
    }
    if outcome.has_returned() && run.has_ended(l) { Ok(()) } else { further(l, run, outcome) }
}

/// As `run`, when the first call was that of a C function and failed.
#[inline(always)]
pub fn leave_with(l: State, run: Run, t: Throw) -> Result {
    let frame = l.frame.get();
    if l.frame_offset(frame) <= run.entry && !frame.has(frame_status::PROTECTED) && t.is_error() {
        return Err(t);
    }
    run_from(l, run, Err(t))
}

/// As `run`, when the first call did something else than enter a Lua function.
#[cold]
pub fn run_from(l: State, run: Run, entered: Result<Entered>) -> Result {
    let mut l = l;
    let flow = match entered {
        // A failure of a call that pushed no frame is the caller's.
        Err(t) if run.has_ended(l) && t != Throw::Switch => return Err(t),
        Err(t) => Err(t),
        Ok(e) => proceed(&mut l, &run, e, frame_status::FRESH),
    };
    drive(l, &run, flow)
}

/// Resumes or starts the thread `l`, on which the `arguments` wait on top.
#[inline(always)]
pub fn run_thread(l: State, run: Run) -> Result {
    let mut current = l;
    // Not by a closure, which would be a function of its own: errors and yields land here.
    let flow = match start_in_yield(&mut current, &run) {
        Some(flow) => flow,
        None => start_otherwise(&mut current, &run),
    };
    let flow = match flow {
        Ok(Flow::Run) => execute::execute(&mut current, &run),
        other => other,
    };
    match flow {
        Ok(Flow::Exit) => Ok(()),
        Err(Throw::Yield) if current == l => {
            l.status.set(YIELDED);
            Err(Throw::Yield)
        }
        flow => drive(current, &run, flow),
    }
}

#[inline(never)]
fn drive(l: State, run: &Run, flow: Result<Flow>) -> Result {
    let mut l = l;
    let mut flow = flow;
    loop {
        flow = match flow {
            Ok(Flow::Exit) => return Ok(()),
            Ok(Flow::Run) => execute::execute(&mut l, run),
            Err(t) => recover(&mut l, run, t)?,
        };
    }
}

/// Goes on after `call::enter`; `bits` is the status of the frame that has been left when that is `Done`.
pub fn proceed(l: &mut State, run: &Run, entered: Entered, bits: u16) -> Result<Flow> {
    match entered {
        Entered::Lua => Ok(Flow::Run),
        Entered::Done => returned(l, run, bits),
        Entered::Switch => switch(l, run),
        Entered::Yield => suspend(l, run),
    }
}

/// Changes to the coroutine that is to run on behalf of the current frame.
pub fn switch(l: &mut State, run: &Run) -> Result<Flow> {
    *l = run.current();
    start(l, run)
}

/// A call has returned and its results are in place; `bits` was the status of its frame. Goes on with the frame that is
/// current now.
#[inline(always)]
pub fn returned(l: &mut State, run: &Run, bits: u16) -> Result<Flow> {
    if bits & (frame_status::FRESH | frame_status::META) == 0 {
        let frame = l.frame.get();
        if frame.is_lua() {
            return Ok(Flow::Run);
        }
        if is_plain_protected(frame.status.get()) {
            return protected_returned(l, run);
        }
    }
    if bits & frame_status::FRESH != 0 && run.has_ended(*l) {
        return Ok(Flow::Exit);
    }
    returned_further(l, run, bits)
}

/// The status of a frame of `pcall` or `xpcall` whose function has not failed.
#[inline(always)]
pub fn is_plain_protected(bits: u16) -> bool {
    bits & (frame_status::PROTECTED | frame_status::C_PCALL | frame_status::RECOVERING) == frame_status::PROTECTED
}

/// As `returned`, where what has been left was called by `pcall` or `xpcall`.
#[inline(never)]
fn protected_returned(l: &mut State, run: &Run) -> Result<Flow> {
    let bits = l.frame.get().status.get();
    protect::finish_ok(*l)?;
    if bits & (frame_status::FRESH | frame_status::META) == 0 && l.frame.get().is_lua() {
        return Ok(Flow::Run);
    }
    returned_further(l, run, bits)
}

/// As `returned`, where that takes more than going on.
#[inline(never)]
fn returned_further(l: &mut State, run: &Run, bits: u16) -> Result<Flow> {
    let mut bits = bits;
    loop {
        if bits & frame_status::FRESH != 0 && run.has_ended(*l) {
            return Ok(Flow::Exit);
        }
        let frame = l.frame.get();
        if frame.is_lua() {
            if bits & frame_status::META == 0 {
                return Ok(Flow::Run);
            }
            // What a metamethod returned completes the instruction, which may need another metamethod.
            finish::instruction(*l)?;
            return Ok(Flow::Run);
        }
        if frame == l.frames.get() {
            // The body of a coroutine has returned.
            if *l == run.home {
                return Ok(Flow::Exit);
            }
            let n = l.top.get().since(l.base());
            bits = coroutine::give_results(l, n)?;
            continue;
        }
        bits = frame.status.get();
        match continue_frame(*l)? {
            Entered::Done => {}
            other => return proceed(l, run, other, bits),
        }
    }
}

/// Goes on with the current frame, of a standard or C function, after its callee has returned. `Done`: it has been left.
fn continue_frame(l: State) -> Result<Entered> {
    let bits = l.frame.get().status.get();
    if is_plain_protected(bits) {
        protect::finish_ok(l)?;
        return Ok(Entered::Done);
    }
    if bits & frame_status::RECOVERING != 0 {
        return protect::recover(l);
    }
    match l.func().get().as_native().map(|n| n.kind) {
        Some(NativeKind::CallResult | NativeKind::Pairs) => {
            call::finish_call_result(l)?;
            Ok(Entered::Done)
        }
        _ => protect::finish_c(l, Throw::Yield as i32),
    }
}

/// Starts or continues the current thread with the arguments on its top, whose number is in its frame.
pub fn start(l: &mut State, run: &Run) -> Result<Flow> {
    #[inline(never)]
    fn otherwise(l: &mut State, run: &Run) -> Result<Flow> {
        start_otherwise(l, run)
    }
    start_in_yield(l, run).unwrap_or_else(|| otherwise(l, run))
}

/// As `start`, for a thread that is suspended in `coroutine.yield`; `None` for others.
#[inline(always)]
fn start_in_yield(l: &mut State, run: &Run) -> Option<Result<Flow>> {
    let frame = l.frame.get();
    let n = frame.recover.get() as usize;
    if l.status.get() == YIELDED && l.func().tag() == Tag::NATIVE && l.hooks() == 0 {
        // `yield` returns the arguments.
        let bits = coroutine::finish_yield(*l, l.from_top(n), l.top.get());
        return Some(returned(l, run, bits));
    }
    None
}

/// As `start`, for the other threads.
#[inline(always)]
fn start_otherwise(l: &mut State, run: &Run) -> Result<Flow> {
    let frame = l.frame.get();
    let n = frame.recover.get() as usize;
    l.global().gc.running.set(Some(*l));
    if l.status.get() != YIELDED {
        let func = l.from_top(n + 1);
        return match call::enter(*l, func, call::ALL, frame_status::FRESH)? {
            Entered::Lua => Ok(Flow::Run),
            other => proceed(l, run, other, frame_status::FRESH),
        };
    }
    l.status.set(OK);
    if l.hooks() != 0 {
        // An instruction whose closing method was suspended is announced again.
        let mut f = Some(frame);
        while let Some(frame) = f {
            frame.remove_status(frame_status::REPEATED);
            f = l.previous_frame(frame);
        }
    }
    if frame.is_lua() {
        // Suspended by a hook, before an instruction: the arguments mean nothing to it.
        frame.pc.set(frame.pc.get().wrapping_sub(1));
        l.top.set(l.from_top(n));
        return Ok(Flow::Run);
    }
    let bits = frame.status.get();
    let first = l.from_top(n);
    // Frames of standard functions have no continuation, and the field is not set.
    if l.func().get().as_native().is_none() && frame.k.get().is_some() {
        protect::finish_c_here(*l, Throw::Yield as i32)?;
    } else {
        call::leave(*l, first, n)?;
    }
    returned(l, run, bits)
}

/// The current coroutine suspends; the number of values, which are on top, is in its frame.
pub fn suspend(l: &mut State, run: &Run) -> Result<Flow> {
    l.status.set(YIELDED);
    if *l == run.home {
        return Err(Throw::Yield);
    }
    let n = l.frame.get().recover.get() as usize;
    let bits = coroutine::give_results(l, n)?;
    returned(l, run, bits)
}

/// Finds who catches `t` and goes on there. `Err`: it leaves this run.
#[cold]
#[inline(never)]
fn recover(l: &mut State, run: &Run, t: Throw) -> Result<Result<Flow>> {
    match t {
        Throw::Yield => {
            if *l == run.home {
                l.status.set(YIELDED);
                return Err(t);
            }
            return Ok(suspend(l, run));
        }
        Throw::Switch => return Ok(switch(l, run)),
        Throw::Closed => {
            if *l == run.home {
                return Err(t);
            }
            return Ok(coroutine::give_closed(l).and_then(|bits| returned(l, run, bits)));
        }
        _ => {}
    }
    if let Some(frame) = run.catcher(*l) {
        protect::catch(*l, frame, t);
        let bits = frame.status.get();
        return Ok(protect::recover(*l).and_then(|e| proceed(l, run, e, bits)));
    }
    if *l == run.home {
        return Err(t);
    }
    // Nobody in this coroutine: it dies, and its resumer gets the error.
    Ok(coroutine::give_error(l, t).and_then(|bits| returned(l, run, bits)))
}
