#!/bin/bash
# A child with a child of its own, and a daemon that forks twice and begins a session to get away from its family.
(sleep 601; true) &
setsid bash -c '(exec -a daemon bash -c "echo daemon is there; sleep 602; true") & exit' &
wait $!
echo its parent is gone
wait
