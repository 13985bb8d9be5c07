// What comes over a unix socket, descriptors and all: Node reads the bytes and drops the descriptors.
#include "addon.h"
#include "arguments.h"
#include "watcher.h"

#include <cstring>
#include <string>
#include <sys/socket.h>
#include <vector>

namespace {

class Received : public Delivery {
public:
	Received(uint64_t id, std::string bytes, std::vector<Fd> descriptors)
		: id_(id), bytes_(std::move(bytes)), descriptors_(std::move(descriptors)) {}

	/** Without bytes it is the end. Descriptors that nobody gets are closed. */
	void deliver(Napi::Env env, Loop& loop) override {
		Loop::Listener* listener = loop.listener(id_);
		if (listener == nullptr) {
			return;
		}
		if (bytes_.empty()) {
			Watcher::shared().remove(id_);
			const Napi::Function onEnd = listener->second.Value();
			loop.forget(id_);
			Loop::callBack(env, onEnd, {});
			return;
		}
		std::vector<int> numbers;
		for (Fd& descriptor : descriptors_) {
			numbers.push_back(descriptor.release());
		}
		const Napi::Function onBytes = listener->first.Value();
		Loop::callBack(env, onBytes, {Napi::Buffer<char>::Copy(env, bytes_.data(), bytes_.size()), fromInts(env, numbers)});
	}

private:
	uint64_t id_;
	std::string bytes_;
	std::vector<Fd> descriptors_;
};

class StreamSource : public Source {
public:
	using Source::Source;

	/** Once for each time that it is ready: other sources wait. */
	bool ready(uint64_t id) override {
		iovec part = {buffer_, sizeof(buffer_)};
		alignas(cmsghdr) char control[CMSG_SPACE(mostDescriptors * sizeof(int))];
		msghdr message{};
		message.msg_iov = &part;
		message.msg_iovlen = 1;
		message.msg_control = control;
		message.msg_controllen = sizeof(control);
		const ssize_t size = recvmsg(fd(), &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
		if (size < 0 && (errno == EAGAIN || errno == EINTR)) {
			return true;
		}
		std::vector<Fd> descriptors;
		for (cmsghdr* header = size < 0 ? nullptr : CMSG_FIRSTHDR(&message); header != nullptr; header = CMSG_NXTHDR(&message, header)) {
			if (header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS) {
				take(*header, descriptors);
			}
		}
		loop().post(std::make_unique<Received>(id, std::string(buffer_, size > 0 ? static_cast<size_t>(size) : 0), std::move(descriptors)));
		return size > 0;
	}

private:
	/** Of one message; what is beyond is closed by the kernel. */
	static constexpr size_t mostDescriptors = 8;

	static void take(cmsghdr& header, std::vector<Fd>& descriptors) {
		const size_t count = (header.cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (size_t index = 0; index < count; index++) {
			int number = -1;
			memcpy(&number, CMSG_DATA(&header) + index * sizeof(int), sizeof(int));
			descriptors.emplace_back(number);
		}
	}

	char buffer_[64 << 10];
};

} // namespace

Napi::Value receive(const Napi::CallbackInfo& info) {
	const Napi::Env env = info.Env();
	const int fd = toInt(info[0], "fd");
	const Napi::Function onBytes = toFunction(info[1], "onBytes");
	const Napi::Function onEnd = toFunction(info[2], "onEnd");
	if (env.IsExceptionPending()) {
		return env.Undefined();
	}
	auto source = std::make_unique<StreamSource>(Loop::of(env).shared_from_this());
	const uint64_t id = watch(env, fd, std::move(source), {Napi::Persistent(onBytes), Napi::Persistent(onEnd)});
	return id == 0 ? env.Undefined() : unwatch(env, id);
}
