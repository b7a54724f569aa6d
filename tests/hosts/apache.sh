# shellcheck shell=bash disable=SC2034
# Apache: configures it for suite.sh.  It denies what it is not told to serve,
# as Debian's does.

APACHE_MODULES=${APACHE_MODULES:-/usr/lib/apache2/modules}

# modules NAME...: besides those of any site
modules()
{
	local module

	for module in mpm_event authz_core filter deflate brotli mime dir \
		alias env headers "$@"; do
		echo "LoadModule ${module}_module" \
			"$APACHE_MODULES/mod_$module.so"
	done
}

# apache SNIPPET MODULE...: a virtual host with it
apache()
{
	local snippet=$1

	shift
	SERVER_COMMAND=(apache2 -D FOREGROUND -f "$TMP/apache.conf")
	SERVER_RELOAD=USR1
	SERVER_RELOADED='resuming normal operations'
	# The process that starts programs ends before the next one is there.
	[[ " $* " != *' cgid '* ]] || RELOAD_GAP='web server: 503'
	printf '%s\n' 'text/html html' 'text/javascript js' >"$TMP/mime.types"
	cat >"$TMP/apache.conf" <<-CONF
		$(modules "$@")
		ServerRoot "$SITE"
		ServerName 127.0.0.1
		Listen 127.0.0.1:$PORT
		DefaultRuntimeDir "$SITE"
		PidFile "$SITE/pid"
		<IfModule cgid_module>
			ScriptSock "$SITE/cgid"
		</IfModule>
		<IfModule fcgid_module>
			FcgidIPCDir "$SITE/fcgid"
			FcgidProcessTableFile "$SITE/fcgid_shm"
		</IfModule>
		ErrorLog "$SITE/error.log"
		TypesConfig "$TMP/mime.types"
		StartServers 1
		ServerLimit 2
		ThreadsPerChild 16
		MaxRequestWorkers 32
		Timeout ${TIMEOUT:-1}
		SetOutputFilter BROTLI_COMPRESS;DEFLATE
		<Directory />
			Require all denied
		</Directory>
		<Directory "$TMP/root">
			Require all granted
		</Directory>
		DirectoryIndex ${INDEX:-disabled}
		<VirtualHost 127.0.0.1:$PORT>
			DocumentRoot "$TMP/root"
			$snippet
		</VirtualHost>
	CONF
}

# apache_with FILE MODULE...: of conf/apache
apache_with()
{
	local file=$1

	shift
	apache "
		Define TIDEMARK_MOUNT $MOUNT
		Define TIDEMARK_WWW $INSTALLED/www/
		Define TIDEMARK_SOCKET $FCGI_SOCK
		Define TIDEMARK_BIN $INSTALLED/tidemark-fcgi
		Define TIDEMARK_CONFIG $CONFIG
		Include \"$INSTALLED/conf/apache/$file\"" "$@"
}

# apache_htaccess MODULE...: a user's folder on a shared host
apache_htaccess()
{
	local live=$TMP/home/ann/public_html/live

	MOUNT=/~ann/live/
	INDEX=index.html
	TIMEOUT=60 # nothing in a .htaccess can make it longer
	HAS_ENCODED=false
	[[ " $* " != *' fcgid '* ]] || IS_STREAMING=false
	PROGRAM=$live/live.fcgi
	mkdir -p "${live%/*}"
	cp -R www "$live"
	cp "$INSTALLED/conf/apache/htaccess" "$live/.htaccess"
	cp "$BIN/tidemark-fcgi" "$PROGRAM"
	cp "$CONFIG" "$live"
	$HAS_WATCHER || cp "$BIN/tidemark-watcher" "$live"
	apache "
		UserDir $TMP/home/*/public_html
		<Directory $TMP/home/*/public_html>
			Require all granted
			AllowOverride FileInfo Options
		</Directory>" userdir rewrite setenvif "$@"
}

# apache_static: such a folder where nothing may run.  What is published is
# elsewhere, so that the folder can be made anew.
apache_static()
{
	local live=$TMP/home/ann/public_html/live

	MOUNT=/~ann/live/
	INDEX=index.html
	mkdir -p "${live%/*}"
	cp -R www "$live"
	mkdir -p "$live/api"
	ln -sfn "$TMP/published" "$live/api/v1"
	cp "$INSTALLED/conf/apache/htaccess_static" "$live/.htaccess"
	apache "
		UserDir $TMP/home/*/public_html
		<Directory $TMP/home/*/public_html>
			Require all granted
			AllowOverride FileInfo
			Options FollowSymLinks
		</Directory>" userdir rewrite setenvif
}
