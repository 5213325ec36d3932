/*
** Everything a state owns comes from its allocator, and can fail.
**
**   memory balance     each block comes back with the size it was given, and none is left at the end
**   memory once        the n-th allocation fails, for n = 1, 2, 3, ... until a run needs fewer than n
**   memory from        the n-th allocation and all later ones fail
**   memory limit       a run within ever larger limits on bytes, until one suffices
**   memory code        a closure of a C function that lies where closures cannot refer to it
**
** A run makes a state, opens all libraries and executes a script that uses each of them. It must end well or with
** "not enough memory", and close clean either way.
*/
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lua.h"
#include "lauxlib.h"
#include "lualib.h"
#include "edition.h"

static const char work[] =
  "local log = {}\n"
  "local function note(...) log[#log + 1] = table.concat({...}, ' ') end\n"
  "-- base\n"
  "assert(select('#', load('local a, b = ... return a, b, {a}, function () return b end')(1, 2)) == 4)\n"
  "for k, v in pairs({1, 2, x = 3}) do note(tostring(k), tostring(v)) end\n"
  "local object = setmetatable({}, {__index = function (t, k) return k .. k end, __call = function (self, x) return {x} end,\n"
  "  __concat = function (a, b) return 'joined' end, __gc = function () end, __close = function () end})\n"
  "note(object.name, object .. 'x', type(object(1)))\n"
  "do local c <close> = object end\n"
  "-- string\n"
  "note(string.format('%5d %s %q %g %a', 42, 'text', 'a\\nb', 1.5, 0.5), ('x'):rep(3000, ','):sub(-1))\n"
  "note((('key=value; other=thing'):gsub('(%w+)=(%w+)', '%2=%1')), string.pack('<i4 s z', 7, 'len', 'zero'))\n"
  "for w in ('one two three'):gmatch('%a+') do note(w:upper(), w:reverse(), w:byte(1)) end\n"
  "local dumped = load(string.dump(function (a) local t = {a, 'constant', 2.5} return function () return t end end))\n"
  "assert(dumped(1)()[2] == 'constant')\n"
  "-- table\n"
  "local t = {}\n"
  "for i = 1, 300 do t[i] = (i * 7919) % 301 end\n"
  "table.sort(t) table.insert(t, 1, 'first') table.remove(t) table.move(t, 1, 10, 20)\n"
  "note(table.concat(t, ',', 2, 10), table.pack(table.unpack(t, 1, 50)).n)\n"
  "local big = {}\n"
  "for i = 1, 200 do big['key' .. i] = {i, tostring(i), name = 'n' .. i} end\n"
  "-- math, utf8, os\n"
  "math.randomseed(1, 2)\n"
  "note(math.random(10), math.floor(2.5), math.tointeger(3.0), utf8.char(228, 8364, 128512), utf8.len('\\u{20AC}uro'))\n"
  "for p, c in utf8.codes('a\\u{e9}') do note(p, c) end\n"
  "note(os.date('!%Y-%m-%d %H:%M:%S', 0), os.time({year = 2000, month = 1, day = 1, hour = 12}), os.getenv('PATH') and 'path')\n"
  "-- io\n"
  "local file = assert(io.tmpfile())\n"
  "file:write('line 1\\nline 2\\n', 3, ' ', 4.5, '\\n') file:seek('set')\n"
  "note(file:read('l', 'L', 'n', 'n')) file:seek('set')\n"
  "for line in file:lines() do note(line) end file:close()\n"
  "-- coroutine\n"
  "local co = coroutine.wrap(function (...) local n = select('#', ...) while true do n = n + coroutine.yield(n) end end)\n"
  "co(1, 2) note(co(5))\n"
  "local gen = coroutine.create(function () local c <close> = object coroutine.yield(1) end)\n"
  "coroutine.resume(gen) coroutine.close(gen)\n"
  "-- debug\n"
  "local function inner() return debug.traceback('trace', 1), debug.getinfo(1, 'nSltu').short_src end\n"
  "note(inner()) debug.sethook(function () end, 'l') local x = 1\n"
  "x = 2 debug.sethook()\n"
  "note((debug.getlocal(1, 1)), (debug.getupvalue(inner, 1)))\n"
  "-- package\n"
  "package.preload.mine = function (name) return {name = name} end\n"
  "note(require('mine').name)\n"
  "-- collection\n"
  "collectgarbage() collectgarbage('generational')\n"
  "for i = 1, 500 do local garbage = {i, {}, tostring(i), function () return i end} end\n"
  "collectgarbage('incremental')\n"
  "local weak = setmetatable({}, {__mode = 'k'}) for i = 1, 20 do weak[{}] = i end collectgarbage('step')\n"
  "return #log\n";

struct header {
  size_t size;
  size_t mark;
};

#define LIVE ((size_t)0x5afeb10c)
#define DEAD ((size_t)0xdeadb10c)

struct ledger {
  size_t blocks;
  size_t bytes;
  size_t most;
  size_t limit;        /* bytes, 0 for none */
  long requests;       /* calls that could fail so far */
  long fail_at;        /* 0 for never */
  int and_later;       /* whether later requests fail too */
  int failures;
};

static void wrong (const char *what, size_t told, size_t known) {
  printf("WRONG: %s: told %lu, known %lu\n", what, (unsigned long)told, (unsigned long)known);
  fflush(stdout);
  abort();
}

/* Whether this request is one that fails. Shrinking a block never fails, as lua_Alloc requires. */
static int refused (struct ledger *l, size_t old, size_t wanted) {
  if (wanted <= old) return 0;
  l->requests++;
  if (l->fail_at != 0 && (l->requests == l->fail_at || (l->and_later && l->requests > l->fail_at))) return 1;
  return l->limit != 0 && l->bytes - old + wanted > l->limit;
}

static void *ledger_alloc (void *data, void *block, size_t told, size_t wanted) {
  struct ledger *l = (struct ledger *)data;
  struct header *h = block ? (struct header *)block - 1 : NULL;
  struct header *moved;
  size_t old = 0;
  if (h) {
    if (h->mark != LIVE) wrong("a block that is not alive", told, h->mark);
    if (h->size != told) wrong("the size of a block", told, h->size);
    old = told;
  }
  if (wanted == 0) {
    if (h) {
      h->mark = DEAD;
      l->blocks--;
      l->bytes -= old;
      free(h);
    }
    return NULL;
  }
  if (refused(l, old, wanted)) {
    l->failures++;
    return NULL;
  }
  /* A block always moves and its old bytes are spoilt, so that nothing lives on by luck. */
  moved = (struct header *)malloc(sizeof(struct header) + wanted);
  if (moved == NULL) abort();
  memset(moved + 1, 0xA5, wanted);
  if (h) {
    memcpy(moved + 1, block, old < wanted ? old : wanted);
    memset(block, 0x5A, old);
    h->mark = DEAD;
    free(h);
  }
  else l->blocks++;
  moved->size = wanted;
  moved->mark = LIVE;
  l->bytes = l->bytes - old + wanted;
  if (l->bytes > l->most) l->most = l->bytes;
  return moved + 1;
}

static int body (lua_State *L) {
  luaL_checkversion(L);
  luaL_openlibs(L);
  if (luaL_loadbuffer(L, work, sizeof(work) - 1, "=work") != LUA_OK) return lua_error(L);
  lua_call(L, 0, 1);
  return 1;
}

static int afterwards (lua_State *L) {
  luaL_Buffer b;
  int i;
  luaL_buffinit(L, &b);
  for (i = 0; i < 1000; i++) luaL_addstring(&b, "still usable ");
  luaL_pushresult(&b);
  lua_newtable(L);
  for (i = 1; i < 100; i++) {
    lua_pushfstring(L, "entry %d", i);
    lua_rawseti(L, -2, i);
  }
  return 1;
}

/* One whole run. Returns 1 when it finished, 0 when memory did not suffice. */
static int one_run (struct ledger *l) {
  int status, finished;
  lua_State *L = new_state(ledger_alloc, l);
  if (L == NULL) {
    if (l->blocks != 0) wrong("blocks left by a state that was not made", 0, l->blocks);
    return 0;
  }
  lua_pushcfunction(L, body);
  status = lua_pcall(L, 0, 1, 0);
  finished = status == LUA_OK;
  if (!finished) {
    const char *message = lua_tostring(L, -1);
    if (message == NULL || strcmp(message, "not enough memory") != 0) {
      printf("WRONG: status %d: %s\n", status, message ? message : "(no message)");
      fflush(stdout);
      abort();
    }
    if (l->failures == 0) wrong("memory errors without a refused request", 1, 0);
    lua_settop(L, 0);
    /* Once there is memory again the state must work again. */
    l->fail_at = 0;
    l->limit = 0;
    lua_pushcfunction(L, afterwards);
    status = lua_pcall(L, 0, 1, 0);
    if (status != LUA_OK) {
      printf("WRONG: afterwards: status %d: %s\n", status, lua_tostring(L, -1));
      fflush(stdout);
      abort();
    }
  }
  lua_close(L);
  if (l->blocks != 0 || l->bytes != 0) wrong("blocks left after lua_close", l->bytes, l->blocks);
  return finished;
}

static void balance (void) {
  struct ledger l;
  memset(&l, 0, sizeof(l));
  if (!one_run(&l)) wrong("the plain run's end", 1, 0);
  printf("%ld requests, at most %lu bytes, all returned\n", l.requests, (unsigned long)l.most);
}

static void failing (int and_later, long step) {
  long n, finished = 0, refused_runs = 0;
  for (n = 1; ; n += step) {
    struct ledger l;
    memset(&l, 0, sizeof(l));
    l.fail_at = n;
    l.and_later = and_later;
    if (one_run(&l)) finished++;
    else refused_runs++;
    if (l.failures == 0) break;
  }
  printf("%ld runs: %ld finished, %ld reported not enough memory\n", finished + refused_runs, finished, refused_runs);
}

static void limits (void) {
  size_t limit;
  int runs = 0;
  for (limit = 1000; ; limit += 1021) {
    struct ledger l;
    memset(&l, 0, sizeof(l));
    l.limit = limit;
    runs++;
    if (one_run(&l) && l.failures == 0) break;
  }
  printf("%d runs, enough at %lu bytes\n", runs, (unsigned long)limit);
}

static int closure_of_high_code (lua_State *L) {
  lua_CFunction f;
  uint64_t address = (uint64_t)1 << 48;
  memcpy(&f, &address, sizeof(f));
  lua_pushnil(L);
  lua_pushcclosure(L, f, 1);
  return 0;
}

static void code (void) {
  lua_State *L = luaL_newstate();
  lua_pushcfunction(L, closure_of_high_code);
  if (lua_pcall(L, 0, 0, 0) != LUA_ERRMEM || strcmp(lua_tostring(L, -1), "not enough memory") != 0) wrong("the closure's end", 1, 0);
  lua_close(L);
  printf("refused\n");
}

int main (int argc, char **argv) {
  const char *what = argc > 1 ? argv[1] : "balance";
  long step = argc > 2 ? atol(argv[2]) : 1;
  if (strcmp(what, "balance") == 0) balance();
  else if (strcmp(what, "once") == 0) failing(0, step);
  else if (strcmp(what, "from") == 0) failing(1, step);
  else if (strcmp(what, "limit") == 0) limits();
  else if (strcmp(what, "code") == 0) code();
  else return 2;
  return 0;
}
