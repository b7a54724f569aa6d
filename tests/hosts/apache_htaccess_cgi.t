#!/usr/bin/env bash
. tests/hosts/suite.sh
. tests/hosts/apache.sh
suite apache-htaccess-cgi cgi apache_htaccess cgid
