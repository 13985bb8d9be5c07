// The terminal UI on a running lab, in a terminal whose keys we type, while it counts itself what its frames cost (tui/host/frame-costs.ts).
import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {packageFile} from '../../base/paths.ts';
import type {Environment} from '../../api/lab-files.ts';
import {screenOf, type Screen} from './screen.ts';
import {inTerminal} from './terminal.ts';

/** In cells. */
export const tuiSize = {columns: 200, rows: 60};

export interface MeasuredTui {
	readonly screen: Screen;
	/** CPU time of all frames until now. */
	readonly paintMs: () => number;
}

/** Opens it, lets `work` have it once it has settled, and ends it whatever happens. */
export async function inTui<T>(env: Environment, lab: string, work: (tui: MeasuredTui) => Promise<T>): Promise<T> {
	const folder = mkdtempSync(join(tmpdir(), 'vethlab-bench-'));
	const costs = join(folder, 'frame-costs');
	try {
		const command = [process.execPath, packageFile('dist/cli.js'), '--lab', lab] as const;
		return await inTerminal({command: [...command], env: {...env, VETHLAB_FRAME_COSTS: costs}, ...tuiSize}, async (terminal, pid) => {
			const screen = screenOf(terminal, pid);
			await screen.settle();
			return work({screen, paintMs: () => Number(readFileSync(costs, 'utf8')) / 1000});
		});
	} finally {
		rmSync(folder, {recursive: true, force: true});
	}
}
