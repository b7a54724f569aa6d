# shellcheck shell=bash disable=SC2034
# nginx: configures it for suite.sh.

# shipped FILE: a file of conf/nginx with this host's paths
shipped()
{
	sed -e "s,/usr/local/share/tidemark/www/,$INSTALLED/www/," \
		-e "s,/srv/tidemark/,$TMP/published/," \
		-e "s,/run/tidemark/fcgi.sock,$FCGI_SOCK," \
		-e "s,/var/cache/nginx/,$SITE/," \
		-e "s,/live/,$MOUNT," "$INSTALLED/conf/nginx/$1"
}

# nginx_with FILE [FILE_FOR_HTTP]: of conf/nginx
nginx_with()
{
	local temp

	NOTICES_HANGUP=true
	SERVER_COMMAND=(nginx -p "$SITE" -e "$SITE/error.log" -c "$TMP/nginx.conf")
	SERVER_RELOAD=HUP
	SERVER_RELOADED='reconfiguring'
	cat >"$TMP/nginx.conf" <<-CONF
		daemon off;
		pid $SITE/pid;
		error_log $SITE/error.log notice;
		worker_processes 1;
		events { worker_connections 256; }
		http {
			access_log off;
			types { text/html html; text/javascript js; text/css css; }
			gzip on;
			gzip_types *;
			gzip_min_length 1;
			fastcgi_read_timeout 1s;
			fastcgi_ignore_client_abort on;
			fastcgi_intercept_errors on;
			client_max_body_size 1k;
			$(for temp in client_body proxy fastcgi uwsgi scgi; do
				echo "${temp}_temp_path $SITE/$temp;"
			done)
			$([ $# -lt 2 ] || shipped "$2")
			server {
				listen 127.0.0.1:$PORT;
				root $TMP/root;
				location ~ \.js$ { return 404; }
				$(shipped "$1")
			}
		}
	CONF
}
