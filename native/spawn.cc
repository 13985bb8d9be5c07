// Processes. A helper thread makes each by clone(2) with our memory and our table of descriptors shared until it runs its program, or takes a table of its
// own: no page tables are copied and next to no descriptors, so the cost does not grow with Node's heap nor with the lab. What the child does is in child.cc.
#include "addon.h"
#include "arguments.h"
#include "child.h"
#include "helper.h"
#include "places.h"

#include <cstdio>
#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/wait.h>

namespace {

constexpr size_t stackBytes = 64 << 10;

/** The spawn thread's only; never deleted, as that thread never ends. */
Places& places = *new Places;

Helper& spawnThread() {
	static Helper& thread = *new Helper("vethlab-spawn");
	return thread;
}

/** A stack with an unmapped page below it; the spawn thread's children use it one after another, so it is never given back. */
char* newStack() {
	void* memory = mmap(nullptr, stackBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
	if (memory == MAP_FAILED) {
		return nullptr;
	}
	mprotect(memory, 4096, PROT_NONE);
	return static_cast<char*>(memory) + stackBytes;
}

/**
 * Chooses the PID namespace in which this thread's next children are born; -1: our own. The thread itself stays where it is. setns(2).
 * What could not be set back is tried again before the next child.
 */
Failure placeChildren(int pidNamespace) {
	static bool away = false; // the spawn thread's only
	if (pidNamespace < 0 && !away) {
		return {};
	}
	if (setns(pidNamespace < 0 ? selfPidfd() : pidNamespace, CLONE_NEWPID) != 0) {
		return failed("setns");
	}
	away = pidNamespace >= 0;
	return {};
}

/** In between when a PID namespace is to be made inside an entered one, which the kernel grants only to those who live there. */
struct Relay {
	Child& child;
	char* stack;
	int pidfd = -1;
};

int relay(void* pointer) {
	Relay& relay = *static_cast<Relay*>(pointer);
	if (unshare(CLONE_NEWPID) != 0) {
		relay.child.failure = failed("unshare");
	} else if (clone(becomeProgram, relay.stack, CLONE_VM | CLONE_VFORK | CLONE_FILES | CLONE_PARENT | CLONE_PIDFD | SIGCHLD, &relay.child,
					 &relay.pidfd) < 0) {
		relay.child.failure = failed("clone");
	}
	_exit(0);
}

class Spawn : public Task {
public:
	explicit Spawn(Program program) : program_(std::move(program)) {}

	Failure run() override {
		Child child(program_);
		child.parent = selfPidfd();
		Fd executable;
		if (program_.openFirst) {
			executable = Fd(open(program_.file.c_str(), O_PATH | O_CLOEXEC));
			if (!executable.valid()) {
				return failed("open");
			}
			child.executable = executable.get();
		}
		std::vector<int*> taken = {&child.executable, &child.parent};
		for (int& fd : child.stdio) {
			fd = fd < 0 ? places.null() : fd;
			taken.push_back(&fd);
		}
		Failure failure = places.fill(taken);
		child.last = places.last();
		failure = failure ? failure : born(child);
		places.clear();
		return failure;
	}

	Napi::Value value(Napi::Env env) override {
		Napi::Object result = Napi::Object::New(env);
		result.Set("pid", Napi::Number::New(env, pid_));
		result.Set("pidfd", Napi::Number::New(env, pidfd_.release()));
		return result;
	}

private:
	Failure born(Child& child) {
		static char* const stack = newStack();
		static char* const relayStack = newStack();
		if (stack == nullptr || relayStack == nullptr) {
			return {ENOMEM, "mmap"};
		}
		if (const Failure failure = placeChildren(program_.enter.pid)) {
			return failure;
		}
		const bool relayed = program_.createPid && program_.enter.pid >= 0;
		const Failure failure = relayed ? cloneRelayed(child, stack, relayStack) : cloneDirectly(child, stack);
		static_cast<void>(placeChildren(-1));
		if (failure || !child.failure) {
			return failure;
		}
		reap();
		return child.failure;
	}

	Failure cloneDirectly(Child& child, char* stack) {
		const int flags = CLONE_VM | CLONE_VFORK | CLONE_FILES | CLONE_PIDFD | SIGCHLD | (program_.createPid ? CLONE_NEWPID : 0);
		int pidfd = -1;
		pid_ = clone(becomeProgram, stack, flags, &child, &pidfd);
		if (pid_ < 0) {
			return failed("clone");
		}
		pidfd_ = Fd(pidfd);
		return {};
	}

	Failure cloneRelayed(Child& child, char* stack, char* relayStack) {
		Relay between = {child, stack};
		// With our table of descriptors, so that the pidfd it gets is ours.
		const pid_t pid = clone(relay, relayStack, CLONE_VM | CLONE_VFORK | CLONE_FILES | SIGCHLD, &between);
		if (pid < 0) {
			return failed("clone");
		}
		while (waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {}
		pidfd_ = Fd(between.pidfd);
		if (!pidfd_.valid()) {
			return child.failure ? child.failure : Failure{ECHILD, "clone"}; // the latter: the relay was killed
		}
		pid_ = pidOf(pidfd_.get());
		return {};
	}

	/** The relay's clone told a number of the namespace it lives in; this is ours. proc_pid_fdinfo(5). */
	static pid_t pidOf(int pidfd) {
		char line[256];
		snprintf(line, sizeof(line), "/proc/self/fdinfo/%d", pidfd);
		pid_t pid = -1;
		FILE* file = fopen(line, "re");
		while (file != nullptr && fgets(line, sizeof(line), file) != nullptr && sscanf(line, "Pid: %d", &pid) != 1) {}
		if (file != nullptr) {
			fclose(file);
		}
		return pid;
	}

	void reap() {
		siginfo_t info;
		while (waitid(P_PIDFD, static_cast<id_t>(pidfd_.get()), &info, WEXITED) != 0 && errno == EINTR) {}
	}

	Program program_;
	pid_t pid_ = -1;
	Fd pidfd_;
};

int kindOf(Napi::Value value) {
	const std::string name = toText(value, "create");
	const int kind = name == "pid"   ? CLONE_NEWPID
					 : name == "mnt" ? CLONE_NEWNS
					 : name == "uts" ? CLONE_NEWUTS
					 : name == "ipc" ? CLONE_NEWIPC
									 : 0;
	if (kind == 0 && !value.IsEmpty() && !value.Env().IsExceptionPending()) {
		Napi::TypeError::New(value.Env(), "create must hold pid, mnt, uts or ipc").ThrowAsJavaScriptException();
	}
	return kind;
}

int optionalFd(const Fields& fields, const char* name) {
	const Napi::Value value = fields[name];
	return isGiven(value) ? toInt(value, name, 0) : -1;
}

void readNamespaces(const Fields& options, Program& program) {
	if (const Napi::Value value = options["enter"]; isGiven(value)) {
		const Fields enter(value, "enter");
		program.enter = {optionalFd(enter, "pid"), optionalFd(enter, "net"), optionalFd(enter, "mnt"), optionalFd(enter, "uts"),
						 optionalFd(enter, "ipc")};
	}
	if (const Napi::Value value = options["create"]; isGiven(value)) {
		for (const Napi::Value item : toArray(value, "create")) {
			program.create |= kindOf(item);
		}
		program.createPid = (program.create & CLONE_NEWPID) != 0;
		program.create &= ~CLONE_NEWPID;
	}
}

Program readProgram(const Fields& options) {
	Program program;
	program.file = toText(options["file"], "file");
	program.openFirst = toFlag(options["openFirst"], "openFirst");
	program.args = toTexts(options["args"], "args");
	program.env = toTexts(options["env"], "env");
	program.stdio = toInts(options["stdio"], "stdio");
	if (const Napi::Value cwd = options["cwd"]; isGiven(cwd)) {
		program.cwd = toText(cwd, "cwd");
	}
	readNamespaces(options, program);
	if (const Napi::Value chroot = options["chroot"]; isGiven(chroot)) {
		program.chroot = toText(chroot, "chroot");
	}
	program.session = toFlag(options["session"], "session");
	program.terminal = toFlag(options["terminal"], "terminal");
	if (const Napi::Value capabilities = options["capabilities"]; isGiven(capabilities)) {
		program.capabilities = toMask(capabilities, "capabilities");
	}
	if (const Napi::Value uid = options["uid"]; isGiven(uid)) {
		program.uid = static_cast<uid_t>(toInt(uid, "uid", 0));
	}
	if (const Napi::Value gid = options["gid"]; isGiven(gid)) {
		program.gid = static_cast<gid_t>(toInt(gid, "gid", 0));
	}
	program.dieWithParent = toFlag(options["dieWithParent"], "dieWithParent");
	return program;
}

} // namespace

Napi::Value spawn(const Napi::CallbackInfo& info) {
	return spawnThread().start(info.Env(), std::make_unique<Spawn>(readProgram({info[0], "options"})));
}
