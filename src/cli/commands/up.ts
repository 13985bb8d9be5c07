// vethlab up FILE: build the lab; on a terminal open the TUI on it.
import type {Command} from 'commander';
import {connect, type Client} from '../../api/client.ts';
import {endLab, startEngine, type Started} from '../../api/launch.ts';
import type {UpResult} from '../../api/messages.ts';
import type {Lab} from '../../model/lab.ts';
import {type Io, print, printJson} from '../command.ts';
import {interruptible} from '../interruption.ts';
import {readLab} from '../lab-file.ts';
import {openTui} from '../open-tui.ts';

interface Options {
	readonly name?: string;
	readonly detach?: boolean;
	readonly json?: boolean;
	readonly ascii?: boolean;
}

export function up(program: Command, io: Io): void {
	program
		.command('up')
		.description('build the lab that FILE describes; on a terminal, open it')
		.argument('<file>', 'scenario file (*.veth.yaml)')
		.option('--name <lab>', 'call the lab this instead of the name in the file')
		.option('-d, --detach', 'leave it running and return')
		.option('--ascii', 'draw with ASCII only')
		.option('--json', 'print what was built as JSON')
		.action(async (file: string, options: Options) => {
			const {lab: read, path} = await readLab(file, io);
			const lab = options.name === undefined ? read : {...read, name: options.name};
			const {client, result, socket} = await bringUp(lab, path, io);
			const isWatched = options.detach !== true && options.json !== true && io.stdout.isTTY && io.stdin.isTTY;
			if (isWatched) {
				await openTui({client, lab: {name: lab.name, socket}, io, ascii: options.ascii === true, wasRunning: false});
				return;
			}

			await client.call('hold', {hold: false});
			client.close();
			if (options.json === true) {
				printJson(io, {name: lab.name, socket, ...result});
			} else {
				print(
					io,
					[
						`${lab.name} is up: ${result.ops} steps in ${result.wallMs.toFixed(0)} ms (${result.cpuMs.toFixed(0)} ms CPU)`,
						...result.notes.map((note) => `note: ${note}`),
						`  vethlab ps · vethlab exec ${lab.hosts[0]?.name ?? 'h1'} · vethlab down ${lab.name}`,
					].join('\n'),
				);
			}
		});
}

export interface BuiltLab {
	readonly client: Client;
	readonly result: UpResult;
	readonly socket: string;
}

/**
 * Starts an engine and builds the lab in it. When it cannot be built, or a signal comes, the engine is ended and nothing is left. The client holds the
 * lab: whoever wants it to go on without this process lets go of it before it closes the client.
 */
export async function bringUp(lab: Lab, path: string, io: Io): Promise<BuiltLab> {
	const starting = io.early?.take(lab.name) ?? startEngine({name: lab.name, file: path, env: io.env});
	return interruptible(
		async () => endLab(await starting),
		async (end) => build(lab, await starting, end),
	);
}

async function build(lab: Lab, started: Started, end: () => Promise<void>): Promise<BuiltLab> {
	const client = await connect(started.socket);
	try {
		// one trip for both: requests of a connection are begun in their order
		const [, result] = await Promise.all([client.call('hold', {hold: true}), client.call('up', {lab})]);
		return {client, result, socket: started.socket};
	} catch (error) {
		client.close();
		await end();
		throw error;
	}
}
