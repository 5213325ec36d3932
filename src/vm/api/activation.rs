//! `lua_Debug`: the structure in which hosts and hooks learn about a call (§4.7).

use crate::edition::{LUA_5_5, Transfer};
use crate::heap::state::{FrameRef, State};
use crate::value::chunk_id::ID_SIZE;
use core::ffi::{c_char, c_int};
use core::ptr;

/// Fields, in the order and with the types of lua.h; what is not known yet is zero.
#[doc(alias = "lua_Debug")]
#[derive(Clone, Copy)]
#[repr(C)]
pub struct Activation {
    pub event: c_int,
    pub name: *const c_char,
    pub name_what: *const c_char,
    pub what: *const c_char,
    pub source: *const c_char,
    pub source_len: usize,
    pub current_line: c_int,
    pub line_defined: c_int,
    pub last_line_defined: c_int,
    pub upvalues: u8,
    pub parameters: u8,
    pub is_vararg: u8,
    /// From edition 5.5 on.
    pub extra_arguments: [u8; LUA_5_5 as usize],
    pub is_tail_call: u8,
    pub transfer_first: Transfer,
    pub transfer_count: Transfer,
    pub short_src: [u8; ID_SIZE],
    /// Position of the frame in the thread's array, as an address: frames move when the array grows.
    frame: *mut u8,
}

const _: () = assert!(cfg!(not(target_pointer_width = "64")) || size_of::<Activation>() == if LUA_5_5 { 144 } else { 136 });

impl Activation {
    /// What a hook gets: the event, the line (or -1), and the call.
    pub fn new(event: c_int, line: c_int, l: State, frame: FrameRef) -> Activation {
        let mut activation = Activation {
            event,
            name: ptr::null(),
            name_what: ptr::null(),
            what: ptr::null(),
            source: ptr::null(),
            source_len: 0,
            current_line: line,
            line_defined: 0,
            last_line_defined: 0,
            upvalues: 0,
            parameters: 0,
            is_vararg: 0,
            extra_arguments: [0; LUA_5_5 as usize],
            is_tail_call: 0,
            transfer_first: 0,
            transfer_count: 0,
            short_src: [0; ID_SIZE],
            frame: ptr::null_mut(),
        };
        activation.set_frame(l, frame);
        activation
    }

    pub fn set_frame(&mut self, l: State, frame: FrameRef) {
        self.frame = ptr::without_provenance_mut(l.frame_index(frame));
    }

    /// The call that this is about.
    pub fn frame(&self, l: State) -> FrameRef {
        l.frame_at(self.frame.addr())
    }
}
