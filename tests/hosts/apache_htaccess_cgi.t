#!/usr/bin/env bash
. tests/hosts/suite.sh
. tests/hosts/apache.sh
# Somebody who has an FTP account and nothing else: no watcher runs, and the
# host starts the program as who owns the files (suEXEC).
HAS_WATCHER=false
suite apache-htaccess-cgi cgi apache_htaccess cgid
