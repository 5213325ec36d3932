/* Calls, errors, continuations, the panic function. */
#include "harness.h"
#include <setjmp.h>

static int raise_top (lua_State *L) {
  return lua_error(L);
}

static int raise_formatted (lua_State *L) {
  return luaL_error(L, "formatted %s %d %%", "text", 12);
}

TEST(errors_carry_any_value) {
  lua_pushliteral(L, "text"); attempt(L, "string", raise_top, 1);
  lua_pushinteger(L, 5); attempt(L, "integer", raise_top, 1);
  lua_pushnil(L); attempt(L, "nil", raise_top, 1);
  lua_newtable(L); attempt(L, "table", raise_top, 1);
  lua_pushboolean(L, 0); attempt(L, "false", raise_top, 1);
  attempt(L, "luaL_error", raise_formatted, 0);
  lua_register(L, "raise", raise_formatted);
  script(L, "\n\nraise()");
  script(L, "local ok, m = pcall(raise) return ok, m");
}

static int handler (lua_State *L) {
  lua_pushfstring(L, "handled<%s>", luaL_tolstring(L, 1, NULL));
  return 1;
}

static int failing_handler (lua_State *L) {
  return luaL_error(L, "the handler failed");
}

TEST(message_handlers) {
  int status;
  lua_pushcfunction(L, handler);
  lua_pushcfunction(L, raise_formatted);
  status = lua_pcall(L, 0, 0, 1);
  printf("%s ", status_name(status));
  show_stack(L, "handled");
  lua_settop(L, 0);
  lua_pushcfunction(L, handler);
  lua_pushcfunction(L, luaopen_base);
  status = lua_pcall(L, 0, 1, -2);
  printf("%s ", status_name(status));
  show_stack(L, "no error");
  lua_settop(L, 0);
  lua_pushcfunction(L, failing_handler);
  lua_pushcfunction(L, raise_formatted);
  status = lua_pcall(L, 0, 0, 1);
  printf("%s %d\n", status_name(status), lua_gettop(L));
  lua_settop(L, 0);
  lua_pushcfunction(L, handler);
  luaL_loadstring(L, "local x = nil; return x.y");
  status = lua_pcall(L, 0, 0, 1);
  printf("%s ", status_name(status));
  show_stack(L, "runtime error");
}

static int trace_handler (lua_State *L) {
  luaL_traceback(L, L, lua_tostring(L, 1), 1);
  return 1;
}

TEST(a_handler_sees_the_stack_of_the_error) {
  lua_register(L, "raise", raise_formatted);
  lua_pushcfunction(L, trace_handler);
  load_text(L, "local function f() raise() end\nlocal function g() f() end\ng()", "=chunk");
  lua_pcall(L, 0, 0, 1);
  printf("%s\n", lua_tostring(L, -1));
}

TEST(results_of_calls_are_adjusted) {
  luaL_loadstring(L, "return 1, 2, 3");
  lua_pushvalue(L, 1); lua_call(L, 0, LUA_MULTRET); show_stack(L, "all"); lua_settop(L, 1);
  lua_pushvalue(L, 1); lua_call(L, 0, 0); show_stack(L, "none"); lua_settop(L, 1);
  lua_pushvalue(L, 1); lua_call(L, 0, 1); show_stack(L, "one"); lua_settop(L, 1);
  lua_pushvalue(L, 1); lua_call(L, 0, 5); show_stack(L, "five"); lua_settop(L, 1);
  lua_pushvalue(L, 1); printf("%s ", status_name(lua_pcall(L, 0, 2, 0))); show_stack(L, "two"); lua_settop(L, 1);
}

static int finish (lua_State *L, int status, lua_KContext context) {
  printf("continued with %s, context %ld, ", status_name(status), (long)context);
  show_stack(L, "stack");
  lua_pushfstring(L, "finished %d", (int)context);
  return 1;
}

static int call_then_finish (lua_State *L) {
  lua_callk(L, lua_gettop(L) - 1, LUA_MULTRET, 7, finish);
  return finish(L, LUA_OK, 8);
}

static int pcall_then_finish (lua_State *L) {
  int status = lua_pcallk(L, lua_gettop(L) - 1, LUA_MULTRET, 0, 17, finish);
  return finish(L, status, 18);
}

static int pcall_with_handler (lua_State *L) {
  int status;
  lua_pushcfunction(L, handler);
  lua_insert(L, 1);
  status = lua_pcallk(L, lua_gettop(L) - 2, LUA_MULTRET, 1, 27, finish);
  return finish(L, status, 28);
}

static int yield_then_finish (lua_State *L) {
  return lua_yieldk(L, lua_gettop(L), 37, finish);
}

static int yield_plain (lua_State *L) {
  return lua_yield(L, lua_gettop(L));
}

static void drive (lua_State *L, const char *text) {
  int status, results, round = 0;
  lua_State *co = lua_newthread(L);
  luaL_loadbuffer(co, text, strlen(text), "=co");
  do {
    lua_pushfstring(co, "resume %d", round);
    status = lua_resume(co, L, round == 0 ? 1 : 1, &results);
    printf("%s %d", status_name(status), results);
    show_stack(co, "");
    if (status == LUA_YIELD) lua_pop(co, results);
    round++;
  } while (status == LUA_YIELD && round < 10);
  lua_settop(L, 0);
}

TEST(continuations_after_yields) {
  lua_register(L, "callk", call_then_finish);
  lua_register(L, "pcallk", pcall_then_finish);
  lua_register(L, "pcallh", pcall_with_handler);
  lua_register(L, "yieldk", yield_then_finish);
  lua_register(L, "yield", yield_plain);
  printf("no yield\n");
  drive(L, "return callk(function (a) return a, 1 end, 'arg')");
  drive(L, "return pcallk(function (a) return a, 1 end, 'arg')");
  drive(L, "return pcallk(error, 'message')");
  printf("yield inside\n");
  drive(L, "return callk(function (a) local r = coroutine.yield(a) return r, 'after' end, 'arg')");
  drive(L, "return pcallk(function (a) local r = coroutine.yield(a) return r, 'after' end, 'arg')");
  drive(L, "return pcallk(function (a) coroutine.yield(a) error('after the yield', 0) end, 'arg')");
  drive(L, "return pcallh(function (a) coroutine.yield(a) error('after the yield', 0) end, 'arg')");
  drive(L, "return pcallk(pcallk, pcallk, function () return coroutine.yield('deep') end)");
  drive(L, "return callk(callk, pcallk, function () yield('deep') error({}) end)");
  printf("yield from C\n");
  drive(L, "return yieldk(1, 2, 3)");
  drive(L, "return yield(1, 2, 3)");
  drive(L, "local a, b = yieldk() return a, b, yieldk('second')");
  drive(L, "return pcallk(yieldk, 'inside pcallk')");
  drive(L, "return callk(yield, 'inside callk')");
  drive(L, "for i in yield, 1, 2 do return i end");
  drive(L, "return pcall(pcallk, callk, yieldk, 5)");
}

TEST(yield_outside_a_coroutine_is_an_error) {
  lua_register(L, "yieldk", yield_then_finish);
  lua_register(L, "callk", call_then_finish);
  attempt(L, "main", yield_plain, 0);
  script(L, "return yieldk(1)");
  script(L, "return pcall(callk, yieldk)");
  printf("%d\n", lua_isyieldable(L));
}

static int call_without_continuation (lua_State *L) {
  lua_call(L, lua_gettop(L) - 1, LUA_MULTRET);
  return lua_gettop(L);
}

static int pcall_without_continuation (lua_State *L) {
  lua_pushinteger(L, lua_pcall(L, lua_gettop(L) - 1, LUA_MULTRET, 0));
  return lua_gettop(L);
}

TEST(yield_across_a_call_without_continuation_is_an_error) {
  lua_register(L, "call", call_without_continuation);
  lua_register(L, "pcallc", pcall_without_continuation);
  drive(L, "return call(coroutine.yield, 1)");
  drive(L, "return pcallc(coroutine.yield, 1)");
  drive(L, "return pcall(call, coroutine.yield, 1)");
  drive(L, "return call(pcall, coroutine.yield, 1)");
  drive(L, "return call(coroutine.wrap(function () return coroutine.yield('inner is fine') end))");
}

static jmp_buf out_of_panic;

static int panicking (lua_State *L) {
  printf("panic: %s, top %d\n", lua_tostring(L, -1), lua_gettop(L));
  longjmp(out_of_panic, 1);
  return 0;
}

TEST(an_unprotected_error_reaches_the_panic_function) {
  lua_CFunction old = lua_atpanic(L, panicking);
  printf("%d\n", old != NULL);
  if (setjmp(out_of_panic) == 0) {
    lua_pushliteral(L, "unprotected");
    lua_error(L);
    printf("not reached\n");
  }
  printf("back, top %d\n", lua_gettop(L));
  /* Until the thread is closed its status is that of the error, and calls that were left are not over. */
  lua_closethread(L, NULL);
  lua_settop(L, 0);
  if (setjmp(out_of_panic) == 0) {
    luaL_loadstring(L, "local x = nil + 1");
    lua_call(L, 0, 0);
    printf("not reached\n");
  }
  lua_closethread(L, NULL);
  lua_settop(L, 0);
  script(L, "return 'still usable'");
  printf("%d\n", lua_atpanic(L, NULL) == panicking);
}

TEST(an_unprotected_error_in_a_coroutine_called_directly) {
  lua_State *co = lua_newthread(L);
  lua_atpanic(L, panicking);
  if (setjmp(out_of_panic) == 0) {
    lua_pushcfunction(co, raise_formatted);
    lua_call(co, 0, 0);
    printf("not reached\n");
  }
  printf("back\n");
}

static int no_return (lua_State *L) {
  (void)L;
  fflush(stdout);
  return 0;
}

TEST(a_panic_function_that_returns_is_followed_by_abort) {
  lua_atpanic(L, no_return);
  lua_pushliteral(L, "the last words");
  lua_error(L);
}

TEST(the_panic_function_of_newstate_prints_and_aborts) {
  fflush(stdout);
  lua_pushliteral(L, "the last words");
  lua_error(L);
}

TEST(the_panic_function_of_newstate_with_an_object) {
  fflush(stdout);
  lua_newtable(L);
  lua_error(L);
}

static int deep (lua_State *L) {
  lua_Integer n = lua_tointeger(L, 1);
  if (n == 0) {
    lua_pushliteral(L, "bottom");
    return 1;
  }
  lua_pushcfunction(L, deep);
  lua_pushinteger(L, n - 1);
  lua_call(L, 1, 1);
  return 1;
}

TEST(nested_c_calls_are_limited) {
  lua_pushinteger(L, 150);
  attempt(L, "150", deep, 1);
  lua_pushinteger(L, 100000);
  attempt(L, "100000", deep, 1);
#if LUA_VERSION_NUM == 504
  printf("%d\n", lua_setcstacklimit(L, 400));
#endif
  lua_pushinteger(L, 150);
  attempt(L, "again", deep, 1);
}

static int runs_pcall_in_c (lua_State *L) {
  int status = luaL_dostring(L, "error('inside', 0)");
  lua_pushinteger(L, status);
  return lua_gettop(L);
}

TEST(dostring_inside_a_function) {
  attempt(L, "dostring", runs_pcall_in_c, 0);
  printf("%d ", luaL_dostring(L, "return 1, 2"));
  show_stack(L, "results");
  lua_settop(L, 0);
  printf("%d ", luaL_dostring(L, "x ="));
  show_stack(L, "syntax");
}

static int arguments_back (lua_State *L) {
  return lua_gettop(L);
}

TEST(many_arguments_and_results) {
  int i;
  luaL_checkstack(L, 60000, NULL);
  lua_pushcfunction(L, arguments_back);
  for (i = 0; i < 50000; i++) lua_pushinteger(L, i);
  lua_call(L, 50000, LUA_MULTRET);
  printf("%d %lld %lld\n", lua_gettop(L), (long long)lua_tointeger(L, 1), (long long)lua_tointeger(L, -1));
}

static int returns_fewer (lua_State *L) {
  lua_settop(L, 0);
  lua_pushinteger(L, 1);
  lua_pushinteger(L, 2);
  lua_pushinteger(L, 3);
  return (int)lua_tointeger(L, lua_upvalueindex(1));
}

TEST(a_function_returns_the_top_n) {
  int i;
  for (i = 0; i <= 3; i++) {
    lua_pushinteger(L, i);
    lua_pushcclosure(L, returns_fewer, 1);
    lua_call(L, 0, LUA_MULTRET);
    show_stack(L, "top");
    lua_settop(L, 0);
  }
}

TEST(call_metamethod_from_c) {
  luaL_dostring(L, "return setmetatable({}, {__call = function (self, ...) return type(self), ... end})");
  lua_pushinteger(L, 1);
  lua_call(L, 1, LUA_MULTRET);
  show_stack(L, "called");
  lua_settop(L, 0);
  lua_pushinteger(L, 12);
  printf("%s ", status_name(lua_pcall(L, 0, 0, 0)));
  show_stack(L, "number");
}
