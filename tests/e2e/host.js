/*
 * A web host that does what hosts do, in front of one that does not:
 *
 *	node tests/e2e/host.js URL
 *
 * prints its ports, of HTTP and of HTTPS, whose certificate nobody has signed.  An address is /FAULTS/SERVER/REST: faults with commas
 * between them, what Server shall say, and what is asked of URL.
 *
 *   gather      an answer is passed on when it is there as a whole
 *   strip       Authorization, Last-Event-ID and Accept-Encoding are taken away
 *   forget      If-None-Match is taken away
 *   tagless     … and ETag
 *   rename      ETags are renamed
 *   press       answers are compressed for those who take it
 *   force       … and for those who do not
 *   keep        answers are kept for ever
 *   control     Cache-Control is another one
 *   old         answers have an Age
 *   slash       %2F is a 404 of its own
 *   cut=MS      an answer that is silent for so long is a 504
 *   hang=MS     … is hung up on
 *   clock=S     Date is so many seconds ahead
 *   one=N       no more than N requests are served at the same time
 *   nopage      there is no page, only the API
 *   moved       everything is a redirect
 *   ask         everything is a 401
 *   stranger    everything is a page of somebody else's
 *   odd         odd headers: control characters in Server
 */
import http from 'node:http';
import https from 'node:https';
import zlib from 'node:zlib';
import { readFileSync } from 'node:fs';

const target = new URL(process.argv[2]);
const kept = new Map();
let served = 0;
const queue = [];

function faultsOf(text)
{
	return Object.fromEntries(text.split(',').map(
		f => [f.split('=')[0], f.split('=')[1] ?? true]));
}

function next()
{
	served--;
	const waiting = queue.shift();
	if (waiting)
		waiting();
}

// Begin now, or when there is room.
function admit(most, res, begin)
{
	const go = () => {
		served++;
		res.once('close', next);
		begin();
	};
	if (most && served >= Number(most))
		queue.push(go);
	else
		go();
}

function requestHeaders(req, faults)
{
	const headers = { ...req.headers, host: target.host };
	if (faults.strip)
		for (const name of ['authorization', 'last-event-id',
			'accept-encoding'])
			delete headers[name];
	if (faults.forget)
		delete headers['if-none-match'];
	return headers;
}

function answerHeaders(answer, faults, server)
{
	const headers = { ...answer.headers, server };
	headers.date = new Date(Date.now() + 1000 * (faults.clock ?? 0))
		.toUTCString();
	if (faults.tagless)
		delete headers.etag;
	if (faults.rename && headers.etag)
		headers.etag = headers.etag.replace(/"$/, '-host"');
	if (faults.control)
		headers['cache-control'] = 'max-age=600';
	if (faults.old)
		headers.age = '17';
	return headers;
}

function pass(req, res, faults, server, path)
{
	const isWhole = faults.gather || faults.press || faults.force ||
		faults.keep;
	const ask = http.request({ host: target.hostname, port: target.port,
		path, method: req.method, headers: requestHeaders(req, faults) });
	const patience = faults.cut ?? faults.hang;
	let timer;
	if (patience)
		timer = setTimeout(() => {
			ask.destroy();
			if (faults.hang)
				return req.socket.destroy();
			res.writeHead(504, { server }).end('too late');
		}, Number(patience));
	ask.on('error', () => {
		if (!res.headersSent)
			res.writeHead(502, { server }).end();
	});
	res.on('close', () => {
		clearTimeout(timer);
		ask.destroy();
	});
	ask.on('response', answer => {
		clearTimeout(timer);
		const headers = answerHeaders(answer, faults, server);
		if (!isWhole) {
			res.writeHead(answer.statusCode, headers);
			answer.pipe(res);
			return;
		}
		const parts = [];
		answer.on('data', part => parts.push(part));
		answer.on('end', () => {
			let body = Buffer.concat(parts);
			if (!headers['content-encoding'] && body.length > 0 &&
				(faults.force || (faults.press &&
				/gzip/.test(req.headers['accept-encoding'])))) {
				body = zlib.gzipSync(body);
				headers['content-encoding'] = 'gzip';
			}
			delete headers['transfer-encoding'];
			headers['content-length'] = body.length;
			kept.set(req.url, [answer.statusCode, headers, body]);
			res.writeHead(answer.statusCode, headers).end(body);
		});
	});
	ask.end();
}

function serve(req, res)
{
	const [, text, name, rest] = /^\/([^/]*)\/([^/]*)(\/.*)$/.exec(req.url);
	const faults = faultsOf(text);
	const server = faults.odd ? 'x\u009b31m' : decodeURIComponent(name);

	if (faults.moved)
		return res.writeHead(301, { location: 'https://elsewhere.example/' })
			.end();
	if (faults.ask)
		return res.writeHead(401, { server }).end();
	if (faults.stranger)
		return res.writeHead(200, { server, 'content-type': 'text/html' })
			.end('<p>hello');
	if (faults.slash && /%2f/i.test(rest))
		return res.writeHead(404, { server }).end('Not Found');
	if (faults.nopage && rest === '/')
		return res.writeHead(403, { server }).end();
	if (faults.keep && kept.has(req.url)) {
		const [status, headers, body] = kept.get(req.url);
		return res.writeHead(status, headers).end(body);
	}
	return admit(faults.one, res, () => pass(req, res, faults, server, rest));
}

const pem = readFileSync(new URL('host.pem', import.meta.url));
const host = http.createServer(serve).listen(0, '127.0.0.1', () => {
	const safe = https.createServer({ key: pem, cert: pem }, serve);
	safe.listen(0, '127.0.0.1', () =>
		console.log(host.address().port, safe.address().port));
});
process.on('SIGTERM', () => process.exit(0));
