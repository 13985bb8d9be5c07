#include "places.h"

#include <algorithm>
#include <fcntl.h>

namespace {

/** What becomes 0 to 2, what is passed on besides, the program and ourselves: seldom more. */
constexpr size_t usual = 8;

} // namespace

Places::Places() : null_(open("/dev/null", O_RDWR | O_CLOEXEC)) {
	while (places_.size() < usual && !add()) {}
}

Failure Places::add() {
	Fd place(fcntl(null_.get(), F_DUPFD_CLOEXEC, 3));
	if (!place.valid()) {
		return failed("fcntl");
	}
	places_.push_back(std::move(place));
	return {};
}

Failure Places::fill(const std::vector<int*>& descriptors) {
	for (int* descriptor : descriptors) {
		if (*descriptor < 0) {
			continue;
		}
		if (filled_ == places_.size()) {
			if (const Failure failure = add()) {
				return failure;
			}
		}
		const int place = places_[filled_].get();
		if (dup3(*descriptor, place, O_CLOEXEC) < 0) {
			return failed("dup3");
		}
		filled_++;
		*descriptor = place;
	}
	return {};
}

void Places::clear() {
	for (; filled_ > 0; filled_--) {
		// It cannot fail: both are open.
		static_cast<void>(dup3(null_.get(), places_[filled_ - 1].get(), O_CLOEXEC));
	}
}

int Places::last() const {
	int last = 2;
	for (size_t index = 0; index < filled_; index++) {
		last = std::max(last, places_[index].get());
	}
	return last;
}
