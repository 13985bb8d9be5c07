// lab-web: the servers and clients of lab hosts and containers in one small program, and their `httpd` when called by that name.
// Not a web server for anything else. A new probe is one probe-*.h and its line in the table below.
//
//   lab-web serve SPEC…                    servers in one process, until SIGTERM (web-serve.h says what a SPEC is)
//   lab-web probe http URL [--count N]     one attempt, or the fastest of N, told in one line of JSON: ProbeResult of the api folder
//   lab-web probe ping HOST [--count N] [--size BYTES] [--df]
//   lab-web probe tcp|udp HOST PORT [--send TEXT] [--source-port N]
//   lab-web probe dns NAME|ADDRESS [--type A|AAAA|PTR] [--server IP]
//                                          each with --timeout MS (2000), which bounds all of it, name resolution too
//   lab-web pause                          waits for SIGTERM
//   httpd [-f] [-p [ADDR:]PORT] [-h DIR]   as busybox has it
#include "bare.h"

#include "probe-dns.h"
#include "probe-http.h"
#include "probe-ping.h"
#include "web-files.h"
#include "web-serve.h"

static const struct probe_kind {
	const char* name;
	bool has_port;
	bool counts_itself;
	void (*run)(struct probe* probe, struct outcome* outcome);
} probe_kinds[] = {
	{"dns", false, false, probe_dns}, {"http", false, false, probe_http}, {"ping", false, true, probe_ping},
	{"tcp", true, false, probe_tcp},  {"udp", true, false, probe_udp},
};

static const struct probe_kind* kind_named(const char* name) {
	for (size_t i = 0; i < sizeof probe_kinds / sizeof probe_kinds[0]; i++) {
		if (strcmp(probe_kinds[i].name, name) == 0) {
			return &probe_kinds[i];
		}
	}
	return NULL;
}

static int fail(const char* what, const char* which) {
	char words[512];
	struct text line = {.at = words, .room = sizeof words - 1};
	put(&line, "lab-web: ");
	put(&line, what);
	put(&line, which);
	line.room++;
	put(&line, "\n");
	write_all(2, line.at, line.used);
	return 2;
}

/** --name VALUE pairs, numbers or texts, and --df; the one that is wrong, or NULL. */
static const char* parse_probe_options(int count, char** words, struct probe* probe, uint64_t* timeout_ms) {
	uint64_t source_port = 0;
	const struct {
		const char* name;
		uint64_t lowest, most;
		uint64_t* value;
	} numbers[] = {
		{"--timeout", 1, 3600000, timeout_ms},
		{"--count", 1, 1000, &probe->count},
		{"--size", 0, most_payload_bytes, &probe->size},
		{"--source-port", 1, 65535, &source_port},
	};
	const size_t number_count = sizeof numbers / sizeof numbers[0];
	const struct {
		const char* name;
		const char** value;
	} texts[] = {{"--send", &probe->send}, {"--type", &probe->type}, {"--server", &probe->server}};
	const size_t text_count = sizeof texts / sizeof texts[0];
	for (int i = 0; i < count; i++) {
		if (strcmp(words[i], "--df") == 0) {
			probe->df = true;
			continue;
		}
		const char* value = i + 1 < count ? words[i + 1] : NULL;
		size_t at = 0;
		while (at < number_count && strcmp(words[i], numbers[at].name) != 0) {
			at++;
		}
		size_t text = 0;
		while (text < text_count && strcmp(words[i], texts[text].name) != 0) {
			text++;
		}
		if (value == NULL || (at == number_count && text == text_count)) {
			return words[i];
		}
		if (text < text_count) {
			*texts[text].value = value;
		} else if (!parse_number(value, strlen(value), numbers[at].most, numbers[at].value) || *numbers[at].value < numbers[at].lowest) {
			return words[i];
		}
		i++;
	}
	probe->source_port = (uint16_t)source_port;
	return NULL;
}

/** 0 when a result was printed, whatever it is; 2 when the call is wrong. */
static int run_probe(int count, char** words) {
	const struct probe_kind* kind = count > 0 ? kind_named(words[0]) : NULL;
	if (kind == NULL) {
		return fail("probe what? ", "http URL | ping HOST | tcp HOST PORT | udp HOST PORT | dns NAME");
	}
	int own = kind->has_port ? 3 : 2;
	if (count < own) {
		return fail("too few arguments for probe ", words[0]);
	}
	struct probe probe = {.target = words[1], .count = 1, .size = 56, .type = "A"};
	uint64_t port = 0, timeout_ms = 2000;
	if (kind->has_port && (!parse_number(words[2], strlen(words[2]), 65535, &port) || port == 0)) {
		return fail("not a port: ", words[2]);
	}
	const char* wrong = parse_probe_options(count - own, words + own, &probe, &timeout_ms);
	if (wrong != NULL) {
		return fail("option not known or with a wrong value: ", wrong);
	}
	probe.port = (uint16_t)port;
	probe.deadline_us = now_us() + (int64_t)timeout_ms * 1000;
	struct outcome outcome;
	int64_t shortest = -1;
	// What a program does for the first time is slow: of several attempts the fastest says how long the way is.
	for (uint64_t i = 0; i < (kind->counts_itself ? 1 : probe.count); i++) {
		outcome = (struct outcome){.result = "ok", .micros = -1};
		outcome.said = (struct text)TEXT_OVER(outcome.said_words);
		outcome.answers = (struct text)TEXT_OVER(outcome.answers_words);
		kind->run(&probe, &outcome);
		if (strcmp(outcome.result, "ok") != 0) {
			break;
		}
		shortest = shortest < 0 || outcome.micros < shortest ? outcome.micros : shortest;
		outcome.micros = shortest;
	}
	print_outcome(&outcome);
	return 0;
}

__attribute__((noreturn)) static void wait_for_signal(void) {
	handle_signals();
	for (;;) {
		sys(SYS_ppoll, NULL, 0, NULL, NULL, 8);
	}
}

/** Whether a path ends in this name. */
static bool is_called(const char* path, const char* name) {
	size_t length = strlen(path), end = strlen(name);
	return length >= end && strcmp(path + length - end, name) == 0 && (length == end || path[length - end - 1] == '/');
}

int main(int argc, char** argv) {
	if (argc > 0) {
		name_process(argv[0]);
	}
	if (argc > 0 && is_called(argv[0], "httpd")) {
		return httpd(argc, argv);
	}
	const char* command = argc > 1 ? argv[1] : "";
	if (strcmp(command, "serve") == 0) {
		return serve(argc - 2, argv + 2);
	}
	if (strcmp(command, "probe") == 0) {
		return run_probe(argc - 2, argv + 2);
	}
	if (strcmp(command, "httpd") == 0) {
		return httpd(argc - 1, argv + 1);
	}
	if (strcmp(command, "pause") == 0) {
		wait_for_signal();
	}
	return fail("what? ", "serve | probe | pause | httpd");
}
