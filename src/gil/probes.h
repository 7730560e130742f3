/* probes.h - static user probes: where bpftrace, perf or SystemTap may attach while it runs.
 *
 * One that nobody is attached to is a nop, and a note in the file that says where its arguments
 * are.  They stand where a timeline is recorded (world/recorder.h).
 * Source   https://sourceware.org/systemtap/wiki/UserSpaceProbeImplementation */
#pragma once

#ifdef HAVE_SDT
#include <sys/sdt.h>
/* PROBE(name, thread): its arguments are the thread's name, the thread and its lock. */
#define PROBE(probe, t) DTRACE_PROBE3(gilsim, probe, (t)->name, t, (t)->gil)
#else
#define PROBE(probe, t) ((void)(t))
#endif
