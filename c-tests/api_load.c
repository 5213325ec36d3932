/* Loading and dumping: readers and writers that end early, fail or raise. */
#include "harness.h"

struct source {
  const char *text;
  size_t length;
  size_t step;       /* how many bytes a call gives */
  size_t given;
  int calls;
  int fail_at;       /* the call that raises, 0 for none */
};

static const char *read_source (lua_State *L, void *data, size_t *size) {
  struct source *s = (struct source *)data;
  const char *piece = s->text + s->given;
  s->calls++;
  if (s->calls == s->fail_at) luaL_error(L, "the reader failed at call %d", s->calls);
  *size = s->length - s->given < s->step ? s->length - s->given : s->step;
  s->given += *size;
  return *size ? piece : NULL;
}

static int load_in_steps (lua_State *L, const char *text, size_t length, size_t step, int fail_at, const char *mode) {
  struct source s;
  memset(&s, 0, sizeof(s));
  s.text = text;
  s.length = length;
  s.step = step;
  s.fail_at = fail_at;
  return lua_load(L, read_source, &s, "=loaded", mode);
}

TEST(readers_give_pieces_of_any_size) {
  static const char text[] = "local a = 'some text' return #a + 12, a .. [[long\nstring]], 0x1F -- end";
  size_t step;
  for (step = 1; step < sizeof(text) + 3; step += 7) {
    int status = load_in_steps(L, text, sizeof(text) - 1, step, 0, NULL);
    printf("%d %s ", (int)step, status_name(status));
    if (status == LUA_OK) lua_call(L, 0, LUA_MULTRET);
    show_stack(L, "results");
    lua_settop(L, 0);
  }
}

TEST(readers_that_raise_end_the_load) {
  int i;
  for (i = 1; i <= 4; i++) {
    int status = load_in_steps(L, "return 1", 8, 3, i, NULL);
    printf("%s ", status_name(status));
    show_stack(L, "load");
    lua_settop(L, 0);
  }
}

static const char *empty_reader (lua_State *L, void *data, size_t *size) {
  (void)L; (void)data;
  *size = 0;
  return NULL;
}

static const char *empty_piece_reader (lua_State *L, void *data, size_t *size) {
  int *calls = (int *)data;
  (void)L;
  (*calls)++;
  *size = 0;
  return "not looked at";
}

TEST(readers_that_give_nothing) {
  int calls = 0;
  printf("%s ", status_name(lua_load(L, empty_reader, NULL, "=empty", NULL)));
  lua_call(L, 0, LUA_MULTRET);
  show_stack(L, "empty chunk");
  printf("%s %d\n", status_name(lua_load(L, empty_piece_reader, &calls, "=empty", NULL)), calls);
  lua_settop(L, 0);
  printf("%s\n", status_name(lua_load(L, empty_reader, NULL, "=empty", "b")));
}

static const char *calling_reader (lua_State *L, void *data, size_t *size) {
  int *calls = (int *)data;
  (*calls)++;
  lua_pushinteger(L, *calls);
  lua_getglobal(L, "tostring");
  lua_insert(L, -2);
  lua_call(L, 1, 0);
  lua_gc(L, LUA_GCCOLLECT);
  if (*calls > 3) return NULL;
  *size = 9;
  return "x = 'ab' ";
}

TEST(readers_may_use_the_state) {
  int calls = 0;
  lua_pushliteral(L, "below");
  printf("%s ", status_name(lua_load(L, calling_reader, &calls, NULL, NULL)));
  show_stack(L, "stack");
}

TEST(chunk_names_and_modes) {
  printf("%s ", status_name(luaL_loadbufferx(L, "x x", 3, "=name", NULL))); show_stack(L, "name"); lua_settop(L, 0);
  printf("%s ", status_name(luaL_loadbufferx(L, "x x", 3, "@file.lua", "t"))); show_stack(L, "file"); lua_settop(L, 0);
  printf("%s ", status_name(luaL_loadbufferx(L, "x x", 3, "x x", "bt"))); show_stack(L, "text"); lua_settop(L, 0);
  printf("%s ", status_name(luaL_loadbufferx(L, "return 1", 8, "=mode", "b"))); show_stack(L, "text as binary"); lua_settop(L, 0);
  printf("%s ", status_name(luaL_loadbufferx(L, LUA_SIGNATURE "xyz", 7, "=mode", "t"))); show_stack(L, "binary as text"); lua_settop(L, 0);
  printf("%s ", status_name(luaL_loadbufferx(L, LUA_SIGNATURE "xyz", 7, "=mode", "b"))); show_stack(L, "bad binary"); lua_settop(L, 0);
  printf("%s ", status_name(luaL_loadbuffer(L, "a\0b", 3, "=zero"))); show_stack(L, "zero byte"); lua_settop(L, 0);
  printf("%s ", status_name(luaL_loadstring(L, "return +"))); show_stack(L, "loadstring"); lua_settop(L, 0);
  {
    struct source s;
    memset(&s, 0, sizeof(s));
    s.text = "x x"; s.length = 3; s.step = 3;
    printf("%s ", status_name(lua_load(L, read_source, &s, NULL, NULL)));
    show_stack(L, "no name");
  }
}

TEST(the_first_upvalue_of_a_loaded_chunk_is_the_globals) {
  luaL_loadstring(L, "x = 5 return x");
  printf("%s ", lua_getupvalue(L, 1, 1));
  lua_pushglobaltable(L);
  printf("%d\n", lua_rawequal(L, -1, -2));
  lua_settop(L, 1);
  lua_newtable(L);
  lua_pushvalue(L, 2);
  printf("%s\n", lua_setupvalue(L, 1, 1));
  lua_pushvalue(L, 1);
  lua_call(L, 0, 1);
  lua_getfield(L, 2, "x");
  lua_getglobal(L, "x");
  show_stack(L, "own environment");
}

struct sink {
  char *bytes;
  size_t size;
  size_t room;    /* bytes that fit, 0 for any number */
  int raise;      /* whether the first byte too many raises */
};

/* How many calls a dump takes is the library's business, so what fails is counted in bytes. */
static int write_sink (lua_State *L, const void *p, size_t size, void *data) {
  struct sink *s = (struct sink *)data;
  if (s->room != 0 && s->size + size > s->room) {
    if (s->raise) luaL_error(L, "the writer raised");
    return 77;
  }
  /* From 5.5 on the end of a dump is a call without a piece. */
  if (size == 0) return 0;
  s->bytes = (char *)realloc(s->bytes, s->size + size);
  memcpy(s->bytes + s->size, p, size);
  s->size += size;
  return 0;
}

TEST(dump_and_load_again) {
  int strip;
  for (strip = 0; strip < 2; strip++) {
    struct sink s;
    memset(&s, 0, sizeof(s));
    load_text(L, "local a, b = ...\nlocal function f(x) return x .. '!' end\nreturn f(a), b, 1.5, 'k', nil", "=dumped");
    printf("%d top %d ", lua_dump(L, write_sink, &s, strip), lua_gettop(L));
    lua_settop(L, 0);
    printf("%d bytes ", (int)s.size);
    printf("%s ", status_name(load_in_steps(L, s.bytes, s.size, 5, 0, "b")));
    lua_pushliteral(L, "arg"); lua_pushinteger(L, 2);
    lua_call(L, 2, LUA_MULTRET);
    show_stack(L, "ran");
    lua_settop(L, 0);
    {
      size_t cut;
      int failed = 0;
      for (cut = 0; cut < s.size; cut++) {
        if (load_in_steps(L, s.bytes, cut, 1000, 0, "b") == LUA_ERRSYNTAX) failed++;
        else if (cut > 0) printf("%d bytes load\n", (int)cut);
        lua_settop(L, 0);
      }
      printf("%d of %d cuts refused\n", failed, (int)s.size);
    }
    free(s.bytes);
  }
}

static int dump_raising (lua_State *L) {
  struct sink *s = (struct sink *)lua_touserdata(L, 1);
  lua_settop(L, 2);
  lua_pushinteger(L, lua_dump(L, write_sink, s, 0));
  return 1;
}

TEST(writers_that_fail_or_raise) {
  size_t room;
  for (room = 1; room <= 81; room += 20) {
    struct sink s;
    memset(&s, 0, sizeof(s));
    s.room = room;
    luaL_loadstring(L, "return 'some constant', 2, 3");
    printf("%d ", lua_dump(L, write_sink, &s, 0));
    show_stack(L, "stack");
    free(s.bytes);
    memset(&s, 0, sizeof(s));
    s.room = room;
    s.raise = 1;
    lua_pushlightuserdata(L, &s);
    lua_insert(L, 1);
    attempt(L, "raising", dump_raising, 2);
    free(s.bytes);
    lua_settop(L, 0);
  }
}

#if LUA_VERSION_NUM == 504
/* Later editions leave open what lua_dump does with other values. */
TEST(what_cannot_be_dumped) {
  struct sink s;
  memset(&s, 0, sizeof(s));
  lua_pushcfunction(L, dump_raising);
  printf("%d %d\n", lua_dump(L, write_sink, &s, 0), (int)s.size);
  lua_pushinteger(L, 1);
  printf("%d %d\n", lua_dump(L, write_sink, &s, 0), (int)s.size);
}
#endif

TEST(files_are_loaded_with_their_first_line_skipped) {
  static const char *const contents[] = {"return 'plain'", "#!/bin/lua\nreturn 'after a bang'", "\xEF\xBB\xBFreturn 'after a mark'", "x x", "", "#only", "\n\nreturn + +"};
  size_t i;
  char name[] = "loadfile-test.lua";
  for (i = 0; i < sizeof(contents) / sizeof(contents[0]); i++) {
    FILE *f = fopen(name, "wb");
    int status;
    fputs(contents[i], f);
    fclose(f);
    status = luaL_loadfile(L, name);
    printf("%s ", status_name(status));
    if (status == LUA_OK) lua_call(L, 0, LUA_MULTRET);
    show_stack(L, "file");
    lua_settop(L, 0);
    printf("%s ", status_name(luaL_loadfilex(L, name, "b")));
    show_stack(L, "as binary");
    lua_settop(L, 0);
    printf("%d ", luaL_dofile(L, name));
    show_stack(L, "dofile");
    lua_settop(L, 0);
  }
  remove(name);
  printf("%s ", status_name(luaL_loadfile(L, name)));
  show_stack(L, "missing");
  lua_settop(L, 0);
  printf("%s ", status_name(luaL_loadfile(L, ".")));
  show_stack(L, "a folder");
}

TEST(the_standard_input_is_a_chunk_too) {
  printf("%s ", status_name(luaL_loadfile(L, NULL)));
  lua_call(L, 0, LUA_MULTRET);
  show_stack(L, "stdin");
}
