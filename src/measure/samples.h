/* samples.h - what experiments are made of; for calibration only. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "world/cost.h"

/* A thread that others have seen about to sleep is asleep so much later, and its core not yet as
 * deep as cores sleep that nobody wants. */
enum { TRIES_N = 300, FALLS_ASLEEP_NS = 20000 };

struct samples {
	int64_t ns[TRIES_N];
	size_t n;
};

void samples_add(struct samples *s, int64_t ns); /* more than TRIES_N are left out */
int64_t samples_percentile(struct samples *s, size_t percent);
int64_t samples_middle(struct samples *s);

/* The shortest of several tries, in ps for each of n steps. */
int64_t least_ps(void (*steps)(int64_t n, void *context), int64_t n, void *context);

int64_t at_least(int64_t ns, int64_t least);

/* Spins until the word has that value. */
void wait_for(const uint32_t *word, uint32_t value);

/* Those that are elsewhere than the list of experiments; see experiment.h. */
int measure_threads(struct machine_cost *m);
int measure_processes(struct machine_cost *m);
int measure_pipes(struct machine_cost *m);
int measure_sockets(struct machine_cost *m);
int measure_messages(struct machine_cost *m);
