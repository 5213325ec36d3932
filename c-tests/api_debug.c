/* The debug interface: activation records, locals, upvalues. */
#include "harness.h"

static void print_info (lua_State *L, lua_Debug *ar, const char *what) {
  const char *c;
  for (c = what; *c; c++) {
    switch (*c) {
      case 'n': printf(" n: %s '%s';", ar->name ? ar->name : "(null)", ar->namewhat); break;
      case 'S': printf(" S: %s %s %lu %d-%d '%s';", ar->what, ar->source, (unsigned long)ar->srclen, ar->linedefined, ar->lastlinedefined, ar->short_src); break;
      case 'l': printf(" l: %d;", ar->currentline); break;
      case 'u': printf(" u: %d %d %d;", ar->nups, ar->nparams, ar->isvararg); break;
      case 't': printf(" t: %d;", ar->istailcall != 0); break;
      case 'r': printf(" r: %d %d;", ar->ftransfer, ar->ntransfer); break;
      default: break;
    }
  }
  putchar('\n');
  (void)L;
}

static int info_of_levels (lua_State *L) {
  int level;
  lua_Debug ar;
  for (level = 0; lua_getstack(L, level, &ar); level++) {
    int fine = lua_getinfo(L, "nSlutr", &ar);
    printf("level %d, %d:", level, fine);
    print_info(L, &ar, "nSlutr");
  }
  printf("no level %d, %d\n", level, lua_getstack(L, -1, &ar));
  return 0;
}

TEST(getinfo_of_every_level) {
  lua_register(L, "levels", info_of_levels);
  load_text(L, "local function f(...) levels() end\nlocal t = {m = function (self, a) f(a)\nreturn 1 end}\nlocal function tail() return t:m(1) end\ntail()", "@levels.lua");
  printf("%s\n", status_name(lua_pcall(L, 0, 0, 0)));
  attempt(L, "from C", info_of_levels, 0);
  {
    lua_Debug ar;
    printf("%d\n", lua_getstack(L, 0, &ar));
  }
}

TEST(getinfo_of_functions) {
  static const char *const sources[] = {"return 1", "\n\nlocal a, b = 1, 2\nreturn a + b\n", "local x = ... return function (a, b) return x, a, b end"};
  size_t i;
  for (i = 0; i < 3; i++) {
    lua_Debug ar;
    luaL_loadbuffer(L, sources[i], strlen(sources[i]), i == 1 ? "=second" : sources[i]);
    lua_pushvalue(L, -1);
    printf("%d", lua_getinfo(L, ">Slunt", &ar));
    print_info(L, &ar, "Slut");
    lua_pushvalue(L, -1);
    printf("%d ", lua_getinfo(L, ">fL", &ar));
    printf("%d %s ", lua_rawequal(L, -2, -3), luaL_typename(L, -1));
    lua_pushnil(L);
    {
      int lines = 0;
      while (lua_next(L, -2)) { lines++; lua_pop(L, 1); }
      printf("%d lines\n", lines);
    }
    lua_settop(L, 0);
  }
  {
    lua_Debug ar;
    lua_pushcfunction(L, info_of_levels);
    printf("%d", lua_getinfo(L, ">Slut", &ar));
    print_info(L, &ar, "Slut");
    lua_pushcfunction(L, info_of_levels);
    printf("%d ", lua_getinfo(L, ">L", &ar));
    show_stack(L, "lines of a C function");
    lua_settop(L, 0);
    lua_getglobal(L, "print");
    printf("%d ", lua_getinfo(L, ">fx", &ar));
    show_stack(L, "an option that does not exist");
  }
}

static int locals_of_caller (lua_State *L) {
  lua_Debug ar;
  int i;
  const char *name;
  lua_getstack(L, (int)lua_tointeger(L, 1), &ar);
  for (i = -3; i <= 8; i++) {
    name = lua_getlocal(L, &ar, i);
    printf("%d %s", i, name ? name : "(null)");
    if (name) {
      putchar(' ');
      show(L, -1);
      lua_pop(L, 1);
    }
    putchar(';');
  }
  putchar('\n');
  return 0;
}

static int set_locals_of_caller (lua_State *L) {
  lua_Debug ar;
  lua_getstack(L, 1, &ar);
  lua_pushliteral(L, "set by C");
  printf("%s ", lua_setlocal(L, &ar, 1));
  lua_pushliteral(L, "vararg set");
  printf("%s ", lua_setlocal(L, &ar, -1));
  lua_pushliteral(L, "lost");
  printf("%d top %d\n", lua_setlocal(L, &ar, 100) == NULL, lua_gettop(L));
  return 0;
}

TEST(locals_of_active_functions) {
  lua_register(L, "locals", locals_of_caller);
  lua_register(L, "setlocals", set_locals_of_caller);
  script(L, "local function f(a, b, ...) local c = 3 do local gone = 1 end local d <const>, e <close> = 5, nil locals(1) locals(0) return a, b, c end return f(1, 2, 'v1', 'v2')");
  script(L, "local function f(a, ...) local b = 2 setlocals() return a, b, ... end return f('old', 'v1')");
  script(L, "for i = 1, 1 do locals(1) end for k, v in pairs {5} do locals(1) end");
  luaL_loadstring(L, "local p, q = ...; return p");
  {
    const char *name;
    int i;
    luaL_dostring(L, "return function (x, y, ...) local z end");
    for (i = 1; i <= 4; i++) {
      lua_pushvalue(L, -1);
      name = lua_getlocal(L, NULL, i);
      printf("%s ", name ? name : "(null)");
      if (name == NULL) lua_settop(L, 2);
      else lua_settop(L, 2);
    }
    lua_pushcfunction(L, locals_of_caller);
    printf("%d\n", lua_getlocal(L, NULL, 1) == NULL);
  }
}

TEST(locals_of_suspended_threads) {
  int results;
  lua_Debug ar;
  lua_State *co = lua_newthread(L);
  static const char text[] = "local a, b = 1, 'two'\nlocal function f(x) coroutine.yield() return a end\nreturn f(a), a";
  load_text(co, text, "=co");
  printf("%d\n", lua_getstack(co, 0, &ar));
  lua_resume(co, L, 0, &results);
  {
    int level = 0;
    for (; lua_getstack(co, level, &ar); level++) {
      lua_getinfo(co, "nSl", &ar);
      print_info(co, &ar, "nSl");
    }
  }
  lua_getstack(co, 2, &ar);
  printf("%s ", lua_getlocal(co, &ar, 1));
  show(co, -1);
  lua_pop(co, 1);
  lua_pushinteger(co, 100);
  printf(" %s\n", lua_setlocal(co, &ar, 1));
  printf("%s ", status_name(lua_resume(co, L, 0, &results)));
  show_stack(co, "");
}

TEST(upvalues_by_name) {
  const char *name;
  luaL_dostring(L, "local a, b = 1, 2 return function () return a, b, print end, function () return b end");
  name = lua_getupvalue(L, 1, 1); printf("%s ", name); show(L, -1); lua_pop(L, 1);
  name = lua_getupvalue(L, 1, 3); printf(" %s ", name); show(L, -1); lua_pop(L, 1);
  printf(" %d %d\n", lua_getupvalue(L, 1, 4) == NULL, lua_getupvalue(L, 1, 0) == NULL);
  lua_pushliteral(L, "new b");
  printf("%s top %d\n", lua_setupvalue(L, 1, 2), lua_gettop(L));
  lua_pushvalue(L, 2); lua_call(L, 0, 1); show(L, -1); lua_pop(L, 1);
  lua_pushliteral(L, "stays");
  printf(" %d top %d\n", lua_setupvalue(L, 1, 9) == NULL, lua_gettop(L));
  lua_settop(L, 0);
  lua_pushinteger(L, 5);
  lua_pushcclosure(L, info_of_levels, 1);
  name = lua_getupvalue(L, 1, 1); printf("'%s' ", name); show(L, -1); lua_pop(L, 1);
  lua_pushinteger(L, 6);
  printf(" '%s' ", lua_setupvalue(L, 1, 1));
  lua_getupvalue(L, 1, 1); show(L, -1); lua_pop(L, 1);
  printf(" %d\n", lua_getupvalue(L, 1, 2) == NULL);
  lua_pushcfunction(L, info_of_levels);
  printf("%d\n", lua_getupvalue(L, -1, 1) == NULL);
}

TEST(upvalue_identity_and_joining) {
  luaL_dostring(L, "local a, b = 'A', 'B' return function () return a, b end, function () return b end");
  printf("%d %d %d %d\n", lua_upvalueid(L, 1, 2) == lua_upvalueid(L, 2, 1), lua_upvalueid(L, 1, 1) == lua_upvalueid(L, 2, 1),
         lua_upvalueid(L, 1, 1) != NULL, lua_upvalueid(L, 1, 3) == NULL);
  lua_upvaluejoin(L, 1, 1, 2, 1);
  printf("%d\n", lua_upvalueid(L, 1, 1) == lua_upvalueid(L, 2, 1));
  lua_pushvalue(L, 1);
  lua_call(L, 0, 2);
  show_stack(L, "joined");
  lua_settop(L, 2);
  lua_pushinteger(L, 1); lua_pushinteger(L, 2);
  lua_pushcclosure(L, info_of_levels, 2);
  printf("%d %d %d\n", lua_upvalueid(L, 3, 1) != NULL, lua_upvalueid(L, 3, 1) == lua_upvalueid(L, 3, 2), lua_upvalueid(L, 3, 3) == NULL);
  lua_pushcfunction(L, info_of_levels);
  printf("%d\n", lua_upvalueid(L, 4, 1) == NULL);
}

static int where (lua_State *L) {
  int level;
  for (level = 0; level < 5; level++) {
    luaL_where(L, level);
    show(L, -1);
    putchar(' ');
  }
  putchar('\n');
  return 0;
}

TEST(where_says_chunk_and_line) {
  lua_register(L, "where", where);
  load_text(L, "local function f()\nwhere() end\n\nf()", "@w.lua");
  lua_call(L, 0, 0);
  attempt(L, "from C", where, 0);
}

static int traceback_levels (lua_State *L) {
  int level;
  for (level = 0; level < 4; level++) {
    luaL_traceback(L, L, level % 2 ? "message" : NULL, level);
    printf("%s\n--\n", lua_tostring(L, -1));
  }
  return 0;
}

TEST(tracebacks_from_c) {
  lua_State *co = lua_newthread(L);
  int results;
  lua_register(L, "trace", traceback_levels);
  script(L, "local function f() trace() end local t = {g = function () f() end} t.g()");
  luaL_loadstring(co, "local function inner() coroutine.yield() end inner()");
  lua_resume(co, L, 0, &results);
  luaL_traceback(L, co, "other thread", 0);
  printf("%s\n", lua_tostring(L, -1));
  luaL_traceback(L, co, NULL, 50);
  printf("%s\n", lua_tostring(L, -1));
  script(L, "local function f(n) if n == 0 then trace() else f(n - 1) end return 1 end f(30)");
}

static int argument_names (lua_State *L) {
  return luaL_argerror(L, (int)luaL_checkinteger(L, 1), "made up");
}

TEST(argument_errors_name_the_function) {
  lua_register(L, "named", argument_names);
  script(L, "named(1)");
  script(L, "local t = {field = named} t.field(2)");
  script(L, "local t = {method = function () end} local o = {m = named} setmetatable(o, {__index = function () end}) local x = o.m o.m(1)");
  script(L, "local s = setmetatable({}, {__index = {m = named}}) s.m(1)");
  script(L, "string.cfun, named = named, nil local ok, m = pcall(string.cfun, 3) named, string.cfun = string.cfun, nil return m");
  script(L, "local l = named l(1)");
  script(L, "return pcall(named, 1)");
  lua_pushinteger(L, 1);
  attempt(L, "called from C", argument_names, 1);
  luaL_dostring(L, "debug.setmetatable(1, {__index = {m = ...}})");
  lua_getglobal(L, "named");
  lua_setglobal(L, "saved");
  script(L, "debug.setmetatable(1, {__index = {m = saved}}) return pcall(function () local n = 1 n:m() end)");
  script(L, "debug.setmetatable(1, {__index = {m = saved}}) return pcall(function () local n = 0 n:m() end)");
}
