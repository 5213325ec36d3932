/*
 * luaconf.h - what the C side has to know about how this Lua was built.
 *
 * The library is compiled code: it has 64-bit integers, doubles, and the limits below. So most of this file states facts,
 * under the names that hosts and modules expect. A host may define these before it includes any of the headers:
 *
 *   LUA_USE_C89         keep to C89 (`long` for integers, no snprintf in the helper macros)
 *   LUA_USE_LINUX       sets LUA_USE_POSIX and LUA_USE_DLOPEN; so do LUA_USE_MACOSX and LUA_USE_IOS
 *   LUA_NOBUILTIN       luai_likely and luai_unlikely give the compiler no hint
 *   LUA_PATH_DEFAULT, LUA_CPATH_DEFAULT, LUA_MULTIARCH, LUA_DIRSEP, lua_getlocaledecpoint: see there
 */
#ifndef luaconf_h
#define luaconf_h

#include <limits.h>
#include <stddef.h>


/* ------------------------------------------------------------------------------------------------ platform --- */

#if defined(LUA_USE_LINUX) || defined(LUA_USE_MACOSX) || defined(LUA_USE_IOS)
#define LUA_USE_POSIX
#define LUA_USE_DLOPEN
#endif

/* How a stand-alone program comes by a line editor: by this name, or linked in. */
#if defined(LUA_USE_LINUX) && !defined(LUA_READLINELIB)
#define LUA_READLINELIB		"libreadline.so"
#endif
#if defined(LUA_USE_MACOSX)
#define LUA_USE_READLINE
#endif

#if defined(LUA_USE_C89) && defined(LUA_USE_POSIX)
#error "C89 has no POSIX: define one of LUA_USE_C89 and LUA_USE_POSIX"
#endif

/* Whether an int has 32 bits or more. */
#define LUAI_IS32INT	((UINT_MAX >> 30) >= 3)


/* ------------------------------------------------------------------------------------------- compatibility --- */

/* The word `global` is a name where it does not begin a declaration. */
#if !defined(LUA_COMPAT_GLOBAL)
#define LUA_COMPAT_GLOBAL	1
#endif

/* Names from 5.1 and what they became. */
#define lua_strlen(L,i)			lua_rawlen(L, (i))
#define lua_objlen(L,i)			lua_rawlen(L, (i))
#define lua_equal(L,i,j)		lua_compare(L,(i),(j),LUA_OPEQ)
#define lua_lessthan(L,i,j)		lua_compare(L,(i),(j),LUA_OPLT)


/* ----------------------------------------------------------------------------------------- types of numbers --- */

/* The values that LUA_INT_TYPE and LUA_FLOAT_TYPE can have. */
#define LUA_INT_INT		1
#define LUA_INT_LONG		2
#define LUA_INT_LONGLONG	3

#define LUA_FLOAT_FLOAT		1
#define LUA_FLOAT_DOUBLE	2
#define LUA_FLOAT_LONGDOUBLE	3

#define LUA_INT_DEFAULT		LUA_INT_LONGLONG
#define LUA_FLOAT_DEFAULT	LUA_FLOAT_DOUBLE

#if defined(LUA_USE_C89)
#define LUA_C89_NUMBERS		1
#define LUA_INT_TYPE		LUA_INT_LONG
#define LUA_FLOAT_TYPE		LUA_FLOAT_DOUBLE
#else
#define LUA_C89_NUMBERS		0
#define LUA_INT_TYPE		LUA_INT_DEFAULT
#define LUA_FLOAT_TYPE		LUA_FLOAT_DEFAULT
#endif


/* Integers. FRMLEN is printf's length modifier, FMT a whole conversion, UACINT the type as an argument to printf. */

#if LUA_INT_TYPE == LUA_INT_LONG

#if (LONG_MAX >> 30) >> 30 < 7
#error "LUA_USE_C89 needs a 64-bit long: the library's integers have 64 bits"
#endif

#define LUA_INTEGER		long
#define LUA_INTEGER_FRMLEN	"l"
#define LUA_MAXINTEGER		LONG_MAX
#define LUA_MININTEGER		LONG_MIN
#define LUA_MAXUNSIGNED		ULONG_MAX

#else

#define LUA_INTEGER		long long
#define LUA_INTEGER_FRMLEN	"ll"

#if defined(LLONG_MAX)
#define LUA_MAXINTEGER		LLONG_MAX
#define LUA_MININTEGER		LLONG_MIN
#define LUA_MAXUNSIGNED		ULLONG_MAX
#elif defined(__LONG_LONG_MAX__)
/* GNU C in C89 mode has the type and hides the names of its limits; a constant with LL would bring a warning. */
#define LUA_MAXUNSIGNED		(~(lua_Unsigned)0)
#define LUA_MAXINTEGER		((lua_Integer)(LUA_MAXUNSIGNED >> 1))
#define LUA_MININTEGER		(-LUA_MAXINTEGER - 1)
#else
#error "this compiler has no long long; if its long has 64 bits, define LUA_USE_C89"
#endif

#endif

#define LUA_INTEGER_FMT		"%" LUA_INTEGER_FRMLEN "d"
#define LUAI_UACINT		LUA_INTEGER
#define LUA_UNSIGNED		unsigned LUAI_UACINT

/* Goes before declarations of integers, so that a pedantic C89 compiler lets GNU C's long long pass. */
#if defined(__GNUC__)
#define LUAI_EXTENSION		__extension__
#else
#define LUAI_EXTENSION
#endif

/* Writes integer `n` to the `sz` bytes at `s`. */
#define lua_integer2str(s,sz,n)  \
	l_sprintf((s), sz, LUA_INTEGER_FMT, (LUAI_UACINT)(n))


/* Floats. l_floatatt(MAX) is a limit from float.h, l_mathop(floor) a function from math.h. */

#define LUA_NUMBER		double
#define LUAI_UACNUMBER		double
#define LUA_NUMBER_FRMLEN	""

/* Digits that every numeral keeps on its way through a float, and digits that every float keeps on its way through a numeral. */
#define LUA_NUMBER_FMT		"%.15g"
#define LUA_NUMBER_FMT_N	"%.17g"

#define l_floatatt(n)		(DBL_##n)

#if defined(LUA_USE_C89) || (defined(HUGE_VAL) && !defined(HUGE_VALF))
#define l_mathop(op)		(lua_Number)op
#define lua_str2number(s,p)	((lua_Number)strtod((s), (p)))
#else
#define l_mathop(op)		op
#define lua_str2number(s,p)	strtod((s), (p))
#endif

#define l_floor(x)		(l_mathop(floor)(x))


/* --------------------------------------------------------------------------------- number and text helpers --- */

/* Prints one item to a buffer; C89 has no bound to give. */
#if defined(LUA_USE_C89)
#define l_sprintf(s,sz,f,i)	((void)(sz), sprintf(s,f,i))
#else
#define l_sprintf(s,sz,f,i)	snprintf(s,sz,f,i)

/* Hexadecimal floats, where the C library knows them. */
#define lua_strx2number(s,p)	lua_str2number(s,p)
#define lua_number2strx(L,b,sz,f,n)  \
	((void)L, l_sprintf(b,sz,f,(LUAI_UACNUMBER)(n)))
#endif

#define lua_pointer2str(buff,sz,p)	l_sprintf(buff,sz,"%p",p)

/* The locale's decimal point; its user includes locale.h. */
#if !defined(lua_getlocaledecpoint)
#define lua_getlocaledecpoint()	(localeconv()->decimal_point[0])
#endif


/* ------------------------------------------------------------------------------------------------- contexts --- */

/* What a continuation is given: an integer that can hold a pointer. */
#if !defined(LUA_USE_C89) && defined(__STDC_VERSION__) && __STDC_VERSION__ >= 199901L
#include <stdint.h>
#endif
#if !defined(LUA_USE_C89) && defined(__STDC_VERSION__) && __STDC_VERSION__ >= 199901L && defined(INTPTR_MAX)
#define LUA_KCONTEXT		intptr_t
#else
#define LUA_KCONTEXT		ptrdiff_t
#endif


/* ---------------------------------------------------------------------------------------------------- paths --- */

#define LUA_PATH_SEP		";"	/* between templates */
#define LUA_PATH_MARK		"?"	/* stands for the module's name */
#define LUA_EXEC_DIR		"!"	/* used on Windows only */
#define LUA_IGMARK		"-"	/* what of a name is left out of luaopen_... */

#if !defined(LUA_DIRSEP)
#define LUA_DIRSEP		"/"
#endif

#define LUA_VDIR		LUA_VERSION_MAJOR "." LUA_VERSION_MINOR

#define LUA_ROOT		"/usr/local/"
#define LUA_LDIR		LUA_ROOT "share/lua/" LUA_VDIR "/"
#define LUA_CDIR		LUA_ROOT "lib/lua/" LUA_VDIR "/"

/* Where a distribution's packages put their modules. */
#define LUA_ROOT2		"/usr/"
#define LUA_LDIR2		LUA_ROOT2 "share/lua/" LUA_VDIR "/"
#define LUA_CDIR2		LUA_ROOT2 "lib/lua/" LUA_VDIR "/"

/* Debian's folder for this processor below /usr/lib. The library looks there if it exists where it was built. */
#if !defined(LUA_MULTIARCH)
#if defined(__linux__) && defined(__x86_64__) && !defined(__ILP32__)
#define LUA_MULTIARCH		"x86_64-linux-gnu"
#elif defined(__linux__) && defined(__aarch64__)
#define LUA_MULTIARCH		"aarch64-linux-gnu"
#elif defined(__linux__) && defined(__riscv) && __riscv_xlen == 64
#define LUA_MULTIARCH		"riscv64-linux-gnu"
#endif
#endif

#if !defined(LUA_PATH_DEFAULT)
#define LUA_PATH_DEFAULT  \
	LUA_LDIR "?.lua;" LUA_LDIR "?/init.lua;" \
	LUA_CDIR "?.lua;" LUA_CDIR "?/init.lua;" \
	LUA_LDIR2 "?.lua;" LUA_LDIR2 "?/init.lua;" \
	"./?.lua;" "./?/init.lua"
#endif

#if !defined(LUA_CPATH_DEFAULT)
#if defined(LUA_MULTIARCH)
#define LUA_CDIR3		LUA_ROOT2 "lib/" LUA_MULTIARCH "/lua/" LUA_VDIR "/"
#define LUA_CPATH_DEFAULT  \
	LUA_CDIR "?.so;" LUA_CDIR3 "?.so;" LUA_CDIR2 "?.so;" LUA_CDIR "loadall.so;" "./?.so"
#else
#define LUA_CPATH_DEFAULT  \
	LUA_CDIR "?.so;" LUA_CDIR2 "?.so;" LUA_CDIR "loadall.so;" "./?.so"
#endif
#endif


/* -------------------------------------------------------------------------------------- marks and functions --- */

/* Before the API's functions, the auxiliary library's, and the functions that open modules. They are C functions in C++ too. */
#if defined(__cplusplus)
#define LUA_API			extern "C"
#else
#define LUA_API			extern
#endif
#define LUALIB_API		LUA_API
#define LUAMOD_API		LUA_API

/* Which way a condition goes most of the time. */
#if !defined(luai_likely)
#if defined(__GNUC__) && !defined(LUA_NOBUILTIN)
#define luai_likely(x)		(__builtin_expect(((x) != 0), 1))
#define luai_unlikely(x)	(__builtin_expect(((x) != 0), 0))
#else
#define luai_likely(x)		(x)
#define luai_unlikely(x)	(x)
#endif
#endif


/* --------------------------------------------------------------------------------------- limits and layouts --- */

/* Bytes before a lua_State that are the host's own: see lua_getextraspace. */
#define LUA_EXTRASPACE		(sizeof(void *))

/* Size of lua_Debug's short_src, with the zero at its end. */
#define LUA_IDSIZE		60

/* Bytes that a luaL_Buffer holds by itself. */
#define LUAL_BUFFERSIZE		((int)(16 * sizeof(void*) * sizeof(lua_Number)))

/* Members that give a union the greatest alignment a buffer can need. */
#if defined(LLONG_MAX)
#define LUAI_MAXALIGN		long double u; void *s; LUAI_EXTENSION long long l
#else
#define LUAI_MAXALIGN		lua_Number n; double u; void *s; lua_Integer i; long l
#endif

#endif
