// A shell script with one `ip`, `sysctl` or `iptables` for each object: what `vethlab plan` prints, run in namespaces of its own.
import {planLab} from '../../../drivers/index.ts';
import {parseLab} from '../../../model/parse.ts';
import {renderPlan} from '../../../plan/render.ts';
import type {Unit} from '../../../plan/op.ts';
import {LabError} from '../../../base/errors.ts';
import {benchLab} from '../lab.ts';
import {timed, type Peer} from './peer.ts';

export const shell: Peer = {
	name: 'ip and iptables',
	makes: 'the network of our own plan, one command for each object; no processes',
	async missing(run) {
		const absent = ['ip', 'bridge', 'iptables', 'ip6tables', 'sysctl'].filter((program) => !run.has(program));
		return absent.length === 0 ? undefined : `${absent.join(', ')}: not installed`;
	},
	async measure(run, count) {
		const script = shellScript(count);
		const box = [...unshareWords(), '--mount-proc', 'sh', '-c'];
		// the end of the box is the end of all it made: there is nothing to take away
		return {upMs: await timed(async () => run.run('unshare', [...box, 'mount -t tmpfs tmpfs /run && sh'], script)), downMs: undefined};
	},
};

/** Namespaces that end with the program in them. */
export function unshareWords(uid = process.getuid?.() ?? 0): readonly string[] {
	return [...(uid === 0 ? [] : ['--user', '--map-root-user']), '--net', '--mount', '--uts', '--pid', '--fork', '--kill-child'];
}

/** The script for n containers. Pure. It writes no files: those would be the machine's own. */
export function shellScript(count: number): string {
	const {lab} = parseLab(benchLab('bench', count).text, {file: 'bench.veth.yaml', env: {}});
	if (lab === undefined) {
		throw new LabError('E_INTERNAL', {doing: 'make a lab to measure'});
	}

	const units = planLab(lab).units.map((unit): Unit => ({...unit, ops: unit.ops.filter((op) => op.do !== 'file.write')}));
	return renderPlan(units, 'ip');
}
