// Units as types. A number or string becomes one only through its function here, which may refuse.

declare const unit: unique symbol;
type Unit<Value, Name extends string> = Value & {readonly [unit]: Name};

/** A TCP or UDP port, 1 to 65535. */
export type Port = Unit<number, 'port'>;
/** A link's maximum transmission unit in bytes, 68 (RFC 791) to 65535. */
export type Mtu = Unit<number, 'mtu'>;
/** A MAC address in lower case: `02:42:ac:11:00:02`. */
export type Mac = Unit<string, 'mac'>;

export function port(value: number): Port | undefined {
	return Number.isInteger(value) && value >= 1 && value <= 65_535 ? (value as Port) : undefined;
}

export function mtu(value: number): Mtu | undefined {
	return Number.isInteger(value) && value >= 68 && value <= 65_535 ? (value as Mtu) : undefined;
}

export function mac(value: string): Mac | undefined {
	const lower = value.toLowerCase();
	return /^[\da-f]{2}(?::[\da-f]{2}){5}$/.test(lower) ? (lower as Mac) : undefined;
}
