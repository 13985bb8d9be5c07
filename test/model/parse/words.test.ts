import test from 'ava';
import {didYouMean, nearest} from '../../../src/model/parse/words.ts';

const means = test.macro<[string, readonly string[], string | undefined]>({
	exec(t, word, candidates, expected) {
		t.is(nearest(word, candidates), expected);
	},
	title: (_, word, candidates, expected) =>
		`"${word}" among ${candidates.join(', ')} ${expected === undefined ? 'means none of them' : `means "${expected}"`}`,
});

test(means, 'ofice', ['lab', 'office'], 'office');
test(means, 'wbe', ['db', 'web'], 'web');
test(means, 'h2', ['h1', 'laptop'], 'h1');
test(means, 'network_mod', ['networks', 'network_mode'], 'network_mode');
test(means, 'TCP', ['udp', 'tcp'], 'tcp');
test(means, 'completely', ['other'], undefined);
test(means, 'x', ['a'], undefined);
test(means, 'x', [], undefined);

test('nothing is guessed for what is no word', (t) => {
	t.is(didYouMean('x'.repeat(10_000), ['x'.repeat(10_001)]), undefined);
});
