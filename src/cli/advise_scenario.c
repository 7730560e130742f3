/* advise_scenario - a scenario as it stands and with one thing changed at a time, measured. */
#include <errno.h>
#include <string.h>

#include "base/buffer.h"
#include "cli/advise_scenario.h"
#include "cli/commands.h"
#include "report/change.h"

/* Without a lock, or with a call released that must not be, results may be wrong: then that
 * change is none. */
static int measure_once(struct variant *v, bool may_be_wrong, struct error *err)
{
	struct scenario_repeat fresh;
	int failed = was_interrupted() ? error_set(err, -EINTR, "interrupted") : 0;
	if (!failed)
		failed = scenario_measure(&v->scenario, (int64_t)v->results.repeats_n, goes_on,
					  NULL, &fresh, err);
	if (failed == -EBADMSG && may_be_wrong) {
		v->why_not = "its results are wrong";
		return 0;
	}
	if (failed)
		return failed;
	struct scenario_repeat *kept =
		array_push((void **)&v->results.repeats, &v->results.repeats_n, sizeof *kept);
	if (kept) {
		*kept = fresh;
		return 0;
	}
	scenario_repeat_free(&fresh);
	return error_set(err, -ENOMEM, "repeats: no memory");
}

/* The variants take turns, in another order each time. */
static int measure_all(struct variant variants[static CHANGES_N], int64_t repeats_n, int64_t seed,
		       struct error *err)
{
	size_t order[CHANGES_N];
	int failed = 0;
	catch_interrupts();
	for (int64_t repeat = 0; repeat < repeats_n; repeat++) {
		order_round(order, CHANGES_N, seed, repeat);
		for (size_t place = 0; place < CHANGES_N && !failed; place++) {
			size_t k = order[place];
			if (!variants[k].why_not)
				failed = measure_once(&variants[k], k != CHANGE_NOTHING, err);
		}
	}
	return failed;
}

static int write_all(const struct options *o, const struct variant *variants, struct error *err)
{
	struct error why;
	int failed = 0;
	for (size_t k = 0; k < o->outputs_n; k++) {
		bool is_json = o->outputs[k].format == format_find("json");
		failed = error_first(failed,
				     output_write(&o->outputs[k],
						  is_json ? changes_write_json : changes_write_text,
						  variants, &why),
				     &why, err);
	}
	return failed;
}

/* As asked, or else as the document says. */
static int choose_world(struct options *o, struct error *err)
{
	int64_t *world = &o->axes[AXIS_WORLD].values[0];
	struct scenario s = {0};
	int failed = *world == ABSENT ? scenario_read(&s, o->scenario, err) : 0;
	if (*world == ABSENT)
		*world = s.world.world;
	scenario_close(&s);
	return failed ? failed : options_open_world(o, err);
}

int advise_scenario(struct options *o, struct error *err)
{
	static struct variant variants[CHANGES_N];
	int failed = choose_world(o, err);
	struct world_choice world = options_world(o);
	if (!failed)
		failed = variants_open(variants, o->scenario, &world, err);
	if (!failed)
		failed = outputs_check(o->outputs, o->outputs_n, err);
	if (!failed)
		failed = measure_all(variants, o->measure.repeats[world.world],
				     o->measure.order_seed, err);
	if (!failed)
		failed = write_all(o, variants, err);
	variants_close(variants);
	return failed;
}
