//! The functions with variable arguments: `lua_pushfstring`, `lua_pushvfstring`, `luaL_error`, `lua_gc`.
//!
//! Each is defined in `shim.c` under a hidden name and exported here, by a naked function that jumps there with all
//! arguments where they are. What `shim.c` calls, to do something with an argument, is the rest of this file.
//!
//! A failure here becomes a throw over the frames of `shim.c`, which hold nothing to be freed (B2 of the boundary): a string in
//! the making is in those frames and on the Lua stack.

use super::{OrRaise, raise};
use crate::edition::LUA_5_5;
use crate::gc::Request;
use crate::heap::object::Gc;
use crate::heap::state::{FrameRef, State, Thread};
use crate::heap::string::Str;
use crate::throw::Result;
use crate::value::chunk_id::ChunkId;
use crate::value::format::NumberText;
use crate::value::utf8::Encoded;
use crate::vm::{debug, error};
use core::ffi::{c_char, c_int, c_ulong, c_void};
use core::mem::MaybeUninit;
use core::ptr::NonNull;
use core::slice;

/// Exports C functions of `shim.c` under their public names.
macro_rules! exported {
    ($($name:ident = $hidden:ident;)*) => {
        unsafe extern "C" {
            $(fn $hidden();)*
        }
        $(
            /// See `lua.h` and `lauxlib.h`.
            ///
            /// # Safety
            /// As for every function of the API.
            #[unsafe(naked)]
            #[unsafe(no_mangle)]
            pub unsafe extern "C" fn $name() {
                core::arch::naked_asm!(
                    ".cfi_startproc",
                    #[cfg(target_arch = "x86_64")]
                    "jmp {f}",
                    #[cfg(any(target_arch = "aarch64", target_arch = "arm"))]
                    "b {f}",
                    #[cfg(target_arch = "riscv64")]
                    "tail {f}",
                    ".cfi_endproc",
                    f = sym $hidden,
                )
            }
        )*
    };
}

exported! {
    lua_pushvfstring = perilune_c_lua_pushvfstring;
    lua_pushfstring = perilune_c_lua_pushfstring;
    luaL_error = perilune_c_luaL_error;
}

#[cfg(not(all(target_arch = "x86_64", unix)))]
exported! {
    lua_gc = perilune_c_lua_gc;
}

/// Controls the collector. `[-0, +0, -]`
///
/// On this processor variable arguments come in the same registers as others, so the list need not be walked; those that `what` does not have are
/// anything.
///
/// # Safety
/// As for every function of the API.
#[cfg(all(target_arch = "x86_64", unix))]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lua_gc(l: NonNull<Thread>, what: c_int, size: usize, b: c_int, c: c_int) -> c_int {
    // SAFETY: the API's contract.
    unsafe { perilune_gc(l, what, size, b, c) }
}

/// Bytes of a string that are gathered before they become a string of the VM. As in `shim.c`.
const ROOM: usize = 300;

/// A string in the making: `struct format` of `shim.c`.
///
/// What does not fit in `text` is on top of the Lua stack as one string, if `pushed` is not 0.
#[repr(C)]
struct Format {
    state: State,
    length: usize,
    pushed: c_int,
    text: [MaybeUninit<u8>; ROOM],
}

const _: () = assert!(size_of::<Format>() == 320, "as in shim.c");

impl Format {
    /// Appends. Pushes what does not fit. May: raise (memory), collect.
    #[inline]
    fn bytes(&mut self, bytes: &[u8]) -> Result {
        if bytes.len() > ROOM - self.length {
            self.push_text()?;
            if bytes.len() > ROOM {
                return self.push_piece(bytes);
            }
        }
        self.text[self.length..self.length + bytes.len()].write_copy_of_slice(bytes);
        self.length += bytes.len();
        Ok(())
    }

    /// Moves the text to the stack.
    fn push_text(&mut self) -> Result {
        let length = self.length;
        self.length = 0;
        let joined = self.pushed != 0;
        self.pushed = 1;
        // SAFETY: `length` bytes have been written.
        push_after(self.state, joined, unsafe { self.text[..length].assume_init_ref() })
    }

    fn push_piece(&mut self, piece: &[u8]) -> Result {
        let joined = self.pushed != 0;
        self.pushed = 1;
        push_after(self.state, joined, piece)
    }

    /// Pushes the string.
    #[inline]
    fn end(&mut self) -> Result<Gc<Str>> {
        if self.pushed == 0 {
            // SAFETY: `length` bytes have been written.
            return self.state.push_string(unsafe { self.text[..self.length].assume_init_ref() });
        }
        if self.length > 0 {
            self.push_text()?;
        }
        Ok(self.state.string_at(-1))
    }
}

/// Pushes a string, joined to the one on top if `joined`.
fn push_after(l: State, joined: bool, text: &[u8]) -> Result {
    l.push_bytes(text)?;
    if joined { l.concat(2) } else { Ok(()) }
}

/// Appends `size` bytes, for which there is no room left.
#[unsafe(no_mangle)]
unsafe extern "C" fn perilune_format_more(format: &mut Format, bytes: *const u8, size: usize) {
    // SAFETY: shim.c passes on what the host says are that many bytes.
    let bytes = unsafe { slice::from_raw_parts(bytes, size) };
    // SAFETY: called by shim.c, for the host.
    unsafe { format.bytes(bytes).or_raise(format.state) }
}

/// Appends an integer: `%d` and `%I`.
#[unsafe(no_mangle)]
unsafe extern "C" fn perilune_format_integer(format: &mut Format, integer: i64) {
    // SAFETY: called by shim.c, for the host.
    unsafe { format.bytes(NumberText::integer(integer).as_bytes()).or_raise(format.state) }
}

/// Appends a float as Lua writes it: `%f`.
#[unsafe(no_mangle)]
unsafe extern "C" fn perilune_format_number(format: &mut Format, number: f64) {
    // SAFETY: called by shim.c, for the host.
    unsafe { format.bytes(NumberText::float(number).as_bytes()).or_raise(format.state) }
}

/// Appends an address as the C library writes it: `%p`.
#[unsafe(no_mangle)]
unsafe extern "C" fn perilune_format_pointer(format: &mut Format, pointer: *const c_void) {
    let mut text = [0u8; 40];
    // SAFETY: the buffer has the size given; the format takes one pointer.
    let size = unsafe { libc::snprintf(text.as_mut_ptr().cast(), text.len(), c"%p".as_ptr(), pointer) };
    // SAFETY: called by shim.c, for the host.
    unsafe { format.bytes(&text[..size as usize]).or_raise(format.state) }
}

/// Appends a code point in UTF-8: `%U`.
#[unsafe(no_mangle)]
unsafe extern "C" fn perilune_format_codepoint(format: &mut Format, codepoint: c_ulong) {
    let code = codepoint as u32 & crate::value::utf8::MAX;
    // SAFETY: called by shim.c, for the host.
    unsafe { format.bytes(Encoded::new(code).as_bytes()).or_raise(format.state) }
}

/// Begins with the position of the function that called the running one, as `luaL_where(L, 1)` pushes it.
#[unsafe(no_mangle)]
unsafe extern "C" fn perilune_format_position(format: &mut Format) {
    /// Apart, since a caller that is no Lua function has no position.
    #[inline(never)]
    unsafe fn add(format: &mut Format, frame: FrameRef) {
        if let Some((source, line)) = format.state.position_in(frame) {
            let line = NumberText::integer(line.into());
            let mut room = None;
            let parts: [&[u8]; 4] = [ChunkId::shown(source, &mut room), b":", line.as_bytes(), b": "];
            // SAFETY: the caller's.
            unsafe { parts.iter().try_for_each(|part| format.bytes(part)).or_raise(format.state) }
        }
    }
    if let Some(frame) = debug::call_level(format.state, 1)
        && frame.is_lua()
    {
        // SAFETY: called by shim.c, for the host.
        unsafe { add(format, frame) }
    }
}

/// Raises the error of a conversion that does not exist.
#[unsafe(no_mangle)]
unsafe extern "C" fn perilune_format_invalid(format: &mut Format, conversion: c_int) -> ! {
    let l = format.state;
    let thrown = error::run_error_parts(l, &[b"invalid option '%", &[conversion as u8], b"' to 'lua_pushfstring'"]);
    // SAFETY: called by shim.c, for the host.
    unsafe { raise(l, thrown) }
}

/// Pushes the string and returns the address of its bytes, with a zero after them.
#[unsafe(no_mangle)]
unsafe extern "C" fn perilune_format_end(format: &mut Format) -> *const c_char {
    // SAFETY: called by shim.c, for the host.
    unsafe { format.end().or_raise(format.state) }.data().cast()
}

/// Raises the string.
#[unsafe(no_mangle)]
unsafe extern "C" fn perilune_format_raise(format: &mut Format) -> ! {
    let l = format.state;
    // SAFETY: called by shim.c, for the host.
    unsafe {
        format.end().or_raise(l);
        raise(l, l.error())
    }
}

/// `lua_gc` with its arguments taken from the list; those that `what` does not have may be anything.
#[unsafe(no_mangle)]
unsafe extern "C" fn perilune_gc(l: NonNull<Thread>, what: c_int, size: usize, b: c_int, c: c_int) -> c_int {
    // SAFETY: shim.c passes on the state its host gave it.
    let l = unsafe { State::from_ptr(l) };
    let a = size as c_int;
    let request = match what {
        0 => Request::Stop,
        1 => Request::Restart,
        2 => Request::Collect,
        3 => Request::Count,
        4 => Request::CountBytes,
        5 if LUA_5_5 => Request::StepBytes(size),
        6 if LUA_5_5 => Request::IsRunning,
        7 if LUA_5_5 => Request::Generational(0, 0),
        8 if LUA_5_5 => Request::Incremental(0, 0, 0),
        9 if LUA_5_5 => Request::Parameter(a as usize, b),
        5 => Request::Step(a),
        6 => Request::SetPause(a),
        7 => Request::SetStepMultiplier(a),
        9 => Request::IsRunning,
        10 if !LUA_5_5 => Request::Generational(a, b),
        11 if !LUA_5_5 => Request::Incremental(a, b, c),
        _ => return -1,
    };
    l.gc(request)
}
