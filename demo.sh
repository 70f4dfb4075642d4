#!/usr/bin/env bash
# Sets up, builds, loads a believable day of traffic, and answers a customer.  ./demo.sh
set -eu
cd "$(dirname "$0")"
scripts/bootstrap build demo
echo 'building ...'
make -s -j"$(nproc)" all
exec scripts/demo
