import test from 'ava';
import {interpolate} from '../../../src/model/parse/interpolate.ts';

const variables = {SET: 'value', EMPTY: '', PORT: '80'};

const becomes = test.macro<[string, string]>({
	exec(t, text, expected) {
		t.is(interpolate(text, variables).text, expected);
	},
	title: (_, text, expected) => `"${text}" becomes "${expected}"`,
});

test(becomes, '$SET', 'value');
test(becomes, 'a${SET}b', 'avalueb');
test(becomes, '$SET.$PORT', 'value.80');
test(becomes, '${UNSET-default}', 'default');
test(becomes, '${EMPTY-default}', '');
test(becomes, '${EMPTY:-default}', 'default');
test(becomes, '${SET:+instead}', 'instead');
test(becomes, '${EMPTY:+instead}', '');
test(becomes, '${EMPTY+instead}', 'instead');
test(becomes, '${UNSET:-${SET}}', 'value');
test(becomes, '${UNSET:-${ALSO:-deep}}', 'deep');
test(becomes, '${UNSET:-a b "c"}', 'a b "c"');
test(becomes, '$$SET', '$SET');
test(becomes, '$${SET}', '${SET}');
test(becomes, '^a$', '^a$');
test(becomes, '$1 ${', '$1 ${');
test(becomes, '${SET', '${SET');
test(becomes, '${1:-x}', '${1:-x}');
test(becomes, '$toString${__proto__:-safe}', 'safe');

test('what is not set, and what is asked for, is told', (t) => {
	t.deepEqual(interpolate('$A ${B} ${C:-c} ${D?} ${EMPTY:?must be set}', variables), {
		text: '  c  ',
		unset: ['A', 'B'],
		required: [
			{name: 'D', words: ''},
			{name: 'EMPTY', words: 'must be set'},
		],
	});
});

test('values are not searched for variables again', (t) => {
	t.is(interpolate('$A', {A: '$B', B: 'x'}).text, '$B');
});
