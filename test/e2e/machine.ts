// A machine of its own to hold still: fresh namespaces in which labs are brought up, so that "as before" can be compared line by line
// while the real machine goes about its business.
import {spawn, type ChildProcess} from 'node:child_process';
import {once} from 'node:events';
import {childrenOf, processId} from '../../src/api/process-id.ts';
import {run, Sandbox, type Ran, type RunOptions} from './lab.ts';

/** Its first process reaps whatever is left to it, as a machine's does. `wait` reaps orphans too. */
const init =
	'mount -t tmpfs tmpfs /run && ip link set lo up && ip link add lan0 type veth peer name lan1 && ip address add 10.99.0.1/24 dev lan0 && iptables -A INPUT -p tcp --dport 9 -j DROP && echo ready; while :; do sleep 1000 & wait; done';

/** What a lab must leave as it was. Mount points are told without their numbers, processes without those of this look. */
const look = `
ip -o link; ip -o address; ip route; ip netns; hostname
iptables-save | grep -v '^#'; ip6tables-save
cut -d' ' -f4- /proc/self/mountinfo
sysctl net.ipv4.ip_forward net.ipv4.conf.all.forwarding net.ipv4.conf.all.route_localnet
ps -e -o ppid=,args= | grep -v "^ *$PPID\\|^ *$$ " | sort
`;

export class LittleMachine {
	readonly sandbox = new Sandbox();
	readonly #box: ChildProcess;
	readonly #enter: readonly string[];

	private constructor(box: ChildProcess, pid: number) {
		this.#box = box;
		this.#enter = ['nsenter', '--target', String(pid), '--mount', '--net', '--pid', '--uts', '--'];
	}

	static async boot(): Promise<LittleMachine> {
		const box = spawn('unshare', ['--mount', '--net', '--pid', '--uts', '--fork', '--kill-child', '--mount-proc', 'sh', '-c', init], {
			stdio: ['ignore', 'pipe', 'inherit'],
		});
		await once(box.stdout, 'data');
		const own = processId(box.pid ?? 0);
		const first = own === undefined ? undefined : childrenOf(own)[0];
		if (first === undefined) {
			throw new Error('the little machine has no first process');
		}

		return new LittleMachine(box, first.pid);
	}

	/** Runs `vethlab ARGS` on it. */
	async vethlab(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
		return this.sandbox.vethlab(args, {...options, before: this.#enter});
	}

	/** Runs a shell command on it. */
	async shell(command: string): Promise<Ran> {
		return run(['sh', '-c', command], {before: this.#enter});
	}

	/** All that a lab must leave as it was, as text. */
	async state(): Promise<string> {
		const {stdout, stderr} = await this.shell(look);
		return `${stdout}${stderr}`;
	}

	async close(): Promise<void> {
		await this.vethlab(['down', '--all']);
		await this.sandbox.close();
		this.#box.kill('SIGKILL');
		await once(this.#box, 'exit');
	}
}
