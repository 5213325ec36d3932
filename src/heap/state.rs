//! The state: what belongs to a VM (`Global`), to a coroutine (`Thread`) and to a call (`Frame`).
//!
//! Contract (clauses are named in SAFETY comments elsewhere):
//! * I1 A `State` (a handle on a thread) is used by one OS thread at a time; the VM may move between calls.
//! * I2 Slots from `stack` up to `top` hold values; slots up to the frame's top hold values or leftovers that are valid
//!   values of dead or live objects, and the collector clears those above `top`.
//! * I3 Stack positions that must survive a call, an allocation or a stack growth are kept as indices, not as pointers.
//! * I4 No `&mut` to anything here exists while Lua, host or finalizer code can run: all fields are `Cell`s or atomics.

use super::external::External;
use super::frozen::Shares;
use super::function::{CFunction, RecentUpvalues, UpVal};
use super::gc_state::GcState;
use super::mem::{Allocator, Mem};
use super::object::{Gc, Header, mark, object_value};
use super::shared::Links;
use super::space::Space;
use super::string::Str;
use super::strings::StringTable;
use super::table::Table;
use crate::edition::Transfer;
use crate::value::{Tag, Value};
use core::cell::Cell;
use core::ffi::{c_char, c_int, c_void};
use core::mem::{MaybeUninit, offset_of};
use core::ptr::{self, NonNull};
use core::sync::atomic::{AtomicI32, AtomicPtr, Ordering};

/// Handle on a running or suspended thread: what C calls `lua_State *`.
pub type State = Gc<Thread>;

/// Slots that a fresh stack has, and that a call of a C function may rely on (`LUA_MINSTACK`).
pub const BASIC_STACK_SIZE: usize = 2 * MIN_STACK;
pub const MIN_STACK: usize = 20;
/// Slots beyond the usable ones, for a metamethod call or an error message when the stack is full.
pub const EXTRA_STACK: usize = 5;
/// Frames that every thread has room for in itself: its own, that of its body, and two more.
pub const BASIC_FRAMES: usize = 4;
/// Most slots a stack may have (`LUAI_MAXSTACK`).
pub const MAX_STACK: usize = 1_000_000;
/// Slots beyond the limit that a message handler may use after a stack overflow.
pub const ERROR_STACK_SIZE: usize = MAX_STACK + 200;
/// Nested calls of C functions, parser levels and resumes (`LUAI_MAXCCALLS`).
pub const MAX_C_CALLS: u32 = 200;
/// Bytes before every `lua_State` that belong to the host (`LUA_EXTRASPACE`).
pub const EXTRA_SPACE: usize = size_of::<*mut c_void>();

/// `lua_WarnFunction`.
pub type WarnFunction = unsafe extern "C" fn(ud: *mut c_void, message: *const c_char, to_continue: c_int);
/// `lua_KFunction`.
pub type KFunction = unsafe extern "C" fn(*mut Thread, c_int, isize) -> c_int;
/// `lua_Hook`.
pub type HookFunction = unsafe extern "C" fn(*mut Thread, *mut c_void);

/// Everything that the threads of one VM share. `allocator` is the first field: the emergency hook relies on it.
#[repr(C)]
pub struct Global {
    pub allocator: Allocator,
    pub space: Space,
    pub strings: StringTable,
    pub links: Links,
    pub shares: Shares,
    pub gc: GcState,
    pub registry: Cell<Value>,
    /// Metatables of the basic types, by type number.
    pub metatables: [Cell<Option<Gc<Table>>>; 9],
    pub main: Cell<Option<State>>,
    pub panic: Cell<Option<CFunction>>,
    pub warn: Cell<Option<WarnFunction>>,
    pub warn_ud: Cell<*mut c_void>,
    /// Where a throw to the host lands (`capi::boundary::Record`).
    pub record: Cell<*mut c_void>,
    /// How this VM uses the code cache (`share::cache::Mode`).
    pub cache_mode: Cell<u8>,
    /// Texts of hosts that strings refer to.
    pub externals: Cell<*mut External>,
    /// The host's, from edition 5.5 on: goes into what `math.random` begins with.
    pub seed: Cell<u32>,
    /// The state of `math.random`; zero before it is seeded.
    pub random: Cell<[u64; 4]>,
    /// The position that the last step of a traversal came to, in whatever table.
    pub traversed: Cell<usize>,
    pub recent_upvalues: RecentUpvalues,
    /// Number of this VM in the process; no other has or had it.
    pub number: Cell<u64>,
    /// The index of shared files knows of files that this VM loaded first.
    pub has_seen_files: Cell<bool>,
    /// `lua_newstate` has finished.
    pub complete: Cell<bool>,
}

impl Global {
    /// A state without anything in it yet.
    pub fn new(allocator: Allocator) -> Global {
        Global {
            allocator,
            space: Space::new(),
            strings: StringTable::new(),
            links: Links::new(),
            shares: Shares::new(),
            gc: GcState::new(),
            registry: Cell::new(Value::NIL),
            metatables: [const { Cell::new(None) }; 9],
            main: Cell::new(None),
            panic: Cell::new(None),
            warn: Cell::new(None),
            warn_ud: Cell::new(ptr::null_mut()),
            record: Cell::new(ptr::null_mut()),
            cache_mode: Cell::new(2),
            externals: Cell::new(ptr::null_mut()),
            seed: Cell::new(0),
            random: Cell::new([0; 4]),
            traversed: Cell::new(0),
            recent_upvalues: RecentUpvalues::new(),
            number: Cell::new(0),
            has_seen_files: Cell::new(false),
            complete: Cell::new(false),
        }
    }

    #[inline(always)]
    pub fn mem(&self) -> Mem {
        Mem::new(&self.allocator)
    }

    /// The mark of new objects.
    #[inline(always)]
    pub fn white(&self) -> u8 {
        self.gc.white.get()
    }

    #[inline(always)]
    pub fn new_header(&self, tag: Tag) -> Header {
        Header { tag, mark: Cell::new(self.white()) }
    }

    /// Makes sure that a string found in the string table is not one that the current sweep will free.
    #[inline]
    pub fn revive(&self, s: Gc<Str>) {
        let mark = &s.header.mark;
        if mark.get() & (self.white() ^ mark::WHITES) != 0 {
            mark.set(mark.get() ^ mark::WHITES);
        }
    }

    pub fn registry_table(&self) -> Gc<Table> {
        self.registry.get().as_table().expect("the registry is a table")
    }
}

/// A stack slot. Valid until the stack grows or shrinks (I3).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(transparent)]
pub struct Slot(pub *mut Value);

impl Slot {
    #[inline(always)]
    pub fn get(self) -> Value {
        Value { payload: self.payload(), tag: self.tag() }
    }

    #[inline(always)]
    pub fn set(self, v: Value) {
        // SAFETY: I2. Two stores, as everywhere, so that later loads of the halves are forwarded.
        unsafe {
            (*self.0).payload = v.payload;
            (*self.0).tag = v.tag;
        }
    }

    #[inline(always)]
    pub fn tag(self) -> Tag {
        // As a byte that may lie anywhere: of one at a multiple of four the compiler makes a load of four bytes where it has a use for them, and the
        // processor does not forward the one byte that was stored to it.
        // SAFETY: I2; slots are made from a live stack.
        unsafe { self.0.byte_add(offset_of!(Value, tag)).cast::<Tag>().read() }
    }

    #[inline(always)]
    pub fn payload(self) -> u64 {
        // Unaligned, as an aligned load would tell the compiler where the tag lies; it is the same instruction.
        // SAFETY: I2.
        unsafe { (&raw const (*self.0).payload).read_unaligned() }
    }

    /// Overwrites the payload of a slot whose tag stays.
    #[inline(always)]
    pub fn set_payload(self, payload: u64) {
        // SAFETY: I2.
        unsafe { (*self.0).payload = payload }
    }

    #[inline(always)]
    pub fn set_nil(self) {
        // SAFETY: I2.
        unsafe { (*self.0).tag = Tag::NIL }
    }

    #[inline(always)]
    pub fn at(self, n: usize) -> Slot {
        Slot(self.0.wrapping_add(n))
    }

    #[inline(always)]
    pub fn before(self, n: usize) -> Slot {
        Slot(self.0.wrapping_sub(n))
    }

    /// The slot that an index counted from the top (§4.1) names, which is not positive, where this is the top.
    #[inline(always)]
    pub fn relative(self, i: i32) -> Slot {
        Slot(self.0.wrapping_offset(i as isize))
    }

    /// Distance from a lower slot of the same stack.
    #[inline(always)]
    pub fn since(self, lower: Slot) -> usize {
        (self.0 as usize - lower.0 as usize) / size_of::<Value>()
    }
}

/// Bits of `Frame::status`.
pub mod frame_status {
    /// The frame runs a Lua function.
    pub const LUA: u16 = 1 << 0;
    /// Its return ends the interpreter invocation that started it.
    pub const FRESH: u16 = 1 << 1;
    /// Entered by a tail call.
    pub const TAIL: u16 = 1 << 2;
    /// Called by the interpreter for an instruction: the caller's instruction is finished with its result.
    pub const META: u16 = 1 << 3;
    /// A standard function that catches errors (pcall, xpcall), or a C function inside `lua_pcallk` that was suspended.
    pub const PROTECTED: u16 = 1 << 4;
    /// `lua_pcallk` with a continuation is under way in this C frame.
    pub const C_PCALL: u16 = 1 << 5;
    /// A coroutine is running on behalf of this frame (resume, wrap).
    pub const RESUMING: u16 = 1 << 6;
    /// The frame is closing variables after an error; its status is in `Frame::recover`.
    pub const RECOVERING: u16 = 1 << 7;
    /// The function is returning and closes variables first; the number of results is saved.
    pub const CLOSING: u16 = 1 << 8;
    /// Running a debug hook.
    pub const HOOK: u16 = 1 << 9;
    /// The last thing called was a hook that yielded.
    pub const HOOK_YIELD: u16 = 1 << 10;
    /// A finalizer was called from here.
    pub const FINALIZER: u16 = 1 << 11;
    /// `Thread::transfer_first` and `transfer_count` are about this frame (call and return hooks).
    pub const TRANSFER: u16 = 1 << 12;
    /// Value of `allow_hook` when a protected C call began.
    pub const SAVED_ALLOW_HOOK: u16 = 1 << 13;
    /// The comparison under way asks `__lt` for the opposite: its result is to be negated.
    pub const NEGATED: u16 = 1 << 14;
    /// When the metamethod under way has returned, hooks do not see the instruction that comes next: one that is repeated after a
    /// closing method, or the jump that belongs to a comparison. Where a thread was suspended meanwhile, they do.
    pub const REPEATED: u16 = 1 << 15;
}

/// One call. Positions are stack indices (I3).
#[repr(C)]
pub struct Frame {
    /// Slot of the called function.
    pub func: Cell<u32>,
    /// First slot the call may not use.
    pub top: Cell<u32>,
    /// Lua: the next instruction, whenever the frame is not the running one.
    pub pc: Cell<*const u32>,
    /// Number of results wanted; -1 for all; below -1 also "close variables up to here" (`lua_toclose`): `-n - 3`.
    pub results: Cell<i16>,
    pub status: Cell<u16>,
    /// Lua: arguments beyond the parameters (below `func`). pcall, xpcall and `lua_pcallk`: frames of pcall and xpcall before.
    pub extra: Cell<u32>,
    /// C: continuation and its context. resume and wrapped functions: the address of the coroutine is the context.
    pub k: Cell<Option<KFunction>>,
    pub context: Cell<isize>,
    /// pcall, xpcall and `lua_pcallk`: the message handler before.
    pub saved_handler: Cell<u32>,
    /// C: position of the function that `lua_pcallk` called. Functions that call another for its results: its position.
    pub saved_func: Cell<u32>,
    /// Status to recover with; number of values yielded or to return while closing.
    pub recover: Cell<i32>,
    /// 5.5: arguments that `__call` metamethods have put in front of the others.
    pub extra_arguments: Cell<u8>,
}

impl Frame {
    #[inline(always)]
    pub fn has(&self, bits: u16) -> bool {
        self.status.get() & bits != 0
    }

    #[inline(always)]
    pub fn is_lua(&self) -> bool {
        self.has(frame_status::LUA)
    }

    pub fn add_status(&self, bits: u16) {
        self.status.set(self.status.get() | bits);
    }

    pub fn remove_status(&self, bits: u16) {
        self.status.set(self.status.get() & !bits);
    }
}

/// A handle on a frame. Valid until the frame is popped or the frame array grows (which pushing a frame may do).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(transparent)]
pub struct FrameRef(pub *mut Frame);

impl FrameRef {
    /// The next lower place of the array.
    #[inline(always)]
    pub fn below(self) -> FrameRef {
        FrameRef(self.0.wrapping_sub(1))
    }

    /// Whether a call instruction of the Lua function below made this call: nobody else waits for its results.
    #[inline(always)]
    pub fn was_called_by_instruction(self) -> bool {
        !self.has(frame_status::FRESH | frame_status::META) && self.below().is_lua()
    }
}

impl core::ops::Deref for FrameRef {
    type Target = Frame;
    #[inline(always)]
    fn deref(&self) -> &Frame {
        // SAFETY: made from a live frame array; see the type.
        unsafe { &*self.0 }
    }
}

/// Status of a thread, as `lua_status` gives it; 0 is `LUA_OK`, 1 `LUA_YIELD`, others are errors it died of.
pub type Status = u8;
pub const OK: Status = 0;
pub const YIELDED: Status = 1;

/// A thread (coroutine). `lua_State *` points here; the host's extra space lies directly before.
#[repr(C)]
pub struct Thread {
    pub header: Header,
    pub status: Cell<Status>,
    /// Hooks may run (they do not inside hooks).
    pub allow_hook: Cell<bool>,
    /// Listed among the threads with open upvalues.
    pub in_upvalue_list: Cell<bool>,
    pub gray_next: Cell<Option<Gc<Header>>>,
    pub global: NonNull<Global>,
    /// First free slot.
    pub top: Cell<Slot>,
    pub stack: Cell<Slot>,
    /// End of the usable slots; `EXTRA_STACK` more follow.
    pub stack_end: Cell<Slot>,
    pub frame: Cell<FrameRef>,
    pub frames: Cell<FrameRef>,
    /// End of the frame array.
    pub frames_end: Cell<FrameRef>,
    pub open_upvalues: Cell<*mut UpVal>,
    /// Next thread in the VM's list of threads with open upvalues.
    pub next_with_upvalues: Cell<Option<State>>,
    /// Stack indices of pending to-be-closed variables.
    pub tbc: Cell<*mut u32>,
    pub tbc_len: Cell<u32>,
    pub tbc_capacity: Cell<u32>,
    /// The thread that resumed this one, while this one runs or is normal.
    pub resumer: Cell<Option<State>>,
    /// Nested calls that use the native stack (low half) and that forbid yielding (high half).
    pub c_calls: Cell<u32>,
    /// How many of `c_calls` stand for frames of `pcall` and `xpcall` on this thread.
    pub protected_frames: Cell<u32>,
    /// Stack index of the message handler; 0 for none.
    pub handler: Cell<u32>,
    /// What the call or return hook under way sees go by: the position of the first value, and their number.
    pub transfer_first: Cell<Transfer>,
    pub transfer_count: Cell<Transfer>,
    pub hook: AtomicPtr<c_void>,
    pub hook_mask: AtomicI32,
    pub hook_base_count: AtomicI32,
    /// Instructions until the next count event.
    pub hook_count: AtomicI32,
    /// Instruction index seen last by the line hook.
    pub old_pc: Cell<i32>,
    /// The frame array, until more frames are needed: most threads go without a block for it.
    basic_frames: [MaybeUninit<Frame>; BASIC_FRAMES],
}

object_value!(Thread, as_thread, THREAD, |_o| Tag::THREAD);

impl Thread {
    /// A thread without stack and frames yet.
    pub fn empty(header: Header, global: NonNull<Global>) -> Thread {
        let no_slot = Slot(ptr::null_mut());
        let no_frame = FrameRef(ptr::null_mut());
        Thread {
            header,
            status: Cell::new(OK),
            allow_hook: Cell::new(true),
            in_upvalue_list: Cell::new(false),
            gray_next: Cell::new(None),
            global,
            top: Cell::new(no_slot),
            stack: Cell::new(no_slot),
            stack_end: Cell::new(no_slot),
            frame: Cell::new(no_frame),
            frames: Cell::new(no_frame),
            frames_end: Cell::new(no_frame),
            open_upvalues: Cell::new(ptr::null_mut()),
            next_with_upvalues: Cell::new(None),
            tbc: Cell::new(ptr::null_mut()),
            tbc_len: Cell::new(0),
            tbc_capacity: Cell::new(0),
            resumer: Cell::new(None),
            c_calls: Cell::new(0),
            protected_frames: Cell::new(0),
            handler: Cell::new(0),
            transfer_first: Cell::new(0),
            transfer_count: Cell::new(0),
            hook: AtomicPtr::new(ptr::null_mut()),
            hook_mask: AtomicI32::new(0),
            hook_base_count: AtomicI32::new(0),
            hook_count: AtomicI32::new(0),
            old_pc: Cell::new(0),
            basic_frames: [const { MaybeUninit::uninit() }; BASIC_FRAMES],
        }
    }

    /// The frame array that lies in the thread itself.
    #[inline(always)]
    pub fn basic_frames(&self) -> FrameRef {
        FrameRef(self.basic_frames.as_ptr().cast::<Frame>().cast_mut())
    }

    /// Bytes of the block for the frame array; 0 while this lies in the thread itself.
    pub fn frame_block_size(&self) -> usize {
        if self.frames.get() == self.basic_frames() { 0 } else { self.frames_end.get().0 as usize - self.frames.get().0 as usize }
    }
}

impl State {
    #[inline(always)]
    pub fn global(self) -> &'static Global {
        // SAFETY: the global state outlives its threads; the lifetime is the handle's contract.
        unsafe { &*self.global.as_ptr() }
    }

    /// The slot with this stack index.
    #[inline(always)]
    pub fn slot(self, index: u32) -> Slot {
        self.stack.get().at(index as usize)
    }

    /// The stack index of a slot.
    #[inline(always)]
    pub fn index_of(self, slot: Slot) -> u32 {
        slot.since(self.stack.get()) as u32
    }

    /// Whether there is room for `n` values above the top and one more. The top itself may already lie in the extra slots
    /// (a metamethod's operands do), so its distance to the end has a sign.
    #[inline(always)]
    pub fn has_room(self, n: usize) -> bool {
        self.top.get().0 as usize + n * size_of::<Value>() < self.stack_end.get().0 as usize
    }

    /// Whether there is room for as many values as lie from `first` to `end`, of any stack, and one more.
    #[inline(always)]
    pub fn has_room_for(self, first: Slot, end: Slot) -> bool {
        self.top.get().0 as usize + (end.0 as usize - first.0 as usize) < self.stack_end.get().0 as usize
    }

    /// Number of usable slots.
    #[inline(always)]
    pub fn stack_size(self) -> usize {
        self.stack_end.get().since(self.stack.get())
    }

    /// Pushes a value; there must be room.
    #[inline(always)]
    pub fn push(self, v: impl Into<Value>) {
        let top = self.top.get();
        top.set(v.into());
        self.top.set(top.at(1));
        debug_assert!(self.top.get().0 <= self.stack_end.get().at(EXTRA_STACK).0);
    }

    /// The value `n` slots below the top (1 is the topmost).
    #[inline(always)]
    pub fn from_top(self, n: usize) -> Slot {
        self.top.get().before(n)
    }

    /// Slot of the running function.
    #[inline(always)]
    pub fn func(self) -> Slot {
        self.slot(self.frame.get().func.get())
    }

    /// The slot `n` above the running function. Positions are added, not slots: one instruction multiplies the sum.
    #[inline(always)]
    pub fn argument(self, n: u32) -> Slot {
        self.slot(self.frame.get().func.get().wrapping_add(n))
    }

    /// First slot of the running call's arguments.
    #[inline(always)]
    pub fn base(self) -> Slot {
        self.func().at(1)
    }

    /// The frame below; the host's base frame has none.
    #[inline(always)]
    pub fn previous_frame(self, f: FrameRef) -> Option<FrameRef> {
        if f == self.frames.get() { None } else { Some(FrameRef(f.0.wrapping_sub(1))) }
    }

    /// Bits of the hook mask, as of now.
    #[inline(always)]
    pub fn hooks(self) -> i32 {
        self.hook_mask.load(Ordering::Relaxed)
    }

    /// Nested native calls.
    #[inline(always)]
    pub fn c_depth(self) -> u32 {
        self.c_calls.get() & 0xFFFF
    }

    /// Nothing between here and the resume forbids yielding.
    #[inline(always)]
    pub fn is_yieldable(self) -> bool {
        self.c_calls.get() & 0xFFFF_0000 == 0
    }
}

/// Adds to `Thread::c_calls` for a call that forbids yielding.
pub const NOT_YIELDABLE: u32 = 0x10000;
