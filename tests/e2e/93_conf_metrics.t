#!/usr/bin/env bash
# What docs/HOSTING.md says to keep metrics to one address, as it stands there.
# shellcheck disable=SC2016
. tests/e2e/lib.sh

PATH=$PATH:/usr/sbin
MODULES=${APACHE_MODULES:-/usr/lib/apache2/modules}

# snippet N: the Nth block of code in that section
snippet()
{
	sed -n '/^## Who may see metrics/,/^## No daemon/p' docs/HOSTING.md |
		awk -v wanted="$1" '/^```/ { n++; next }
			n == 2 * wanted - 1'
}

# code ADDRESS PATH: the status that a client of this address gets
code()
{
	curl -so /dev/null --interface "$1" -w '%{http_code}' \
		"http://127.0.0.1:$PORT$2"
}

# is_kept SERVER STATUS
is_kept()
{
	local path

	is "$(code 127.0.0.1 /live/api/v1/metrics)" 200 \
		"$1: the collector gets it"
	for path in metrics metrics/ %6detrics 'metrics?x=1' x/api/v1/metrics; do
		is "$(code 127.0.0.2 "/live/api/v1/$path")" "$2" \
			"$1: nobody else gets $path"
	done
	is "$(code 127.0.0.2 /live/api/v1/main)" 200 "$1: but the rest"
}

mkdir -p "$TMP/state/jobs" "$TMP/apache"
start_watcher "$TMP/state"
start_fcgi "$TMP/state"
start_lighttpd / "
	var.tidemark_mount = \"/live/\"
	var.tidemark_www = \"$ROOT/www/\"
	var.tidemark_socket = \"$FCGI_SOCK\"
	include \"$ROOT/conf/lighttpd/tidemark.conf\"
	$(snippet 1) # no fastcgi.server besides"
wait_until '[ "$(code 127.0.0.1 /live/api/v1/main)" = 200 ]'
is_kept lighttpd 404

chmod 755 "$TMP"
chmod 777 "$FCGI_SOCK" "$TMP/apache" # Apache may run as another user
for try in 1 2 3 4 5; do
	PORT=$(free_port)
	cat >"$TMP/apache.conf" <<-CONF
		LoadModule mpm_event_module $MODULES/mod_mpm_event.so
		LoadModule authz_core_module $MODULES/mod_authz_core.so
		LoadModule authz_host_module $MODULES/mod_authz_host.so
		LoadModule proxy_module $MODULES/mod_proxy.so
		LoadModule proxy_fcgi_module $MODULES/mod_proxy_fcgi.so
		ServerRoot "$TMP/apache"
		ServerName 127.0.0.1
		Listen 127.0.0.1:$PORT
		DefaultRuntimeDir "$TMP/apache"
		PidFile "$TMP/apache/pid"
		ErrorLog "$TMP/apache/error.log"
		StartServers 1
		ServerLimit 1
		ThreadsPerChild 4
		MaxRequestWorkers 4
		<VirtualHost 127.0.0.1:$PORT>
			ProxyPass "/live/api/" "unix:$FCGI_SOCK|fcgi://tidemark/live/api/"
			$(snippet 2)
		</VirtualHost>
	CONF
	spawn apache apache2 -D FOREGROUND -f "$TMP/apache.conf"
	APACHE=$SPAWNED
	wait_until "curl -so /dev/null http://127.0.0.1:$PORT || ! is_alive $APACHE"
	! is_alive "$APACHE" || break
	unset "running[$APACHE]" # somebody took the port: another one
done
is_alive "$APACHE" || bail_out "apache2, $try tries: $(cat "$TMP/apache.log")"
is_kept Apache 403

for try in 1 2 3 4 5; do
	PORT=$(free_port)
	cat >"$TMP/nginx.conf" <<-CONF
		daemon off;
		pid $TMP/nginx.pid;
		error_log $TMP/nginx-error.log;
		events { }
		http {
			access_log off;
			server {
				listen 127.0.0.1:$PORT;
				$(snippet 3)
				$(sed "s,/run/tidemark/fcgi.sock,$FCGI_SOCK," \
					conf/nginx/tidemark.conf)
			}
		}
	CONF
	spawn nginx nginx -e "$TMP/nginx-error.log" -c "$TMP/nginx.conf"
	NGINX=$SPAWNED
	wait_until "curl -so /dev/null http://127.0.0.1:$PORT || ! is_alive $NGINX"
	! is_alive "$NGINX" || break
	unset "running[$NGINX]" # somebody took the port: another one
done
is_alive "$NGINX" || bail_out "nginx, $try tries: $(cat "$TMP"/nginx*.log)"
is_kept nginx 403
done_testing
