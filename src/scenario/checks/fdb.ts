// fdb: where frames for a MAC go, by an entry of a bridge's forwarding database, or of the VXLAN of a host (h1:vxlan4097).
import type {ObservedFdbEntry} from '../../model/observed.ts';
import type {Checker, CheckOf} from '../scene.ts';

export const fdb: Checker<'fdb'> = {
	title: (check) =>
		[
			`fdb ${check.host}:${check.dev}`,
			check.mac,
			check.dst === undefined ? undefined : `dst ${check.dst}`,
			check.port === undefined ? undefined : `port ${check.port}`,
			check.exists ? undefined : 'does not exist',
		]
			.filter((part) => part !== undefined)
			.join(' '),
	retries: (check) => check.exists,
	async look(check, scene) {
		const isTunnel = /^vxlan\d+$/.test(check.dev);
		const net = await scene.call('net', {node: isTunnel ? `${check.host}:${check.dev}` : check.host});
		const entries = net.fdb.filter(({dst, master}) => (isTunnel ? dst !== undefined : master === check.dev));
		const isThere = entries.some((one) => isMeant(one, check));
		const word = (is: boolean): string => (is ? 'the entry' : 'no such entry');
		return {ok: isThere === check.exists, expected: word(check.exists), got: word(isThere), evidence: entries.map((one) => line(one))};
	},
};

function isMeant({mac, dst, dev}: ObservedFdbEntry, check: CheckOf<'fdb'>): boolean {
	return (check.mac === undefined || mac === check.mac) && (check.dst === undefined || dst === check.dst) && (check.port === undefined || dev === check.port);
}

function line({mac, dev, dst, isPermanent}: ObservedFdbEntry): string {
	return `${mac} dev ${dev}${dst === undefined ? '' : ` dst ${dst}`}${isPermanent ? ' permanent' : ''}`;
}
