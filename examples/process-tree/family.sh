#!/bin/bash
# A process, a child with a child of its own, and a daemon that has forked twice to get away from its family.
(sleep 601; true) &
setsid bash -c '(exec -a daemon sleep 602) & exit' &
daemon=$!
wait "$daemon"
echo ready
wait
