/* session.h - a command that measures settings: reads its options, measures, writes, and
 * keeps what was finished whatever happens.
 *
 * Errors   the exit status, and one line on standard error. */
#pragma once

#include "cli/options.h"

struct session {
	const struct session_command *command;
	struct options options;
	struct own own;
	struct setting *settings;
	size_t settings_n;
	struct plan plan;
	struct row *rows; /* one for each setting, in their order */
	struct unrest unrest;
	bool shows_progress;
};

struct session_command {
	struct options_of options;
	/* Appends the settings. */
	int (*settings)(const struct options *o, const struct own *own, struct setting **settings,
			size_t *n, struct error *err);
	/* What follows from the rows when all were measured; NULL: nothing.  Fills a zeroed
	 * finding, which the session frees, also after a failure. */
	int (*conclude)(const struct session *s, struct finding *finding, struct error *err);
};

int session_run(const struct session_command *command, int argc, char **argv);
