// Reading arguments.
#include "arguments.h"

#include <climits>
#include <cmath>
#include <limits>

namespace {

void reject(Napi::Value value, const char* name, const char* wanted) {
	// An empty value has no environment and is already an exception's doing.
	if (!value.IsEmpty() && !value.Env().IsExceptionPending()) {
		Napi::TypeError::New(value.Env(), std::string(name) + " must be " + wanted).ThrowAsJavaScriptException();
	}
}

} // namespace

int toInt(Napi::Value value, const char* name, int least) {
	const double number = !value.IsEmpty() && value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : NAN;
	if (number >= least && number <= INT_MAX && number == std::floor(number)) {
		return static_cast<int>(number);
	}
	reject(value, name, "a whole number in range");
	return least;
}

double toAmount(Napi::Value value, const char* name) {
	const double number = !value.IsEmpty() && value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : NAN;
	if (number >= 0) {
		return number;
	}
	reject(value, name, "a number from 0 on");
	return 0;
}

std::string toText(Napi::Value value, const char* name) {
	if (!value.IsEmpty() && value.IsString()) {
		std::string text = value.As<Napi::String>().Utf8Value();
		// The kernel's strings end at the first NUL: a name cut short there would name something else.
		if (text.find('\0') == std::string::npos) {
			return text;
		}
	}
	reject(value, name, "a string without NUL");
	return {};
}

std::string toBytes(Napi::Value value, const char* name) {
	if (!value.IsEmpty() && value.IsTypedArray() && value.As<Napi::TypedArray>().TypedArrayType() == napi_uint8_array) {
		const Napi::Uint8Array array = value.As<Napi::Uint8Array>();
		return std::string(reinterpret_cast<const char*>(array.Data()), array.ByteLength());
	}
	reject(value, name, "a Uint8Array");
	return {};
}

uint64_t toMask(Napi::Value value, const char* name) {
	bool lossless = false;
	const uint64_t mask = !value.IsEmpty() && value.IsBigInt() ? value.As<Napi::BigInt>().Uint64Value(&lossless) : 0;
	if (!lossless) {
		reject(value, name, "a bigint of 64 bits");
	}
	return mask;
}

Napi::Function toFunction(Napi::Value value, const char* name) {
	if (!value.IsEmpty() && value.IsFunction()) {
		return value.As<Napi::Function>();
	}
	reject(value, name, "a function");
	return {};
}

bool toFlag(Napi::Value value, const char* name) {
	if (!value.IsEmpty() && value.IsBoolean()) {
		return value.As<Napi::Boolean>().Value();
	}
	if (isGiven(value)) {
		reject(value, name, "a boolean");
	}
	return false;
}

bool isGiven(Napi::Value value) {
	return !value.IsEmpty() && !value.IsUndefined();
}

Fields::Fields(Napi::Value value, const char* name) {
	if (!value.IsEmpty() && value.IsObject()) {
		object_ = value.As<Napi::Object>();
	} else {
		reject(value, name, "an object");
	}
}

Napi::Value Fields::operator[](const char* key) const {
	return object_.IsEmpty() || object_.Env().IsExceptionPending() ? Napi::Value() : object_.Get(key);
}

std::vector<Napi::Value> toArray(Napi::Value value, const char* name) {
	std::vector<Napi::Value> items;
	if (value.IsEmpty() || !value.IsArray()) {
		reject(value, name, "an array");
		return items;
	}
	const Napi::Array array = value.As<Napi::Array>();
	const uint32_t length = array.Length();
	items.reserve(length);
	for (uint32_t index = 0; index < length; index++) {
		items.push_back(array.Get(index));
	}
	return items;
}

std::vector<int> toInts(Napi::Value value, const char* name) {
	std::vector<int> numbers;
	for (const Napi::Value item : toArray(value, name)) {
		numbers.push_back(toInt(item, name));
	}
	return numbers;
}

std::vector<std::string> toTexts(Napi::Value value, const char* name) {
	std::vector<std::string> texts;
	for (const Napi::Value item : toArray(value, name)) {
		texts.push_back(toText(item, name));
	}
	return texts;
}

Napi::Array fromInts(Napi::Env env, const std::vector<int>& numbers) {
	Napi::Array array = Napi::Array::New(env, numbers.size());
	for (size_t index = 0; index < numbers.size(); index++) {
		array.Set(static_cast<uint32_t>(index), Napi::Number::New(env, numbers[index]));
	}
	return array;
}

uint64_t toNanoseconds(double milliseconds) {
	constexpr double forEver = 1.8e13;
	constexpr uint64_t each = 1000000;
	if (!(milliseconds > 0)) {
		return 0;
	}
	if (milliseconds >= forEver) {
		return std::numeric_limits<uint64_t>::max();
	}
	// not multiplied as it is: so many nanoseconds since the epoch are no double, and the next one may be 128 later
	const auto whole = static_cast<uint64_t>(milliseconds);
	return whole * each + static_cast<uint64_t>((milliseconds - static_cast<double>(whole)) * each);
}
