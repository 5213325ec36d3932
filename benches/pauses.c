/*
 * Collector pauses: a mutator beside a live heap of small tables, each piece of its work timed.
 *
 *   pauses MODE RECORDS STEPS      MODE is incremental or generational, at default parameters
 *
 * A record is a table of three fields, one of which is another table. RECORDS of them are alive, as leaves of a tree of small tables.
 * A step of the mutator makes 16 records, the last of which takes a random one's place, and takes some microseconds. The length of a
 * step is processor time of the thread, so that other processes have little influence on it. Prints
 *
 *   live_mb       what lua_gc counts before
 *   typical_us    the median step with the collector stopped
 *   longest_ms, and the percentiles p99_us, p99.9_us, p99.99_us of all steps
 *   total_ms      all steps
 *   collector_ms  all steps, less STEPS typical ones: so whatever the collector makes slower counts, wherever it happens
 *   checksum      over the live heap: equal on every library
 *   above US N    N steps took at least US microseconds, and less than in the next of these lines
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lua.h"
#include "lauxlib.h"
#include "lualib.h"

static const char mutator[] =
	"local count = ...\n"
	"local function record(n) return { id = n, weight = n * 0.5, tags = { n, n + 1 } } end\n"
	"local function tree(first, last, each)\n"
	"  local node = {}\n"
	"  for i = first, last, each do\n"
	"    node[#node + 1] = each == 1 and record(i) or tree(i, math.min(i + each, last + 1) - 1, each // 64)\n"
	"  end\n"
	"  return node\n"
	"end\n"
	"local root, seed = tree(0, count - 1, 64 ^ 3 // 1 | 0), 1\n"
	"local function step()\n"
	"  local new\n"
	"  for i = 1, 16 do\n"
	"    seed = (seed * 1103515245 + 12345) & 0x7fffffff\n"
	"    new = record(seed)\n"
	"  end\n"
	"  local at = (seed >> 4) % count\n"
	"  root[(at >> 18) + 1][(at >> 12 & 63) + 1][(at >> 6 & 63) + 1][(at & 63) + 1] = new\n"
	"end\n"
	"local function sum(node)\n"
	"  if node.id then return node.id + node.tags[2] end\n"
	"  local total = 0\n"
	"  for i = 1, #node do total = (total * 31 + sum(node[i])) % 1000000007 end\n"
	"  return total\n"
	"end\n"
	"return step, function() return sum(root) end\n";

/* Lengths that the histogram tells apart, in microseconds. */
static const uint32_t classes[] = {0, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000, 100000, 200000, 500000, 1000000};
#define CLASSES ((int)(sizeof classes / sizeof *classes))

static uint64_t now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* Runs `count` steps of the function on the stack; the lengths in nanoseconds. Gives their sum. */
static uint64_t run(lua_State *L, uint32_t *lengths, int count)
{
	uint64_t first = now(), last = first;
	for (int i = 0; i < count; i++) {
		uint64_t at;
		lua_pushvalue(L, -1);
		lua_call(L, 0, 0);
		at = now();
		lengths[i] = at - last < UINT32_MAX ? (uint32_t)(at - last) : UINT32_MAX;
		last = at;
		if (i % 10000 == 0 && isatty(STDERR_FILENO))
			fprintf(stderr, "\r%d of %d steps\r", i, count);
	}
	return last - first;
}

static int compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
	lua_State *L;
	uint32_t *lengths;
	uint64_t total, typical;
	double live;
	int generational = argc == 4 && strcmp(argv[1], "generational") == 0;
	int records = argc == 4 ? atoi(argv[2]) : 0, steps = argc == 4 ? atoi(argv[3]) : 0;
	int stopped = steps < 20000 ? steps : 20000;
	if (records < 1 || steps < 1 || (!generational && strcmp(argv[1], "incremental") != 0)) {
		fputs("usage: pauses MODE RECORDS STEPS\n", stderr);
		return 2;
	}
	L = luaL_newstate();
	lengths = malloc((size_t)steps * sizeof *lengths);
	if (L == NULL || lengths == NULL)
		return 1;
	luaL_openlibs(L);
	lua_gc(L, LUA_GCSTOP);
	if (luaL_loadstring(L, mutator))
		goto failed;
	lua_pushinteger(L, records);
	if (lua_pcall(L, 1, 2, 0))
		goto failed;
	lua_insert(L, 1);

	if (generational)
		lua_gc(L, LUA_GCGEN, 0, 0);
	else
		lua_gc(L, LUA_GCINC, 0, 0, 0);
	lua_gc(L, LUA_GCCOLLECT);
	live = lua_gc(L, LUA_GCCOUNT) / 1024.0;
	lua_gc(L, LUA_GCSTOP);
	run(L, lengths, stopped);
	qsort(lengths, (size_t)stopped, sizeof *lengths, compare);
	typical = lengths[stopped / 2];

	lua_gc(L, LUA_GCCOLLECT);
	lua_gc(L, LUA_GCRESTART);
	total = run(L, lengths, steps);
	qsort(lengths, (size_t)steps, sizeof *lengths, compare);

	printf("live_mb %.1f\ntypical_us %.2f\n", live, (double)typical / 1e3);
	printf("longest_ms %.3f\n", lengths[steps - 1] / 1e6);
	for (int i = 100; i <= 10000; i *= 10)
		printf("p%g_us %.1f\n", 100 - 100.0 / i, lengths[steps - 1 - steps / i] / 1e3);
	printf("total_ms %.1f\n", (double)total / 1e6);
	printf("collector_ms %.1f\n", ((double)total - (double)typical * steps) / 1e6);
	for (int i = 0, class = 0; class < CLASSES; class++) {
		int from = i;
		while (i < steps && (class == CLASSES - 1 || lengths[i] / 1000 < classes[class + 1]))
			i++;
		printf("above %u %d\n", classes[class], i - from);
	}
	lua_insert(L, 1);
	lua_call(L, 0, 1);
	printf("checksum %lld\n", (long long)lua_tointeger(L, -1));
	lua_close(L);
	free(lengths);
	return 0;

failed:
	fprintf(stderr, "pauses: %s\n", lua_tostring(L, -1));
	return 1;
}
