// Ops in the words of a shell: the command a person would type for one, and for taking it back. `line` quotes what needs it.
// To add an op: a case in `typed` and one in `untyped`; the compiler names what was forgotten.
import {proxyArguments} from './docker-proxy.ts';
import {unreachable} from '../base/unreachable.ts';
import {labWeb, serveArgument, serveArguments} from './serve.ts';
import {line, quote} from './shell.ts';
import {addLink, address, fdbEntry, neighbour, netfilter, route, setLink, type Shell} from './ip-words.ts';
import type {NetnsName, Op, OpOf} from './op.ts';

/**
 * Where commands are typed. `ip`: in a shell of the node that `whereOf` names. `script`: on one machine that has a named namespace
 * (ip-netns(8)) for every node.
 */
export type Form = 'ip' | 'script';

/** The command lines for an op, ready for sh. */
export function commandOf(op: Op, form: Form): readonly string[] {
	return typed(op, shellOf(op, form));
}

/**
 * The command lines for an op, or with `undo` for taking it back, in a shell of `host`, which knows its container by the PID of its first process:
 * what is in the container's namespace is done by nsenter(1).
 */
export function commandFrom(host: NetnsName, pid: number, op: Op, direction: 'do' | 'undo' = 'do'): readonly string[] {
	const enter = 'netns' in op && op.netns === host ? [] : ['nsenter', '-t', String(pid), '-n'];
	const shell: Shell = {form: 'ip', ip: [...enter, 'ip'], bridge: [...enter, 'bridge'], run: enter};
	return direction === 'do' ? typed(byPid(op, pid), shell) : untyped(op, shell);
}

/** `ip link` takes a PID where it takes the name of a namespace (ip-link(8)). */
function byPid(op: Op, pid: number): Op {
	if (op.do !== 'link.add' || op.link.kind === 'bridge') {
		return op;
	}

	const netns = String(pid);
	return {...op, link: op.link.kind === 'veth' ? {...op.link, peer: {...op.link.peer, netns}} : {...op.link, into: netns}};
}

/** The command lines that take an op back; none where nothing is to be done, because the namespace or link goes as a whole. */
export function undoCommandOf(op: Op, form: Form = 'ip'): readonly string[] {
	return untyped(op, shellOf(op, form));
}

/** The node whose shell one would type it in: a LAN, host or container. */
export function whereOf(op: Op): string {
	switch (op.do) {
		case 'port.bind':
		case 'proxy.start':
		case 'serve.start':
		case 'host.start': {
			return op.host;
		}

		case 'container.start': {
			return op.container.host;
		}

		case 'file.write': {
			return op.node;
		}

		default: {
			return op.netns.replace(/^lan:/, '');
		}
	}
}

function shellOf(op: Op, form: Form): Shell {
	const netns = 'netns' in op ? op.netns : 'host' in op ? op.host : 'node' in op ? op.node : op.container.host;
	return form === 'ip'
		? {form, ip: ['ip'], bridge: ['bridge'], run: []}
		: {form, ip: ['ip', '-n', netns], bridge: ['bridge', '-n', netns], run: ['ip', 'netns', 'exec', netns]};
}

function typed(op: Op, shell: Shell): readonly string[] {
	switch (op.do) {
		case 'netns.add': {
			return [line('ip', 'netns', 'add', op.netns)];
		}

		case 'link.add': {
			return addLink(op.link, shell);
		}

		case 'link.set': {
			return setLink(op, shell);
		}

		case 'addr.add':
		case 'addr.del': {
			return [address(op.do === 'addr.add' ? 'add' : 'del', op, shell)];
		}

		case 'route.add': {
			return [route('add', op, shell)];
		}

		case 'fdb.set': {
			return [fdbEntry('replace', op, shell)];
		}

		case 'neigh.set': {
			return [neighbour('replace', op, shell)];
		}

		case 'sysctl.set': {
			return [line(...shell.run, 'sysctl', '-qw', `${op.key}=${op.value}`)];
		}

		case 'chain.add':
		case 'policy.set':
		case 'rule.add': {
			return [netfilter('do', op, shell)];
		}

		case 'port.bind': {
			return [`# the engine itself holds ${socketOf(op)}`];
		}

		case 'proxy.start': {
			return [`${line(...shell.run, ...proxy(op))} &`];
		}

		case 'host.start': {
			return [line(...shell.run, ...machine(op))];
		}

		case 'file.write': {
			return [`printf ${quote(printfText(op.content))} >${quote(fileOf(op, shell))}`];
		}

		case 'container.start': {
			return [line('crun', 'run', '--detach', '--bundle', `/run/vethlab/${op.container.name}`, op.container.name)];
		}

		case 'dns.start': {
			return [`# the engine answers ${op.container}'s questions for names at ${resolverOf(op)}`];
		}

		case 'serve.start': {
			return [`${line(...shell.run, labWeb, ...serveArguments([op.serve]))} &`];
		}

		default: {
			return unreachable(op);
		}
	}
}

function untyped(op: Op, shell: Shell): readonly string[] {
	switch (op.do) {
		case 'netns.add': {
			return [line('ip', 'netns', 'del', op.netns)];
		}

		case 'link.add': {
			const ip = 'into' in op.link ? ['ip', '-n', op.link.into] : shell.ip;
			return [line(...ip, 'link', 'del', op.link.name)];
		}

		case 'link.set': {
			const words = [...(typeof op.master === 'string' ? ['nomaster'] : []), ...(op.up === true ? ['down'] : op.up === false ? ['up'] : [])];
			return words.length === 0 ? [] : [line(...shell.ip, 'link', 'set', op.dev, ...words)];
		}

		case 'addr.add':
		case 'addr.del': {
			return [address(op.do === 'addr.add' ? 'del' : 'add', op, shell)];
		}

		case 'route.add': {
			return [route('del', op, shell)];
		}

		case 'fdb.set': {
			return [fdbEntry('del', op, shell)];
		}

		case 'neigh.set': {
			return [neighbour('del', op, shell)];
		}

		case 'sysctl.set': {
			return op.was === undefined ? [] : [line(...shell.run, 'sysctl', '-qw', `${op.key}=${op.was}`)];
		}

		case 'chain.add':
		case 'policy.set':
		case 'rule.add': {
			return [netfilter('undo', op, shell)];
		}

		case 'port.bind': {
			return [`# the engine lets go of ${socketOf(op)}`];
		}

		case 'proxy.start': {
			return [`# the docker-proxy of ${socketOf(op)} ends`];
		}

		case 'host.start': {
			return [`# the first process of ${op.host} ends, and every other with it`];
		}

		case 'file.write': {
			return [line('rm', fileOf(op, shell))];
		}

		case 'container.start': {
			return [line('crun', 'delete', '--force', op.container.name)];
		}

		case 'dns.start': {
			return [`# the engine answers no more at ${resolverOf(op)}`];
		}

		case 'serve.start': {
			return [`# the server ${serveArgument(op.serve)} ends`];
		}

		default: {
			return unreachable(op);
		}
	}
}

function resolverOf({udpPort, tcpPort}: OpOf<'dns.start'>): string {
	return `127.0.0.11:${udpPort}/udp and 127.0.0.11:${tcpPort}/tcp`;
}

/** The nearest that unshare(1) comes to a machine of the lab. */
function machine({host}: OpOf<'host.start'>): readonly string[] {
	return ['unshare', '--pid', '--mount', '--uts', '--fork', '--mount-proc', 'sh', '-c', `hostname ${quote(host)}; exec sleep infinity`];
}

function proxy(op: OpOf<'proxy.start'>): readonly string[] {
	return ['docker-proxy', ...proxyArguments(op)];
}

function socketOf({protocol, address: host, port}: OpOf<'port.bind'> | OpOf<'proxy.start'>): string {
	return `${host.includes(':') ? `[${host}]` : host}:${port}/${protocol}`;
}

/** ip-netns(8) puts /etc/netns/NAME/FILE over /etc/FILE for whatever it runs. */
function fileOf({node, file}: OpOf<'file.write'>, {form}: Shell): string {
	return form === 'ip' ? `/etc/${file}` : `/etc/netns/${node}/${file}`;
}

/** As printf(1) reads it in its format. */
function printfText(content: string): string {
	return content
		.replaceAll('\\', String.raw`\\`)
		.replaceAll('%', '%%')
		.replaceAll('\n', String.raw`\n`)
		.replaceAll('\t', String.raw`\t`);
}
