//! A Rust host over bindgen's bindings (`bindings.rs` beside it).

#![allow(non_camel_case_types, non_snake_case, non_upper_case_globals, unused, unpredictable_function_pointer_comparisons)]

mod lua {
    include!("bindings.rs");
}

use lua::*;
use std::cell::Cell;
use std::ffi::{CStr, c_char, c_int};
use std::mem::MaybeUninit;
use std::ptr::null;

thread_local!(static LINES: Cell<u32> = const { Cell::new(0) });

unsafe extern "C" fn on_line(_: *mut lua_State, activation: *mut lua_Debug) {
    assert_eq!(unsafe { (*activation).event }, LUA_HOOKLINE as c_int);
    LINES.set(LINES.get() + 1);
}

unsafe extern "C" fn add(l: *mut lua_State) -> c_int {
    unsafe {
        let sum = luaL_checkinteger(l, 1) + luaL_checkinteger(l, 2);
        lua_pushinteger(l, sum);
    }
    1
}

unsafe extern "C" fn describe(l: *mut lua_State) -> c_int {
    unsafe {
        let mut activation = MaybeUninit::<lua_Debug>::zeroed();
        assert_eq!(lua_getstack(l, 1, activation.as_mut_ptr()), 1);
        assert_eq!(lua_getinfo(l, c"Sl".as_ptr(), activation.as_mut_ptr()), 1);
        let activation = activation.assume_init();
        println!("{} chunk at line {}", text(activation.what), activation.currentline);
    }
    0
}

fn text(p: *const c_char) -> String {
    unsafe { CStr::from_ptr(p) }.to_string_lossy().into_owned()
}

fn main() {
    unsafe {
        let l = luaL_newstate();
        #[cfg(not(selected_libraries))]
        luaL_openlibs(l);
        #[cfg(selected_libraries)]
        luaL_openselectedlibs(l, !0, 0);
        lua_getglobal(l, c"_VERSION".as_ptr());
        println!("{}", text(lua_tolstring(l, -1, std::ptr::null_mut())));
        lua_pushcclosure(l, Some(add), 0);
        lua_setglobal(l, c"add".as_ptr());
        lua_pushcclosure(l, Some(describe), 0);
        lua_setglobal(l, c"describe".as_ptr());

        assert_eq!(luaL_loadstring(l, c"return add(40, 2)".as_ptr()), LUA_OK as c_int);
        assert_eq!(lua_pcallk(l, 0, 1, 0, 0, None), LUA_OK as c_int);
        println!("40 + 2 = {}", lua_tointegerx(l, -1, std::ptr::null_mut()));

        assert_eq!(luaL_loadstring(l, c"error('oops')".as_ptr()), LUA_OK as c_int);
        assert_eq!(lua_pcallk(l, 0, 0, 0, 0, None), LUA_ERRRUN as c_int);
        println!("error: {}", text(lua_tolstring(l, -1, std::ptr::null_mut())));

        assert_eq!(luaL_loadstring(l, c"describe()".as_ptr()), LUA_OK as c_int);
        assert_eq!(lua_pcallk(l, 0, 0, 0, 0, None), LUA_OK as c_int);

        lua_sethook(l, Some(on_line), LUA_MASKLINE as c_int, 0);
        assert_eq!(luaL_loadstring(l, c"local a = 1\nlocal b = 2\nreturn a + b".as_ptr()), LUA_OK as c_int);
        assert_eq!(lua_pcallk(l, 0, 1, 0, 0, None), LUA_OK as c_int);
        lua_sethook(l, None, 0, 0);
        println!("hook saw {} lines", LINES.get());
        lua_close(l);
    }
}
