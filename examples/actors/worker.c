/* The threads, and the queue of services that have mail. */
#include <stdlib.h>

#include "actors.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t filled = PTHREAD_COND_INITIALIZER;
static struct service *first, *last;
static bool stopping;

static pthread_t *threads;
static int count;

void workers_enqueue(struct service *s)
{
	pthread_mutex_lock(&lock);
	s->next_in_queue = NULL;
	if (last != NULL)
		last->next_in_queue = s;
	else
		first = s;
	last = s;
	pthread_cond_signal(&filled);
	pthread_mutex_unlock(&lock);
}

/* The service that has waited longest; NULL when it is time to stop. */
static struct service *dequeue(void)
{
	struct service *s;
	pthread_mutex_lock(&lock);
	while (first == NULL && !stopping)
		pthread_cond_wait(&filled, &lock);
	s = first;
	if (s != NULL) {
		first = s->next_in_queue;
		if (first == NULL)
			last = NULL;
	}
	pthread_mutex_unlock(&lock);
	return s;
}

static void *work(void *number)
{
	struct service *s;
	while ((s = dequeue()) != NULL)
		service_run(s, (int)(size_t)number);
	return NULL;
}

void workers_start(int wanted)
{
	stopping = false;
	count = wanted;
	threads = calloc((size_t)wanted, sizeof *threads);
	if (threads == NULL)
		abort();
	for (int i = 0; i < wanted; i++)
		if (pthread_create(&threads[i], NULL, work, (void *)(size_t)(i + 1)) != 0)
			abort();
}

void workers_stop(void)
{
	pthread_mutex_lock(&lock);
	stopping = true;
	pthread_cond_broadcast(&filled);
	pthread_mutex_unlock(&lock);
	for (int i = 0; i < count; i++)
		pthread_join(threads[i], NULL);
	free(threads);
	threads = NULL;
	count = 0;
}
