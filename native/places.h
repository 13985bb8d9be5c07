// Low descriptor numbers that are kept free for what children take along. A child copies the table of descriptors only up to the highest number that it
// needs: an engine with thousands of them would otherwise have each copied, and closed again, for every child.
#pragma once

#include "failure.h"
#include "fd.h"

#include <vector>

class Places {
public:
	/** To be made early: later, low numbers are in use. */
	Places();

	/** Puts a copy of each descriptor (-1: none) into a place and writes the place's number in its stead. Only one child at a time may have places. */
	Failure fill(const std::vector<int*>& descriptors);

	/** Nothing but /dev/null is in the places: what else was there is not kept open by them. */
	void clear();

	/** /dev/null. */
	int null() const { return null_.get(); }

	/** The highest number of those that are filled. */
	int last() const;

private:
	Failure add();

	Fd null_;
	std::vector<Fd> places_;
	size_t filled_ = 0;
};
