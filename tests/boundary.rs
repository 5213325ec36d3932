//! The host boundary with real C functions on the other side: results, throws, nesting, registers, unwinding.
//!
//! Each test runs against `c-tests/boundary.c` compiled without optimisation and with it, because what lies between a
//! throw and its record are frames that some C compiler laid out.

use perilune::capi::boundary::{self, HostContinuation, HostFn, HostHook, HostReader, HostWarn, HostWriter, Record};
use std::ffi::{CStr, CString, c_char, c_int, c_long, c_void};
use std::path::PathBuf;
use std::process::Command;
use std::ptr::{self, null_mut};

/// The C side's `struct scene`, followed by what only this side uses.
#[repr(C)]
struct Scene {
    leave: unsafe extern "C" fn(*mut Scene, c_int) -> !,
    nested: unsafe extern "C" fn(*mut Scene) -> c_int,
    depth: c_int,
    code: c_int,
    visited: c_long,
    frames: [*mut c_void; 64],
    frame_count: c_int,
    slot: *mut Record,
    nest: HostFn<Scene>,
    longest_chain: usize,
}

impl Scene {
    fn new(library: &Library) -> Box<Scene> {
        Box::new(Scene {
            leave,
            nested,
            depth: 0,
            code: 0,
            visited: 0,
            frames: [null_mut(); 64],
            frame_count: 0,
            slot: null_mut(),
            nest: library.get("nest"),
            longest_chain: 0,
        })
    }
}

unsafe extern "C" fn leave(scene: *mut Scene, code: c_int) -> ! {
    // SAFETY: called by a function that a `call` through this scene's slot runs; only C frames lie between.
    unsafe {
        let mut record = (*scene).slot;
        let mut chain = 0;
        while !record.is_null() {
            chain += 1;
            record = (*record).previous;
        }
        (*scene).longest_chain = chain.max((*scene).longest_chain);
        boundary::throw(&raw mut (*scene).slot, code as u8)
    }
}

/// What an API function that calls host code does: one more record. A throw with an even code goes on to the outer
/// record, one less each time; an odd one becomes a result.
unsafe extern "C" fn nested(scene: *mut Scene) -> c_int {
    // SAFETY: as in `leave`.
    unsafe {
        match boundary::call1(&raw mut (*scene).slot, (*scene).nest, scene) {
            Ok(result) => result,
            Err(code) if code % 2 == 0 => leave(scene, c_int::from(code) - 1),
            Err(code) => 1000 + c_int::from(code),
        }
    }
}

/// `c-tests/boundary.c`, compiled and loaded.
struct Library {
    handle: *mut c_void,
    level: &'static str,
}

impl Library {
    fn get<F: Copy>(&self, name: &str) -> F {
        assert_eq!(size_of::<F>(), size_of::<*mut c_void>());
        let name = CString::new(name).unwrap();
        // SAFETY: the handle is open; the tests name the type that the C source gives the function.
        unsafe {
            let symbol = libc::dlsym(self.handle, name.as_ptr());
            assert!(!symbol.is_null(), "c-tests/boundary.c has no {name:?}");
            std::mem::transmute_copy(&symbol)
        }
    }
}

/// Runs `test` with the C functions at each optimisation level.
fn with_each(test: impl Fn(&Library)) {
    for level in ["-O0", "-O2"] {
        let file =
            PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("boundary{level}-{:?}.so", std::thread::current().id()));
        let status = Command::new("cc")
            .args(["-shared", "-fPIC", "-g", "-Wall", "-Wextra", "-Werror", level, "-o"])
            .arg(&file)
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/c-tests/boundary.c"))
            .status()
            .expect("a C compiler is installed");
        assert!(status.success(), "c-tests/boundary.c compiles");
        let path = CString::new(file.to_str().unwrap()).unwrap();
        // SAFETY: the library has no initialisers.
        let handle = unsafe { libc::dlopen(path.as_ptr(), libc::RTLD_NOW | libc::RTLD_LOCAL) };
        assert!(!handle.is_null(), "{} loads", file.display());
        test(&Library { handle, level });
        std::fs::remove_file(&file).unwrap();
    }
}

#[test]
fn a_function_that_returns_gives_its_result_and_restores_the_slot() {
    with_each(|library| {
        let f: HostFn<Scene> = library.get("plain_result");
        let mut scene = Scene::new(library);
        for code in [0, 1, -1, 255, 256, c_int::MIN, c_int::MAX] {
            scene.code = code;
            // SAFETY: the scene outlives the call.
            assert_eq!(unsafe { boundary::call1(&raw mut scene.slot, f, &raw mut *scene) }, Ok(code));
            assert!(scene.slot.is_null());
        }
    });
}

#[test]
fn a_throw_lands_in_its_call_with_every_code_from_every_depth() {
    with_each(|library| {
        let f: HostFn<Scene> = library.get("throw_from_depth");
        let mut scene = Scene::new(library);
        for code in 0..=255u8 {
            scene.code = c_int::from(code);
            scene.depth = c_int::from(code) * 3;
            scene.visited = 0;
            // SAFETY: the scene outlives the call.
            assert_eq!(unsafe { boundary::call1(&raw mut scene.slot, f, &raw mut *scene) }, Err(code));
            assert!(scene.slot.is_null());
            assert_eq!(scene.visited, c_long::from(code) * 3 + 1, "at {}", library.level);
        }
    });
}

#[test]
fn a_hundred_thousand_throws_leave_the_stack_where_it_was() {
    #[inline(never)]
    fn address_of_a_local() -> usize {
        let local = 0u8;
        std::hint::black_box(&raw const local) as usize
    }
    with_each(|library| {
        let f: HostFn<Scene> = library.get("throw_from_depth");
        let mut scene = Scene::new(library);
        scene.depth = 5;
        let before = address_of_a_local();
        let mut sum = 0u64;
        for i in 0..100_000u32 {
            scene.code = (i % 200) as c_int;
            // SAFETY: the scene outlives the call.
            let outcome = unsafe { boundary::call1(&raw mut scene.slot, f, &raw mut *scene) };
            sum += u64::from(outcome.unwrap_err());
        }
        assert_eq!(sum, 500 * (0..200).sum::<u64>());
        assert_eq!(scene.visited, 600_000);
        assert_eq!(address_of_a_local(), before);
    });
}

#[test]
fn records_nest_and_a_throw_reaches_the_innermost_only() {
    with_each(|library| {
        let mut scene = Scene::new(library);
        for depth in [0, 1, 2, 3, 10, 50] {
            // An odd code stops at the innermost record: there the result starts, and each level adds one.
            scene.depth = depth;
            scene.code = 5;
            scene.visited = 0;
            scene.longest_chain = 0;
            // SAFETY: the scene outlives the call.
            let outcome = unsafe { boundary::call1(&raw mut scene.slot, scene.nest, &raw mut *scene) };
            let expected = if depth == 0 { Err(5) } else { Ok(1005 + depth) };
            assert_eq!(outcome, expected);
            assert_eq!(scene.visited, c_long::from(depth) + 1);
            assert_eq!(scene.longest_chain, depth as usize + 1);
            assert!(scene.slot.is_null());

            // An even one is thrown on, as an odd one, from there.
            scene.depth = depth;
            scene.code = 6;
            // SAFETY: the scene outlives the call.
            let outcome = unsafe { boundary::call1(&raw mut scene.slot, scene.nest, &raw mut *scene) };
            let expected = match depth {
                0 => Err(6),
                1 => Err(5),
                _ => Ok(1005 + depth - 1),
            };
            assert_eq!(outcome, expected);
            assert!(scene.slot.is_null());
        }
    });
}

#[test]
fn each_kind_of_host_function_gets_its_arguments() {
    with_each(|library| {
        let mut scene = Scene::new(library);
        let scene = &raw mut *scene;
        // SAFETY: the scene outlives the calls; the types are those of c-tests/boundary.c.
        unsafe {
            let slot = &raw mut (*scene).slot;

            let continuation: HostContinuation<Scene> = library.get("continuation");
            assert_eq!(boundary::call3(slot, continuation, scene, -3, -7_000_000_000_000), Ok(-10));
            assert_eq!(boundary::call3(slot, continuation, scene, 99, 0), Err(99));

            let reader: HostReader<Scene> = library.get("reader");
            let text = c"chunk";
            let mut size = 0;
            let piece = boundary::call_reader(slot, reader, scene, text.as_ptr() as *mut c_void, &mut size);
            assert_eq!(CStr::from_ptr(piece.unwrap()), c"hunk");
            assert_eq!(size, 5);
            assert_eq!(boundary::call_reader(slot, reader, scene, null_mut(), &mut size), Err(7));

            let writer: HostWriter<Scene> = library.get("writer");
            let mut copy = [0u8; 5];
            let data = copy.as_mut_ptr().cast();
            assert_eq!(boundary::call_writer(slot, writer, scene, text.as_ptr().cast(), 5, data), Ok(-5));
            assert_eq!(&copy, b"chunk");
            assert_eq!(boundary::call_writer(slot, writer, scene, text.as_ptr().cast(), 5, null_mut()), Err(8));

            let hook: HostHook<Scene, c_long> = library.get("hook");
            let mut activation = 41;
            assert_eq!(boundary::call_hook(slot, hook, scene, &mut activation), Ok(()));
            assert_eq!(activation, 42);
            activation = -1;
            assert_eq!(boundary::call_hook(slot, hook, scene, &mut activation), Err(9));

            let warn: HostWarn = library.get("warn");
            assert_eq!(boundary::call_warn(slot, warn, scene.cast(), c"four".as_ptr(), 3), Ok(()));
            assert_eq!((*scene).visited, 12);
            assert_eq!(boundary::call_warn(slot, warn, scene.cast(), ptr::null::<c_char>(), -1), Err(10));
            assert!((*slot).is_null());
        }
    });
}

/// What a C function sees that calls into the VM; leaves as few registers in use as the compiler can.
#[cfg(target_arch = "x86_64")]
unsafe extern "C" fn run_wreck(scene: *mut Scene) -> c_int {
    // SAFETY: `registers_after` passes on the test's scene, whose `nest` is `wreck_registers` or `plain_result`.
    match unsafe { boundary::call1(&raw mut (*scene).slot, (*scene).nest, scene) } {
        Ok(result) => result,
        Err(code) => c_int::from(code),
    }
}

#[test]
#[cfg(target_arch = "x86_64")]
fn registers_survive_a_return_and_a_throw() {
    with_each(|library| {
        type Check = unsafe extern "C" fn(HostFn<Scene>, *mut Scene) -> c_long;
        let registers_after: Check = library.get("registers_after");
        let mut scene = Scene::new(library);
        for name in ["plain_result", "wreck_registers"] {
            scene.nest = library.get(name);
            scene.code = 77;
            // SAFETY: the scene outlives the call.
            let changed = unsafe { registers_after(run_wreck, &raw mut *scene) };
            assert_eq!(changed, 0, "a bit for each of rbx r12 r13 r14 r15 rbp, after {name} at {}", library.level);
            assert!(scene.slot.is_null());
        }
    });
}

/// Frames must be found by the unwind tables alone: from the C function through the boundary to the thread's start.
#[test]
fn backtrace_walks_from_host_code_through_the_boundary() {
    #[inline(never)]
    fn enter_from_here(scene: *mut Scene, f: HostFn<Scene>) -> c_int {
        // SAFETY: the scene outlives the call.
        let outcome = unsafe { boundary::call1(&raw mut (*scene).slot, f, scene) };
        std::hint::black_box(outcome.unwrap())
    }
    with_each(|library| {
        let f: HostFn<Scene> = library.get("record_frames");
        let mut scene = Scene::new(library);
        let count = enter_from_here(&raw mut *scene, f) as usize;
        let frames: Vec<usize> = scene.frames[..count].iter().map(|p| *p as usize).collect();
        let here = enter_from_here as fn(*mut Scene, HostFn<Scene>) -> c_int as usize;
        let at = frames.iter().position(|address| (here..here + 512).contains(address));
        let at = at.unwrap_or_else(|| panic!("{frames:x?} leads into the caller at {here:x}"));
        assert!(at <= 4, "one C frame, the boundary and at most two wrappers come before the caller, not {at}");
        // SAFETY: dladdr fills the structure or says that it did not.
        let outermost = unsafe {
            let mut info = std::mem::zeroed::<libc::Dl_info>();
            assert_ne!(libc::dladdr(frames[count - 1] as *const c_void, &mut info), 0);
            CStr::from_ptr(info.dli_fname).to_string_lossy().into_owned()
        };
        assert!(outermost.contains("libc"), "the walk ends where the thread started, not in {outermost}");
    });
}
