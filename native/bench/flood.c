// flood DEV RATE COUNT: sends COUNT numbered UDP frames of 100 bytes on an interface, RATE a second, for measuring captures. They are for a MAC that
// nobody has, so that whoever gets them throws them away. Ends after a minute at the latest. Built by `make bench`; no part of a lab.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { frame_bytes = 100, burst = 32 };

static unsigned char frames[burst][frame_bytes];

static int64_t now_ns(void) {
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static void fill(unsigned char* frame) {
	static const unsigned char head[] = {
		0x02, 0, 0, 0,  0xff, 0xff, 0x02, 0, 0,  0,  0xff, 0xfe, 0x08, 0,                     // Ethernet
		0x45, 0, 0, 86, 0,    0,    0,    0, 64, 17, 0,    0,    192,  0, 2, 1, 192, 0, 2, 2, // IPv4, its checksum left out
		0,    9, 0, 9,  0,    66,   0,    0,                                                  // UDP
	};
	memcpy(frame, head, sizeof head);
}

int main(int count_of_words, char** words) {
	if (count_of_words != 4 || atol(words[2]) <= 0) {
		fprintf(stderr, "usage: flood DEV RATE COUNT\n");
		return 2;
	}
	alarm(60);
	const int64_t rate = atol(words[2]);
	const int64_t count = atol(words[3]);
	const int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	struct sockaddr_ll to = {
		.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_IP), .sll_ifindex = (int)if_nametoindex(words[1]), .sll_halen = ETH_ALEN};
	struct iovec parts[burst];
	struct mmsghdr messages[burst] = {0};
	for (int i = 0; i < burst; i++) {
		fill(frames[i]);
		parts[i] = (struct iovec){.iov_base = frames[i], .iov_len = frame_bytes};
		messages[i].msg_hdr = (struct msghdr){.msg_name = &to, .msg_namelen = sizeof to, .msg_iov = &parts[i], .msg_iovlen = 1};
	}
	const int64_t began = now_ns();
	for (int64_t sent = 0; sent < count;) {
		const int64_t due = (now_ns() - began) * rate / 1000000000LL;
		if (due - sent < burst && due < count) {
			usleep(100);
			continue;
		}
		const int64_t left = count - sent < burst ? count - sent : burst;
		for (int64_t i = 0; i < left; i++) {
			const uint32_t number = (uint32_t)(sent + i);
			memcpy(frames[i] + 42, &number, sizeof number);
		}
		const int done = sendmmsg(fd, messages, (unsigned)left, 0);
		if (done < 0) {
			perror("flood: sendmmsg");
			return 1;
		}
		sent += done;
	}
	printf("%lld\n", (long long)(now_ns() - began));
	return 0;
}
