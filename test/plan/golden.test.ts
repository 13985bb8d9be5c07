// Whole plans as text: one file for each mode and form in test/golden/plan. UPDATE=1 rewrites them; the diff is the review.
import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {packageFile} from '../../src/base/paths.ts';
import {planLab} from '../../src/drivers/index.ts';
import type {Lab} from '../../src/model/lab.ts';
import {undoWords} from '../../src/plan/inverse.ts';
import {renderPlan} from '../../src/plan/render.ts';
import {undoCommandOf, whereOf} from '../../src/plan/words.ts';
import {aHost, aLab, aMacvlan, aNetwork, anEngine, anIpam, anMtu, anOverlay, aPort, aPublish, aService, office, on, someHosts} from '../drivers/labs.ts';

const folder = packageFile('test/golden/plan');
const laptop = aHost({
	name: 'laptop',
	docker: undefined,
	gateway: undefined,
	serve: [{kind: 'http', port: aPort(80), status: 200, body: undefined, echo: 'peer'}],
	nics: aHost({name: 'laptop'}).nics.map((nic) => ({...nic, address: '10.77.0.12/24'})),
});
const h1 = aHost({gateway: undefined});

const labs: Readonly<Record<string, Lab>> = {
	bridge: aLab({
		name: 'bridge',
		lans: [office],
		hosts: [h1, laptop],
		services: [aService('web', {image: 'web', publish: [aPublish('8080:80')]}), aService('cli')],
	}),
	links: aLab({
		name: 'links',
		lans: [office],
		hosts: [aHost({gateway: undefined, docker: anEngine({icc: false})})],
		services: [
			aService('web', {links: [{service: 'db', alias: 'store'}], dependsOn: ['db']}),
			aService('db', {containerName: 'mysql', environment: {PASS: 'secret'}, expose: [{protocol: 'tcp', port: aPort(3306)}]}),
		],
	}),
	host: aLab({
		name: 'host',
		lans: [office],
		hosts: [h1],
		services: [aService('web', {attach: {mode: 'host'}, serve: [{kind: 'http', port: aPort(80), status: 200, body: undefined, echo: 'peer'}]})],
	}),
	none: aLab({
		name: 'none',
		lans: [office],
		hosts: [
			aHost({
				nics: h1.nics.map((nic) => ({...nic, address: undefined})),
				gateway: '10.77.0.2',
				bridges: [{dev: 'br0', address: '10.77.0.35/24', ports: ['eth0']}],
			}),
		],
		services: [
			aService('bare', {attach: {mode: 'none'}}),
			aService('wired', {
				attach: {mode: 'none'},
				nics: [{dev: 'eth0', to: {bridge: 'br0'}, address: '10.77.0.40/24', gateway: '10.77.0.2', mac: undefined, via: 'pipework'}],
			}),
		],
	}),
	container: aLab({
		name: 'container',
		lans: [office],
		hosts: [h1],
		services: [
			aService('web', {image: 'web', publish: [aPublish('8080:80')]}),
			aService('probe', {attach: {mode: 'container', of: 'web'}, command: ['sh', '-c', 'echo "it\'s me"; sleep 9']}),
		],
	}),
	'publish-forms': aLab({
		name: 'publish-forms',
		lans: [office],
		hosts: [h1],
		services: ['127.0.0.1:8081:80', '53:53/udp', '9000:9000', '80', '10.77.0.11:8083:80', '[::1]:8084:80', '7000-7001:80'].map((text, index) =>
			aService(`c${index + 1}`, {publish: [aPublish(text)]}),
		),
	}),
	'no-userland-proxy': aLab({
		name: 'no-userland-proxy',
		lans: [office],
		hosts: [aHost({gateway: undefined, docker: anEngine({userlandProxy: false})})],
		services: [aService('web', {publish: [aPublish('8080:80')]})],
	}),
	'engine-20.10': aLab({
		name: 'engine-20.10',
		lans: [office],
		hosts: [aHost({gateway: undefined, docker: anEngine({engine: '20.10'})})],
		services: [aService('web', {publish: [aPublish('8080:80')]})],
	}),
	'daemon-options': aLab({
		name: 'daemon-options',
		lans: [office],
		hosts: [
			aHost({nics: h1.nics.map((nic) => ({...nic, address: '172.17.5.1/24'})), gateway: undefined, docker: anEngine({icc: false, mtu: anMtu(1400)})}),
		],
		services: [aService('web')],
	}),
	network: aLab({
		name: 'network',
		lans: [office],
		hosts: [h1],
		networks: [aNetwork('front')],
		services: [aService('web', {publish: [aPublish('8080:80')], ...on({network: 'front', aliases: ['www']})}), aService('cli', on('front'))],
	}),
	'two-networks': aLab({
		name: 'two-networks',
		lans: [office],
		hosts: [h1],
		networks: [aNetwork('front'), aNetwork('back', {internal: true}), aNetwork('apart', {bridge: 'br9', icc: false, masquerade: false, mtu: anMtu(1400)})],
		services: [aService('web', {publish: [aPublish('8080:80')], ...on('front', 'back')}), aService('db', on('back')), aService('lone', on('apart'))],
	}),
	'networks-20.10': aLab({
		name: 'networks-20.10',
		lans: [office],
		hosts: [aHost({gateway: undefined, docker: anEngine({engine: '20.10'})})],
		networks: [aNetwork('front'), aNetwork('back', {internal: true})],
		services: [aService('web', {publish: [aPublish('8080:80')], ...on('front', 'back')})],
	}),
	ipv6: aLab({
		name: 'ipv6',
		lans: [{...office, subnet6: 'fd00:50::/64'}],
		hosts: [
			aHost({
				gateway: undefined,
				nics: h1.nics.map((nic) => ({...nic, address6: 'fd00:50::10/64'})),
				gateway6: 'fd00:50::1',
				docker: anEngine({ipv6: {fixedCidr: 'fd00:d0::/64'}}),
			}),
		],
		networks: [
			aNetwork('app', {ipam: {subnet: '10.77.0.0/24'}, ipam6: anIpam({subnet: 'fd00:77::/64'})}),
			aNetwork('inner', {internal: true, ipam6: anIpam({})}),
		],
		services: [aService('web', {publish: [aPublish('8080:80')], ...on({network: 'app', address6: 'fd00:77::20'}, 'inner')}), aService('plain')],
	}),
	'ipv6-20.10': aLab({
		name: 'ipv6-20.10',
		lans: [office],
		hosts: [aHost({gateway: undefined, docker: anEngine({engine: '20.10', ip6tables: true, ipv6: {fixedCidr: 'fd00:d0::/64'}})})],
		networks: [aNetwork('app', {ipam6: anIpam({subnet: 'fd00:77::/64', gateway: 'fd00:77::9'})})],
		services: [aService('web', {publish: [aPublish('8080:80')], ...on('app')}), aService('plain')],
	}),
	macvlan: aLab({
		name: 'macvlan',
		lans: [office],
		hosts: [h1],
		networks: [aMacvlan('phys', {ipam: {subnet: '10.77.0.0/24', gateway: '10.77.0.1', range: '10.77.0.64/28'}})],
		services: [aService('cam', on('phys'))],
	}),
	overlay: aLab({
		name: 'overlay',
		lans: [office],
		hosts: someHosts(2, {gateway: undefined}),
		networks: [anOverlay('app', {vni: 5000}), anOverlay('back', {internal: true, ipam: {subnet: '10.9.0.0/24'}, mtu: anMtu(1400)})],
		services: [
			aService('api', {publish: [aPublish('8080:80')], ...on('app')}),
			aService('db', {host: 'h2', ...on('app', {network: 'back', address: '10.9.0.7'})}),
		],
	}),
};

function undoText(lab: Lab): string {
	const ops = planLab(lab)
		.units.flatMap((unit) => unit.ops)
		.toReversed();
	return ops
		.map((op) => [`# ${whereOf(op)}: ${undoWords(op)}`, ...undoCommandOf(op, 'script')].join('\n'))
		.join('\n')
		.concat('\n');
}

const golden = test.macro({
	exec(t, name: string, form: string, text: () => string) {
		const file = join(folder, `${name}.${form}.txt`);
		if (process.env['UPDATE'] === '1') {
			mkdirSync(folder, {recursive: true});
			writeFileSync(file, text());
		}

		t.is(text(), readFileSync(file, 'utf8'));
	},
	title: (_, name: string, form: string) => `the ${form} form of plan ${name} is as in its golden file`,
});

for (const [name, lab] of Object.entries(labs)) {
	test(golden, name, 'ip', () => renderPlan(planLab(lab).units, 'ip'));
	test(golden, name, 'docker', () => renderPlan(planLab(lab).units, 'docker'));
}

for (const name of ['bridge', 'two-networks', 'macvlan', 'overlay']) {
	test(golden, name, 'undo', () => undoText(labs[name] ?? aLab({})));
}

test('the JSON form is the plan itself', (t) => {
	const {units} = planLab(labs['bridge'] ?? aLab({}));
	t.deepEqual(JSON.parse(renderPlan(units, 'json')), JSON.parse(JSON.stringify(units)));
});
