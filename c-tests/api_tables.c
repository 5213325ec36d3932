/* Tables: reading, writing, walking, with and without metamethods. */
#include "harness.h"

TEST(get_functions_return_the_type) {
  lua_newtable(L);
  lua_pushinteger(L, 5); lua_setfield(L, 1, "five");
  lua_pushstring(L, "s"); lua_seti(L, 1, 1);
  lua_pushboolean(L, 1); lua_rawseti(L, 1, 2);
  lua_pushliteral(L, "key"); lua_pushnumber(L, 2.5); lua_settable(L, 1);
  lua_pushliteral(L, "raw"); lua_newtable(L); lua_rawset(L, 1);
  lua_pushcfunction(L, luaopen_base); lua_rawsetp(L, 1, (void *)L);
  printf("%d ", lua_getfield(L, 1, "five"));
  printf("%d ", lua_geti(L, 1, 1));
  printf("%d ", lua_rawgeti(L, 1, 2));
  lua_pushliteral(L, "key");
  printf("%d ", lua_gettable(L, 1));
  lua_pushliteral(L, "raw");
  printf("%d ", lua_rawget(L, 1));
  printf("%d ", lua_rawgetp(L, 1, (void *)L));
  printf("%d ", lua_getfield(L, 1, "none"));
  printf("%d\n", lua_rawgetp(L, 1, NULL));
  show_stack(L, "all");
}

TEST(globals) {
  lua_pushinteger(L, 99);
  lua_setglobal(L, "made_in_c");
  printf("%d ", lua_getglobal(L, "made_in_c"));
  printf("%d ", lua_getglobal(L, "not_there"));
  printf("%d\n", lua_getglobal(L, "print"));
  show_stack(L, "globals");
  script(L, "return made_in_c");
  lua_register(L, "registered", luaopen_math);
  script(L, "return type(registered().pi)");
}

TEST(next_walks_whole_tables) {
  int n = 0;
  lua_Integer sum = 0;
  lua_createtable(L, 5, 5);
  for (n = 1; n <= 5; n++) {
    lua_pushinteger(L, n);
    lua_rawseti(L, 1, n);
    lua_pushfstring(L, "k%d", n);
    lua_pushinteger(L, n * 10);
    lua_rawset(L, 1);
  }
  n = 0;
  lua_pushnil(L);
  while (lua_next(L, 1)) {
    n++;
    sum += lua_tointeger(L, -1);
    lua_pop(L, 1);
  }
  printf("%d %lld top %d\n", n, (long long)sum, lua_gettop(L));
  lua_newtable(L);
  lua_pushnil(L);
  printf("%d %d\n", lua_next(L, -2), lua_gettop(L));
}

static int next_of_wrong_key (lua_State *L) {
  lua_newtable(L);
  lua_pushliteral(L, "missing");
  return lua_next(L, 1) ? 2 : 0;
}

TEST(next_refuses_keys_that_are_not_there) {
  attempt(L, "next", next_of_wrong_key, 0);
}

static int get_field (lua_State *L) { lua_getfield(L, 1, "x"); return 1; }
static int set_field (lua_State *L) { lua_pushinteger(L, 1); lua_setfield(L, 1, "x"); return 0; }
static int get_i (lua_State *L) { lua_geti(L, 1, 3); return 1; }
static int set_i (lua_State *L) { lua_pushinteger(L, 1); lua_seti(L, 1, 3); return 0; }
static int get_table (lua_State *L) { lua_pushboolean(L, 1); lua_gettable(L, 1); return 1; }
static int set_table (lua_State *L) { lua_pushboolean(L, 1); lua_pushinteger(L, 1); lua_settable(L, 1); return 0; }
static int set_nil_key (lua_State *L) { lua_pushnil(L); lua_pushinteger(L, 1); lua_settable(L, 1); return 0; }
static int set_nan_key (lua_State *L) { lua_pushnumber(L, 0.0); lua_pushnumber(L, 0.0); lua_arith(L, LUA_OPDIV); lua_pushinteger(L, 1); lua_rawset(L, 1); return 0; }
static int get_global (lua_State *L) { lua_getglobal(L, "some_global"); return 1; }
static int set_global (lua_State *L) { lua_pushinteger(L, 1); lua_setglobal(L, "some_global"); return 0; }

TEST(access_to_values_that_are_not_tables_raises) {
  static const struct { const char *name; lua_CFunction f; } all[] = {{"getfield", get_field}, {"setfield", set_field}, {"geti", get_i},
    {"seti", set_i}, {"gettable", get_table}, {"settable", set_table}};
  size_t i;
  for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
    lua_pushnil(L); attempt(L, all[i].name, all[i].f, 1);
    lua_pushinteger(L, 5); attempt(L, all[i].name, all[i].f, 1);
    lua_pushliteral(L, "string"); attempt(L, all[i].name, all[i].f, 1);
    lua_pushcfunction(L, get_i); attempt(L, all[i].name, all[i].f, 1);
  }
  lua_newtable(L); attempt(L, "nil key", set_nil_key, 1);
  lua_newtable(L); attempt(L, "nan key", set_nan_key, 1);
}

TEST(access_uses_metamethods) {
  static const struct { const char *name; lua_CFunction f; } all[] = {{"getfield", get_field}, {"setfield", set_field}, {"geti", get_i},
    {"seti", set_i}, {"gettable", get_table}, {"settable", set_table}};
  size_t i;
  script(L, "log = {} T = setmetatable({}, {__index = function (t, k) log[#log + 1] = 'get ' .. tostring(k) return k end,"
            "__newindex = function (t, k, v) log[#log + 1] = 'set ' .. tostring(k) end})");
  for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
    lua_getglobal(L, "T");
    attempt(L, all[i].name, all[i].f, 1);
  }
  script(L, "return table.concat(log, ', ')");
  script(L, "setmetatable(_G, {__index = function (t, k) return 'global ' .. k end, __newindex = function (t, k, v) rawset(t, k, 'set') end})");
  attempt(L, "get global", get_global, 0);
  attempt(L, "set global", set_global, 0);
  attempt(L, "get global", get_global, 0);
}

TEST(raw_access_skips_metamethods) {
  script(L, "T = setmetatable({}, {__index = function () error('index') end, __newindex = function () error('newindex') end, __len = function () error('len') end})");
  lua_getglobal(L, "T");
  lua_pushinteger(L, 1); lua_rawseti(L, 1, 1);
  lua_pushinteger(L, 2); lua_rawsetp(L, 1, (void *)"p");
  lua_pushinteger(L, 5); lua_pushinteger(L, 3); lua_rawset(L, 1);
  printf("%d %d %d\n", lua_rawgeti(L, 1, 1), lua_rawgeti(L, 1, 9), (int)lua_rawlen(L, 1));
  show_stack(L, "raw");
}

TEST(metatables_get_and_set) {
  lua_newtable(L);
  printf("%d top %d\n", lua_getmetatable(L, 1), lua_gettop(L));
  lua_newtable(L);
  lua_pushvalue(L, 2);
  lua_setmetatable(L, 1);
  printf("%d ", lua_getmetatable(L, 1));
  printf("%d\n", lua_rawequal(L, -1, 2));
  lua_pushnil(L);
  printf("%d ", lua_setmetatable(L, 1));
  printf("%d\n", lua_getmetatable(L, 1));
  lua_settop(L, 0);
  lua_pushinteger(L, 5);
  lua_newtable(L);
  lua_pushcfunction(L, get_field);
  lua_setfield(L, 2, "__call");
  lua_setmetatable(L, 1);
  lua_pushliteral(L, "x");
  printf("%d %d\n", lua_getmetatable(L, 1), lua_getmetatable(L, 2));
  lua_settop(L, 1);
  lua_pushnil(L);
  lua_setmetatable(L, 1);
}

TEST(sequences_grow_from_c) {
  int i;
  lua_createtable(L, 4, 0);
  for (i = 1; i <= 1000; i++) {
    lua_pushinteger(L, i * 2);
    lua_rawseti(L, 1, i);
  }
  printf("%d\n", (int)lua_rawlen(L, 1));
  for (i = 1000; i > 500; i--) {
    lua_pushnil(L);
    lua_seti(L, 1, i);
  }
  printf("%d %lld\n", (int)lua_rawlen(L, 1), (long long)luaL_len(L, 1));
  lua_createtable(L, 0, 100);
  for (i = 0; i < 500; i++) {
    lua_pushfstring(L, "key %d", i);
    lua_pushinteger(L, i);
    lua_settable(L, 2);
  }
  lua_getfield(L, 2, "key 499");
  lua_getfield(L, 2, "key 500");
  show(L, -2);
  show(L, -1);
  putchar('\n');
}

TEST(subtables_are_made_once) {
  lua_newtable(L);
  printf("%d ", luaL_getsubtable(L, 1, "sub"));
  printf("%d ", luaL_getsubtable(L, 1, "sub"));
  printf("%d\n", lua_rawequal(L, -1, -2));
  lua_pushinteger(L, 1);
  lua_setfield(L, 1, "number");
  printf("%d\n", luaL_getsubtable(L, 1, "number"));
  show_stack(L, "now");
}

/* How many functions and other fields each library has, and whether they are as they were. */
static void show_libraries(lua_State *A) {
  if (luaL_dostring(A,
      "local out = {}\n"
      "for _, name in ipairs{'string', 'math', 'table', 'os', 'io', 'debug', 'coroutine', 'utf8'} do\n"
      "  local n, functions = 0, 0\n"
      "  for k, v in pairs(_G[name]) do\n"
      "    n = n + 1\n"
      "    if type(v) == 'function' then functions = functions + 1 end\n"
      "  end\n"
      "  out[#out + 1] = name .. ' ' .. n .. ' ' .. functions\n"
      "end\n"
      "return table.concat(out, ', ') .. ('x'):rep(2) .. string.format('%.3f', math.pi) .. tostring(math.added) .. tostring(io.stdout.added)"))
    printf("error: ");
  printf("%s\n", lua_tostring(A, -1));
  lua_settop(A, 0);
}

TEST(what_a_state_does_to_its_libraries_is_seen_by_no_other) {
  lua_State *A, *B;
  /* The process may have seen many states, or only this one. */
  A = luaL_newstate(); luaL_openlibs(A);
  B = luaL_newstate(); luaL_openlibs(B);
  show_libraries(A); show_libraries(B);
  luaL_dostring(A, "math.pi = 3; string.rep = 1; string.added = 1; rawset(table, 'pack', nil); os.time, os.date = os.date, os.time\n"
                   "io.stdout.__name = nil; getmetatable(io.stdout).__index.added = 5; setmetatable(debug, {__newindex = string})\n"
                   "debug.fresh = 7; coroutine[1] = 2; coroutine[2.5] = 3; local t = string; for k in next, t do t[k] = nil end");
  lua_settop(A, 0);
  lua_getglobal(A, "math");
  lua_pushinteger(A, 4); lua_setfield(A, -2, "huge");
  lua_pushinteger(A, 4); lua_setfield(A, -2, "added");
  lua_pushliteral(A, "sin"); lua_pushnil(A); lua_settable(A, -3);
  lua_pushliteral(A, "cos"); lua_pushnil(A); lua_rawset(A, -3);
  lua_pushliteral(A, "in C"); lua_rawseti(A, -2, 1);
  lua_pushliteral(A, "also in C"); lua_rawsetp(A, -2, (void *)A);
  lua_gc(A, LUA_GCCOLLECT);
  luaL_dostring(A, "return math.pi, math.huge, math.added, math.sin, math.cos, math[1], table.pack, type(os.time()), next(string) and true, fresh, io.stdout.added");
  show_stack(A, "changed");
  show_libraries(B);
  lua_close(A);
  A = luaL_newstate(); luaL_openlibs(A);
  show_libraries(A); show_libraries(B);
  luaL_dostring(B, "local t = {} for k in pairs(math) do if t[k] then return 'twice' end t[k] = true end return next(math, 'pi') ~= 'pi'");
  show_stack(B, "walked");
  lua_close(A);
  lua_close(B);
}
