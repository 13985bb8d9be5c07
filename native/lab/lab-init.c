// The first process of the box and of every lab host, and a reader of files for nodes. It makes the mounts that only a member of the new
// namespaces can make, and reaps. It is no container runtime: crun starts containers. One more mode is one more function and its line in main.
//
//   lab-init box SCRATCH PROGRAM ARGS...   first process of the box: mounts, runs the engine, ends with it
//   lab-init host                          first process of a host: does what descriptor 3 says, tells what became of it on descriptor 4
//   lab-init read PATH                     the first MiB of a regular file, to stdout; exit status 2 when it is not there

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { COMMANDS = 3, EVENTS = 4, LONGEST_COMMAND = 16384, MOST_FIELDS = 6, LARGEST_FILE = 1 << 20 };

static int refuse(const char* what, const char* where) {
	fprintf(stderr, "lab-init: %s %s: %s\n", what, where, strerror(errno));
	return 1;
}

static int reaped_status(int status) {
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

// --- box -------------------------------------------------------------------------------------------------------------------------------

static int mount_box(const char* scratch) {
	char proc[4096];
	if (snprintf(proc, sizeof proc, "%s/proc", scratch) >= (int)sizeof proc) {
		errno = ENAMETOOLONG;
		return refuse("use", scratch);
	}

	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0) {
		return refuse("make private", "/");
	}

	// Every mount here is copied into each container, so the machine's own go where that is allowed. In a user namespace it is not
	// (mount_namespaces(7), locked mounts), and ours lie on top of them.
	umount2("/sys", MNT_DETACH);
	umount2("/proc", MNT_DETACH);

	if (mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) != 0) {
		return refuse("mount", "/proc");
	}

	if (mount("sysfs", "/sys", "sysfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) != 0) {
		return refuse("mount", "/sys");
	}

	// crun refuses a hybrid cgroup tree even when it is told to leave cgroups alone; a tmpfs satisfies it.
	if (mount("tmpfs", "/sys/fs/cgroup", "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=0755,size=64k") != 0) {
		return refuse("mount", "/sys/fs/cgroup");
	}

	if (mount("tmpfs", scratch, "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755") != 0) {
		return refuse("mount", scratch);
	}

	if (mkdir(proc, 0755) != 0 || mount("/proc", proc, NULL, MS_BIND, NULL) != 0) {
		return refuse("mount", proc);
	}

	return sethostname("vethlab", 7) != 0 ? refuse("name", "vethlab") : 0;
}

static void run_engine(int machine_proc, char** program) {
	char pid[32] = "";
	// Of the machine's own procfs, "self" is the reader's PID as the machine sees it (proc(5)).
	ssize_t length = readlinkat(machine_proc, "self", pid, sizeof pid - 1);
	if (length > 0) {
		pid[length] = '\0';
		setenv("VETHLAB_PID", pid, 1);
	}

	execvp(program[0], program);
	_exit(refuse("run", program[0]) + 126);
}

static int box(const char* scratch, char** program) {
	int machine_proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (machine_proc < 0) {
		return refuse("open", "/proc");
	}

	if (mount_box(scratch) != 0) {
		return 1;
	}

	sigset_t awaited, before;
	sigemptyset(&awaited);
	sigaddset(&awaited, SIGCHLD);
	sigaddset(&awaited, SIGTERM);
	sigaddset(&awaited, SIGINT);
	sigaddset(&awaited, SIGHUP);
	sigprocmask(SIG_BLOCK, &awaited, &before);

	pid_t engine = fork();
	if (engine < 0) {
		return refuse("start", program[0]);
	}

	if (engine == 0) {
		sigprocmask(SIG_SETMASK, &before, NULL);
		run_engine(machine_proc, program);
	}

	// The readiness pipe is the engine's alone: whoever reads it must see its end when the engine dies.
	syscall(SYS_close_range, 3, ~0U, 0);
	for (;;) {
		int got = sigwaitinfo(&awaited, NULL);
		if (got > 0 && got != SIGCHLD) {
			kill(engine, SIGTERM);
			continue;
		}

		int status;
		pid_t gone;
		while ((gone = waitpid(-1, &status, WNOHANG)) > 0) {
			if (gone == engine) {
				return reaped_status(status);
			}
		}
	}
}

// --- host ------------------------------------------------------------------------------------------------------------------------------

struct view {
	int proc, mounts;
};

// Keeps the mount namespace as it is now, for crun, and goes on in a copy of it that becomes the machine which people see.
static int leave_view(struct view* view) {
	view->proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	view->mounts = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
	return view->proc < 0 || view->mounts < 0 ? -1 : unshare(CLONE_NEWNS);
}

static int pivot(const char* root) {
	if (chdir(root) != 0 || syscall(SYS_pivot_root, ".", ".") != 0 || umount2(".", MNT_DETACH) != 0) {
		return -1;
	}

	return chdir("/");
}

static int touch(const char* path) {
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	return fd < 0 ? -1 : close(fd);
}

static const char* optional(const char* field) {
	return field[0] == '\0' ? NULL : field;
}

// One command, as its fields. 0, or -1 with errno.
static int obey(char* field[MOST_FIELDS], struct view* view) {
	const char* verb = field[0];
	if (strcmp(verb, "mount") == 0) {
		return mount(field[2], field[3], optional(field[1]), strtoul(field[4], NULL, 10), optional(field[5]));
	}

	if (strcmp(verb, "mkdir") == 0) {
		return mkdir(field[1], 0755);
	}

	if (strcmp(verb, "touch") == 0) {
		return touch(field[1]);
	}

	if (strcmp(verb, "symlink") == 0) {
		return symlink(field[1], field[2]);
	}

	if (strcmp(verb, "hostname") == 0) {
		return sethostname(field[1], strlen(field[1]));
	}

	if (strcmp(verb, "view") == 0) {
		return leave_view(view);
	}

	if (strcmp(verb, "pivot") == 0) {
		return pivot(field[1]);
	}

	if (strcmp(verb, "ready") == 0) {
		dprintf(EVENTS, "ready\t%d\t%d\n", view->proc, view->mounts);
		return 0;
	}

	if (strcmp(verb, "sealed") == 0) {
		close(view->proc);
		close(view->mounts);
		return 0;
	}

	if (strcmp(verb, "kill") == 0) {
		// Gone is success: its end is reported as an exit.
		kill(atoi(field[1]), atoi(field[2]));
		return 0;
	}

	errno = EINVAL;
	return -1;
}

// What is refused is told, and ends the host: a machine that lacks a mount is none.
static int obey_line(char* line, struct view* view) {
	static char nothing[] = "";
	char* field[MOST_FIELDS] = {nothing, nothing, nothing, nothing, nothing, nothing};
	char* rest = line;
	for (int i = 0; i < MOST_FIELDS && rest != NULL; i++) {
		field[i] = strsep(&rest, "\t");
	}

	if (obey(field, view) == 0) {
		return 1;
	}

	dprintf(EVENTS, "failed\t%s\t%s\t%s\t%s\n", strerror(errno), field[0], field[1], field[3]);
	return 0;
}

// Reads what has come and obeys the whole lines of it. 0 when the engine is gone, speaks nonsense, or something was refused.
static int obey_engine(struct view* view) {
	static char buffer[LONGEST_COMMAND];
	static size_t used;
	ssize_t got = read(COMMANDS, buffer + used, sizeof buffer - used);
	if (got <= 0) {
		return got < 0 && errno == EINTR;
	}

	used += (size_t)got;
	char *start = buffer, *end;
	while ((end = memchr(start, '\n', used - (size_t)(start - buffer))) != NULL) {
		*end = '\0';
		if (!obey_line(start, view)) {
			return 0;
		}

		start = end + 1;
	}

	used -= (size_t)(start - buffer);
	memmove(buffer, start, used);
	return used < sizeof buffer;
}

static void reap(int signals) {
	struct signalfd_siginfo ignored;
	if (read(signals, &ignored, sizeof ignored) < 0) {
		return;
	}

	int status;
	pid_t gone;
	while ((gone = waitpid(-1, &status, WNOHANG)) > 0) {
		dprintf(EVENTS, "exit\t%d\t%d\t%d\n", (int)gone, WIFSIGNALED(status) ? -1 : WEXITSTATUS(status),
				WIFSIGNALED(status) ? WTERMSIG(status) : 0);
	}
}

static int host(void) {
	// A signal that the first process of a PID namespace has no handler for is not delivered from inside (pid_namespaces(7)):
	// nobody on the host can end it, only the engine by SIGKILL or by closing the command pipe.
	sigset_t child;
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_SETMASK, &child, NULL);
	signal(SIGPIPE, SIG_IGN);
	int signals = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
	if (signals < 0) {
		return refuse("watch", "children");
	}

	umask(0);
	struct view view = {-1, -1};
	for (;;) {
		struct pollfd fds[] = {{.fd = COMMANDS, .events = POLLIN}, {.fd = signals, .events = POLLIN}};
		if (poll(fds, 2, -1) < 0 && errno != EINTR) {
			return refuse("wait for", "the engine");
		}

		if (fds[1].revents != 0) {
			reap(signals);
		}

		if (fds[0].revents != 0 && !obey_engine(&view)) {
			return 0;
		}
	}
}

// --- read ------------------------------------------------------------------------------------------------------------------------------

static int read_file(const char* path) {
	// O_NONBLOCK: a FIFO must not hold the reader up.
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat info;
	if (fd < 0 || fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) {
		return 2;
	}

	static char chunk[65536];
	for (size_t total = 0; total < LARGEST_FILE;) {
		size_t room = LARGEST_FILE - total;
		ssize_t got = read(fd, chunk, room < sizeof chunk ? room : sizeof chunk);
		if (got <= 0) {
			return got < 0 ? 2 : 0;
		}

		for (ssize_t sent = 0; sent < got;) {
			ssize_t written = write(STDOUT_FILENO, chunk + sent, (size_t)(got - sent));
			if (written < 0) {
				return 1;
			}

			sent += written;
		}

		total += (size_t)got;
	}

	return 0;
}

int main(int count, char** args) {
	if (count >= 4 && strcmp(args[1], "box") == 0) {
		return box(args[2], args + 3);
	}

	if (count == 2 && strcmp(args[1], "host") == 0) {
		// Before Linux 6.14 a program started by descriptor is called by the descriptor's number (execveat(2)).
		prctl(PR_SET_NAME, "lab-init");
		return host();
	}

	if (count == 3 && strcmp(args[1], "read") == 0) {
		return read_file(args[2]);
	}

	fprintf(stderr, "usage: lab-init box SCRATCH PROGRAM ARGS... | host | read PATH\n");
	return 2;
}
