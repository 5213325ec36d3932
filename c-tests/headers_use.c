/*
 * Uses every header, twice, in every way a host does: compiled only, as each C standard and as C++, with all warnings as errors.
 * Each kind of macro is expanded at least once, so that what is in the macro is checked too.
 */
#if defined(__cplusplus)
#include "lua.hpp"
#include "lua.hpp"
#endif
#include "lualib.h"
#include "lauxlib.h"
#include "lua.h"
#include "luaconf.h"
#include "luaconf.h"
#include "lua.h"
#include "lualib.h"
#include "lauxlib.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

LUALIB_API int host_function(lua_State *L);
LUAMOD_API int luaopen_host(lua_State *L);
#if LUA_VERSION_NUM == 504
LUAI_FUNC int host_shared(void);
LUAI_DDEC(const int host_constant);
#endif

static const luaL_Reg functions[] = {
	{"f", host_function},
	{"placeholder", NULL},
	{NULL, NULL}
};

static int go_on(lua_State *L, int status, lua_KContext ctx)
{
	return status == LUA_YIELD && ctx == 0 ? lua_gettop(L) : LUA_OK;
}

static int numbers(lua_State *L)
{
	lua_Integer i = luaL_optinteger(L, 1, LUA_MININTEGER);
	lua_Unsigned u = (lua_Unsigned)i;
	lua_Number n = luaL_checknumber(L, 2);
	char text[100];
	if (i > LUA_MAXINTEGER / 2 || u > LUA_MAXUNSIGNED / 2)
		i = luaL_intop(*, i, 3);
#if LUA_VERSION_NUM == 504
	if (!lua_numbertointeger(l_floor(n), &i))
		i = luaL_checkint(L, 3) + luaL_optint(L, 4, 1) + (lua_Integer)luaL_checklong(L, 5) + luaL_optlong(L, 6, 2);
	u = luaL_checkunsigned(L, 1) + luaL_optunsigned(L, 2, 3) + lua_tounsigned(L, 4);
	lua_pushunsigned(L, u);
#else
	sprintf(text, LUA_NUMBER_FMT LUA_NUMBER_FMT_N, l_floor(n), n);
	if (lua_numbertocstring(L, 2, text) > LUA_N2SBUFFSZ)
		return LUA_GCPN;
#endif
	lua_pushinteger(L, i);
	lua_pushnumber(L, lua_str2number("1e10", NULL));
	sprintf(text, "%c", 'x');
	return lua_isinteger(L, -1) + lua_isnumber(L, 1) + (int)strlen(text);
}

static void stack(lua_State *L)
{
	lua_pushvalue(L, lua_upvalueindex(1));
	lua_insert(L, 1);
	lua_remove(L, 1);
	lua_replace(L, 1);
	lua_pop(L, 1);
	lua_newtable(L);
	lua_register(L, "name", host_function);
	lua_pushliteral(L, "literal");
	lua_pushglobaltable(L);
	luaL_pushfail(L);
	(void)(lua_isfunction(L, 1) || lua_istable(L, 1) || lua_islightuserdata(L, 1) || lua_isnil(L, 1)
	    || lua_isboolean(L, 1) || lua_isthread(L, 1) || lua_isnone(L, 1) || lua_isnoneornil(L, 1));
	(void)(lua_tonumber(L, 1) < 0 || lua_tointeger(L, 1) < 0 || lua_tostring(L, 1) == NULL);
	(void)(lua_strlen(L, 1) + lua_objlen(L, 1) > 0 && (lua_equal(L, 1, 2) || lua_lessthan(L, 1, 2)));
	*(char *)lua_getextraspace(L) = 0;
	lua_newuserdata(L, 1);
	(void)lua_getuservalue(L, 1);
	(void)lua_setuservalue(L, 1);
}

static int auxiliary(lua_State *L)
{
	luaL_Buffer b;
	const char *s = luaL_checkstring(L, 1);
	luaL_argcheck(L, s != NULL, 1, "a string");
	luaL_argexpected(L, s != NULL, 1, luaL_typename(L, 1));
	s = luaL_optstring(L, 2, "default");
	luaL_buffinit(L, &b);
	(void)luaL_prepbuffer(&b);
	luaL_addchar(&b, *s);
	luaL_addsize(&b, 0);
	luaL_buffsub(&b, 0);
	if (luaL_bufflen(&b) > 0 && luaL_buffaddr(&b) == NULL)
		return 0;
	luaL_pushresult(&b);
	luaL_getmetatable(L, LUA_FILEHANDLE);
#if LUA_VERSION_NUM == 504
	lua_writestring(s, strlen(s));
	lua_writeline();
	lua_writestringerror("%s", s);
	lua_assert(s != NULL);
#else
	luaL_openselectedlibs(L, LUA_GLIBK | LUA_LOADLIBK | LUA_COLIBK | LUA_DBLIBK | LUA_IOLIBK,
	    LUA_MATHLIBK | LUA_OSLIBK | LUA_STRLIBK | LUA_TABLIBK | LUA_UTF8LIBK);
	lua_pushexternalstring(L, s, strlen(s), luaL_alloc, NULL);
	lua_close(lua_newstate(luaL_alloc, NULL, luaL_makeseed(NULL)));
	lua_resetthread(L);
#endif
	luaL_openlibs(L);
	return luaL_opt(L, (int)luaL_checkinteger, 1, 0);
}

int host_function(lua_State *L)
{
	lua_Debug ar;
	memset(&ar, 0, sizeof ar);
	if (lua_getstack(L, 0, &ar) && lua_getinfo(L, "nSltur", &ar))
		lua_pushfstring(L, "%s:%d" LUA_PATH_SEP LUA_PATH_MARK LUA_EXEC_DIR LUA_IGMARK LUA_DIRSEP, ar.short_src, ar.currentline);
	if (luai_unlikely(lua_gc(L, LUA_GCGEN, 0, 0) == LUA_GCINC) || luai_likely(lua_status(L) == LUA_OK))
		lua_call(L, 0, LUA_MULTRET);
	if (lua_pcall(L, 0, 0, 0) != LUA_OK || lua_pcallk(L, 0, 0, 0, 0, go_on) != LUA_OK)
		return lua_error(L);
	if (luaL_dostring(L, "return") || luaL_dofile(L, NULL) || luaL_loadfile(L, "x") || luaL_loadbuffer(L, "", 0, "=x"))
		return luaL_error(L, "%s", LUA_PATH_DEFAULT LUA_CPATH_DEFAULT);
	stack(L);
	return numbers(L) + auxiliary(L) + lua_yield(L, 0);
}

int luaopen_host(lua_State *L)
{
	luaL_newlib(L, functions);
	lua_pushstring(L, lua_ident);
	lua_pushstring(L, LUA_COPYRIGHT LUA_AUTHORS LUA_VERSUFFIX LUA_SIGNATURE);
	return 2;
}
