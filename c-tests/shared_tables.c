/*
** Shared tables as programs see them, in one thread and in many.
*/
#include "shared_harness.h"

const char sample[] =
  "local t = {10, 20, 30, 'forty', {deep = {deeper = 'x'}}, name = 'sample', [2.5] = 'float', [true] = 'yes', [false] = 'no',\n"
  "  [-7] = 'negative', [1e300] = 1, rep = string.rep, long = ('long '):rep(20), sub = {x = 1}, nested = {},\n"
  "  add = function (a, b) local s = 'sum' return a + b, s end}\n"
  "t[('k'):rep(50)] = 'long key' t[t.sub] = 'table key' t.self = t\n"
  "return t";

/* What every VM must see in it. */
const char look[] =
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

/* ----------------------------------------------------------------------------------------------------- reading --- */

TEST(a_shared_table_is_read_in_every_way) {
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

TEST(a_light_userdata_is_a_key_of_a_shared_table) {
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

TEST(a_string_has_one_address_in_a_vm) {
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

TEST(strings_that_were_read_outlive_the_table) {
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

TEST(functions_in_shared_tables_are_the_same_at_every_read) {
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

TEST(a_shared_table_serves_as_a_metatable) {
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
TEST(tables_of_several_vms_refer_to_each_other) {
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

/* --------------------------------------------------------------------------------------------- what is refused --- */

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

TEST(every_write_to_a_shared_table_raises) {
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

TEST(raw_integer_sets_of_shared_tables_are_refused) {
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

static int clone_top (lua_State *L) { lua_clonetable(L, lua_touserdata(L, 1)); return 1; }
static int share_string (lua_State *L) { lua_sharestring(L, 1); return 0; }
static int share_function (lua_State *L) { lua_sharefunction(L, 1); return 0; }

TEST(what_is_not_shared_is_refused) {
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

/* ----------------------------------------------------------------------------------------------------- threads --- */

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

TEST(many_threads_read_a_shared_table) {
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

TEST(many_threads_share_tables) {
  lua_Integer before = pooled();
  pthread_t threads[8];
  int i;
  for (i = 0; i < 8; i++)
    CHECK(pthread_create(&threads[i], NULL, churn, (void *)(intptr_t)i) == 0);
  for (i = 0; i < 8; i++)
    pthread_join(threads[i], NULL);
  CHECK(pooled() == before);
}
