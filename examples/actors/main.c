/* The command line. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>

#include "actors.h"

struct options options = {
	.scripts = "examples/actors", .services = 1000, .workers = 4, .visitors = 2000, .versions = 20, .cache = true,
};

static const char usage[] =
	"usage: actors run --work FOLDER [options]\n"
	"       actors start N --work FOLDER [options]\n"
	"\n"
	"run starts services, moves messages, replaces code and configuration, ends services, and checks all of it;\n"
	"start opens N services over a code base of 90 files and says what one costs.\n"
	"\n"
	"  --work FOLDER      where the code base and changing scripts are written; made if it is not there\n"
	"  --scripts FOLDER   where services/ and codebase.lua are (examples/actors)\n"
	"  --cache on|off     whether VMs share code through the code cache (on, if the library has one)\n"
	"  --workers N        threads (4)\n"
	"  --services N       run: services in a ring (1000)\n"
	"  --visitors N       run: services that come and go (2000)\n"
	"  --versions N       run: versions of the configuration (20)\n";

double seconds_now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

double seconds_of_processor(void)
{
	struct rusage r;
	getrusage(RUSAGE_SELF, &r);
	return (double)(r.ru_utime.tv_sec + r.ru_stime.tv_sec) + (double)(r.ru_utime.tv_usec + r.ru_stime.tv_usec) / 1e6;
}

static bool make_folder(const char *name)
{
	char path[512];
	snprintf(path, sizeof path, "%s/%s", options.work, name);
	if (mkdir(path, 0777) == 0 || errno == EEXIST)
		return true;
	fprintf(stderr, "actors: %s: %s\n", path, strerror(errno));
	return false;
}

bool codebase_write(void)
{
	char path[512];
	bool fine = false;
	lua_State *L;
	if (!make_folder("") || !make_folder("base") || !make_folder("base/config") || !make_folder("base/util") || !make_folder("base/game"))
		return false;
	L = luaL_newstate();
	if (L == NULL)
		return false;
	luaL_openlibs(L);
#ifdef LUA_CACHELIB
	luaL_cachemode(L, LUA_CACHEOFF);	/* run once */
#endif
	snprintf(path, sizeof path, "%s/codebase.lua", options.scripts);
	if (luaL_loadfile(L, path) == LUA_OK) {
		lua_pushfstring(L, "%s/base", options.work);
		fine = lua_pcall(L, 1, 0, 0) == LUA_OK;
	}
	if (!fine)
		fprintf(stderr, "actors: %s\n", lua_tostring(L, -1));
	lua_close(L);
	return fine;
}

static int number(const char *text)
{
	char *end;
	long n = text == NULL ? 0 : strtol(text, &end, 10);
	if (n < 1 || n > 10000000 || *end != '\0') {
		fputs(usage, stderr);
		exit(2);
	}
	return (int)n;
}

int main(int argc, char **argv)
{
	const char *command = argc > 1 ? argv[1] : "";
	bool measures = strcmp(command, "start") == 0;
	int i = 2;
#ifndef LUA_CACHELIB
	options.cache = false;
#endif
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (measures)
		options.services = number(argc > i ? argv[i++] : NULL);
	for (; i < argc; i += 2) {
		const char *value = i + 1 < argc ? argv[i + 1] : NULL;
		if (value == NULL)
			break;
		else if (strcmp(argv[i], "--work") == 0)
			options.work = value;
		else if (strcmp(argv[i], "--scripts") == 0)
			options.scripts = value;
		else if (strcmp(argv[i], "--services") == 0)
			options.services = number(value);
		else if (strcmp(argv[i], "--workers") == 0)
			options.workers = number(value);
		else if (strcmp(argv[i], "--visitors") == 0)
			options.visitors = number(value);
		else if (strcmp(argv[i], "--versions") == 0)
			options.versions = number(value);
		else if (strcmp(argv[i], "--cache") == 0 && (strcmp(value, "on") == 0 || strcmp(value, "off") == 0))
			options.cache = strcmp(value, "on") == 0;
		else
			break;
	}
	if (i != argc || options.work == NULL || (!measures && strcmp(command, "run") != 0)) {
		fputs(usage, stderr);
		return 2;
	}
#ifdef LUA_CACHELIB
	luaL_initcodecache();
#else
	if (options.cache) {
		fputs("actors: this library has no code cache\n", stderr);
		return 2;
	}
#endif
	return measures ? measure_start() : scenario_run();
}
