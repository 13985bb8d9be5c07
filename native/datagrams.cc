// A UDP server whose answers are ready: a datagram that was answered before gets the same answer from the watcher's thread, whatever JavaScript
// is doing meanwhile; others are JavaScript's. The first two bytes are the asker's own and come back as they came: an id, as in DNS.
#include "addon.h"
#include "arguments.h"
#include "watcher.h"

#include <array>
#include <cstring>
#include <map>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <vector>

namespace {

constexpr size_t idBytes = 2;
constexpr size_t datagramBytes = 4096;
constexpr int atOnce = 32;
/** What one server remembers, and how many datagrams wait for JavaScript; more are dropped, as a full socket drops them. */
constexpr size_t mostAnswers = 1024;
constexpr size_t mostRemembered = 512;
constexpr size_t mostWaiting = 4096;
constexpr int receiveBufferBytes = 4 << 20;

struct Asker {
	sockaddr_storage address{};
	socklen_t size = 0;
};

struct Waiting {
	Asker from;
	std::string bytes;
};

/** Shared by the watcher's thread, which asks it first, and JavaScript, which fills it. */
struct Desk {
	std::mutex mutex;
	/** The source's; -1 when it is gone. */
	int fd = -1;
	/** By what follows the id, without the id. */
	std::map<std::string, std::string, std::less<>> answers;
	std::vector<Waiting> waiting;
	bool announced = false;

	const std::string* find(std::string_view datagram) const {
		const auto found = answers.find(datagram.substr(idBytes));
		return found == answers.end() ? nullptr : &found->second;
	}

	void remember(std::string_view datagram, std::string_view answer) {
		if (datagram.size() > mostRemembered || datagram.size() < idBytes || answer.size() < idBytes) {
			return;
		}
		if (answers.size() >= mostAnswers) {
			answers.clear();
		}
		answers.insert_or_assign(std::string(datagram.substr(idBytes)), std::string(answer.substr(idBytes)));
	}

	/** Not for ever: who does not take an answer asks again. */
	void send(const Asker& to, const std::array<iovec, 2>& parts) const {
		msghdr message{};
		message.msg_name = const_cast<sockaddr_storage*>(&to.address);
		message.msg_namelen = to.size;
		message.msg_iov = const_cast<iovec*>(parts.data());
		message.msg_iovlen = parts.size();
		static_cast<void>(sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL));
	}
};

iovec part(std::string_view bytes) {
	return {const_cast<char*>(bytes.data()), bytes.size()};
}

class Unanswered : public Delivery {
public:
	Unanswered(uint64_t id, std::shared_ptr<Desk> desk) : id_(id), desk_(std::move(desk)) {}

	void deliver(Napi::Env env, Loop& loop) override {
		std::vector<Waiting> waiting;
		{
			const std::lock_guard<std::mutex> lock(desk_->mutex);
			waiting.swap(desk_->waiting);
			desk_->announced = false;
		}
		for (const Waiting& one : waiting) {
			const Napi::HandleScope scope(env);
			if (!answerAgain(one)) {
				ask(env, loop, one);
			}
		}
	}

private:
	/** Whether the same was answered since it came. */
	bool answerAgain(const Waiting& one) {
		const std::lock_guard<std::mutex> lock(desk_->mutex);
		const std::string* answer = desk_->fd < 0 || one.bytes.size() < idBytes ? nullptr : desk_->find(one.bytes);
		if (answer != nullptr) {
			desk_->send(one.from, {part(std::string_view(one.bytes).substr(0, idBytes)), part(*answer)});
		}
		return answer != nullptr;
	}

	void ask(Napi::Env env, Loop& loop, const Waiting& one) {
		Loop::Listener* listener = loop.listener(id_);
		if (listener == nullptr) {
			return;
		}
		const napi_value argument = Napi::Buffer<char>::Copy(env, one.bytes.data(), one.bytes.size());
		napi_value result = nullptr;
		if (!Loop::callBack(env, listener->first.Value(), {argument}, &result) || !Napi::Value(env, result).IsTypedArray()) {
			return;
		}
		const std::string answer = toBytes(Napi::Value(env, result), "answer");
		const std::lock_guard<std::mutex> lock(desk_->mutex);
		if (desk_->fd >= 0) {
			desk_->remember(one.bytes, answer);
			desk_->send(one.from, {part(answer), part({})});
		}
	}

	uint64_t id_;
	std::shared_ptr<Desk> desk_;
};

/** Datagrams of one call of recvmmsg(2), and the answers of one sendmmsg(2). The watcher's thread has one. */
struct Tray {
	std::array<std::array<char, datagramBytes>, atOnce> bytes;
	std::array<Asker, atOnce> from;
	std::array<iovec, atOnce> in;
	std::array<std::array<iovec, 2>, atOnce> out;
	std::array<mmsghdr, atOnce> received;
	std::array<mmsghdr, atOnce> answers;

	int receive(int fd) {
		for (size_t index = 0; index < atOnce; index++) {
			in[index] = {bytes[index].data(), datagramBytes};
			received[index] = {};
			received[index].msg_hdr.msg_name = &from[index].address;
			received[index].msg_hdr.msg_namelen = sizeof(from[index].address);
			received[index].msg_hdr.msg_iov = &in[index];
			received[index].msg_hdr.msg_iovlen = 1;
		}
		return recvmmsg(fd, received.data(), atOnce, MSG_DONTWAIT, nullptr);
	}

	void send(int fd, size_t count) {
		for (size_t sent = 0; sent < count;) {
			const int now = sendmmsg(fd, &answers[sent], static_cast<unsigned>(count - sent), MSG_DONTWAIT | MSG_NOSIGNAL);
			sent += now > 0 ? static_cast<size_t>(now) : 1; // the one that cannot go is left out
		}
	}
};

class DatagramSource : public Source {
public:
	DatagramSource(std::shared_ptr<Loop> loop, std::shared_ptr<Desk> desk) : Source(std::move(loop)), desk_(std::move(desk)) {}

	~DatagramSource() override {
		const std::lock_guard<std::mutex> lock(desk_->mutex);
		desk_->fd = -1;
	}

	bool ready(uint64_t id) override {
		static Tray& tray = *new Tray();
		const std::lock_guard<std::mutex> lock(desk_->mutex);
		desk_->fd = fd();
		// A few rounds, then others have their turn.
		for (int round = 0; round < 8; round++) {
			const int count = tray.receive(fd());
			if (count < 0 && (errno == EBADF || errno == ENOTSOCK)) {
				return false;
			}
			if (count > 0) {
				tray.send(fd(), sort(tray, static_cast<size_t>(count)));
			}
			if (count < atOnce) {
				break;
			}
		}
		if (!desk_->announced && !desk_->waiting.empty()) {
			desk_->announced = true;
			loop().post(std::make_unique<Unanswered>(id, desk_));
		}
		return true;
	}

private:
	/** Puts ready answers on the tray and the others aside; returns how many are ready. */
	size_t sort(Tray& tray, size_t count) {
		size_t ready = 0;
		for (size_t index = 0; index < count; index++) {
			const mmsghdr& one = tray.received[index];
			const std::string_view datagram(tray.bytes[index].data(), one.msg_len);
			const Asker from = {tray.from[index].address, one.msg_hdr.msg_namelen};
			const std::string* answer = datagram.size() < idBytes ? nullptr : desk_->find(datagram);
			if (answer != nullptr) {
				tray.out[ready] = {part(datagram.substr(0, idBytes)), part(*answer)};
				tray.answers[ready] = {};
				tray.answers[ready].msg_hdr.msg_name = &tray.from[index].address;
				tray.answers[ready].msg_hdr.msg_namelen = from.size;
				tray.answers[ready].msg_hdr.msg_iov = tray.out[ready].data();
				tray.answers[ready].msg_hdr.msg_iovlen = 2;
				ready++;
			} else if (desk_->waiting.size() < mostWaiting) {
				desk_->waiting.push_back({from, std::string(datagram)});
			}
		}
		return ready;
	}

	std::shared_ptr<Desk> desk_;
};

} // namespace

Napi::Value answerDatagrams(const Napi::CallbackInfo& info) {
	const Napi::Env env = info.Env();
	const int fd = toInt(info[0], "fd");
	const Napi::Function answer = toFunction(info[1], "answer");
	if (env.IsExceptionPending()) {
		return env.Undefined();
	}
	// Best effort: more than net.core.rmem_max needs CAP_NET_ADMIN in the first user namespace. socket(7).
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &receiveBufferBytes, sizeof(receiveBufferBytes)) != 0) {
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receiveBufferBytes, sizeof(receiveBufferBytes));
	}
	auto desk = std::make_shared<Desk>();
	const uint64_t id =
		watch(env, fd, std::make_unique<DatagramSource>(Loop::of(env).shared_from_this(), desk), {Napi::Persistent(answer), {}});
	if (id == 0) {
		return env.Undefined();
	}
	Napi::Object server = Napi::Object::New(env);
	server.Set("forget", Napi::Function::New(env, [desk](const Napi::CallbackInfo&) {
				   const std::lock_guard<std::mutex> lock(desk->mutex);
				   desk->answers.clear();
			   }));
	server.Set("stop", Napi::Function::New(env, [id](const Napi::CallbackInfo& call) {
				   Watcher::shared().remove(id);
				   Loop::of(call.Env()).forget(id);
			   }));
	return server;
}
