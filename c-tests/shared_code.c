/*
** Shared code: functions that are handed on, the code cache, files that VMs share unasked.
*/
#include "shared_harness.h"

static void write_file (const char *name, const char *text, size_t size) {
  FILE *f = fopen(name, "wb");
  CHECK(f && fwrite(text, 1, size, f) == size);
  CHECK(fclose(f) == 0);
}

static void write_text (const char *name, const char *text) {
  write_file(name, text, strlen(text));
}

/* ----------------------------------------------------------------------------------------------------- threads --- */

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

/* The first test of a run of all, as these files are linked in the order of their names. */
TEST(threads_that_are_first_do_not_race) {
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

/* --------------------------------------------------------------------------------------------------- functions --- */

/* The constants of a shared function belong to nobody who may free them. */
TEST(constants_of_shared_functions_outlive_their_vm) {
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

/* Names that are not there. */
TEST(stripped_chunks_are_shared) {
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

/* A function that was shared by itself is not the main function of its file. */
TEST(reloading_a_file_leaves_functions_that_were_shared_alone) {
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

/* --------------------------------------------------------------------------------------------------- the cache --- */

TEST(the_code_cache_is_used_from_c) {
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

/* No name is standard input, and that is never cached. */
TEST(a_nil_file_name_is_standard_input) {
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

/* What a host names beforehand has the address that it has in shared code, so that no function needs constants of the VM's own. */
TEST(names_of_hosts_and_of_shared_code_are_the_same) {
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

/* ---------------------------------------------------------------------------------------------- without memory --- */

static int load_and_call (lua_State *L) {
  if (luaL_loadfile(L, "limit.lua") != LUA_OK)
    lua_error(L);
  lua_call(L, 0, 1);
  return 1;
}

TEST(a_memory_limit_during_clone_is_reported) {
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
TEST(code_stays_while_a_function_of_it_is_made) {
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
TEST(code_that_is_linked_while_memory_fails_stays) {
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

/* Bytes that a VM has from its host, after all that is garbage has gone. */
static int count (lua_State *L) {
  lua_gc(L, LUA_GCCOLLECT);
  lua_gc(L, LUA_GCCOLLECT);
  return lua_gc(L, LUA_GCCOUNT) * 1024 + lua_gc(L, LUA_GCCOUNTB);
}

/* What a VM gets of its own of shared code, because it had one of the strings before, is counted, and no longer when it has gone. */
TEST(variants_of_shared_code_are_counted_while_they_are_there) {
  static const char *const modes[] = {"collectgarbage('incremental')", "collectgarbage('generational')"};
  Memory first, second, m;
  lua_State *A = new_vm(&first), *B = new_vm(&second), *L = new_vm(&m);
  FILE *f = fopen("variant.lua", "w");
  int i, mode;
  CHECK(f != NULL);
  fputs("local t = ...\n", f);
  for (i = 0; i < 200; i++)
    fprintf(f, "function t.f%d (a, b) local c = a + b; return c * %d end\n", i, i);
  fputs("function t.g () return 'a name that this VM has' end\n", f);
  fclose(f);
  luaL_cachemode(A, LUA_CACHEOFF);
  luaL_cachemode(B, LUA_CACHEOFF);
  luaL_cachemode(L, LUA_CACHEOFF);
  load(A, "variant.lua");
  load(B, "variant.lua");
  lua_pushliteral(L, "a name that this VM has");
  for (mode = 0; mode < 2; mode++) {
    int before = 0, round;
    run(L, modes[mode]);
    for (round = 0; round < 6; round++) {
      int after;
      load(L, "variant.lua");
      lua_newtable(L);
      lua_pushvalue(L, -1);
      lua_insert(L, -3);
      lua_call(L, 1, 0);
      /* The main function lists its functions anew, and takes the string; their code stays the chunk's. */
      if (round > 0) CHECK(count(L) > before + 200 * (int)sizeof(void *));
      lua_getfield(L, -1, "g");
      lua_call(L, 0, 1);
      CHECK_TEXT(lua_tostring(L, -1), "a name that this VM has");
      lua_pop(L, 2);
      after = count(L);
      CHECK(round < 2 || after == before);
      before = after;
    }
  }
  close_vm(L, &m);
  close_vm(B, &second);
  close_vm(A, &first);
  remove("variant.lua");
}
