// Does plans and takes them back: the only caller of a Machine's do and undo. Knows what was done for each unit; nothing about modes or Docker.
import type {LabError} from '../base/errors.ts';
import type {Machine, Outcome} from '../kernel/machine.ts';
import type {Op, Unit} from '../plan/op.ts';
import {waves, type PlacedOp} from '../plan/waves.ts';

/** Told of each op as soon as it is done or undone. */
export type Witness = (direction: 'do' | 'undo', ops: readonly PlacedOp[]) => void;

export class Applier {
	readonly #machine: Machine;
	readonly #witness: Witness;
	/** In the order of doing, over all units: undo runs it backwards. */
	#done: PlacedOp[] = [];

	constructor(machine: Machine, witness: Witness) {
		this.#machine = machine;
		this.#witness = witness;
	}

	/** Makes the units. When a step fails, everything this call did is taken back and the step's error is thrown. */
	async make(units: readonly Unit[]): Promise<void> {
		const before = this.#done.length;
		for (const wave of waves(units)) {
			// oxlint-disable-next-line no-await-in-loop -- a wave stands on the one before it
			const outcomes = await this.#machine.do(wave.map(({op}) => op));
			const done = wave.filter((_, index) => outcomes[index]?.is === 'done');
			this.#done.push(...done);
			this.#witness('do', done);
			const failure = firstError(outcomes);
			if (failure !== undefined) {
				// the failure is what the person must hear of; what undo could not take back, the end of the box will
				// oxlint-disable-next-line no-await-in-loop -- happens once: it ends in a throw
				await this.#undo(this.#done.slice(before));
				throw failure;
			}
		}
	}

	/** Adds ops to a unit that is there already (a later `publish`). */
	async extend(unit: string, ops: readonly Op[]): Promise<void> {
		await this.make([{id: unit, after: [], ops}]);
	}

	/** Takes back what was done for these units, last first. Throws the first error after having tried everything. */
	async remove(units: readonly string[]): Promise<void> {
		const wanted = new Set(units);
		await this.#removeWhere(({unit}) => wanted.has(unit));
	}

	/** What was done for a unit and not taken back, in the order of doing. */
	opsOf(unit: string): readonly Op[] {
		return this.#done.filter((placed) => placed.unit === unit).map(({op}) => op);
	}

	/** Takes back those of a unit's ops that `which` picks, last first. Returns them, in the order of doing. */
	async removeOps(unit: string, which: (op: Op) => boolean): Promise<readonly Op[]> {
		const picked = this.#done.filter((placed) => placed.unit === unit && which(placed.op)).map(({op}) => op);
		await this.#removeWhere((placed) => placed.unit === unit && which(placed.op));
		return picked;
	}

	async #removeWhere(which: (placed: PlacedOp) => boolean): Promise<void> {
		const failure = await this.#undo(this.#done.filter((placed) => which(placed)));
		if (failure !== undefined) {
			throw failure;
		}
	}

	/** Returns the first error after having tried everything. */
	async #undo(placed: readonly PlacedOp[]): Promise<LabError | undefined> {
		const backwards = placed.toReversed();
		const outcomes = await this.#machine.undo(backwards.map(({op}) => op));
		const gone = new Set(backwards.filter((_, index) => outcomes[index]?.is === 'done'));
		this.#done = this.#done.filter((entry) => !gone.has(entry));
		this.#witness('undo', [...gone]);
		return firstError(outcomes);
	}
}

function firstError(outcomes: readonly Outcome[]): LabError | undefined {
	for (const outcome of outcomes) {
		if (outcome.is === 'failed') {
			return outcome.error;
		}
	}

	return undefined;
}
