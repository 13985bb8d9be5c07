// bridge: the ports of a bridge. A port is written as the host's interface, or as `container:interface` for a container's cable.
import type {View} from '../../api/messages.ts';
import {countText, holds} from '../count.ts';
import type {Checker} from '../scene.ts';

export const bridge: Checker<'bridge'> = {
	title: (check) =>
		`bridge ${check.host}:${check.dev}${check.ports === undefined ? '' : ` has ports ${check.ports.join(', ')}`}${check.count === undefined ? '' : ` has ${countText(check.count)} ports`}`,
	retries: () => true,
	async look(check, scene) {
		const {links} = await scene.call('net', {node: check.host});
		const got = links
			.filter(({master}) => master === check.dev)
			.map(({name}) => name)
			.toSorted();
		const wanted = check.ports?.map((port) => onHost(port, scene.view)).toSorted();
		const ok =
			links.some(({name}) => name === check.dev) &&
			(wanted === undefined || wanted.join(' ') === got.join(' ')) &&
			(check.count === undefined || holds(check.count, got.length));
		const expected =
			[check.ports?.length === 0 ? 'no ports' : check.ports?.join(' '), check.count === undefined ? undefined : `${countText(check.count)} ports`]
				.filter((part) => part !== undefined)
				.join(', ') || 'the bridge';
		return {ok, expected, got: `${got.length} ports: ${got.join(' ')}`};
	},
};

/** `web:eth0` -> the name of its other end on the host. */
function onHost(port: string, view: View): string {
	const [node, dev] = port.split(':');
	const containers = view.hosts.flatMap((host) => host.containers);
	return containers.find(({name}) => name === node)?.interfaces.find((one) => one.dev === dev)?.veth ?? port;
}
