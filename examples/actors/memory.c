/* What a VM has of memory, and the limit on it. */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "actors.h"

static atomic_long total;

void *memory_allocate(void *ud, void *block, size_t old_size, size_t new_size)
{
	struct memory *memory = ud;
	void *moved;
	if (block == NULL)
		old_size = 0;	/* it says what kind of object the block is for */
	if (new_size == 0) {
		free(block);
		memory->used -= old_size;
		atomic_fetch_sub(&total, (long)old_size);
		return NULL;
	}
	if (memory->limit != 0 && new_size > old_size && memory->used + (new_size - old_size) > memory->limit)
		return NULL;
	moved = realloc(block, new_size);
	if (moved != NULL) {
		memory->used += new_size - old_size;
		atomic_fetch_add(&total, (long)new_size - (long)old_size);
	}
	return moved;
}

long memory_total(void)
{
	return atomic_load(&total);
}

long memory_resident(void)
{
	long all, resident = 0;
	FILE *file = fopen("/proc/self/statm", "r");
	if (file == NULL)
		return 0;
	if (fscanf(file, "%ld %ld", &all, &resident) != 2)
		resident = 0;
	fclose(file);
	return resident * sysconf(_SC_PAGESIZE);
}
