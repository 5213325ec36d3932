//! Standard functions: how one is declared, and how C calls it.

use crate::capi;
use crate::heap::function::{Native, NativeKind};
use crate::heap::state::{State, Thread};
use crate::throw::Result;
use crate::vm::api::MULTIPLE;
use core::ffi::c_int;
use core::ptr::NonNull;

/// Declares the descriptor of a standard function.
///
/// `native!(pub PRINT = "print", print);` or, for one that the interpreter treats specially,
/// `native!(pub PCALL = "pcall", pcall, kind Pcall);`
#[macro_export]
macro_rules! native {
    ($vis:vis $id:ident = $name:literal, $run:path) => {
        $crate::native!($vis $id = $name, $run, kind Plain);
    };
    ($vis:vis $id:ident = $name:literal, $run:path, kind $kind:ident) => {
        $vis static $id: $crate::heap::function::Native = {
            unsafe extern "C" fn face(l: *mut $crate::heap::state::Thread) -> core::ffi::c_int {
                // SAFETY: C calls this as a lua_CFunction, with a live state.
                unsafe { $crate::vm::native::enter(l, &$id) }
            }
            static HANDED_OUT: core::sync::atomic::AtomicBool = core::sync::atomic::AtomicBool::new(false);
            $crate::heap::function::Native {
                name: $name,
                run: $run,
                face,
                kind: $crate::heap::function::NativeKind::$kind,
                handed_out: &HANDED_OUT,
            }
        };
    };
}

/// Makes the call that the interpreter would make for this kind of function; the number of results.
fn finish(l: State, native: &'static Native, n: u32) -> Result<u32> {
    match native.kind {
        NativeKind::CallResult => {
            let below = l.get_top() - 1;
            l.call(0, MULTIPLE)?;
            Ok((l.get_top() - below) as u32)
        }
        NativeKind::Pairs if n == 2 => {
            l.call(1, 3)?;
            Ok(3)
        }
        _ => Ok(n),
    }
}

/// Runs a standard function that C called directly; a failure becomes a throw to the host.
///
/// # Safety
/// `l` is a live state whose current frame is the call of this function.
pub unsafe fn enter(l: *mut Thread, native: &'static Native) -> c_int {
    // SAFETY: the caller's.
    let l: State = unsafe { State::from_ptr(NonNull::new_unchecked(l)) };
    match (native.run)(l).and_then(|n| finish(l, native, n)) {
        Ok(n) => n as c_int,
        // SAFETY: we were called by a host function; no destructor is pending here.
        Err(t) => unsafe { capi::raise(l, t) },
    }
}
