/*
 * lua.hpp - all of the C API for C++.
 */
#ifndef lua_hpp
#define lua_hpp

extern "C" {
#include "lua.h"
#include "lualib.h"
#include "lauxlib.h"
}

#endif
