// vethlab schema: the file format as JSON Schema, for editors (# yaml-language-server: $schema=…).
import type {Command} from 'commander';
import {type Io, printJson} from '../command.ts';

export function schema(program: Command, io: Io): void {
	program
		.command('schema')
		.description('print the file format as JSON Schema, for editors')
		.action(async () => {
			const {jsonSchema} = await import('../../model/json-schema.ts');
			printJson(io, jsonSchema());
		});
}
