//! Object headers and `Gc`, the handle on a heap object.

use super::mem::ShortPointer;
use crate::value::{Tag, Value};
use core::cell::Cell;
use core::fmt;
use core::ops::Deref;
use core::ptr::{self, NonNull};

/// What every heap object begins with.
///
/// `mark` holds the age in its low three bits, the two whites, black, and "has a finalizer" (see `gc`).
/// Objects of the process (static names, shared chunks) are black and old for ever: no collector visits or changes them.
#[repr(C)]
pub struct Header {
    pub tag: Tag,
    pub mark: Cell<u8>,
}

/// The link of an object in a gray list, in what is left of the word that begins with the header.
#[repr(C)]
pub struct GrayLink(ShortPointer<Header>);

const _: () = assert!(size_of::<Header>() + size_of::<GrayLink>() == 8);

impl GrayLink {
    pub const fn none() -> GrayLink {
        GrayLink(ShortPointer::null())
    }

    pub fn get(&self) -> Option<Gc<Header>> {
        // SAFETY: what was set, an object that is listed.
        NonNull::new(self.0.get()).map(|p| unsafe { Gc::from_ptr(p) })
    }

    pub fn set(&self, next: Option<Gc<Header>>) {
        self.0.set(next.map_or(ptr::null_mut(), Gc::as_ptr));
    }
}

/// The bits of `Header::mark`.
pub mod mark {
    pub const AGE: u8 = 0b0000_0111;
    pub const WHITE0: u8 = 1 << 3;
    pub const WHITE1: u8 = 1 << 4;
    pub const WHITES: u8 = WHITE0 | WHITE1;
    pub const BLACK: u8 = 1 << 5;
    /// The object has a finalizer that has not been called.
    pub const FINALIZER: u8 = 1 << 6;
    /// The object belongs to the process: no collector may write to it.
    pub const SHARED: u8 = 1 << 7;

    /// Ages, as the generational mode counts them.
    pub const NEW: u8 = 0;
    pub const SURVIVAL: u8 = 1;
    pub const OLD0: u8 = 2;
    pub const OLD1: u8 = 3;
    pub const OLD: u8 = 4;
    pub const TOUCHED1: u8 = 5;
    pub const TOUCHED2: u8 = 6;

    /// The mark of an object that belongs to the process.
    pub const PROCESS: u8 = SHARED | BLACK | OLD;

    /// The mark of a pooled string: one of the process, references to which are counted.
    pub const POOLED: u8 = PROCESS | FINALIZER;
}

impl Header {
    #[inline(always)]
    pub fn is_white(&self) -> bool {
        self.mark.get() & mark::WHITES != 0
    }

    #[inline(always)]
    pub fn is_black(&self) -> bool {
        self.mark.get() & mark::BLACK != 0
    }

    #[inline(always)]
    pub fn is_gray(&self) -> bool {
        self.mark.get() & (mark::WHITES | mark::BLACK) == 0
    }

    #[inline(always)]
    pub fn is_shared(&self) -> bool {
        self.mark.get() & mark::SHARED != 0
    }

    #[inline(always)]
    pub fn age(&self) -> u8 {
        self.mark.get() & mark::AGE
    }
}

/// A handle on a heap object: a plain pointer that is copied freely and freed by nobody.
///
/// Contract: a `Gc<T>` may be dereferenced while its object is reachable from a root of its VM (a stack slot, the registry,
/// another reachable object) or until the next safe point, whichever is later. Safe points are the calls documented with
/// "May: collect". Objects never move. Fields that change are `Cell`s, so shared references never conflict; a `Gc` of one
/// VM is used by one thread at a time, objects marked `SHARED` by any.
pub struct Gc<T>(NonNull<T>);

impl<T> Gc<T> {
    /// # Safety
    /// `p` points to a live, initialised `T` that is a heap object or belongs to the process.
    #[inline(always)]
    pub const unsafe fn from_ptr(p: NonNull<T>) -> Gc<T> {
        Gc(p)
    }

    #[inline(always)]
    pub const fn as_ptr(self) -> *mut T {
        self.0.as_ptr()
    }

    /// The same object, as an object of any kind.
    #[inline(always)]
    pub fn erase(self) -> Gc<Header> {
        Gc(self.0.cast())
    }
}

impl Gc<Header> {
    /// The same object, as one of kind `T`.
    ///
    /// # Safety
    /// The header's tag is that of a `T`.
    #[inline(always)]
    pub const unsafe fn cast<T>(self) -> Gc<T> {
        Gc(self.0.cast())
    }

    /// The object as a Lua value; not for upvalues and prototypes.
    #[inline(always)]
    pub fn value(self) -> Value {
        Value::pointer(self.tag, self.as_ptr())
    }
}

impl<T> Clone for Gc<T> {
    #[inline(always)]
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Gc<T> {}

impl<T> PartialEq for Gc<T> {
    #[inline(always)]
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl<T> Eq for Gc<T> {}

impl<T> Deref for Gc<T> {
    type Target = T;
    #[inline(always)]
    fn deref(&self) -> &T {
        // SAFETY: contract of `Gc`.
        unsafe { self.0.as_ref() }
    }
}

impl<T> fmt::Debug for Gc<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:p}", self.0)
    }
}

impl Value {
    /// The object of a collectable value.
    #[inline(always)]
    pub fn object(self) -> Option<Gc<Header>> {
        if self.tag.is_collectable() {
            // SAFETY: collectable values hold addresses of objects.
            Some(unsafe { Gc::from_ptr(NonNull::new_unchecked(self.address())) })
        } else {
            None
        }
    }

    /// The object of a value that is known to hold one of kind `T`.
    ///
    /// # Safety
    /// The tag is the one for `T`.
    #[inline(always)]
    pub unsafe fn object_as<T>(self) -> Gc<T> {
        debug_assert!(self.tag.is_collectable());
        // SAFETY: the caller's.
        unsafe { Gc::from_ptr(NonNull::new_unchecked(self.address())) }
    }
}

/// Conversions between `Value` and the handle of one kind of object.
macro_rules! object_value {
    ($type:ty, $as_fn:ident, $($tag:ident)|+, |$o:ident| $tag_of:expr) => {
        impl $crate::value::Value {
            /// The object, if the value is one of this kind.
            #[inline(always)]
            pub fn $as_fn(self) -> Option<$crate::heap::object::Gc<$type>> {
                if $(self.tag.0 == $crate::value::Tag::$tag.0)||+ {
                    // SAFETY: the tag was checked.
                    Some(unsafe { self.object_as() })
                } else {
                    None
                }
            }
        }
        impl From<$crate::heap::object::Gc<$type>> for $crate::value::Value {
            #[inline(always)]
            fn from($o: $crate::heap::object::Gc<$type>) -> Self {
                $crate::value::Value::pointer($tag_of, $o.as_ptr())
            }
        }
    };
}
pub(crate) use object_value;
