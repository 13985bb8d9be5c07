// docker-proxy, as an engine starts one for each published port and address family: same command line, same two inherited
// descriptors, same behaviour towards clients and containers. Not here: SCTP.
#include "bare.h"

#include "proxy-tcp.h"
#include "proxy-udp.h"
#include "signals.h"
#include <fcntl.h>

/** Inherited: the pipe that hears whether it runs, and with -use-listen-fd the bound socket. */
enum { status_fd = 3, listen_fd = 4 };

struct options {
	const char *protocol, *host_ip, *host_port, *container_ip, *container_port;
	bool uses_listen_fd;
};

/** Whether `argument` is -name, --name or one of them with =value (Go's flag package); `value` NULL without one. */
static bool is_flag(const char* argument, const char* name, const char** value) {
	if (argument[0] != '-') {
		return false;
	}
	argument += argument[1] == '-' ? 2 : 1;
	if (!starts_with(argument, name)) {
		return false;
	}
	argument += strlen(name);
	*value = *argument == '=' ? argument + 1 : NULL;
	return *argument == '\0' || *argument == '=';
}

/** NULL when they are fine, else the argument that is not. */
static const char* parse_options(int argc, char** argv, struct options* options) {
	const struct {
		const char* name;
		const char** value;
	} flags[] = {
		{"proto", &options->protocol},
		{"host-ip", &options->host_ip},
		{"host-port", &options->host_port},
		{"container-ip", &options->container_ip},
		{"container-port", &options->container_port},
	};
	const size_t count = sizeof flags / sizeof flags[0];
	for (int i = 1; i < argc; i++) {
		const char* value = NULL;
		if (is_flag(argv[i], "use-listen-fd", &value)) {
			options->uses_listen_fd = value == NULL || strcmp(value, "true") == 0;
			continue;
		}
		size_t at = 0;
		while (at < count && !is_flag(argv[i], flags[at].name, &value)) {
			at++;
		}
		if (at == count || (value == NULL && i + 1 == argc)) {
			return argv[i];
		}
		*flags[at].value = value != NULL ? value : argv[++i];
	}
	return NULL;
}

/** "0\n", or "1\n" and why not. Without a pipe the reason goes to stderr. */
static void report(bool has_pipe, struct text* failure) {
	const char* status = failure == NULL ? "0\n" : "1\n";
	if (has_pipe) {
		write_all(status_fd, status, 2);
	}
	if (failure != NULL) {
		put(failure, has_pipe ? "" : "\n");
		write_all(has_pipe ? status_fd : 2, failure->at, failure->used);
	}
	if (has_pipe) {
		sys(SYS_close, status_fd);
	}
}

static bool parse_address(const char* ip, const char* port, uint64_t lowest, struct address* address) {
	uint64_t number;
	return ip != NULL && port != NULL && parse_number(port, strlen(port), 65535, &number) && number >= lowest &&
		   parse_ip(ip, strlen(ip), (uint16_t)number, address);
}

/** Whether the inherited descriptor is the socket that the protocol needs. */
static bool check_inherited(int type, struct text* failure) {
	long found = get_option(listen_fd, SOL_SOCKET, SO_TYPE);
	if (found < 0) {
		put(failure, "listen fd 4: ");
		put_errno(failure, (int)-found);
		return false;
	}
	if (found != type || (type == SOCK_STREAM && get_option(listen_fd, SOL_SOCKET, SO_ACCEPTCONN) != 1)) {
		put(failure, type == SOCK_STREAM ? "listen fd 4: not a listening TCP socket" : "listen fd 4: not a UDP socket");
		return false;
	}
	long flags = sys(SYS_fcntl, listen_fd, F_GETFL);
	sys(SYS_fcntl, listen_fd, F_SETFL, flags | O_NONBLOCK);
	return true;
}

/** The socket that clients come to, or -1 with the reason in `failure`. */
static int open_listener(const struct options* options, int type, struct text* failure) {
	if (options->uses_listen_fd) {
		return check_inherited(type, failure) ? listen_fd : -1;
	}
	struct address host;
	if (!parse_address(options->host_ip, options->host_port, 0, &host)) {
		put(failure, "-host-ip and -host-port are not an address and a port");
		return -1;
	}
	long fd = listen_on(&host, type, false);
	if (fd < 0) {
		put(failure, "failed to listen on ");
		put_endpoint(failure, &host);
		put(failure, ": bind: ");
		put_errno(failure, (int)-fd);
		return -1;
	}
	return (int)fd;
}

int main(int argc, char** argv) {
	name_process(argc > 0 ? argv[0] : "docker-proxy");
	// Asked before anything is opened, which could get that number.
	bool has_pipe = sys(SYS_fcntl, status_fd, F_GETFD) >= 0;
	char words[256];
	struct text failure = TEXT_OVER(words);
	struct options options = {.protocol = "tcp", .host_ip = "0.0.0.0", .container_ip = "0.0.0.0"};
	struct address container;
	int type = 0, listener = -1;

	const char* wrong = parse_options(argc, argv, &options);
	if (wrong == NULL) {
		type = strcmp(options.protocol, "tcp") == 0 ? SOCK_STREAM : strcmp(options.protocol, "udp") == 0 ? SOCK_DGRAM : 0;
	}
	if (wrong != NULL) {
		put(&failure, "flag not known or without a value: ");
		put(&failure, wrong);
	} else if (type == 0) {
		put(&failure, "unsupported protocol ");
		put(&failure, options.protocol);
	} else if (!parse_address(options.container_ip, options.container_port, 1, &container)) {
		put(&failure, "-container-ip and -container-port are not an address and a port");
	} else {
		listener = open_listener(&options, type, &failure);
	}
	if (listener < 0) {
		report(has_pipe, &failure);
		return 1;
	}
	handle_signals();
	report(has_pipe, NULL);
	if (type == SOCK_STREAM) {
		run_tcp_proxy(listener, &container);
	}
	run_udp_proxy(listener, &container);
}
