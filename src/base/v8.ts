// What V8 is told of how long a process will live. A V8 that lacks one of these flags ignores it.
import {setFlagsFromString} from 'node:v8';

/** `--interrupt-budget`: after so many bytes of its bytecode have run, a function goes to the optimizing compiler. V8's own default (v8/src/flags/flag-definitions.h). */
const usualBytes = 67_584;
/** `--heap-growing-percent`: so much larger may the heap become until all of it is looked through. */
const growthPercent = 200;

/**
 * For a process that mostly ends soon: while a lab is built, the compiler's threads cost as much CPU as all our JavaScript, and what they make comes
 * too late to be used (the network of 50 containers: 92 ms against 70; reading their file: 200 against 165). What really is hot, as packets are,
 * reaches the larger number within some milliseconds too.
 */
export function expectShortLife(): void {
	setFlagsFromString('--interrupt-budget=1000000');
}

/**
 * For a process that turns out to stay: to draw thirty times a second, or to read one packet after the other. What these bring is memory that V8 takes for
 * its own: left alone it looks through its heap every second or so, for a fourth of what a packet costs. It takes some ten megabytes instead. And what it
 * clears most often, where new objects are, holds little that lives on: to wake other threads for that takes longer than they help.
 */
export function expectLongLife(): void {
	setFlagsFromString(`--interrupt-budget=${usualBytes}`);
	setFlagsFromString(`--heap-growing-percent=${growthPercent}`);
	setFlagsFromString('--no-parallel-scavenge');
}
