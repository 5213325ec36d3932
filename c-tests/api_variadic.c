/*
** The functions with variable arguments: lua_pushfstring and luaL_error with every conversion, wrong ones, and results longer
** than any buffer; lua_gc with every operation's arguments.
*/
#include "harness.h"

/* Formats the integer 1 by the format that is the argument. */
static int format_one (lua_State *L) {
  lua_pushfstring(L, lua_tostring(L, 1), 1);
  return 1;
}

TEST(variadic_wrong_conversions) {
  static const char *const formats[] = {
    "%x", "a%", "%5d", "%-d", "% d", "%ld", "%\200", "%\xff", "%S", "ok %d", "%%%s %%d", "%"
  };
  size_t i;
  for (i = 0; i < sizeof formats / sizeof formats[0]; i++) {
    lua_pushstring(L, formats[i]);
#if LUA_VERSION_NUM >= 505
    /* There, upstream goes on behind the end of a format that ends with a percent sign. */
    if (formats[i][strlen(formats[i]) - 1] == '%') {
      lua_pop(L, 1);
      continue;
    }
#endif
    if (strstr(formats[i], "%s") == NULL)
      attempt(L, formats[i], format_one, 1);
    else
      lua_pop(L, 1);
  }
}

static int raise_all (lua_State *L) {
  return luaL_error(L, "%s|%d|%I|%f|%f|%c|%U|%%|", (const char *)NULL, -5, (LUAI_UACINT)LUA_MAXINTEGER, 3.0, 1e100,
                    'x', 0x7fffffffL);
}

TEST(variadic_errors_have_a_position_where_lua_called) {
  attempt(L, "from C", raise_all, 0);
  lua_register(L, "raise", raise_all);
  script(L, "local function f()\n  raise()\nend\nf()");
  script(L, "pcall(raise) return pcall(raise)");
  script(L, "local co = coroutine.wrap(function()\n\n raise() end) co()");
}

TEST(variadic_results_of_every_length) {
  static char text[2001];
  int n, total = 0;
  memset(text, 'a', 2000);
  for (n = 0; n <= 2000; n += 7) {
    const char *tail = text + 2000 - n;
    const char *s = lua_pushfstring(L, "<%s-%d-%s>", tail, n, tail + n / 2);
    size_t size;
    if (s != lua_tolstring(L, -1, &size) || strlen(s) != size || s[0] != '<' || s[size - 1] != '>')
      printf("wrong at %d\n", n);
    total += (int)size;
    lua_pop(L, 1);
  }
  printf("%d bytes, %d values left\n", total, lua_gettop(L));
  lua_pushliteral(L, "below");
  lua_pushfstring(L, "%s%s%s%s", text, "", text, "end");
  printf("%d bytes, %d values\n", (int)lua_rawlen(L, -1), lua_gettop(L));
  printf("%s\n", lua_tostring(L, -2));
}

TEST(variadic_arguments_beyond_the_registers) {
  printf("%s\n", lua_pushfstring(L, "%d %f %d %f %d %f %d %f %d %f %s %f %f %f %f %f %f %I %c%c%c",
    1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5, 5.5, "text", 6.5, 7.5, 8.5, 9.5, 10.5, 11.5, (LUAI_UACINT)-1, 'a', 0x62, 'c'));
  printf("%s\n", lua_pushfstring(L, "%p %p", (void *)0, (void *)0x1234));
}

TEST(variadic_gc) {
#if LUA_VERSION_NUM == 504
  printf("pause %d", lua_gc(L, LUA_GCSETPAUSE, 150));
  printf(" %d\n", lua_gc(L, LUA_GCSETPAUSE, 200));
  printf("multiplier %d", lua_gc(L, LUA_GCSETSTEPMUL, 300));
  printf(" %d\n", lua_gc(L, LUA_GCSETSTEPMUL, 100));
  printf("generational %d", lua_gc(L, LUA_GCGEN, 30, 50));
  printf(" incremental %d", lua_gc(L, LUA_GCINC, 110, 120, 10));
  printf(" pause %d", lua_gc(L, LUA_GCSETPAUSE, 200));
  printf(" multiplier %d\n", lua_gc(L, LUA_GCSETSTEPMUL, 100));
#endif
  printf("stop %d", lua_gc(L, LUA_GCSTOP));
  printf(" running %d", lua_gc(L, LUA_GCISRUNNING));
  printf(" restart %d", lua_gc(L, LUA_GCRESTART));
  printf(" running %d\n", lua_gc(L, LUA_GCISRUNNING));
  printf("collect %d\n", lua_gc(L, LUA_GCCOLLECT));
  printf("count %d\n", lua_gc(L, LUA_GCCOUNT) > 0 && lua_gc(L, LUA_GCCOUNTB) < 1024);
  printf("unknown %d %d\n", lua_gc(L, 77), lua_gc(L, -1));
}
