// lab-names: asks one name server for one name as often as it is told to and says what came back; and the plainest server there is, to compare with.
// For the bench. A container's way to a name is resolve.h.
//
//   lab-names ask IP PORT NAME RATE COUNT WINDOW   RATE questions a second, 0: as they come; never more than WINDOW unanswered. One line of JSON.
//   lab-names echo IP PORT                         gives every datagram back as it came, until it is ended
#include "bare.h"

#include "memory.h"
#include "query.h"
#include <sys/resource.h>

enum { ids = 65536, slowest_us = 1 << 20, most_count = 10000000, answer_bytes = 4096 };

/** A question that is unanswered for so long is lost, and makes room for another. */
static const int64_t patience_ns = 1000000000;

struct run {
	int fd;
	uint64_t rate, count, window;
	uint8_t query[most_name_bytes + 32];
	size_t query_size;
	uint64_t sent, answered, right, lost, oldest;
	/** When the question of each id was sent; 0: it is not waited for. */
	int64_t* sent_ns;
	/** How many took so many microseconds; what is slower is in the last. */
	uint32_t* took;
};

static int64_t now_ns(void) {
	struct timespec now;
	sys(SYS_clock_gettime, CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int fail(const char* what, long error) {
	char words[256];
	struct text line = TEXT_OVER(words);
	put(&line, "lab-names: ");
	put(&line, what);
	if (error != 0) {
		put(&line, ": ");
		put_errno(&line, (int)-error);
	}
	put(&line, "\n");
	write_all(2, line.at, line.used);
	return 2;
}

static uint64_t unanswered(const struct run* run) {
	return run->sent - run->answered - run->lost;
}

/** False: the kernel takes no more for now. */
static bool ask(struct run* run) {
	uint16_t id = (uint16_t)run->sent;
	run->query[0] = (uint8_t)(id >> 8);
	run->query[1] = (uint8_t)id;
	int64_t now = now_ns();
	if (sys(SYS_sendto, run->fd, run->query, run->query_size, MSG_NOSIGNAL, NULL, 0) < 0) {
		return false;
	}
	run->sent_ns[id] = now;
	run->sent++;
	return true;
}

/** Takes all answers that are there. */
static void hear(struct run* run) {
	uint8_t answer[answer_bytes];
	long size;
	while ((size = sys(SYS_recvfrom, run->fd, answer, sizeof answer, MSG_DONTWAIT, NULL, NULL)) >= 0) {
		unsigned id = size < 12 ? 0 : (unsigned)answer[0] << 8 | answer[1];
		if (size < 12 || run->sent_ns[id] == 0) {
			continue;
		}
		int64_t us = (now_ns() - run->sent_ns[id]) / 1000;
		run->took[us < slowest_us ? us : slowest_us - 1]++;
		run->sent_ns[id] = 0;
		run->answered++;
		run->right += (answer[2] & 0x80) != 0 && (answer[3] & 15) == 0 && (answer[6] | answer[7]) != 0;
	}
}

static void give_up_old(struct run* run, int64_t now) {
	for (; run->oldest < run->sent; run->oldest++) {
		int64_t* at = &run->sent_ns[run->oldest % ids];
		if (*at != 0 && now - *at < patience_ns) {
			break;
		}
		run->lost += *at != 0;
		*at = 0;
	}
}

/** Until there is an answer, or the next question is due. */
static void wait(const struct run* run, int64_t start, int64_t now) {
	bool may_ask = run->sent < run->count && unanswered(run) < run->window;
	int64_t due = run->rate == 0 ? now : start + (int64_t)(run->sent * 1000000000 / run->rate);
	int64_t next = may_ask ? due : now + patience_ns / 10;
	if (next > now && run->answered + run->lost < run->count) {
		struct timespec left = {(next - now) / 1000000000, (next - now) % 1000000000};
		struct pollfd poll = {.fd = run->fd, .events = POLLIN};
		sys(SYS_ppoll, &poll, 1, &left, NULL, 8);
	}
}

static void ask_all(struct run* run, int64_t start) {
	while (run->answered + run->lost < run->count) {
		int64_t now = now_ns();
		uint64_t due = run->rate == 0 ? run->count : (uint64_t)(now - start) * run->rate / 1000000000 + 1;
		while (run->sent < due && run->sent < run->count && unanswered(run) < run->window && ask(run)) {}
		hear(run);
		give_up_old(run, now);
		wait(run, start, now);
	}
}

/** So many microseconds took the one that `part` of `whole` of the answers were not slower than. */
static uint64_t percentile(const struct run* run, uint64_t part, uint64_t whole) {
	uint64_t before = 0;
	for (size_t us = 0; us < slowest_us; us++) {
		before += run->took[us];
		if (before > 0 && before * whole >= run->answered * part) {
			return us;
		}
	}
	return 0;
}

static void put_field(struct text* line, const char* name, uint64_t number) {
	put(line, line->used == 0 ? "{\"" : ",\"");
	put(line, name);
	put(line, "\":");
	put_number(line, number);
}

static void print_run(const struct run* run, int64_t elapsed_ns) {
	char words[512];
	struct text line = TEXT_OVER(words);
	struct rusage usage;
	sys(SYS_getrusage, RUSAGE_SELF, &usage);
	struct timeval user = usage.ru_utime, system = usage.ru_stime;
	put_field(&line, "sent", run->sent);
	put_field(&line, "answered", run->answered);
	put_field(&line, "right", run->right);
	put_field(&line, "elapsedMicros", (uint64_t)elapsed_ns / 1000);
	put_field(&line, "medianMicros", percentile(run, 50, 100));
	put_field(&line, "p99Micros", percentile(run, 99, 100));
	put_field(&line, "worstMicros", percentile(run, 100, 100));
	put_field(&line, "cpuMicros", (uint64_t)((user.tv_sec + system.tv_sec) * 1000000 + user.tv_usec + system.tv_usec));
	put(&line, "}\n");
	write_all(1, line.at, line.used);
}

static bool number(const char* words, uint64_t most, uint64_t* value) {
	return parse_number(words, strlen(words), most, value);
}

static int run_ask(char** words, const struct address* server) {
	struct run run = {.rate = 0};
	struct word name = {words[0], strlen(words[0])};
	if (!number(words[1], most_count, &run.rate) || !number(words[2], most_count, &run.count) || run.count == 0 ||
		!number(words[3], ids / 4, &run.window) || run.window == 0) {
		return fail("RATE, COUNT and WINDOW are whole numbers, the last two at least 1", 0);
	}
	run.query_size = name.length < most_name_bytes ? write_query(run.query, 0, name, type_a) : 0;
	if (run.query_size == 0) {
		return fail("not a name that can be asked for", 0);
	}
	// A paced sender must not sleep 50 microseconds longer than it wants (PR_SET_TIMERSLACK, prctl(2)).
	sys(SYS_prctl, PR_SET_TIMERSLACK, 1);
	run.sent_ns = map_pages(ids * sizeof *run.sent_ns);
	run.took = map_pages(slowest_us * sizeof *run.took);
	long fd = sys(SYS_socket, server->any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	long error = fd < 0 ? fd : sys(SYS_connect, fd, &server->any, server->size);
	if (error < 0 || run.sent_ns == NULL || run.took == NULL) {
		return fail("cannot ask", error);
	}
	run.fd = (int)fd;
	int64_t start = now_ns();
	ask_all(&run, start);
	print_run(&run, now_ns() - start);
	return 0;
}

static int run_echo(const struct address* at) {
	long fd = sys(SYS_socket, at->any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	long error = fd < 0 ? fd : sys(SYS_bind, fd, &at->any, at->size);
	if (error < 0) {
		return fail("cannot listen", error);
	}
	write_all(1, "ready\n", 6);
	for (;;) {
		uint8_t bytes[answer_bytes];
		struct address from;
		int from_size = sizeof from.v6;
		long size = sys(SYS_recvfrom, fd, bytes, sizeof bytes, 0, &from.any, &from_size);
		if (size >= 0) {
			sys(SYS_sendto, fd, bytes, size, MSG_NOSIGNAL, &from.any, from_size);
		}
	}
}

int main(int argc, char** argv) {
	bool asks = argc == 8 && strcmp(argv[1], "ask") == 0;
	uint64_t port;
	struct address address;
	if ((!asks && !(argc == 4 && strcmp(argv[1], "echo") == 0)) || !number(argv[3], 65535, &port) ||
		!parse_ip(argv[2], strlen(argv[2]), (uint16_t)port, &address)) {
		return fail("ask IP PORT NAME RATE COUNT WINDOW | echo IP PORT", 0);
	}
	return asks ? run_ask(argv + 4, &address) : run_echo(&address);
}
