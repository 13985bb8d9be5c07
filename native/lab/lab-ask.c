// A command of lab hosts that is not done by the host itself: it asks the lab's engine, and prints what the engine says. Under which names
// it is there, and what those do, is the engine's business (src/engine/errands.ts).
//
// The words of the command line go to a socket that only this host has, each with a zero byte behind it. Lines come back whose first letter says
// what they are: 1 for stdout, 2 for stderr, x for the exit status, which is the last.
#include "bare.h"

#include "text.h"
#include <sys/socket.h>
#include <sys/un.h>

static const struct sockaddr_un door = {.sun_family = AF_UNIX, .sun_path = "/run/vethlab.sock"};

static int refuse(const char* name, const char* why, int number) {
	char line[256];
	struct text text = TEXT_OVER(line);
	put(&text, name);
	put(&text, ": ");
	put(&text, why);
	put(&text, ": ");
	put_errno(&text, number);
	put(&text, "\n");
	write_all(2, line, text.used);
	return 1;
}

/** The name in the last part of a path. */
static const char* name_of(const char* path) {
	const char* name = path;
	for (const char* at = path; *at != '\0'; at++) {
		if (*at == '/') {
			name = at + 1;
		}
	}
	return name;
}

/** How many of these bytes belong to the line that they begin with, its end included. */
static size_t line_length(const char* bytes, size_t count) {
	size_t length = 0;
	while (length < count && bytes[length] != '\n') {
		length++;
	}
	return length < count ? length + 1 : count;
}

/** Prints lines until the one that is the exit status; -1 when the engine ended before. */
static int print_answer(int engine) {
	char piece[4096];
	char kind = '\0';
	int status = 0;
	for (;;) {
		long count = sys(SYS_read, engine, piece, sizeof piece);
		if (count == -EINTR) {
			continue;
		}
		if (count <= 0) {
			return -1;
		}
		const char* end = piece + count;
		for (const char* at = piece; at < end;) {
			if (kind == '\0') {
				kind = *at++;
				continue;
			}
			if (kind == 'x') {
				if (*at == '\n') {
					return status;
				}
				status = status * 10 + (*at++ - '0');
				continue;
			}
			size_t length = line_length(at, (size_t)(end - at));
			write_all(kind == '1' ? 1 : 2, at, length);
			at += length;
			if (at[-1] == '\n') {
				kind = '\0';
			}
		}
	}
}

int main(int argc, char** argv) {
	if (argc < 1) {
		return 2;
	}
	const char* name = name_of(argv[0]);
	name_process(name);
	int engine = (int)sys(SYS_socket, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (engine < 0) {
		return refuse(name, "make a socket", -engine);
	}
	long failed = sys(SYS_connect, engine, &door, sizeof door);
	if (failed < 0) {
		return refuse(name, "only a host of the lab has this command, its containers do not", (int)-failed);
	}
	write_all(engine, name, strlen(name) + 1);
	for (int i = 1; i < argc; i++) {
		write_all(engine, argv[i], strlen(argv[i]) + 1);
	}
	sys(SYS_shutdown, engine, SHUT_WR);
	int status = print_answer(engine);
	return status < 0 ? refuse(name, "hear the lab's engine", ECONNRESET) : status;
}
