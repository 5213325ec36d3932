/*
 * luashare.h - what the VMs of one process share: code, the code cache, tables. Perilune's own; a C++ host includes it as it is.
 *
 * Functions are shared by lua_sharefunction and lua_clonefunction, strings and tables by lua_sharestring, lua_makeshared and
 * lua_clonetable (lua.h and below). Everything here may be called from any thread, with a state that this thread uses.
 *
 * The code cache
 * --------------
 * While the cache is on for the process (luaL_initcodecache, or PERILUNE_CODECACHE=1 in the environment) and for the VM (luaL_cachemode),
 * luaL_loadfilex, and so loadfile, dofile, require and luaL_dofile, takes a file from the cache: the name decides, byte for byte. A
 * file that is not there is read and compiled once, however many threads ask for it at that time; the others wait. A failure is
 * told to all of them and not remembered. What is found is not read again, whatever became of the file and whatever kinds of chunk
 * the caller allows. Standard input, pipes and devices are never cached. The code is shared: a VM that loads a cached file pays for a closure.
 *
 * Code that is forgotten (luaL_cacheclear, or a changed file in mode CHECK) stays usable where it is in use. It is freed when the last VM that
 * uses it closes, or finds in a full collection that it does not use it any more.
 *
 * Without the cache
 * -----------------
 * Files that are loaded while the cache is off are shared too, unasked: the second VM that loads a file with the same name and bytes makes
 * shared code of it, which later ones use. Nothing tells but memory and time. PERILUNE_SHARE=0 in the environment turns this off;
 * PERILUNE_SHARE=all does the same for chunks from memory (lua_load).
 *
 * Shared tables
 * -------------
 * lua_makeshared freezes a table for ever: it can be read, by any VM on any thread, and not be written; the table at address p is pushed by
 * lua_clonetable(L, p) in every VM, and is the same value in all of them. What it refers to must be shared before another VM reads it: tables and
 * Lua functions without upvalues by lua_makeshared; strings, C functions, numbers, booleans and light userdata need nothing. Another VM that meets a value which is not shared gets an error. A function that
 * was marked by lua_makeshared needs no lua_sharefunction, and is a handle for lua_clonefunction only as long as its VM is open.
 *
 * A shared table lives as long as the VM that made it. The host closes that VM when no other holds the table any more: neither on a
 * stack, nor in a variable, nor in a table. (A library built with the feature `apicheck` reports it otherwise.)
 */
#ifndef luashare_h
#define luashare_h

#include "lua.h"
#include "lauxlib.h"
#include "lualib.h"

#if defined(__cplusplus)
extern "C" {
#endif


/* ------------------------------------------------------------------------------------------------ code cache --- */

/* Forgets one file, or all of them (NULL); returns how many. What is being loaded right now is forgotten too. */
LUALIB_API int (luaL_cacheclear) (const char *filename);

/* How a VM uses the cache, when that is on for the process. */
#define LUA_CACHEOFF	0	/* not at all */
#define LUA_CACHEEXIST	1	/* takes what is there, adds nothing */
#define LUA_CACHEON	2	/* takes what is there, adds what is not; so from the start */
#define LUA_CACHECHECK	3	/* as ON, and loads a file anew that has changed (device, inode, size, time), for the whole process */

/* Sets how the VM uses the cache; returns how it did before. With any other mode (-1) nothing changes. [-0, +0, -] */
LUALIB_API int (luaL_cachemode) (lua_State *L, int mode);

/*
 * Pushes a list of the files in the cache, and of those that VMs still use after they were forgotten. [-0, +1, m]
 *
 * Each element has the fields
 *   name		the file
 *   bytes		of code, constants and debug information
 *   hits		loads that found it
 *   holders		VMs that use it
 *   generation		how often a file of this name has been loaded, this time included
 *   age		seconds since then
 *   cached		whether a load would find it
 * and the list itself has, beside its elements,
 *   files		how many they are
 *   bytes		the sum of theirs
 *   strings		strings that shared code and tables use, each once however often it is used
 *   string_bytes	and their bytes
 *   content_files	files outside the cache whose code VMs share because several have loaded the same bytes
 *   content_bytes	and the bytes of that code
 */
LUALIB_API void (luaL_cachestat) (lua_State *L);

/*
 * Loads a file anew, for the cache too, and gives its code to the functions that the VM made of it: everywhere in the VM, a function of
 * an older version is replaced by that at the same place of the new one (by enclosing function and name, else by order), with the variables
 * it had, by name. Calls under way finish in the old code. [-0, +1, m]
 *
 * Returns LUA_OK and pushes {updated = n, kept = {{name =, line =, reason =}, ...}}: how many functions have new code, and which stay as they
 * were because the new code has no function at their place, or uses a variable that none of them has. A file that cannot be loaded changes
 * nothing: a message is pushed and the status of luaL_loadfilex returned. Only shared code is followed: what came through the cache, or
 * was loaded by several VMs. May collect and run finalizers.
 */
LUALIB_API int (luaL_reloadfile) (lua_State *L, const char *filename);


/* --------------------------------------------------------------------------------------------- shared tables --- */

/*
 * Freezes the table, or marks the Lua function without upvalues, that has the address p as lua_topointer gave it: 1. Again changes
 * nothing. A table with a metatable stays as it is, and so does anything that is not an object of L's VM: 0. [-0, +0, m]
 */
LUA_API int (lua_makeshared) (lua_State *L, const void *p);

/* Whether p is the address of a shared table or of a function that lua_makeshared marked. p may be anything: it is not followed. */
LUA_API int (lua_isshared) (const void *p);


#if defined(__cplusplus)
}
#endif

#endif
