/* run - the default command: measure one or many settings. */
#include "cli/commands.h"
#include "cli/session.h"

static const char doc[] =
	"Measures what a Global Interpreter Lock costs a piece of work, and what threads that "
	"release it, processes, interpreters, an OpenMP team, an event loop or no lock give "
	"instead.  A LIST is one value or several with commas between; all combinations are "
	"measured.\v"
	"Examples:\n"
	"  gilsim --mode=locked --threads=8\n"
	"  gilsim --mode=locked,released,process --engine=native --threads=1..8 --plot\n"
	"  gilsim --workload=count --gil=cpython,cpython2,opcode --threads=1,2,4\n"
	"  gilsim --kernel=kernel.so --mode=locked,released --threads=1,2,4\n"
	"  gilsim --world=virtual --cores=64 --mode=locked,free --threads=1..256*2\n"
	"  gilsim --world=real,virtual --cores=2 --threads=1..4 --output=both.json\n\n"
	"Other commands, each with a --help of its own:\n"
	"  gilsim list                    workloads, modes, policies and formats\n"
	"  gilsim matrix                  what each mode gives to each type of task\n"
	"  gilsim advise --workload=fib   which way round the lock to take, and why\n"
	"  gilsim breakeven               the shortest call worth a release of the lock\n"
	"  gilsim scenario FILE.json      different threads side by side, one lock\n"
	"  gilsim explore FILE.json       the same under many schedules, rules checked\n"
	"  gilsim calibrate               what everything takes, for the virtual world\n"
	"  gilsim trace --output=t.json   a timeline of one run, for ui.perfetto.dev\n"
	"  gilsim compare A.json B.json   what became slower or faster, and if it is sure\n"
	"  gilsim report FILE.json...     one HTML page of what was kept\n\n"
	"Exit status: 0 all results right, 1 a result was wrong or, in virtual time, nobody could "
	"ever go on, 2 bad input, 3 a resource failed, 130 interrupted.  Misuse of the lock ends "
	"by SIGABRT.";

int command_run(int argc, char **argv)
{
	static const char *const lacks[] = {"neighbours", "scenario", "from",	"threshold",
					    "across",	  "force",    "events", NULL};
	static const struct session_command run = {
		.options = {.doc = doc, .lacks = lacks, .repeats = {10, 3}},
		.settings = options_settings,
	};
	return session_run(&run, argc, argv);
}
