// Captures: each has a file of its own.
import type {Context} from './context.ts';

export function checkCaptures({lab, tree, report}: Context): void {
	const files = new Map<string, string>();
	for (const {name, file} of lab.captures ?? []) {
		const other = files.get(file);
		if (other === undefined) {
			files.set(file, name);
		} else {
			report.error(tree.place('captures', name, 'file'), `"${file}" is the file of "${other}" already`, 'give each capture a file of its own');
		}
	}
}
