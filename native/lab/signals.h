// What a small program does with signals. As PID 1 of a container it gets only those it handles (pid_namespaces(7)).
#pragma once

#include "bare.h"
#include <signal.h>

/** The kernel's struct sigaction of x86_64 and aarch64, which is not libc's. */
struct kernel_sigaction {
	void (*handler)(int);
	unsigned long flags;
	void (*restorer)(void);
	uint64_t mask;
};

static void on_stop_signal(int signal) {
	(void)signal;
	quit(0);
}

static void never_returned_to(void) {
	quit(0);
}

static void handle_signal(int signal, void (*handler)(int)) {
	// x86_64 refuses to call a handler without a restorer (SA_RESTORER); ours never return.
	const unsigned long sa_restorer = 0x04000000;
	struct kernel_sigaction action = {.handler = handler, .flags = sa_restorer, .restorer = never_returned_to};
	sys(SYS_rt_sigaction, signal, &action, NULL, sizeof action.mask);
}

/** SIGTERM and SIGINT end the program with exit code 0; a write to a closed pipe is an error, not a death; the kernel
 * reaps children, also those that PID 1 inherits (SIGCHLD ignored: sigaction(2)). */
static void handle_signals(void) {
	handle_signal(SIGTERM, on_stop_signal);
	handle_signal(SIGINT, on_stop_signal);
	handle_signal(SIGPIPE, SIG_IGN);
	handle_signal(SIGCHLD, SIG_IGN);
}
