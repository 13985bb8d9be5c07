import test from 'ava';
import {closingLine, count, hasEnded} from '../../src/setup/summary.mjs';

const rows: readonly (readonly [string, string, number, string])[] = [
	['all passed', '\n  ✔ a\n  ✔ b\n  ─\n\n  2 tests passed\n', 0, 'vethlab: 2 passed, 0 failed'],
	['one test', '\n  ✔ a\n  ─\n\n  1 test passed\n', 0, 'vethlab: 1 passed, 0 failed'],
	['colours', '\n  \u001B[32m12 tests passed\u001B[39m\n  \u001B[33m3 tests skipped\u001B[39m\n', 0, 'vethlab: 12 passed, 0 failed, 3 skipped'],
	['failures, where ava does not say how many passed', '\n  ✔ a\n  ✘ [fail]: b\n  ✔ c › d (1s)\n  ─\n\n  1 test failed\n', 1, 'vethlab: 2 passed, 1 failed'],
	['hooks and exceptions', '\n  ✔ a\n  1 hook failed\n  2 uncaught exceptions\n  1 unhandled rejection\n', 1, 'vethlab: 1 passed, 4 failed'],
	['a run that failed without counting', '\n  ✘ Couldn’t find any files to test\n', 1, 'vethlab: 0 passed, 1 failed'],
	['--tap', 'ok 1 - a\nok 2 - b # SKIP\nnot ok 3 - c\n1..3\n# tests 3\n# pass 1\n# skip 1\n# fail 1\n', 1, 'vethlab: 1 passed, 1 failed, 1 skipped'],
	['a run that was killed', '', 137, 'vethlab: 0 passed, 1 failed'],
];
for (const [what, output, code, line] of rows) {
	test(`the closing line after ${what}`, (t) => {
		t.is(closingLine(count(output, code)), line);
	});
}

test('the end of the report is seen, whatever the colours', (t) => {
	t.true(hasEnded('  ✔ a\n  ─\n\n  \u001B[32m12 tests passed\u001B[39m\n'));
	t.true(hasEnded('  ─\n\n  1 test failed\n'));
	t.false(hasEnded('  ✔ the closing line after 2 tests passed\n'));
});
