/*
 * lua.h - the C API of Lua 5.5, as Perilune implements it.
 *
 * Each function says what it does to the stack and whether it raises errors, as [-taken, +pushed, raises], where `raises` is
 *   -  never
 *   m  "not enough memory" only, or errors of a finalizer's allocation
 *   v  the errors described here
 *   e  any error: it may run Lua code (metamethods)
 * `n|m` means one or the other, `?` that it depends. Indices count from 1 at the bottom and from -1 at the top.
 */
#ifndef lua_h
#define lua_h

#include <stdarg.h>
#include <stddef.h>

#include "luaconf.h"


/* -------------------------------------------------------------------------------------------------- version --- */

#define LUA_VERSION_MAJOR_N	5
#define LUA_VERSION_MINOR_N	5
#define LUA_VERSION_RELEASE_N	1

#define LUA_VERSION_NUM		(LUA_VERSION_MAJOR_N * 100 + LUA_VERSION_MINOR_N)
#define LUA_VERSION_RELEASE_NUM	(LUA_VERSION_NUM * 100 + LUA_VERSION_RELEASE_N)

/* A number as text, after its macros are expanded. */
#define LUAI_TOSTRAUX(x)	#x
#define LUAI_TOSTR(x)		LUAI_TOSTRAUX(x)

#define LUA_VERSION_MAJOR	LUAI_TOSTR(LUA_VERSION_MAJOR_N)
#define LUA_VERSION_MINOR	LUAI_TOSTR(LUA_VERSION_MINOR_N)
#define LUA_VERSION_RELEASE	LUAI_TOSTR(LUA_VERSION_RELEASE_N)

#define LUA_VERSION	"Lua " LUA_VERSION_MAJOR "." LUA_VERSION_MINOR
#define LUA_RELEASE	LUA_VERSION "." LUA_VERSION_RELEASE

/* The language and its API are the work of these people: `lua -v` and lua_ident say so. */
#define LUA_COPYRIGHT	LUA_RELEASE "  Copyright (C) 1994-2026 Lua.org, PUC-Rio"
#define LUA_AUTHORS	"R. Ierusalimschy, L. H. de Figueiredo, W. Celes"

/* The version as one text that can be found in a program. */
extern const char lua_ident[];


/* ------------------------------------------------------------------------------------------------ constants --- */

/* First bytes of a binary chunk. */
#define LUA_SIGNATURE	"\x1bLua"

/* As many results as there are. */
#define LUA_MULTRET	(-1)

/* Stack slots a C function finds free when it is called. */
#define LUA_MINSTACK	20

/* Pseudo-indices: the registry, and the upvalues of the running C function. They lie beyond what any stack can have. */
#define LUA_REGISTRYINDEX	(-(INT_MAX/2 + 1000))
#define lua_upvalueindex(i)	(LUA_REGISTRYINDEX - (i))

/* What stands in the registry from the start. Index 1 is where luaL_ref keeps its list. */
#define LUA_RIDX_GLOBALS	2
#define LUA_RIDX_MAINTHREAD	3
#define LUA_RIDX_LAST		3

/* How a call, a load or a coroutine ended. */
#define LUA_OK		0
#define LUA_YIELD	1
#define LUA_ERRRUN	2
#define LUA_ERRSYNTAX	3
#define LUA_ERRMEM	4
#define LUA_ERRERR	5

/* Types of values. */
#define LUA_TNONE		(-1)
#define LUA_TNIL		0
#define LUA_TBOOLEAN		1
#define LUA_TLIGHTUSERDATA	2
#define LUA_TNUMBER		3
#define LUA_TSTRING		4
#define LUA_TTABLE		5
#define LUA_TFUNCTION		6
#define LUA_TUSERDATA		7
#define LUA_TTHREAD		8
#define LUA_NUMTYPES		9

/* Operations of lua_arith. */
#define LUA_OPADD	0
#define LUA_OPSUB	1
#define LUA_OPMUL	2
#define LUA_OPMOD	3
#define LUA_OPPOW	4
#define LUA_OPDIV	5
#define LUA_OPIDIV	6
#define LUA_OPBAND	7
#define LUA_OPBOR	8
#define LUA_OPBXOR	9
#define LUA_OPSHL	10
#define LUA_OPSHR	11
#define LUA_OPUNM	12
#define LUA_OPBNOT	13

/* Operations of lua_compare. */
#define LUA_OPEQ	0
#define LUA_OPLT	1
#define LUA_OPLE	2

/* Operations of lua_gc. */
#define LUA_GCSTOP		0
#define LUA_GCRESTART		1
#define LUA_GCCOLLECT		2
#define LUA_GCCOUNT		3
#define LUA_GCCOUNTB		4
#define LUA_GCSTEP		5
#define LUA_GCISRUNNING		6
#define LUA_GCGEN		7
#define LUA_GCINC		8
#define LUA_GCPARAM		9

/* Parameters that LUA_GCPARAM reads and sets, in percent but for the last: generational mode, ... */
#define LUA_GCPMINORMUL		0	/* growth between minor collections */
#define LUA_GCPMAJORMINOR	1	/* what a major one must free for minor ones to go on */
#define LUA_GCPMINORMAJOR	2	/* growth of old objects that makes a collection major */
/* ... and incremental mode. */
#define LUA_GCPPAUSE		3	/* how far memory grows between two cycles */
#define LUA_GCPSTEPMUL		4	/* work done for what is allocated */
#define LUA_GCPSTEPSIZE		5	/* bytes allocated between two steps */
#define LUA_GCPN		6	/* how many parameters there are */

/* Events that hooks are called for, and the mask that asks for each. A tail call comes with the calls. */
#define LUA_HOOKCALL	0
#define LUA_HOOKRET	1
#define LUA_HOOKLINE	2
#define LUA_HOOKCOUNT	3
#define LUA_HOOKTAILCALL 4

#define LUA_MASKCALL	(1 << LUA_HOOKCALL)
#define LUA_MASKRET	(1 << LUA_HOOKRET)
#define LUA_MASKLINE	(1 << LUA_HOOKLINE)
#define LUA_MASKCOUNT	(1 << LUA_HOOKCOUNT)


/* ---------------------------------------------------------------------------------------------------- types --- */

/* A thread of a VM, and through it the VM. */
typedef struct lua_State lua_State;

typedef LUA_NUMBER lua_Number;
LUAI_EXTENSION typedef LUA_INTEGER lua_Integer;
LUAI_EXTENSION typedef LUA_UNSIGNED lua_Unsigned;
typedef LUA_KCONTEXT lua_KContext;

/* A function for Lua to call: arguments from index 1 up; returns how many of the topmost values are its results. */
typedef int (*lua_CFunction) (lua_State *L);

/* Goes on for a C function that was left by a yield or an error: gets the status and the context it was set up with. */
typedef int (*lua_KFunction) (lua_State *L, int status, lua_KContext ctx);

/* Returns the next piece of a chunk and its size; NULL or size 0 at the end. */
typedef const char * (*lua_Reader) (lua_State *L, void *ud, size_t *sz);

/* Takes a piece of a binary chunk; anything but 0 ends the dump. */
typedef int (*lua_Writer) (lua_State *L, const void *p, size_t sz, void *ud);

/*
 * Frees (nsize 0), allocates (ptr NULL, osize a type or 0) or resizes a block of osize bytes. NULL when it cannot, which must not
 * happen for a block that shrinks.
 */
typedef void * (*lua_Alloc) (void *ud, void *ptr, size_t osize, size_t nsize);

/* Takes a warning, or a piece of one if `tocont`. */
typedef void (*lua_WarnFunction) (void *ud, const char *msg, int tocont);

typedef struct lua_Debug lua_Debug;

typedef void (*lua_Hook) (lua_State *L, lua_Debug *ar);

/*
 * An activation of a function: lua_getstack and hooks set `event` and the private part, lua_getinfo fills the rest. The letter
 * is the option of lua_getinfo that fills the field.
 */
struct lua_Debug {
  int event;
  const char *name;		/* n: NULL if there is no sensible one */
  const char *namewhat;		/* n: global, local, method, field, upvalue, ... or empty */
  const char *what;		/* S: Lua, C or main */
  const char *source;		/* S: @file, =text or the chunk itself */
  size_t srclen;		/* S */
  int currentline;		/* l: -1 if not known */
  int linedefined;		/* S */
  int lastlinedefined;		/* S */
  unsigned char nups;		/* u: upvalues */
  unsigned char nparams;	/* u: fixed parameters */
  char isvararg;		/* u */
  unsigned char extraargs;	/* t: arguments that __call metamethods put before the caller's */
  char istailcall;		/* t */
  int ftransfer;		/* r: index of the first argument or result */
  int ntransfer;		/* r: how many there are */
  char short_src[LUA_IDSIZE];	/* S: source, fit to be printed */
  struct CallInfo *i_ci;	/* the VM's own */
};

/* A host's additions to this header. */
#if defined(LUA_USER_H)
#include LUA_USER_H
#endif


/* --------------------------------------------------------------------------------------- states and threads --- */

/*
 * Makes a VM whose memory comes from f(ud, ...); NULL if that gives none. Hashes of strings are the same in all VMs of the process, which
 * share code and tables; so seed only goes into the numbers that math.random gives to begin with.
 */
LUA_API lua_State *(lua_newstate) (lua_Alloc f, void *ud, unsigned seed);

/* Closes what is to be closed, runs finalizers, frees everything. L may be any thread of the VM. [-0, +0, -] */
LUA_API void (lua_close) (lua_State *L);

/* A coroutine with a stack of its own. [-0, +1, m] */
LUA_API lua_State *(lua_newthread) (lua_State *L);

/* Ends a coroutine: closes its variables, leaves an error object on its stack if that fails. [-0, +?, -] */
LUA_API int (lua_closethread) (lua_State *L, lua_State *from);

/* Sets what is called with an error that nothing catches; returns the old one. [-0, +0, -] */
LUA_API lua_CFunction (lua_atpanic) (lua_State *L, lua_CFunction panicf);

LUA_API lua_Number (lua_version) (lua_State *L);

/* The LUA_EXTRASPACE bytes that belong to the host; a new thread starts with a copy of the main thread's. */
#define lua_getextraspace(L)	((void *)((char *)(L) - LUA_EXTRASPACE))


/* ------------------------------------------------------------------------------------------------- the stack --- */

LUA_API int (lua_absindex) (lua_State *L, int idx);
LUA_API int (lua_gettop) (lua_State *L);

/* Cuts or fills with nils up to idx; closes variables marked by lua_toclose on the way down. [-?, +?, e] */
LUA_API void (lua_settop) (lua_State *L, int idx);

LUA_API void (lua_pushvalue) (lua_State *L, int idx);

/* Moves the values from idx to the top n places up, around the end. */
LUA_API void (lua_rotate) (lua_State *L, int idx, int n);
LUA_API void (lua_copy) (lua_State *L, int fromidx, int toidx);

/* Makes room for n more values; 0 if there can be none. */
LUA_API int (lua_checkstack) (lua_State *L, int n);

/* Moves n values between threads of one VM. */
LUA_API void (lua_xmove) (lua_State *from, lua_State *to, int n);

#define lua_pop(L,n)		lua_settop(L, -(n)-1)
#define lua_insert(L,idx)	lua_rotate(L, (idx), 1)
#define lua_remove(L,idx)	(lua_rotate(L, (idx), -1), lua_pop(L, 1))
#define lua_replace(L,idx)	(lua_copy(L, -1, (idx)), lua_pop(L, 1))


/* ------------------------------------------------------------------------------------ from the stack to C --- */

LUA_API int (lua_type) (lua_State *L, int idx);
LUA_API const char *(lua_typename) (lua_State *L, int tp);

LUA_API int (lua_isnumber) (lua_State *L, int idx);	/* or a string that is a numeral */
LUA_API int (lua_isstring) (lua_State *L, int idx);	/* or a number */
LUA_API int (lua_iscfunction) (lua_State *L, int idx);
LUA_API int (lua_isinteger) (lua_State *L, int idx);
LUA_API int (lua_isuserdata) (lua_State *L, int idx);	/* full or light */

#define lua_isfunction(L,n)		(lua_type(L, (n)) == LUA_TFUNCTION)
#define lua_istable(L,n)		(lua_type(L, (n)) == LUA_TTABLE)
#define lua_islightuserdata(L,n)	(lua_type(L, (n)) == LUA_TLIGHTUSERDATA)
#define lua_isnil(L,n)			(lua_type(L, (n)) == LUA_TNIL)
#define lua_isboolean(L,n)		(lua_type(L, (n)) == LUA_TBOOLEAN)
#define lua_isthread(L,n)		(lua_type(L, (n)) == LUA_TTHREAD)
#define lua_isnone(L,n)			(lua_type(L, (n)) == LUA_TNONE)
#define lua_isnoneornil(L,n)		(lua_type(L, (n)) <= 0)

/* Numbers, converted from strings where they can be; otherwise 0, and *isnum is 0. */
LUA_API lua_Number (lua_tonumberx) (lua_State *L, int idx, int *isnum);
LUA_API lua_Integer (lua_tointegerx) (lua_State *L, int idx, int *isnum);

#define lua_tonumber(L,i)	lua_tonumberx(L,(i),NULL)
#define lua_tointeger(L,i)	lua_tointegerx(L,(i),NULL)

LUA_API int (lua_toboolean) (lua_State *L, int idx);

/* The bytes of a string, with a zero after them; a number in the stack is turned into a string. [-0, +0, m] */
LUA_API const char *(lua_tolstring) (lua_State *L, int idx, size_t *len);

#define lua_tostring(L,i)	lua_tolstring(L, (i), NULL)

/* Bytes of a string or userdata, border of a table, without metamethods. */
LUA_API lua_Unsigned (lua_rawlen) (lua_State *L, int idx);

/* NULL if the value is of another type. */
LUA_API lua_CFunction (lua_tocfunction) (lua_State *L, int idx);
LUA_API void *(lua_touserdata) (lua_State *L, int idx);
LUA_API lua_State *(lua_tothread) (lua_State *L, int idx);

/* An address that tells objects apart and is good for nothing else. */
LUA_API const void *(lua_topointer) (lua_State *L, int idx);


/* --------------------------------------------------------------------------------- arithmetic and comparison --- */

/* [-2|1, +1, e] */
LUA_API void (lua_arith) (lua_State *L, int op);

LUA_API int (lua_rawequal) (lua_State *L, int idx1, int idx2);

/* 0 also if an index holds no value. [-0, +0, e] */
LUA_API int (lua_compare) (lua_State *L, int idx1, int idx2, int op);

/* Joins the n topmost values. [-n, +1, e] */
LUA_API void (lua_concat) (lua_State *L, int n);

/* What the operator # gives. [-0, +1, e] */
LUA_API void (lua_len) (lua_State *L, int idx);

/* Pushes the number a text stands for and returns its size with the zero; 0 if it is no numeral. [-0, +1|0, -] */
LUA_API size_t (lua_stringtonumber) (lua_State *L, const char *s);

/* Writes a number as tostring does, with a zero after it; returns the size with the zero, or 0 for any other value. */
#define LUA_N2SBUFFSZ	64
LUA_API unsigned (lua_numbertocstring) (lua_State *L, int idx, char *buff);


/* ------------------------------------------------------------------------------------ from C to the stack --- */

LUA_API void (lua_pushnil) (lua_State *L);
LUA_API void (lua_pushnumber) (lua_State *L, lua_Number n);
LUA_API void (lua_pushinteger) (lua_State *L, lua_Integer n);
LUA_API void (lua_pushboolean) (lua_State *L, int b);
LUA_API void (lua_pushlightuserdata) (lua_State *L, void *p);
LUA_API int (lua_pushthread) (lua_State *L);

/* Copies of the given bytes; the address of the VM's own copy is returned. [-0, +1, m] */
LUA_API const char *(lua_pushlstring) (lua_State *L, const char *s, size_t len);
LUA_API const char *(lua_pushstring) (lua_State *L, const char *s);

/*
 * The bytes themselves, which must stay as they are and have a zero after them. When the string goes, falloc(ud, s, len + 1, 0) is called, if
 * there is a falloc. Short strings are copied and freed at once: use the address that is returned. [-0, +1, m]
 */
LUA_API const char *(lua_pushexternalstring) (lua_State *L, const char *s, size_t len, lua_Alloc falloc, void *ud);

/* Formats with %s %d %I (lua_Integer) %f (lua_Number) %p %c %U (UTF-8) %%. [-0, +1, v] */
LUA_API const char *(lua_pushvfstring) (lua_State *L, const char *fmt, va_list argp);
LUA_API const char *(lua_pushfstring) (lua_State *L, const char *fmt, ...);

/* A function with the n topmost values as its upvalues. [-n, +1, m] */
LUA_API void (lua_pushcclosure) (lua_State *L, lua_CFunction fn, int n);

#define lua_pushcfunction(L,f)	lua_pushcclosure(L, (f), 0)
#define lua_pushliteral(L,s)	lua_pushstring(L, "" s)
#define lua_pushglobaltable(L)  \
	((void)lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS))


/* --------------------------------------------------------------------------------------------------- tables --- */

/* Room for narr elements of a sequence and nrec other entries is made at once. [-0, +1, m] */
LUA_API void (lua_createtable) (lua_State *L, int narr, int nrec);

#define lua_newtable(L)		lua_createtable(L, 0, 0)

/* Each getter returns the type of the value it pushes. The key is given or, in gettable and rawget, on the top. [-0|1, +1, e] */
LUA_API int (lua_getglobal) (lua_State *L, const char *name);
LUA_API int (lua_gettable) (lua_State *L, int idx);
LUA_API int (lua_getfield) (lua_State *L, int idx, const char *k);
LUA_API int (lua_geti) (lua_State *L, int idx, lua_Integer n);

/* Without metamethods. [-0|1, +1, -] */
LUA_API int (lua_rawget) (lua_State *L, int idx);
LUA_API int (lua_rawgeti) (lua_State *L, int idx, lua_Integer n);
LUA_API int (lua_rawgetp) (lua_State *L, int idx, const void *p);

/* The value is on the top, in settable and rawset the key below it. [-1|2, +0, e] */
LUA_API void (lua_setglobal) (lua_State *L, const char *name);
LUA_API void (lua_settable) (lua_State *L, int idx);
LUA_API void (lua_setfield) (lua_State *L, int idx, const char *k);
LUA_API void (lua_seti) (lua_State *L, int idx, lua_Integer n);

/* Without metamethods. [-1|2, +0, m] */
LUA_API void (lua_rawset) (lua_State *L, int idx);
LUA_API void (lua_rawseti) (lua_State *L, int idx, lua_Integer n);
LUA_API void (lua_rawsetp) (lua_State *L, int idx, const void *p);

/* Replaces a key by the next one and its value; 0 and nothing at the end. [-1, +2|0, v] */
LUA_API int (lua_next) (lua_State *L, int idx);

#define lua_register(L,n,f)	(lua_pushcfunction(L, (f)), lua_setglobal(L, (n)))


/* --------------------------------------------------------------------------------- userdata and metatables --- */

/* A block of sz bytes with nuvalue values beside it. [-0, +1, m] */
LUA_API void *(lua_newuserdatauv) (lua_State *L, size_t sz, int nuvalue);

/* [-0, +1, -]: nil and LUA_TNONE where there is no n-th value. */
LUA_API int (lua_getiuservalue) (lua_State *L, int idx, int n);

/* [-1, +0, -]: 0 where there is no n-th value. */
LUA_API int (lua_setiuservalue) (lua_State *L, int idx, int n);

#define lua_newuserdata(L,s)	lua_newuserdatauv(L,s,1)
#define lua_getuservalue(L,idx)	lua_getiuservalue(L,idx,1)
#define lua_setuservalue(L,idx)	lua_setiuservalue(L,idx,1)

/* 0 and nothing pushed where there is none. [-0, +0|1, -] */
LUA_API int (lua_getmetatable) (lua_State *L, int objindex);

/* A table or nil is taken from the top. [-1, +0, -] */
LUA_API int (lua_setmetatable) (lua_State *L, int objindex);


/* ------------------------------------------------------------------------------------------ calls and errors --- */

/*
 * Calls a function that lies below its nargs arguments. With a continuation k the callee may yield: what comes after goes on
 * in k(L, LUA_YIELD, ctx). [-(nargs + 1), +nresults, e]
 */
LUA_API void (lua_callk) (lua_State *L, int nargs, int nresults, lua_KContext ctx, lua_KFunction k);

/* The same, with errors caught: returns a status, and pushes the error object. [-(nargs + 1), +nresults|1, -] */
LUA_API int (lua_pcallk) (lua_State *L, int nargs, int nresults, int errfunc, lua_KContext ctx, lua_KFunction k);

#define lua_call(L,n,r)		lua_callk(L, (n), (r), 0, NULL)
#define lua_pcall(L,n,r,f)	lua_pcallk(L, (n), (r), (f), 0, NULL)

/* Raises the value on the top; does not return. [-1, +0, v] */
LUA_API int (lua_error) (lua_State *L);

/* The value at idx is closed when its slot goes away. [-0, +0, v] */
LUA_API void (lua_toclose) (lua_State *L, int idx);

/* Closes it now and leaves nil. [-0, +0, e] */
LUA_API void (lua_closeslot) (lua_State *L, int idx);

/* Pushes a compiled chunk or a message; mode is "t", "b" or "bt" (NULL). [-0, +1, -] */
LUA_API int (lua_load) (lua_State *L, lua_Reader reader, void *dt, const char *chunkname, const char *mode);

/* Writes the Lua function on the top as a binary chunk. [-0, +0, -] */
LUA_API int (lua_dump) (lua_State *L, lua_Writer writer, void *data, int strip);


/* ------------------------------------------------------------------------------------------ sharing between VMs --- */

/* As skynet's Lua declares them; luashare.h says more and has more. */

/* Makes the code of the Lua function at index usable in every VM of the process; lua_topointer gives its handle. [-0, +0, v] */
LUA_API void (lua_sharefunction) (lua_State *L, int index);

/* A closure over shared code: upvalue 1 is the table of globals, others are nil. [-0, +1, v] */
LUA_API void (lua_clonefunction) (lua_State *L, const void *fp);

/* Says that the string at index will be shared. [-0, +0, v] */
LUA_API void (lua_sharestring) (lua_State *L, int index);

/* Pushes a shared table of any VM, itself and no copy; t is its address as lua_topointer gave it. [-0, +1, v] */
LUA_API void (lua_clonetable) (lua_State *L, const void *t);


/* ------------------------------------------------------------------------------------------------ coroutines --- */

/* Suspends the running coroutine; does not return, except in a hook. [-?, +?, v] */
LUA_API int (lua_yieldk) (lua_State *L, int nresults, lua_KContext ctx, lua_KFunction k);

#define lua_yield(L,n)		lua_yieldk(L, (n), 0, NULL)

/* Starts L or goes on with it until it ends or yields *nres values. [-?, +?, -] */
LUA_API int (lua_resume) (lua_State *L, lua_State *from, int narg, int *nres);

LUA_API int (lua_status) (lua_State *L);
LUA_API int (lua_isyieldable) (lua_State *L);


/* ------------------------------------------------------------------------------------ ---------- warnings, memory --- */

LUA_API void (lua_setwarnf) (lua_State *L, lua_WarnFunction f, void *ud);
LUA_API void (lua_warning) (lua_State *L, const char *msg, int tocont);

/* Controls the collector: what is one of LUA_GC..., the arguments depend on it: a size_t for LUA_GCSTEP, two ints for LUA_GCPARAM. */
LUA_API int (lua_gc) (lua_State *L, int what, ...);

LUA_API lua_Alloc (lua_getallocf) (lua_State *L, void **ud);
LUA_API void (lua_setallocf) (lua_State *L, lua_Alloc f, void *ud);


/* ------------------------------------------------------------------------------------------------- debugging --- */

/* Finds the activation at a level, 0 the running one; 0 if there are fewer. */
LUA_API int (lua_getstack) (lua_State *L, int level, lua_Debug *ar);

/* Fills ar as the letters in what say; `>` takes a function from the stack, f and L push. [-0|1, +0|1|2, m] */
LUA_API int (lua_getinfo) (lua_State *L, const char *what, lua_Debug *ar);

/* Names and values of local variables: positive n, or negative for extra arguments. [-0|1, +0|1, -] */
LUA_API const char *(lua_getlocal) (lua_State *L, const lua_Debug *ar, int n);
LUA_API const char *(lua_setlocal) (lua_State *L, const lua_Debug *ar, int n);

/* The same for upvalues; those of C functions have the empty name. [-0|1, +0|1, -] */
LUA_API const char *(lua_getupvalue) (lua_State *L, int funcindex, int n);
LUA_API const char *(lua_setupvalue) (lua_State *L, int funcindex, int n);

/* Tells upvalues apart, and makes one closure use another's. */
LUA_API void *(lua_upvalueid) (lua_State *L, int fidx, int n);
LUA_API void (lua_upvaluejoin) (lua_State *L, int fidx1, int n1, int fidx2, int n2);

/* Safe to call from a signal handler and from another thread. */
LUA_API void (lua_sethook) (lua_State *L, lua_Hook func, int mask, int count);
LUA_API lua_Hook (lua_gethook) (lua_State *L);
LUA_API int (lua_gethookmask) (lua_State *L);
LUA_API int (lua_gethookcount) (lua_State *L);


/* --------------------------------------------------------------------------------------------- compatibility --- */

#define lua_resetthread(L)	lua_closethread(L,NULL)

#endif
