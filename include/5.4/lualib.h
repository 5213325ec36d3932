/*
 * lualib.h - the standard libraries: the name of each and the function that opens it.
 *
 * The functions are for luaL_requiref, which calls them as modules. [-0, +1, e]
 */
#ifndef lualib_h
#define lualib_h

#include "lua.h"

/* Ends the names of the environment variables that are for this version only: LUA_PATH_5_4. */
#define LUA_VERSUFFIX		"_" LUA_VERSION_MAJOR "_" LUA_VERSION_MINOR

#define LUA_COLIBNAME		"coroutine"
#define LUA_TABLIBNAME		"table"
#define LUA_IOLIBNAME		"io"
#define LUA_OSLIBNAME		"os"
#define LUA_STRLIBNAME		"string"
#define LUA_UTF8LIBNAME		"utf8"
#define LUA_MATHLIBNAME		"math"
#define LUA_DBLIBNAME		"debug"
#define LUA_LOADLIBNAME		"package"

LUAMOD_API int (luaopen_base) (lua_State *L);
LUAMOD_API int (luaopen_coroutine) (lua_State *L);
LUAMOD_API int (luaopen_table) (lua_State *L);
LUAMOD_API int (luaopen_io) (lua_State *L);
LUAMOD_API int (luaopen_os) (lua_State *L);
LUAMOD_API int (luaopen_string) (lua_State *L);
LUAMOD_API int (luaopen_utf8) (lua_State *L);
LUAMOD_API int (luaopen_math) (lua_State *L);
LUAMOD_API int (luaopen_debug) (lua_State *L);
LUAMOD_API int (luaopen_package) (lua_State *L);

/* Opens them all and sets their globals. [-0, +0, e] */
LUALIB_API void (luaL_openlibs) (lua_State *L);

/* There is a code cache; luashare.h says what it does. luaL_openlibs does not open its library. */
#define LUA_CACHELIB
LUAMOD_API int (luaopen_cache) (lua_State *L);

/* Turns the code cache on, for all VMs of the process. */
LUALIB_API void (luaL_initcodecache) (void);

#endif
