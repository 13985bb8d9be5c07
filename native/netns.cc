// Network namespaces made, and sockets opened inside them.
#include "netns.h"

#include "addon.h"
#include "arguments.h"
#include "fd.h"
#include "netlink.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/socket.h>

Helper& netThread() {
	static Helper& thread = *new Helper("vethlab-net");
	return thread;
}

Failure enterNetns(int netns) {
	return setns(netns, CLONE_NEWNET) == 0 ? Failure{} : failed("setns");
}

LeaveNetns::~LeaveNetns() {
	if (setns(selfPidfd(), CLONE_NEWNET) != 0) {
		static_cast<void>(unshare(CLONE_NEWNET));
	}
}

namespace {

class NetnsCreate : public Task {
public:
	explicit NetnsCreate(int count) : count_(count) {}

	Failure run() override {
		const LeaveNetns leave;
		for (int made = 0; made < count_; made++) {
			if (unshare(CLONE_NEWNET) != 0) {
				return failed("unshare");
			}
			Fd netns(open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
			if (!netns.valid()) {
				return failed("open");
			}
			Fd route;
			if (const Failure failure = openNetlink(NETLINK_ROUTE, {}, route)) {
				return failure;
			}
			netns_.push_back(std::move(netns));
			route_.push_back(std::move(route));
		}
		return {};
	}

	Napi::Value value(Napi::Env env) override {
		Napi::Object result = Napi::Object::New(env);
		result.Set("netns", fromInts(env, released(netns_)));
		result.Set("route", fromInts(env, released(route_)));
		return result;
	}

private:
	static std::vector<int> released(std::vector<Fd>& fds) {
		std::vector<int> numbers;
		for (Fd& fd : fds) {
			numbers.push_back(fd.release());
		}
		return numbers;
	}

	int count_;
	std::vector<Fd> netns_;
	std::vector<Fd> route_;
};

/** A task whose outcome is one descriptor made in a namespace. */
class OneDescriptor : public Task {
public:
	explicit OneDescriptor(int netns) : netns_(netns) {}

	Failure run() override {
		const LeaveNetns leave;
		if (const Failure failure = enterNetns(netns_)) {
			return failure;
		}
		return make(fd_);
	}

	Napi::Value value(Napi::Env env) override { return Napi::Number::New(env, fd_.release()); }

protected:
	virtual Failure make(Fd& out) = 0;

private:
	int netns_;
	Fd fd_;
};

class NetlinkSocket : public OneDescriptor {
public:
	NetlinkSocket(int netns, int protocol, std::vector<int> groups)
		: OneDescriptor(netns), protocol_(protocol), groups_(std::move(groups)) {}

private:
	Failure make(Fd& out) override { return openNetlink(protocol_, groups_, out); }

	int protocol_;
	std::vector<int> groups_;
};

/** Of protocol 0: it hears nothing before it is bound. packet(7) */
class PacketSocket : public OneDescriptor {
public:
	using OneDescriptor::OneDescriptor;

private:
	Failure make(Fd& out) override {
		out = Fd(socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0));
		return out.valid() ? Failure{} : failed("socket");
	}
};

struct Endpoint {
	sockaddr_storage address{};
	socklen_t size = 0;
	bool stream = false;
};

class Listen : public OneDescriptor {
public:
	Listen(int netns, Endpoint endpoint) : OneDescriptor(netns), endpoint_(endpoint) {}

private:
	Failure make(Fd& out) override {
		const int type = endpoint_.stream ? SOCK_STREAM : SOCK_DGRAM;
		Fd fd(socket(endpoint_.address.ss_family, type | SOCK_CLOEXEC, 0));
		if (!fd.valid()) {
			return failed("socket");
		}
		const int on = 1;
		// For UDP SO_REUSEADDR would let a second socket take the port; for TCP it only forgives TIME_WAIT. socket(7), ip(7).
		if (endpoint_.stream && setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0) {
			return failed("setsockopt");
		}
		if (endpoint_.address.ss_family == AF_INET6 && setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) != 0) {
			return failed("setsockopt");
		}
		if (bind(fd.get(), reinterpret_cast<const sockaddr*>(&endpoint_.address), endpoint_.size) != 0) {
			return failed("bind");
		}
		if (endpoint_.stream && listen(fd.get(), SOMAXCONN) != 0) {
			return failed("listen");
		}
		out = std::move(fd);
		return {};
	}

	Endpoint endpoint_;
};

bool parseEndpoint(const std::string& address, int port, Endpoint& endpoint) {
	const uint16_t networkPort = htons(static_cast<uint16_t>(port));
	auto& v4 = reinterpret_cast<sockaddr_in&>(endpoint.address);
	if (inet_pton(AF_INET, address.c_str(), &v4.sin_addr) == 1) {
		v4.sin_family = AF_INET;
		v4.sin_port = networkPort;
		endpoint.size = sizeof(v4);
		return true;
	}
	auto& v6 = reinterpret_cast<sockaddr_in6&>(endpoint.address);
	if (inet_pton(AF_INET6, address.c_str(), &v6.sin6_addr) == 1) {
		v6.sin6_family = AF_INET6;
		v6.sin6_port = networkPort;
		endpoint.size = sizeof(v6);
		return true;
	}
	return false;
}

} // namespace

Napi::Value netnsCreate(const Napi::CallbackInfo& info) {
	return netThread().start(info.Env(), std::make_unique<NetnsCreate>(toInt(info[0], "count", 0)));
}

Napi::Value netlinkSocket(const Napi::CallbackInfo& info) {
	std::vector<int> groups = info[2].IsUndefined() ? std::vector<int>() : toInts(info[2], "groups");
	return netThread().start(info.Env(),
							 std::make_unique<NetlinkSocket>(toInt(info[0], "netns"), toInt(info[1], "protocol"), std::move(groups)));
}

Napi::Value packetSocket(const Napi::CallbackInfo& info) {
	return netThread().start(info.Env(), std::make_unique<PacketSocket>(toInt(info[0], "netns")));
}

Napi::Value listenIn(const Napi::CallbackInfo& info) {
	const std::string protocol = toText(info[1], "protocol");
	const std::string address = toText(info[2], "address");
	const int port = toInt(info[3], "port", 0);
	Endpoint endpoint;
	endpoint.stream = protocol == "tcp";
	if (!info.Env().IsExceptionPending() &&
		((!endpoint.stream && protocol != "udp") || port > UINT16_MAX || !parseEndpoint(address, port, endpoint))) {
		return raise(info.Env(), {EINVAL, "listen"});
	}
	return netThread().start(info.Env(), std::make_unique<Listen>(toInt(info[0], "netns"), endpoint));
}
