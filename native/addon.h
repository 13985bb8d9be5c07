// The exported functions, by file. What each does is said in index.ts.
#pragma once

#include <napi.h>

// netns.cc
Napi::Value netnsCreate(const Napi::CallbackInfo& info);
Napi::Value netlinkSocket(const Napi::CallbackInfo& info);
Napi::Value packetSocket(const Napi::CallbackInfo& info);
Napi::Value listenIn(const Napi::CallbackInfo& info);

// files.cc
Napi::Value writeFiles(const Napi::CallbackInfo& info);
Napi::Value writeFilesIn(const Napi::CallbackInfo& info);
Napi::Value readFiles(const Napi::CallbackInfo& info);

// folders.cc
Napi::Value makeFolders(const Napi::CallbackInfo& info);

// netlink.cc
Napi::Value netlinkRequest(const Napi::CallbackInfo& info);

// events.cc
Napi::Value netlinkEvents(const Napi::CallbackInfo& info);
Napi::Value onExit(const Napi::CallbackInfo& info);
Napi::Value onReadable(const Napi::CallbackInfo& info);
Napi::Value receiveDescriptor(const Napi::CallbackInfo& info);

// datagrams.cc
Napi::Value answerDatagrams(const Napi::CallbackInfo& info);

// capture.cc
Napi::Value ringPrepare(const Napi::CallbackInfo& info);
Napi::Value ringMap(const Napi::CallbackInfo& info);

// pcapng.cc
Napi::Value writeFrames(const Napi::CallbackInfo& info);

// frame.cc
Napi::Value sendFrame(const Napi::CallbackInfo& info);

// filter.cc
Napi::Value compileFilter(const Napi::CallbackInfo& info);

// spawn.cc
Napi::Value spawn(const Napi::CallbackInfo& info);

// received.cc
Napi::Value receive(const Napi::CallbackInfo& info);

// write.cc
Napi::Value writeBytes(const Napi::CallbackInfo& info);

// descriptors.cc
Napi::Value openPath(const Napi::CallbackInfo& info);
Napi::Value closeDescriptor(const Napi::CallbackInfo& info);
Napi::Value makePipe(const Napi::CallbackInfo& info);
Napi::Value pidfdSignal(const Napi::CallbackInfo& info);
Napi::Value peer(const Napi::CallbackInfo& info);
Napi::Value sendDescriptor(const Napi::CallbackInfo& info);
Napi::Value sealedCopy(const Napi::CallbackInfo& info);
Napi::Value memoryFile(const Napi::CallbackInfo& info);

// terminal.cc
Napi::Value openTerminal(const Napi::CallbackInfo& info);
Napi::Value resizeTerminal(const Napi::CallbackInfo& info);
