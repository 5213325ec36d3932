//! The value stack and the frame array of a thread: making, growing and shrinking them.

use super::error;
use crate::edition::LUA_5_5;
use crate::heap::state::{
    BASIC_FRAMES, BASIC_STACK_SIZE, ERROR_STACK_SIZE, EXTRA_STACK, Frame, FrameRef, MAX_STACK, MIN_STACK, Slot, State,
};
use crate::throw::{Result, Throw};
use crate::value::{Tag, Value};
use core::cell::Cell;
use core::ptr::{self, NonNull};

/// Writes `n` nils.
///
/// # Safety
/// There is room for them at `first`.
#[inline(always)]
unsafe fn fill_with_nil(first: *mut Value, n: usize) {
    // SAFETY: the caller's; a nil without bytes that are not zero.
    unsafe { ptr::write_bytes(first, Tag::NIL.0, n) };
}

const _: () = assert!(Tag::NIL.0 == 0);

/// Stacks of fewer slots grow by half.
const SMALL_STACK: usize = 200;

impl Frame {
    const fn empty() -> Frame {
        Frame {
            func: Cell::new(0),
            top: Cell::new(0),
            pc: Cell::new(ptr::null()),
            results: Cell::new(0),
            status: Cell::new(0),
            extra: Cell::new(0),
            k: Cell::new(None),
            context: Cell::new(0),
            saved_handler: Cell::new(0),
            saved_func: Cell::new(0),
            recover: Cell::new(0),
            extra_arguments: Cell::new(0),
        }
    }
}

impl State {
    /// Gives a new thread its stack and its base frame. On failure the thread has neither.
    ///
    /// May: raise (memory), collect (emergency only).
    pub fn make_stack(self) -> Result {
        let mem = self.global().mem();
        let slots = BASIC_STACK_SIZE + EXTRA_STACK;
        let bytes = slots * size_of::<Value>();
        let block = mem.obtain(bytes, 0)?.cast::<Value>().as_ptr();
        mem.allocator().charge(bytes as isize);
        // SAFETY: a fresh block of `slots` values.
        unsafe { fill_with_nil(block, slots) };
        self.stack.set(Slot(block));
        self.top.set(Slot(block));
        self.stack_end.set(Slot(block).at(BASIC_STACK_SIZE));

        let frames = self.basic_frames();
        self.set_frames(frames.0, BASIC_FRAMES, 0);
        // SAFETY: the first frame of the thread.
        unsafe { frames.0.write(Frame::empty()) };
        // Slot 0 stands for the function of the base frame.
        self.push(Value::NIL);
        self.frame.get().top.set(1 + MIN_STACK as u32);
        Ok(())
    }

    /// Frees stack, frames and the list of variables to close.
    pub fn free_stack(self) {
        let mem = self.global().mem();
        let free = |p: *mut u8, bytes: usize| {
            if let Some(p) = NonNull::new(p) {
                mem.allocator().charge(-(bytes as isize));
                // SAFETY: the thread's own blocks, with their sizes; nobody uses them any more.
                unsafe { mem.give_back(p, bytes) };
            }
        };
        free(self.stack.get().0.cast(), (self.stack_size() + EXTRA_STACK) * size_of::<Value>());
        if self.frame_block_size() > 0 {
            free(self.frames.get().0.cast(), self.frame_block_size());
        }
        free(self.tbc.get().cast(), self.tbc_capacity.get() as usize * size_of::<u32>());
    }

    fn frame_capacity(self) -> usize {
        (self.frames_end.get().0 as usize - self.frames.get().0 as usize) / size_of::<Frame>()
    }

    /// Position of a frame in the array.
    #[inline(always)]
    pub fn frame_index(self, f: FrameRef) -> usize {
        (f.0 as usize - self.frames.get().0 as usize) / size_of::<Frame>()
    }

    /// Where a frame is in the array, in bytes from its start.
    #[inline(always)]
    pub fn frame_offset(self, f: FrameRef) -> usize {
        f.0 as usize - self.frames.get().0 as usize
    }

    /// The frame at an offset that `frame_offset` gave.
    #[inline(always)]
    pub fn frame_at_offset(self, offset: usize) -> FrameRef {
        FrameRef(self.frames.get().0.wrapping_byte_add(offset))
    }

    /// The frame at a position of the array.
    #[inline(always)]
    pub fn frame_at(self, index: usize) -> FrameRef {
        FrameRef(self.frames.get().0.wrapping_add(index))
    }

    /// Moves the stack to a block of `size` usable slots.
    ///
    /// May: raise (memory), collect (emergency only). Moves the stack.
    pub fn resize_stack(self, size: usize) -> Result {
        debug_assert!(size <= MAX_STACK || size == ERROR_STACK_SIZE);
        let mem = self.global().mem();
        let old_slots = self.stack_size() + EXTRA_STACK;
        let new_slots = size + EXTRA_STACK;
        let (old_bytes, new_bytes) = (old_slots * size_of::<Value>(), new_slots * size_of::<Value>());
        let old = self.stack.get().0;
        let top = self.index_of(self.top.get());
        // SAFETY: the thread's stack block with its size. A collection inside looks at the old block, which stays. Open upvalues refer to the new one.
        let block = unsafe { mem.resize_in_reach(NonNull::new_unchecked(old.cast()), old_bytes, new_bytes)? };
        mem.allocator().charge(new_bytes as isize - old_bytes as isize);
        let new = block.cast::<Value>().as_ptr();
        if new_slots > old_slots {
            // SAFETY: the new part of the block.
            unsafe { fill_with_nil(new.add(old_slots), new_slots - old_slots) };
        }
        self.stack.set(Slot(new));
        self.top.set(Slot(new).at(top as usize));
        self.stack_end.set(Slot(new).at(size));
        let mut up = self.open_upvalues.get();
        if !up.is_null() {
            self.global().recent_upvalues.clear();
        }
        while let Some(u) = NonNull::new(up) {
            // SAFETY: open upvalues of this thread; their slots were addresses in the old block.
            unsafe {
                let u = u.as_ref();
                u.set_slot(new.with_addr(u.slot().addr() - old.addr() + new.addr()));
                up = (*u.links()).next;
            }
        }
        Ok(())
    }

    /// Makes room for `n` more slots above the top. Raises "stack overflow" past the limit.
    ///
    /// May: raise, collect (emergency only). Moves the stack.
    #[inline(always)]
    pub fn ensure_stack(self, n: usize) -> Result {
        if !self.has_room(n) {
            self.grow_stack(n)?;
        }
        Ok(())
    }

    /// As `ensure_stack`, when there is no room.
    #[cold]
    #[inline(never)]
    pub fn grow_stack(self, n: usize) -> Result {
        let size = self.stack_size();
        if size > MAX_STACK {
            // Already handling an overflow: the handler used up the extra slots.
            return Err(error::in_handler(self));
        }
        let used = self.index_of(self.top.get()) as usize;
        if n < MAX_STACK {
            let wanted = Self::grown(size).max(used + n);
            if wanted <= MAX_STACK {
                return self.resize_stack(wanted);
            }
        }
        // The error message and its handler get a few slots beyond the limit.
        self.resize_stack(ERROR_STACK_SIZE)?;
        Err(error::run_error(self, format_args!("stack overflow")))
    }

    /// As `ensure_stack`, but says whether there is room instead of raising: for `lua_checkstack`.
    pub fn try_ensure_stack(self, n: usize) -> bool {
        if self.has_room(n) {
            return true;
        }
        let used = self.index_of(self.top.get()) as usize;
        if n > MAX_STACK || used + n > MAX_STACK {
            return false;
        }
        let wanted = Self::grown(self.stack_size()).max(used + n);
        self.resize_stack(wanted).is_ok()
    }

    /// How many slots a stack has that was full with `size`: twice as many, but a small one, as most threads have, half as many more.
    fn grown(size: usize) -> usize {
        (size + if size < SMALL_STACK { size / 2 } else { size }).min(MAX_STACK)
    }

    /// Slots in use by all frames.
    fn stack_in_use(self) -> usize {
        let mut limit = self.index_of(self.top.get());
        let mut f = Some(self.frame.get());
        while let Some(frame) = f {
            limit = limit.max(frame.top.get());
            f = self.previous_frame(frame);
        }
        (limit as usize + 1).max(MIN_STACK)
    }

    /// Whether the stack has the extra slots that an overflow gives it.
    #[inline(always)]
    pub fn has_extra_stack(self) -> bool {
        self.stack_size() > MAX_STACK
    }

    /// Gives the extra slots back that a stack overflow took. Moves the stack then.
    #[inline]
    pub fn shrink_after_overflow(self) {
        if self.has_extra_stack() {
            self.shrink_stack();
        }
    }

    /// Gives back stack and frames that are far from used (after an error, and when the collector comes by).
    ///
    /// Moves the stack and the frames; may collect (emergency only) and never raises.
    pub fn shrink_stack(self) {
        let used = self.stack_in_use();
        let max = if used > MAX_STACK / 3 { MAX_STACK } else { used * 3 };
        if used <= MAX_STACK && self.stack_size() > max {
            let size = if used > MAX_STACK / 2 { MAX_STACK } else { used * 2 };
            let _ = self.resize_stack(size);
        }
        let depth = self.frame_index(self.frame.get()) + 1;
        if self.frame_capacity() > (depth * 2).max(BASIC_FRAMES * 2) {
            let _ = self.resize_frames((depth + depth / 2).max(BASIC_FRAMES));
        }
    }

    /// Moves the frames to an array with room for `capacity` of them, or for `BASIC_FRAMES` if that is more.
    ///
    /// May: raise (memory), collect (emergency only).
    fn resize_frames(self, capacity: usize) -> Result {
        let mem = self.global().mem();
        let current = self.frame_index(self.frame.get());
        let (old, old_bytes) = (self.frames.get().0, self.frame_block_size());
        let bytes = capacity * size_of::<Frame>();
        if old_bytes == 0 || capacity <= BASIC_FRAMES {
            let (frames, capacity, bytes) = if capacity <= BASIC_FRAMES {
                (self.basic_frames().0, BASIC_FRAMES, 0)
            } else {
                (mem.obtain(bytes, 0)?.cast::<Frame>().as_ptr(), capacity, bytes)
            };
            // SAFETY: both arrays have room for the frames in use. They are the same when nothing changes.
            unsafe { ptr::copy(old, frames, current + 1) };
            if old_bytes > 0 {
                // SAFETY: the thread's frame block with its size, which nobody uses any more.
                unsafe { mem.give_back(NonNull::new_unchecked(old.cast()), old_bytes) };
            }
            mem.allocator().charge(bytes as isize - old_bytes as isize);
            self.set_frames(frames, capacity, current);
            return Ok(());
        }
        // SAFETY: the thread's frame block with its size.
        let block = unsafe { mem.resize(NonNull::new_unchecked(old.cast()), old_bytes, bytes)? };
        mem.allocator().charge(bytes as isize - old_bytes as isize);
        self.set_frames(block.cast().as_ptr(), capacity, current);
        Ok(())
    }

    /// Moves the frames to another block, and leaves nothing of them where they were: whoever looks there will notice.
    #[cfg(feature = "gc-stress")]
    pub fn move_frames(self) {
        let mem = self.global().mem();
        let (old, old_bytes) = (self.frames.get().0, self.frame_block_size());
        let (old_capacity, capacity) = (self.frame_capacity(), self.frame_capacity().max(BASIC_FRAMES + 1));
        let bytes = capacity * size_of::<Frame>();
        let Ok(block) = mem.obtain(bytes, 0) else { return };
        let current = self.frame_index(self.frame.get());
        // SAFETY: both arrays have room for the frames in use; nobody uses the old one any more.
        unsafe {
            ptr::copy_nonoverlapping(old, block.cast().as_ptr(), current + 1);
            ptr::write_bytes(old, 0xA5, old_capacity);
            if old_bytes > 0 {
                mem.give_back(NonNull::new_unchecked(old.cast()), old_bytes);
            }
        }
        mem.allocator().charge(bytes as isize - old_bytes as isize);
        self.set_frames(block.cast().as_ptr(), capacity, current);
    }

    /// Uses this array of so many frames, of which the one at `current` is the current one.
    fn set_frames(self, frames: *mut Frame, capacity: usize, current: usize) {
        self.frames.set(FrameRef(frames));
        self.frames_end.set(FrameRef(frames.wrapping_add(capacity)));
        self.frame.set(FrameRef(frames.wrapping_add(current)));
    }

    #[cold]
    #[inline(never)]
    fn grow_frames(self) -> Result {
        let capacity = self.frame_capacity();
        if capacity > u32::MAX as usize / 4 {
            return Err(Throw::Memory);
        }
        self.resize_frames(capacity + (capacity / 2).max(BASIC_FRAMES))
    }

    /// Pushes a frame for a call of the function at stack index `func`; it becomes the current one.
    ///
    /// May: raise (memory), collect (emergency only). Moves the frames.
    #[inline(always)]
    pub fn push_frame(self, func: u32, top: u32, results: i32, status: u16) -> Result<FrameRef> {
        self.push_counted_frame(func, top, results, status, 0)
    }

    /// As `push_frame`, for a call that `extra` metamethods have led to.
    #[inline(always)]
    pub fn push_counted_frame(self, func: u32, top: u32, results: i32, status: u16, extra: u8) -> Result<FrameRef> {
        let mut next = FrameRef(self.frame.get().0.wrapping_add(1));
        if next == self.frames_end.get() {
            self.grow_frames()?;
            next = FrameRef(self.frame.get().0.wrapping_add(1));
        }
        self.set_frame(next, func, top, results, status, extra);
        Ok(next)
    }

    /// Whether a frame can be pushed without moving the frames.
    #[inline(always)]
    pub fn has_room_for_frame(self) -> bool {
        FrameRef(self.frame.get().0.wrapping_add(1)) != self.frames_end.get()
    }

    /// Whether so many frames can be pushed without moving the frames.
    #[inline(always)]
    pub fn has_room_for_frames(self, n: usize) -> bool {
        self.frame.get().0 as usize + n * size_of::<Frame>() < self.frames_end.get().0 as usize
    }

    /// As `push_counted_frame`, where there is room for it.
    #[inline(always)]
    pub fn push_frame_in_room(self, func: u32, top: u32, results: i32, status: u16, extra: u8) {
        debug_assert!(self.has_room_for_frame());
        self.set_frame(FrameRef(self.frame.get().0.wrapping_add(1)), func, top, results, status, extra);
    }

    #[inline(always)]
    fn set_frame(self, frame: FrameRef, func: u32, top: u32, results: i32, status: u16, extra: u8) {
        frame.func.set(func);
        frame.top.set(top);
        frame.results.set(results as i16);
        frame.status.set(status);
        if LUA_5_5 {
            frame.extra_arguments.set(extra);
        }
        self.frame.set(frame);
    }

    /// Makes the frame below the current one current.
    #[inline(always)]
    pub fn pop_frame(self) {
        debug_assert!(self.frame.get() > self.frames.get());
        self.frame.set(FrameRef(self.frame.get().0.wrapping_sub(1)));
    }
}
