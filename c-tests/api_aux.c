/* The auxiliary library. */
#include "harness.h"
#include <errno.h>

static const char *const options[] = {"first", "second", "third", NULL};

static int check_integer (lua_State *L) { lua_pushinteger(L, luaL_checkinteger(L, 1)); return 1; }
static int opt_integer (lua_State *L) { lua_pushinteger(L, luaL_optinteger(L, 1, -7)); return 1; }
static int check_number (lua_State *L) { lua_pushnumber(L, luaL_checknumber(L, 1)); return 1; }
static int opt_number (lua_State *L) { lua_pushnumber(L, luaL_optnumber(L, 1, -7.5)); return 1; }
static int check_string (lua_State *L) { size_t n; luaL_checklstring(L, 1, &n); lua_pushinteger(L, (lua_Integer)n); lua_pushstring(L, luaL_checkstring(L, 1)); return 2; }
static int opt_string (lua_State *L) { size_t n; const char *s = luaL_optlstring(L, 1, "default", &n); lua_pushlstring(L, s, n); lua_pushstring(L, luaL_optstring(L, 1, NULL)); return 2; }
static int check_option (lua_State *L) { lua_pushinteger(L, luaL_checkoption(L, 1, NULL, options)); return 1; }
static int check_option_default (lua_State *L) { lua_pushinteger(L, luaL_checkoption(L, 1, "second", options)); return 1; }
static int check_type (lua_State *L) { luaL_checktype(L, 1, LUA_TTABLE); return 0; }
static int check_any (lua_State *L) { luaL_checkany(L, 1); return 0; }
static int type_error (lua_State *L) { return luaL_typeerror(L, 1, "something else"); }
static int arg_check (lua_State *L) { luaL_argcheck(L, lua_toboolean(L, 1), 1, "must be true"); return 0; }
static int arg_expected (lua_State *L) { luaL_argexpected(L, lua_toboolean(L, 1), 1, "truth"); return 0; }

static const luaL_Reg checks[] = {
  {"integer", check_integer}, {"optinteger", opt_integer}, {"number", check_number}, {"optnumber", opt_number},
  {"string", check_string}, {"optstring", opt_string}, {"option", check_option}, {"optiondefault", check_option_default},
  {"type", check_type}, {"any", check_any}, {"typeerror", type_error}, {"argcheck", arg_check}, {"argexpected", arg_expected}, {NULL, NULL}};

TEST(argument_checks) {
  static const char *const values[] = {"", "nil", "true", "12", "12.0", "1.5", "'7'", "'0x10'", "'x'", "'second'", "{}", "print", "2^70", "io.stdout",
    "setmetatable({}, {__name = 'Named'})", "coroutine.create(print)"};
  const luaL_Reg *check;
  size_t i;
  for (check = checks; check->name; check++) {
    for (i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
      lua_pushfstring(L, "return %s", values[i]);
      luaL_dostring(L, lua_tostring(L, -1));
      printf("%s ", check->name);
      attempt(L, values[i], check->func, i == 0 ? 0 : 1);
      lua_settop(L, 0);
    }
  }
  lua_pushlightuserdata(L, L);
  attempt(L, "light userdata", type_error, 1);
}

TEST(functions_in_tables) {
  lua_newtable(L);
  luaL_setfuncs(L, checks, 0);
  lua_getfield(L, 1, "integer");
  lua_getfield(L, 1, "none");
  show_stack(L, "without upvalues");
  lua_settop(L, 0);
  luaL_newlib(L, checks);
  lua_getfield(L, 1, "any");
  show_stack(L, "newlib");
  lua_settop(L, 0);
  {
    static const luaL_Reg with_placeholder[] = {{"real", check_any}, {"placeholder", NULL}, {NULL, NULL}};
    luaL_newlibtable(L, with_placeholder);
    lua_pushliteral(L, "shared");
    lua_pushinteger(L, 2);
    luaL_setfuncs(L, with_placeholder, 2);
    lua_getfield(L, 1, "real");
    printf("%s ", lua_getupvalue(L, 2, 1)); show(L, -1); lua_pop(L, 1);
    printf(" %s ", lua_getupvalue(L, 2, 2)); show(L, -1); lua_pop(L, 1);
    lua_getfield(L, 1, "placeholder");
    show_stack(L, " with upvalues");
  }
}

TEST(buffers_that_stay_small) {
  luaL_Buffer b;
  luaL_buffinit(L, &b);
  luaL_addchar(&b, 'a');
  luaL_addstring(&b, "bc");
  luaL_addlstring(&b, "d\0e", 3);
  lua_pushinteger(L, 42);
  luaL_addvalue(&b);
  luaL_pushresult(&b);
  show_stack(L, "small");
  luaL_buffinit(L, &b);
  luaL_pushresult(&b);
  show_stack(L, "empty");
  luaL_buffinit(L, &b);
  luaL_addlstring(&b, "", 0);
  luaL_addstring(&b, "");
  luaL_addstring(&b, "abcdef");
  luaL_buffsub(&b, 2);
  printf("%d %.4s\n", (int)luaL_bufflen(&b), luaL_buffaddr(&b));
  luaL_pushresult(&b);
  show_stack(L, "shortened");
}

TEST(buffers_that_grow_out_of_their_first_space) {
  luaL_Buffer b;
  int i;
  size_t size;
  luaL_buffinit(L, &b);
  for (i = 0; i < 100000; i++) luaL_addchar(&b, (char)('a' + i % 26));
  luaL_pushresult(&b);
  printf("%d %c %c top %d\n", (int)lua_rawlen(L, -1), lua_tostring(L, -1)[0], lua_tostring(L, -1)[99999], lua_gettop(L));
  lua_settop(L, 0);
  for (size = 1; size < 200000; size = size * 3 + 1) {
    char *p = luaL_buffinitsize(L, &b, size);
    memset(p, 'z', size);
    luaL_addsize(&b, size);
    luaL_addstring(&b, "end");
    luaL_pushresult(&b);
    printf("%d ", (int)lua_rawlen(L, -1));
    p = luaL_buffinitsize(L, &b, size);
    memset(p, 'y', size);
    luaL_pushresultsize(&b, size);
    printf("%d top %d\n", (int)lua_rawlen(L, -1), lua_gettop(L));
    lua_settop(L, 0);
  }
  luaL_buffinit(L, &b);
  for (i = 0; i < 20; i++) {
    char *p = luaL_prepbuffsize(&b, 1000 * (size_t)i);
    memset(p, '0' + i, 1000 * (size_t)i);
    luaL_addsize(&b, 500 * (size_t)i);
    p = luaL_prepbuffer(&b);
    memcpy(p, "|", 1);
    luaL_addsize(&b, 1);
  }
  luaL_pushresult(&b);
  printf("%d top %d\n", (int)lua_rawlen(L, -1), lua_gettop(L));
}

TEST(buffers_take_values_from_the_stack_while_boxed) {
  luaL_Buffer b;
  int i;
  luaL_buffinit(L, &b);
  for (i = 0; i < 500; i++) {
    lua_pushfstring(L, "value number %d;", i);
    luaL_addvalue(&b);
    lua_pushnumber(L, i + 0.5);
    luaL_addvalue(&b);
  }
  luaL_addgsub(&b, "one two one", "one", "1");
  luaL_pushresult(&b);
  printf("%d %s top %d\n", (int)lua_rawlen(L, -1), lua_tostring(L, -1) + lua_rawlen(L, -1) - 40, lua_gettop(L));
}

TEST(two_buffers_in_turn) {
  luaL_Buffer a, b;
  luaL_buffinit(L, &a);
  luaL_addstring(&a, "outer ");
  luaL_buffinit(L, &b);
  luaL_addstring(&b, "inner");
  luaL_pushresult(&b);
  luaL_addvalue(&a);
  luaL_pushresult(&a);
  show_stack(L, "nested");
}

static int overflowing_buffer (lua_State *L) {
  luaL_Buffer b;
  luaL_buffinit(L, &b);
  luaL_addstring(&b, "x");
  luaL_prepbuffsize(&b, ~(size_t)0);
  return 0;
}

static int abandoned_buffer (lua_State *L) {
  luaL_Buffer b;
  luaL_buffinit(L, &b);
  memset(luaL_prepbuffsize(&b, 100000), 'x', 100000);
  luaL_addsize(&b, 100000);
  return luaL_error(L, "buffer left behind");
}

TEST(buffers_and_errors) {
  attempt(L, "too large", overflowing_buffer, 0);
  attempt(L, "abandoned", abandoned_buffer, 0);
  lua_gc(L, LUA_GCCOLLECT);
}

TEST(gsub_replaces_plain_text) {
  printf("%s\n", luaL_gsub(L, "a.b.c", ".", "::"));
  printf("%s\n", luaL_gsub(L, "aaa", "aa", "b"));
  printf("%s\n", luaL_gsub(L, "nothing here", "xyz", "!"));
  printf("[%s]\n", luaL_gsub(L, "", "x", "y"));
  printf("%s\n", luaL_gsub(L, "%d %s", "%", "%%"));
  printf("%s\n", luaL_gsub(L, "remove me", "me", ""));
  show_stack(L, "all");
  {
    luaL_Buffer b;
    luaL_buffinit(L, &b);
    luaL_addgsub(&b, "path/?.lua;?", "?", "name");
    luaL_addgsub(&b, "", "?", "name");
    luaL_pushresult(&b);
    show(L, -1);
    putchar('\n');
  }
}

TEST(references) {
  int a, b, c, d;
  lua_newtable(L);
  lua_pushliteral(L, "a"); a = luaL_ref(L, 1);
  lua_pushliteral(L, "b"); b = luaL_ref(L, 1);
  lua_pushnil(L); c = luaL_ref(L, 1);
  printf("%d %d %d %d top %d\n", a, b, c == LUA_REFNIL, LUA_NOREF, lua_gettop(L));
  luaL_unref(L, 1, a);
  lua_pushliteral(L, "d"); d = luaL_ref(L, 1);
  printf("%d\n", d == a);
  lua_rawgeti(L, 1, d); lua_rawgeti(L, 1, b); lua_rawgeti(L, 1, LUA_REFNIL);
  show_stack(L, "values");
  luaL_unref(L, 1, LUA_NOREF);
  luaL_unref(L, 1, LUA_REFNIL);
  luaL_unref(L, 1, b);
  luaL_unref(L, 1, d);
  lua_settop(L, 1);
  lua_pushliteral(L, "e"); printf("%d ", luaL_ref(L, 1));
  lua_pushliteral(L, "f"); printf("%d ", luaL_ref(L, 1));
  lua_pushliteral(L, "g"); printf("%d\n", luaL_ref(L, 1));
  lua_pushliteral(L, "in the registry");
  a = luaL_ref(L, LUA_REGISTRYINDEX);
  lua_rawgeti(L, LUA_REGISTRYINDEX, a);
  show(L, -1);
  printf(" %d\n", a > 0);
  luaL_unref(L, LUA_REGISTRYINDEX, a);
}

static int to_text (lua_State *L) {
  size_t n;
  const char *s = luaL_tolstring(L, 1, &n);
  lua_pushinteger(L, (lua_Integer)n);
  lua_pushboolean(L, s == lua_tostring(L, -2));
  return 3;
}

TEST(values_as_text) {
  static const char *const values[] = {"nil", "true", "false", "12", "-0.0", "1e100", "3.0", "'text'", "'a\\0b'",
    "setmetatable({}, {__tostring = function () return 'by metamethod' end})", "setmetatable({}, {__tostring = function () return 5 end})",
    "setmetatable({}, {__tostring = function () error('failing', 0) end})", "setmetatable({}, {__tostring = 5})"};
  size_t i;
  for (i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
    lua_pushfstring(L, "return %s", values[i]);
    luaL_dostring(L, lua_tostring(L, -1));
    attempt(L, values[i], to_text, 1);
    lua_settop(L, 0);
  }
  luaL_dostring(L, "return setmetatable({}, {__name = 'My type'})");
  printf("%.9s ", luaL_tolstring(L, -1, NULL));
  lua_pushlightuserdata(L, L);
  printf("%.10s ", luaL_tolstring(L, -1, NULL));
  lua_pushcfunction(L, to_text);
  printf("%.10s\n", luaL_tolstring(L, -1, NULL));
}

TEST(metafields_and_metamethods_called) {
  luaL_dostring(L, "return setmetatable({}, {field = 'value', __len = function (t) return 'called' end, none = false})");
  printf("%d ", luaL_getmetafield(L, 1, "field")); show_stack(L, "field");
  printf("%d ", luaL_getmetafield(L, 1, "missing")); show_stack(L, "missing");
  printf("%d ", luaL_getmetafield(L, 1, "none")); show_stack(L, "false");
  lua_settop(L, 1);
  printf("%d ", luaL_callmeta(L, 1, "__len")); show_stack(L, "called");
  printf("%d ", luaL_callmeta(L, 1, "__other")); show_stack(L, "not called");
  lua_pushinteger(L, 1);
  printf("%d %d\n", luaL_getmetafield(L, -1, "x"), luaL_callmeta(L, -1, "x"));
}

TEST(callmeta_of_what_cannot_be_called) {
  script(L, "return pcall(tostring, setmetatable({}, {__tostring = 'x'}))");
}

static int open_mine (lua_State *L) {
  show_stack(L, "opening");
  lua_newtable(L);
  lua_pushvalue(L, 1);
  lua_setfield(L, -2, "name");
  return 1;
}

static int open_nothing (lua_State *L) {
  printf("opening nothing\n");
  (void)L;
  return 0;
}

TEST(requiref_opens_once) {
  luaL_requiref(L, "mine", open_mine, 0);
  show_stack(L, "first");
  luaL_requiref(L, "mine", open_mine, 1);
  printf("%d\n", lua_rawequal(L, 1, 2));
  lua_settop(L, 0);
  script(L, "return mine.name, require('mine') == mine, package.loaded.mine == mine");
  luaL_requiref(L, "nothing", open_nothing, 1);
  show_stack(L, "nothing");
  luaL_requiref(L, "nothing", open_nothing, 1);
  show_stack(L, "again");
}

static int file_result (lua_State *L) {
  errno = (int)lua_tointeger(L, 2);
  return luaL_fileresult(L, lua_toboolean(L, 1), lua_tostring(L, 3));
}

static int exec_result (lua_State *L) {
  errno = ENOENT;
  return luaL_execresult(L, (int)lua_tointeger(L, 1));
}

TEST(results_of_files_and_commands) {
  static const int statuses[] = {0, 256, 3 * 256, 255 * 256, 9, 15, 11 | 128, -1};
  size_t i;
  lua_pushboolean(L, 1); attempt(L, "fine", file_result, 1);
  lua_pushboolean(L, 0); lua_pushinteger(L, ENOENT); attempt(L, "no file", file_result, 2);
  lua_pushboolean(L, 0); lua_pushinteger(L, EACCES); lua_pushliteral(L, "some/name"); attempt(L, "denied", file_result, 3);
  lua_pushboolean(L, 0); lua_pushinteger(L, 0); attempt(L, "no errno", file_result, 2);
  for (i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
    lua_pushinteger(L, statuses[i]);
    attempt(L, "status", exec_result, 1);
  }
}

TEST(lengths_with_luaL_len) {
  luaL_dostring(L, "return {1, 2, 3}");
  printf("%lld ", (long long)luaL_len(L, -1));
  lua_pushliteral(L, "four");
  printf("%lld\n", (long long)luaL_len(L, -1));
}

TEST(newstate_opens_nothing) {
  lua_State *other = luaL_newstate();
  (void)L;
  lua_getglobal(other, "print");
  show_stack(other, "print");
  lua_settop(other, 0);
  luaL_openlibs(other);
  lua_getglobal(other, "print");
  show_stack(other, "print");
  lua_close(other);
}

static const luaL_Reg libraries[] = {{LUA_GNAME, luaopen_base}, {LUA_COLIBNAME, luaopen_coroutine}, {LUA_TABLIBNAME, luaopen_table},
  {LUA_IOLIBNAME, luaopen_io}, {LUA_OSLIBNAME, luaopen_os}, {LUA_STRLIBNAME, luaopen_string}, {LUA_UTF8LIBNAME, luaopen_utf8},
  {LUA_MATHLIBNAME, luaopen_math}, {LUA_DBLIBNAME, luaopen_debug}, {LUA_LOADLIBNAME, luaopen_package}, {NULL, NULL}};

TEST(libraries_open_one_by_one) {
  const luaL_Reg *library;
  lua_State *other = luaL_newstate();
  (void)L;
  for (library = libraries; library->name; library++) {
    int fields = 0;
    luaL_requiref(other, library->name, library->func, 0);
    lua_pushnil(other);
    while (lua_next(other, 1)) { fields++; lua_pop(other, 1); }
    printf("%s %d fields", library->name, fields);
    lua_getglobal(other, library->name);
    printf(", global %s\n", luaL_typename(other, -1));
    lua_settop(other, 0);
  }
  for (library = libraries; library->name; library++) {
    lua_pushcfunction(other, library->func);
    lua_pushstring(other, library->name);
    lua_call(other, 1, LUA_MULTRET);
    printf("%s ", library->name);
    show_stack(other, "returns");
    lua_settop(other, 0);
  }
  lua_close(other);
}

static int library_function (lua_State *L) {
  lua_getglobal(L, "string");
  lua_getfield(L, -1, "rep");
  lua_pushliteral(L, "ab");
  lua_pushinteger(L, 3);
  lua_call(L, 2, 1);
  return 1;
}

TEST(library_functions_are_c_functions_to_a_host) {
  attempt(L, "string.rep", library_function, 0);
  lua_getglobal(L, "print");
  printf("%d %d\n", lua_iscfunction(L, -1), lua_tocfunction(L, -1) != NULL);
  lua_pushcfunction(L, lua_tocfunction(L, -1));
  lua_pushliteral(L, "printed through its C face");
  fflush(stdout);
  lua_call(L, 1, 0);
  printf("%d\n", lua_rawequal(L, 1, -1));
  luaL_dostring(L, "return string.gmatch('a b', '%a'), ipairs, next, coroutine.wrap(function () coroutine.yield(5) end), pcall");
  printf("%d %d %d %d\n", lua_iscfunction(L, 2), lua_iscfunction(L, 3), lua_iscfunction(L, 4), lua_iscfunction(L, 5));
  lua_pushvalue(L, 5);
  lua_call(L, 0, 1);
  show(L, -1);
  lua_settop(L, 6);
  lua_pushcfunction(L, lua_tocfunction(L, 6));
  lua_pushcfunction(L, lua_tocfunction(L, 4));
  printf(" %d\n", lua_pcall(L, 1, LUA_MULTRET, 0));
  show(L, 7);
  show(L, 8);
  putchar('\n');
}
