// Collects the problems of one file, so that all are told at once. One Report is made for each file.
import type {Problem} from '../problem.ts';
import type {Place} from './tree.ts';

export class Report {
	readonly #problems: Problem[] = [];
	#stage: Problem['stage'];

	/** What follows is found at this stage; undefined: the last one, where nothing is left unchecked. */
	enter(stage: Problem['stage']): void {
		this.#stage = stage;
	}

	error(place: Place, what: string, hint?: string): void {
		this.#problems.push({
			level: 'error',
			...place,
			what,
			...(hint === undefined ? {} : {hint}),
			...(this.#stage === undefined ? {} : {stage: this.#stage}),
		});
	}

	/** A word that is known, but whose feature comes later. It stops nothing else from being checked. */
	notYet(place: Place, thing: string, hint?: string): void {
		this.#problems.push({level: 'error', ...place, what: `${thing} is not built yet in this version`, ...(hint === undefined ? {} : {hint})});
	}

	note(place: Place, what: string): void {
		this.#problems.push({level: 'note', ...place, what});
	}

	/** Whether an error was found that keeps the later stages from looking. */
	get isBlocked(): boolean {
		return this.#problems.some(({stage}) => stage !== undefined);
	}

	get hasErrors(): boolean {
		return this.#problems.some(({level}) => level === 'error');
	}

	/** In file order; what stands at the same place in the order it was found. */
	get problems(): readonly Problem[] {
		return this.#problems.toSorted((a, b) => a.position.line - b.position.line || a.position.column - b.position.column);
	}
}
