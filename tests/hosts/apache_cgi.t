#!/usr/bin/env bash
. tests/hosts/suite.sh
. tests/hosts/apache.sh
suite apache-cgi cgi apache_with cgi.conf cgid
