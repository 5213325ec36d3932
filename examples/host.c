/*
 * A small C host: opens a VM, gives it a function, runs a script, calls what the script defined, and catches an error.
 *
 *   cc host.c $(pkg-config --cflags --libs lua5.4) -o host
 */
#include <stdio.h>
#include <stdlib.h>

#include "lua.h"
#include "lualib.h"
#include "lauxlib.h"

static const char script[] =
	"function describe(name, n)\n"
	"  local squares = {}\n"
	"  for i = 1, n do squares[i] = square(i) end\n"
	"  return string.format('%s: %s', name, table.concat(squares, ' ')), #squares\n"
	"end\n"
	"function fail() local config; return config.path end\n";

/* square(x): the argument times itself, an integer if it was one. */
static int square(lua_State *L)
{
	luaL_checknumber(L, 1);
	lua_pushvalue(L, 1);
	lua_arith(L, LUA_OPMUL);
	return 1;
}

/* Adds a stack traceback to an error message. */
static int handler(lua_State *L)
{
	luaL_traceback(L, L, luaL_tolstring(L, 1, NULL), 1);
	return 1;
}

static void check(lua_State *L, int status)
{
	if (status != LUA_OK) {
		fprintf(stderr, "host: %s\n", lua_tostring(L, -1));
		lua_close(L);
		exit(EXIT_FAILURE);
	}
}

int main(void)
{
	lua_State *L = luaL_newstate();
	if (L == NULL) {
		fprintf(stderr, "host: not enough memory\n");
		return EXIT_FAILURE;
	}
	luaL_openlibs(L);
	printf("host: %s, the library is %s\n", LUA_RELEASE, lua_version(L) == LUA_VERSION_NUM ? "of the same version" : "another version");

	lua_register(L, "square", square);
	check(L, luaL_loadbuffer(L, script, sizeof script - 1, "=script"));
	check(L, lua_pcall(L, 0, 0, 0));

	lua_getglobal(L, "describe");
	lua_pushliteral(L, "squares");
	lua_pushinteger(L, 10);
	check(L, lua_pcall(L, 2, 2, 0));
	printf("host: the script says '%s' (%lld values)\n", lua_tostring(L, -2), (long long)lua_tointeger(L, -1));
	lua_pop(L, 2);

	lua_pushcfunction(L, handler);
	lua_getglobal(L, "fail");
	if (lua_pcall(L, 0, 0, 1) != LUA_ERRRUN) {
		fprintf(stderr, "host: an error went unnoticed\n");
		return EXIT_FAILURE;
	}
	printf("host: caught: %s\n", lua_tostring(L, -1));
	lua_pop(L, 2);

	printf("host: the VM holds %d KiB and leaves %d values on the stack\n", lua_gc(L, LUA_GCCOUNT), lua_gettop(L));
	lua_close(L);
	return EXIT_SUCCESS;
}
