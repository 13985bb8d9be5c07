// node compile-used.mjs RESULT SCRIPT ARGS…: runs a script of dist/ and writes the code that V8 has compiled when it ends (compiled.mjs).
import {readFileSync, writeFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {basename} from 'node:path';
import v8 from 'node:v8';
import {Script} from 'node:vm';

const [node = '', , result = '', filename = '', ...args] = process.argv;
process.argv = [node, filename, ...args];
// Code is good only for the flags under which it was made, and the program sets its own after it was loaded.
v8.setFlagsFromString = () => undefined;
const script = new Script(readFileSync(filename, 'utf8'), {filename: basename(filename)});
process.once('exit', () => {
	writeFileSync(result, script.createCachedData());
});
script.runInThisContext()(createRequire(filename), {}, filename);
