/*
** Binary chunks that were damaged: loading one is an error or gives a function, running that function is an error or
** ends, and neither ever crashes. The damage is the same on every run.
**
**   hostile ROUNDS [SEED]
*/
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lua.h"
#include "lauxlib.h"
#include "lualib.h"
#include "edition.h"

static const char *const sources[] = {
  "local a, b = ... return a + b, a .. b, #a, -b, not a, ~b",
  "local t = {1, 2, 3, x = 'y', [1.5] = true} for k, v in next, t do t[k] = v end return t.x, t[1], t['long key that is not a short string at all']",
  "for i = 1, 10 do local f = function () return i end f() end for i = 1.0, 2, 0.5 do end return 1",
  "local function f(n, ...) if n == 0 then return ... end return f(n - 1, n, ...) end return f(5)",
  "local a <const>, c <close> = 5, nil goto done do local x = a end ::done:: return a & 3 | 4 ~ 1 << 2 >> 1",
  "local up = {} local function g() up.x = (up.x or 0) + 1 return function () return up, g end end return g()().x",
  "x = {f = function (self, a) return self, a end} y = x:f(1) z = x.f x.g, x.h = z, y while x do x = nil end repeat local q = 1 until q == 1",
  "return ..., 1.5, 100000, 'a string of some length that is stored as a long one, more than forty', nil, true, false, -7, 3.0",
  "local a = ... if a == 1 then elseif a == 'x' then elseif a < 3 then elseif a >= -2 then end return a // 2, a % 3, a ^ 2, a / 4, a - 1, 1 - a",
};

#define SOURCES ((int)(sizeof(sources) / sizeof(sources[0])))
#define MOST_BYTES ((size_t)64 << 20)

static uint64_t state;

static uint64_t next_random (void) {
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return state;
}

static size_t used;

static void *limited (void *unused, void *block, size_t old, size_t wanted) {
  (void)unused;
  if (block == NULL) old = 0;
  if (wanted == 0) {
    free(block);
    used -= old;
    return NULL;
  }
  if (wanted > old && used - old + wanted > MOST_BYTES) return NULL;
  block = realloc(block, wanted);
  if (block) used = used - old + wanted;
  return block;
}

struct bytes {
  unsigned char data[8192];
  size_t size;
};

static int collect (lua_State *L, const void *p, size_t size, void *data) {
  struct bytes *b = (struct bytes *)data;
  (void)L;
  /* From 5.5 on the end of a dump is a call without a piece. */
  if (size == 0) return 0;
  if (b->size + size > sizeof(b->data)) return 1;
  memcpy(b->data + b->size, p, size);
  b->size += size;
  return 0;
}

static void too_long (lua_State *L, lua_Debug *ar) {
  (void)ar;
  luaL_error(L, "too many instructions");
}

static void damage (struct bytes *b) {
  static const unsigned char telling[] = {0, 1, 0x7f, 0x80, 0xff, 0xfe, 0x40, 0x81};
  int changes = 1 + (int)(next_random() % 4);
  while (changes-- > 0) {
    /* Past the header, most of the time: it is checked first, and what follows is more interesting. */
    size_t from = next_random() % 20 == 0 ? 0 : 32;
    size_t at = from + next_random() % (b->size - from);
    switch (next_random() % 6) {
      case 0: b->data[at] ^= (unsigned char)(1u << (next_random() % 8)); break;
      case 1: b->data[at] = (unsigned char)next_random(); break;
      case 2: b->data[at] = telling[next_random() % sizeof(telling)]; break;
      case 3: b->data[at]++; break;
      case 4: {  /* two pieces change places */
        size_t other = from + next_random() % (b->size - from);
        unsigned char c = b->data[at];
        b->data[at] = b->data[other];
        b->data[other] = c;
        break;
      }
      default: {  /* a piece is taken out or doubled */
        size_t n = 1 + next_random() % 4;
        if (at + n >= b->size || b->size + n > sizeof(b->data)) break;
        if (next_random() % 2) {
          memmove(b->data + at, b->data + at + n, b->size - at - n);
          b->size -= n;
        }
        else {
          memmove(b->data + at + n, b->data + at, b->size - at);
          b->size += n;
        }
        break;
      }
    }
  }
}

int main (int argc, char **argv) {
  long rounds = argc > 1 ? atol(argv[1]) : 1000;
  long i, refused = 0, ran = 0, failed = 0;
  struct bytes whole[SOURCES * 2];
  lua_State *L = new_state(limited, NULL);
  state = argc > 2 ? strtoull(argv[2], NULL, 10) : 20240229u;
  luaL_openlibs(L);
  for (i = 0; i < SOURCES * 2; i++) {
    if (luaL_loadbuffer(L, sources[i / 2], strlen(sources[i / 2]), "=whole") != LUA_OK) return 2;
    whole[i].size = 0;
    lua_dump(L, collect, &whole[i], (int)(i % 2));
    lua_pop(L, 1);
  }
  for (i = 0; i < rounds; i++) {
    struct bytes b = whole[next_random() % (SOURCES * 2)];
    damage(&b);
    if (luaL_loadbufferx(L, (char *)b.data, b.size, "=damaged", "b") != LUA_OK) refused++;
    else {
      int results, status;
      lua_State *co = lua_newthread(L);
      lua_pushvalue(L, -2);
      lua_newtable(L);
      if (lua_setupvalue(L, -2, 1) == NULL) lua_pop(L, 1);
      lua_xmove(L, co, 1);
      lua_pushinteger(co, 5);
      lua_pushliteral(co, "12");
      lua_sethook(co, too_long, LUA_MASKCOUNT, 3000);
      status = lua_resume(co, L, 2, &results);
      if (status == LUA_OK || status == LUA_YIELD) ran++;
      else failed++;
    }
    lua_settop(L, 0);
    if (i % 500 == 0) lua_gc(L, LUA_GCCOLLECT);
  }
  lua_close(L);
  printf("%ld chunks: %ld refused, %ld ran to an end, %ld ended with an error\n", rounds, refused, ran, failed);
  return used == 0 ? 0 : 3;
}
