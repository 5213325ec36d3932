//! What one VM has shared, and what it holds of others.

use super::body::Body;
use super::segment::{Registered, Segment, code_of, segment_of, unregister};
use crate::heap::function::LuaClosure;
use crate::heap::link;
use crate::heap::mem::{Buf, Mem};
use crate::heap::object::{Gc, Header};
use crate::heap::state::Global;
use crate::heap::string::Str;
use crate::heap::table::{Table, hash_word};
use crate::throw::Result;
use core::cell::UnsafeCell;
use core::ptr::{self, NonNull};
use core::sync::atomic::Ordering;
use std::sync::Arc;

/// Feature `apicheck`: it is noted at every full collection which segments are in use.
const CHECKS: bool = cfg!(feature = "apicheck");

/// What there is at an address that a stack has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Leftover {
    /// A shared table, of this VM or another.
    Shared,
    /// A table of this VM.
    Own,
    /// The same, or nothing any more.
    OwnOrGone,
}

/// The tables that the VM itself has shared.
pub struct Own {
    pub(super) segment: Arc<Segment>,
    pub(super) bodies: Option<NonNull<Body>>,
    /// Objects of the VM that bodies refer to.
    pub(super) roots: Buf<Gc<Header>>,
    /// Functions that were marked.
    pub(super) functions: Buf<Gc<LuaClosure>>,
}

impl Own {
    /// There is room.
    pub(super) fn add_root(&mut self, o: Gc<Header>, mut added: impl FnMut(Gc<Header>)) {
        let done = self.roots.push(o);
        debug_assert!(done.is_ok());
        added(o);
    }
}

/// A segment that the VM holds: one reference.
#[derive(Clone, Copy)]
struct Hold {
    segment: NonNull<Segment>,
    /// One of its tables was met while all reachable objects were visited.
    used: bool,
}

impl Hold {
    fn segment(&self) -> &Segment {
        // SAFETY: the VM's reference.
        unsafe { self.segment.as_ref() }
    }
}

/// The VM's closure for a function of a segment, by that function's address.
#[derive(Clone, Copy)]
struct Import {
    segment: *const Segment,
    address: usize,
    /// `None`: a free place.
    closure: Option<Gc<LuaClosure>>,
}

impl Import {
    const FREE: Import = Import { segment: ptr::null(), address: 0, closure: None };
}

/// What a VM shares and holds.
#[derive(Default)]
pub struct Shares {
    own: UnsafeCell<Option<Own>>,
    holds: UnsafeCell<Option<Buf<Hold>>>,
    /// Open addressing, at most half full, and how many there are.
    imports: UnsafeCell<Option<(Buf<Import>, usize)>>,
}

impl Shares {
    pub const fn new() -> Shares {
        Shares { own: UnsafeCell::new(None), holds: UnsafeCell::new(None), imports: UnsafeCell::new(None) }
    }

    #[allow(clippy::mut_from_ref)]
    pub(super) fn own(&self) -> Option<&mut Own> {
        // SAFETY: one thread uses a VM at a time (I1), and the reference is kept for one step only.
        unsafe { (*self.own.get()).as_mut() }
    }

    #[allow(clippy::mut_from_ref)]
    pub(super) fn own_or_new(&self, mem: Mem) -> &mut Own {
        if self.own().is_none() {
            let own = Own { segment: Arc::default(), bodies: None, roots: Buf::new(mem), functions: Buf::new(mem) };
            // SAFETY: as in `own`.
            unsafe { *self.own.get() = Some(own) };
        }
        self.own().expect("made just now")
    }

    #[allow(clippy::mut_from_ref)]
    fn holds(&self) -> Option<&mut Buf<Hold>> {
        // SAFETY: as in `own`.
        unsafe { (*self.holds.get()).as_mut() }
    }

    #[allow(clippy::mut_from_ref)]
    fn imports(&self) -> Option<&mut (Buf<Import>, usize)> {
        // SAFETY: as in `own`.
        unsafe { (*self.imports.get()).as_mut() }
    }

    /// Whether this VM made the tables of a segment.
    #[inline]
    pub(super) fn owns(&self, segment: *const Segment) -> bool {
        self.own().is_some_and(|own| Arc::as_ptr(&own.segment) == segment)
    }

    /// VMs that hold tables of this one.
    pub fn holders(&self) -> usize {
        self.own().map_or(0, |own| own.segment.holders())
    }

    /// Makes the VM hold a segment (F2). May: raise (memory), collect (emergency only).
    pub fn hold(&self, mem: Mem, segment: &Segment) -> Result {
        let p = NonNull::from(segment);
        if self.owns(segment) || self.holds().is_some_and(|holds| holds.iter().any(|h| h.segment == p)) {
            return Ok(());
        }
        // SAFETY: as in `own`.
        let list = || unsafe { &mut *self.holds.get() }.get_or_insert_with(|| Buf::new(mem));
        // A collection looks at the list.
        mem.unanchored(|| list().reserve(1))?;
        list().push(Hold { segment: p, used: true })?;
        segment.holders.fetch_add(1, Ordering::AcqRel);
        // SAFETY: segments are only reached through an `Arc`.
        unsafe { Arc::increment_strong_count(segment) };
        Ok(())
    }

    // ---- functions ---------------------------------------------------------------------------------------------

    fn import_place(list: &[Import], segment: *const Segment, address: usize) -> usize {
        let mask = list.len() - 1;
        let mut i = hash_word((address ^ segment.addr()) as u64) & mask;
        while list[i].closure.is_some() && (list[i].address != address || list[i].segment != segment) {
            i = (i + 1) & mask;
        }
        i
    }

    /// The VM's closure for a function of another VM's segment, made at the first read; `None`: the function is not shared.
    pub(super) fn import(&self, g: &Global, segment: *const Segment, address: usize) -> Result<Option<Gc<LuaClosure>>> {
        if let Some((list, _)) = self.imports()
            && let Some(closure) = list[Self::import_place(list, segment, address)].closure
        {
            return Ok(Some(closure));
        }
        let Some(chunk) = code_of(segment, address) else {
            return Ok(None);
        };
        self.reserve_import(g)?;
        let closure = link::closure(g, &chunk)?;
        debug_assert_eq!(closure.upvalue_count(), 0);
        let (list, used) = self.imports().expect("reserved");
        let i = Self::import_place(list, segment, address);
        list[i] = Import { segment, address, closure: Some(closure) };
        *used += 1;
        Ok(Some(closure))
    }

    fn reserve_import(&self, g: &Global) -> Result {
        let (size, used) = self.imports().map_or((0, 0), |(list, used)| (list.len(), *used));
        if (used + 1) * 2 <= size {
            return Ok(());
        }
        let size = (size * 2).max(8);
        let mut new = Buf::with_capacity(g.mem(), size)?;
        for _ in 0..size {
            new.push(Import::FREE)?;
        }
        let mut used = 0;
        if let Some((old, _)) = self.imports() {
            for import in old.iter().filter(|i| i.closure.is_some()) {
                let i = Self::import_place(&new, import.segment, import.address);
                new[i] = *import;
                used += 1;
            }
        }
        // SAFETY: as in `own`.
        unsafe { *self.imports.get() = Some((new, used)) };
        Ok(())
    }

    /// The function of the segment for which this is the VM's closure.
    pub(super) fn imported_from(&self, segment: *const Segment, closure: Gc<LuaClosure>) -> Option<usize> {
        let (list, _) = self.imports()?;
        list.iter().find(|i| i.closure == Some(closure) && i.segment == segment).map(|i| i.address)
    }

    // ---- for the collector -------------------------------------------------------------------------------------

    /// Whether the VM may have tables of other VMs.
    pub fn has_foreign(&self) -> bool {
        self.holds().is_some_and(|holds| !holds.is_empty())
    }

    /// What a slot of a stack refers to that may be left over from a call: a table of another VM may be gone by now, which the host closed when
    /// no variable had the table any more (F3). So the address is looked up, and not followed.
    pub fn leftover(&self, address: usize) -> Leftover {
        if let Some(segment) = segment_of(address) {
            if let Some(h) =
                self.holds().and_then(|holds| holds.iter_mut().find(|h| ptr::eq(h.segment.as_ptr(), Arc::as_ptr(&segment))))
            {
                h.used = true;
            }
            return Leftover::Shared;
        }
        // A VM says that it has closed before its tables leave the registry.
        let closed = self.holds().is_some_and(|holds| holds.iter().any(|h| h.segment().is_closed()));
        if closed { Leftover::OwnOrGone } else { Leftover::Own }
    }

    /// Calls `visit` for every object of the VM that shared tables keep alive.
    pub fn for_each_root(&self, mut visit: impl FnMut(Gc<Header>)) {
        if let Some(own) = self.own() {
            // Tables that have been shared since need nobody.
            let mut kept = 0;
            for i in 0..own.roots.len() {
                let o = own.roots[i];
                if !o.is_shared() {
                    visit(o);
                    own.roots[kept] = o;
                    kept += 1;
                }
            }
            own.roots.truncate(kept);
        }
        if let Some((list, _)) = self.imports() {
            list.iter().filter_map(|i| i.closure).for_each(|c| visit(c.erase()));
        }
    }

    /// Whether a full collection may find something to let go.
    pub fn wants_tracking(&self) -> bool {
        self.holds().is_some_and(|holds| CHECKS && !holds.is_empty() || holds.iter().any(|h| h.segment().is_closed()))
    }

    /// A full collection begins: nothing was met yet, but what the VM's own tables refer to.
    pub fn begin_tracking(&self) {
        let Some(holds) = self.holds() else { return };
        for h in holds.iter_mut() {
            h.used = false;
        }
        if let Some(own) = self.own() {
            Self::use_others(holds, &own.segment);
        }
    }

    fn use_others(holds: &mut Buf<Hold>, segment: &Segment) {
        for other in segment.others.lock().iter() {
            if let Some(h) = holds.iter_mut().find(|h| ptr::eq(h.segment.as_ptr(), Arc::as_ptr(other))) {
                h.used = true;
            }
        }
    }

    /// Notes a shared table that is reachable.
    pub fn note_table(&self, t: Gc<Table>) {
        if let Some(body) = t.body()
            && let Some(holds) = self.holds()
            && let Some(h) = holds.iter_mut().find(|h| ptr::eq(h.segment.as_ptr(), body.segment))
        {
            h.used = true;
        }
    }

    /// Takes the segments that were not met off the list, and passes each to `let_go`, which says whether that may be.
    /// The references are the caller's then.
    pub fn take_unused(&self, mut let_go: impl FnMut(&Segment) -> bool) -> Vec<Arc<Segment>> {
        let mut gone = Vec::new();
        let Some(holds) = self.holds() else {
            return gone;
        };
        // What a segment in use refers to may be read through it.
        for _ in 0..holds.len() {
            let used: Vec<Hold> = holds.iter().filter(|h| h.used).copied().collect();
            used.iter().for_each(|h| Self::use_others(holds, h.segment()));
            if holds.iter().filter(|h| h.used).count() == used.len() {
                break;
            }
        }
        let mut i = 0;
        while i < holds.len() {
            let h = holds[i];
            if h.used || !let_go(h.segment()) {
                i += 1;
                continue;
            }
            let last = holds.len() - 1;
            holds.swap(i, last);
            holds.truncate(last);
            h.segment().holders.fetch_sub(1, Ordering::AcqRel);
            // SAFETY: `hold` took a reference.
            gone.push(unsafe { Arc::from_raw(h.segment.as_ptr().cast_const()) });
        }
        let is_gone = |i: &Import| gone.iter().any(|s| Arc::as_ptr(s) == i.segment);
        if let Some((list, used)) = self.imports()
            && list.iter().any(|i| i.closure.is_some() && is_gone(i))
        {
            let stay: Vec<Import> = list.iter().filter(|i| i.closure.is_some() && !is_gone(i)).copied().collect();
            list.iter_mut().for_each(|i| *i = Import::FREE);
            *used = stay.len();
            for import in stay {
                let i = Self::import_place(list, import.segment, import.address);
                list[i] = import;
            }
        }
        gone
    }

    fn for_each_segment(&self, mut visit: impl FnMut(&Segment)) {
        if let Some(own) = self.own() {
            visit(&own.segment);
        }
        for h in self.holds().iter().flat_map(|holds| holds.iter()) {
            visit(h.segment());
        }
    }

    /// Calls `visit` for every pooled string that may be listed in the VM's string table because of shared tables.
    pub fn for_each_string(&self, mut visit: impl FnMut(Gc<Str>)) {
        self.for_each_segment(|s| s.for_each_string(&mut visit));
    }

    /// The VM closes: what it has shared is shared no longer. Comes before its objects are freed, because from then on another VM may have
    /// their addresses and share what it has there.
    pub fn unpublish(&self) {
        let Some(own) = self.own() else { return };
        own.segment.closed.store(true, Ordering::Release);
        for f in own.functions.iter() {
            if let Some(Registered::Function(_, code)) = unregister(f.as_ptr().addr()) {
                // Those who have read it let go of it when they can.
                code.retire();
            }
        }
        let mut next = own.bodies;
        while let Some(block) = next {
            // SAFETY: bodies are live until `free`.
            let body = unsafe { block.as_ref() };
            unregister(body.table.as_ptr().addr());
            next = body.next;
        }
    }

    /// The VM closes, its objects are gone: everything is let go.
    pub fn free(&self, g: &Global) {
        // SAFETY: as in `own`.
        let (own, holds) = unsafe { ((*self.own.get()).take(), (*self.holds.get()).take()) };
        // SAFETY: as in `own`.
        unsafe { *self.imports.get() = None };
        if let Some(own) = own {
            // Nothing is read through its tables any more, and segments that refer to each other would stay for ever.
            let others = core::mem::take(&mut *own.segment.others.lock());
            drop(others);
            let mut next = own.bodies;
            while let Some(block) = next {
                // SAFETY: bodies are live until here; nobody reads them any more (F3).
                unsafe {
                    let size = block.as_ref().size;
                    next = block.as_ref().next;
                    g.allocator.charge(-(size as isize));
                    g.mem().give_back(block.cast(), size);
                }
            }
        }
        for h in holds.iter().flat_map(|holds| holds.iter()) {
            h.segment().holders.fetch_sub(1, Ordering::AcqRel);
            // SAFETY: `hold` took a reference.
            drop(unsafe { Arc::from_raw(h.segment.as_ptr().cast_const()) });
        }
    }
}
