/* Userdata: blocks, user values, metatables by name, finalizers. */
#include "harness.h"
#include <stdint.h>

TEST(user_values) {
  int i;
  void *block = lua_newuserdatauv(L, 16, 3);
  printf("%d %d\n", block == lua_touserdata(L, 1), (int)lua_rawlen(L, 1));
  memset(block, 'x', 16);
  for (i = 0; i <= 4; i++) {
    printf("%d ", lua_getiuservalue(L, 1, i));
    show(L, -1);
    lua_pop(L, 1);
    lua_pushfstring(L, "value %d", i);
    printf(" %d top %d ", lua_setiuservalue(L, 1, i), lua_gettop(L));
    printf("%d ", lua_getiuservalue(L, 1, i));
    show(L, -1);
    lua_pop(L, 1);
    putchar('\n');
  }
  lua_newuserdatauv(L, 0, 0);
  printf("%d %d\n", lua_getiuservalue(L, -1, 1), lua_gettop(L));
  lua_newuserdata(L, 8);
  lua_newtable(L);
  printf("%d\n", lua_setuservalue(L, -2));
  printf("%d\n", lua_getuservalue(L, -1));
}

TEST(blocks_of_many_sizes_are_aligned_and_keep_their_bytes) {
  static const size_t sizes[] = {0, 1, 7, 8, 16, 24, 100, 1000, 4096, 100000};
  size_t i, k;
  for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
    unsigned char *p = (unsigned char *)lua_newuserdatauv(L, sizes[i], (int)(i % 3));
    memset(p, (int)i + 1, sizes[i]);
    if (((uintptr_t)p & 7) != 0) printf("%d is not aligned\n", (int)sizes[i]);
  }
  lua_gc(L, LUA_GCCOLLECT);
  for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
    unsigned char *p = (unsigned char *)lua_touserdata(L, (int)i + 1);
    int same = 1;
    for (k = 0; k < sizes[i]; k++) same = same && p[k] == i + 1;
    printf("%d %d %d\n", (int)sizes[i], same, (int)lua_rawlen(L, (int)i + 1));
  }
}

TEST(metatables_by_name) {
  printf("%d ", luaL_newmetatable(L, "Point"));
  printf("%d ", luaL_newmetatable(L, "Point"));
  printf("%d\n", lua_rawequal(L, 1, 2));
  lua_getfield(L, 1, "__name");
  show_stack(L, "name");
  lua_settop(L, 0);
  printf("%d ", luaL_getmetatable(L, "Point"));
  printf("%d\n", luaL_getmetatable(L, "Nothing"));
  lua_settop(L, 0);
  lua_newuserdatauv(L, 4, 0);
  printf("%d ", luaL_testudata(L, 1, "Point") != NULL);
  luaL_setmetatable(L, "Point");
  printf("%d %d %d\n", luaL_testudata(L, 1, "Point") != NULL, luaL_testudata(L, 1, "Other") != NULL, luaL_checkudata(L, 1, "Point") == lua_touserdata(L, 1));
  lua_pushlightuserdata(L, L);
  lua_pushnil(L);
  printf("%d %d\n", luaL_testudata(L, 2, "Point") != NULL, luaL_testudata(L, 3, "Point") != NULL);
}

static int wants_point (lua_State *L) {
  luaL_checkudata(L, 1, "Point");
  return 0;
}

TEST(checkudata_names_both_types) {
  luaL_newmetatable(L, "Point");
  luaL_newmetatable(L, "Circle");
  lua_settop(L, 0);
  attempt(L, "nothing", wants_point, 0);
  lua_pushinteger(L, 1); attempt(L, "integer", wants_point, 1);
  lua_pushlightuserdata(L, L); attempt(L, "light userdata", wants_point, 1);
  lua_newuserdatauv(L, 1, 0); attempt(L, "plain userdata", wants_point, 1);
  lua_newuserdatauv(L, 1, 0); luaL_setmetatable(L, "Circle"); attempt(L, "circle", wants_point, 1);
  lua_newuserdatauv(L, 1, 0); luaL_setmetatable(L, "Point"); attempt(L, "point", wants_point, 1);
  lua_newtable(L); luaL_setmetatable(L, "Point"); attempt(L, "table with the metatable", wants_point, 1);
}

static int collected (lua_State *L) {
  printf("collected %s\n", (const char *)lua_touserdata(L, 1));
  return 0;
}

static void make (lua_State *L, const char *name) {
  strcpy((char *)lua_newuserdatauv(L, 32, 0), name);
  if (luaL_newmetatable(L, "Collected")) {
    lua_pushcfunction(L, collected);
    lua_setfield(L, -2, "__gc");
  }
  lua_setmetatable(L, -2);
}

TEST(finalizers_in_c_run_in_reverse_order) {
  make(L, "first");
  make(L, "second");
  make(L, "third");
  lua_remove(L, 2);
  lua_gc(L, LUA_GCCOLLECT);
  printf("second is gone\n");
  lua_settop(L, 0);
  lua_gc(L, LUA_GCCOLLECT);
  printf("all are gone\n");
  make(L, "at close 1");
  make(L, "at close 2");
}

static int index_userdata (lua_State *L) {
  lua_pushfstring(L, "field %s of %s", luaL_tolstring(L, 2, NULL), luaL_typename(L, 1));
  return 1;
}

TEST(userdata_behave_by_their_metatables_in_lua) {
  luaL_newmetatable(L, "Object");
  lua_pushcfunction(L, index_userdata);
  lua_setfield(L, -2, "__index");
  lua_newuserdatauv(L, 4, 1);
  luaL_setmetatable(L, "Object");
  lua_setglobal(L, "o");
  script(L, "return o.x, o[1], o == o, type(o)");
  script(L, "o.x = 1");
  script(L, "return o + 1");
  script(L, "return #o");
  script(L, "return o < o");
  script(L, "o()");
  script(L, "return debug.setuservalue(o, 'kept', 1) == o, debug.getuservalue(o, 1)");
  script(L, "return debug.setuservalue(o, 'kept', 2), debug.getuservalue(o, 2)");
}

TEST(light_userdata_share_one_metatable) {
  lua_pushlightuserdata(L, (void *)1);
  lua_newtable(L);
  lua_pushcfunction(L, index_userdata);
  lua_setfield(L, -2, "__index");
  lua_setmetatable(L, 1);
  lua_pushlightuserdata(L, (void *)2);
  lua_getfield(L, -1, "any");
  show(L, -1);
  printf(" %d\n", lua_rawequal(L, 1, 2));
  lua_pushlightuserdata(L, (void *)1);
  printf("%d\n", lua_rawequal(L, 1, -1));
  lua_newtable(L);
  lua_pushlightuserdata(L, (void *)1); lua_pushinteger(L, 11); lua_settable(L, -3);
  lua_pushlightuserdata(L, (void *)1); lua_gettable(L, -2);
  show(L, -1);
  putchar('\n');
}

/* Metamethods that are C functions: what they do is in their first upvalue. */
static int continued (lua_State *L, int status, lua_KContext context) {
  lua_pushfstring(L, "continued %d %d with %d", status, (int)context, lua_gettop(L));
  return 1;
}

static void print_event (lua_State *L, lua_Debug *ar) {
  lua_getinfo(L, "nSl", ar);
  printf(" <%d %s %d>", ar->event, ar->what, ar->currentline);
}

static int metamethod (lua_State *L) {
  const char *kind = lua_tostring(L, lua_upvalueindex(1));
  lua_Debug ar;
  switch (kind[0]) {
    case 'v': lua_pushinteger(L, lua_gettop(L)); return 1;
    case 'm': lua_pushinteger(L, 1); lua_pushnil(L); return 2;
    case 'n': return 0;
    case 'f': lua_pushboolean(L, 0); return 1;
    case 'e': return luaL_error(L, "error with %d", lua_gettop(L));
    case 'y': return lua_yield(L, lua_gettop(L) > 1 ? 1 : 0);
    case 'k': return lua_yieldk(L, 0, 7, continued);
    case 'c': lua_getglobal(L, "called_back"); lua_call(L, 0, 1); return 1;
    case 'h': lua_sethook(L, print_event, LUA_MASKCOUNT, 1); lua_pushboolean(L, 1); return 1;
    case 'l': lua_sethook(L, print_event, LUA_MASKLINE | LUA_MASKRET, 0); return 0;
    default:
      lua_getstack(L, 0, &ar);
      lua_getinfo(L, "nSt", &ar);
      printf(" [%s %s %d]", ar.name ? ar.name : "?", ar.namewhat, ar.istailcall);
      lua_getstack(L, 1, &ar);
      lua_getinfo(L, "l", &ar);
      printf(" [line %d]", ar.currentline);
      lua_gc(L, LUA_GCCOLLECT);
      lua_pushliteral(L, "described");
      return 1;
  }
}

TEST(c_functions_as_metamethods) {
  static const char *const uses[][2] = {
    {"__index", "local a, b = ...\n return a.field, a[b], a[1]"}, {"__newindex", "local a, b = ...\n a.field = 1\n a[b] = 2 a[1] = 3 return 'set'"},
    {"__add", "local a, b = ...\n return a + b, 1 + a, a + 1.5"}, {"__band", "local a, b = ...\n return a & b, a & 1"}, {"__unm", "return -..."},
    {"__len", "return #..."}, {"__concat", "local a, b = ...\n return a .. b, 'x' .. a, 'x' .. 'y' .. a .. 'z'"}, {"__eq", "local a, b = ...\n if a == b then return 'equal' end\n return a ~= b"},
    {"__lt", "local a, b = ...\n if a < b then return 'less' end\n return a > b, a < 1"}, {"__le", "local a, b = ...\n return a <= b, not (a >= b)"},
    {"__call", "local a, b = ...\n return a(b), (a(1, 2, 3)), a()"}, {"__close", "local a, b = ...\n do local x <close>, y <close> = a, nil end\n local z <close> = b return 'closed'"}};
  static const char *const kinds[] = {"value", "many", "nothing", "false", "error", "yield", "k", "callback", "hook", "lines", "describe"};
  size_t u, k, v;
  luaL_dostring(L, "function called_back() return coroutine.isyieldable() and 'yieldable' or 'called' end");
  for (u = 0; u < sizeof(uses) / sizeof(uses[0]); u++)
    for (k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++)
      for (v = 0; v < 2; v++) {
        int status, steps = 0, results;
        lua_State *co;
        lua_settop(L, 0);
        printf("%s %s %s:", uses[u][0], kinds[k], v == 0 ? "userdata" : "table");
        lua_newtable(L);
        lua_pushstring(L, kinds[k]);
        lua_pushcclosure(L, metamethod, 1);
        lua_setfield(L, 1, uses[u][0]);
        co = lua_newthread(L);
        load_text(co, uses[u][1], "=use");
        for (results = 0; results < 2; results++) {
          if (v == 0) lua_newuserdatauv(co, 8, 0); else lua_newtable(co);
          lua_pushvalue(L, 1);
          lua_xmove(L, co, 1);
          lua_setmetatable(co, -2);
        }
        results = 2;
        while ((status = lua_resume(co, L, results, &results)) == LUA_YIELD && ++steps < 20) {
          printf(" yields %d", results);
          lua_pop(co, results);
          lua_pushinteger(co, steps);
          results = 1;
        }
        lua_sethook(co, NULL, 0, 0);
        printf(" %s", status_name(status));
        if (status == LUA_OK || status > LUA_YIELD)
          for (steps = -(status == LUA_OK ? results : 1); steps < 0; steps++) { putchar(' '); show(co, steps); }
        putchar('\n');
      }
}
