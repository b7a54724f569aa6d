# shellcheck shell=bash
# cgi: requests by hand, as RFC 3875 has it, without a web server.

CGI_CONFIG=$TMP/cgi.json
environment=(env -i GATEWAY_INTERFACE=CGI/1.1 REQUEST_METHOD=GET
	"TIDEMARK_CONFIG=$CGI_CONFIG")

# cgi URI [NAME=value...]
cgi()
{
	"${environment[@]}" REQUEST_URI="$1" "${@:2}" \
		"$BIN/tidemark-fcgi" </dev/null
}

# cgi_body URI [NAME=value...]: what stands behind the headers
cgi_body()
{
	cgi "$@" | tr -d '\r' | sed '1,/^$/d'
}

# cgi_status URI [NAME=value...]: the number alone
cgi_status()
{
	cgi "$@" | sed -n '1s/^Status: \([0-9]*\).*/\1/p'
}

# cgi_header NAME URI [NAME=value...]
cgi_header()
{
	cgi "${@:2}" | tr -d '\r' | sed -n "s/^$1: //Ip"
}

# waits_on_bell PID
waits_on_bell()
{
	find "/proc/$1/fd" -lname '*inotify*' 2>/dev/null | grep -q .
}
