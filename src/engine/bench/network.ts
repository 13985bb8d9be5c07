// Network and rules alone: the kernel's steps of a lab without any process of it, done as the engine does them, and as directly as can be.
import type {Native} from '../../../native/index.ts';
import {LinuxKernel} from '../../kernel/linux.ts';
import {Namespaces} from '../../kernel/namespaces.ts';
import type {NetnsName, Op, Unit, Verb} from '../../plan/op.ts';
import {waves} from '../../plan/waves.ts';
import {findProgram} from '../../runtime/programs.ts';
import {FloorNetwork} from './floor-network.ts';
import type {Job} from './main.ts';

const processVerbs: ReadonlySet<Verb> = new Set(['host.start', 'file.write', 'port.bind', 'proxy.start', 'container.start', 'serve.start']);

/** The same waves as the engine's applier, with the other layer's steps left out. */
export function prepareNetwork({native, scratch, units}: {readonly native: Native; readonly scratch: string; readonly units: readonly Unit[]}): Job {
	const kernel = new LinuxKernel(native, new Namespaces(native, `${scratch}/proc`), {
		iptablesRestore: findProgram('iptables-restore'),
		ip6tablesRestore: findProgram('ip6tables-restore'),
		iptablesSave: findProgram('iptables-save'),
		ip6tablesSave: findProgram('ip6tables-save'),
	});
	const todo: readonly (readonly Op[])[] = waves(units).map((wave) => wave.flatMap(({op}) => (processVerbs.has(op.do) ? [] : [op])));
	return {
		async go() {
			for (const ops of todo) {
				// oxlint-disable-next-line no-await-in-loop -- a wave stands on the one before it
				const outcomes = await kernel.do(ops);
				const failure = outcomes.find((outcome) => outcome.is === 'failed');
				if (failure?.is === 'failed') {
					throw failure.error;
				}
			}
		},
		check: async () => checkLinks(units, async (netns) => kernel.links(netns)),
	};
}

/** The same steps by raw netlink. */
export function prepareNetworkFloor({native, units}: {readonly native: Native; readonly units: readonly Unit[]}): Job {
	const network = new FloorNetwork(
		native,
		units.flatMap(({ops}) => ops),
		{4: findProgram('iptables-restore'), 6: findProgram('ip6tables-restore')},
	);
	return {
		async go() {
			await network.addNamespaces();
			await Promise.all([network.wire(), network.restore()]);
		},
		check: async () => checkLinks(units, (netns) => network.links(netns)),
	};
}

async function checkLinks(
	units: readonly Unit[],
	linksOf: (netns: NetnsName) => readonly unknown[] | Promise<readonly unknown[]>,
): Promise<string | undefined> {
	const names = units.flatMap(({ops}) => ops.flatMap((op) => (op.do === 'netns.add' ? [op.netns] : [])));
	const links = await Promise.all(names.map(async (netns) => linksOf(netns)));
	return links.every(({length}) => length > 1) ? undefined : 'a namespace has no interface but lo';
}
