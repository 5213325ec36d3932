/*
 * An ordinary host that has many states and knows nothing of sharing.
 *
 *   states N THREADS EVENTS [FOLDER]
 *
 * Each of the N states opens the libraries and loads a script. With FOLDER, which holds the code base with the module `main`, the script
 * requires that; else it is a small actor, which is given EVENTS events, to all states in turn. States belong to one of THREADS threads,
 * each with as many. Prints, as `actors start` does, what a state costs:
 *
 *   ms_each, resident_each, bytes_each   processor time and memory until it is ready
 *   event_us                             processor time of an event
 *   events_per_second                    of all threads, by the clock
 *   close_us                             processor time of lua_close
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "lua.h"
#include "lauxlib.h"
#include "lualib.h"

static const char actor[] =
	"local accounts, log = {}, {}\n"
	"function event(n)\n"
	"  local name = 'account ' .. n % 20\n"
	"  local account = accounts[name] or { name = name, balance = 0, changes = 0 }\n"
	"  accounts[name] = account\n"
	"  account.balance, account.changes = account.balance + n % 7, account.changes + 1\n"
	"  log[n % 10 + 1] = { account = account, text = string.format('%s: %d', name, account.balance) }\n"
	"  return account.balance\n"
	"end\n";

static struct {
	lua_State **states;
	int count, threads, events;
	const char *folder;
} all;

static double processor(void)
{
	struct rusage r;
	getrusage(RUSAGE_SELF, &r);
	return (double)(r.ru_utime.tv_sec + r.ru_stime.tv_sec) + (double)(r.ru_utime.tv_usec + r.ru_stime.tv_usec) / 1e6;
}

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double resident(void)
{
	long size, pages = 0;
	FILE *file = fopen("/proc/self/statm", "r");
	if (file == NULL || fscanf(file, "%ld %ld", &size, &pages) != 2)
		exit(1);
	fclose(file);
	return (double)pages * (double)sysconf(_SC_PAGESIZE);
}

static void check(lua_State *L, int failed)
{
	if (failed) {
		fprintf(stderr, "states: %s\n", lua_tostring(L, -1));
		exit(1);
	}
}

static lua_State *open(void)
{
	lua_State *L = luaL_newstate();
	if (L == NULL)
		exit(1);
	luaL_openlibs(L);
	if (all.folder == NULL) {
		check(L, luaL_dostring(L, actor));
	} else {
		lua_getglobal(L, "package");
		lua_pushfstring(L, "%s/?.lua", all.folder);
		lua_setfield(L, -2, "path");
		lua_pop(L, 1);
		check(L, luaL_dostring(L, "main = require('main')"));
	}
	return L;
}

/* What threads do, each with the states from `first` in steps of the number of threads. */
static void open_states(int first)
{
	for (int i = first; i < all.count; i += all.threads) {
		all.states[i] = open();
		if (isatty(STDERR_FILENO) && (i + 1) % 100 == 0)
			fprintf(stderr, "\r%d of %d\r", i + 1, all.count);
	}
}

static void send_events(int first)
{
	int each = all.events / all.threads;
	for (int n = 0, i = first; n < each; n++, i += all.threads) {
		lua_State *L;
		if (i >= all.count)
			i = first;
		L = all.states[i];
		lua_getglobal(L, "event");
		lua_pushinteger(L, n);
		check(L, lua_pcall(L, 1, 0, 0));
	}
}

static void close_states(int first)
{
	for (int i = first; i < all.count; i += all.threads)
		lua_close(all.states[i]);
}

struct task {
	void (*work)(int first);
	int first;
};

static void *run_task(void *argument)
{
	struct task *task = argument;
	task->work(task->first);
	return NULL;
}

/* Has all threads do something. */
static void run(void (*work)(int first), double *used, double *seconds)
{
	pthread_t threads[64];
	struct task tasks[64];
	*used = processor();
	*seconds = now();
	for (int i = 1; i < all.threads; i++) {
		tasks[i] = (struct task){work, i};
		if (pthread_create(&threads[i], NULL, run_task, &tasks[i]) != 0)
			exit(1);
	}
	work(0);
	for (int i = 1; i < all.threads; i++)
		pthread_join(threads[i], NULL);
	*used = processor() - *used;
	*seconds = now() - *seconds;
}

/* What the script computes: the same in every state. */
static long long computed(lua_State *L)
{
	long long sum;
	check(L, luaL_dostring(L, all.folder == NULL ? "return event(0) >= 0 and 1" : "return main.check(3)"));
	sum = lua_tointeger(L, -1);
	lua_pop(L, 1);
	return sum;
}

int main(int argc, char **argv)
{
	double base, used, seconds, bytes = 0;
	if (argc >= 4) {
		all.count = atoi(argv[1]);
		all.threads = atoi(argv[2]);
		all.events = atoi(argv[3]);
		all.folder = argv[4];
	}
	if (all.count < 1 || all.threads < 1 || all.threads > 64 || all.threads > all.count) {
		fputs("usage: states N THREADS EVENTS [FOLDER]\n", stderr);
		return 2;
	}
	all.states = calloc((size_t)all.count, sizeof *all.states);
	base = resident();
	run(open_states, &used, &seconds);
	printf("services %d\nseconds %.6g\nms_each %.6g\n", all.count, seconds, used * 1e3 / all.count);
	printf("resident_each %.6g\n", (resident() - base) / all.count);
	for (int i = 0; i < all.count; i++)
		bytes += lua_gc(all.states[i], LUA_GCCOUNT) * 1024.0 + lua_gc(all.states[i], LUA_GCCOUNTB);
	printf("bytes_each %.6g\n", bytes / all.count);
	if (all.events > 0) {
		run(send_events, &used, &seconds);
		printf("event_us %.6g\nevents_per_second %.6g\n", used * 1e6 / all.events, all.events / seconds);
	}
	if (computed(all.states[0]) != computed(all.states[all.count - 1])) {
		fputs("states: two states compute different things\n", stderr);
		return 1;
	}
	run(close_states, &used, &seconds);
	printf("close_us %.6g\n", used * 1e6 / all.count);
	free(all.states);
	return 0;
}
