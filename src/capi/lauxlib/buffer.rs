//! `luaL_Buffer`: text that C code puts together.
//!
//! The host holds the structure, and its macros write into it. While a buffer is in use, it has one slot of the stack: first a
//! placeholder, then, when the text outgrows the structure, a userdata (the box) that owns a block of the VM's allocator
//! and is a variable to be closed, so that the block is freed when an error cuts the work short.

use super::*;
use crate::edition::LUA_5_5;
use crate::heap::mem::Mem;
use crate::native;
use core::ffi::{c_int, c_void};
use core::ptr::{self, NonNull};

/// `LUAL_BUFFERSIZE`.
const SIZE: usize = 16 * size_of::<*mut c_void>() * size_of::<lua_Number>();

/// As the header declares it: address of the text, room, bytes in use, the state, and the first block.
#[repr(C)]
pub struct luaL_Buffer {
    pub b: *mut c_char,
    pub size: usize,
    pub n: usize,
    pub l: *mut lua_State,
    pub init: luaL_Buffer_init,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub union luaL_Buffer_init {
    pub n: lua_Number,
    pub s: *mut c_void,
    pub i: lua_Integer,
    pub b: [c_char; SIZE],
}

const TOO_LARGE: &str = if LUA_5_5 { "resulting string too large" } else { "buffer too large" };

/// Metatable of boxes, in the registry.
const BOX: &str = "_UBOX*";

/// What a box holds.
#[repr(C)]
struct Block {
    data: *mut u8,
    size: usize,
}

impl Block {
    /// Resizes the block, to nothing with size 0. May: raise (memory), collect (emergency only).
    fn resize(&mut self, mem: Mem, size: usize) -> Result {
        let new = match NonNull::new(self.data) {
            None if size == 0 => return Ok(()),
            None => mem.obtain(size, 0)?.as_ptr(),
            // SAFETY: our block, of this size; nobody uses it any more.
            Some(old) if size == 0 => unsafe {
                mem.give_back(old, self.size);
                ptr::null_mut()
            },
            // SAFETY: our block, of this size.
            Some(old) => unsafe { mem.resize(old, self.size, size)? }.as_ptr(),
        };
        mem.allocator().charge(size as isize - self.size as isize);
        self.data = new;
        self.size = size;
        Ok(())
    }
}

fn free_box(l: State) -> Result<u32> {
    let block = l.to_userdata(1).cast::<Block>();
    // SAFETY: only boxes have this metamethod; a script that took it from the registry may call it on something else.
    match unsafe { block.as_mut() } {
        Some(block) if !l.test_userdata(1, BOX)?.is_null() => block.resize(l.global().mem(), 0)?,
        _ => {}
    }
    Ok(0)
}

native!(BOX_GC = "__gc", free_box);
native!(BOX_CLOSE = "__close", free_box);

/// Pushes a new, empty box. May: raise, collect.
fn new_box(l: State) -> Result {
    let block = l.new_userdata(size_of::<Block>(), 0)?.cast::<Block>();
    // SAFETY: fresh memory of the right size, aligned to 16 bytes.
    unsafe { block.write(Block { data: ptr::null_mut(), size: 0 }) };
    if l.new_metatable(BOX)? {
        l.set_natives(&[&BOX_GC, &BOX_CLOSE])?;
    }
    l.set_metatable(-2)
}

impl luaL_Buffer {
    fn state(&self) -> State {
        // SAFETY: the host initialised the buffer with a live state.
        unsafe { state(self.l) }
    }

    fn is_boxed(&self) -> bool {
        self.b.cast_const() != (&raw const self.init).cast()
    }

    /// Room for `extra` more bytes: where they go. The buffer's slot is at index `slot`.
    ///
    /// May: raise, collect, move the stack.
    #[inline(always)]
    fn prepare(&mut self, extra: usize, slot: c_int) -> Result<*mut c_char> {
        if self.size - self.n < extra {
            self.grow(extra, slot)?;
        }
        Ok(self.b.wrapping_add(self.n))
    }

    /// As `prepare`, when there is no room.
    #[cold]
    #[inline(never)]
    fn grow(&mut self, extra: usize, slot: c_int) -> Result {
        let l = self.state();
        let Some(needed) = self.n.checked_add(extra) else {
            return Err(l.error_fmt(format_args!("{TOO_LARGE}")));
        };
        let size = needed.max(self.size / 2 * 3);
        let boxed = self.is_boxed();
        if !boxed {
            l.remove(slot);
            new_box(l)?;
            l.insert(slot);
            l.to_close(slot)?;
        }
        // SAFETY: the slot has our box.
        let block = unsafe { &mut *l.to_userdata(slot).cast::<Block>() };
        block.resize(l.global().mem(), size)?;
        if !boxed {
            // SAFETY: the new block is larger than the text.
            unsafe { ptr::copy_nonoverlapping(self.b, block.data.cast(), self.n) };
        }
        self.b = block.data.cast();
        self.size = size;
        Ok(())
    }

    /// Appends. May: raise, collect, move the stack.
    #[inline(always)]
    fn add(&mut self, text: &[u8], slot: c_int) -> Result {
        if !text.is_empty() {
            let place = self.prepare(text.len(), slot)?;
            // SAFETY: there is room.
            unsafe { ptr::copy_nonoverlapping(text.as_ptr(), place.cast(), text.len()) };
            self.n += text.len();
        }
        Ok(())
    }

    /// Replaces the buffer's slot on top by the text.
    fn finish(&mut self) -> Result {
        let l = self.state();
        // SAFETY: `n` bytes have been written.
        l.push_bytes(unsafe { counted(self.b, self.n) })?;
        if self.is_boxed() {
            l.close_slot(-2)?;
        }
        l.remove(-2);
        Ok(())
    }

    /// Appends `text` with every occurrence of a pattern replaced.
    fn add_replaced(&mut self, text: &[u8], pattern: &[u8], replacement: &[u8]) -> Result {
        let mut rest = text;
        while let Some(at) = find(rest, pattern) {
            self.add(&rest[..at], -1)?;
            self.add(replacement, -1)?;
            rest = &rest[at + pattern.len()..];
        }
        self.add(rest, -1)
    }
}

/// Where `pattern` begins in `text`; an empty one is nowhere.
fn find(text: &[u8], pattern: &[u8]) -> Option<usize> {
    if pattern.is_empty() { None } else { text.windows(pattern.len()).position(|w| w == pattern) }
}

/// Begins a buffer. `[-0, +1, -]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn luaL_buffinit(l: *mut lua_State, b: *mut luaL_Buffer) {
    // SAFETY: the API's contract. The first block is not initialised, so no reference to the whole is made.
    unsafe {
        (&raw mut (*b).l).write(l);
        (&raw mut (*b).b).write((&raw mut (*b).init).cast());
        (&raw mut (*b).n).write(0);
        (&raw mut (*b).size).write(SIZE);
        let l = state(l);
        check::room("luaL_buffinit", l, 1);
        l.push_light_userdata(b.cast());
    }
}

/// Begins a buffer with room for `sz` bytes; where they go. `[-0, +1, m]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn luaL_buffinitsize(l: *mut lua_State, b: *mut luaL_Buffer, sz: usize) -> *mut c_char {
    // SAFETY: the API's contract; called by the host.
    unsafe {
        luaL_buffinit(l, b);
        luaL_prepbuffsize(b, sz)
    }
}

/// Makes room for `sz` more bytes; where they go. `[-?, +?, m]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn luaL_prepbuffsize(b: *mut luaL_Buffer, sz: usize) -> *mut c_char {
    // SAFETY: the API's contract; called by the host.
    unsafe { (*b).prepare(sz, -1).or_raise((*b).state()) }
}

/// Appends `sz` bytes. `[-?, +?, m]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn luaL_addlstring(b: *mut luaL_Buffer, s: *const c_char, sz: usize) {
    // SAFETY: the API's contract; called by the host.
    unsafe { (*b).add(counted(s, sz), -1).or_raise((*b).state()) }
}

/// Appends a C string. `[-?, +?, m]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn luaL_addstring(b: *mut luaL_Buffer, s: *const c_char) {
    // SAFETY: the API's contract; called by the host.
    unsafe { (*b).add(bytes(s), -1).or_raise((*b).state()) }
}

/// Pops the value above the buffer's slot and appends it. `[-?, +?, m]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn luaL_addvalue(b: *mut luaL_Buffer) {
    // SAFETY: the API's contract; called by the host.
    unsafe {
        let l = (*b).state();
        // The text stays on the stack until it is copied: making room may collect.
        let text = l.to_bytes(-1).or_raise(l).unwrap_or_default();
        (*b).add(text, -2).or_raise(l);
        l.pop(1);
    }
}

/// Ends a buffer: its text is pushed. `[-?, +1, m]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn luaL_pushresult(b: *mut luaL_Buffer) {
    // SAFETY: the API's contract; called by the host.
    unsafe { (*b).finish().or_raise((*b).state()) }
}

/// Ends a buffer after `sz` bytes that were written where `luaL_prepbuffsize` said. `[-?, +1, m]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn luaL_pushresultsize(b: *mut luaL_Buffer, sz: usize) {
    // SAFETY: the API's contract; called by the host.
    unsafe {
        (*b).n += sz;
        luaL_pushresult(b);
    }
}

/// Appends `s` with every `p` in it replaced by `r`. `[-?, +?, m]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn luaL_addgsub(b: *mut luaL_Buffer, s: *const c_char, p: *const c_char, r: *const c_char) {
    // SAFETY: the API's contract; called by the host.
    unsafe { (*b).add_replaced(bytes(s), bytes(p), bytes(r)).or_raise((*b).state()) }
}

/// Pushes `s` with every `p` in it replaced by `r`; the text. `[-0, +1, m]`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn luaL_gsub(l: *mut lua_State, s: *const c_char, p: *const c_char, r: *const c_char) -> *const c_char {
    // SAFETY: the API's contract; called by the host. The block of the buffer needs no initial value.
    unsafe {
        let mut buffer = core::mem::MaybeUninit::<luaL_Buffer>::uninit();
        luaL_buffinit(l, buffer.as_mut_ptr());
        luaL_addgsub(buffer.as_mut_ptr(), s, p, r);
        luaL_pushresult(buffer.as_mut_ptr());
        state(l).string_at(-1).data().cast()
    }
}

const _: () = assert!(size_of::<luaL_Buffer>() == 4 * 8 + SIZE);
