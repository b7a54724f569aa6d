// sse_peer: what one writes by hand instead: node's fs.watch on a directory,
// and each new content to all who listen, as Server-Sent Events.
//
//	node sse_peer.js DIR PORT_FILE
//
// Listens on 127.0.0.1, on a free port that it writes to PORT_FILE.
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';

const [dir, portFile] = process.argv.slice(2);
const listeners = new Set();

fs.watch(dir, (event, name) => {
	if (name.startsWith('.'))
		return;
	fs.readFile(path.join(dir, name), 'utf8', (err, text) => {
		if (err)
			return;
		for (const response of listeners)
			response.write(`data: ${text.trim()}\n\n`);
	});
});

const server = http.createServer((request, response) => {
	response.writeHead(200, { 'Content-Type': 'text/event-stream' });
	response.flushHeaders();
	listeners.add(response);
	response.on('close', () => listeners.delete(response));
});

server.on('connection', (socket) => socket.setNoDelay(true));
server.listen(0, '127.0.0.1', () => {
	fs.writeFileSync(portFile, `${server.address().port}\n`);
});
