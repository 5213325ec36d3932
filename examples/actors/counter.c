/* What services report to the host: sums by name, which the host waits for. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "actors.h"

struct counter {
	struct counter *next;
	long value;
	char name[];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static struct counter *all;

static struct counter *find(const char *name)
{
	struct counter *c;
	for (c = all; c != NULL; c = c->next)
		if (strcmp(c->name, name) == 0)
			return c;
	c = malloc(sizeof *c + strlen(name) + 1);
	if (c == NULL)
		abort();
	strcpy(c->name, name);
	c->value = 0;
	c->next = all;
	all = c;
	return c;
}

void counter_add(const char *name, long n)
{
	pthread_mutex_lock(&lock);
	find(name)->value += n;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
}

long counter_value(const char *name)
{
	long value;
	pthread_mutex_lock(&lock);
	value = find(name)->value;
	pthread_mutex_unlock(&lock);
	return value;
}

bool counter_wait(const char *name, long value, int seconds)
{
	struct timespec until;
	bool reached;
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += seconds;
	pthread_mutex_lock(&lock);
	while (!(reached = find(name)->value >= value))
		if (pthread_cond_timedwait(&changed, &lock, &until) != 0)
			break;
	pthread_mutex_unlock(&lock);
	return reached;
}
