// Errors for JavaScript.
#include "failure.h"

#include <cstring>
#include <string>

const char* errorName(int number) {
	const char* name = strerrorname_np(number);
	return name != nullptr ? name : "EUNKNOWN";
}

Napi::Error toError(Napi::Env env, Failure failure) {
	const char* description = strerrordesc_np(failure.number);
	const std::string message =
		std::string(failure.call) + ": " + errorName(failure.number) + ", " + (description != nullptr ? description : "Unknown error");
	Napi::Error error = Napi::Error::New(env, message);
	error.Set("code", Napi::String::New(env, errorName(failure.number)));
	error.Set("errno", Napi::Number::New(env, failure.number));
	error.Set("syscall", Napi::String::New(env, failure.call));
	return error;
}

Napi::Value raise(Napi::Env env, Failure failure) {
	toError(env, failure).ThrowAsJavaScriptException();
	return env.Undefined();
}
