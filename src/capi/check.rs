//! Feature `apicheck`: misuse of the API by the host aborts with a message that names the function.
//!
//! Without the feature these functions are empty.

use super::lua_State;
use crate::heap::state::{Slot, State};
use crate::value::Tag;
use crate::vm::api::{MAX_UPVALUES, MULTIPLE, REGISTRY_INDEX, is_pseudo};
use core::ffi::c_int;
use std::process;

/// Whether the checks are there.
pub const ON: bool = cfg!(feature = "apicheck");

#[cold]
fn misuse(function: &str, message: &str) -> ! {
    eprintln!("perilune: {function}: {message}");
    process::abort()
}

/// The condition holds.
#[inline(always)]
pub fn require(function: &str, holds: impl FnOnce() -> bool, message: &str) {
    if ON && !holds() {
        misuse(function, message);
    }
}

fn limit(l: State) -> Slot {
    l.slot(l.frame.get().top.get())
}

/// The stack has `n` values of the running function.
#[inline(always)]
pub fn elements(function: &str, l: State, n: c_int) {
    require(function, || n >= 0 && n <= l.get_top(), "not enough elements in the stack");
}

/// There is room to push `n` values.
#[inline(always)]
pub fn room(function: &str, l: State, n: c_int) {
    require(function, || l.top.get().at(n as usize) <= limit(l), "stack overflow");
}

/// The index is acceptable.
#[inline(always)]
pub fn acceptable(function: &str, l: State, i: c_int) {
    if !ON {
        return;
    }
    if i > 0 {
        require(function, || l.func().at(i as usize) < limit(l), "unacceptable index");
    } else if !is_pseudo(i) {
        require(function, || i != 0 && -i <= l.get_top(), "invalid index");
    } else if i < REGISTRY_INDEX {
        require(function, || REGISTRY_INDEX - i <= MAX_UPVALUES + 1, "upvalue index too large");
        require(function, || l.func().tag() != Tag::LUA_CLOSURE, "caller not a C function");
    }
}

/// The index names a value.
#[inline(always)]
pub fn valid(function: &str, l: State, i: c_int) {
    acceptable(function, l, i);
    require(function, || l.value_at(i).tag != Tag::ABSENT, "invalid index");
}

/// The index names a stack slot.
#[inline(always)]
pub fn on_stack(function: &str, l: State, i: c_int) {
    require(function, || !is_pseudo(i), "invalid index");
    valid(function, l, i);
}

/// The index names a table.
#[inline(always)]
pub fn table(function: &str, l: State, i: c_int) {
    acceptable(function, l, i);
    require(function, || l.is_table(i), "table expected");
}

/// The index names a full userdata.
#[inline(always)]
pub fn full_userdata(function: &str, l: State, i: c_int) {
    acceptable(function, l, i);
    require(function, || l.value_at(i).tag == Tag::USERDATA, "full userdata expected");
}

/// A call with these numbers of arguments and results can be made.
#[inline(always)]
pub fn call(function: &str, l: State, nargs: c_int, nresults: c_int, has_continuation: bool) {
    require(function, || !has_continuation || !l.frame.get().is_lua(), "cannot use continuations inside hooks");
    elements(function, l, nargs + 1);
    require(function, || l.status.get() == crate::heap::state::OK, "cannot do calls on non-normal thread");
    require(
        function,
        || nresults == MULTIPLE || limit(l).0 as isize - l.top.get().0 as isize >= (nresults - nargs) as isize * 16,
        "results from function overflow current stack size",
    );
}

/// A state is given.
#[inline(always)]
pub fn state(function: &str, l: *mut lua_State) {
    require(function, || !l.is_null(), "no state");
}

#[cfg(all(test, feature = "apicheck"))]
mod tests {
    use crate::capi::access::*;
    use crate::capi::call::*;
    use crate::capi::get::*;
    use crate::capi::lauxlib::new_state::luaL_newstate;
    use crate::capi::misc::*;
    use crate::capi::push::*;
    use crate::capi::set::*;
    use crate::capi::stack::*;
    use crate::capi::{lua_State, state::*};
    use std::env;
    use std::process::Command;
    use std::ptr;

    type Misuse = (&'static str, unsafe fn(*mut lua_State), &'static str);

    /// A call by a host, in a state of its own.
    macro_rules! misuse {
        ($l:ident, $body:expr) => {
            |$l| {
                // SAFETY: the misuse is what is tested; the check aborts before it does harm.
                unsafe { $body }
            }
        };
    }

    /// What a host does wrong, and what it is told.
    const MISUSES: [Misuse; 14] = [
        ("lua_type", misuse!(l, _ = lua_type(l, 30)), "unacceptable index"),
        ("lua_toboolean", misuse!(l, _ = lua_toboolean(l, -1)), "invalid index"),
        ("lua_settop", misuse!(l, lua_settop(l, 100)), "new top too large"),
        ("lua_settop", misuse!(l, lua_settop(l, -2)), "invalid new top"),
        ("lua_pushnil", misuse!(l, (0..100).for_each(|_| lua_pushnil(l))), "stack overflow"),
        ("lua_rotate", misuse!(l, lua_rotate(l, crate::vm::api::REGISTRY_INDEX, 0)), "invalid index"),
        ("lua_copy", misuse!(l, lua_copy(l, 1, 1)), "invalid index"),
        ("lua_concat", misuse!(l, lua_concat(l, 2)), "not enough elements in the stack"),
        (
            "lua_rawgeti",
            misuse!(l, {
                lua_pushnil(l);
                lua_rawgeti(l, 1, 1);
            }),
            "table expected",
        ),
        ("lua_callk", misuse!(l, lua_callk(l, 0, 0, 0, None)), "not enough elements in the stack"),
        (
            "lua_getiuservalue",
            misuse!(l, {
                lua_pushnil(l);
                lua_getiuservalue(l, 1, 1);
            }),
            "full userdata expected",
        ),
        (
            "lua_setmetatable",
            misuse!(l, {
                lua_pushboolean(l, 1);
                lua_setmetatable(l, 1);
            }),
            "table expected",
        ),
        ("lua_xmove", misuse!(l, lua_xmove(l, lua_newthread(l), 2)), "not enough elements in the stack"),
        ("lua_typename", misuse!(l, _ = lua_typename(l, 9)), "invalid type"),
    ];

    #[test]
    fn misuse_aborts_with_a_message_that_names_the_function() {
        const ASKED: &str = "PERILUNE_TEST_MISUSE";
        if let Ok(number) = env::var(ASKED) {
            // SAFETY: the misuse is what is tested; it must not get further than the check.
            unsafe { MISUSES[number.parse::<usize>().unwrap()].1(luaL_newstate()) };
            return;
        }
        for (number, (function, _, message)) in MISUSES.iter().enumerate() {
            let output = Command::new(env::current_exe().unwrap())
                .args(["--exact", "capi::check::tests::misuse_aborts_with_a_message_that_names_the_function", "--nocapture"])
                .env(ASKED, number.to_string())
                .output()
                .unwrap();
            let text = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(!output.status.success(), "{function}: {message}");
            assert!(text.contains(&format!("perilune: {function}: {message}")), "{function}: {message}: {text}");
        }
        // What is allowed stays allowed.
        // SAFETY: ordinary use.
        unsafe {
            let l = luaL_newstate();
            lua_settop(l, 3);
            assert_eq!(lua_type(l, 10), -1);
            lua_settop(l, -4);
            lua_close(l);
            assert_eq!(lua_version(ptr::null_mut()), 504.0);
        }
    }
}
