// Plans against what real Docker engines made in the kernel: rule by rule, address by address, socket by socket.
import test from 'ava';
import {planLab} from '../../src/drivers/index.ts';
import type {DockerEngine, Service} from '../../src/model/lab.ts';
import {aHost, aLab, anEngine, aPort, aPublish, aService, office} from './labs.ts';
import {factsOf} from './facts.ts';
import {byChain, fold} from './fold.ts';

const publish = (...texts: readonly string[]): Partial<Service> => ({publish: texts.map(aPublish)});

const linked: Partial<Service> = {links: [{service: 'c1', alias: 'db'}], dependsOn: ['c1']};

/** The containers of each observed mode, as `docker run` made them. */
const modes: Readonly<Record<string, {readonly engine?: Partial<DockerEngine>; readonly services: readonly Service[]}>> = {
	'00-base': {services: []},
	'01-bridge': {services: [aService('c1'), aService('c2')]},
	'02-bridge-publish': {services: [aService('c1', publish('8080:80')), aService('c2')]},
	'03-bridge-publish-forms': {
		services: [
			aService('c1', publish('127.0.0.1:8081:80')),
			aService('c2', publish('53:53/udp')),
			aService('c3', publish('9000:9000', '9001:9001', '9002:9002')),
			aService('c4', publish('80', '53/udp')),
			aService('c5', publish('80')),
			aService('c6', publish('10.77.0.11:8083:80')),
			aService('c7', publish('[::1]:8084:80')),
			aService('c8', publish('8085:80', '8085:53/udp', '8086:80')),
		],
	},
	'05-host': {services: [aService('c1', {attach: {mode: 'host'}})]},
	'06-none': {services: [aService('c1', {attach: {mode: 'none'}})]},
	'07-container': {services: [aService('c1', {...publish('8080:80'), hostname: 'front'}), aService('c2', {attach: {mode: 'container', of: 'c1'}})]},
	'09-link': {services: [aService('c1', {expose: [{protocol: 'tcp', port: aPort(80)}]}), aService('c2', linked)]},
	'21-userland-proxy-off': {engine: {userlandProxy: false}, services: [aService('c1', publish('8080:80')), aService('c2')]},
	'22-ip6tables': {engine: {ip6tables: true, ipv6: {fixedCidr: 'fd00:d0::/64'}}, services: [aService('c1', publish('8080:80'))]},
	'24-icc-off-daemon': {
		engine: {icc: false},
		services: [aService('c1', {expose: [{protocol: 'tcp', port: aPort(80)}]}), aService('c2'), aService('c3', linked)],
	},
};

/** Of an engine that starts on a docker0 that is up, as that of the dump 22-ip6tables did: a first start is refused it. */
const routeOfSecondStart = 'host fd00:d0::/64 via - dev docker0';

const equal = test.macro({
	exec(t, engine: DockerEngine['engine'], mode: string) {
		const {engine: options, services} = modes[mode] ?? {services: []};
		const lab = aLab({lans: [office], hosts: [aHost({docker: anEngine({engine, ...options})})], services});
		const made = fold(planLab(lab).units);
		const facts = factsOf(engine, mode);
		const section = (title: string): readonly string[] => facts.sections.get(title) ?? [];
		t.deepEqual(made.chains, facts.chains);
		t.deepEqual(byChain(made.rules), byChain(facts.rules));
		const planned = (lines: readonly string[]): readonly string[] => lines.map((line) => line.replace(/^h1 /, 'host '));
		const seen = new Set(section('addresses').map((line) => line.split(' ')[0]));
		t.deepEqual(
			planned(made.addresses).filter((line) => seen.has(line.split(' ')[0])),
			section('addresses').filter((line) => !line.startsWith('c2 ') || mode !== '07-container'),
		);
		t.deepEqual(
			planned(made.routes)
				.filter((line) => seen.has(line.split(' ')[0]))
				.map((line) => line.replace('host default via 10.77.0.1', '$& dev eth0')),
			section('default routes').filter((line) => (!line.startsWith('c2 ') || mode !== '07-container') && line !== routeOfSecondStart),
		);
		if (facts.sections.has('ipv6 sysctls')) {
			const places = new Set(section('ipv6 sysctls').map((line) => line.split(' ')[0]));
			const own = planned(made.sysctls6).filter((line) => places.has(line.split(' ')[0]));
			t.deepEqual(own, section('ipv6 sysctls').toSorted());
		}

		t.deepEqual(made.listening, section('listening').toSorted());
		t.deepEqual(made.proxies, section('proxies').toSorted());
		for (const service of services.filter(({attach}) => attach.mode !== 'container')) {
			const hosts = facts.sections.get(`${service.name} /etc/hosts`);
			if (hosts !== undefined) {
				t.is(
					made.files.get(`${service.name} /etc/hosts`),
					`${hosts.join('\n').replaceAll(/<(\w+)>/g, (_, name: string) => made.files.get(`${name} /etc/hostname`)?.trimEnd() ?? '')}\n`,
				);
			}
		}
	},
	title: (_, engine: DockerEngine['engine'], mode: string) => `a plan for engine ${engine} makes what the real engine made: ${mode}`,
});

for (const engine of ['28', '20.10'] as const) {
	for (const mode of Object.keys(modes)) {
		test(equal, engine, mode);
	}
}
