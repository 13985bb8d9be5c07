// What came of a probe, and its one line of JSON: `ProbeResult` of the api folder, without the fields that say nothing.
#pragma once

#include "net.h"
#include "text.h"
#include <linux/errqueue.h>
#include <linux/icmp.h>

enum { most_body_kept = 65536, most_answers_bytes = 16384 };

struct outcome {
	/** One of ok, refused, timeout, unreachable, too-big, unresolved, closed, error. */
	const char* result;
	char said_words[512];
	struct text said;
	/** 0: none. */
	int status;
	/** NULL: none. */
	const char* body;
	size_t body_bytes;
	/** size 0: none. */
	struct address address;
	/** -1: none. */
	int64_t micros;
	/** DNS: what the server said of the question, NULL: nothing. */
	const char* rcode;
	/** DNS: each followed by a zero byte. */
	char answers_words[most_answers_bytes];
	struct text answers;
};

/** The length of the well-formed UTF-8 character at the start of `bytes` (RFC 3629, 4), 0 when there is none. */
static size_t utf8_length(const uint8_t* bytes, size_t count) {
	uint8_t first = bytes[0];
	size_t length = first < 0x80 ? 1 : first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
	if (length > count) {
		return 0;
	}
	for (size_t i = 1; i < length; i++) {
		if ((bytes[i] & 0xc0) != 0x80) {
			return 0;
		}
	}
	bool is_overlong = (first == 0xe0 && bytes[1] < 0xa0) || (first == 0xf0 && bytes[1] < 0x90);
	bool is_surrogate = first == 0xed && bytes[1] > 0x9f;
	bool is_beyond = first == 0xf4 && bytes[1] > 0x8f;
	return is_overlong || is_surrogate || is_beyond ? 0 : length;
}

/** Text of any size to stdout, a piece at a time. */
struct printer {
	char piece[4096];
	size_t used;
};

static void print_bytes(struct printer* printer, const void* bytes, size_t count) {
	// Never more than a JSON escape or a field's name at once.
	if (printer->used + count > sizeof printer->piece) {
		write_all(1, printer->piece, printer->used);
		printer->used = 0;
	}
	memcpy(printer->piece + printer->used, bytes, count);
	printer->used += count;
}

static void print(struct printer* printer, const char* words) {
	print_bytes(printer, words, strlen(words));
}

/** A JSON string (RFC 8259, 7). A byte that is not part of UTF-8 becomes U+FFFD. */
static void print_string(struct printer* printer, const char* bytes, size_t count) {
	print(printer, "\"");
	for (size_t at = 0; at < count;) {
		uint8_t byte = (uint8_t)bytes[at];
		size_t length = utf8_length((const uint8_t*)bytes + at, count - at);
		if (length == 0) {
			print(printer, "\\ufffd");
		} else if (byte == '"' || byte == '\\') {
			print(printer, byte == '"' ? "\\\"" : "\\\\");
		} else if (byte == '\n') {
			print(printer, "\\n");
		} else if (byte < 0x20 || byte == 0x7f) {
			print(printer, byte < 0x10 ? "\\u000" : "\\u00");
			char words[2];
			struct text hex = TEXT_OVER(words);
			put_hex(&hex, byte);
			print_bytes(printer, hex.at, hex.used);
		} else {
			print_bytes(printer, bytes + at, length);
		}
		at += length == 0 ? 1 : length;
	}
	print(printer, "\"");
}

static void print_number(struct printer* printer, const char* name, int64_t number) {
	char words[20];
	struct text digits = TEXT_OVER(words);
	put_number(&digits, (uint64_t)number);
	print(printer, name);
	print_bytes(printer, digits.at, digits.used);
}

static void print_answers(struct printer* printer, const struct text* answers) {
	print(printer, ",\"answers\":[");
	for (size_t at = 0; at < answers->used;) {
		size_t length = strlen(answers->at + at);
		print(printer, at == 0 ? "" : ",");
		print_string(printer, answers->at + at, length);
		at += length + 1;
	}
	print(printer, "]");
}

static void print_outcome(const struct outcome* outcome) {
	struct printer printer = {.used = 0};
	print(&printer, "{\"result\":");
	print_string(&printer, outcome->result, strlen(outcome->result));
	if (outcome->said.used > 0) {
		print(&printer, ",\"said\":");
		print_string(&printer, outcome->said.at, outcome->said.used);
	}
	if (outcome->status != 0) {
		print_number(&printer, ",\"status\":", outcome->status);
	}
	if (outcome->body != NULL) {
		print(&printer, ",\"body\":");
		print_string(&printer, outcome->body, outcome->body_bytes < most_body_kept ? outcome->body_bytes : most_body_kept);
	}
	if (outcome->address.size != 0) {
		char words[ip_text_bytes];
		struct text ip = TEXT_OVER(words);
		put_ip(&ip, &outcome->address);
		print(&printer, ",\"address\":");
		print_string(&printer, ip.at, ip.used);
	}
	if (outcome->rcode != NULL) {
		print(&printer, ",\"rcode\":");
		print_string(&printer, outcome->rcode, strlen(outcome->rcode));
		print_answers(&printer, &outcome->answers);
	}
	if (outcome->micros >= 0) {
		print_number(&printer, ",\"micros\":", outcome->micros);
	}
	print(&printer, "}\n");
	write_all(1, printer.piece, printer.used);
}

/** Asks the kernel to report ICMP errors at once, and to keep what they said (ip(7), IP_RECVERR). */
static void want_icmp_errors(int fd, int family) {
	if (family == AF_INET) {
		set_option(fd, IPPROTO_IP, IP_RECVERR, 1);
	} else {
		set_option(fd, IPPROTO_IPV6, IPV6_RECVERR, 1);
	}
}

/** RFC 792, RFC 1812 5.2.7.1, RFC 4443 3: the ICMP errors that a lab produces. */
static const char* icmp_words(const struct sock_extended_err* error) {
	static const char* const v4[] = {
		[0] = "net unreachable",  [1] = "host unreachable",     [2] = "protocol unreachable",
		[3] = "port unreachable", [4] = "fragmentation needed", [5] = "source route failed",
		[9] = "net prohibited",   [10] = "host prohibited",     [13] = "administratively prohibited",
	};
	static const char* const v6[] = {
		[0] = "no route",         [1] = "administratively prohibited",
		[2] = "beyond scope",     [3] = "address unreachable",
		[4] = "port unreachable", [5] = "source policy",
		[6] = "reject route",
	};
	bool is_v4 = error->ee_origin == SO_EE_ORIGIN_ICMP;
	const char* words = NULL;
	if (is_v4 && error->ee_type == ICMP_DEST_UNREACH && error->ee_code < sizeof v4 / sizeof v4[0]) {
		words = v4[error->ee_code];
	} else if (!is_v4 && error->ee_type == 1 && error->ee_code < sizeof v6 / sizeof v6[0]) {
		words = v6[error->ee_code];
	} else if (!is_v4 && error->ee_type == 2) {
		words = "packet too big";
	} else if (error->ee_type == (is_v4 ? ICMP_TIME_EXCEEDED : 3)) {
		words = "time exceeded";
	}
	return words != NULL ? words : "error";
}

/** What the error queue says about the last error: " (ICMP host unreachable from 10.0.0.1)", " (mtu 1400)". */
static void put_error_details(struct text* said, int fd) {
	_Alignas(struct cmsghdr) char control[512];
	struct msghdr message = {.msg_control = control, .msg_controllen = sizeof control};
	long result = sys(SYS_recvmsg, fd, &message, MSG_ERRQUEUE | MSG_DONTWAIT);
	struct cmsghdr* header = result < 0 ? NULL : CMSG_FIRSTHDR(&message);
	if (header == NULL || header->cmsg_len < CMSG_LEN(sizeof(struct sock_extended_err))) {
		return;
	}
	const struct sock_extended_err* error = (const void*)CMSG_DATA(header);
	if (error->ee_origin == SO_EE_ORIGIN_ICMP || error->ee_origin == SO_EE_ORIGIN_ICMP6) {
		struct address from = {.size = sizeof from.v6};
		const struct sockaddr* offender = SO_EE_OFFENDER(error);
		memcpy(&from.any, offender, offender->sa_family == AF_INET6 ? sizeof from.v6 : sizeof from.v4);
		put(said, " (ICMP ");
		put(said, icmp_words(error));
		if (offender->sa_family != AF_UNSPEC) {
			put(said, " from ");
			put_ip(said, &from);
		}
		put(said, ")");
	}
	if (error->ee_errno == EMSGSIZE && error->ee_info > 0) {
		put(said, " (mtu ");
		put_number(said, error->ee_info);
		put(said, ")");
	}
}

/** The result that an errno of connect, send or receive stands for. */
static const char* result_of(int error) {
	switch (error) {
	case ECONNREFUSED:
		return "refused";
	case EHOSTUNREACH:
	case ENETUNREACH:
	case EHOSTDOWN:
	case ENETDOWN:
	case ENOPROTOOPT:
	// A prohibiting route, or ICMPv6 "administratively prohibited".
	case EACCES:
		return "unreachable";
	case EMSGSIZE:
		return "too-big";
	case ETIMEDOUT:
		return "timeout";
	case ECONNRESET:
	case EPIPE:
		return "closed";
	default:
		return "error";
	}
}

/** `error`: positive errno of a call on `fd`. */
static void conclude_error(struct outcome* outcome, int error, int fd) {
	outcome->result = result_of(error);
	put_errno(&outcome->said, error);
	if (error == EPERM) {
		put(&outcome->said, " (a rule of this machine dropped it)");
	}
	put_error_details(&outcome->said, fd);
}

static void conclude(struct outcome* outcome, const char* result, const char* said) {
	outcome->result = result;
	put(&outcome->said, said);
}
