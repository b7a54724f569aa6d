#!/usr/bin/env bash
# protocol: the console transcripts of docs/PROTOCOL.md do what they show.
TRANSCRIPTS=docs/PROTOCOL.md exec "${BASH_SOURCE[0]%/*}/readme.t"
