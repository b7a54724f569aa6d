#!/usr/bin/env bash
. tests/hosts/suite.sh
. tests/hosts/lighttpd.sh
suite lighttpd-cgi cgi lighttpd_with cgi.conf none
