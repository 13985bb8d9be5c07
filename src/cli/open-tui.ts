// Opens the terminal UI on a lab: the bridge between the socket's client and the TUI's session. The TUI is loaded only here.
import {connect, type Client} from '../api/client.ts';
import type {RunningLab} from '../api/labs.ts';
import {endLab} from '../api/launch.ts';
import type {Attach, View} from '../api/messages.ts';
import {LabError} from '../base/errors.ts';
import {expectLongLife} from '../base/v8.ts';
import {type Io, print} from './command.ts';

/** Opens a lab that runs already; leaving leaves it running. */
export async function openRunning(lab: RunningLab, io: Io, ascii: boolean): Promise<void> {
	if (!io.stdin.isTTY || !io.stdout.isTTY) {
		throw new LabError('E_ARGUMENT', {
			doing: `open ${lab.name}`,
			said: 'standard input and output are not a terminal',
			hint: '`vethlab ps` and `vethlab ls` print to anything',
		});
	}

	await openTui({client: await connect(lab.socket), lab, io, ascii, wasRunning: true});
}

/** Runs the TUI until the person leaves. Ends the lab when they say so. */
export async function openTui({
	client,
	lab,
	io,
	ascii,
	wasRunning,
}: {
	readonly client: Client;
	readonly lab: Pick<RunningLab, 'name' | 'socket'>;
	readonly io: Io;
	readonly ascii: boolean;
	readonly wasRunning: boolean;
}): Promise<void> {
	expectLongLife();
	const {runTui} = await import('../tui/app.ts');
	let view: View = await client.call('view', {});
	client.onEvent((event) => {
		if (event.event === 'view') {
			view = event.view;
		}
	});
	const session = {
		get view() {
			return view;
		},
		call: client.call.bind(client),
		onEvent: client.onEvent.bind(client),
		attach(what: Omit<Attach, 'channel'>) {
			const {write, resize, onData, ended, end} = client.attach(what);
			return {write, resize, onData, ended, detach: end};
		},
		capture: client.capture.bind(client),
		closed: client.closed,
	};
	const how = await runTui(session, {stdin: io.stdin, stdout: io.stdout, env: io.env, ascii, wasRunning});
	await (how === 'quit' ? client.call('hold', {hold: false}) : undefined);
	client.close();
	if (how === 'down') {
		await endLab(lab);
		print(io, `${lab.name} is gone`);
	} else if (how === 'engine-gone') {
		print(io, `${lab.name} has ended: its engine is gone, and nothing is left of it`);
	} else {
		print(io, `${lab.name} goes on; \`vethlab --lab ${lab.name}\` opens it again, \`vethlab down ${lab.name}\` ends it`);
	}
}
