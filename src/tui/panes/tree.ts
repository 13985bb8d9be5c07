// The map where it has no room for boxes: LANs, hosts, bridges and containers as a tree, one line each.
import type {HostView, View} from '../../api/messages.ts';
import {ownerOf, stateOf} from '../layout/cards.ts';
import {publishedTexts} from '../layout/plan.ts';
import type {Item, ItemId, Meter} from '../layout/scene.ts';
import {read, type Rates} from '../rates.ts';
import {bare, clip, short} from '../text.ts';
import type {Role, Theme} from '../theme.ts';
import {framed} from './frame.ts';

interface Branch {
	readonly item: Item;
	readonly parts: readonly (readonly [string, Role])[];
	readonly meter: Meter | undefined;
}

function branchesOf(view: View, columns: number): Branch[] {
	const branches: Branch[] = [];
	const add = (kind: Item['kind'], id: ItemId, name: string, more: Pick<Branch, 'parts' | 'meter'>): void => {
		const row = {x: 0, y: branches.length, width: columns, height: 1};
		branches.push({item: {id, kind, name, rect: row, box: undefined, label: row}, ...more});
	};

	for (const lan of view.lans) {
		add('lan', `lan:${lan.name}`, lan.name, {
			parts: [
				['═ ', 'lan'],
				[`${lan.name} ${lan.subnet}`, 'lan'],
			],
			meter: undefined,
		});
	}

	for (const host of view.hosts) {
		const [nic] = host.nics;
		const nat = host.containers.flatMap((container) =>
			publishedTexts(container.published).map((text) => `${text.from}→${container.name}:${text.to.split('/')[0]}`),
		);
		const nics = host.nics.map((one) => ` ${one.dev} ${bare(one.address ?? '')}`.trimEnd()).join('');
		add('host', `host:${host.name}`, host.name, {
			parts: [
				[host.name, 'title'],
				[nics, 'none'],
				[nat.length > 0 ? `  ${nat.join(' ')}` : '', 'nat'],
			],
			meter: nic === undefined || nat.length > 0 ? undefined : {node: host.name, dev: nic.dev, isTurned: false},
		});
		for (const bridge of host.bridges) {
			const ports = bridge.ports.length > 0 ? ` + ${bridge.ports.join(' ')}` : '';
			add('bridge', `bridge:${host.name}/${bridge.dev}`, bridge.dev, {
				parts: [
					[' ═ ', 'bridge'],
					[`${bridge.dev} ${bridge.address ?? ''}${ports}`, 'bridge'],
				],
				meter: undefined,
			});
			addContainers(host, bridge.dev, add);
		}

		addContainers(host, undefined, add);
	}

	return branches;
}

type Add = (kind: Item['kind'], id: ItemId, name: string, more: Pick<Branch, 'parts' | 'meter'>) => void;

/** Containers on a bridge, or with undefined those on none. Guests of a network stack follow its owner. */
function addContainers(host: HostView, bridge: string | undefined, add: Add): void {
	const bridges = new Set(host.bridges.map(({dev}) => dev));
	const byName = new Map(host.containers.map((container) => [container.name, container]));
	const mine = host.containers.filter((container) => {
		const dev = byName.get(ownerOf(host, container))?.interfaces[0]?.bridge;
		return bridge === undefined ? dev === undefined || !bridges.has(dev) : dev === bridge;
	});
	const guests = mine.filter((container) => ownerOf(host, container) !== container.name);
	const ordered = mine
		.filter((container) => !guests.includes(container))
		.flatMap((owner) => [owner, ...guests.filter((guest) => ownerOf(host, guest) === owner.name)]);
	for (const [index, container] of ordered.entries()) {
		const [wire] = container.interfaces;
		const where =
			container.state !== 'running'
				? stateOf(container)
				: container.mode === 'container'
					? `in ${ownerOf(host, container)}'s netns`
					: container.mode === 'host'
						? `in ${host.name}'s netns`
						: wire === undefined
							? 'none'
							: bare(wire.address ?? wire.bridge);
		add('container', `container:${container.name}`, container.name, {
			parts: [
				[index === ordered.length - 1 ? ' └ ' : ' ├ ', 'wire'],
				[container.name, 'title'],
				[` ${where}`, container.state === 'running' ? 'none' : 'dim'],
			],
			meter: wire === undefined || container.mode === 'host' ? undefined : {node: host.name, dev: wire.veth, isTurned: true},
		});
	}
}

/** The tree's lines as items: for walking up and down it. */
export function treeItems(view: View, columns: number): Item[] {
	return branchesOf(view, columns).map(({item}) => item);
}

export interface TreeFrame {
	readonly view: View;
	readonly columns: number;
	readonly rows: number;
	readonly top: number;
	readonly selected: ItemId;
	readonly rates: Rates;
}

export function drawTree({view, columns, rows, top, selected, rates}: TreeFrame, theme: Theme): string[] {
	const branches = branchesOf(view, columns);
	const isMore = top + rows - 2 < branches.length;
	const canvas = framed(columns, rows, {title: '1 map', state: view.isUp ? '' : 'building', foot: isMore ? '▼ more' : ''});
	for (const [index, {item, parts, meter}] of branches.slice(top, top + Math.max(0, rows - 2)).entries()) {
		let x = 2;
		const isSelected = item.id === selected;
		for (const [text, role] of parts) {
			x = canvas.text(x, index + 1, clip(text, columns - 1 - x), isSelected && role === 'title' ? 'selected' : role);
		}

		if (meter !== undefined) {
			const {inBytes, outBytes} = read(rates, meter);
			canvas.text(x + 1, index + 1, clip(`▼${short(inBytes)} ▲${short(outBytes)}`, columns - 2 - x), inBytes + outBytes > 0 ? 'rate' : 'dim');
		}

		if (isSelected) {
			canvas.text(1, index + 1, '▌', 'selected');
		}
	}

	return canvas.rows(theme);
}
