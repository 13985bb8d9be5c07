// What comes over a unix socket, descriptors and all: Node reads the bytes and drops the descriptors.
#include "addon.h"
#include "arguments.h"
#include "descriptors.h"
#include "watcher.h"

#include <string>
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
		std::vector<Fd> descriptors;
		const ssize_t size = receiveWithDescriptors(fd(), buffer_, sizeof(buffer_), descriptors);
		if (size < 0 && (errno == EAGAIN || errno == EINTR)) {
			return true;
		}
		loop().post(std::make_unique<Received>(id, std::string(buffer_, size > 0 ? static_cast<size_t>(size) : 0), std::move(descriptors)));
		return size > 0;
	}

private:
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
