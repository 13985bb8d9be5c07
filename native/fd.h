// A file descriptor with an owner. Closed with it unless released.
#pragma once

#include <unistd.h>
#include <utility>

class Fd {
public:
	Fd() = default;
	explicit Fd(int number) : number_(number) {}
	Fd(Fd&& other) noexcept : number_(other.release()) {}
	Fd& operator=(Fd&& other) noexcept {
		std::swap(number_, other.number_);
		return *this;
	}
	~Fd() {
		if (number_ >= 0) {
			close(number_);
		}
	}

	int get() const { return number_; }
	bool valid() const { return number_ >= 0; }
	int release() { return std::exchange(number_, -1); }

private:
	int number_ = -1;
};
