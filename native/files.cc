// Files under /proc whose meaning depends on the network namespace of who opens them.
#include "addon.h"
#include "arguments.h"
#include "fd.h"
#include "netns.h"

#include <fcntl.h>

namespace {

struct Write {
	int netns;
	std::string path;
	std::string value;
};

class WriteFiles : public Task {
public:
	explicit WriteFiles(std::vector<Write> writes) : writes_(std::move(writes)) {}

	Failure run() override {
		const LeaveNetns leave;
		for (const Write& item : writes_) {
			errors_.push_back(writeFile(item));
		}
		return {};
	}

	Napi::Value value(Napi::Env env) override { return fromInts(env, errors_); }

private:
	static int writeFile(const Write& item) {
		if (const Failure failure = enterNetns(item.netns)) {
			return failure.number;
		}
		const Fd fd(open(item.path.c_str(), O_WRONLY | O_CLOEXEC));
		// A sysctl takes its value in one write(2) or refuses it.
		return fd.valid() && write(fd.get(), item.value.data(), item.value.size()) >= 0 ? 0 : errno;
	}

	std::vector<Write> writes_;
	std::vector<int> errors_;
};

class ReadFiles : public Task {
public:
	ReadFiles(int netns, std::vector<std::string> paths) : netns_(netns), paths_(std::move(paths)) {}

	Failure run() override {
		const LeaveNetns leave;
		if (const Failure failure = enterNetns(netns_)) {
			return failure;
		}
		for (const std::string& path : paths_) {
			contents_.push_back(readFile(path));
		}
		return {};
	}

	Napi::Value value(Napi::Env env) override {
		Napi::Array result = Napi::Array::New(env, contents_.size());
		for (size_t index = 0; index < contents_.size(); index++) {
			const File& file = contents_[index];
			result.Set(static_cast<uint32_t>(index), file.read ? Napi::String::New(env, file.text).As<Napi::Value>() : env.Undefined());
		}
		return result;
	}

private:
	static constexpr size_t limitBytes = 64 << 10;

	struct File {
		bool read = false;
		std::string text;
	};

	static File readFile(const std::string& path) {
		File file;
		const Fd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
		char buffer[4096];
		ssize_t size = -1;
		while (fd.valid() && file.text.size() < limitBytes && (size = read(fd.get(), buffer, sizeof(buffer))) > 0) {
			file.text.append(buffer, static_cast<size_t>(size));
		}
		file.read = size >= 0;
		return file;
	}

	int netns_;
	std::vector<std::string> paths_;
	std::vector<File> contents_;
};

} // namespace

Napi::Value writeFiles(const Napi::CallbackInfo& info) {
	const int netns = toInt(info[0], "netns");
	std::vector<Write> writes;
	for (const Napi::Value item : toArray(info[1], "files")) {
		const Fields file(item, "file");
		writes.push_back({netns, toText(file["path"], "path"), toText(file["value"], "value")});
	}
	return netThread().start(info.Env(), std::make_unique<WriteFiles>(std::move(writes)));
}

Napi::Value writeFilesIn(const Napi::CallbackInfo& info) {
	std::vector<Write> writes;
	for (const Napi::Value item : toArray(info[0], "writes")) {
		const Fields file(item, "write");
		writes.push_back({toInt(file["netns"], "netns"), toText(file["path"], "path"), toText(file["value"], "value")});
	}
	return netThread().start(info.Env(), std::make_unique<WriteFiles>(std::move(writes)));
}

Napi::Value readFiles(const Napi::CallbackInfo& info) {
	return netThread().start(info.Env(), std::make_unique<ReadFiles>(toInt(info[0], "netns"), toTexts(info[1], "paths")));
}
