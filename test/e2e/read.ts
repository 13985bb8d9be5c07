// A scenario file as the lab that it means, as the command line reads it.
import {readFileSync} from 'node:fs';
import type {Lab} from '../../src/model/lab.ts';
import {parseLab, renderProblems} from '../../src/model/parse.ts';

/** Throws when the file is wrong. */
export function readLab(file: string): Lab {
	return labOf(readFileSync(file, 'utf8'), file);
}

/** The same from the text. */
export function labOf(text: string, file = 'lab.veth.yaml'): Lab {
	const {lab, problems} = parseLab(text, {file, env: {}});
	if (lab === undefined) {
		throw new Error(renderProblems(problems, text, file));
	}

	return lab;
}
