// Packets as text for the clipboard: the line of the list, or everything about one.
import {layersOf} from '../../watch/decode/index.ts';
import type {Packet} from '../../watch/files/packet.ts';
import {absoluteTime} from '../panes/packets.ts';
import type {PacketRow} from './rows.ts';

/** "12:00:01.234567  web/eth0 in  192.168.50.12:51514 > 172.17.0.2:80  TCP  74  [SYN] …" */
export function lineText({packet, source, destination, protocol, info}: PacketRow): string {
	const ends = [source, destination].filter((end) => end !== '').join(' > ');
	return [absoluteTime(packet), placeText(packet), ends, protocol, String(packet.wireBytes), info].join('  ');
}

/** Its headers with their fields, a line each. */
export function treeText(packet: Packet, number: number): string {
	const {bytes, wireBytes, point} = packet;
	const layers = layersOf({bytes, wireBytes, linkType: point.linkType}).flatMap(({protocol, text, fields}) => [
		`${protocol}  ${text}`,
		...fields.map((field) => `    ${field.name}  ${field.text ?? field.value}`),
	]);
	return [`packet ${number + 1}  ${absoluteTime(packet)}  ${placeText(packet)}  ${wireBytes} bytes`, ...layers, ''].join('\n');
}

function placeText({point, direction}: Packet): string {
	return `${point.name} ${direction ?? ''}`.trim();
}
