/* The collector, allocators, warnings, several states. */
#include "harness.h"

TEST(gc_options_that_ask_and_set) {
  printf("running %d\n", lua_gc(L, LUA_GCISRUNNING));
  printf("stop %d ", lua_gc(L, LUA_GCSTOP));
  printf("running %d\n", lua_gc(L, LUA_GCISRUNNING));
  printf("restart %d ", lua_gc(L, LUA_GCRESTART));
  printf("running %d\n", lua_gc(L, LUA_GCISRUNNING));
  printf("collect %d\n", lua_gc(L, LUA_GCCOLLECT));
  printf("count %d %d\n", lua_gc(L, LUA_GCCOUNT) > 5, lua_gc(L, LUA_GCCOUNTB) >= 0 && lua_gc(L, LUA_GCCOUNTB) < 1024);
  printf("unknown %d\n", lua_gc(L, 99));
}

#if LUA_VERSION_NUM == 504
TEST(gc_options_with_parameters) {
  printf("pause %d ", lua_gc(L, LUA_GCSETPAUSE, 150));
  printf("%d ", lua_gc(L, LUA_GCSETPAUSE, 200));
  printf("stepmul %d ", lua_gc(L, LUA_GCSETSTEPMUL, 400));
  printf("%d\n", lua_gc(L, LUA_GCSETSTEPMUL, 100));
  printf("generational %d ", lua_gc(L, LUA_GCGEN, 0, 0));
  printf("%d ", lua_gc(L, LUA_GCGEN, 20, 100));
  printf("incremental %d ", lua_gc(L, LUA_GCINC, 0, 0, 0));
  printf("%d\n", lua_gc(L, LUA_GCINC, 180, 120, 13));
  printf("pause %d stepmul %d\n", lua_gc(L, LUA_GCSETPAUSE, 200), lua_gc(L, LUA_GCSETSTEPMUL, 100));
}
#endif

TEST(steps_finish_a_cycle) {
  int i, finished = 0;
  luaL_dostring(L, "keep = {} for i = 1, 1000 do keep[i] = {i} end");
  for (i = 0; i < 100000 && !finished; i++) finished = gc_step(L, 1);
  printf("%d\n", finished);
  printf("%d\n", gc_step(L, 100000));
  lua_gc(L, LUA_GCGEN, 0, 0);
  printf("%d\n", gc_step(L, 0));
  lua_gc(L, LUA_GCINC, 0, 0, 0);
}

struct count {
  size_t used;
  size_t limit;
  int calls;
};

static void *counting (void *data, void *block, size_t old, size_t wanted) {
  struct count *c = (struct count *)data;
  c->calls++;
  if (block == NULL) old = 0;
  if (wanted == 0) {
    free(block);
    c->used -= old;
    return NULL;
  }
  if (c->limit && c->used - old + wanted > c->limit) return NULL;
  block = realloc(block, wanted);
  if (block) c->used = c->used - old + wanted;
  return block;
}

TEST(states_live_in_their_own_allocators) {
  struct count c;
  void *data = NULL;
  lua_State *other;
  (void)L;
  memset(&c, 0, sizeof(c));
  other = new_state(counting, &c);
  printf("%d ", other != NULL);
  luaL_openlibs(other);
  script(other, "local t = {} for i = 1, 1000 do t[i] = {tostring(i)} end return #t");
  printf("%d %d\n", lua_getallocf(other, &data) == counting, data == (void *)&c);
  lua_close(other);
  printf("%d bytes left, %d\n", (int)c.used, c.calls > 0);
}

TEST(the_allocator_may_be_replaced) {
  struct count a, b;
  void *data = NULL;
  lua_State *other;
  (void)L;
  memset(&a, 0, sizeof(a));
  memset(&b, 0, sizeof(b));
  other = new_state(counting, &a);
  luaL_openlibs(other);
  b.used = a.used;
  lua_setallocf(other, counting, &b);
  printf("%d %d\n", lua_getallocf(other, NULL) == counting, (lua_getallocf(other, &data), data == (void *)&b));
  script(other, "return string.rep('x', 100000):len()");
  printf("%d %d\n", b.calls > 0, b.used > a.used);
  lua_close(other);
  printf("%d\n", (int)b.used);
}

TEST(a_memory_limit_is_an_error_and_can_be_survived) {
  struct count c;
  lua_State *other;
  (void)L;
  memset(&c, 0, sizeof(c));
  other = new_state(counting, &c);
  luaL_openlibs(other);
  c.limit = c.used + 300000;
  script(other, "local t = {} for i = 1, 1e7 do t[i] = {i} end");
  script(other, "return pcall(string.rep, 'x', 1000000)");
  script(other, "local ok, m = pcall(function () local s = 'x' while true do s = s .. s end end) return ok, m");
  script(other, "return 'alive'");
  script(other, "local n = 0 for i = 1, 100000 do local x = {i} n = n + 1 end return n");
  printf("%d\n", c.used <= c.limit);
  lua_close(other);
  printf("%d\n", (int)c.used);
}

static void *refusing (void *data, void *block, size_t old, size_t wanted) {
  (void)data; (void)old; (void)wanted;
  free(block);
  return NULL;
}

TEST(newstate_returns_null_when_there_is_no_memory) {
  (void)L;
  printf("%d\n", new_state(refusing, NULL) == NULL);
}

static void print_warning (void *data, const char *text, int more) {
  printf("[%s|%s%s]", (const char *)data, text, more ? "..." : "");
  if (!more) putchar('\n');
}

TEST(warnings_go_to_the_warn_function) {
  lua_setwarnf(L, print_warning, (void *)"data");
  lua_warning(L, "one piece", 0);
  lua_warning(L, "two ", 1);
  lua_warning(L, "pieces", 0);
  lua_warning(L, "@on", 0);
  script(L, "warn('from ', 'a ', 'script')");
  script(L, "setmetatable({}, {__gc = function () error('in a finalizer', 0) end}) collectgarbage()");
  script(L, "setmetatable({}, {__gc = function () error({}) end}) collectgarbage()");
  lua_setwarnf(L, NULL, NULL);
  lua_warning(L, "nobody hears this", 0);
  lua_setwarnf(L, print_warning, (void *)"at close");
  luaL_dostring(L, "kept = setmetatable({}, {__gc = function () error('closing', 0) end})");
}

TEST(warnings_of_newstate_start_off) {
  fflush(stdout);
  lua_warning(L, "not shown", 0);
  lua_warning(L, "@on", 0);
  lua_warning(L, "shown ", 1);
  lua_warning(L, "in pieces", 0);
  lua_warning(L, "@strange", 0);
  lua_warning(L, "@", 1);
  lua_warning(L, "off", 0);
  lua_warning(L, "still shown", 0);
  lua_warning(L, "@off", 0);
  lua_warning(L, "not shown", 0);
}

TEST(many_states_at_once) {
  lua_State *all[50];
  int i;
  (void)L;
  for (i = 0; i < 50; i++) {
    all[i] = luaL_newstate();
    luaL_openlibs(all[i]);
    lua_pushinteger(all[i], i);
    lua_setglobal(all[i], "number");
  }
  for (i = 49; i >= 0; i--) {
    luaL_dostring(all[i], "local s = 0 for i = 1, number do s = s + i end return s");
    if (lua_tointeger(all[i], -1) != i * (i + 1) / 2) printf("%d is wrong\n", i);
  }
  for (i = 0; i < 50; i += 2) lua_close(all[i]);
  for (i = 1; i < 50; i += 2) lua_close(all[i]);
  printf("closed\n");
}

static int order (lua_State *L) {
  printf("finalizer of %s\n", lua_tostring(L, lua_upvalueindex(1)));
  return 0;
}

TEST(close_runs_finalizers_then_frees) {
  static const char *const names[] = {"a", "b", "c"};
  int i;
  for (i = 0; i < 3; i++) {
    lua_newtable(L);
    lua_newtable(L);
    lua_pushstring(L, names[i]);
    lua_pushcclosure(L, order, 1);
    lua_setfield(L, -2, "__gc");
    lua_setmetatable(L, -2);
    lua_setglobal(L, names[i]);
  }
  printf("closing\n");
}

TEST(weak_tables_from_c) {
  lua_newtable(L);
  lua_newtable(L);
  lua_pushliteral(L, "v");
  lua_setfield(L, -2, "__mode");
  lua_setmetatable(L, 1);
  lua_newtable(L);
  lua_rawseti(L, 1, 1);
  lua_newuserdatauv(L, 10, 0);
  lua_pushvalue(L, -1);
  lua_rawseti(L, 1, 2);
  lua_gc(L, LUA_GCCOLLECT);
  lua_rawgeti(L, 1, 1);
  lua_rawgeti(L, 1, 2);
  show_stack(L, "weak");
}

static int collect_in_finalizer (lua_State *L) {
  printf("collect %d, step %d, count %d\n", lua_gc(L, LUA_GCCOLLECT), gc_step(L, 1), lua_gc(L, LUA_GCCOUNT) > 0);
  return 0;
}

TEST(a_finalizer_cannot_collect) {
  lua_newtable(L);
  lua_newtable(L);
  lua_pushcfunction(L, collect_in_finalizer);
  lua_setfield(L, -2, "__gc");
  lua_setmetatable(L, -2);
  lua_settop(L, 0);
  lua_gc(L, LUA_GCCOLLECT);
}
