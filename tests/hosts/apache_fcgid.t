#!/usr/bin/env bash
. tests/hosts/suite.sh
. tests/hosts/apache.sh
suite apache-fcgid spawned apache_with fcgid.conf fcgid
