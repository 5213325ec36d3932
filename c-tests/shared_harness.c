/*
** Tests of what VMs share: strings, tables, functions, the code cache.
**
**   shared [NAME...]   runs the tests whose names are given, or all; ends with 1 when there are none, by abort at the first check that fails
**   shared --quick     all, with fewer repetitions
**   shared --early     only close_too_early
**   shared --list      prints their names
*/
#include "shared_harness.h"

#define MOST_TESTS 100

static struct { const char *name; void (*run) (void); } tests[MOST_TESTS];
static int registered;

int quick;

void register_test (const char *name, void (*run) (void)) {
  CHECK(registered < MOST_TESTS);
  tests[registered].name = name;
  tests[registered++].run = run;
}

void failed (const char *file, int line, const char *what) {
  fprintf(stderr, "%s:%d: failed: %s\n", file, line, what);
  abort();
}

void check_text (const char *file, int line, const char *got, const char *wanted) {
  if (got == NULL || strcmp(got, wanted) != 0) {
    fprintf(stderr, "%s:%d: got `%s`, wanted `%s`\n", file, line, got ? got : "(null)", wanted);
    abort();
  }
}

void *allocate (void *ud, void *p, size_t osize, size_t nsize) {
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

lua_State *new_vm (Memory *m) {
  lua_State *L;
  memset(m, 0, sizeof *m);
  L = new_state(allocate, m);
  CHECK(L != NULL);
  luaL_openlibs(L);
  return L;
}

void close_vm (lua_State *L, Memory *m) {
  lua_close(L);
  CHECK(m->bytes == 0);
}

void run (lua_State *L, const char *text) {
  if (luaL_loadstring(L, text) || lua_pcall(L, 0, LUA_MULTRET, 0)) {
    fprintf(stderr, "%s\nin: %s\n", lua_tostring(L, -1), text);
    abort();
  }
}

const char *message (lua_State *L, const char *text) {
  int status = luaL_loadbuffer(L, text, strlen(text), "=x");
  CHECK(status == LUA_OK);
  CHECK(lua_pcall(L, 0, 0, 0) != LUA_OK);
  return lua_tostring(L, -1);
}

const char *failure (lua_State *L, lua_CFunction f, int index) {
  index = lua_absindex(L, index);
  lua_pushcfunction(L, f);
  lua_pushvalue(L, index);
  CHECK(lua_pcall(L, 1, 0, 0) != LUA_OK);
  return lua_tostring(L, -1);
}

lua_Integer total (const char *what) {
  Memory m;
  lua_State *L = new_vm(&m);
  lua_Integer n;
  luaL_cachestat(L);
  lua_getfield(L, -1, what);
  n = lua_tointeger(L, -1);
  close_vm(L, &m);
  return n;
}

lua_Integer pooled (void) {
  return total("strings");
}

void share_all (lua_State *L) {
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

const void *share (lua_State *L, const char *text) {
  run(L, text);
  CHECK(lua_istable(L, -1));
  share_all(L);
  CHECK(lua_isshared(lua_topointer(L, -1)));
  return lua_topointer(L, -1);
}

void use (lua_State *L, const void *p) {
  lua_clonetable(L, p);
  CHECK(lua_topointer(L, -1) == p);
  lua_setglobal(L, "t");
}

int main (int argc, char **argv) {
  int i, ran = 0;
  if (argc == 2 && strcmp(argv[1], "--list") == 0) {
    for (i = 0; i < registered; i++)
      puts(tests[i].name);
    return 0;
  }
  if (argc == 2 && strcmp(argv[1], "--early") == 0) {
    close_too_early();
    return 0;
  }
  quick = argc == 2 && strcmp(argv[1], "--quick") == 0;
  for (i = 0; i < registered; i++) {
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
