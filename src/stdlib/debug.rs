//! The debug library (§6.10).

use super::c::{self, File};
use crate::capi::boundary;
use crate::edition::LUA_5_5;
use crate::heap::function::Native;
use crate::heap::names::Name;
use crate::heap::state::{FrameRef, HookFunction, MAX_C_CALLS, OK, State, Thread};
use crate::native;
use crate::throw::Result;
use crate::value::Type;
use crate::vm::api::REGISTRY_INDEX;
use crate::vm::api::activation::Activation;
use crate::vm::auxiliary::library::Fields;
use crate::vm::debug::{self as info, FunctionInfo};
use crate::vm::hook;
use core::ffi::{CStr, c_int, c_void};
use core::ptr::NonNull;
use core::sync::atomic::Ordering;

native!(DEBUG = "debug", debug);
native!(GETUSERVALUE = "getuservalue", getuservalue);
native!(GETHOOK = "gethook", gethook);
native!(GETINFO = "getinfo", getinfo);
native!(GETLOCAL = "getlocal", getlocal);
native!(GETREGISTRY = "getregistry", getregistry);
native!(GETMETATABLE = "getmetatable", getmetatable);
native!(GETUPVALUE = "getupvalue", getupvalue);
native!(UPVALUEJOIN = "upvaluejoin", upvaluejoin);
native!(UPVALUEID = "upvalueid", upvalueid);
native!(SETUSERVALUE = "setuservalue", setuservalue);
native!(SETHOOK = "sethook", sethook);
native!(SETLOCAL = "setlocal", setlocal);
native!(SETMETATABLE = "setmetatable", setmetatable);
native!(SETUPVALUE = "setupvalue", setupvalue);
native!(TRACEBACK = "traceback", traceback);
native!(SETCSTACKLIMIT = "setcstacklimit", setcstacklimit);

static FUNCTIONS: [&Native; 16] = [
    &DEBUG,
    &GETUSERVALUE,
    &GETHOOK,
    &GETINFO,
    &GETLOCAL,
    &GETREGISTRY,
    &GETMETATABLE,
    &GETUPVALUE,
    &UPVALUEJOIN,
    &UPVALUEID,
    &SETUSERVALUE,
    &SETHOOK,
    &SETLOCAL,
    &SETMETATABLE,
    &SETUPVALUE,
    &TRACEBACK,
];

/// Registry key of the table that maps threads (weakly) to the functions that `sethook` was given.
const HOOKS: &str = "_HOOKKEY";

/// Leaves the library's table on the stack. May: raise, collect.
pub fn open(l: State) -> Result<u32> {
    static FIELDS: Fields = Fields::new();
    l.new_lib(&FIELDS, FUNCTIONS.len() + usize::from(!LUA_5_5), || {
        l.set_natives(&FUNCTIONS)?;
        if LUA_5_5 { Ok(()) } else { l.set_natives(&[&SETCSTACKLIMIT]) }
    })?;
    Ok(1)
}

/// The thread that argument 1 names, or the running one; and how many arguments that took.
fn subject(l: State) -> (State, i32) {
    match l.to_thread(1) {
        Some(other) => (other, 1),
        None => (l, 0),
    }
}

/// Makes room for pushing on another thread, of whose stack nothing is known.
fn check_room(l: State, other: State, n: i32) -> Result {
    if l != other && !other.check_stack_slots(n) {
        return Err(l.error_fmt(format_args!("stack overflow")));
    }
    Ok(())
}

fn getregistry(l: State) -> Result<u32> {
    l.push_index(REGISTRY_INDEX);
    Ok(1)
}

fn getmetatable(l: State) -> Result<u32> {
    l.check_any(1)?;
    if !l.get_metatable(1) {
        l.push_nil();
    }
    Ok(1)
}

fn setmetatable(l: State) -> Result<u32> {
    if !matches!(l.type_at(2), Type::Nil | Type::Table) {
        return Err(l.type_error(2, "nil or table"));
    }
    l.set_top(2)?;
    l.set_metatable(1)?;
    Ok(1)
}

fn getuservalue(l: State) -> Result<u32> {
    let n = l.opt_integer(2, 1)? as i32;
    if l.type_at(1) != Type::Userdata {
        l.push_nil();
    } else if l.get_user_value(1, n).is_some() {
        l.push_boolean(true);
        return Ok(2);
    }
    Ok(1)
}

fn setuservalue(l: State) -> Result<u32> {
    let n = l.opt_integer(3, 1)? as i32;
    l.check_type(1, Type::Userdata)?;
    l.check_any(2)?;
    l.set_top(2)?;
    if !l.set_user_value(1, n) {
        l.push_nil();
    }
    Ok(1)
}

/// Stores fields in the table of results, which is on top.
struct Results(State);

impl Results {
    fn text(&self, key: &str, value: Option<&[u8]>) -> Result {
        match value {
            Some(text) => self.0.push_bytes(text)?,
            None => self.0.push_nil(),
        }
        self.0.set_field(-2, key)
    }

    fn integer(&self, key: &str, value: impl Into<i64>) -> Result {
        self.0.push_integer(value.into());
        self.0.set_field(-2, key)
    }

    fn boolean(&self, key: &str, value: bool) -> Result {
        self.0.push_boolean(value);
        self.0.set_field(-2, key)
    }
}

fn getinfo(l: State) -> Result<u32> {
    const OPTIONS: &[u8] = b"SlnrutLf";
    let (other, skipped) = subject(l);
    let options = l.opt_c_str(skipped + 2)?.unwrap_or(c"flnSrtu").to_bytes();
    check_room(l, other, 3)?;
    l.arg_check(!options.starts_with(b">"), skipped + 2, "invalid option '>'")?;
    let frame = if l.is_function(skipped + 1) {
        None
    } else {
        let level = l.check_integer(skipped + 1)? as i32;
        let Some(frame) = info::call_level(other, level) else {
            l.push_nil();
            return Ok(1);
        };
        Some(frame)
    };
    if !options.iter().all(|o| OPTIONS.contains(o)) {
        return Err(l.arg_error(skipped + 2, "invalid option"));
    }
    match frame {
        Some(frame) => l.push(other.slot(frame.func.get()).get()),
        None => l.push_index(skipped + 1),
    }
    // Collections give room for frames back, and finalizers need more, so frames move whenever something is put into the table.
    let index = frame.map(|f| other.frame_index(f));
    let frame = || index.map(|i| other.frame_at(i));
    let function = l.value_at(-1);
    l.create_table(0, 0)?;
    let results = Results(l);
    let wanted = |option: u8| options.contains(&option);
    let about = FunctionInfo::new(function);
    if wanted(b'S') {
        results.text("source", Some(about.source))?;
        results.text("short_src", Some(about.short_source().as_bytes()))?;
        results.integer("linedefined", about.line_defined)?;
        results.integer("lastlinedefined", about.last_line_defined)?;
        results.text("what", Some(about.what.to_bytes()))?;
    }
    if wanted(b'l') {
        results.integer("currentline", frame().map_or(-1, |f| info::current_line(other, f)))?;
    }
    if wanted(b'u') {
        results.integer("nups", about.upvalues)?;
        results.integer("nparams", about.parameters)?;
        results.boolean("isvararg", about.is_vararg)?;
    }
    if wanted(b'n') {
        let named = frame().and_then(|f| info::function_name(other, f));
        results.text("name", named.map(|(_, name)| name))?;
        results.text("namewhat", Some(named.map_or(b"", |(kind, _)| kind.c_text().to_bytes())))?;
    }
    if wanted(b'r') {
        let (first, count) = frame().map_or((0, 0), |f| info::transferred(other, f));
        results.integer("ftransfer", first)?;
        results.integer("ntransfer", count)?;
    }
    if wanted(b't') {
        results.boolean("istailcall", frame().is_some_and(info::is_tail_call))?;
        if LUA_5_5 {
            results.integer("extraargs", frame().map_or(0, info::extra_arguments))?;
        }
    }
    if wanted(b'L') {
        info::push_active_lines(l, function)?;
        l.set_field(-2, "activelines")?;
    }
    if wanted(b'f') {
        l.push_index(-2);
        l.set_field(-2, "func")?;
    }
    Ok(1)
}

/// The call at the level in argument `arg`: where it is until something is allocated.
fn check_level(l: State, other: State, arg: i32) -> Result<FrameRef> {
    let level = l.check_integer(arg)? as i32;
    match info::call_level(other, level) {
        Some(frame) => Ok(frame),
        None => Err(l.arg_error(arg, "level out of range")),
    }
}

/// The text up to its first zero byte, or nil.
fn push_name(l: State, name: Option<&'static [u8]>) -> Result {
    l.push_c_str(name.map(c::lua_c_str))
}

/// Of a function only the names of its parameters can be had; of a call, names and values.
fn getlocal(l: State) -> Result<u32> {
    let (other, skipped) = subject(l);
    let n = l.check_integer(skipped + 2)? as i32;
    if l.is_function(skipped + 1) {
        push_name(l, info::parameter_name(l.value_at(skipped + 1), n))?;
        return Ok(1);
    }
    check_level(l, other, skipped + 1)?;
    check_room(l, other, 1)?;
    let frame = check_level(l, other, skipped + 1)?;
    let name = info::get_local(other, frame, n);
    if name.is_none() {
        l.push_nil();
        return Ok(1);
    }
    other.xmove(l, 1);
    push_name(l, name)?;
    l.rotate(-2, 1);
    Ok(2)
}

fn setlocal(l: State) -> Result<u32> {
    let (other, skipped) = subject(l);
    l.check_integer(skipped + 1)?;
    let n = l.check_integer(skipped + 2)? as i32;
    check_level(l, other, skipped + 1)?;
    l.check_any(skipped + 3)?;
    l.set_top(skipped + 3)?;
    check_room(l, other, 1)?;
    let frame = check_level(l, other, skipped + 1)?;
    l.xmove(other, 1);
    let name = info::set_local(other, frame, n);
    if name.is_none() {
        other.pop(1);
    }
    push_name(l, name)?;
    Ok(1)
}

fn getupvalue(l: State) -> Result<u32> {
    let n = l.check_integer(2)? as i32;
    l.check_type(1, Type::Function)?;
    let Some(name) = l.get_upvalue(1, n) else { return Ok(0) };
    // SAFETY: the name of an upvalue is a C string.
    l.push_c_str(Some(unsafe { CStr::from_ptr(name.as_ptr()) }))?;
    l.insert(-2);
    Ok(2)
}

fn setupvalue(l: State) -> Result<u32> {
    l.check_any(3)?;
    let n = l.check_integer(2)? as i32;
    l.check_type(1, Type::Function)?;
    let Some(name) = l.set_upvalue(1, n) else { return Ok(0) };
    // SAFETY: the name of an upvalue is a C string.
    l.push_c_str(Some(unsafe { CStr::from_ptr(name.as_ptr()) }))?;
    Ok(1)
}

/// The number in argument `arg_number`, and the identity of that upvalue of the function in argument `arg_function`: null if
/// it has none.
fn check_upvalue(l: State, arg_function: i32, arg_number: i32) -> Result<(i32, *mut c_void)> {
    let n = l.check_integer(arg_number)? as i32;
    l.check_type(arg_function, Type::Function)?;
    Ok((n, l.upvalue_id(arg_function, n)))
}

fn upvalueid(l: State) -> Result<u32> {
    let (_, id) = check_upvalue(l, 1, 2)?;
    if id.is_null() {
        l.push_nil();
    } else {
        l.push_light_userdata(id);
    }
    Ok(1)
}

fn upvaluejoin(l: State) -> Result<u32> {
    let (n1, id1) = check_upvalue(l, 1, 2)?;
    l.arg_check(!id1.is_null(), 2, "invalid upvalue index")?;
    let (n2, id2) = check_upvalue(l, 3, 4)?;
    l.arg_check(!id2.is_null(), 4, "invalid upvalue index")?;
    l.arg_check(!l.is_c_function(1), 1, "Lua function expected")?;
    l.arg_check(!l.is_c_function(3), 3, "Lua function expected")?;
    l.upvalue_join(1, n1, 3, n2);
    Ok(0)
}

/// The hook of threads whose hook is a Lua function: calls the function that the registry has for the thread.
unsafe extern "C" fn call_hook(l: *mut Thread, activation: *mut c_void) {
    // SAFETY: called as a lua_Hook, with a live state and a record that is filled in.
    let (l, activation) = unsafe { (State::from_ptr(NonNull::new_unchecked(l)), &*activation.cast::<Activation>()) };
    if let Err(t) = call_hook_function(l, activation.event, activation.current_line) {
        // SAFETY: hooks are called through the boundary; nothing is to be dropped here.
        unsafe { boundary::throw(l.global().record.as_ptr().cast(), t as u8) }
    }
}

const HOOK: HookFunction = call_hook;

/// Names of the events, by their numbers.
const EVENTS: [Name; 5] = [Name::CALL_EVENT, Name::RETURN_EVENT, Name::LINE_EVENT, Name::COUNT_EVENT, Name::TAIL_CALL_EVENT];

fn call_hook_function(l: State, event: c_int, line: c_int) -> Result {
    l.get_field_key(REGISTRY_INDEX, Name::HOOKS.get())?;
    l.push_thread();
    if l.raw_get(-2)? != Type::Function {
        return Ok(());
    }
    l.push_name(EVENTS[event as usize]);
    if line >= 0 {
        l.push_integer(line.into());
    } else {
        l.push_nil();
    }
    l.call(2, 0)
}

/// Letters of a mask and the events they stand for.
const LETTERS: [(u8, i32); 3] = [(b'c', hook::MASK_CALL), (b'r', hook::MASK_RETURN), (b'l', hook::MASK_LINE)];

fn sethook(l: State) -> Result<u32> {
    let (other, skipped) = subject(l);
    let (hook, events, count) = if l.is_none_or_nil(skipped + 1) {
        l.set_top(skipped + 1)?;
        (None, 0, 0)
    } else {
        let letters = l.check_c_str(skipped + 2)?.to_bytes();
        l.check_type(skipped + 1, Type::Function)?;
        let count = l.opt_integer(skipped + 3, 0)? as i32;
        let mut events = if count > 0 { hook::MASK_COUNT } else { 0 };
        for (letter, event) in LETTERS {
            if letters.contains(&letter) {
                events |= event;
            }
        }
        (Some(HOOK), events, count)
    };
    if !l.get_subtable(REGISTRY_INDEX, HOOKS)? {
        l.push_str("k")?;
        l.set_field(-2, "__mode")?;
        l.push_index(-1);
        l.set_metatable(-2)?;
    }
    check_room(l, other, 1)?;
    other.push_thread();
    other.xmove(l, 1);
    l.push_index(skipped + 1);
    l.raw_set(-3)?;
    hook::set(other, hook, events, count);
    Ok(0)
}

fn gethook(l: State) -> Result<u32> {
    let (other, _) = subject(l);
    let hook = other.hook.load(Ordering::Relaxed);
    if hook.is_null() {
        l.push_nil();
        return Ok(1);
    }
    if hook as usize == HOOK as usize {
        l.get_field(REGISTRY_INDEX, HOOKS)?;
        check_room(l, other, 1)?;
        other.push_thread();
        other.xmove(l, 1);
        l.raw_get(-2)?;
        l.remove(-2);
    } else {
        l.push_str("external hook")?;
    }
    let events = other.hooks();
    let mut letters = [0; LETTERS.len()];
    let mut n = 0;
    for (letter, event) in LETTERS {
        if events & event != 0 {
            letters[n] = letter;
            n += 1;
        }
    }
    l.push_bytes(&letters[..n])?;
    l.push_integer(other.hook_base_count.load(Ordering::Relaxed).into());
    Ok(3)
}

/// Runs lines from the standard input until one is "cont".
fn debug(l: State) -> Result<u32> {
    loop {
        c::write_error(&[b"lua_debug> "]);
        let mut room = [0u8; 250];
        let Some(line) = File::stdin().line_as_c_str(&mut room).map(CStr::to_bytes) else { return Ok(0) };
        if line == b"cont\n" {
            return Ok(0);
        }
        if l.load_buffer(line, b"=(debug command)", if LUA_5_5 { Some(b"t") } else { None }) != OK || l.pcall(0, 0, 0) != OK {
            let message = l.tolstring(-1)?;
            c::write_error(&[c::lua_c_str(message).to_bytes(), b"\n"]);
        }
        l.set_top(0)?;
    }
}

/// A message that is neither a string nor nil is the result as it is.
fn traceback(l: State) -> Result<u32> {
    let (other, skipped) = subject(l);
    let message = l.to_bytes(skipped + 1)?.map(|m| c::lua_c_str(m).to_bytes());
    if message.is_none() && !l.is_none_or_nil(skipped + 1) {
        l.push_index(skipped + 1);
        return Ok(1);
    }
    let level = l.opt_integer(skipped + 2, (l == other).into())? as i32;
    l.traceback(other, message, level)?;
    Ok(1)
}

/// Kept for compatibility: the limit is fixed, and is the result.
fn setcstacklimit(l: State) -> Result<u32> {
    l.check_integer(1)?;
    l.push_integer(MAX_C_CALLS.into());
    Ok(1)
}
