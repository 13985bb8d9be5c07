// From ava's report to one closing line that machines read too: "vethlab: 12 passed, 0 failed, 1 skipped".
import {stripVTControlCharacters} from 'node:util';

/** @typedef {{passed: number, failed: number, skipped: number}} Counts */

/**
 * @param {string} output what ava printed
 * @param {number} code its exit code: a run that failed has at least one failure, whatever it counted
 * @returns {Counts}
 */
export function count(output, code) {
	const lines = stripVTControlCharacters(output).split('\n');
	const sum = /** @param {RegExp} line */ (line) => lines.reduce((total, text) => total + Number(line.exec(text)?.[1] ?? 0), 0);
	// the second of two is how --tap says it
	const failed =
		sum(/^\s*(\d+) (?:(?:tests?|hooks?) failed|uncaught exceptions?|unhandled rejections?|tests? remained pending after a timeout)$/) ||
		sum(/^# fail (\d+)$/);
	// When something failed, ava does not say how many passed: then its ticks are counted.
	const passed = sum(/^\s*(\d+) tests? passed$/) || sum(/^# pass (\d+)$/) || lines.filter((text) => /^\s*[✔√] /.test(text)).length;
	return {passed, failed: code === 0 ? failed : Math.max(failed, 1), skipped: sum(/^\s*(\d+) tests? skipped$/) || sum(/^# skip (\d+)$/)};
}

/** Has ava said all it has to say? @param {string} output */
export function hasEnded(output) {
	return /^\s*\d+ tests? (?:passed|failed)$/m.test(stripVTControlCharacters(output));
}

/** @param {Counts} counts */
export function closingLine({passed, failed, skipped}) {
	return `vethlab: ${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}
