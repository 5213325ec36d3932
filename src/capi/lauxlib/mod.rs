//! The auxiliary library (§5): thin functions over `vm::auxiliary`, in the sections of lauxlib.h.

pub mod argument;
pub mod buffer;
pub mod library;
pub mod load;
pub mod message;
pub mod metatable;
pub mod new_state;
pub mod reference;

use super::call::*;
use super::state::*;
use super::*;
