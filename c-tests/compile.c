/*
 * Compiles chunks with the Lua library that it runs on. For tests/compiler: the oracle.
 *
 * Reads from standard input, for each chunk: its length and the length of the pieces in which the reader hands it out, both as 32-bit
 * numbers of this machine, then the text. Writes, for each: the status of lua_load and the length of what follows, then the
 * binary chunk or the error message.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "lua.h"
#include "lauxlib.h"

struct source {
	const char *next;
	size_t left, piece;
};

struct bytes {
	char *data;
	size_t length, capacity;
};

static const char *read_piece(lua_State *L, void *ud, size_t *size)
{
	struct source *source = ud;
	const char *piece = source->next;
	(void)L;
	*size = source->left < source->piece ? source->left : source->piece;
	source->next += *size;
	source->left -= *size;
	return *size ? piece : NULL;
}

static int collect(lua_State *L, const void *data, size_t size, void *ud)
{
	struct bytes *bytes = ud;
	(void)L;
	if (size == 0)
		return 0;
	if (bytes->length + size > bytes->capacity) {
		bytes->capacity = 2 * (bytes->length + size);
		bytes->data = realloc(bytes->data, bytes->capacity);
	}
	memcpy(bytes->data + bytes->length, data, size);
	bytes->length += size;
	return 0;
}

int main(void)
{
	struct bytes text = {0}, dump = {0};
	uint32_t sizes[2];
	while (fread(sizes, sizeof sizes, 1, stdin) == 1) {
		lua_State *L = luaL_newstate();
		struct source source;
		uint32_t answer[2];
		if (sizes[0] > text.capacity) {
			text.capacity = 2 * (size_t)sizes[0];
			text.data = realloc(text.data, text.capacity);
		}
		if (sizes[0] && fread(text.data, sizes[0], 1, stdin) != 1)
			return 1;
		source.next = text.data;
		source.left = sizes[0];
		source.piece = sizes[1];
		dump.length = 0;
		answer[0] = (uint32_t)lua_load(L, read_piece, &source, "=chunk", "t");
		if (answer[0] == LUA_OK) {
			lua_dump(L, collect, &dump, 0);
		} else {
			size_t length;
			const char *message = luaL_tolstring(L, -1, &length);
			collect(L, message, length, &dump);
		}
		answer[1] = (uint32_t)dump.length;
		fwrite(answer, sizeof answer, 1, stdout);
		fwrite(dump.data, 1, dump.length, stdout);
		lua_close(L);
	}
	free(text.data);
	free(dump.data);
	return fflush(stdout) != 0;
}
