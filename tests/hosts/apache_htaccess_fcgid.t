#!/usr/bin/env bash
. tests/hosts/suite.sh
. tests/hosts/apache.sh
suite apache-htaccess-fcgid spawned apache_htaccess fcgid
