// file: a file as the node sees it.
import type {Checker} from '../scene.ts';

export const file: Checker<'file'> = {
	title: (check) =>
		[
			'file',
			`${check.in}:${check.path}`,
			check.contains === undefined ? undefined : `contains ${JSON.stringify(check.contains)}`,
			check.lacks === undefined ? undefined : `lacks ${JSON.stringify(check.lacks)}`,
		]
			.filter((part) => part !== undefined)
			.join(' '),
	retries: (check) => check.contains !== undefined,
	async look(check, scene) {
		const {content} = await scene.call('file', {node: check.in, path: check.path});
		const ok = content !== undefined && content.includes(check.contains ?? '') && (check.lacks === undefined || !content.includes(check.lacks));
		const expected =
			[
				check.contains === undefined ? undefined : `contains ${JSON.stringify(check.contains)}`,
				check.lacks === undefined ? undefined : `lacks ${JSON.stringify(check.lacks)}`,
			]
				.filter((part) => part !== undefined)
				.join(', ') || 'the file';
		return {ok, expected, got: content === undefined ? 'no such file' : `${content.length} characters`, evidence: (content ?? '').split('\n').slice(0, 40)};
	},
};
