/*
** What happens between threads, and between a host and the functions that it did not write: errors on threads that nobody
** runs, variables that yield while their function returns, functions that are pushed again from their addresses, texts that
** change under the name they had.
*/
#include "harness.h"

static lua_State *other;

static int call_a_table_on_other (lua_State *L) {
  (void)L;
  lua_newtable(other);
  lua_call(other, 0, 0);
  return 0;
}

static int call_lua_on_other (lua_State *L) {
  (void)L;
  luaL_loadstring(other, "local x <close> = setmetatable({}, {__close = function (_, e) print('closed', e) end})\n"
                         "error('inside')");
  lua_call(other, 0, 0);
  return 0;
}

static int raise_on_other (lua_State *L) {
  (void)L;
  lua_pushliteral(other, "object");
  return lua_error(other);
}

TEST(between_errors_of_a_thread_that_nobody_runs_go_to_the_caller) {
  other = lua_newthread(L);
  attempt(L, "a call", call_a_table_on_other, 0);
  printf("top %d, status %s\n", lua_gettop(other), status_name(lua_status(other)));
  other = lua_newthread(L);
  attempt(L, "Lua code", call_lua_on_other, 0);
  printf("top %d, status %s\n", lua_gettop(other), status_name(lua_status(other)));
  other = lua_newthread(L);
  lua_pushinteger(other, 1);
  attempt(L, "lua_error", raise_on_other, 0);
  show_stack(other, "the thread");
  printf("reset: %s\n", status_name(lua_resetthread(other)));
  show_stack(other, "the thread");
  lua_pushcfunction(other, raise_on_other);
  printf("protected: %s\n", status_name(lua_pcall(other, 0, 0, 0)));
  show_stack(other, "the thread");
}

TEST(between_errors_of_a_suspended_thread_end_it) {
  int n;
  other = lua_newthread(L);
  luaL_loadstring(other, "local x <close> = setmetatable({}, {__close = function (_, e) print('closed', e) end})\n"
                         "coroutine.yield(1) print('not reached')");
  printf("%s\n", status_name(lua_resume(other, L, 0, &n)));
  attempt(L, "lua_error", raise_on_other, 0);
  printf("status %s\n", status_name(lua_status(other)));
  printf("%s\n", status_name(lua_resume(other, L, 0, &n)));
  show_stack(other, "the thread");
}

/* An object that yields when it is closed. */
static void push_yielding (lua_State *L, const char *name) {
  luaL_loadstring(L, "local name = ...\n"
                     "return setmetatable({}, {__close = function (_, e)\n"
                     "  print('closing', name, e) print(coroutine.yield(name)) end})");
  lua_pushstring(L, name);
  lua_call(L, 1, 1);
  lua_toclose(L, -1);
}

static int returns_with_two (lua_State *L) {
  push_yielding(L, "first");
  push_yielding(L, "second");
  lua_pushinteger(L, 10);
  lua_pushinteger(L, 20);
  return 2;
}

static int raises_with_two (lua_State *L) {
  push_yielding(L, "first");
  push_yielding(L, "second");
  return luaL_error(L, "raised");
}

static void run_to_the_end (lua_State *L, const char *text) {
  int n, i, status = LUA_YIELD;
  lua_State *co = lua_newthread(L);
  printf("-- %s\n", text);
  luaL_loadstring(co, text);
  for (i = 0; i < 10 && status == LUA_YIELD; i++) {
    if (i > 0) lua_pushinteger(co, i);
    status = lua_resume(co, L, i > 0, &n);
    printf("%s, %d values\n", status_name(status), n);
    show_stack(co, "thread");
    if (status == LUA_YIELD) lua_pop(co, n);
  }
  lua_pop(L, 1);
}

TEST(between_variables_of_a_c_function_yield_while_it_returns) {
  lua_register(L, "returns", returns_with_two);
  lua_register(L, "raises", raises_with_two);
  run_to_the_end(L, "return returns()");
  run_to_the_end(L, "local a, b, c = returns() return c, b, a");
  run_to_the_end(L, "returns() return 'on'");
  run_to_the_end(L, "return pcall(returns)");
  run_to_the_end(L, "return pcall(raises)");
  run_to_the_end(L, "return raises()");
  run_to_the_end(L, "local t = setmetatable({}, {__index = returns}) return t.x, (t.y)");
  run_to_the_end(L, "for k, v in returns do return k, v end");
}

TEST(between_functions_come_back_from_their_addresses) {
  static const char *const names[] = {"print", "pcall", "next", "coroutine.yield", "string.format", "table.unpack"};
  size_t i;
  for (i = 0; i < sizeof names / sizeof names[0]; i++) {
    lua_CFunction f;
    lua_pushfstring(L, "return %s", names[i]);
    luaL_loadstring(L, lua_tostring(L, -1));
    lua_call(L, 0, 1);
    f = lua_tocfunction(L, -1);
    lua_pushcfunction(L, f);
    printf("%s: %d %d %d\n", names[i], f != NULL, lua_rawequal(L, -1, -2), lua_topointer(L, -1) == lua_topointer(L, -2));
    lua_pushinteger(L, 1);
    lua_pushcclosure(L, f, 1);
    printf("with an upvalue: %d %d\n", lua_rawequal(L, -1, -2), lua_tocfunction(L, -1) == f);
    lua_settop(L, 0);
  }
  lua_getglobal(L, "pcall");
  lua_pushcfunction(L, lua_tocfunction(L, -1));
  lua_pushcclosure(L, lua_tocfunction(L, -1), 0);
  lua_getglobal(L, "error");
  lua_pushliteral(L, "caught");
  lua_call(L, 2, LUA_MULTRET);
  show_stack(L, "pcall by address");
}

TEST(between_what_identifies_a_function_is_its_address) {
  lua_getglobal(L, "rawequal");
  lua_pushcfunction(L, (lua_CFunction)(size_t)lua_topointer(L, -1));
  printf("%d\n", lua_rawequal(L, -1, -2));
}

/* Calls the C functions behind two standard functions, as a host may. */
static int directly (lua_State *L) {
  lua_CFunction f = lua_tocfunction(L, lua_upvalueindex(1));
  return f(L);
}

TEST(between_a_host_calls_standard_functions_itself) {
  static const char *const calls[] = {
    "print|1|2", "select|#|b|c", "tostring|1", "pcall|error", "error|message", "type", "setmetatable|x", "rawlen|abc",
    "ipairs|t", "pairs|t", "next|t", "load|return 1", "dofile|/nonexistent"
  };
  size_t i;
  for (i = 0; i < sizeof calls / sizeof calls[0]; i++) {
    char text[100], *part;
    int n = 0;
    strcpy(text, calls[i]);
    part = strtok(text, "|");
    lua_getglobal(L, part);
    lua_pushcclosure(L, directly, 1);
    while ((part = strtok(NULL, "|")) != NULL) {
      lua_pushstring(L, part);
      n++;
    }
    printf("%s: %s ", calls[i], status_name(lua_pcall(L, n, LUA_MULTRET, 0)));
    show_stack(L, "results");
    lua_settop(L, 0);
  }
}

TEST(between_names_in_a_buffer_that_changes) {
  char name[60];
  int i;
  lua_newtable(L);
  for (i = 0; i < 6; i++) {
    sprintf(name, "field%d", i % 3);
    lua_getfield(L, 1, name);
    show(L, -1);
    lua_pop(L, 1);
    lua_pushinteger(L, i);
    lua_setfield(L, 1, name);
    lua_pushstring(L, name);
    lua_setglobal(L, name);
    name[5] = 'x';
    printf(" %s\n", lua_pushstring(L, name));
    lua_pop(L, 1);
    if (i == 3) lua_gc(L, LUA_GCCOLLECT);
  }
  strcpy(name, "a text that is longer than the forty bytes of short strings");
  lua_pushstring(L, name);
  name[0] = 'A';
  lua_pushstring(L, name);
  name[0] = 'a';
  lua_pushstring(L, name);
  printf("%d %d\n", lua_rawequal(L, -1, -2), lua_rawequal(L, -1, -3));
  strcpy(name, "field");
  for (i = 0; i < 3; i++) {
    lua_pushstring(L, name);
    strcat(name, "+");
  }
  show_stack(L, "all");
  script(L, "return field0, field1, field2");
}

static int raise_the_text_of_memory_errors (lua_State *L) {
  lua_pushliteral(L, "not enough memory");
  return lua_error(L);
}

static int handler (lua_State *L) {
  lua_pushfstring(L, "handled(%s)", lua_tostring(L, 1));
  return 1;
}

TEST(between_the_text_of_memory_errors_is_one) {
  lua_pushcfunction(L, handler);
  lua_pushcfunction(L, raise_the_text_of_memory_errors);
  printf("%s\n", status_name(lua_pcall(L, 0, 0, 1)));
  luaL_loadstring(L, "error('not enough memory', 0)");
  printf("%s\n", status_name(lua_pcall(L, 0, 0, 1)));
  luaL_loadstring(L, "error('not enough memory')");
  printf("%s\n", status_name(lua_pcall(L, 0, 0, 1)));
  show_stack(L, "objects");
  script(L, "return xpcall(error, print, 'not enough memory')");
}

static int events;

static void count_event (lua_State *L, lua_Debug *ar) {
  (void)L;
  (void)ar;
  events++;
}

TEST(between_a_new_hook_starts_its_count_anew) {
  static const int counts[] = {1000, 10, 1000, 1, 0, 7};
  size_t i;
  luaL_loadstring(L, "for i = 1, 500 do end");
  for (i = 0; i < sizeof counts / sizeof counts[0]; i++) {
    events = 0;
    lua_sethook(L, count_event, LUA_MASKCOUNT, counts[i]);
    lua_pushvalue(L, 1);
    lua_call(L, 0, 0);
    printf("every %d: %d events, mask %d, count %d\n", counts[i], events, lua_gethookmask(L), lua_gethookcount(L));
  }
  lua_sethook(L, NULL, 0, 0);
  printf("%d %d\n", lua_gethook(L) == NULL, lua_gethookmask(L));
}
