/* Hooks set from C, from a signal handler and from another thread. */
#include "harness.h"
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

static const char *const events[] = {"call", "return", "line", "count", "tail call"};

static void print_event (lua_State *L, lua_Debug *ar) {
  lua_getinfo(L, "nSl", ar);
  printf("%s %s %d %s\n", events[ar->event], ar->name ? ar->name : "?", ar->currentline, ar->what);
}

TEST(call_return_and_line_events) {
  lua_sethook(L, print_event, LUA_MASKCALL | LUA_MASKRET | LUA_MASKLINE, 0);
  luaL_dostring(L, "local function f(x)\n return x end\nlocal function g() return f(1) end\nlocal a = g()\nstring.rep('x', 2)\nfor i = 1, 2 do\n a = i end\n");
  lua_sethook(L, NULL, 0, 0);
  printf("quiet\n");
  luaL_dostring(L, "local x = 1");
}

TEST(gethook_returns_what_was_set) {
  printf("%d %d %d\n", lua_gethook(L) == NULL, lua_gethookmask(L), lua_gethookcount(L));
  lua_sethook(L, print_event, LUA_MASKCOUNT, 1000000);
  printf("%d %d %d\n", lua_gethook(L) == print_event, lua_gethookmask(L) == LUA_MASKCOUNT, lua_gethookcount(L));
  lua_sethook(L, print_event, 0, 0);
  printf("%d %d %d\n", lua_gethook(L) == NULL, lua_gethookmask(L), lua_gethookcount(L));
  lua_sethook(L, NULL, LUA_MASKCALL, 0);
  printf("%d %d\n", lua_gethook(L) == NULL, lua_gethookmask(L));
}

TEST(new_threads_inherit_the_hook) {
  lua_State *co;
  lua_sethook(L, print_event, LUA_MASKCALL, 0);
  co = lua_newthread(L);
  printf("%d %d\n", lua_gethook(co) == print_event, lua_gethookmask(co));
  lua_sethook(L, NULL, 0, 0);
  printf("%d\n", lua_gethook(co) == print_event);
  lua_sethook(co, NULL, 0, 0);
}

static int seen;

static void count_event (lua_State *L, lua_Debug *ar) {
  (void)L;
  if (ar->event == LUA_HOOKCOUNT) seen++;
}

TEST(count_events_come_every_n_instructions) {
  seen = 0;
  lua_sethook(L, count_event, LUA_MASKCOUNT, 100);
  luaL_dostring(L, "for i = 1, 100000 do end");
  lua_sethook(L, NULL, 0, 0);
  printf("%d\n", seen > 500 && seen < 5000);
}

static void raise_error (lua_State *L, lua_Debug *ar) {
  lua_sethook(L, NULL, 0, 0);
  luaL_error(L, "from a %s hook", events[ar->event]);
}

TEST(a_hook_may_raise) {
  lua_sethook(L, raise_error, LUA_MASKLINE, 0);
  script(L, "local x = 1\nreturn x");
  lua_sethook(L, raise_error, LUA_MASKCALL, 0);
  script(L, "return 1");
  lua_sethook(L, raise_error, LUA_MASKRET, 0);
  script(L, "local function f() return 1 end return f()");
  lua_sethook(L, raise_error, LUA_MASKCOUNT, 1000);
  script(L, "while true do end");
  script(L, "return 'fine'");
}

static void yield_event (lua_State *L, lua_Debug *ar) {
  if (ar->event == LUA_HOOKLINE || ar->event == LUA_HOOKCOUNT) lua_yield(L, 0);
}

TEST(a_hook_may_yield) {
  int results, status, rounds = 0;
  lua_State *co = lua_newthread(L);
  load_text(co, "local a = 1\nlocal b = a + 1\nlocal c = b * 2\nreturn a, b, c", "=lines");
  lua_sethook(co, yield_event, LUA_MASKLINE, 0);
  while ((status = lua_resume(co, L, 0, &results)) == LUA_YIELD) {
    lua_Debug ar;
    lua_getstack(co, 0, &ar);
    lua_getinfo(co, "l", &ar);
    printf("yield at line %d with %d values\n", ar.currentline, results);
    if (++rounds > 10) break;
  }
  printf("%s ", status_name(status));
  show_stack(co, "results");
  rounds = 0;
  lua_settop(co, 0);
  luaL_loadstring(co, "local n = 0 for i = 1, 1000 do n = n + i end return n");
  lua_sethook(co, yield_event, LUA_MASKCOUNT, 100);
  while ((status = lua_resume(co, L, 0, &results)) == LUA_YIELD) rounds++;
  printf("%s %d ", status_name(status), rounds > 10);
  show_stack(co, "results");
}

static void yield_values (lua_State *L, lua_Debug *ar) {
  (void)ar;
  lua_yield(L, 0);
}

TEST(a_hook_may_yield_in_calls_and_returns_of_nested_functions) {
  int results, status, rounds = 0;
  lua_State *co = lua_newthread(L);
  luaL_loadstring(co, "local function f(n)\n if n == 0 then return 'end' end\n local r = f(n - 1)\n return r .. n\nend\nreturn f(5), pcall(f, 2)");
  lua_sethook(co, yield_values, LUA_MASKLINE, 0);
  while ((status = lua_resume(co, L, 0, &results)) == LUA_YIELD) rounds++;
  printf("%s %d ", status_name(status), rounds);
  show_stack(co, "results");
}

static lua_State *target;

static void stop (lua_State *L, lua_Debug *ar) {
  (void)ar;
  lua_sethook(L, NULL, 0, 0);
  /* Without a position: where the loop is interrupted differs from run to run. */
  lua_pushliteral(L, "interrupted");
  lua_error(L);
}

static void on_signal (int number) {
  (void)number;
  lua_sethook(target, stop, LUA_MASKCALL | LUA_MASKRET | LUA_MASKLINE | LUA_MASKCOUNT, 1);
}

static void interrupt_by_signal (lua_State *L, const char *loop) {
  struct sigaction action;
  memset(&action, 0, sizeof(action));
  action.sa_handler = on_signal;
  sigaction(SIGALRM, &action, NULL);
  target = L;
  ualarm(30000, 0);
  script(L, loop);
}

TEST(a_signal_handler_breaks_tight_loops) {
  interrupt_by_signal(L, "while true do end");
  interrupt_by_signal(L, "repeat until false");
  interrupt_by_signal(L, "for i = 1, math.huge do end");
  interrupt_by_signal(L, "for i = 1.0, math.huge do end");
  interrupt_by_signal(L, "local x = 0 while true do x = x + 1 end");
  interrupt_by_signal(L, "local function f() return f() end f()");
  interrupt_by_signal(L, "::a:: goto a");
  interrupt_by_signal(L, "for k in function () return 1 end do end");
  interrupt_by_signal(L, "while true do string.rep('x', 10) end");
  script(L, "return 'fine'");
}

static void *set_from_outside (void *unused) {
  (void)unused;
  usleep(30000);
  lua_sethook(target, stop, LUA_MASKCOUNT, 1);
  return NULL;
}

static void interrupt_by_thread (lua_State *L, const char *loop) {
  pthread_t thread;
  target = L;
  pthread_create(&thread, NULL, set_from_outside, NULL);
  script(L, loop);
  pthread_join(thread, NULL);
}

TEST(another_thread_breaks_tight_loops) {
  interrupt_by_thread(L, "while true do end");
  interrupt_by_thread(L, "for i = 1, math.huge do end");
  interrupt_by_thread(L, "local t = {} while true do t.x = (t.x or 0) + 1 end");
  interrupt_by_thread(L, "local function f(n) return f(n + 1) end f(1)");
  script(L, "return 'fine'");
}

static void look_at_transfer (lua_State *L, lua_Debug *ar) {
  int i;
  lua_getinfo(L, "rS", ar);
  if (ar->what[0] == 'm') return;
  printf("%s %d values:", events[ar->event], ar->ntransfer);
  for (i = 0; i < ar->ntransfer; i++) {
    lua_getlocal(L, ar, ar->ftransfer + i);
    putchar(' ');
    show(L, -1);
    lua_pop(L, 1);
  }
  putchar('\n');
}

TEST(transferred_values_are_seen) {
  lua_sethook(L, look_at_transfer, LUA_MASKCALL | LUA_MASKRET, 0);
  luaL_dostring(L, "local function f(a, b, ...) local c = 1 return a, c, ... end f(1, 2, 3, 4) f() math.max(3, 7, 5) local function v(...) return ... end v(9, 8)");
  lua_sethook(L, NULL, 0, 0);
}

static void stack_in_hook (lua_State *L, lua_Debug *ar) {
  (void)ar;
  lua_sethook(L, NULL, 0, 0);
  printf("top %d, checkstack %d\n", lua_gettop(L), lua_checkstack(L, 1000));
  lua_pushliteral(L, "left behind");
  lua_pushinteger(L, 1);
}

TEST(a_hook_has_a_stack_of_its_own) {
  lua_sethook(L, stack_in_hook, LUA_MASKLINE, 0);
  script(L, "local a, b = 1, 2\nlocal c = a + b\nreturn a, b, c");
}
