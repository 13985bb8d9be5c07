// What JavaScript is told of later: netlink multicasts, the exit of processes, descriptors sent over sockets.
#include "addon.h"
#include "arguments.h"
#include "descriptors.h"
#include "watcher.h"

#include <cstring>
#include <linux/netlink.h>
#include <string>
#include <sys/socket.h>
#include <sys/wait.h>

namespace {

/** What has come from a multicast socket and was not yet taken by JavaScript. Beyond the limit the kernel's own buffer fills, then overruns. */
struct Arrivals {
	static constexpr size_t limitBytes = 16 << 20;

	std::mutex mutex;
	std::string bytes;
	bool overrun = false;
	bool announced = false;
	bool paused = false;
};

class ArrivalsDelivery : public Delivery {
public:
	ArrivalsDelivery(uint64_t id, std::shared_ptr<Arrivals> arrivals) : id_(id), arrivals_(std::move(arrivals)) {}

	void deliver(Napi::Env env, Loop& loop) override {
		std::string bytes;
		bool overrun = false;
		bool paused = false;
		{
			const std::lock_guard<std::mutex> lock(arrivals_->mutex);
			bytes.swap(arrivals_->bytes);
			std::swap(overrun, arrivals_->overrun);
			std::swap(paused, arrivals_->paused);
			arrivals_->announced = false;
		}
		if (paused) {
			Watcher::shared().resume(id_);
		}
		// Looked up for each call: the first may have stopped the watch.
		if (Loop::Listener* listener = loop.listener(id_); listener != nullptr && !bytes.empty()) {
			const Napi::Function onBytes = listener->first.Value();
			Loop::callBack(env, onBytes, {Napi::Buffer<char>::Copy(env, bytes.data(), bytes.size())});
		}
		if (Loop::Listener* listener = loop.listener(id_); listener != nullptr && overrun) {
			const Napi::Function onOverrun = listener->second.Value();
			Loop::callBack(env, onOverrun, {});
		}
	}

private:
	uint64_t id_;
	std::shared_ptr<Arrivals> arrivals_;
};

class MulticastSource : public Source {
public:
	using Source::Source;

	bool ready(uint64_t id) override {
		const std::lock_guard<std::mutex> lock(arrivals_->mutex);
		const bool alive = receive();
		if (!arrivals_->announced && (arrivals_->overrun || !arrivals_->bytes.empty())) {
			arrivals_->announced = true;
			loop().post(std::make_unique<ArrivalsDelivery>(id, arrivals_));
		}
		return alive;
	}

private:
	/** Takes what is there, but not for ever: other sources wait. false: the socket is none. */
	bool receive() {
		for (int datagrams = 0; datagrams < 256; datagrams++) {
			if (arrivals_->bytes.size() > Arrivals::limitBytes) {
				arrivals_->paused = true;
				Watcher::shared().pause(*this);
				return true;
			}
			sockaddr_nl from{};
			socklen_t fromSize = sizeof(from);
			const ssize_t size =
				recvfrom(fd(), buffer_, sizeof(buffer_), MSG_DONTWAIT | MSG_TRUNC, reinterpret_cast<sockaddr*>(&from), &fromSize);
			if (size < 0 && errno != EINTR && errno != ENOBUFS) {
				return errno == EAGAIN;
			}
			if (size > static_cast<ssize_t>(sizeof(buffer_)) || (size < 0 && errno == ENOBUFS)) {
				arrivals_->overrun = true; // reading on clears the socket's error
			} else if (size > 0 && from.nl_pid == 0) {
				arrivals_->bytes.append(buffer_, static_cast<size_t>(size));
			}
		}
		return true;
	}

	std::shared_ptr<Arrivals> arrivals_ = std::make_shared<Arrivals>();
	char buffer_[64 << 10];
};

/** What a watch tells once, and then is over. */
class LastDelivery : public Delivery {
public:
	explicit LastDelivery(uint64_t id) : id_(id) {}

	void deliver(Napi::Env env, Loop& loop) override {
		// The watcher may still be at letting go of it: whoever hears of the end finds its descriptor closed.
		Watcher::shared().remove(id_);
		Loop::Listener* listener = loop.listener(id_);
		if (listener == nullptr) {
			return;
		}
		const Napi::Function callback = listener->first.Value();
		loop.forget(id_);
		Loop::callBack(env, callback, {what(env)});
	}

protected:
	/** What the callback gets. */
	virtual Napi::Value what(Napi::Env env) { return env.Undefined(); }

private:
	uint64_t id_;
};

class ExitDelivery : public LastDelivery {
public:
	ExitDelivery(uint64_t id, int code, int signal) : LastDelivery(id), code_(code), signal_(signal) {}

protected:
	Napi::Value what(Napi::Env env) override {
		Napi::Object status = Napi::Object::New(env);
		status.Set("code", code_ >= 0 ? Napi::Number::New(env, code_).As<Napi::Value>() : env.Undefined());
		status.Set("signal", signal_ >= 0 ? Napi::Number::New(env, signal_).As<Napi::Value>() : env.Undefined());
		return status;
	}

private:
	int code_;
	int signal_;
};

class ProcessSource : public Source {
public:
	using Source::Source;

	bool ready(uint64_t id) override {
		siginfo_t info{};
		int code = -1;
		int signal = -1;
		// ECHILD: somebody else's child, whose end is all that can be told.
		if (waitid(P_PIDFD, static_cast<id_t>(fd()), &info, WEXITED | WNOHANG) == 0) {
			if (info.si_pid == 0) {
				return true;
			}
			(info.si_code == CLD_EXITED ? code : signal) = info.si_status;
		}
		loop().post(std::make_unique<ExitDelivery>(id, code, signal));
		return false;
	}
};

/** Once: whoever hears of it reads by himself. */
class ReadableSource : public Source {
public:
	using Source::Source;

	bool ready(uint64_t id) override {
		loop().post(std::make_unique<LastDelivery>(id));
		return false;
	}
};

class ReceivedDescriptor : public Promised {
public:
	Napi::Value value(Napi::Env env) override {
		return received.valid() ? Napi::Number::New(env, received.release()).As<Napi::Value>() : env.Undefined();
	}

	Fd received;
};

class SocketSource : public Source {
public:
	SocketSource(std::shared_ptr<Loop> loop, std::unique_ptr<ReceivedDescriptor> promised)
		: Source(std::move(loop)), promised_(std::move(promised)) {}

	bool ready(uint64_t) override {
		for (;;) {
			const ssize_t size = receive();
			if (size < 0 && errno == EINTR) {
				continue;
			}
			if (size < 0 && errno == EAGAIN) {
				return true;
			}
			if (size <= 0 || promised_->received.valid()) {
				Promised::settle(std::move(promised_), size < 0 ? failed("recvmsg") : Failure{});
				return false;
			}
			// Bytes without a descriptor: not what is waited for.
		}
	}

private:
	ssize_t receive() {
		char bytes[4096];
		std::vector<Fd> descriptors;
		const ssize_t size = receiveWithDescriptors(fd(), bytes, sizeof(bytes), descriptors);
		if (!descriptors.empty() && !promised_->received.valid()) {
			promised_->received = std::move(descriptors.front());
		}
		return size; // any other is closed: it must not stay open unseen
	}

	std::unique_ptr<ReceivedDescriptor> promised_;
};

/** Watches a descriptor, called so in errors, for a callback that is called once. */
template <typename Once> Napi::Value watchOnce(const Napi::CallbackInfo& info, const char* name) {
	const Napi::Env env = info.Env();
	const int fd = toInt(info[0], name);
	const Napi::Function callback = toFunction(info[1], "callback");
	if (!env.IsExceptionPending()) {
		watch(env, fd, std::make_unique<Once>(Loop::of(env).shared_from_this()), {Napi::Persistent(callback), {}});
	}
	return env.Undefined();
}

} // namespace

Napi::Value netlinkEvents(const Napi::CallbackInfo& info) {
	const Napi::Env env = info.Env();
	const int fd = toInt(info[0], "fd");
	const Napi::Function onBytes = toFunction(info[1], "onBytes");
	const Napi::Function onOverrun = toFunction(info[2], "onOverrun");
	if (env.IsExceptionPending()) {
		return env.Undefined();
	}
	auto source = std::make_unique<MulticastSource>(Loop::of(env).shared_from_this());
	const uint64_t id = watch(env, fd, std::move(source), {Napi::Persistent(onBytes), Napi::Persistent(onOverrun)});
	return id == 0 ? env.Undefined() : unwatch(env, id);
}

Napi::Value onExit(const Napi::CallbackInfo& info) {
	return watchOnce<ProcessSource>(info, "pidfd");
}

Napi::Value onReadable(const Napi::CallbackInfo& info) {
	return watchOnce<ReadableSource>(info, "fd");
}

Napi::Value receiveDescriptor(const Napi::CallbackInfo& info) {
	const Napi::Env env = info.Env();
	const int fd = toInt(info[0], "fd");
	if (env.IsExceptionPending()) {
		return env.Undefined();
	}
	auto promised = std::make_unique<ReceivedDescriptor>();
	ReceivedDescriptor& pending = *promised;
	const Napi::Value promise = pending.promise(env);
	if (env.IsExceptionPending()) {
		return env.Undefined();
	}
	std::unique_ptr<Source> source = std::make_unique<SocketSource>(Loop::of(env).shared_from_this(), std::move(promised));
	uint64_t id = 0;
	if (const Failure failure = Watcher::shared().add(fd, source, id)) {
		pending.finish(env, failure); // still the source's, which was not taken
	}
	return promise;
}
