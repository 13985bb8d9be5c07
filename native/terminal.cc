// Pseudo terminals. pty(7), ioctl_tty(2).
#include "addon.h"
#include "arguments.h"
#include "failure.h"
#include "fd.h"

#include <fcntl.h>
#include <sys/ioctl.h>

namespace {

Failure resize(int fd, int columns, int rows) {
	winsize size{};
	size.ws_col = static_cast<unsigned short>(columns);
	size.ws_row = static_cast<unsigned short>(rows);
	return ioctl(fd, TIOCSWINSZ, &size) == 0 ? Failure{} : failed("ioctl");
}

} // namespace

Napi::Value openTerminal(const Napi::CallbackInfo& info) {
	const std::string multiplexer = toText(info[0], "ptmx");
	const int columns = toInt(info[1], "columns", 0);
	const int rows = toInt(info[2], "rows", 0);
	const Napi::Env env = info.Env();
	if (env.IsExceptionPending()) {
		return env.Undefined();
	}
	Fd master(open(multiplexer.c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC));
	if (!master.valid()) {
		return raise(env, failed("open"));
	}
	const int unlocked = 0;
	if (ioctl(master.get(), TIOCSPTLCK, &unlocked) != 0) {
		return raise(env, failed("ioctl"));
	}
	// By the multiplexer, not by path: its devpts may be mounted in another mount namespace.
	Fd slave(ioctl(master.get(), TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC));
	if (!slave.valid()) {
		return raise(env, failed("ioctl"));
	}
	if (const Failure failure = resize(master.get(), columns, rows)) {
		return raise(env, failure);
	}
	Napi::Object result = Napi::Object::New(env);
	result.Set("master", Napi::Number::New(env, master.release()));
	result.Set("slave", Napi::Number::New(env, slave.release()));
	return result;
}

Napi::Value resizeTerminal(const Napi::CallbackInfo& info) {
	const int master = toInt(info[0], "master");
	const int columns = toInt(info[1], "columns", 0);
	const int rows = toInt(info[2], "rows", 0);
	if (!info.Env().IsExceptionPending()) {
		if (const Failure failure = resize(master, columns, rows)) {
			return raise(info.Env(), failure);
		}
	}
	return info.Env().Undefined();
}
