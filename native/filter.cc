// Capture filters, compiled by libpcap. It is loaded when the first filter comes: neither the build needs its headers nor a lab the
// library, and a machine without it is told so. The few declarations below have been the same in every version of it (pcap(3PCAP)).
#include "addon.h"
#include "arguments.h"
#include "helper.h"

#include <cstring>
#include <dlfcn.h>
#include <linux/filter.h>
#include <mutex>
#include <string>

namespace {

struct Program {
	unsigned int length = 0;
	sock_filter* instructions = nullptr; // its struct bpf_insn is laid out as the kernel's sock_filter
};

struct Pcap;

struct Library {
	Pcap* (*openDead)(int linkType, int snapLength) = nullptr;
	int (*compile)(Pcap*, Program*, const char* text, int optimize, uint32_t netmask) = nullptr;
	char* (*error)(Pcap*) = nullptr;
	void (*freeProgram)(Program*) = nullptr;
	void (*close)(Pcap*) = nullptr;
};

constexpr int ethernet = 1; // DLT_EN10MB
constexpr int snapLength = 262144;
constexpr uint32_t unknownNetmask = 0xffffffff;

template <typename Function> bool find(void* handle, const char* name, Function& function) {
	function = reinterpret_cast<Function>(dlsym(handle, name));
	return function != nullptr;
}

/** The library of the first name that is there, which stays loaded; nullptr: none. Debian's name, everybody else's, and its development link. */
const Library* load() {
	static Library library;
	for (const char* name : {"libpcap.so.0.8", "libpcap.so.1", "libpcap.so"}) {
		void* handle = dlopen(name, RTLD_NOW | RTLD_LOCAL);
		if (handle != nullptr && find(handle, "pcap_open_dead", library.openDead) && find(handle, "pcap_compile", library.compile) &&
			find(handle, "pcap_geterr", library.error) && find(handle, "pcap_freecode", library.freeProgram) &&
			find(handle, "pcap_close", library.close)) {
			return &library;
		}
		if (handle != nullptr) {
			dlclose(handle);
		}
	}
	return nullptr;
}

/** Old versions compile with a parser that only one thread may be in. */
std::mutex& compiling() {
	static std::mutex& mutex = *new std::mutex();
	return mutex;
}

class FilterCompile : public Task {
public:
	explicit FilterCompile(std::string text) : text_(std::move(text)) {}

	Failure run() override {
		const std::lock_guard<std::mutex> lock(compiling());
		const Library* library = load();
		if (library == nullptr) {
			return {ENOPKG, "dlopen"};
		}
		Pcap* pcap = library->openDead(ethernet, snapLength);
		if (pcap == nullptr) {
			return {ENOMEM, "pcap_open_dead"};
		}
		Program program;
		if (library->compile(pcap, &program, text_.c_str(), 1, unknownNetmask) != 0) {
			said_ = library->error(pcap);
		} else {
			const auto* bytes = reinterpret_cast<const char*>(program.instructions);
			program_.assign(bytes, program.length * sizeof(sock_filter));
			library->freeProgram(&program);
		}
		library->close(pcap);
		return {};
	}

	Napi::Value value(Napi::Env env) override {
		Napi::Object result = Napi::Object::New(env);
		if (said_.empty()) {
			result.Set("program", Napi::Buffer<char>::Copy(env, program_.data(), program_.size()));
		} else {
			result.Set("said", Napi::String::New(env, said_));
		}
		return result;
	}

private:
	std::string text_;
	std::string program_;
	std::string said_;
};

} // namespace

Napi::Value compileFilter(const Napi::CallbackInfo& info) {
	return startInPool(info.Env(), std::make_unique<FilterCompile>(toText(info[0], "text")));
}
