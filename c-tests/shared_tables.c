/*
** Sharing between VMs: strings, tables, functions, the code cache. Every program that this is linked to must be ours.
**
**   shared_tables [NAME...]  runs the tests whose names are given, or all; ends with 1 at the first check that fails
**   shared_tables --quick     all, with fewer repetitions
**   shared_tables --early     closes a VM whose table another holds: a library with the feature `apicheck` aborts
**   shared_tables --list        prints their names
**
** Every VM has an allocator that counts, and that knows the size of each block.
*/
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lua.h"
#include "lauxlib.h"
#include "lualib.h"
#include "luashare.h"
#include "edition.h"
#include "lgc.h"

/* Fewer repetitions. */
static int quick;

#define CHECK(c) ((c) ? (void)0 : failed(__FILE__, __LINE__, #c))
#define CHECK_TEXT(got, wanted) check_text(__FILE__, __LINE__, got, wanted)

static void failed (const char *file, int line, const char *what) {
  fprintf(stderr, "%s:%d: failed: %s\n", file, line, what);
  abort();
}

static void check_text (const char *file, int line, const char *got, const char *wanted) {
  if (got == NULL || strcmp(got, wanted) != 0) {
    fprintf(stderr, "%s:%d: got `%s`, wanted `%s`\n", file, line, got ? got : "(null)", wanted);
    abort();
  }
}

/* ------------------------------------------------------------------------------------------------------- VMs --- */

/* What a VM has: bytes, and the most it may have; 0 for no limit. The next requests may be refused in any case. */
typedef struct Memory {
  size_t bytes;
  size_t limit;
  int refused;
} Memory;

static void *allocate (void *ud, void *p, size_t osize, size_t nsize) {
  Memory *m = (Memory *)ud;
  size_t *block = (size_t *)p;
  if (block) {
    block -= 2;
    CHECK(block[0] == osize);
  }
  else osize = 0;
  if (nsize == 0) {
    m->bytes -= osize;
    free(block);
    return NULL;
  }
  if (m->limit && nsize > osize && m->bytes + nsize - osize > m->limit)
    return NULL;
  if (m->refused && nsize > osize) {
    m->refused--;
    return NULL;
  }
  block = (size_t *)realloc(block, nsize + 2 * sizeof(size_t));
  CHECK(block != NULL);
  block[0] = nsize;
  m->bytes += nsize - osize;
  return block + 2;
}

static lua_State *new_vm (Memory *m) {
  lua_State *L;
  memset(m, 0, sizeof *m);
  L = new_state(allocate, m);
  CHECK(L != NULL);
  luaL_openlibs(L);
  return L;
}

static void close_vm (lua_State *L, Memory *m) {
  lua_close(L);
  CHECK(m->bytes == 0);
}

/* Runs a text; what it returns stays. The error ends the test. */
static void run (lua_State *L, const char *text) {
  if (luaL_loadstring(L, text) || lua_pcall(L, 0, LUA_MULTRET, 0)) {
    fprintf(stderr, "%s\nin: %s\n", lua_tostring(L, -1), text);
    abort();
  }
}

/* Runs a text that fails: the message, which stays on the stack. */
static const char *message (lua_State *L, const char *text) {
  int status = luaL_loadbuffer(L, text, strlen(text), "=x");
  CHECK(status == LUA_OK);
  CHECK(lua_pcall(L, 0, 0, 0) != LUA_OK);
  return lua_tostring(L, -1);
}

/* Calls a C function that fails with the value at index: the message. */
static const char *failure (lua_State *L, lua_CFunction f, int index) {
  index = lua_absindex(L, index);
  lua_pushcfunction(L, f);
  lua_pushvalue(L, index);
  CHECK(lua_pcall(L, 1, 0, 0) != LUA_OK);
  return lua_tostring(L, -1);
}

/* A total of what the process shares (luaL_cachestat). */
static lua_Integer total (const char *what) {
  Memory m;
  lua_State *L = new_vm(&m);
  lua_Integer n;
  luaL_cachestat(L);
  lua_getfield(L, -1, what);
  n = lua_tointeger(L, -1);
  close_vm(L, &m);
  return n;
}

/* Strings that the process keeps for what is shared. */
static lua_Integer pooled (void) {
  return total("strings");
}

/* Shares the table on the top and all that it refers to, as skynet does. */
static void share_all (lua_State *L) {
  Table *t = (Table *)lua_topointer(L, -1);
  if (isshared(t))
    return;
  makeshared(t);
  luaL_checkstack(L, 4, NULL);
  CHECK(!lua_getmetatable(L, -1));
  lua_pushnil(L);
  while (lua_next(L, -2)) {
    int i;
    for (i = -1; i >= -2; i--) {
      switch (lua_type(L, i)) {
        case LUA_TTABLE:
          lua_pushvalue(L, i);
          share_all(L);
          lua_pop(L, 1);
          break;
        case LUA_TFUNCTION:
          if (!lua_iscfunction(L, i)) {
            LClosure *f = (LClosure *)lua_topointer(L, i);
            makeshared(f);
            lua_sharefunction(L, i);
          }
          break;
        case LUA_TSTRING:
          lua_sharestring(L, i);
          break;
      }
    }
    lua_pop(L, 1);
  }
}

/* Runs a text that returns a table, and shares that; it stays on the stack. */
static const void *share (lua_State *L, const char *text) {
  run(L, text);
  CHECK(lua_istable(L, -1));
  share_all(L);
  CHECK(lua_isshared(lua_topointer(L, -1)));
  return lua_topointer(L, -1);
}

/* Makes a shared table the global `t`. */
static void use (lua_State *L, const void *p) {
  lua_clonetable(L, p);
  CHECK(lua_topointer(L, -1) == p);
  lua_setglobal(L, "t");
}

static const char sample[] =
  "local t = {10, 20, 30, 'forty', {deep = {deeper = 'x'}}, name = 'sample', [2.5] = 'float', [true] = 'yes', [false] = 'no',\n"
  "  [-7] = 'negative', [1e300] = 1, rep = string.rep, long = ('long '):rep(20), sub = {x = 1}, nested = {},\n"
  "  add = function (a, b) local s = 'sum' return a + b, s end}\n"
  "t[('k'):rep(50)] = 'long key' t[t.sub] = 'table key' t.self = t\n"
  "return t";

/* What every VM must see in it. */
static const char look[] =
  "assert(#t == 5 and rawlen(t) == 5 and t[1] == 10 and t[3] == 30 and t[4] == 'forty' and t[6] == nil and t[0] == nil)\n"
  "assert(t[5].deep.deeper == 'x' and t.name == 'sample' and t[2.5] == 'float' and t[true] == 'yes' and t[false] == 'no')\n"
  "assert(t[-7] == 'negative' and t[1e300] == 1 and t.nothing == nil and t[{}] == nil and t[print] == nil and t[2.0] == 20)\n"
  "assert(t[0/0] == nil and t[nil] == nil and rawget(t, 'name') == 'sample' and rawget(t, 2) == 20 and rawget(t, 99) == nil)\n"
  "assert(t[('k'):rep(50)] == 'long key' and t[t.sub] == 'table key' and t.self == t and rawequal(t.self.self, t))\n"
  "assert(t.long == ('long '):rep(20) and #t.long == 100 and t.rep == string.rep and t.rep('ab', 2) == 'abab')\n"
  "local sum, s = t.add(3, 4) assert(sum == 7 and s == 'sum' and t.add == t.add and type(t.add) == 'function')\n"
  "assert(table.concat(t, ',', 1, 4) == '10,20,30,forty' and select('#', table.unpack(t)) == 5)\n"
  "local n, seen = 0, {} for k, v in pairs(t) do n = n + 1 assert(not seen[k]) seen[k] = v assert(rawequal(t[k], v)) end\n"
  "assert(n == 19 and seen.name == 'sample' and seen[1] == 10 and seen[t.sub] == 'table key' and seen.add == t.add)\n"
  "n = 0 for i, v in ipairs(t) do n = n + 1 assert(t[i] == v) end assert(n == 5)\n"
  "n = 0 local k, v = next(t) while k ~= nil do n = n + 1 k, v = next(t, k) end assert(n == 19)\n"
  "local o = setmetatable({}, {__index = t}) assert(o.name == 'sample' and o[2] == 20 and o.nothing == nil)\n"
  "local p = setmetatable({}, {__index = o}) assert(p.name == 'sample')\n"
  "assert(({[t] = 1})[t.self] == 1 and getmetatable(t) == nil and type(t) == 'table' and t == t.self and t ~= t.sub)\n"
  "assert(table.move(t, 1, 3, 1, {})[3] == 30 and next({}) == nil and next(t.sub) == 'x')\n"
  "assert(load('return name, #sub', 'x', 't', t)() == 'sample')\n"
  "assert(not pcall(next, t, 'nothing') and tostring(t):find('^table: ') and string.format('%s', t.name) == 'sample')\n";

/* ------------------------------------------------------------------------------------------------------ tests --- */

static void a_shared_table_is_read_in_every_way (void) {
  Memory m, n;
  lua_State *A = new_vm(&m), *B = new_vm(&n);
  const void *p = share(A, sample);
  lua_setglobal(A, "t");
  run(A, look);
  use(B, p);
  run(B, look);
  run(B, "for i = 1, 3 do collectgarbage() end");
  run(B, look);
  lua_getglobal(B, "t");
  CHECK(lua_rawlen(B, -1) == 5);
  lua_rawgeti(B, -1, 2);
  CHECK(lua_tointeger(B, -1) == 20);
  lua_pop(B, 1);
  CHECK(lua_rawgeti(B, -1, 77) == LUA_TNIL);
  lua_pop(B, 1);
  lua_geti(B, -1, 4);
  CHECK_TEXT(lua_tostring(B, -1), "forty");
  lua_pop(B, 1);
  lua_getfield(B, -1, "name");
  CHECK_TEXT(lua_tostring(B, -1), "sample");
  lua_pop(B, 1);
  lua_pushboolean(B, 1);
  lua_gettable(B, -2);
  CHECK_TEXT(lua_tostring(B, -1), "yes");
  lua_pop(B, 1);
  lua_pushliteral(B, "name");
  CHECK(lua_rawget(B, -2) == LUA_TSTRING);
  lua_pop(B, 1);
  CHECK(lua_rawgetp(B, -1, &m) == LUA_TNIL);
  lua_pop(B, 1);
  CHECK(luaL_len(B, -1) == 5 && !lua_getmetatable(B, -1) && luaL_getmetafield(B, -1, "__index") == LUA_TNIL);
  CHECK(lua_rawequal(B, -1, -1) && lua_compare(B, -1, -1, LUA_OPEQ));
  close_vm(B, &n);
  close_vm(A, &m);
}

static void a_light_userdata_is_a_key_of_a_shared_table (void) {
  Memory m, n;
  lua_State *A = new_vm(&m), *B = new_vm(&n);
  lua_newtable(A);
  lua_pushliteral(A, "here");
  lua_rawsetp(A, -2, &m);
  share_all(A);
  lua_clonetable(B, lua_topointer(A, -1));
  CHECK(lua_rawgetp(B, -1, &m) == LUA_TSTRING);
  CHECK_TEXT(lua_tostring(B, -1), "here");
  close_vm(B, &n);
  close_vm(A, &m);
}

static int raw_set (lua_State *L) { lua_pushliteral(L, "name"); lua_pushnil(L); lua_rawset(L, 1); return 0; }
static int raw_set_new (lua_State *L) { lua_pushliteral(L, "new"); lua_pushnil(L); lua_rawset(L, 1); return 0; }
static int raw_set_i (lua_State *L) { lua_pushinteger(L, 1); lua_rawseti(L, 1, 1); return 0; }
static int raw_set_i_new (lua_State *L) { lua_pushinteger(L, 1); lua_rawseti(L, 1, 6); return 0; }
static int raw_set_p (lua_State *L) { lua_pushinteger(L, 1); lua_rawsetp(L, 1, L); return 0; }
static int set_field (lua_State *L) { lua_pushinteger(L, 1); lua_setfield(L, 1, "name"); return 0; }
/* What an assignment says, beside the variable: as skynet's Lua of this edition does. */
#if LUA_VERSION_NUM >= 505
#define ORDINARY_WRITE "attempt to index a table value"
#else
#define ORDINARY_WRITE "attempt to change a table value"
#endif

static int set_i (lua_State *L) { lua_pushinteger(L, 1); lua_seti(L, 1, 1); return 0; }
static int set_table (lua_State *L) { lua_pushinteger(L, 1); lua_pushinteger(L, 2); lua_settable(L, 1); return 0; }
static int set_metatable (lua_State *L) { lua_newtable(L); lua_setmetatable(L, 1); return 0; }
static int unset_metatable (lua_State *L) { lua_pushnil(L); lua_setmetatable(L, 1); return 0; }
static int reference (lua_State *L) { lua_pushinteger(L, 1); luaL_ref(L, 1); return 0; }

static void every_write_to_a_shared_table_raises (void) {
  static const char *const ordinary[][2] = {
    {"t.name = 1", "x:1: " ORDINARY_WRITE " (global 't')"},
    {"local u = t u.name = 1", "x:1: " ORDINARY_WRITE " (local 'u')"},
    {"local u = t u[1] = 1", "x:1: " ORDINARY_WRITE " (local 'u')"},
    {"local u, k = t, 'k' u[k] = 1", "x:1: " ORDINARY_WRITE " (local 'u')"},
    {"local u = t; (function () u.x = 1 end)()", "x:1: " ORDINARY_WRITE " (upvalue 'u')"},
    {"t.sub.x = 2", "x:1: " ORDINARY_WRITE " (field 'sub')"},
    {"t.sub.x = nil", "x:1: " ORDINARY_WRITE " (field 'sub')"},
    {"t.sub.new = 2", "x:1: " ORDINARY_WRITE " (field 'sub')"},
    {"t[{}] = 1", "x:1: " ORDINARY_WRITE " (global 't')"},
    {"t[7] = 1", "x:1: " ORDINARY_WRITE " (global 't')"},
    {"local _ENV = t; name = 1", "x:1: " ORDINARY_WRITE " (local '_ENV')"},
    {"setmetatable({}, {__newindex = t}).x = 1", "x:1: " ORDINARY_WRITE},
    {"function t.f() end", "x:1: " ORDINARY_WRITE " (global 't')"},
    {"table.insert(t, 1)", ORDINARY_WRITE},
    {"table.insert(t, 1, 1)", ORDINARY_WRITE},
    {"table.remove(t)", ORDINARY_WRITE},
    {"table.remove(t, 1)", ORDINARY_WRITE},
    {"table.move(t, 1, 2, 2)", ORDINARY_WRITE},
    {"table.move({1, 2}, 1, 2, 1, t)", ORDINARY_WRITE},
    {"table.sort(t.list)", ORDINARY_WRITE},
    {"table.sort(t.list, function (a, b) return a < b end)", ORDINARY_WRITE},
    {"rawset(t, 'name', 1)", "attempt to change a shared table"},
    {"rawset(t, 'new', 1)", "attempt to change a shared table"},
    {"rawset(t, 1, 1)", "attempt to change a shared table"},
    {"rawset(t, 'name', nil)", "attempt to change a shared table"},
    {"setmetatable(t, {})", "can't setmetatable to shared table"},
    {"setmetatable(t, nil)", "can't setmetatable to shared table"},
    {"debug.setmetatable(t, {})", "can't setmetatable to shared table"},
    {"debug.setmetatable(t, nil)", "can't setmetatable to shared table"},
  };
  static const struct { lua_CFunction f; const char *message; } through_c[] = {
    {raw_set, "attempt to change a shared table"}, {raw_set_new, "attempt to change a shared table"},
    {raw_set_i, "attempt to change a shared table"}, {raw_set_i_new, "attempt to change a shared table"},
    {raw_set_p, "attempt to change a shared table"}, {reference, "attempt to change a shared table"},
    {set_field, ORDINARY_WRITE}, {set_i, ORDINARY_WRITE},
    {set_table, ORDINARY_WRITE},
    {set_metatable, "can't setmetatable to shared table"}, {unset_metatable, "can't setmetatable to shared table"},
  };
  Memory m, n;
  lua_State *A = new_vm(&m), *B = new_vm(&n);
  const void *p = share(A, "return {1, 2, name = 'n', sub = {x = 1}, list = {3, 1, 2}}");
  int who;
  use(B, p);
  use(A, p);
  for (who = 0; who < 2; who++) {
    lua_State *L = who ? A : B;
    size_t i;
    for (i = 0; i < sizeof ordinary / sizeof ordinary[0]; i++) {
      CHECK_TEXT(message(L, ordinary[i][0]), ordinary[i][1]);
      lua_settop(L, 0);
    }
    for (i = 0; i < sizeof through_c / sizeof through_c[0]; i++) {
      lua_getglobal(L, "t");
      CHECK_TEXT(failure(L, through_c[i].f, 1), through_c[i].message);
      lua_settop(L, 0);
    }
    run(L, "assert(t.name == 'n' and #t == 2 and t[1] == 1 and t.sub.x == 1 and t.new == nil and next(t.sub, 'x') == nil)");
    run(L, "assert(table.concat(t.list, ' ') == '3 1 2')");
  }
  close_vm(B, &n);
  close_vm(A, &m);
}

static int clone_top (lua_State *L) { lua_clonetable(L, lua_touserdata(L, 1)); return 1; }
static int share_string (lua_State *L) { lua_sharestring(L, 1); return 0; }
static int share_function (lua_State *L) { lua_sharefunction(L, 1); return 0; }

static void what_is_not_shared_is_refused (void) {
  Memory m, n;
  int local = 0;
  lua_State *A = new_vm(&m), *B = new_vm(&n);
  const void *p;
  void *garbage[4];
  int i;
  lua_newtable(A);
  garbage[0] = NULL;
  garbage[1] = &local;
  garbage[2] = (void *)(uintptr_t)1;
  garbage[3] = (void *)lua_topointer(A, -1);
  for (i = 0; i < 4; i++) {
    CHECK(!lua_isshared(garbage[i]));
    lua_pushlightuserdata(B, garbage[i]);
    CHECK_TEXT(failure(B, clone_top, -1), "Not a shared table");
    /* B has no such object, A has the last. */
    CHECK(!lua_makeshared(B, garbage[i]));
    CHECK(lua_makeshared(A, garbage[i]) == (i == 3));
  }
  CHECK(lua_makeshared(A, garbage[3]) && lua_isshared(garbage[3]));
  /* What cannot be shared. */
  run(A, "return setmetatable({}, {}), print, coroutine.create(print), 'text', function () return print end, ({}).x, 12, io.stdout");
  for (i = -8; i < 0; i++)
    CHECK(!lua_makeshared(A, lua_topointer(A, i)));
  CHECK(!lua_makeshared(A, A));
  lua_pushvalue(A, LUA_REGISTRYINDEX);
  CHECK(!lua_makeshared(A, lua_topointer(A, -1)));
  lua_pushinteger(A, 1);
  CHECK_TEXT(failure(A, share_string, -1), "need a string to share");
  lua_pushnil(A);
  CHECK_TEXT(failure(A, share_string, -1), "need a string to share");
  lua_pushliteral(A, "text");
  lua_sharestring(A, -1);
  CHECK_TEXT(failure(A, share_function, -1), "Only Lua function can share");
  lua_pushcfunction(A, share_function);
  CHECK_TEXT(failure(A, share_function, -1), "Only Lua function can share");
  /* A table that refers to what is not shared: its VM reads all of it, others are told. */
  lua_settop(A, 0);
  run(A, "up = 1 return {a = 1, t = {1}, f = function () return up end, u = io.stdout, c = coroutine.create(print), g = function () end, "
         "w = coroutine.wrap(print), [{}] = 1}");
  p = lua_topointer(A, -1);
  CHECK(lua_makeshared(A, p));
  lua_setglobal(A, "t");
  run(A, "collectgarbage() collectgarbage('generational') collectgarbage() collectgarbage('incremental') collectgarbage('step')\n"
         "assert(t.t[1] == 1 and t.f() == 1 and io.type(t.u) == 'file' and type(t.c) == 'thread' and t.g() == nil)\n"
         "t.t[1] = 2 collectgarbage() assert(t.t[1] == 2)\n"
         "local n = 0 for k, v in pairs(t) do n = n + 1 end assert(n == 8)");
  use(B, p);
  run(B, "assert(t.a == 1)");
  CHECK_TEXT(message(B, "return t.t"), "x:1: attempt to read a table that is not shared from a shared table");
  CHECK_TEXT(message(B, "return t.f"), "x:1: attempt to read a function that is not shared from a shared table");
  CHECK_TEXT(message(B, "return t.g"), "x:1: attempt to read a function that is not shared from a shared table");
  CHECK_TEXT(message(B, "return t.w"), "x:1: attempt to read a function that is not shared from a shared table");
  CHECK_TEXT(message(B, "return t.u"), "x:1: attempt to read a userdata that is not shared from a shared table");
  CHECK_TEXT(message(B, "return rawget(t, 'c')"), "attempt to read a thread that is not shared from a shared table");
  CHECK(strstr(message(B, "for k, v in pairs(t) do end"), "that is not shared from a shared table") != NULL);
  close_vm(B, &n);
  close_vm(A, &m);
}

static void a_string_has_one_address_in_a_vm (void) {
  Memory m, n;
  lua_State *A = new_vm(&m), *B = new_vm(&n);
  const void *p, *before;
  p = share(A, "return {'early text', 'late text', key = 'early text'}");
  lua_pushliteral(B, "early text");
  before = lua_topointer(B, -1);
  use(B, p);
  run(B, "return t[1], t.key, t[2]");
  CHECK(lua_topointer(B, -3) == before && lua_topointer(B, -2) == before && lua_rawequal(B, -3, 1));
  lua_pushliteral(B, "late text");
  CHECK(lua_topointer(B, -1) == lua_topointer(B, -2));
  run(B, "local late = 'late ' .. 'text' return ({[late] = 1})[t[2]]");
  CHECK(lua_tointeger(B, -1) == 1);
  /* Also after its own string was collected. */
  lua_settop(B, 0);
  lua_gc(B, LUA_GCCOLLECT);
  run(B, "return t[1], 'early' .. ' text'");
  CHECK(lua_topointer(B, -1) == lua_topointer(B, -2));
  close_vm(B, &n);
  close_vm(A, &m);
}

static void strings_that_were_read_outlive_the_table (void) {
  lua_Integer before = pooled();
  Memory m, n;
  lua_State *A = new_vm(&m), *B = new_vm(&n);
  use(B, share(A, "return {'kept text', long = ('kept '):rep(30), f = function (x) return x .. ' and more' end, 'unread text'}"));
  run(B, "kept, long, f = t[1], t.long, t.f t = nil collectgarbage()");
  close_vm(A, &m);
  run(B, "for i = 1, 5 do collectgarbage() assert(kept == 'kept ' .. 'text' and long == ('kept '):rep(30) and f('this') == 'this and more') end");
  run(B, "collectgarbage('generational') for i = 1, 1e5 do local x = {} end collectgarbage() collectgarbage('incremental')");
  run(B, "assert(({['kept text'] = 1})[kept] == 1) kept, long, f = nil collectgarbage() collectgarbage()");
  run(B, "assert('kept' .. ' text' == 'kept text')");
  close_vm(B, &n);
  CHECK(pooled() == before);
}

static void functions_in_shared_tables_are_the_same_at_every_read (void) {
  Memory m, n;
  lua_State *A = new_vm(&m), *B = new_vm(&n);
  const void *p = share(A, "local t = {} t.f = function (a) return a, 'constant' end t[t.f] = 'by function' t.same = t.f\n"
               "t.nested = function (x) return function () return x end end return t");
  use(B, p);
  lua_setglobal(A, "t");
  run(B, "local f = t.f assert(f == t.f and f == t.same and t[f] == 'by function') weak = setmetatable({[f] = 'weak'}, {__mode = 'k'})\n"
         "f = nil for i = 1, 3 do collectgarbage() end assert(weak[t.f] == 'weak' and next(weak) == t.f)\n"
         "local a, b = t.f(5) assert(a == 5 and b == 'constant' and t.nested('up')() == 'up')\n"
         "local k for key in pairs(t) do if type(key) == 'function' then k = key end end assert(k == t.f and next(t, k) ~= k)\n"
         "assert(debug.getinfo(t.f, 'S').what == 'Lua' and debug.getinfo(t.f, 'u').nups == 0 and load(string.dump(t.f))(8) == 8)");
  run(A, "assert(t[t.f] == 'by function' and t.f == t.same)");
  lua_getglobal(A, "t");
  lua_getfield(A, -1, "f");
  CHECK(lua_isshared(lua_topointer(A, -1)));
  close_vm(B, &n);
  close_vm(A, &m);
}

static void a_shared_table_serves_as_a_metatable (void) {
  Memory m, n;
  lua_State *A = new_vm(&m), *B = new_vm(&n);
  use(B, share(A, "return {mt = {__index = function (t, k) return k .. '!' end, __add = function (a, b) return 'added' end, __len = function () return 42 end,\n"
                  "  __call = function (self, x) return x end, __eq = function () return true end, __tostring = function () return 'shown' end,\n"
                  "  __name = 'Name of type', __concat = function () return 'joined' end, __newindex = function (t, k, v) end,\n"
                  "  __lt = function () return true end, __close = function () end},\n"
                  "  weak = {__mode = 'k'}, gc = {__gc = function (o) o.log[1] = (o.log[1] or 0) + 1 end}, protected = {__metatable = 'hidden'},\n"
                  "  methods = {__index = {twice = function (self) return self.n * 2 end}}}"));
  run(B, "local o, p = setmetatable({}, t.mt), setmetatable({}, t.mt)\n"
         "for i = 1, 3 do assert(o.x == 'x!' and o + 1 == 'added' and #o == 42 and o(7) == 7 and o == p and o .. 'x' == 'joined' and o < p)\n"
         "  assert(tostring(o) == 'shown' and getmetatable(o) == t.mt) o.field = 1 assert(rawget(o, 'field') == nil) collectgarbage() end\n"
         "do local c <close> = o end\n"
         "assert(select(2, pcall(function () return -o end)):find('Name of type'))\n"
         "assert(getmetatable(setmetatable({}, t.protected)) == 'hidden')\n"
         "assert(setmetatable({n = 4}, t.methods):twice() == 8)\n"
         "local w = setmetatable({}, t.weak) w[{}] = 1 w[t] = 2 collectgarbage() assert(next(w) == t and next(w, t) == nil)\n"
         "local log = {} for i = 1, 10 do setmetatable({log = log}, t.gc) end collectgarbage() assert(log[1] == 10)\n"
         "debug.setmetatable(1, t.methods) assert(not pcall(function () return (1).n.n end)) debug.setmetatable(1, nil)\n"
         "getmetatable('').__index = setmetatable({}, {__index = string}) assert(('x'):rep(2) == 'xx')");
  close_vm(B, &n);
  close_vm(A, &m);
}

/* What a table refers to that others shared. */
static void tables_of_several_vms_refer_to_each_other (void) {
  Memory m, n, o;
  lua_State *A = new_vm(&m), *B = new_vm(&n), *C = new_vm(&o);
  use(B, share(A, "return {inner = {text = 'of the first vm'}, f = function () return 'of A' end}"));
  use(C, share(B, "return {first = t, own = 'of the second vm', inner = t.inner}"));
  run(C, "assert(t.first.inner == t.inner and t.inner.text == 'of the first vm' and t.own == 'of the second vm' and t.first.f() == 'of A')");
  run(B, "t = nil collectgarbage() collectgarbage()");
  run(C, "for i = 1, 3 do collectgarbage() assert(t.first.inner.text == 'of the first vm' and t.first.f() == 'of A') end t = nil collectgarbage()");
  close_vm(C, &o);
  close_vm(B, &n);
  close_vm(A, &m);
}

/* The one who shares keeps everything alive, whatever its collector does meanwhile. */
static void sharing_in_the_midst_of_a_collection (void) {
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
static void tables_with_a_past_are_shared (void) {
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

static int read_all (lua_State *L) {
  lua_clonetable(L, lua_touserdata(L, 1));
  lua_pushnil(L);
  while (lua_next(L, -2))
    lua_pop(L, 1);
  lua_getfield(L, -1, "name");
  return 1;
}

static void reading_survives_a_lack_of_memory (void) {
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

static void freezing_survives_a_lack_of_memory (void) {
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

static void everything_comes_back (void) {
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
static void vms_whose_tables_are_in_each_other_give_everything_back (void) {
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

/* The code of functions that were read goes when their VM has closed and nothing uses it. */
static void a_vm_that_goes_on_gives_back_the_functions_of_closed_vms (void) {
  lua_Integer before;
  Memory n;
  lua_State *B = new_vm(&n);
  int i;
  run(B, "t = nil");
  before = pooled();
  for (i = 0; i < 20; i++) {
    Memory m;
    lua_State *A = new_vm(&m);
    char text[200];
    sprintf(text, "return {f = function () return 'constant of round %d' end}", i);
    use(B, share(A, text));
    run(B, "assert(t.f():find('^constant of round')) t = nil");
    lua_settop(B, 0);
    close_vm(A, &m);
    run(B, "for i = 1, 3 do collectgarbage() end");
  }
  CHECK(pooled() == before);
  close_vm(B, &n);
}

/* What a host names is the process's string while there is one, and is let go of as any string. */
static void strings_that_hosts_have_named_come_back (void) {
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

static void a_shared_table_takes_no_more_memory_than_before (void) {
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

/* A VM that goes on gives back the strings of tables that are gone when it collects fully, and so in generational mode when memory has grown. */
static void a_vm_that_goes_on_gives_back_the_strings_of_closed_vms (void) {
  lua_Integer before;
  Memory n;
  lua_State *B = new_vm(&n);
  int i;
  run(B, "collectgarbage('generational')");
  before = pooled();
  for (i = 0; i < 20; i++) {
    Memory m;
    lua_State *A = new_vm(&m);
    char text[200];
    sprintf(text, "local t = {} for i = 1, 500 do t[i] = 'round %d item ' .. i end return t", i);
    use(B, share(A, text));
    run(B, "for i = 1, #t do assert(t[i]:find('^round')) end t = nil");
    close_vm(A, &m);
    run(B, "local keep = {} for i = 1, 50000 do keep[i] = {i} end");
  }
  CHECK(pooled() - before < 5000);
  close_vm(B, &n);
  CHECK(pooled() == before);
}

/* ---------------------------------------------------------------------------------------------------- threads --- */

static const void *volatile for_threads;

static void *reader (void *argument) {
  int seed = (int)(intptr_t)argument, i;
  for (i = 0; i < (quick ? 3 : 20); i++) {
    Memory n;
    lua_State *B = new_vm(&n);
    if ((seed + i) % 3 == 0) run(B, "collectgarbage('generational')");
    if ((seed + i) % 3 == 1) run(B, "collectgarbage('incremental', 100, 400, 8)");
    use(B, for_threads);
    run(B, look);
    run(B, "local keep = {} for round = 1, 20 do for i, v in ipairs(t.nested.rows) do keep[#keep + 1] = v.name .. v.f(i) keep[v] = v.tags end\n"
           "  local rows = t.nested.rows assert(#rows == 50 and rows[7].name == 'row 7' and keep[rows[7]][2] == 'even') end");
    run(B, look);
    close_vm(B, &n);
  }
  return NULL;
}

static void many_threads_read_a_shared_table (void) {
  pthread_t threads[8];
  Memory m;
  lua_State *A = new_vm(&m);
  char text[2000];
  int i;
  sprintf(text, "local t = (function () %s end)() t.nested = {rows = {}}\n"
                "for i = 1, 50 do t.nested.rows[i] = {name = 'row ' .. i, tags = {'odd', 'even'}, f = function (x) return x + 1 end} end return t", sample);
  for_threads = share(A, text);
  for (i = 0; i < 8; i++)
    CHECK(pthread_create(&threads[i], NULL, reader, (void *)(intptr_t)i) == 0);
  for (i = 0; i < 8; i++)
    pthread_join(threads[i], NULL);
  close_vm(A, &m);
}

/* Tables are made, read and given up while others are. */
static void *churn (void *argument) {
  int seed = (int)(intptr_t)argument, i;
  for (i = 0; i < (quick ? 9 : 60); i++) {
    Memory m, n;
    lua_State *A = new_vm(&m), *B = new_vm(&n);
    char text[300];
    sprintf(text, "local t = {} for i = 1, 40 do t[i] = {name = 'common ' .. i, own = 'text ' .. %d + i} end return t",
            (seed * 60 + i) % 17);
    use(B, share(A, text));
    run(B, "local s = {} for i, v in ipairs(t) do s[i] = v.name .. v.own assert(v.name == 'common ' .. i) end t = nil");
    if (i % 3 == 0) run(B, "collectgarbage()");
    close_vm(A, &m);
    if (i % 3 == 1) run(B, "collectgarbage() collectgarbage('generational') collectgarbage()");
    close_vm(B, &n);
  }
  return NULL;
}

static void many_threads_share_tables (void) {
  lua_Integer before = pooled();
  pthread_t threads[8];
  int i;
  for (i = 0; i < 8; i++)
    CHECK(pthread_create(&threads[i], NULL, churn, (void *)(intptr_t)i) == 0);
  for (i = 0; i < 8; i++)
    pthread_join(threads[i], NULL);
  CHECK(pooled() == before);
}

/* ------------------------------------------------------------------- what users of skynet's Lua complained of --- */

/* The constants of a shared function belong to nobody who may free them. */
static void constants_of_shared_functions_outlive_their_vm (void) {
  Memory m, n;
  lua_State *A = new_vm(&m), *B = new_vm(&n);
  const void *handle;
  CHECK(luaL_loadstring(A, "local t = {'a constant of the chunk', key_constant = 1} return t[1], t.key_constant, ('a long constant '):rep(1) .. [[a constant that is too long to be interned, really]], function () return 'nested constant' end") == LUA_OK);
  lua_sharefunction(A, -1);
  handle = lua_topointer(A, -1);
  lua_clonefunction(B, handle);
  close_vm(A, &m);
  lua_call(B, 0, 4);
  lua_gc(B, LUA_GCCOLLECT);
  lua_call(B, 0, 1);
  CHECK_TEXT(lua_tostring(B, -1), "nested constant");
  CHECK_TEXT(lua_tostring(B, 1), "a constant of the chunk");
  close_vm(B, &n);
}

static void weak_tables_keep_shared_tables (void) {
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

static void raw_integer_sets_of_shared_tables_are_refused (void) {
  Memory m;
  lua_State *A = new_vm(&m);
  share(A, "return {1, 2, 3}");
  lua_setglobal(A, "t");
  CHECK_TEXT(message(A, "rawset(t, 2, 'x')"), "attempt to change a shared table");
  CHECK_TEXT(message(A, "rawset(t, 4, 'x')"), "attempt to change a shared table");
  lua_getglobal(A, "t");
  CHECK_TEXT(failure(A, raw_set_i, -1), "attempt to change a shared table");
  run(A, "assert(t[1] == 1 and t[2] == 2 and #t == 3)");
  close_vm(A, &m);
}

static void write_file (const char *name, const char *text, size_t size) {
  FILE *f = fopen(name, "wb");
  CHECK(f && fwrite(text, 1, size, f) == size);
  CHECK(fclose(f) == 0);
}

static void write_text (const char *name, const char *text) {
  write_file(name, text, strlen(text));
}

/* Names that are not there. */
static void stripped_chunks_are_shared (void) {
  Memory m, n;
  lua_State *A = new_vm(&m), *B = new_vm(&n);
  const char *binary;
  size_t size;
  run(A, "return string.dump(function (a, b) local c = a + b local function f(x) return x .. c end return f(1), function () return b end end, true)");
  binary = lua_tolstring(A, -1, &size);
  CHECK(luaL_loadbuffer(A, binary, size, "=stripped") == LUA_OK);
  lua_sharefunction(A, -1);
  lua_clonefunction(B, lua_topointer(A, -1));
  lua_pushinteger(B, 40);
  lua_pushinteger(B, 2);
  lua_call(B, 2, 2);
  CHECK_TEXT(lua_tostring(B, -2), "142");
  write_file("stripped.luac", binary, size);
  luaL_initcodecache();
  CHECK(luaL_loadfile(A, "stripped.luac") == LUA_OK && luaL_loadfile(B, "stripped.luac") == LUA_OK);
  lua_pushinteger(B, 1);
  lua_pushinteger(B, 2);
  lua_call(B, 2, 1);
  CHECK_TEXT(lua_tostring(B, -1), "13");
  CHECK(luaL_cacheclear("stripped.luac") == 1);
  close_vm(A, &m);
  lua_gc(B, LUA_GCCOLLECT);
  close_vm(B, &n);
  remove("stripped.luac");
}

/* No name is standard input, and that is never cached. */
static void a_nil_file_name_is_standard_input (void) {
  Memory m;
  lua_State *A = new_vm(&m);
  luaL_initcodecache();
  write_text("input.lua", "return 'from the input'");
  CHECK(freopen("input.lua", "r", stdin) != NULL);
  CHECK(luaL_loadfile(A, NULL) == LUA_OK);
  lua_call(A, 0, 1);
  CHECK_TEXT(lua_tostring(A, -1), "from the input");
  CHECK(freopen("input.lua", "r", stdin) != NULL);
  run(A, "return loadfile()()");
  CHECK_TEXT(lua_tostring(A, -1), "from the input");
  CHECK(freopen("input.lua", "r", stdin) != NULL);
  run(A, "return dofile()");
  CHECK_TEXT(lua_tostring(A, -1), "from the input");
  luaL_cachestat(A);
  lua_getfield(A, -1, "files");
  CHECK(lua_tointeger(A, -1) == 0);
  close_vm(A, &m);
  remove("input.lua");
}

static int load_and_call (lua_State *L) {
  if (luaL_loadfile(L, "limit.lua") != LUA_OK)
    lua_error(L);
  lua_call(L, 0, 1);
  return 1;
}

static void a_memory_limit_during_clone_is_reported (void) {
  static const char text[] =
    "local a, b, c = 'first constant', 'second constant', {x1 = 1, x2 = 2, x3 = 3, x4 = 4}\n"
    "local function f(n) return n == 0 and a or f(n - 1) end return f(3) .. b .. c.x4";
  Memory m, n;
  lua_State *A = new_vm(&m);
  size_t extra;
  int failures = 0, status;
  luaL_initcodecache();
  write_text("limit.lua", text);
  lua_pushcfunction(A, load_and_call);
  lua_call(A, 0, 1);
  for (extra = 0; ; extra += 32) {
    lua_State *B = new_vm(&n);
    lua_gc(B, LUA_GCCOLLECT);
    lua_pushcfunction(B, load_and_call);
    n.limit = n.bytes + extra;
    status = lua_pcall(B, 0, 1, 0);
    n.limit = 0;
    if (status != LUA_OK) {
      failures++;
      CHECK(status == LUA_ERRMEM);
      lua_pop(B, 1);
      lua_pushcfunction(B, load_and_call);
      lua_call(B, 0, 1);
    }
    CHECK_TEXT(lua_tostring(B, -1), "first constantsecond constant4");
    close_vm(B, &n);
    if (status == LUA_OK)
      break;
  }
  CHECK(failures > 3);
  close_vm(A, &m);
  CHECK(luaL_cacheclear(NULL) == 1);
  remove("limit.lua");
}

static void load (lua_State *L, const char *name) {
  CHECK(luaL_loadfile(L, name) == LUA_OK);
}

/* Making a function fails at first for want of memory; the collection that follows finds its code unused. */
static void code_stays_while_a_function_of_it_is_made (void) {
  Memory one, two, m;
  lua_State *A = new_vm(&one), *B = new_vm(&two);
  int round, i, tried_again = 0;
  write_text("code.lua", "local u = 'first constant' return u .. (a_global or ', no global')");
  write_text("other.lua", "return 'other'");
  luaL_cachemode(A, LUA_CACHEOFF);
  luaL_cachemode(B, LUA_CACHEOFF);
  /* The second VM that loads a file shares it. */
  load(A, "code.lua");
  load(A, "other.lua");
  load(B, "code.lua");
  load(B, "other.lua");
  for (round = 0; round < 200; round++) {
    lua_State *L = new_vm(&m);
    int refused = 1 + round % 7, status;
    luaL_cachemode(L, LUA_CACHEOFF);
    lua_gc(L, LUA_GCSTOP);
    lua_settop(B, 0);
    lua_gc(B, LUA_GCCOLLECT);
    lua_newtable(L);
    /* Functions are here and there in the blocks that they come from. */
    for (i = 1; i <= round + 3; i++) {
      load(L, i == round ? "code.lua" : "other.lua");
      if (i == round) lua_pop(L, 1);
      else lua_rawseti(L, 1, i);
    }
    m.refused = refused;
    status = luaL_loadfile(L, "code.lua");
    if (m.refused < refused && status == LUA_OK)
      tried_again++;
    m.refused = 0;
    if (status == LUA_OK) {
      CHECK(lua_pcall(L, 0, 1, 0) == LUA_OK);
      CHECK_TEXT(lua_tostring(L, -1), "first constant, no global");
    }
    else CHECK(status == LUA_ERRMEM);
    close_vm(L, &m);
  }
  CHECK(tried_again > 3);
  close_vm(B, &two);
  close_vm(A, &one);
  remove("code.lua");
  remove("other.lua");
}

/* A function that was shared by itself is not the main function of its file. */
static void reloading_a_file_leaves_functions_that_were_shared_alone (void) {
  Memory m, n;
  lua_State *A = new_vm(&m), *B = new_vm(&n);
  luaL_initcodecache();
  write_text("alone.lua", "local M = {} function M.f(x) return 'old', x end return M");
  CHECK(luaL_dofile(A, "alone.lua") == LUA_OK);
  lua_getfield(A, -1, "f");
  lua_sharefunction(A, -1);
  lua_clonefunction(B, lua_topointer(A, -1));
  lua_setglobal(B, "f");
  write_text("alone.lua", "local M = {} function M.f(x) return 'new', x end return M");
  CHECK(luaL_reloadfile(B, "alone.lua") == LUA_OK);
  lua_getfield(B, -1, "updated");
  CHECK(lua_tointeger(B, -1) == 0);
  run(B, "local version, x = f(5) assert(version == 'old' and x == 5)");
  close_vm(B, &n);
  close_vm(A, &m);
  luaL_cacheclear(NULL);
  remove("alone.lua");
}

static pthread_barrier_t start;

/* All at once: the first VM, the first string, the first file, the first shared table of the process. */
static void *be_first (void *argument) {
  Memory m, n;
  lua_State *A, *B;
  pthread_barrier_wait(&start);
  A = new_vm(&m);
  B = new_vm(&n);
  luaL_initcodecache();
  use(B, share(A, "return {name = 'first', {1, 2, 3}}"));
  run(B, "for k, v in pairs(t) do assert(v == 'first' or #v == 3) end");
  CHECK(luaL_dofile(A, "first.lua") == LUA_OK && luaL_dofile(B, "first.lua") == LUA_OK);
  CHECK_TEXT(lua_tostring(A, -1), "loaded");
  close_vm(B, &n);
  close_vm(A, &m);
  return argument;
}

static void threads_that_are_first_do_not_race (void) {
  pthread_t threads[16];
  int i;
  write_text("first.lua", "local t = {} for i = 1, 10 do t[i] = i end return 'loaded'");
  pthread_barrier_init(&start, NULL, 16);
  for (i = 0; i < 16; i++)
    CHECK(pthread_create(&threads[i], NULL, be_first, NULL) == 0);
  for (i = 0; i < 16; i++)
    pthread_join(threads[i], NULL);
  pthread_barrier_destroy(&start);
  luaL_cacheclear(NULL);
  remove("first.lua");
}

/* ------------------------------------------------------------------------------------------- the cache from C --- */

static void the_code_cache_is_used_from_c (void) {
  Memory m, n;
  lua_State *A = new_vm(&m), *B = new_vm(&n);
  luaL_initcodecache();
  write_text("cached.lua", "return 'one'");
  CHECK(luaL_cachemode(A, -1) == LUA_CACHEON && luaL_cachemode(A, LUA_CACHEOFF) == LUA_CACHEON && luaL_cachemode(A, 99) == LUA_CACHEOFF);
  CHECK(luaL_cachemode(A, LUA_CACHEEXIST) == LUA_CACHEOFF);
  CHECK(luaL_dofile(A, "cached.lua") == LUA_OK && luaL_cacheclear("cached.lua") == 0);
  CHECK(luaL_cachemode(A, LUA_CACHEON) == LUA_CACHEEXIST);
  CHECK(luaL_dofile(A, "cached.lua") == LUA_OK);
  write_text("cached.lua", "return 'changed'");
  CHECK(luaL_dofile(B, "cached.lua") == LUA_OK);
  CHECK_TEXT(lua_tostring(B, -1), "one");
  CHECK(luaL_loadfilex_(B, "cached.lua", NULL) == LUA_OK);
  lua_call(B, 0, 1);
  CHECK_TEXT(lua_tostring(B, -1), "changed");
  luaL_cachestat(A);
  lua_getfield(A, -1, "files");
  CHECK(lua_tointeger(A, -1) == 1);
  lua_pop(A, 1);
  lua_geti(A, -1, 1);
  lua_getfield(A, -1, "name");
  CHECK_TEXT(lua_tostring(A, -1), "cached.lua");
  lua_getfield(A, -2, "hits");
  CHECK(lua_tointeger(A, -1) == 1);
  lua_getfield(A, -3, "holders");
  CHECK(lua_tointeger(A, -1) == 2);
  luaL_cachemode(B, LUA_CACHECHECK);
  CHECK(luaL_dofile(B, "cached.lua") == LUA_OK);
  CHECK_TEXT(lua_tostring(B, -1), "changed");
  CHECK(luaL_dofile(A, "cached.lua") == LUA_OK);
  CHECK_TEXT(lua_tostring(A, -1), "changed");
  CHECK(luaL_cacheclear("other.lua") == 0 && luaL_cacheclear(NULL) == 1 && luaL_cacheclear(NULL) == 0);
  run(A, "local file = io.open('cached.lua', 'wb') file:write(string.dump(load 'return 7')) file:close()");
  CHECK(luaL_loadfilex(A, "cached.lua", "t") == LUA_ERRSYNTAX);
  CHECK_TEXT(lua_tostring(A, -1), "attempt to load a binary chunk (mode is 't')");
  /* From 5.5 on the mode for binary chunks may be spelt with a capital. */
  CHECK(luaL_loadfilex(A, "cached.lua", "B") == (LUA_VERSION_NUM >= 505 ? LUA_OK : LUA_ERRSYNTAX));
  CHECK(luaL_loadfilex(A, "cached.lua", "b") == LUA_OK);
  CHECK(luaL_cacheclear(NULL) == 1);
  luaL_requiref(A, "skynet.codecache", luaopen_cache, 0);
  lua_getfield(A, -1, "clear");
  CHECK(lua_iscfunction(A, -1));
  close_vm(A, &m);
  close_vm(B, &n);
  remove("cached.lua");
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
static void addresses_are_free_before_their_memory_is (void) {
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

/* What a host names beforehand has the address that it has in shared code, so that no function needs constants of the VM's own. */
static void names_of_hosts_and_of_shared_code_are_the_same (void) {
  Memory m, n;
  lua_State *A = new_vm(&m), *B = new_vm(&n);
  char text[8000], name[30];
  size_t bytes;
  int i, length = 0;
  luaL_initcodecache();
  length += sprintf(text + length, "local t = ...\n");
  for (i = 0; i < 100; i++)
    length += sprintf(text + length, "t.field_number_%d = %d\n", i, i);
  write_text("names.lua", text);
  CHECK(luaL_loadfile(A, "names.lua") == LUA_OK);
  lua_newtable(B);
  for (i = 0; i < 100; i++) {
    sprintf(name, "field_number_%d", i);
    lua_pushinteger(B, -i);
    lua_setfield(B, -2, name);
  }
  lua_gc(B, LUA_GCCOLLECT);
  bytes = n.bytes;
  CHECK(luaL_loadfile(B, "names.lua") == LUA_OK);
  CHECK(n.bytes - bytes < 1000);
  lua_pushvalue(B, -2);
  lua_call(B, 1, 0);
  lua_setglobal(B, "t");
  run(B, "local n = 0 for k, v in pairs(t) do n = n + 1 assert(k == 'field_number_' .. v and v >= 0) end assert(n == 100)");
  CHECK(luaL_cacheclear(NULL) == 1);
  close_vm(A, &m);
  run(B, "collectgarbage() collectgarbage() assert(t['field_' .. 'number_' .. 7] == 7)");
  close_vm(B, &n);
  remove("names.lua");
}

/* The other VM has given the table up, by a full collection or by closing: it may be closed. Then it has not. */
static void close_too_early (void) {
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

/* An allocator that grants some requests and refuses some after them. */
static long granted, refused;

static void *allocate_at_times (void *ud, void *p, size_t osize, size_t nsize) {
  if (nsize > (p ? osize : 0)) {
    if (granted > 0) granted--;
    else if (refused > 0) {
      refused--;
      return NULL;
    }
  }
  return allocate(ud, p, osize, nsize);
}

/* Files with code in use that VMs share unasked. */
static lua_Integer shared_unasked (void) {
  return total("content_files");
}

static int load_linked (lua_State *L) {
  return luaL_loadfile(L, "linked.lua") == LUA_OK ? 1 : lua_error(L);
}

/* The emergency collection between two tries finds nothing that uses the code. */
static void code_that_is_linked_while_memory_fails_stays (void) {
  long n;
  lua_Integer before = shared_unasked();
  FILE *f = fopen("linked.lua", "w");
  CHECK(f != NULL);
  fputs("local name = 'a name of its own'\nlocal t = {}\nt[name] = print\nreturn function () return name, t[name] == print end\n", f);
  fclose(f);
  for (n = 0; n < 24 * 40; n++) {
    Memory first, second, m;
    lua_State *A = new_vm(&first), *B = new_vm(&second), *L = new_vm(&m);
    luaL_cachemode(A, LUA_CACHEOFF);
    luaL_cachemode(B, LUA_CACHEOFF);
    luaL_cachemode(L, LUA_CACHEOFF);
    CHECK(luaL_loadfile(A, "linked.lua") == LUA_OK && luaL_loadfile(B, "linked.lua") == LUA_OK);
    /* In every other round the VM has the string already, and gets a variant of the code. */
    if (n % 2 == 0) lua_pushliteral(L, "a name of its own");
    /* Objects come from blocks: which of them asks for memory depends on how many there are. */
    lua_pushinteger(L, n / 24);
    run(L, "return function (n) kept = {} for i = 1, n do kept[i] = function () return i end end end");
    lua_insert(L, -2);
    lua_call(L, 1, 0);
    lua_pushcfunction(L, load_linked);
    lua_setallocf(L, allocate_at_times, &m);
    granted = n % 4;
    refused = 1 + n / 4 % 6;
    if (lua_pcall(L, 0, 1, 0) != LUA_OK) {
      CHECK_TEXT(lua_tostring(L, -1), "not enough memory");
    }
    else {
      refused = 0;
      close_vm(A, &first);
      close_vm(B, &second);
      A = B = NULL;
      CHECK(shared_unasked() == before + 1);
      lua_gc(L, LUA_GCCOLLECT);
      lua_call(L, 0, 1);
      lua_gc(L, LUA_GCCOLLECT);
      lua_call(L, 0, 2);
      CHECK_TEXT(lua_tostring(L, -2), "a name of its own");
      CHECK(lua_toboolean(L, -1));
    }
    refused = 0;
    close_vm(L, &m);
    if (A != NULL) {
      close_vm(A, &first);
      close_vm(B, &second);
    }
    CHECK(shared_unasked() == before);
  }
  remove("linked.lua");
}

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
static void what_is_left_of_a_closed_vm_on_stacks_is_not_followed (void) {
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

/* ------------------------------------------------------------------------------------------------------- main --- */

#define T(name) {#name, name}
static const struct { const char *name; void (*run) (void); } tests[] = {
  T(threads_that_are_first_do_not_race),
  T(a_shared_table_is_read_in_every_way), T(a_light_userdata_is_a_key_of_a_shared_table), T(every_write_to_a_shared_table_raises),
  T(what_is_not_shared_is_refused), T(a_string_has_one_address_in_a_vm), T(strings_that_were_read_outlive_the_table),
  T(functions_in_shared_tables_are_the_same_at_every_read), T(a_shared_table_serves_as_a_metatable),
  T(tables_of_several_vms_refer_to_each_other), T(sharing_in_the_midst_of_a_collection), T(tables_with_a_past_are_shared),
  T(reading_survives_a_lack_of_memory), T(freezing_survives_a_lack_of_memory), T(everything_comes_back),
  T(addresses_are_free_before_their_memory_is), T(code_that_is_linked_while_memory_fails_stays),
  T(what_is_left_of_a_closed_vm_on_stacks_is_not_followed),
  T(a_vm_that_goes_on_gives_back_the_strings_of_closed_vms), T(many_threads_read_a_shared_table), T(many_threads_share_tables),
  T(constants_of_shared_functions_outlive_their_vm), T(weak_tables_keep_shared_tables),
  T(raw_integer_sets_of_shared_tables_are_refused), T(stripped_chunks_are_shared), T(a_nil_file_name_is_standard_input),
  T(a_memory_limit_during_clone_is_reported), T(the_code_cache_is_used_from_c),
  T(names_of_hosts_and_of_shared_code_are_the_same),
  T(vms_whose_tables_are_in_each_other_give_everything_back), T(a_vm_that_goes_on_gives_back_the_functions_of_closed_vms),
  T(strings_that_hosts_have_named_come_back),
  T(a_shared_table_takes_no_more_memory_than_before), T(code_stays_while_a_function_of_it_is_made),
  T(reloading_a_file_leaves_functions_that_were_shared_alone),
};

int main (int argc, char **argv) {
  size_t i;
  int ran = 0;
  if (argc == 2 && strcmp(argv[1], "--list") == 0) {
    for (i = 0; i < sizeof tests / sizeof tests[0]; i++)
      puts(tests[i].name);
    return 0;
  }
  if (argc == 2 && strcmp(argv[1], "--early") == 0) {
    close_too_early();
    return 0;
  }
  quick = argc == 2 && strcmp(argv[1], "--quick") == 0;
  for (i = 0; i < sizeof tests / sizeof tests[0]; i++) {
    int wanted = argc == 1 || quick, j;
    for (j = 1; j < argc; j++)
      wanted |= strcmp(argv[j], tests[i].name) == 0;
    if (wanted) {
      tests[i].run();
      printf("%s\n", tests[i].name);
      fflush(stdout);
      ran++;
    }
  }
  return ran == 0;
}
