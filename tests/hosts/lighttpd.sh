# shellcheck shell=bash disable=SC2034
# lighttpd: configures it for suite.sh.

# lighttpd_with FILE SOCKET: of conf/lighttpd
lighttpd_with()
{
	SERVER_COMMAND=(lighttpd -D -f "$TMP/lighttpd.conf")
	SERVER_RELOAD=USR1
	SERVER_RELOADED='server started'
	IMMUTABLE=''
	SERVER_ENDS='0|1' # 1 when somebody is connected
	cat >"$TMP/lighttpd.conf" <<-CONF
		server.bind = "127.0.0.1"
		server.port = $PORT
		server.document-root = "$TMP/root"
		server.errorlog = "$SITE/error.log"
		server.upload-dirs = ( "$SITE" )
		server.max-read-idle = 1
		index-file.names = ( "index.html" )
		mimetype.assign = ( ".html" => "text/html", ".js" => "text/javascript" )
		var.tidemark_mount = "$MOUNT"
		var.tidemark_www = "$INSTALLED/www/"
		var.tidemark_files = "$PUBLISHED/"
		var.tidemark_socket = "$2"
		var.tidemark_bin = "$INSTALLED/tidemark-fcgi"
		var.tidemark_config = "$CONFIG"
		include "$INSTALLED/conf/lighttpd/$1"
	CONF
}
