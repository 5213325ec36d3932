/*
 * lualib.h - the standard libraries: the name of each and the function that opens it.
 *
 * The functions are for luaL_requiref, which calls them as modules. [-0, +1, e]
 */
#ifndef lualib_h
#define lualib_h

#include "lua.h"

/* Ends the names of the environment variables that are for this version only: LUA_PATH_5_5. */
#define LUA_VERSUFFIX		"_" LUA_VERSION_MAJOR "_" LUA_VERSION_MINOR

/* Each library's bit for luaL_openselectedlibs. */
#define LUA_GLIBK		1
#define LUA_LOADLIBK		(LUA_GLIBK << 1)
#define LUA_COLIBK		(LUA_LOADLIBK << 1)
#define LUA_DBLIBK		(LUA_COLIBK << 1)
#define LUA_IOLIBK		(LUA_DBLIBK << 1)
#define LUA_MATHLIBK		(LUA_IOLIBK << 1)
#define LUA_OSLIBK		(LUA_MATHLIBK << 1)
#define LUA_STRLIBK		(LUA_OSLIBK << 1)
#define LUA_TABLIBK		(LUA_STRLIBK << 1)
#define LUA_UTF8LIBK		(LUA_TABLIBK << 1)

#define LUA_LOADLIBNAME		"package"
#define LUA_COLIBNAME		"coroutine"
#define LUA_DBLIBNAME		"debug"
#define LUA_IOLIBNAME		"io"
#define LUA_MATHLIBNAME		"math"
#define LUA_OSLIBNAME		"os"
#define LUA_STRLIBNAME		"string"
#define LUA_TABLIBNAME		"table"
#define LUA_UTF8LIBNAME		"utf8"

LUAMOD_API int (luaopen_base) (lua_State *L);
LUAMOD_API int (luaopen_package) (lua_State *L);
LUAMOD_API int (luaopen_coroutine) (lua_State *L);
LUAMOD_API int (luaopen_debug) (lua_State *L);
LUAMOD_API int (luaopen_io) (lua_State *L);
LUAMOD_API int (luaopen_math) (lua_State *L);
LUAMOD_API int (luaopen_os) (lua_State *L);
LUAMOD_API int (luaopen_string) (lua_State *L);
LUAMOD_API int (luaopen_table) (lua_State *L);
LUAMOD_API int (luaopen_utf8) (lua_State *L);

/* Opens the libraries whose bits are in load and sets their globals; of the others, those in preload open when they are required. [-0, +0, e] */
LUALIB_API void (luaL_openselectedlibs) (lua_State *L, int load, int preload);

#define luaL_openlibs(L)	luaL_openselectedlibs(L, ~0, 0)

/* There is a code cache; luashare.h says what it does. luaL_openlibs does not open its library. */
#define LUA_CACHELIB
LUAMOD_API int (luaopen_cache) (lua_State *L);

/* Turns the code cache on, for all VMs of the process. */
LUALIB_API void (luaL_initcodecache) (void);

#endif
