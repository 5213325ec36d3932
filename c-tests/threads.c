/*
** Many threads, each with many VMs, do at random everything that concerns what VMs share: load files through the code cache, clone
** functions, call what they got, hold code and strings that nobody hands out any more, read shared tables, collect, clear, reload,
** rewrite files, pass VMs on to other threads, close. Every result is checked: a file says which version it is of, and what it computes
** follows from its number and version. In the end nothing may be left.
**
**   threads FOLDER [--threads N] [--vms N] [--seconds N] [--seed N]      FOLDER exists, the files are written there
**
** Prints the seed, then what was done. The exit code is 1 after a wrong result, which is printed.
*/
#include <pthread.h>
#include <stdatomic.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lua.h"
#include "lauxlib.h"
#include "lualib.h"
#include "luashare.h"

#define FILES 24
#define SHARED_FUNCTIONS 64
#define EXCHANGE 32

static const char *folder;
static int thread_count = 16;
static int vm_count = 200;
static double seconds = 10;
static uint64_t seed;

static atomic_int failures;
static atomic_bool over;

static void fail (const char *format, ...) {
  va_list args;
  va_start(args, format);
  flockfile(stderr);
  fprintf(stderr, "threads: ");
  vfprintf(stderr, format, args);
  fprintf(stderr, "\n");
  funlockfile(stderr);
  va_end(args);
  if (atomic_fetch_add(&failures, 1) > 20) exit(1);
}

/* -------------------------------------------------------------------------------------------------- random numbers --- */

typedef struct { uint64_t state; } Random;

static unsigned draw (Random *r, unsigned n) {
  uint64_t z = (r->state += 0x9E3779B97F4A7C15u);
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return (unsigned)((z ^ (z >> 31)) >> 32) % n;
}

/* ----------------------------------------------------------------------------------------------------------- files --- */

/* The newest version of each file that may be read. */
static atomic_int newest[FILES];

/*
** What a file returns: a function of x that gives its version, a number, and whether its strings are the VM's.
** Most names are the same in all files, some belong to one version of one file.
*/
static const char file_text[] =
  "local id, version = %d, %d\n"
  "local mine = 'text %d.%d'\n"
  "local long = 'a text of file %d in version %d, which is too long to be kept only once in a VM'\n"
  "local names = { first = 1, second = 2, mine_%d = 3, of_%d_%d = 4 }\n"
  "local calls = 0\n"
  "local object = {}\n"
  "object.__index = object\n"
  "function object:compute(x)\n"
  "  local sum = 0\n"
  "  for i = 1, 10 do sum = (sum * 31 + x + self.id * i + self.version) %% 1000003 end\n"
  "  return sum\n"
  "end\n"
  "local function strings_fit()\n"
  "  local made = 'text ' .. id .. '.' .. version\n"
  "  local set = { [mine] = 1, [long] = 2 }\n"
  "  return made == mine and set[made] == 1 and names['mine_' .. id] == 3 and names['of_' .. id .. '_' .. version] == 4\n"
  "    and set['a text of file ' .. id .. ' in version ' .. version .. ', which is too long to be kept only once in a VM'] == 2\n"
  "end\n"
  "local this = setmetatable({ id = id, version = version }, object)\n"
  "local function run(x)\n"
  "  calls = calls + 1\n"
  "  return version, this:compute(x), strings_fit(), mine\n"
  "end\n"
  "return run\n";

static long computed (int id, int version, int x) {
  long sum = 0;
  for (int i = 1; i <= 10; i++) sum = (sum * 31 + x + (long)id * i + version) % 1000003;
  return sum;
}

static void name_of_file (char *name, size_t size, int id) {
  snprintf(name, size, "%s/file%d.lua", folder, id);
}

/* Writes a new version beside the file and puts it in its place at once. */
static void write_file (int id) {
  static pthread_mutex_t writing = PTHREAD_MUTEX_INITIALIZER;
  char name[512], temporary[520];
  FILE *f;
  int version;
  name_of_file(name, sizeof name, id);
  snprintf(temporary, sizeof temporary, "%s.new", name);
  pthread_mutex_lock(&writing);
  version = atomic_load(&newest[id]) + 1;
  f = fopen(temporary, "wb");
  if (f == NULL) {
    perror(temporary);
    exit(1);
  }
  fprintf(f, file_text, id, version, id, version, id, version, id, id, version);
  fclose(f);
  atomic_store(&newest[id], version);
  if (rename(temporary, name) != 0) {
    perror(name);
    exit(1);
  }
  pthread_mutex_unlock(&writing);
}

/* ------------------------------------------------------------------------------------------------ shared functions --- */

static const char function_text[] =
  "local x = ...\n"
  "local id = %d\n"
  "local name = 'function %d'\n"
  "local function compute(x) return x * id + #name end\n"
  "return id, compute(x), ('function ' .. id) == name and string.upper(name) == 'FUNCTION ' .. id\n";

static pthread_mutex_t functions_lock = PTHREAD_MUTEX_INITIALIZER;
static const void *functions[SHARED_FUNCTIONS];

/* Shares function `id` as a VM has it; the VM stays until the end. */
static void share_function (lua_State *owner, int id) {
  char text[512];
  snprintf(text, sizeof text, function_text, id, id);
  if (luaL_loadbuffer(owner, text, strlen(text), "=function") != LUA_OK) fail("a function: %s", lua_tostring(owner, -1));
  lua_sharefunction(owner, -1);
  pthread_mutex_lock(&functions_lock);
  functions[id - 1] = lua_topointer(owner, -1);
  pthread_mutex_unlock(&functions_lock);
  luaL_ref(owner, LUA_REGISTRYINDEX);  /* keeps it where it is */
}

/* --------------------------------------------------------------------------------------------------- shared tables --- */

typedef struct {
  lua_State *L;
  const void *table;
  int version;
  atomic_int readers;  /* one for being current */
} Tables;

static pthread_mutex_t tables_lock = PTHREAD_MUTEX_INITIALIZER;
static Tables *tables;
static atomic_int tables_alive;

static const char tables_text[] =
  "local version = ...\n"
  "local t = { version = version, rows = {}, add = function(a, b) return a + b end }\n"
  "for i = 1, 50 do t.rows[i] = { i * version, ['key ' .. i] = 'value ' .. i * version } end\n"
  "return t\n";

static void share_value (lua_State *L) {
  if (lua_type(L, -1) == LUA_TSTRING) lua_sharestring(L, -1);
  else if (lua_type(L, -1) == LUA_TFUNCTION) {
    if (!lua_makeshared(L, lua_topointer(L, -1))) luaL_error(L, "the function cannot be shared");
  }
  else if (lua_type(L, -1) == LUA_TTABLE) {
    if (!lua_makeshared(L, lua_topointer(L, -1))) luaL_error(L, "the table cannot be shared");
    lua_pushnil(L);
    while (lua_next(L, -2)) {
      share_value(L);
      lua_pop(L, 1);
      share_value(L);
    }
  }
}

static int make_tables (lua_State *L) {
  if (luaL_loadstring(L, tables_text) != LUA_OK) return lua_error(L);
  lua_pushvalue(L, 1);
  lua_call(L, 1, 1);
  lua_gc(L, LUA_GCSTOP);
  share_value(L);
  return 1;
}

static void release_tables (Tables *t) {
  if (t != NULL && atomic_fetch_sub(&t->readers, 1) == 1) {
    lua_close(t->L);
    free(t);
    atomic_fetch_sub(&tables_alive, 1);
  }
}

/* Makes new tables the current ones; `version` 0: none. */
static void replace_tables (int version) {
  Tables *made = NULL, *old;
  if (version != 0) {
    made = malloc(sizeof *made);
    made->L = luaL_newstate();
    made->version = version;
    atomic_init(&made->readers, 1);
    lua_pushcfunction(made->L, make_tables);
    lua_pushinteger(made->L, version);
    if (lua_pcall(made->L, 1, 1, 0) != LUA_OK) {
      fail("tables: %s", lua_tostring(made->L, -1));
      lua_close(made->L);
      free(made);
      return;
    }
    made->table = lua_topointer(made->L, -1);
    atomic_fetch_add(&tables_alive, 1);
  }
  pthread_mutex_lock(&tables_lock);
  old = tables;
  tables = made;
  pthread_mutex_unlock(&tables_lock);
  release_tables(old);
}

static Tables *current_tables (void) {
  Tables *t;
  pthread_mutex_lock(&tables_lock);
  t = tables;
  if (t != NULL) atomic_fetch_add(&t->readers, 1);
  pthread_mutex_unlock(&tables_lock);
  return t;
}

/* ------------------------------------------------------------------------------------------------------------- VMs --- */

/* What a VM does; its functions are called by name. `kept` is code, `strings` texts that were constants of code. */
static const char driver_text[] =
  "local cache = ...\n"
  "local driver, kept, strings = {}, {}, {}\n"
  "function driver.load(file, id, x)\n"
  "  local chunk, message = loadfile(file)\n"
  "  if not chunk then error(message, 0) end\n"
  "  local run = chunk()\n"
  "  kept[x % 6 + 1] = { run = run, id = id }\n"
  "  local version, sum, fits, text = run(x)\n"
  "  strings[x % 4 + 1] = { id = id, version = version, text = text }\n"
  "  return id, version, sum, fits\n"
  "end\n"
  "function driver.again(_, _, x)\n"
  "  local k = kept[x % 6 + 1]\n"
  "  if k then return k.id, k.run(x) end\n"
  "end\n"
  "function driver.compare(_, _, x)\n"
  "  local s = strings[x % 4 + 1]\n"
  "  if s then assert(({ [s.text] = x })['text ' .. s.id .. '.' .. s.version] == x, 'two strings with one text') end\n"
  "end\n"
  "function driver.forget() kept = {} end\n"
  "function driver.forget_strings() strings = {} end\n"
  "function driver.collect() collectgarbage() end\n"
  "function driver.step(_, _, x) collectgarbage('step', x % 100) end\n"
  "function driver.generational() collectgarbage('generational') end\n"
  "function driver.incremental() collectgarbage('incremental') end\n"
  "function driver.clear(file) cache.clear(file) end\n"
  "function driver.clear_all() cache.clear() end\n"
  "function driver.mode(_, _, x) cache.mode(({ 'ON', 'ON', 'ON', 'EXIST', 'OFF', 'CHECK' })[x % 6 + 1]) end\n"
  "function driver.reload(file, id, x)\n"
  "  if not cache.reload then return end\n"
  "  local result = cache.reload(file)\n"
  "  assert(result.updated >= 0 and type(result.kept) == 'table')\n"
  "end\n"
  "function driver.stat()\n"
  "  local all = cache.stat()\n"
  "  local bytes = 0\n"
  "  for _, f in ipairs(all) do\n"
  "    assert(f.bytes > 0 and f.holders >= 0 and f.hits >= 0 and f.generation > 0 and f.age >= 0, f.name)\n"
  "    bytes = bytes + f.bytes\n"
  "  end\n"
  "  assert(all.bytes == bytes and all.files == #all)\n"
  "end\n"
  "function driver.wrong(file)\n"
  "  local f, message = loadfile(file .. '.missing')\n"
  "  assert(f == nil and message:find('No such file', 1, true), message)\n"
  "end\n"
  "function driver.broken(file)\n"
  "  local f, message = loadfile((file:gsub('[^/]*$', 'broken.lua')))\n"
  "  assert(f == nil and message:find('broken.lua:2:', 1, true), message)\n"
  "end\n"
  "function driver.require(_, id)\n"
  "  local name = 'file' .. id\n"
  "  package.loaded[name] = nil\n"
  "  local version = require(name)(1)\n"
  "  assert(version > 0)\n"
  "end\n"
  "function driver.tables(version, x, t)\n"
  "  local i = x % 50 + 1\n"
  "  assert(t.version == version and #t.rows == 50 and t.rows[i][1] == i * version)\n"
  "  assert(t.rows[i]['key ' .. i] == 'value ' .. i * version)\n"
  "  assert(t.add(x, version) == x + version and t.add == t.add)\n"
  "  local n = 0\n"
  "  for key, value in pairs(t.rows[i]) do n = n + 1 end\n"
  "  assert(n == 2 and not pcall(rawset, t, 'version', 0) and not pcall(setmetatable, t, {}))\n"
  "end\n"
  "return driver\n";

/* What a VM has of memory. Some VMs may not have much, and fail now and then. */
typedef struct { size_t used, limit; } Memory;

static void *allocate (void *ud, void *block, size_t old_size, size_t new_size) {
  Memory *memory = ud;
  void *moved;
  if (block == NULL) old_size = 0;
  if (new_size == 0) {
    free(block);
    memory->used -= old_size;
    return NULL;
  }
  if (new_size > old_size && memory->used + (new_size - old_size) > memory->limit) return NULL;
  moved = realloc(block, new_size);
  if (moved != NULL) memory->used += new_size - old_size;
  return moved;
}

static Memory *memory_of (lua_State *L) {
  void *ud;
  lua_getallocf(L, &ud);
  return ud;
}

static atomic_long out_of_memory;

/* Whether what is on top of the stack is an error that the VM may have: it is short of memory. */
static bool is_short_of_memory (lua_State *L) {
  const char *message = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "";
  if (memory_of(L)->limit == SIZE_MAX || strstr(message, "not enough memory") == NULL) return false;
  atomic_fetch_add(&out_of_memory, 1);
  return true;
}

static void close_vm (lua_State *L) {
  Memory *memory = memory_of(L);
  lua_close(L);
  if (memory->used != 0) fail("a VM keeps %zu bytes", memory->used);
  free(memory);
}

/* Argument: none. Leaves the driver in the registry. */
static int prepare (lua_State *L) {
  luaL_openlibs(L);
  lua_getglobal(L, "package");
  lua_pushfstring(L, "%s/?.lua", folder);
  lua_setfield(L, -2, "path");
  if (luaL_loadbuffer(L, driver_text, sizeof driver_text - 1, "=driver") != LUA_OK) return lua_error(L);
  luaL_requiref(L, "skynet.codecache", luaopen_cache, 0);
  lua_call(L, 1, 1);
  lua_setfield(L, LUA_REGISTRYINDEX, "driver");
  return 0;
}

/* A new VM, NULL if it has too little memory to begin. */
static lua_State *open_vm (Random *r) {
  Memory *memory = malloc(sizeof *memory);
  lua_State *L;
  memory->used = 0;
  memory->limit = draw(r, 5) == 0 ? 20000 + draw(r, 30000) : SIZE_MAX;
#if LUA_VERSION_NUM >= 505
  L = lua_newstate(allocate, memory, draw(r, 1000));
#else
  L = lua_newstate(allocate, memory);
#endif
  lua_pushcfunction(L, prepare);
  if (lua_pcall(L, 0, 0, 0) != LUA_OK) {
    if (!is_short_of_memory(L)) fail("a new VM: %s", lua_tostring(L, -1));
    close_vm(L);
    return NULL;
  }
  return L;
}

/* Arguments: the name of a function of the driver, a file, and two numbers for it. */
static int call_driver (lua_State *L) {
  lua_settop(L, 4);
  lua_getfield(L, LUA_REGISTRYINDEX, "driver");
  lua_getfield(L, -1, lua_touserdata(L, 1));
  lua_pushstring(L, lua_touserdata(L, 2));
  lua_pushvalue(L, 3);
  lua_pushvalue(L, 4);
  lua_call(L, 3, 4);
  return 4;
}

/* Calls a function of the driver with a file and a number; what it returns about a file has to be right. */
static void drive (lua_State *L, const char *what, int id, int x) {
  char file[512];
  int top = lua_gettop(L);
  name_of_file(file, sizeof file, id);
  lua_pushcfunction(L, call_driver);
  lua_pushlightuserdata(L, (void *)what);
  lua_pushlightuserdata(L, file);
  lua_pushinteger(L, id);
  lua_pushinteger(L, x);
  if (lua_pcall(L, 4, 4, 0) != LUA_OK) {
    if (!is_short_of_memory(L)) fail("%s of file %d: %s", what, id, lua_tostring(L, -1));
  }
  else if (!lua_isnil(L, top + 1)) {
    int of = (int)lua_tointeger(L, top + 1), version = (int)lua_tointeger(L, top + 2);
    if (version < 1 || version > atomic_load(&newest[of])) fail("%s: file %d has no version %d", what, of, version);
    if (lua_tointeger(L, top + 3) != computed(of, version, x))
      fail("%s: file %d, version %d, gives %lld for %d", what, of, version, (long long)lua_tointeger(L, top + 3), x);
    if (!lua_toboolean(L, top + 4)) fail("%s: the strings of file %d, version %d, are not those of the VM", what, of, version);
  }
  lua_settop(L, top);
}

static int clone (lua_State *L) {
  lua_clonefunction(L, lua_touserdata(L, 1));
  return 1;
}

static void clone_function (lua_State *L, Random *r) {
  int id = (int)draw(r, SHARED_FUNCTIONS) + 1, x = (int)draw(r, 1000), top = lua_gettop(L);
  const void *handle;
  char name[32];
  pthread_mutex_lock(&functions_lock);
  handle = functions[id - 1];
  pthread_mutex_unlock(&functions_lock);
  snprintf(name, sizeof name, "function %d", id);
  lua_pushcfunction(L, clone);
  lua_pushlightuserdata(L, (void *)handle);
  if (lua_pcall(L, 1, 1, 0) != LUA_OK) {
    if (!is_short_of_memory(L)) fail("cloning %d: %s", id, lua_tostring(L, -1));
  }
  else {
    lua_pushinteger(L, x);
    if (lua_pcall(L, 1, 3, 0) != LUA_OK) {
      if (!is_short_of_memory(L)) fail("function %d: %s", id, lua_tostring(L, -1));
    }
    else if (lua_tointeger(L, -3) != id || lua_tointeger(L, -2) != (long)x * id + (long)strlen(name) || !lua_toboolean(L, -1))
      fail("function %d gives %lld, %lld for %d", id, (long long)lua_tointeger(L, -3), (long long)lua_tointeger(L, -2), x);
  }
  lua_settop(L, top);
}

/* Arguments: shared tables, their version, a number. */
static int call_tables (lua_State *L) {
  lua_getfield(L, LUA_REGISTRYINDEX, "driver");
  lua_getfield(L, -1, "tables");
  lua_pushvalue(L, 2);
  lua_pushvalue(L, 3);
  lua_clonetable(L, lua_touserdata(L, 1));
  lua_call(L, 3, 0);
  return 0;
}

static void read_tables (lua_State *L, Random *r) {
  Tables *t = current_tables();
  int top = lua_gettop(L);
  if (t == NULL) return;
  lua_pushcfunction(L, call_tables);
  lua_pushlightuserdata(L, (void *)t->table);
  lua_pushinteger(L, t->version);
  lua_pushinteger(L, draw(r, 1000));
  if (lua_pcall(L, 3, 0, 0) != LUA_OK && !is_short_of_memory(L))
    fail("tables of version %d: %s", t->version, lua_tostring(L, -1));
  lua_settop(L, top);
  release_tables(t);
}

/* VMs on their way from one thread to another. */
static pthread_mutex_t exchange_lock = PTHREAD_MUTEX_INITIALIZER;
static lua_State *exchange[EXCHANGE];

static lua_State *pass_on (lua_State *L, Random *r) {
  unsigned i = draw(r, EXCHANGE);
  lua_State *other;
  pthread_mutex_lock(&exchange_lock);
  other = exchange[i];
  exchange[i] = L;
  pthread_mutex_unlock(&exchange_lock);
  return other;
}

/* --------------------------------------------------------------------------------------------------------- threads --- */

/* What a thread does, and how often out of a thousand times. */
static const struct { const char *name; int weight; } actions[] = {
  {"open", 140}, {"load", 250}, {"again", 180}, {"compare", 60}, {"clone", 80}, {"tables", 60}, {"require", 20}, {"forget", 20},
  {"forget_strings", 10}, {"collect", 40}, {"step", 20}, {"generational", 5}, {"incremental", 5}, {"clear", 8}, {"clear_all", 2},
  {"mode", 8}, {"reload", 12}, {"stat", 6}, {"wrong", 5}, {"broken", 5}, {"share", 1}, {"write", 10}, {"replace", 4},
  {"pass", 18}, {"close", 30},
};
#define ACTIONS (sizeof actions / sizeof actions[0])

static atomic_long done[ACTIONS];

static unsigned choose (Random *r) {
  unsigned total = 0, i, n;
  for (i = 0; i < ACTIONS; i++) total += (unsigned)actions[i].weight;
  n = draw(r, total);
  for (i = 0; n >= (unsigned)actions[i].weight; i++) n -= (unsigned)actions[i].weight;
  return i;
}

static pthread_barrier_t beginning;

/* Takes apart every function of the libraries that has no upvalues, as all threads do at the same time, for the first time in the process:
** whoever pushes such a C function again gets the library's function. */
static void take_apart (lua_State *L) {
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
  for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) {
    if (!lua_istable(L, -1)) continue;
    for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) {
      lua_CFunction f = lua_tocfunction(L, -1);
      if (f == NULL) continue;
      if (lua_getupvalue(L, -1, 1) != NULL) {
        lua_pop(L, 1);
        continue;
      }
      lua_pushcfunction(L, f);
      if (!lua_rawequal(L, -1, -2)) fail("%s.%s is another function", lua_tostring(L, -5), lua_tostring(L, -3));
      lua_pop(L, 1);
    }
  }
  lua_pop(L, 1);
}

static void *work (void *number) {
  Random r = {seed + (uint64_t)(size_t)number * 1000003u};
  lua_State **vms = calloc((size_t)vm_count, sizeof *vms);
  lua_State *owner = luaL_newstate();
  luaL_openlibs(owner);
  pthread_barrier_wait(&beginning);
  take_apart(owner);
  while (!atomic_load(&over)) {
    unsigned action = choose(&r);
    const char *name = actions[action].name;
    lua_State **vm = &vms[draw(&r, (unsigned)vm_count)];
    int id = (int)draw(&r, FILES), x = (int)draw(&r, 1000000);
    if (strcmp(name, "share") == 0) share_function(owner, id + 1);
    else if (strcmp(name, "write") == 0) write_file(id);
    else if (strcmp(name, "replace") == 0) replace_tables((int)draw(&r, 1000) + 1);
    else if (strcmp(name, "pass") == 0) *vm = pass_on(*vm, &r);
    else if (strcmp(name, "open") == 0) {
      if (*vm != NULL) continue;
      *vm = open_vm(&r);
    }
    else if (*vm == NULL) continue;
    else if (strcmp(name, "close") == 0) {
      close_vm(*vm);
      *vm = NULL;
    }
    else if (strcmp(name, "clone") == 0) clone_function(*vm, &r);
    else if (strcmp(name, "tables") == 0) read_tables(*vm, &r);
    else drive(*vm, name, id, x);
    atomic_fetch_add(&done[action], 1);
  }
  for (int i = 0; i < vm_count; i++) if (vms[i] != NULL) close_vm(vms[i]);
  lua_close(owner);
  free(vms);
  return NULL;
}

/* What the process shares, as `codecache.stat` counts it. */
static long long total (const char *field) {
  lua_State *L = luaL_newstate();
  long long n;
  luaL_cachestat(L);
  lua_getfield(L, -1, field);
  n = lua_tointeger(L, -1);
  lua_close(L);
  return n;
}

static void number (double *value, const char *text) {
  char *end;
  *value = strtod(text, &end);
  if (*end != '\0' || *value < 0) {
    fprintf(stderr, "threads: %s is not a number\n", text);
    exit(2);
  }
}

int main (int argc, char **argv) {
  pthread_t *threads;
  char name[512];
  double value, end;
  struct timespec now;
  long long strings, bytes;
  FILE *f;
  int i;
  lua_State *owner;
  clock_gettime(CLOCK_MONOTONIC, &now);
  seed = (uint64_t)now.tv_nsec;
  for (i = 2; i + 1 < argc; i += 2) {
    number(&value, argv[i + 1]);
    if (strcmp(argv[i], "--threads") == 0) thread_count = (int)value;
    else if (strcmp(argv[i], "--vms") == 0) vm_count = (int)value;
    else if (strcmp(argv[i], "--seconds") == 0) seconds = value;
    else if (strcmp(argv[i], "--seed") == 0) seed = (uint64_t)value;
    else break;
  }
  if (argc < 2 || i != argc || thread_count < 1 || vm_count < 1) {
    fprintf(stderr, "usage: threads FOLDER [--threads N] [--vms N] [--seconds N] [--seed N]\n");
    return 2;
  }
  folder = argv[1];
  printf("threads: %d threads, %d VMs each, %g s, --seed %llu\n", thread_count, vm_count, seconds, (unsigned long long)seed);
  fflush(stdout);
  luaL_initcodecache();
  for (i = 0; i < FILES; i++) write_file(i);
  snprintf(name, sizeof name, "%s/broken.lua", folder);
  f = fopen(name, "wb");
  fputs("local a = 1\nlocal b = = 2\n", f);
  fclose(f);
  owner = luaL_newstate();
  for (i = 1; i <= SHARED_FUNCTIONS; i++) share_function(owner, i);
  replace_tables(1);
  replace_tables(0);
  /* A shared function stays for ever; its strings are all that may be left. */
  strings = total("strings");
  bytes = total("string_bytes");
  replace_tables(1);

  pthread_barrier_init(&beginning, NULL, (unsigned)thread_count);
  threads = calloc((size_t)thread_count, sizeof *threads);
  for (i = 0; i < thread_count; i++) pthread_create(&threads[i], NULL, work, (void *)(size_t)(i + 1));
  clock_gettime(CLOCK_MONOTONIC, &now);
  end = (double)now.tv_sec + (double)now.tv_nsec / 1e9 + seconds;
  do {
    struct timespec nap = {0, 50000000};
    nanosleep(&nap, NULL);
    clock_gettime(CLOCK_MONOTONIC, &now);
  } while ((double)now.tv_sec + (double)now.tv_nsec / 1e9 < end && atomic_load(&failures) == 0);
  atomic_store(&over, true);
  for (i = 0; i < thread_count; i++) pthread_join(threads[i], NULL);
  free(threads);
  for (i = 0; i < EXCHANGE; i++) if (exchange[i] != NULL) close_vm(exchange[i]);
  replace_tables(0);
  lua_close(owner);

  for (i = 0; i < (int)ACTIONS; i++) printf("%s %s %ld", i == 0 ? "threads:" : ",", actions[i].name, atomic_load(&done[i]));
  printf("; %ld times short of memory\n", atomic_load(&out_of_memory));
  luaL_cacheclear(NULL);
  if (total("files") != 0 || total("bytes") != 0) fail("%lld files, %lld bytes are left", total("files"), total("bytes"));
  if (atomic_load(&tables_alive) != 0) fail("%d tables are left", atomic_load(&tables_alive));
  if (total("strings") != strings || total("string_bytes") != bytes)
    fail("%lld strings, %lld bytes are left, instead of %lld and %lld", total("strings"), total("string_bytes"), strings, bytes);
  printf(atomic_load(&failures) == 0 ? "threads: fine\n" : "threads: %d results were wrong\n", atomic_load(&failures));
  return atomic_load(&failures) == 0 ? 0 : 1;
}
