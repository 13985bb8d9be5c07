// Network and rules alone: the kernel's steps of a lab, done as the engine does them, without any process of the lab.
import type {Native} from '../../../native/index.ts';
import {LinuxKernel} from '../../kernel/linux.ts';
import {Namespaces} from '../../kernel/namespaces.ts';
import type {Op, Unit, Verb} from '../../plan/op.ts';
import {waves} from '../../plan/waves.ts';
import {findProgram} from '../../runtime/programs.ts';
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
		async check() {
			const wanted = units.flatMap(({ops}) => ops).filter((op) => op.do === 'netns.add').length;
			const made = new Set(todo.flat().flatMap((op) => ('netns' in op ? [op.netns] : [])));
			const links = await Promise.all([...made].map(async (netns) => (await kernel.links(netns)).length));
			return links.length === wanted && links.every((count) => count > 1) ? undefined : 'a namespace has no interface but lo';
		},
	};
}
