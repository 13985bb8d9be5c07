// Writing to a file beside the main thread.
#include "addon.h"
#include "arguments.h"
#include "helper.h"

#include <algorithm>
#include <unistd.h>

namespace {

/**
 * Bytes of one write(2). The kernel takes pages for the file as large as a write is long (mm/filemap.c: generic_perform_write), and large ones it seldom has at
 * hand: in a virtual machine a file that was written 512 KiB at a time took five times the CPU of one that was written like this, which took half of 4 KiB's.
 */
constexpr size_t stepBytes = 64 << 10;

class WriteBytes : public Task {
public:
	WriteBytes(int fd, const Napi::Uint8Array& bytes)
		: fd_(fd), held_(Napi::Persistent(bytes)), data_(reinterpret_cast<const char*>(bytes.Data())), size_(bytes.ByteLength()) {}

	Failure run() override {
		while (written_ < size_) {
			const ssize_t written = write(fd_, data_ + written_, std::min(stepBytes, size_ - written_));
			if (written > 0) {
				written_ += static_cast<size_t>(written);
			} else if (written == 0 || errno != EINTR) {
				return written_ > 0 ? Failure{} : written == 0 ? Failure{EIO, "write"} : failed("write");
			}
		}
		return {};
	}

	Napi::Value value(Napi::Env env) override { return Napi::Number::New(env, static_cast<double>(written_)); }

private:
	int fd_;
	Napi::Reference<Napi::Uint8Array> held_; // the task ends on the JavaScript thread
	const char* data_;
	size_t size_;
	size_t written_ = 0;
};

} // namespace

Napi::Value writeBytes(const Napi::CallbackInfo& info) {
	const Napi::Env env = info.Env();
	const int fd = toInt(info[0], "fd");
	if (!env.IsExceptionPending() && (!info[1].IsTypedArray() || info[1].As<Napi::TypedArray>().TypedArrayType() != napi_uint8_array)) {
		Napi::TypeError::New(env, "bytes must be a Uint8Array").ThrowAsJavaScriptException();
	}
	if (env.IsExceptionPending()) {
		return env.Undefined();
	}
	return startInPool(env, std::make_unique<WriteBytes>(fd, info[1].As<Napi::Uint8Array>()));
}
