/* fit.c - N / X(N) is linear in 1/lambda, sigma/lambda and kappa/lambda.  So there is one best
 * fit, found without a first guess, and a bound holds or is where the fit lies. */
#include "measure/fit.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_multifit.h>
#include <math.h>
#include <setjmp.h>

#include "base/scarce.h"

enum { TERMS_N = 3, ALL_TERMS = 7, AMDAHLS_TERMS = 3 };

/* A spread that chance made small must not let one point decide: clocks, neighbours and caches
 * differ by so much between thread counts anyhow. */
static const double ERROR_LEAST = 0.01;

static double term(int k, double threads)
{
	return k == 0 ? 1 : k == 1 ? threads - 1 : threads * (threads - 1);
}

struct solution {
	double of[TERMS_N];
	double covariance[TERMS_N][TERMS_N];
	double chi2;
};

/* What the fit works in, for the terms of a set. */
struct system {
	gsl_matrix *terms, *covariance;
	gsl_vector *targets, *weights, *solved;
	gsl_multifit_linear_workspace *space;
};

static bool system_open(struct system *s, size_t points_n, size_t terms_n)
{
	*s = (struct system){
		.terms = gsl_matrix_alloc(points_n, terms_n),
		.covariance = gsl_matrix_alloc(terms_n, terms_n),
		.targets = gsl_vector_alloc(points_n),
		.weights = gsl_vector_alloc(points_n),
		.solved = gsl_vector_alloc(terms_n),
		.space = gsl_multifit_linear_alloc(points_n, terms_n),
	};
	return s->terms && s->covariance && s->targets && s->weights && s->solved && s->space;
}

static void system_close(struct system *s)
{
	gsl_matrix_free(s->terms);
	gsl_matrix_free(s->covariance);
	gsl_vector_free(s->targets);
	gsl_vector_free(s->weights);
	gsl_vector_free(s->solved);
	gsl_multifit_linear_free(s->space);
}

/* The terms that a set of bits names, and how many. */
static size_t list_terms(unsigned set, int list[static TERMS_N])
{
	size_t n = 0;
	for (int k = 0; k < TERMS_N; k++)
		if (set & 1U << k)
			list[n++] = k;
	return n;
}

static void set_points(struct system *s, const struct fit_point *points, size_t n,
		       const int *terms, size_t terms_n)
{
	for (size_t row = 0; row < n; row++) {
		const struct fit_point *p = &points[row];
		double target = p->threads / p->throughput;
		double error = target * (p->error > ERROR_LEAST ? p->error : ERROR_LEAST);
		for (size_t k = 0; k < terms_n; k++)
			gsl_matrix_set(s->terms, row, k, term(terms[k], p->threads));
		gsl_vector_set(s->targets, row, target);
		gsl_vector_set(s->weights, row, 1 / (error * error));
	}
}

static jmp_buf refused;

static void give_up(const char *reason, const char *file, int line, int code)
{
	(void)reason;
	(void)file;
	(void)line;
	if (code == GSL_ENOMEM)
		longjmp(refused, 1);
}

/* GSL goes on with what it did not get, and crashes: so it does not come back from there.  What it
 * had by then is lost. */
static bool find_least(struct system *s, double *chi2)
{
	gsl_error_handler_t *usual = gsl_set_error_handler(give_up);
	volatile bool ok = false;
	if (setjmp(refused) == 0)
		ok = !gsl_multifit_wlinear(s->terms, s->weights, s->targets, s->solved,
					   s->covariance, chi2, s->space);
	else
		memory_note_refusal();
	gsl_set_error_handler(usual);
	return ok;
}

/* Least squares over a set of terms; the others are 0. */
static bool solve(const struct fit_point *points, size_t n, unsigned set, struct solution *found)
{
	struct system s;
	int terms[TERMS_N];
	size_t terms_n = list_terms(set, terms);
	*found = (struct solution){0};
	bool ok = system_open(&s, n, terms_n);
	if (ok) {
		set_points(&s, points, n, terms, terms_n);
		ok = find_least(&s, &found->chi2);
	}
	for (size_t a = 0; ok && a < terms_n; a++) {
		found->of[terms[a]] = gsl_vector_get(s.solved, a);
		for (size_t b = 0; b < terms_n; b++)
			found->covariance[terms[a]][terms[b]] = gsl_matrix_get(s.covariance, a, b);
	}
	system_close(&s);
	return ok;
}

/* Of the sets within `all`, each with the first term, the one that fits best with nothing
 * below 0. */
static bool solve_within_bounds(const struct fit_point *points, size_t n, unsigned all,
				struct solution *best)
{
	bool is_found = false;
	*best = (struct solution){0};
	for (unsigned set = 1; set <= all; set += 2) {
		struct solution s;
		if (!solve(points, n, set, &s))
			return false;
		bool is_within = s.of[0] > 0 && s.of[1] >= 0 && s.of[2] >= 0;
		if (is_within && (!is_found || s.chi2 < best->chi2)) {
			*best = s;
			is_found = true;
		}
	}
	return is_found;
}

/* Of a ratio to the first, by propagation.  The covariance is that of the fit without bounds:
 * how well the points tell a parameter from 0 is the same on the bound. */
static double ratio_error(const struct solution *best, const struct solution *free, int k)
{
	double base = best->of[0], ratio = best->of[k] / base;
	double variance = free->covariance[k][k] - 2 * ratio * free->covariance[0][k] +
			  ratio * ratio * free->covariance[0][0];
	return sqrt(variance > 0 ? variance : 0) / base;
}

static double rms_of(const struct law *law, const struct fit_point *points, size_t n)
{
	double sum = 0;
	for (size_t k = 0; k < n; k++) {
		double off = law_throughput(law, points[k].threads) / points[k].throughput - 1;
		sum += off * off;
	}
	return sqrt(sum / (double)n);
}

static const struct law no_law = {NAN, {NAN, NAN}, {NAN, NAN}, NAN};

/* One point more than there are terms, or every fit would be perfect.  Where points lie farther
 * from the law than their errors, the law is only roughly true, and its parameters' errors
 * are as much larger. */
static struct law fit_law(const struct fit_point *points, size_t n, unsigned terms)
{
	struct solution best, free;
	int list[TERMS_N];
	size_t terms_n = list_terms(terms, list);
	if (n <= terms_n || !solve(points, n, terms, &free) ||
	    !solve_within_bounds(points, n, terms, &best))
		return no_law;
	double misfit = best.chi2 / (double)(n - terms_n);
	double factor = misfit > 1 ? sqrt(misfit) : 1;
	struct law law = {
		.lambda = 1 / best.of[0],
		.sigma = {best.of[1] / best.of[0], factor * ratio_error(&best, &free, 1)},
		.kappa = {best.of[2] / best.of[0], factor * ratio_error(&best, &free, 2)},
	};
	law.rms = rms_of(&law, points, n);
	return law;
}

double law_throughput(const struct law *law, double threads)
{
	return law->lambda * threads /
	       (1 + law->sigma.value * (threads - 1) +
		law->kappa.value * threads * (threads - 1));
}

/* 95 of 100. */
static bool is_above_0(const struct fitted *f)
{
	return f->value > 1.96 * f->error;
}

/* Where the law's slope is 0; or, without coherency, what it tends to. */
static void foretell(struct fit *fit)
{
	const struct law *usl = &fit->usl;
	double sigma = usl->sigma.value;
	fit->best_threads = fit->peak_speedup = NAN;
	if (is_above_0(&usl->kappa) || sigma >= 1) {
		double best = sigma < 1 ? sqrt((1 - sigma) / usl->kappa.value) : 1;
		fit->best_threads = best > 1 ? best : 1;
		fit->peak_speedup = law_throughput(usl, fit->best_threads) / usl->lambda;
	} else if (is_above_0(&usl->sigma)) {
		fit->peak_speedup = 1 / sigma;
	}
}

struct fit fit_points(const struct fit_point *points, size_t n)
{
	struct fit fit = {
		.amdahl = fit_law(points, n, AMDAHLS_TERMS),
		.usl = fit_law(points, n, ALL_TERMS),
	};
	foretell(&fit);
	return fit;
}

double karp_flatt(double speedup, double threads)
{
	return threads > 1 ? (1 / speedup - 1 / threads) / (1 - 1 / threads) : NAN;
}
