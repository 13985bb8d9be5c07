// Mininet: n hosts on one Linux bridge, in namespaces of their own. It knows no published ports and no containers: a host of it is a shell.
import type {Peer} from './peer.ts';
import {unshareWords} from './shell.ts';

export const mininet: Peer = {
	name: 'mininet',
	makes: 'n hosts on one bridge, a shell each; no ports, no containers',
	async missing(shell) {
		return shell.has('mn') ? (shell.has('brctl') ? undefined : 'its Linux bridge needs brctl (bridge-utils)') : 'it is not installed';
	},
	async measure(shell, count) {
		const began = performance.now();
		const output = await shell.run(
			'unshare',
			[
				...unshareWords(),
				'--mount-proc',
				'sh',
				'-c',
				'mount -t tmpfs tmpfs /run && mn --topo "single,$1" --switch lxbr --controller none 2>&1',
				'sh',
				String(count),
			],
			'py __import__("time").time()\nexit\n',
		);
		const ended = performance.now();
		// when its prompt took our line, the network stood
		const stoodAtSeconds = Number(/(\d{9,}\.\d+)/.exec(output)?.[1]);
		const upMs = stoodAtSeconds * 1000 - (performance.timeOrigin + began);
		return {upMs, downMs: ended - began - upMs};
	},
};
