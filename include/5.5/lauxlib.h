/*
 * lauxlib.h - the auxiliary library: what C functions and hosts do again and again, written with lua.h alone.
 *
 * Effects on the stack are written as in lua.h. A function that checks an argument raises an error that names it.
 */
#ifndef lauxlib_h
#define lauxlib_h

#include <stddef.h>
#include <stdio.h>

#include "luaconf.h"
#include "lua.h"


/* ------------------------------------------------------------------------------------------------ constants --- */

#define LUA_GNAME		"_G"		/* the global table's own name */
#define LUA_LOADED_TABLE	"_LOADED"	/* in the registry: modules by name */
#define LUA_PRELOAD_TABLE	"_PRELOAD"	/* in the registry: loaders by name */

/* luaL_loadfilex could not open or read the file. */
#define LUA_ERRFILE		(LUA_ERRERR+1)

/* References that are never in use, and that stand for nil. */
#define LUA_NOREF		(-2)
#define LUA_REFNIL		(-1)

/* Name of the metatable of files. */
#define LUA_FILEHANDLE		"FILE*"

/* Tells a host and a library apart that do not agree about numbers. */
#define LUAL_NUMSIZES		(sizeof(lua_Integer)*16 + sizeof(lua_Number))


/* ---------------------------------------------------------------------------------------------------- types --- */

/* An entry of luaL_setfuncs' list; func NULL leaves room for a value, name NULL ends the list. */
typedef struct luaL_Reg {
  const char *name;
  lua_CFunction func;
} luaL_Reg;

/* What a file's userdata starts with. */
typedef struct luaL_Stream {
  FILE *f;			/* NULL while it is being opened */
  lua_CFunction closef;		/* NULL once it is closed */
} luaL_Stream;

/*
 * A string in the making: `n` of `size` bytes at `b`, which is `init` until that is full and a userdata's block after. While
 * it is in use, it may have a value on the stack.
 */
typedef struct luaL_Buffer luaL_Buffer;

struct luaL_Buffer {
  char *b;
  size_t size;
  size_t n;
  lua_State *L;
  union {
    LUAI_MAXALIGN;
    char b[LUAL_BUFFERSIZE];
  } init;
};


/* --------------------------------------------------------------------------------------------------- states --- */

/* A VM on the C library's allocator, with a panic function that prints and warnings that are off. NULL if there is no memory. */
LUALIB_API lua_State *(luaL_newstate) (void);

/* The allocation function it uses: realloc and free. */
LUALIB_API void *(luaL_alloc) (void *ud, void *ptr, size_t osize, size_t nsize);

/* A number for lua_newstate that is hard to guess. L is not used and may be NULL. */
LUALIB_API unsigned (luaL_makeseed) (lua_State *L);

/* Raises an error if the host was compiled for another version or other numbers. [-0, +0, v] */
LUALIB_API void (luaL_checkversion_) (lua_State *L, lua_Number ver, size_t sz);

#define luaL_checkversion(L)	luaL_checkversion_(L, LUA_VERSION_NUM, LUAL_NUMSIZES)


/* ------------------------------------------------------------------------------------------------- arguments --- */

/* Raise "bad argument #arg to 'f' (...)". [-0, +0, v] */
LUALIB_API int (luaL_argerror) (lua_State *L, int arg, const char *extramsg);
LUALIB_API int (luaL_typeerror) (lua_State *L, int arg, const char *tname);

#define luaL_argcheck(L,cond,arg,extramsg)  \
	((void)(luai_likely(cond) || luaL_argerror(L, (arg), (extramsg))))
#define luaL_argexpected(L,cond,arg,tname)  \
	((void)(luai_likely(cond) || luaL_typeerror(L, (arg), (tname))))

/* The argument, converted as lua_tolstring and its like do. `opt` gives def for none and nil. [-0, +0, v] */
LUALIB_API const char *(luaL_checklstring) (lua_State *L, int arg, size_t *l);
LUALIB_API const char *(luaL_optlstring) (lua_State *L, int arg, const char *def, size_t *l);
LUALIB_API lua_Number (luaL_checknumber) (lua_State *L, int arg);
LUALIB_API lua_Number (luaL_optnumber) (lua_State *L, int arg, lua_Number def);
LUALIB_API lua_Integer (luaL_checkinteger) (lua_State *L, int arg);
LUALIB_API lua_Integer (luaL_optinteger) (lua_State *L, int arg, lua_Integer def);

#define luaL_checkstring(L,n)	(luaL_checklstring(L, (n), NULL))
#define luaL_optstring(L,n,d)	(luaL_optlstring(L, (n), (d), NULL))
#define luaL_opt(L,f,n,d)	(lua_isnoneornil(L,(n)) ? (d) : f(L,(n)))

/* The place of the argument in a list that ends with NULL. [-0, +0, v] */
LUALIB_API int (luaL_checkoption) (lua_State *L, int arg, const char *def, const char *const lst[]);

LUALIB_API void (luaL_checktype) (lua_State *L, int arg, int t);
LUALIB_API void (luaL_checkany) (lua_State *L, int arg);

/* Makes room for sz values or raises "stack overflow (msg)". [-0, +0, v] */
LUALIB_API void (luaL_checkstack) (lua_State *L, int sz, const char *msg);


/* ------------------------------------------------------------------------------------ userdata and metatables --- */

/* Makes registry[tname], 0 if it was there. [-0, +1, m] */
LUALIB_API int (luaL_newmetatable) (lua_State *L, const char *tname);

/* Gives the value on the top the metatable registry[tname]. [-0, +0, -] */
LUALIB_API void (luaL_setmetatable) (lua_State *L, const char *tname);

/* The block of a userdata with that metatable; NULL, or an error, for anything else. */
LUALIB_API void *(luaL_testudata) (lua_State *L, int ud, const char *tname);
LUALIB_API void *(luaL_checkudata) (lua_State *L, int ud, const char *tname);

#define luaL_getmetatable(L,n)	(lua_getfield(L, LUA_REGISTRYINDEX, (n)))

/* A field of a value's metatable; LUA_TNIL and nothing pushed if there is none. [-0, +0|1, m] */
LUALIB_API int (luaL_getmetafield) (lua_State *L, int obj, const char *e);

/* Calls such a field with the value. [-0, +0|1, e] */
LUALIB_API int (luaL_callmeta) (lua_State *L, int obj, const char *e);


/* ---------------------------------------------------------------------------------------- errors and results --- */

/* Pushes "chunk:line: " of the function at a level, or the empty string. [-0, +1, m] */
LUALIB_API void (luaL_where) (lua_State *L, int lvl);

/* Raises a message, formatted as lua_pushfstring does, with its position before it. [-0, +0, v] */
LUALIB_API int (luaL_error) (lua_State *L, const char *fmt, ...);

/* What a call to the C library came to, as Lua functions report it: results, or fail, message and errno. [-0, +1|3, m] */
LUALIB_API int (luaL_fileresult) (lua_State *L, int stat, const char *fname);
LUALIB_API int (luaL_execresult) (lua_State *L, int stat);

#if defined(LUA_FAILISFALSE)
#define luaL_pushfail(L)	lua_pushboolean(L, 0)
#else
#define luaL_pushfail(L)	lua_pushnil(L)
#endif

/* Pushes the call stack of L1 as a text. [-0, +1, m] */
LUALIB_API void (luaL_traceback) (lua_State *L, lua_State *L1, const char *msg, int level);


/* ------------------------------------------------------------------------------------------ values and tables --- */

#define luaL_typename(L,i)	lua_typename(L, lua_type(L,(i)))

/* What tostring gives. [-0, +1, e] */
LUALIB_API const char *(luaL_tolstring) (lua_State *L, int idx, size_t *len);

/* What # gives, as an integer. [-0, +0, e] */
LUALIB_API lua_Integer (luaL_len) (lua_State *L, int idx);

/* Pushes the table at a field, made if there was none (0 then). [-0, +1, e] */
LUALIB_API int (luaL_getsubtable) (lua_State *L, int idx, const char *fname);

/* Keeps a value in a table under an integer, and gives that back; the table's index 1 is for its list of free ones. [-1, +0, m] */
LUALIB_API int (luaL_ref) (lua_State *L, int t);
LUALIB_API void (luaL_unref) (lua_State *L, int t, int ref);

/* Arithmetic that wraps around, as Lua's does. */
#define luaL_intop(op,v1,v2)  \
	((lua_Integer)((lua_Unsigned)(v1) op (lua_Unsigned)(v2)))


/* ------------------------------------------------------------------------------------------------- libraries --- */

/* Puts a list of functions into the table below nup upvalues, which they all share. [-nup, +0, m] */
LUALIB_API void (luaL_setfuncs) (lua_State *L, const luaL_Reg *l, int nup);

#define luaL_newlibtable(L,l)  \
	lua_createtable(L, 0, sizeof(l)/sizeof((l)[0]) - 1)
#define luaL_newlib(L,l)  \
	(luaL_checkversion(L), luaL_newlibtable(L,l), luaL_setfuncs(L,l,0))

/* Pushes a module, opened with openf unless it is loaded; also makes it a global if glb. [-0, +1, e] */
LUALIB_API void (luaL_requiref) (lua_State *L, const char *modname, lua_CFunction openf, int glb);


/* ------------------------------------------------------------------------------------------- loading chunks --- */

/* A compiled chunk or a message is pushed, as by lua_load. File NULL is the standard input. [-0, +1, m] */
LUALIB_API int (luaL_loadfilex) (lua_State *L, const char *filename, const char *mode);

/* As luaL_loadfilex when the code cache is off. */
LUALIB_API int (luaL_loadfilex_) (lua_State *L, const char *filename, const char *mode);
LUALIB_API int (luaL_loadbufferx) (lua_State *L, const char *buff, size_t sz, const char *name, const char *mode);
LUALIB_API int (luaL_loadstring) (lua_State *L, const char *s);

#define luaL_loadfile(L,f)		luaL_loadfilex(L,f,NULL)
#define luaL_loadbuffer(L,s,sz,n)	luaL_loadbufferx(L,s,sz,n,NULL)

/* Loads and runs; true if that failed. */
#define luaL_dofile(L,fn)  \
	(luaL_loadfile(L, fn) || lua_pcall(L, 0, LUA_MULTRET, 0))
#define luaL_dostring(L,s)  \
	(luaL_loadstring(L, s) || lua_pcall(L, 0, LUA_MULTRET, 0))


/* --------------------------------------------------------------------------------------------------- buffers --- */

LUALIB_API void (luaL_buffinit) (lua_State *L, luaL_Buffer *B);
LUALIB_API char *(luaL_buffinitsize) (lua_State *L, luaL_Buffer *B, size_t sz);

/* Room for sz more bytes; luaL_addsize says afterwards how many were written. */
LUALIB_API char *(luaL_prepbuffsize) (luaL_Buffer *B, size_t sz);

LUALIB_API void (luaL_addlstring) (luaL_Buffer *B, const char *s, size_t l);
LUALIB_API void (luaL_addstring) (luaL_Buffer *B, const char *s);

/* Adds the value on the top, a string or number. */
LUALIB_API void (luaL_addvalue) (luaL_Buffer *B);

/* Adds s with each p in it replaced by r, as plain text. */
LUALIB_API void (luaL_addgsub) (luaL_Buffer *B, const char *s, const char *p, const char *r);
LUALIB_API const char *(luaL_gsub) (lua_State *L, const char *s, const char *p, const char *r);

/* Ends the buffer and pushes the string. */
LUALIB_API void (luaL_pushresult) (luaL_Buffer *B);
LUALIB_API void (luaL_pushresultsize) (luaL_Buffer *B, size_t sz);

#define luaL_bufflen(bf)	((bf)->n)
#define luaL_buffaddr(bf)	((bf)->b)

#define luaL_addchar(B,c)  \
	((void)((B)->n < (B)->size || luaL_prepbuffsize((B), 1)), \
	 ((B)->b[(B)->n++] = (c)))
#define luaL_addsize(B,s)	((B)->n += (s))
#define luaL_buffsub(B,s)	((B)->n -= (s))

#define luaL_prepbuffer(B)	luaL_prepbuffsize(B, LUAL_BUFFERSIZE)


/* --------------------------------------------------------------------------------------------- compatibility --- */

#if defined(LUA_COMPAT_APIINTCASTS)

#define luaL_checkunsigned(L,a)		((lua_Unsigned)luaL_checkinteger(L,a))
#define luaL_optunsigned(L,a,d)  \
	((lua_Unsigned)luaL_optinteger(L,a,(lua_Integer)(d)))

#define luaL_checkint(L,n)		((int)luaL_checkinteger(L, (n)))
#define luaL_optint(L,n,d)		((int)luaL_optinteger(L, (n), (d)))

#define luaL_checklong(L,n)		((long)luaL_checkinteger(L, (n)))
#define luaL_optlong(L,n,d)		((long)luaL_optinteger(L, (n), (d)))

#endif

#endif
