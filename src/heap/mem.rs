//! The front of `lua_Alloc`: every byte of a VM is asked for, counted and given back here.
//!
//! An `Allocator` belongs to one VM (or to the process, for shared chunks). `Mem` is the handle that containers keep.
//!
//! Contract of `Mem`: the `Allocator` it points to outlives it. Compilers, buffers and heap objects all die before
//! the state that owns the allocator does.

use super::scratch;
use crate::throw::{Result, Throw};
use core::cell::Cell;
use core::ffi::c_void;
use core::marker::PhantomData;
use core::mem::{align_of, size_of};
use core::ptr::{self, NonNull};

/// Bits of the addresses of a VM's memory, which objects keep beside other things in one word. Systems give programs 47 or 48, unless they ask for more.
/// A block that a host has higher up is refused, as if there were no memory; one that grows may come to lie there if no object refers to it.
pub const ADDRESS_BITS: u32 = 48;

/// Whether objects can refer to all of a block.
pub fn is_in_reach(p: *const u8, size: usize) -> bool {
    (p.addr() as u64).saturating_add(size as u64) >> ADDRESS_BITS == 0
}

/// A pointer into a VM's memory in six bytes, for what there are many of.
#[repr(C)]
pub struct ShortPointer<T>([Cell<u16>; 3], PhantomData<*mut T>);

const _: () = assert!(8 * size_of::<ShortPointer<u8>>() as u32 == ADDRESS_BITS);

impl<T> ShortPointer<T> {
    pub const fn null() -> ShortPointer<T> {
        ShortPointer([const { Cell::new(0) }; 3], PhantomData)
    }

    #[inline(always)]
    pub fn get(&self) -> *mut T {
        let [low, middle, high] = &self.0;
        ptr::with_exposed_provenance_mut(usize::from(high.get()) << 32 | usize::from(middle.get()) << 16 | usize::from(low.get()))
    }

    #[inline(always)]
    pub fn set(&self, p: *mut T) {
        let address = p.expose_provenance();
        debug_assert!(address as u64 >> ADDRESS_BITS == 0);
        for (i, part) in self.0.iter().enumerate() {
            part.set((address >> (16 * i)) as u16);
        }
    }
}

/// `lua_Alloc` (§4.6): allocates, resizes and frees; never fails to shrink.
pub type AllocFn = unsafe extern "C" fn(ud: *mut c_void, ptr: *mut c_void, osize: usize, nsize: usize) -> *mut c_void;

/// The process's memory as an `AllocFn`: C's `malloc`, `realloc` and `free`.
///
/// # Safety
/// `block` is null or came from here.
pub unsafe extern "C" fn process_memory(_ud: *mut c_void, block: *mut c_void, _osize: usize, nsize: usize) -> *mut c_void {
    // SAFETY: the caller's.
    unsafe {
        if nsize == 0 {
            libc::free(block);
            return ptr::null_mut();
        }
        // What `realloc` does with no block, without its way there.
        if block.is_null() { libc::malloc(nsize) } else { libc::realloc(block, nsize) }
    }
}

/// An allocation function with its counters.
#[repr(C)]
pub struct Allocator {
    function: Cell<AllocFn>,
    ud: Cell<*mut c_void>,
    /// Bytes obtained and not given back.
    held: Cell<usize>,
    /// Bytes in use minus `base`, the amount at which the collector should next do something; positive: a step is due.
    debt: Cell<isize>,
    base: Cell<isize>,
    /// Collects all that is collectable, when there is a whole state to collect. `None` while it must not run.
    emergency: Cell<Option<unsafe fn(&Allocator)>>,
}

impl Allocator {
    pub fn new(function: AllocFn, ud: *mut c_void) -> Allocator {
        Allocator {
            function: Cell::new(function),
            ud: Cell::new(ud),
            held: Cell::new(0),
            debt: Cell::new(0),
            base: Cell::new(0),
            emergency: Cell::new(None),
        }
    }

    /// The function and its user data, as `lua_getallocf` gives them.
    pub fn function(&self) -> (AllocFn, *mut c_void) {
        (self.function.get(), self.ud.get())
    }

    pub fn set_function(&self, function: AllocFn, ud: *mut c_void) {
        self.function.set(function);
        self.ud.set(ud);
    }

    pub fn set_emergency(&self, hook: Option<unsafe fn(&Allocator)>) {
        self.emergency.set(hook);
    }

    /// Bytes obtained from the host and not given back: what `collectgarbage("count")` reports.
    pub fn held(&self) -> usize {
        self.held.get()
    }

    pub fn debt(&self) -> isize {
        self.debt.get()
    }

    /// Sets after how many more bytes (`-debt`) the collector should do something.
    pub fn set_debt(&self, debt: isize) {
        self.base.set(self.base.get().wrapping_add(self.debt.get()).wrapping_sub(debt));
        self.debt.set(debt);
    }

    /// Bytes in use: what was obtained less what lies free in blocks for small objects and table parts.
    pub fn in_use(&self) -> usize {
        self.base.get().wrapping_add(self.debt.get()).max(0) as usize
    }

    /// Counts `bytes` as in use (negative: no longer in use) without asking the host.
    #[inline(always)]
    pub fn charge(&self, bytes: isize) {
        self.debt.set(self.debt.get() + bytes);
    }

    /// Counts a block that was obtained before this allocator existed (the state itself).
    pub fn adopt(&self, bytes: usize) {
        self.held.set(self.held.get() + bytes);
        self.charge(bytes as isize);
    }

    /// Asks the host once; no collection. Counts `held` only.
    ///
    /// `osize` is the exact size of `p`, or a hint of the kind of object when `p` is null.
    ///
    /// # Safety
    /// `p` is null or a live block of this allocator of exactly `osize` bytes.
    pub(super) unsafe fn ask(&self, p: *mut u8, osize: usize, nsize: usize) -> *mut u8 {
        // SAFETY: the host promised a function that follows the lua_Alloc protocol.
        let q = unsafe { (self.function.get())(self.ud.get(), p.cast(), osize, nsize) }.cast::<u8>();
        if nsize == 0 || !q.is_null() {
            let old = if p.is_null() { 0 } else { osize };
            self.held.set(self.held.get() - old + nsize);
        }
        q
    }
}

/// Handle on an `Allocator`.
#[derive(Clone, Copy)]
pub struct Mem(NonNull<Allocator>);

impl Mem {
    pub fn new(allocator: &Allocator) -> Mem {
        Mem(NonNull::from(allocator))
    }

    #[inline(always)]
    pub fn allocator(&self) -> &Allocator {
        // SAFETY: contract of `Mem`.
        unsafe { self.0.as_ref() }
    }

    /// A block of `size` bytes, aligned for any object. Collects everything and tries once more before it gives up.
    ///
    /// `kind` is passed to the host as `osize`: the type number of the object, or 0.
    /// Does not touch the debt: callers charge what they use.
    ///
    /// May: raise, collect (only when the host refuses).
    pub fn obtain(&self, size: usize, kind: usize) -> Result<NonNull<u8>> {
        if let Some(p) = self.try_obtain(size, kind) {
            return Ok(p);
        }
        self.collect_all();
        self.try_obtain(size, kind).ok_or(Throw::Memory)
    }

    /// As `obtain`, but asks once and does not collect.
    pub fn try_obtain(&self, size: usize, kind: usize) -> Option<NonNull<u8>> {
        debug_assert!(size > 0);
        // SAFETY: no old block.
        let p = NonNull::new(unsafe { self.allocator().ask(ptr::null_mut(), kind, size) })?;
        if !is_in_reach(p.as_ptr(), size) {
            // SAFETY: obtained just now.
            unsafe { self.give_back(p, size) };
            return None;
        }
        Some(p)
    }

    /// Resizes a block of exactly `osize` bytes. On failure the old block is as it was. The new one may lie anywhere, so this is for blocks that are
    /// referred to by whole pointers; see `resize_in_reach`.
    ///
    /// # Safety
    /// `p` is a live block of this allocator with exactly `osize` bytes; both sizes are positive.
    ///
    /// May: raise, collect (only when the host refuses).
    pub unsafe fn resize(&self, p: NonNull<u8>, osize: usize, nsize: usize) -> Result<NonNull<u8>> {
        let a = self.allocator();
        // SAFETY: ours.
        let mut q = unsafe { a.ask(p.as_ptr(), osize, nsize) };
        if q.is_null() {
            self.collect_all();
            // SAFETY: ours; the failed request left the block alone.
            q = unsafe { a.ask(p.as_ptr(), osize, nsize) };
        }
        NonNull::new(q).ok_or(Throw::Memory)
    }

    /// As `resize`, for a block that objects refer to.
    ///
    /// # Safety
    /// As of `resize`.
    ///
    /// May: raise, collect (only when the host refuses).
    pub unsafe fn resize_in_reach(&self, p: NonNull<u8>, osize: usize, nsize: usize) -> Result<NonNull<u8>> {
        // SAFETY: the caller's.
        let q = unsafe { self.resize(p, osize, nsize)? };
        Ok(if is_in_reach(q.as_ptr(), nsize) { q } else { self.move_into_reach(q, osize, nsize) })
    }

    /// Another block for one that was resized and has come to lie where objects cannot refer to it.
    ///
    /// This has to work: it cannot be an error, as the old block, which objects refer to, is gone, and a host cannot be asked to have it back. To obtain
    /// the new block first, and copy, would fail without harm, but takes the memory of both from every host, and time.
    #[cold]
    fn move_into_reach(&self, p: NonNull<u8>, osize: usize, nsize: usize) -> NonNull<u8> {
        let q = self.try_obtain(nsize, 0).expect("the host has moved a stack to an address of more than 48 bits");
        // SAFETY: both blocks have `nsize` bytes.
        unsafe {
            ptr::copy_nonoverlapping(p.as_ptr(), q.as_ptr(), osize.min(nsize));
            self.give_back(p, nsize);
        }
        q
    }

    /// Gives a block of exactly `size` bytes back.
    ///
    /// # Safety
    /// `p` is a live block of this allocator with exactly `size` bytes, and nobody uses it any more.
    pub unsafe fn give_back(&self, p: NonNull<u8>, size: usize) {
        // SAFETY: ours.
        unsafe { self.allocator().ask(p.as_ptr(), size, 0) };
    }

    /// Runs `work` with emergency collections off, so that it may hold objects that nothing refers to. When memory fails, what
    /// it made so far is given up, everything is collected, and `work` starts once more from the beginning.
    ///
    /// What it returns must be made reachable before the next allocation.
    ///
    /// May: raise, collect (before the second try).
    pub fn unanchored<T>(&self, mut work: impl FnMut() -> Result<T>) -> Result<T> {
        let a = self.allocator();
        let hook = a.emergency.replace(None);
        let mut result = work();
        if matches!(result, Err(Throw::Memory)) && hook.is_some() {
            a.emergency.set(hook);
            self.collect_all();
            a.emergency.set(None);
            result = work();
        }
        a.emergency.set(hook);
        result
    }

    /// Collects all that is collectable, if there is a whole state. May: collect.
    #[cold]
    pub fn collect_all(&self) {
        let a = self.allocator();
        if let Some(hook) = a.emergency.get() {
            // SAFETY: the hook is set only while this allocator is the first field of a whole `Global`.
            unsafe { hook(a) };
        }
    }
}

/// A growable array whose memory comes from a `Mem`; what `Vec` is elsewhere.
///
/// Elements are plain data: they are never dropped one by one. Its bytes are charged to the debt while it lives.
pub struct Buf<T: Copy> {
    ptr: NonNull<T>,
    len: usize,
    capacity: usize,
    mem: Mem,
    _owns: PhantomData<T>,
}

impl<T: Copy> Buf<T> {
    pub const fn new(mem: Mem) -> Buf<T> {
        Buf { ptr: NonNull::dangling(), len: 0, capacity: 0, mem, _owns: PhantomData }
    }

    /// An empty array with room for exactly `capacity` elements. May: raise, collect.
    pub fn with_capacity(mem: Mem, capacity: usize) -> Result<Buf<T>> {
        let mut b = Buf::new(mem);
        if capacity > 0 {
            b.set_capacity(capacity)?;
        }
        Ok(b)
    }

    pub fn mem(&self) -> Mem {
        self.mem
    }

    /// Where the elements are until there are more.
    pub fn start(&self) -> NonNull<T> {
        self.ptr
    }

    pub fn len(&self) -> usize {
        self.len
    }

    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub fn capacity(&self) -> usize {
        self.capacity
    }

    #[cold]
    fn set_capacity(&mut self, capacity: usize) -> Result {
        debug_assert!(capacity >= self.len && capacity > 0);
        let size = capacity.checked_mul(size_of::<T>()).filter(|s| *s <= isize::MAX as usize).ok_or(Throw::Memory)?;
        const { assert!(align_of::<T>() <= 16) };
        let old = self.capacity * size_of::<T>();
        let block = if self.capacity == 0 {
            self.mem.obtain(size, 0)?
        } else {
            // SAFETY: `ptr` is our block of `old` bytes.
            unsafe { self.mem.resize(self.ptr.cast(), old, size)? }
        };
        self.mem.allocator().charge(size as isize - old as isize);
        self.ptr = block.cast();
        self.capacity = capacity;
        Ok(())
    }

    /// Makes room for `extra` more elements, at least doubling when it grows. May: raise, collect.
    #[inline]
    pub fn reserve(&mut self, extra: usize) -> Result {
        if self.capacity - self.len >= extra {
            return Ok(());
        }
        let needed = self.len.checked_add(extra).ok_or(Throw::Memory)?;
        self.set_capacity(needed.max(self.capacity * 2).max(if size_of::<T>() == 1 { 32 } else { 4 }))
    }

    /// Makes room for `extra` more elements, and no others if it grows. May: raise, collect.
    pub fn reserve_exact(&mut self, extra: usize) -> Result {
        if self.capacity - self.len >= extra {
            return Ok(());
        }
        self.set_capacity(self.len.checked_add(extra).ok_or(Throw::Memory)?)
    }

    /// May: raise, collect.
    #[inline]
    pub fn push(&mut self, value: T) -> Result {
        if self.len == self.capacity {
            self.reserve(1)?;
        }
        // SAFETY: there is room for one more.
        unsafe { self.ptr.as_ptr().add(self.len).write(value) };
        self.len += 1;
        Ok(())
    }

    /// May: raise, collect.
    #[inline]
    pub fn extend(&mut self, values: &[T]) -> Result {
        self.reserve(values.len())?;
        // SAFETY: there is room, and `values` cannot lie inside our spare capacity.
        unsafe { ptr::copy_nonoverlapping(values.as_ptr(), self.ptr.as_ptr().add(self.len), values.len()) };
        self.len += values.len();
        Ok(())
    }

    /// Appends what `make` turns the elements of `from` into. May: raise, collect.
    #[inline]
    pub fn extend_mapped<F: Copy>(&mut self, from: &[F], mut make: impl FnMut(F) -> T) -> Result {
        self.reserve(from.len())?;
        for (i, element) in from.iter().enumerate() {
            // SAFETY: there is room.
            unsafe { self.ptr.as_ptr().add(self.len + i).write(make(*element)) };
        }
        self.len += from.len();
        Ok(())
    }

    /// Gives back the room that is to spare. May: raise (a host that refuses to shrink a block), collect.
    pub fn fit(&mut self) -> Result {
        if self.len == self.capacity {
            return Ok(());
        }
        if self.len == 0 {
            *self = Buf::new(self.mem);
            return Ok(());
        }
        self.set_capacity(self.len)
    }

    /// As `fit`, and makes `mem` the owner.
    ///
    /// May: as `fit`.
    ///
    /// # Safety
    /// The elements lie in memory of `mem`, or of scratch memory in front of it.
    pub unsafe fn settle(&mut self, mem: Mem) -> Result {
        // A block of scratch memory is no longer than all of it.
        if self.capacity * size_of::<T>() <= scratch::SIZE {
            let mut settled = Buf::with_capacity(mem, self.len)?;
            settled.extend(self)?;
            *self = settled;
            return Ok(());
        }
        self.fit()?;
        self.mem = mem;
        Ok(())
    }

    /// Hands the elements over, charged to the debt as they were: a block of exactly their size if there are any.
    pub fn into_block(self) -> NonNull<T> {
        assert!(self.len == self.capacity);
        core::mem::ManuallyDrop::new(self).ptr
    }

    pub fn pop(&mut self) -> Option<T> {
        self.len = self.len.checked_sub(1)?;
        // SAFETY: the element was initialised.
        Some(unsafe { self.ptr.as_ptr().add(self.len).read() })
    }

    pub fn truncate(&mut self, len: usize) {
        self.len = self.len.min(len);
    }

    pub fn clear(&mut self) {
        self.len = 0;
    }

    /// Room for `extra` elements past the end, to be filled and then claimed with `set_len`. May: raise, collect.
    pub fn spare(&mut self, extra: usize) -> Result<*mut T> {
        self.reserve(extra)?;
        // SAFETY: within the capacity.
        Ok(unsafe { self.ptr.as_ptr().add(self.len) })
    }

    /// # Safety
    /// The first `len` elements are initialised and `len` is at most the capacity.
    pub unsafe fn set_len(&mut self, len: usize) {
        debug_assert!(len <= self.capacity);
        self.len = len;
    }
}

impl<T: Copy> core::ops::Deref for Buf<T> {
    type Target = [T];
    #[inline(always)]
    fn deref(&self) -> &[T] {
        // SAFETY: `len` elements are initialised.
        unsafe { core::slice::from_raw_parts(self.ptr.as_ptr(), self.len) }
    }
}

impl<T: Copy> core::ops::DerefMut for Buf<T> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut [T] {
        // SAFETY: `len` elements are initialised and we are borrowed mutably.
        unsafe { core::slice::from_raw_parts_mut(self.ptr.as_ptr(), self.len) }
    }
}

impl<T: Copy> Drop for Buf<T> {
    fn drop(&mut self) {
        if self.capacity > 0 {
            let size = self.capacity * size_of::<T>();
            self.mem.allocator().charge(-(size as isize));
            // SAFETY: our block, of exactly this size.
            unsafe { self.mem.give_back(self.ptr.cast(), size) };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Has memory where objects cannot refer to it, and notes in its data how much of that was not given back. Nobody may touch it.
    unsafe extern "C" fn high(ud: *mut c_void, block: *mut c_void, osize: usize, nsize: usize) -> *mut c_void {
        // SAFETY: the counter of the test.
        let held = unsafe { &*ud.cast::<Cell<usize>>() };
        if !block.is_null() {
            assert_eq!((block.addr(), nsize), (1 << ADDRESS_BITS, 0));
            held.set(held.get() - osize);
            return ptr::null_mut();
        }
        held.set(held.get() + nsize);
        ptr::without_provenance_mut(1 << ADDRESS_BITS)
    }

    #[test]
    fn memory_that_objects_cannot_refer_to_is_refused_and_given_back() {
        let held = Cell::new(0usize);
        let allocator = Allocator::new(high, (&raw const held).cast_mut().cast());
        assert_eq!(Mem::new(&allocator).obtain(64, 0), Err(Throw::Memory));
        assert_eq!((held.get(), allocator.held()), (0, 0));
    }

    /// Has memory where objects can refer to it, but moves what grows to where they cannot. Nobody may touch that.
    unsafe extern "C" fn rising(_: *mut c_void, block: *mut c_void, _: usize, nsize: usize) -> *mut c_void {
        match nsize {
            0 => ptr::null_mut(),
            _ if block.is_null() => ptr::without_provenance_mut(1 << 12),
            _ => ptr::without_provenance_mut(1 << ADDRESS_BITS),
        }
    }

    #[test]
    fn a_block_that_no_object_refers_to_may_come_to_lie_anywhere() {
        let allocator = Allocator::new(rising, ptr::null_mut());
        let mem = Mem::new(&allocator);
        let p = mem.obtain(64, 0).unwrap();
        // SAFETY: a block of this size.
        let q = unsafe { mem.resize(p, 64, 128) }.unwrap();
        assert_eq!((q.addr().get(), allocator.held()), (1 << ADDRESS_BITS, 128));
    }

    #[test]
    fn a_short_pointer_is_what_was_set() {
        let p = ShortPointer::<u8>::null();
        assert!(p.get().is_null());
        for address in [1, 0x8000, 0x1_0000, 0x1234_5678_9ABC, (1 << ADDRESS_BITS) - 1] {
            p.set(ptr::without_provenance_mut(address));
            assert_eq!(p.get().addr(), address);
        }
    }
}
