//! Perilune: a Lua virtual machine behind liblua's C interface.
