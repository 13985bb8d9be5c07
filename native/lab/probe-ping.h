// `lab-web probe ping`: ICMP echo requests one after the other, through a ping socket where the machine allows one
// (icmp(7), ping_group_range), else through a raw one.
#pragma once

#include "probe-stream.h"
#include <linux/icmpv6.h>

enum { icmp_header_bytes = 8, most_ip_header_bytes = 60, most_payload_bytes = 65507 };

struct pinger {
	int fd;
	bool is_v6;
	/** Sees every ICMP packet of the machine, an IPv4 one with its IP header; the identifier is ours to set and compare. */
	bool is_raw;
	uint16_t id;
};

static long open_pinger(struct pinger* pinger, const struct probe* probe, int family) {
	int protocol = family == AF_INET ? IPPROTO_ICMP : IPPROTO_ICMPV6;
	pinger->is_v6 = family == AF_INET6;
	long fd = sys(SYS_socket, family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);
	pinger->is_raw = fd < 0;
	if (pinger->is_raw) {
		fd = sys(SYS_socket, family, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);
	}
	if (fd < 0) {
		return fd;
	}
	pinger->fd = (int)fd;
	sys(SYS_getrandom, &pinger->id, sizeof pinger->id, 0);
	want_icmp_errors(pinger->fd, family);
	// Without --df routers may cut the packets; with it nobody may, neither they nor this machine.
	if (pinger->is_v6) {
		set_option(pinger->fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, probe->df ? IPV6_PMTUDISC_DO : IPV6_PMTUDISC_DONT);
		set_option(pinger->fd, IPPROTO_IPV6, IPV6_DONTFRAG, probe->df);
	} else {
		set_option(pinger->fd, IPPROTO_IP, IP_MTU_DISCOVER, probe->df ? IP_PMTUDISC_DO : IP_PMTUDISC_DONT);
	}
	return 0;
}

/** RFC 1071. The kernel fills it in for ping sockets and for ICMPv6. */
static uint16_t checksum(const uint8_t* bytes, size_t count) {
	uint32_t sum = 0;
	for (size_t i = 0; i < count; i++) {
		sum += (i & 1) != 0 ? bytes[i] : (uint32_t)bytes[i] << 8;
	}
	while (sum >> 16 != 0) {
		sum = (sum & 0xffff) + (sum >> 16);
	}
	return (uint16_t)~sum;
}

static long send_echo(const struct pinger* pinger, uint16_t sequence, size_t payload_bytes) {
	static uint8_t packet[icmp_header_bytes + most_payload_bytes];
	size_t size = icmp_header_bytes + payload_bytes;
	for (size_t i = 0; i < payload_bytes; i++) {
		packet[icmp_header_bytes + i] = (uint8_t)i;
	}
	packet[0] = pinger->is_v6 ? ICMPV6_ECHO_REQUEST : ICMP_ECHO;
	packet[2] = packet[3] = 0;
	memcpy(packet + 4, &pinger->id, 2);
	packet[6] = (uint8_t)(sequence >> 8);
	packet[7] = (uint8_t)sequence;
	if (pinger->is_raw && !pinger->is_v6) {
		uint16_t sum = checksum(packet, size);
		packet[2] = (uint8_t)(sum >> 8);
		packet[3] = (uint8_t)sum;
	}
	return sys(SYS_sendto, pinger->fd, packet, size, MSG_NOSIGNAL, NULL, 0);
}

/** Whether the packet is the reply to that request of ours. */
static bool is_reply(const struct pinger* pinger, uint16_t sequence, const uint8_t* packet, size_t size) {
	size_t start = pinger->is_raw && !pinger->is_v6 ? (size_t)(packet[0] & 15) * 4 : 0;
	const uint8_t* icmp = packet + start;
	return size >= start + icmp_header_bytes && icmp[0] == (pinger->is_v6 ? ICMPV6_ECHO_REPLY : ICMP_ECHOREPLY) &&
		   (!pinger->is_raw || memcmp(icmp + 4, &pinger->id, 2) == 0) && (icmp[6] << 8 | icmp[7]) == sequence;
}

/** 0: answered; -ETIME: not until `until_us`; -errno. */
static long await_reply(const struct pinger* pinger, uint16_t sequence, int64_t until_us) {
	static char packet[most_ip_header_bytes + icmp_header_bytes + most_payload_bytes];
	for (;;) {
		long size = read_more(pinger->fd, packet, sizeof packet, until_us);
		if (size < 0) {
			return size;
		}
		if (is_reply(pinger, sequence, (const uint8_t*)packet, (size_t)size)) {
			return 0;
		}
	}
}

/** An echo request has no port: "port unreachable" for it is a rule that rejects, not a refusal by the address. */
static void conclude_ping_error(struct outcome* outcome, long error, const struct pinger* pinger) {
	if (error == -ETIME) {
		conclude(outcome, "timeout", "no answer");
		return;
	}
	conclude_error(outcome, (int)-error, pinger->fd);
	outcome->result = error == -ECONNREFUSED ? "unreachable" : outcome->result;
}

/** ok when at least one of `count` was answered, as with ping(8); the time is that of the fastest. */
static void probe_ping(struct probe* probe, struct outcome* outcome) {
	struct pinger pinger = {0};
	if (!resolve_target(probe, probe->target, 0, outcome)) {
		return;
	}
	long result = open_pinger(&pinger, probe, outcome->address.any.sa_family);
	if (result < 0) {
		outcome->result = "error";
		put(&outcome->said, "ICMP socket: ");
		put_errno(&outcome->said, (int)-result);
		return;
	}
	result = sys(SYS_connect, pinger.fd, &outcome->address.any, outcome->address.size);
	if (result < 0) {
		conclude_ping_error(outcome, result, &pinger);
		return;
	}
	uint64_t answered = 0;
	for (uint64_t i = 0; i < probe->count && result != -EMSGSIZE; i++) {
		int64_t started_us = now_us();
		uint16_t sequence = (uint16_t)(i + 1);
		// Each one may wait for its share of what is left.
		int64_t until_us = started_us + (probe->deadline_us - started_us) / (int64_t)(probe->count - i);
		result = send_echo(&pinger, sequence, probe->size);
		result = result < 0 ? result : await_reply(&pinger, sequence, until_us);
		if (result == 0) {
			answered++;
			int64_t took_us = now_us() - started_us;
			outcome->micros = outcome->micros < 0 || took_us < outcome->micros ? took_us : outcome->micros;
		} else if (answered == 0 && outcome->said.used == 0) {
			conclude_ping_error(outcome, result, &pinger);
		}
	}
	if (answered > 0) {
		outcome->result = "ok";
		outcome->said.used = 0;
	}
	if (answered > 0 && answered < probe->count) {
		put_number(&outcome->said, answered);
		put(&outcome->said, " of ");
		put_number(&outcome->said, probe->count);
		put(&outcome->said, " answered");
	}
}
