// Reads what JavaScript passed. A wrong value leaves a TypeError pending and gives a harmless default, so that a function reads all
// its arguments and asks once whether an exception is pending. While one is, fields and items are empty values, which read as defaults.
#pragma once

#include <cstdint>
#include <napi.h>
#include <string>
#include <vector>

/** A whole number from `least` to 2^31-1. */
int toInt(Napi::Value value, const char* name, int least = -1);
/** A number from 0 on; Infinity is one. */
double toAmount(Napi::Value value, const char* name);
/** Milliseconds since the epoch in nanoseconds. Infinity is for ever. */
uint64_t toNanoseconds(double milliseconds);
std::string toText(Napi::Value value, const char* name);
/** The bytes of a Uint8Array, copied. */
std::string toBytes(Napi::Value value, const char* name);
uint64_t toMask(Napi::Value value, const char* name);
Napi::Function toFunction(Napi::Value value, const char* name);
/** undefined is false. */
bool toFlag(Napi::Value value, const char* name);
std::vector<Napi::Value> toArray(Napi::Value value, const char* name);
std::vector<int> toInts(Napi::Value value, const char* name);
std::vector<std::string> toTexts(Napi::Value value, const char* name);

/** Neither undefined nor empty. */
bool isGiven(Napi::Value value);

/** The fields of an object. */
class Fields {
public:
	Fields(Napi::Value value, const char* name);
	Napi::Value operator[](const char* key) const;

private:
	Napi::Object object_; // empty when the value was no object
};

Napi::Array fromInts(Napi::Env env, const std::vector<int>& numbers);
