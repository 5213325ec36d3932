/* Threads: resuming, yielding, closing, to-be-closed slots. */
#include "harness.h"

TEST(a_thread_runs_a_function_to_its_end) {
  int results = -1;
  lua_State *co = lua_newthread(L);
  printf("%s %d\n", status_name(lua_status(co)), lua_isyieldable(co));
  luaL_loadstring(co, "return ..., 'and more'");
  lua_pushinteger(co, 5);
  printf("%s ", status_name(lua_resume(co, L, 1, &results)));
  printf("%d ", results);
  show_stack(co, "results");
  printf("%s\n", status_name(lua_status(co)));
  lua_settop(co, 0);
  luaL_loadstring(co, "return 'again'");
  printf("%s ", status_name(lua_resume(co, NULL, 0, &results)));
  show_stack(co, "reused");
}

TEST(values_pass_through_yields) {
  int results = -1;
  lua_State *co = lua_newthread(L);
  luaL_loadstring(co, "local a = ... local b, c = coroutine.yield(a + 1) local d = coroutine.yield(b .. c, nil, true) return d");
  lua_pushinteger(co, 41);
  printf("%s %d ", status_name(lua_resume(co, L, 1, &results)), results);
  show_stack(co, "1");
  printf("%s\n", status_name(lua_status(co)));
  lua_pop(co, results);
  lua_pushliteral(co, "x"); lua_pushliteral(co, "y");
  printf("%s ", status_name(lua_resume(co, L, 2, &results)));
  printf("%d ", results);
  show_stack(co, "2");
  lua_pop(co, results);
  printf("%s ", status_name(lua_resume(co, L, 0, &results)));
  printf("%d ", results);
  show_stack(co, "3");
}

TEST(errors_leave_the_thread_dead_with_its_message) {
  int results = -1;
  lua_State *co = lua_newthread(L);
  load_text(co, "local t = nil\nt.x = 1", "=co");
  printf("%s ", status_name(lua_resume(co, L, 0, &results)));
  show(co, -1);
  printf(" %s\n", status_name(lua_status(co)));
  luaL_traceback(L, co, "trace", 0);
  printf("%s\n", lua_tostring(L, -1));
  printf("%s ", status_name(lua_resume(co, L, 0, &results)));
  show(co, -1);
  printf(" %s\n", status_name(lua_status(co)));
  printf("%s ", status_name(lua_closethread(co, L)));
  show_stack(co, "closed");
  printf("%s\n", status_name(lua_status(co)));
}

TEST(resuming_what_cannot_be_resumed) {
  int results = -1;
  lua_State *co = lua_newthread(L);
  printf("%s ", status_name(lua_resume(co, L, 0, &results)));
  show_stack(co, "empty");
  lua_settop(co, 0);
  luaL_loadstring(co, "return 1");
  lua_resume(co, L, 0, &results);
  lua_settop(co, 0);
  printf("%s ", status_name(lua_resume(co, L, 0, &results)));
  show_stack(co, "dead");
}

static int resume_self (lua_State *L) {
  int results = -1;
  int status = lua_resume(L, NULL, 0, &results);
  lua_pushinteger(L, status);
  return 2;
}

TEST(resuming_the_running_thread) {
  attempt(L, "main", resume_self, 0);
}

static int closer (lua_State *L) {
  printf("closing ");
  show(L, lua_upvalueindex(1));
  printf(" with ");
  show(L, 2);
  putchar('\n');
  if (lua_toboolean(L, lua_upvalueindex(2))) {
    lua_pushvalue(L, lua_upvalueindex(2));
    lua_error(L);
  }
  return 0;
}

/* Pushes an object whose __close prints the name, and raises the error when there is one. */
static void push_closable (lua_State *L, const char *name, const char *error) {
  lua_newtable(L);
  lua_newtable(L);
  lua_pushstring(L, name);
  if (error) lua_pushstring(L, error); else lua_pushboolean(L, 0);
  lua_pushcclosure(L, closer, 2);
  lua_setfield(L, -2, "__close");
  lua_setmetatable(L, -2);
}

TEST(closing_a_suspended_thread_runs_its_pending_closes) {
  int results = -1;
  lua_State *co = lua_newthread(L);
  push_closable(L, "one", NULL); lua_setglobal(L, "one");
  push_closable(L, "two", NULL); lua_setglobal(L, "two");
  luaL_loadstring(co, "local a <close> = one local b <close> = two coroutine.yield(1, 2)");
  lua_resume(co, L, 0, &results);
  printf("%s ", status_name(lua_closethread(co, L)));
  show_stack(co, "closed");
  printf("%s\n", status_name(lua_status(co)));
  luaL_loadstring(co, "local a <close> = one coroutine.yield()");
  lua_resume(co, L, 0, &results);
  printf("%s\n", status_name(lua_resetthread(co)));
  push_closable(L, "three", "failed three"); lua_setglobal(L, "three");
  luaL_loadstring(co, "local a <close> = one local c <close> = three coroutine.yield()");
  lua_resume(co, L, 0, &results);
  printf("%s ", status_name(lua_closethread(co, NULL)));
  show_stack(co, "closed with error");
  printf("%s ", status_name(lua_closethread(co, L)));
  show_stack(co, "again");
}

static int closes_on_return (lua_State *L) {
  push_closable(L, "a", NULL);
  lua_toclose(L, -1);
  push_closable(L, "b", NULL);
  lua_toclose(L, -1);
  lua_pushinteger(L, 12);
  return 1;
}

static int closes_on_error (lua_State *L) {
  push_closable(L, "a", NULL);
  lua_toclose(L, -1);
  push_closable(L, "b", lua_tostring(L, 1));
  lua_toclose(L, -1);
  return luaL_error(L, "the error");
}

static int closes_on_settop (lua_State *L) {
  push_closable(L, "a", NULL);
  lua_toclose(L, 1);
  lua_pushliteral(L, "between");
  push_closable(L, "b", NULL);
  lua_toclose(L, 3);
  lua_pushliteral(L, "above");
  lua_settop(L, 3);
  printf("top 3\n");
  lua_settop(L, 2);
  printf("top 2\n");
  lua_pop(L, 1);
  printf("top 1\n");
  lua_pop(L, 1);
  printf("top 0\n");
  return 0;
}

static int closes_slot (lua_State *L) {
  push_closable(L, "a", NULL);
  lua_toclose(L, 1);
  push_closable(L, "b", NULL);
  lua_toclose(L, 2);
  lua_pushliteral(L, "above");
  lua_closeslot(L, 2);
  show_stack(L, "after closeslot");
  lua_closeslot(L, 1);
  show_stack(L, "after closeslot");
  lua_pushliteral(L, "end");
  return 1;
}

static int closes_nil_and_false (lua_State *L) {
  lua_pushnil(L);
  lua_toclose(L, -1);
  lua_pushboolean(L, 0);
  lua_toclose(L, -1);
  lua_settop(L, 0);
  return 0;
}

static int closes_nothing_closable (lua_State *L) {
  lua_pushinteger(L, 5);
  lua_toclose(L, -1);
  return 0;
}

TEST(to_be_closed_slots) {
  attempt(L, "return", closes_on_return, 0);
  attempt(L, "error", closes_on_error, 0);
  lua_pushliteral(L, "close failed");
  attempt(L, "error in close", closes_on_error, 1);
  attempt(L, "settop", closes_on_settop, 0);
  attempt(L, "closeslot", closes_slot, 0);
  attempt(L, "nil and false", closes_nil_and_false, 0);
  attempt(L, "not closable", closes_nothing_closable, 0);
}

static int after_close (lua_State *L, int status, lua_KContext context) {
  (void)status;
  printf("after the yield, context %d\n", (int)context);
  show_stack(L, "stack");
  return lua_gettop(L);
}

static int yields_with_close (lua_State *L) {
  push_closable(L, "kept open over the yield", NULL);
  lua_toclose(L, -1);
  return lua_yieldk(L, 0, 3, after_close);
}

TEST(a_slot_stays_open_over_a_yield) {
  int results = -1;
  lua_State *co = lua_newthread(L);
  lua_pushcfunction(co, yields_with_close);
  printf("%s\n", status_name(lua_resume(co, L, 0, &results)));
  lua_pushliteral(co, "resumed");
  printf("%s %d\n", status_name(lua_resume(co, L, 1, &results)), results);
  lua_settop(co, 0);
  lua_pushcfunction(co, yields_with_close);
  printf("%s\n", status_name(lua_resume(co, L, 0, &results)));
  printf("%s\n", status_name(lua_closethread(co, L)));
}

static int is_yieldable (lua_State *L) {
  lua_pushboolean(L, lua_isyieldable(L));
  return 1;
}

TEST(yieldable_or_not) {
  lua_register(L, "isyieldable", is_yieldable);
  script(L, "return isyieldable(), coroutine.wrap(isyieldable)(), coroutine.wrap(function () return pcall(isyieldable) end)()");
  script(L, "return coroutine.wrap(function () local r string.gsub('x', 'x', function () r = isyieldable() end) return r end)()");
}

static int resume_nested (lua_State *L) {
  int results = 0, status;
  lua_State *co = lua_newthread(L);
  lua_Integer n = lua_tointeger(L, 1);
  if (n == 0) {
    lua_pushliteral(L, "innermost");
    return 1;
  }
  lua_pushcfunction(co, resume_nested);
  lua_pushinteger(co, n - 1);
  status = lua_resume(co, L, 1, &results);
  if (status != LUA_OK) {
    lua_xmove(co, L, 1);
    return lua_error(L);
  }
  lua_xmove(co, L, results);
  return results;
}

TEST(resumes_nested_in_c_are_limited) {
  lua_pushinteger(L, 50);
  attempt(L, "50", resume_nested, 1);
  lua_pushinteger(L, 10000);
  attempt(L, "10000", resume_nested, 1);
}

TEST(threads_share_globals_and_keep_their_stacks) {
  lua_State *a = lua_newthread(L);
  lua_State *b = lua_newthread(L);
  lua_pushinteger(a, 1); lua_setglobal(a, "shared");
  lua_getglobal(b, "shared");
  show_stack(b, "b");
  lua_pushliteral(a, "only a");
  show_stack(a, "a");
  show_stack(b, "b");
  printf("%d\n", lua_pushthread(a));
  lua_xmove(a, L, 1);
  printf("%d %d\n", lua_tothread(L, -1) == a, lua_tothread(L, 2) == b);
}

TEST(many_threads_live_and_die) {
  int i, results;
  lua_Integer sum = 0;
  for (i = 0; i < 500; i++) {
    lua_State *co = lua_newthread(L);
    luaL_loadstring(co, "local n = ... coroutine.yield(n) return n * 2");
    lua_pushinteger(co, i);
    lua_resume(co, L, 1, &results);
    sum += lua_tointeger(co, -1);
    lua_pop(co, 1);
    if (i % 2) {
      lua_resume(co, L, 0, &results);
      sum += lua_tointeger(co, -1);
    }
    lua_pop(L, 1);
    if (i % 100 == 0) lua_gc(L, LUA_GCCOLLECT);
  }
  printf("%lld\n", (long long)sum);
}

/* Calls its first argument on the main thread, which may be waiting for the coroutine that calls this. */
static int call_on_main (lua_State *L) {
  lua_State *main_thread;
  lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_MAINTHREAD);
  main_thread = lua_tothread(L, -1);
  lua_pop(L, 1);
  lua_pushvalue(L, 1);
  lua_xmove(L, main_thread, 1);
  lua_call(main_thread, 0, 1);
  lua_xmove(main_thread, L, 1);
  return 1;
}

TEST(a_thread_that_waits_further_out_can_be_called) {
  lua_register(L, "call_on_main", call_on_main);
  luaL_loadstring(L,
    "local other = coroutine.wrap(function () for i = 1, 3 do coroutine.yield('other ' .. i) end end)\n"
    "local co = coroutine.wrap(function (...)\n"
    "  local n = ...\n"
    "  while true do\n"
    "    local first = call_on_main(function () return n * 2 end)\n"
    "    local second = call_on_main(function () return (other()) end)\n"
    "    local third = call_on_main(function () local ok, e = pcall(error, 'caught') return e end)\n"
    "    n = coroutine.yield(first .. ', ' .. second .. ', ' .. third)\n"
    "  end\n"
    "end)\n"
    "return co(1), co(2), co(3)");
  printf("%s ", status_name(lua_pcall(L, 0, LUA_MULTRET, 0)));
  show_stack(L, "results");
}

static int go_on (lua_State *L, int status, lua_KContext context) {
  (void)status;
  (void)context;
  return lua_gettop(L) - 1;
}

/* Calls its argument; what is called may yield. */
static int call_yieldable (lua_State *L) {
  lua_settop(L, 1);
  lua_pushvalue(L, 1);
  lua_callk(L, 0, LUA_MULTRET, 1, go_on);
  return go_on(L, LUA_OK, 0);
}

TEST(yields_leave_calls_from_c_in_coroutines_of_lua) {
  lua_register(L, "call_yieldable", call_yieldable);
  luaL_loadstring(L,
    "local yield = coroutine.yield\n"
    "local function inner() local s = yield('from c') local t = yield(s .. '!') return t, 'done' end\n"
    "local co = coroutine.wrap(function ()\n"
    "  yield('plain')\n"
    "  local a, b = call_yieldable(inner)\n"
    "  local c = yield(a .. ' ' .. b)\n"
    "  local nested = coroutine.wrap(function () yield(1) call_yieldable(function () yield(2) end) yield(3) end)\n"
    "  yield(nested() + nested() * 10 + nested() * 100)\n"
    "  return select('#', call_yieldable(function () return pcall(call_yieldable, inner) end)), c\n"
    "end)\n"
    "local out = {}\n"
    "for i = 1, 8 do out[i] = co(i) end\n"
    "return table.unpack(out)");
  printf("%s ", status_name(lua_pcall(L, 0, LUA_MULTRET, 0)));
  show_stack(L, "results");
}

TEST(a_coroutine_of_lua_goes_on_from_c_and_back) {
  int i, results;
  lua_State *co;
  luaL_loadstring(L,
    "local yield, resume = coroutine.yield, coroutine.resume\n"
    "thread = coroutine.create(function (a) while true do a = yield(a + 1) end end)\n"
    "return resume(thread, 1)");
  lua_call(L, 0, LUA_MULTRET);
  lua_getglobal(L, "thread");
  co = lua_tothread(L, -1);
  for (i = 0; i < 3; i++) {
    lua_pushinteger(co, 10 * i);
    printf("%s ", status_name(lua_resume(co, L, 1, &results)));
    lua_xmove(co, L, results);
    luaL_loadstring(L, "return coroutine.resume(thread, ...)");
    lua_pushinteger(L, 10 * i + 5);
    lua_call(L, 1, 2);
  }
  show_stack(L, "results");
}
