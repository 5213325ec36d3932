//! Chunks in and out.

use crate::chunk::draft::ChunkName;
use crate::chunk::input::Reader;
use crate::edition::LUA_5_5;
use crate::gc;
use crate::heap::state::{OK, State, Status};
use crate::throw::Result;
use crate::vm::load;

impl State {
    /// Compiles or undumps a chunk and pushes the function, whose first upvalue is the table of globals; or pushes an
    /// error message and gives another status. `mode` is which kinds are allowed, "b", "t" or "bt" (absent: both).
    /// `lua_load`.
    ///
    /// May: collect, and what the reader does; raises only where the reader closes the running coroutine.
    pub fn load<'n>(self, reader: &mut dyn Reader, chunk_name: impl Into<ChunkName<'n>>, mode: Option<&[u8]>) -> Result<Status> {
        let status = load::load_protected(self, reader, chunk_name.into(), mode)?;
        if status == OK
            && let Some(f) = self.from_top(1).get().as_lua_closure()
            && f.upvalue_count() >= 1
        {
            let globals = self.globals();
            f.upvalue(0).set(globals);
            gc::barrier(self.global(), f.upvalue(0), globals);
        }
        Ok(status)
    }

    /// `load` of a chunk that is in memory. `luaL_loadbufferx`.
    ///
    /// May: collect.
    pub fn load_buffer<'n>(self, mut chunk: &[u8], chunk_name: impl Into<ChunkName<'n>>, mode: Option<&[u8]>) -> Status {
        self.load(&mut chunk, chunk_name, mode).expect("memory closes no coroutine")
    }

    /// Writes the Lua function on top as a binary chunk; a sink that answers something else than 0 stops it, and that
    /// is the answer. 1 when the value is not a Lua function. In 5.5 what the sink leaves on the stack goes. `lua_dump`.
    ///
    /// May: what the sink does.
    pub fn dump(self, strip: bool, sink: &mut dyn FnMut(&[u8]) -> Result<i32>) -> Result<i32> {
        let Some(f) = self.from_top(1).get().as_lua_closure() else { return Ok(1) };
        let top = self.index_of(self.top.get());
        let answer = load::dump(self.global().mem(), f.proto.get(), strip, sink)?;
        if LUA_5_5 {
            self.top.set(self.slot(top));
        }
        Ok(answer)
    }
}
