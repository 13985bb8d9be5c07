// The table of exports. To add a function: its interface in index.ts, its declaration in addon.h, its row here.
#include "addon.h"

#include "loop.h"

namespace {

constexpr struct {
	const char* name;
	Napi::Value (*function)(const Napi::CallbackInfo&);
} exported[] = {
	{"netnsCreate", netnsCreate},
	{"netlinkSocket", netlinkSocket},
	{"netlinkRequest", netlinkRequest},
	{"netlinkEvents", netlinkEvents},
	{"answerDatagrams", answerDatagrams},
	{"writeFiles", writeFiles},
	{"writeFilesIn", writeFilesIn},
	{"readFiles", readFiles},
	{"makeFolders", makeFolders},
	{"listen", listenIn},
	{"packetSocket", packetSocket},
	{"ringPrepare", ringPrepare},
	{"ringMap", ringMap},
	{"writeFrames", writeFrames},
	{"sendFrame", sendFrame},
	{"compileFilter", compileFilter},
	{"spawn", spawn},
	{"onExit", onExit},
	{"onReadable", onReadable},
	{"pidfdSignal", pidfdSignal},
	{"openTerminal", openTerminal},
	{"resizeTerminal", resizeTerminal},
	{"pipe", makePipe},
	{"open", openPath},
	{"close", closeDescriptor},
	{"peer", peer},
	{"receiveDescriptor", receiveDescriptor},
	{"sendDescriptor", sendDescriptor},
	{"sealedCopy", sealedCopy},
	{"memoryFile", memoryFile},
	{"receive", receive},
	{"writeBytes", writeBytes},
};

Napi::Object initialize(Napi::Env env, Napi::Object exports) {
	if (Loop::install(env)) {
		for (const auto& row : exported) {
			exports.Set(row.name, Napi::Function::New(env, row.function, row.name));
		}
	}
	return exports;
}

} // namespace

NODE_API_MODULE(vethlab, initialize)
