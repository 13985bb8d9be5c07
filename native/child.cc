// The child's steps, in the order the kernel demands: namespaces while all descriptors and capabilities are still there; then the root, a table of
// descriptors of its own, terminal, capabilities, users; what a change of user undoes (the death signal) after it.
//
// Only system calls here, and never glibc's wrappers of setuid and the like: they stop and change every thread of the process, that is, Node's.
#include "child.h"

#include <csignal>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace {

std::vector<char*> pointers(const std::vector<std::string>& texts) {
	std::vector<char*> result;
	for (const std::string& text : texts) {
		result.push_back(const_cast<char*>(text.c_str()));
	}
	result.push_back(nullptr);
	return result;
}

Failure enterNamespaces(const Program& program) {
	const struct {
		int fd;
		int kind;
	} namespaces[] = {
		{program.enter.ipc, CLONE_NEWIPC},
		{program.enter.uts, CLONE_NEWUTS},
		{program.enter.net, CLONE_NEWNET},
		{program.enter.mnt, CLONE_NEWNS},
	};
	for (const auto& item : namespaces) {
		if (item.fd >= 0 && setns(item.fd, item.kind) != 0) {
			return failed("setns");
		}
	}
	if (program.create != 0 && unshare(program.create) != 0) {
		return failed("unshare");
	}
	// Otherwise what is mounted here would show in the namespace that this one was copied from. mount_namespaces(7).
	if ((program.create & CLONE_NEWNS) != 0 && mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
		return failed("mount");
	}
	return {};
}

Failure changeRoot(const Program& program) {
	if (program.chroot && chroot(program.chroot->c_str()) != 0) {
		return failed("chroot");
	}
	if (program.chroot && chdir("/") != 0) {
		return failed("chdir");
	}
	if (program.cwd && chdir(program.cwd->c_str()) != 0) {
		return failed("chdir");
	}
	return {};
}

/** A table of its own, of which what the child needs has been copied: until then it may close nothing and move nothing. close_range(2) */
Failure ownDescriptors(const Child& child) {
	return syscall(SYS_close_range, static_cast<unsigned>(child.last) + 1, ~0U, CLOSE_RANGE_UNSHARE) == 0 ? Failure{}
																										  : failed("close_range");
}

/** First all out of the way (a source may have the number of another's target), then each to its place. */
Failure arrangeDescriptors(Child& child) {
	const int count = static_cast<int>(child.stdio.size());
	if (child.executable >= 0 && (child.executable = fcntl(child.executable, F_DUPFD_CLOEXEC, count + 1)) < 0) {
		return failed("fcntl");
	}
	for (int& fd : child.stdio) {
		if ((fd = fcntl(fd, F_DUPFD_CLOEXEC, count)) < 0) {
			return failed("fcntl");
		}
	}
	for (int target = 0; target < count; target++) {
		if (dup2(child.stdio[static_cast<size_t>(target)], target) < 0) {
			return failed("dup2");
		}
	}
	return {};
}

/** After this no descriptor is left but stdio and, until it has become the program, the executable. */
Failure closeRest(Child& child) {
	unsigned first = static_cast<unsigned>(child.stdio.size());
	if (child.executable >= 0) {
		const int place = static_cast<int>(first++);
		if (dup3(child.executable, place, O_CLOEXEC) < 0) {
			return failed("dup3");
		}
		child.executable = place;
	}
	return syscall(SYS_close_range, first, ~0U, 0) == 0 ? Failure{} : failed("close_range");
}

Failure beginSession(const Program& program) {
	if ((program.session || program.terminal) && setsid() < 0) {
		return failed("setsid");
	}
	if (program.terminal && ioctl(STDIN_FILENO, TIOCSCTTY, 0) != 0) {
		return failed("ioctl");
	}
	return {};
}

struct CapabilitySets {
	__user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
	__user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {};
};

/** The bounding set, while CAP_SETPCAP is still there. capabilities(7). */
Failure dropBounding(uint64_t keep) {
	for (int capability = 0; prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0; capability++) {
		if ((keep >> capability & 1) == 0 && prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0) {
			return failed("prctl");
		}
	}
	return {};
}

Failure limitCapabilities(uint64_t keep) {
	CapabilitySets sets;
	if (syscall(SYS_capget, &sets.header, sets.data) != 0) {
		return failed("capget");
	}
	for (unsigned half = 0; half < _LINUX_CAPABILITY_U32S_3; half++) {
		__user_cap_data_struct& data = sets.data[half];
		data.permitted &= static_cast<uint32_t>(keep >> (32 * half));
		data.effective = data.permitted;
		data.inheritable = data.permitted;
	}
	return syscall(SYS_capset, &sets.header, sets.data) == 0 ? Failure{} : failed("capset");
}

Failure changeUser(const Program& program) {
	if (program.capabilities) {
		if (const Failure failure = dropBounding(*program.capabilities)) {
			return failure;
		}
		// So that a change of user leaves limitCapabilities something to keep.
		if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0) {
			return failed("prctl");
		}
	}
	// In a user namespace without mapped groups setgroups is denied, and there are none to give up. user_namespaces(7).
	if ((program.uid || program.gid) && syscall(SYS_setgroups, 0, nullptr) != 0 && errno != EPERM) {
		return failed("setgroups");
	}
	if (program.gid && syscall(SYS_setresgid, *program.gid, *program.gid, *program.gid) != 0) {
		return failed("setresgid");
	}
	if (program.uid && syscall(SYS_setresuid, *program.uid, *program.uid, *program.uid) != 0) {
		return failed("setresuid");
	}
	return program.capabilities ? limitCapabilities(*program.capabilities) : Failure{};
}

/**
 * The signal comes when the *thread* that made us ends, not its process: right here, since that thread lives as long as its process.
 * A parent that died before the call sends none, so it is looked at once more. PR_SET_PDEATHSIG(2const).
 */
Failure bindToParent(const Child& child) {
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0) {
		return failed("prctl");
	}
	pollfd parent = {child.parent, POLLIN, 0};
	return poll(&parent, 1, 0) == 0 ? Failure{} : Failure{ESRCH, "prctl"};
}

/** Handlers end with exec, but ignored signals (Node ignores SIGPIPE) and the mask go on into the program. */
void resetSignals() {
	for (int number = 1; number < NSIG; number++) {
		signal(number, SIG_DFL);
	}
	sigset_t none;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, nullptr);
}

Failure prepare(Child& child) {
	const Program& program = child.program;
	Failure failure = enterNamespaces(program);
	failure = failure ? failure : changeRoot(program);
	failure = failure ? failure : ownDescriptors(child);
	failure = failure ? failure : arrangeDescriptors(child);
	failure = failure ? failure : beginSession(program);
	failure = failure ? failure : changeUser(program);
	failure = failure ? failure : program.dieWithParent ? bindToParent(child) : Failure{};
	return failure ? failure : closeRest(child);
}

} // namespace

Child::Child(const Program& wanted) : program(wanted), argv(pointers(wanted.args)), envp(pointers(wanted.env)), stdio(wanted.stdio) {}

int becomeProgram(void* pointer) {
	Child& child = *static_cast<Child*>(pointer);
	child.failure = prepare(child);
	if (!child.failure) {
		resetSignals();
		if (child.executable >= 0) {
			syscall(SYS_execveat, child.executable, "", child.argv.data(), child.envp.data(), AT_EMPTY_PATH);
			child.failure = failed("execveat");
		} else {
			execve(child.program.file.c_str(), child.argv.data(), child.envp.data());
			child.failure = failed("execve");
		}
	}
	_exit(127);
}
