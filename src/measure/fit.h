/* fit.h - how a series of thread counts scales: laws fitted to its throughput.
 *
 * Units    threads, and throughput in one thread's work per second; fractions of 1.
 * Errors   none: what cannot be fitted is NAN.
 * Source   A. Karp & H. Flatt, Measuring Parallel Processor Performance, CACM 33(5), 1990;
 *          N. Gunther, Guerrilla Capacity Planning, Springer 2007, ch. 4 to 6. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* What one thread count gave. */
struct fit_point {
	double threads, throughput;
	double error; /* standard error of the throughput, relative */
};

/* A parameter, never below 0, and its standard error. */
struct fitted {
	double value, error;
};

/* X(N) = lambda N / (1 + sigma (N-1) + kappa N (N-1)).  With kappa = 0 that is Amdahl's law,
 * and sigma its serial fraction. */
struct law {
	double lambda;
	struct fitted sigma; /* contention: the share that runs one at a time */
	struct fitted kappa; /* coherency: what each thread costs each other one */
	double rms;	     /* of the fitted throughputs, relative to the measured ones */
};

struct fit {
	struct law amdahl; /* from three thread counts on */
	struct law usl;	   /* from four */
	/* As the second law foretells.  NAN where there is no such number: threads, when kappa is
	 * 0 within its error; the speed-up over one thread, when sigma is, too. */
	double best_threads, peak_speedup;
};

/* Karp and Flatt's serial fraction of one measured speed-up; NAN for one thread. */
double karp_flatt(double speedup, double threads);

/* points: of different thread counts. */
struct fit fit_points(const struct fit_point *points, size_t n);

/* The law's throughput. */
double law_throughput(const struct law *law, double threads);
