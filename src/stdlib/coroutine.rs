//! The coroutine library (§6.2).
//!
//! The interpreter switches threads itself for `resume`, `yield` and the functions that `wrap` makes; what stands here for
//! these is how they behave when C calls them directly.

use crate::edition::LUA_5_5;
use crate::gc;
use crate::heap::function::Native;
use crate::heap::state::{OK, State, YIELDED};
use crate::native;
use crate::throw::{Result, Throw};
use crate::value::Type;
use crate::vm::api::upvalue_index;
use crate::vm::auxiliary::library::Fields;
use crate::vm::coroutine;

native!(CREATE = "create", create);
native!(RESUME = "resume", resume, kind Resume);
native!(RUNNING = "running", running);
native!(STATUS = "status", status);
native!(WRAP = "wrap", wrap);
native!(WRAPPED = "wrap_aux", wrapped, kind Wrap);
native!(YIELD = "yield", yield_, kind Yield);
native!(ISYIELDABLE = "isyieldable", isyieldable);
native!(CLOSE = "close", close);

static FUNCTIONS: [&Native; 8] = [&CREATE, &RESUME, &RUNNING, &STATUS, &WRAP, &YIELD, &ISYIELDABLE, &CLOSE];

/// Leaves the library's table on the stack. May: raise, collect.
pub fn open(l: State) -> Result<u32> {
    static FIELDS: Fields = Fields::new();
    l.new_lib(&FIELDS, FUNCTIONS.len(), || l.set_natives(&FUNCTIONS))?;
    Ok(1)
}

/// The coroutine in argument 1.
fn check_thread(l: State) -> Result<State> {
    match l.to_thread(1) {
        Some(co) => Ok(co),
        None => Err(l.type_error(1, "thread")),
    }
}

fn create(l: State) -> Result<u32> {
    l.check_type(1, Type::Function)?;
    let co = coroutine::new_thread(l)?;
    gc::check(l);
    l.push_index(1);
    l.xmove(co, 1);
    Ok(1)
}

/// Continues `co` with the `arguments` topmost values. `Ok`: that many results lie on top; `Err`: the error object does.
fn continue_nested(l: State, co: State, arguments: i32) -> Result<core::result::Result<i32, ()>> {
    if !co.check_stack_slots(arguments) {
        l.push_str("too many arguments to resume")?;
        return Ok(Err(()));
    }
    l.xmove(co, arguments);
    let (status, results) = coroutine::resume(co, Some(l), arguments as usize);
    if status != OK && status != YIELDED {
        co.xmove(l, 1);
        return Ok(Err(()));
    }
    let results = results as i32;
    if !l.check_stack_slots(results + 1) {
        co.pop(results);
        l.push_str("too many results to resume")?;
        return Ok(Err(()));
    }
    co.xmove(l, results);
    Ok(Ok(results))
}

fn resume(l: State) -> Result<u32> {
    let co = check_thread(l)?;
    let arguments = l.get_top() - 1;
    let (success, n) = match continue_nested(l, co, arguments)? {
        Ok(n) => (true, n),
        Err(()) => (false, 1),
    };
    l.push_boolean(success);
    l.insert(-(n + 1));
    Ok((n + 1) as u32)
}

fn wrap(l: State) -> Result<u32> {
    create(l)?;
    l.push_native_closure(&WRAPPED, 1)?;
    Ok(1)
}

/// The function that `wrap` returns; the coroutine is its upvalue 1.
fn wrapped(l: State) -> Result<u32> {
    let co = l.to_thread(upvalue_index(1)).expect("the upvalue is a thread");
    match continue_nested(l, co, l.get_top())? {
        Ok(n) => Ok(n as u32),
        Err(()) => Err(propagate(l, co)),
    }
}

/// Turns the failure of a wrapped coroutine, whose error object is on top, into an error of its caller: the coroutine is
/// closed, and a message gets the caller's position. May: raise, collect.
pub fn propagate(l: State, co: State) -> Throw {
    let mut status = co.status.get();
    if status != OK && status != YIELDED {
        status = coroutine::close_thread(co, Some(l));
        debug_assert!(status != OK);
        co.xmove(l, 1);
    }
    if status != Throw::Memory as u8 && l.type_at(-1) == Type::String {
        let prefixed = l.where_(1).and_then(|()| {
            l.insert(-2);
            l.concat(2)
        });
        if let Err(t) = prefixed {
            return t;
        }
    }
    l.error()
}

fn yield_(l: State) -> Result<u32> {
    coroutine::yield_values(l, l.get_top() as usize, None, 0)?;
    Ok(0)
}

/// What a coroutine can be doing, seen from a running one.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Activity {
    Running,
    Dead,
    Suspended,
    Normal,
}

impl Activity {
    fn of(co: State, seen_from: State) -> Activity {
        if co == seen_from {
            return Activity::Running;
        }
        match co.status.get() {
            YIELDED => Activity::Suspended,
            OK if co.frame.get() != co.frames.get() => Activity::Normal,
            // Not started yet: its function waits on the stack.
            OK if co.get_top() > 0 => Activity::Suspended,
            _ => Activity::Dead,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Activity::Running => "running",
            Activity::Dead => "dead",
            Activity::Suspended => "suspended",
            Activity::Normal => "normal",
        }
    }
}

fn status(l: State) -> Result<u32> {
    let co = check_thread(l)?;
    l.push_str(Activity::of(co, l).name())?;
    Ok(1)
}

/// The coroutine in argument 1, or without one the running one.
fn optional_thread(l: State) -> Result<State> {
    if l.is_none(1) { Ok(l) } else { check_thread(l) }
}

fn isyieldable(l: State) -> Result<u32> {
    let co = optional_thread(l)?;
    l.push_boolean(co.is_yieldable());
    Ok(1)
}

fn running(l: State) -> Result<u32> {
    let is_main = l.push_thread();
    l.push_boolean(is_main);
    Ok(2)
}

fn close(l: State) -> Result<u32> {
    let co = if LUA_5_5 { optional_thread(l)? } else { check_thread(l)? };
    let activity = Activity::of(co, l);
    if LUA_5_5 && activity == Activity::Running {
        if Some(co) == l.global().main.get() {
            return Err(l.error_fmt(format_args!("cannot close main thread")));
        }
        return Err(coroutine::close_running(l));
    }
    if !matches!(activity, Activity::Dead | Activity::Suspended) {
        return Err(l.error_fmt(format_args!("cannot close a {} coroutine", activity.name())));
    }
    if coroutine::close_thread(co, Some(l)) == OK {
        l.push_boolean(true);
        return Ok(1);
    }
    l.push_boolean(false);
    co.xmove(l, 1);
    Ok(2)
}
