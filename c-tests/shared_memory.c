/*
** What sharing costs and gives back: collections, VMs that close, a lack of memory.
*/
#include "shared_harness.h"

/* ------------------------------------------------------------------------------------------------- collections --- */

/* The one who shares keeps everything alive, whatever its collector does meanwhile. */
TEST(sharing_in_the_midst_of_a_collection) {
  static const char *const modes[] = {"collectgarbage('incremental', 100, 50, 5)", "collectgarbage('generational', 20, 50)"};
  int mode, step;
  for (mode = 0; mode < 2; mode++) {
    for (step = 0; step < 60; step += quick ? 9 : 1) {
      Memory m, n;
      lua_State *A = new_vm(&m), *B = new_vm(&n);
      const void *p;
      int i;
      run(A, modes[mode]);
      run(A, "all = {} for i = 1, 200 do all[i] = {i, name = 'n' .. i, sub = {list = {i, i + 1}}, f = function (x) return x end} end\n"
             "return {list = all, keep = {}, text = ('x'):rep(60)}");
      for (i = 0; i < step; i++)
        lua_gc(A, LUA_GCSTEP, 1);
      share_all(A);
      p = lua_topointer(A, -1);
      lua_settop(A, 0);
      run(A, "all = nil for i = 1, 3000 do local x = {i, {}, 'x' .. i} end collectgarbage('step') collectgarbage() for i = 1, 3000 do local x = {i} end");
      use(B, p);
      run(B, "for i, v in ipairs(t.list) do assert(v[1] == i and v.name == 'n' .. i and v.sub.list[2] == i + 1 and v.f(i) == i) end");
      run(A, "collectgarbage('generational') for i = 1, 3000 do local x = {i} end collectgarbage('incremental') collectgarbage()");
      run(B, "collectgarbage('generational') for i, v in ipairs(t.list) do assert(v.name == 'n' .. i and #v.sub.list == 2) end collectgarbage()");
      run(B, "for i, v in ipairs(t.list) do assert(v.name == 'n' .. i and v.f(v) == v) end");
      close_vm(B, &n);
      close_vm(A, &m);
    }
  }
}

/* A table with a finalizer that lost its metatable, one that was weak, one that is visited in slices. */
TEST(tables_with_a_past_are_shared) {
  Memory m, n;
  lua_State *A = new_vm(&m), *B = new_vm(&n);
  int i;
  run(A, "mode = {__mode = 'k'} gc = {__gc = function () called = true end} big = {} for i = 1, 1e5 do big['k' .. i] = 'v' .. i end return big");
  for (i = 0; i < 40; i++)
    lua_gc(A, LUA_GCSTEP, 10);
  share_all(A);
  use(B, lua_topointer(A, -1));
  run(A, "collectgarbage()");
  run(B, "local n = 0 for k, v in pairs(t) do n = n + 1 assert('v' .. k:sub(2) == v) end assert(n == 1e5 and t.k77 == 'v77')");
  run(B, "t = nil collectgarbage()");
  lua_pop(A, 1);
  run(A, "local o = setmetatable({x = 1}, gc) setmetatable(o, nil) return o");
  share_all(A);
  run(A, "local w = setmetatable({y = {}}, mode) collectgarbage('step') setmetatable(w, nil) return w");
  share_all(A);
  for (i = 0; i < 3; i++)
    run(A, "collectgarbage() collectgarbage('generational') collectgarbage() collectgarbage('incremental')");
  use(B, lua_topointer(A, 1));
  run(B, "assert(t.x == 1)");
  close_vm(B, &n);
  run(A, "assert(not called)");
  close_vm(A, &m);
}

TEST(weak_tables_keep_shared_tables) {
  Memory m, n;
  lua_State *A = new_vm(&m), *B = new_vm(&n);
  use(B, share(A, "return {{'one'}, {'two'}, key = {name = 'k'}, f = function () end}"));
  run(B, "keys = setmetatable({}, {__mode = 'k'}) values = setmetatable({}, {__mode = 'v'}) both = setmetatable({}, {__mode = 'kv'})\n"
         "for _, w in ipairs {keys, values, both} do w[t] = t w[t.key] = t[1] w[1] = t[2] w.x = {} w[{}] = 1 end t = nil");
  run(B, "for i = 1, 3 do collectgarbage() end collectgarbage('generational') for i = 1, 1e4 do local x = {} end collectgarbage() collectgarbage('incremental')\n"
         "for _, w in ipairs {keys, values, both} do assert(w[1][1] == 'two') local n = 0 for k, v in pairs(w) do n = n + 1 end assert(n >= 3)\n"
         "  local t for k in pairs(w) do if type(k) == 'table' and k.f then t = k end end assert(w[t] == t and w[t.key][1] == 'one') end\n"
         "assert(keys.x and not values.x and not both.x)");
  close_vm(B, &n);
  close_vm(A, &m);
}

/* ---------------------------------------------------------------------------------------------- without memory --- */

static int read_all (lua_State *L) {
  lua_clonetable(L, lua_touserdata(L, 1));
  lua_pushnil(L);
  while (lua_next(L, -2))
    lua_pop(L, 1);
  lua_getfield(L, -1, "name");
  return 1;
}

TEST(reading_survives_a_lack_of_memory) {
  Memory m, n;
  lua_State *A = new_vm(&m);
  const void *p = share(A, "local t = {name = 'the name'} for i = 1, 300 do t['key' .. i] = 'value' .. i t[i] = function () return 'x' end end return t");
  size_t extra;
  int failures = 0;
  for (extra = 0; ; extra += 512) {
    lua_State *B = new_vm(&n);
    int status;
    lua_gc(B, LUA_GCCOLLECT);
    lua_pushcfunction(B, read_all);
    lua_pushlightuserdata(B, (void *)p);
    n.limit = n.bytes + extra;
    status = lua_pcall(B, 1, 1, 0);
    n.limit = 0;
    if (status != LUA_OK) {
      failures++;
      CHECK(status == LUA_ERRMEM);
      CHECK_TEXT(lua_tostring(B, -1), "not enough memory");
      lua_clonetable(B, p);
      lua_setglobal(B, "t");
      run(B, "local n = 0 for k, v in pairs(t) do n = n + 1 end assert(n == 601 and t.name == 'the name')");
      close_vm(B, &n);
    }
    else {
      CHECK_TEXT(lua_tostring(B, -1), "the name");
      close_vm(B, &n);
      break;
    }
  }
  CHECK(failures > 5);
  close_vm(A, &m);
}

static int make_shared (lua_State *L) { CHECK(lua_makeshared(L, lua_topointer(L, 1))); return 0; }

TEST(freezing_survives_a_lack_of_memory) {
  size_t extra;
  int failures = 0;
  for (extra = 0; ; extra += 1024) {
    Memory m, n;
    lua_State *A = new_vm(&m), *B;
    int status;
    run(A, "local t = {} for i = 1, 300 do t['key' .. i] = 'value' .. i t[i] = {i} end return t");
    lua_gc(A, LUA_GCCOLLECT);
    lua_pushcfunction(A, make_shared);
    lua_pushvalue(A, 1);
    m.limit = m.bytes + extra;
    status = lua_pcall(A, 1, 0, 0);
    m.limit = 0;
    if (status != LUA_OK) {
      failures++;
      CHECK(status == LUA_ERRMEM && !lua_isshared(lua_topointer(A, 1)));
      lua_settop(A, 1);
      lua_setglobal(A, "t");
      run(A, "t.more = 1 assert(t.key7 == 'value7' and t[300][1] == 300) t.more = nil return t");
      share_all(A);
      B = new_vm(&n);
      use(B, lua_topointer(A, -1));
      run(B, "local n = 0 for k, v in pairs(t) do n = n + 1 end assert(n == 600 and t[300][1] == 300)");
      close_vm(B, &n);
    }
    close_vm(A, &m);
    if (status == LUA_OK)
      break;
  }
  CHECK(failures > 3);
}

/* --------------------------------------------------------------------------------------------- what comes back --- */

TEST(everything_comes_back) {
  lua_Integer before = pooled();
  int i;
  for (i = 0; i < 50; i++) {
    Memory m, n;
    lua_State *A = new_vm(&m), *B = new_vm(&n);
    const void *p = share(A, sample);
    use(B, p);
    run(B, look);
    if (i % 2) {
      run(B, "t = nil collectgarbage()");
      close_vm(A, &m);
      run(B, "collectgarbage() collectgarbage()");
      CHECK(!lua_isshared(p));
      close_vm(B, &n);
    }
    else {
      close_vm(B, &n);
      close_vm(A, &m);
      CHECK(!lua_isshared(p));
    }
  }
  CHECK(pooled() == before);
}

/* Tables of two VMs that are in each other. */
TEST(vms_whose_tables_are_in_each_other_give_everything_back) {
  lua_Integer before = pooled();
  int i;
  for (i = 0; i < 20; i++) {
    Memory m, n;
    lua_State *A = new_vm(&m), *B = new_vm(&n);
    use(B, share(A, "return {name = 'of A alone'}"));
    use(A, share(B, "return {t, name = 'of B alone'}"));
    share(A, "return {t, 'around both'}");
    run(B, "t = nil collectgarbage()");
    run(A, "t = nil collectgarbage()");
    close_vm(i % 2 ? A : B, i % 2 ? &m : &n);
    close_vm(i % 2 ? B : A, i % 2 ? &n : &m);
  }
  CHECK(pooled() == before);
}

/* Twenty VMs, one after the other, share what a text with the round's number returns; B has it as t, runs `work`, and when the other VM has closed `later`. */
static void read_from_vms_that_close (lua_State *B, const char *format, const char *work, const char *later) {
  int i;
  for (i = 0; i < 20; i++) {
    Memory m;
    lua_State *A = new_vm(&m);
    char text[200];
    sprintf(text, format, i);
    use(B, share(A, text));
    run(B, work);
    lua_settop(B, 0);
    close_vm(A, &m);
    run(B, later);
  }
}

/* The code of functions that were read goes when their VM has closed and nothing uses it. */
TEST(a_vm_that_goes_on_gives_back_the_functions_of_closed_vms) {
  lua_Integer before;
  Memory n;
  lua_State *B = new_vm(&n);
  run(B, "t = nil");
  before = pooled();
  read_from_vms_that_close(B, "return {f = function () return 'constant of round %d' end}", "assert(t.f():find('^constant of round')) t = nil",
    "for i = 1, 3 do collectgarbage() end");
  CHECK(pooled() == before);
  close_vm(B, &n);
}

/* What a host names is the process's string while there is one, and is let go of as any string. */
TEST(strings_that_hosts_have_named_come_back) {
  lua_Integer before = pooled();
  Memory m, n;
  lua_State *B = new_vm(&n);
  int i, j;
  char text[100];
  for (i = 0; i < 20; i++) {
    lua_State *A = new_vm(&m);
    sprintf(text, "local t = {} for j = 1, 500 do t['name ' .. %d .. ' ' .. j] = j end return t", i);
    share(A, text);
    lua_newtable(B);
    for (j = 1; j <= 500; j++) {
      sprintf(text, "name %d %d", i, j);
      lua_pushinteger(B, j);
      lua_setfield(B, 1, text);
    }
    close_vm(A, &m);
    run(B, "collectgarbage() collectgarbage()");
    sprintf(text, "name %d %d", i, 77);
    lua_getfield(B, 1, text);
    CHECK(lua_tointeger(B, -1) == 77);
    lua_settop(B, 0);
  }
  run(B, "collectgarbage() collectgarbage()");
  CHECK(pooled() < before + 1000);
  close_vm(B, &n);
  CHECK(pooled() == before);
}

/* A VM that goes on gives back the strings of tables that are gone when it collects fully, and so in generational mode when memory has grown. */
TEST(a_vm_that_goes_on_gives_back_the_strings_of_closed_vms) {
  lua_Integer before;
  Memory n;
  lua_State *B = new_vm(&n);
  run(B, "collectgarbage('generational')");
  before = pooled();
  read_from_vms_that_close(B, "local t = {} for i = 1, 500 do t[i] = 'round %d item ' .. i end return t",
    "for i = 1, #t do assert(t[i]:find('^round')) end t = nil", "local keep = {} for i = 1, 50000 do keep[i] = {i} end");
  CHECK(pooled() - before < 5000);
  close_vm(B, &n);
  CHECK(pooled() == before);
}

TEST(a_shared_table_takes_no_more_memory_than_before) {
  Memory m;
  lua_State *A = new_vm(&m);
  size_t before;
  run(A, "local t = {} for i = 1, 100000 do t[i] = i end return t");
  lua_gc(A, LUA_GCCOLLECT);
  before = m.bytes;
  share_all(A);
  lua_gc(A, LUA_GCCOLLECT);
  CHECK(m.bytes < before + 10000);
  close_vm(A, &m);
}

/* Addresses of shared objects, and how many of them have been given back. */
static const void *watched[2];
static int given_back;

static void *allocate_and_watch (void *ud, void *p, size_t osize, size_t nsize) {
  (void)ud;
  if (nsize == 0) {
    int i;
    for (i = 0; p != NULL && i < 2; i++) {
      const char *address = (const char *)watched[i];
      if (address >= (char *)p && address < (char *)p + osize) {
        CHECK(!lua_isshared(address));
        given_back++;
      }
    }
    free(p);
    return NULL;
  }
  return realloc(p, nsize);
}

/* Another thread may get the memory and share what it puts there, before the VM is closed entirely. */
TEST(addresses_are_free_before_their_memory_is) {
  lua_State *L = new_state(allocate_and_watch, NULL);
  int i;
  luaL_openlibs(L);
  run(L, "return {1, 2, x = 3}, function () return 1 end");
  for (i = 0; i < 2; i++) {
    watched[i] = lua_topointer(L, i + 1);
    CHECK(lua_makeshared(L, watched[i]) && lua_isshared(watched[i]));
  }
  lua_close(L);
  CHECK(given_back == 2);
}

/* ---------------------------------------------------------------------------------------------- VMs that close --- */

/* Blocks of allocate_and_spoil: each behind one of these. */
typedef union Spoiled {
  union Spoiled *next;
  long double alignment;
} Spoiled;

static Spoiled *spoiled;

/* An allocator that never gives memory back to others, and fills what is freed with what looks like an object that was not marked. */
static void *allocate_and_spoil (void *ud, void *p, size_t osize, size_t nsize) {
  void *moved = NULL;
  (void)ud;
  if (nsize != 0 && p != NULL && nsize <= osize) return p;
  if (nsize != 0) {
    Spoiled *block = (Spoiled *)calloc(1, sizeof(Spoiled) + nsize);
    if (block == NULL) return NULL;
    block->next = spoiled;
    spoiled = block;
    moved = block + 1;
  }
  if (p != NULL) {
    if (moved != NULL) memcpy(moved, p, osize);
    memset(p, 0x08, osize);
  }
  return moved;
}

static void free_spoiled (void) {
  while (spoiled != NULL) {
    Spoiled *next = spoiled->next;
    free(spoiled);
    spoiled = next;
  }
}

/* Registers that a function does not use yet have what an earlier call left there. */
TEST(what_is_left_of_a_closed_vm_on_stacks_is_not_followed) {
  Memory m;
  lua_State *B = new_vm(&m);
  int round;
  run(B, "return function () local a = setmetatable({}, {__index = function () collectgarbage() return 1 end}).x\n"
         "local b, c, d, e, f, g, h, i, j, k = a, a, a, a, a, a, a, a, a, a\n"
         "return a + b + c + d + e + f + g + h + i + j + k end");
  for (round = 0; round < 3; round++) {
    lua_State *A = new_state(allocate_and_spoil, NULL);
    int i;
    run(A, "return {x = 1}");
    CHECK(lua_makeshared(A, lua_topointer(A, -1)));
    for (i = 0; i < 30; i++) lua_clonetable(B, lua_topointer(A, -1));
    lua_settop(B, 1);
    lua_close(A);
    lua_pushvalue(B, 1);
    lua_call(B, 0, 1);
    CHECK(lua_tointeger(B, -1) == 11);
    lua_settop(B, 1);
  }
  close_vm(B, &m);
  free_spoiled();
}

/* The other VM has given the table up, by a full collection or by closing: it may be closed. Then it has not. */
void close_too_early (void) {
  int i;
  for (i = 0; i < 3; i++) {
    Memory m, n, o;
    lua_State *A = new_vm(&m), *B = new_vm(&n), *C = new_vm(&o);
    use(B, share(A, "return {inner = {name = 'of A'}, {}}"));
    use(C, share(B, "return {1, t.inner}"));
    run(B, "t = t.inner kept = t.name collectgarbage()");
    run(B, "t = nil collectgarbage()");
    close_vm(C, &o);
    /* A table of B refers to one of A. */
    if (i == 0) {
      close_vm(B, &n);
      close_vm(A, &m);
    }
    else if (i == 1) {
      lua_State *D = new_vm(&o);
      use(D, share(A, "return {name = 'seen and forgotten'}"));
      run(D, "assert(t.name) local w = t t = nil collectgarbage() w = nil t = nil");
      lua_settop(D, 0);
      run(D, "collectgarbage()");
      close_vm(B, &n);
      close_vm(A, &m);
      close_vm(D, &o);
    }
    else {
      puts("in time so far");
      fflush(stdout);
      close_vm(A, &m);
      close_vm(B, &n);
    }
  }
}
