/* advise_scenario.h - gilsim advise --scenario=FILE.json.
 *
 * Errors   0 or a negative errno with a text; -EBADMSG: a result was wrong. */
#pragma once

#include "cli/options.h"

int advise_scenario(struct options *o, struct error *err);
