#include "report/change.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "report/about.h"
#include "report/metrics.h"

enum { GAIN_MOST = 64 };

static const char *gain_text(const struct ratio *gain, char text[static GAIN_MOST])
{
	if (isfinite(gain->low) && gain->low < gain->high)
		snprintf(text, GAIN_MOST, "%.3gx (%.3g .. %.3g)", gain->value, gain->low,
			 gain->high);
	else
		snprintf(text, GAIN_MOST, "%.3gx", gain->value);
	return text;
}

static const char *rate_text(double per_s, char text[static 32])
{
	if (per_s >= 1000)
		return format_count(llround(per_s), text);
	snprintf(text, 32, "%.3g", per_s);
	return text;
}

static const char *latency_text(double ns, char text[static 16])
{
	return isfinite(ns) ? format_duration(ns, text) : strcpy(text, "-");
}

static void print_group(FILE *file, const struct variant *variants, size_t group)
{
	for (int k = 0; k < CHANGES_N; k++) {
		char rate[32], gain[GAIN_MOST], latency[16];
		const char *name = variants->scenario.groups[group].name;
		if (variants[k].why_not)
			continue;
		struct effect e = variant_effect(variants, (enum change)k, group);
		fprintf(file, "%-16s  %-27s  %10s  %11s  %s\n", name, changes[k].words,
			rate_text(e.rounds_per_s, rate), latency_text(e.latency_p99_ns, latency),
			gain_text(&e.gain, gain));
	}
}

static void say_others(FILE *file, const struct variant *variants, size_t group,
		       enum change change)
{
	char gain[GAIN_MOST];
	for (size_t k = 0; k < variants->scenario.groups_n; k++) {
		struct effect e = variant_effect(variants, change, k);
		if (k != group && fabs(e.gain.value - 1) > 0.05)
			fprintf(file, "; %s then has %s", variants->scenario.groups[k].name,
				gain_text(&e.gain, gain));
	}
}

static void say_group(FILE *file, const struct variant *variants, size_t group)
{
	enum change best = variants_best(variants, group);
	const char *name = variants->scenario.groups[group].name;
	struct effect now = variant_effect(variants, CHANGE_NOTHING, group);
	struct effect then = variant_effect(variants, best, group);
	char from[32], to[32], gain[GAIN_MOST], before[16], after[16];
	if (best == CHANGE_NOTHING) {
		fprintf(file, "- %s: no change here helps it by 5 %% or more", name);
	} else {
		fprintf(file, "- %s: most helped by %s: %s instead of %s rounds/s, %s", name,
			changes[best].words, rate_text(then.rounds_per_s, to),
			rate_text(now.rounds_per_s, from), gain_text(&then.gain, gain));
		if (isfinite(then.latency_gain.value))
			fprintf(file, ", latency p99 %s instead of %s",
				latency_text(then.latency_p99_ns, after),
				latency_text(now.latency_p99_ns, before));
		say_others(file, variants, group, best);
	}
	if (!variants[CHANGE_NO_LOCK].why_not) {
		struct effect bound = variant_effect(variants, CHANGE_NO_LOCK, group);
		fprintf(file, "; without a lock %s", gain_text(&bound.gain, gain));
	}
	fprintf(file, "\n");
}

int changes_write_text(FILE *file, const void *content)
{
	const struct variant *variants = content;
	const struct scenario *s = &variants->scenario;
	size_t repeats_n = variants->results.repeats_n;
	char world[ABOUT_WORLD_MOST];
	fprintf(file, "%s, gil %s, median of %zu repeat%s, %s\n\n", s->file, s->policy->name,
		repeats_n, repeats_n == 1 ? "" : "s", about_world(&s->world, repeats_n, world));
	fprintf(file, "%-16s  %-27s  %10s  %11s  %s\n", "name", "change", "rounds/s", "latency p99",
		"gain");
	for (size_t k = 0; k < s->groups_n; k++)
		print_group(file, variants, k);
	fprintf(file, "\n");
	for (size_t k = 0; k < s->groups_n; k++)
		say_group(file, variants, k);
	for (int k = 0; k < CHANGES_N; k++)
		if (variants[k].why_not)
			fprintf(file, "- %s: %s\n", changes[k].words, variants[k].why_not);
	return 0;
}

static json_t *effects_json(const struct variant *variants, enum change change)
{
	json_t *groups = json_array();
	const struct scenario *s = &variants->scenario;
	for (size_t k = 0; k < s->groups_n && !variants[change].why_not; k++) {
		struct effect e = variant_effect(variants, change, k);
		json_array_append_new(
			groups,
			json_pack("{s:s, s:o, s:o, s:o, s:[o, o], s:o}", "name", s->groups[k].name,
				  "rounds_per_s", json_of_real(e.rounds_per_s), "latency_p99_ns",
				  json_of_real(e.latency_p99_ns), "gain",
				  json_of_real(e.gain.value), "gain_ci95",
				  json_of_real(e.gain.low), json_of_real(e.gain.high),
				  "latency_gain", json_of_real(e.latency_gain.value)));
	}
	return groups;
}

static json_t *variants_json(const struct variant *variants)
{
	json_t *list = json_array();
	for (int k = 0; k < CHANGES_N; k++)
		json_array_append_new(list,
				      json_pack("{s:s, s:s, s:s?, s:o}", "change", changes[k].name,
						"words", changes[k].words, "why_not",
						variants[k].why_not, "threads",
						effects_json(variants, (enum change)k)));
	return list;
}

static json_t *best_json(const struct variant *variants)
{
	json_t *groups = json_array();
	const struct scenario *s = &variants->scenario;
	for (size_t k = 0; k < s->groups_n; k++) {
		enum change best = variants_best(variants, k);
		struct effect e = variant_effect(variants, best, k);
		json_array_append_new(
			groups, json_pack("{s:s, s:s?, s:o, s:o}", "name", s->groups[k].name,
					  "change", best ? changes[best].name : NULL, "gain",
					  json_of_real(e.gain.value), "latency_gain",
					  json_of_real(e.latency_gain.value)));
	}
	return groups;
}

int changes_write_json(FILE *file, const void *content)
{
	const struct variant *variants = content;
	json_t *document = json_pack(
		"{s:s, s:o, s:o, s:O, s:I, s:o, s:{s:o}}", "schema", "gilsim-scenario-advice/1",
		"gilsim", about_gilsim(), "host", about_host(), "scenario",
		variants->scenario.document, "reps", (json_int_t)variants->results.repeats_n,
		"variants", variants_json(variants), "advice", "threads", best_json(variants));
	if (!document ||
	    json_object_update_new(document, about_world_json(&variants->scenario.world)))
		return -ENOMEM;
	int failed = json_dumpf(document, file, JSON_INDENT(2)) || fputs("\n", file) < 0;
	json_decref(document);
	return failed ? (errno ? -errno : -EIO) : 0;
}
