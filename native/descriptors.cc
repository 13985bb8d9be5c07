// Small calls on descriptors, done at once: none of them waits.
#include "descriptors.h"
#include "addon.h"
#include "arguments.h"
#include "failure.h"
#include "fd.h"

#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef MFD_EXEC
#define MFD_NOEXEC_SEAL 0x0008U
#define MFD_EXEC 0x0010U
#endif

namespace {

/** A file in memory. Since kernel 6.3 one must say whether it may be executed (`execution`), and before nobody could. memfd_create(2) */
Fd memory(const char* name, unsigned flags, unsigned execution) {
	Fd fd(memfd_create(name, MFD_CLOEXEC | flags | execution));
	return fd.valid() || errno != EINVAL ? std::move(fd) : Fd(memfd_create(name, MFD_CLOEXEC | flags));
}

Failure copyProgram(const char* path, Fd& out) {
	const Fd source(open(path, O_RDONLY | O_CLOEXEC));
	if (!source.valid()) {
		return failed("open");
	}
	char magic[4] = {};
	if (pread(source.get(), magic, sizeof(magic), 0) != sizeof(magic) || memcmp(magic, "\177ELF", sizeof(magic)) != 0) {
		return {ENOEXEC, "pread"};
	}
	Fd copy = memory(basename(path), MFD_ALLOW_SEALING, MFD_EXEC);
	if (!copy.valid()) {
		return failed("memfd_create");
	}
	for (ssize_t size = 1; size != 0;) {
		size = sendfile(copy.get(), source.get(), nullptr, 1 << 30);
		if (size < 0 && errno != EINTR) {
			return failed("sendfile");
		}
	}
	if (fcntl(copy.get(), F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) != 0) {
		return failed("fcntl");
	}
	out = std::move(copy);
	return {};
}

} // namespace

Napi::Value openPath(const Napi::CallbackInfo& info) {
	const std::string path = toText(info[0], "path");
	if (info.Env().IsExceptionPending()) {
		return info.Env().Undefined();
	}
	const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY);
	return fd < 0 ? raise(info.Env(), failed("open")) : Napi::Number::New(info.Env(), fd);
}

Napi::Value closeDescriptor(const Napi::CallbackInfo& info) {
	const int fd = toInt(info[0], "fd");
	// After EINTR the descriptor is closed all the same on Linux. close(2).
	if (!info.Env().IsExceptionPending() && close(fd) != 0 && errno != EINTR) {
		return raise(info.Env(), failed("close"));
	}
	return info.Env().Undefined();
}

Napi::Value makePipe(const Napi::CallbackInfo& info) {
	int ends[2];
	if (pipe2(ends, O_CLOEXEC) != 0) {
		return raise(info.Env(), failed("pipe2"));
	}
	Napi::Object result = Napi::Object::New(info.Env());
	result.Set("read", Napi::Number::New(info.Env(), ends[0]));
	result.Set("write", Napi::Number::New(info.Env(), ends[1]));
	return result;
}

Napi::Value memoryFile(const Napi::CallbackInfo& info) {
	Fd fd = memory("vethlab", 0, MFD_NOEXEC_SEAL);
	return fd.valid() ? Napi::Number::New(info.Env(), fd.release()) : raise(info.Env(), failed("memfd_create"));
}

Napi::Value pidfdSignal(const Napi::CallbackInfo& info) {
	const int pidfd = toInt(info[0], "pidfd");
	const int signal = toInt(info[1], "signal", 0);
	if (!info.Env().IsExceptionPending() && syscall(SYS_pidfd_send_signal, pidfd, signal, nullptr, 0) != 0) {
		return raise(info.Env(), failed("pidfd_send_signal"));
	}
	return info.Env().Undefined();
}

Napi::Value peer(const Napi::CallbackInfo& info) {
	const int fd = toInt(info[0], "fd");
	ucred credentials{};
	socklen_t size = sizeof(credentials);
	if (info.Env().IsExceptionPending()) {
		return info.Env().Undefined();
	}
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) {
		return raise(info.Env(), failed("getsockopt"));
	}
	Napi::Object result = Napi::Object::New(info.Env());
	result.Set("pid", Napi::Number::New(info.Env(), credentials.pid));
	result.Set("uid", Napi::Number::New(info.Env(), credentials.uid));
	result.Set("gid", Napi::Number::New(info.Env(), credentials.gid));
	return result;
}

ssize_t receiveWithDescriptors(int fd, char* bytes, size_t size, std::vector<Fd>& descriptors) {
	iovec part = {bytes, size};
	alignas(cmsghdr) char control[CMSG_SPACE(8 * sizeof(int))];
	msghdr message{};
	message.msg_iov = &part;
	message.msg_iovlen = 1;
	message.msg_control = control;
	message.msg_controllen = sizeof(control);
	const ssize_t received = recvmsg(fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	for (cmsghdr* header = received < 0 ? nullptr : CMSG_FIRSTHDR(&message); header != nullptr; header = CMSG_NXTHDR(&message, header)) {
		if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) {
			continue;
		}
		const size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (size_t index = 0; index < count; index++) {
			int number = -1;
			memcpy(&number, CMSG_DATA(header) + index * sizeof(int), sizeof(int));
			descriptors.emplace_back(number);
		}
	}
	return received;
}

Napi::Value sendDescriptor(const Napi::CallbackInfo& info) {
	const int fd = toInt(info[0], "fd");
	const int descriptor = toInt(info[1], "descriptor");
	// a stream carries no descriptor without a byte. unix(7)
	std::string bytes = info[2].IsUndefined() ? std::string(1, '\0') : toBytes(info[2], "bytes");
	if (info.Env().IsExceptionPending()) {
		return info.Env().Undefined();
	}
	if (bytes.empty()) {
		return raise(info.Env(), {EINVAL, "sendDescriptor"});
	}
	iovec part = {bytes.data(), bytes.size()};
	alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
	msghdr message{};
	message.msg_iov = &part;
	message.msg_iovlen = 1;
	message.msg_control = control;
	message.msg_controllen = sizeof(control);
	cmsghdr* header = CMSG_FIRSTHDR(&message);
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(header), &descriptor, sizeof(int));
	// Not waiting: a full socket is the caller's EAGAIN, never a stopped event loop.
	const ssize_t sent = sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (sent < 0) {
		return raise(info.Env(), failed("sendmsg"));
	}
	if (static_cast<size_t>(sent) < bytes.size()) {
		return raise(info.Env(), {EMSGSIZE, "sendmsg"});
	}
	return info.Env().Undefined();
}

Napi::Value sealedCopy(const Napi::CallbackInfo& info) {
	const std::string path = toText(info[0], "path");
	if (info.Env().IsExceptionPending()) {
		return info.Env().Undefined();
	}
	Fd copy;
	const Failure failure = copyProgram(path.c_str(), copy);
	return failure ? raise(info.Env(), failure) : Napi::Number::New(info.Env(), copy.release());
}
