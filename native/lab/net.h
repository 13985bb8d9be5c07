// The socket calls that the programs share: options, listening, datagrams answered from where they came to, waiting.
#pragma once

#include "address.h"
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/resource.h>

static inline long set_option(int fd, int level, int option, int value) {
	return sys(SYS_setsockopt, fd, level, option, &value, sizeof value);
}

/** A socket option's value, or -errno. */
static inline long get_option(int fd, int level, int option) {
	int value = 0;
	socklen_t size = sizeof value;
	long result = sys(SYS_getsockopt, fd, level, option, &value, &size);
	return result < 0 ? result : value;
}

/** SO_ERROR as a positive errno, 0 when there is none. */
static inline int pending_error(int fd) {
	long result = get_option(fd, SOL_SOCKET, SO_ERROR);
	return (int)(result < 0 ? -result : result);
}

/** Asks for the address that each datagram came to, so that the answer can leave from it (ip(7), IP_PKTINFO). */
static inline void want_destination(int fd, int family) {
	if (family == AF_INET) {
		set_option(fd, IPPROTO_IP, IP_PKTINFO, 1);
	} else {
		set_option(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
	}
}

/** A non-blocking socket, bound and (TCP) listening; -errno. IPv6 takes IPv6 only, unless `dual`. */
static inline long listen_on(const struct address* address, int type, bool dual) {
	int family = address->any.sa_family;
	long fd = sys(SYS_socket, family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0) {
		return fd;
	}
	if (family == AF_INET6) {
		set_option((int)fd, IPPROTO_IPV6, IPV6_V6ONLY, !dual);
	}
	// On UDP this would let a second server take the same port.
	if (type == SOCK_STREAM) {
		set_option((int)fd, SOL_SOCKET, SO_REUSEADDR, 1);
	}
	long result = sys(SYS_bind, fd, &address->any, address->size);
	if (result == 0 && type == SOCK_STREAM) {
		result = sys(SYS_listen, fd, SOMAXCONN);
	}
	if (result < 0) {
		sys(SYS_close, fd);
		return result;
	}
	return fd;
}

/** Where a datagram came from and which of our addresses it came to. */
struct origin {
	struct address peer;
	/** As IP_PKTINFO or IPV6_PKTINFO take it; `control_size` 0 when the kernel did not say. */
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(struct in6_pktinfo))];
	size_t control_size;
};

/** The size of the datagram, or -errno. Never blocks. */
static inline long receive_datagram(int fd, void* bytes, size_t room, struct origin* origin) {
	struct iovec part = {.iov_base = bytes, .iov_len = room};
	struct msghdr message = {
		.msg_name = &origin->peer.any,
		.msg_namelen = sizeof origin->peer.v6,
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = origin->control,
		.msg_controllen = sizeof origin->control,
	};
	long size = sys(SYS_recvmsg, fd, &message, MSG_DONTWAIT);
	origin->peer.size = message.msg_namelen;
	origin->control_size = message.msg_controllen;
	return size;
}

/** Sends from the address that `origin` came to; the route chooses the interface. */
static inline long answer_datagram(int fd, const void* bytes, size_t size, struct origin* origin) {
	struct iovec part = {.iov_base = (void*)bytes, .iov_len = size};
	struct msghdr message = {
		.msg_name = &origin->peer.any,
		.msg_namelen = origin->peer.size,
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = origin->control,
		.msg_controllen = origin->control_size,
	};
	struct cmsghdr* header = CMSG_FIRSTHDR(&message);
	if (header != NULL && header->cmsg_level == IPPROTO_IP) {
		((struct in_pktinfo*)(void*)CMSG_DATA(header))->ipi_ifindex = 0;
	} else if (header != NULL) {
		((struct in6_pktinfo*)(void*)CMSG_DATA(header))->ipi6_ifindex = 0;
	}
	return sys(SYS_sendmsg, fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/** Tells epoll what to wait for on `fd`; 0 takes it out, so that a hung-up socket nobody waits for is silent. */
static inline bool watch(int epoll, int fd, uint32_t* watched, uint32_t wanted, void* tag) {
	if (*watched == wanted) {
		return true;
	}
	struct epoll_event event = {.events = wanted, .data.ptr = tag};
	int change = *watched == 0 ? EPOLL_CTL_ADD : wanted == 0 ? EPOLL_CTL_DEL : EPOLL_CTL_MOD;
	*watched = wanted;
	return sys(SYS_epoll_ctl, epoll, change, fd, &event) == 0;
}

/** How many things of `fds` descriptors each this process may have open beside the few it starts with. */
static inline size_t most_open(size_t fds) {
	struct rlimit limit = {.rlim_cur = 1024};
	sys(SYS_prlimit64, 0, RLIMIT_NOFILE, NULL, &limit);
	size_t own = 16;
	return limit.rlim_cur > own + fds ? (limit.rlim_cur - own) / fds : 1;
}

/** Out of descriptors or memory: to be tried again when something was closed. */
static inline bool is_shortage(long error) {
	return error == -EMFILE || error == -ENFILE || error == -ENOBUFS || error == -ENOMEM;
}

/** Waits for `events`; false when the deadline came first. */
static inline bool wait_until(int fd, short events, int64_t deadline_us) {
	for (;;) {
		int64_t left_us = deadline_us - now_us();
		if (left_us < 0) {
			left_us = 0;
		}
		struct timespec left = {.tv_sec = left_us / 1000000, .tv_nsec = left_us % 1000000 * 1000};
		struct pollfd wanted = {.fd = fd, .events = events};
		long count = sys(SYS_ppoll, &wanted, 1, &left, NULL, 8);
		if (count != -EINTR) {
			return count == 1;
		}
	}
}
