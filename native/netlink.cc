// Netlink sockets and requests on them.
#include "netlink.h"

#include "addon.h"
#include "arguments.h"
#include "helper.h"

#include <cstring>
#include <linux/netlink.h>
#include <memory>
#include <mutex>
#include <string>
#include <sys/socket.h>
#include <sys/time.h>

namespace {

constexpr int bufferBytes = 1 << 20;
constexpr size_t datagramBytes = 256 << 10;
constexpr time_t answerSeconds = 30;

struct Request {
	int fd = -1;
	std::string bytes;
	std::string reply;
	Failure failure;
};

/** Calls `visit` for each whole message. Lengths are checked: the bytes may come from anywhere. */
template <typename Visit> void eachMessage(const char* bytes, size_t size, Visit visit) {
	for (size_t at = 0; size - at >= sizeof(nlmsghdr);) {
		nlmsghdr header;
		memcpy(&header, bytes + at, sizeof(header));
		if (header.nlmsg_len < sizeof(header) || header.nlmsg_len > size - at) {
			return;
		}
		visit(header);
		at += std::min<size_t>(NLMSG_ALIGN(header.nlmsg_len), size - at);
	}
}

/** Throws away what an earlier request that failed has left. */
void drain(int fd) {
	char byte;
	while (recv(fd, &byte, sizeof(byte), MSG_DONTWAIT) >= 0 || errno == ENOBUFS || errno == EINTR) {}
}

/** Receives until the answer to `last`. An overrun (ENOBUFS) may have cost that answer, so it ends the wait. */
Failure collect(int fd, uint32_t last, std::string& reply, char* buffer) {
	for (;;) {
		sockaddr_nl from{};
		socklen_t fromSize = sizeof(from);
		const ssize_t size = recvfrom(fd, buffer, datagramBytes, MSG_TRUNC, reinterpret_cast<sockaddr*>(&from), &fromSize);
		if (size < 0) {
			if (errno == EINTR) {
				continue;
			}
			return {errno == EAGAIN ? ETIMEDOUT : errno, "recvfrom"};
		}
		if (static_cast<size_t>(size) > datagramBytes) {
			return {EMSGSIZE, "recvfrom"};
		}
		if (from.nl_pid != 0) { // not from the kernel
			continue;
		}
		reply.append(buffer, static_cast<size_t>(size));
		bool answered = false;
		eachMessage(buffer, static_cast<size_t>(size), [&](const nlmsghdr& header) {
			answered |= header.nlmsg_seq == last && (header.nlmsg_type == NLMSG_ERROR || header.nlmsg_type == NLMSG_DONE);
		});
		if (answered) {
			return {};
		}
	}
}

Failure exchange(Request& request, char* buffer) {
	bool found = false;
	uint32_t last = 0;
	eachMessage(request.bytes.data(), request.bytes.size(), [&](const nlmsghdr& header) {
		found = true;
		last = header.nlmsg_seq;
	});
	if (!found) {
		return {EINVAL, "send"};
	}
	drain(request.fd);
	while (send(request.fd, request.bytes.data(), request.bytes.size(), 0) < 0) {
		if (errno != EINTR) {
			return failed("send");
		}
	}
	return collect(request.fd, last, request.reply, buffer);
}

/** Two exchanges on one socket would take each other's answers. Sockets that share a lock only wait for each other. */
std::mutex& lockOf(int fd) {
	static auto* locks = new std::mutex[64];
	return locks[static_cast<unsigned>(fd) % 64];
}

class Requests : public Task {
public:
	explicit Requests(std::vector<Request> requests) : requests_(std::move(requests)) {}

	Failure run() override {
		const std::unique_ptr<char[]> buffer(new char[datagramBytes]);
		for (Request& request : requests_) {
			const std::lock_guard<std::mutex> lock(lockOf(request.fd));
			request.failure = exchange(request, buffer.get());
		}
		return {};
	}

	Napi::Value value(Napi::Env env) override {
		Napi::Array replies = Napi::Array::New(env, requests_.size());
		for (size_t index = 0; index < requests_.size(); index++) {
			const Request& request = requests_[index];
			Napi::Object reply = Napi::Object::New(env);
			if (request.failure) {
				reply.Set("errno", Napi::Number::New(env, request.failure.number));
				reply.Set("code", Napi::String::New(env, errorName(request.failure.number)));
				reply.Set("syscall", Napi::String::New(env, request.failure.call));
			} else {
				reply.Set("bytes", Napi::Buffer<char>::Copy(env, request.reply.data(), request.reply.size()));
			}
			replies.Set(static_cast<uint32_t>(index), reply);
		}
		return replies;
	}

private:
	std::vector<Request> requests_;
};

} // namespace

Failure openNetlink(int protocol, const std::vector<int>& groups, Fd& out) {
	Fd fd(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol));
	if (!fd.valid()) {
		return failed("socket");
	}
	// Best effort: the forced size needs CAP_NET_ADMIN in the first user namespace, strict checking is NETLINK_ROUTE's alone.
	for (const auto& [forced, plain] : {std::pair(SO_RCVBUFFORCE, SO_RCVBUF), std::pair(SO_SNDBUFFORCE, SO_SNDBUF)}) {
		if (setsockopt(fd.get(), SOL_SOCKET, forced, &bufferBytes, sizeof(bufferBytes)) != 0) {
			setsockopt(fd.get(), SOL_SOCKET, plain, &bufferBytes, sizeof(bufferBytes));
		}
	}
	const int on = 1;
	setsockopt(fd.get(), SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on));
	setsockopt(fd.get(), SOL_NETLINK, NETLINK_GET_STRICT_CHK, &on, sizeof(on));
	const timeval patience = {answerSeconds, 0};
	setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	sockaddr_nl address{};
	address.nl_family = AF_NETLINK;
	if (bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) {
		return failed("bind");
	}
	for (const int group : groups) {
		if (setsockopt(fd.get(), SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)) != 0) {
			return failed("setsockopt");
		}
	}
	out = std::move(fd);
	return {};
}

Napi::Value netlinkRequest(const Napi::CallbackInfo& info) {
	std::vector<Request> requests;
	for (const Napi::Value item : toArray(info[0], "requests")) {
		const Fields request(item, "request");
		requests.push_back({toInt(request["fd"], "fd"), toBytes(request["bytes"], "bytes"), {}, {}});
	}
	return startInPool(info.Env(), std::make_unique<Requests>(std::move(requests)));
}
