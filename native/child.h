// A child process between its birth and its program. It shares our memory (vfork), so it calls the kernel and nothing else.
#pragma once

#include "failure.h"
#include "fd.h"

#include <cstdint>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

/** SpawnOptions of index.ts. */
struct Program {
	std::string file;
	bool openFirst = false;
	std::vector<std::string> args;
	std::vector<std::string> env;
	std::optional<std::string> cwd;
	std::vector<int> stdio;
	struct {
		int pid = -1, net = -1, mnt = -1, uts = -1, ipc = -1;
	} enter;
	bool createPid = false;
	int create = 0; // CLONE_NEW* for unshare(2)
	std::optional<std::string> chroot;
	bool session = false;
	bool terminal = false;
	std::optional<uint64_t> capabilities;
	std::optional<uid_t> uid;
	std::optional<gid_t> gid;
	bool dieWithParent = false;
};

/** All that the child needs, laid out before it is born: it must not allocate. */
struct Child {
	explicit Child(const Program& program);

	const Program& program;
	std::vector<char*> argv;
	std::vector<char*> envp;
	/** What becomes descriptors 0, 1, 2… */
	std::vector<int> stdio;
	int executable = -1; // by descriptor; -1: by path
	int parent = -1;     // a pidfd
	/** The highest number among all of these. */
	int last = 2;
	/** Written by the child when it did not get as far as its program. */
	Failure failure;
};

/** The child's body for clone(2). Returns only when it failed, with `failure` set. */
int becomeProgram(void* child);
