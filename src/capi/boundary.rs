//! The host boundary: the one way out of Rust into host code, and the one way a throw comes back.
//!
//! Everything a host hands us to run goes through here: C functions, continuations, hooks, readers, writers, warn
//! functions. A call leaves a [`Record`] on the native stack and links it from a cell of the VM, the *slot*. If host
//! code calls an API function that fails, that function [`throw`]s to the record in the slot, and the call which made
//! the record returns, once, with `Err(code)` instead of `Ok(result)`. Nothing ever returns twice, so the compiler needs
//! to know nothing about it: a throw looks to the caller like any other return of the function it called.
//! `lua_warning` alone calls the host's function without a record: there is nothing of ours between that and the host code that emits the warning.
//!
//! Two forms of the same thing:
//!
//! * x86-64 under Unix: a few instructions of assembly in the function that makes the call, which stays an ordinary frame with ordinary
//!   unwinding information, so debuggers, profilers and `backtrace()` walk from host code into the VM.
//! * Elsewhere, and with the feature `portable-boundary` (which sanitizers need, because they watch `longjmp`):
//!   `boundary.c`, with `setjmp` and `longjmp`.
//!
//! Contract, for every function here:
//!
//! * B1: `slot` points to a live cell that is null or holds the innermost record. Records are linked innermost first,
//!   all on the native stack of the running thread. The cell stays where it is while a call through it is under way.
//! * B2: the frames between a throw and its record may be dropped without anything being run: they are frames of host
//!   code, which expects that of the API, and of functions of ours that it has called and whose locals all are trivially destroyed.
//! * B3: the function that is called follows the C calling convention and has the stated type.

use core::ffi::{c_char, c_int, c_void};

/// Where a throw lands. One lives on the native stack for each call into host code that is under way.
///
/// What is of interest outside comes first; what follows differs between the forms.
#[repr(C)]
pub struct Record {
    /// The record that was in the slot when this call began: that of the next outer call, or null.
    pub previous: *mut Record,
    /// The state that the function was called with; null for warn functions, which get none.
    pub owner: *mut c_void,
}

/// `lua_CFunction`, for a state of type `S`: takes the state, returns how many results it left on the stack.
pub type HostFn<S> = unsafe extern "C" fn(*mut S) -> c_int;
/// `lua_KFunction`: a C function that also takes a status and the context given when it was set up.
pub type HostContinuation<S> = unsafe extern "C" fn(*mut S, c_int, isize) -> c_int;
/// `lua_Reader`: returns the next piece of a chunk and stores its size in bytes; null or size 0 at the end.
pub type HostReader<S> = unsafe extern "C" fn(*mut S, *mut c_void, *mut usize) -> *const c_char;
/// `lua_Writer`: takes a piece of a binary chunk; returns 0, or another number to stop the dump.
pub type HostWriter<S> = unsafe extern "C" fn(*mut S, *const c_void, usize, *mut c_void) -> c_int;
/// `lua_Hook`, with `A` for `lua_Debug`.
pub type HostHook<S, A> = unsafe extern "C" fn(*mut S, *mut A);
/// `lua_WarnFunction`: takes its own data, a piece of a message, and whether more follows.
pub type HostWarn = unsafe extern "C" fn(*mut c_void, *const c_char, c_int);

/// What became of a call: what the function returned, or the code it was thrown out with.
pub type Outcome<T> = Result<T, u8>;

/// Calls `f(state)`, a C function.
///
/// # Safety
/// B1 to B3; `state` is what `f` expects.
#[inline]
pub unsafe fn call1<S>(slot: *mut *mut Record, f: HostFn<S>, state: *mut S) -> Outcome<c_int> {
    // SAFETY: the caller's promise; the routine is given the function's own type and arguments.
    unsafe { machine::call1(slot, f, state) }
}

/// Calls `f(state, status, context)`, a continuation.
///
/// # Safety
/// B1 to B3; `state` is what `f` expects.
#[inline]
pub unsafe fn call3<S>(
    slot: *mut *mut Record,
    f: HostContinuation<S>,
    state: *mut S,
    status: c_int,
    context: isize,
) -> Outcome<c_int> {
    // SAFETY: as in `call1`.
    unsafe { machine::call3(slot, f, state, status, context) }
}

/// Calls `f(state, data, size)`, a reader.
///
/// # Safety
/// B1 to B3; the arguments are what `f` expects; `size` may be written.
#[inline]
pub unsafe fn call_reader<S>(
    slot: *mut *mut Record,
    f: HostReader<S>,
    state: *mut S,
    data: *mut c_void,
    size: *mut usize,
) -> Outcome<*const c_char> {
    // SAFETY: as in `call1`.
    unsafe { machine::call_reader(slot, f, state, data, size) }
}

/// Calls `f(state, piece, size, data)`, a writer. `size` in bytes.
///
/// # Safety
/// B1 to B3; the arguments are what `f` expects; `piece` has `size` readable bytes.
#[inline]
pub unsafe fn call_writer<S>(
    slot: *mut *mut Record,
    f: HostWriter<S>,
    state: *mut S,
    piece: *const c_void,
    size: usize,
    data: *mut c_void,
) -> Outcome<c_int> {
    // SAFETY: as in `call1`.
    unsafe { machine::call_writer(slot, f, state, piece, size, data) }
}

/// Calls `f(state, activation)`, a hook.
///
/// # Safety
/// B1 to B3; the arguments are what `f` expects.
#[inline]
pub unsafe fn call_hook<S, A>(slot: *mut *mut Record, f: HostHook<S, A>, state: *mut S, activation: *mut A) -> Outcome<()> {
    // SAFETY: as in `call1`.
    unsafe { machine::call_hook(slot, f, state, activation) }
}

/// Calls `f(data, message, to_continue)`, a warn function.
///
/// # Safety
/// B1 to B3; the arguments are what `f` expects; `message` ends with a zero byte.
#[inline]
pub unsafe fn call_warn(
    slot: *mut *mut Record,
    f: HostWarn,
    data: *mut c_void,
    message: *const c_char,
    to_continue: c_int,
) -> Outcome<()> {
    struct Warning {
        f: HostWarn,
        data: *mut c_void,
    }
    /// A writer that passes its piece on to a warn function.
    unsafe extern "C" fn relay(_: *mut c_void, message: *const c_void, to_continue: usize, warning: *mut c_void) -> c_int {
        // SAFETY: given to `call_writer` below together with a live `Warning`.
        unsafe {
            let Warning { f, data } = *warning.cast::<Warning>();
            f(data, message.cast(), to_continue as c_int);
        }
        0
    }
    // A warn function takes no state that could own the record, so it is called by way of a function that takes a null one.
    let mut warning = Warning { f, data };
    let warning = (&raw mut warning).cast();
    // SAFETY: as in `call1`; the frame of `relay` has nothing to be destroyed.
    unsafe { machine::call_writer(slot, relay, core::ptr::null_mut(), message.cast(), to_continue as usize, warning).map(|_| ()) }
}

/// Leaves for the record in `slot`: takes it out of the slot and makes its call return `Err(code)`.
///
/// # Safety
/// B1, B2, and the slot is not null: without a record there is nowhere to go, and the panic function is due instead.
#[inline]
pub unsafe fn throw(slot: *mut *mut Record, code: u8) -> ! {
    // SAFETY: B1 for reading the slot.
    debug_assert!(unsafe { !(*slot).is_null() }, "a throw needs a record");
    // SAFETY: the caller's promise.
    unsafe { machine::throw(slot, code) }
}

/// A call is a few instructions in the function that makes it: they note the callee-saved registers and where to go on, and call. A
/// call that returns has nothing to restore.
#[cfg(all(target_arch = "x86_64", unix, not(feature = "portable-boundary")))]
mod machine {
    use super::*;
    use core::arch::{asm, naked_asm};
    use core::mem::{MaybeUninit, offset_of};

    /// Where a call goes on after a throw, and the registers that it expects unchanged.
    #[repr(C)]
    struct Landing {
        record: Record,
        address: usize,
        rsp: usize,
        rbx: usize,
        rbp: usize,
        r12: usize,
        r13: usize,
        r14: usize,
        r15: usize,
    }

    /// What is in a register that the function does not read.
    const UNUSED: MaybeUninit<usize> = MaybeUninit::uninit();

    /// Calls `f` with up to four arguments (integers or pointers, what is in the other registers does not matter), the first of
    /// which is the owner of the record; gives the bits of the result.
    macro_rules! enter {
        ($slot:expr, $f:expr, $owner:expr, $rsi:expr, $rdx:expr, $rcx:expr) => {{
            let (slot, owner): (*mut *mut Record, usize) = ($slot, $owner);
            let mut landing = MaybeUninit::<Landing>::uninit();
            let landing: *mut Landing = landing.as_mut_ptr();
            // SAFETY: B1 for the slot.
            unsafe {
                (&raw mut (*landing).record).write(Record { previous: *slot, owner: owner as *mut c_void });
                *slot = landing.cast();
            }
            let (value, thrown): (usize, usize);
            // SAFETY: B1 to B3. After a throw, `leave` has restored the callee-saved registers and the code goes on at label 2, as if
            // `f` had returned.
            unsafe {
                asm!(
                    "lea r11, [rip + 2f]",
                    "mov [{landing} + {address}], r11",
                    "mov [{landing} + {rsp}], rsp",
                    "mov [{landing} + {rbx}], rbx",
                    "mov [{landing} + {rbp}], rbp",
                    "mov [{landing} + {r12}], r12",
                    "mov [{landing} + {r13}], r13",
                    "mov [{landing} + {r14}], r14",
                    "mov [{landing} + {r15}], r15",
                    "call {f}",
                    "xor edx, edx",
                    "2:",
                    landing = in(reg) landing,
                    f = in(reg) $f as *const (),
                    address = const offset_of!(Landing, address),
                    rsp = const offset_of!(Landing, rsp),
                    rbx = const offset_of!(Landing, rbx),
                    rbp = const offset_of!(Landing, rbp),
                    r12 = const offset_of!(Landing, r12),
                    r13 = const offset_of!(Landing, r13),
                    r14 = const offset_of!(Landing, r14),
                    r15 = const offset_of!(Landing, r15),
                    inlateout("rdi") owner => _,
                    inlateout("rsi") $rsi => _,
                    inlateout("rdx") $rdx => thrown,
                    inlateout("rcx") $rcx => _,
                    lateout("rax") value,
                    out("r11") _,
                    clobber_abi("sysv64"),
                );
                *slot = (*landing).record.previous;
            }
            if thrown == 0 { Ok(value) } else { Err(value as u8) }
        }};
    }

    /// Makes the call whose landing is in `slot` go on with `code`, as a throw.
    #[unsafe(naked)]
    unsafe extern "sysv64" fn leave(slot: *mut *mut Record, code: usize) -> ! {
        naked_asm!(
            ".cfi_startproc",
            "mov rcx, [rdi]",
            "mov rax, rsi",
            "mov edx, 1",
            "mov rbx, [rcx + {rbx}]",
            "mov rbp, [rcx + {rbp}]",
            "mov r12, [rcx + {r12}]",
            "mov r13, [rcx + {r13}]",
            "mov r14, [rcx + {r14}]",
            "mov r15, [rcx + {r15}]",
            "mov rsi, [rcx + {address}]",
            // From here on this is nobody's frame.
            ".cfi_undefined rip",
            "mov rsp, [rcx + {rsp}]",
            "jmp rsi",
            ".cfi_endproc",
            address = const offset_of!(Landing, address),
            rsp = const offset_of!(Landing, rsp),
            rbx = const offset_of!(Landing, rbx),
            rbp = const offset_of!(Landing, rbp),
            r12 = const offset_of!(Landing, r12),
            r13 = const offset_of!(Landing, r13),
            r14 = const offset_of!(Landing, r14),
            r15 = const offset_of!(Landing, r15),
        )
    }

    #[inline(always)]
    pub unsafe fn call1<S>(slot: *mut *mut Record, f: HostFn<S>, state: *mut S) -> Outcome<c_int> {
        // SAFETY: B1 to B3; `f` reads one argument register.
        enter!(slot, f, state as usize, UNUSED, UNUSED, UNUSED).map(|value| value as c_int)
    }

    #[inline(always)]
    pub unsafe fn call3<S>(
        slot: *mut *mut Record,
        f: HostContinuation<S>,
        state: *mut S,
        status: c_int,
        context: isize,
    ) -> Outcome<c_int> {
        // SAFETY: B1 to B3; `f` reads three argument registers, of the second its lower half.
        enter!(slot, f, state as usize, status as usize, context as usize, UNUSED).map(|value| value as c_int)
    }

    #[inline(always)]
    pub unsafe fn call_reader<S>(
        slot: *mut *mut Record,
        f: HostReader<S>,
        state: *mut S,
        data: *mut c_void,
        size: *mut usize,
    ) -> Outcome<*const c_char> {
        // SAFETY: B1 to B3; `f` reads three argument registers.
        enter!(slot, f, state as usize, data as usize, size as usize, UNUSED).map(|value| value as *const c_char)
    }

    #[inline(always)]
    pub unsafe fn call_writer<S>(
        slot: *mut *mut Record,
        f: HostWriter<S>,
        state: *mut S,
        piece: *const c_void,
        size: usize,
        data: *mut c_void,
    ) -> Outcome<c_int> {
        // SAFETY: B1 to B3; `f` reads four argument registers.
        enter!(slot, f, state as usize, piece as usize, size, data as usize).map(|value| value as c_int)
    }

    #[inline(always)]
    pub unsafe fn call_hook<S, A>(slot: *mut *mut Record, f: HostHook<S, A>, state: *mut S, activation: *mut A) -> Outcome<()> {
        // SAFETY: B1 to B3; `f` reads two argument registers and leaves nothing in rax.
        enter!(slot, f, state as usize, activation as usize, UNUSED, UNUSED).map(|_| ())
    }

    #[inline(always)]
    pub unsafe fn throw(slot: *mut *mut Record, code: u8) -> ! {
        // SAFETY: B1, B2 and a record in the slot.
        unsafe { leave(slot, usize::from(code)) }
    }
}

/// Rust's side of `boundary.c`. Each C routine stores the result where it is told and returns the code of a throw, or -1.
#[cfg(not(all(target_arch = "x86_64", unix, not(feature = "portable-boundary"))))]
mod machine {
    use super::*;
    use core::mem::{MaybeUninit, transmute};

    unsafe extern "C" {
        fn perilune_boundary_call1(slot: *mut *mut Record, f: HostFn<c_void>, state: *mut c_void, result: *mut c_int) -> c_int;
        fn perilune_boundary_call3(
            slot: *mut *mut Record,
            f: HostContinuation<c_void>,
            state: *mut c_void,
            status: c_int,
            context: isize,
            result: *mut c_int,
        ) -> c_int;
        fn perilune_boundary_reader(
            slot: *mut *mut Record,
            f: HostReader<c_void>,
            state: *mut c_void,
            data: *mut c_void,
            size: *mut usize,
            result: *mut *const c_char,
        ) -> c_int;
        fn perilune_boundary_writer(
            slot: *mut *mut Record,
            f: HostWriter<c_void>,
            state: *mut c_void,
            piece: *const c_void,
            size: usize,
            data: *mut c_void,
            result: *mut c_int,
        ) -> c_int;
        fn perilune_boundary_hook(
            slot: *mut *mut Record,
            f: HostHook<c_void, c_void>,
            state: *mut c_void,
            activation: *mut c_void,
        ) -> c_int;
        fn perilune_boundary_throw(slot: *mut *mut Record, code: c_int) -> !;
    }

    /// Runs a C routine that stores a result of type `T` and returns -1, or returns the code of a throw.
    #[inline(always)]
    fn landed<T>(routine: impl FnOnce(*mut T) -> c_int) -> Outcome<T> {
        let mut result = MaybeUninit::uninit();
        match routine(result.as_mut_ptr()) {
            // SAFETY: -1 says that the function returned and its result was stored.
            -1 => Ok(unsafe { result.assume_init() }),
            code => Err(code as u8),
        }
    }

    pub unsafe fn call1<S>(slot: *mut *mut Record, f: HostFn<S>, state: *mut S) -> Outcome<c_int> {
        // SAFETY: B1 to B3; function types that differ in what a pointer points to are called alike.
        landed(|result| unsafe { perilune_boundary_call1(slot, transmute::<HostFn<S>, HostFn<c_void>>(f), state.cast(), result) })
    }

    pub unsafe fn call3<S>(
        slot: *mut *mut Record,
        f: HostContinuation<S>,
        state: *mut S,
        status: c_int,
        context: isize,
    ) -> Outcome<c_int> {
        // SAFETY: as in `call1`.
        landed(|result| unsafe {
            let f = transmute::<HostContinuation<S>, HostContinuation<c_void>>(f);
            perilune_boundary_call3(slot, f, state.cast(), status, context, result)
        })
    }

    pub unsafe fn call_reader<S>(
        slot: *mut *mut Record,
        f: HostReader<S>,
        state: *mut S,
        data: *mut c_void,
        size: *mut usize,
    ) -> Outcome<*const c_char> {
        // SAFETY: as in `call1`.
        landed(|result| unsafe {
            let f = transmute::<HostReader<S>, HostReader<c_void>>(f);
            perilune_boundary_reader(slot, f, state.cast(), data, size, result)
        })
    }

    pub unsafe fn call_writer<S>(
        slot: *mut *mut Record,
        f: HostWriter<S>,
        state: *mut S,
        piece: *const c_void,
        size: usize,
        data: *mut c_void,
    ) -> Outcome<c_int> {
        // SAFETY: as in `call1`.
        landed(|result| unsafe {
            let f = transmute::<HostWriter<S>, HostWriter<c_void>>(f);
            perilune_boundary_writer(slot, f, state.cast(), piece, size, data, result)
        })
    }

    pub unsafe fn call_hook<S, A>(slot: *mut *mut Record, f: HostHook<S, A>, state: *mut S, activation: *mut A) -> Outcome<()> {
        // SAFETY: as in `call1`.
        landed(|_: *mut ()| unsafe {
            let f = transmute::<HostHook<S, A>, HostHook<c_void, c_void>>(f);
            perilune_boundary_hook(slot, f, state.cast(), activation.cast())
        })
    }

    pub unsafe fn throw(slot: *mut *mut Record, code: u8) -> ! {
        // SAFETY: B1, B2 and a record in the slot.
        unsafe { perilune_boundary_throw(slot, c_int::from(code)) }
    }
}
