/*
 * Prints what compiled code depends on: sizes, signs, alignments and offsets of everything the headers define. Compiled
 * against our headers and against upstream's; the two outputs are to be the same.
 */
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lua.h"
#include "lualib.h"
#include "lauxlib.h"

#define TYPE(T) printf("%-20s size %zu, alignment %zu\n", #T, sizeof(T), _Alignof(T))
#define SIGN(T) printf("%-20s %s\n", #T, (T)-1 < (T)0 ? "signed" : "unsigned")
#define FIELD(T, f) \
	printf("%-12s.%-16s offset %3zu, size %zu, %s\n", #T, #f, offsetof(T, f), sizeof(((T *)0)->f), NAME(((T *)0)->f))

#define NAME(e) _Generic((e), \
	char: "char", unsigned char: "unsigned char", short: "short", unsigned short: "unsigned short", \
	int: "int", unsigned: "unsigned", long: "long", unsigned long: "unsigned long", \
	long long: "long long", unsigned long long: "unsigned long long", double: "double", \
	char *: "char *", const char *: "const char *", void *: "void *", lua_State *: "lua_State *", \
	lua_CFunction: "lua_CFunction", FILE *: "FILE *", struct CallInfo *: "struct CallInfo *", default: "other")

/* Each function type by a function that has it. */
static int c_function(lua_State *L) { (void)L; return 0; }
static int k_function(lua_State *L, int status, lua_KContext ctx) { (void)L; (void)ctx; return status; }
static const char *reader(lua_State *L, void *ud, size_t *sz) { (void)L; (void)ud; (void)sz; return NULL; }
static int writer(lua_State *L, const void *p, size_t sz, void *ud) { (void)L; (void)p; (void)sz; (void)ud; return 0; }
static void *alloc(void *ud, void *p, size_t osize, size_t nsize) { (void)ud; (void)osize; (void)nsize; return p; }
static void warn(void *ud, const char *msg, int tocont) { (void)ud; (void)msg; (void)tocont; }
static void hook(lua_State *L, lua_Debug *ar) { (void)L; (void)ar; }

/* luaL_addchar names it; the program is linked to no library and its buffer never is full. */
char *(luaL_prepbuffsize)(luaL_Buffer *b, size_t size)
{
	(void)size;
	return b->b;
}

int main(void)
{
	lua_CFunction f = c_function;
	lua_KFunction k = k_function;
	lua_Reader r = reader;
	lua_Writer w = writer;
	lua_Alloc a = alloc;
	lua_WarnFunction wf = warn;
	lua_Hook h = hook;
	luaL_Buffer buffer;
	lua_Integer integer = 0;
	char text[200];

	printf("functions %d\n", f && k && r && w && a && wf && h);

	TYPE(lua_Number);
	TYPE(lua_Integer);
	TYPE(lua_Unsigned);
	TYPE(lua_KContext);
	SIGN(lua_Integer);
	SIGN(lua_Unsigned);
	SIGN(lua_KContext);
	printf("%s %s %s %s\n", NAME((lua_Number)0), NAME((lua_Integer)0), NAME((lua_Unsigned)0), NAME((lua_KContext)0));

	TYPE(lua_Debug);
	FIELD(lua_Debug, event);
	FIELD(lua_Debug, name);
	FIELD(lua_Debug, namewhat);
	FIELD(lua_Debug, what);
	FIELD(lua_Debug, source);
	FIELD(lua_Debug, srclen);
	FIELD(lua_Debug, currentline);
	FIELD(lua_Debug, linedefined);
	FIELD(lua_Debug, lastlinedefined);
	FIELD(lua_Debug, nups);
	FIELD(lua_Debug, nparams);
	FIELD(lua_Debug, isvararg);
#if LUA_VERSION_NUM >= 505
	FIELD(lua_Debug, extraargs);
#endif
	FIELD(lua_Debug, istailcall);
	FIELD(lua_Debug, ftransfer);
	FIELD(lua_Debug, ntransfer);
	FIELD(lua_Debug, short_src);
	FIELD(lua_Debug, i_ci);

	TYPE(luaL_Reg);
	FIELD(luaL_Reg, name);
	FIELD(luaL_Reg, func);

	TYPE(luaL_Stream);
	FIELD(luaL_Stream, f);
	FIELD(luaL_Stream, closef);

	TYPE(luaL_Buffer);
	FIELD(luaL_Buffer, b);
	FIELD(luaL_Buffer, size);
	FIELD(luaL_Buffer, n);
	FIELD(luaL_Buffer, L);
	FIELD(luaL_Buffer, init);
	FIELD(luaL_Buffer, init.b);

	/* Macros with more to them than a name: what they do. */
	memset(&buffer, 0, sizeof buffer);
	buffer.b = text;
	buffer.size = sizeof text;
	luaL_addchar(&buffer, 'x');
	luaL_addsize(&buffer, 3);
	luaL_buffsub(&buffer, 1);
	printf("buffer %zu %c\n", luaL_bufflen(&buffer), *luaL_buffaddr(&buffer));
	printf("extra space %td\n", (char *)lua_getextraspace(text) - (char *)text);
	printf("upvalues %d %d\n", lua_upvalueindex(1), lua_upvalueindex(255));
#if LUA_VERSION_NUM == 504
	printf("fits %d", lua_numbertointeger(-9223372036854775808.0, &integer));
	printf(" %lld\n", (long long)integer);
	printf("fits not %d %d\n", lua_numbertointeger(9223372036854775808.0, &integer), lua_numbertointeger((lua_Number)NAN, &integer));
	lua_number2str(text, sizeof text, 3.14159265358979);
	printf("%s\n", text);
#else
	integer = LUA_REGISTRYINDEX;
	printf("registry %lld %d %d\n", (long long)integer, LUA_RIDX_GLOBALS, LUA_RIDX_MAINTHREAD);
#endif
	printf("wraps %lld\n", (long long)luaL_intop(+, LUA_MAXINTEGER, 1));
	lua_integer2str(text, sizeof text, LUA_MININTEGER);
	printf("%s\n", text);
	lua_number2strx((lua_State *)0, text, sizeof text, "%a", 1.5);
	printf("%s %d\n", text, lua_strx2number("0x10", NULL) == 16.0);
	return 0;
}
