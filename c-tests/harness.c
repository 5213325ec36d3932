/*
** The program of the C tests: without arguments it runs every test, with --list it prints their names, else it runs
** the named ones. Each test has a state of its own.
*/
#include "harness.h"

#define MOST_TESTS 400

static struct { const char *name; test_function run; } tests[MOST_TESTS];
static int count;

void register_test (const char *name, test_function run) {
  if (count == MOST_TESTS) abort();
  tests[count].name = name;
  tests[count].run = run;
  count++;
}

static int by_name (const void *a, const void *b) {
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void show_string (const char *s, size_t length) {
  size_t i;
  putchar('"');
  for (i = 0; i < length && i < 400; i++) {
    unsigned char c = (unsigned char)s[i];
    if (c == '"' || c == '\\') printf("\\%c", c);
    else if (c >= 32 && c < 127) putchar(c);
    else if (c == '\n') printf("\\n");
    else printf("\\%03d", c);
  }
  if (length > 400) printf("...%lu bytes", (unsigned long)length);
  putchar('"');
}

void show (lua_State *L, int index) {
  int type = lua_type(L, index);
  switch (type) {
    case LUA_TNONE: printf("none"); break;
    case LUA_TNIL: printf("nil"); break;
    case LUA_TBOOLEAN: printf(lua_toboolean(L, index) ? "true" : "false"); break;
    case LUA_TNUMBER:
      if (lua_isinteger(L, index)) printf("%lld", (long long)lua_tointeger(L, index));
      else printf("%.17gf", lua_tonumber(L, index));
      break;
    case LUA_TSTRING: {
      size_t length;
      const char *s = lua_tolstring(L, index, &length);
      show_string(s, length);
      break;
    }
    default: printf("<%s>", lua_typename(L, type)); break;
  }
}

void show_stack (lua_State *L, const char *label) {
  int i;
  printf("%s:", label);
  for (i = 1; i <= lua_gettop(L); i++) {
    putchar(' ');
    show(L, i);
  }
  putchar('\n');
}

const char *status_name (int status) {
  static const char *const names[] = {"OK", "YIELD", "ERRRUN", "ERRSYNTAX", "ERRMEM", "ERRERR", "ERRFILE"};
  return (status >= 0 && status <= 6) ? names[status] : "a status that does not exist";
}

static void show_results (lua_State *L, const char *label, int status, int base) {
  int i;
  printf("%s -> %s:", label, status_name(status));
  for (i = base + 1; i <= lua_gettop(L); i++) {
    putchar(' ');
    show(L, i);
  }
  putchar('\n');
  lua_settop(L, base);
}

void attempt (lua_State *L, const char *label, lua_CFunction f, int n) {
  int base = lua_gettop(L) - n;
  int status;
  lua_pushcfunction(L, f);
  lua_insert(L, base + 1);
  status = lua_pcall(L, n, LUA_MULTRET, 0);
  show_results(L, label, status, base);
}

int load_text (lua_State *L, const char *text, const char *name) {
  return luaL_loadbuffer(L, text, strlen(text), name);
}

void script (lua_State *L, const char *text) {
  int base = lua_gettop(L);
  int status = load_text(L, text, "=script");
  if (status == LUA_OK) status = lua_pcall(L, 0, LUA_MULTRET, 0);
  show_results(L, "script", status, base);
}

static int run (const char *name) {
  int i;
  for (i = 0; i < count; i++) {
    if (strcmp(tests[i].name, name) == 0) {
      lua_State *L = luaL_newstate();
      if (L == NULL) {
        printf("no state\n");
        return 0;
      }
      luaL_openlibs(L);
      printf("-- %s\n", name);
      tests[i].run(L);
      lua_close(L);
      fflush(stdout);
      return 1;
    }
  }
  fprintf(stderr, "no test is called %s\n", name);
  return 0;
}

int main (int argc, char **argv) {
  int i;
  int fine = 1;
  const char *names[MOST_TESTS];
  for (i = 0; i < count; i++) names[i] = tests[i].name;
  qsort(names, (size_t)count, sizeof(names[0]), by_name);
  if (argc == 2 && strcmp(argv[1], "--list") == 0) {
    for (i = 0; i < count; i++) printf("%s\n", names[i]);
  }
  else if (argc > 1) {
    for (i = 1; i < argc; i++) fine = run(argv[i]) && fine;
  }
  else {
    for (i = 0; i < count; i++) fine = run(names[i]) && fine;
  }
  return fine ? 0 : 1;
}
