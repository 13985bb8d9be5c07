// Folders, many at once: a lab makes some twenty for each node, and one by one most of the time would be spent on the way to the kernel.
#include "addon.h"
#include "arguments.h"
#include "failure.h"
#include "fd.h"

#include <fcntl.h>
#include <sys/stat.h>

Napi::Value makeFolders(const Napi::CallbackInfo& info) {
	const std::string parent = toText(info[0], "parent");
	const std::vector<std::string> paths = toTexts(info[1], "paths");
	if (info.Env().IsExceptionPending()) {
		return info.Env().Undefined();
	}
	const Fd folder(open(parent.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
	if (!folder.valid()) {
		return raise(info.Env(), failed("open"));
	}
	for (const std::string& path : paths) {
		if (mkdirat(folder.get(), path.c_str(), 0777) != 0) {
			return raise(info.Env(), failed("mkdirat"));
		}
	}
	return info.Env().Undefined();
}
