// When V8 gives a function to its optimizing compiler. Programs that live for half a second are better off without it.
import {setFlagsFromString} from 'node:v8';

/** `--interrupt-budget`: after so many bytes of a function's bytecode have run. V8's own default (v8/src/flags/flag-definitions.h). */
const usualBytes = 67_584;

/**
 * For a process that mostly ends soon: while a lab is built, the compiler's threads cost as much CPU as all our JavaScript, and what they make comes
 * too late to be used (the network of 50 containers: 92 ms against 70; reading their file: 200 against 165). What really is hot, as packets are,
 * reaches the larger number within some milliseconds too. A V8 that lacks the flag ignores it.
 */
export function optimizeLate(): void {
	setFlagsFromString('--interrupt-budget=1000000');
}

/** For a process that turns out to stay: to draw thirty times a second, or to read one packet after the other. */
export function optimizeAsUsual(): void {
	setFlagsFromString(`--interrupt-budget=${usualBytes}`);
}
